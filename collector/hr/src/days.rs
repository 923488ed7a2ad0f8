//! What tables of HR say of somebody's days, for that person: a month day by day, and weeks in a row. Of what stands alone.

use std::collections::BTreeMap;

use attune_ground::http::Problem;
use jiff::ToSpan;
use jiff::civil::Date;
use serde::Serialize;
use utoipa::ToSchema;

use crate::figures::{Grid, Measure, Span, Window, values};
use crate::kept::OfOne;
use crate::rows::{Employee, LeaveKind, Tables, Zone};

/// A day of somebody, as the tables have it.
#[derive(Clone, PartialEq, Debug, Serialize, ToSchema)]
pub(crate) struct HrOwnDay {
    /// The day, `2026-03-02`.
    #[schema(value_type = String)]
    pub(crate) date: Date,
    /// Hours worked; null where no row says it, as with all below.
    pub(crate) hours: Option<f64>,
    /// Teams messages sent.
    pub(crate) messages: Option<u32>,
    /// Mails sent.
    pub(crate) mails: Option<u32>,
    /// Meetings.
    pub(crate) meetings: Option<u32>,
    /// The score that you gave the vibe meter, 1 to 6.
    pub(crate) mood: Option<f64>,
    /// The zone that you gave it.
    #[schema(value_type = Option<String>)]
    pub(crate) zone: Option<Zone>,
    /// Whether you were on leave.
    pub(crate) is_away: bool,
    /// Of which kind that leave was.
    #[schema(value_type = Option<String>)]
    pub(crate) leave: Option<LeaveKind>,
}

/// A week of somebody: means over the days that have a row.
#[derive(Clone, PartialEq, Debug, Serialize, ToSchema)]
pub(crate) struct HrOwnWeek {
    /// Its Monday.
    #[schema(value_type = String)]
    pub(crate) from: Date,
    /// Its Sunday.
    #[schema(value_type = String)]
    pub(crate) to: Date,
    /// The mean of the scores that you gave the vibe meter, 1 to 6; null where no row says it, as with all below.
    pub(crate) mood: Option<f64>,
    /// Hours a day.
    pub(crate) hours: Option<f64>,
    /// Teams messages a day.
    pub(crate) messages: Option<f64>,
    /// Mails a day.
    pub(crate) mails: Option<f64>,
    /// Meetings a day.
    pub(crate) meetings: Option<f64>,
}

impl HrOwnDay {
    fn of(date: Date) -> Self {
        let [messages, mails, meetings] = [None; 3];
        Self { date, hours: None, messages, mails, meetings, mood: None, zone: None, is_away: false, leave: None }
    }

    /// Whether any row says something of it.
    pub(crate) fn is_known(&self) -> bool {
        *self != Self::of(self.date)
    }
}

/// The rows that stand.
pub(crate) fn standing(kept: &[OfOne]) -> Tables {
    let mut tables = Tables::default();
    for part in kept.iter().filter(|part| part.stands) {
        part.rows.clone().put(&Employee(String::new()), &mut tables);
    }
    tables
}

/// The first day of the month that is asked for as `2026-03`; that of the newest day where none is.
///
/// # Errors
/// 400 for what is no month.
pub(crate) fn month(tables: &Tables, today: Date, asked: &str) -> Result<Date, Problem> {
    let no_month = || Problem::bad_request("month", "month is a month of the calendar, like 2026-03");
    match asked.trim() {
        "" => Ok(newest(tables, &Window::at(today)).unwrap_or(today).first_of_month()),
        // With its first day behind it, which leaves no room for another.
        month if month.len() == 7 => format!("{month}-01").parse().map_err(|_| no_month()),
        _ => Err(no_month()),
    }
}

/// The newest day of which a row of activity or of the vibe meter says something.
fn newest(tables: &Tables, window: &Window) -> Option<Date> {
    let activity = tables.activity.iter().filter_map(|row| row.date);
    activity.chain(tables.vibe.iter().filter_map(|row| row.date)).filter(|day| window.has(*day)).max()
}

/// All days of the month that begins with a day. Of two rows of one day the later one of the file holds.
pub(crate) fn days(tables: &Tables, first: Date) -> Vec<HrOwnDay> {
    let last = first.last_of_month();
    let all = first.series(1.day()).take_while(|day| *day <= last);
    let mut days: BTreeMap<Date, HrOwnDay> = all.map(|day| (day, HrOwnDay::of(day))).collect();
    for row in &tables.activity {
        if let Some(day) = row.date.and_then(|date| days.get_mut(&date)) {
            (day.hours, day.messages) = (row.hours, row.messages);
            (day.mails, day.meetings) = (row.mails, row.meetings);
        }
    }
    for row in &tables.vibe {
        if let Some(day) = row.date.and_then(|date| days.get_mut(&date)) {
            (day.mood, day.zone) = (row.score, row.zone);
        }
    }
    for row in &tables.leave {
        let Some(start) = row.start else { continue };
        let end = row.end.unwrap_or(start);
        for (_, day) in days.range_mut(start.max(first)..).take_while(|(date, _)| **date <= end) {
            (day.is_away, day.leave) = (true, row.kind);
        }
    }
    days.into_values().collect()
}

