//! How long is waited before the same is asked again.

use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

/// The first pause; twice as long with each.
const FIRST: Duration = Duration::from_millis(400);
/// Who waits for an answer does not wait longer than that: another endpoint is asked.
const LONGEST: Duration = Duration::from_secs(8);

/// The pause before a repetition, the first being 0; none where it is not worth waiting. Up to half as long again by `chance`, so that those
/// who failed together do not come back together.
pub(crate) fn pause(repetition: u32, after: Option<Duration>, chance: u64) -> Option<Duration> {
    let grown = FIRST.saturating_mul(1 << repetition.min(8));
    let least = after.unwrap_or_default().max(grown);
    let part = u32::try_from(chance % 128).unwrap_or_default();
    let pause = least + grown / 256 * part;
    (pause <= LONGEST).then_some(pause)
}

/// A number that nobody else draws.
pub(crate) fn chance() -> u64 {
    RandomState::new().hash_one(0)
}

/// What a header says of when to come back. Dates are passed over: clocks differ.
pub(crate) fn retry_after(seconds: Option<&str>, millis: Option<&str>) -> Option<Duration> {
    let number =
        |text: Option<&str>| text?.trim().parse::<f64>().ok().filter(|number| (0.0..=86_400_000.0).contains(number));
    let millis = number(millis).map(|millis| millis / 1_000.0);
    millis.or(number(seconds)).map(Duration::from_secs_f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_and_end() {
        let pauses: Vec<_> = (0..6).map(|repetition| pause(repetition, None, 0)).collect();
        let millis: Vec<_> = pauses.iter().flatten().map(Duration::as_millis).collect();
        assert_eq!(millis, [400, 800, 1_600, 3_200, 6_400]);
        assert_eq!(pauses[5], None, "longer than anybody waits");
        assert!(pause(0, None, 127) > pause(0, None, 0) && pause(0, None, 127) < pause(1, None, 0));
    }

    #[test]
    fn who_says_when_to_come_back_is_not_asked_before() {
        let after = |text: &str| retry_after(Some(text), None);
        assert_eq!(after("3"), Some(Duration::from_secs(3)));
        assert_eq!(retry_after(Some("3"), Some("250")), Some(Duration::from_millis(250)));
        for odd in ["-1", "nan", "1e99", "Wed, 21 Oct 2026 07:28:00 GMT", ""] {
            assert_eq!(after(odd), None, "{odd}");
        }
        assert!(pause(0, after("3"), 0) >= Some(Duration::from_secs(3)));
        assert_eq!(pause(0, after("3600"), 0), None);
    }
}
