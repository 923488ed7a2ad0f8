use std::fmt;
use std::io::{Cursor, Read};
use std::marker::PhantomData;

use attune_analysis::left_out::LeftOut;
use attune_analysis::tables::{Origin, Recording, TableError};
use attune_ground::http::Problem;
use attune_ground::http::json::{self, UnknownFields};
use axum::body::Bytes;
use serde::de::{Deserialize, DeserializeOwned, Deserializer, Error, SeqAccess, Visitor};

use super::limits;

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

/// Samples of one modality as they came.
#[derive(Debug)]
pub(crate) struct Given<S> {
    pub(crate) samples: Vec<S>,
    /// Samples a second that there should be; none where that is not known.
    pub(crate) rate: Option<f64>,
    pub(crate) left_out: LeftOut,
}

impl<S> Given<S> {
    /// Of a list in JSON.
    pub(super) fn list(samples: Vec<S>) -> Self {
        Self { samples, rate: None, left_out: LeftOut::default() }
    }

    /// Reads a table; more than `most` rows, or `limits::SECONDS` and a last row, are refused.
    pub(super) fn table(
        field: &str,
        table: &Bytes,
        (most, last_row): (usize, f64),
        read: impl FnOnce(&Origin) -> Result<Recording<S>, TableError>,
        (unknown, warnings): (UnknownFields, &mut Vec<String>),
    ) -> Result<Self, Problem> {
        if table.trim_ascii().is_empty() {
            return Err(Problem::unprocessable(field, format!("{field} is empty; leave it out when there is none")));
        }
        let bytes = table.clone();
        let open = move || Ok(Box::new(Cursor::new(bytes.clone())) as Box<dyn Read + Send>);
        let origin = Origin::new(open, || false).at_most(limits::TABLE);
        let refused =
            |error: TableError| Problem::bad_request(field, format!("the table of {field} does not read: {error}"));
        let recording = read(&origin).map_err(refused)?;
        let too_much =
            |what: String| Problem::too_large(field, format!("{field} {what}: give it in parts, or to attune-agent"));
        if recording.rows > most as u64 {
            return Err(too_much(format!("has {} rows; the limit is {most}", recording.rows)));
        }
        let seconds = recording.length as f64 / 1e6;
        if seconds > limits::SECONDS as f64 + last_row {
            return Err(too_much(format!("spans {seconds:.0} s; the limit is {} s", limits::SECONDS)));
        }
        if let (Some(columns), UnknownFields::Refused) = (&recording.unknown, unknown) {
            let detail = format!(
                "the table of {field} has {columns}; mend their names, leave them out, or send it to /analyze without a \
                 version, which passes them over"
            );
            return Err(Problem::bad_request(field, detail));
        }
        warnings.extend(recording.passed_over.iter().map(|columns| format!("{field}: {columns}")));
        warnings.extend(recording.notes.iter().map(|note| format!("{field}: {note}")));
        let mut given = Self { samples: Vec::new(), rate: Some(recording.rate), left_out: LeftOut::default() };
        let mut rows = recording.samples().map_err(refused)?;
        while let Some(samples) = rows.next().map_err(refused)? {
            given.samples.extend(samples);
        }
        given.left_out = rows.left_out();
        Ok(given)
    }

    /// Says what was left out.
    pub(super) fn warn(&self, field: &str, warnings: &mut Vec<String>) {
        if self.left_out.total() > 0 {
            warnings.push(format!("{field}: left out were {}", self.left_out));
        }
    }
}
