//! Tables of HR for programs: uploads, the master table, figures of groups, who is unusual, and what is one's own.

mod datasets;
mod days;
mod figures;
mod flags;
mod master;
mod me;

use attune_ground::http::document;
use axum::extract::FromRef;
use serde_json::Value;
use utoipa_axum::router::OpenApiRouter;

use crate::state::Hr;

/// Bytes of a body here, but for tables.
const LARGEST: usize = 64 << 10;

pub(crate) fn router<S: Clone + Send + Sync + 'static>() -> OpenApiRouter<S>
where
    Hr: FromRef<S>,
{
    datasets::router()
        .merge(master::router())
        .merge(flags::router())
        .merge(figures::router())
        .merge(me::router())
        .merge(days::router())
}

/// Adds the examples to the OpenAPI document.
pub(crate) fn describe(document: &mut Value) {
    document::add_examples(document, include_str!("examples.json"));
}
