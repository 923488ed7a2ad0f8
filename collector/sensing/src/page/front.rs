use std::collections::BTreeSet;

use askama::Template;
use attune_analysis::indicators::{Assessment, Score};
use attune_analysis::tables;
use attune_ground::time::rfc3339;
use attune_pages::Markup;
use attune_pages::words::Calendar;
use attune_people::accounts;
use attune_people::rights::Asker;
use attune_protocol::policy::Profile;
use serde::Deserialize;

use crate::SensingError;
use crate::graph::Layout;
use crate::sessions::{CheckIn, Page, SessionFilter, SessionKind, SessionRow, Shelf, format_cursor, parse_cursor};

/// Sessions of one page.
const PAGE: i64 = 10;

/// Which sessions the page shows. What is left empty asks for nothing.
#[derive(Clone, Default, Debug, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    /// Only those of this outside user id.
    user_id: String,
    /// Only those of this day, `2026-01-31`, in the zone of who asks.
    day: String,
    /// Where the page before ended.
    cursor: String,
}

impl Asked {
    fn is_empty(&self) -> bool {
        self.user_id.is_empty() && self.day.is_empty() && self.cursor.is_empty()
    }
}

/// The page, without its frame.
#[derive(Template)]
#[template(path = "front.html")]
struct Front<'a> {
    profile: Profile,
    raw_media: bool,
    /// The zone of days and times, as IANA names it.
    zone: &'a str,
    asked: &'a Asked,
    problem: Option<&'static str>,
    people: BTreeSet<String>,
    days: Vec<Day>,
    next: Option<String>,
    /// Width and height of a picture, and of a narrow one.
    wide: (f64, f64),
    narrow: (f64, f64),
}

impl Front<'_> {
    /// The names of columns by which the page knows a table of motion: one of each list, and those in g after those in m/s2.
    fn motion_columns() -> String {
        tables::motion_names().map(|names| names.join(" ")).join(";")
    }

    /// The names of columns by which the page knows a table of heartbeats.
    fn heart_columns() -> String {
        tables::heart_names().join(" ")
    }
}

/// Sessions that began on one day.
struct Day {
    date: String,
    words: String,
    sessions: Vec<Session>,
}

struct Session {
    id: String,
    open: bool,
    user: Option<String>,
    kind: &'static str,
    begin: String,
    times: String,
    length: String,
    figures: [Figure; 3],
    state: Option<String>,
    /// What the person said of themselves meanwhile.
    said: Vec<String>,
    lacks: Vec<String>,
}

struct Figure {
    name: &'static str,
    value: Option<String>,
    sd: String,
}

/// What the page holds, with the sessions that are asked for.
///
/// # Errors
/// When the database refuses.
pub(super) async fn front(
    shelf: &Shelf,
    profile: Profile,
    asker: &Asker,
    (asked, times): (&Asked, &Calendar),
) -> Result<Markup, SensingError> {
    let (found, problem) = match filter(shelf, asker, (asked, times)).await? {
        Wanted::These(filter) => (shelf.page(&filter, PAGE).await?, None),
        Wanted::None => (Page::default(), None),
        Wanted::Unclear(problem) => (Page::default(), Some(problem)),
    };
    let mut page = Front {
        profile,
        raw_media: profile.lets_raw_media_in(),
        zone: times.zone_name(),
        asked,
        problem,
        people: BTreeSet::new(),
        days: Vec::new(),
        next: found.next.map(format_cursor),
        wide: Layout::Wide.size(),
        narrow: Layout::Narrow.size(),
    };
    for (place, row) in found.sessions.iter().enumerate() {
        let user = accounts::user_of(&shelf.store, shelf.keys(), row.person).await?;
        page.people.extend(user.clone());
        let date = times.date(row.started_at).map(|date| date.to_string()).unwrap_or_default();
        if page.days.last().is_none_or(|day| day.date != date) {
            let words = times.date(row.started_at).map(|date| date.strftime("%a %-d %B %Y").to_string());
            let words = words.unwrap_or_default();
            page.days.push(Day { date, words, sessions: Vec::new() });
        }
        let said = shelf.said(row).await?;
        let session = Session::of(row, user, &shelf.summary(row).await?.scores, (&said, times), place == 0);
        if let Some(day) = page.days.last_mut() {
            day.sessions.push(session);
        }
    }
    Ok(Markup::of(&page))
}

