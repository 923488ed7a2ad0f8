//! What a case wants, compared with what was decoded.

use serde_json::Value;

use crate::sample::HeartSample;
use crate::wearables::{Decoded, Told};

/// Counts and numbers are equal within a millionth of their size; the kit's texts have six places.
pub(super) fn near(is: f64, want: f64, within: f64) -> bool {
    (is - want).abs() <= within.max(1e-6 * want.abs())
}

/// Whether anything can be used.
pub(super) fn is_used(decoded: &[Decoded]) -> bool {
    decoded.iter().any(|d| {
        !d.blocks.is_empty()
            || d.readings.iter().any(|reading| reading.values.iter().any(|value| value.value.is_some()))
            || d.battery.is_some()
            || d.information.is_some()
            || d.reply.is_some()
    })
}

pub(super) fn outcome(decoded: &[Decoded]) -> &'static str {
    let told: Vec<&Told> = decoded.iter().flat_map(|d| &d.told).filter(|told| !told.is_note()).collect();
    let lost = told.iter().any(|told| !told.is_gap());
    let refused = told.iter().any(|told| matches!(told, Told::Refused(_)));
    let gap = told.iter().any(|told| matches!(told, Told::NoReading(_) | Told::Stopped(_)));
    match (is_used(decoded), lost) {
        _ if gap => "gap",
        (false, true) if refused => "refuse",
        (_, true) => "part",
        (true, false) => "read",
        (false, false) => "ignore",
    }
}

/// Rows of a stream in the unit and of the columns that are wanted.
fn rows(decoded: &[Decoded], columns: std::ops::Range<usize>, unit: &str) -> Vec<Vec<f64>> {
    let blocks = decoded.iter().flat_map(|d| &d.blocks).filter(|block| block.columns.len() >= columns.end);
    let mut rows = Vec::new();
    for block in blocks {
        let scale = match (block.columns[columns.start].1.as_str(), unit) {
            ("g", "mG") => 1000.0,
            (is, want) => {
                let same = [("mg", "mG"), ("deg/s", "dps")].contains(&(is, want)) || is == want;
                if !same {
                    continue;
                }
                1.0
            }
        };
        rows.extend(block.rows.iter().map(|(_, row)| row[columns.clone()].iter().map(|value| value * scale).collect()));
    }
    rows
}

fn grid(json: &Value) -> Vec<Vec<f64>> {
    let row = |row: &Value| row.as_array().unwrap().iter().map(|value| value.as_f64().unwrap()).collect();
    json.as_array().unwrap().iter().map(row).collect()
}

fn equal(is: &[Vec<f64>], want: &[Vec<f64>], within: f64) -> bool {
    let same = |(is, want): (&Vec<f64>, &Vec<f64>)| {
        is.len() == want.len() && is.iter().zip(want).all(|(is, want)| near(*is, *want, within))
    };
    is.len() == want.len() && is.iter().zip(want).all(same)
}

/// Samples, or their number, ends and sums.
pub(super) fn samples(decoded: &[Decoded], want: &Value, from: usize, within: f64) -> Result<(), String> {
    let channels = want["channels"].as_array().unwrap().len();
    let rows = rows(decoded, from..from + channels, want["unit"].as_str().unwrap());
    let n = want["n"].as_u64().unwrap() as usize;
    if rows.len() != n {
        return Err(format!("{} samples, not {n}", rows.len()));
    }
    if want["samples"].is_array() {
        let want = grid(&want["samples"]);
        return if equal(&rows, &want, within) { Ok(()) } else { Err(format!("{rows:?}, not {want:?}")) };
    }
    let sums: Vec<f64> = (0..channels).map(|channel| rows.iter().map(|row| row[channel]).sum()).collect();
    let want_sums: Vec<f64> = want["sums"].as_array().unwrap().iter().map(|sum| sum.as_f64().unwrap()).collect();
    let good = equal(&rows[..3], &grid(&want["first"]), within)
        && equal(&rows[n - 3..], &grid(&want["last"]), within)
        && equal(std::slice::from_ref(&sums), &[want_sums], within * n as f64);
    if good { Ok(()) } else { Err(format!("sums {sums:?}")) }
}

/// Intervals that can be used, milliseconds.
pub(super) fn intervals(decoded: &[Decoded]) -> Vec<f64> {
    let mut all = Vec::new();
    for block in decoded.iter().flat_map(|d| &d.blocks) {
        let Some(column) = block.columns.iter().position(|(name, _)| name == "rr_interval") else { continue };
        let scale = if block.columns[column].1 == "s" { 1000.0 } else { 1.0 };
        all.extend(block.rows.iter().map(|(_, row)| row[column] * scale));
    }
    all
}

/// Intervals of the beats that reach the analyzer.
pub(super) fn beats(decoded: &[Decoded]) -> Vec<f64> {
    let beat = |sample: &HeartSample| match *sample {
        HeartSample::Beat { rr_millis, .. } => Some(rr_millis),
        _ => None,
    };
    decoded.iter().flat_map(|d| &d.heart).filter_map(beat).collect()
}

pub(super) fn list(want: &Value) -> Vec<f64> {
    want.as_array().unwrap().iter().map(|value| value.as_f64().unwrap()).collect()
}

pub(super) fn same_list(is: &[f64], want: &[f64]) -> bool {
    is.len() == want.len() && is.iter().zip(want).all(|(is, want)| near(*is, *want, 1e-4))
}

/// A value that was decoded, by its name; `None` where there is none of use.
pub(super) fn single(decoded: &[Decoded], name: &str) -> Option<f64> {
    decoded.iter().flat_map(|d| &d.readings).flat_map(|r| &r.values).filter(|v| v.name == name).find_map(|v| v.value)
}

pub(super) fn flag(decoded: &[Decoded], name: &str) -> Option<bool> {
    let flags = decoded.iter().flat_map(|d| &d.readings).flat_map(|r| &r.flags);
    flags.filter(|(flag, _)| flag == name).map(|(_, set)| *set).next()
}
