use serde::{Deserialize, Serialize};

use super::{Bars, Figure, Told};

/// A report of the organisation of a day. Nobody is named in it.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Daily {
    /// What stands out first.
    pub figures: Vec<Figure>,
    /// How people of each department said they are.
    pub mood: Told<DepartmentMood>,
    /// How many people are flagged, by how severe.
    pub severities: Told<Bars>,
    /// What is unusual most often.
    pub concerns: Told<Vec<Concern>>,
    /// What came of what people decided.
    pub effects: Told<Vec<Effect>>,
}

/// How people said they are, by department.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct DepartmentMood {
    /// The departments beside each other.
    pub bars: Bars,
    /// Each of them.
    pub departments: Vec<Department>,
}

/// A department.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Department {
    /// What it is called.
    pub name: String,
    /// How its people said they are.
    pub value: Told<String>,
    /// How many took part, in words.
    pub people: String,
    /// How that changed against the time before.
    pub change: String,
}

/// What is unusual in several people.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Concern {
    /// What it is of.
    pub name: String,
    /// In how many, in words.
    pub people: Told<String>,
    /// In how many of them it is severe, in words.
    pub severe: String,
}

/// A figure before and after people decided to do something.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Effect {
    /// What was decided.
    pub name: String,
    /// Of how many people.
    pub people: String,
    /// How it was before.
    pub before: Told<String>,
    /// How it is now.
    pub after: Told<String>,
    /// The name of the figure's definition.
    pub definition: String,
}
