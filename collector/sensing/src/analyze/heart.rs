use attune_analysis::sample::{HeartSample, Timestamp};
use attune_ground::http::Problem;
use attune_ground::http::json::{self, UnknownFields};

use super::limits;
use super::request::Series;
use super::series::{Bounded, Table};

const FIELD: &str = "heart_data";

/// Reads intervals between heartbeats in milliseconds; the first one begins at `begin`.
///
/// # Errors
/// When they do not read, one is out of its range, or all together are too long.
pub(crate) fn read(series: &Series, begin: Timestamp) -> Result<Vec<HeartSample>, Problem> {
    let intervals = match series {
        Series::Json(json) => {
            let unknown = UnknownFields::Refused; // numbers have none
            json::value::<Bounded<f64, { limits::INTERVALS }>>(FIELD, json, unknown, &mut Vec::new())?.0
        }
        Series::Csv(csv) => from_table(csv)?,
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
fn from_table(csv: &[u8]) -> Result<Vec<f64>, Problem> {
    let mut table = Table::open(FIELD, csv, limits::INTERVALS)?;
    let column = table.column(&["rr_ms", "rr", "ibi_ms"])?;
    let mut intervals = Vec::new();
    while let Some(row) = table.next()? {
        intervals.push(row.number(column)?);
    }
    Ok(intervals)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_json(json: &str) -> Result<Vec<HeartSample>, Problem> {
        read(&Series::Json(json.to_owned().into()), Timestamp(0))
    }

    #[test]
    fn a_beat_stands_at_the_end_of_its_interval() {
        let beats = read_json("[800, 810.5]").expect("reads");
        assert_eq!(beats[0], HeartSample::Beat { at: Timestamp(800_000), rr_millis: 800.0 });
        assert_eq!(beats[1].at(), Timestamp(1_610_500));
        let table = read(&Series::Csv("rr_ms\n800\n810.5\n".into()), Timestamp(0)).expect("reads");
        assert_eq!(table, beats);
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
        assert!(read_json(&many).expect_err("many").detail.contains("1500"), "{many}");
    }
}
