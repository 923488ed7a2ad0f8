use super::super::testing::{all, origin};
use super::*;

fn read(text: &str) -> Result<(Recording<MotionSample>, Vec<MotionSample>), TableError> {
    let clip = motion(&origin(text))?;
    let samples = all(&clip).0;
    Ok((clip, samples))
}

#[test]
fn a_phone_s_csv_is_laid_at_its_first_instant_in_the_unit_that_its_steps_tell() {
    let text = "x_acc,y_acc,z_acc,x_gyro,y_gyro,z_gyro,timestamp,label\n\
                1,2,9.8,0.1,0.2,0.3,1657533977813,SEATED\n1,2,9.8,0.1,0.2,0.3,1657533977823,SEATED\n\
                x,,,,,,,\n1,2,9.8,,,,1657533977833,SEATED\n";
    let (clip, samples) = read(text).unwrap();
    assert_eq!(samples.iter().map(|s| s.at.0).collect::<Vec<_>>(), [0, 10_000, 20_000]);
    assert_eq!(clip.origin, Some(Timestamp::from_millis(1_657_533_977_813)));
    assert_eq!((clip.rate.round(), clip.length), (100.0, 30_000));
    assert_eq!(samples[0].gyroscope, Some([0.1, 0.2, 0.3]));
    assert_eq!(samples[2].gyroscope, None);
}

#[test]
fn times_that_count_from_zero_in_milliseconds_are_no_date() {
    let (clip, samples) = read("ax,ay,az,timestamp\n0,0,9.8,0\n0,0,9.8,20\n0,0,9.8,40\n").unwrap();
    assert_eq!((clip.origin, clip.rate), (None, 50.0));
    assert_eq!(samples[1].at, Timestamp(20_000));
}

#[test]
fn an_empatica_file_is_read_by_its_two_first_rows() {
    let text = "1644227574.0, 1644227574.0, 1644227574.0\n32.0, 32.0, 32.0\n0,0,64\n0,0,-32\n";
    let (clip, samples) = read(text).unwrap();
    assert_eq!(clip.origin, Some(Timestamp(1_644_227_574_000_000)));
    assert_eq!((clip.rate, clip.length), (32.0, 62_500));
    assert!((samples[0].acceleration[2] - 9.80665).abs() < 1e-9);
    assert!((samples[1].acceleration[2] + 4.903_325).abs() < 1e-9);
    assert_eq!(samples[1].at, Timestamp(31_250));
}

#[test]
fn acceleration_in_g_is_given_in_metres() {
    let (_, samples) = read("time_s,ax_g,ay_g,az_g\n5.0,0,0,1\n5.02,0,0,1\n").unwrap();
    assert!((samples[0].acceleration[2] - 9.80665).abs() < 1e-9);
    assert_eq!(samples[0].at, Timestamp(0));
}

#[test]
fn a_file_that_is_no_motion_is_refused_with_what_it_lacks() {
    for (text, lacks) in [
        ("", "empty"),
        ("time_s,rr\n0,800\n1,800\n", "acceleration"),
        ("ax,ay,az\n1,2,3\n", "time"),
        ("time_s,ax,ay,az\nx,y,z,w\n", "times do not read"),
        ("time_s,ax,ay,az\n", "no row"),
        ("time_s,ax,ay,az\n1,0,0,0\n1,0,0,0\n", "advance"),
    ] {
        let error = read(text).err().map(|e| e.to_string()).unwrap_or_default();
        assert!(error.contains(lacks), "{text:?}: {error}");
    }
}

#[test]
fn thousandths_of_g_and_degrees_a_second_are_what_their_columns_say() {
    let text = minute("Time (s);X [mg];Y [mg];Z [mg];gyro x (deg/s);gyro y (deg/s);gyro z (deg/s)", |t| {
        format!("{t};0;0;1000;0;0;-90")
    });
    let (clip, samples) = read(&text).unwrap();
    assert!((samples[0].acceleration[2] - 9.80665).abs() < 1e-9);
    let turn = samples[0].gyroscope.expect("it is read")[2];
    assert!((turn + std::f64::consts::FRAC_PI_2).abs() < 1e-9, "{turn}");
    assert_eq!((clip.passed_over, clip.unknown), (None, None));
}

#[test]
fn zeros_along_all_axes_are_no_measurement() {
    let text = minute("timestamp,x,y,z", |t| {
        let z = if (10.0..20.0).contains(&t) { "0.0" } else { "9.8" };
        format!("{t},0,0,{z}")
    });
    let (clip, samples) = read(&text).unwrap();
    assert_eq!((clip.left_out.no_value, samples.len()), (500, 2500));
    assert!(seconds(&samples).iter().all(|t| !(10.0..20.0).contains(t)));
}

