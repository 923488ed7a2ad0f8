//! Elara's file of unusual employees, with her names and signs: a summary for each, the most unusual first.

use attune_ground::holdings::csv_line;
use serde::Serialize;

use super::features::EMPLOYEE;
use super::inputs::INPUTS;
use super::row::Row;

/// How many of the reasons are problems; the others are "other problems".
const PROBLEMS: usize = 5;

/// The columns. Elara misspells the score; the right spelling stands beside it.
const COLUMNS: [&str; 9] = [
    EMPLOYEE,
    "Problems",
    "Other Problems",
    "Anamaly_Score",
    "Anomaly_Score",
    "Average Work Hours",
    "Reward Factor",
    "Performance Rating",
    "Vibe Factor",
];

/// What made somebody unusual, and how much.
#[derive(Clone, Copy, PartialEq, Debug, Serialize)]
pub struct Reason {
    /// Its name for people.
    pub name: &'static str,
    /// How far it moved the score, at least 0.
    pub size: f64,
    /// How serious that is; none below low.
    pub severity: Option<Severity>,
}

/// How serious a reason is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// From 0.1 on; Elara's "moderate".
    Low,
    /// From 0.3 on; Elara's "significant".
    Medium,
    /// Above 0.6; Elara's "severe".
    High,
}

impl Severity {
    /// Of a reason of this size; none below 0.1.
    #[must_use]
    pub fn of(size: f64) -> Option<Self> {
        match size {
            size if size > 0.6 => Some(Self::High),
            size if size >= 0.3 => Some(Self::Medium),
            size if size >= 0.1 => Some(Self::Low),
            _ => None,
        }
    }

    /// The same in Elara's words.
    #[must_use]
    pub fn elara(self) -> &'static str {
        match self {
            Self::Low => "moderate",
            Self::Medium => "significant",
            Self::High => "severe",
        }
    }
}

/// Why somebody is unusual: the largest reasons, and all others.
#[derive(Clone, PartialEq, Default, Debug, Serialize)]
pub struct Reasons {
    /// The five largest, the largest first.
    pub problems: Vec<Reason>,
    /// The others, the largest first.
    pub others: Vec<Reason>,
}

impl Reasons {
    /// Of what each of [`INPUTS`] contributed to the score (TreeSHAP): what is negative moved it to the unusual side, and nothing else
    /// is a reason. Equal ones are in the order of the inputs.
    #[must_use]
    pub fn of(contributions: &[f64; 20]) -> Self {
        let reason = |name, size| Reason { name, size, severity: Severity::of(size) };
        let mut problems: Vec<Reason> = INPUTS
            .iter()
            .zip(contributions)
            .filter(|(_, share)| share.is_finite() && **share < 0.0)
            .map(|(input, share)| reason(input.display_name, -share))
            .collect();
        problems.sort_by(|one, other| other.size.total_cmp(&one.size));
        let others = problems.split_off(problems.len().min(PROBLEMS));
        Self { problems, others }
    }
}

/// An employee who was found unusual.
#[derive(Clone, Copy, Debug)]
pub struct Unusual<'a> {
    /// Their row of the master table.
    pub row: &'a Row,
    /// The forest's decision: the lower, the more unusual, and negative for who is flagged.
    pub score: f64,
    /// Why.
    pub reasons: &'a Reasons,
}

/// Puts the most unusual first; equal ones by employee.
pub fn sort(found: &mut [Unusual<'_>]) {
    found.sort_by(|one, other| {
        one.score.total_cmp(&other.score).then_with(|| one.row.employee.cmp(&other.row.employee))
    });
}

/// The names of the columns, as a line of CSV.
#[must_use]
pub fn heading() -> String {
    csv_line(COLUMNS)
}

/// An employee, as a line of CSV. Reasons are JSON: `[["Sick Leave", 0.42], ...]`.
#[must_use]
pub fn line(of: &Unusual<'_>) -> String {
    let number = |value: Option<f64>| value.map(|value| value.to_string()).unwrap_or_default();
    let score = of.score.to_string();
    let cells = [
        of.row.employee.0.clone(),
        pairs(&of.reasons.problems),
        pairs(&of.reasons.others),
        score.clone(),
        score,
        number(of.row.hours.mean),
        number(of.row.points),
        of.row.rating.map(|rating| rating.to_string()).unwrap_or_default(),
        number(of.row.vibe),
    ];
    csv_line(cells.iter().map(String::as_str))
}

fn pairs(reasons: &[Reason]) -> String {
    let pairs: Vec<(&str, f64)> = reasons.iter().map(|reason| (reason.name, reason.size)).collect();
    serde_json::to_string(&pairs).expect("texts and numbers")
}
