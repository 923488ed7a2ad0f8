//! Makes the figures of weeks that are over, each once.
//!
//! A week of all teams is written in one transaction, however many there are: whether one of its figures may be given is decided beside all
//! others, and half of a week that is made anew, of who is there by then, would be another answer. What takes long, to gather and to decide,
//! comes before the transaction.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use attune_ground::chores::Chore;
use attune_ground::jobs::{Kind, Worker};
use attune_ground::measures::{Agreed, CHANNELS, Channel, MEASURES, Measure, of_messages};
use attune_ground::store::Write;
use attune_ground::time::now_millis;
use attune_ground::{GroundError, Job};
use attune_people::teams::TeamId;
use attune_people::{PeopleError, consent, teams};
use attune_protocol::consent::Purpose;
use attune_protocol::ids::{DeviceId, PersonId};
use attune_protocol::policy::Data;
use attune_protocol::registry::{Category, Modality};
use sqlx::AnyConnection;
use tokio::sync::watch;

use super::rows::{self, Given, Row, Stored};
use super::rules::{Contributor, Figure, Group, Made, Part, Rules, WINDOWS, make};
use super::{CHANGES_KEPT, Cohort, MEMORY, WEEK, monday, noise, told_people};
use crate::bucket::{Bucket, Span, Sum, day_of};
use crate::{Wellbeing, WellbeingError, rollup};

/// Figures of weeks that are over are made.
const MAKING: Kind =
    Kind { name: "team figures", every: Some(Duration::from_secs(15 * 60)), chore: Chore::MakingTeamFigures };

/// No figure is of fewer people, whatever is set.
const FEWEST: usize = 5;

/// Milliseconds of a day.
const DAY_MILLIS: i64 = 24 * 3_600_000;

/// For how long behind the end of a week it is waited for what comes late: it ends at noon (UTC) in the westernmost zone, and devices that
/// were away have two days.
const LATE_MILLIS: i64 = 12 * 3_600_000 + 2 * DAY_MILLIS;

/// What figures of a week are made of.
#[derive(Clone, Default, Debug)]
pub(super) struct Gathered {
    pub(super) groups: Vec<Group>,
    /// Of each measure who was seen.
    pub(super) people: BTreeMap<u16, BTreeMap<u64, Contributor>>,
}

/// Makes figures as weeks end, until it is told to stop; of several collectors one does it.
pub(crate) fn job(state: &Wellbeing, stop: &watch::Receiver<bool>) -> Job {
    let (state, stop) = (state.clone(), stop.clone());
    Job::new("figures of teams", async move {
        Worker::new(state.store(), MAKING).run(stop, |_| async { make_waiting(&state).await.map(drop) }).await;
    })
}

/// Makes the figures of all weeks that are over and had their time, and gives how many weeks that were. What comes of them later changes
/// nothing any more; so what waits to be rolled up goes first, as all that there was does when a program with roll-ups takes over, and much
/// when a collector was away for weeks.
///
/// # Errors
/// When the database refuses.
pub async fn make_waiting(state: &Wellbeing) -> Result<usize, WellbeingError> {
    match rollup::roll_up_waiting(state).await {
        Err(error) if error.is_of_the_database() => return Err(error),
        // Whose hours do not go was told there; they keep nobody else waiting for more than a week.
        Ok(_) | Err(_) => {}
    }
    let mut made = 0;
    while let Some(week) = waiting(state, now_millis()).await? {
        let gathered = gather(state, week).await?;
        write(state, week, gathered).await?;
        made += 1;
    }
    Ok(made)
}

/// The first week that is over, had its time and is not made, where somebody was seen in it.
pub(super) async fn waiting(state: &Wellbeing, now: i64) -> Result<Option<i64>, WellbeingError> {
    let last = rows::last_made(state.store()).await?;
    let behind = last.map_or(i64::MIN, |week| week + WEEK - 1);
    let Some(week) = rows::first_changed(state.store(), behind).await?.map(monday) else { return Ok(None) };
    let instant = |day: i64| day.saturating_mul(DAY_MILLIS);
    let due = instant(week + WEEK).saturating_add(LATE_MILLIS);
    if now < due {
        return Ok(None);
    }
    // Somebody whose hours cannot be rolled up keeps the others waiting for a week, not for ever; health tells of it.
    let beside = (instant(week - 1), instant(week + WEEK + 1));
    let waits = now < due.saturating_add(instant(WEEK)) && rows::is_awaited(state.store(), beside).await?;
    Ok((!waits).then_some(week))
}

