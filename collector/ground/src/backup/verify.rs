//! Reads copies from end to end, and says what is in them: never whose.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt::Write as _;
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};

use attune_protocol::ids::PersonId;
use attune_protocol::seal::SealKey;

use super::BackupError;
use super::making::MASTER;
use super::progress::Progress;
use super::recovery::RecoveryKey;
use super::rows::{About, Contents, Frame};
use super::sealed::{Holds, Label, Reader};
use crate::carried::{Sample, SealedAt};
use crate::keys::MasterKey;
use crate::store::{Table, Value, bytes16};
use crate::time::rfc3339;
use crate::{Failed, GroundError};

/// The table of the keys.
const KEYS: &str = "person_keys";
/// Bytes that are read at a time.
const BUFFER: usize = 1 << 20;

/// What one copy was found to be.
struct Found {
    path: PathBuf,
    about: About,
    holds: Holds,
    chunks: u64,
    /// Rows by table.
    rows: BTreeMap<String, u64>,
    /// The keys of people, where it holds them.
    keys: HashMap<PersonId, SealKey>,
    /// Keys that the master key does not open.
    closed: usize,
    /// A sealed row of each person and table.
    sealed: Vec<(PersonId, Vec<u8>, Vec<u8>)>,
}

/// Checks copies. With a recovery key everything is opened; with data and keys of one collector it is tried whether they go together.
pub(super) fn verify(paths: &[PathBuf], recovery: Option<&RecoveryKey>, samples: &[Sample]) -> Result<String, Failed> {
    let mut said = String::new();
    let Some(recovery) = recovery else {
        for path in paths {
            let (label, chunks) = sum(path).map_err(BackupError::of(path))?;
            let Label { holds, made_at } = label;
            let _ = writeln!(
                said,
                "{}: {} of {}, whole: {chunks} chunks as they were written. Nothing of it was opened: name the recovery key \
                 (--recovery-key) to see whether it opens.",
                path.display(),
                holds.words(),
                rfc3339(made_at)
            );
        }
        return Ok(said);
    };
    let mut all = Vec::new();
    for path in paths {
        let found = read(path, recovery, samples).map_err(BackupError::of(path))?;
        tell(&mut said, &found);
        all.push(found);
    }
    let newest = all.iter().filter(|found| found.holds == Holds::Keys).max_by_key(|found| found.about.made_at);
    if let Some(keys) = newest {
        for data in all.iter().filter(|found| found.holds == Holds::Data) {
            said += &tried(data, keys).map_err(BackupError::of(&data.path))?;
        }
    }
    Ok(said)
}

fn sum(path: &Path) -> Result<(Label, u64), BackupError> {
    let (file, size) = opened(path)?;
    let progress = Progress::of("checked", size);
    let mut reader = Reader::new(progress.reading(file), None)?;
    while reader.chunk()?.is_some() {}
    Ok((reader.label, reader.chunks()))
}

/// A file to be read, and its size.
pub(super) fn opened(path: &Path) -> Result<(impl Read + use<>, u64), BackupError> {
    let file = File::open(path).map_err(GroundError::file(path))?;
    let size = file.metadata().map_err(GroundError::file(path))?.len();
    Ok((BufReader::with_capacity(BUFFER, file), size))
}

fn read(path: &Path, recovery: &RecoveryKey, samples: &[Sample]) -> Result<Found, BackupError> {
    let (file, size) = opened(path)?;
    let progress = Progress::of("read", size);
    let mut contents = Contents::open(progress.reading(file), recovery)?;
    let (about, holds) = (contents.about.clone(), contents.label().holds);
    let mut found = Found {
        path: path.into(),
        about,
        holds,
        chunks: 0,
        rows: BTreeMap::new(),
        keys: HashMap::new(),
        closed: 0,
        sealed: Vec::new(),
    };
    let (mut master, mut table, mut count, mut all) = (None, None::<Table>, 0, 0);
    let mut sampled: HashSet<(PersonId, &str)> = HashSet::new();
    while let Some(frame) = contents.frame()? {
        match frame {
            Frame::Secret(name, secret) if name == MASTER => master = Some(MasterKey::from_secret(*secret)),
            Frame::Secret(..) => {}
            Frame::Table(next) => (table, count) = (Some(next), 0),
            Frame::Row(row) => {
                count += 1;
                let Some(table) = &table else { return Err(BackupError::Odd("a row stands in no table")) };
                if let Some(master) = master.as_ref().filter(|_| table.name == KEYS) {
                    match key(table, &row, master) {
                        Some((person, key)) => _ = found.keys.insert(person, key),
                        None => found.closed += 1,
                    }
                }
                for sample in samples.iter().filter(|sample| sample.table == table.name) {
                    let taken = taken(sample, table, &row);
                    found.sealed.extend(taken.filter(|(person, ..)| sampled.insert((*person, sample.table))));
                }
            }
            Frame::TableEnd(rows) => {
                let ended = table.take().ok_or(BackupError::Odd("a table ends that was not begun"))?;
                if rows != count {
                    return Err(BackupError::Odd("a table has another number of rows than it should"));
                }
                all += rows;
                found.rows.insert(ended.name, rows);
            }
            Frame::End(rows) if rows != all => return Err(BackupError::Odd("rows are missing")),
            Frame::End(_) => {}
        }
    }
    found.chunks = contents.chunks();
    Ok(found)
}

