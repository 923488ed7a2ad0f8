//! Holding roll-ups against what they are made of, and those that outlive that against each other. Nothing is changed, and whoever wants to
//! write waits for a few days of one person at most.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::time::{Duration, Instant};

use attune_ground::GroundError;
use attune_ground::measures::{LOOKS, Source};
use attune_ground::progress::Progress;
use attune_ground::store::Write;
use attune_people::accounts;
use attune_protocol::ids::PersonId;
use jiff::tz::TimeZone;

use super::hours::{Hour, hours_in, week_and_month};
use super::people::Basis;
use super::roll::{around, made_hours, merged};
use super::rows::{Made, Row, Sealing, differences};
use crate::bucket::Span;
use crate::touch::{ALL, HOUR};
use crate::{Wellbeing, WellbeingError};

/// Days of one transaction, which has the database's write lock meanwhile where one writes at a time.
const DAYS: usize = 4;
/// Weeks and months of one.
const LONGER: usize = 8;

/// Beyond this nobody is waited for: who wants to write looks ten times a second at least.
const LONGEST_PAUSE: Duration = Duration::from_millis(150);

/// A roll-up that was another one than what it is made of says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Different {
    /// Whose it is.
    pub person: PersonId,
    /// Its length.
    pub span: Span,
    /// Where it starts: of an hour Unix milliseconds, of the others the number of its first day.
    pub start: i64,
}

/// What a look at all roll-ups has found.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Checked {
    /// Of how many people.
    pub people: usize,
    /// Those that are other ones than they would be made, and those that do not open.
    pub different: Vec<Different>,
    /// Hours of which nobody can tell any more whether they are what they were made of, as that was let go of: it was looked whether they
    /// open, and whether days, weeks and months are made of them.
    pub settled: usize,
    /// Days that were passed over, as hours of them wait to be rolled up.
    pub waiting: usize,
}

impl Checked {
    /// Of how many people, and what differs.
    #[must_use]
    pub fn found(&self) -> (usize, &[Different]) {
        (self.people, &self.different)
    }
}

/// Holds all roll-ups of everybody against what they are made of, and changes nothing.
///
/// # Errors
/// When the database refuses.
pub async fn check(state: &Wellbeing) -> Result<Checked, WellbeingError> {
    check_all(state, &mut Progress::silent()).await
}

/// As [`check`], and says how far it is.
pub(super) async fn check_all(state: &Wellbeing, progress: &mut Progress) -> Result<Checked, WellbeingError> {
    let mut checked = Checked::default();
    let everybody = accounts::everybody(state.store()).await?;
    progress.begin("roll-ups held against what they are made of");
    for (done, person) in (1..).zip(&everybody) {
        if let Some(found) = held_against(state, *person).await? {
            checked.people += 1;
            checked.settled += found.settled;
            checked.waiting += found.waiting.len();
            let differs = |(span, start)| Different { person: *person, span, start };
            checked.different.extend(found.different.into_iter().map(differs));
        }
        progress.done(done, everybody.len() as u64);
    }
    Ok(checked)
}

/// A collector beside this waits for its turn to write where one writes at a time, and nobody keeps turns between programs: it comes
/// between two transactions, for as long as the one before took.
pub(super) async fn let_others_write(state: &Wellbeing, begun: Instant) {
    if state.store().lets_one_write() {
        tokio::time::sleep(begun.elapsed().min(LONGEST_PAUSE)).await;
    }
}

/// What was found of one person.
#[derive(Default)]
struct Found {
    different: BTreeSet<(Span, i64)>,
    settled: usize,
    /// Days that wait.
    waiting: BTreeSet<i64>,
    /// Days that are other ones, as they would be made.
    days: BTreeMap<i64, Option<Made>>,
}

impl Found {
    fn add(&mut self, other: Self) {
        self.different.extend(other.different);
        self.settled += other.settled;
        self.waiting.extend(other.waiting);
        self.days.extend(other.days);
    }
}

/// A week or a month, and the days that it is made of.
type Longer = ((Span, i64), Range<i64>);

