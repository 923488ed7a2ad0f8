//! The row of an employee.

use jiff::civil::Date;

use crate::rows::{Employee, Feedback, Judgement, Period};

/// What all six tables say of an employee. What they do not say is `None`, never 0; what is not finite is not said.
#[derive(Clone, PartialEq, Debug)]
pub struct Row {
    /// Whose.
    pub employee: Employee,
    /// Teams messages sent.
    pub messages: Spread,
    /// Mails sent.
    pub mails: Spread,
    /// Meetings.
    pub meetings: Spread,
    /// Hours worked.
    pub hours: Spread,
    /// The newest day of activity.
    pub last_activity: Option<Date>,
    /// Rows of activity.
    pub activities: Option<i64>,
    /// Decayed days of leave: annual, casual, sick, unpaid.
    pub leave: [Option<f64>; 4],
    /// When they joined.
    pub joined: Option<Date>,
    /// How they found the start.
    pub feedback: Option<Feedback>,
    /// Whether they had a mentor.
    pub mentor: Option<bool>,
    /// Whether they ended the first training.
    pub trained: Option<bool>,
    /// Days from when they joined to the reference day.
    pub days_since_joining: Option<i64>,
    /// The decayed step of the feedback.
    pub onboarding: Option<f64>,
    /// The rating of the newest review.
    pub rating: Option<i64>,
    /// What the manager said in it.
    pub judgement: Option<Judgement>,
    /// Whether it considers a promotion.
    pub promotion: Option<bool>,
    /// When it is of.
    pub reviewed: Option<Period>,
    /// Awards: team player, innovation, leadership, star.
    pub awards: [Option<i64>; 4],
    /// Decayed points for awards.
    pub points: Option<f64>,
    /// Decayed scores of the vibe meter.
    pub vibe: Option<f64>,
}

/// How the values of a column lie.
#[derive(Clone, Copy, PartialEq, Default, Debug)]
pub struct Spread {
    /// Their sum.
    pub sum: Option<f64>,
    /// Their mean.
    pub mean: Option<f64>,
    /// Their median.
    pub median: Option<f64>,
    /// Their standard deviation (n - 1); 0 of a single value.
    pub deviation: Option<f64>,
}

impl Spread {
    /// Of these values.
    pub(super) fn of(mut values: Vec<f64>) -> Self {
        values.retain(|value| value.is_finite());
        values.sort_by(f64::total_cmp);
        let (count, middle) = (values.len(), values.len() / 2);
        let median = match count {
            0 => return Self::default(),
            odd if odd % 2 == 1 => values[middle],
            _ => f64::midpoint(values[middle - 1], values[middle]),
        };
        let sum: f64 = values.iter().sum();
        let mean = sum / count as f64;
        let squares: f64 = values.iter().map(|value| (value - mean) * (value - mean)).sum();
        let deviation = if count == 1 { 0.0 } else { (squares / (count - 1) as f64).sqrt() };
        let finite = |value: f64| Some(value).filter(|value| value.is_finite());
        Self { sum: finite(sum), mean: finite(mean), median: finite(median), deviation: finite(deviation) }
    }
}
