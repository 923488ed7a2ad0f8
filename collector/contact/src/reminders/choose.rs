//! Chooses what one is reminded of, or ends it.

use attune_ground::http::Problem;
use attune_people::{accounts, sign_in};
use attune_protocol::ids::PersonId;
use jiff::civil::Date;

use super::plan::{self, Plan};
use super::rhythm::{DAYS, Quiet, Rhythm, read};
use super::{mails, notices, rows};
use crate::error::ContactError;
use crate::kind::Kind;
use crate::state::Contact;

/// After how many hours one is missed at most: before the next can be due.
pub(crate) const LONGEST_WAIT: u8 = 20;

/// After how many where nothing else is said.
pub(crate) const USUAL_HOURS: u8 = 4;

/// How many reminders somebody can choose at most.
pub(crate) const MOST_REMINDERS: u16 = 1000;

/// What somebody wants, as they wrote it.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub(crate) struct Wish {
    /// Names of days, `mon`.
    pub(crate) days: Vec<String>,
    /// `09:00`.
    pub(crate) time: String,
    /// Both or neither.
    pub(crate) quiet_from: Option<String>,
    pub(crate) quiet_until: Option<String>,
    pub(crate) hours: u8,
    pub(crate) mail: bool,
    /// The last day, `2026-03-31`.
    pub(crate) until: Option<String>,
    /// How many.
    pub(crate) count: Option<u16>,
    /// Whether they were shown that HR is told of three in a row.
    pub(crate) told: bool,
}

impl Wish {
    /// What it comes to, from an instant on.
    fn plan(&self, since: i64) -> Result<Plan, Problem> {
        let mut days = 0_u8;
        for name in &self.days {
            let day = DAYS.iter().position(|day| day == name);
            let day =
                day.ok_or_else(|| Problem::bad_request("days", "days are mon, tue, wed, thu, fri, sat and sun"))?;
            days |= 1_u8 << day;
        }
        if days == 0 {
            return Err(Problem::bad_request("days", "choose a day at least"));
        }
        let minute = time("time", &self.time)?;
        let quiet = match (&self.quiet_from, &self.quiet_until) {
            (None, None) => None,
            (Some(from), Some(until)) => {
                Some(Quiet { from: time("quiet_from", from)?, until: time("quiet_until", until)? })
            }
            (from, _) => {
                let missing = if from.is_none() { "quiet_from" } else { "quiet_until" };
                return Err(Problem::bad_request(missing, "quiet hours have a beginning and an end, or neither"));
            }
        };
        if quiet.is_some_and(|quiet| quiet.holds(minute)) {
            return Err(Problem::bad_request("time", "this time lies in your quiet hours"));
        }
        if !(1..=LONGEST_WAIT).contains(&self.hours) {
            return Err(Problem::bad_request("hours", format!("hours is a whole number from 1 to {LONGEST_WAIT}")));
        }
        if self.count.is_some_and(|count| !(1..=MOST_REMINDERS).contains(&count)) {
            return Err(Problem::bad_request("count", format!("count is a whole number from 1 to {MOST_REMINDERS}")));
        }
        let day = |text: &String| {
            text.trim().parse::<Date>().map_err(|_| Problem::bad_request("until", "until is a day, like 2026-03-31"))
        };
        let rhythm = Rhythm { days, minute, quiet, until: self.until.as_ref().map(day).transpose()? };
        let Self { hours, mail, count, told, .. } = *self;
        Ok(Plan { rhythm, left: count, hours, mail, told, since })
    }
}

fn time(field: &str, text: &str) -> Result<u16, Problem> {
    read(text).ok_or_else(|| Problem::bad_request(field, format!("{field} is a time of the day, like 09:00")))
}

