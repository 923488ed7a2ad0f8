use crate::markup::{Link, here};
use crate::words::words;

/// In which order rows stand.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Order {
    /// Smallest, oldest or first letter on top.
    Rising,
    /// Greatest, newest or last letter on top.
    Falling,
}

/// A column.
#[derive(Clone, Debug)]
pub struct Column {
    pub(super) label: String,
    /// Whether its values are numbers, which stand under each other.
    pub(super) is_number: bool,
    /// Where the table is in the order of this column.
    sort: Option<String>,
    /// The order that it is in by this column.
    order: Option<Order>,
}

impl Column {
    /// A column of words.
    #[must_use]
    pub fn new(label: impl Into<String>) -> Self {
        Self { label: label.into(), is_number: false, sort: None, order: None }
    }

    /// A column of numbers.
    #[must_use]
    pub fn number(label: impl Into<String>) -> Self {
        Self { is_number: true, ..Self::new(label) }
    }

    /// One that the table can be sorted by: where that order is found, which is the other one where `order` is on already.
    #[must_use]
    pub fn sorts(self, href: impl Into<String>, order: Option<Order>) -> Self {
        Self { sort: Some(here(href.into())), order, ..self }
    }

    pub(super) fn link(&self) -> Option<Link> {
        self.sort.as_ref().map(|href| Link { href: href.clone(), label: self.label.clone() })
    }

    /// The order as assistive programs are told it; empty for a column that sorts nothing now.
    pub(super) const fn aria_sort(&self) -> &'static str {
        match self.order {
            Some(Order::Rising) => "ascending",
            Some(Order::Falling) => "descending",
            None => "",
        }
    }

    pub(super) const fn arrow(&self) -> &'static str {
        match self.order {
            Some(Order::Rising) => "\u{2191}",
            Some(Order::Falling) => "\u{2193}",
            None => "\u{2195}",
        }
    }

    /// What a narrow screen has for the headings of its columns: links to sort by.
    pub(super) fn sort_words(&self) -> String {
        words().table.sort.with("column", &self.label)
    }
}
