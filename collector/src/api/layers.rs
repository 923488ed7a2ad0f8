//! What every request passes, whatever it asks for.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use attune_ground::http::{Guard, Panicked, Problem, Refusal, Traffic};
use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tokio::time::timeout;

/// How long an answer may take.
#[derive(Clone)]
pub(super) struct Allowance {
    pub(super) longest: Duration,
    pub(super) traffic: Arc<Traffic>,
}

/// Who may ask.
#[derive(Clone)]
pub(super) struct Watch {
    pub(super) guard: Arc<Guard>,
    pub(super) traffic: Arc<Traffic>,
}

/// Refuses what is asked by a foreign name or for a foreign page.
pub(super) async fn guarded(State(watch): State<Watch>, request: Request, next: Next) -> Response {
    let (head, body) = request.into_parts();
    match watch.guard.check(&head) {
        Ok(()) => next.run(Request::from_parts(head, body)).await,
        Err((refusal, problem)) => {
            watch.traffic.refuse(refusal);
            problem.into_response()
        }
    }
}

/// Answers 503 when an answer takes too long, and 500 when its handler panics.
pub(super) async fn in_time(State(allowance): State<Allowance>, request: Request, next: Next) -> Response {
    let mut answer = pin!(next.run(request));
    let whole = std::future::poll_fn(|context| {
        // What the handler held is dropped with it and looked at by nobody.
        match catch_unwind(AssertUnwindSafe(|| answer.as_mut().poll(context))) {
            Ok(polled) => polled.map(Ok),
            Err(_) => Poll::Ready(Err(Panicked)),
        }
    });
    match timeout(allowance.longest, whole).await {
        Ok(Ok(response)) => response,
        Ok(Err(panicked)) => {
            allowance.traffic.refuse(Refusal::Panicked);
            Problem::internal(&panicked).into_response()
        }
        Err(_) => {
            allowance.traffic.refuse(Refusal::Late);
            let seconds = allowance.longest.as_secs();
            Problem::busy(format!("the answer took longer than {seconds} s; try again later")).into_response()
        }
    }
}

const HEADERS: [(HeaderName, HeaderValue); 2] = [
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("same-origin")),
];

/// Nearly every answer may be about a person: nobody between us and the asker keeps one, but for what says otherwise of
/// itself, and no page of another origin shows one.
pub(super) async fn kept_by_nobody(mut response: Response) -> Response {
    let headers = response.headers_mut();
    for (name, value) in HEADERS {
        headers.insert(name, value);
    }
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

#[cfg(test)]
mod tests {
    use attune_ground::descriptors::Descriptors;
    use attune_ground::http::door;
    use axum::Router;
    use axum::middleware::{from_fn_with_state, map_response};
    use axum::routing::get;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::{TcpListener, TcpStream};

    use super::*;

    async fn panics() {
        panic!("as a fault of ours would")
    }

    /// What a client hears that asks a server with these layers.
    async fn asked(path: &str, traffic: &Arc<Traffic>) -> String {
        let traffic = Arc::clone(traffic);
        let longest = Duration::from_millis(100);
        let app = Router::new()
            .route("/late", get(std::future::pending::<()>))
            .route("/panics", get(panics))
            .route(
                "/page",
                get(|| async { [(header::CACHE_CONTROL, "no-cache"), (header::X_CONTENT_TYPE_OPTIONS, "nosniff")] }),
            )
            .layer(from_fn_with_state(Allowance { longest, traffic: Arc::clone(&traffic) }, in_time))
            .layer(map_response(kept_by_nobody));
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("bound");
        let (_stop, stopped) = tokio::sync::watch::channel(false);
        let serving = tokio::spawn(door::serve(
            listener,
            app,
            door::Limits::with(Descriptors::of(64)),
            Arc::clone(&traffic),
            stopped,
        ));
        let mut client = TcpStream::connect(address).await.expect("listens");
        let request = format!("GET {path} HTTP/1.1\r\nhost: here\r\nconnection: close\r\n\r\n");
        client.write_all(request.as_bytes()).await.expect("sent");
        let mut heard = String::new();
        client.read_to_string(&mut heard).await.expect("an answer");
        serving.abort();
        heard
    }

    #[tokio::test]
    async fn a_late_answer_is_503_with_a_problem_and_when_to_try_again() {
        let traffic = Arc::<Traffic>::default();
        let answer = asked("/late", &traffic).await;
        assert!(answer.starts_with("HTTP/1.1 503") && answer.contains("retry-after: "), "{answer}");
        assert!(answer.contains("application/problem+json") && answer.contains("\"status\":503"), "{answer}");
        assert_eq!(traffic.refused(Refusal::Late), 1);
    }

    #[tokio::test]
    async fn a_panic_is_answered_500_and_counted() {
        let traffic = Arc::<Traffic>::default();
        let answer = asked("/panics", &traffic).await;
        assert!(answer.starts_with("HTTP/1.1 500") && answer.contains("\"status\":500"), "{answer}");
        assert!(!answer.contains("fault of ours"), "{answer}");
        assert_eq!(traffic.refused(Refusal::Panicked), 1);
    }

    #[tokio::test]
    async fn nobody_keeps_an_answer_unless_it_says_otherwise() {
        let traffic = Arc::<Traffic>::default();
        let answer = asked("/page", &traffic).await;
        assert!(answer.contains("cache-control: no-cache"), "{answer}");
        assert_eq!(answer.matches("nosniff").count(), 1, "{answer}");
        let answer = asked("/nowhere", &traffic).await;
        assert!(answer.contains("cache-control: no-store") && answer.contains("nosniff"), "{answer}");
        assert!(answer.contains("cross-origin-resource-policy: same-origin"), "{answer}");
    }
}
