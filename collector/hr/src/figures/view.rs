use std::collections::{BTreeMap, BTreeSet};

use attune_forest::least_told;
use attune_ground::http::Problem;
use jiff::civil::Date;

use super::board::{Board, Few, Groups, NO_TEAM};
use super::grid::Grid;
use super::measure::{Definition, Subject};
use super::sums::{Figure, Sum};

/// Days behind a piece of time in which administrators may still write who was in which team at its end.
const WRITTEN_WITHIN: i32 = 7;

/// Why something is withheld.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Why {
    /// It is of too few people.
    Few,
    /// It would tell what each of them has, or with what is told of the others of too few.
    Others,
    /// Its time is not over for a week: somebody may still come into the group, and would be what is told then less what is told now.
    Unfinished,
}

impl Why {
    /// As it is written.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Few => "few",
            Self::Others => "others",
            Self::Unfinished => "unfinished",
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

impl Whose {
    /// As it is written.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Everybody => "everybody",
            Self::Team(_) => "team",
            Self::NoTeam => "no_team",
        }
    }

    /// The id of the team and what it is called, where it is one.
    pub(crate) fn team(self, groups: &Groups) -> Option<&(String, String)> {
        match self {
            Self::Team(place) => groups.teams.get(place),
            Self::Everybody | Self::NoTeam => None,
        }
    }
}

/// Pieces of time in a row.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Span {
    pub(crate) grid: Grid,
    pub(crate) first: i32,
    pub(crate) last: i32,
}

