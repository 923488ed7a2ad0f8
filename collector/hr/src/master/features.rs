//! The features of the master table: what each is called, what it is, and where it comes from.

use std::borrow::Cow;
use std::fmt::{Display, Formatter};

use jiff::civil::Date;
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use crate::rows::Table;

use super::row::Row;
use super::words::{feedback, judgement, period};

/// A column of the master table.
#[derive(Clone, Copy, Debug)]
pub struct Feature {
    /// Its name in files.
    pub name: &'static str,
    /// Its name for people.
    pub display_name: &'static str,
    /// What it is counted in; empty for a word.
    pub unit: &'static str,
    /// Which table it comes from.
    pub source: Table,
    /// What it is. "Decayed" is up to the reference day, which is the table's newest where none is set.
    pub definition: &'static str,
    /// Whether rows lose weight with age in it.
    pub decays: bool,
    pub(super) of: Of,
}

/// What kind of values a column has.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Numbers.
    Number,
    /// Whole numbers.
    Count,
    /// Days of the calendar.
    Day,
    /// Words, as the table writes them.
    Word,
    /// True or false.
    Truth,
}

/// How a value is taken of a row.
#[derive(Clone, Copy, Debug)]
pub(super) enum Of {
    Number(fn(&Row) -> Option<f64>),
    Count(fn(&Row) -> Option<i64>),
    Day(fn(&Row) -> Option<Date>),
    Word(fn(&Row) -> Option<Cow<'static, str>>),
    Truth(fn(&Row) -> Option<bool>),
}

/// A value of a feature.
#[derive(Clone, PartialEq, Debug, Serialize)]
#[serde(untagged)]
pub enum Value {
    /// A number, always finite.
    Number(f64),
    /// A whole number.
    Count(i64),
    /// A day.
    Day(Date),
    /// A word.
    Word(Cow<'static, str>),
    /// True or false.
    Truth(bool),
}

impl Display for Value {
    /// As files have it: the shortest number that reads back as the same, days as ISO 8601, `True` and `False`.
    fn fmt(&self, to: &mut Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Number(number) => write!(to, "{number}"),
            Self::Count(count) => write!(to, "{count}"),
            Self::Day(day) => write!(to, "{day}"),
            Self::Word(word) => to.write_str(word),
            Self::Truth(true) => to.write_str("True"),
            Self::Truth(false) => to.write_str("False"),
        }
    }
}

impl Feature {
    /// Its value in a row, if it is known.
    #[must_use]
    pub fn value(&self, row: &Row) -> Option<Value> {
        match self.of {
            Of::Number(of) => of(row).map(Value::Number),
            Of::Count(of) => of(row).map(Value::Count),
            Of::Day(of) => of(row).map(Value::Day),
            Of::Word(of) => of(row).map(Value::Word),
            Of::Truth(of) => of(row).map(Value::Truth),
        }
    }

    /// The same as a number, if it is one.
    #[must_use]
    pub fn number(&self, row: &Row) -> Option<f64> {
        match self.of {
            Of::Number(of) => of(row),
            Of::Count(of) => of(row).map(|count| count as f64),
            Of::Day(_) | Of::Word(_) | Of::Truth(_) => None,
        }
    }

    /// What kind of values it has.
    #[must_use]
    pub fn kind(&self) -> Kind {
        match self.of {
            Of::Number(_) => Kind::Number,
            Of::Count(_) => Kind::Count,
            Of::Day(_) => Kind::Day,
            Of::Word(_) => Kind::Word,
            Of::Truth(_) => Kind::Truth,
        }
    }

    const fn new(
        (name, display_name, unit): (&'static str, &'static str, &'static str),
        source: Table,
        of: Of,
        definition: &'static str,
    ) -> Self {
        Self { name, display_name, unit, source, definition, decays: false, of }
    }

    const fn decaying(self) -> Self {
        Self { decays: true, ..self }
    }
}

/// The feature of this name.
#[must_use]
pub fn feature(name: &str) -> Option<&'static Feature> {
    FEATURES.iter().find(|feature| feature.name == name)
}

impl Serialize for Row {
    /// An object of all features by name, `Employee_ID` first; what is not known is null.
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut map = to.serialize_map(Some(1 + FEATURES.len()))?;
        map.serialize_entry(EMPLOYEE, &self.employee)?;
        for feature in &FEATURES {
            map.serialize_entry(feature.name, &feature.value(self))?;
        }
        map.end()
    }
}

/// The name of the column that says whose a row is.
pub(super) const EMPLOYEE: &str = "Employee_ID";

