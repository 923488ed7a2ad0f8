//! Figures: a value with its unit, its period, how it changed, how sure it is and how much was seen.
//!
//! Too uncertain, too little, withheld and none look different from each other; none of them is 0, and none is blank.

use askama::Template;
use askama::filters::HtmlSafe;

use crate::markup::{Link, Markup};
use crate::words::{Words, count, percent, words};

/// A figure of a page.
#[derive(Clone, Debug, Template)]
#[template(path = "figure.html")]
pub struct Figure {
    name: String,
    period: String,
    reading: Reading,
    definition: Option<Link>,
}

impl HtmlSafe for Figure {}

/// What a figure has to say.
#[derive(Clone, Debug)]
pub enum Reading {
    /// A value.
    Known(Known),
    /// A value that could be almost anything.
    Uncertain {
        /// Between what it lies, as it is written; nothing where not even that is known.
        between: Option<(String, String)>,
        /// Why.
        why: String,
    },
    /// Too few values to say one.
    TooLittle {
        /// How much there is and how much is needed, in one unit.
        has: u64,
        /// As above.
        needs: u64,
        /// What is counted and since when: "days with enough seen, since Mon 2 March".
        of: String,
    },
    /// One that is there and not shown, on purpose.
    Withheld {
        /// The rule in words.
        rule: String,
    },
    /// None at all.
    None {
        /// Why there is none.
        why: String,
    },
}

/// A value with what belongs to it.
#[derive(Clone, Default, Debug)]
pub struct Known {
    value: String,
    unit: String,
    level: String,
    between: Option<(String, String)>,
    change: String,
    seen: Option<(f64, String)>,
}

impl Known {
    /// A value as it is written, and its unit, which may be empty.
    #[must_use]
    pub fn new(value: impl Into<String>, unit: impl Into<String>) -> Self {
        Self { value: value.into(), unit: unit.into(), ..Self::default() }
    }

    /// With the level in words, which carries the meaning: "higher than usual".
    #[must_use]
    pub fn level(self, level: impl Into<String>) -> Self {
        Self { level: level.into(), ..self }
    }

    /// With between what it lies.
    #[must_use]
    pub fn between(self, low: impl Into<String>, high: impl Into<String>) -> Self {
        Self { between: Some((low.into(), high.into())), ..self }
    }

    /// With how it changed: "0.1 more than the week before".
    #[must_use]
    pub fn change(self, change: impl Into<String>) -> Self {
        Self { change: change.into(), ..self }
    }

    /// With how much was seen: a share of 0 to 1, and of what: "the working day".
    #[must_use]
    pub fn seen(self, share: f64, of: impl Into<String>) -> Self {
        Self { seen: Some((share.clamp(0.0, 1.0), of.into())), ..self }
    }

    fn seen_words((share, of): &(f64, String)) -> String {
        words().figure.seen.fill(&[("share", &percent(*share)), ("of", of)])
    }
}

impl Figure {
    /// A figure of a period: "today", "2 to 8 March".
    #[must_use]
    pub fn new(name: impl Into<String>, period: impl Into<String>, reading: Reading) -> Self {
        Self { name: name.into(), period: period.into(), reading, definition: None }
    }

    /// With where its definition stands.
    #[must_use]
    pub fn definition(self, href: impl Into<String>) -> Self {
        let label = words().figure.definition.with("name", &self.name);
        Self { definition: Some(Link::new(href, label)), ..self }
    }

    /// Figures beside each other.
    #[must_use]
    pub fn row(figures: &[Self]) -> Markup {
        Markup::of(&Figures { figures })
    }

    const fn class(&self) -> &'static str {
        match self.reading {
            Reading::Known(_) => "known",
            Reading::Uncertain { .. } => "uncertain",
            Reading::TooLittle { .. } => "too-little",
            Reading::Withheld { .. } => "withheld",
            Reading::None { .. } => "none",
        }
    }

    /// How much there is of what is needed.
    fn has(has: &u64, needs: &u64, of: &str) -> String {
        words().figure.has.fill(&[("has", &count(*has)), ("needs", &count(*needs)), ("of", of)])
    }

    fn between((low, high): &(String, String)) -> String {
        words().figure.between.fill(&[("low", low), ("high", high)])
    }

    fn words() -> &'static Words {
        words()
    }
}

#[derive(Template)]
#[template(source = "<div class=\"figures\">{% for figure in figures %}{{ figure }}{% endfor %}</div>", ext = "html")]
struct Figures<'a> {
    figures: &'a [Figure],
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::nothing_inline;

    const HOSTILE: &str = "<img src=x onerror=alert(1)>\"'&";

    fn readings() -> [Reading; 5] {
        let text = || String::from(HOSTILE);
        let known = Known::new(HOSTILE, HOSTILE).level(HOSTILE).between(HOSTILE, HOSTILE).change(HOSTILE);
        [
            Reading::Known(known.seen(0.62, HOSTILE)),
            Reading::Uncertain { between: Some((text(), text())), why: text() },
            Reading::TooLittle { has: 3, needs: 10, of: text() },
            Reading::Withheld { rule: text() },
            Reading::None { why: text() },
        ]
    }

    #[test]
    fn hostile_text_stays_text_in_every_reading() {
        for reading in readings() {
            let html = Markup::of(&Figure::new(HOSTILE, HOSTILE, reading).definition("/measures/a")).into_string();
            assert!(!html.contains("<img") && html.matches("&#60;img").count() >= 4, "{html}");
            nothing_inline(&html);
        }
    }

    #[test]
    fn what_is_missing_looks_different_for_each_reason_and_is_never_a_number() {
        let of = |reading| Markup::of(&Figure::new("Stress", "today", reading)).into_string();
        let looks = readings().map(of);
        let class =
            |html: &str| html.split("class=\"figure ").nth(1).expect("a figure").split('"').next().map(str::to_owned);
        let classes: std::collections::BTreeSet<_> = looks.iter().map(|html| class(html)).collect();
        assert_eq!(classes.len(), 5, "{classes:?}");
        for (html, says) in looks[1..].iter().zip(["Too uncertain", "Too little", "Withheld", "None"]) {
            assert!(html.contains(says) && !html.contains("class=\"value\""), "{says}: {html}");
        }
        assert!(looks[0].contains("class=\"value\"") && looks[0].contains("62\u{a0}% of"), "{}", looks[0]);
        assert!(looks[2].contains("<progress") && looks[2].contains("max=\"10\""), "{}", looks[2]);
    }
}
