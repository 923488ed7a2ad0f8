//! What subjects keep of people, as people themselves and who watches over it have it: taken out, erased and counted.

use std::fmt;
use std::pin::Pin;

use attune_protocol::ids::{DeviceId, PersonId};
use tokio::sync::mpsc;

use crate::GroundError;
use crate::keys::PersonKeys;
use crate::store::{Store, bytes16};

/// Pieces of an export that may wait for whoever takes it.
const WAITING: usize = 8;

/// Bytes that are gathered before they are handed on.
const PIECE: usize = 32 << 10;

/// What a subject does with what it keeps of people.
#[derive(Clone, Copy, Debug)]
pub struct Holdings {
    /// Puts all that it keeps of a person into files, opened.
    pub export: for<'a> fn(&'a Store, &'a PersonKeys, PersonId, &'a mut Parcel) -> Exported<'a>,
    /// Erases all that it keeps of a person whose key is destroyed, and gives how many rows of which tables that were. Safe to
    /// run again after it was cut short.
    pub erase: for<'a> fn(&'a Store, PersonId) -> Erased<'a>,
    /// How much it keeps of everybody, never what.
    pub count: for<'a> fn(&'a Store) -> Counted<'a>,
}

/// Done, once it is.
pub type Exported<'a> = Pin<Box<dyn Future<Output = Result<(), GroundError>> + Send + 'a>>;

/// How many rows of each table were erased, once they are.
pub type Erased<'a> = Pin<Box<dyn Future<Output = Result<Vec<(&'static str, u64)>, GroundError>> + Send + 'a>>;

/// How much is kept, once it is known.
pub type Counted<'a> = Pin<Box<dyn Future<Output = Result<Vec<Holding>, GroundError>> + Send + 'a>>;

/// What a person released to HR of what is theirs alone, in sentences, the newest first. Whoever asks has looked at the rules.
pub type Releases = for<'a> fn(&'a Store, &'a PersonKeys, PersonId) -> Released<'a>;

/// Those sentences, once they are read.
pub type Released<'a> = Pin<Box<dyn Future<Output = Result<Vec<String>, GroundError>> + Send + 'a>>;

/// How much of something is kept.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Holding {
    /// The table.
    pub table: &'static str,
    /// Of whom.
    pub person: Option<PersonId>,
    /// From which device.
    pub device: Option<DeviceId>,
    /// The number of the modality that it is of.
    pub modality: Option<i64>,
    /// How many rows.
    pub rows: u64,
    /// Their bytes before they were sealed; 0 where nobody counts them.
    pub bytes: u64,
    /// Of which time, Unix milliseconds, where rows have one.
    pub span: Option<(i64, i64)>,
}

/// How much of a table is kept of each person, by a statement that gives person, rows, bytes, and the first and the last instant, which may
/// be null.
///
/// # Errors
/// When the database refuses.
pub async fn of_each(store: &Store, table: &'static str, statement: &'static str) -> Result<Vec<Holding>, GroundError> {
    type Counts = (Vec<u8>, i64, i64, Option<i64>, Option<i64>);
    let rows: Vec<Counts> = sqlx::query_as(statement).fetch_all(store.pool()).await?;
    let of = |(person, rows, bytes, first, last): Counts| Holding {
        table,
        person: bytes16(&person).ok().map(PersonId),
        device: None,
        modality: None,
        rows: rows.unsigned_abs(),
        bytes: bytes.unsigned_abs(),
        span: first.zip(last),
    };
    Ok(rows.into_iter().map(of).collect())
}

/// How much of a table is kept of all together, by a statement that gives rows, and the first and the last instant, which may be null; none
/// where nothing is.
///
/// # Errors
/// When the database refuses.
pub async fn of_all(
    store: &Store,
    table: &'static str,
    statement: &'static str,
) -> Result<Option<Holding>, GroundError> {
    let (rows, first, last): (i64, Option<i64>, Option<i64>) =
        sqlx::query_as(statement).fetch_one(store.pool()).await?;
    let (rows, span) = (rows.unsigned_abs(), first.zip(last));
    let held = Holding { table, person: None, device: None, modality: None, rows, bytes: 0, span };
    Ok(Some(held).filter(|held| held.rows > 0))
}

/// A piece of an export.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Piece {
    /// Begins a file.
    File(String),
    /// Bytes of the file that was begun last.
    Bytes(Vec<u8>),
}

/// Takes the files of an export, one after the other, as fast as they are taken away: however much is kept of somebody, little
/// of it is in memory.
pub struct Parcel {
    pieces: mpsc::Sender<Piece>,
    /// The folder in which files are begun; empty or with a slash at its end.
    folder: String,
    gathered: Vec<u8>,
}

impl fmt::Debug for Parcel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Parcel(..)")
    }
}

impl Parcel {
    /// One, and where its pieces come out.
    #[must_use]
    pub fn new() -> (Self, mpsc::Receiver<Piece>) {
        let (pieces, out) = mpsc::channel(WAITING);
        (Self { pieces, folder: String::new(), gathered: Vec::new() }, out)
    }

    /// Files that are begun from now on lie in a folder, `name/`, or in none.
    pub fn folder(&mut self, name: impl Into<String>) {
        self.folder = name.into();
    }

