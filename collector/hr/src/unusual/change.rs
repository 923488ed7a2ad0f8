//! What people do with a flag: HR decides, with a reason; whoever is flagged objects. Each is on record.

use std::collections::BTreeSet;

use attune_ground::GroundError;
use attune_ground::http::Problem;
use attune_ground::time::now_millis;
use attune_people::access::{self, Act, By, Of};
use attune_people::accounts;
use attune_people::rights::LoginId;
use attune_protocol::ids::PersonId;
use jiff::ToSpan;
use jiff::civil::Date;

use super::handled::{Decided, Handled, Objection, Status, optional, written};
use super::{detections, flags};
use crate::error::HrError;
use crate::state::Hr;
use crate::uploads;

/// Characters of who looks after a flag.
const LONGEST_OWNER: usize = 80;
/// Years within which something is to be done.
const WITHIN_YEARS: i64 = 5;

/// What somebody of HR decides on a flag.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Decision {
    pub(crate) status: Status,
    /// Why, which the person reads.
    pub(crate) reason: String,
    /// What is left out stays as it was; what is empty is none.
    pub(crate) owner: Option<String>,
    pub(crate) notes: Option<String>,
    pub(crate) due: Option<String>,
    /// An answer to what the person objected.
    pub(crate) answer: Option<String>,
}

/// Decides on the flag of a person.
///
/// # Errors
/// 403, naming the rule, where no flag may be seen; 400 for what does not read, 404 where there is no flag, 409 where the person waits for an
/// answer.
pub(crate) async fn decide(
    state: &Hr,
    person: PersonId,
    decision: &Decision,
    (by, login): (Option<&By>, Option<LoginId>),
) -> Result<(), Problem> {
    state.check_flagged()?;
    let decided = |before: &Handled| decided(before, decision, login.map(|LoginId(login)| login));
    done(state, person, (Act::DecideFlag, by), decided).await
}

fn decided(before: &Handled, decision: &Decision, by: Option<[u8; 16]>) -> Result<Handled, Problem> {
    let mut after = before.clone();
    before.check_room()?;
    let (at, status) = (now_millis(), decision.status);
    after.decisions.push(Decided { at, by, status, reason: written("reason", &decision.reason)? });
    after.status = status;
    if let Some(owner) = &decision.owner {
        after.owner = optional("owner", owner)?.chars().take(LONGEST_OWNER).collect();
    }
    if let Some(notes) = &decision.notes {
        after.notes = optional("notes", notes)?;
    }
    if let Some(due) = &decision.due {
        // A form sends what stood there: that a day has passed since is no reason to refuse what is decided now.
        after.due = if due.trim() == before.due { before.due.clone() } else { day(due.trim(), at)? };
    }
    let answer = optional("answer", decision.answer.as_deref().unwrap_or_default())?;
    match (after.objections.last_mut().filter(|objection| objection.answer.is_none()), answer.is_empty()) {
        (Some(objection), false) => objection.answer = Some((at, answer)),
        (Some(_), true) => {
            return Err(Problem::conflict(
                "answer",
                "the person objected and waits for an answer: give one with the decision",
            ));
        }
        (None, false) => return Err(Problem::conflict("answer", "no objection waits for an answer")),
        (None, true) => {}
    }
    Ok(after)
}

/// Until when something is to be done that is decided at an instant: from that day on, and soon enough that somebody will.
fn day(text: &str, at: i64) -> Result<String, Problem> {
    if text.is_empty() {
        return Ok(String::new());
    }
    let day: Date = text.parse().map_err(|_| Problem::bad_request("due", "due is a day, like 2026-03-31"))?;
    let today = uploads::day(at).ok_or(HrError::Ground(GroundError::Corrupt("the clock has a day")))?;
    // Where it is yesterday still by UTC, it is today.
    let first = today.yesterday().unwrap_or(today);
    let last = today.checked_add(WITHIN_YEARS.years()).unwrap_or(Date::MAX);
    match (first..=last).contains(&day) {
        true => Ok(day.to_string()),
        false => {
            Err(Problem::bad_request("due", format!("due is a day from today on, and within {WITHIN_YEARS} years")))
        }
    }
}

/// Objects to one's own flag, under whichever of one's accounts it is.
///
/// # Errors
/// 400 where nothing is said, 404 where there is no flag, 409 where an objection waits for its answer.
pub(crate) async fn object(state: &Hr, people: &[PersonId], text: &str, by: Option<&By>) -> Result<(), Problem> {
    let flag = flags::of_all(state, people).await?.into_iter().next();
    let flag = flag.ok_or_else(|| Problem::not_found("nothing was found unusual about you"))?;
    let objected = |before: &Handled| {
        if before.waits() {
            return Err(Problem::conflict(
                "text",
                "you have objected already: the personnel department must answer first",
            ));
        }
        before.check_room()?;
        let mut after = before.clone();
        after.objections.push(Objection { at: now_millis(), text: written("text", text)?, answer: None });
        Ok(after)
    };
    done(state, flag.person, (Act::ObjectToFlag, by), objected).await
}

