use std::collections::BTreeMap;

use attune_forest::least_told;
use attune_ground::http::Problem;
use jiff::civil::Date;

use super::board::{Board, NO_TEAM};
use super::grid::Grid;
use super::measure::{Definition, Subject};
use super::sums::{Figure, Sum};

/// Why something is withheld.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Why {
    /// It is of too few people.
    Few,
    /// With what is told of the others it would tell of too few.
    Others,
}

impl Why {
    /// As it is written.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Few => "few",
            Self::Others => "others",
        }
    }
}

/// What is told of a cell, or of several.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) enum Told {
    Figure(Figure),
    Withheld(Why),
    /// No row says anything.
    Nothing,
}

impl Told {
    /// What is told, if it is.
    pub(crate) const fn figure(&self) -> Option<&Figure> {
        match self {
            Self::Figure(figure) => Some(figure),
            Self::Withheld(_) | Self::Nothing => None,
        }
    }
}

/// Of whom something is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Whose {
    /// Of everybody in the tables.
    Everybody,
    /// Of a team, by its place in the list of them.
    Team(usize),
    /// Of who is in no team.
    NoTeam,
}

/// Pieces of time in a row.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Span {
    pub(crate) grid: Grid,
    pub(crate) first: i32,
    pub(crate) last: i32,
}

impl Span {
    /// Of what somebody asked for; what is empty was not. Up to the newest piece of which there is anything, where nothing is.
    ///
    /// # Errors
    /// 400 for what is no day, and for too long a time.
    pub(crate) fn read(grid: Grid, newest: Option<i32>, today: Date, [from, to]: [&str; 2]) -> Result<Self, Problem> {
        let (usual, most) = grid.bounds();
        let (first, last) = (number(grid, "from", from)?, number(grid, "to", to)?);
        let newest = newest.unwrap_or_else(|| grid.of(today));
        let last = last.unwrap_or_else(|| first.map_or(newest, |first| newest.max(first).min(first + most - 1)));
        let first = first.unwrap_or(last - usual + 1);
        if last < first {
            return Err(Problem::bad_request("to", "to is not before from"));
        }
        if last - first >= most {
            let limit = format!("{most} {}s are shown at most; choose fewer days", grid.name());
            return Err(Problem::bad_request("from", limit));
        }
        Ok(Self { grid, first, last })
    }

    /// The numbers of its pieces.
    pub(crate) fn cells(self) -> impl Iterator<Item = i32> {
        self.first..=self.last
    }

    /// As many pieces right before it.
    pub(crate) const fn before(self) -> Self {
        let length = self.last - self.first + 1;
        Self { grid: self.grid, first: self.first - length, last: self.last - length }
    }

    /// Its first day and its last.
    pub(crate) fn days(self) -> Option<(Date, Date)> {
        Some((self.grid.days(self.first)?.0, self.grid.days(self.last)?.1))
    }
}

/// The number of the piece of a day; none where none is said.
fn number(grid: Grid, field: &str, text: &str) -> Result<Option<i32>, Problem> {
    let no_day = |_| Problem::bad_request(field, format!("{field} is a day of the calendar, like 2026-03-31"));
    match text.trim() {
        "" => Ok(None),
        text => Ok(Some(grid.of(text.parse::<Date>().map_err(no_day)?))),
    }
}

/// What is told of a group.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct OfGroup {
    pub(crate) whose: Whose,
    /// By piece of time.
    pub(crate) cells: Vec<Told>,
    /// Of all of them, made of those that are told.
    pub(crate) whole: Told,
}

impl OfGroup {
    fn of(whose: Whose, cells: Vec<Told>, scale: (f64, Option<f64>)) -> Self {
        let figures: Vec<Figure> = cells.iter().filter_map(Told::figure).copied().collect();
        let withheld = cells.iter().find(|told| matches!(told, Told::Withheld(_)));
        let whole = match Figure::of_all(&figures, scale) {
            Some(figure) => Told::Figure(figure),
            None => withheld.copied().unwrap_or(Told::Nothing),
        };
        Self { whose, cells, whole }
    }