#[test]
fn rows_that_share_whole_minutes_are_laid_evenly_and_refused_where_their_number_is_not_steady() {
    for clock in ["2026-03-02 ", ""] {
        let text = rows("time", (0..12_000).map(|row| format!("{clock}09:{:02}", row / 3000)));
        let (clip, samples) = read(&text).unwrap();
        assert_eq!((clip.rate, clip.length, samples.len()), (50.0, 240_000_000, 12_000), "{clock}");
        assert!(samples.windows(2).all(|two| two[1].at.0 - two[0].at.0 == 20_000), "{clock}");
        assert!(clip.notes.iter().any(|note| note.contains("60 s apart: they are laid evenly")), "{:?}", clip.notes);
        let text =
            rows("time", (0..12_000).map(|row| format!("{clock}09:{:02}", (f64::from(row) / 120.0).sqrt() as u32)));
        let error = read(&text).err().map(|e| e.to_string()).unwrap_or_default();
        assert!(error.contains("is not steady: write them with their seconds"), "{error}");
    }
    let error = read(&rows("time", (0..3000).map(|_| "09:00".to_owned()))).err().map(|e| e.to_string());
    assert!(error.is_some_and(|error| error.contains("do not advance: write them with their seconds")));
}

#[test]
fn milliseconds_with_marks_between_thousands_are_no_seconds() {
    let marked = |millis: u32| match (millis / 1000, millis % 1000) {
        (0, rest) => rest.to_string(),
        (thousands, rest) => format!("{thousands}.{rest:03}"),
    };
    for column in ["time_ms", "time", "Time (ms)"] {
        let text = rows(column, (0..3000).map(|row| marked(20 * row))).replace(',', ";");
        let (clip, samples) = read(&text).unwrap();
        assert_eq!((clip.rate, clip.length, samples.len()), (50.0, 60_000_000, 3000), "{column}");
    }
}

#[test]
fn dates_with_the_day_first_are_read_where_one_of_them_shows_it() {
    let text = minute("time,x,y,z", |t| format!("13.03.2026 09:00:{t:05.2},0,0,9.8"));
    let (clip, samples) = read(&text).unwrap();
    assert_eq!(clip.origin, Some(Timestamp::from_millis(1_773_392_400_000)));
    assert_eq!((clip.rate.round(), samples.len()), (50.0, 3000));
}

#[test]
fn dates_that_do_not_read_are_what_is_wrong() {
    let text = minute("time,x,y,z", |t| format!("02.03.2026 09:00:{t:05.2},0,0,9.8"));
    let error = read(&text).err().map(|e| e.to_string()).unwrap_or_default();
    assert!(error.contains("times do not read") && error.contains("2024-05-01T10:00:00"), "{error}");
}

/// Rows with `time` as their times.
fn rows(column: &str, times: impl Iterator<Item = String>) -> String {
    format!("{column},ax,ay,az\n") + &times.map(|time| format!("{time},0,0,9.8\n")).collect::<String>()
}

fn seconds(samples: &[MotionSample]) -> Vec<f64> {
    samples.iter().map(|s| s.at.0 as f64 / 1e6).collect()
}

#[test]
fn whole_seconds_are_spread_over_themselves_at_the_sensor_s_rate() {
    let text = rows("timestamp", (0..3000).map(|n| format!("{}", 1_700_000_000 + n / 50)));
    let (clip, samples) = read(&text).unwrap();
    assert_eq!((clip.rate, clip.length), (50.0, 60_000_000));
    assert_eq!(samples.len(), 3000);
    assert!(seconds(&samples).iter().enumerate().all(|(n, at)| (at - n as f64 / 50.0).abs() < 1e-5));
}

#[test]
fn three_rows_with_the_time_of_their_packet_are_three_samples() {
    let text = rows("time_ms", (0..300).map(|n| format!("{}", n / 3 * 60)));
    let (clip, samples) = read(&text).unwrap();
    assert_eq!((clip.rate.round(), clip.length), (50.0, 6_000_000));
    assert!(seconds(&samples).iter().enumerate().all(|(n, at)| (at - n as f64 / 50.0).abs() < 1e-5));
}

#[test]
fn a_false_first_time_is_left_out_and_counted_and_ends_nothing() {
    let time = |n: u32| if n == 0 { "0".to_owned() } else { format!("{:.2}", 1_700_000_000.0 + f64::from(n) / 50.0) };
    for column in ["timestamp", "time_s"] {
        let clip = motion(&origin(rows(column, (0..3000).map(time)))).unwrap();
        assert_eq!(
            (clip.rate.round(), clip.length, clip.origin),
            (50.0, 59_980_000, Some(Timestamp(1_700_000_000_020_000)))
        );
        let (_, left_out) = all(&clip);
        assert_eq!(left_out, LeftOut { false_times: 1, ..LeftOut::default() });
    }
}

