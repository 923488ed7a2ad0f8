use attune_ground::http::Problem;
use attune_pages::Frame;
use attune_people::People;
use attune_people::rights::{Asker, Means};
use attune_people::sign_in::opened;
use axum::Router;
use axum::extract::rejection::QueryRejection;
use axum::extract::{FromRef, Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;

use super::front::{Asked, front};
use crate::analyze::Desk;
use crate::sessions::Shelf;

pub(crate) fn router<S: Clone + Send + Sync + 'static>() -> Router<S>
where
    People: FromRef<S>,
    Shelf: FromRef<S>,
    Desk: FromRef<S>,
{
    Router::new().route("/", get(root))
}

async fn root(
    asker: Asker,
    State(people): State<People>,
    State(shelf): State<Shelf>,
    State(Desk { profile, .. }): State<Desk>,
    asked: Result<Query<Asked>, QueryRejection>,
) -> Result<Response, Problem> {
    let title = "What does a moment say, and how sure is that?";
    let finding =
        "Each score comes with its uncertainty, with what it rests on, and with a reason where there is none.";
    let mut frame = match asker.means() {
        Means::Nobody | Means::Service(..) => return Ok(Redirect::to("/sign-in").into_response()),
        Means::Login { person: None, .. } => return Ok(Redirect::to("/account").into_response()),
        Means::Open => Frame::new(title, finding, profile)
            .place("Sessions", "/#sessions", true)
            .place("Analyse", "/#analyse", false)
            .place("Try the API", "/docs/", false)
            .place("Reference", "/redoc", false),
        Means::Login { person: Some(_), .. } => opened(&people, &asker, title, finding, "/").await?.frame,
    };
    frame.styles.push("style.css");
    if profile.lets_raw_media_in() {
        frame.scripts.push("app.js");
    }
    // A query that does not read asks for nothing.
    let asked = asked.map(|Query(asked)| asked).unwrap_or_default();
    let times = people.calendar(asker.person()).await?;
    Ok(frame.answer(&front(&shelf, profile, &asker, (&asked, &times)).await?))
}