    /// How many of its cells are told.
    pub(crate) fn told(&self) -> usize {
        self.cells.iter().filter(|told| told.figure().is_some()).count()
    }

    /// How many are withheld.
    pub(crate) fn withheld(&self) -> usize {
        self.cells.iter().filter(|told| matches!(told, Told::Withheld(_))).count()
    }
}

/// What is told of a measure: everybody first, then the teams by name, then who is in none.
#[derive(Clone, Debug)]
pub(crate) struct OfMeasure {
    pub(crate) definition: &'static Definition,
    pub(crate) groups: Vec<OfGroup>,
}

/// What is told of a subject.
#[derive(Clone, Debug)]
pub(crate) struct View {
    pub(crate) span: Span,
    pub(crate) measures: Vec<OfMeasure>,
    /// How many people the tables say anything of; none of too few.
    pub(crate) people: Option<u32>,
}

impl View {
    /// Of a subject and a time, where a group is of so many people at least.
    pub(crate) fn of(board: &Board, subject: Subject, span: Span, least: usize) -> Self {
        let people = Some(board.people).filter(|people| *people as usize >= least.max(1));
        Self { span, measures: subject.measures().map(|of| measured(board, of, span, least)).collect(), people }
    }
}

fn measured(board: &Board, definition: &'static Definition, span: Span, least: usize) -> OfMeasure {
    let teams = board.groups.teams.len();
    // Each column is a piece of time: everybody, who is in no team, and then the teams.
    let columns: Vec<Vec<Told>> = span.cells().map(|cell| column(board, definition, cell, least)).collect();
    let row = |place: usize| columns.iter().map(|column| column[place]).collect();
    let group = |whose, place| OfGroup::of(whose, row(place), definition.scale);
    let mut groups = vec![group(Whose::Everybody, 0)];
    if teams > 0 {
        groups.extend((0..teams).map(|team| group(Whose::Team(team), team + 2)));
        groups.push(group(Whose::NoTeam, 1));
    }
    OfMeasure { definition, groups }
}

fn column(board: &Board, definition: &Definition, cell: i32, least: usize) -> Vec<Told> {
    let sums = board.sums.get(&(definition.measure, cell));
    let all = sums.into_iter().flat_map(|sums| sums.values()).fold(Sum::default(), |all, one| all.with(*one));
    let bound = bound(board, sums, least);
    let told = |sum: Sum, bound: usize| match sum.people as usize {
        0 => Told::Nothing,
        few if few < least => Told::Withheld(Why::Few),
        some if some < bound => Told::Withheld(Why::Others),
        _ => sum.figure(definition.scale).map_or(Told::Nothing, Told::Figure),
    };
    // Of a team of one, that nobody of it was ill and that somebody was are both of that one.
    let of = |group: u32| {
        if all.people > 0 && board.is_few(group, least) {
            return Told::Withheld(Why::Few);
        }
        told(sums.and_then(|sums| sums.get(&group)).copied().unwrap_or_default(), bound)
    };
    let numbers = std::iter::once(NO_TEAM).chain((1..).take(board.groups.teams.len()));
    std::iter::once(told(all, least)).chain(numbers.map(of)).collect()
}

/// From how many people on a group is told of a cell. Where those in groups of few are few together, it is the same whether any of them has
/// a value there.
fn bound(board: &Board, sums: Option<&BTreeMap<u32, Sum>>, least: usize) -> usize {
    let beside = (1..least).contains(&board.in_few(least));
    let counts = sums.into_iter().flatten().filter(|(group, _)| !beside || !board.is_few(**group, least));
    let counts: Vec<usize> = counts.map(|(_, sum)| sum.people as usize).collect();
    let bound = least_told(counts.clone(), least);
    if !beside || counts.iter().any(|count| *count < bound) {
        return bound;
    }
    // All less the others would tell of them alone: the smallest of the others are withheld with them.
    counts.into_iter().filter(|count| *count > bound).min().unwrap_or(usize::MAX)
}
