use askama::Template;
use askama::filters::HtmlSafe;

use super::{Button, Field, Form, TextKind};
use crate::markup::Link;
use crate::words::{Words, words};

/// Asks once more before what can't be undone: says what will be gone, and, where all is erased, asks to type a word.
#[derive(Clone, Debug, Template)]
#[template(path = "confirm.html")]
pub struct Confirm {
    gone: Vec<String>,
    back: Link,
    form: Form,
}

impl HtmlSafe for Confirm {}

/// Name of the field that takes the word.
const WORD: &str = "word";

impl Confirm {
    /// A question whose button says what happens; `back` is where nothing does.
    #[must_use]
    pub fn new(
        action: impl Into<String>,
        csrf: impl Into<String>,
        button: impl Into<String>,
        back: impl Into<String>,
    ) -> Self {
        let form = Form::post("confirm", action, csrf).button(Button::dangerous(button));
        Self { gone: Vec::new(), back: Link::new(back, words().form.back.as_str()), form }
    }

    /// With one more thing that will be gone.
    #[must_use]
    pub fn gone(mut self, what: impl Into<String>) -> Self {
        self.gone.push(what.into());
        self
    }

    /// With a word to type, sent as `word`; only what erases asks for it.
    #[must_use]
    pub fn word(mut self, word: &str) -> Self {
        let label = words().form.word.with("word", word);
        self.form = self.form.field(Field::text(WORD, label, TextKind::Name).autocomplete("off").at_most(40));
        self
    }

    /// With the password once more, sent as `password`; what erases asks for it, too.
    #[must_use]
    pub fn password(mut self) -> Self {
        self.form = self.form.field(Field::password("password", words().form.password.as_str(), "current-password"));
        self
    }

    /// Refuses what was typed, with what else was typed beside it.
    #[must_use]
    pub fn refuse(mut self, field: &str, message: impl Into<String>, (name, typed): (&str, &str)) -> Self {
        self.form = self.form.keep([(name, typed)]);
        self.form.refuse(field, message);
        self
    }

    /// Something else that is sent, such as which device it is.
    #[must_use]
    pub fn hidden(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.form = self.form.hidden(name, value);
        self
    }

    /// Refuses what was typed for the word.
    #[must_use]
    pub fn refuse_word(mut self, word: &str, typed: &str) -> Self {
        self.form = self.form.keep([(WORD, typed)]);
        self.form.refuse(WORD, words().form.wrong_word.with("word", word));
        self
    }

    fn words() -> &'static Words {
        words()
    }
}

/// Whether the word was typed: blanks around it and its case are no matter.
#[must_use]
pub fn is_word(word: &str, typed: &str) -> bool {
    typed.trim().to_lowercase() == word.to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_known_by_its_letters() {
        assert!(is_word("erase", " Erase\n"));
        assert!(!is_word("erase", "eras") && !is_word("erase", "") && !is_word("erase", "e rase"));
    }
}
