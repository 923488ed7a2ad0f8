use std::str::FromStr;

use attune_ground::http::{AnyQuery, Problem};
use attune_pages::Markup;
use attune_pages::form::{Button, Field, Form, TextKind};
use attune_pages::part::{Facts, Notice, Tone};
use attune_pages::state::State as Shown;
use attune_pages::table::{Cell, Column, Row, Table as Rows};
use attune_pages::words::{self, HrFocusWords, decimal, percent};
use attune_people::access::By;
use attune_people::pages::{Fields, go_to};
use attune_people::rights::Asker;
use attune_people::sign_in::{Opened, opened};
use axum::extract::{Request, State};
use axum::response::Response;
use serde::Deserialize;

use crate::state::Hr;
use crate::unusual::{self, Detecting, FlagReason, HrFlag, HrFlagTeam, Preview, Standing, Status, Trial, Wish};

/// Where it is.
pub(super) const PATH: &str = "/hr/focus";
/// Flags that are seen at once.
const SEEN: usize = 200;
/// People who are named of whom a sensitivity would flag.
const NAMED: usize = 50;

/// What somebody comes with.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    done: String,
    share: String,
    score: String,
    seed: String,
}

impl Asked {
    /// What is tried; none where nothing is.
    fn trial(&self) -> Result<Option<Trial>, Problem> {
        let (share, score) = (number("share", &self.share)?, number("score", &self.score)?);
        // A form sends what stood there of the share, too, where somebody has typed a score.
        let share = share.filter(|_| score.is_none());
        let seed = number("seed", &self.seed)?;
        if share.is_none() && score.is_none() {
            return Ok(None);
        }
        Trial::of(share, score, seed).map(Some)
    }
}

fn texts() -> &'static HrFocusWords {
    &super::texts().focus
}

/// Who is unusual.
pub(super) async fn show(
    asker: Asker,
    State(state): State<Hr>,
    AnyQuery(asked): AnyQuery<Asked>,
) -> Result<Response, Problem> {
    state.check_flagged()?;
    let texts = texts();
    let (standing, newest) = (unusual::standing(&state).await?, unusual::newest(&state).await?);
    let opened_flags = unusual::all(&state).await?;
    let all = &opened_flags.all;
    let found = all.iter().filter(|(_, flag)| standing.as_ref().is_some_and(|of| of.id == flag.detection)).count();
    let finding = if standing.is_some() { texts.finding.of(found as u64) } else { texts.none_made.clone() };
    let Opened { frame, csrf, .. } = opened(state.people(), &asker, &texts.title, &finding, super::PLACE).await?;
    let waits = newest.as_ref().is_some_and(|of| of.standing == Standing::Asked);
    let mut body = Markup::none();
    if waits || asked.done == "asked" {
        body = body.with(&Notice::new(Tone::Plain, texts.asked.as_str(), texts.asked_text.as_str()));
    }
    if newest.as_ref().is_some_and(|of| of.standing == Standing::NotMade) {
        body = body.with(&Notice::new(Tone::Warning, texts.not_made.as_str(), ""));
    }
    let rows =
        all.iter().take(SEEN).map(|(employee, flag)| row(&unusual::short(&state, employee, flag, standing.as_ref())));
    body = body.with(&rows.fold(table(all.len()), Rows::row));
    // What follows may look at the tables, too.
    drop(opened_flags);
    let mut wish = standing.as_ref().map_or(Wish::of(None, None)?, |of| of.wish);
    if let Some(trial) = asked.trial()? {
        let preview = unusual::preview(&state, trial).await?;
        wish = Wish { share: preview.share.unwrap_or(wish.share), seed: trial.seed };
        body = body.with(&would(&preview));
    }
    body = body.with(&preview_form(&wish)).with(&find_form(&wish, &csrf));
    if let Some(of) = &standing {
        let teams = unusual::teams(&state, of).await?;
        if !teams.is_empty() {
            body = body.with(&by_team(&teams));
        }
    }
    Ok(frame.back(super::PLACE, texts.back.as_str()).answer(&body))
}

fn table(all: usize) -> Rows {
    let texts = texts();
    let labels =
        [&texts.employee, &texts.severity, &texts.reasons, &texts.sure, &texts.status, &texts.owner, &texts.due];
    let columns = labels.map(|label| Column::new(label.as_str())).into();
    let note = match all.saturating_sub(SEEN) {
        0 => texts.note.clone(),
        more => format!("{} {}", texts.note, texts.more.of(more as u64)),
    };
    Rows::new(texts.caption.as_str(), columns)
        .when_empty(&Shown::Empty { what: texts.empty.clone(), step: None })
        .note(note)
}

fn row(flag: &HrFlag) -> Row {
    let texts = texts();
    let reasons: Vec<String> = flag.reasons.iter().map(said).collect();
    let mut status = status_of(flag.status).to_owned();
    if !flag.is_found {
        status = format!("{status}, {}", texts.not_found);
    }
    if flag.objection_waits {
        status = format!("{status}, {}", texts.objects);
    }
    let of_seeds = [("flagged", flag.flagged_by.to_string()), ("seeds", flag.seeds.to_string())];
    let sure = texts.of_seeds.fill(&of_seeds.each_ref().map(|(name, value)| (*name, value.as_str())));
    let optional = |text: &Option<String>| text.as_ref().map_or_else(Cell::none, |text| Cell::text(text.as_str()));
    let cells = vec![
        Cell::text(flag.employee.as_str()),
        Cell::text(severity_of(flag.severity)),
        Cell::text(reasons.join(", ")),
        Cell::text(sure),
        Cell::text(status),
        optional(&flag.owner),
        optional(&flag.due),
    ];
    Row::new(cells).to(format!("{PATH}/{}", flag.id))
}

