//! Rolling up hours of one person, and the days, weeks and months in which they lie.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use attune_ground::measures::{LOOKS, Measure, Source};
use attune_ground::store::Write;
use attune_protocol::policy::Data;
use attune_protocol::registry::Category;

use super::code::{decode, encode};
use super::hours::{DAY, FARTHEST, Hour, hours_in, week_and_month};
use super::observed::{buckets, place};
use super::people::Basis;
use super::rows::{Made, Row, Sealing, differences};
use crate::WellbeingError;
use crate::bucket::{Bucket, Span};
use crate::touch::{ALL, HOUR, touch_each};

/// The most touched hours of one transaction, which has the database's write lock meanwhile where one writes at a time.
pub(super) const SLICE: usize = 24;

/// What was rolled up.
#[derive(Debug, Default)]
pub(super) struct Done {
    /// How many touched hours were taken out of the list; fewer than [`SLICE`] where no more wait.
    pub(super) taken: usize,
    /// The roll-ups that are other ones than before: span and start.
    pub(super) changed: Vec<(Span, i64)>,
}

/// Rolls up some hours of a person that were touched, behind their lock, and the days, weeks and months in which they lie. An hour is made
/// anew as a whole from what all subjects see; what is longer, of its parts as they stand in the database.
pub(super) async fn roll(
    transaction: &mut Write,
    of: &Sealing<'_>,
    basis: &Basis,
    sources: &[Source],
) -> Result<Done, WellbeingError> {
    name_hours(transaction, of, basis, sources).await?;
    let touched = take(transaction, of).await?;
    let mut done = Done { taken: touched.len(), changed: Vec::new() };
    let around = |start: i64| start - LOOKS.1 + 1..start + HOUR + LOOKS.0;
    let hours = touched.iter().flat_map(|start| hours_in(&basis.zone, around(*start)));
    let hours: BTreeMap<i64, Hour> = hours.map(|hour| (hour.start, hour)).collect();
    let mut days: BTreeSet<i64> = hours.values().map(|hour| hour.day).collect();
    let open: Vec<Hour> = hours.into_values().filter(|hour| hour.start >= basis.settled).collect();
    for run in open.chunk_by(|one, next| one.end == next.start) {
        roll_hours(transaction, of, (sources, basis.said), run, (&mut days, &mut done)).await?;
    }
    roll_days(transaction, of, basis.settled, (&days, &mut done)).await?;
    Ok(done)
}

/// Puts the hours of a person into the list one by one where all of them are in it as one, or where their days are another zone's.
async fn name_hours(
    transaction: &mut Write,
    of: &Sealing<'_>,
    basis: &Basis,
    sources: &[Source],
) -> Result<(), WellbeingError> {
    let all = sqlx::query("DELETE FROM touched_hours WHERE person = $1 AND start = $2")
        .bind(of.person.0.to_vec())
        .bind(ALL)
        .execute(&mut ***transaction)
        .await?;
    if all.rows_affected() == 0 && !basis.has_moved {
        return Ok(());
    }
    let stood: Vec<(i64,)> =
        sqlx::query_as("SELECT start FROM rollups WHERE person = $1 AND span = $2 AND start >= $3 ORDER BY start")
            .bind(of.person.0.to_vec())
            .bind(Span::Hour.number())
            .bind(basis.settled)
            .fetch_all(&mut ***transaction)
            .await?;
    let mut pieces: Vec<Range<i64>> = stood.into_iter().map(|(start,)| start..start + HOUR).collect();
    for source in sources {
        let held = (source.held)(transaction, of.person).await?;
        pieces.extend(held.into_iter().map(|piece| piece.start.max(basis.settled)..piece.end));
    }
    touch_each(transaction, of.person, &pieces).await?;
    if basis.has_moved {
        basis.note_zone(transaction, of).await?;
    }
    Ok(())
}

pub(super) const TAKE: &str = "DELETE FROM touched_hours WHERE person = $1 AND start IN \
     (SELECT start FROM touched_hours WHERE person = $1 ORDER BY start LIMIT $2) RETURNING start";

