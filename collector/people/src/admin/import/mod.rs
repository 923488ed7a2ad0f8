//! People, accounts and teams out of one table: first as a dry run, which does all of it and takes it back, then for good, by the
//! very same way.

mod rows;
mod work;

pub(super) use rows::{LARGEST, MOST_ROWS};
pub(super) use work::{Outcome, run};

#[cfg(test)]
mod tests;
