//! Work that one collector does at a time, of however many share a database: rows of the table `jobs`, claimed by lease.
//!
//! | what | how |
//! |---|---|
//! | a [`Kind`] | has a stable name, a [`Chore`](crate::chores::Chore) under which health tells of it, and a period where it is due again by itself |
//! | a job | is named by kind and key; asked for twice under one name it is one job; asked for again while it is done, it is done once more |
//! | a claim | one transaction: the row that is due longest and that nobody has; on Postgres rows that others claim are skipped |
//! | a lease | lasts thirty seconds and is renewed each ten by a [`Worker`] while its work goes on; ends with the work, or with its time |
//! | the clock | of all of it is the database's: those of collectors may differ |
//! | a failure | is tried again after 5 s, twice as long with each, a minute at most; a queued one a quarter of an hour at most |
//!
//! A job is safe to run twice: a lease keeps work from being done twice for nothing, and orders nothing. What must not happen twice is
//! held by the transaction in which it happens. So a start makes what goes on by itself due at once, as that of a lone collector does.
//!
//! | what goes wrong | what becomes of it |
//! |---|---|
//! | a holder is killed, or loses the database | its lease runs out, and whoever looks next takes the job over: within the lease and the five seconds between two looks |
//! | it was only stopped for a while, and goes on | it finds that it was overtaken by the next renewal and drops its work; it can neither renew, finish nor fail the job, as holder and fence are no longer its own |
//! | a job ends its holder each time | its attempts are counted when it is claimed, and a failure that follows waits accordingly |
//! | the clock of the database leaps back | a lease or a wait that ends later than any can counts as ended |
//! | a database is put back from a copy | what it says of leases of then has run out; all is safe to run twice |
//! | a collector on SQLite is killed | nobody else can have its jobs: the next start takes them at once |
//! | work fails with words about a person | no error has any; its words are cut at 500 letters all the same, and no key is logged |
//!
//! A kind that no program has any more leaves rows that are late for ever: a migration removes them. Of a person no key may speak,
//! unless its subject removes the job when it erases them.

mod kind;
mod rows;
mod standing;
#[cfg(test)]
mod tests;
mod worker;

pub use kind::Kind;
pub use rows::queue;
pub use standing::{Standing, standing};
pub use worker::{LOOK, Worker};
