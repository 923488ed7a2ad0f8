//! Talks as clients of OpenSoft have them: a socket a room, with its messages in and out, and the paths of its first version.
//!
//! | comes in | goes out |
//! |---|---|
//! | `connection` | `connection_confirmed` with what was said before; `connect` on the other devices |
//! | `chatbot_query` | `chatbot_stream` piece by piece, then `chatbot_response`, on each device in the room |
//! | `disconnect_request` | `disconnect_confirmed`; `disconnect` on the other devices |
//! | anything else | `error` |
//!
//! Who talks is who signed in: a name that a client sends changes nothing. A room is its person's own; nobody else enters it.

mod rest;
mod session;
mod shape;
mod socket;

use axum::Router;
use axum::extract::FromRef;
use axum::routing::get;

use crate::state::Talks;

pub(crate) fn router<S: Clone + Send + Sync + 'static>() -> Router<S>
where
    Talks: FromRef<S>,
{
    Router::new()
        .route("/ws/chat/{room}", get(socket::open))
        .route("/ws/chat/{room}/", get(socket::open))
        .route("/employee/chat", get(rest::list))
        .route("/employee/chat/", get(rest::list))
        .route("/employee/chat/{id}", get(rest::show).post(rest::write))
        .route("/employee/chat/{id}/", get(rest::show).post(rest::write))
}