/// One person's; none of whom nothing opens.
async fn held_against(state: &Wellbeing, person: PersonId) -> Result<Option<Found>, WellbeingError> {
    let key = match state.people().keys().of(person).await {
        Err(GroundError::Erased | GroundError::Damaged(_)) => return Ok(None),
        key => key?,
    };
    let of = Sealing { person, key: &key, damages: state.store().damages() };
    let organisation = state.people().calendar(None).await?.zone;
    let begun = Instant::now();
    let (days, longer) = state.store().again(|| all_days(state, &of, &organisation)).await?;
    let_others_write(state, begun).await;
    let mut found = Found::default();
    for some in days.chunks(DAYS) {
        let begun = Instant::now();
        found.add(state.store().again(|| look_at_days(state, &of, &organisation, some)).await?);
        let_others_write(state, begun).await;
    }
    for some in longer.chunks(LONGER) {
        let begun = Instant::now();
        let different = state.store().again(|| look_at_longer(state, &of, some, &found)).await?;
        found.different.extend(different);
        let_others_write(state, begun).await;
    }
    Ok(Some(found))
}

/// The days, weeks and months of a person of which there are roll-ups, or should be.
async fn all_days(
    state: &Wellbeing,
    of: &Sealing<'_>,
    organisation: &TimeZone,
) -> Result<(Vec<i64>, Vec<Longer>), WellbeingError> {
    let mut transaction = state.store().begin().await?;
    accounts::lock(&mut transaction, of.person).await?;
    let basis = Basis::of(&mut transaction, of, organisation).await?;
    let stand: Vec<(i64, i64)> = sqlx::query_as("SELECT DISTINCT span, day FROM rollups WHERE person = $1")
        .bind(of.person.0.to_vec())
        .fetch_all(&mut **transaction)
        .await?;
    let is_longer = |span: i64| span > Span::Day.number();
    let mut days: BTreeSet<i64> = stand.iter().filter(|(span, _)| !is_longer(*span)).map(|(_, day)| *day).collect();
    for source in state.sources() {
        for piece in (source.held)(&mut transaction, of.person).await? {
            let hours = hours_in(&basis.zone, piece.start.max(basis.settled)..piece.end);
            days.extend(hours.iter().map(|hour| hour.day));
        }
    }
    // Of those that wait the day may be gone, and the week and the month not be made of what is left yet.
    let touched: Vec<(i64,)> = sqlx::query_as("SELECT start FROM touched_hours WHERE person = $1 AND start <> $2")
        .bind(of.person.0.to_vec())
        .bind(ALL)
        .fetch_all(&mut **transaction)
        .await?;
    for (start,) in touched {
        days.extend(hours_in(&basis.zone, start..start + HOUR).iter().map(|hour| hour.day));
    }
    transaction.rollback().await?;
    if basis.has_moved {
        // Their weeks and months are those of another zone, and wait with their days.
        return Ok((days.into_iter().collect(), Vec::new()));
    }
    // Also those that stand there without a day of theirs.
    let first = stand.iter().filter(|(span, _)| is_longer(*span)).map(|(_, day)| *day);
    let mut longer: BTreeMap<(Span, i64), Range<i64>> = BTreeMap::new();
    for (monday, month) in days.iter().copied().chain(first).filter_map(week_and_month) {
        longer.insert((Span::Week, monday), monday..monday + 7);
        longer.insert((Span::Month, month.start), month);
    }
    Ok((days.into_iter().collect(), longer.into_iter().collect()))
}

async fn look_at_days(
    state: &Wellbeing,
    of: &Sealing<'_>,
    organisation: &TimeZone,
    days: &[i64],
) -> Result<Found, WellbeingError> {
    let mut transaction = state.store().begin().await?;
    accounts::lock(&mut transaction, of.person).await?;
    let basis = Basis::of(&mut transaction, of, organisation).await?;
    let mut found = Found::default();
    for day in days {
        let mut hours = hours_in(&basis.zone, around(*day));
        hours.retain(|hour| hour.day == *day);
        if basis.has_moved || waits(&mut transaction, of.person, &hours).await? {
            found.waiting.insert(*day);
        } else {
            look_at_day(&mut transaction, of, (&basis, state.sources()), (*day, hours), &mut found).await?;
        }
    }
    transaction.rollback().await?;
    Ok(found)
}

