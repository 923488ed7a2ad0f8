use attune_ground::http::Problem;
use attune_people::rights::{Asker, Means};
use axum::Router;
use axum::extract::rejection::QueryRejection;
use axum::extract::{FromRef, Query, State};
use axum::http::header;
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::get;

use super::front::{Asked, front};
use crate::analyze::Desk;
use crate::sessions::Shelf;

pub(crate) fn router<S: Clone + Send + Sync + 'static>() -> Router<S>
where
    Shelf: FromRef<S>,
    Desk: FromRef<S>,
{
    Router::new().route("/", get(root))
}

async fn root(
    asker: Asker,
    State(shelf): State<Shelf>,
    State(Desk { profile, .. }): State<Desk>,
    asked: Result<Query<Asked>, QueryRejection>,
) -> Result<Response, Problem> {
    match asker.means() {
        Means::Nobody | Means::Service => return Ok(Redirect::to("/sign-in").into_response()),
        Means::Login { person: None, .. } => return Ok(Redirect::to("/account").into_response()),
        Means::Open | Means::Login { person: Some(_), .. } => {}
    }
    // A query that does not read asks for nothing.
    let asked = asked.map(|Query(asked)| asked).unwrap_or_default();
    // It shows people's scores: nothing between us and the asker keeps it.
    Ok(([(header::CACHE_CONTROL, "private, no-store")], Html(front(&shelf, profile, &asker, &asked).await?))
        .into_response())
}
