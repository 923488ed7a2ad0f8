use std::collections::BTreeMap;

use jiff::civil::Date;

use super::grid::{Grid, Window};
use super::measure::{Definition, Made, Measure};
use crate::rows::{Activity, Feedback, Leave, LeaveKind, Onboarding, Review, Reward, Tables, Vibe};

/// The value of one person in each cell: of a measure, in a piece of time, in each of the ways in which its time is cut.
pub(crate) type Values = BTreeMap<(Measure, Grid, i32), f64>;

/// What is known of a person, by cell, before it is one value.
struct Cells<'a> {
    window: &'a Window,
    sums: BTreeMap<(Measure, Grid, i32), (f64, u32)>,
}

impl Cells<'_> {
    fn add(&mut self, measure: Measure, day: Option<Date>, value: Option<f64>) {
        let value = value.filter(|value| value.is_finite());
        if let (Some(day), Some(value)) = (day.filter(|day| self.window.has(*day)), value) {
            for grid in Definition::of(measure).subject.grids() {
                self.add_in(measure, (*grid, grid.of(day)), value);
            }
        }
    }

    fn add_in(&mut self, measure: Measure, (grid, cell): (Grid, i32), value: f64) {
        let (sum, count) = self.sums.entry((measure, grid, cell)).or_default();
        (*sum, *count) = (*sum + value, *count + 1);
    }

    fn values(self) -> Values {
        let value = |(cell, (sum, count)): ((Measure, Grid, i32), (f64, u32))| {
            let value = match Definition::of(cell.0).made {
                Made::Mean => sum / f64::from(count),
                Made::Sum => sum,
            };
            value.is_finite().then_some((cell, value))
        };
        self.sums.into_iter().filter_map(value).collect()
    }
}

/// The values of whom all of these rows are about.
pub(crate) fn values(tables: &Tables, window: &Window) -> Values {
    let mut cells = Cells { window, sums: BTreeMap::new() };
    for Activity { date, messages, mails, meetings, hours, .. } in &tables.activity {
        cells.add(Measure::Hours, *date, *hours);
        cells.add(Measure::Messages, *date, messages.map(f64::from));
        cells.add(Measure::Mails, *date, mails.map(f64::from));
        cells.add(Measure::Meetings, *date, meetings.map(f64::from));
    }
    for Leave { kind, days, start, .. } in &tables.leave {
        let measure = kind.map(|kind| match kind {
            LeaveKind::Annual => Measure::Annual,
            LeaveKind::Casual => Measure::Casual,
            LeaveKind::Sick => Measure::Sick,
            LeaveKind::Unpaid => Measure::Unpaid,
        });
        if let Some(measure) = measure {
            cells.add(measure, *start, *days);
        }
    }
    for Onboarding { joined, feedback, mentor, trained, .. } in &tables.onboarding {
        let share = |is_so: bool| if is_so { 1.0 } else { 0.0 };
        let well = feedback.map(|said| matches!(said, Feedback::Good | Feedback::Excellent));
        cells.add(Measure::WellStarted, *joined, well.map(share));
        cells.add(Measure::Mentored, *joined, mentor.map(share));
        cells.add(Measure::Trained, *joined, trained.map(share));
    }
    for Review { period, rating, .. } in &tables.performance {
        if let (Some(period), Some(rating)) = (period.filter(|of| window.has_year(of.year)), rating) {
            cells.add_in(Measure::Rating, (Grid::Year, i32::from(period.year)), f64::from(*rating));
        }
    }
    for Reward { date, points, .. } in &tables.rewards {
        cells.add(Measure::Points, *date, *points);
    }
    for Vibe { date, score, .. } in &tables.vibe {
        cells.add(Measure::Mood, *date, *score);
    }
    cells.values()
}