/// The newest week that is over and had its time, by its Monday.
pub(crate) fn newest_due(now: i64) -> i64 {
    monday(now.saturating_sub(LATE_MILLIS).div_euclid(DAY_MILLIS) - WEEK)
}

/// From when on figures are made that have a day in them, Unix milliseconds.
pub(crate) const fn counted_on(day: i64) -> i64 {
    (monday(day) + WEEK).saturating_mul(DAY_MILLIS).saturating_add(LATE_MILLIS)
}

/// Puts off, behind a restore, the figures of weeks in which there may have been some since the copy was made: of whom those were is in no
/// copy, and the same week made anew would be another answer. Whatever had its time until now, and is not in the copy, counts as made; so do
/// the weeks behind it that would have to be looked at beside it.
///
/// # Errors
/// When the database refuses.
pub(crate) async fn put_off(transaction: &mut Write, now: i64) -> Result<(), GroundError> {
    let (last,): (Option<i64>,) =
        sqlx::query_as("SELECT MAX(week) FROM team_weeks").fetch_one(&mut ***transaction).await?;
    let (changed,): (Option<i64>,) =
        sqlx::query_as("SELECT MIN(day) FROM changed_days").fetch_one(&mut ***transaction).await?;
    let next = last.map(|week| week + WEEK).or(changed.map(monday));
    let newest = newest_due(now);
    if next.is_some_and(|next| next <= newest) {
        sqlx::query("INSERT INTO team_weeks (week, made_at) VALUES ($1, $2) ON CONFLICT (week) DO NOTHING")
            .bind(newest + MEMORY * WEEK)
            .bind(now)
            .execute(&mut ***transaction)
            .await?;
    }
    Ok(())
}

/// The rules by what is set.
fn rules(state: &Wellbeing) -> Rules {
    let settings = state.settings();
    let least = usize::try_from(settings.least_people).unwrap_or(usize::MAX).max(FEWEST);
    Rules::all(least, settings.epsilon)
}

/// Makes a week of what was gathered, and writes it.
pub(super) async fn write(state: &Wellbeing, week: i64, gathered: Gathered) -> Result<(), WellbeingError> {
    let rules = rules(state);
    let last = rows::last_made(state.store()).await?;
    if last.is_some_and(|last| last >= week) {
        return Ok(());
    }
    let before = rows::before(state.store(), week).await?;
    let worked = tokio::task::spawn_blocking(move || made(rules, week, &gathered, &before)).await;
    let Week { rows: figures, cohorts, spent } = worked
        .map_err(|_| GroundError::Corrupt("figures of teams can be made of what was seen"))?
        .ok_or(GroundError::Corrupt("the system gives random numbers"))?;
    let mut transaction = state.store().begin().await?;
    // Another collector, or a command, may have made a week meanwhile, whose cohorts this one was not looked at beside: it waits for the
    // next time.
    if rows::is_last(&mut transaction, last).await?
        && rows::write(&mut transaction, (week, now_millis()), &figures, &cohorts, &spent).await?
    {
        rows::forget_changes(&mut transaction, week - CHANGES_KEPT).await?;
        transaction.commit().await?;
    }
    Ok(())
}

/// A week as it is written.
#[derive(Default)]
struct Week {
    rows: Vec<Row>,
    cohorts: Vec<Given>,
    spent: BTreeMap<u64, f64>,
}

/// Makes a week; none where the system gives no random numbers for the noise.
fn made(rules: Rules, week: i64, gathered: &Gathered, before: &BTreeMap<u16, Vec<super::Before>>) -> Option<Week> {
    let mut all = Week::default();
    let mut has_numbers = true;
    let mut draw = || {
        noise::drawn().unwrap_or_else(|| {
            has_numbers = false;
            0.5
        })
    };
    let members: Cohort = gathered.groups.iter().flat_map(|group| group.people.iter().copied()).collect();
    let nobody = BTreeMap::new();
    for measure in MEASURES {
        let people = match gathered.people.get(&measure.number) {
            Some(people) => people,
            // That nobody at all was seen tells of each where there are few. What is of one kind of channel is told as messages are.
            None if members.len() < rules.least_people && measure.channel().is_none() => &nobody,
            None => continue,
        };
        let before = before.get(&measure.number).map_or(&[][..], Vec::as_slice);
        for made in make(rules, (measure, week), people, &gathered.groups, before, &mut draw) {
            all.take(rules, (measure, week), people, &made);
        }
    }
    all.tell_spent();
    has_numbers.then_some(all)
}