impl Span {
    /// Of what somebody asked for; what is empty was not. Up to the newest piece of which there is anything and that has begun, where
    /// nothing is.
    ///
    /// # Errors
    /// 400 for what is no day, and for too long a time.
    pub(crate) fn read(grid: Grid, newest: Option<i32>, today: Date, [from, to]: [&str; 2]) -> Result<Self, Problem> {
        let (usual, most) = grid.bounds();
        let (first, last) = (number(grid, "from", from)?, number(grid, "to", to)?);
        // A day to come, as where leave is planned or a date was mistyped, moves what is seen away from nobody.
        let newest = newest.map_or(grid.of(today), |newest| newest.min(grid.of(today)));
        let last = last.unwrap_or_else(|| first.map_or(newest, |first| newest.max(first).min(first + most - 1)));
        let first = first.unwrap_or(last - usual + 1);
        if last < first {
            return Err(Problem::bad_request("to", "to is not before from"));
        }
        if last - first >= most {
            let limit = format!("{most} {}s are shown at most; choose fewer days", grid.name());
            return Err(Problem::bad_request("from", limit));
        }
        let span = Self { grid, first, last };
        match span.days() {
            Some(_) => Ok(span),
            None => {
                let field = if to.trim().is_empty() { "from" } else { "to" };
                Err(Problem::bad_request(field, format!("{field} is too far away")))
            }
        }
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
    fn of(whose: Whose, cells: Vec<Told>, of: &Definition) -> Self {
        let figures: Vec<Figure> = cells.iter().filter_map(Told::figure).copied().collect();
        let withheld = cells.iter().find(|told| matches!(told, Told::Withheld(_)));
        let whole = match Figure::of_all(&figures, of) {
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
    /// Of a subject and a time, as of a day of UTC, where a group is of so many people at least.
    pub(crate) fn of(board: &Board, subject: Subject, span: Span, today: Date, least: usize) -> Self {
        let people = Some(board.people).filter(|people| *people as usize >= least.max(1));
        let piece = |cell| {
            let last = span.grid.last(cell);
            Piece { cell, is_over: (today - last).get_days() > WRITTEN_WITHIN, few: board.few(last, least) }
        };
        let pieces: Vec<Piece> = span.cells().map(piece).collect();
        Self { span, measures: subject.measures().map(|of| measured(board, of, &pieces, least)).collect(), people }
    }
}

/// A piece of time, with what holds there for each measure.
struct Piece {
    cell: i32,
    /// Whether its last day is over for long enough: until then it may be written who is in which group at its end.
    is_over: bool,
    few: Few,
}

fn measured(board: &Board, definition: &'static Definition, pieces: &[Piece], least: usize) -> OfMeasure {
    let teams = board.groups.teams.len();
    // Each column is a piece of time: everybody, who is in no team, and then the teams.
    let columns: Vec<Vec<Told>> = pieces.iter().map(|piece| column(board, definition, piece, least)).collect();
    let row = |place: usize| columns.iter().map(|column| column[place]).collect();
    let group = |whose, place| OfGroup::of(whose, row(place), definition);
    let mut groups = vec![group(Whose::Everybody, 0)];
    if teams > 0 {
        groups.extend((0..teams).map(|team| group(Whose::Team(team), team + 2)));
        groups.push(group(Whose::NoTeam, 1));
    }
    OfMeasure { definition, groups }
}

fn column(board: &Board, definition: &Definition, piece: &Piece, least: usize) -> Vec<Told> {
    let sums = board.sums.get(&(definition.measure, piece.cell));
    let all = sums.into_iter().flat_map(|sums| sums.values()).fold(Sum::default(), |all, one| all.with(*one));
    let withheld = withheld(&piece.few, sums, definition, least);
    let figure = |sum: Sum| sum.figure(definition).map_or(Told::Nothing, Told::Figure);
    let everybody = match all.people as usize {
        0 => Told::Nothing,
        people if people < least => Told::Withheld(Why::Few),
        _ if all.tells_each(definition) => Told::Withheld(Why::Others),
        _ => figure(all),
    };
    let of = |group: u32| {
        let sum = sums.and_then(|sums| sums.get(&group)).copied().unwrap_or_default();
        match sum.people as usize {
            _ if all.people == 0 => Told::Nothing,
            _ if !piece.is_over => Told::Withheld(Why::Unfinished),
            // Of a team of one, that nobody of it was ill and that somebody was are both of that one.
            _ if piece.few.has(group) => Told::Withheld(Why::Few),
            0 => Told::Nothing,
            people if people < least => Told::Withheld(Why::Few),
            _ if withheld.contains(&group) => Told::Withheld(Why::Others),
            _ => figure(sum),
        }
    };
    let numbers = std::iter::once(NO_TEAM).chain((1..).take(board.groups.teams.len()));
    std::iter::once(everybody).chain(numbers.map(of)).collect()
}

/// Which groups are withheld of a cell. All less those that are told is what these have together: it is of as many people as a figure is,
/// and tells no more of each of them than one may. Where those in groups of few are few together, it is the same whether any of them has a
/// value there.
fn withheld(few: &Few, sums: Option<&BTreeMap<u32, Sum>>, definition: &Definition, least: usize) -> BTreeSet<u32> {
    let beside = (1..least).contains(&few.people);
    let groups = sums.into_iter().flatten().map(|(group, sum)| (*group, *sum));
    let mut groups: Vec<(u32, Sum)> = groups.filter(|(group, _)| !beside || !few.has(*group)).collect();
    groups.sort_by_key(|(_, sum)| sum.people);
    let bound = bound(groups.iter().map(|(_, sum)| sum.people as usize).collect(), beside, least);
    let is_withheld = |sum: &Sum| (sum.people as usize) < bound || sum.tells_each(definition);
    let (mut withheld, told): (Vec<_>, Vec<_>) = groups.into_iter().partition(|(_, sum)| is_withheld(sum));
    let mut together = withheld.iter().fold(Sum::default(), |all, (_, sum)| all.with(*sum));
    for (group, sum) in told {
        if together.people == 0 || !together.tells_each(definition) {
            break;
        }
        together = together.with(sum);
        withheld.push((group, sum));
    }
    withheld.into_iter().map(|(group, _)| group).collect()
}

/// From how many people on a group is told of a cell in which groups have so many, where some more may be withheld beside them.
fn bound(counts: Vec<usize>, beside: bool, least: usize) -> usize {
    let bound = least_told(counts.clone(), least);
    if !beside || counts.iter().any(|count| *count < bound) {
        return bound;
    }
    // All less the others would tell of them alone: the smallest of the others are withheld with them.
    counts.into_iter().filter(|count| *count > bound).min().unwrap_or(usize::MAX)
}
