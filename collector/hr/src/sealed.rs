//! What of the tables lies sealed, and under what: rows about a person under their key, what is of nobody yet under the collectors' own.
//! Each begins with a version.

use std::collections::BTreeMap;

use attune_ground::{GroundError, SealedAt};
use attune_protocol::ids::PersonId;
use attune_protocol::seal::SealKey;
use serde::{Deserialize, Serialize};

use crate::rows::{Activity, Employee, Leave, OfEmployee, Onboarding, Review, Reward, Table, Tables, Vibe};

/// Format version of rows; it stands in the first byte.
const VERSION: u8 = 1;

/// Rows that lie sealed together.
pub(crate) const AT_A_TIME: usize = 200;

/// The id of an upload.
pub(crate) type UploadId = [u8; 16];

/// Of each table that stands, by its number: which upload, and the number of its version. No two of different times are equal.
pub(crate) type Versions = BTreeMap<i64, (UploadId, i64)>;

/// Of which rows something is made: where these are the same, so is it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct RowsOf {
    /// The tables that stood.
    pub(crate) standing: Versions,
    /// How many parts of rows they had: fewer once somebody was erased.
    pub(crate) parts: i64,
}

/// Rows of one table about one employee, who is not named in them: a user id stands in the table of accounts alone. Variants are only
/// appended.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub(crate) enum Rows {
    Activity(Vec<Activity>),
    Leave(Vec<Leave>),
    Onboarding(Vec<Onboarding>),
    Performance(Vec<Review>),
    Rewards(Vec<Reward>),
    Vibe(Vec<Vibe>),
}

impl Rows {
    /// Of one table, and none.
    pub(crate) const fn none(table: Table) -> Self {
        match table {
            Table::Activity => Self::Activity(Vec::new()),
            Table::Leave => Self::Leave(Vec::new()),
            Table::Onboarding => Self::Onboarding(Vec::new()),
            Table::Performance => Self::Performance(Vec::new()),
            Table::Rewards => Self::Rewards(Vec::new()),
            Table::Vibe => Self::Vibe(Vec::new()),
        }
    }

    /// Of which table.
    pub(crate) const fn table(&self) -> Table {
        match self {
            Self::Activity(_) => Table::Activity,
            Self::Leave(_) => Table::Leave,
            Self::Onboarding(_) => Table::Onboarding,
            Self::Performance(_) => Table::Performance,
            Self::Rewards(_) => Table::Rewards,
            Self::Vibe(_) => Table::Vibe,
        }
    }

    /// With those of another part of the same table behind them.
    pub(crate) fn append(&mut self, other: Self) {
        match (self, other) {
            (Self::Activity(rows), Self::Activity(more)) => rows.extend(more),
            (Self::Leave(rows), Self::Leave(more)) => rows.extend(more),
            (Self::Onboarding(rows), Self::Onboarding(more)) => rows.extend(more),
            (Self::Performance(rows), Self::Performance(more)) => rows.extend(more),
            (Self::Rewards(rows), Self::Rewards(more)) => rows.extend(more),
            (Self::Vibe(rows), Self::Vibe(more)) => rows.extend(more),
            _ => {} // an upload is of one table
        }
    }

    /// Puts them among those of an employee.
    pub(crate) fn put(self, employee: &Employee, tables: &mut Tables) {
        match self {
            Self::Activity(rows) => named(rows, employee, &mut tables.activity),
            Self::Leave(rows) => named(rows, employee, &mut tables.leave),
            Self::Onboarding(rows) => named(rows, employee, &mut tables.onboarding),
            Self::Performance(rows) => named(rows, employee, &mut tables.performance),
            Self::Rewards(rows) => named(rows, employee, &mut tables.rewards),
            Self::Vibe(rows) => named(rows, employee, &mut tables.vibe),
        }
    }

    /// Their bytes, equal for equal rows.
    pub(crate) fn encode(&self) -> Result<Vec<u8>, GroundError> {
        postcard::to_extend(self, vec![VERSION]).map_err(|_| GroundError::Corrupt("rows of tables can be written"))
    }

    /// None where they do not read.
    pub(crate) fn decode(bytes: &[u8]) -> Option<Self> {
        let (&VERSION, body) = bytes.split_first()? else { return None };
        postcard::from_bytes(body).ok()
    }

