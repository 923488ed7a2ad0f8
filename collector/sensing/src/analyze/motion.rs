use attune_analysis::sample::{MotionSample, Timestamp};
use attune_analysis::tables;
use attune_ground::http::Problem;
use attune_ground::http::json::UnknownFields;
use axum::body::Bytes;
use serde::Deserialize;

use super::limits;
use super::request::Series;
use super::series::{self, Given};

const FIELD: &str = "motion_data";
/// How long the last row of a table lasts at most, seconds.
const LAST_ROW: f64 = 0.5;

#[derive(Clone, Copy, Deserialize)]
struct Axes {
    x: f64,
    y: f64,
    z: f64,
}

/// One element of `motion_data`. The magnetometer is of no use here.
#[derive(Deserialize)]
struct Reading {
    timestamp: f64,
    acceleration: Axes,
    gyroscope: Option<Axes>,
    #[serde(rename = "magnetometer")]
    _magnetometer: Option<Axes>,
}

/// Reads motion, laid on the time line so that its first sample is at `begin`. A table is read as the agent reads it: what of it is
/// odd is left out; an array must be as it is described.
///
/// # Errors
/// When it does not read, a number is out of its range, or the times do not ascend.
pub(crate) fn read(
    series: &Series,
    begin: Timestamp,
    unknown: UnknownFields,
    warnings: &mut Vec<String>,
) -> Result<Given<MotionSample>, Problem> {
    let readings = match series {
        Series::Json(json) => series::list::<Reading, { limits::MOTION_SAMPLES }>(FIELD, json, unknown, warnings)?,
        Series::Csv(csv) => return table(csv, begin, unknown, warnings),
    };
    let (Some(first), Some(last)) = (readings.first(), readings.last()) else {
        return Err(Problem::unprocessable(FIELD, "motion_data is empty; leave it out when there is none"));
    };
    let (first, length) = (first.timestamp, last.timestamp - first.timestamp);
    if length > limits::SECONDS as f64 {
        let detail = format!("motion_data spans {length:.0} s; the limit is {} s", limits::SECONDS);
        return Err(Problem::too_large(FIELD, detail));
    }
    let mut before = f64::NEG_INFINITY;
    let mut samples = Vec::with_capacity(readings.len());
    for (place, reading) in readings.iter().enumerate() {
        let name = |part: &str| format!("{FIELD}[{place}].{part}");
        if !reading.timestamp.is_finite() || reading.timestamp <= before {
            let detail = "timestamps must be finite seconds, each greater than the one before";
            return Err(Problem::bad_request(&name("timestamp"), detail));
        }
        before = reading.timestamp;
        let acceleration = axes(reading.acceleration, limits::ACCELERATION, "m/s2", || name("acceleration"))?;
        let gyroscope = reading.gyroscope.map(|g| axes(g, limits::ANGULAR_RATE, "rad/s", || name("gyroscope")));
        samples.push(MotionSample {
            at: begin.plus_seconds(reading.timestamp - first),
            acceleration,
            gyroscope: gyroscope.transpose()?,
        });
    }
    let of_no_unit = |error| Problem::bad_request(FIELD, format!("{FIELD} is not taken: {error}"));
    tables::check_units(samples.iter().map(|sample| sample.acceleration)).map_err(of_no_unit)?;
    Ok(Given::list(samples))
}

fn table(
    csv: &Bytes,
    begin: Timestamp,
    unknown: UnknownFields,
    warnings: &mut Vec<String>,
) -> Result<Given<MotionSample>, Problem> {
    let most = (limits::MOTION_SAMPLES, LAST_ROW);
    let mut given = Given::table(FIELD, csv, most, tables::motion, (unknown, warnings))?;
    given.samples.iter_mut().for_each(|sample| sample.at = sample.at.plus(begin.0));
    given.warn(FIELD, warnings);
    Ok(given)
}

