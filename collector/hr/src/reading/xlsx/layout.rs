//! What of a sheet stands before and behind its rows: hidden columns, cells that are one, and rows of totals.

use std::collections::HashMap;

use quick_xml::events::Event;

use super::super::cell::Halt;
use super::super::limits;
use super::super::refusal::Refusal;
use super::package::Package;
use super::xml::{attribute, is_set, range};

/// The layout of a sheet.
#[derive(Debug, Default)]
pub(crate) struct Layout {
    /// Hidden columns, numbered from 0.
    pub(super) hidden: Vec<usize>,
    /// Cells that are one with those below: the last row of each, by its first row and column.
    pub(super) merged: HashMap<(u32, u32), u32>,
    /// Rows of totals, numbered from 0, with the last.
    pub(super) totals: Vec<(u32, u32)>,
}

impl Layout {
    pub(super) fn read(package: &Package, part: &str) -> Result<Self, Halt> {
        package.with(part, |xml| {
            let mut layout = Self::default();
            let (most, most_rows) = limits::MERGES;
            let mut merged_rows = 0;
            loop {
                match xml.next()? {
                    Event::Start(element) | Event::Empty(element) => match element.local_name().as_ref() {
                        "col" if is_set(&element, "hidden")? => {
                            let number = |text: Option<String>| text.and_then(|text| text.parse::<usize>().ok());
                            let first = number(attribute(&element, "min")?).unwrap_or(1).max(1);
                            let last = number(attribute(&element, "max")?).unwrap_or(first).min(limits::COLUMNS);
                            layout.hidden.extend(first - 1..last.max(first - 1));
                        }
                        "mergeCell" => {
                            let merged = attribute(&element, "ref")?.and_then(|text| range(&text));
                            if let Some(((top, left), (bottom, _))) = merged.filter(|(first, last)| last.0 > first.0) {
                                layout.merged.insert((top, left), bottom);
                                merged_rows += u64::from(bottom - top);
                            }
                        }
                        _ => {}
                    },
                    Event::Eof => return Ok(layout),
                    _ => {}
                }
                let too_many = layout.merged.len() > most || merged_rows > most_rows;
                if too_many || layout.hidden.len() > limits::COLUMNS * 2 {
                    return Err(Refusal::Damaged.into());
                }
            }
        })
    }
}

/// The rows of totals of a table of Excel.
pub(super) fn totals(package: &Package, part: &str) -> Result<Option<(u32, u32)>, Halt> {
    if package.real_name(part).is_none() {
        return Ok(None);
    }
    package.with(part, |xml| {
        loop {
            match xml.next()? {
                Event::Start(element) | Event::Empty(element) if element.local_name().as_ref() == "table" => {
                    let count: u32 =
                        attribute(&element, "totalsRowCount")?.and_then(|text| text.parse().ok()).unwrap_or_default();
                    let last = attribute(&element, "ref")?.and_then(|text| range(&text)).map(|(_, last)| last.0);
                    let rows = last.filter(|_| count > 0).map(|last| ((last + 1).saturating_sub(count), last));
                    return Ok(rows);
                }
                Event::Eof => return Ok(None),
                _ => {}
            }
        }
    })
}
