//! What is seen of messages in a browser: one's own, and, for who runs the collector, channels and how people are called there.

mod channels;
mod own;
mod writers;

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
        .route("/me/messages/names/remove", post(writers::forget))
        .route("/admin/writers", get(writers::show).post(writers::link))
        .route("/admin/writers/remove", post(writers::unlink))
        .route("/admin/channels", get(channels::show).post(channels::make))
        .route("/admin/channels/{id}", post(channels::switch))
}
