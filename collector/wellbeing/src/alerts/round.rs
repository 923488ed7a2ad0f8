//! Looks whether the days of people call for an alert.

use std::time::Duration;

use attune_ground::GroundError;
use attune_ground::chores::Chore;
use attune_ground::jobs::{Kind, Worker};
use attune_ground::store::{Write, bytes16};
use attune_people::{accounts, consent};
use attune_protocol::ids::PersonId;
use attune_protocol::seal::SealKey;
use tokio::sync::watch;

use super::judge::{Point, Verdict, judge};
use super::person::{self, Alert};
use super::record::{Content, What};
use super::rule::{About, Rule};
use super::series::{READ_DAYS, of_person};
use super::{recipients, rule};
use crate::bucket::{Bucket, Span, day_number, day_of};
use crate::team::{Agreement, CHANGES_KEPT, agreement, agreement_over, asked_for, may_count};
use crate::{Wellbeing, WellbeingError, rollup};

/// As often as it is rolled up.
const ALERTS: Kind = Kind { name: "alerts", every: Some(Duration::from_secs(5 * 60)), chore: Chore::Alerting };

/// People who are looked through at once.
const PAGE: i64 = 256;

/// Days back in which a change makes somebody be looked at again: what is later than that changes nothing that is judged.
const CHANGED_WITHIN: i64 = rule::PERSON_WITHIN + 7;
const _: () = assert!(CHANGED_WITHIN <= CHANGES_KEPT, "changes are forgotten that are still looked at");

/// Milliseconds of a day.
const DAY: i64 = 24 * 3_600_000;

/// Looks at the start and every five minutes, until it is told to stop; of several collectors one does it.
pub(super) async fn keep_looking(state: Wellbeing, stop: watch::Receiver<bool>) {
    let round = |_: String| async { look(&state).await.map(drop) };
    Worker::new(state.store(), ALERTS).run(stop, round).await;
}

/// Looks at everybody whose day is another one, of whom a day that is over has changed, or who agreed to something or withdrew it, since they
/// were looked at, and gives how many those were.
///
/// # Errors
/// When the database refuses, or somebody could not be looked at: the others are.
pub(crate) async fn look(state: &Wellbeing) -> Result<usize, WellbeingError> {
    let organisation = state.people().calendar(None).await?;
    let today = organisation.date(organisation.now).map(day_number).unwrap_or_default();
    let consents = forget_whose_consent_changed(state).await?;
    let (mut looked, mut after, mut failed) = (0, Vec::new(), None);
    loop {
        let rows: Vec<(Vec<u8>, i64)> = sqlx::query_as(
            "SELECT rollup_people.person, COALESCE(changed.changes, 0) FROM rollup_people \
             LEFT JOIN (SELECT person, CAST(SUM(changes) AS BIGINT) AS changes FROM changed_days WHERE day >= $1 \
             AND day < $2 GROUP BY person) changed ON changed.person = rollup_people.person \
             LEFT JOIN alert_people ON alert_people.person = rollup_people.person \
             WHERE rollup_people.person > $3 AND (alert_people.person IS NULL OR alert_people.day <> $2 \
             OR alert_people.changes <> COALESCE(changed.changes, 0)) ORDER BY rollup_people.person LIMIT $4",
        )
        .bind(today - CHANGED_WITHIN)
        .bind(today)
        .bind(after.clone())
        .bind(PAGE)
        .fetch_all(state.store().pool())
        .await?;
        let Some((last, _)) = rows.last() else { break };
        after.clone_from(last);
        for (person, changes) in &rows {
            let Ok(person) = bytes16(person).map(PersonId) else { continue };
            match state.store().again(|| look_at(state, person, (today, *changes, consents))).await {
                Ok(()) => looked += 1,
                Err(error) if error.is_of_the_database() => return Err(error),
                Err(error) => {
                    tracing::error!(%error, "Alerts about one person could not be looked at.");
                    failed = Some(error);
                }
            }
        }
    }
    if looked > 0 {
        state.places().stir();
    }
    failed.map_or(Ok(looked), Err)
}

