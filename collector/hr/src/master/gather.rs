//! From the rows of an employee to the one row that they have in the master table.

use std::collections::BTreeMap;

use crate::rows::{Activity, Employee, Leave, Onboarding, Review, Reward, Tables, Vibe};

use super::days::References;
use super::decay::{Decay, days, weight};
use super::row::{Row, Spread};
use super::words::{AWARDS, LEAVES, feedback_step};

/// Makes rows of the master table, an employee at a time: a year of an organisation need not be in memory at once. The newest day of
/// each table is found before, in a pass of its own ([`super::Days`]).
#[derive(Clone, Copy, Debug)]
pub struct Gather {
    decay: Decay,
    references: References,
}

impl Gather {
    /// With these rates and these newest days; days that are set go before those.
    #[must_use]
    pub fn new(decay: &Decay, newest: &References) -> Self {
        Self { decay: *decay, references: decay.references.or(newest) }
    }

    /// The row of an employee. Rows of others are passed over.
    #[must_use]
    pub fn of_employee(&self, employee: &Employee, tables: &Tables) -> Row {
        let one = One {
            activity: tables.activity.iter().filter(|row| row.employee == *employee).collect(),
            leave: tables.leave.iter().filter(|row| row.employee == *employee).collect(),
            onboarding: tables.onboarding.iter().filter(|row| row.employee == *employee).collect(),
            performance: tables.performance.iter().filter(|row| row.employee == *employee).collect(),
            rewards: tables.rewards.iter().filter(|row| row.employee == *employee).collect(),
            vibe: tables.vibe.iter().filter(|row| row.employee == *employee).collect(),
        };
        self.row(employee, &one)
    }

    pub(super) fn row(&self, employee: &Employee, one: &One<'_>) -> Row {
        let (joined, reviewed) = (newest_start(&one.onboarding), newest_review(&one.performance));
        let since = joined.and_then(|row| Some(days(row.joined?, self.references.onboarding?)));
        let spread = |value: fn(&Activity) -> Option<f64>| {
            Spread::of(one.activity.iter().filter_map(|row| value(row)).collect())
        };
        Row {
            employee: employee.clone(),
            messages: spread(|row| row.messages.map(f64::from)),
            mails: spread(|row| row.mails.map(f64::from)),
            meetings: spread(|row| row.meetings.map(f64::from)),
            hours: spread(|row| row.hours),
            last_activity: one.activity.iter().filter_map(|row| row.date).max(),
            activities: (!one.activity.is_empty()).then_some(one.activity.len() as i64),
            leave: self.leave(&one.leave),
            joined: joined.and_then(|row| row.joined),
            feedback: joined.and_then(|row| row.feedback),
            mentor: joined.and_then(|row| row.mentor),
            trained: joined.and_then(|row| row.trained),
            days_since_joining: since,
            onboarding: joined.and_then(|row| self.onboarding(row)),
            rating: reviewed.and_then(|row| row.rating).map(i64::from),
            judgement: reviewed.and_then(|row| row.judgement),
            promotion: reviewed.and_then(|row| row.promotion),
            reviewed: reviewed.and_then(|row| row.period),
            awards: awards(&one.rewards),
            points: self.points(&one.rewards),
            vibe: self.vibe(&one.vibe),
        }
    }

    /// Who has leave of one kind has had none of another, unless the table does not say of which kind it was. Of a kind whose rows
    /// lack days or end nothing is known.
    fn leave(&self, rows: &[&Leave]) -> [Option<f64>; 4] {
        let is_known = rows.iter().any(|row| row.kind.is_some());
        LEAVES.map(|kind| {
            let mut of_kind = rows.iter().filter(|row| row.kind == Some(kind)).peekable();
            if of_kind.peek().is_none() {
                return is_known.then_some(0.0);
            }
            sum(of_kind.filter_map(|row| Some(row.days? * weight(self.decay.leave, row.end, self.references.leave)?)))
        })
    }

    fn onboarding(&self, row: &Onboarding) -> Option<f64> {
        let weight = weight(self.decay.onboarding, row.joined, self.references.onboarding)?;
        sum([feedback_step(row.feedback?) * weight].into_iter())
    }

    fn points(&self, rows: &[&Reward]) -> Option<f64> {
        let weight = |row: &Reward| weight(self.decay.rewards, row.date, self.references.rewards);
        sum(rows.iter().filter_map(|row| Some(row.points? * weight(row)?)))
    }

    fn vibe(&self, rows: &[&Vibe]) -> Option<f64> {
        let weight = |row: &Vibe| weight(self.decay.vibe, row.date, self.references.vibe);
        sum(rows.iter().filter_map(|row| Some(row.score? * weight(row)?)))
    }
}

/// The rows of one employee, in the order of their files.
#[derive(Default)]
pub(super) struct One<'a> {
    activity: Vec<&'a Activity>,
    leave: Vec<&'a Leave>,
    onboarding: Vec<&'a Onboarding>,
    performance: Vec<&'a Review>,
    rewards: Vec<&'a Reward>,
    vibe: Vec<&'a Vibe>,
}

/// The rows of each employee of any table, by employee.
pub(super) fn apart(tables: &Tables) -> BTreeMap<&Employee, One<'_>> {
    let mut found: BTreeMap<&Employee, One<'_>> = BTreeMap::new();
    for row in &tables.activity {
        found.entry(&row.employee).or_default().activity.push(row);
    }
    for row in &tables.leave {
        found.entry(&row.employee).or_default().leave.push(row);
    }
    for row in &tables.onboarding {
        found.entry(&row.employee).or_default().onboarding.push(row);
    }
    for row in &tables.performance {
        found.entry(&row.employee).or_default().performance.push(row);
    }
    for row in &tables.rewards {
        found.entry(&row.employee).or_default().rewards.push(row);
    }
    for row in &tables.vibe {
        found.entry(&row.employee).or_default().vibe.push(row);
    }
    found
}

/// The sum of what is known; none where nothing is, and none where it is too large for a number.
fn sum(values: impl Iterator<Item = f64>) -> Option<f64> {
    values.reduce(|sum, value| sum + value).filter(|sum| sum.is_finite())
}

/// The start that somebody had last. Of two on one day the file's later row holds.
fn newest_start<'a>(rows: &[&'a Onboarding]) -> Option<&'a Onboarding> {
    rows.iter().copied().max_by_key(|row| row.joined)
}

/// The newest review, as a whole: what it leaves open is not taken from an older one. Of two of one period the file's first row
/// holds, as with Elara.
fn newest_review<'a>(rows: &[&'a Review]) -> Option<&'a Review> {
    rows.iter().rev().copied().max_by_key(|row| row.period)
}

/// Awards of each kind. Who has one has none of the others, unless the table does not say which it was.
fn awards(rows: &[&Reward]) -> [Option<i64>; 4] {
    let is_known = rows.iter().any(|row| row.award.is_some());
    AWARDS.map(|award| is_known.then(|| rows.iter().filter(|row| row.award == Some(award)).count() as i64))
}
