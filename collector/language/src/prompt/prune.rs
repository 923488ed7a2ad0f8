//! Which turns of a long talk a model is shown: the newest always, of the others those that weigh most, as many as fit.

use super::material::Past;

/// So many of the newest are kept before any other is looked at.
const NEWEST: usize = 4;
/// What is newest weighs so much more than what is oldest; importance lies in [0,1].
const RECENCY: f64 = 0.5;
/// Tokens around each turn.
const AROUND: u32 = 5;

/// Tokens of a text, rather too many than too few: a token is four letters of English, and of other scripts one.
pub(super) fn tokens(text: &str) -> u32 {
    let (ascii, other) =
        text.chars().fold(
            (0_u32, 0_u32),
            |(ascii, other), letter| {
                if letter.is_ascii() { (ascii + 1, other) } else { (ascii, other + 1) }
            },
        );
    ascii.div_ceil(4) + other + AROUND
}

/// The places of the turns that are kept, in order.
pub(super) fn kept(past: &[Past], budget: u32) -> Vec<usize> {
    let weight = |at: usize| past[at].importance + RECENCY * (at + 1) as f64 / past.len() as f64;
    let mut order: Vec<usize> = (0..past.len()).rev().collect();
    let (_, older) = order.split_at_mut(NEWEST.min(past.len()));
    // What was said by turns stays in the order of its weight; of two that weigh the same the newer comes first.
    older.sort_by(|one, other| weight(*other).total_cmp(&weight(*one)));
    let mut left = budget;
    let mut kept = Vec::new();
    for (rank, at) in order.into_iter().enumerate() {
        let cost = tokens(&past[at].text);
        if cost <= left {
            left -= cost;
            kept.push(at);
        } else if rank < NEWEST {
            // An older one without the newer would not be understood.
            break;
        }
    }
    kept.sort_unstable();
    kept
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shape::Role;

    fn past(importances: &[f64]) -> Vec<Past> {
        let turn = |(at, importance): (usize, &f64)| Past {
            role: if at % 2 == 0 { Role::Person } else { Role::Model },
            text: "a".repeat(80),
            importance: *importance,
        };
        importances.iter().enumerate().map(turn).collect()
    }

    /// Tokens of each of the turns above.
    const EACH: u32 = 20 + AROUND;

    #[test]
    fn what_weighs_more_is_kept_longer_and_the_newest_always() {
        let past = past(&[0.0, 0.9, 0.1, 0.0, 0.2, 0.0, 0.0, 0.0, 0.0, 0.0]);
        assert_eq!(kept(&past, EACH * 10), (0..10).collect::<Vec<_>>());
        assert_eq!(kept(&past, EACH * 5), [1, 6, 7, 8, 9]);
        assert_eq!(kept(&past, EACH * 6), [1, 4, 6, 7, 8, 9]);
        assert_eq!(kept(&past, EACH * 2), [8, 9]);
        assert!(kept(&past, EACH - 1).is_empty() && kept(&[], 100).is_empty());
    }

    #[test]
    fn one_long_turn_does_not_push_the_newest_out() {
        let mut past = past(&[1.0, 0.0, 0.0, 0.0, 0.0, 0.0]);
        past[0].text = "a".repeat(10_000);
        assert_eq!(kept(&past, EACH * 5), [1, 2, 3, 4, 5]);
    }
}
