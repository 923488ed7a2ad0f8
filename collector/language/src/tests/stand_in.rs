//! An endpoint of ours that fails in every way.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, Response, Uri};
use futures_util::stream;
use serde_json::{Value, json};
use tokio::net::TcpListener;

/// What it does with a request.
#[derive(Clone, Debug)]
pub(super) enum Does {
    /// Streams these pieces as an answer of OpenAI's shape, to its end.
    Says(Vec<String>),
    /// Streams them, and then closes the connection in the middle.
    SaysAndBreaks(Vec<String>),
    /// Streams them, and then neither goes on nor ends.
    SaysAndWaits(Vec<String>),
    /// Neither answers nor ends.
    Waits,
    /// Answers with a status, a header and a body.
    Answers(u16, (&'static str, String), String),
}

impl Does {
    /// Says a text, in pieces that cut words and placeholders.
    pub(super) fn says(text: &str) -> Self {
        Self::Says(pieces(text))
    }
}

/// Pieces of five letters.
pub(super) fn pieces(text: &str) -> Vec<String> {
    let letters: Vec<char> = text.chars().collect();
    letters.chunks(5).map(|piece| piece.iter().collect()).collect()
}

/// A request that was heard.
#[derive(Clone, Debug)]
pub(super) struct Heard {
    pub(super) path: String,
    pub(super) headers: HeaderMap,
    pub(super) body: Value,
}

#[derive(Clone, Default)]
struct Shared {
    script: Arc<Mutex<VecDeque<Does>>>,
    heard: Arc<Mutex<Vec<Heard>>>,
    cut: Arc<AtomicUsize>,
}

/// The endpoint. What it does last it does for all requests that come after.
pub(super) struct StandIn {
    pub(super) url: String,
    shared: Shared,
}

/// Counts what was let go of before it had ended.
struct Guard(Arc<AtomicUsize>, bool);

impl Drop for Guard {
    fn drop(&mut self) {
        if !self.1 {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }
}

impl StandIn {
    pub(super) async fn new(script: impl IntoIterator<Item = Does>) -> Self {
        let shared = Shared::default();
        shared.script.lock().expect("nobody panicked").extend(script);
        let router = Router::new().fallback(answer).with_state(shared.clone());
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}/v1", listener.local_addr().expect("an address"));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url, shared }
    }

    pub(super) fn heard(&self) -> Vec<Heard> {
        self.shared.heard.lock().expect("nobody panicked").clone()
    }

    /// Waits until so many requests were heard.
    pub(super) async fn hears(&self, count: usize) {
        until(|| self.heard().len() >= count).await;
    }

    /// Waits until so many answers were cut by who asked.
    pub(super) async fn is_cut(&self, count: usize) {
        until(|| self.shared.cut.load(Ordering::SeqCst) >= count).await;
    }
}

async fn until(is_so: impl Fn() -> bool) {
    for _ in 0..1_000 {
        if is_so() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("it did not come to it");
}

async fn answer(State(shared): State<Shared>, uri: Uri, headers: HeaderMap, body: Bytes) -> Response<Body> {
    let body = serde_json::from_slice(&body).expect("a request is JSON");
    let path = uri.path_and_query().map(ToString::to_string).unwrap_or_default();
    shared.heard.lock().expect("nobody panicked").push(Heard { path, headers, body });
    let does = {
        let mut script = shared.script.lock().expect("nobody panicked");
        if script.len() > 1 { script.pop_front() } else { script.front().cloned() }
    };
    let mut guard = Guard(shared.cut.clone(), false);
    match does.expect("it was told what to do") {
        Does::Says(pieces) => {
            guard.1 = true;
            streamed(events(&pieces, true), After::Ends, guard)
        }
        Does::SaysAndBreaks(pieces) => {
            guard.1 = true;
            streamed(events(&pieces, false), After::Breaks, guard)
        }
        Does::SaysAndWaits(pieces) => streamed(events(&pieces, false), After::Waits, guard),
        Does::Waits => std::future::pending().await,
        Does::Answers(status, (name, value), body) => {
            guard.1 = true;
            Response::builder().status(status).header(name, value).body(Body::from(body)).expect("a response")
        }
    }
}

#[derive(Clone, Copy)]
enum After {
    Ends,
    Breaks,
    Waits,
}

fn streamed(events: VecDeque<String>, after: After, guard: Guard) -> Response<Body> {
    let stream = stream::unfold((events, after, guard), |(mut events, after, guard)| async move {
        let next = match (events.pop_front(), after) {
            (Some(event), _) => Ok(event),
            (None, After::Ends) => return None,
            (None, After::Breaks) => {
                // What was said is on its way before the connection breaks.
                tokio::time::sleep(Duration::from_millis(100)).await;
                Err(std::io::Error::other("broken"))
            }
            (None, After::Waits) => std::future::pending().await,
        };
        Some((next, (events, after, guard)))
    });
    let response = Response::builder().header("content-type", "text/event-stream");
    response.body(Body::from_stream(stream)).expect("a response")
}

fn events(pieces: &[String], ends: bool) -> VecDeque<String> {
    let event = |value: Value| format!("data: {value}\n\n");
    let piece = |text: &String| event(json!({"choices": [{"delta": {"content": text}, "finish_reason": null}]}));
    let mut events: VecDeque<String> = pieces.iter().map(piece).collect();
    if ends {
        events.push_back(event(json!({"choices": [{"delta": {}, "finish_reason": "stop"}]})));
        let usage = json!({"prompt_tokens": 100, "completion_tokens": 20});
        events.push_back(event(json!({"choices": [], "usage": usage})));
        events.push_back("data: [DONE]\n\n".to_owned());
    }
    events
}