/// Forgets of those that they were looked at who agreed to something since, or withdrew it; gives the place in the log of consents up to
/// which it looked.
async fn forget_whose_consent_changed(state: &Wellbeing) -> Result<i64, WellbeingError> {
    let (known,): (Option<i64>,) =
        sqlx::query_as("SELECT MAX(consents) FROM alert_people").fetch_one(state.store().pool()).await?;
    let known = known.unwrap_or(-1);
    let (changed, last) = consent::changed_behind(state.store(), known).await?;
    if !changed.is_empty() {
        let mut transaction = state.store().begin().await?;
        for person in changed {
            agreed_anew(&mut transaction, person).await?;
        }
        transaction.commit().await?;
    }
    Ok(last)
}

/// Has somebody looked at anew who agreed to what a subject asks them itself, or withdrew it, in the transaction in which they did.
///
/// # Errors
/// When the database refuses.
pub async fn agreed_anew(transaction: &mut Write, person: PersonId) -> Result<(), GroundError> {
    sqlx::query("DELETE FROM alert_people WHERE person = $1")
        .bind(person.0.to_vec())
        .execute(&mut ***transaction)
        .await?;
    Ok(())
}

/// Looks at one person, and notes that it did.
async fn look_at(state: &Wellbeing, person: PersonId, noted: (i64, i64, i64)) -> Result<(), WellbeingError> {
    let key = match state.people().keys().of(person).await {
        // There is nothing of them, and never will be.
        Err(GroundError::Erased | GroundError::Damaged(_)) => return Ok(()),
        key => key?,
    };
    let key: &SealKey = &key;
    let times = state.people().calendar(Some(person)).await?;
    let Some(yesterday) = times.date(times.now).map(|date| day_number(date) - 1) else { return Ok(()) };
    let Some(first) = day_of(yesterday - READ_DAYS + 1).zip(day_of(yesterday)) else { return Ok(()) };
    let days = rollup::of(state, person, Span::Day, first.0..=first.1).await?;
    // Who is mailed, and when, is read before: a transaction asks for no other connection.
    let recipients = recipients::of_person(state, person, key).await?;
    let mut transaction = state.store().begin().await?;
    if !accounts::lock(&mut transaction, person).await? {
        return Ok(());
    }
    // Behind the lock: who withdrew, or took back whom they chose, since anything was read, is not told of any more.
    let agreement = agreement_over(state, &mut transaction, person).await?;
    if !is_as_read(&mut transaction, person, (noted.0, noted.1)).await? {
        // Their days were made anew since they were read: the next round looks at them.
        return Ok(());
    }
    let recipients = recipients::still_chosen(&mut transaction, person, recipients).await?;
    forget_withdrawn(&mut transaction, person, key, &agreement).await?;
    let open = person::open(&mut transaction, person, key).await?;
    let mut is_raised = false;
    for rule in Rule::about(About::Person).filter(|rule| may_be_told(rule, &agreement)) {
        let points = of_person(rule, agreed_to(rule, &days, &agreement), yesterday);
        is_raised |=
            settle(&mut transaction, (person, key), (rule, open.as_slice()), (points.as_slice(), yesterday)).await?;
    }
    if is_raised {
        for to in &recipients {
            let waits = recipients::mail(state.people(), &mut transaction, to).await?;
            if waits {
                note_mailed(&mut transaction, (person, key), &open, to.what).await?;
            }
        }
    }
    sqlx::query(
        "INSERT INTO alert_people (person, day, changes, consents) \
         VALUES ($1, $2, $3, $4) \
         ON CONFLICT (person) DO UPDATE SET day = excluded.day, changes = excluded.changes, consents = excluded.consents",
    )
    .bind(person.0.to_vec())
    .bind(noted.0)
    .bind(noted.1)
    .bind(noted.2)
    .execute(&mut **transaction)
    .await?;
    Ok(transaction.commit().await?)
}

/// Whether the days of a person are those that were noted, day and number of changes, before they were read; behind their lock.
async fn is_as_read(
    transaction: &mut Write,
    person: PersonId,
    (today, changes): (i64, i64),
) -> Result<bool, WellbeingError> {
    let (now,): (i64,) = sqlx::query_as(
        "SELECT COALESCE(CAST(SUM(changes) AS BIGINT), 0) FROM changed_days WHERE person = $1 AND day >= $2 AND day < $3",
    )
    .bind(person.0.to_vec())
    .bind(today - CHANGED_WITHIN)
    .bind(today)
    .fetch_one(&mut ***transaction)
    .await?;
    Ok(now == changes)
}

