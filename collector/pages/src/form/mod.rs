//! Forms: one column, label above, hint below it, what was typed kept, a summary of errors on top that links to the fields.

mod answers;
mod button;
mod confirm;
mod field;
mod kind;

use askama::Template;
use askama::filters::HtmlSafe;

pub use answers::{Answer, Answers};
pub use button::{Button, ButtonLink, Weight};
pub use confirm::{Confirm, is_word};
pub use field::Field;
pub use kind::{Choice, Kind, TextKind};

use crate::markup::here;
use crate::words::{Words, words};

/// How a form is sent.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Method {
    /// It asks: what is in it stands in the address.
    Get,
    /// It changes something.
    Post,
}

/// A form.
#[derive(Clone, Debug, Template)]
#[template(path = "form.html")]
pub struct Form {
    id: String,
    action: String,
    method: Method,
    legend: String,
    hidden: Vec<(String, String)>,
    fields: Vec<Field>,
    buttons: Vec<Button>,
    refused: Vec<String>,
    in_a_row: bool,
}

impl HtmlSafe for Form {}

impl Form {
    /// A form that changes something, under a name that no other form of its page has, with the session's token.
    #[must_use]
    pub fn post(id: impl Into<String>, action: impl Into<String>, csrf: impl Into<String>) -> Self {
        let form = Self::of(id.into(), action.into(), Method::Post);
        form.hidden("csrf", csrf)
    }

    /// A form that asks, for filters: it changes nothing, and its answer can be bookmarked.
    #[must_use]
    pub fn get(id: impl Into<String>, action: impl Into<String>) -> Self {
        Self { in_a_row: true, ..Self::of(id.into(), action.into(), Method::Get) }
    }

    fn of(id: String, action: String, method: Method) -> Self {
        Self {
            id,
            action: here(action),
            method,
            legend: String::new(),
            hidden: Vec::new(),
            fields: Vec::new(),
            buttons: Vec::new(),
            refused: Vec::new(),
            in_a_row: false,
        }
    }

    /// Under a heading, for pages with several forms.
    #[must_use]
    pub fn named(self, legend: impl Into<String>) -> Self {
        Self { legend: legend.into(), ..self }
    }

    /// With one more field.
    #[must_use]
    pub fn field(mut self, field: Field) -> Self {
        self.fields.push(if self.in_a_row { field.free() } else { field });
        self
    }

    /// With something that is sent and not shown.
    #[must_use]
    pub fn hidden(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.hidden.push((name.into(), value.into()));
        self
    }

    /// With one more button; the first is pressed by the key that ends a line.
    #[must_use]
    pub fn button(mut self, button: Button) -> Self {
        self.buttons.push(button);
        self
    }

    /// Keeps what was typed: of each field the values under its name. Passwords and files are never kept.
    #[must_use]
    pub fn keep<'a>(mut self, typed: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let typed: Vec<(&str, &str)> = typed.into_iter().collect();
        for field in &mut self.fields {
            field.keep(&typed);
        }
        self
    }

    /// Refuses what was typed into a field, with what is to be done. A field that is not there makes it one of the form.
    pub fn refuse(&mut self, name: &str, message: impl Into<String>) {
        match self.fields.iter_mut().find(|field| field.name() == name) {
            Some(field) => field.refuse(message.into()),
            None => self.refused.push(message.into()),
        }
    }

    /// Refuses the form as a whole: "The name or the password is wrong".
    pub fn refuse_all(&mut self, message: impl Into<String>) {
        self.refused.push(message.into());
    }

    /// Whether anything of it was refused.
    #[must_use]
    pub fn is_refused(&self) -> bool {
        !self.refused.is_empty() || self.fields.iter().any(|field| field.error().is_some())
    }

    /// The errors of its fields: where each leads, and what it says.
    fn errors(&self) -> impl Iterator<Item = (String, &str)> {
        self.fields.iter().filter_map(|field| Some((field.first_control(&self.id), field.error()?)))
    }

    const fn method(&self) -> &'static str {
        match self.method {
            Method::Get => "get",
            Method::Post => "post",
        }
    }

    fn sends_files(&self) -> bool {
        self.fields.iter().any(|field| matches!(field.kind(), Kind::File { .. }))
    }

    fn words() -> &'static Words {
        words()
    }
}

#[cfg(test)]
mod tests;
