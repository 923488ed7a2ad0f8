use attune_ground::http::{Path, Problem};
use attune_pages::Markup;
use attune_pages::form::{Button, ButtonLink, Form, Weight};
use attune_pages::part::{Notice, Tone};
use attune_pages::words::{Calendar, OneTalkWords};
use attune_people::me::Own;
use attune_people::pages::{Fields, go_to};
use attune_people::rights::Asker;
use attune_people::sign_in::{Opened as Page, opened};
use axum::extract::{Request, State};
use axum::response::Response;

use super::own::write;
use super::{HELP, Refused, TALKS, answered_as, paragraphs, place, read_nonce, refuse, tabs};
use crate::answers;
use crate::live::At;
use crate::own::{self, Change, Found, Pending};
use crate::rows::{self, Opened, Talk};
use crate::say::{Where, Words, say as take};
use crate::sealed::{Status, TalkId};
use crate::state::Talks;

/// After how many seconds a page looks again for an answer that is being made.
const AGAIN: u32 = 2;

fn texts() -> &'static OneTalkWords {
    &super::texts().one
}

fn id(text: &str) -> Result<TalkId, Problem> {
    text.parse().map_err(|_| Problem::not_found("there is no such talk"))
}

/// A talk of one's own.
pub(super) async fn show(
    asker: Asker,
    State(state): State<Talks>,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    page(&state, &asker, &id, None).await
}

async fn page(state: &Talks, asker: &Asker, text: &str, refused: Option<Refused<'_>>) -> Result<Response, Problem> {
    let texts = texts();
    let own = Own::of(state.people(), asker).await?;
    let Found { talk, turns, .. } = own::find(state, &own, id(text)?).await?;
    let times = state.people().calendar(Some(own.person)).await?;
    let pending = own::pending(state, &talk).await?;
    rows::note_seen(state.store(), &talk).await;
    let title = talk.head.as_ref().map_or(&texts.damaged, |head| &head.title);
    let finding = texts.finding.of(talk.turns.unsigned_abs());
    let Page { mut frame, csrf, .. } = opened(state.people(), asker, title, &finding, TALKS).await?;
    let mut body = Markup::of(&tabs(TALKS));
    if talk.head.as_ref().is_some_and(|head| head.status == Status::RequiresAttention) {
        let help = ButtonLink::new(HELP, texts.help.as_str(), Weight::Primary);
        let notice = Notice::new(Tone::Warning, texts.attention.as_str(), texts.attention_text.as_str()).step(help);
        body = body.with(&notice);
    }
    for turn in &turns {
        body = body.with(&said(turn, &times));
    }
    let path = place(talk.id);
    match pending {
        Some(Pending::Made(number)) => {
            frame.again = Some(AGAIN);
            body = body.with(&Markup::paragraph(texts.made.as_str()));
            if let Some(live) = state.lives().of((talk.person, talk.id, number)) {
                body = body.with(&paragraphs(&live.all().text()));
            }
            let stop = Form::post("stop", format!("{path}/stop"), &*csrf)
                .hidden("number", number.to_string())
                .button(Button::quiet(texts.stop.as_str()));
            body = body.with(&stop);
        }
        Some(Pending::Cut(number)) => {
            let again = Form::post("again", format!("{path}/again"), &*csrf)
                .hidden("number", number.to_string())
                .button(Button::quiet(texts.again.as_str()));
            body = body.with(&Notice::new(Tone::Failure, texts.cut.as_str(), texts.cut_text.as_str())).with(&again);
        }
        None => {}
    }
    if !matches!(pending, Some(Pending::Made(_))) {
        body = body.with(&refuse(write(&path, texts.answer.as_str(), &csrf), refused));
    }
    body = body.with(&ButtonLink::new(format!("{path}/report"), texts.report.as_str(), Weight::Quiet));
    body = body.with(&changing(&talk, &csrf)).with(&Markup::paragraph(texts.delete_hint.as_str()));
    Ok(frame.back(TALKS, texts.back.as_str()).refused(refused.is_some()).answer(&body))
}

