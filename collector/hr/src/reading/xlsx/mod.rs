//! Workbooks (Office Open XML). Read here and not by a library: where one asks for memory by what a part says of its own size, a small
//! file ends the process; and hidden rows, formats of numbers and formulas without a result have to be seen, too.
//!
//! A sheet is streamed. What lies in memory is the packed file, its shared texts and its formats.

mod formats;
mod layout;
mod package;
mod sheet;
mod strings;
mod workbook;
mod xml;

#[cfg(test)]
pub(crate) use formats::of_code;
pub(crate) use sheet::Rows;
#[cfg(test)]
pub(crate) use strings::meant;
pub(crate) use workbook::{Sheet, Workbook};