/// The 39 features, in the order of the columns.
pub static FEATURES: [Feature; 39] = [
    Feature::new(
        ("Teams_Messages_Sent_sum", "Total Teams Messages Sent", "messages"),
        Table::Activity,
        Of::Number(|row| row.messages.sum),
        "Sum of the Teams messages that the person sent, over all rows that say it.",
    ),
    Feature::new(
        ("Teams_Messages_Sent_mean", "Average Teams Messages Sent", "messages a day"),
        Table::Activity,
        Of::Number(|row| row.messages.mean),
        "Mean of the Teams messages that the person sent on a day, over all rows that say it.",
    ),
    Feature::new(
        ("Teams_Messages_Sent_median", "Median Teams Messages Sent", "messages a day"),
        Table::Activity,
        Of::Number(|row| row.messages.median),
        "Median of the Teams messages that the person sent on a day, over all rows that say it.",
    ),
    Feature::new(
        ("Teams_Messages_Sent_std", "Variation of Teams Messages Sent", "messages a day"),
        Table::Activity,
        Of::Number(|row| row.messages.deviation),
        "Standard deviation (n - 1) of the Teams messages that the person sent on a day; 0 where one row says it.",
    ),
    Feature::new(
        ("Emails_Sent_sum", "Total Emails Sent", "mails"),
        Table::Activity,
        Of::Number(|row| row.mails.sum),
        "Sum of the mails that the person sent, over all rows that say it.",
    ),
    Feature::new(
        ("Emails_Sent_mean", "Average Emails Sent", "mails a day"),
        Table::Activity,
        Of::Number(|row| row.mails.mean),
        "Mean of the mails that the person sent on a day, over all rows that say it.",
    ),
    Feature::new(
        ("Emails_Sent_median", "Median Emails Sent", "mails a day"),
        Table::Activity,
        Of::Number(|row| row.mails.median),
        "Median of the mails that the person sent on a day, over all rows that say it.",
    ),
    Feature::new(
        ("Emails_Sent_std", "Variation of Emails Sent", "mails a day"),
        Table::Activity,
        Of::Number(|row| row.mails.deviation),
        "Standard deviation (n - 1) of the mails that the person sent on a day; 0 where one row says it.",
    ),
    Feature::new(
        ("Meetings_Attended_sum", "Total Meetings Attended", "meetings"),
        Table::Activity,
        Of::Number(|row| row.meetings.sum),
        "Sum of the meetings that the person was in, over all rows that say it.",
    ),
    Feature::new(
        ("Meetings_Attended_mean", "Average Meetings Attended", "meetings a day"),
        Table::Activity,
        Of::Number(|row| row.meetings.mean),
        "Mean of the meetings that the person was in on a day, over all rows that say it.",
    ),
    Feature::new(
        ("Meetings_Attended_median", "Median Meetings Attended", "meetings a day"),
        Table::Activity,
        Of::Number(|row| row.meetings.median),
        "Median of the meetings that the person was in on a day, over all rows that say it.",
    ),
    Feature::new(
        ("Meetings_Attended_std", "Variation of Meetings Attended", "meetings a day"),
        Table::Activity,
        Of::Number(|row| row.meetings.deviation),
        "Standard deviation (n - 1) of the meetings that the person was in on a day; 0 where one row says it.",
    ),
    Feature::new(
        ("Work_Hours_sum", "Total Work Hours", "hours"),
        Table::Activity,
        Of::Number(|row| row.hours.sum),
        "Sum of the hours that the person worked, over all rows that say it.",
    ),
    Feature::new(
        ("Work_Hours_mean", "Average Work Hours", "hours a day"),
        Table::Activity,
        Of::Number(|row| row.hours.mean),
        "Mean of the hours that the person worked on a day, over all rows that say it.",
    ),
    Feature::new(
        ("Work_Hours_median", "Median Work Hours", "hours a day"),
        Table::Activity,
        Of::Number(|row| row.hours.median),
        "Median of the hours that the person worked on a day, over all rows that say it.",
    ),
    Feature::new(
        ("Work_Hours_std", "Variation of Work Hours", "hours a day"),
        Table::Activity,
        Of::Number(|row| row.hours.deviation),
        "Standard deviation (n - 1) of the hours that the person worked on a day; 0 where one row says it.",
    ),
    Feature::new(
        ("Last_activity_entry", "Last Activity", "date"),
        Table::Activity,
        Of::Day(|row| row.last_activity),
        "The newest day of the person's rows of activity.",
    ),
    Feature::new(
        ("Total_activity_entry", "Days of Activity", "rows"),
        Table::Activity,
        Of::Count(|row| row.activities),
        "How many rows of activity the person has.",
    ),
    Feature::new(
        ("Annual Leave_Factor", "Annual Leave", "days, decayed"),
        Table::Leave,
        Of::Number(|row| row.leave[0]),
        "Sum of the days of annual leave, each decayed since its end; 0 for who had only leave of other kinds.",
    )
    .decaying(),
    Feature::new(
        ("Casual Leave_Factor", "Casual Leave", "days, decayed"),
        Table::Leave,
        Of::Number(|row| row.leave[1]),
        "Sum of the days of casual leave, each decayed since its end; 0 for who had only leave of other kinds.",
    )
    .decaying(),
    Feature::new(
        ("Sick Leave_Factor", "Sick Leave", "days, decayed"),
        Table::Leave,
        Of::Number(|row| row.leave[2]),
        "Sum of the days of sick leave, each decayed since its end; 0 for who had only leave of other kinds.",
    )
    .decaying(),
    Feature::new(
        ("Unpaid Leave_Factor", "Unpaid Leave", "days, decayed"),
        Table::Leave,
        Of::Number(|row| row.leave[3]),
        "Sum of the days of unpaid leave, each decayed since its end; 0 for who had only leave of other kinds.",
    )
    .decaying(),
    Feature::new(
        ("Joining_Date", "Joining Date", "date"),
        Table::Onboarding,
        Of::Day(|row| row.joined),
        "The day on which the person joined, the last one if there are several.",
    ),
    Feature::new(
        ("Onboarding_Feedback", "Onboarding Feedback", ""),
        Table::Onboarding,
        Of::Word(|row| row.feedback.map(feedback)),
        "How the person found the start: Poor, Average, Good or Excellent.",
    ),
    Feature::new(
        ("Mentor_Assigned", "Mentor Assigned", ""),
        Table::Onboarding,
        Of::Truth(|row| row.mentor),
        "Whether the person had a mentor at the start.",
    ),
    Feature::new(
        ("Initial_Training_Completed", "Initial Training Completed", ""),
        Table::Onboarding,
        Of::Truth(|row| row.trained),
        "Whether the person ended the first training.",
    ),
    Feature::new(
        ("Days_Since_Joining", "Days Since Joining", "days"),
        Table::Onboarding,
        Of::Count(|row| row.days_since_joining),
        "Days from the day on which the person joined to the reference day; 0 for who joins after it.",
    ),
    Feature::new(
        ("Onboarding_Factor", "Onboarding Factor", "steps, decayed"),
        Table::Onboarding,
        Of::Number(|row| row.onboarding),
        "The feedback in steps (Poor 0, Average 1, Good 2, Excellent 3), decayed since the day of joining.",
    )
    .decaying(),
    Feature::new(
        ("Performance_Rating", "Performance Rating", "1 to 4"),
        Table::Performance,
        Of::Count(|row| row.rating),
        "The rating of the newest review; of one year Annual is newer than H2, and H2 than H1.",
    ),
    Feature::new(
        ("Manager_Feedback", "Manager Feedback", ""),
        Table::Performance,
        Of::Word(|row| row.judgement.map(judgement)),
        "What the manager said in the newest review: needs improvement, meets or exceeds expectations.",
    ),
    Feature::new(
        ("Promotion_Consideration", "Promotion Consideration", ""),
        Table::Performance,
        Of::Truth(|row| row.promotion),
        "Whether the newest review considers a promotion.",
    ),
    Feature::new(
        ("Last_Review_Period", "Last Review Period", ""),
        Table::Performance,
        Of::Word(|row| row.reviewed.map(period)),
        "When the newest review is of: H1, H2 or Annual, and the year.",
    ),
    Feature::new(
        ("Last_Review_Year", "Last Review Year", "year"),
        Table::Performance,
        Of::Count(|row| row.reviewed.map(|of| i64::from(of.year))),
        "The year of the newest review.",
    ),
    Feature::new(
        ("Best Team Player_Count", "Best Team Player Awards", "awards"),
        Table::Rewards,
        Of::Count(|row| row.awards[0]),
        "How many awards for best team player the person has; 0 for who has other awards only.",
    ),
    Feature::new(
        ("Innovation Award_Count", "Innovation Awards", "awards"),
        Table::Rewards,
        Of::Count(|row| row.awards[1]),
        "How many awards for innovation the person has; 0 for who has other awards only.",
    ),
    Feature::new(
        ("Leadership Excellence_Count", "Leadership Excellence Awards", "awards"),
        Table::Rewards,
        Of::Count(|row| row.awards[2]),
        "How many awards for leadership excellence the person has; 0 for who has other awards only.",
    ),
    Feature::new(
        ("Star Performer_Count", "Star Performer Awards", "awards"),
        Table::Rewards,
        Of::Count(|row| row.awards[3]),
        "How many awards for star performer the person has; 0 for who has other awards only.",
    ),
    Feature::new(
        ("Total_Decayed_Reward_Points", "Reward Factor", "points, decayed"),
        Table::Rewards,
        Of::Number(|row| row.points),
        "Sum of the points of all awards, each decayed since its day.",
    )
    .decaying(),
    Feature::new(
        ("Decayed_Vibe", "Vibe Factor", "score, decayed"),
        Table::Vibe,
        Of::Number(|row| row.vibe),
        "Sum of the scores of the vibe meter (1 to 6), each decayed since its day.",
    )
    .decaying(),
];