#[test]
fn milliseconds_in_a_column_called_seconds_are_milliseconds() {
    for begin in [0.0, 1_700_000_000_000.0] {
        let text = rows("time_s", (0..500).map(|n| format!("{}", begin + f64::from(n) * 20.0)));
        let (clip, _) = read(&text).unwrap();
        assert_eq!((clip.rate.round(), clip.length), (50.0, 10_000_000));
    }
}

#[test]
fn times_that_no_unit_makes_instants_are_refused_and_overflow_nothing() {
    let text = rows("time_s", (0..500).map(|n| format!("{n}e300")));
    let error = read(&text).err().unwrap().to_string();
    assert!(error.contains("1970 to 2100"), "{error}");
    let text =
        rows("time_s", (0..500).map(|n| if n == 250 { "1e300".into() } else { format!("{}", f64::from(n) / 50.0) }));
    let (clip, samples) = read(&text).unwrap();
    assert_eq!((clip.length, samples.len()), (10_000_000, 499));
}

#[test]
fn a_day_that_is_missing_is_a_gap_and_not_the_end() {
    let text =
        rows("time_s", (0..1000).map(|n| format!("{}", f64::from(n) / 50.0 + if n < 500 { 0.0 } else { 86_400.0 })));
    let (clip, samples) = read(&text).unwrap();
    assert_eq!((clip.rate.round(), samples.len()), (50.0, 1000));
    assert_eq!(clip.length, 86_420_000_000);
}

#[test]
fn a_table_without_a_header_is_no_empatica_file_because_a_value_could_be_a_rate() {
    let error = read("0.1,0.2,9.8\n5,0.1,9.7\n0.1,0.1,9.8\n").err().unwrap().to_string();
    assert!(error.contains("header"), "{error}");
}

#[test]
fn reading_on_ends_when_who_reads_is_to_end() {
    let text = rows("time_s", (0..500).map(|n| format!("{n}")));
    let bytes: std::sync::Arc<[u8]> = text.into_bytes().into();
    let stopped = Origin::new(move || Ok(Box::new(std::io::Cursor::new(bytes.clone()))), || true);
    assert!(matches!(motion(&stopped), Err(TableError::Stopped)));
}

/// A minute at rest at 50 Hz, a row a line.
fn minute(header: &str, row: impl Fn(f64) -> String) -> String {
    format!("{header}\n") + &(0..3000).map(|n| row(f64::from(n) / 50.0) + "\n").collect::<String>()
}

#[test]
fn one_table_is_read_alike_however_it_is_written() {
    let (expected, samples) = read(&minute("timestamp,x,y,z", |t| format!("{t},0.5,-0.25,9.75"))).unwrap();
    assert_eq!((expected.rate.round(), samples.len(), expected.notes.len()), (50.0, 3000, 0));
    let comma = |t: f64| t.to_string().replace('.', ",");
    for text in [
        minute("timestamp;x;y;z", |t| format!("{};0,5;-0,25;9,75", comma(t))),
        minute("timestamp\tx\ty\tz", |t| format!("{t}\t0.5\t-0.25\t9.75")),
        minute("time_s,ax,ay,az", |t| format!("{t},0.5,-0.25,9.75")),
        minute("\"Time (s)\",\"Acceleration x (m/s^2)\",\"Acceleration y (m/s^2)\",\"Acceleration z (m/s^2)\"", |t| {
            format!("{t:e},5e-1,-2.5e-1,9.75e0")
        }),
        minute("z;y;x;t_ms", |t| format!("9,75;-0,25;0,5;{}", (t * 1000.0).round())),
    ] {
        let (clip, found) = read(&text).unwrap();
        assert_eq!((clip.length, found == samples), (expected.length, true), "{}", &text[..40]);
    }
    let dates = minute("time,ax,ay,az", |t| format!("2024-05-01 10:00:{t:05.2},0.5,-0.25,9.75"));
    let (clip, found) = read(&dates).unwrap();
    assert_eq!((clip.origin, found == samples), (Some(Timestamp(1_714_557_600_000_000)), true));
}

#[test]
fn columns_that_are_not_known_are_named() {
    let (clip, _) = read(&minute("timestamp,x,y,z,mood", |t| format!("{t},0,0,9.8,3"))).unwrap();
    assert!(clip.passed_over.is_some_and(|columns| columns.contains("`mood`")));
}

