//! Tables: caption, sorting and filters as links and a form, pages by cursor, rows that become cards on a narrow screen.

mod cell;
mod column;

use askama::Template;
use askama::filters::HtmlSafe;

pub use cell::{Cell, Row};
pub use column::{Column, Order};

use crate::form::Form;
use crate::markup::{Link, Markup};
use crate::words::{Words, words};

/// Columns that find room beside each other on a page, each wide enough for a long word.
const MOST_BESIDE: usize = 8;

/// A table.
#[derive(Clone, Debug, Template)]
#[template(path = "table.html")]
pub struct Table {
    caption: String,
    columns: Vec<Column>,
    rows: Vec<Row>,
    filter: Option<Form>,
    empty: Markup,
    earlier: Option<Link>,
    later: Option<Link>,
    export: Option<(Link, String)>,
    export_as: Option<Link>,
    note: String,
}

impl HtmlSafe for Table {}

impl Table {
    /// A table under a caption; the first column names its row.
    #[must_use]
    pub fn new(caption: impl Into<String>, columns: Vec<Column>) -> Self {
        Self {
            caption: caption.into(),
            columns,
            rows: Vec::new(),
            filter: None,
            empty: Markup::text(words().table.empty.as_str()),
            earlier: None,
            later: None,
            export: None,
            export_as: None,
            note: String::new(),
        }
    }

    /// With one more row.
    #[must_use]
    pub fn row(mut self, row: Row) -> Self {
        self.rows.push(row);
        self
    }

    /// With a form above it that asks for fewer rows.
    #[must_use]
    pub fn filter(self, form: Form) -> Self {
        Self { filter: Some(form), ..self }
    }

    /// What stands there where there is no row: best a [`State::Empty`](crate::state::State::Empty).
    #[must_use]
    pub fn when_empty(self, what: &impl Template) -> Self {
        Self { empty: Markup::of(what), ..self }
    }

    /// Where the page of rows before this one is, and that after it, as addresses with their cursors.
    #[must_use]
    pub fn pages(self, before: Option<String>, after: Option<String>) -> Self {
        let link = |href: Option<String>, label: &str| href.map(|href| Link::new(href, label));
        Self { earlier: link(before, &words().table.before), later: link(after, &words().table.after), ..self }
    }

    /// With a file of its rows: how many they are, and what of them is left out in words, empty for nothing.
    #[must_use]
    pub fn export(self, href: impl Into<String>, rows: u64, left_out: &str) -> Self {
        let texts = &words().table;
        let left_out =
            if left_out.is_empty() { texts.all_of_it.clone() } else { texts.left_out.with("what", left_out) };
        let label = texts.export.of(rows);
        Self { export: Some((Link::new(href, label), left_out)), ..self }
    }

    /// With the same file in another form, under its name.
    #[must_use]
    pub fn export_as(self, href: impl Into<String>, form: &str) -> Self {
        Self { export_as: Some(Link::new(href, words().table.export_as.with("form", form))), ..self }
    }

    /// With a sentence below it: what it counts, up to when.
    #[must_use]
    pub fn note(self, note: impl Into<String>) -> Self {
        Self { note: note.into(), ..self }
    }

    /// Whether it has more columns than a page is wide, so that it is moved sideways within itself.
    fn is_wide(&self) -> bool {
        self.columns.len() > MOST_BESIDE
    }

    /// The columns and cells of a row, side by side.
    fn cells<'a>(&'a self, row: &'a Row) -> impl Iterator<Item = (&'a Column, &'a Cell)> {
        self.columns.iter().zip(row.cells())
    }

    fn words() -> &'static Words {
        words()
    }
}

#[cfg(test)]
mod tests;
