//! Figures of groups of people, made of the rows that HR gave: mood, working hours, performance against rewards, leave and how people
//! started, each over time. Knows no database.
//!
//! HR may read the rows themselves. A figure of a group is made to be looked at, printed and handed on, so it tells of no person:
//!
//! | rule | why |
//! |---|---|
//! | time is cut into cells that are the same for everybody: weeks from Monday, quarters, years | two ranges that differ by a day would tell that day |
//! | of a person a cell holds one value: the mean of their rows, or the sum where the definition says so | who has many rows is not everybody |
//! | a cell of a group is told of at least so many people who have a value in it (`least_people`) | |
//! | who is in which group counts as it was at the end of a cell, by days of UTC; a cell that is not over for a week is told of everybody alone | who changes team, or was written late, would be what is told tomorrow less what is told today |
//! | a figure is told with as many decimals as are written, and no finer | of each who comes or goes it would tell the more |
//! | nothing is told where all have the same, or where it lies so near an end of its scale that nobody can be far from it, as in a share of all but one | it would tell what each of them has |
//! | what is withheld of a cell is together of at least that many, and tells no more of each, or one more group is withheld | all less the others would tell them |
//! | of a group of fewer people no cell tells whether anybody has a value in it | that nobody of a team of one was ill tells of that one |
//! | whatever range is asked for is made of cells that are told, and of nothing else | a range less a shorter one would tell the rest |
//! | kinds of leave are never added up | all kinds less the others would tell one |
//!
//! Groups are the teams that people were in: no table of HR names a department. Who is in none counts in a group of its own, and for
//! everybody. Rows from more than ten years ago or of a year to come are left out: a date that was mistyped makes no cell.
//!
//! What the rules do not hold against: who keeps what was told, and compares it with what is told once rows of a cell are others, as where
//! another version of a table stands or somebody is erased, or once an administrator has written a place in a team that lies back by more
//! than a week. HR gives the rows, and each place that is written stands in the log of access.

mod board;
mod cells;
mod file;
mod grid;
mod measure;
mod sums;
#[cfg(test)]
mod tests;
mod view;

pub(crate) use board::{Board, Groups};
pub(crate) use cells::values;
pub(crate) use file::csv;
pub(crate) use grid::{Grid, Window};
pub(crate) use measure::{Definition, Measure, Subject};
pub(crate) use sums::Figure;
pub(crate) use view::{OfGroup, OfMeasure, Span, Told, View, Whose, Why};