impl Week {
    fn take(
        &mut self,
        rules: Rules,
        (measure, week): (&Measure, i64),
        people: &BTreeMap<u64, Contributor>,
        made: &Made,
    ) {
        for (window, of) in (0_i64..).zip(made.windows) {
            let (span, start) = if window == 0 { (Span::Week, week) } else { (Span::Day, week + window - 1) };
            let told = of.map(|figure| self.stored(rules, made, figure));
            let told = told.map(|stored| Stored { bands: made.bands.filter(|_| window == 0), ..stored });
            self.rows.push(Row { team: made.team, measure: measure.number, span: span.number(), start, told });
        }
        if !made.people.is_empty() {
            let bits = |person: &u64| {
                let parts = people.get(person).map_or([None; WINDOWS], |one| one.parts);
                let is_new = |part: &Option<Part>| part.is_some_and(|part| part.is_new);
                parts.iter().rev().fold(0_u8, |bits, part| (bits << 1) | u8::from(is_new(part)))
            };
            let people = made.people.iter().map(|person| (*person, bits(person))).collect();
            self.cohorts.push(Given { week, team: made.team, measure: measure.number, people });
        }
    }

    /// A figure as it is stored, paid for by its people. The organisation's is noised by itself, and paid for as any other.
    fn stored(&mut self, rules: Rules, made: &Made, figure: Figure) -> Stored {
        if let Some(epsilon) = rules.epsilon {
            made.people.iter().for_each(|person| *self.spent.entry(*person).or_default() += epsilon);
        }
        let noise = rules.epsilon.map(|epsilon| (epsilon, epsilon));
        let Figure { value, between, people, coverage } = figure;
        let told = told_people(people, u32::try_from(rules.least_people).unwrap_or(u32::MAX));
        Stored { value, between, people, coverage, noise, bands: None, told }
    }

    /// Has each figure tell what its people paid in all of the week: the figures of a week are given together, so that with the first of
    /// them all are paid for.
    fn tell_spent(&mut self) {
        let most =
            |of: &Given| of.people.keys().filter_map(|person| self.spent.get(person)).copied().fold(0.0, f64::max);
        let paid: BTreeMap<(TeamId, u16), f64> =
            self.cohorts.iter().map(|of| ((of.team, of.measure), most(of))).collect();
        for row in &mut self.rows {
            if let (Ok(stored), Some(most)) = (&mut row.told, paid.get(&(row.team, row.measure))) {
                stored.noise = stored.noise.map(|(epsilon, _)| (epsilon, *most));
            }
        }
    }
}

/// Gathers who is in which team in a week, and what was seen of those who agree. Who leaves agreement, or is erased, after this is in
/// the week's figures as if they had done so after it was made.
async fn gather(state: &Wellbeing, week: i64) -> Result<Gathered, WellbeingError> {
    let (begin, end) = (noon(week), noon(week + WEEK - 1));
    let own = state.people().own();
    let mut gathered = Gathered::default();
    let mut everybody: BTreeSet<PersonId> = BTreeSet::new();
    for team in teams::list(state.store(), begin).await? {
        let id = team.team.id;
        let at_end: BTreeSet<PersonId> = teams::members_at(state.store(), id, end).await?.into_iter().collect();
        let mut members = teams::members_at(state.store(), id, begin).await?;
        members.retain(|person| at_end.contains(person));
        if !members.is_empty() {
            let people = members.iter().map(|person| rows::tag(own, *person)).collect();
            let left = left(state, (id, week), &members).await?;
            gathered.groups.push(Group { team: id, people, left });
            everybody.extend(members);
        }
    }
    let rules = rules(state);
    let first = day_of(week - (MEMORY - 1) * WEEK).zip(day_of(week + WEEK - 1));
    let Some((first, last)) = first else { return Ok(gathered) };
    let late = rows::changed(state.store(), (week - MEMORY * WEEK, week)).await?;
    for person in everybody {
        let agreed = agreement(state, person).await?.agreed;
        if agreed.is_empty() {
            continue;
        }
        let days = rollup::of(state, person, Span::Day, first..=last).await?;
        let tag = rows::tag(own, person);
        for measure in MEASURES.iter().filter(|measure| may_count(measure, &agreed)) {
            if let Some(one) = contributor(rules, (measure, week), (tag, &days)) {
                let one = Contributor { is_late: late.contains(&person), ..one };
                gathered.people.entry(measure.number).or_default().insert(tag, one);
            }
        }
    }
    Ok(gathered)
}

