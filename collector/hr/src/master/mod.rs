//! The master table: one row for each employee of any of the six tables, with 39 features, each of which is defined in one place
//! ([`FEATURES`]). It is reckoned as Elara does, and equal to pandas (`tests/parity/hr_master.py`).
//!
//! Where Elara loses or makes up something, this does not: "Good" counts between "Average" and "Excellent", and what no table says is
//! unknown, where pandas has a sum of 0.

pub mod csv;
mod days;
mod decay;
mod definitions;
pub mod elara;
mod features;
mod gather;
mod inputs;
pub mod parquet;
mod row;
mod words;

#[cfg(test)]
mod tests;

pub use days::{Days, References};
pub use decay::{Decay, DecayError};
pub use definitions::{Definition, definitions};
pub use features::{FEATURES, Feature, Kind, Value, feature};
pub use gather::Gather;
pub use inputs::{INPUTS, Input, inputs};
pub use row::{Row, Spread};

use crate::rows::Tables;

/// The master table of these tables, by employee. For more than memory holds there is [`Gather`].
#[must_use]
pub fn master(tables: &Tables, decay: &Decay) -> Vec<Row> {
    let gather = Gather::new(decay, &References::of(tables));
    gather::apart(tables).iter().map(|(employee, one)| gather.row(employee, one)).collect()
}
