use std::time::Instant;

use attune_ground::http::{Problem, RequestId};
use axum::body::Body;
use axum::extract::{MatchedPath, Request};
use axum::http::{Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;
use http_body::Body as _;
use tracing::{Instrument, Span, debug, error_span, info};

/// Routes that programs ask for all the time, and what pages are made of.
const QUIET: [&str; 5] = ["/health", "/metrics", "/api/v1/health", "/api/v1/metrics", "/assets/{name}"];

/// Gives each request an id, which stands in its answer and with everything that is logged while it is answered, and logs one line
/// of it. The line has the route as the program knows it, never the path that was asked for: there a person's id may stand.
pub(in crate::api) async fn noted(mut request: Request, next: Next) -> Response {
    let id = RequestId::of(request.headers());
    request.extensions_mut().insert(id.clone());
    let mut line = Line::of(&request, error_span!("request", %id));
    let method = request.method().clone();
    let mut response = next.run(request).instrument(line.span.clone()).await;
    // What answers HEAD has no body, and says how long that of GET would be.
    if method != Method::HEAD
        && let Some(problem) = response.extensions_mut().remove::<Problem>()
    {
        name(&mut response, problem, &id);
    }
    response.headers_mut().insert(RequestId::HEADER, id.to_header());
    line.answered(&response);
    response
}

/// Puts the id into the body of a problem.
fn name(response: &mut Response, problem: Problem, id: &RequestId) {
    let named = Problem { request_id: Some(id.to_string()), ..problem };
    let Ok(body) = serde_json::to_vec(&named) else { return };
    // It was made for the body of before; who sends it knows the new one's.
    response.headers_mut().remove(header::CONTENT_LENGTH);
    *response.body_mut() = Body::from(body);
}

/// What is logged of a request: also of one whose client leaves before it is answered, and with it all work for it.
struct Line {
    span: Span,
    begun: Instant,
    method: &'static str,
    route: String,
    is_told: bool,
}

impl Line {
    fn of(request: &Request, span: Span) -> Self {
        let route = request.extensions().get::<MatchedPath>().map_or("none", MatchedPath::as_str).to_owned();
        // Any word may stand there.
        let known = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
        let method = known.into_iter().find(|known| *known == request.method().as_str()).unwrap_or("other");
        Self { span, begun: Instant::now(), method, route, is_told: false }
    }

    fn answered(&mut self, response: &Response) {
        self.is_told = true;
        let (status, bytes) = (response.status(), response.body().size_hint().exact());
        let (Self { method, route, .. }, ms) = (&*self, self.millis());
        // Who is turned away by the guard is counted; a flood of them fills no log.
        let is_quiet = QUIET.contains(&route.as_str())
            || matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::MISDIRECTED_REQUEST);
        self.span.in_scope(|| match is_quiet {
            true => debug!(method, route, status = status.as_u16(), ms, bytes, "Answered."),
            false => info!(method, route, status = status.as_u16(), ms, bytes, "Answered."),
        });
    }

    fn millis(&self) -> u64 {
        u64::try_from(self.begun.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        if !self.is_told {
            let (Self { method, route, .. }, ms) = (&*self, self.millis());
            self.span.in_scope(|| info!(method, route, ms, "The client left before it was answered."));
        }
    }
}
