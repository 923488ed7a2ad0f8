use std::fmt;
use std::marker::PhantomData;

use csv::{ReaderBuilder, StringRecord, Trim};
use serde::de::{Deserialize, DeserializeOwned, Deserializer, Error, SeqAccess, Visitor};

use attune_ground::http::Problem;
use attune_ground::http::json::{self, UnknownFields};

/// A list that is refused as soon as it has more than `MOST` elements.
#[derive(Debug)]
struct Bounded<T, const MOST: usize>(Vec<T>);

impl<'de, T: Deserialize<'de>, const MOST: usize> Deserialize<'de> for Bounded<T, MOST> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Elements<T, const MOST: usize>(PhantomData<T>);

        impl<'de, T: Deserialize<'de>, const MOST: usize> Visitor<'de> for Elements<T, MOST> {
            type Value = Bounded<T, MOST>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "an array of at most {MOST} elements")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut array: A) -> Result<Self::Value, A::Error> {
                let mut elements = Vec::new();
                while let Some(element) = array.next_element()? {
                    if elements.len() == MOST {
                        return Err(A::Error::custom(format_args!("{TOO_MANY} {MOST} elements")));
                    }
                    elements.push(element);
                }
                Ok(Bounded(elements))
            }
        }

        deserializer.deserialize_seq(Elements(PhantomData))
    }
}

/// What a list says that has more elements than it may.
const TOO_MANY: &str = "the array has more than";

/// Reads a JSON array of at most `MOST` elements.
///
/// # Errors
/// 413 when it has more, 400 when it does not read.
pub(super) fn list<T: DeserializeOwned, const MOST: usize>(
    field: &str,
    json: &[u8],
    unknown: UnknownFields,
    warnings: &mut Vec<String>,
) -> Result<Vec<T>, Problem> {
    match json::value::<Bounded<T, MOST>>(field, json, unknown, warnings) {
        Ok(Bounded(elements)) => Ok(elements),
        Err(problem) if problem.detail.contains(TOO_MANY) => {
            Err(Problem::too_large(field, format!("{field} has more than {MOST} elements")))
        }
        Err(problem) => Err(problem),
    }
}

/// A CSV file with a header.
pub(super) struct Table<'a> {
    field: &'static str,
    most: usize,
    header: StringRecord,
    reader: csv::Reader<&'a [u8]>,
    row: StringRecord,
    read: usize,
}

/// One row of a table.
pub(super) struct Row<'a> {
    field: &'static str,
    /// Counted from 1, below the header.
    place: usize,
    cells: &'a StringRecord,
}

impl<'a> Table<'a> {
    /// Reads the header. More than `most` rows are refused.
    pub(super) fn open(field: &'static str, csv: &'a [u8], most: usize) -> Result<Self, Problem> {
        let mut reader = ReaderBuilder::new().trim(Trim::All).from_reader(csv);
        let header = reader.headers().map_err(|error| broken(field, &error))?.clone();
        Ok(Self { field, most, header, reader, row: StringRecord::new(), read: 0 })
    }

    /// Place of the first of these columns that there is.
    pub(super) fn column(&self, names: &[&str]) -> Result<usize, Problem> {
        let place = names.iter().find_map(|name| self.header.iter().position(|cell| cell.eq_ignore_ascii_case(name)));
        place.ok_or_else(|| {
            let detail = format!("the table of {} must have a column `{}` in its header", self.field, names[0]);
            Problem::bad_request(self.field, detail)
        })
    }

    /// Columns beside those that are read, by their places; of more than there are fields only the first are told.
    pub(super) fn others(&self, read: &[usize]) -> Vec<String> {
        let others = self.header.iter().enumerate().filter(|(place, _)| !read.contains(place));
        others.take(MOST_OTHERS).map(|(_, name)| format!("{}.{name}", self.field)).collect()
    }

    /// The next row, if there is one.
    pub(super) fn next(&mut self) -> Result<Option<Row<'_>>, Problem> {
        if !self.reader.read_record(&mut self.row).map_err(|error| broken(self.field, &error))? {
            return Ok(None);
        }
        self.read += 1;
        if self.read > self.most {
            let detail = format!("the table of {} has more than {} rows", self.field, self.most);
            return Err(Problem::too_large(self.field, detail));
        }
        Ok(Some(Row { field: self.field, place: self.read, cells: &self.row }))
    }
}

/// Columns that are told.
const MOST_OTHERS: usize = 16;

impl Row<'_> {
    /// The number in a column.
    pub(super) fn number(&self, column: usize) -> Result<f64, Problem> {
        let number = self.cells.get(column).and_then(|cell| cell.parse().ok()).filter(|n: &f64| n.is_finite());
        number.ok_or_else(|| {
            let detail = format!("row {} of the table holds no finite number in column {}", self.place, column + 1);
            Problem::bad_request(self.field, detail)
        })
    }
}

fn broken(field: &str, error: &csv::Error) -> Problem {
    let place = error.position().map_or_else(String::new, |place| format!(" in line {}", place.line()));
    Problem::bad_request(
        field,
        format!("the table of {field} does not read{place}: rows must be UTF-8 and of one length"),
    )
}
