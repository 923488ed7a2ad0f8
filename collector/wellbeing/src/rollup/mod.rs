//! Roll-ups: what was seen of a person by hour, day, week and month of their own calendar, sealed under their key.
//!
//! | what | how |
//! |---|---|
//! | which hours are made anew | those in the list `touched_hours`, and those that look at them ([`LOOKS`](attune_ground::measures::LOOKS)) |
//! | an hour | is made anew as a whole of what all subjects see in it: in whichever order data came, its bytes are those of a rebuild |
//! | a day, a week, a month | is merged of its hours, or its days, as they stand in the database, in their order |
//! | what is written | rows whose bytes are other ones than before, and that the day changed (`changed_days`) |
//! | one transaction | up to 24 touched hours of one person, behind their lock, taken out of the list in it: a killed collector leaves them there |
//! | days | are those of the zone that the person chose, or of the organisation's: 23, 24 or 25 hours; hours begin when the clock says so |
//! | another zone | touches all hours of the person, where it is the organisation's those of all who follow it; old hours go as new ones take their place |
//! | an hour that does not open | is made anew; where what it was made of is gone, what is longer counts it as one in which nothing was seen: its coverage says that some is missing |
//! | what is let go of for its age | is settled before ([`settle`]): sums outlive what they were made of, until they end with their own class |
//! | answers that are let go of before scores | sums of them alone are settled ([`settle_said`]): the rest of their hours is made anew as ever |
//! | what its person deletes of a settled time | its sums go with it ([`forget`]) |
//! | several collectors | one rolls up at a time, by lease; two that did would wait for the person's lock and find nothing left |

mod aging;
mod check;
mod code;
mod hours;
mod observed;
mod people;
mod rebuild;
mod roll;
mod rows;
#[cfg(test)]
mod tests;
mod zone;

use std::ops::RangeInclusive;
use std::time::Duration;

use attune_ground::GroundError;
use attune_ground::chores::Chore;
use attune_ground::jobs::{Kind, Worker};
use attune_ground::store::{Store, bytes16};
use attune_people::accounts;
use attune_protocol::ids::PersonId;
use attune_protocol::seal::SealKey;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use tokio::sync::watch;

use crate::bucket::{Bucket, Span, day_number};
use crate::{Wellbeing, WellbeingError};
use people::Basis;
use roll::{Done, SLICE, roll};
use rows::{Row, Sealing};

pub(crate) use aging::{AGING, HISTORY};
pub use check::{Checked, Different, check};
pub(crate) use code::context;
#[cfg(test)]
pub(crate) use code::stored_and_read;
pub use people::{forget, settle, settle_said};
pub(crate) use rebuild::command;
pub use rebuild::rebuild;

/// People, or roll-ups of one, that are read at once.
const PAGE: i64 = 256;

/// Rolls up what waits. An hour that goes on is made anew as often as this.
const ROLLUPS: Kind = Kind { name: "rollups", every: Some(Duration::from_secs(5 * 60)), chore: Chore::RollingUp };

/// Rolls up what waits, at the start and every five minutes, until `stop` says so; of several collectors one does it.
pub(crate) async fn keep_rolled_up(state: Wellbeing, stop: watch::Receiver<bool>) {
    let round = |_: String| async { roll_up_waiting(&state).await.map(drop) };
    Worker::new(state.store(), ROLLUPS).run(stop, round).await;
}

/// Rolls up all hours that wait, and gives how many were touched. Those of whom something does not go keep nobody else's waiting.
///
/// # Errors
/// When the database refuses, or somebody's hours could not be rolled up. They still wait.
pub async fn roll_up_waiting(state: &Wellbeing) -> Result<usize, WellbeingError> {
    roll_up_each(state, |_| {}).await
}

/// As [`roll_up_waiting`]; says after each of the people how many are done.
///
/// # Errors
/// As of that.
pub async fn roll_up_each(state: &Wellbeing, mut done: impl FnMut(usize)) -> Result<usize, WellbeingError> {
    let organisation = state.people().calendar(None).await?.zone;
    zone::follow(state, &organisation).await?;
    let (mut hours, mut after, mut failed, mut count) = (0, Vec::new(), None, 0);
    loop {
        let people: Vec<(Vec<u8>,)> =
            sqlx::query_as("SELECT DISTINCT person FROM touched_hours WHERE person > $1 ORDER BY person LIMIT $2")
                .bind(after.clone())
                .bind(PAGE)
                .fetch_all(state.store().pool())
                .await?;
        let Some((last,)) = people.last() else { break };
        after.clone_from(last);
        // A person that does not read keeps nobody else waiting.
        for person in people.iter().filter_map(|(person,)| bytes16(person).ok().map(PersonId)) {
            match roll_up(state, person, &organisation).await {
                Ok(touched) => hours += touched,
                Err(error) if error.is_of_the_database() => return Err(error),
                Err(error) => {
                    tracing::error!(%error, "Hours of one person could not be rolled up; they wait.");
                    failed = Some(error);
                }
            }
            count += 1;
            done(count);
        }
    }
    failed.map_or(Ok(hours), Err)
}

