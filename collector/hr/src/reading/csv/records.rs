//! Rows out of bytes. A row is numbered as Excel numbers it: empty ones count, a line break in quotes begins none.
//!
//! Quotes are read as Excel reads them: only at the begin of a field do they mean something. One that is never closed is told, not
//! read over: the rows that it swallows would be gone without a word.

use std::io::Read;

use memchr::{memchr, memchr3};

use super::super::cell::Halt;
use super::super::limits;
use super::super::refusal::Refusal;

/// Bytes that are read at once.
const CHUNK: usize = 64 << 10;

/// A row.
#[derive(Debug)]
pub(super) struct Record {
    /// As Excel shows it, from 1.
    pub(super) number: u32,
    bytes: Vec<u8>,
    ends: Vec<usize>,
}

impl Record {
    pub(super) fn fields(&self) -> impl Iterator<Item = &[u8]> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts.zip(&self.ends).map(move |(start, end)| &self.bytes[start..*end])
    }

    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    fn field_start(&self) -> usize {
        self.ends.last().copied().unwrap_or_default()
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// At the begin of a field.
    Start,
    Plain,
    Quoted,
    /// Behind a quote within quotes: the end of them, or one of two that stand for one.
    Closed,
}

/// Reads row by row.
pub(super) struct Records<'r> {
    input: Box<dyn Read + 'r>,
    chunk: Vec<u8>,
    at: usize,
    filled: usize,
    delimiter: u8,
    /// Whether the line end before was a CR, of which a LF may be the second half.
    after_cr: bool,
    record: Record,
}

impl<'r> Records<'r> {
    /// Rows behind the first line, where that is only there to name the delimiter.
    pub(super) fn new(input: Box<dyn Read + 'r>, delimiter: u8, is_named: bool) -> Self {
        // The line that names it is number 0.
        let number = if is_named { u32::MAX } else { 0 };
        let record = Record { number, bytes: Vec::new(), ends: Vec::new() };
        Self { input, chunk: vec![0; CHUNK], at: 0, filled: 0, delimiter, after_cr: false, record }
    }

    fn fill(&mut self) -> Result<bool, Halt> {
        if self.at < self.filled {
            return Ok(true);
        }
        self.at = 0;
        self.filled = loop {
            match self.input.read(&mut self.chunk) {
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                read => break read.map_err(Halt::Broken)?,
            }
        };
        Ok(self.filled > 0)
    }

    /// The next row, if there is one.
    pub(super) fn next(&mut self) -> Result<Option<&Record>, Halt> {
        if self.record.number == u32::MAX {
            self.row()?;
        }
        match self.row()? {
            true => Ok(Some(&self.record)),
            false => Ok(None),
        }
    }

    fn row(&mut self) -> Result<bool, Halt> {
        self.record.bytes.clear();
        self.record.ends.clear();
        if self.after_cr && self.fill()? && self.chunk[self.at] == b'\n' {
            self.at += 1;
        }
        self.after_cr = false;
        if !self.fill()? {
            return Ok(false);
        }
        self.record.number = self.record.number.wrapping_add(1);
        let mut state = State::Start;
        loop {
            if !self.fill()? {
                return match state {
                    State::Quoted => Err(self.open_quote()),
                    State::Start | State::Plain | State::Closed => {
                        self.record.ends.push(self.record.bytes.len());
                        Ok(true)
                    }
                };
            }
            let rest = &self.chunk[self.at..self.filled];
            match state {
                State::Start if rest[0] == b'"' => {
                    self.at += 1;
                    state = State::Quoted;
                }
                State::Start => state = State::Plain,
                State::Plain => match memchr3(self.delimiter, b'\r', b'\n', rest) {
                    None => {
                        self.record.bytes.extend_from_slice(rest);
                        self.at = self.filled;
                    }
                    Some(length) => {
                        let sign = rest[length];
                        self.record.bytes.extend_from_slice(&rest[..length]);
                        self.at += length + 1;
                        self.record.ends.push(self.record.bytes.len());
                        if sign != self.delimiter {
                            self.after_cr = sign == b'\r';
                            return Ok(true);
                        }
                        state = State::Start;
                    }
                },
                State::Quoted => {
                    let length = memchr(b'"', rest).unwrap_or(rest.len());
                    self.record.bytes.extend_from_slice(&rest[..length]);
                    self.at += length;
                    if self.at < self.filled {
                        self.at += 1;
                        state = State::Closed;
                    }
                    if self.record.bytes.len() - self.record.field_start() > limits::FIELD {
                        return Err(self.open_quote());
                    }
                }
                State::Closed if rest[0] == b'"' => {
                    self.record.bytes.push(b'"');
                    self.at += 1;
                    state = State::Quoted;
                }
                State::Closed => {
                    let sign = rest[0];
                    let goes_on = sign != self.delimiter && sign != b'\r' && sign != b'\n';
                    // Text behind the quotes of one line is taken as it stands; behind those of several, the quote closes one of
                    // another row.
                    let field = &self.record.bytes[self.record.field_start()..];
                    if goes_on && field.iter().any(|byte| matches!(byte, b'\r' | b'\n')) {
                        return Err(self.open_quote());
                    }
                    state = State::Plain;
                }
            }
            if self.record.bytes.len() > limits::RECORD || self.record.ends.len() > limits::RECORD / 4 {
                return Err(Refusal::RowTooLong { row: self.record.number }.into());
            }
        }
    }

    fn open_quote(&self) -> Halt {
        Refusal::OpenQuote { row: self.record.number }.into()
    }
}