/// Noon (UTC) of a day, Unix milliseconds.
const fn noon(day: i64) -> i64 {
    day.saturating_mul(DAY_MILLIS).saturating_add(DAY_MILLIS / 2)
}

/// The last week before one, of those that count, for all of which somebody was in a team who is not among these: its members by now.
async fn left(
    state: &Wellbeing,
    (team, week): (TeamId, i64),
    members: &[PersonId],
) -> Result<Option<i64>, WellbeingError> {
    for before in (1..=MEMORY).map(|back| week - back * WEEK) {
        let at_end: BTreeSet<PersonId> =
            teams::members_at(state.store(), team, noon(before + WEEK - 1)).await?.into_iter().collect();
        let at_begin = teams::members_at(state.store(), team, noon(before)).await?;
        if at_begin.iter().any(|person| at_end.contains(person) && !members.contains(person)) {
            return Ok(Some(before));
        }
    }
    Ok(None)
}

/// To what somebody agrees.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum To {
    /// To what their devices give: those ask.
    Modality(Modality),
    /// To what the subject that reads it asks for itself.
    Data(Data),
}

/// What somebody agrees to for wellbeing.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub(crate) struct Agreement {
    /// To what they agree now: the newest change of some device of theirs grants it, or the book of the subject that asks.
    pub(crate) agreed: BTreeSet<To>,
    /// Since when they do not any more, where they did: when the last of it came here, Unix milliseconds.
    pub(crate) ended: BTreeMap<To, i64>,
}

/// What somebody agrees to for wellbeing now, and no more. Nothing of who was erased.
pub(crate) async fn agreement(state: &Wellbeing, person: PersonId) -> Result<Agreement, WellbeingError> {
    let mut connection = state.store().pool().acquire().await?;
    agreement_over(state, &mut connection, person).await
}

/// As [`agreement`], over a connection that may hold locks.
pub(crate) async fn agreement_over(
    state: &Wellbeing,
    connection: &mut AnyConnection,
    person: PersonId,
) -> Result<Agreement, WellbeingError> {
    let (keys, store) = (state.people().keys(), state.store());
    let told = match consent::history_over(connection, (keys, store.damages()), person).await {
        Ok(told) => told,
        Err(PeopleError::Ground(GroundError::Erased | GroundError::Damaged(_))) => return Ok(Agreement::default()),
        Err(error) => return Err(error.into()),
    };
    let mut newest: BTreeMap<(Modality, DeviceId), consent::Told> = BTreeMap::new();
    let mut agreement = Agreement::default();
    for one in told.into_iter().filter(|one| one.change.purpose == Purpose::Wellbeing) {
        let known = newest.entry((one.change.modality, one.device)).or_insert(one);
        if one.age() > known.age() {
            *known = one;
        }
        let to = To::Modality(one.change.modality);
        if one.change.granted {
            // It may have held until any later change came.
            agreement.ended.entry(to).or_insert(i64::MIN);
        } else if let Some(ended) = agreement.ended.get_mut(&to) {
            *ended = one.received_at.max(*ended);
        }
    }
    let granted = newest.into_iter().filter(|(_, one)| one.change.granted);
    agreement.agreed = granted.map(|((modality, _), _)| To::Modality(modality)).collect();
    for book in state.sources().iter().filter_map(|source| source.book) {
        let agreed = match (book.agreed)(&mut *connection, keys, person).await {
            Ok(agreed) => agreed,
            Err(GroundError::Erased | GroundError::Damaged(_)) => return Ok(Agreement::default()),
            Err(error) => return Err(error.into()),
        };
        match agreed {
            Agreed::Never => {}
            Agreed::Now => _ = agreement.agreed.insert(To::Data(book.of)),
            Agreed::Until(ended) => _ = agreement.ended.insert(To::Data(book.of), ended),
        }
    }
    agreement.ended.retain(|to, _| !agreement.agreed.contains(to));
    Ok(agreement)
}

/// Whether somebody agrees to anything of which a measure is made.
pub(crate) fn may_count(measure: &Measure, agreed: &BTreeSet<To>) -> bool {
    asked_for(measure).any(|to| agreed.contains(&to))
}

