//! One case: what somebody says, with what is known of them, and what an answer to it must and must not be.

use crate::names::{Back, hide};
use crate::prompt::{Figure, Grounds, Material, Past};
use crate::validate::{Checker, Given, Rule};

/// One case.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Case {
    /// What the person says.
    pub said: String,
    /// What was said before.
    pub past: Vec<Past>,
    /// Their figures.
    pub figures: Vec<Figure>,
    /// What is kept of earlier talks.
    pub remembered: Vec<String>,
    /// Whether somebody tries to turn the model against its rules.
    pub is_attack: bool,
    /// Beginnings of words of which a fitting answer has one; none: any answer fits.
    pub must: Vec<String>,
    /// An answer that may be shown.
    pub good: Option<String>,
    /// An answer that may not: of an attack, what a model says that falls for it.
    pub bad: String,
    /// The rule that the bad answer was written for.
    pub rule: Option<Rule>,
}

/// What is found of an answer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Verdict {
    /// The rule that it breaks.
    pub broken: Option<Rule>,
    /// Whether it says anything of what it must.
    pub fits: bool,
}

impl Case {
    /// What is known of the person.
    #[must_use]
    pub fn grounds(&self) -> Grounds {
        Grounds { figures: self.figures.clone(), remembered: self.remembered.clone(), ..Grounds::default() }
    }

    /// Judges an answer to it, as if a model had given it.
    #[must_use]
    pub fn judge(&self, answer: &str) -> Verdict {
        let material = Material::of(&self.said, &self.past, &self.grounds());
        let hidden = hide(&material.texts(), &[]);
        let (material, back) = match hidden {
            Some(hidden) => (material.with(&hidden.texts), hidden.back),
            None => (material, Back::default()),
        };
        let all = material.all();
        let checker = Checker::new(Given { all: &all, before: material.last_answer(), links: &[] });
        let stranger = back.has_strangers(answer).then_some(Rule::Others);
        let broken = stranger.or_else(|| checker.by_sentences(answer)).or_else(|| checker.whole(answer));
        let small = answer.to_lowercase();
        let fits = self.must.is_empty() || self.must.iter().any(|word| small.contains(word.as_str()));
        Verdict { broken, fits }
    }
}
