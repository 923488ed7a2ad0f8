//! How the tables write what the types say, and the steps that words stand for.

use std::borrow::Cow;

use crate::rows::{Award, Feedback, Judgement, LeaveKind, Part, Period};

/// The kinds of leave, in the order of their features.
pub(super) const LEAVES: [LeaveKind; 4] = [LeaveKind::Annual, LeaveKind::Casual, LeaveKind::Sick, LeaveKind::Unpaid];

/// The awards, in the order of their features.
pub(super) const AWARDS: [Award; 4] = [Award::TeamPlayer, Award::Innovation, Award::Leadership, Award::Star];

/// How somebody's start was, as the table writes it.
pub(super) fn feedback(said: Feedback) -> Cow<'static, str> {
    Cow::Borrowed(match said {
        Feedback::Poor => "Poor",
        Feedback::Average => "Average",
        Feedback::Good => "Good",
        Feedback::Excellent => "Excellent",
    })
}

/// The same in even steps, from 0 on.
pub(super) fn feedback_step(said: Feedback) -> f64 {
    match said {
        Feedback::Poor => 0.0,
        Feedback::Average => 1.0,
        Feedback::Good => 2.0,
        Feedback::Excellent => 3.0,
    }
}

/// What a manager said, as the table writes it.
pub(super) fn judgement(said: Judgement) -> Cow<'static, str> {
    Cow::Borrowed(match said {
        Judgement::NeedsImprovement => "Needs Improvement",
        Judgement::Meets => "Meets Expectations",
        Judgement::Exceeds => "Exceeds Expectations",
    })
}

/// When a review is of, as the table writes it.
pub(super) fn period(of: Period) -> Cow<'static, str> {
    let part = match of.part {
        Part::FirstHalf => "H1",
        Part::SecondHalf => "H2",
        Part::Annual => "Annual",
    };
    Cow::Owned(format!("{part} {}", of.year))
}