/// The weeks of a time that was asked for, from the first on; up to the newest of which there is anything, where none was.
///
/// # Errors
/// 400 for what is no day, and for too long a time.
pub(crate) fn weeks(tables: &Tables, today: Date, asked: [&str; 2]) -> Result<Vec<HrOwnWeek>, Problem> {
    let window = Window::at(today);
    let newest = newest(tables, &window).map(|day| Grid::Week.of(day));
    let span = Span::read(Grid::Week, newest, today, asked)?;
    let values = values(tables, &window);
    let week = |number: i32| {
        let (from, to) = Grid::Week.days(number)?;
        let of = |measure: Measure| values.get(&(measure, Grid::Week, number)).copied();
        Some(HrOwnWeek {
            from,
            to,
            mood: of(Measure::Mood),
            hours: of(Measure::Hours),
            messages: of(Measure::Messages),
            mails: of(Measure::Mails),
            meetings: of(Measure::Meetings),
        })
    };
    Ok(span.cells().filter_map(week).collect())
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::rows::{Activity, Leave, Vibe};

    const TODAY: Date = date(2026, 4, 10);

    fn nobody() -> Employee {
        Employee(String::new())
    }

    fn tables() -> Tables {
        let worked = |day: Date, hours: f64| Activity {
            employee: nobody(),
            date: Some(day),
            messages: Some(12),
            mails: None,
            meetings: Some(2),
            hours: Some(hours),
        };
        let sick = Leave {
            employee: nobody(),
            kind: Some(LeaveKind::Sick),
            days: Some(3.0),
            start: Some(date(2026, 2, 27)),
            end: Some(date(2026, 3, 1)),
        };
        let felt = Vibe { employee: nobody(), date: Some(date(2026, 3, 3)), score: Some(5.0), zone: Some(Zone::Happy) };
        let activity =
            vec![worked(date(2026, 3, 2), 7.0), worked(date(2026, 3, 2), 8.0), worked(date(2026, 3, 4), 6.0)];
        Tables { activity, leave: vec![sick], vibe: vec![felt], ..Tables::default() }
    }

    #[test]
    fn a_month_has_all_its_days_and_says_what_the_tables_say_of_each() {
        let days = days(&tables(), date(2026, 3, 1));
        assert_eq!(days.len(), 31);
        assert!(days[0].is_away && days[0].leave == Some(LeaveKind::Sick), "leave that began in the month before");
        assert_eq!((days[1].hours, days[1].mails, days[1].is_away), (Some(8.0), None, false), "the later row holds");
        assert_eq!((days[2].mood, days[2].hours), (Some(5.0), None));
        let known: Vec<usize> = (0..31).filter(|day| days[*day].is_known()).collect();
        assert_eq!(known, [0, 1, 2, 3]);
    }

    #[test]
    fn the_month_that_is_asked_for_is_one_of_the_calendar_and_the_newest_where_none_is() {
        let of = |asked: &str| month(&tables(), TODAY, asked);
        assert_eq!(of("").expect("the newest"), date(2026, 3, 1));
        assert_eq!(month(&Tables::default(), TODAY, "").expect("this one"), date(2026, 4, 1));
        assert_eq!(of(" 2025-12 ").expect("a month"), date(2025, 12, 1));
        for none in
            ["2026-13", "2026", "2026-03-04", "march", "2026-3-", "\u{0}\u{0}\u{0}\u{0}\u{0}\u{0}\u{0}", "éé-03"]
        {
            assert_eq!(of(none).expect_err(none).status, 400, "{none:?}");
        }
    }

    #[test]
    fn weeks_are_means_over_the_days_that_have_a_row_and_a_week_without_one_stays_unknown() {
        let weeks = weeks(&tables(), TODAY, ["2026-02-24", "2026-03-05"]).expect("weeks");
        let told: Vec<_> = weeks.iter().map(|week| (week.from, week.hours, week.mood)).collect();
        // Of the day that two rows are about both count, as they do for HR.
        assert_eq!(told, [(date(2026, 2, 23), None, None), (date(2026, 3, 2), Some(7.0), Some(5.0))]);
        assert_eq!(self::weeks(&tables(), TODAY, ["", ""]).expect("weeks").len(), 26);
        assert_eq!(self::weeks(&tables(), TODAY, ["x", ""]).expect_err("no day").field.as_deref(), Some("from"));
    }
}
