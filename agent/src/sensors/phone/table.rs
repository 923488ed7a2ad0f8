//! A table of the app with its columns named as other tables name them.

use std::io::{BufRead, BufReader, Cursor, Read};
use std::sync::Arc;

use super::names::Sensor;
use super::numbers::finite;
use super::reading::{length, to_metres};

/// Opens a table from its beginning.
pub(super) type Open = Arc<dyn Fn() -> std::io::Result<Box<dyn Read + Send>> + Send + Sync>;

/// Rows by which the unit of a table is told.
const LOOKED_AT: usize = 100;
/// Bytes of a header that can be one.
const LONGEST_LINE: u64 = 1 << 16;

/// Which of the columns of a table are meant.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum View {
    /// `x`, `y` and `z`, in m/s2 or in g.
    Axes { in_g: bool },
    /// The acceleration of a watch without gravity.
    WatchLinear { in_g: bool },
    /// Gravity of a watch.
    WatchGravity { in_g: bool },
    /// Beats a minute.
    Heart,
}

/// The columns of a sensor's table that are read.
pub(super) fn columns(sensor: Sensor) -> &'static [&'static str] {
    match sensor {
        Sensor::Heart => &["time", "bpm"],
        Sensor::Wrist => &[
            "time",
            "rotationRateX",
            "rotationRateY",
            "rotationRateZ",
            "accelerationX",
            "accelerationY",
            "accelerationZ",
            "gravityX",
            "gravityY",
            "gravityZ",
        ],
        _ => &["time", "x", "y", "z"],
    }
}

impl View {
    /// The name that the reader of tables has for a column.
    fn name(self, column: &str) -> String {
        let unit = |axis: &str, in_g: bool| if in_g { format!("{axis}_g") } else { axis.to_owned() };
        let axis = match self {
            _ if column == "time" => return "time_ns".into(),
            Self::Heart if column == "bpm" => return "bpm".into(),
            Self::Heart => None,
            Self::Axes { in_g } => {
                Some(column).filter(|column| matches!(*column, "x" | "y" | "z")).map(|axis| unit(axis, in_g))
            }
            Self::WatchLinear { in_g } => match column.strip_prefix("rotationRate") {
                Some(axis) => Some(format!("g{}", axis.to_ascii_lowercase())),
                None => column.strip_prefix("acceleration").map(|axis| unit(&axis.to_ascii_lowercase(), in_g)),
            },
            Self::WatchGravity { in_g } => {
                column.strip_prefix("gravity").map(|axis| unit(&axis.to_ascii_lowercase(), in_g))
            }
        };
        // The time since the recording began stands beside the time itself, which is not to be taken for it.
        axis.unwrap_or_else(|| format!("beside_{column}"))
    }

    fn axes(self) -> [&'static str; 3] {
        match self {
            Self::Axes { .. } | Self::Heart => ["x", "y", "z"],
            Self::WatchLinear { .. } => ["accelerationX", "accelerationY", "accelerationZ"],
            Self::WatchGravity { .. } => ["gravityX", "gravityY", "gravityZ"],
        }
    }
}

/// The table with its columns renamed.
pub(super) fn viewed(open: &Open, view: View) -> std::io::Result<Box<dyn Read + Send>> {
    let mut rest = BufReader::new(open()?);
    let names = header(&mut rest)?.iter().map(|column| view.name(column)).collect::<Vec<_>>().join(",");
    Ok(Box::new(Cursor::new(names + "\n").chain(rest)))
}

fn header(read: &mut impl BufRead) -> std::io::Result<Vec<String>> {
    Ok(line(read)?.unwrap_or_default().trim_start_matches('\u{feff}').split(',').map(cell).collect())
}

fn cell(text: &str) -> String {
    text.trim().trim_matches('"').to_owned()
}

fn line(read: &mut impl BufRead) -> std::io::Result<Option<String>> {
    let mut bytes = Vec::new();
    read.take(LONGEST_LINE).read_until(b'\n', &mut bytes)?;
    Ok((!bytes.is_empty()).then(|| String::from_utf8_lossy(&bytes).into_owned()))
}

/// Whether a table has a row below its header.
pub(super) fn has_rows(open: &Open) -> bool {
    let rows = || -> std::io::Result<bool> {
        let mut read = BufReader::new(open()?);
        line(&mut read)?;
        Ok(line(&mut read)?.is_some_and(|row| !row.trim().is_empty()))
    };
    // What cannot be read is told by who reads it.
    rows().unwrap_or(true)
}

/// Whether a table of accelerations with gravity is in g: over its first rows their middle length is that of gravity. `None` where
/// it is neither in g nor in m/s2.
pub(super) fn is_in_g(open: &Open, view: View) -> Option<bool> {
    let mut read = BufReader::new(open().ok()?);
    let header = header(&mut read).ok()?;
    let places = view.axes().map(|axis| header.iter().position(|column| column == axis));
    let mut lengths = Vec::new();
    while let Some(row) = line(&mut read).ok()?.filter(|_| lengths.len() < LOOKED_AT) {
        let cells: Vec<&str> = row.split(',').collect();
        let [x, y, z] = places.map(|place| finite(&cell(cells.get(place?)?)));
        lengths.extend(x.zip(y).zip(z).map(|((x, y), z)| length([x, y, z])));
    }
    lengths.sort_by(f64::total_cmp);
    to_metres([0.0, 0.0, *lengths.get(lengths.len() / 2)?]).map(|scale| scale > 1.0)
}
