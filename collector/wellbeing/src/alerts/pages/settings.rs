use attune_ground::http::{Path, Problem};
use attune_pages::Markup;
use attune_pages::form::{Button, Choice, Field, Form, TextKind, Weight};
use attune_pages::state::State as Shown;
use attune_pages::table::{Cell, Column, Row, Table};
use attune_pages::words::Calendar;
use attune_people::me::Own;
use attune_people::pages::{Fields, go_to};
use attune_people::rights::{Asker, LoginId, Role};
use attune_people::sign_in::{Opened, opened};
use attune_protocol::ids::PersonId;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use super::super::calls;
use super::super::choices::{self, Choices, Mail};
use super::super::quiet::{Quiet, read, written};
use super::super::seen::{self, OfSupported};
use super::super::supporters::{self, Chosen, Danger, LONGEST_NAME, Refused};
use super::super::words::words;
use super::parts::{self, OPEN, SETTINGS};
use crate::{Wellbeing, WellbeingError};

/// The form by which somebody says how they are told.
const TOLD: &str = "told";
/// The one by which they choose who supports them.
const ASK: &str = "ask";

/// What of the page was refused: which form, what was typed, and what is wrong.
type RefusedForm<'a> = (&'static str, &'a Fields, &'a Problem);

/// How one is told, and who supports one.
pub(super) async fn show(asker: Asker, State(state): State<Wellbeing>) -> Result<Response, Problem> {
    page(&state, &asker, None).await
}

fn login_of(asker: &Asker) -> Result<LoginId, Problem> {
    asker.login().ok_or_else(|| Problem::unauthorized("this is for who has signed in"))
}

async fn page(state: &Wellbeing, asker: &Asker, refused: Option<RefusedForm<'_>>) -> Result<Response, Problem> {
    let login = login_of(asker)?;
    let times = state.people().calendar(asker.person()).await?;
    let choices = choices::of(state, login).await?;
    let chosen = match asker.person().filter(|_| asker.roles().contains(&Role::Employee)) {
        Some(person) => {
            let key = state.people().keys().of(person).await?;
            Some((supporters::chosen(state, person, &key).await?, calls::last(state.store(), person).await?))
        }
        None => None,
    };
    let supported = seen::of_supported(state, asker).await?;
    let texts = words();
    let Opened { frame, csrf, .. } =
        opened(state.people(), asker, &texts.settings_tab, &texts.settings.finding, OPEN).await?;
    let frame = frame.refused(refused.is_some());
    let refuse = |form: Form, name: &str| match refused {
        Some((of, fields, problem)) if of == name => {
            let mut form = form.keep(fields.typed());
            form.refuse(problem.field.as_deref().unwrap_or_default(), problem.detail.clone());
            form
        }
        _ => form,
    };
    let told = refuse(told_form(choices, &times, &csrf), TOLD);
    let mut body = Markup::of(&parts::tabs(SETTINGS)).with(&parts::calls(&supported, &csrf)).with(&told);
    if let Some((chosen, called)) = &chosen {
        body = body.with(&supporters_of((chosen, called), &times, &csrf, &refuse(ask_form(&csrf), ASK)));
    }
    Ok(frame.answer(&body.with(&others(&supported, &csrf))))
}

fn told_form(choices: Choices, times: &Calendar, csrf: &str) -> Form {
    let texts = &words().settings;
    let choice = |mail: Mail| match mail {
        Mail::Never => Choice::new(mail.name(), texts.never.as_str()).hint(texts.never_hint.as_str()),
        Mail::AtOnce => Choice::new(mail.name(), texts.at_once.as_str()),
        Mail::Daily => Choice::new(mail.name(), texts.daily.as_str()),
    };
    let mail = Field::radios("mail", texts.mail.as_str(), Mail::ALL.map(choice).to_vec());
    let time = |name: &str, label: &str, minute: Option<u16>| {
        Field::text(name, label, TextKind::Time).optional().value(&minute.map_or_else(String::new, written))
    };
    let from = time("from", &texts.quiet_from, choices.quiet.map(|quiet| quiet.from));
    let until = time("until", &texts.quiet_until, choices.quiet.map(|quiet| quiet.until));
    Form::post(TOLD, SETTINGS, csrf)
        .field(mail.hint(texts.mail_hint.as_str()).value(choices.mail.name()))
        .field(from.hint(texts.quiet_hint.with("zone", &times.says())))
        .field(until)
        .button(Button::primary(texts.save.as_str()))
}

fn ask_form(csrf: &str) -> Form {
    let texts = &words().supporters;
    let most = u32::try_from(LONGEST_NAME).unwrap_or(u32::MAX);
    let name = Field::text("name", texts.name.as_str(), TextKind::Name).at_most(most).autocomplete("off");
    Form::post(ASK, "/alerts/supporters", csrf).field(name).button(Button::quiet(texts.choose.as_str()))
}

