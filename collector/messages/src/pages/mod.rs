//! What is seen of messages in a browser: one's own, and, for who runs the collector, channels.

mod channels;
mod own;

#[cfg(test)]
pub(crate) use own::agreeing;

use axum::Router;
use axum::extract::FromRef;
use axum::routing::{get, post};

use crate::state::Messages;

pub(crate) fn router<S: Clone + Send + Sync + 'static>() -> Router<S>
where
    Messages: FromRef<S>,
{
    Router::new()
        .route("/me/messages", get(own::show).post(own::choose))
        .route("/admin/channels", get(channels::show).post(channels::make))
        .route("/admin/channels/{id}", post(channels::switch))
}
