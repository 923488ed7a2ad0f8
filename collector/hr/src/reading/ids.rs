//! Ids of employees: text, never numbers. Blanks, invisible signs and small letters make no other employee; zeros do.

use std::collections::HashMap;

use crate::rows::Employee;

use super::cell::{Cell, Halt, Shown};
use super::limits;
use super::problem::ProblemKind;
use super::refusal::Refusal;
use super::{text, words};

/// What a cell says of an employee.
pub(crate) fn read(cell: &Cell<'_>) -> Result<Employee, ProblemKind> {
    match cell {
        Cell::Empty | Cell::NotAvailable => Err(ProblemKind::NoEmployee),
        Cell::Text(text) => of_text(text),
        Cell::Number { value, shown } => of_number(*value, shown),
        Cell::Broken => Err(ProblemKind::BrokenText),
        Cell::Error => Err(ProblemKind::CellError),
        Cell::Unfinished => Err(ProblemKind::Unfinished),
        Cell::Yes(_) | Cell::Day(_) => Err(ProblemKind::BadId),
        Cell::Merged(cell) => read(cell),
    }
}

fn of_text(text: &str) -> Result<Employee, ProblemKind> {
    let plain = text::plain(text);
    if words::is_missing(&plain) {
        return Err(ProblemKind::NoEmployee);
    }
    if words::is_error(&plain) {
        return Err(ProblemKind::CellError);
    }
    // Another program could not tell what stood there: two ids would be one.
    if plain.contains(char::REPLACEMENT_CHARACTER) {
        return Err(ProblemKind::BrokenText);
    }
    if is_scientific(&plain) {
        return Err(ProblemKind::DigitsLost);
    }
    let unfit = plain.chars().any(char::is_control) || plain.starts_with(['=', '+', '-', '@']);
    if unfit || plain.chars().count() > limits::ID || !plain.chars().any(char::is_alphanumeric) {
        return Err(ProblemKind::BadId);
    }
    // A program that took ids for numbers wrote 1001 as 1001.0.
    let bare =
        plain.strip_suffix(".0").filter(|bare| !bare.is_empty() && bare.bytes().all(|byte| byte.is_ascii_digit()));
    Ok(Employee(bare.unwrap_or(&plain).to_uppercase()))
}

/// Whether text is a long number that Excel has shown as 1.00123E+11.
fn is_scientific(plain: &str) -> bool {
    let Some((mantissa, exponent)) = plain.split_once(['e', 'E']) else { return false };
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let (whole, part) = mantissa.split_once(['.', ',']).unwrap_or((mantissa, "0"));
    whole.len() == 1 && digits(whole) && digits(part) && exponent.strip_prefix('+').is_some_and(digits)
}

fn of_number(value: f64, shown: &Shown) -> Result<Employee, ProblemKind> {
    // Beyond this, Excel has no digit for each place.
    const MOST: f64 = 999_999_999_999_999.0;
    if value.fract() != 0.0 || value.is_sign_negative() {
        return Err(ProblemKind::BadId);
    }
    if value > MOST {
        return Err(ProblemKind::DigitsLost);
    }
    match shown {
        Shown::Date | Shown::Time | Shown::Percent => Err(ProblemKind::BadId),
        Shown::Plain | Shown::Money => Ok(Employee(format!("{value:.0}"))),
        Shown::Padded { before, zeros, after } => {
            of_text(&format!("{before}{value:0>zeros$.0}{after}", zeros = *zeros))
        }
    }
}

/// Ids that are numbers, of which some have zeros before them.
#[derive(Debug, Default)]
pub(crate) struct Zeros {
    /// By the number: ids with zeros before it, and whether there are several.
    with: HashMap<String, (String, bool)>,
    /// Numbers without, and the first row of each.
    without: HashMap<String, u32>,
}

impl Zeros {
    pub(crate) fn see(&mut self, employee: &Employee, row: u32) -> Result<(), Halt> {
        let id = &employee.0;
        if !id.bytes().all(|byte| byte.is_ascii_digit()) {
            return Ok(());
        }
        let number = id.trim_start_matches('0');
        if number.len() == id.len() {
            self.without.entry(number.to_owned()).or_insert(row);
        } else {
            match self.with.get_mut(number) {
                Some((known, several)) => *several |= *known != *id,
                None => drop(self.with.insert(number.to_owned(), (id.clone(), false))),
            }
        }
        match self.with.len() + self.without.len() > limits::NUMERIC_IDS {
            true => Err(Refusal::TooManyEmployees.into()),
            false => Ok(()),
        }
    }

    /// The first row whose id may have lost its zeros.
    pub(crate) fn first(&self) -> Option<u32> {
        self.without.iter().filter(|(number, _)| self.with.contains_key(*number)).map(|(_, row)| *row).min()
    }

    /// The id that a number stands for, where zeros before it are lost.
    pub(crate) fn restored(&self, employee: Employee) -> Result<Employee, ProblemKind> {
        match self.with.get(&employee.0) {
            Some((_, true)) => Err(ProblemKind::ZerosLost),
            Some((id, false)) => Ok(Employee(id.clone())),
            None => Ok(employee),
        }
    }
}
