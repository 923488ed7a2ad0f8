use std::time::{Duration, Instant};

use attune_wellbeing::{Wellbeing, rollup, team};

use super::error::SimulateError;

/// What was made of what was fused, and how long that took.
#[derive(Clone, Copy, Default, Debug)]
pub(crate) struct Settled {
    /// Hours of people that were rolled up.
    pub(crate) rolled_up: usize,
    /// How long that took.
    pub(crate) rolling_up: Duration,
    /// Figures of teams that were made.
    pub(crate) figures: usize,
    /// How long that took.
    pub(crate) making: Duration,
}

/// Rolls up what waits for it, and makes the figures of teams that wait then.
///
/// # Errors
/// When the database refuses.
pub(crate) async fn settle(wellbeing: &Wellbeing) -> Result<Settled, SimulateError> {
    let begun = Instant::now();
    let rolled_up = rollup::roll_up_waiting(wellbeing).await?;
    let rolling_up = begun.elapsed();
    let begun = Instant::now();
    let figures = team::make_waiting(wellbeing).await?;
    Ok(Settled { rolled_up, rolling_up, figures, making: begun.elapsed() })
}
