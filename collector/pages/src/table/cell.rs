use askama::Template;

use crate::markup::{Markup, here};
use crate::words::{count, decimal, words};

/// A cell.
#[derive(Clone, Debug)]
pub struct Cell(Markup);

impl Cell {
    /// Words.
    #[must_use]
    pub fn text(text: impl Into<String>) -> Self {
        Self(Markup::text(text))
    }

    /// A count.
    #[must_use]
    pub fn count(n: u64) -> Self {
        Self::text(count(n))
    }

    /// A value with so many decimals.
    #[must_use]
    pub fn value(value: f64, decimals: usize) -> Self {
        Self::text(decimal(value, decimals))
    }

    /// Any component: an instant, a link, a state.
    #[must_use]
    pub fn of(template: &impl Template) -> Self {
        Self(Markup::of(template))
    }

    /// That there is none, in words: neither 0 nor blank.
    #[must_use]
    pub fn none() -> Self {
        Self::text(words().table.none.as_str())
    }

    pub(super) fn markup(&self) -> &Markup {
        &self.0
    }
}

/// A row: its name in the first cell, which leads to its page where it has one.
#[derive(Clone, Debug)]
pub struct Row {
    href: Option<String>,
    cells: Vec<Cell>,
}

impl Row {
    /// A row of as many cells as there are columns.
    #[must_use]
    pub fn new(cells: Vec<Cell>) -> Self {
        Self { href: None, cells }
    }

    /// With its page.
    #[must_use]
    pub fn to(self, href: impl Into<String>) -> Self {
        Self { href: Some(here(href.into())), ..self }
    }

    pub(super) fn href(&self) -> Option<&str> {
        self.href.as_deref()
    }

    pub(super) fn cells(&self) -> &[Cell] {
        &self.cells
    }
}
