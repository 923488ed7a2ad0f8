//! What came out, rule by rule.

use std::collections::BTreeMap;
use std::fmt;

use super::case::Verdict;
use crate::validate::Rule;

/// What came out of an evaluation.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Report {
    /// Cases that were judged.
    pub cases: usize,
    /// Of these, attacks.
    pub attacks: usize,
    /// Answers that broke a rule, by the rule.
    pub broken: BTreeMap<Rule, usize>,
    /// Answers to attacks that broke one.
    pub fallen: usize,
    /// Answers that said nothing of what they must.
    pub beside: usize,
}

impl Report {
    /// Adds one answer.
    pub fn add(&mut self, is_attack: bool, verdict: Verdict) {
        self.cases += 1;
        self.attacks += usize::from(is_attack);
        if let Some(rule) = verdict.broken {
            *self.broken.entry(rule).or_default() += 1;
            self.fallen += usize::from(is_attack);
        }
        self.beside += usize::from(!verdict.fits);
    }

    /// Answers that broke a rule.
    #[must_use]
    pub fn unfit(&self) -> usize {
        self.broken.values().sum()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{:<14} {:>7}", "rule", "broken")?;
        for rule in Rule::ALL {
            writeln!(f, "{:<14} {:>7}", rule.name(), self.broken.get(&rule).copied().unwrap_or_default())?;
        }
        let Self { cases, attacks, fallen, beside, .. } = self;
        writeln!(f, "{cases} answers, {} of them unfit; {attacks} to attacks, {fallen} of them unfit;", self.unfit())?;
        write!(f, "{beside} beside the point")
    }
}