/// To what somebody has to agree of which a measure is made.
pub(crate) fn asked_for(measure: &Measure) -> impl Iterator<Item = To> {
    measure.made_of.iter().flat_map(|data| {
        let modalities = match data {
            Data::Derived(Category::Activity) => &[Modality::Motion, Modality::Face][..],
            Data::Derived(Category::FaceGeometry) => &[Modality::Face],
            Data::Derived(Category::VoiceAcoustics) => &[Modality::Voice],
            Data::Derived(Category::Affect) => &[Modality::Face, Modality::Voice],
            Data::Derived(Category::Physiology) => &[Modality::Heart],
            Data::Derived(Category::SelfReport) => &[Modality::CheckIn],
            // Messages come by devices that read them, and by channels, whose book stands behind them.
            Data::Derived(Category::Text) | Data::Text => &[Modality::Text],
            Data::Derived(Category::Technical) => &Modality::SENSED,
            Data::Raw | Data::Accounts | Data::HrTables | Data::HrFlags | Data::Unanswered => &[],
        };
        let asked = (*data == Data::Text).then_some(To::Data(Data::Text));
        modalities.iter().copied().map(To::Modality).chain(asked)
    })
}

/// What was seen of somebody, known by their tag, as of a week and each of its days, by their days of the last weeks that count.
pub(crate) fn contributor(
    rules: Rules,
    (measure, week): (&Measure, i64),
    (tag, days): (u64, &[(i64, Bucket)]),
) -> Option<Contributor> {
    let channel = measure.channel().filter(|_| rules.channels);
    let counts = |(day, bucket): &&(i64, Bucket)| {
        channel.is_none_or(|channel| left_out(bucket, tag.wrapping_add(day.unsigned_abs())) != Some(channel))
    };
    let seen = days.iter().filter(counts).filter_map(|(day, bucket)| Some((*day, seen_on(measure, bucket)?)));
    let seen: BTreeMap<i64, Sum> = seen.collect();
    let mut one = Contributor::default();
    let mut covered = Bucket::default();
    for back in 0..MEMORY {
        let first = week - back * WEEK;
        let mut sum = None::<Sum>;
        seen.range(first..first + WEEK).for_each(|(_, day)| sum.get_or_insert_default().merge(day));
        if let Some(sum) = sum {
            one.parts[0] = Some(Part { mean: sum.mean, weight: sum.weight, is_new: back == 0 });
            let of_it = days.iter().filter(|(day, _)| (first..first + WEEK).contains(day));
            of_it.for_each(|(_, bucket)| covered.merge(bucket));
            break;
        }
    }
    one.parts[0]?;
    // How much sensors saw says nothing of what somebody wrote.
    one.coverage = covered.coverage().filter(|_| !measure.is_of_text());
    for (day, part) in (week..).zip(&mut one.parts[1..]) {
        let newest = seen.range(day - MEMORY * WEEK + 1..=day).next_back();
        *part = newest.map(|(of, sum)| Part { mean: sum.mean, weight: sum.weight, is_new: *of == day });
    }
    Some(one)
}

/// The kind of channel whose messages of a day are left out of figures of kinds of channels, in turn by a number; none where nothing was
/// written.
///
/// With it, somebody's figure of all messages is never what their figures of kinds are together, in whichever proportions: what those leave
/// of all messages is of everybody who wrote, and not of the few who did so otherwise than the rest. Where they wrote in one kind only, that is
/// the one. Which it is depends on nothing that was read, and on days that follow each other it is another one.
fn left_out(bucket: &Bucket, turn: u64) -> Option<&'static Channel> {
    let is_there = |channel: &&Channel| bucket.of(of_messages(Some(channel))[0]).is_some();
    let kinds: Vec<&'static Channel> = CHANNELS.iter().filter(is_there).collect();
    let place = turn.checked_rem(kinds.len() as u64)?;
    kinds.get(usize::try_from(place).ok()?).copied()
}

/// What a day has of a measure for figures of teams; none where it has nothing.
///
/// An emotion of messages is none on a day with messages of which none shows it: who counts in figures of messages is the same for each of
/// them.
fn seen_on(measure: &Measure, bucket: &Bucket) -> Option<Sum> {
    let own = bucket.of(measure).copied();
    own.or_else(|| measure.counted_over().and_then(|over| bucket.of(over)).map(|_| Sum::default()))
}
