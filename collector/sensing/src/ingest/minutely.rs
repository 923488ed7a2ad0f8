use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

const MINUTE: Duration = Duration::from_secs(60);

/// Who cannot prove anything is answered so often in a minute, all together, and not more.
#[derive(Debug, Default)]
pub struct Minutely<const MOST: u32>(Mutex<Option<(Instant, u32)>>);

/// How many wrong codes are answered in a minute. Who knows a code is answered whatever others try.
pub type Guesses = Minutely<30>;

/// How many batches of devices and enrolments that are not known here are answered in a minute: anybody can send them. A
/// device that is not answered asks again.
pub type Strangers = Minutely<300>;

impl<const MOST: u32> Minutely<MOST> {
    /// Counts one who asks, and gives whether it is still answered.
    pub(super) fn is_answered(&self, now: Instant) -> bool {
        let mut minute = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (begun, count) = minute.filter(|(begun, _)| now.duration_since(*begun) < MINUTE).unwrap_or((now, 0));
        *minute = Some((begun, count.saturating_add(1)));
        count < MOST
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrong_codes_are_answered_for_a_while_and_again_a_minute_later() {
        const MOST: u32 = 30;
        let (guesses, now) = (Minutely::<MOST>::default(), Instant::now());
        assert!((0..MOST).all(|_| guesses.is_answered(now)));
        assert!(!guesses.is_answered(now + MINUTE / 2));
        assert!(guesses.is_answered(now + MINUTE));
    }
}
