//! How much may be asked of models in a day, by a person and by all.

use serde::{Deserialize, Serialize};

/// Limits of a day; 0: none.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Requests of one person.
    pub requests: u64,
    /// Tokens of one person.
    pub tokens: u64,
    /// What one person's requests cost, in millionths of the currency.
    pub micros: u64,
    /// What all requests cost, in millionths of the currency.
    pub all_micros: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { requests: 200, tokens: 400_000, micros: 0, all_micros: 0 }
    }
}

/// What of it is used.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Used {
    /// Requests of the person.
    pub requests: u64,
    /// Tokens of the person.
    pub tokens: u64,
    /// What the person's requests cost.
    pub micros: u64,
    /// What all requests cost.
    pub all_micros: u64,
}

impl Limits {
    /// Whether one more may leave.
    #[must_use]
    pub const fn allow(&self, used: &Used) -> bool {
        const fn below(used: u64, limit: u64) -> bool {
            limit == 0 || used < limit
        }
        below(used.requests, self.requests)
            && below(used.tokens, self.tokens)
            && below(used.micros, self.micros)
            && below(used.all_micros, self.all_micros)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_limit_holds_by_itself_and_none_is_none() {
        let limits = Limits { requests: 2, tokens: 10, micros: 5, all_micros: 7 };
        let used = Used::default();
        assert!(limits.allow(&Used { requests: 1, tokens: 9, micros: 4, all_micros: 6 }));
        for over in [
            Used { requests: 2, ..used },
            Used { tokens: 10, ..used },
            Used { micros: 5, ..used },
            Used { all_micros: 7, ..used },
        ] {
            assert!(!limits.allow(&over), "{over:?}");
        }
        let none = Limits { requests: 0, tokens: 0, micros: 0, all_micros: 0 };
        assert!(none.allow(&Used { requests: u64::MAX, tokens: u64::MAX, micros: u64::MAX, all_micros: u64::MAX }));
    }
}
