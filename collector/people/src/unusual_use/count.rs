//! How much somebody used on each day, as the log of access tells it: entry by entry, so that what is held is the people of one day.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use attune_ground::store::Store;
use attune_protocol::ids::PersonId;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::rule::Day;
use super::{APART, DAY, HOUR};
use crate::access::{self, Act, Note, Of};
use crate::{People, PeopleError};

/// Entries that are read together.
const PAGE: i64 = 2000;

/// By the organisation's clock, which day it is and whether it is night.
#[derive(Clone, Debug)]
pub(super) struct Hours {
    zone: TimeZone,
    begins: u8,
    ends: u8,
}

impl Hours {
    pub(super) fn of(people: &People) -> Self {
        Self { zone: people.zone.clone(), begins: people.watching.day_begins, ends: people.watching.day_ends }
    }

    /// The day of an instant, counted from 1970 on, and whether it lies at night; none of one that no calendar has.
    pub(super) fn place(&self, at: i64) -> Option<(i64, bool)> {
        let here = Timestamp::from_millisecond(at).ok()?.to_zoned(self.zone.clone());
        let (day, hour) = ((here.date() - Date::constant(1970, 1, 1)).get_days(), here.hour().unsigned_abs());
        Some((i64::from(day), hour < self.begins || hour >= self.ends))
    }

    /// The day of an instant; of one that no calendar has the first or the last that there is.
    pub(super) fn day(&self, at: i64) -> i64 {
        self.place(at).map_or(at / DAY, |(day, _)| day)
    }
}

/// The date of a day that is counted from 1970 on.
pub(super) fn date(day: i64) -> String {
    let days = jiff::Span::new().try_days(day);
    let date = days.and_then(|days| Date::constant(1970, 1, 1).checked_add(days));
    date.map_or_else(|_| "out of range".to_owned(), |date| date.to_string())
}

/// A day, and when its first and last entries were made, Unix milliseconds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Counted {
    pub(super) day: Day,
    pub(super) first: i64,
    pub(super) last: i64,
}

/// Rows of HR's tables about everybody, as programs read them: as much is taken so as in a file.
const ROWS: [&str; 4] = ["/api/v1/hr/master", "/api/v1/hr/flags", "/api/detect-anomalies", "/api/detect-anomalies/"];

/// The path of a read as it stands in the log; none of an act, and none of what asks for no more than a head.
fn path(what: &str) -> Option<&str> {
    let (method, path) = what.split_once(' ')?;
    (path.starts_with('/') && method != "HEAD").then_some(path)
}

/// Whether what stands in the log is a file that was taken, or rows of everybody by a program. The table of rights has each such route noted;
/// a test of the program holds that they are told by their names.
#[must_use]
pub fn is_export(what: &str) -> bool {
    let ending =
        |path: &str| [".csv", ".parquet", ".pdf", ".zip", ".xlsx"].into_iter().any(|ending| path.ends_with(ending));
    is_report(what) || path(what).is_some_and(|path| ending(path) || path == "/ledger/copy" || ROWS.contains(&path))
}

/// Whether it is a report that was made or taken, which is noted as an act, with its hash.
fn is_report(what: &str) -> bool {
    [Act::MakeReport, Act::TakeReport].iter().any(|act| act.name() == what)
}

/// Whether what stands in the log, where it is of everybody, is a list that was opened. A file counts as a file, and a change that is
/// answered with a list as the change.
fn is_list(what: &str) -> bool {
    what.starts_with("GET ") && !is_export(what)
}

/// The people who were opened within the last hour, each once: whoever begins at half past gets no second hour for it.
#[derive(Default)]
struct Hour {
    last: HashMap<PersonId, i64>,
    by_time: BTreeSet<(i64, PersonId)>,
}

impl Hour {
    /// Takes one who was opened, no earlier than those before, and gives how many there are.
    fn open(&mut self, person: PersonId, at: i64) -> i64 {
        if let Some(before) = self.last.insert(person, at) {
            self.by_time.remove(&(before, person));
        }
        self.by_time.insert((at, person));
        let is_over = |(when, _): &(i64, PersonId)| *when <= at.saturating_sub(HOUR);
        while let Some(oldest) = self.by_time.first().copied().filter(is_over) {
            self.by_time.remove(&oldest);
            self.last.remove(&oldest.1);
        }
        i64::try_from(self.by_time.len()).unwrap_or(i64::MAX)
    }
}

/// What is gathered of one day.
#[derive(Default)]
struct Gathered {
    counted: Day,
    span: Option<(i64, i64)>,
    people: HashSet<PersonId>,
    /// It goes on over midnight.
    hour: Hour,
    at_night: HashSet<PersonId>,
    lists_at_night: HashSet<String>,
}