/// Whom a person chose, and when each of them was called last.
type ChosenAndCalled<'a> = (&'a [Chosen], &'a [([u8; 16], i64)]);

fn supporters_of((chosen, called): ChosenAndCalled<'_>, times: &Calendar, csrf: &str, ask: &Form) -> Markup {
    let texts = &words().supporters;
    let columns = [&texts.who, &texts.since, &texts.stands].map(|text| Column::new(text.as_str())).to_vec();
    let empty = Shown::Empty { what: texts.empty.clone(), step: None };
    let mut table = Table::new(texts.table.as_str(), columns).when_empty(&empty);
    let (mut backs, mut dangers) = (Markup::none(), Markup::none());
    for one in chosen {
        let stands = match one.accepted_at {
            None => texts.asked.clone(),
            Some(at) => texts.accepted.with("moment", &times.moment(at)),
        };
        let of_danger = match one.danger {
            Danger::No => None,
            Danger::Asked => Some(texts.danger_asked.clone()),
            Danger::Accepted(at) => Some(texts.danger_accepted.with("moment", &times.moment(at))),
        };
        let last = called.iter().find(|(id, _)| *id == one.id);
        let last = last.map(|(_, at)| texts.called.with("moment", &times.moment(*at)));
        let stands = [Some(stands), of_danger, last].into_iter().flatten().collect::<Vec<_>>().join("; ");
        table = table.row(Row::new(vec![
            Cell::text(one.name.as_str()),
            Cell::of(&times.when(one.asked_at)),
            Cell::text(stands),
        ]));
        let id = PersonId(one.id).to_string();
        let form = Form::post(format!("back-{id}"), format!("/alerts/supporters/{id}/remove"), csrf);
        backs = backs.with(&form.button(Button::quiet(texts.take_back.with("name", &one.name))));
        let (label, wanted) = match one.danger {
            Danger::No => (&texts.danger_choose, "yes"),
            Danger::Asked | Danger::Accepted(_) => (&texts.danger_take_back, "no"),
        };
        let form = Form::post(format!("danger-{id}"), format!("/alerts/supporters/{id}/danger"), csrf);
        dangers = dangers.with(&form.hidden("wanted", wanted).button(Button::quiet(label.with("name", &one.name))));
    }
    // What is asked for stands before the buttons that ask for it.
    if !chosen.is_empty() {
        backs = backs.with(&Markup::paragraph(texts.danger_text.as_str()));
    }
    let text = Markup::paragraph(texts.text.as_str());
    Markup::heading(texts.title.as_str()).with(&text).with(&table).with(&backs).with(&dangers).with(ask)
}

/// Who chose whoever looks.
fn others(supported: &[OfSupported], csrf: &str) -> Markup {
    let texts = &words().supporters;
    if supported.is_empty() {
        return Markup::none();
    }
    supported.iter().fold(Markup::heading(texts.others.as_str()), |markup, one| {
        let name = one.name.as_deref().unwrap_or(&texts.unnamed);
        let id = PersonId(one.of.id).to_string();
        let answer = |yes: &str, label: String, weight: Weight| {
            let form = Form::post(format!("{yes}-{id}"), format!("/alerts/supported/{id}/{yes}"), csrf);
            form.button(Button::new(label, weight))
        };
        let markup = match one.of.accepted_at {
            // Both answers weigh the same.
            None => markup
                .with(&Markup::paragraph(texts.asks.with("name", name)))
                .with(&answer("yes", texts.yes.with("name", name), Weight::Equal))
                .with(&answer("no", texts.no.with("name", name), Weight::Equal)),
            Some(_) => {
                let end = answer("no", texts.end.with("name", name), Weight::Quiet);
                markup.with(&Markup::paragraph(texts.supports.with("name", name))).with(&end)
            }
        };
        let form = Form::post(format!("danger-of-{id}"), format!("/alerts/supported/{id}/danger"), csrf);
        match one.of.danger {
            Danger::No => markup,
            Danger::Asked => markup.with(&Markup::paragraph(texts.danger_asks.with("name", name))).with(
                &form
                    .button(Button::new(texts.danger_yes.with("name", name), Weight::Equal).sends("answer", "yes"))
                    .button(Button::new(texts.danger_no.with("name", name), Weight::Equal).sends("answer", "no")),
            ),
            Danger::Accepted(_) => {
                let end = Button::quiet(texts.danger_end.with("name", name)).sends("answer", "no");
                markup.with(&form.button(end))
            }
        }
    })
}

/// Chooses how one is told.
pub(super) async fn choose(
    asker: Asker,
    State(state): State<Wellbeing>,
    request: Request,
) -> Result<Response, Problem> {
    let login = login_of(&asker)?;
    let fields = Fields::take(state.people().bodies(), request).await?;
    match chosen(&fields) {
        Ok(choices) => {
            choices::put(&state, login, choices).await?;
            Ok(go_to(SETTINGS, Vec::new()))
        }
        Err(problem) => refused(&state, &asker, (TOLD, &fields, &problem)).await,
    }
}

