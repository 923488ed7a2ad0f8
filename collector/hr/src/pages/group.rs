//! What the page of figures of groups and its charts say of groups and times.

use attune_pages::words::{Calendar, HrFiguresWords, date};
use jiff::civil::Date;

use crate::figures::{Board, OfGroup, OfMeasure, View, Whose, Why};

/// What is shown, with what it is said by.
pub(super) struct Page<'a> {
    pub(super) board: &'a Board,
    pub(super) view: &'a View,
    pub(super) least: usize,
    pub(super) times: &'a Calendar,
    /// The place of the team that is chosen.
    pub(super) chosen: Option<usize>,
}

fn texts() -> &'static HrFiguresWords {
    &super::texts().figures
}

impl Page<'_> {
    /// What a group is called.
    pub(super) fn name_of(&self, whose: Whose) -> &str {
        match whose {
            Whose::Everybody => &texts().everybody,
            Whose::NoTeam => &texts().no_team,
            Whose::Team(_) => whose.team(&self.board.groups).map_or("", |(_, name)| name.as_str()),
        }
    }

    /// Why something is withheld, in words.
    pub(super) fn because(&self, why: Why) -> String {
        let phrase = match why {
            Why::Few => &texts().few,
            Why::Others => &texts().others,
            Why::Unfinished => &texts().unfinished,
        };
        phrase.with("least", &self.least.to_string())
    }

    /// The first day that is shown and the last.
    pub(super) fn days(&self) -> (Date, Date) {
        self.view.span.days().unwrap_or((Date::MIN, Date::MIN))
    }

    pub(super) fn period(&self) -> String {
        let (from, to) = self.days();
        texts().period.fill(&[("from", &date(from)), ("to", &date(to))])
    }

    /// So many pieces of time, in words.
    pub(super) fn pieces(&self, count: usize) -> String {
        texts().pieces[self.view.span.grid as usize].of(count as u64)
    }
}

/// What is told of everybody.
pub(super) fn everybody(of: &OfMeasure) -> Option<&OfGroup> {
    of.groups.iter().find(|group| group.whose == Whose::Everybody)
}
