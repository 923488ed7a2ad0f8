//! What is seen of alerts in a browser: the open ones, all of them, one with what became of it, and how one is told.

mod list;
mod one;
mod parts;
mod settings;

use attune_ground::Asset;
use attune_pages::assets::SCRIPT;
use axum::Router;
use axum::extract::FromRef;
use axum::routing::{get, post};

use crate::Wellbeing;

/// What the pages are made of.
pub(crate) const ASSETS: &[Asset] =
    &[Asset { name: "alerts.js", kind: SCRIPT, content: include_bytes!("../files/alerts.js") }];

pub(super) fn router<S: Clone + Send + Sync + 'static>() -> Router<S>
where
    Wellbeing: FromRef<S>,
{
    Router::new()
        .route("/alerts", get(list::open))
        .route("/alerts/history", get(list::history))
        .route("/alerts/settings", get(settings::show).post(settings::choose))
        .route("/alerts/supporters", post(settings::ask))
        .route("/alerts/supporters/{id}/remove", post(settings::take_back))
        .route("/alerts/supporters/{id}/danger", post(settings::choose_danger))
        .route("/alerts/supported/{id}/danger", post(settings::answer_danger))
        .route("/alerts/supported/{id}/reached", post(settings::reached))
        .route("/alerts/supported/{id}/yes", post(settings::say_yes))
        .route("/alerts/supported/{id}/no", post(settings::say_no))
        .route("/alerts/{id}", get(one::show))
        .route("/alerts/{id}/acknowledge", post(one::acknowledge))
        .route("/alerts/{id}/notes", post(one::add_note))
}
