use attune_analysis::left_out::LeftOut;
use attune_analysis::sample::{HeartSample, Timestamp};
use attune_analysis::tables;
use attune_analysis::wearables::HeartRateProfile;
use attune_ground::http::Problem;
use attune_ground::http::json::UnknownFields;
use axum::body::Bytes;

use super::limits;
use super::request::Series;
use super::series::{self, Given};

const FIELD: &str = "heart_data";
/// How much further a last beat may stand, seconds.
const LAST_BEAT: f64 = 10.0;
/// What 16 bits say when there is no interval.
const NONE: [f64; 2] = [0.0, 65_535.0];

/// Reads heartbeats, the first of which begins at `begin`: an array of intervals in milliseconds, or a table as the agent reads it.
///
/// # Errors
/// When they do not read, one is out of its range, or all together are too long.
pub(crate) fn read(
    series: &Series,
    begin: Timestamp,
    unknown: UnknownFields,
    warnings: &mut Vec<String>,
) -> Result<Given<HeartSample>, Problem> {
    let given = match series {
        Series::Json(json) => list(json)?,
        Series::Csv(csv) => {
            let strap = HeartRateProfile::standard();
            let most = (limits::INTERVALS, LAST_BEAT);
            Given::table(FIELD, csv, most, |origin| tables::heart(origin, &strap), (unknown, warnings))?
        }
    };
    given.warn(FIELD, warnings);
    let mut samples: Vec<HeartSample> = given.samples.iter().map(|sample| sample.moved(begin.0)).collect();
    // A strap tells of a rate before it tells of the beats before.
    samples.sort_by_key(HeartSample::at);
    Ok(Given { samples, ..given })
}

fn list(json: &Bytes) -> Result<Given<HeartSample>, Problem> {
    let unknown = UnknownFields::Refused; // numbers have none
    let intervals = series::list::<f64, { limits::INTERVALS }>(FIELD, json, unknown, &mut Vec::new())?;
    if intervals.is_empty() {
        return Err(Problem::unprocessable(FIELD, "heart_data is empty; leave it out when there is none"));
    }
    let (shortest, longest) = limits::INTERVAL_MILLIS;
    let is_none = |interval: &f64| NONE.contains(interval);
    let cannot_be = |interval: &f64| !is_none(interval) && !(shortest..=longest).contains(interval);
    if let Some(place) = intervals.iter().position(cannot_be) {
        let detail = format!("an interval must have {shortest} to {longest} ms");
        return Err(Problem::bad_request(&format!("{FIELD}[{place}]"), detail));
    }
    let told = intervals.len();
    let mut at = Timestamp(0);
    let beat = |rr_millis: f64| {
        at = at.plus((rr_millis * 1000.0).round() as i64);
        HeartSample::Beat { at, rr_millis }
    };
    let samples: Vec<HeartSample> = intervals.into_iter().filter(|interval| !is_none(interval)).map(beat).collect();
    let seconds = samples.last().map_or(0.0, |last| last.at().seconds_since(Timestamp(0)));
    if seconds > limits::SECONDS as f64 + LAST_BEAT {
        let detail = format!("heart_data spans {seconds:.0} s; the limit is {} s", limits::SECONDS);
        return Err(Problem::too_large(FIELD, detail));
    }
    if samples.is_empty() {
        return Err(Problem::unprocessable(FIELD, "heart_data has no interval: 0 and 65535 say that there is none"));
    }
    let left_out = LeftOut { no_value: (told - samples.len()) as u64, ..LeftOut::default() };
    Ok(Given { left_out, ..Given::list(samples) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_all(series: &Series) -> Result<(Vec<HeartSample>, Vec<String>), Problem> {
        let mut warnings = Vec::new();
        let given = read(series, Timestamp(0), UnknownFields::Ignored, &mut warnings)?;
        Ok((given.samples, warnings))
    }

    fn read_json(json: &str) -> Result<Vec<HeartSample>, Problem> {
        read_all(&Series::Json(json.to_owned().into())).map(|(samples, _)| samples)
    }

    #[test]
    fn a_beat_stands_at_the_end_of_its_interval() {
        let beats = read_json("[800, 810.5]").expect("reads");
        assert_eq!(beats[0], HeartSample::Beat { at: Timestamp(800_000), rr_millis: 800.0 });
        assert_eq!(beats[1].at(), Timestamp(1_610_500));
        let table = read_all(&Series::Csv("rr_ms\n800\n810.5\n".into())).expect("reads");
        assert_eq!(table, (beats, Vec::new()));
    }

    #[test]
    fn intervals_that_say_that_there_is_none_are_left_out_and_counted() {
        for series in [Series::Json("[800, 0, 65535, 810]".into()), Series::Csv("rr_ms\n800\n0\n65535\n810\n".into())] {
            let (beats, warnings) = read_all(&series).expect("reads");
            assert_eq!(beats.iter().map(|b| b.at().0).collect::<Vec<_>>(), [800_000, 1_610_000], "{series:?}");
            assert_eq!(warnings, ["heart_data: left out were 2 (2 without a value that can be)"], "{series:?}");
        }
        assert_eq!(read_json("[0, 65535]").expect_err("none").status, 422);
    }

    #[test]
    fn rates_and_packets_are_read_as_the_agent_reads_them() {
        let (rates, warnings) = read_all(&Series::Csv("time_s;hr\n0;72\n1;255\n2;73\n".into())).expect("reads");
        assert_eq!(rates[1], HeartSample::Rate { at: Timestamp(2_000_000), bpm: 73.0 });
        assert!(warnings[0].contains("left out were 1"), "{warnings:?}");
        let (packets, _) = read_all(&Series::Csv("time_ms,packet\n0,103c0004\n1000,103c0004\n".into())).expect("reads");
        assert_eq!(packets.len(), 2);
    }

    #[test]
    fn a_column_beside_the_intervals_is_told() {
        let table = Series::Csv("rr_ms,mood\n800,1\n".into());
        let strict = read(&table, Timestamp(0), UnknownFields::Refused, &mut Vec::new());
        assert!(strict.expect_err("refused").detail.contains("`mood`"));
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
