//! What requests cost, and a book of those of one turn, so that a stop at any point leaves none out.

use crate::endpoint::EndpointSettings;
use crate::ledger::{Outcome, Spent};
use crate::shape::Usage;

/// Letters of a token, as far as that can be said of any text; few rather than many, so that what is reckoned is not too little.
const BYTES_OF_TOKEN: u64 = 3;

/// The requests of one turn.
#[derive(Debug, Default)]
pub(crate) struct Book {
    open: Option<Open>,
    closed: Vec<Spent>,
    requests: u32,
}

#[derive(Debug)]
struct Open {
    endpoint: String,
    price_in: f64,
    price_out: f64,
    bytes_in: u64,
    bytes_out: u64,
}

impl Book {
    /// How many requests there were.
    pub(crate) const fn requests(&self) -> u32 {
        self.requests
    }

    /// One leaves.
    pub(crate) fn begin(&mut self, settings: &EndpointSettings, bytes: u64) {
        self.end(Outcome::Failed, None);
        self.requests += 1;
        self.open = Some(Open {
            endpoint: settings.name.clone(),
            price_in: settings.price_in,
            price_out: settings.price_out,
            bytes_in: bytes,
            bytes_out: 0,
        });
    }

    /// Words come.
    pub(crate) fn came(&mut self, text: &str) {
        if let Some(open) = &mut self.open {
            open.bytes_out += text.len() as u64;
        }
    }

    /// Nothing of it is to be paid: it was turned away.
    pub(crate) fn turned_away(&mut self) {
        if let Some(open) = &mut self.open {
            open.bytes_in = 0;
        }
    }

    /// It has ended, if one is open.
    pub(crate) fn end(&mut self, outcome: Outcome, told: Option<Usage>) {
        let Some(open) = self.open.take() else { return };
        let estimate = Usage {
            tokens_in: open.bytes_in.div_ceil(BYTES_OF_TOKEN),
            tokens_out: open.bytes_out.div_ceil(BYTES_OF_TOKEN),
        };
        // Where the answer was cut the prompt's tokens may be told and the answer's not yet.
        let told_all = told.filter(|told| told.tokens_out > 0 || open.bytes_out == 0);
        let usage = told_all.unwrap_or(estimate);
        let micros = usage.tokens_in as f64 * open.price_in + usage.tokens_out as f64 * open.price_out;
        self.closed.push(Spent {
            endpoint: open.endpoint,
            outcome,
            usage,
            is_estimated: told_all.is_none() && estimate != Usage::default(),
            micros: micros.ceil() as u64,
        });
    }

    /// All of them; one that is still open was stopped.
    pub(crate) fn close(mut self) -> Vec<Spent> {
        self.end(Outcome::Stopped, None);
        self.closed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings() -> EndpointSettings {
        EndpointSettings { name: "own".to_owned(), price_in: 0.15, price_out: 0.6, ..EndpointSettings::default() }
    }

    #[test]
    fn what_a_request_cost_is_counted_to_the_millionth() {
        let mut book = Book::default();
        book.begin(&settings(), 4_000);
        book.came("Hello.");
        book.end(Outcome::Shown, Some(Usage { tokens_in: 1_000, tokens_out: 200 }));
        let spent = book.close();
        assert_eq!((spent[0].micros, spent[0].is_estimated), (270, false));
    }

    #[test]
    fn a_request_that_is_stopped_is_counted_as_far_as_it_came() {
        let mut book = Book::default();
        book.begin(&settings(), 3_000);
        book.came("Hello.");
        let spent = book.close();
        assert_eq!(spent[0].outcome, Outcome::Stopped);
        assert_eq!(spent[0].usage, Usage { tokens_in: 1_000, tokens_out: 2 });
        assert!(spent[0].is_estimated && spent[0].micros >= 150);
    }

    #[test]
    fn what_was_turned_away_costs_nothing() {
        let mut book = Book::default();
        book.begin(&settings(), 3_000);
        book.turned_away();
        book.end(Outcome::Failed, None);
        book.begin(&settings(), 3_000);
        let spent = book.close();
        assert_eq!((spent.len(), spent[0].micros, spent[0].is_estimated), (2, 0, false));
    }
}
