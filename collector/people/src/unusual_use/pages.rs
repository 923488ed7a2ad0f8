use attune_ground::http::{AnyQuery, Path, Problem};
use attune_ground::time::instant;
use attune_pages::Markup;
use attune_pages::form::{Button, Field, Form};
use attune_pages::part::{Facts, Fold, Notice, Tone};
use attune_pages::state::State as Shown;
use attune_pages::table::{Cell, Column, Row, Table};
use attune_pages::words::{Calendar, count};
use axum::Router;
use axum::extract::{FromRef, Request, State};
use axum::response::Response;
use axum::routing::get;
use serde::Deserialize;

use super::rule::Rule;
use super::view::{self, LONGEST, UnusualUse, UnusualUseDetail, watcher};
use super::words::told;
use crate::People;
use crate::access::role;
use crate::pages::{Fields, answered_as, go_to, refuse, sentence};
use crate::rights::Asker;
use crate::sign_in::{Opened, opened};

const PATH: &str = "/records/use";

pub(crate) fn router<S: Clone + Send + Sync + 'static>() -> Router<S>
where
    People: FromRef<S>,
{
    Router::new().route("/records/use", get(list)).route("/records/use/{id}", get(one).post(acknowledge))
}

/// Which page of entries is asked for, and what was done, for who comes from a form.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Asked {
    after: Option<String>,
    done: String,
}

fn moment(times: &Calendar, text: &str) -> Cell {
    instant(text).map_or_else(|_| Cell::none(), |at| Cell::of(&times.when(at.as_millisecond())))
}

/// So many of what a rule counts.
fn counted(of: &UnusualUse) -> String {
    let what = Rule::of_name(of.rule).map_or("", Rule::counted);
    format!("{} {what}", count(of.count.unsigned_abs()))
}

fn usual(of: &UnusualUse) -> String {
    match of.usual {
        Some(usual) => {
            format!("{}; told is more than {}", count(usual.unsigned_abs()), count(of.most.unsigned_abs()))
        }
        None => format!("no habit; told is more than {}", count(of.most.unsigned_abs())),
    }
}

async fn list(State(people): State<People>, asker: Asker) -> Result<Response, Problem> {
    let list = view::list(&people, watcher(&asker)?).await?;
    let times = people.calendar(None).await?;
    let finding = match list.open {
        0 => "Nothing waits to be looked at.".to_owned(),
        1 => "One use waits to be looked at.".to_owned(),
        several => format!("{} uses wait to be looked at, the newest first.", count(several)),
    };
    let finding = format!("{finding} {}", times.says());
    let Opened { frame, .. } = opened(&people, &asker, "Unusual use", &finding, PATH).await?;
    let mut body = Markup::none();
    if list.watched_by == 0 {
        let text = "What would be told of you is kept, and waits. Make a second person privacy officer: from then on each looks at how \
                    the other uses data about people.";
        body = body.with(&Notice::new(Tone::Warning, "Nobody looks at your own use", text));
    }
    let columns = ["Found", "Who", "As", "What", "How many", "Usual", "State"].map(Column::new).to_vec();
    let mut table = Table::new("Use of data about people", columns).when_empty(&Shown::Empty {
        what: "What somebody who has power over others' data does far beyond their own habit stands here.".into(),
        step: None,
    });
    for of in &list.uses {
        let state = if of.acknowledged_at.is_some() { "acknowledged" } else { "open" };
        let row = Row::new(vec![
            moment(&times, &of.found_at),
            Cell::text(&of.who),
            Cell::text(role(&of.role)),
            Cell::text(of.says),
            Cell::text(counted(of)),
            Cell::text(usual(of)),
            Cell::text(state),
        ]);
        table = table.row(row.to(format!("{PATH}/{}", of.id)));
    }
    Ok(frame.answer(&body.with(&table).with(&Fold::new("What is watched", &told(&people.watching)))))
}

async fn one(
    State(people): State<People>,
    asker: Asker,
    Path(id): Path<String>,
    AnyQuery(asked): AnyQuery<Asked>,
) -> Result<Response, Problem> {
    let news = match asked.done.as_str() {
        "acknowledged" => Markup::of(&Notice::new(Tone::Done, "It is acknowledged", "What you found is kept with it.")),
        _ => Markup::none(),
    };
    let detail = view::one(&people, watcher(&asker)?, &id, asked.after.as_deref()).await?;
    let (opened, body) = page(&people, &asker, &detail, None).await?;
    Ok(opened.frame.answer(&news.with(&body)))
}

fn form(of: &UnusualUse, csrf: &str) -> Form {
    let field = Field::lines("note", "What you found", 4)
        .hint("Whom you asked, and whether it was right. It is kept with this, and who else watches reads it.")
        .at_most(u32::try_from(LONGEST).unwrap_or(u32::MAX));
    Form::post("acknowledge", format!("{PATH}/{}", of.id), csrf)
        .named("Acknowledge")
        .field(field)
        // What is read here is acknowledged, and not what it has become meanwhile.
        .hidden("count", of.count.to_string())
        .button(Button::primary("Acknowledge"))
}

