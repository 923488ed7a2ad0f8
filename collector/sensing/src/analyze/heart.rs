use attune_analysis::sample::{HeartSample, Timestamp};
use attune_ground::http::Problem;
use attune_ground::http::json::UnknownFields;

use super::limits;
use super::request::Series;
use super::series::{self, Table};

const FIELD: &str = "heart_data";

/// Reads intervals between heartbeats in milliseconds; the first one begins at `begin`.
///
/// # Errors
/// When they do not read, one is out of its range, or all together are too long.
pub(crate) fn read(
    series: &Series,
    begin: Timestamp,
    unknown: UnknownFields,
    warnings: &mut Vec<String>,
) -> Result<Vec<HeartSample>, Problem> {
    let intervals = match series {
        Series::Json(json) => series::list::<f64, { limits::INTERVALS }>(FIELD, json, unknown, warnings)?,
        Series::Csv(csv) => from_table(csv, unknown, warnings)?,
    };
    if intervals.is_empty() {
        return Err(Problem::unprocessable(FIELD, "heart_data is empty; leave it out when there is none"));
    }
    let (shortest, longest) = limits::INTERVAL_MILLIS;
    if let Some(place) = intervals.iter().position(|interval| !(shortest..=longest).contains(interval)) {
        let detail = format!("an interval must have {shortest} to {longest} ms");
        return Err(Problem::bad_request(&format!("{FIELD}[{place}]"), detail));
    }
    let seconds = intervals.iter().sum::<f64>() / 1000.0;
    // A last beat may stand just beyond.
    if seconds > limits::SECONDS as f64 + longest / 1000.0 {
        let detail = format!("heart_data spans {seconds:.0} s; the limit is {} s", limits::SECONDS);
        return Err(Problem::too_large(FIELD, detail));
    }
    let mut at = begin;
    Ok(intervals
        .into_iter()
        .map(|rr_millis| {
            at = Timestamp(at.0 + (rr_millis * 1000.0).round() as i64);
            HeartSample::Beat { at, rr_millis }
        })
        .collect())
}

/// Reads a column `rr_ms`.
fn from_table(csv: &[u8], unknown: UnknownFields, warnings: &mut Vec<String>) -> Result<Vec<f64>, Problem> {
    let mut table = Table::open(FIELD, csv, limits::INTERVALS)?;
    let column = table.column(&["rr_ms", "rr", "ibi_ms"])?;
    unknown.apply("the table of heart_data", table.others(&[column]), warnings)?;
    let mut intervals = Vec::new();
    while let Some(row) = table.next()? {
        intervals.push(row.number(column)?);
    }
    Ok(intervals)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn strict(series: &Series) -> Result<Vec<HeartSample>, Problem> {
        read(series, Timestamp(0), UnknownFields::Refused, &mut Vec::new())
    }

    fn read_json(json: &str) -> Result<Vec<HeartSample>, Problem> {
        strict(&Series::Json(json.to_owned().into()))
    }

    #[test]
    fn a_beat_stands_at_the_end_of_its_interval() {
        let beats = read_json("[800, 810.5]").expect("reads");
        assert_eq!(beats[0], HeartSample::Beat { at: Timestamp(800_000), rr_millis: 800.0 });
        assert_eq!(beats[1].at(), Timestamp(1_610_500));
        let table = strict(&Series::Csv("rr_ms\n800\n810.5\n".into())).expect("reads");
        assert_eq!(table, beats);
    }

    #[test]
    fn a_column_beside_the_intervals_is_told() {
        let table = Series::Csv("rr_ms,mood\n800,1\n".into());
        assert_eq!(strict(&table).expect_err("refused").field.as_deref(), Some("heart_data.mood"));
        let mut warnings = Vec::new();
        read(&table, Timestamp(0), UnknownFields::Ignored, &mut warnings).expect("reads");
        assert!(warnings[0].contains("mood"), "{warnings:?}");
    }

    #[test]
    fn intervals_that_no_heart_has_are_named() {
        for (json, field, status) in [
            ("[800, -1]", "heart_data[1]", 400),
            ("[800, \"a\"]", "heart_data[1]", 400),
            ("[]", "heart_data", 422),
            ("7", "heart_data", 400),
        ] {
            let problem = read_json(json).expect_err(json);
            assert_eq!((problem.field.as_deref(), problem.status), (Some(field), status), "{json}");
        }
        let long = format!("[{}1000]", "1000,".repeat(limits::INTERVALS - 1));
        assert_eq!(read_json(&long).expect_err("long").status, 413);
        let many = format!("[{}1000]", "1000,".repeat(limits::INTERVALS));
        let refused = read_json(&many).expect_err("many");
        assert!(refused.status == 413 && refused.detail.contains("1500"), "{refused:?}");
    }
}
