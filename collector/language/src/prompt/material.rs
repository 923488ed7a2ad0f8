//! What a prompt is made of.

use attune_companion::{Problem, Severity};

use super::quote::{line, plain};
use crate::shape::Role;

/// What was said before in this talk.
#[derive(Clone, PartialEq, Debug)]
pub struct Past {
    /// Who said it.
    pub role: Role,
    /// What.
    pub text: String,
    /// How much it weighs, in [0,1]: what weighs more is kept longer.
    pub importance: f64,
}

/// A figure of the person, as they see it themselves.
#[derive(Clone, PartialEq, Debug)]
pub struct Figure {
    /// What is measured.
    pub name: String,
    /// How much it is, with its unit and what is usual.
    pub value: String,
    /// How far it is out, where it is.
    pub severity: Option<Severity>,
}

/// What is known of the person besides the talk. Each part stands here only with their consent to just that.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Grounds {
    /// What their figures point to, the weightiest first.
    pub concerns: Vec<(Problem, Severity)>,
    /// Their figures.
    pub figures: Vec<Figure>,
    /// What they allowed to be kept of earlier talks.
    pub remembered: Vec<String>,
    /// Addresses that an answer may name, as `findahelpline.com`.
    pub links: Vec<String>,
}

/// The most of each.
const MOST_FIGURES: usize = 20;
const MOST_REMEMBERED: usize = 20;
const MOST_PAST: usize = 200;
/// Bytes of what was said now, and of what was said before.
const LONGEST_SAID: usize = 6_000;
const LONGEST_PAST: usize = 2_000;

/// All texts of a prompt, made harmless. Names stand in them until [`Material::texts`] were replaced.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Material {
    pub(super) concerns: Vec<(Problem, Severity)>,
    pub(super) figures: Vec<String>,
    pub(super) remembered: Vec<String>,
    pub(super) past: Vec<Past>,
    pub(super) said: String,
}

impl Material {
    pub(crate) fn of(said: &str, past: &[Past], grounds: &Grounds) -> Self {
        let figure = |figure: &Figure| {
            let severity = figure.severity.map(|severity| format!(" ({})", severity.name())).unwrap_or_default();
            format!("{}: {}{severity}", line(&figure.name), line(&figure.value))
        };
        let newest = &past[past.len().saturating_sub(MOST_PAST)..];
        let past = newest.iter().map(|one| Past {
            role: one.role,
            text: plain(&one.text, LONGEST_PAST),
            importance: if one.importance.is_finite() { one.importance.clamp(0.0, 1.0) } else { 0.0 },
        });
        Self {
            concerns: grounds.concerns.iter().take(6).copied().collect(),
            figures: grounds.figures.iter().take(MOST_FIGURES).map(figure).collect(),
            remembered: grounds.remembered.iter().take(MOST_REMEMBERED).map(|text| line(text)).collect(),
            past: past.collect(),
            said: plain(said, LONGEST_SAID),
        }
    }

    /// Every text in which a name may stand.
    pub(crate) fn texts(&self) -> Vec<&str> {
        let lines = self.figures.iter().chain(&self.remembered).map(String::as_str);
        lines.chain(self.past.iter().map(|past| past.text.as_str())).chain([self.said.as_str()]).collect()
    }

    /// The same with other texts, in the order of [`Material::texts`].
    pub(crate) fn with(mut self, texts: &[String]) -> Self {
        let lines = self.figures.iter_mut().chain(&mut self.remembered);
        let places = lines.chain(self.past.iter_mut().map(|past| &mut past.text)).chain([&mut self.said]);
        for (place, text) in places.zip(texts) {
            text.clone_into(place);
        }
        self
    }

    /// All that the model may take figures and words from.
    pub(crate) fn all(&self) -> String {
        let concerns = self.concerns.iter().map(|(problem, _)| problem.display_name());
        self.texts().into_iter().chain(concerns).collect::<Vec<_>>().join("\n")
    }

    /// What the model, or the companion, said last.
    pub(crate) fn last_answer(&self) -> Option<&str> {
        self.past.iter().rev().find(|past| past.role == Role::Model).map(|past| past.text.as_str())
    }
}
