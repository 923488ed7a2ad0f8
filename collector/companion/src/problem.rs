//! What weighs on people at work, as far as the bank has words for it.

use crate::named::named;

named! {
    /// What a talk may be about.
    pub enum Problem {
        /// More work than the days hold.
        Workload = "workload",
        /// Long working days.
        LongHours = "long_hours",
        /// Days of which nobody knows how long they will be.
        UnevenHours = "uneven_hours",
        /// Leave that is put off.
        LeaveNotTaken = "leave_not_taken",
        /// Time off sick, and coming back.
        SickLeave = "sick_leave",
        /// Days cut up by meetings.
        Meetings = "meetings",
        /// Messages and mails without end.
        Interruptions = "interruptions",
        /// Little contact with others.
        Isolation = "isolation",
        /// A mood that stays low.
        LowMood = "low_mood",
        /// Work that nobody notes.
        Recognition = "recognition",
        /// A rating or a review.
        Performance = "performance",
        /// Being new.
        SettlingIn = "settling_in",
        /// Not getting ahead.
        Growth = "growth",
        /// Whom somebody reports to.
        Manager = "manager",
        /// Trouble with somebody at work.
        Conflict = "conflict",
        /// Being treated in a way that is not right.
        UnfairTreatment = "unfair_treatment",
        /// Dates that press.
        Deadlines = "deadlines",
        /// Not knowing what is expected.
        UnclearRole = "unclear_role",
        /// Change at work, and whether the job is safe.
        Change = "change",
        /// Sleep and tiredness.
        Sleep = "sleep",
        /// Work and home.
        Balance = "balance",
        /// Pay and money.
        Pay = "pay",
        /// Work that no longer draws somebody.
        Motivation = "motivation",
        /// Thoughts that do not rest.
        Worry = "worry",
        /// A loss.
        Loss = "loss",
    }
}

impl Problem {
    /// Whether it is named in many a talk that is about something else: whoever is worried about a deadline that the manager set
    /// speaks of the deadline.
    pub(crate) const fn is_often_named(self) -> bool {
        matches!(self, Self::LowMood | Self::Sleep | Self::Motivation | Self::Worry | Self::Manager)
    }

    /// As a heading, or in a list.
    #[must_use]
    pub const fn display_name(self) -> &'static str {
        match self {
            Self::Workload => "Amount of work",
            Self::LongHours => "Long hours",
            Self::UnevenHours => "Changing hours",
            Self::LeaveNotTaken => "Leave not taken",
            Self::SickLeave => "Time off sick",
            Self::Meetings => "Meetings",
            Self::Interruptions => "Messages and interruptions",
            Self::Isolation => "Little contact with others",
            Self::LowMood => "Low mood",
            Self::Recognition => "Recognition",
            Self::Performance => "Reviews and ratings",
            Self::SettlingIn => "Being new",
            Self::Growth => "Growth and promotion",
            Self::Manager => "The manager",
            Self::Conflict => "Conflict with others",
            Self::UnfairTreatment => "Unfair treatment",
            Self::Deadlines => "Deadlines",
            Self::UnclearRole => "Unclear goals",
            Self::Change => "Change at work",
            Self::Sleep => "Sleep and tiredness",
            Self::Balance => "Work and home",
            Self::Pay => "Pay and money",
            Self::Motivation => "Motivation",
            Self::Worry => "Worry and tension",
            Self::Loss => "Loss",
        }
    }

    /// In the middle of a sentence.
    #[must_use]
    pub const fn subject(self) -> &'static str {
        match self {
            Self::Workload => "the amount of work",
            Self::LongHours => "the length of your days",
            Self::UnevenHours => "the changing hours",
            Self::LeaveNotTaken => "the leave that you have not taken",
            Self::SickLeave => "your time off sick and the way back",
            Self::Meetings => "all the meetings",
            Self::Interruptions => "the messages that keep coming in",
            Self::Isolation => "being much on your own",
            Self::LowMood => "the heaviness of these days",
            Self::Recognition => "work that goes unseen",
            Self::Performance => "how your work was judged",
            Self::SettlingIn => "finding your way in as somebody new",
            Self::Growth => "the next step that does not come",
            Self::Manager => "how it is between you and your manager",
            Self::Conflict => "the conflict with somebody you work with",
            Self::UnfairTreatment => "the way you have been treated",
            Self::Deadlines => "the dates that press on you",
            Self::UnclearRole => "not knowing what is expected of you",
            Self::Change => "what is changing at work",
            Self::Sleep => "sleep and being tired",
            Self::Balance => "work and home pulling at you",
            Self::Pay => "money",
            Self::Motivation => "work that no longer draws you",
            Self::Worry => "worry that does not rest",
            Self::Loss => "your loss",
        }
    }
}
