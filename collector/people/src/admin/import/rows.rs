//! Reads the table.

use attune_ground::http::Problem;
use csv::{ReaderBuilder, StringRecord, Trim};
use serde::Serialize;
use utoipa::ToSchema;

/// Bytes of a table.
pub(in crate::admin) const LARGEST: usize = 512 << 10;
/// Rows of a table: while it is taken in nobody else writes.
pub(in crate::admin) const MOST_ROWS: usize = 2000;
/// Characters of a field; a quote that never ends shows by it, too.
const LONGEST: usize = 256;

/// The columns that there are, in any order.
const COLUMNS: [&str; 7] = ["user_id", "account", "email", "roles", "team", "since", "until"];

/// What is wrong in a row.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, ToSchema)]
#[schema(as = ImportError)]
pub(in crate::admin) struct Wrong {
    /// Its line in the file, counted from 1; the heads are the first.
    pub(in crate::admin) row: u64,
    /// The column; empty where it is the row as a whole.
    pub(in crate::admin) column: String,
    /// What is wrong, and what to do.
    pub(in crate::admin) problem: String,
}

/// A row: what stands in each column, without spaces at its ends; empty where nothing does.
#[derive(Clone, Default, Debug)]
pub(super) struct Row {
    /// Its line in the file, counted from 1.
    pub(super) line: u64,
    fields: [String; COLUMNS.len()],
}

impl Row {
    /// What stands in a column.
    pub(super) fn get(&self, column: &str) -> &str {
        COLUMNS.iter().position(|known| *known == column).map_or("", |place| self.fields[place].as_str())
    }
}

/// Reads a table, and says of each row that does not read why.
///
/// # Errors
/// 400 where it is none at all, 413 where it is too long.
pub(super) fn read(bytes: &[u8]) -> Result<(Vec<Row>, Vec<Wrong>), Problem> {
    let wrong = |detail: String| Problem::bad_request("file", detail);
    if bytes.len() > LARGEST {
        return Err(Problem::too_large(
            "file",
            format!(
                "the file has over {LARGEST} bytes: cut it into several, each with the line of heads, and take in one after the other"
            ),
        ));
    }
    let text = std::str::from_utf8(bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes));
    let text = text.map_err(|_| wrong("the file is no text in UTF-8: save it as \"CSV UTF-8\"".into()))?;
    let first = text.lines().next().unwrap_or_default();
    let delimiter = if first.contains(';') && !first.contains(',') { b';' } else { b',' };
    let mut reader =
        ReaderBuilder::new().delimiter(delimiter).flexible(true).trim(Trim::All).from_reader(text.as_bytes());
    let heads = reader.headers().map_err(|error| wrong(format!("the file does not read: {error}")))?.clone();
    let places = places(&heads).map_err(wrong)?;
    let (mut rows, mut errors) = (Vec::new(), Vec::new());
    let mut lines = Lines { text: text.as_bytes(), at: 0, line: 1 };
    for record in reader.records() {
        let record = record.map_err(|error| wrong(format!("the file does not read: {error}")))?;
        if record.iter().all(str::is_empty) {
            continue;
        }
        if rows.len() + errors.len() >= MOST_ROWS {
            return Err(Problem::too_large(
                "file",
                format!(
                    "the file has over {MOST_ROWS} rows: cut it into several, each with the line of heads, and take in one after the other"
                ),
            ));
        }
        let line = lines.of(&record);
        match row(&record, line, &places) {
            Ok(row) => rows.push(row),
            Err(error) => errors.push(error),
        }
    }
    if rows.is_empty() && errors.is_empty() {
        return Err(wrong("the file has no row below its heads".into()));
    }
    Ok((rows, errors))
}

/// For each column of the file which it is.
fn places(heads: &StringRecord) -> Result<Vec<usize>, String> {
    let known = COLUMNS.join(", ");
    let mut places = Vec::new();
    for head in heads {
        let head: String = head.to_lowercase().chars().take(40).collect();
        let place = COLUMNS.iter().position(|column| *column == head);
        let place = place.ok_or_else(|| {
            format!("the first line must name the columns, and there is no column `{head}`: expected some of {known}")
        })?;
        if places.contains(&place) {
            return Err(format!("the column `{head}` is there twice"));
        }
        places.push(place);
    }
    match places.iter().any(|place| *place < 2) {
        true => Ok(places),
        false => Err("the first line names neither `user_id` nor `account`: one of these columns must be there, to say who it is".into()),
    }
}

/// Counts lines as an editor does: the reader passes over empty ones.
struct Lines<'a> {
    text: &'a [u8],
    at: usize,
    line: u64,
}

impl Lines<'_> {
    /// The line in which a record begins; each begins behind the one before.
    fn of(&mut self, record: &StringRecord) -> u64 {
        let begins = record.position().and_then(|place| usize::try_from(place.byte()).ok()).unwrap_or(self.at);
        let rest = self.text.get(begins..).unwrap_or_default();
        let blank = rest.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        let passed = self.text.get(self.at..begins + blank).unwrap_or_default();
        self.line += passed.iter().filter(|byte| **byte == b'\n').count() as u64;
        self.at = begins + blank;
        self.line
    }
}

fn row(record: &StringRecord, line: u64, places: &[usize]) -> Result<Row, Wrong> {
    if record.len() != places.len() {
        let problem = format!("it has {} fields, and the heads are {}", record.len(), places.len());
        return Err(Wrong { row: line, column: String::new(), problem });
    }
    let mut row = Row { line, ..Row::default() };
    for (text, place) in record.iter().zip(places) {
        if text.chars().count() > LONGEST || text.chars().any(char::is_control) {
            let problem = format!("it has over {LONGEST} characters or several lines: look whether a quote is open");
            return Err(Wrong { row: line, column: COLUMNS[*place].into(), problem });
        }
        row.fields[*place] = text.to_owned();
    }
    Ok(row)
}
