use attune_ground::http::Problem;
use jiff::civil::Date;

use super::board::Board;
use super::grid::Grid;
use super::measure::Subject;
use super::view::{Span, View};

/// The time that is told of a subject, cut as somebody asked for it. Where nobody chose, into the shortest pieces of which something is told;
/// where nothing is, into the shortest of all.
///
/// # Errors
/// 400 for pieces that the subject is not cut into, for what is no day, and for too long a time.
pub(crate) fn chosen(
    board: &Board,
    subject: Subject,
    (each, days): (&str, [&str; 2]),
    (today, least): (Date, usize),
) -> Result<Span, Problem> {
    let read = |grid: Grid| Span::read(grid, board.newest(subject, grid), today, days);
    let grids = subject.grids();
    let each = each.trim();
    if !each.is_empty() {
        let names: Vec<&str> = grids.iter().map(|grid| grid.name()).collect();
        let none = || Problem::bad_request("each", format!("each is one of {}", names.join(", ")));
        return read(grids.iter().copied().find(|grid| grid.name() == each).ok_or_else(none)?);
    }
    let usual = read(subject.grid());
    for grid in grids {
        if let Ok(span) = read(*grid)
            && View::of(board, subject, span, today, least).tells()
        {
            return Ok(span);
        }
    }
    usual
}
