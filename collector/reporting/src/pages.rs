//! Reports in a browser, for HR: those that are kept, and forms that have one made.

use attune_ground::http::{AnyQuery, Problem};
use attune_ground::time::now_millis;
use attune_pages::Markup;
use attune_pages::form::{Button, Choice, Field, Form, TextKind};
use attune_pages::part::{Notice, Tone};
use attune_pages::state::State as Shown;
use attune_pages::table::{Cell, Column, Row, Table};
use attune_pages::words::{self, Calendar, ReportWords, words};
use attune_people::access::{self, By, Of};
use attune_people::pages::{Fields, answered_as, go_to, refuse};
use attune_people::rights::Asker;
use attune_people::sign_in::{Opened, opened};
use attune_people::teams;
use axum::Router;
use axum::extract::{FromRef, Request, State};
use axum::response::Response;
use axum::routing::get;
use data_encoding::HEXLOWER;
use serde::Deserialize;

use crate::api::{MOST, read_day};
use crate::gather::day_of;
use crate::kept::{self, About, File, Listed};
use crate::make;
use crate::state::Reporting;

/// Where it is.
const PATH: &str = "/hr/reports";
/// The place of the header below which it is.
const PLACE: &str = "/hr";

pub(crate) fn router<S: Clone + Send + Sync + 'static>() -> Router<S>
where
    Reporting: FromRef<S>,
{
    Router::new().route(PATH, get(show).post(make_one))
}

fn texts() -> &'static ReportWords {
    &words().reports
}

/// What was done, for who comes from a form.
#[derive(Default, Deserialize)]
#[serde(default)]
struct After {
    /// The id of the report that was made.
    made: String,
}

async fn show(
    asker: Asker,
    State(state): State<Reporting>,
    AnyQuery(after): AnyQuery<After>,
) -> Result<Response, Problem> {
    page(&state, &asker, &after.made, None).await
}

async fn page(
    state: &Reporting,
    asker: &Asker,
    made: &str,
    refused: Option<(&Fields, &Problem)>,
) -> Result<Response, Problem> {
    let texts = texts();
    let all = make::named(state, kept::all(state, MOST).await?).await?;
    let finding = texts.finding.of(all.len() as u64);
    let Opened { frame, csrf, .. } = opened(state.people(), asker, &texts.title, &finding, PLACE).await?;
    let times = state.people().calendar(None).await?;
    let hash = all.iter().find(|(listed, _)| HEXLOWER.encode(&listed.id) == made).map(|(listed, _)| hash_of(listed));
    let mut body = hash.map_or_else(Markup::none, |hash| {
        Markup::of(&Notice::new(Tone::Done, texts.made.as_str(), texts.made_text.with("hash", &hash)))
    });
    let rows = all.iter().map(|(listed, about)| row(listed, about.as_deref(), &times));
    body = body.with(&rows.fold(table(state), Table::row));
    for (of, mut form) in forms(state, &csrf).await? {
        if let Some((typed, problem)) = refused.filter(|(typed, _)| typed.get("of") == of) {
            form = form.keep([("name", typed.get("name")), ("day", typed.get("day"))]);
            refuse(&mut form, problem);
        }
        body = body.with(&form);
    }
    Ok(frame.refused(refused.is_some()).back(PLACE, texts.back.as_str()).answer(&body))
}

fn table(state: &Reporting) -> Table {
    let texts = texts();
    let columns = vec![
        Column::new(texts.kind.as_str()),
        Column::new(texts.about.as_str()),
        Column::new(texts.of_day.as_str()),
        Column::new(texts.made_at.as_str()),
        Column::number(texts.size.as_str()),
        Column::new(texts.hash.as_str()),
    ];
    Table::new(texts.caption.as_str(), columns)
        .when_empty(&Shown::Empty { what: texts.empty.clone(), step: None })
        .note(texts.note.of(u64::from(state.settings().keep_days)))
}

/// The hash of one, as the log of access has it.
fn hash_of(listed: &Listed) -> String {
    listed.sha256.map_or_else(|| texts().unreadable.clone(), |hash| HEXLOWER.encode(&hash))
}

fn row(listed: &Listed, about: Option<&str>, times: &Calendar) -> Row {
    let kind = match listed.about {
        About::Person(_) => 0,
        About::Day => 1,
        About::Team(_) => 2,
    };
    let cells = vec![
        Cell::text(texts().kinds[kind].as_str()),
        about.map_or_else(Cell::none, Cell::text),
        day_of(listed.day).map_or_else(Cell::none, |day| Cell::text(words::date(day))),
        Cell::of(&times.when(listed.made_at)),
        Cell::text(words::bytes(listed.size)),
        Cell::text(hash_of(listed)),
    ];
    Row::new(cells).to(format!("/api/v1/reports/downloads/{}", HEXLOWER.encode(&listed.id)))
}

/// The forms, each with what it is of.
async fn forms(state: &Reporting, csrf: &str) -> Result<Vec<(&'static str, Form)>, Problem> {
    let texts = texts();
    let day = || Field::text("day", texts.day.as_str(), TextKind::Date).hint(texts.day_hint.as_str()).optional();
    let form = |of: &'static str, title: &str| Form::post(of, PATH, csrf).named(title).hidden("of", of);
    let name = Field::text("name", texts.employee.as_str(), TextKind::Name).hint(texts.employee_hint.as_str());
    let person = form("person", &texts.person).field(name.at_most(200)).field(day());
    let everybody = form("day", &texts.everybody).field(day());
    let mut forms = vec![
        ("person", person.button(Button::primary(texts.make_person.as_str()))),
        ("day", everybody.button(Button::primary(texts.make_day.as_str()))),
    ];
    let open = teams::list(state.store(), now_millis()).await?.into_iter().map(|listed| listed.team);
    let choices: Vec<Choice> =
        open.filter(|team| team.closed_at.is_none()).map(|team| Choice::new(team.id.to_string(), team.name)).collect();
    if !choices.is_empty() {
        let team = Field::select("name", texts.teams.as_str(), choices);
        let team = form("team", &texts.team).field(team).field(day());
        forms.push(("team", team.button(Button::primary(texts.make_team.as_str()))));
    }
    Ok(forms)
}

/// Has one made.
async fn make_one(asker: Asker, State(state): State<Reporting>, request: Request) -> Result<Response, Problem> {
    let typed = Fields::take(state.people().bodies(), request).await?;
    match made(&state, &asker, &typed).await {
        Ok(file) => Ok(go_to(&format!("{PATH}?made={}", HEXLOWER.encode(&file.id)), Vec::new())),
        Err(problem) if matches!(problem.status, 400 | 404) => {
            // The page names whom others are about.
            access::read(state.store(), &asker, Of::Everybody).await?;
            let shown = page(&state, &asker, "", Some((&typed, &problem))).await?;
            Ok(answered_as(problem, shown))
        }
        Err(problem) => Err(problem),
    }
}

async fn made(state: &Reporting, asker: &Asker, typed: &Fields) -> Result<File, Problem> {
    let (by, day) = (By::asker(asker), read_day(typed.get("day"))?);
    match typed.get("of") {
        "person" => make::of_person(state, typed.get("name").trim(), day, by.as_ref()).await,
        "day" => make::of_day(state, day, by.as_ref()).await,
        "team" => {
            let team = make::team_called(state, typed.get("name")).await?;
            let team = team.ok_or_else(|| Problem::bad_request("name", "there is no such team"))?;
            make::of_team(state, &team, day, by.as_ref()).await
        }
        _ => Err(Problem::bad_request("of", "of is person, day or team")),
    }
}
