//! Recordings that the app exported: a folder or a ZIP with a table for each sensor, or one JSON file.
//!
//! Of all that lies there only the tables of sensors that are read are opened: place, sound, pictures and notes are not.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{BufReader, Cursor, Error, ErrorKind, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use attune_analysis::tables::Origin;

use super::json;
use super::names::Sensor;
use super::table::{self, Open, View};
use crate::stop::Stop;
use crate::{AgentError, given};

/// Bytes of one table of a ZIP, or of a JSON file, unpacked: a day of motion at 50 Hz.
const MOST_BYTES: u64 = 512 << 20;

/// The tables of an export, by sensor.
pub struct Export {
    tables: BTreeMap<Sensor, Open>,
    stop: Stop,
}

/// Whether a path is an export of the app: a file by its content, a folder by the names in it.
#[must_use]
pub fn is_export(path: &Path) -> bool {
    if path.is_dir() {
        let tells = |file: &PathBuf| sensor(file).is_some() || is_export(file);
        return files(path).is_ok_and(|files| files.iter().any(tells));
    }
    let mut begin = [0; 64];
    let read = given::open(path).and_then(|mut file| file.read(&mut begin)).unwrap_or(0);
    let list = begin[..read].trim_ascii_start().strip_prefix(b"[");
    begin.starts_with(b"PK\x03\x04") || list.is_some_and(|list| list.trim_ascii_start().starts_with(b"{"))
}

/// Whether a file of an export is one that is read.
#[must_use]
pub fn is_read(file: &Path) -> bool {
    sensor(file).is_some() || is_json(file)
}

impl Export {
    /// Looks at what there is.
    ///
    /// # Errors
    /// When it does not read, or holds no sensor that is read.
    pub fn open(path: &Path, stop: &Stop) -> Result<Self, AgentError> {
        let failed = |e| AgentError::file("read", path, e);
        let tables = if path.is_dir() {
            of_folder(files(path).map_err(failed)?)
        } else if given::open(path).and_then(|file| starts_as_zip(&file)).map_err(failed)? {
            of_zip(path)
        } else {
            of_json(Box::new(given::open(path).map_err(failed)?))
        };
        let mut tables = tables.map_err(failed)?;
        tables.retain(|_, open| table::has_rows(open));
        if tables.is_empty() {
            return Err(AgentError::content(path, "no sensor in it that is read has given anything"));
        }
        Ok(Self { tables, stop: stop.clone() })
    }

    /// The table of a sensor as other tables are, if it has given anything.
    pub(super) fn table(&self, sensor: Sensor, view: View) -> Option<Origin> {
        let (open, stop) = (self.tables.get(&sensor)?.clone(), self.stop.clone());
        Some(Origin::new(move || table::viewed(&open, view), move || stop.is_asked()))
    }

    /// Whether a sensor's accelerations with gravity are in g; `None` where there are none, or that cannot be told.
    pub(super) fn is_in_g(&self, sensor: Sensor, view: View) -> Option<bool> {
        table::is_in_g(self.tables.get(&sensor)?, view)
    }

    /// Whether it holds a heart rate.
    #[must_use]
    pub fn has_heart(&self) -> bool {
        self.tables.contains_key(&Sensor::Heart)
    }

    /// Whether it holds acceleration with gravity, or both parts of it.
    #[must_use]
    pub fn has_motion(&self) -> bool {
        let has = |sensor| self.tables.contains_key(&sensor);
        has(Sensor::Total)
            || has(Sensor::Uncalibrated)
            || has(Sensor::Wrist)
            || has(Sensor::Linear) && has(Sensor::Gravity)
    }
}

/// The sensor of a table, by the name of its file.
fn sensor(file: &Path) -> Option<Sensor> {
    let sensor = Sensor::of(file.file_stem()?.to_str()?)?;
    (ends_on(file, "csv") && sensor != Sensor::Steps).then_some(sensor)
}

fn is_json(file: &Path) -> bool {
    ends_on(file, "json")
}

/// Whether a file has an ending, and is none that a system put beside another one.
fn ends_on(file: &Path, ending: &str) -> bool {
    let beside = file.file_name().is_none_or(|name| name.to_string_lossy().starts_with('.'));
    !beside && file.extension().is_some_and(|found| found.eq_ignore_ascii_case(ending))
}

