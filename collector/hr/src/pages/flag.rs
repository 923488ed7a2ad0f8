use attune_ground::http::{AnyQuery, Path, Problem};
use attune_pages::Markup;
use attune_pages::form::{Button, Choice, Field, Form, TextKind};
use attune_pages::part::{Fold, Notice, Tone};
use attune_pages::words::HrFlagWords;
use attune_people::access::{self, By, Of};
use attune_people::pages::{Fields, go_to};
use attune_people::rights::Asker;
use attune_people::sign_in::{Opened, opened};
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use super::focus::{PATH, status_of};
use super::reasons::{changes, decisions, facts, objections, reasons};
use crate::rows::Employee;
use crate::state::Hr;
use crate::unusual::{self, Decision, Flag, HrFlag, HrFlagDetail, LONGEST, Status};
use crate::uploads;

/// Characters of who looks after a flag.
const LONGEST_OWNER: u32 = 80;

/// What was done, for who comes from a form.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct After {
    done: String,
}

fn texts() -> &'static HrFlagWords {
    &super::texts().flag
}

async fn found(state: &Hr, id: &str) -> Result<(Employee, Flag), Problem> {
    state.check_flagged()?;
    let none = || Problem::not_found("there is no such flag");
    let id = uploads::read(id).ok_or_else(none)?;
    unusual::one(state, &id).await?.ok_or_else(none)
}

/// A flag, and what can be decided.
pub(super) async fn show(
    asker: Asker,
    State(state): State<Hr>,
    Path(id): Path<String>,
    AnyQuery(after): AnyQuery<After>,
) -> Result<Response, Problem> {
    let of = found(&state, &id).await?;
    let news = match after.done.as_str() {
        "decided" => Markup::of(&Notice::new(Tone::Done, texts().done.as_str(), "")),
        _ => Markup::none(),
    };
    page(&state, &asker, &of, news, None).await
}

async fn page(
    state: &Hr,
    asker: &Asker,
    (employee, flag): &(Employee, Flag),
    news: Markup,
    refused: Option<(&Problem, &Fields)>,
) -> Result<Response, Problem> {
    access::read(state.store(), asker, Of::Person(flag.person)).await?;
    let texts = texts();
    let standing = unusual::standing(state).await?;
    let HrFlagDetail { flag: of, others, changes: out, decisions: decided, objections: objected } =
        unusual::detail(state, (employee, flag), standing.as_ref()).await?;
    let title = texts.title.with("employee", &employee.0);
    let finding = if of.is_found { &texts.finding } else { &texts.gone };
    let Opened { frame, csrf, .. } = opened(state.people(), asker, &title, finding, super::PLACE).await?;
    let times = state.people().calendar(None).await?;
    let mut body = news;
    if let Some((problem, _)) = refused {
        body = body.with(&Notice::new(Tone::Failure, problem.detail.as_str(), ""));
    }
    if of.objection_waits {
        body = body.with(&Notice::new(Tone::Warning, texts.waits.as_str(), ""));
    }
    body = body.with(&facts(of.severity, flag, &times)).with(&reasons(&texts.why, &of.reasons, true));
    if !others.is_empty() {
        body = body.with(&Fold::new(texts.others.as_str(), &reasons(&texts.others, &others, true)));
    }
    let mut form = form(&of, &csrf);
    if let Some((problem, typed)) = refused {
        form = form.keep(typed.typed());
        form.refuse(problem.field.as_deref().unwrap_or_default(), problem.detail.clone());
    }
    body = body
        .with(&changes(out.as_deref()))
        .with(&objections(&objected, &flag.handled, &times))
        .with(&decisions(&decided, &flag.handled, &times, true))
        .with(&form);
    Ok(frame.back(PATH, texts.back.as_str()).refused(refused.is_some()).answer(&body))
}

fn form(of: &HrFlag, csrf: &str) -> Form {
    let (texts, list) = (texts(), &super::texts().focus);
    let longest = u32::try_from(LONGEST).unwrap_or(u32::MAX);
    let choices = Status::ALL.map(|status| Choice::new(status.name(), status_of(status))).into();
    let held = |text: &Option<String>| text.clone().unwrap_or_default();
    let form = Form::post("decide", format!("{PATH}/{}", of.id), csrf)
        .named(texts.form.as_str())
        .field(Field::radios("status", texts.status.as_str(), choices))
        .field(Field::lines("reason", texts.because.as_str(), 3).hint(texts.because_hint.as_str()).at_most(longest))
        .field(
            Field::text("owner", list.owner.as_str(), TextKind::Plain)
                .hint(texts.owner_hint.as_str())
                .at_most(LONGEST_OWNER)
                .optional()
                .value(&held(&of.owner)),
        )
        .field(
            Field::text("due", list.due.as_str(), TextKind::Date)
                .hint(texts.due_hint.as_str())
                .optional()
                .value(&held(&of.due)),
        )
        .field(
            Field::lines("notes", texts.notes.as_str(), 3)
                .hint(texts.notes_hint.as_str())
                .at_most(longest)
                .optional()
                .value(&held(&of.notes)),
        );
    let form = match of.objection_waits {
        true => form
            .field(Field::lines("answer", texts.answer.as_str(), 3).hint(texts.answer_hint.as_str()).at_most(longest)),
        false => form,
    };
    form.button(Button::primary(texts.decide.as_str()))
}

/// Decides on a flag.
pub(super) async fn decide(
    asker: Asker,
    State(state): State<Hr>,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response, Problem> {
    let of = found(&state, &id).await?;
    let typed = Fields::take(state.people().bodies(), request).await?;
    let decided = async {
        let status = Status::ALL.into_iter().find(|status| status.name() == typed.get("status"));
        let status = status.ok_or_else(|| Problem::bad_request("status", "choose what is decided"))?;
        let said = |field: &str| Some(typed.get(field).to_owned());
        let decision = Decision {
            status,
            reason: typed.get("reason").to_owned(),
            owner: said("owner"),
            notes: said("notes"),
            due: said("due"),
            answer: said("answer"),
        };
        unusual::decide(&state, of.1.person, &decision, (By::asker(&asker).as_ref(), asker.login())).await
    };
    match decided.await {
        Ok(()) => Ok(go_to(&format!("{PATH}/{id}?done=decided"), Vec::new())),
        Err(problem) if problem.status < 500 => {
            let status = StatusCode::from_u16(problem.status).unwrap_or_default();
            let shown = page(&state, &asker, &of, Markup::none(), Some((&problem, &typed))).await?;
            Ok((status, shown).into_response())
        }
        Err(problem) => Err(problem),
    }
}
