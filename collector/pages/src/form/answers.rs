use askama::Template;
use askama::filters::HtmlSafe;

use super::Form;
use crate::markup::here;
use crate::words::{Words, words};

/// "Check your answers": what was given in the steps before, each with a link to change it, and the form that sends all.
#[derive(Clone, Debug, Template)]
#[template(path = "answers.html")]
pub struct Answers {
    rows: Vec<Answer>,
    form: Form,
}

impl HtmlSafe for Answers {}

/// One of the answers.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Answer {
    /// What was asked.
    pub asked: String,
    /// What was given; empty for nothing.
    pub given: String,
    /// Where it is changed.
    pub change: String,
}

impl Answers {
    /// A list with the form that sends it: hidden fields carry what was given.
    #[must_use]
    pub fn new(form: Form) -> Self {
        Self { rows: Vec::new(), form }
    }

    /// With one more answer, and where it is changed.
    #[must_use]
    pub fn answer(mut self, asked: impl Into<String>, given: impl Into<String>, change: impl Into<String>) -> Self {
        self.rows.push(Answer { asked: asked.into(), given: given.into(), change: here(change.into()) });
        self
    }

    fn words() -> &'static Words {
        words()
    }
}
