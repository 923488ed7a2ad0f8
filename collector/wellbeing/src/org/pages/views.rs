use attune_ground::http::Problem;
use attune_ground::measures::Measure;
use attune_pages::Markup;
use attune_pages::form::{Button, ButtonLink, Choice, Field, Form, TextKind, Weight};
use attune_pages::state::State as Shown;
use attune_pages::table::{Cell, Column, Row, Table};
use attune_pages::words::Calendar;
use attune_people::pages::{Fields, go_to};
use attune_people::rights::Asker;
use attune_people::sign_in::{Opened, opened};
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use jiff::civil::Date;

use super::super::asked::{Asked, Wanted, Weeks};
use super::super::barred::Barred;
use super::super::views::{self, LONGEST_NAME, View};
use super::super::words::words;
use super::parts;
use crate::state::Wellbeing;

const PATH: &str = "/teams/views";

/// The form by which a view is kept.
pub(super) fn keeper(csrf: &str, asked: &Asked) -> Form {
    let texts = &words().views;
    let (from, to) = match asked.is_last {
        true => (String::new(), String::new()),
        false => (asked.weeks.first.to_string(), asked.weeks.last.to_string()),
    };
    let longest = u32::try_from(LONGEST_NAME).unwrap_or(u32::MAX);
    let name = Field::text("name", texts.name.as_str(), TextKind::Plain).at_most(longest).autocomplete("off");
    Form::post("keep", PATH, csrf)
        .named(texts.keep.as_str())
        .field(name.hint(texts.name_hint.as_str()))
        .hidden("measure", asked.measure.name)
        .hidden("weeks", asked.weeks.count().to_string())
        .hidden("from", from)
        .hidden("to", to)
        .button(Button::quiet(texts.button.as_str()))
}

/// The views that one keeps.
pub(super) async fn show(asker: Asker, State(state): State<Wellbeing>) -> Result<Response, Problem> {
    page(&state, &asker, None).await
}

/// The page, with a form that was refused on top of it.
async fn page(
    state: &Wellbeing,
    asker: &Asker,
    refused: Option<(&Asked, &Fields, &Problem)>,
) -> Result<Response, Problem> {
    let (people, texts) = (state.people(), &words().views);
    let Opened { frame, csrf, .. } = opened(people, asker, &texts.title, &texts.finding, PATH).await?;
    let frame = frame.back("/teams", words().list.title.as_str()).refused(refused.is_some());
    let mut body = Markup::none();
    if let Some((asked, fields, problem)) = refused {
        let mut form = keeper(&csrf, asked).keep(fields.typed());
        form.refuse(problem.field.as_deref().unwrap_or_default(), problem.detail.clone());
        body = body.with(&form);
    }
    let kept = views::of(state, asker).await?;
    body = body.with(&table(&kept, &people.calendar(None).await?));
    if !kept.is_empty() {
        let choices = kept.iter().map(|view| Choice::new(view.name_of_id(), view.name.as_str())).collect();
        let form = Form::post("remove", "/teams/views/remove", csrf)
            .field(Field::select("view", texts.which.as_str(), choices))
            .button(Button::quiet(texts.remove.as_str()));
        body = body.with(&form);
    }
    Ok(frame.answer(&body))
}

fn table(kept: &[View], times: &Calendar) -> Table {
    let texts = &words().views;
    let columns = [&texts.name, &texts.measure, &texts.weeks, &texts.kept].map(|text| Column::new(text.as_str()));
    let step = ButtonLink::new("/teams", texts.to_teams.as_str(), Weight::Primary);
    let empty = Shown::Empty { what: texts.empty.clone(), step: Some(step) };
    kept.iter().fold(Table::new(texts.table.as_str(), columns.to_vec()).when_empty(&empty), |table, view| {
        let row = Row::new(vec![
            Cell::text(view.name.as_str()),
            Cell::text(measure(view)),
            Cell::text(weeks(view, times)),
            Cell::text(times.day(view.made_at)),
        ]);
        table.row(row.to(format!("/teams?{}", view.asked)))
    })
}

/// What a view is asked for under a name.
fn of<'a>(view: &'a View, name: &str) -> &'a str {
    let mut pairs = view.asked.split('&').filter_map(|pair| pair.split_once('='));
    pairs.find(|(key, _)| *key == name).map(|(_, value)| value).unwrap_or_default()
}

fn measure(view: &View) -> String {
    let name = of(view, "measure");
    Measure::of_name(name).map_or(name, |measure| measure.title).to_owned()
}

fn weeks(view: &View, times: &Calendar) -> String {
    let texts = &words().views;
    match of(view, "weeks").parse::<u64>() {
        Ok(count) => texts.last.of(count),
        Err(_) => match (of(view, "from").parse::<Date>(), of(view, "to").parse::<Date>()) {
            (Ok(first), Ok(last)) => parts::period(times, Weeks { first, last }),
            _ => texts.between.fill(&[("from", of(view, "from")), ("to", of(view, "to"))]),
        },
    }
}

/// Keeps a view.
pub(super) async fn keep(asker: Asker, State(state): State<Wellbeing>, request: Request) -> Result<Response, Problem> {
    let (login, people) = (views::owner(&asker)?, state.people());
    let fields = Fields::take(people.bodies(), request).await?;
    let of = |name: &str| fields.get(name);
    let wanted = Wanted { measure: of("measure"), weeks: of("weeks"), from: of("from"), to: of("to") };
    let asked = Asked::read(wanted, &Barred::of(&state), &people.calendar(None).await?)?;
    match views::keep(&state, login, of("name"), &asked.query()).await {
        Ok(view) => Ok(go_to(&format!("/teams?{}", view.asked), Vec::new())),
        Err(problem) if problem.field.is_some() => {
            let status = StatusCode::from_u16(problem.status).unwrap_or_default();
            let page = page(&state, &asker, Some((&asked, &fields, &problem))).await?;
            Ok((status, page).into_response())
        }
        Err(problem) => Err(problem),
    }
}

/// Removes a view.
pub(super) async fn remove(
    asker: Asker,
    State(state): State<Wellbeing>,
    request: Request,
) -> Result<Response, Problem> {
    let login = views::owner(&asker)?;
    let fields = Fields::take(state.people().bodies(), request).await?;
    views::remove(&state, login, fields.get("view")).await?;
    Ok(go_to(PATH, Vec::new()))
}