fn files(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let entries = fs::read_dir(folder)?.collect::<Result<Vec<_>, _>>()?;
    let mut files: Vec<_> = entries.into_iter().map(|entry| entry.path()).filter(|file| is_read(file)).collect();
    files.sort();
    Ok(files)
}

fn of_folder(files: Vec<PathBuf>) -> std::io::Result<BTreeMap<Sensor, Open>> {
    let mut tables: BTreeMap<Sensor, Open> = BTreeMap::new();
    for file in &files {
        if let Some(sensor) = sensor(file) {
            let file = file.clone();
            tables.insert(sensor, Arc::new(move || Ok(Box::new(given::open(&file)?))));
        }
    }
    match files.iter().find(|file| is_json(file) && is_export(file)).filter(|_| tables.is_empty()) {
        Some(file) => of_json(Box::new(given::open(file)?)),
        None => Ok(tables),
    }
}

fn starts_as_zip(mut file: &File) -> std::io::Result<bool> {
    let mut begin = [0; 4];
    let read = file.read(&mut begin)?;
    Ok(begin[..read] == *b"PK\x03\x04")
}

fn of_zip(path: &Path) -> std::io::Result<BTreeMap<Sensor, Open>> {
    let mut zip = zip::ZipArchive::new(BufReader::new(given::open(path)?)).map_err(Error::other)?;
    // A name that is no text is none of ours.
    let mut names: Vec<String> = zip.file_names().filter_map(Result::ok).map(Cow::into_owned).collect();
    names.sort();
    let mut tables = BTreeMap::new();
    for name in names.iter().filter(|name| sensor(Path::new(name)).is_some()) {
        if let Some(sensor) = sensor(Path::new(name)) {
            let entry = zip.by_name(name).map_err(Error::other)?;
            tables.insert(sensor, held(all(entry)?));
        }
    }
    match names.iter().find(|name| is_json(Path::new(name))).filter(|_| tables.is_empty()) {
        Some(name) => {
            let bytes = all(zip.by_name(name).map_err(Error::other)?)?;
            of_json(Box::new(Cursor::new(bytes)))
        }
        None => Ok(tables),
    }
}

/// All bytes of a table, up to as many as are held.
fn all(read: impl Read) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    read.take(MOST_BYTES + 1).read_to_end(&mut bytes)?;
    let too_long = || Error::new(ErrorKind::FileTooLarge, "a table in it is too long: unpack it, and name the folder");
    if bytes.len() as u64 > MOST_BYTES { Err(too_long()) } else { Ok(bytes) }
}

fn of_json(file: Box<dyn Read + Send>) -> std::io::Result<BTreeMap<Sensor, Open>> {
    let tables = json::tables(BufReader::new(file.take(4 * MOST_BYTES)))?;
    Ok(tables.into_iter().map(|(sensor, text)| (sensor, held(text.into_bytes()))).collect())
}

fn held(bytes: Vec<u8>) -> Open {
    let bytes: Arc<[u8]> = bytes.into();
    Arc::new(move || Ok(Box::new(Cursor::new(bytes.clone()))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_tables_of_sensors_that_are_read_are_known_by_their_names() {
        for (name, read) in [
            ("Accelerometer.csv", true),
            ("export/WristMotion.CSV", true),
            ("2026-01-01_09-00-00.json", true),
            ("__MACOSX/._Accelerometer.csv", false),
            (".Gravity.csv", false),
            ("Location.csv", false),
            ("Annotation.csv", false),
            ("Metadata.csv", false),
            ("Pedometer.csv", false),
            ("Accelerometer.caf", false),
        ] {
            assert_eq!(is_read(Path::new(name)), read, "{name}");
        }
    }

    #[test]
    fn a_folder_of_other_things_is_no_export() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("0001.png"), "no picture").unwrap();
        fs::write(folder.path().join("notes.json"), "{\"who\": \"nobody\"}").unwrap();
        assert!(!is_export(folder.path()) && !is_export(&folder.path().join("nowhere")));
        assert!(Export::open(folder.path(), &Stop::default()).is_err());
        for (text, is) in [("[{\"sensor\": 1}]", true), (" [ { }]", true), ("[1, 2]", false), ("time,[x]\n", false)] {
            fs::write(folder.path().join("notes.json"), text).unwrap();
            assert_eq!(is_export(folder.path()), is, "{text}");
        }
    }
}