async fn done(
    state: &Hr,
    person: PersonId,
    act: (Act, Option<&By>),
    change: impl Fn(&Handled) -> Result<Handled, Problem>,
) -> Result<(), Problem> {
    state.store().again(|| write(state, person, act, &change)).await?
}

/// Behind the lock of the person, where what is changed is read too.
async fn write(
    state: &Hr,
    person: PersonId,
    (act, by): (Act, Option<&By>),
    change: impl Fn(&Handled) -> Result<Handled, Problem>,
) -> Result<Result<(), Problem>, HrError> {
    let none = || Problem::not_found("there is no such flag");
    let mut transaction = state.store().begin().await?;
    if !accounts::lock(&mut transaction, person).await? {
        return Ok(Err(none()));
    }
    detections::hold(&mut transaction).await?;
    let row: Option<(Option<Vec<u8>>,)> = sqlx::query_as(
        "SELECT hr_handled.sealed FROM hr_flags JOIN hr_detections ON hr_detections.id = hr_flags.detection \
         LEFT JOIN hr_handled ON hr_handled.person = hr_flags.person \
         WHERE hr_flags.person = $1 AND hr_detections.state = 1 LIMIT 1",
    )
    .bind(person.0.to_vec())
    .fetch_optional(&mut **transaction)
    .await?;
    let keys = state.people().keys();
    let mut wrapped = keys.all_wrapped(&BTreeSet::from([person])).await?;
    let Some(((sealed,), wrapped)) = row.zip(wrapped.remove(&person)) else { return Ok(Err(none())) };
    let key = keys.unwrap(person, wrapped)?.key;
    let before = match sealed {
        None => Some(Handled::default()),
        Some(sealed) => Handled::open(&key, person, &sealed),
    };
    // What is damaged is not written over: a copy may have it whole.
    let Some(before) = before else {
        return Ok(Err(Problem::conflict("id", "what was decided on this flag before is damaged and does not open")));
    };
    let after = match change(&before) {
        Ok(after) => after,
        Err(problem) => return Ok(Err(problem)),
    };
    sqlx::query(
        "INSERT INTO hr_handled (person, changed_at, sealed) VALUES ($1, $2, $3) \
         ON CONFLICT (person) DO UPDATE SET changed_at = excluded.changed_at, sealed = excluded.sealed",
    )
    .bind(person.0.to_vec())
    .bind(now_millis())
    .bind(after.seal(&key, person)?)
    .execute(&mut **transaction)
    .await?;
    if let Some(by) = by {
        access::note(&mut transaction, by, act.name(), Of::Person(person), &flags::id(state, person)).await?;
    }
    transaction.commit().await?;
    Ok(Ok(()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Noon of the 1st of December 2026, UTC.
    const AT: i64 = 1_796_126_400_000;

    #[test]
    fn something_is_to_be_done_from_today_on_and_within_some_years() {
        for due in ["2026-11-30", "2026-12-01", "2028-02-29", "2031-12-01"] {
            assert_eq!(day(due, AT).expect(due), due);
        }
        assert_eq!(day("", AT).expect("none"), "");
        for due in ["0001-01-01", "2026-11-29", "2031-12-02", "9999-12-31", "-9999-01-01", "soon", "2027-02-29", "\0"] {
            let refused = day(due, AT).expect_err(due);
            assert_eq!((refused.status, refused.field.as_deref()), (400, Some("due")), "{due}");
        }
    }

    #[test]
    fn a_day_that_stood_there_stays_also_once_it_has_passed() {
        let before = Handled { due: "2020-01-01".into(), ..Handled::default() };
        let decision = |due: Option<&str>| Decision {
            status: Status::Acted,
            reason: "We talked.".into(),
            owner: None,
            notes: None,
            due: due.map(str::to_owned),
            answer: None,
        };
        for due in [None, Some("2020-01-01"), Some(" 2020-01-01 ")] {
            assert_eq!(decided(&before, &decision(due), None).expect("decided").due, "2020-01-01");
        }
        assert_eq!(decided(&before, &decision(Some("")), None).expect("decided").due, "");
        let refused = decided(&before, &decision(Some("2020-01-02")), None).expect_err("it has passed");
        assert_eq!(refused.status, 400);
    }
}
