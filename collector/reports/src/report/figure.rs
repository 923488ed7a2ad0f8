use serde::{Deserialize, Serialize};

/// Something that is told, or why it is not.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(tag = "is", content = "what", rename_all = "snake_case")]
pub enum Told<T> {
    /// It is.
    Here(T),
    /// It is not.
    Not(Missing),
}

impl<T> Told<T> {
    /// Not told, and why.
    pub fn not(why: Why, says: impl Into<String>) -> Self {
        Self::Not(Missing { why, says: says.into() })
    }
}

/// Why something is not told.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Missing {
    /// In which way it is missing.
    pub why: Why,
    /// Why, in a sentence.
    pub says: String,
}

/// In which way something is missing. Each looks otherwise, and none of them is 0.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// There is none.
    None,
    /// There is too little to say it.
    TooLittle,
    /// A rule keeps it back.
    Withheld,
}

/// A value with what belongs to it.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Figure {
    /// What it is called.
    pub name: String,
    /// The value with its unit, as it is written.
    pub value: Told<String>,
    /// Over which time.
    pub period: String,
    /// How much was seen, in words.
    pub coverage: String,
    /// The name of its definition.
    pub definition: String,
}

/// What a figure is.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Definition {
    /// The name by which figures call it.
    pub name: String,
    /// What it is.
    pub says: String,
    /// Its unit; empty for none.
    pub unit: String,
    /// What it is made of.
    pub source: String,
}

/// A course over time, drawn and written out.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Series {
    /// What it shows.
    pub title: String,
    /// What is found in it, in a sentence: who can't see the picture hears it.
    pub finding: String,
    /// The unit; empty for none.
    pub unit: String,
    /// The least that its measure can be.
    pub lowest: f64,
    /// The most that its measure can be.
    pub highest: f64,
    /// How it usually is.
    pub usual: Option<f64>,
    /// The name of its definition.
    pub definition: String,
    /// In the order of time.
    pub points: Vec<Point>,
}

/// A point of a course.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Point {
    /// When, in words.
    pub at: String,
    /// The value, for the picture; none is a gap.
    pub value: Option<f64>,
    /// As it is written, or why there is none.
    pub written: String,
    /// How much was seen, in words.
    pub coverage: String,
}

/// Values beside each other, drawn and written out.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Bars {
    /// What they show.
    pub title: String,
    /// What is found in them, in a sentence.
    pub finding: String,
    /// What stands over the values.
    pub unit: String,
    /// The longest that a bar can be.
    pub highest: f64,
    /// The name of their definition.
    pub definition: String,
    /// Each of them.
    pub bars: Vec<Bar>,
}

/// One of them.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Bar {
    /// What it is of.
    pub name: String,
    /// How long it is; none: it is not told.
    pub value: Option<f64>,
    /// As it is written, or why there is none.
    pub written: String,
    /// How much was seen, in words.
    pub coverage: String,
}
