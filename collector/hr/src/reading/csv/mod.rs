//! CSV: text whose encoding and delimiter are told from the text itself.

mod decode;
mod dialect;
mod records;

use std::cell::Cell as Slot;
use std::io::Read;

use super::cell::{Cell, Grid, Halt, Row};
use super::limits;
use super::refusal::Refusal;
use super::source::Source;
use decode::Counted;
use records::Records;

pub(crate) use decode::{Coding, Mark};

/// What to do with bytes that are no UTF-8.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Mode {
    /// Read them as windows-1252, and count.
    Guess,
    /// They are broken.
    Utf8,
    /// They are windows-1252.
    Western,
}

/// The rows of a CSV.
pub(crate) struct Csv<'s> {
    source: &'s dyn Source,
    mark: Mark,
    pub(crate) delimiter: u8,
    /// Whether a first line names the delimiter. Excel hides it.
    named: bool,
    mode: Slot<Mode>,
    /// Fields with signs beyond ASCII that are UTF-8, and fields that are not.
    fields: Slot<(u64, u64)>,
    done: Slot<u64>,
}

impl<'s> Csv<'s> {
    /// Looks at the first bytes.
    pub(crate) fn open(source: &'s dyn Source, mark: Mark) -> Result<Self, Halt> {
        let mut csv = Self {
            source,
            mark,
            delimiter: b',',
            named: false,
            mode: Slot::new(Mode::Guess),
            fields: Slot::new((0, 0)),
            done: Slot::new(0),
        };
        let mut sample = Vec::new();
        csv.bytes()?.take(limits::SAMPLE).read_to_end(&mut sample).map_err(Halt::Broken)?;
        if sample.iter().all(u8::is_ascii_whitespace) && (sample.len() as u64) < limits::SAMPLE {
            return Err(Refusal::Empty.into());
        }
        (csv.delimiter, csv.named) = dialect::told(&sample)?;
        csv.done.set(0);
        Ok(csv)
    }

    /// The text as UTF-8, as far as it is text of a known encoding.
    fn bytes(&self) -> Result<Box<dyn Read + '_>, Halt> {
        let counted = Counted::new(self.source.open().map_err(Halt::Broken)?, &self.done);
        decode::opened(Box::new(counted), self.mark).map_err(Halt::Broken)
    }

    /// Decides the encoding, after all rows were gone through once.
    pub(crate) fn decide(&self) {
        self.mode.set(match self.fields.get() {
            (0, 1..) => Mode::Western,
            _ => Mode::Utf8,
        });
    }

    /// What the encoding is called.
    pub(crate) fn encoding(&self) -> &'static str {
        match (self.mark.coding(), self.mode.get()) {
            (Coding::Utf16Little, _) => "UTF-16LE",
            (Coding::Utf16Big, _) => "UTF-16BE",
            (Coding::Bytes, Mode::Western) => "windows-1252",
            (Coding::Bytes, _) => "UTF-8",
        }
    }

    fn cell<'r>(&self, bytes: &'r [u8]) -> Cell<'r> {
        if bytes.is_empty() {
            return Cell::Empty;
        }
        match (std::str::from_utf8(bytes), self.mode.get()) {
            // Half a sign of UTF-16 has become this one, and two ids would be one.
            (Ok(text), _) if self.mark.coding() != Coding::Bytes && text.contains(char::REPLACEMENT_CHARACTER) => {
                Cell::Broken
            }
            (Ok(text), mode) => {
                if mode == Mode::Guess && !text.is_ascii() {
                    let (right, wrong) = self.fields.get();
                    self.fields.set((right + 1, wrong));
                }
                // The text as windows-1252 would be another one; it is UTF-8 by far more likely.
                Cell::Text(text.into())
            }
            (Err(_), Mode::Utf8) => Cell::Broken,
            (Err(_), mode) => {
                if mode == Mode::Guess {
                    let (right, wrong) = self.fields.get();
                    self.fields.set((right, wrong + 1));
                }
                Cell::Text(decode::western(bytes))
            }
        }
    }
}

impl Grid for Csv<'_> {
    fn each(&self, take: &mut dyn FnMut(&Row<'_>) -> Result<(), Halt>) -> Result<(), Halt> {
        let mut records = Records::new(self.bytes()?, self.delimiter, self.named);
        while let Some(record) = records.next()? {
            if record.number > limits::ROWS {
                return Err(Refusal::TooManyRows.into());
            }
            // A row of four megabytes can have a million fields, and no table is as wide.
            let cells = record.fields().take(limits::COLUMNS).map(|field| self.cell(field)).collect();
            let outside = record.fields().skip(limits::COLUMNS).any(|field| !field.trim_ascii().is_empty());
            take(&Row { number: record.number, hidden: false, total: false, outside, cells })?;
        }
        Ok(())
    }

    fn done(&self) -> u64 {
        self.done.get()
    }

    fn hidden(&self) -> &[usize] {
        &[]
    }

    fn epoch(&self) -> i64 {
        0
    }
}