enum Wanted {
    These(SessionFilter),
    /// Nobody has this user id.
    None,
    /// Why it cannot be told.
    Unclear(&'static str),
}

async fn filter(shelf: &Shelf, asker: &Asker, (asked, times): (&Asked, &Calendar)) -> Result<Wanted, SensingError> {
    let people = asker.people(&shelf.store).await?;
    let mut filter = SessionFilter { people, kind: None, from: i64::MIN, to: i64::MAX, after: None, offset: 0 };
    if !asked.user_id.trim().is_empty() {
        let Ok(user) = accounts::user_id(&asked.user_id) else { return Ok(Wanted::None) };
        let mut people = accounts::people_of(&shelf.store, shelf.keys(), &user).await?;
        people.retain(|person| filter.people.as_ref().is_none_or(|may| may.contains(person)));
        if people.is_empty() {
            return Ok(Wanted::None);
        }
        filter.people = Some(people);
    }
    if !asked.day.is_empty() {
        let Some((from, to)) = asked.day.parse().ok().and_then(|date| times.day_span(date)) else {
            return Ok(Wanted::Unclear("This is no day: write it as 2026-01-31, or leave it empty."));
        };
        (filter.from, filter.to) = (from, to);
    }
    if !asked.cursor.is_empty() {
        let Ok(cursor) = parse_cursor(&asked.cursor) else {
            return Ok(Wanted::Unclear("This address is damaged: begin again with all sessions."));
        };
        filter.after = Some(cursor);
    }
    Ok(Wanted::These(filter))
}

impl Session {
    fn of(
        row: &SessionRow,
        user: Option<String>,
        scores: &Assessment,
        (said, times): (&[CheckIn], &Calendar),
        open: bool,
    ) -> Self {
        let shown = [("Stress", &scores.stress), ("Attention", &scores.attention), ("Overall", &scores.overall)];
        let missing = |(name, score): (&str, &Score)| Some(format!("{}.", score.missing()?.sentence(name)));
        Self {
            id: row.session.to_string(),
            open,
            user,
            kind: match row.kind {
                SessionKind::Live => "from devices",
                SessionKind::Analysis => "analysed here",
            },
            begin: rfc3339(row.started_at),
            times: format!("{} to {}", times.clock(row.started_at), times.clock(row.ended_at)),
            length: length(row.ended_at - row.started_at),
            figures: shown.map(|(name, score)| Figure {
                name,
                value: score.value().map(|value| format!("{value:.2}")),
                sd: score.value_and_sd().map_or_else(String::new, |(_, sd)| format!("{sd:.2}")),
            }),
            state: scores
                .headline()
                .map(|state| format!("{} {:.0}\u{a0}%", state.state.name(), state.confidence * 100.0)),
            said: said
                .iter()
                .map(|said| format!("{}: {}", times.clock(said.window.start_millis()), said.words()))
                .collect(),
            lacks: shown.into_iter().filter_map(missing).collect(),
        }
    }
}

/// `50 s`, `2 min`, `2 h 10 min`.
fn length(millis: i64) -> String {
    let seconds = millis / 1000;
    match (seconds / 3600, seconds / 60 % 60, seconds) {
        (0, 0, seconds) => format!("{seconds} s"),
        (0, minutes, _) => format!("{minutes} min"),
        (hours, 0, _) => format!("{hours} h"),
        (hours, minutes, _) => format!("{hours} h {minutes} min"),
    }
}

#[cfg(test)]
#[path = "front_tests.rs"]
mod tests;
