use attune_ground::http::{AnyQuery, Problem};
use attune_pages::Markup;
use attune_pages::form::{Button, Choice, Field, Form, TextKind};
use attune_pages::part::{Facts, Notice, Tone};
use attune_pages::state::State as Shown;
use attune_pages::table::{Cell, Column, Row, Table};
use attune_pages::words::{Calendar, ReminderWords};
use attune_people::me::Own;
use attune_people::pages::{Fields, answered_as, go_to, refuse};
use attune_people::rights::Asker;
use attune_people::sign_in::{Opened, opened};
use axum::extract::{Request, State};
use axum::response::Response;
use serde::Deserialize;

use super::{REMINDERS, tabs};
use crate::kind::Kind;
use crate::reminders::{self, DAYS, Plan, Reminder, USUAL_HOURS, Wish, written};
use crate::state::Contact;

/// After how many hours one can be missed.
const HOURS: [u8; 5] = [1, 2, 4, 8, 12];

/// The days and the time that a form begins with.
const WORKING_DAYS: usize = 5;
const MORNING: &str = "09:00";

fn texts() -> &'static ReminderWords {
    &super::texts().reminders
}

/// What was done, for who comes from a form.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct After {
    done: String,
}

/// What was typed that is wrong: of which reminders, and what is.
type Refused<'a> = (Kind, &'a Fields, &'a Problem);

/// What one is reminded of.
pub(super) async fn show(
    asker: Asker,
    State(state): State<Contact>,
    AnyQuery(after): AnyQuery<After>,
) -> Result<Response, Problem> {
    let news = match after.done.as_str() {
        "saved" => Markup::of(&Notice::new(Tone::Done, texts().saved.as_str(), "")),
        "stopped" => Markup::of(&Notice::new(Tone::Done, texts().stopped.as_str(), "")),
        _ => Markup::none(),
    };
    page(&state, &asker, news, None).await
}

async fn page(state: &Contact, asker: &Asker, news: Markup, refused: Option<Refused<'_>>) -> Result<Response, Problem> {
    let texts = texts();
    let own = Own::of(state.people(), asker).await?;
    let times = state.people().calendar(Some(own.person)).await?;
    let key = state.people().keys().of(own.person).await?;
    let mut plans = Vec::new();
    for kind in state.offered() {
        plans.push((kind, reminders::plan_of(state.store(), &key, own.person, kind).await?));
    }
    let chosen = plans.iter().filter(|(_, plan)| plan.is_some()).count() as u64;
    let finding = if chosen > 0 { texts.some.of(chosen) } else { texts.none.clone() };
    let Opened { frame, role, csrf, .. } = opened(state.people(), asker, &texts.title, &finding, REMINDERS).await?;
    let mut body = Markup::of(&tabs(role, REMINDERS)).with(&news);
    if let Some(since) = reminders::told_since(state.store(), own.person).await? {
        let told = texts.told.with("moment", &times.moment(since));
        body = body.with(&Notice::new(Tone::Warning, texts.tells.as_str(), told));
    } else if state.may_tell_hr() {
        body = body.with(&Notice::new(Tone::Plain, texts.tells.as_str(), texts.tells_text.as_str()));
    }
    if plans.is_empty() {
        body = body.with(&Shown::Empty { what: texts.nothing_offered.clone(), step: None });
    }
    for (kind, plan) in &plans {
        let of = refused.filter(|(of, ..)| of == kind);
        body = body.with(&one(state, *kind, plan.as_ref(), (&times, csrf.as_str()), of));
    }
    if state.offered().any(|kind| kind == Kind::CheckIn) {
        body = body.with(&Markup::paragraph(texts.known.as_str()));
    }
    let past = reminders::of(state.store(), own.person).await?;
    Ok(frame.refused(refused.is_some()).answer(&body.with(&history(&past, &times))))
}