/// Whether some of the hours of a day are to be made anew.
async fn waits(transaction: &mut Write, person: PersonId, hours: &[Hour]) -> Result<bool, WellbeingError> {
    let (Some(first), Some(last)) = (hours.first(), hours.last()) else { return Ok(false) };
    let (touched,): (i64,) = sqlx::query_as(
        "SELECT COUNT(*) FROM touched_hours WHERE person = $1 AND (start = $2 OR (start > $3 AND start < $4))",
    )
    .bind(person.0.to_vec())
    .bind(ALL)
    .bind(first.start - HOUR - LOOKS.0)
    .bind(last.end + LOOKS.1)
    .fetch_one(&mut ***transaction)
    .await?;
    Ok(touched > 0)
}

/// Holds the hours of a day against what they are made of, as far as that is there, and the day against its hours.
async fn look_at_day(
    transaction: &mut Write,
    of: &Sealing<'_>,
    (basis, sources): (&Basis, &[Source]),
    (day, mut hours): (i64, Vec<Hour>),
    found: &mut Found,
) -> Result<(), WellbeingError> {
    let mut parts = of.read(transaction, Span::Hour, around(day)).await?;
    parts.retain(|row| row.day == day);
    hours.retain(|hour| hour.start >= basis.settled);
    let first = hours.first().map_or(i64::MAX, |hour| hour.start);
    let stood = parts.split_off(parts.partition_point(|row| row.start < first));
    found.settled += parts.len();
    let unread = parts.iter().filter(|row| of.bucket(Span::Hour, row).is_none());
    let unread: Vec<(Span, i64)> = unread.map(|row| (Span::Hour, row.start)).collect();
    let made = made_hours(transaction, of, (sources, basis.said), (&hours, &stood)).await?;
    parts.extend(made.iter().map(Row::from));
    found.different.extend(differs(Span::Hour, &stood, made));
    if !unread.is_empty() {
        // Whether the day was made of it nobody can tell any more.
        found.different.extend(unread);
        return Ok(());
    }
    let whole = merged(of, (Span::Day, day), (Span::Hour, &parts));
    let stood = of.read(transaction, Span::Day, day..day + 1).await?;
    let different = differs(Span::Day, &stood, whole.iter().cloned().collect());
    if !different.is_empty() {
        found.different.extend(different);
        found.days.insert(day, whole);
    }
    Ok(())
}

/// Holds weeks and months against their days, as those would be made; those with days that wait are passed over.
async fn look_at_longer(
    state: &Wellbeing,
    of: &Sealing<'_>,
    pieces: &[Longer],
    found: &Found,
) -> Result<Vec<(Span, i64)>, WellbeingError> {
    let mut transaction = state.store().begin().await?;
    accounts::lock(&mut transaction, of.person).await?;
    let mut different = Vec::new();
    for ((span, start), piece) in pieces {
        if found.waiting.range(piece.clone()).next().is_some() {
            continue;
        }
        let mut days = of.read(&mut transaction, Span::Day, piece.clone()).await?;
        days.retain(|row| !found.days.contains_key(&row.start));
        days.extend(found.days.range(piece.clone()).filter_map(|(_, made)| made.as_ref()).map(Row::from));
        days.sort_by_key(|row| row.start);
        let whole = merged(of, (*span, *start), (Span::Day, &days));
        let stood = of.read(&mut transaction, *span, *start..*start + 1).await?;
        different.extend(differs(*span, &stood, whole.into_iter().collect()));
    }
    transaction.rollback().await?;
    Ok(different)
}

/// Which of a span are other ones than they would be made.
fn differs(span: Span, stood: &[Row], made: Vec<Made>) -> Vec<(Span, i64)> {
    let (gone, made) = differences(stood, made);
    gone.into_iter().chain(made.into_iter().map(|one| one.start)).map(|start| (span, start)).collect()
}
