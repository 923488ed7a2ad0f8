use serde::{Deserialize, Serialize};

use super::{Bars, Figure, Series, Told};

/// A report of one person: a cover, then a part for each field.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Individual {
    /// What the person is called.
    pub name: String,
    /// Who they are.
    pub summary: Summary,
    /// How long they work.
    pub hours: Told<Hours>,
    /// How they said they are, over four weeks.
    pub mood: Told<Mood>,
    /// What is unusual in the tables of the personnel department.
    pub insights: Told<Vec<Insight>>,
    /// The same by how severe it is.
    pub risk: Told<Risk>,
    /// What people decided to do.
    pub actions: Told<Vec<Action>>,
    /// What the person talked about, as far as they released it, in sentences; none: the part is left out.
    pub talked: Vec<String>,
}

/// Who somebody is in the organisation.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct Summary {
    /// Pairs of a name and what it is: number, team, since when.
    pub facts: Vec<(String, String)>,
    /// What stands out first.
    pub figures: Vec<Figure>,
}

/// How long somebody works.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Hours {
    /// All, regular and beyond.
    pub figures: Vec<Figure>,
    /// By day or week.
    pub course: Option<Series>,
}

/// How somebody said they are.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Mood {
    /// Over all of it.
    pub figures: Vec<Figure>,
    /// A point a day.
    pub course: Series,
}

/// Something that is unusual, and why it is thought so.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Insight {
    /// What it is of.
    pub name: String,
    /// How severe: `low`, `medium`, `high`.
    pub severity: String,
    /// In a sentence, with its values.
    pub says: String,
    /// Whether another search could say otherwise.
    pub is_uncertain: bool,
}

/// What is unusual, by how severe it is.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Risk {
    /// How many of each.
    pub by_severity: Bars,
    /// What it can mean, and what it can't.
    pub says: String,
}

/// What somebody decided to do.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Action {
    /// What was decided, in words.
    pub what: String,
    /// When.
    pub at: String,
    /// Why.
    pub reason: String,
    /// Who looks after it; empty for nobody.
    pub owner: String,
    /// Until when; empty for no date.
    pub due: String,
    /// What else is noted.
    pub notes: String,
}