/// Reminders of one kind: how they stand, and the form by which they are chosen.
fn one(
    state: &Contact,
    kind: Kind,
    plan: Option<&Plan>,
    (times, csrf): (&Calendar, &str),
    refused: Option<Refused<'_>>,
) -> Markup {
    let texts = texts();
    let mut body = Markup::none();
    if let Some(plan) = plan {
        let mut facts = Facts::new().with(texts.on.as_str(), &times.when(plan.since));
        facts = match plan.next(&times.zone, times.now) {
            Some(next) => facts.with(texts.next.as_str(), &times.when(next)),
            None => facts.fact(texts.next.as_str(), texts.ended.as_str()),
        };
        if let Some(left) = plan.left {
            facts = facts.fact(texts.count.as_str(), texts.left.of(u64::from(left)));
        }
        body = body.with(&Markup::heading(kind.words())).with(&facts);
    }
    let mut form = form(state, kind, plan, times, csrf);
    if let Some((_, typed, problem)) = refused {
        form = form.keep(typed.typed());
        refuse(&mut form, problem);
    }
    body = body.with(&form);
    if plan.is_some() {
        let stop = Form::post(format!("stop-{}", kind.name()), REMINDERS, csrf)
            .hidden("kind", kind.name())
            .button(Button::quiet(texts.switch_off.as_str()).sends("do", "stop"));
        body = body.with(&stop);
    }
    body
}

/// The hours that a form offers; others that a program chose are not given up by saving what else is in it.
fn hours(chosen: Option<u8>) -> Vec<u8> {
    let mut all: Vec<u8> = HOURS.into_iter().chain(chosen).collect();
    all.sort_unstable();
    all.dedup();
    all
}

fn form(state: &Contact, kind: Kind, plan: Option<&Plan>, times: &Calendar, csrf: &str) -> Form {
    let texts = texts();
    let days = DAYS.iter().zip(&texts.day_names).map(|(name, label)| Choice::new(*name, label.as_str())).collect();
    let hours = hours(plan.map(|plan| plan.hours)).into_iter();
    let hours = hours.map(|hours| Choice::new(hours.to_string(), texts.hour.of(u64::from(hours)))).collect();
    let text = |name: &str, label: &str, kind| Field::text(name, label, kind);
    let title = if plan.is_some() { texts.change.as_str() } else { kind.words() };
    let form = Form::post(format!("remind-{}", kind.name()), REMINDERS, csrf).named(title).hidden("kind", kind.name());
    // That they were shown it.
    let form = if state.may_tell_hr() { form.hidden("told", "yes") } else { form };
    let form = form
        .field(Field::checks("days", texts.days.as_str(), days))
        .field(text("time", &texts.time, TextKind::Time).hint(texts.time_hint.with("zone", &times.says())))
        .field(text("quiet_from", &texts.quiet_from, TextKind::Time).hint(texts.quiet_hint.as_str()).optional())
        .field(text("quiet_until", &texts.quiet_until, TextKind::Time).optional())
        .field(Field::select("hours", texts.hours.as_str(), hours).hint(texts.hours_hint.as_str()))
        .field(Field::check("mail", texts.mail.as_str()).optional())
        .field(text("until", &texts.until, TextKind::Date).optional())
        .field(text("count", &texts.count, TextKind::Number).hint(texts.count_hint.as_str()).optional());
    let label = if plan.is_some() { &texts.save } else { &texts.switch_on };
    let held = held(plan);
    let held: Vec<(&str, &str)> = held.iter().map(|(name, value)| (*name, value.as_str())).collect();
    form.keep(held).button(Button::primary(label.as_str()).sends("do", "save"))
}