/// Takes hours out of the list, the earliest first. What touches them later puts them back, behind the commit of this.
async fn take(transaction: &mut Write, of: &Sealing<'_>) -> Result<Vec<i64>, WellbeingError> {
    let rows: Vec<(i64,)> =
        sqlx::query_as(TAKE).bind(of.person.0.to_vec()).bind(SLICE as i64).fetch_all(&mut ***transaction).await?;
    Ok(rows.into_iter().map(|(start,)| start).collect())
}

/// Makes hours anew that follow each other. Those that stood there and are none of them any more go: the clock was another one. Sums of
/// what was said before an instant are taken over from those.
async fn roll_hours(
    transaction: &mut Write,
    of: &Sealing<'_>,
    (sources, said): (&[Source], i64),
    hours: &[Hour],
    (days, done): (&mut BTreeSet<i64>, &mut Done),
) -> Result<(), WellbeingError> {
    let (Some(first), Some(last)) = (hours.first(), hours.last()) else { return Ok(()) };
    let stood = of.read(transaction, Span::Hour, first.start..last.end).await?;
    days.extend(stood.iter().map(|row| row.day));
    let made = made_hours(transaction, of, (sources, said), (hours, &stood)).await?;
    replace(transaction, of, (Span::Hour, &stood, made), done).await?;
    Ok(())
}

/// Hours that follow each other, and that some stand there of, as they are made of what all subjects see.
pub(super) async fn made_hours(
    transaction: &mut Write,
    of: &Sealing<'_>,
    (sources, said): (&[Source], i64),
    (hours, stood): (&[Hour], &[Row]),
) -> Result<Vec<Made>, WellbeingError> {
    let (Some(first), Some(last)) = (hours.first(), hours.last()) else { return Ok(Vec::new()) };
    let mut observed = Vec::with_capacity(sources.len());
    for source in sources {
        observed.push((source.observe)(transaction, of.person, of.key, first.start..last.end).await?);
    }
    let mut buckets = buckets(hours, &observed);
    keep_said(hours, &mut buckets, stood, said);
    let made = hours.iter().zip(buckets).filter(|(_, bucket)| !is_empty(bucket));
    let made = made.map(|(hour, bucket)| (Span::Hour, hour.start, hour.day, encode(&bucket)));
    Ok(made.map(|(span, start, day, plain)| Made { span, start, day, plain }).collect())
}

/// Takes over what was said in hours that began before an instant: the answers were let go of. An hour of another clock gives it to the one
/// in which it began.
fn keep_said(hours: &[Hour], buckets: &mut [Bucket], stood: &[Row], before: i64) {
    for (_, bucket) in hours.iter().zip(&mut *buckets).filter(|(hour, _)| hour.start < before) {
        bucket.sums.retain(|number, _| !is_said(*number));
    }
    for row in stood.iter().filter(|row| row.start < before) {
        // One that does not open or decode is counted where it is read next.
        let Some(Ok(bucket)) = row.plain.as_deref().map(decode) else { continue };
        let Some(into) = place(hours, row.start).and_then(|place| buckets.get_mut(place)) else { continue };
        for (number, sum) in bucket.sums.iter().filter(|(number, _)| is_said(**number)) {
            into.sums.entry(*number).or_default().merge(sum);
        }
    }
}

/// Whether a measure is what people say or write, and nothing else.
fn is_said(number: u16) -> bool {
    let is_said = |measure: &Measure| measure.made_of == [Data::Derived(Category::SelfReport)] || measure.is_of_text();
    Measure::of_number(number).is_some_and(is_said)
}

/// The hours among which those of a day are, wherever it is.
pub(super) fn around(day: i64) -> Range<i64> {
    day * DAY - FARTHEST..(day + 1) * DAY + FARTHEST
}