    /// Begins a file.
    ///
    /// # Errors
    /// [`GroundError::Abandoned`] when nobody takes it.
    pub async fn file(&mut self, name: &str) -> Result<(), GroundError> {
        self.hand_on().await?;
        self.send(Piece::File(format!("{}{name}", self.folder))).await
    }

    /// Adds to the file.
    ///
    /// # Errors
    /// [`GroundError::Abandoned`] when nobody takes it.
    pub async fn put(&mut self, bytes: impl AsRef<[u8]> + Send) -> Result<(), GroundError> {
        self.gathered.extend_from_slice(bytes.as_ref());
        if self.gathered.len() >= PIECE { self.hand_on().await } else { Ok(()) }
    }

    /// Hands on what is left: there is no more.
    ///
    /// # Errors
    /// [`GroundError::Abandoned`] when nobody takes it.
    pub async fn finish(mut self) -> Result<(), GroundError> {
        self.hand_on().await
    }

    async fn hand_on(&mut self) -> Result<(), GroundError> {
        match std::mem::take(&mut self.gathered) {
            bytes if bytes.is_empty() => Ok(()),
            bytes => self.send(Piece::Bytes(bytes)).await,
        }
    }

    async fn send(&self, piece: Piece) -> Result<(), GroundError> {
        self.pieces.send(piece).await.map_err(|_| GroundError::Abandoned)
    }
}

/// A list in a file of JSON, written row by row.
#[derive(Debug)]
pub struct JsonRows<'a> {
    parcel: &'a mut Parcel,
    rows: u64,
    end: &'static str,
}

impl<'a> JsonRows<'a> {
    /// Begins a file that is a list.
    ///
    /// # Errors
    /// When nobody takes it.
    pub async fn begin(parcel: &'a mut Parcel, name: &str) -> Result<Self, GroundError> {
        Self::within(parcel, name, "[", "\n]\n").await
    }

    /// Begins a file in which the list stands between two texts.
    ///
    /// # Errors
    /// When nobody takes it.
    pub async fn within(
        parcel: &'a mut Parcel,
        name: &str,
        begin: &str,
        end: &'static str,
    ) -> Result<Self, GroundError> {
        parcel.file(name).await?;
        parcel.put(begin).await?;
        Ok(Self { parcel, rows: 0, end })
    }

    /// Adds a row.
    ///
    /// # Errors
    /// When nobody takes it.
    ///
    /// # Panics
    /// When the row is nothing that JSON can write, such as a map whose keys are no texts.
    pub async fn row(&mut self, row: &impl serde::Serialize) -> Result<(), GroundError> {
        let text = serde_json::to_string(row).expect("a row of texts, numbers and lists");
        let comma = if self.rows == 0 { "\n" } else { ",\n" };
        self.rows += 1;
        self.parcel.put(format!("{comma}{text}")).await
    }

    /// Ends the list.
    ///
    /// # Errors
    /// When nobody takes it.
    pub async fn end(self) -> Result<(), GroundError> {
        self.parcel.put(self.end).await
    }
}

/// With which signs a spreadsheet takes text for a formula, the wide ones of East Asian letters among them (OWASP, CSV injection).
pub const FORMULAS: [char; 11] = ['=', '+', '-', '@', '\t', '\r', '\n', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}'];

/// A line of a table as CSV (RFC 4180). What a spreadsheet would take for a formula is made text by an apostrophe before it.
#[must_use]
pub fn csv_line<'a>(cells: impl IntoIterator<Item = &'a str>) -> String {
    let cell = |text: &str| {
        let is_number = text.parse::<f64>().is_ok();
        let guarded = if text.starts_with(FORMULAS) && !is_number { "'" } else { "" };
        match text.contains([',', '"', '\n', '\r']) {
            true => format!("\"{guarded}{}\"", text.replace('"', "\"\"")),
            false => format!("{guarded}{text}"),
        }
    };
    let mut line = cells.into_iter().map(cell).collect::<Vec<_>>().join(",");
    line.push_str("\r\n");
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_csv_reads_as_it_was_and_no_spreadsheet_computes_it() {
        let line = csv_line(["a", "b,c", "say \"x\"", "=1+1", "\u{ff1d}1", "-5", "-x", "two\nlines", ""]);
        assert_eq!(line, "a,\"b,c\",\"say \"\"x\"\"\",'=1+1,'\u{ff1d}1,-5,'-x,\"two\nlines\",\r\n");
    }

    #[tokio::test]
    async fn files_come_out_in_their_order_and_who_left_is_noticed() {
        let (mut parcel, mut out) = Parcel::new();
        let mut rows = JsonRows::begin(&mut parcel, "a.json").await.expect("taken");
        rows.row(&1).await.expect("taken");
        rows.row(&"two").await.expect("taken");
        rows.end().await.expect("taken");
        parcel.file("b").await.expect("taken");
        parcel.finish().await.expect("taken");
        let mut pieces = Vec::new();
        while let Some(piece) = out.recv().await {
            pieces.push(piece);
        }
        let text = b"[\n1,\n\"two\"\n]\n".to_vec();
        assert_eq!(pieces, [Piece::File("a.json".into()), Piece::Bytes(text), Piece::File("b".into())]);
        let (mut parcel, out) = Parcel::new();
        drop(out);
        assert!(matches!(parcel.file("a").await, Err(GroundError::Abandoned)));
    }
}
