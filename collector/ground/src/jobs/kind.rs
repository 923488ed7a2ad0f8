use std::time::Duration;

use crate::chores::Chore;

/// The wait after a first failure; twice as long with each.
const FIRST_WAIT: Duration = Duration::from_secs(5);

/// The longest of what goes on by itself, and of what was queued: nobody waits for that one's period to end.
const LONGEST_WAIT: Duration = Duration::from_secs(60);
const LONGEST_WAIT_QUEUED: Duration = Duration::from_secs(15 * 60);

/// Jobs that are done in the same way.
#[derive(Clone, Copy, Debug)]
pub struct Kind {
    /// As it stands in the database: never changed, and none that another kind once had.
    pub name: &'static str,
    /// How long after it was done there is one again; none where each is queued.
    pub every: Option<Duration>,
    /// As what health tells of one that fails.
    pub chore: Chore,
}

impl Kind {
    /// How long one waits that failed so many times.
    pub(super) fn wait(&self, attempts: i64) -> Duration {
        let doubled = attempts.saturating_sub(1).clamp(0, 20) as u32;
        (FIRST_WAIT * 2_u32.pow(doubled)).min(self.longest_wait())
    }

    /// The longest that one which goes on by itself ever waits: who waits longer was put off by a clock that was ahead.
    pub(super) fn longest_rest(&self) -> Option<Duration> {
        self.every.map(|every| every.max(self.longest_wait()))
    }

    const fn longest_wait(&self) -> Duration {
        if self.every.is_some() { LONGEST_WAIT } else { LONGEST_WAIT_QUEUED }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wait_doubles_with_each_failure_up_to_the_longest() {
        let waits = |every| {
            let kind = Kind { name: "a", every, chore: Chore::Erasing };
            [1, 2, 3, 5, 9, i64::MAX, 0, -1].map(|attempts| kind.wait(attempts).as_secs())
        };
        assert_eq!(waits(Some(Duration::from_secs(3600))), [5, 10, 20, 60, 60, 60, 5, 5]);
        assert_eq!(waits(None), [5, 10, 20, 80, 900, 900, 5, 5]);
    }
}
