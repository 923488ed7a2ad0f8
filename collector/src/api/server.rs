use std::net::SocketAddr;
use std::time::Duration;

use attune_ground::GroundError;
use attune_ground::http::Problem;
use axum::Router;
use axum::http::{StatusCode, header};
use axum::middleware::map_response;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tower_http::timeout::TimeoutLayer;

use super::{openapi, page, root, routes};
use crate::subjects::{self, Subjects};

/// The longest that an answer may take.
const LONGEST: Duration = Duration::from_secs(30);

/// Takes the address.
///
/// # Errors
/// When it is taken by another program.
pub(crate) async fn listen(address: SocketAddr) -> Result<TcpListener, GroundError> {
    TcpListener::bind(address).await.map_err(|source| GroundError::Listen { address, key: "api.listen", source })
}

/// Serves until told to stop, then finishes what was begun.
///
/// # Errors
/// When the listener fails.
pub(crate) async fn serve(listener: TcpListener, app: Router, mut stop: watch::Receiver<bool>) -> std::io::Result<()> {
    axum::serve(listener, app)
        .with_graceful_shutdown(async move {
            let _ = stop.wait_for(|stop| *stop).await;
        })
        .await
}

/// All routes and pages, with their limits.
pub(crate) fn app(state: Subjects) -> Router {
    let document = openapi();
    let (router, _) = routes().split_for_parts();
    let pages = page::router().merge(attune_pages::router(&document, &subjects::assets()));
    subjects::all()
        .into_iter()
        .fold(router, |router, subject| router.merge((subject.unversioned)()))
        .merge(pages.layer(map_response(attune_pages::secure)))
        .route(
            "/api/v1/openapi.json",
            get(|| async move { ([(header::CONTENT_TYPE, "application/json")], document).into_response() }),
        )
        .route("/api/v1/", get(root::about))
        .fallback(|| async { Problem::not_found("there is nothing here; /api/v1 lists what there is") })
        .method_not_allowed_fallback(|| async { Problem::method_not_allowed() })
        .layer(map_response(problem_for_timeout))
        .layer(TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, LONGEST))
        .with_state(state)
}

/// The timeout layer answers with an empty body.
async fn problem_for_timeout(response: Response) -> Response {
    let ours = response.headers().contains_key(header::CONTENT_TYPE);
    if response.status() == StatusCode::REQUEST_TIMEOUT && !ours {
        return Problem::timeout(format!("the answer took longer than {} s", LONGEST.as_secs())).into_response();
    }
    response
}