/// The page of one, with what was wrong with the form, where something was.
async fn page(
    people: &People,
    asker: &Asker,
    UnusualUseDetail { unusual: of, notes, refused, entries, next }: &UnusualUseDetail,
    wrong: Option<(&Problem, &Fields)>,
) -> Result<(Opened, Markup), Problem> {
    let finding = format!("{}, as {}: {}.", of.who, role(&of.role), of.says);
    let mut opened = opened(people, asker, "Unusual use", &finding, PATH).await?;
    opened.frame = opened.frame.back(PATH, "Unusual use");
    let times = people.calendar(None).await?;
    let at = |text: &str| instant(text).map_or_else(|_| String::new(), |at| times.moment(at.as_millisecond()));
    let mut facts = Facts::new()
        .fact("How many", counted(of))
        .fact("Usual", usual(of))
        .fact("First entry of that day", at(&of.first_at))
        .fact("Last so far", at(&of.last_at))
        .fact("Found", at(&of.found_at));
    if let Some(when) = &of.acknowledged_at {
        let by = of.acknowledged_by.as_deref().unwrap_or("somebody who is gone");
        facts = facts.fact("Acknowledged", format!("{} by {by}", at(when)));
    }
    let mut body = Markup::of(&facts);
    if !notes.is_empty() {
        let columns = ["When", "Who", "How many they saw", "What they found"].map(Column::new).to_vec();
        let table = notes.iter().fold(Table::new("What was found", columns), |table, note| {
            let text = note.text.as_deref().unwrap_or("does not open any more");
            let by_then = Cell::count(note.count.unsigned_abs());
            table.row(Row::new(vec![moment(&times, &note.at), Cell::text(&note.by), by_then, Cell::text(text)]))
        });
        body = body.with(&table);
    }
    if of.acknowledged_at.is_none() {
        let mut form = form(of, &opened.csrf);
        if let Some((problem, typed)) = wrong {
            form = form.keep(typed.typed());
            refuse(&mut form, problem);
        }
        body = body.with(&form);
    } else if let Some((problem, _)) = wrong {
        let text = sentence(&problem.detail);
        body = body.with(&Notice::new(Tone::Warning, "What you wrote was not taken", text));
    }
    if !refused.is_empty() {
        let columns = vec![Column::new("Route"), Column::number("Refused")];
        let table = refused.iter().fold(Table::new("Where they were refused", columns), |table, one| {
            table.row(Row::new(vec![Cell::text(&one.route), Cell::count(one.count)]))
        });
        body = body.with(&table);
    }
    let columns = ["Entry", "When", "What", "Of whom"].map(Column::new).to_vec();
    let empty = Shown::Empty { what: "The log of access has no entry of them in that time.".into(), step: None };
    let table = Table::new("What the log of access has of them in that time", columns).when_empty(&empty);
    let table = entries.iter().fold(table, |table, entry| {
        let whom = match (&entry.pseudonym, entry.of_everybody) {
            (Some(pseudonym), _) => pseudonym.as_str(),
            (None, true) => "everybody",
            (None, false) => "nobody",
        };
        table.row(Row::new(vec![
            Cell::count(entry.place.unsigned_abs()),
            moment(&times, &entry.at),
            Cell::text(&entry.what),
            Cell::text(whom),
        ]))
    });
    let table = table.pages(None, next.as_ref().map(|next| format!("{PATH}/{}?after={next}", of.id)));
    let whole = Markup::paragraph(
        "The whole log and whether it holds stand under Ledgers. A pseudonym leads to nobody: who was looked at sees it on their own page.",
    );
    Ok((opened, body.with(&table).with(&whole)))
}

/// Acknowledges one.
async fn acknowledge(
    State(people): State<People>,
    asker: Asker,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response, Problem> {
    let watcher = watcher(&asker)?;
    let fields = Fields::take(&people.bodies, request).await?;
    // What is no number is none that there were.
    let seen: i64 = fields.get("count").parse().unwrap_or_default();
    match view::acknowledge(&people, &asker, &id, (fields.get("note"), seen)).await {
        Ok(()) => Ok(go_to(&format!("{PATH}/{id}?done=acknowledged"), Vec::new())),
        Err(problem) if matches!(problem.status, 400 | 409) => {
            let detail = view::one(&people, watcher, &id, None).await?;
            let (opened, body) = page(&people, &asker, &detail, Some((&problem, &fields))).await?;
            Ok(answered_as(problem, opened.frame.refused(true).answer(&body)))
        }
        Err(problem) => Err(problem),
    }
}
