//! What is in a copy: first what it is of, then the collectors' own secrets, then table by table all rows, and how many. A frame never
//! stands in two chunks.
//!
//! | frame | bytes |
//! |---|---|
//! | `A` | JSON: what it is of ([`About`]) |
//! | `S` | name, secret |
//! | `T` | name of a table, number of its columns; of each its name and what it holds |
//! | `R` | a row of it: of each column a value |
//! | `E` | the table ends: how many rows it has |
//! | `Z` | all ends: how many rows there are |
//!
//! Numbers are LEB128, texts and bytes have their length before them. A value is 0 (nothing), 1 and a number (zigzag), 2 and bytes,
//! 3 and text, or 4 and eight bytes of a fraction.

use std::collections::BTreeSet;
use std::io::Read;

use serde::{Deserialize, Serialize};
use sqlx::Row;
use sqlx::any::AnyRow;
use zeroize::Zeroizing;

use super::BackupError;
use super::recovery::RecoveryKey;
use super::sealed::{Label, Reader};
use crate::store::{Column, ColumnKind, Table, Value, value};

/// Version of the frames.
pub(super) const VERSION: u32 = 1;
/// Version of a copy that has the collectors' signing keys besides the keys of people, which one of before does not have.
pub(super) const WITH_SIGNING: u32 = 2;
/// Columns that a table may have.
const MOST_COLUMNS: u64 = 1_000;

/// What a copy is of.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(super) struct About {
    /// Version of the frames.
    pub(super) version: u32,
    /// When it was made, Unix milliseconds.
    pub(super) made_at: i64,
    /// Version of the program that has made it.
    pub(super) program: String,
    /// Of which kind of database it was made.
    pub(super) database: String,
    /// What was applied to that.
    pub(super) applied: BTreeSet<i64>,
    /// The first public key of the collectors' signature, hexadecimal: data and keys of one collector go together.
    pub(super) collector: String,
    /// Which master key there was, by a tag that leads nowhere.
    pub(super) master: String,
}

/// A part of a copy.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Frame {
    Secret(String, Zeroizing<[u8; 32]>),
    Table(Table),
    Row(Vec<Value>),
    TableEnd(u64),
    End(u64),
}

/// Frames that wait for their chunk.
#[derive(Default)]
pub(super) struct Frames(Vec<u8>);

impl Frames {
    pub(super) fn about(&mut self, about: &About) {
        self.0.push(b'A');
        self.bytes(&serde_json::to_vec(about).expect("texts and numbers"));
    }

    pub(super) fn secret(&mut self, name: &str, secret: &[u8; 32]) {
        self.0.push(b'S');
        self.bytes(name.as_bytes());
        self.bytes(secret);
    }

    pub(super) fn table(&mut self, table: &Table) {
        self.0.push(b'T');
        self.bytes(table.name.as_bytes());
        self.number(table.columns.len() as u64);
        for Column { name, kind } in &table.columns {
            self.bytes(name.as_bytes());
            self.0.push(match kind {
                ColumnKind::Number => 1,
                ColumnKind::Bytes => 2,
                ColumnKind::Text => 3,
            });
        }
    }

    pub(super) fn row(&mut self, row: &AnyRow, table: &Table) -> Result<(), sqlx::Error> {
        self.0.push(b'R');
        for (place, column) in table.columns.iter().enumerate() {
            // Bytes are most of it, and need not be copied twice.
            if column.kind == ColumnKind::Bytes
                && let Ok(Some(bytes)) = row.try_get::<Option<&[u8]>, _>(place)
            {
                self.0.push(2);
                self.bytes(bytes);
            } else {
                self.value(&value(row, place, column.kind)?);
            }
        }
        Ok(())
    }

    pub(super) fn value(&mut self, value: &Value) {
        match value {
            Value::Null => self.0.push(0),
            Value::Number(number) => {
                self.0.push(1);
                self.number(((number << 1) ^ (number >> 63)).cast_unsigned());
            }
            Value::Bytes(bytes) => {
                self.0.push(2);
                self.bytes(bytes);
            }
            Value::Text(text) => {
                self.0.push(3);
                self.bytes(text.as_bytes());
            }
            Value::Fraction(number) => {
                self.0.push(4);
                self.0.extend_from_slice(&number.to_be_bytes());
            }
        }
    }

    pub(super) fn table_end(&mut self, rows: u64) {
        self.0.push(b'E');
        self.number(rows);
    }

    pub(super) fn end(&mut self, rows: u64) {
        self.0.push(b'Z');
        self.number(rows);
    }

    pub(super) const fn len(&self) -> usize {
        self.0.len()
    }