fn count<T>(all: &HashSet<T>) -> i64 {
    i64::try_from(all.len()).unwrap_or(i64::MAX)
}

impl Gathered {
    fn take(&mut self, note: &Note, is_night: bool) {
        self.span = Some((self.span.map_or(note.at, |(first, _)| first), note.at));
        if path(&note.what).is_none() && !is_report(&note.what) {
            return;
        }
        self.counted.exports += i64::from(is_export(&note.what));
        match note.of {
            Of::Person(person) => {
                self.people.insert(person);
                self.counted.busiest_hour = self.counted.busiest_hour.max(self.hour.open(person, note.at));
                if is_night {
                    self.at_night.insert(person);
                }
            }
            Of::Everybody => {
                self.counted.lists += i64::from(is_list(&note.what));
                if is_night {
                    self.lists_at_night.insert(note.what.clone());
                }
            }
            Of::Nobody => {}
        }
    }

    fn counted(&self) -> Option<Counted> {
        let (first, last) = self.span?;
        let at_night = count(&self.at_night) + count(&self.lists_at_night);
        let day = Day { people: count(&self.people), at_night, ..self.counted };
        Some(Counted { day, first, last })
    }
}

/// How much somebody used on each day from an instant to before another, Unix milliseconds; days on which they made no entry are left out.
///
/// # Errors
/// When the database refuses.
pub(super) async fn days(
    store: &Store,
    hours: &Hours,
    login: [u8; 16],
    (from, until): (i64, i64),
) -> Result<BTreeMap<i64, Counted>, PeopleError> {
    let (mut all, mut day, mut gathered) = (BTreeMap::new(), i64::MIN, Gathered::default());
    let mut behind = (from.saturating_sub(1), i64::MAX);
    // Of the entries before, the one that was written last.
    let mut newest: Option<(i64, i64)> = None;
    loop {
        let page = access::by_login(store, login, (behind, until), PAGE).await?;
        let Some(last) = page.last() else { break };
        behind = (last.at, last.place);
        for note in &page {
            let Some((of, is_night)) = hours.place(note.at) else { continue };
            if of != day {
                all.extend(gathered.counted().map(|counted| (day, counted)));
                (day, gathered) = (of, Gathered { hour: gathered.hour, ..Gathered::default() });
            }
            // Written before what says that it is earlier: the clock was ahead, and nobody knows whether it was night.
            let is_ahead = newest.is_some_and(|(place, at)| place > note.place && note.at - at > APART);
            gathered.take(note, is_night && !is_ahead);
            if newest.is_none_or(|(place, _)| place < note.place) {
                newest = Some((note.place, note.at));
            }
        }
    }
    all.extend(gathered.counted().map(|counted| (day, counted)));
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_told_from_pages_and_acts_by_what_stands_in_the_log() {
        for what in [
            "GET /api/v1/hr/master.csv",
            "GET /api/v1/hr/master.parquet",
            "GET /api/v1/teams/{id}/figures.csv",
            "POST /ledger/copy",
            "GET /api/v1/hr/master",
            "POST /api/detect-anomalies/",
            "make report",
            "take report",
        ] {
            assert!(is_export(what), "{what}");
        }
        for what in ["GET /hr/master", "HEAD /api/v1/hr/master.csv", "import", "take in table", "GET /ledger", ""] {
            assert!(!is_export(what), "{what}");
        }
        for (what, expected) in [
            ("GET /hr/master", true),
            ("GET /api/v1/hr/master", false),
            ("GET /api/v1/hr/master.csv", false),
            ("PATCH /api/v1/admin/teams/{id}", false),
            ("HEAD /hr/master", false),
        ] {
            assert_eq!(is_list(what), expected, "{what}");
        }
    }

    #[test]
    fn night_and_day_are_those_of_the_organisations_clock() {
        let zone = TimeZone::get("Europe/Berlin").expect("the zones are there");
        let hours = Hours { zone, begins: 6, ends: 22 };
        let at = |text: &str| text.parse::<Timestamp>().expect("an instant").as_millisecond();
        for (text, expected) in [
            ("1970-01-01T12:00:00+01:00", (0, false)),
            ("1970-01-02T05:59:59+01:00", (1, true)),
            ("1970-01-02T06:00:00+01:00", (1, false)),
            ("1970-01-02T22:00:00+01:00", (1, true)),
            ("1970-01-02T23:30:00Z", (2, true)),
        ] {
            assert_eq!(hours.place(at(text)), Some(expected), "{text}");
        }
        assert_eq!(hours.place(i64::MAX), None);
        assert_eq!(
            (date(0), date(20_000), date(i64::MAX)),
            ("1970-01-01".into(), "2024-10-04".into(), "out of range".into())
        );
    }
}