fn said(turn: &Opened, times: &Calendar) -> Markup {
    let texts = texts();
    let by_model = turn.turn.as_ref().is_some_and(|of| of.by_model);
    let who = match turn.own {
        true => &texts.you,
        false if by_model => &texts.model,
        false => &texts.attune,
    };
    let mut body = Markup::heading(texts.said.fill(&[("who", who.as_str()), ("moment", &times.moment(turn.at))]));
    match &turn.turn {
        Some(of) => {
            body = body.with(&paragraphs(&of.text));
            if of.stopped {
                body = body.with(&Markup::paragraph(texts.stopped.as_str()));
            }
        }
        None => body = body.with(&Markup::paragraph(texts.damaged.as_str())),
    }
    body
}

fn changing(talk: &Talk, csrf: &str) -> Form {
    let texts = texts();
    let form = Form::post("change", format!("{}/change", place(talk.id)), csrf);
    let goes_on =
        talk.head.as_ref().is_none_or(|head| matches!(head.status, Status::Active | Status::RequiresAttention));
    let form = match goes_on {
        true => form
            .button(Button::quiet(texts.archive.as_str()).sends("do", "archived"))
            .button(Button::quiet(texts.end.as_str()).sends("do", "ended")),
        false => form.button(Button::quiet(texts.take_up.as_str()).sends("do", "active")),
    };
    form.button(Button::dangerous(texts.delete.as_str()).sends("do", "delete"))
}

/// Writes on in a talk.
pub(super) async fn say(
    asker: Asker,
    State(state): State<Talks>,
    Path(text): Path<String>,
    request: Request,
) -> Result<Response, Problem> {
    let own = Own::of(state.people(), &asker).await?;
    let typed = Fields::take(state.people().bodies(), request).await?;
    let done = async {
        let place = Where::Talk(id(&text)?);
        take(&state, own.person, Words { place, nonce: read_nonce(&typed)?, text: typed.get("message") }).await
    };
    match done.await {
        Ok(told) => Ok(go_to(&place(told.talk), Vec::new())),
        Err(problem) if problem.status < 500 && problem.status != 404 => {
            let shown = page(&state, &asker, &text, Some((&typed, &problem))).await?;
            Ok(answered_as(&problem, shown))
        }
        Err(problem) => Err(problem),
    }
}

/// Puts a talk away, ends it, takes it up again or deletes it.
pub(super) async fn change(
    asker: Asker,
    State(state): State<Talks>,
    Path(text): Path<String>,
    request: Request,
) -> Result<Response, Problem> {
    let own = Own::of(state.people(), &asker).await?;
    let Found { talk, .. } = own::find(&state, &own, id(&text)?).await?;
    let typed = Fields::take(state.people().bodies(), request).await?;
    let of = (talk.person, talk.id);
    let wanted = typed.get("do");
    if wanted == "delete" {
        own::delete(&state, of).await?;
        return Ok(go_to("/me/talk?done=deleted", Vec::new()));
    }
    let known = [Status::Active, Status::Archived, Status::Ended];
    let status = known.into_iter().find(|status| status.name() == wanted);
    let status = status.ok_or_else(|| Problem::bad_request("do", "choose what becomes of the talk"))?;
    own::change(&state, of, &Change { title: None, status: Some(status) }).await?;
    Ok(go_to(&place(talk.id), Vec::new()))
}

/// The number of an answer of a talk of one's own, as a form sends it.
async fn answer_of(state: &Talks, asker: &Asker, text: &str, request: Request) -> Result<At, Problem> {
    let own = Own::of(state.people(), asker).await?;
    let Found { talk, .. } = own::find(state, &own, id(text)?).await?;
    let typed = Fields::take(state.people().bodies(), request).await?;
    let number = typed.get("number").parse();
    let number = number.map_err(|_| Problem::bad_request("number", "reload the page"))?;
    Ok((talk.person, talk.id, number))
}

/// Stops an answer that is being made.
pub(super) async fn stop(
    asker: Asker,
    State(state): State<Talks>,
    Path(text): Path<String>,
    request: Request,
) -> Result<Response, Problem> {
    let at = answer_of(&state, &asker, &text, request).await?;
    answers::stop(&state, at).await?;
    Ok(go_to(&place(at.1), Vec::new()))
}

/// Asks anew for an answer that was cut.
pub(super) async fn again(
    asker: Asker,
    State(state): State<Talks>,
    Path(text): Path<String>,
    request: Request,
) -> Result<Response, Problem> {
    let at = answer_of(&state, &asker, &text, request).await?;
    answers::again(&state, at).await?;
    Ok(go_to(&place(at.1), Vec::new()))
}
