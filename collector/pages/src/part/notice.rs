use askama::Template;
use askama::filters::HtmlSafe;

use crate::form::ButtonLink;

/// What a notice is about.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Tone {
    /// Something to know.
    Plain,
    /// Something was done, as it was asked.
    Done,
    /// Something to look at.
    Warning,
    /// Something failed.
    Failure,
}

impl Tone {
    const fn class(self) -> &'static str {
        match self {
            Self::Plain => "notice",
            Self::Done => "notice good",
            Self::Warning => "notice warn",
            Self::Failure => "notice bad",
        }
    }
}

/// A notice: a title, a text, and a step, if there is one.
#[derive(Clone, Debug, Template)]
#[template(
    source = "<div class=\"{{ tone.class() }}\"{% if self.is_news() %} role=\"status\"{% endif %}><h2>{{ title }}</h2>\
              {% if !text.is_empty() %}<p>{{ text }}</p>{% endif %}\
              {% if let Some(step) = step %}<p class=\"buttons\">{{ step }}</p>{% endif %}</div>",
    ext = "html"
)]
pub struct Notice {
    tone: Tone,
    title: String,
    text: String,
    step: Option<ButtonLink>,
}

impl HtmlSafe for Notice {}

impl Notice {
    /// A notice; its text may be empty.
    #[must_use]
    pub fn new(tone: Tone, title: impl Into<String>, text: impl Into<String>) -> Self {
        Self { tone, title: title.into(), text: text.into(), step: None }
    }

    /// With what can be done about it.
    #[must_use]
    pub fn step(self, step: ButtonLink) -> Self {
        Self { step: Some(step), ..self }
    }

    /// Whether it tells what came of what was just done, which is read aloud.
    fn is_news(&self) -> bool {
        matches!(self.tone, Tone::Done | Tone::Failure)
    }
}