/// What was chosen in a form.
fn chosen(fields: &Fields) -> Result<Choices, Problem> {
    let mail = Mail::ALL.into_iter().find(|mail| mail.name() == fields.get("mail"));
    let mail = mail.ok_or_else(|| Problem::bad_request("mail", words().settings.mail_hint.clone()))?;
    let quiet = match (fields.given("from"), fields.given("until")) {
        (None, None) => None,
        (from, until) => {
            let wrong = |field: &str| Problem::bad_request(field, words().settings.quiet_wrong.clone());
            let from = from.and_then(read).ok_or_else(|| wrong("from"))?;
            let until = until.and_then(read).ok_or_else(|| wrong("until"))?;
            Some(Quiet { from, until })
        }
    };
    Ok(Choices { mail, quiet })
}

async fn refused(state: &Wellbeing, asker: &Asker, form: RefusedForm<'_>) -> Result<Response, Problem> {
    let status = StatusCode::from_u16(form.2.status).unwrap_or_default();
    let page = page(state, asker, Some(form)).await?;
    Ok((status, page).into_response())
}

/// Asks somebody to support one.
pub(super) async fn ask(asker: Asker, State(state): State<Wellbeing>, request: Request) -> Result<Response, Problem> {
    let own = Own::of(state.people(), &asker).await?;
    let fields = Fields::take(state.people().bodies(), request).await?;
    let key = state.people().keys().of(own.person).await?;
    let texts = &words().supporters;
    let name = fields.get("name");
    let problem = match supporters::choose(&state, (own.person, own.login), &key, name).await? {
        Ok(()) => return Ok(go_to(SETTINGS, Vec::new())),
        Err(Refused::Name) => Problem::bad_request("name", texts.wrong_name.clone()),
        Err(Refused::Oneself) => Problem::bad_request("name", texts.oneself.clone()),
        Err(Refused::Already) => Problem::conflict("name", texts.already.clone()),
        Err(Refused::Full) => Problem::conflict("name", texts.full.clone()),
        Err(Refused::Gone) => return Err(Problem::erased()),
    };
    refused(&state, &asker, (ASK, &fields, &problem)).await
}

/// Takes back that somebody was chosen.
pub(super) async fn take_back(
    asker: Asker,
    State(state): State<Wellbeing>,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let own = Own::of(state.people(), &asker).await?;
    let PersonId(id) = id.parse::<PersonId>().map_err(|_| none())?;
    led_back(supporters::take_back(&state, own.person, id).await)
}

/// Asks somebody who was chosen to be told to get in touch where what one writes shows a sign of danger, or takes that back.
pub(super) async fn choose_danger(
    asker: Asker,
    State(state): State<Wellbeing>,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response, Problem> {
    let own = Own::of(state.people(), &asker).await?;
    let fields = Fields::take(state.people().bodies(), request).await?;
    let PersonId(id) = id.parse::<PersonId>().map_err(|_| none())?;
    led_back(supporters::choose_danger(&state, own.person, id, fields.get("wanted") == "yes").await)
}

/// Says whether one is told to get in touch with who asks for it.
pub(super) async fn answer_danger(
    asker: Asker,
    State(state): State<Wellbeing>,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response, Problem> {
    let login = login_of(&asker)?;
    let fields = Fields::take(state.people().bodies(), request).await?;
    let PersonId(id) = id.parse::<PersonId>().map_err(|_| none())?;
    led_back(supporters::answer_danger(&state, login, id, fields.get("answer") == "yes").await)
}

/// Notes that one has got in touch.
pub(super) async fn reached(
    asker: Asker,
    State(state): State<Wellbeing>,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let login = login_of(&asker)?;
    let PersonId(id) = id.parse::<PersonId>().map_err(|_| none())?;
    led_back(calls::end(&state, login, id).await)
}

/// Supports who asks for it.
pub(super) async fn say_yes(
    asker: Asker,
    State(state): State<Wellbeing>,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    answered(&state, &asker, &id, true).await
}

/// Supports somebody not, or no more.
pub(super) async fn say_no(
    asker: Asker,
    State(state): State<Wellbeing>,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    answered(&state, &asker, &id, false).await
}

async fn answered(state: &Wellbeing, asker: &Asker, id: &str, yes: bool) -> Result<Response, Problem> {
    let login = login_of(asker)?;
    let PersonId(id) = id.parse::<PersonId>().map_err(|_| none())?;
    led_back(supporters::answer(state, login, id, yes).await)
}

fn led_back(done: Result<bool, WellbeingError>) -> Result<Response, Problem> {
    if done? { Ok(go_to(SETTINGS, Vec::new())) } else { Err(none()) }
}

fn none() -> Problem {
    Problem::not_found("nobody was chosen by that; it may have been taken back meanwhile")
}
