use std::collections::BTreeSet;

use serde_json::Value;

use super::Report;
use crate::ReportError;

/// Entries of a list: what is longer is no report that somebody reads.
const MOST: usize = 1000;

/// Values of all of it.
const MOST_VALUES: usize = 60_000;

/// Characters of all texts: setting takes time and memory by them.
const MOST_CHARACTERS: usize = 1_000_000;

/// Checks what the types do not say: that figures have their definitions, scales have two ends, and no list is endless.
///
/// # Errors
/// Which of it does not hold.
pub(crate) fn check(report: &Report, written: &Value) -> Result<(), ReportError> {
    let day = report.day;
    if report.version != Report::VERSION || day.year == 0 || !(1..=12).contains(&day.month) || day.day == 0 {
        return Err(ReportError::Invalid("version and day are known"));
    }
    let names: BTreeSet<&str> = report.definitions.iter().map(|definition| definition.name.as_str()).collect();
    if names.len() != report.definitions.len() {
        return Err(ReportError::Invalid("no two definitions have one name"));
    }
    walk(written, &names, &mut Seen::default())
}

/// What was counted so far.
#[derive(Default)]
struct Seen {
    values: usize,
    characters: usize,
}

fn walk(value: &Value, names: &BTreeSet<&str>, seen: &mut Seen) -> Result<(), ReportError> {
    seen.values += 1;
    seen.characters += value.as_str().map_or(0, |text| text.chars().count());
    if seen.values > MOST_VALUES || seen.characters > MOST_CHARACTERS {
        return Err(ReportError::TooMuch);
    }
    match value {
        Value::Array(list) if list.len() > MOST => Err(ReportError::TooMuch),
        Value::Array(list) => list.iter().try_for_each(|value| walk(value, names, seen)),
        Value::Object(fields) => {
            if let Some(Value::String(name)) = fields.get("definition")
                && !names.contains(name.as_str())
            {
                return Err(ReportError::Invalid("each figure has its definition"));
            }
            let ends = (fields.get("lowest"), fields.get("highest"));
            if matches!(ends.0, Some(lowest) if !lowest.is_number())
                || matches!(ends.1, Some(highest) if !highest.is_number())
            {
                return Err(ReportError::Invalid("each scale has two ends"));
            }
            fields.values().try_for_each(|value| walk(value, names, seen))
        }
        _ => Ok(()),
    }
}
