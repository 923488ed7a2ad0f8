//! Why each score of a session is what it is, and what its person says against it.

use askama::Template;
use askama::filters::HtmlSafe;
use attune_analysis::indicators::Assessment;
use attune_ground::http::{Path, Problem};
use attune_pages::Markup;
use attune_pages::form::{Button, Choice, Field, Form};
use attune_pages::part::{Facts, Fold};
use attune_pages::table::{Cell, Column, Row, Table};
use attune_pages::words::{decimal, percent};
use attune_people::People;
use attune_people::me::corrections::{self, Said};
use attune_people::me::{Own, say};
use attune_people::pages::{Fields, go_to};
use attune_people::rights::Asker;
use attune_people::sign_in::{Opened, opened};
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};

use super::day::Named;
use super::written::Together;
use crate::graph::Layout;
use crate::sessions::{Found, SessionKind, SessionRow, Shelf};

/// The scores that are explained.
const SCORES: [Named; 5] = [
    ("stress_level", "Stress", |of| &of.stress),
    ("attention_score", "Attention", |of| &of.attention),
    ("overall_score", "Overall", |of| &of.overall),
    ("valence", "Valence", |of| &of.valence),
    ("arousal", "Arousal", |of| &of.arousal),
];

/// The picture of a session, with a narrow one for telephones.
#[derive(Template)]
#[template(
    source = "<picture><source media=\"(max-width: 46rem)\" srcset=\"/api/v1/sessions/{{ id }}/graph.svg?layout=narrow\" \
              width=\"{{ narrow.0 }}\" height=\"{{ narrow.1 }}\"><img src=\"/api/v1/sessions/{{ id }}/graph.svg\" width=\"{{ wide.0 }}\" \
              height=\"{{ wide.1 }}\" alt=\"Scores, what they rest on and what was seen, over the time of the session; the tables below \
              say the same.\"></picture>",
    ext = "html"
)]
struct Graph {
    id: String,
    wide: (f64, f64),
    narrow: (f64, f64),
}

impl HtmlSafe for Graph {}

async fn session(shelf: &Shelf, asker: &Asker, id: &str) -> Result<Result<SessionRow, Response>, Problem> {
    Ok(match shelf.find(asker, id, "", None).await? {
        Found::Here(row) => Ok(row),
        // It leads into the API; the page of the older one is meant.
        Found::Joined(answer) => {
            let location = answer.headers().get(axum::http::header::LOCATION).and_then(|place| place.to_str().ok());
            let older = location.and_then(|place| place.rsplit('/').next()).unwrap_or_default();
            Err(go_to(&format!("/me/why/{older}"), Vec::new()))
        }
    })
}

pub(super) async fn show(
    asker: Asker,
    State(shelf): State<Shelf>,
    State(people): State<People>,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    match session(&shelf, &asker, &id).await? {
        Ok(row) => page(&shelf, &people, &asker, &row, None).await,
        Err(elsewhere) => Ok(elsewhere),
    }
}

