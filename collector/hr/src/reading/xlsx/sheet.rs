//! The rows of a sheet, one at a time. No cell asks for more memory than the row that it stands in.

use std::collections::HashMap;
use std::io::BufRead;
use std::rc::Rc;

use jiff::civil::{Date, DateTime};
use quick_xml::events::{BytesStart, Event};

use super::super::cell::{Cell, Grid, Halt, Row, Shown};
use super::super::limits;
use super::super::refusal::Refusal;
use super::layout::{Layout, totals};
use super::strings;
use super::workbook::{Sheet, Workbook, relations};
use super::xml::{Xml, attribute, is_set, reference};

static PLAIN: Shown = Shown::Plain;

/// The rows of a sheet.
pub(crate) struct Rows<'w> {
    workbook: &'w Workbook,
    part: String,
    layout: Layout,
}

impl<'w> Rows<'w> {
    /// The rows of a sheet, after its layout was looked at.
    pub(crate) fn of(workbook: &'w Workbook, sheet: &Sheet) -> Result<Self, Halt> {
        let mut layout = Layout::read(&workbook.package, &sheet.part)?;
        for relation in relations(&workbook.package, &sheet.part)?.values().filter(|relation| relation.kind == "table")
        {
            layout.totals.extend(totals(&workbook.package, &relation.part)?);
            if layout.totals.len() > limits::TABLES {
                return Err(Refusal::Damaged.into());
            }
        }
        Ok(Self { workbook, part: sheet.part.clone(), layout })
    }
}

impl Grid for Rows<'_> {
    fn each(&self, take: &mut dyn FnMut(&Row<'_>) -> Result<(), Halt>) -> Result<(), Halt> {
        self.workbook.package.with(&self.part, |xml| {
            let mut within = false;
            let mut next = 0;
            let mut merging = HashMap::new();
            loop {
                let (mut row, has_cells) = match xml.next()? {
                    Event::Start(element) if element.local_name().as_ref() == "sheetData" => {
                        within = true;
                        continue;
                    }
                    Event::End(element) if element.local_name().as_ref() == "sheetData" => return Ok(()),
                    Event::Start(element) if within && element.local_name().as_ref() == "row" => {
                        (self.row(&element, next)?, true)
                    }
                    Event::Empty(element) if within && element.local_name().as_ref() == "row" => {
                        (self.row(&element, next)?, false)
                    }
                    Event::Eof if within => return Err(Refusal::Damaged.into()),
                    Event::Eof => return Ok(()),
                    _ => continue,
                };
                next = row.number;
                if has_cells {
                    self.cells(xml, &mut row)?;
                }
                self.merge(&mut row, &mut merging);
                take(&row)?;
            }
        })
    }

    fn done(&self) -> u64 {
        0
    }

    fn hidden(&self) -> &[usize] {
        &self.layout.hidden
    }

    fn epoch(&self) -> i64 {
        self.workbook.epoch
    }
}

/// What a cell says of itself.
struct Head {
    column: usize,
    kind: String,
    style: usize,
}

/// What stands within a cell.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Inner {
    Value,
    Inline,
    Formula,
    Other,
}

impl<'w> Rows<'w> {
    fn row(&self, element: &BytesStart<'_>, before: u32) -> Result<Row<'w>, Halt> {
        let number = match attribute(element, "r")? {
            Some(text) => text.parse().map_err(|_| Refusal::Damaged)?,
            None => before + 1,
        };
        if number <= before || number > limits::SHEET.0 {
            return Err(Refusal::Damaged.into());
        }
        let hidden = is_set(element, "hidden")?;
        let total = self.layout.totals.iter().any(|(first, last)| (*first..=*last).contains(&(number - 1)));
        Ok(Row { number, hidden, total, outside: false, cells: Vec::new() })
    }

    fn cells<R: BufRead>(&self, xml: &mut Xml<R>, row: &mut Row<'w>) -> Result<(), Halt> {
        let mut next = 0;
        loop {
            let (head, has_more) = match xml.next()? {
                Event::Start(element) if element.local_name().as_ref() == "c" => (head(&element, next)?, true),
                Event::Empty(element) if element.local_name().as_ref() == "c" => (head(&element, next)?, false),
                Event::End(element) if element.local_name().as_ref() == "row" => return Ok(()),
                Event::Eof => return Err(Refusal::Damaged.into()),
                _ => continue,
            };
            next = head.column + 1;
            let cell = if has_more { self.cell(xml, &head)? } else { Cell::Empty };
            if cell.is_blank() {
                continue;
            }
            if head.column >= limits::COLUMNS {
                row.outside = true;
                continue;
            }
            if row.cells.len() <= head.column {
                row.cells.resize(head.column + 1, Cell::Empty);
            }
            row.cells[head.column] = cell;
        }
    }

    fn cell<R: BufRead>(&self, xml: &mut Xml<R>, head: &Head) -> Result<Cell<'w>, Halt> {
        let (mut value, mut inline, mut formula) = (None, None, false);
        loop {
            let inner = match xml.next()? {
                Event::Start(element) => match element.local_name().as_ref() {
                    "v" => Inner::Value,
                    "is" => Inner::Inline,
                    "f" => Inner::Formula,
                    _ => Inner::Other,
                },
                Event::Empty(element) => {
                    formula |= element.local_name().as_ref() == "f";
                    continue;
                }
                Event::End(_) => break,
                Event::Eof => return Err(Refusal::Damaged.into()),
                _ => continue,
            };
            match inner {
                Inner::Value => value = Some(xml.text()?),
                Inner::Inline => inline = Some(xml.rich()?),
                Inner::Formula | Inner::Other => {
                    formula |= inner == Inner::Formula;
                    xml.text()?;
                }
            }
        }
        self.meant(head, value, inline, formula)
    }

