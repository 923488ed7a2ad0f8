use attune_ground::http::{Path, Problem};
use attune_pages::form::{Button, Choice, Field, Form};
use attune_pages::part::{Facts, Fold, Notice, Tone};
use attune_pages::state::{State as Shown, Work};
use attune_pages::table::{Cell, Column, Row, Table as Rows};
use attune_pages::words::{Calendar, HrReportWords, bytes};
use attune_pages::{Link, Markup};
use attune_people::access::By;
use attune_people::pages::{Fields, go_to};
use attune_people::rights::Asker;
use attune_people::sign_in::{Opened, opened};
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::Value;

use super::questions::{answered, fields};
use super::{PLACE, called, place};
use crate::report::{TableProblem, TableQuestion, TableReport};
use crate::state::Hr;
use crate::take::{self, Decision};
use crate::uploads::{self, Standing, Strangers, Upload, written};
use crate::{give, gone};

/// After how many seconds a page looks again at work that goes on.
const AGAIN: u32 = 2;
/// Rows of problems that are seen at once.
const SEEN: usize = 200;

fn texts() -> &'static HrReportWords {
    &super::texts().report
}

async fn found(state: &Hr, id: &str) -> Result<Upload, Problem> {
    let none = || Problem::not_found("there is no such table");
    let id = uploads::read(id).ok_or_else(none)?;
    uploads::find(state, id).await?.ok_or_else(none)
}

/// What was found in a table, and what can be decided.
pub(super) async fn show(asker: Asker, State(state): State<Hr>, Path(id): Path<String>) -> Result<Response, Problem> {
    let upload = found(&state, &id).await?;
    page(&state, &asker, &upload, None).await
}

async fn page(state: &Hr, asker: &Asker, upload: &Upload, refused: Option<&Problem>) -> Result<Response, Problem> {
    let times = state.people().calendar(None).await?;
    let finding = finding(upload, &times);
    let Opened { frame, csrf, .. } = opened(state.people(), asker, &texts().title, &finding, PLACE).await?;
    let mut frame = frame.back(PLACE, texts().back.as_str()).refused(refused.is_some());
    let mut body = Markup::none();
    if let Some(problem) = refused {
        body = body.with(&Notice::new(Tone::Failure, problem.detail.as_str(), ""));
    }
    if matches!(upload.standing, Standing::Coming | Standing::Reading | Standing::Taking) {
        frame.again = Some(AGAIN);
        body = body.with(&work(state, upload));
    }
    let report = upload.about.report.as_ref().filter(|_| !upload.standing.is_over());
    if let Some(report) = report {
        body = body.with(&deciding(upload, report, &csrf));
    }
    if upload.standing.waits() || upload.standing == Standing::Taking {
        let drop = Form::post("drop", place(&written(&upload.id)), csrf.as_str()).hidden("do", "drop");
        body = body.with(&drop.button(Button::quiet(texts().drop.as_str())));
    }
    if let Some(report) = report {
        body = body.with(&problems(report)).with(&notes(report));
    }
    Ok(frame.answer(&body.with(&facts(upload, &times))))
}

fn finding(upload: &Upload, times: &Calendar) -> String {
    let texts = texts();
    match upload.standing {
        Standing::Coming => texts.coming.clone(),
        Standing::Reading => texts.reading.clone(),
        Standing::Taking => texts.taking.clone(),
        Standing::Taken => {
            let moment = upload.decided_at.map(|at| times.moment(at)).unwrap_or_default();
            if upload.stands { texts.stands.with("moment", &moment) } else { super::texts().replaced.clone() }
        }
        Standing::Undone | Standing::LetGo | Standing::Dropped => texts.gone.clone(),
        Standing::Checked => match &upload.about.report {
            None => texts.unknown.clone(),
            Some(report) if report.refused.is_some() => texts.refused.clone(),
            Some(report) if !report.questions.is_empty() => texts.asks.clone(),
            Some(report) if report.rows == 0 => texts.no_rows.clone(),
            Some(report) => {
                let problems = match report.count() {
                    0 => texts.no_problems.clone(),
                    some => texts.problems.of(some),
                };
                let (rows, employees) = (texts.rows.of(report.rows), texts.employees.of(report.employees));
                texts.ready.fill(&[("rows", &rows), ("employees", &employees), ("problems", &problems)])
            }
        },
    }
}

