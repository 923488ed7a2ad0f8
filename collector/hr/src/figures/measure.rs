use super::grid::Grid;
use crate::rows::Table;

/// What a page is about.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Subject {
    /// How people said that they are.
    Mood,
    /// How much they work and write.
    Hours,
    /// Ratings, and points for awards beside them.
    Performance,
    /// Days away.
    Leave,
    /// How people came to the organisation.
    Onboarding,
}

impl Subject {
    pub(crate) const ALL: [Self; 5] = [Self::Mood, Self::Hours, Self::Performance, Self::Leave, Self::Onboarding];

    /// As it is written.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Mood => "mood",
            Self::Hours => "hours",
            Self::Performance => "performance",
            Self::Leave => "leave",
            Self::Onboarding => "onboarding",
        }
    }

    /// Into what its time is cut.
    pub(crate) const fn grid(self) -> Grid {
        match self {
            Self::Mood | Self::Hours => Grid::Week,
            Self::Leave => Grid::Quarter,
            Self::Performance | Self::Onboarding => Grid::Year,
        }
    }

    /// What is told of it.
    pub(crate) fn measures(self) -> impl Iterator<Item = &'static Definition> {
        MEASURES.iter().filter(move |of| of.subject == self)
    }
}

/// What is measured. The order is that of [`MEASURES`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Measure {
    Mood,
    Hours,
    Messages,
    Mails,
    Meetings,
    Rating,
    Points,
    Annual,
    Casual,
    Sick,
    Unpaid,
    WellStarted,
    Mentored,
    Trained,
}

/// What the value of a person in a cell is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Made {
    /// The mean of their rows.
    Mean,
    /// The sum of their rows.
    Sum,
}

/// What a measure is, in one place.
#[derive(Debug)]
pub(crate) struct Definition {
    pub(crate) measure: Measure,
    pub(crate) name: &'static str,
    pub(crate) display_name: &'static str,
    pub(crate) unit: &'static str,
    pub(crate) subject: Subject,
    pub(crate) table: Table,
    pub(crate) made: Made,
    /// The least and the most of its scale; none where there is no most.
    pub(crate) scale: (f64, Option<f64>),
    pub(crate) decimals: usize,
    pub(crate) definition: &'static str,
}

impl Definition {
    /// The one of a measure.
    pub(crate) fn of(measure: Measure) -> &'static Self {
        &MEASURES[measure as usize]
    }

    /// Whether its values are shares of one.
    pub(super) fn is_share(&self) -> bool {
        self.scale.1.is_some_and(|most| most <= 1.0)
    }
}

const fn activity(measure: Measure, names: [&'static str; 3], definition: &'static str) -> Definition {
    let [name, display_name, unit] = names;
    let (subject, table, made) = (Subject::Hours, Table::Activity, Made::Mean);
    Definition { measure, name, display_name, unit, subject, table, made, scale: (0.0, None), decimals: 1, definition }
}

const fn leave(measure: Measure, name: &'static str, display_name: &'static str, kind: &'static str) -> Definition {
    let (subject, table, made) = (Subject::Leave, Table::Leave, Made::Sum);
    let (unit, scale) = ("days", (0.0, None));
    Definition { measure, name, display_name, unit, subject, table, made, scale, decimals: 1, definition: kind }
}

const fn start(measure: Measure, names: [&'static str; 2], definition: &'static str) -> Definition {
    let [name, display_name] = names;
    let (subject, table, made) = (Subject::Onboarding, Table::Onboarding, Made::Mean);
    let (unit, scale) = ("share of people", (0.0, Some(1.0)));
    Definition { measure, name, display_name, unit, subject, table, made, scale, decimals: 2, definition }
}

/// All measures.
pub(crate) static MEASURES: [Definition; 14] = [
    Definition {
        measure: Measure::Mood,
        name: "mood",
        display_name: "Mood",
        unit: "1 to 6",
        subject: Subject::Mood,
        table: Table::Vibe,
        made: Made::Mean,
        scale: (1.0, Some(6.0)),
        decimals: 2,
        definition: "The mean of somebody's scores of the vibe meter in a week, and of that the mean over people.",
    },
    Definition {
        scale: (0.0, Some(24.0)),
        ..activity(
            Measure::Hours,
            ["hours", "Working hours", "h a day"],
            "The mean of somebody's hours a day that has a row, in a week, and of that the mean over people.",
        )
    },
    activity(
        Measure::Messages,
        ["messages", "Teams messages", "a day"],
        "The mean of the Teams messages that somebody sent a day that has a row, in a week, and of that the mean over people.",
    ),
    activity(
        Measure::Mails,
        ["mails", "Mails", "a day"],
        "The mean of the mails that somebody sent a day that has a row, in a week, and of that the mean over people.",
    ),
    activity(
        Measure::Meetings,
        ["meetings", "Meetings", "a day"],
        "The mean of the meetings that somebody was in a day that has a row, in a week, and of that the mean over people.",
    ),
    Definition {
        measure: Measure::Rating,
        name: "rating",
        display_name: "Performance rating",
        unit: "1 to 4",
        subject: Subject::Performance,
        table: Table::Performance,
        made: Made::Mean,
        scale: (1.0, Some(4.0)),
        decimals: 2,
        definition: "The mean of somebody's ratings in the reviews of a year, and of that the mean over people.",
    },
    Definition {
        measure: Measure::Points,
        name: "points",
        display_name: "Reward points",
        unit: "points",
        subject: Subject::Performance,
        table: Table::Rewards,
        made: Made::Sum,
        scale: (0.0, None),
        decimals: 0,
        definition: "The points of somebody's awards in a year, and of that the mean over the people who had some.",
    },
    leave(
        Measure::Annual,
        "annual_leave",
        "Annual leave",
        "The days of annual leave that somebody began in a quarter, and of that the mean over the people who began some.",
    ),
    leave(
        Measure::Casual,
        "casual_leave",
        "Casual leave",
        "The days of casual leave that somebody began in a quarter, and of that the mean over the people who began some.",
    ),
    leave(
        Measure::Sick,
        "sick_leave",
        "Sick leave",
        "The days of sick leave that somebody began in a quarter, and of that the mean over the people who began some.",
    ),
    leave(
        Measure::Unpaid,
        "unpaid_leave",
        "Unpaid leave",
        "The days of unpaid leave that somebody began in a quarter, and of that the mean over the people who began some.",
    ),
    start(
        Measure::WellStarted,
        ["good_start", "Good start"],
        "Of the people who joined in a year and were asked, the share who found their start good or excellent.",
    ),
    start(
        Measure::Mentored,
        ["mentor", "Had a mentor"],
        "Of the people who joined in a year and of whom it is known, the share who had a mentor.",
    ),
    start(
        Measure::Trained,
        ["training", "Ended the first training"],
        "Of the people who joined in a year and of whom it is known, the share who ended the first training.",
    ),
];
