use std::time::{Duration, Instant};

use attune_wellbeing::{Wellbeing, rollup, team};

use super::error::SimulateError;

/// How much was made, and how long that took.
pub(super) type Took = (usize, Duration);

/// Rolls up what waits for it, and gives how many hours of people that were. After each of the people it says how many are done.
///
/// # Errors
/// When the database refuses.
pub(super) async fn roll_up(wellbeing: &Wellbeing, done: impl FnMut(usize)) -> Result<Took, SimulateError> {
    let begun = Instant::now();
    Ok((rollup::roll_up_each(wellbeing, done).await?, begun.elapsed()))
}

/// Makes the figures of teams of all weeks that had their time, each once: what comes of a week behind it changes nothing of them any more.
/// Gives how many weeks that were.
///
/// # Errors
/// When the database refuses.
pub(super) async fn make_weeks(wellbeing: &Wellbeing) -> Result<Took, SimulateError> {
    let begun = Instant::now();
    Ok((team::make_waiting(wellbeing).await?, begun.elapsed()))
}

/// Does both.
///
/// # Errors
/// When the database refuses.
pub(crate) async fn settle(wellbeing: &Wellbeing) -> Result<(), SimulateError> {
    roll_up(wellbeing, |_| {}).await?;
    make_weeks(wellbeing).await?;
    Ok(())
}
