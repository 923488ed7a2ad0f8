use attune_ground::http::{Client, Problem};
use attune_pages::Markup;
use attune_pages::form::{ButtonLink, Weight};
use attune_pages::part::{Facts, Qr};
use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::Response;

use super::super::told;
use super::open;
use crate::People;
use crate::rights::Asker;

/// What is told once.
pub(super) async fn show(
    State(people): State<People>,
    asker: Asker,
    client: Client,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let Some(told) = told::take(&people, &asker, &headers).await? else {
        let finding = "What is told once was shown already, or has waited for too long. Make another one in its place.";
        let opened = open(&people, &asker, "Nothing to show", finding, "").await?;
        return Ok(opened.frame.answer(&ButtonLink::new("/admin", "Go to the overview", Weight::Primary)));
    };
    let opened = open(&people, &asker, &told.title, &told.finding, "").await?;
    let shown = match told.is_drawn {
        true => Markup::of(&Qr::new(told.what, told.secret, told.hint)),
        false => Markup::of(&Facts::new().fact(told.what, told.secret)).with(&Markup::paragraph(told.hint)),
    };
    let next = ButtonLink::new(told.next.0, told.next.1, Weight::Primary);
    let mut response = opened.frame.answer(&shown.with(&next));
    response.headers_mut().append(header::SET_COOKIE, told::ended(client.secure));
    Ok(response)
}