#[test]
fn accelerations_of_another_unit_are_not_taken_for_metres() {
    for (z, columns) in [
        (1.0, "ax,ay,az"),
        (0.02, "ax,ay,az"),
        (0.0, "x,y,z"),
        (1000.0, "ax,ay,az"),
        (32.2, "ax,ay,az"),
        (9.8, "ax_g,ay_g,az_g"),
    ] {
        let error = read(&minute(&format!("time_s,{columns}"), |t| format!("{t},0,0,{z}"))).err();
        let error = error.unwrap_or_else(|| panic!("{z} {columns} is taken")).to_string();
        assert!(error.contains("ax_g,ay_g,az_g"), "{z}: {error}");
    }
    // What walks is not at rest, but stays around gravity.
    let walk = |t: f64| format!("{t},{},0.3,{}", 3.0 * (12.0 * t).sin(), 9.8 + 6.0 * (12.0 * t).cos());
    assert!(read(&minute("time_s,ax,ay,az", walk)).is_ok());
}

#[test]
fn single_values_that_cannot_be_are_left_out_and_counted() {
    let text = minute("time_s,ax,ay,az", |t| format!("{t},0,0,{}", if t == 3.0 { 32_767.0 } else { 9.8 }));
    let clip = motion(&origin(text)).unwrap();
    assert_eq!(all(&clip).1, LeftOut { no_value: 1, ..LeftOut::default() });
}

#[test]
fn days_of_a_spreadsheet_are_read_and_named_and_rows_that_no_sensor_sends_so_soon_are_refused() {
    for begin in [46_094.375, 0.375] {
        let (clip, samples) = read(&minute("time;x;y;z", |t| format!("{:.11};0;0;9.8", begin + t / 86_400.0))).unwrap();
        assert_eq!((clip.rate.round(), samples.len(), (clip.length + 5000) / 10_000), (50.0, 3000, 6000), "{begin}");
        assert!(clip.notes.iter().any(|note| note.contains("read as days")), "{:?}", clip.notes);
    }
    let error = read(&minute("time,x,y,z", |t| format!("{:.9},0,0,9.8", t / 2000.0))).err().unwrap().to_string();
    assert!(error.contains("closer together than those of any sensor"), "{error}");
}

#[test]
fn minutes_and_seconds_are_told_by_the_rows_in_each_and_times_of_day_go_on_behind_midnight() {
    let clocks: [fn(f64) -> String; 3] = [
        |t| format!("{:02}:{:02}", t as u32 / 60, t as u32 % 60),
        |t| format!("59:{t:05.2}"),
        |t| if t < 30.0 { format!("23:59:{:05.2}", t + 30.0) } else { format!("06:00:{:05.2}", t - 30.0) },
    ];
    for (clock, length) in clocks.into_iter().zip([60_000_000, 60_000_000, 21_660_000_000]) {
        let (clip, samples) = read(&minute("time,x,y,z", |t| clock(t) + ",0,0,9.8")).unwrap();
        assert_eq!((clip.rate.round(), samples.len(), clip.length), (50.0, 3000, length), "{}", clock(0.0));
    }
}

#[test]
fn gravity_that_stands_in_a_table_of_its_own_is_added_by_its_times_and_a_row_that_comes_again_counts_once() {
    let linear = "time_ms,x,y,z\n0,0,0,0\n20,1,0,0\n10,0,1,0\n10,0,1,0\n900,0,0,1\n";
    let gravity = "time_ms,z,y,x\n4,9.8,0,0\n18,9.7,0,0.5\n";
    let clip = phone_motion(PhoneMotion::Parts { linear: origin(linear), gravity: origin(gravity) }).unwrap();
    let (samples, left_out) = all(&clip);
    let found: Vec<_> = samples.iter().map(|sample| (sample.at.0 / 1000, sample.acceleration)).collect();
    assert_eq!(found, [(0, [0.0, 0.0, 9.8]), (10, [0.0, 1.0, 9.8]), (20, [1.5, 0.0, 9.7])]);
    assert_eq!(left_out, LeftOut { no_value: 1, out_of_order: 1, ..LeftOut::default() }, "none is near the last");
    let total = "time_ms,x,y,z\n0,0,0,9.8\n10,0,0,9.8\n10,0,0,9.8\n20,0,0,0\n30,0,0,9.8\n";
    let (samples, left_out) = all(&phone_motion(PhoneMotion::Total(origin(total))).unwrap());
    assert_eq!((samples.len(), left_out.out_of_order, left_out.no_value), (3, 1, 1));
}
