//! Talking without signing in: what is said stands in the page alone, sealed, and no row of it is anywhere.

use attune_ground::http::{Client, Problem};
use attune_pages::form::{Button, ButtonLink, Field, Form, Weight};
use attune_pages::part::{Notice, Tone};
use attune_pages::words::ChatWords;
use attune_pages::{Frame, Markup};
use attune_people::pages::Fields;
use axum::extract::{Request, State};
use axum::response::Response;

use super::help::numbers;
use super::{CHAT, HELP, Refused, answered_as, paragraphs, refuse};
use crate::anonymous::{self, Chat, Line};
use crate::companion;
use crate::state::Talks;
use crate::written::LONGEST;

fn texts() -> &'static ChatWords {
    &super::texts().chat
}

/// A talk that begins.
pub(super) async fn show(State(state): State<Talks>) -> Result<Response, Problem> {
    anonymous::check(&state)?;
    Ok(page(&state, &Chat::default(), Markup::none(), None))
}

fn page(state: &Talks, chat: &Chat, news: Markup, refused: Option<Refused<'_>>) -> Response {
    let texts = texts();
    let frame = Frame::new(texts.title.as_str(), texts.finding.as_str(), state.people().profile());
    let mut body = Markup::of(&ButtonLink::new(HELP, super::texts().tabs.help.as_str(), Weight::Primary)).with(&news);
    body = body.with(&Markup::paragraph(companion::says_what_it_is_to_nobody_known()));
    for Line { own, text } in &chat.lines {
        body = body.with(&Markup::heading(if *own { texts.you.as_str() } else { texts.attune.as_str() }));
        body = body.with(&paragraphs(text));
    }
    if chat.is_in_danger {
        body =
            body.with(&numbers(state, Some(state.settings().country.as_str()).filter(|country| !country.is_empty())));
    }
    let most = u32::try_from(LONGEST).unwrap_or(u32::MAX);
    // No page of another origin has it sent: the guard refuses it, and no cookie goes with it.
    let form = Form::post("chat", CHAT, "")
        .hidden("sealed", anonymous::seal(state, chat))
        .field(Field::lines("message", texts.message.as_str(), 4).at_most(most))
        .button(Button::primary(texts.send.as_str()));
    body = body.with(&refuse(form, refused)).with(&Markup::paragraph(texts.kept.as_str()));
    if !chat.lines.is_empty() {
        body = body.with(&ButtonLink::new(CHAT, texts.begin_anew.as_str(), Weight::Quiet));
    }
    frame.refused(refused.is_some()).answer(&body)
}

/// Says something in it.
pub(super) async fn say(client: Client, State(state): State<Talks>, request: Request) -> Result<Response, Problem> {
    anonymous::check(&state)?;
    let typed = Fields::take(state.people().bodies(), request).await?;
    let (chat, news) = match anonymous::open(&state, typed.get("sealed")) {
        Some(chat) => (chat, Markup::none()),
        None => (Chat::default(), Markup::of(&Notice::new(Tone::Warning, texts().lost.as_str(), ""))),
    };
    match anonymous::say(&state, client, chat.clone(), typed.get("message")).await {
        Ok(chat) => Ok(page(&state, &chat, news, None)),
        Err(problem) if problem.status < 500 => {
            let shown = page(&state, &chat, news, Some((&typed, &problem)));
            Ok(answered_as(&problem, shown))
        }
        Err(problem) => Err(problem),
    }
}
