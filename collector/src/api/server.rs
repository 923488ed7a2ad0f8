use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use attune_ground::GroundError;
use attune_ground::http::{Guard, Problem, Rate, Traffic};
use axum::Router;
use axum::http::header;
use axum::middleware::{from_fn, from_fn_with_state, map_response, map_response_with_state};
use axum::response::IntoResponse;
use axum::routing::get;
use tokio::net::TcpListener;

use super::asked::{self, Door};
use super::layers::{self, AccountPace, Allowance, Pace, Transport, Watch};
use super::{openapi, root, routes};
use crate::subjects::{self, Subjects};

/// The longest that an answer may take: a body that comes slowly, an analysis that takes as long as it may, and some.
const LONGEST: Duration = Duration::from_secs(50);
/// The same where a table comes: 200 MB at a mebibyte a second, and its reading.
const LONGEST_LARGE: Duration = Duration::from_secs(300);

/// Takes the address.
///
/// # Errors
/// When it is taken by another program.
pub(crate) async fn listen(address: SocketAddr) -> Result<TcpListener, GroundError> {
    TcpListener::bind(address).await.map_err(|source| GroundError::Listen { address, key: "api.listen", source })
}

/// Who may ask, how often, and what is said of how answers travel.
pub(crate) struct House {
    pub(crate) guard: Guard,
    /// Of each address, and of each account.
    pub(crate) rate: Rate,
    /// Whether they travel by TLS with a certificate that the organisation brought.
    pub(crate) is_certified: bool,
    pub(crate) traffic: Arc<Traffic>,
}

/// All routes and pages, behind the guard.
pub(crate) fn app(state: Subjects, house: House) -> Router {
    let House { guard, rate, is_certified, traffic } = house;
    let (pace, of_account) = (Pace::new(rate, Arc::clone(&traffic)), AccountPace::new(rate, Arc::clone(&traffic)));
    let profile = state.people.profile();
    let transport = if is_certified { Transport::Certified } else { Transport::Any };
    let document = openapi();
    let (router, _) = routes().split_for_parts();
    let pages = subjects::all().into_iter().fold(Router::new(), |pages, subject| pages.merge((subject.pages)()));
    let pages = pages.layer(from_fn(root::page_or_about)).merge(attune_pages::router(&document, &subjects::assets()));
    let described = get(|| async move { ([(header::CONTENT_TYPE, "application/json")], document).into_response() });
    subjects::all()
        .into_iter()
        .fold(router, |router, subject| router.merge((subject.unversioned)()))
        .merge(pages.layer(map_response(attune_pages::secure)))
        .route("/api/v1/openapi.json", described.clone())
        .route("/openapi.json", described) // where MindSync's clients import it from
        .route("/api/v1/", get(root::about))
        .fallback(|| async { Problem::not_found("there is nothing here; /api/v1 lists what there is") })
        .method_not_allowed_fallback(|| async { Problem::method_not_allowed() })
        .layer(from_fn_with_state(Door::new(&state, of_account), asked::admitted))
        .layer(from_fn_with_state(
            Allowance { longest: LONGEST, large: LONGEST_LARGE, traffic: Arc::clone(&traffic) },
            layers::in_time,
        ))
        .layer(from_fn_with_state(pace, layers::rated))
        .layer(from_fn_with_state(Watch { guard: Arc::new(guard), traffic }, layers::guarded))
        .layer(from_fn_with_state(profile, layers::shown))
        .layer(map_response_with_state(transport, layers::with_headers))
        .layer(from_fn(layers::noted))
        .with_state(state)
}
