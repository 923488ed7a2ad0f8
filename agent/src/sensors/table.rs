use std::fs::File;
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};

use attune_protocol::registry::Modality;
use csv::{ReaderBuilder, StringRecord, Trim};
use flate2::read::MultiGzDecoder;

use crate::AgentError;
use crate::stop::Stop;

/// The longest line of numbers that is accepted, in fields.
const MOST_FIELDS: usize = 64;

/// Rows of a CSV file, plain or `.gz`; rows may differ in length.
pub(super) struct Table {
    rows: csv::Reader<Box<dyn Read + Send>>,
    row: StringRecord,
    path: PathBuf,
    stop: Stop,
}

impl Table {
    pub(super) fn open(path: &Path, stop: &Stop) -> Result<Self, AgentError> {
        let file = File::open(path).map_err(|e| AgentError::file("read", path, e))?;
        let file = BufReader::new(file);
        let gzipped = path.extension().is_some_and(|e| e.eq_ignore_ascii_case("gz"));
        let read: Box<dyn Read + Send> = if gzipped { Box::new(MultiGzDecoder::new(file)) } else { Box::new(file) };
        let mut rows = ReaderBuilder::new();
        rows.has_headers(false).flexible(true).trim(Trim::All).comment(Some(b'#'));
        let (path, stop) = (path.to_owned(), stop.clone());
        Ok(Self { rows: rows.from_reader(read), row: StringRecord::new(), path, stop })
    }

    /// The next row; `None` at the end. A row that is no text counts as an empty one.
    pub(super) fn next(&mut self) -> Result<Option<&StringRecord>, AgentError> {
        if self.stop.is_asked() {
            return Err(AgentError::Stopped);
        }
        match self.rows.read_record(&mut self.row) {
            Ok(true) if self.row.len() <= MOST_FIELDS => Ok(Some(&self.row)),
            Ok(true) => Err(AgentError::content(&self.path, format!("a row has more than {MOST_FIELDS} fields"))),
            Ok(false) => Ok(None),
            Err(error) => match error.into_kind() {
                csv::ErrorKind::Io(io) => Err(AgentError::file("read", &self.path, io)),
                _ => {
                    self.row.clear();
                    Ok(Some(&self.row))
                }
            },
        }
    }
}

/// A field as a finite number.
pub(super) fn number(row: &StringRecord, column: usize) -> Option<f64> {
    row.get(column)?.parse().ok().filter(|value: &f64| value.is_finite())
}

/// Place of the first column with one of the names, in lower case.
pub(super) fn column(header: &StringRecord, names: &[&str]) -> Option<usize> {
    names.iter().find_map(|name| header.iter().position(|field| field.eq_ignore_ascii_case(name)))
}

/// A recording that cannot be played, and why.
pub(super) fn wrong(modality: Modality, path: &Path, problem: impl Into<String>) -> AgentError {
    AgentError::Source { modality, path: path.to_owned(), problem: problem.into() }
}
