//! What a person sees in a browser: the page at `/`, interactive documentation at `/docs`, a reference at `/redoc`.
//!
//! Everything is part of this program: no page loads anything from elsewhere, and each says so in its
//! Content-Security-Policy, so that nothing could.

mod assets;
mod docs;
mod headers;
mod page;
mod reference;

use axum::Router;
use axum::middleware::map_response;

use crate::api::ApiState;

/// The pages; `document` is the OpenAPI document as JSON text.
pub(crate) fn router(document: &str) -> Router<ApiState> {
    Router::new()
        .merge(page::router())
        .merge(assets::router())
        .merge(docs::router())
        .merge(reference::router(document))
        .layer(map_response(headers::secure))
}
