use attune_ground::http::{Path, Problem};
use attune_pages::Markup;
use attune_pages::form::{Button, Field, Form};
use attune_pages::words::Calendar;
use attune_people::pages::{Fields, go_to};
use attune_people::rights::Asker;
use attune_people::sign_in::{Opened, opened};
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use super::super::api::id;
use super::super::record::{Event, LONGEST_NOTE, What};
use super::super::seen::{self, Holder, Whole, Whose};
use super::super::words::{self, words};
use super::parts::{self, OPEN};
use crate::Wellbeing;

/// One alert, and what became of it.
pub(super) async fn show(
    asker: Asker,
    State(state): State<Wellbeing>,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    page(&state, &asker, &id, None).await
}

/// The page, with a note that was refused.
async fn page(
    state: &Wellbeing,
    asker: &Asker,
    id: &str,
    refused: Option<(&Fields, &Problem)>,
) -> Result<Response, Problem> {
    let whose = Whose::of(state, asker).await?;
    let times = state.people().calendar(asker.person()).await?;
    let whole = seen::one(state, &whose, id).await?;
    let title = parts::title(&whole.seen);
    let Opened { frame, csrf, .. } = opened(state.people(), asker, &title, &times.says(), OPEN).await?;
    let frame = frame.back(OPEN, words().title.as_str()).refused(refused.is_some());
    let mut form = note_form(&whole, &csrf);
    if let Some((fields, problem)) = refused {
        form = form.keep(fields.typed());
        form.refuse("note", problem.detail.clone());
    }
    Ok(frame.answer(&body(&whole, &times, &csrf, &form)))
}

pub(super) fn note_form(whole: &Whole, csrf: &str) -> Form {
    let (texts, id) = (words(), id(&whole.seen));
    let most = u32::try_from(LONGEST_NOTE).unwrap_or(u32::MAX);
    let field = Field::lines("note", texts.note.as_str(), 4).hint(texts.note_hint.as_str()).at_most(most);
    Form::post("note", format!("{OPEN}/{id}/notes"), csrf).field(field).button(Button::quiet(texts.add_note.as_str()))
}

pub(super) fn body(whole: &Whole, times: &Calendar, csrf: &str, form: &Form) -> Markup {
    let texts = words();
    let mut body = Markup::of(&parts::facts(&whole.seen, times)).with(&parts::acknowledge(&whole.seen, csrf));
    body = body.with(&Markup::heading(texts.became.as_str()));
    for (event, by) in &whole.events {
        body = body.with(&Markup::paragraph(line(event, by.as_ref(), times)));
    }
    body.with(form).with(&Markup::paragraph(texts.informs.as_str()))
}

/// What became of it, in a line.
fn line(event: &Event, by: Option<&Holder>, times: &Calendar) -> String {
    let texts = words();
    let (moment, what, who) = (times.moment(event.at), words::what(event.what), parts::holder(by));
    let filled = [("moment", moment.as_str()), ("what", what), ("who", who.as_str())];
    match event.what {
        What::Noted => {
            let text = if event.text.is_empty() { texts.lost.as_str() } else { event.text.as_str() };
            texts.line_text.fill(&[&filled[..], &[("text", text)]].concat())
        }
        _ if event.is_by_somebody() => texts.line_by.fill(&filled),
        _ => texts.line.fill(&filled[..2]),
    }
}

/// Says that whoever asks holds one.
pub(super) async fn acknowledge(
    asker: Asker,
    State(state): State<Wellbeing>,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let whose = Whose::of(&state, &asker).await?;
    seen::acknowledge(&state, &whose, &id).await?;
    Ok(go_to(OPEN, Vec::new()))
}

/// Adds a note.
pub(super) async fn add_note(
    asker: Asker,
    State(state): State<Wellbeing>,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response, Problem> {
    let fields = Fields::take(state.people().bodies(), request).await?;
    let whose = Whose::of(&state, &asker).await?;
    match seen::write_note(&state, &whose, &id, fields.get("note")).await {
        // Behind what reads as an id: it was found.
        Ok(()) => Ok(go_to(&format!("{OPEN}/{id}"), Vec::new())),
        Err(problem) if problem.field.is_some() => {
            let status = StatusCode::from_u16(problem.status).unwrap_or_default();
            let page = page(&state, &asker, &id, Some((&fields, &problem))).await?;
            Ok((status, page).into_response())
        }
        Err(problem) => Err(problem),
    }
}