    /// Gives what waits, and waits for more.
    pub(super) fn take(&mut self) -> Vec<u8> {
        let room = self.0.capacity();
        std::mem::replace(&mut self.0, Vec::with_capacity(room))
    }

    fn bytes(&mut self, bytes: &[u8]) {
        self.number(bytes.len() as u64);
        self.0.extend_from_slice(bytes);
    }

    fn number(&mut self, mut number: u64) {
        while number >= 0x80 {
            self.0.push((number & 0x7f) as u8 | 0x80);
            number >>= 7;
        }
        self.0.push(number as u8);
    }
}

/// Reads a copy frame by frame.
pub(super) struct Contents<R> {
    reader: Reader<R>,
    chunk: Vec<u8>,
    place: usize,
    pub(super) about: About,
    /// Columns of the table whose rows come.
    columns: usize,
    is_over: bool,
}

impl<R: Read> Contents<R> {
    pub(super) fn open(file: R, recovery: &RecoveryKey) -> Result<Self, BackupError> {
        let reader = Reader::new(file, Some(recovery))?;
        let about = About {
            version: 0,
            made_at: 0,
            program: String::new(),
            database: String::new(),
            applied: BTreeSet::new(),
            collector: String::new(),
            master: String::new(),
        };
        let mut contents = Self { reader, chunk: Vec::new(), place: 0, about, columns: 0, is_over: false };
        if contents.tag()? != Some(b'A') {
            return Err(contents.broken());
        }
        let about = contents.bytes()?;
        let about: About = serde_json::from_slice(&about).map_err(|_| BackupError::Later)?;
        if !(VERSION..=WITH_SIGNING).contains(&about.version) {
            return Err(BackupError::Later);
        }
        contents.about = about;
        Ok(contents)
    }

    pub(super) const fn label(&self) -> Label {
        self.reader.label
    }

    pub(super) const fn chunks(&self) -> u64 {
        self.reader.chunks()
    }

    /// The next frame; none once all was read and nothing is missing.
    pub(super) fn frame(&mut self) -> Result<Option<Frame>, BackupError> {
        let Some(tag) = self.tag()? else {
            return if self.is_over { Ok(None) } else { Err(BackupError::Cut) };
        };
        if self.is_over {
            return Err(self.broken());
        }
        Ok(Some(match tag {
            b'S' => {
                let (name, secret) = (self.text()?, Zeroizing::new(self.bytes()?));
                let secret = <[u8; 32]>::try_from(secret.as_slice()).map_err(|_| self.broken())?;
                Frame::Secret(name, Zeroizing::new(secret))
            }
            b'T' => {
                let (name, count) = (self.text()?, self.number()?);
                if count > MOST_COLUMNS {
                    return Err(self.broken());
                }
                let columns = (0..count).map(|_| self.column()).collect::<Result<Vec<_>, _>>()?;
                self.columns = columns.len();
                Frame::Table(Table { name, columns })
            }
            b'R' => Frame::Row((0..self.columns).map(|_| self.value()).collect::<Result<_, _>>()?),
            b'E' => Frame::TableEnd(self.number()?),
            b'Z' => {
                self.is_over = true;
                Frame::End(self.number()?)
            }
            _ => return Err(self.broken()),
        }))
    }

    fn column(&mut self) -> Result<Column, BackupError> {
        let name = self.text()?;
        let kind = match self.take(1)?[0] {
            1 => ColumnKind::Number,
            2 => ColumnKind::Bytes,
            3 => ColumnKind::Text,
            _ => return Err(self.broken()),
        };
        Ok(Column { name, kind })
    }

    fn value(&mut self) -> Result<Value, BackupError> {
        Ok(match self.take(1)?[0] {
            0 => Value::Null,
            1 => {
                let number = self.number()?;
                Value::Number((number >> 1).cast_signed() ^ -((number & 1).cast_signed()))
            }
            2 => Value::Bytes(self.bytes()?),
            3 => Value::Text(self.text()?),
            4 => Value::Fraction(f64::from_be_bytes(self.take(8)?.try_into().expect("eight bytes were taken"))),
            _ => return Err(self.broken()),
        })
    }

    /// The first byte of a frame, from the next chunk where this one is read.
    fn tag(&mut self) -> Result<Option<u8>, BackupError> {
        while self.place == self.chunk.len() {
            let Some(chunk) = self.reader.chunk()? else { return Ok(None) };
            (self.chunk, self.place) = (chunk, 0);
        }
        Ok(Some(self.take(1)?[0]))
    }

