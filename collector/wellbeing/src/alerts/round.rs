//! Looks whether the days of people call for an alert.

use std::collections::BTreeSet;
use std::time::Duration;

use attune_ground::GroundError;
use attune_ground::chores::Chore;
use attune_ground::jobs::{Kind, Worker};
use attune_ground::store::{Write, bytes16};
use attune_people::accounts;
use attune_protocol::ids::PersonId;
use attune_protocol::registry::Modality;
use attune_protocol::seal::SealKey;
use tokio::sync::watch;

use super::judge::{Point, Verdict, judge};
use super::person::{self, Alert};
use super::record::{Content, What};
use super::rule::{About, Rule};
use super::series::{READ_DAYS, of_person};
use super::{recipients, rule};
use crate::bucket::{Span, day_number, day_of};
use crate::team::{agreed, agreed_over, may_count};
use crate::{Wellbeing, WellbeingError, rollup};

/// As often as it is rolled up.
const ALERTS: Kind = Kind { name: "alerts", every: Some(Duration::from_secs(5 * 60)), chore: Chore::Alerting };

/// People who are looked through at once.
const PAGE: i64 = 256;

/// Days back in which a change makes somebody be looked at again: what is later than that changes nothing that is judged.
const CHANGED_WITHIN: i64 = rule::PERSON_WITHIN + 7;

/// Looks at the start and every five minutes, until it is told to stop; of several collectors one does it.
pub(super) async fn keep_looking(state: Wellbeing, stop: watch::Receiver<bool>) {
    let round = |_: String| async { look(&state).await.map(drop) };
    Worker::new(state.store(), ALERTS).run(stop, round).await;
}

/// Looks at everybody whose day is another one, or of whom a day that is over has changed, since they were looked at, and gives how many those were.
///
/// # Errors
/// When the database refuses, or somebody could not be looked at: the others are.
pub(crate) async fn look(state: &Wellbeing) -> Result<usize, WellbeingError> {
    let organisation = state.people().calendar(None).await?;
    let today = organisation.date(organisation.now).map(day_number).unwrap_or_default();
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
            match state.store().again(|| look_at(state, person, (today, *changes))).await {
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

/// Looks at one person, and notes that it did.
async fn look_at(state: &Wellbeing, person: PersonId, noted: (i64, i64)) -> Result<(), WellbeingError> {
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
    let agreed = agreed_over(state, &mut transaction, person).await?;
    let recipients = recipients::still_chosen(&mut transaction, person, recipients).await?;
    forget_withdrawn(&mut transaction, person, key, &agreed).await?;
    let open = person::open(&mut transaction, person, key).await?;
    let mut is_raised = false;
    for rule in Rule::about(About::Person).filter(|rule| may_be_told(rule, &agreed)) {
        let points = of_person(rule, &days, yesterday);
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
        "INSERT INTO alert_people (person, day, changes) VALUES ($1, $2, $3) \
         ON CONFLICT (person) DO UPDATE SET day = excluded.day, changes = excluded.changes",
    )
    .bind(person.0.to_vec())
    .bind(noted.0)
    .bind(noted.1)
    .execute(&mut **transaction)
    .await?;
    Ok(transaction.commit().await?)
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
fn may_be_told(rule: &Rule, agreed: &BTreeSet<Modality>) -> bool {
    rule.measures().into_iter().any(|measure| may_count(measure, agreed))
}

/// Removes alerts that are made of what the person agrees to no more, open or not, with all that became of them; behind their lock.
async fn forget_withdrawn(
    transaction: &mut Write,
    person: PersonId,
    key: &SealKey,
    agreed: &BTreeSet<Modality>,
) -> Result<(), WellbeingError> {
    if Rule::about(About::Person).all(|rule| may_be_told(rule, agreed)) {
        return Ok(());
    }
    let all = person::all(transaction, person, key).await?;
    let gone: Vec<[u8; 16]> =
        all.iter().filter(|alert| !may_be_told(alert.content.rule, agreed)).map(|alert| alert.id).collect();
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
    let agreed = agreed(state, person).await?;
    Ok(alerts.into_iter().filter(|alert| may_be_told(alert.content.rule, &agreed)).collect())
}