/// Work that goes on, also where its page is left.
fn work(state: &Hr, upload: &Upload) -> Shown {
    let all = upload.size.unsigned_abs();
    let done = state.read_so_far(upload.id).unwrap_or_default().min(all);
    Shown::Work(Work {
        what: texts().read.clone(),
        done,
        all: (all > 0).then_some(all),
        rate: texts().bytes.fill(&[("done", &bytes(done)), ("all", &bytes(all))]),
        left: String::new(),
        stop: None,
        leave: Some(Link::new(PLACE, texts().back.as_str())),
    })
}

fn facts(upload: &Upload, times: &Calendar) -> Facts {
    let texts = texts();
    let mut facts = Facts::new().fact(texts.file.as_str(), upload.about.name.as_str());
    if let Some(table) = upload.table {
        facts = facts.fact(texts.table.as_str(), called(table));
    }
    facts = facts
        .fact(super::texts().data.state.as_str(), super::datasets::state_of(upload))
        .fact(texts.size.as_str(), bytes(upload.size.unsigned_abs()))
        .with(texts.given.as_str(), &times.when(upload.given_at));
    if let Some(ends) = upload.ends_at.filter(|_| upload.standing == Standing::Checked) {
        facts = facts.with(texts.ends.as_str(), &times.when(ends));
    }
    if let Some(report) = &upload.about.report {
        let read =
            [(&texts.encoding, &report.encoding), (&texts.delimiter, &report.delimiter), (&texts.sheet, &report.sheet)];
        for (label, said) in read {
            if let Some(said) = said {
                facts = facts.fact(label.as_str(), said.as_str());
            }
        }
    }
    match upload.about.sha256.is_empty() {
        true => facts,
        false => facts.fact(texts.hash.as_str(), upload.about.sha256.as_str()),
    }
}

fn notes(report: &TableReport) -> Markup {
    if report.notes.is_empty() {
        return Markup::none();
    }
    let notes = report.notes.iter().map(|note| Markup::paragraph(note.as_str())).collect::<Markup>();
    Markup::of(&Fold::new(texts().notes.as_str(), &notes))
}

/// Why nothing can be decided, or the forms by which it is.
fn deciding(upload: &Upload, report: &TableReport, csrf: &str) -> Markup {
    if upload.standing != Standing::Checked {
        return Markup::none();
    }
    let (texts, action) = (texts(), place(&written(&upload.id)));
    if let Some(why) = &report.refused {
        return Markup::of(&Notice::new(Tone::Failure, texts.refused.as_str(), why.as_str()));
    }
    let asked = |kind: &str, title: &str, questions: &[TableQuestion]| {
        let form = Form::post(format!("answer-{kind}"), action.as_str(), csrf).named(title).hidden("do", "answer");
        let all = questions.iter().enumerate().flat_map(|(place, question)| fields(kind, place, question));
        Markup::of(&all.fold(form, Form::field).button(Button::primary(texts.answer.as_str())))
    };
    if !report.questions.is_empty() {
        return asked("q", &texts.answers, &report.questions);
    }
    if report.rows == 0 {
        return Markup::none();
    }
    let mut form = Form::post("take", action.as_str(), csrf).named(texts.take.as_str()).hidden("do", "take");
    if report.strangers > 0 {
        let choices = vec![
            Choice::new("leave_out", texts.leave_out.as_str()).hint(texts.leave_out_hint.as_str()),
            Choice::new("take_in", texts.take_in.as_str()).hint(texts.take_in_hint.as_str()),
        ];
        form = form.field(Field::radios("strangers", texts.strangers.of(report.strangers), choices));
    }
    let take = form.button(Button::primary(texts.take_button.as_str()));
    let decide = Markup::of(&take).with(&Markup::paragraph(texts.take_over.as_str()));
    match report.offers.is_empty() {
        true => decide,
        false => decide.with(&Fold::new(texts.offers.as_str(), &asked("o", &texts.offers, &report.offers))),
    }
}

