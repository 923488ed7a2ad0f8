//! Who watches those who have power over others' data: how much of it they use is held against their own habit, and what is far beyond it is
//! told to a privacy officer. What a login reads of others stands in the log of access already; from it numbers are made of each day.
//!
//! | table | holds |
//! |---|---|
//! | `use_place` | up to which place of the log of access uses were looked at, and up to which instant |
//! | `use_days` | how much each of them used on a day of the organisation's, for a hundred days |
//! | `refused_uses` | how often each was refused, by hour and route; for as long |
//! | `unusual_uses` | what was unusual: one row of each login, rule and day |
//! | `unusual_use_notes` | what who acknowledged one says of it, sealed under their own key |
//!
//! | rule | told is what is more than |
//! |---|---|
//! | people within an hour, people on a day, lists of everybody on a day, people and lists at night, files on a day, refusals on a day | what is set, of who did anything on fewer than seven days; of others the median of those days and six times their spread (median distance from it, as that of a normal distribution; a quarter of the median, or one, at least), what was reached on two of them and a quarter more, and a third of what is set |
//! | wrong codes | eight in a row, behind a password that was right, from where its owner has not signed in before |
//!
//! | meets | held by |
//! |---|---|
//! | one spree, and rounds every five minutes | one row of each login, rule and day; over one midnight it goes on in the same one, and over the next is told anew; as it is once it has doubled since it was acknowledged |
//! | several collectors, and a kill at any line | a job by lease; a day is counted anew as a whole, its row takes the place of one that was counted up to an earlier place of the log, never of a later one, and the place of the log moves last |
//! | ten thousand entries in a minute | they are read in pages, and the people of one day are held; refusals are noted two hundred times an hour, or once more than are let be |
//! | a clock that leaps | nothing is looked at while it is in doubt; for a day nobody says what is night; what was written while it was ahead is looked at once that instant is past, and of that day nobody says what was night. What was found of a day to come keeps nothing from being told |
//! | a collector that rests for days | what was done, and asked in vain, since it looked last is told still |
//! | a program that reads everybody's rows page by page | each answer with rows of HR's tables counts as a file, and any other list as a list |
//! | who is watched and watches | nobody sees or acknowledges what is about themselves: that of privacy officers is looked at by the others and by administrators |
//! | who makes the one who is watched privacy officer, so that an administrator may see it | administrators see what was found of who was one then |
//! | an only privacy officer | administrators look at theirs; where they are the only one of these, too, nobody does, and the page says so: it waits for whoever is given the role |
//! | who takes the role from somebody behind them | what was done in it stands in the log, and is told |
//! | who acknowledges what grew while they read it | what they saw is acknowledged: twice as much as that is told anew |
//! | who erases their own account | their numbers of each day, refusals, and what was said of their use go; what was unusual stays as entries of the log do, by a number that leads to nobody, for the class `requests`: it is others' data that was used, and nobody escapes being looked at by going. What was not looked at yet is held against what is set |
//! | who was let in to acknowledge, and lost the role before | what they may see is read anew behind the lock of their account |
//!
//! Who does somewhat more each week makes a habit of it, and whoever is on the machine itself reads what they like: nothing here tells that.

mod cases;
mod count;
mod kept;
mod pages;
mod refused;
mod round;
mod routes;
mod rule;
mod view;
mod who;
mod words;

pub use count::is_export;
pub(crate) use pages::router as pages;
pub use refused::note_refused;
pub(crate) use round::watch;
pub(crate) use routes::{describe, router};
pub(crate) use words::told;

/// Milliseconds of an hour, and of a day.
const HOUR: i64 = 3_600_000;
const DAY: i64 = 24 * HOUR;
/// How far clocks of several collectors may lie apart, milliseconds: what is dated farther ahead was written while a clock was wrong.
const APART: i64 = 5 * 60_000;

#[cfg(test)]
mod tests;
