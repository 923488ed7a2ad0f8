//! What the search for unusual patterns takes of a row: 20 numbers.

use crate::rows::{Feedback, Judgement};

use super::row::Row;
use super::words::feedback_step;

/// A number that the search takes.
#[derive(Clone, Copy, Debug)]
pub struct Input {
    /// The feature that it is taken from.
    pub name: &'static str,
    /// Its name for people, as in [`super::FEATURES`].
    pub display_name: &'static str,
    of: fn(&Row) -> Option<f64>,
}

impl Input {
    const fn new(name: &'static str, display_name: &'static str, of: fn(&Row) -> Option<f64>) -> Self {
        Self { name, display_name, of }
    }
}

/// The inputs, in Elara's order.
pub static INPUTS: [Input; 20] = [
    Input::new("Teams_Messages_Sent_mean", "Average Teams Messages Sent", |row| row.messages.mean),
    Input::new("Teams_Messages_Sent_median", "Median Teams Messages Sent", |row| row.messages.median),
    Input::new("Emails_Sent_mean", "Average Emails Sent", |row| row.mails.mean),
    Input::new("Emails_Sent_median", "Median Emails Sent", |row| row.mails.median),
    Input::new("Meetings_Attended_sum", "Total Meetings Attended", |row| row.meetings.sum),
    Input::new("Meetings_Attended_mean", "Average Meetings Attended", |row| row.meetings.mean),
    Input::new("Meetings_Attended_median", "Median Meetings Attended", |row| row.meetings.median),
    Input::new("Work_Hours_mean", "Average Work Hours", |row| row.hours.mean),
    Input::new("Work_Hours_median", "Median Work Hours", |row| row.hours.median),
    Input::new("Work_Hours_std", "Variation of Work Hours", |row| row.hours.deviation),
    Input::new("Annual Leave_Factor", "Annual Leave", |row| row.leave[0]),
    Input::new("Casual Leave_Factor", "Casual Leave", |row| row.leave[1]),
    Input::new("Sick Leave_Factor", "Sick Leave", |row| row.leave[2]),
    Input::new("Unpaid Leave_Factor", "Unpaid Leave", |row| row.leave[3]),
    Input::new("Days_Since_Joining", "Days Since Joining", |row| row.days_since_joining.map(|days| days as f64)),
    Input::new("Onboarding_Factor", "Onboarding Factor", |row| row.onboarding),
    Input::new("Total_Decayed_Reward_Points", "Reward Factor", |row| row.points),
    Input::new("Decayed_Vibe", "Vibe Factor", |row| row.vibe),
    Input::new("Onboarding_Feedback", "Onboarding Feedback", |row| row.feedback.map(feedback_number)),
    Input::new("Manager_Feedback", "Manager Feedback", |row| row.judgement.map(judgement_number)),
];

/// The inputs of a row; what is not known is none.
#[must_use]
pub fn inputs(row: &Row) -> [Option<f64>; 20] {
    INPUTS.map(|input| (input.of)(row))
}

/// Elara numbers Poor 1, Average 2 and Excellent 3, and has no number for Good. Here it has its place: Good 3, Excellent 4. The
/// steps are as even as those of the onboarding factor.
fn feedback_number(said: Feedback) -> f64 {
    1.0 + feedback_step(said)
}

/// As Elara numbers it.
fn judgement_number(said: Judgement) -> f64 {
    match said {
        Judgement::NeedsImprovement => 2.0,
        Judgement::Meets => 3.0,
        Judgement::Exceeds => 4.0,
    }
}
