//! What HR and managers see of teams in a browser.

mod channels;
mod list;
mod measures;
mod one;
mod parts;
mod views;

use axum::Router;
use axum::extract::FromRef;
use axum::routing::{get, post};

use crate::state::Wellbeing;

pub(super) fn router<S: Clone + Send + Sync + 'static>() -> Router<S>
where
    Wellbeing: FromRef<S>,
{
    Router::new()
        .route("/teams", get(list::show))
        .route("/teams/measures", get(measures::show))
        .route("/teams/views", get(views::show).post(views::keep))
        .route("/teams/views/remove", post(views::remove))
        .route("/teams/{id}", get(one::show))
}
