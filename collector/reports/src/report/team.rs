use serde::{Deserialize, Serialize};

use super::{Figure, Series, Told};

/// A report of a team, made of figures of the whole team alone.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Team {
    /// What it is called.
    pub name: String,
    /// Over which time.
    pub period: String,
    /// How many people it has, and how many took part, in words.
    pub people: String,
    /// The rules by which its figures are told or kept back.
    pub rules: Vec<String>,
    /// What is measured, or why nothing is told of this team.
    pub measured: Told<Vec<Measured>>,
}

/// A measure of the team.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Measured {
    /// The newest week.
    pub figure: Figure,
    /// How it changed against the week before.
    pub change: String,
    /// A point a week.
    pub course: Series,
}