    fn take(&mut self, count: usize) -> Result<&[u8], BackupError> {
        let broken = self.broken();
        let end = self.place.checked_add(count).ok_or_else(|| self.broken())?;
        let taken = self.chunk.get(self.place..end).ok_or(broken)?;
        self.place = end;
        Ok(taken)
    }

    fn bytes(&mut self) -> Result<Vec<u8>, BackupError> {
        let length = usize::try_from(self.number()?).map_err(|_| self.broken())?;
        Ok(self.take(length)?.to_vec())
    }

    fn text(&mut self) -> Result<String, BackupError> {
        String::from_utf8(self.bytes()?).map_err(|_| self.broken())
    }

    fn number(&mut self) -> Result<u64, BackupError> {
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.take(1)?[0];
            number |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Ok(number);
            }
        }
        Err(self.broken())
    }

    fn broken(&self) -> BackupError {
        BackupError::Broken { chunk: self.reader.chunks().saturating_sub(1) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backup::sealed::{Holds, Writer};

    fn about() -> About {
        About {
            version: VERSION,
            made_at: 5,
            program: "0.1.0".into(),
            database: "sqlite".into(),
            applied: [1001, 2001].into(),
            collector: "ab".into(),
            master: "cd".into(),
        }
    }

    fn table() -> Table {
        let column = |name: &str, kind| Column { name: name.into(), kind };
        let columns =
            vec![column("id", ColumnKind::Bytes), column("at", ColumnKind::Number), column("what", ColumnKind::Text)];
        Table { name: "things".into(), columns }
    }

    /// The frames of the first version, byte for byte.
    const GOLDEN: &str = "41747b2276657273696f6e223a312c226d6164655f6174223a352c2270726f6772616d223a22302e312e3022\
                          2c226461746162617365223a2273716c697465222c226170706c696564223a5b313030312c323030315d2c22\
                          636f6c6c6563746f72223a226162222c226d6173746572223a226364227d5304736f6d652007070707070707\
                          0707070707070707070707070707070707070707070707070754067468696e67730302696402026174010477\
                          6861740352020201ff01c801030378c3a95200010100520001ffffffffffffffffff01043fe0000000000000\
                          45035a03";

    fn golden() -> Vec<u8> {
        data_encoding::HEXLOWER.decode(GOLDEN.as_bytes()).expect("hexadecimal digits")
    }

    fn written() -> Vec<u8> {
        let mut frames = Frames::default();
        frames.about(&about());
        frames.secret("some", &[7; 32]);
        frames.table(&table());
        for row in rows() {
            frames.0.push(b'R');
            row.iter().for_each(|value| frames.value(value));
        }
        frames.table_end(3);
        frames.end(3);
        frames.take()
    }

    fn rows() -> Vec<Vec<Value>> {
        vec![
            vec![Value::Bytes(vec![1, 255]), Value::Number(100), Value::Text("xé".into())],
            vec![Value::Null, Value::Number(-1), Value::Null],
            vec![Value::Null, Value::Number(i64::MIN), Value::Fraction(0.5)],
        ]
    }

    fn copy(frames: Vec<u8>, key: &RecoveryKey) -> Vec<u8> {
        let label = Label { holds: Holds::Data, made_at: 5 };
        let mut writer = Writer::new(Vec::new(), label, &key.public()).expect("begun");
        writer.chunk(frames).expect("written");
        writer.end().expect("ended").0
    }

    fn read(frames: Vec<u8>) -> Result<Vec<Frame>, BackupError> {
        let key = RecoveryKey::generate();
        let copy = copy(frames, &key);
        let mut contents = Contents::open(&copy[..], &key)?;
        assert_eq!(contents.about, about());
        let mut all = Vec::new();
        while let Some(frame) = contents.frame()? {
            all.push(frame);
        }
        Ok(all)
    }

    #[test]
    fn the_first_version_is_read_as_it_was_written() {
        assert_eq!(data_encoding::HEXLOWER.encode(&written()), data_encoding::HEXLOWER.encode(&golden()));
        let mut expected = vec![Frame::Secret("some".into(), Zeroizing::new([7; 32])), Frame::Table(table())];
        expected.extend(rows().into_iter().map(Frame::Row));
        expected.extend([Frame::TableEnd(3), Frame::End(3)]);
        assert_eq!(read(golden()).expect("reads"), expected);
    }

    #[test]
    fn frames_that_were_cut_or_are_none_are_refused_and_nothing_is_guessed() {
        let whole = written();
        for length in 0..whole.len() {
            assert!(read(whole[..length].to_vec()).is_err(), "{length}");
        }
        assert!(read([&whole[..], b"Z\x00"].concat()).is_err(), "something behind the end");
    }
}
