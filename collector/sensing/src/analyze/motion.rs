use attune_analysis::sample::{MotionSample, Timestamp};
use attune_ground::http::Problem;
use attune_ground::http::json::UnknownFields;
use serde::Deserialize;

use super::limits;
use super::request::Series;
use super::series::{self, Table};

const FIELD: &str = "motion_data";

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

/// Reads motion, laid on the time line so that its first sample is at `begin`.
///
/// # Errors
/// When it does not read, a number is out of its range, or the times do not ascend.
pub(crate) fn read(
    series: &Series,
    begin: Timestamp,
    unknown: UnknownFields,
    warnings: &mut Vec<String>,
) -> Result<Vec<MotionSample>, Problem> {
    let readings = match series {
        Series::Json(json) => series::list::<Reading, { limits::MOTION_SAMPLES }>(FIELD, json, unknown, warnings)?,
        Series::Csv(csv) => from_table(csv, unknown, warnings)?,
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
    Ok(samples)
}

fn axes(axes: Axes, limit: f64, unit: &str, name: impl Fn() -> String) -> Result<[f64; 3], Problem> {
    let axes = [axes.x, axes.y, axes.z];
    if axes.iter().all(|axis| axis.abs() <= limit) {
        return Ok(axes);
    }
    Err(Problem::bad_request(&name(), format!("x, y and z must be finite and within {limit} {unit}")))
}

/// Columns of the gyroscope.
const TURNS: [&str; 3] = ["gx", "gy", "gz"];

/// Reads `timestamp,x,y,z[,gx,gy,gz][,mx,my,mz]`; the magnetometer is of no use here.
fn from_table(csv: &[u8], unknown: UnknownFields, warnings: &mut Vec<String>) -> Result<Vec<Reading>, Problem> {
    let mut table = Table::open(FIELD, csv, limits::MOTION_SAMPLES)?;
    let time = table.column(&["timestamp", "time_s", "t"])?;
    let axes = |table: &Table<'_>, names: [&str; 3]| {
        names.map(|name| table.column(&[name])).into_iter().collect::<Result<Vec<_>, _>>()
    };
    let acceleration =
        axes(&table, ["x", "y", "z"]).or_else(|problem| axes(&table, ["ax", "ay", "az"]).map_err(|_| problem))?;
    let gyroscope = axes(&table, TURNS).ok();
    let known = |name: &'static str| Some((name, table.column(&[name]).ok()?));
    let turns: Vec<(&str, usize)> = TURNS.into_iter().filter_map(known).collect();
    let beside = turns.iter().copied().chain(["mx", "my", "mz"].into_iter().filter_map(known));
    let read: Vec<usize> = acceleration.iter().copied().chain([time]).chain(beside.map(|(_, place)| place)).collect();
    let mut others = table.others(&read);
    if gyroscope.is_none() {
        // A name that is written wrong takes the whole sensor with it.
        others.extend(turns.iter().map(|(name, _)| format!("{FIELD}.{name}")));
    }
    unknown.apply("the table of motion_data", others, warnings)?;
    let mut readings = Vec::new();
    while let Some(row) = table.next()? {
        let three = |columns: &[usize]| -> Result<Axes, Problem> {
            Ok(Axes { x: row.number(columns[0])?, y: row.number(columns[1])?, z: row.number(columns[2])? })
        };
        readings.push(Reading {
            timestamp: row.number(time)?,
            acceleration: three(&acceleration)?,
            gyroscope: gyroscope.as_deref().map(three).transpose()?,
            _magnetometer: None,
        });
    }
    Ok(readings)
}

#[cfg(test)]
mod tests {
    use axum::body::Bytes;

    use super::*;

    fn read_json(json: &'static str) -> Result<Vec<MotionSample>, Problem> {
        let series = Series::Json(Bytes::from_static(json.as_bytes()));
        read(&series, Timestamp(5), UnknownFields::Refused, &mut Vec::new())
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
    fn a_table_reads_as_the_array_does() {
        let csv = Bytes::from_static(b"timestamp,x,y,z\n10,0,0,9.8\n10.02,0.1,0,9.8\n");
        let samples = read(&Series::Csv(csv), Timestamp(0), UnknownFields::Refused, &mut Vec::new()).expect("reads");
        assert_eq!((samples.len(), samples[1].at), (2, Timestamp(20_000)));
    }

    #[test]
    fn a_column_that_is_not_known_is_told_and_refused_where_it_matters() {
        let read_table = |csv: &'static [u8], unknown| {
            let mut warnings = Vec::new();
            let samples = read(&Series::Csv(Bytes::from_static(csv)), Timestamp(0), unknown, &mut warnings)?;
            Ok::<_, Problem>((samples, warnings))
        };
        let misspelt = b"timestamp,x,y,z,gx,gy,gzz\n10,0,0,9.8,1,1,1\n";
        let refused = read_table(misspelt, UnknownFields::Refused).expect_err("gzz is not known");
        assert_eq!((refused.status, refused.field.as_deref()), (400, Some("motion_data.gzz")));
        let (samples, warnings) = read_table(misspelt, UnknownFields::Ignored).expect("reads");
        assert!(samples[0].gyroscope.is_none() && warnings.len() == 3, "{warnings:?}");
        assert!(warnings[0].contains("motion_data.gzz"), "{warnings:?}");
        let whole = b"timestamp,x,y,z,gx,gy,gz,mx,my,mz\n10,0,0,9.8,1,1,1,20,1,-40\n";
        let (samples, warnings) = read_table(whole, UnknownFields::Refused).expect("reads");
        assert!(samples[0].gyroscope.is_some() && warnings.is_empty());
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