/// Opens or ends an alert of a rule; gives whether one was opened.
async fn settle(
    transaction: &mut Write,
    (person, key): (PersonId, &SealKey),
    (rule, open): (&'static Rule, &[Alert]),
    (points, newest): (&[Point], i64),
) -> Result<bool, WellbeingError> {
    let alert = open.iter().find(|alert| alert.content.rule == rule);
    let verdict = judge(rule, points, alert.map(|alert| alert.content.raised()), newest);
    match (verdict, alert) {
        (Some(Verdict::Raise(points)), None) => {
            person::raise(transaction, person, key, &Content { rule, points }).await?;
            return Ok(true);
        }
        (Some(Verdict::Clear(_)), Some(alert)) => {
            person::close(transaction, (person, alert.id), key, What::Cleared).await?;
        }
        (Some(Verdict::Lapse), Some(alert)) => {
            person::close(transaction, (person, alert.id), key, What::Lapsed).await?;
        }
        _ => {}
    }
    Ok(false)
}

/// Notes in the history of what was just opened that it waits to be mailed.
async fn note_mailed(
    transaction: &mut Write,
    (person, key): (PersonId, &SealKey),
    before: &[Alert],
    what: What,
) -> Result<(), WellbeingError> {
    let now_open = person::open(transaction, person, key).await?;
    for alert in now_open.iter().filter(|alert| before.iter().all(|other| other.id != alert.id)) {
        person::note(transaction, (person, alert.id), key, what, "").await?;
    }
    Ok(())
}

/// Whether a person agrees to something of which a rule is made.
fn may_be_told(rule: &Rule, agreement: &Agreement) -> bool {
    rule.measures().into_iter().any(|measure| may_count(measure, &agreement.agreed))
}

/// The last day that may rest on something of which a rule is made and to which the person agrees no more: in whichever zone they were.
fn withdrawn_until(rule: &Rule, agreement: &Agreement) -> Option<i64> {
    let ended = rule.measures().into_iter().flat_map(asked_for).filter_map(|to| agreement.ended.get(&to));
    ended.max().map(|ended| ended.div_euclid(DAY) + 1)
}

/// The days of which a rule may look at all.
fn agreed_to<'a>(rule: &Rule, days: &'a [(i64, Bucket)], agreement: &Agreement) -> &'a [(i64, Bucket)] {
    let Some(until) = withdrawn_until(rule, agreement) else { return days };
    let first = days.partition_point(|(day, _)| *day <= until);
    days.get(first..).unwrap_or_default()
}

/// Whether an alert may still be told: the person agrees to all that it may have been made of.
fn is_agreed_to(alert: &Alert, agreement: &Agreement) -> bool {
    let rule = alert.content.rule;
    let is_behind = |until: i64| alert.content.points.iter().all(|point| point.at > until);
    may_be_told(rule, agreement) && withdrawn_until(rule, agreement).is_none_or(is_behind)
}

/// Removes alerts that may have been made of what the person agrees to no more, open or not, with all that became of them; behind their
/// lock. Where what is left speaks for one, it is raised anew.
async fn forget_withdrawn(
    transaction: &mut Write,
    person: PersonId,
    key: &SealKey,
    agreement: &Agreement,
) -> Result<(), WellbeingError> {
    let is_whole = |rule: &'static Rule| may_be_told(rule, agreement) && withdrawn_until(rule, agreement).is_none();
    if Rule::about(About::Person).all(is_whole) {
        return Ok(());
    }
    let all = person::all(transaction, person, key).await?;
    let gone: Vec<[u8; 16]> =
        all.iter().filter(|alert| !is_agreed_to(alert, agreement)).map(|alert| alert.id).collect();
    person::remove(transaction, person, &gone).await
}

/// Of alerts about a person those that may be told now: who has withdrawn sees nothing more of them, also before they are removed.
pub(super) async fn still_agreed(
    state: &Wellbeing,
    person: PersonId,
    alerts: Vec<Alert>,
) -> Result<Vec<Alert>, WellbeingError> {
    if alerts.is_empty() {
        return Ok(alerts);
    }
    let agreement = agreement(state, person).await?;
    Ok(alerts.into_iter().filter(|alert| is_agreed_to(alert, &agreement)).collect())
}