/// What stands in the fields: what was chosen, or what is usual.
fn held(plan: Option<&Plan>) -> Vec<(&'static str, String)> {
    let Some(plan) = plan else {
        let days = DAYS.iter().take(WORKING_DAYS).map(|day| ("days", (*day).to_owned()));
        let rest = [("time", MORNING.to_owned()), ("hours", USUAL_HOURS.to_string()), ("mail", "yes".to_owned())];
        return days.chain(rest).collect();
    };
    let rhythm = &plan.rhythm;
    let mut held: Vec<(&'static str, String)> =
        rhythm.day_names().into_iter().map(|name| ("days", name.to_owned())).collect();
    held.push(("time", written(rhythm.minute)));
    held.push(("hours", plan.hours.to_string()));
    if let Some(quiet) = rhythm.quiet {
        held.push(("quiet_from", written(quiet.from)));
        held.push(("quiet_until", written(quiet.until)));
    }
    held.extend(plan.mail.then(|| ("mail", "yes".to_owned())));
    held.extend(rhythm.until.map(|until| ("until", until.to_string())));
    held.extend(plan.left.map(|left| ("count", left.to_string())));
    held
}

fn history(past: &[Reminder], times: &Calendar) -> Table {
    let texts = texts();
    let columns = [&texts.due, &texts.of, &texts.became].map(|text| Column::new(text.as_str())).to_vec();
    let empty = Shown::Empty { what: texts.history_empty.clone(), step: None };
    let table = Table::new(texts.history.as_str(), columns).when_empty(&empty);
    past.iter().fold(table, |table, reminder| {
        let became = match (reminder.answered_at, reminder.missed_at, reminder.closed_at) {
            (Some(_), ..) => &texts.answered,
            (None, Some(_), _) => &texts.missed,
            (None, None, Some(_)) => &texts.overtaken,
            (None, None, None) => &texts.waits,
        };
        let due = Cell::of(&times.when(reminder.due));
        table.row(Row::new(vec![due, Cell::text(reminder.kind.words()), Cell::text(became.as_str())]))
    })
}

/// Chooses what one is reminded of, or ends it.
pub(super) async fn change(asker: Asker, State(state): State<Contact>, request: Request) -> Result<Response, Problem> {
    let own = Own::of(state.people(), &asker).await?;
    let typed = Fields::take(state.people().bodies(), request).await?;
    let kind = super::kind(&typed)?;
    if typed.get("do") == "stop" {
        reminders::stop(&state, own.person, kind).await?;
        return Ok(go_to("/me/reminders?done=stopped", Vec::new()));
    }
    let done = async {
        let wish = wish(&typed)?;
        reminders::choose(&state, own.person, kind, &wish).await
    };
    match done.await {
        Ok(()) => Ok(go_to("/me/reminders?done=saved", Vec::new())),
        Err(problem) if problem.status < 500 => {
            let shown = page(&state, &asker, Markup::none(), Some((kind, &typed, &problem))).await?;
            Ok(answered_as(problem, shown))
        }
        Err(problem) => Err(problem),
    }
}

fn wish(typed: &Fields) -> Result<Wish, Problem> {
    let number = |field: &str| {
        let wrong = || Problem::bad_request(field, texts().number.as_str());
        typed.given(field).map(|text| text.trim().parse::<u16>().map_err(|_| wrong())).transpose()
    };
    let given = |field: &str| typed.given(field).map(str::to_owned);
    Ok(Wish {
        days: typed.all("days").into_iter().map(str::to_owned).collect(),
        time: typed.get("time").to_owned(),
        quiet_from: given("quiet_from"),
        quiet_until: given("quiet_until"),
        hours: number("hours")?.and_then(|hours| u8::try_from(hours).ok()).unwrap_or_default(),
        mail: typed.get("mail") == "yes",
        until: given("until"),
        count: number("count")?,
        told: typed.get("told") == "yes",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_begins_with_what_is_usual_and_holds_what_was_chosen() {
        let usual = held(None);
        assert_eq!(usual.iter().filter(|(name, _)| *name == "days").count(), WORKING_DAYS);
        assert!(usual.contains(&("time", "09:00".into())) && usual.contains(&("hours", "4".into())));
        assert_eq!((hours(None), hours(Some(8)), hours(Some(20)).pop()), (HOURS.to_vec(), HOURS.to_vec(), Some(20)));
        assert!(HOURS.contains(&USUAL_HOURS) && HOURS.iter().all(|hours| *hours <= reminders::LONGEST_WAIT));
    }
}
