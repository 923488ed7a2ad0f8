//! Reminders that people choose for themselves: when, up to when, and what follows where one goes unanswered.
//!
//! | module | |
//! |---|---|
//! | `rhythm` | at which instants one is due, by the clock of its person |
//! | `plan` | what somebody has chosen, sealed |
//! | `rows` | reminders as they stand |
//! | `notices` | what HR is told: that three in a row went unanswered |
//! | `round` | makes and judges them |
//! | `choose` | chooses a plan, or ends it |
//! | `chosen` | a plan as it is written out |
//! | `mails` | what waits to be mailed and is so no more |
//! | `reply` | answers one, or puts it off |
//!
//! | what goes wrong | what becomes of it |
//! |---|---|
//! | several collectors look at once, or one again after it was killed | of one time there is one row, and of one change of a row one mail |
//! | the clock leaps ahead by a week, or nobody looks for so long | the last one that is due is made, and those before it never |
//! | the clock leaps back | what was made stays, and is made no second time; what was looked at behind the new time is looked at again |
//! | what was made while the clock was ahead | waits for its time, and overtakes those before it then |
//! | an hour that does not exist, or exists twice | one instant |
//! | another hour or another zone is chosen | the next is twelve hours behind the last at least |
//! | no collector runs while one is to be judged | it is given an hour more, and waits for the end of quiet hours |
//! | a rule forbids by now that HR is told | what it was told ends, and rings no more |
//! | what was done reaches the collector late | it counts: before HR is told, the last three are looked at again, and after every six hours |

mod choose;
mod chosen;
mod mails;
mod notices;
mod plan;
mod reply;
mod rhythm;
mod round;
mod rows;

/// Milliseconds of an hour.
pub(crate) const HOUR: i64 = 3_600_000;

/// What was done so long before it was due counts as its answer, milliseconds.
const EARLY: i64 = 2 * HOUR;

#[cfg(test)]
pub(crate) use choose::{LONGEST_WAIT, MOST_REMINDERS};
pub(crate) use choose::{USUAL_HOURS, Wish, choose, stop};
pub(crate) use chosen::OwnPlan;
pub(crate) use notices::{Notice, SHOWN as NOTICED, all as notices, seen as notices_seen, since as told_since};
pub(crate) use plan::{Plan, context as plan_at, look_soon, of as plan_of};
pub(crate) use reply::{PUT_OFF, answer, put_off};
pub(crate) use rhythm::{DAYS, written};
pub(crate) use round::keep_reminding;
#[cfg(test)]
pub(crate) use round::round;
pub(crate) use rows::{Reminder, of, waiting};