/// Keeps what the person says against a score.
pub(super) async fn correct(
    asker: Asker,
    State(shelf): State<Shelf>,
    State(people): State<People>,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response, Problem> {
    let own = Own::of(&people, &asker).await?;
    let row = match session(&shelf, &asker, &id).await? {
        Ok(row) => row,
        Err(elsewhere) => return Ok(elsewhere),
    };
    let fields = Fields::take(people.bodies(), request).await?;
    let of = |name: &str| fields.get(name).to_owned();
    let said = Said { score: of("score"), label: of("label"), note: of("note") };
    match say(&people, &own, row.session.0, said).await {
        Ok(_) => Ok(go_to(&format!("/me/why/{}", row.session), Vec::new())),
        Err(problem) if problem.field.is_some() => {
            let status = axum::http::StatusCode::from_u16(problem.status).unwrap_or_default();
            let page = page(&shelf, &people, &asker, &row, Some((&fields, &problem))).await?;
            Ok((status, page).into_response())
        }
        Err(problem) => Err(problem),
    }
}

async fn page(
    shelf: &Shelf,
    people: &People,
    asker: &Asker,
    row: &SessionRow,
    refused: Option<(&Fields, &Problem)>,
) -> Result<Response, Problem> {
    let summary = shelf.sum_up(row).await?;
    let said = shelf.said(row).await?;
    // Nobody writes while something is analysed.
    let written = match row.kind {
        SessionKind::Live => Together::of(&shelf.written(row.person, (row.started_at, row.ended_at)).await?),
        SessionKind::Analysis => Together::default(),
    };
    let times = people.calendar(asker.person()).await?;
    let when = format!("{}, {}", times.day(row.started_at), times.span(row.started_at, row.ended_at));
    let finding = format!("{} {}", finding(&summary.scores), times.says());
    let Opened { frame, csrf, .. } = opened(people, asker, &format!("Why: {when}"), &finding, "/me").await?;
    let day = times.date(row.started_at).map(|date| date.to_string()).unwrap_or_default();
    let frame = frame.back(format!("/me?day={day}"), "The day").refused(refused.is_some());
    let (wide, narrow) = (Layout::Wide.size(), Layout::Narrow.size());
    let mut body = Markup::of(&Graph { id: row.session.to_string(), wide, narrow });
    body = body.with(&scores(&summary.scores)).with(&rests(&summary.scores)).with(&coverage(&summary.scores));
    if !said.is_empty() {
        let facts = said
            .iter()
            .fold(Facts::new(), |facts, one| facts.fact(times.clock(one.window.start_millis()), one.words()));
        body = body.with(&Markup::heading("What you said of yourself")).with(&facts);
    }
    if written.messages > 0 {
        body = body.with(&Markup::heading("What was read of your messages")).with(&written.facts());
    }
    let mut corrections = Vec::new();
    for person in &Own::of(people, asker).await?.people {
        corrections.extend(corrections::of(people.store(), shelf.keys(), *person, Some(row.session.0)).await?);
    }
    if !corrections.is_empty() {
        let columns = ["When", "Score", "You said", "Note"].map(Column::new).to_vec();
        let table = corrections.iter().fold(Table::new("What you said against these scores", columns), |table, one| {
            table.row(Row::new(vec![
                Cell::of(&times.when(one.made_at)),
                Cell::text(name(&one.said.score)),
                Cell::text(one.said.label.clone()),
                Cell::text(one.said.note.clone()),
            ]))
        });
        body = body.with(&table);
    }
    let mut form = form(&row.session.to_string(), &csrf);
    if let Some((fields, problem)) = refused {
        form = form.keep(fields.typed());
        form.refuse(problem.field.as_deref().unwrap_or_default(), problem.detail.clone());
    }
    let how = Markup::paragraph(
        "A score is the mean of what each sensor says alone, weighed by how sure each is of it; its share is its weight. A sensor that \
         saw too little says nothing. What you say of yourself is part of no score, nor is what was read of your messages.",
    );
    Ok(frame.answer(&body.with(&form).with(&Fold::new("How this is computed", &how))))
}

fn name(field: &str) -> &str {
    SCORES.iter().find(|(known, ..)| *known == field).map_or("The session", |(_, name, _)| name)
}

/// What the scores rest on, in a sentence.
fn finding(scores: &Assessment) -> String {
    let most = scores.overall.contributions().iter().max_by(|a, b| a.share.total_cmp(&b.share));
    match most {
        Some(most) => format!(
            "These scores rest on {} of what your sensors saw; most of the overall score comes from {} ({}).",
            scores.quality.map_or_else(|| "a part".to_owned(), percent),
            most.modality,
            percent(most.share)
        ),
        None => "Too little was seen for an overall score; below stands what each sensor saw.".to_owned(),
    }
}

/// Where a score lies, within its scale: from -1 for how pleasant it was, from 0 for all else.
fn between(name: &str, value: f64, sd: f64) -> String {
    let least = if name == "Valence" { -1.0 } else { 0.0 };
    format!("{} and {}", decimal((value - sd).max(least), 2), decimal((value + sd).min(1.0), 2))
}

fn scores(of: &Assessment) -> Table {
    let columns = vec![Column::new("Score"), Column::number("Value"), Column::new("Between"), Column::new("Why none")];
    SCORES.iter().fold(Table::new("Scores", columns), |table, (_, name, find)| {
        let score = find(of);
        let cells = match score.value_and_sd() {
            Some((value, sd)) => {
                vec![Cell::text(*name), Cell::value(value, 2), Cell::text(between(name, value, sd)), Cell::text("")]
            }
            None => {
                let why = score.missing().map_or_else(String::new, |absence| absence.sentence(name));
                vec![Cell::text(*name), Cell::none(), Cell::none(), Cell::text(why)]
            }
        };
        table.row(Row::new(cells))
    })
}

/// What each sensor said alone, and how much it weighed.
fn rests(of: &Assessment) -> Table {
    let columns =
        vec![Column::new("Score"), Column::new("Sensor"), Column::number("Says alone"), Column::number("Share")];
    let mut table = Table::new("What each sensor said and weighed", columns);
    for (_, name, find) in SCORES {
        for one in find(of).contributions() {
            table = table.row(Row::new(vec![
                Cell::text(name),
                Cell::text(one.modality.name()),
                Cell::value(one.value, 2),
                Cell::text(percent(one.share)),
            ]));
        }
    }
    table
}

fn coverage(of: &Assessment) -> Table {
    let columns = vec![
        Column::new("Sensor"),
        Column::number("Seen"),
        Column::number("Trust in it"),
        Column::new("What was missing"),
    ];
    let table = of.modalities.iter().fold(Table::new("What was seen", columns), |table, seen| {
        let gap = seen.gap.map_or_else(|| "nothing".to_owned(), |gap| gap.name().replace('_', " "));
        table.row(Row::new(vec![
            Cell::text(seen.modality.name()),
            Cell::text(percent(seen.coverage)),
            Cell::text(percent(seen.quality)),
            Cell::text(gap),
        ]))
    });
    of.unseen.iter().fold(table, |table, lack| {
        table.row(Row::new(vec![
            Cell::text(lack.modality.name()),
            Cell::none(),
            Cell::none(),
            Cell::text(lack.because()),
        ]))
    })
}

fn form(session: &str, csrf: &str) -> Form {
    let scores = SCORES.iter().map(|(field, name, _)| Choice::new(*field, *name));
    let scores = std::iter::once(Choice::new("", "The session as a whole")).chain(scores).collect();
    let labels = vec![
        Choice::new("low", "It was low"),
        Choice::new("usual", "It was as usual"),
        Choice::new("high", "It was high"),
    ];
    Form::post("correct", format!("/me/why/{session}"), csrf)
        .named("Was it otherwise?")
        .field(Field::select("score", "Which score?", scores).optional())
        .field(Field::radios("label", "How was it?", labels).optional())
        .field(
            Field::lines("note", "A note", 4)
                .hint("It is sealed as all of yours, and stands in your archive.")
                .optional()
                .at_most(1000),
        )
        .button(Button::primary("Put this beside the score"))
}
