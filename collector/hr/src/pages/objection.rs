//! One's own flag, and what one says to it.

use attune_ground::http::Problem;
use attune_pages::Markup;
use attune_pages::form::{Button, Field, Form};
use attune_pages::part::{Notice, Tone};
use attune_pages::words::{Calendar, HrFlagWords};
use attune_people::access::By;
use attune_people::me::Own;
use attune_people::pages::{Fields, go_to};
use attune_people::rights::Asker;
use axum::extract::{Request, State};
use axum::response::Response;

use super::reasons::{changes, decisions, facts, objections, reasons};
use crate::state::Hr;
use crate::unusual::{self, Flag, LONGEST};

fn texts() -> &'static HrFlagWords {
    &super::texts().flag
}

/// That one stands out, why, what a person decided, and the form by which one objects.
pub(super) fn of(flag: &Flag, times: &Calendar, csrf: &str) -> Markup {
    let texts = texts();
    let own = unusual::own(flag);
    let body = Markup::of(&Notice::new(Tone::Warning, texts.own.as_str(), texts.own_text.as_str()))
        .with(&facts(own.severity, flag, times))
        .with(&reasons(&texts.why, &own.reasons, false));
    let body = if own.others.is_empty() { body } else { body.with(&reasons(&texts.others, &own.others, false)) };
    let body = body
        .with(&changes(own.changes.as_deref()))
        .with(&decisions(&own.decisions, &flag.handled, times, false))
        .with(&objections(&own.objections, &flag.handled, times));
    if flag.handled.waits() {
        return body;
    }
    let longest = u32::try_from(LONGEST).unwrap_or(u32::MAX);
    let text = Field::lines("text", texts.objection.as_str(), 4).hint(texts.object_hint.as_str()).at_most(longest);
    let form = Form::post("object", "/me/hr/objection", csrf).named(texts.object.as_str()).field(text);
    body.with(&form.button(Button::primary(texts.object_button.as_str())))
}

/// Objects.
pub(super) async fn object(asker: Asker, State(state): State<Hr>, request: Request) -> Result<Response, Problem> {
    let own = Own::of(state.people(), &asker).await?;
    let typed = Fields::take(state.people().bodies(), request).await?;
    unusual::object(&state, &own.people, typed.get("text"), By::asker(&asker).as_ref()).await?;
    Ok(go_to("/me/hr?done=objected", Vec::new()))
}