    fn meant(
        &self,
        head: &Head,
        value: Option<String>,
        inline: Option<String>,
        formula: bool,
    ) -> Result<Cell<'w>, Halt> {
        if let Some(text) = inline {
            return Ok(Cell::Text(strings::meant(text).into()));
        }
        let Some(value) = value else {
            return Ok(if formula { Cell::Unfinished } else { Cell::Empty });
        };
        if head.kind == "str" {
            return Ok(Cell::Text(strings::meant(value).into()));
        }
        let value = value.trim();
        if value.is_empty() {
            return Ok(if formula { Cell::Unfinished } else { Cell::Empty });
        }
        Ok(match head.kind.as_str() {
            "s" => {
                let at: usize = value.parse().map_err(|_| Refusal::Damaged)?;
                let text: &'w str = self.workbook.strings.get(at).ok_or(Refusal::Damaged)?;
                Cell::Text(text.into())
            }
            "b" if matches!(value, "1" | "true" | "TRUE") => Cell::Yes(true),
            "b" if matches!(value, "0" | "false" | "FALSE") => Cell::Yes(false),
            "b" | "inlineStr" => Cell::Text(strings::meant(value.to_owned()).into()),
            "e" if matches!(value, "#N/A" | "#NV") => Cell::NotAvailable,
            "e" => Cell::Error,
            "d" => date(value).map_or_else(|| Cell::Text(strings::meant(value.to_owned()).into()), Cell::Day),
            _ => match value.parse::<f64>() {
                Ok(number) if number.is_finite() => {
                    Cell::Number { value: number, shown: self.workbook.styles.get(head.style).unwrap_or(&PLAIN) }
                }
                _ => Cell::Text(strings::meant(value.to_owned()).into()),
            },
        })
    }

    /// Gives rows below the first one what the one cell over all of them holds.
    fn merge(&self, row: &mut Row<'w>, merging: &mut HashMap<u32, (u32, Rc<Cell<'w>>)>) {
        if self.layout.merged.is_empty() {
            return;
        }
        let at = row.number - 1;
        merging.retain(|_, (last, _)| *last >= at);
        for (column, (_, cell)) in merging.iter() {
            let column = *column as usize;
            if row.cells.len() <= column {
                row.cells.resize(column + 1, Cell::Empty);
            }
            if row.cells[column].is_blank() {
                row.cells[column] = Cell::Merged(Rc::clone(cell));
            }
        }
        for (column, cell) in (0..).zip(&row.cells) {
            let is_first = !cell.is_blank() && !matches!(cell, Cell::Merged(_));
            if let Some(last) = self.layout.merged.get(&(at, column)).filter(|_| is_first) {
                merging.insert(column, (*last, Rc::new(cell.clone())));
            }
        }
    }
}

fn head(element: &BytesStart<'_>, next: usize) -> Result<Head, Halt> {
    let column = match attribute(element, "r")? {
        Some(text) => reference(&text).ok_or(Refusal::Damaged)?.1 as usize,
        None => next,
    };
    if column < next || column >= limits::SHEET.1 as usize {
        return Err(Refusal::Damaged.into());
    }
    let style = attribute(element, "s")?.and_then(|text| text.parse().ok()).unwrap_or_default();
    Ok(Head { column, kind: attribute(element, "t")?.unwrap_or_default(), style })
}

fn date(text: &str) -> Option<Date> {
    let bare = text.trim_end_matches('Z');
    bare.parse::<DateTime>().map(DateTime::date).or_else(|_| bare.parse::<Date>()).ok()
}
