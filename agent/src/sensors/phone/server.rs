//! The address to which the app sends its pushes.

use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use attune_analysis::sample::Timestamp;
use axum::Router;
use axum::body::{Body, Bytes, HttpBody};
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use tokio::net::TcpListener;

use super::door::Door;
use super::inbox::{Inbox, Verdict};
use super::message::Message;
use super::tally::Problem;
use crate::token::Token;

/// Bytes of a push: more than ten seconds of all that is read here, at 100 Hz.
const MOST_BYTES: usize = 2 << 20;
/// Bytes of one that is not taken, which are still read so that its answer reaches who sends it.
const MOST_PASSED_OVER: usize = 16 << 20;
/// How long a push may take to come.
const PATIENCE: Duration = Duration::from_secs(20);
/// The status whose text the app shows to the person, once a recording.
const SHOWN: u16 = 499;

/// What the server knows; its clones are the same.
#[derive(Clone)]
pub(super) struct Post {
    inbox: Arc<Mutex<Inbox>>,
    token: Arc<Token>,
    now: Arc<dyn Fn() -> Timestamp + Send + Sync>,
}

impl Post {
    pub(super) fn new(
        inbox: Arc<Mutex<Inbox>>,
        token: Token,
        now: impl Fn() -> Timestamp + Send + Sync + 'static,
    ) -> Self {
        Self { inbox, token: Arc::new(token), now: Arc::new(now) }
    }

    /// Answers for ever.
    pub(super) async fn serve(self, listener: TcpListener) -> std::io::Result<()> {
        axum::serve(Door::new(listener), self.router()).await
    }

    fn router(self) -> Router {
        Router::new().route("/push", post(with_header)).route("/push/{token}", post(with_path)).with_state(self)
    }

    fn inbox(&self) -> MutexGuard<'_, Inbox> {
        locked(&self.inbox)
    }

    async fn take(&self, token: Option<&str>, headers: &HeaderMap, body: Body) -> Response {
        if !token.is_some_and(|token| self.token.is(token)) {
            self.inbox().tally_mut().count(Problem::Token, 1);
            pass_over(body).await;
            let status = StatusCode::from_u16(SHOWN).unwrap_or(StatusCode::UNAUTHORIZED);
            return answer(status, "Not taken: the token is not the one that 'attune-agent phone setup' prints.");
        }
        let coding = headers.get(header::CONTENT_ENCODING).map(|value| value.as_bytes().to_ascii_lowercase());
        if coding.is_some_and(|coding| coding != b"identity") {
            self.inbox().tally_mut().count(Problem::Packed, 1);
            pass_over(body).await;
            return answer(StatusCode::UNSUPPORTED_MEDIA_TYPE, "Not taken: send it without a Content-Encoding.");
        }
        let bytes = match tokio::time::timeout(PATIENCE, whole(body)).await {
            Ok(Some(bytes)) => bytes,
            Ok(None) => {
                self.inbox().tally_mut().count(Problem::TooLarge, 1);
                return answer(StatusCode::PAYLOAD_TOO_LARGE, "Not taken: choose a shorter batch period.");
            }
            Err(_) => return answer(StatusCode::REQUEST_TIMEOUT, "Not taken: it took too long to come."),
        };
        let message = Message::read(&bytes);
        let mut inbox = self.inbox();
        let Some(message) = message else {
            inbox.tally_mut().count(Problem::NoPush, 1);
            return answer(StatusCode::BAD_REQUEST, "Not taken: this is no push of the app.");
        };
        match inbox.accept(&message, (self.now)()) {
            // Also where some of it was left out: sent again, it would be no better.
            Verdict::Read => answer(StatusCode::OK, ""),
            Verdict::OtherPhone => answer(StatusCode::FORBIDDEN, "Not taken: another phone sends already."),
        }
    }
}

pub(super) fn locked(inbox: &Mutex<Inbox>) -> MutexGuard<'_, Inbox> {
    // Counts and queues stay whole, whatever panicked between two of them.
    inbox.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn with_header(State(post): State<Post>, headers: HeaderMap, body: Body) -> Response {
    let value = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let token = value.map(|value| value.split_once(' ').map_or(value, |(_, token)| token));
    post.take(token, &headers, body).await
}

async fn with_path(State(post): State<Post>, Path(token): Path<String>, headers: HeaderMap, body: Body) -> Response {
    post.take(Some(&token), &headers, body).await
}

fn answer(status: StatusCode, sentence: &'static str) -> Response {
    (status, [(header::CACHE_CONTROL, "no-store"), (header::CONTENT_TYPE, "text/plain")], sentence).into_response()
}

/// The next piece of a body; `None` at its end, or where it breaks off.
async fn piece(body: &mut Body) -> Option<Bytes> {
    loop {
        let frame = std::future::poll_fn(|context| Pin::new(&mut *body).poll_frame(context)).await?.ok()?;
        if let Ok(data) = frame.into_data() {
            return Some(data);
        }
    }
}

/// All bytes of a body; `None` where they are too many, of which then none is held.
async fn whole(mut body: Body) -> Option<Vec<u8>> {
    if body.size_hint().lower() > MOST_BYTES as u64 {
        pass_over(body).await;
        return None;
    }
    let mut bytes = Vec::new();
    while let Some(piece) = piece(&mut body).await {
        if bytes.len() + piece.len() > MOST_BYTES {
            drop(bytes);
            pass_over(body).await;
            return None;
        }
        bytes.extend_from_slice(&piece);
    }
    Some(bytes)
}

/// Reads on without keeping anything, so that who sends hears the answer before the connection ends.
async fn pass_over(mut body: Body) {
    let all = async {
        let mut passed = 0;
        while let Some(piece) = piece(&mut body).await {
            passed += piece.len();
            if passed > MOST_PASSED_OVER {
                return;
            }
        }
    };
    // Whoever is slower has no claim to an answer.
    let _ = tokio::time::timeout(PATIENCE, all).await;
}
