//! Unusual rows of a table, and why they are: an isolation forest (Liu et al. 2008) and Shapley values of its paths.
//!
//! The forest is scikit-learn's `IsolationForest` by definition, and contributions are those of shap's `TreeExplainer`: the same trees
//! give the same numbers (`fixture.json`, which `tests/parity/forest_fixture.py` makes). Draws are our own, and so are trees: the same
//! for a seed on every machine and with any number of threads. What that changes is no more than another seed does
//! (`tests/parity/forest.py`: 500 made-up rows of 20 columns, 700 trees, 20 seeds; it also tells how much faster this forest is):
//!
//! | scores | rank correlation: least | mean | flagged in common: least | mean |
//! |---|---|---|---|---|
//! | Attune and scikit-learn, by seed | 0.9701 | 0.9770 | 0.76 | 0.850 |
//! | scikit-learn and its next seed | 0.9703 | 0.9771 | 0.76 | 0.854 |
//! | the means over all seeds | 0.9986 | 0.9986 | 1.00 | 1.000 |
//!
//! Of 25 flagged rows some four are others with the next seed: so who is flagged is told with how many of ten seeds agree.
//!
//! What contributions explain is the **length of a path**: below 0 a column lets the row stand alone sooner, and so makes it more unusual.
//! People are told sizes. They add up, with one base for all rows, to the mean length, and that to the score, not the decision itself:
//! `score_samples = -2^(-(base + sum) / c(samples))`, and the decision is the score less the forest's offset.

mod counterfactual;
mod detection;
mod error;
mod explain;
mod fairness;
mod impute;
mod isolation;
mod lengths;
mod matrix;
mod ordinary;
mod random;
mod scale;
mod shap;
mod stability;
mod threads;
mod tree;

#[cfg(test)]
mod tests;

pub use counterfactual::{Change, Counterfactual};
pub use detection::Detection;
pub use error::Error;
pub use explain::{Explanation, FIRST, Problem, Severity};
pub use fairness::{Fairness, Rate, least_told};
pub use impute::{Filled, Medians};
pub use isolation::{Forest, Settings};
pub use matrix::Matrix;
pub use ordinary::Span;
pub use scale::Scale;
pub use stability::Stability;
pub use threads::threads;