    /// Opens those of a place; none where they do not open.
    pub(crate) fn open(key: &SealKey, person: PersonId, place: (&[u8], i64), sealed: &[u8]) -> Option<Self> {
        Self::decode(&key.open(&rows_context(person, place), sealed).ok()?)
    }
}

fn named<T: OfEmployee>(rows: Vec<T>, employee: &Employee, all: &mut Vec<T>) {
    all.extend(rows.into_iter().map(|mut row| {
        row.employee().clone_from(employee);
        row
    }));
}

/// Under what rows of a person lie: in which upload, and which part of it.
pub(crate) fn rows_context(person: PersonId, (upload, number): (&[u8], i64)) -> Vec<u8> {
    [b"hr rows".as_slice(), &person.0, upload, &number.to_be_bytes()].concat()
}

/// Under what a piece of a file lies.
pub(crate) fn piece_context(upload: &UploadId, number: i64) -> Vec<u8> {
    [b"hr piece".as_slice(), upload, &number.to_be_bytes()].concat()
}

/// Under what lies what is known of an upload.
pub(crate) fn about_context(upload: &UploadId) -> Vec<u8> {
    [b"hr upload".as_slice(), upload].concat()
}

/// Under what rows lie, as copies are tried by them.
pub(crate) fn rows_at(SealedAt { person, bytes, numbers }: &SealedAt) -> Vec<u8> {
    let upload = bytes.first().map(Vec::as_slice).unwrap_or_default();
    rows_context(*person, (upload, numbers.first().copied().unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::rows::{Feedback, LeaveKind, Part, Period, Zone};

    fn employee(name: &str) -> Employee {
        Employee(name.into())
    }

    fn day(of: &str, hours: f64) -> Activity {
        let date = Some(date(2026, 3, 2));
        Activity { employee: employee(of), date, messages: Some(7), mails: None, meetings: Some(0), hours: Some(hours) }
    }

    #[test]
    fn rows_of_version_1_lie_as_they_always_did() {
        let nobody = || employee("");
        let leave = Leave {
            employee: nobody(),
            kind: Some(LeaveKind::Sick),
            days: Some(0.5),
            start: Some(date(2026, 3, 2)),
            end: None,
        };
        let review = Review {
            employee: nobody(),
            period: Some(Period { year: 2023, part: Part::Annual }),
            rating: Some(4),
            judgement: None,
            promotion: Some(true),
        };
        let vibe = Vibe { employee: nobody(), date: None, score: Some(6.0), zone: Some(Zone::Excited) };
        let start = Onboarding {
            employee: nobody(),
            joined: None,
            feedback: Some(Feedback::Good),
            mentor: Some(false),
            trained: None,
        };
        for (rows, golden) in [
            (Rows::Leave(vec![leave]), "01 01 01 00 0102 01000000000000e03f 010a323032362d30332d3032 00"),
            (Rows::Onboarding(vec![start]), "01 02 01 00 00 0102 0100 00"),
            (Rows::Performance(vec![review]), "01 03 01 00 01ce1f02 0104 00 0101"),
            (Rows::Vibe(vec![vibe]), "01 05 01 00 00 010000000000001840 0106"),
        ] {
            let bytes = rows.encode().expect("written");
            assert_eq!(data_encoding::HEXLOWER.encode(&bytes), golden.replace(' ', ""), "{rows:?}");
            assert_eq!(Rows::decode(&bytes), Some(rows));
        }
        assert_eq!((Rows::decode(&[]), Rows::decode(&[9, 0, 0]), Rows::decode(&[1, 77])), (None, None, None));
    }

    #[test]
    fn rows_open_in_their_own_place_and_in_no_other() {
        let (key, [one, other]) = (SealKey::generate(), [PersonId([1; 16]), PersonId([2; 16])]);
        let rows = Rows::Activity(vec![day("", 8.0)]);
        let place = (&[5; 16][..], 3);
        let sealed = key.seal(&rows_context(one, place), &rows.encode().expect("written"));
        assert_eq!(Rows::open(&key, one, place, &sealed), Some(rows));
        for (person, place) in [(other, place), (one, (&[6; 16][..], 3)), (one, (&[5; 16][..], 4))] {
            assert_eq!(Rows::open(&key, person, place, &sealed), None);
        }
    }
}