/// Chooses. It holds from now on: what was due before is not made up for, and what went unanswered before counts no more, nor is HR told
/// of it any longer.
///
/// # Errors
/// 400 for what does not read, 404 where nobody is reminded of that here, 409 where they were not told that HR is.
pub(crate) async fn choose(state: &Contact, person: PersonId, kind: Kind, wish: &Wish) -> Result<(), Problem> {
    if state.source(kind).is_none() {
        return Err(Problem::not_found("nobody is reminded of that here"));
    }
    wish.plan(0)?;
    if state.may_tell_hr() && !wish.told {
        return Err(Problem::conflict(
            "hr_is_told",
            "HR is told where three reminders in a row go unanswered: say that you know by hr_is_told",
        ));
    }
    let login = sign_in::of_person(state.store(), person).await?;
    let chosen = state.store().again(|| async {
        let mut transaction = state.store().begin().await?;
        if !accounts::lock(&mut transaction, person).await? {
            return Ok(Err(Problem::erased()));
        }
        let Some(key) = state.key_of(person).await? else { return Ok(Err(Problem::erased())) };
        let now = transaction.database_time().await?;
        let plan = match wish.plan(now) {
            Ok(plan) => plan,
            Err(problem) => return Ok(Err(problem)),
        };
        // Behind the lock: of another zone that is chosen meanwhile a plan that is not there yet would not hear.
        let zone = state.people().calendar(Some(person)).await?.zone;
        plan::write(&mut transaction, &key, (person, kind), &plan, (plan.next(&zone, now), now)).await?;
        notices::end(&mut transaction, (person, kind), now).await?;
        if let Some(login) = login {
            // It says what holds no more: whether they are mailed, and how many went unanswered.
            mails::forget(state, &mut transaction, (person, kind), login, now).await?;
        }
        transaction.commit().await?;
        Ok::<_, ContactError>(Ok(()))
    });
    chosen.await?
}

/// Ends reminders of one kind: none is made any more, those that wait are closed, none is mailed, and HR is told no more.
///
/// # Errors
/// When the database refuses.
pub(crate) async fn stop(state: &Contact, person: PersonId, kind: Kind) -> Result<(), ContactError> {
    let login = sign_in::of_person(state.store(), person).await?;
    let stopped = state.store().again(|| async {
        let mut transaction = state.store().begin().await?;
        if !accounts::lock(&mut transaction, person).await? {
            return Ok(());
        }
        let now = transaction.database_time().await?;
        plan::remove(&mut transaction, person, kind).await?;
        rows::close(&mut transaction, (person, kind), None, now).await?;
        notices::end(&mut transaction, (person, kind), now).await?;
        if let Some(login) = login {
            mails::forget(state, &mut transaction, (person, kind), login, now).await?;
        }
        Ok::<_, ContactError>(transaction.commit().await?)
    });
    stopped.await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wish() -> Wish {
        Wish { days: vec!["mon".into(), "sun".into()], time: "09:00".into(), hours: 4, ..Wish::default() }
    }

    #[test]
    fn what_somebody_wants_reads_or_names_the_field_that_does_not() {
        let plan = wish().plan(7).expect("reads");
        assert_eq!((plan.rhythm.days, plan.rhythm.minute, plan.since, plan.left), (0b100_0001, 540, 7, None));
        let some = |text: &str| Some(text.to_owned());
        for (wrong, field) in [
            (Wish { days: Vec::new(), ..wish() }, "days"),
            (Wish { days: vec!["Monday\0".into()], ..wish() }, "days"),
            (Wish { time: "25:00".into(), ..wish() }, "time"),
            (Wish { quiet_from: some("20:00"), ..wish() }, "quiet_until"),
            (Wish { quiet_until: some("20:00"), ..wish() }, "quiet_from"),
            (Wish { quiet_from: some("20:00"), quiet_until: some("x"), ..wish() }, "quiet_until"),
            (Wish { quiet_from: some("20:00"), quiet_until: some("09:01"), ..wish() }, "time"),
            (Wish { hours: 0, ..wish() }, "hours"),
            (Wish { hours: 21, ..wish() }, "hours"),
            (Wish { count: Some(0), ..wish() }, "count"),
            (Wish { count: Some(1001), ..wish() }, "count"),
            (Wish { until: some("31.3.2026"), ..wish() }, "until"),
        ] {
            let refused = wrong.plan(0).expect_err("it is wrong");
            assert_eq!((refused.status, refused.field.as_deref()), (400, Some(field)), "{refused:?}");
        }
    }
}