/// The buckets of a person whose day, or first day, lies among these, in order. The number is where each starts: of an hour Unix
/// milliseconds, of the others [`day_number`]. Of whom nothing was seen, and who was erased, has none; one that does not open is left out
/// and counted.
///
/// # Errors
/// When the database refuses, or the person's key does not open.
pub async fn of(
    state: &Wellbeing,
    person: PersonId,
    span: Span,
    days: RangeInclusive<Date>,
) -> Result<Vec<(i64, Bucket)>, WellbeingError> {
    let days = day_number(*days.start())..day_number(*days.end()) + 1;
    let starts = match span {
        Span::Hour => days.start * hours::DAY - hours::FARTHEST..days.end * hours::DAY + hours::FARTHEST,
        Span::Day | Span::Week | Span::Month => days.clone(),
    };
    let key = match state.people().keys().of(person).await {
        Err(GroundError::Erased) => return Ok(Vec::new()),
        key => key?,
    };
    let of = Sealing { person, key: &key, damages: state.store().damages() };
    let mut connection = state.store().pool().acquire().await?;
    let mut rows = of.read(&mut connection, span, starts).await?;
    rows.retain(|row| days.contains(&row.day));
    Ok(opened(&of, span, rows))
}

/// A page of a person's roll-ups of one span.
#[derive(Debug)]
pub(crate) struct Page {
    /// Those that open, each with its start.
    pub(crate) buckets: Vec<(i64, Bucket)>,
    /// From where the next page goes on, if there may be one.
    pub(crate) next: Option<i64>,
}

/// Roll-ups of a person whose key is open, from a start on, in order.
///
/// # Errors
/// When the database refuses.
pub(crate) async fn page(
    store: &Store,
    key: &SealKey,
    person: PersonId,
    (span, from): (Span, i64),
) -> Result<Page, GroundError> {
    let starts: Vec<(i64,)> = sqlx::query_as(
        "SELECT start FROM rollups WHERE person = $1 AND span = $2 AND start >= $3 ORDER BY start LIMIT $4",
    )
    .bind(person.0.to_vec())
    .bind(span.number())
    .bind(from)
    .bind(PAGE)
    .fetch_all(store.pool())
    .await?;
    let Some((last,)) = starts.last() else { return Ok(Page { buckets: Vec::new(), next: None }) };
    let of = Sealing { person, key, damages: store.damages() };
    let mut connection = store.pool().acquire().await?;
    let rows = of.read(&mut connection, span, from..last + 1).await?;
    let next = (starts.len() as i64 == PAGE).then_some(last + 1);
    Ok(Page { buckets: opened(&of, span, rows), next })
}

/// What of rows decodes; the others are counted.
fn opened(of: &Sealing<'_>, span: Span, rows: Vec<Row>) -> Vec<(i64, Bucket)> {
    rows.iter().filter_map(|row| Some((row.start, of.bucket(span, row)?))).collect()
}

/// Rolls up all hours of a person that wait, in slices, and gives how many were touched.
async fn roll_up(state: &Wellbeing, person: PersonId, organisation: &TimeZone) -> Result<usize, WellbeingError> {
    let mut hours = 0;
    loop {
        let done = state.store().again(|| slice(state, person, organisation)).await?;
        let taken = done.map_or(0, |done| done.taken);
        hours += taken;
        if taken < SLICE {
            return Ok(hours);
        }
    }
}

/// Rolls up some hours of a person; none of whom nothing opens.
async fn slice(state: &Wellbeing, person: PersonId, organisation: &TimeZone) -> Result<Option<Done>, WellbeingError> {
    let mut transaction = state.store().begin().await?;
    let is_known = accounts::lock(&mut transaction, person).await?;
    let key = match state.people().keys().of(person).await {
        Ok(key) if is_known => key,
        // Of whom there is nothing to roll up, and never will be.
        Ok(_) | Err(GroundError::Erased) => {
            sqlx::query("DELETE FROM touched_hours WHERE person = $1")
                .bind(person.0.to_vec())
                .execute(&mut **transaction)
                .await?;
            transaction.commit().await?;
            return Ok(None);
        }
        // Counted where it was met: the hours wait until it is mended.
        Err(GroundError::Damaged(_)) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let of = Sealing { person, key: &key, damages: state.store().damages() };
    let basis = Basis::of(&mut transaction, &of, organisation).await?;
    let done = roll(&mut transaction, &of, &basis, state.sources()).await?;
    transaction.commit().await?;
    Ok(Some(done))
}
