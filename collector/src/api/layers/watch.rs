use std::sync::Arc;

use attune_ground::http::{Guard, Traffic};
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

/// Who may ask.
#[derive(Clone)]
pub(in crate::api) struct Watch {
    pub(in crate::api) guard: Arc<Guard>,
    pub(in crate::api) traffic: Arc<Traffic>,
}

/// Refuses what is asked by a foreign name, for a foreign page or in the open; notes in the others who asks.
pub(in crate::api) async fn guarded(State(watch): State<Watch>, request: Request, next: Next) -> Response {
    let (mut head, body) = request.into_parts();
    match watch.guard.check(&mut head) {
        Ok(()) => next.run(Request::from_parts(head, body)).await,
        Err((refusal, problem)) => {
            watch.traffic.refuse(refusal);
            problem.into_response()
        }
    }
}