fn axes(axes: Axes, limit: f64, unit: &str, name: impl Fn() -> String) -> Result<[f64; 3], Problem> {
    let axes = [axes.x, axes.y, axes.z];
    if axes.iter().all(|axis| axis.abs() <= limit) {
        return Ok(axes);
    }
    Err(Problem::bad_request(&name(), format!("x, y and z must be finite and within {limit} {unit}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_json(json: &'static str) -> Result<Vec<MotionSample>, Problem> {
        let series = Series::Json(Bytes::from_static(json.as_bytes()));
        read(&series, Timestamp(5), UnknownFields::Refused, &mut Vec::new()).map(|given| given.samples)
    }

    #[test]
    fn the_first_sample_stands_at_the_beginning() {
        let samples = read_json(
            r#"[{"timestamp": 1640995200.0, "acceleration": {"x": 0, "y": 0, "z": 9.8}},
                {"timestamp": 1640995200.5, "acceleration": {"x": 0, "y": 0, "z": 9.8},
                 "gyroscope": {"x": 1, "y": 2, "z": 3}, "magnetometer": {"x": 1, "y": 2, "z": 3}}]"#,
        )
        .expect("reads");
        assert_eq!((samples[0].at, samples[1].at), (Timestamp(5), Timestamp(500_005)));
        assert_eq!(samples[1].gyroscope, Some([1.0, 2.0, 3.0]));
    }

    #[test]
    fn a_table_is_read_as_the_agent_reads_it_and_says_what_was_left_out() {
        let mut csv = String::from("timestamp;x;y;z;mood\n");
        for n in 0..100 {
            let z = if n == 50 { "x" } else { "9,8" };
            csv += &format!("{},{:02};0;0;{z};3\n", n / 50, n % 50 * 2);
        }
        let mut warnings = Vec::new();
        let series = Series::Csv(csv.into());
        let strict = read(&series, Timestamp(5), UnknownFields::Refused, &mut Vec::new());
        assert!(strict.expect_err("refused").detail.contains("`mood`"));
        let given = read(&series, Timestamp(5), UnknownFields::Ignored, &mut warnings).expect("reads");
        assert_eq!((given.samples.len(), given.samples[1].at), (99, Timestamp(20_005)));
        assert!(warnings.iter().any(|w| w.contains("`mood`")), "{warnings:?}");
        assert!(warnings.iter().any(|w| w == "motion_data: left out were 1 (1 not readable)"), "{warnings:?}");
    }

    #[test]
    fn columns_that_apps_write_beside_the_others_are_told_and_refused_nowhere() {
        for header in ["time,seconds_elapsed,z,y,x", "t,timestamp,z,y,x", "Absolute acceleration (m/s^2),time,z,y,x"] {
            let mut csv = format!("{header},\n");
            (0..100).for_each(|n| csv += &format!("{0},{0},9.8,0,0,\n", f64::from(n) * 0.02));
            let mut warnings = Vec::new();
            let given = read(&Series::Csv(csv.into()), Timestamp(0), UnknownFields::Refused, &mut warnings);
            assert_eq!(given.expect(header).samples.len(), 100, "{header}");
            assert!(warnings[0].contains("passed over"), "{warnings:?}");
        }
    }

    #[test]
    fn a_table_that_is_none_of_motion_or_too_long_is_refused_by_what_it_is() {
        let refused = |csv: String| {
            let series = Series::Csv(csv.into());
            read(&series, Timestamp(0), UnknownFields::Refused, &mut Vec::new()).expect_err("refused")
        };
        let rows = |step: f64, z: f64| {
            "time_s,ax,ay,az\n".to_owned()
                + &(0..1000).map(|n| format!("{},0,0,{z}\n", f64::from(n) * step)).collect::<String>()
        };
        for (csv, status, part) in [
            (" \n".to_owned(), 422, "empty"),
            ("rr_ms\n800\n".to_owned(), 400, "no acceleration"),
            (rows(0.02, 1.0), 400, "9.8 m/s2"),
            (rows(0.31, 9.8), 413, "300 s"),
        ] {
            let problem = refused(csv);
            assert_eq!((problem.status, problem.field.as_deref()), (status, Some("motion_data")), "{}", problem.detail);
            assert!(problem.detail.contains(part), "{part}: {}", problem.detail);
        }
    }

    #[test]
    fn a_misspelt_column_is_told_and_refused_where_it_matters() {
        let mut csv = String::from("timestamp,x,y,z,gx,gy,gzz\n");
        (0..100).for_each(|n| csv += &format!("{},0,0,9.8,1,1,1\n", f64::from(n) * 0.02));
        let read_table = |unknown| {
            let mut warnings = Vec::new();
            let given = read(&Series::Csv(csv.clone().into()), Timestamp(0), unknown, &mut warnings)?;
            Ok::<_, Problem>((given.samples, warnings))
        };
        let refused = read_table(UnknownFields::Refused).expect_err("gzz is not known");
        assert_eq!((refused.status, refused.field.as_deref()), (400, Some("motion_data")));
        assert!(refused.detail.contains("`gzz`"), "{}", refused.detail);
        let (samples, warnings) = read_table(UnknownFields::Ignored).expect("reads");
        assert!(samples[0].gyroscope.is_none() && warnings[0].contains("`gx`, `gy`, `gzz`"), "{warnings:?}");
    }

    #[test]
    fn a_problem_names_the_place() {
        let axes = r#""acceleration": {"x": 0, "y": 0, "z": 9.8}"#;
        let two = |a: &str, b: &str| {
            let json = format!(r#"[{{"timestamp": {a}, {axes}}}, {{"timestamp": {b}, {axes}}}]"#);
            let series = Series::Json(json.into());
            read(&series, Timestamp(0), UnknownFields::Refused, &mut Vec::new()).expect_err("refused")
        };
        for (a, b) in [("2", "1"), ("2", "2")] {
            assert_eq!(two(a, b).field.as_deref(), Some("motion_data[1].timestamp"));
        }
        assert_eq!(two("1", "1e999").field.as_deref(), Some("motion_data[1].timestamp"));
        assert_eq!(two("0", "301").status, 413);
        let in_g = |n| format!(r#"{{"timestamp": {n}, "acceleration": {{"x": 0, "y": 0, "z": 1}}}}"#);
        let list = format!("[{}]", (0..100).map(in_g).collect::<Vec<_>>().join(","));
        let problem =
            read(&Series::Json(list.into()), Timestamp(0), UnknownFields::Refused, &mut Vec::new()).expect_err("g");
        assert!(problem.status == 400 && problem.detail.contains("9.8 m/s2"), "{}", problem.detail);
        for (json, field) in [
            (r#"[{"timestamp": 0, "acceleration": {"x": 1e9, "y": 0, "z": 0}}]"#, "motion_data[0].acceleration"),
            (r#"[{"timestamp": 0, "acceleration": {"x": 0, "y": 0}}]"#, "motion_data[0].acceleration.z"),
            (r#"[{"timestamp": "0"}]"#, "motion_data[0].timestamp"),
            (
                r#"[{"timestamp": 0, "acceleration": {"x": 0, "y": 0, "z": 0, "w": 1}}]"#,
                "motion_data[0].acceleration.w",
            ),
            (r#"{"timestamp": 0}"#, "motion_data"),
        ] {
            assert_eq!(read_json(json).expect_err(json).field.as_deref(), Some(field), "{json}");
        }
        assert_eq!(read_json("[]").expect_err("empty").status, 422);
    }
}