/// What is wrong, row by row; nothing where nothing is, or where it was not read to its end.
fn problems(report: &TableReport) -> Markup {
    if report.problems.is_empty() {
        return Markup::none();
    }
    let texts = texts();
    let columns =
        vec![Column::number(texts.row.as_str()), Column::new(texts.column.as_str()), Column::new(texts.says.as_str())];
    let rows = Rows::new(texts.problems_of.as_str(), columns);
    let row = |problem: &TableProblem| {
        let column = problem.column.as_deref().unwrap_or(texts.whole_row.as_str());
        Row::new(vec![Cell::count(u64::from(problem.row)), Cell::text(column), Cell::text(problem.says.as_str())])
    };
    let rows = report.problems.iter().take(SEEN).map(row).fold(rows, Rows::row);
    let unseen = report.count().saturating_sub(SEEN.min(report.problems.len()) as u64);
    Markup::of(&match unseen {
        0 => rows.note(texts.problems_note.as_str()),
        more => rows.note(format!("{} {}", texts.problems_note, texts.problems_more.of(more))),
    })
}

/// Decides on a table, and shows what comes of it.
pub(super) async fn decide(
    asker: Asker,
    State(state): State<Hr>,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response, Problem> {
    state.check_given()?;
    let upload = found(&state, &id).await?;
    let typed = Fields::take(state.people().bodies(), request).await?;
    let by = By::asker(&asker);
    if typed.get("do") == "drop" {
        gone::undo(&state, upload.id, by.as_ref()).await?;
        return Ok(go_to(&format!("{PLACE}?done=dropped"), Vec::new()));
    }
    let decision = decision(&upload, &typed);
    let decided = async {
        if typed.get("do") == "answer" && decision.answers.is_null() {
            return Err(Problem::bad_request("answers", texts().answer_missing.as_str()));
        }
        let strangers = upload.about.report.as_ref().map_or(0, |report| report.strangers);
        if typed.get("do") == "take" && strangers > 0 && decision.strangers.is_none() {
            return Err(Problem::conflict("strangers", texts().strangers_missing.as_str()));
        }
        let decided = take::decide(&state, upload.id, &decision, by.as_ref()).await?;
        give::soon(&state, upload.id, decided.size).await
    };
    match decided.await {
        Ok(after) if after.standing == Standing::Taken => Ok(go_to(&format!("{PLACE}?done=taken"), Vec::new())),
        Ok(_) => Ok(go_to(&place(&written(&upload.id)), Vec::new())),
        Err(problem) if problem.status < 500 => {
            let status = StatusCode::from_u16(problem.status).unwrap_or_default();
            let upload = found(&state, &id).await?;
            let shown = page(&state, &asker, &upload, Some(&problem)).await?;
            Ok((status, shown).into_response())
        }
        Err(problem) => Err(problem),
    }
}

fn decision(upload: &Upload, typed: &Fields) -> Decision {
    let strangers = match typed.get("strangers") {
        "leave_out" => Some(Strangers::LeaveOut),
        "take_in" => Some(Strangers::TakeIn),
        _ => None,
    };
    let answers = match (&upload.about.report, typed.get("do")) {
        (Some(report), "answer") if !report.questions.is_empty() => answered("q", &report.questions, typed),
        (Some(report), "answer") => answered("o", &report.offers, typed),
        _ => Value::Null,
    };
    Decision { answers, strangers }
}
