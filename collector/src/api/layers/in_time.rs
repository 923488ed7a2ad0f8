use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use attune_ground::http::{Panicked, Problem, Refusal, Traffic};
use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tokio::time::timeout;

/// Where tables come that may be large: their bodies take longer than others.
const LARGE: [&str; 6] = [
    "/api/v1/hr/datasets",
    "/hr",
    "/api/process-hr-metrics",
    "/api/process-hr-metrics/",
    "/api/merge-hr-files",
    "/api/merge-hr-files/",
];

/// How long an answer may take.
#[derive(Clone)]
pub(in crate::api) struct Allowance {
    pub(in crate::api) longest: Duration,
    /// The same where a body may be large.
    pub(in crate::api) large: Duration,
    pub(in crate::api) traffic: Arc<Traffic>,
}

/// Answers 503 when an answer takes too long, and 500 when its handler panics.
pub(in crate::api) async fn in_time(State(allowance): State<Allowance>, request: Request, next: Next) -> Response {
    let is_large = request.extensions().get::<MatchedPath>().is_some_and(|path| LARGE.contains(&path.as_str()));
    let longest = if is_large { allowance.large } else { allowance.longest };
    let mut answer = pin!(next.run(request));
    let whole = std::future::poll_fn(|context| {
        // What the handler held is dropped with it and looked at by nobody.
        match catch_unwind(AssertUnwindSafe(|| answer.as_mut().poll(context))) {
            Ok(polled) => polled.map(Ok),
            Err(_) => Poll::Ready(Err(Panicked)),
        }
    });
    match timeout(longest, whole).await {
        Ok(Ok(response)) => response,
        Ok(Err(panicked)) => {
            allowance.traffic.refuse(Refusal::Panicked);
            Problem::internal(&panicked).into_response()
        }
        Err(_) => {
            allowance.traffic.refuse(Refusal::Late);
            let seconds = longest.as_secs();
            Problem::busy(format!("the answer took longer than {seconds} s; try again later")).into_response()
        }
    }
}
