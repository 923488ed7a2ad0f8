//! One request: asked once, read piece by piece, within its times. Repeating is decided by whoever asks; `Failed::may_repeat` says
//! where it is right, and `pause` how long is waited before.

mod failed;
mod pause;

use http_body_util::Full;
use hyper::body::Bytes;
use hyper::header::{self, HeaderName, HeaderValue};
use hyper::{Method, Request};
use tokio::time::{Instant, timeout, timeout_at};

pub(crate) use failed::Failed;
pub(crate) use pause::{chance, pause, retry_after};

use crate::connect::{Connector, Opened};
use crate::endpoint::{Endpoint, Times};
use crate::shape::{Fault, Finish, Prompt, Reader, Usage, of_error, of_status};

/// Bytes of an answer that says what is wrong.
const LARGEST_ERROR: usize = 64 << 10;

/// An answer that comes. Whoever drops it cuts the request.
pub(crate) struct Answer {
    opened: Opened,
    reader: Reader,
    times: Times,
    /// Until when its first words are waited for, then its next ones.
    next_by: Instant,
    end_by: Instant,
    has_begun: bool,
    has_ended: bool,
}

/// Asks, and waits for the head of the answer.
pub(crate) async fn ask(connector: &Connector, endpoint: &Endpoint, prompt: &Prompt) -> Result<Answer, Failed> {
    let request = request(endpoint, prompt).ok_or(Failed::Unreachable)?;
    let times = endpoint.times;
    let line = timeout(times.connect, connector.open(&endpoint.address)).await;
    let line = line.map_err(|_| Failed::Unreachable)?.map_err(|_| Failed::Unreachable)?;
    let asked = Instant::now();
    let (next_by, end_by) = (asked + times.begin, asked + times.end);
    let opened = timeout_at(next_by.min(end_by), line.ask(request)).await;
    // It may have been taken, and worked on.
    let mut opened = opened.map_err(|_| Failed::Silent)?.map_err(|_| Fault::Cut)?;
    if opened.status() != 200 {
        let by = next_by.min(end_by);
        return Err(timeout_at(by, refusal(&mut opened)).await.unwrap_or(Failed::Silent));
    }
    let is_stream = opened.header("content-type").is_some_and(|kind| kind.starts_with("text/event-stream"));
    let reader = endpoint.shape().reader(is_stream);
    Ok(Answer { opened, reader, times, next_by, end_by, has_begun: false, has_ended: false })
}

fn request(endpoint: &Endpoint, prompt: &Prompt) -> Option<Request<Full<Bytes>>> {
    let wire = endpoint.shape().request(prompt, endpoint.manner());
    let address = &endpoint.address;
    let mut request = Request::builder()
        .method(Method::POST)
        .uri(format!("{}{}", address.path, wire.path))
        .header(header::HOST, &address.authority)
        .header(header::CONNECTION, "close")
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::ACCEPT, "text/event-stream, application/json");
    for (name, value) in endpoint.shape().headers() {
        request = request.header(*name, *value);
    }
    if let Some((name, key)) = endpoint.key_header() {
        let mut value = HeaderValue::from_str(&key).ok()?;
        value.set_sensitive(true);
        request = request.header(HeaderName::from_static(name), value);
    }
    request.body(Full::new(Bytes::from(wire.body))).ok()
}

/// What an answer means that is none.
async fn refusal(opened: &mut Opened) -> Failed {
    let status = opened.status();
    if (300..400).contains(&status) {
        return Failed::Elsewhere;
    }
    let after = retry_after(opened.header("retry-after"), opened.header("retry-after-ms"));
    let mut body = Vec::new();
    while let Ok(Some(bytes)) = opened.next().await {
        body.extend_from_slice(&bytes);
        if body.len() > LARGEST_ERROR {
            break;
        }
    }
    let told = serde_json::from_slice::<serde_json::Value>(&body).unwrap_or_default();
    let told = told.as_array().and_then(|list| list.first()).unwrap_or(&told);
    let fault = match of_error(told.get("error").unwrap_or(told)) {
        Fault::Failed => of_status(status),
        fault => fault,
    };
    Failed::Fault { fault, after }
}

impl Answer {
    /// The next words; none at the end.
    pub(crate) async fn next(&mut self) -> Result<Option<String>, Failed> {
        loop {
            if self.has_ended {
                return Ok(None);
            }
            let late = if self.has_begun { Failed::Stalled } else { Failed::Silent };
            let came = timeout_at(self.next_by.min(self.end_by), self.opened.next()).await.map_err(|_| late)?;
            let text = match came.map_err(|_| Fault::Cut)? {
                Some(bytes) => self.reader.feed(&bytes)?,
                None => {
                    self.has_ended = true;
                    self.reader.end()?
                }
            };
            // Some keep the connection open behind their last word.
            self.has_ended |= self.reader.is_done();
            if !text.is_empty() {
                self.has_begun = true;
                self.next_by = Instant::now() + self.times.next;
                return Ok(Some(text));
            }
        }
    }

    /// How it ended.
    pub(crate) const fn finish(&self) -> Option<Finish> {
        self.reader.finish()
    }

    /// What was used, where it was told.
    pub(crate) const fn usage(&self) -> Option<Usage> {
        self.reader.usage()
    }
}
