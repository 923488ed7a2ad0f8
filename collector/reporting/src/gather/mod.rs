//! What a report says, gathered of the subjects below as they may be told.

mod counts;
mod daily;
mod definitions;
mod individual;
mod team;
mod values;

use attune_pages::words::{self, Calendar};
use attune_protocol::ids::PersonId;
use attune_reports::{Body, Day, Definition, Report};
use jiff::civil::Date;
use jiff::{Span, ToSpan};

pub(crate) use daily::{daily, is_empty};
pub(crate) use individual::{individual, released};
pub(crate) use team::team;

use crate::error::ReportingError;
use crate::state::Reporting;

/// Days of four weeks.
const FOUR_WEEKS: i64 = 28;

/// How a report is dated: nothing in it depends on when it is made.
#[derive(Clone, Debug)]
pub(crate) struct Dated {
    /// Whose data it tells.
    pub(crate) day: Date,
    /// Times in words, as of that day.
    pub(crate) times: Calendar,
    /// The first instant behind that day, Unix milliseconds.
    pub(crate) end: i64,
}

impl Dated {
    /// Of a day in the organisation's zone.
    ///
    /// # Errors
    /// When the day is out of range, or the database refuses.
    pub(crate) async fn of(state: &Reporting, day: Date) -> Result<Self, ReportingError> {
        let zone = state.people().calendar(None).await?.zone;
        let (begin, end) = Calendar::new(zone.clone(), 0).day_span(day).ok_or(ReportingError::Day)?;
        match day.year() {
            1970..=9999 => Ok(Self { day, times: Calendar::new(zone, begin), end }),
            _ => Err(ReportingError::Day),
        }
    }

    /// Days since 1970-01-01.
    pub(crate) fn number(&self) -> i64 {
        number_of(self.day)
    }
}

/// Days since 1970-01-01.
pub(crate) fn number_of(day: Date) -> i64 {
    i64::from((day - Date::constant(1970, 1, 1)).get_days())
}

/// The day of a number.
pub(crate) fn day_of(number: i64) -> Option<Date> {
    Date::constant(1970, 1, 1).checked_add(Span::new().try_days(number).ok()?).ok()
}

/// Today, in the organisation's zone, by the database's clock.
///
/// # Errors
/// When the database refuses.
pub(crate) async fn today(state: &Reporting) -> Result<Date, ReportingError> {
    let now = state.store().database_time().await?;
    state.people().calendar(None).await?.date(now).ok_or(ReportingError::Day)
}

/// So many days before a day.
///
/// # Errors
/// When there is no such day.
pub(crate) fn before(day: Date, days: i64) -> Result<Date, ReportingError> {
    day.checked_sub(days.days()).map_err(|_| ReportingError::Day)
}

/// A report of what was gathered. `about` tells it from others of its kind, by a random id.
fn report(
    state: &Reporting,
    dated: &Dated,
    (kind, about): (&str, [u8; 16]),
    (body, definitions): (Body, Vec<Definition>),
) -> Report {
    let profile = state.people().profile();
    Report {
        version: Report::VERSION,
        id: format!("attune {kind} {} {}", PersonId(about), dated.day),
        organisation: state.settings().organisation.clone(),
        day: Day {
            year: dated.day.year().unsigned_abs(),
            month: dated.day.month().unsigned_abs(),
            day: dated.day.day().unsigned_abs(),
        },
        day_in_words: words::date(dated.day),
        profile: format!("Made under the profile {profile}, which decides what is told here and what is kept back."),
        body,
        definitions,
    }
}