/// A person's key of its row.
fn key(table: &Table, row: &[Value], master: &MasterKey) -> Option<(PersonId, SealKey)> {
    let (Value::Bytes(person), Value::Bytes(wrapped)) = (of(table, row, "person")?, of(table, row, "wrapped")?) else {
        return None;
    };
    let person = PersonId(bytes16(person).ok()?);
    Some((person, SealKey::from_secret(*master.unwrap(&person.0, wrapped).ok()?)))
}

/// The value of a column.
fn of<'r>(table: &Table, row: &'r [Value], name: &str) -> Option<&'r Value> {
    row.get(table.columns.iter().position(|column| column.name == name)?)
}

/// What is sealed in a row, and under what. A row that is damaged is passed over: another one of its person is tried.
fn taken(sample: &Sample, table: &Table, row: &[Value]) -> Option<(PersonId, Vec<u8>, Vec<u8>)> {
    let bytes = |name: &&str| match of(table, row, name)? {
        Value::Bytes(bytes) => Some(bytes.clone()),
        _ => None,
    };
    let number = |name: &&str| match of(table, row, name)? {
        Value::Number(number) => Some(*number),
        _ => None,
    };
    let mut parts = sample.bytes.iter().map(bytes).collect::<Option<Vec<_>>>()?;
    let person = PersonId(bytes16(&parts.remove(0)).ok()?);
    let at = SealedAt { person, bytes: parts, numbers: sample.numbers.iter().map(number).collect::<Option<_>>()? };
    Some((person, (sample.context)(&at), bytes(&sample.sealed)?))
}

fn tell(said: &mut String, Found { path, about, holds, chunks, rows, keys, closed, .. }: &Found) {
    let all: u64 = rows.values().sum();
    let _ = writeln!(
        said,
        "{}: {} of {}, whole: {chunks} chunks, {all} rows, made by version {} of {}",
        path.display(),
        holds.words(),
        rfc3339(about.made_at),
        about.program,
        about.database,
    );
    for (table, rows) in rows.iter().filter(|(_, rows)| **rows > 0) {
        let _ = writeln!(said, "  {rows:>12}  {table}");
    }
    if *holds == Holds::Keys {
        let _ = writeln!(
            said,
            "  keys of {} people open{}",
            keys.len(),
            match closed {
                0 => String::new(),
                closed => format!("; {closed} do not, as they did not when it was made"),
            }
        );
    }
}

/// Tries whether what is sealed in a copy opens with the keys. Who has no key was erased.
fn tried(data: &Found, keys: &Found) -> Result<String, BackupError> {
    if data.about.collector != keys.about.collector {
        return Err(BackupError::Foreign);
    }
    let people: HashSet<PersonId> = data.sealed.iter().map(|(person, ..)| *person).collect();
    let known: HashSet<PersonId> = people.iter().copied().filter(|person| keys.keys.contains_key(person)).collect();
    let opens = |(person, context, sealed): &&(PersonId, Vec<u8>, Vec<u8>)| {
        keys.keys.get(person).is_none_or(|key| key.open(context, sealed).is_ok())
    };
    let closed: HashSet<PersonId> = data.sealed.iter().filter(|row| !opens(row)).map(|(person, ..)| *person).collect();
    if !closed.is_empty() {
        return Err(BackupError::Closed { tried: known.len(), closed: closed.len() });
    }
    let erased = people.len() - known.len();
    Ok(format!(
        "{}: what is sealed opens with these keys, tried with a row of each of {} people{}.\n",
        data.path.display(),
        known.len(),
        match erased {
            0 => String::new(),
            erased => format!("; of {erased} nothing opens, whose keys were destroyed since"),
        }
    ))
}