fn said(reason: &FlagReason) -> String {
    format!("{} {}", reason.name, decimal(reason.size, 2))
}

/// How serious something is, in words.
pub(super) fn severity_of(severity: Option<&str>) -> &'static str {
    let texts = texts();
    match severity {
        Some("low") => &texts.severities[0],
        Some("medium") => &texts.severities[1],
        Some("high") => &texts.severities[2],
        _ => &texts.below,
    }
}

/// How a flag stands, in words.
pub(super) fn status_of(status: Status) -> &'static str {
    &texts().statuses[status as usize]
}

/// A number that was typed; none where nothing was.
fn number<T: FromStr>(field: &str, text: &str) -> Result<Option<T>, Problem> {
    let text = Some(text.trim()).filter(|text| !text.is_empty());
    let none = |_| Problem::bad_request(field, format!("{field} is a number"));
    text.map(|text| text.parse().map_err(none)).transpose()
}

fn wish(share: &str, seed: &str) -> Result<Wish, Problem> {
    let share = number("share", share)?.ok_or_else(|| Problem::bad_request("share", "share is a number"))?;
    Wish::of(Some(share), number("seed", seed)?)
}

/// Whom a trial would flag, how serious that would be, who would come and who would go.
fn would(found: &Preview) -> Markup {
    let texts = texts();
    let share = found.share.map_or_else(|| "0".to_owned(), |share| share.to_string());
    let (count, people) = (found.flagged.len().to_string(), found.people.to_string());
    let says = texts.would.fill(&[("share", &share), ("flagged", &count), ("people", &people)]);
    let mut facts = Facts::new();
    if let Some(score) = found.score {
        facts = facts.fact(texts.line.as_str(), decimal(score, 4));
    }
    let severities = [Some("high"), Some("medium"), Some("low"), None];
    for (severity, count) in severities.into_iter().zip(found.severities) {
        facts = facts.fact(texts.would_be.with("severity", severity_of(severity)), words::count(count as u64));
    }
    // Where no search stands all would come, who are named already.
    let come = match found.come.len() {
        0 => texts.nobody.clone(),
        all if all == found.flagged.len() => texts.all_of_them.clone(),
        _ => names(&found.come),
    };
    facts = facts.fact(texts.come.as_str(), come).fact(texts.go.as_str(), names(&found.go));
    let note = match found.flagged.len() - found.weighed {
        0 => texts.would_note.clone(),
        more => format!("{} {}", texts.would_note, texts.unweighed.of(more as u64)),
    };
    Markup::of(&Notice::new(Tone::Plain, says, names(&found.flagged))).with(&facts).with(&Markup::paragraph(note))
}

/// Some people by name, and how many more there are.
fn names(all: &[String]) -> String {
    if all.is_empty() {
        return texts().nobody.clone();
    }
    let named = all.iter().take(NAMED).map(String::as_str).collect::<Vec<_>>().join(", ");
    match all.len().saturating_sub(NAMED) {
        0 => named,
        more => format!("{named} {}", texts().and_more.of(more as u64)),
    }
}

fn fields(wish: &Wish) -> [Field; 2] {
    let texts = texts();
    [
        Field::text("share", texts.share.as_str(), TextKind::Number)
            .hint(texts.share_hint.as_str())
            .at_most(10)
            .autocomplete("off")
            .value(&wish.share.to_string()),
        Field::text("seed", texts.seed.as_str(), TextKind::Number)
            .hint(texts.seed_hint.as_str())
            .at_most(16)
            .autocomplete("off")
            .value(&wish.seed.to_string()),
    ]
}

fn preview_form(wish: &Wish) -> Form {
    let texts = texts();
    let [share, seed] = fields(wish);
    let score = Field::text("score", texts.score.as_str(), TextKind::Number)
        .hint(texts.score_hint.as_str())
        .at_most(10)
        .autocomplete("off");
    let form = Form::get("preview", PATH).named(texts.trial.as_str());
    [share, score, seed].into_iter().fold(form, Form::field).button(Button::quiet(texts.preview.as_str()))
}

fn find_form(wish: &Wish, csrf: &str) -> Form {
    let form = Form::post("find", PATH, csrf).named(texts().form.as_str());
    fields(wish).into_iter().fold(form, Form::field).button(Button::primary(texts().find.as_str()))
}

fn by_team(teams: &[HrFlagTeam]) -> Rows {
    let texts = texts();
    let columns = vec![
        Column::new(texts.team.as_str()),
        Column::number(texts.people.as_str()),
        Column::number(texts.flagged.as_str()),
        Column::new(texts.between.as_str()),
    ];
    let row = |of: &HrFlagTeam| {
        let count = |count: Option<u64>| count.map_or_else(Cell::none, Cell::count);
        let between = of
            .between
            .map_or_else(Cell::none, |[low, high]| Cell::text(format!("{} - {}", percent(low), percent(high))));
        Row::new(vec![Cell::text(of.team.as_str()), count(of.people), count(of.flagged), between])
    };
    let rows = Rows::new(texts.teams.as_str(), columns).note(texts.teams_note.as_str());
    teams.iter().map(row).fold(rows, Rows::row)
}

/// Has it looked anew.
pub(super) async fn find(asker: Asker, State(state): State<Hr>, request: Request) -> Result<Response, Problem> {
    state.check_flagged()?;
    let typed = Fields::take(state.people().bodies(), request).await?;
    let wish = wish(typed.get("share"), typed.get("seed"))?;
    unusual::ask(&state, By::asker(&asker).as_ref(), &wish, Detecting::Soon).await?;
    Ok(go_to(&format!("{PATH}?done=asked"), Vec::new()))
}