/// Makes days anew of their hours, and the weeks and months in which they lie of their days.
async fn roll_days(
    transaction: &mut Write,
    of: &Sealing<'_>,
    settled: i64,
    (days, done): (&BTreeSet<i64>, &mut Done),
) -> Result<(), WellbeingError> {
    let (mut weeks, mut months, mut changed) = (BTreeSet::new(), BTreeMap::new(), Vec::new());
    for day in days {
        let Some((week, month)) = week_and_month(*day) else { continue };
        weeks.insert(week);
        months.insert(month.start, month);
        if roll_day(transaction, of, settled, (*day, &mut *done)).await? {
            changed.push(*day);
        }
    }
    let weeks = weeks.into_iter().map(|week| (Span::Week, week..week + 7));
    for (span, piece) in weeks.chain(months.into_values().map(|month| (Span::Month, month))) {
        let mut days = of.read(transaction, Span::Day, piece.clone()).await?;
        let lost: Vec<i64> = days.iter().filter(|day| day.plain.is_none()).map(|day| day.start).collect();
        if !lost.is_empty() {
            // Their hours are there.
            for day in lost {
                if roll_day(transaction, of, settled, (day, &mut *done)).await? {
                    changed.push(day);
                }
            }
            days = of.read(transaction, Span::Day, piece.clone()).await?;
        }
        merge(transaction, of, (span, piece.start), (Span::Day, days), done).await?;
    }
    Ok(of.changed(transaction, &changed).await?)
}

/// Makes a day anew of its hours; gives whether it is another one than before. Of those that do not open, what can be made anew waits for it.
async fn roll_day(
    transaction: &mut Write,
    of: &Sealing<'_>,
    settled: i64,
    (day, done): (i64, &mut Done),
) -> Result<bool, WellbeingError> {
    let mut hours = of.read(transaction, Span::Hour, around(day)).await?;
    hours.retain(|hour| hour.day == day);
    let lost = hours.iter().filter(|hour| hour.plain.is_none() && hour.start >= settled);
    let lost: Vec<Range<i64>> = lost.map(|hour| hour.start..hour.start + 1).collect();
    touch_each(transaction, of.person, &lost).await?;
    merge(transaction, of, (Span::Day, day), (Span::Hour, hours), done).await
}

/// Makes one anew of its parts, in their order; gives whether it is another one than before.
async fn merge(
    transaction: &mut Write,
    of: &Sealing<'_>,
    (span, start): (Span, i64),
    (of_span, parts): (Span, Vec<Row>),
    done: &mut Done,
) -> Result<bool, WellbeingError> {
    let stood = of.read(transaction, span, start..start + 1).await?;
    let made = merged(of, (span, start), (of_span, &parts));
    replace(transaction, of, (span, &stood, made.into_iter().collect()), done).await
}

/// One as it is made of its parts, in their order; none where nothing is in them. A part that does not open counts as a time in which
/// devices were on and nothing was seen: what it is lost of does not pass for whole.
pub(super) fn merged(of: &Sealing<'_>, (span, start): (Span, i64), (of_span, parts): (Span, &[Row])) -> Option<Made> {
    let lost = || Bucket { expected: if of_span == Span::Hour { HOUR } else { DAY }, ..Bucket::default() };
    let mut whole = Bucket::default();
    for part in parts {
        whole.merge(&of.bucket(of_span, part).unwrap_or_else(lost));
    }
    (!is_empty(&whole)).then(|| Made { span, start, day: start, plain: encode(&whole) })
}

/// Writes what is another one than what stood there, and removes what is none any more; gives whether there was such a one.
async fn replace(
    transaction: &mut Write,
    of: &Sealing<'_>,
    (span, stood, made): (Span, &[Row], Vec<Made>),
    done: &mut Done,
) -> Result<bool, WellbeingError> {
    let (gone, made) = differences(stood, made);
    for start in &gone {
        of.remove(transaction, span, *start).await?;
    }
    of.write(transaction, &made).await?;
    let starts = gone.iter().copied().chain(made.iter().map(|one| one.start));
    let before = done.changed.len();
    done.changed.extend(starts.map(|start| (span, start)));
    Ok(done.changed.len() > before)
}

fn is_empty(bucket: &Bucket) -> bool {
    bucket.expected == 0 && bucket.sums.is_empty()
}
