//! Messages for programs: channels and messages handed in, and what is one's own.

mod channels;
mod me;
mod messages;

use attune_ground::http::document;
use axum::extract::FromRef;
use serde_json::Value;
use utoipa_axum::router::OpenApiRouter;

use crate::state::Messages;

/// Bytes of a body here, but for messages.
const LARGEST: usize = 16 << 10;

pub(crate) fn router<S: Clone + Send + Sync + 'static>() -> OpenApiRouter<S>
where
    Messages: FromRef<S>,
{
    channels::router().merge(messages::router()).merge(me::router())
}

/// Adds the examples to the OpenAPI document.
pub(crate) fn describe(document: &mut Value) {
    document::add_examples(document, include_str!("examples.json"));
}
