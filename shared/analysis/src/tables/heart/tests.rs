use super::super::testing::{all, origin};
use super::*;

fn read(text: &str) -> Result<(Recording<HeartSample>, Vec<HeartSample>), TableError> {
    let clip = heart(&origin(text), &HeartRateProfile::standard())?;
    let samples = all(&clip).0;
    Ok((clip, samples))
}

/// Milliseconds and intervals of beats.
fn beats(samples: &[HeartSample]) -> Vec<(i64, f64)> {
    let beat = |sample: &HeartSample| match *sample {
        HeartSample::Beat { at, rr_millis } => Some((at.millis(), rr_millis)),
        _ => None,
    };
    samples.iter().filter_map(beat).collect()
}

#[test]
fn one_column_of_intervals_is_read_in_seconds_or_milliseconds() {
    let expected = [(800, 800.0), (1700, 900.0), (2550, 850.0)];
    for text in ["0.8\n0.9\n0.85\n", "800\r\n900\r\n850\r\n@\n", "rr_ms\n800\n900\n850\n"] {
        let (clip, samples) = read(text).unwrap();
        assert_eq!(beats(&samples), expected, "{text:?}");
        assert_eq!((clip.length, clip.origin), (2_550_001, None));
    }
}

#[test]
fn an_offset_before_the_first_interval_is_none_and_gaps_between_pass_as_time() {
    let (clip, samples) = read("225.796875\n0.7\n0.8\n12.5\n0.9\n").unwrap();
    assert_eq!(beats(&samples), [(700, 700.0), (1500, 800.0), (14_900, 900.0)]);
    assert_eq!(clip.length, 14_900_001);
}

#[test]
fn the_first_instant_is_where_the_first_interval_began() {
    let (clip, samples) = read("timestamp,rr\n1012,1012\n1998,986\n2936,939\n").unwrap();
    assert_eq!(beats(&samples), [(1012, 1012.0), (1998, 986.0), (2937, 939.0)]);
    assert_eq!(clip.origin, None);
}

#[test]
fn an_empatica_ibi_file_counts_from_its_start_and_keeps_its_gaps() {
    let text = "1644227574.000000, IBI\n604.000000,0.687500\n604.937500,0.937500\n640.0,0.75\n";
    let (clip, samples) = read(text).unwrap();
    assert_eq!(beats(&samples), [(604_000, 687.5), (604_937, 937.5), (640_000, 750.0)]);
    assert_eq!(clip.origin, Some(Timestamp(1_644_227_574_000_000)));
    assert_eq!(clip.length, 640_000_001);
}

#[test]
fn an_empatica_hr_file_gives_rates() {
    let (clip, samples) = read("1644227584.0\n1.0\n118.00\n113.50\n").unwrap();
    assert_eq!(samples[1], HeartSample::Rate { at: Timestamp(1_000_000), bpm: 113.5 });
    assert_eq!(clip.origin, Some(Timestamp(1_644_227_584_000_000)));
}

#[test]
fn intervals_beside_an_electrocardiogram_are_found_and_follow_one_another() {
    let mut text = String::from("time,ecg,hr,rr\n");
    for n in 0..3000 {
        let nanos = 1_714_920_600_000_000_000_i64 + n * 7_692_307;
        let rr = if n % 130 == 129 { "1010" } else { "" };
        text += &format!("{nanos},-0.1,,{rr}\n");
    }
    let (clip, samples) = read(&text).unwrap();
    let beats = beats(&samples);
    assert_eq!(beats.len(), 23);
    assert!(beats.windows(2).all(|pair| pair[1].0 - pair[0].0 == 1010), "{beats:?}");
    assert!(clip.origin.is_some());
}

#[test]
fn rates_count_in_rows_without_an_interval() {
    // A strap that tells its rate every second, and an interval now and then; what stands where there is none differs.
    for none in ["", "0", "65535"] {
        let interval = |n: u32| if n % 10 == 3 { "833" } else { none };
        let rows: String = (0..200).map(|n| format!("{n}000,72,{}\n", interval(n))).collect();
        let (clip, samples) = read(&format!("timestamp,hr,rr\n{rows}")).unwrap();
        // Intervals fill a twelfth of the time: the rates beside them count, too.
        assert_eq!((beats(&samples).len(), samples.len()), (20, 220), "{none}");
        assert_eq!((clip.rows, clip.left_out), (200, LeftOut::default()), "{none}");
    }
    // An interval in forty seconds, whole seconds from zero: they stay seconds, and milliseconds stay milliseconds.
    for zeros in ["", "000"] {
        let interval = |n: u32| if n % 40 == 7 { "850" } else { "" };
        let rows: String = (0..400).map(|n| format!("{n}{zeros},72,{}\n", interval(n))).collect();
        let (_, samples) = read(&format!("time,hr,rr\n{rows}")).unwrap();
        let beats = beats(&samples);
        assert_eq!(beats.len(), 10);
        // But for what a message may be late.
        let apart = |pair: &[(i64, f64)]| (pair[1].0 - pair[0].0).abs_diff(40_000);
        assert!(beats.windows(2).all(|pair| apart(pair) < 1_000), "{zeros}: {beats:?}");
    }
    // A thousand rows a second whose first ones hold zeros only.
    let rows: String = (0..4000).map(|n| format!("{n},0.1,{}\n", if n % 850 == 849 { "850" } else { "0" })).collect();
    let (_, samples) = read(&format!("time_ms,ecg,rr\n{rows}")).unwrap();
    assert!(beats(&samples).windows(2).all(|pair| pair[1].0 - pair[0].0 == 850));
    // One that never tells an interval.
    let rows: String = (0..50).map(|n| format!("{n},72,\n")).collect();
    let (_, samples) = read(&format!("time_s,hr,rr_ms\n{rows}")).unwrap();
    assert!(samples.iter().all(|sample| matches!(sample, HeartSample::Rate { bpm: 72.0, .. })) && samples.len() == 50);
    // Nor one whose first rate stands behind many rows of an electrocardiogram.
    let rows: String = (1..3000).map(|n| format!("{n},0.1,{},\n", if n % 1000 == 0 { "72" } else { "" })).collect();
    let (_, samples) = read(&format!("time_ms,ecg,hr,rr_ms\n{rows}")).unwrap();
    assert_eq!(samples.len(), 2);
    // Beside an electrocardiogram a rate stands in every row.
    let rows: String =
        (0..3000).map(|n| format!("{},0.1,72,{}\n", n * 8, if n % 105 == 104 { "840" } else { "" })).collect();
    let (_, samples) = read(&format!("time_ms,ecg,hr,rr\n{rows}")).unwrap();
    let beats = beats(&samples);
    assert_eq!(beats.len(), 28);
    assert!(beats.windows(2).all(|pair| pair[1].0 - pair[0].0 == 840), "{beats:?}");
    assert!((20..=26).contains(&(samples.len() - beats.len())), "a rate a second: {}", samples.len());
}

#[test]
fn packets_of_a_strap_give_contact_beats_and_rates() {
    // Times count from the first packet. Flags 0x16: 8-bit rate, contact supported and touching, intervals; 0x00: only a rate.
    let (_, samples) = read("time_ms,packet\n1000,163c0004\n2000,163c00040002\n3000,0048\n").unwrap();
    assert_eq!(beats(&samples), [(0, 1000.0), (1000, 1000.0), (1500, 500.0)]);
    assert!(samples.contains(&HeartSample::Rate { at: Timestamp(2_000_000), bpm: 72.0 }));
    assert!(samples.contains(&HeartSample::Contact { at: Timestamp(0), touching: true }));
}

#[test]
fn what_is_no_heart_is_refused_with_what_it_lacks() {
    for (text, lacks) in [
        ("", "empty"),
        ("time_s,ax\n0,1\n", "header"),
        ("hr\n60\n", "time"),
        ("time_s,hr\nx,y\n", "no row"),
        ("rr_ms\nx\n", "no row"),
    ] {
        let error = read(text).err().map(|e| e.to_string()).unwrap_or_default();
        assert!(error.contains(lacks), "{text:?}: {error}");
    }
}

/// Intervals of 0.8 s with their times.
fn intervals(column: &str, time: impl Fn(u32) -> String) -> String {
    format!("{column},rr_ms\n") + &(0..350).map(|n| format!("{},800\n", time(n))).collect::<String>()
}

#[test]
fn a_beat_years_ahead_is_left_out_and_the_others_are_as_usual() {
    let usual = |n: u32| format!("{:.3}", 1_700_000_000.0 + 0.8 * f64::from(n));
    let (expected, _) = read(&intervals("time_s", usual)).unwrap();
    for place in [0, 100, 349] {
        let text = intervals("time_s", |n| if n == place { "2034000000.000".into() } else { usual(n) });
        let (clip, samples) = read(&text).unwrap();
        assert_eq!(samples.len(), 349);
        assert!(expected.length - clip.length <= 800_000, "{place}: {}", clip.length);
    }
}

#[test]
fn rates_once_a_minute_last_as_long_as_they_do_whatever_their_times_are_called() {
    let seconds = |n: u32| 60 * n;
    type Row = Box<dyn Fn(u32) -> String>;
    let cases: [(&str, Row); 4] = [
        ("timestamp", Box::new(move |n| format!("{}", 1_700_000_000 + seconds(n)))),
        ("timestamp", Box::new(move |n| format!("{}", (1_700_000_000 + u64::from(seconds(n))) * 1000))),
        ("time", Box::new(move |n| seconds(n).to_string())),
        ("time_s", Box::new(move |n| seconds(n).to_string())),
    ];
    for (column, time) in cases {
        let text =
            format!("{column},hr\n") + &(0..120).map(|n| format!("{},{}\n", time(n), 70 + n % 9)).collect::<String>();
        let (clip, samples) = read(&text).unwrap();
        assert_eq!((clip.length, samples.len()), (119 * 60_000_000 + 1, 120), "{column} {}", time(1));
    }
}

#[test]
fn milliseconds_in_a_column_called_seconds_are_milliseconds() {
    for begin in [0_u64, 1_700_000_000_000] {
        let (clip, _) = read(&intervals("time_s", |n| (begin + 800 * u64::from(n)).to_string())).unwrap();
        assert_eq!(clip.length, 350 * 800_000 + 1);
    }
}

#[test]
fn rows_of_a_heart_that_are_out_of_order_are_put_in_order() {
    let (expected, sorted) = read(&intervals("time_ms", |n| (800 * (n + 1)).to_string())).unwrap();
    let (clip, samples) = read(&intervals("time_ms", |n| (800 * ((n ^ 3) + 1)).to_string())).unwrap();
    assert_eq!(beats(&samples)[..300], beats(&sorted)[..300]);
    assert!((clip.length - expected.length).abs() < 2_000_000);
}

#[test]
fn an_interval_that_is_no_time_overflows_nothing() {
    let (clip, samples) = read("0.8\n0.9\n1e300\n0.85\n1e5\n").unwrap();
    assert_eq!(beats(&samples), [(800, 800.0), (1700, 900.0), (2550, 850.0)]);
    assert_eq!(clip.length, 2_550_001);
    assert!(read("time_s,rr_ms\n1e300,800\n2e300,800\n3e300,800\n").is_err());
}

/// Times and intervals, ms, of a heart of 72 a minute that breathes, without one beat in `every`; and whether the beat before was
/// left out.
fn with_beats_missing(every: usize) -> Vec<(f64, f64, bool)> {
    let mut now = 0.0;
    let interval = |n: usize| 833.0 + (30.0 * (n as f64 * 1.3).sin()).round();
    let beat = |n: usize| {
        now += interval(n);
        (now, interval(n), n % every == every / 2 + 1)
    };
    (0..400)
        .map(beat)
        .collect::<Vec<_>>()
        .into_iter()
        .enumerate()
        .filter(|(n, _)| n % every != every / 2)
        .map(|(_, b)| b)
        .collect()
}

/// Where there is time between a beat's interval and the beat before, ms.
fn gaps(beats: &[(i64, f64)]) -> Vec<f64> {
    beats.windows(2).map(|pair| (pair[1].0 - pair[0].0) as f64 - pair[1].1).collect()
}

#[test]
fn a_beat_that_no_row_tells_of_leaves_a_gap() {
    for every in [10, 20, 30] {
        let told = with_beats_missing(every);
        for late in [0.0, 120.0] {
            let row = |(n, (at, rr, _)): (usize, &(f64, f64, bool))| {
                format!("{:.0},{rr}\n", at + if n % 3 == 0 { late } else { 0.0 })
            };
            let text = "time_ms,rr_ms\n".to_owned() + &told.iter().enumerate().map(row).collect::<String>();
            let (_, samples) = read(&text).unwrap();
            let gaps = gaps(&beats(&samples));
            assert_eq!(gaps.len(), told.len() - 1);
            for (gap, (_, _, missing)) in gaps.iter().zip(&told[1..]) {
                assert_eq!(*gap > 400.0, *missing, "one in {every}: {gap} ms");
                assert!(*missing || gap.abs() < 10.0, "one in {every}: {gap} ms");
            }
        }
    }
}

#[test]
fn a_beat_that_no_packet_tells_of_leaves_a_gap() {
    for every in [10, 20, 30] {
        let told = with_beats_missing(every);
        let mut text = String::from("time_ms,packet\n");
        for second in 1..340 {
            let (from, to) = (f64::from(second - 1) * 1000.0, f64::from(second) * 1000.0);
            let of_it = told.iter().filter(|(at, ..)| from <= *at && *at < to);
            let intervals: String =
                of_it.map(|(_, rr, _)| format!("{:04x}", ((rr * 1.024).round() as u16).swap_bytes())).collect();
            text += &format!("{to},{}48{intervals}\n", if intervals.is_empty() { "00" } else { "10" });
        }
        let (_, samples) = read(&text).unwrap();
        let beats = beats(&samples);
        let gaps = gaps(&beats);
        let found = gaps.iter().filter(|gap| **gap > 400.0).count();
        let missing = told[1..=gaps.len()].iter().filter(|(_, _, missing)| *missing).count();
        assert!(found.abs_diff(missing) <= missing / 8, "one in {every}: {found} gaps for {missing} missing beats");
        let (start, first) = (beats[0].0, told[0].0);
        for ((at, _), (right, ..)) in beats.iter().zip(&told) {
            let off = (*at - start) as f64 - (right - first);
            assert!(off.abs() < 1300.0, "one in {every}: {at} for {right}");
        }
    }
}

#[test]
fn what_a_row_or_a_packet_tells_twice_is_one_beat() {
    let told = with_beats_missing(1000);
    let rows = told.iter().map(|(at, rr, _)| format!("{at:.0},{rr}\n{at:.0},{rr}\n")).collect::<String>();
    let (_, samples) = read(&format!("time_ms,rr_ms\n{rows}")).unwrap();
    assert_eq!(beats(&samples).len(), told.len());
    let packets = "1000,10480004\n1020,10480004\n2000,10480104\n2030,10480104\n";
    let (_, samples) = read(&format!("time_ms,packet\n{packets}")).unwrap();
    assert_eq!(beats(&samples).len(), 2);
}

#[test]
fn an_interval_of_a_minute_in_a_packet_is_none() {
    let (_, samples) = read("time_ms,packet\n1000,10480004\n2000,1048ffff\n3000,10480004\n").unwrap();
    // The first instant is where the first interval began.
    assert_eq!(beats(&samples), [(1000, 1000.0), (3000, 1000.0)]);
}

/// What is left out of a table.
fn left_out(text: &str) -> LeftOut {
    all(&heart(&origin(text), &HeartRateProfile::standard()).unwrap()).1
}

fn no_values(count: u64) -> LeftOut {
    LeftOut { no_value: count, ..LeftOut::default() }
}

#[test]
fn rates_that_say_that_there_is_none_are_a_gap_and_counted() {
    for none in ["0", "255", "65535", "-1", "300"] {
        let rate = |n: u32| if (10..15).contains(&n) { none.to_owned() } else { "72".to_owned() };
        let text = "time_s,hr\n".to_owned() + &(0..60).map(|n| format!("{n},{}\n", rate(n))).collect::<String>();
        let (clip, samples) = read(&text).unwrap();
        assert_eq!((clip.left_out, left_out(&text)), (no_values(5), no_values(5)), "{none}");
        assert_eq!(samples.len(), 55, "{none}");
    }
    let (_, samples) = read("1644227584.0\n1.0\n118.00\n0\n255\n113.50\n").unwrap();
    assert_eq!(samples.iter().map(|s| s.at().0 / 1_000_000).collect::<Vec<_>>(), [0, 3]);
}

#[test]
fn intervals_that_say_that_there_is_none_are_no_time_that_passed() {
    for none in ["0", "65535", "65.535", "-5"] {
        let text = format!("rr_ms\n800\n900\n{none}\n850\n");
        let (clip, samples) = read(&text).unwrap();
        assert_eq!(beats(&samples), [(800, 800.0), (1700, 900.0), (2550, 850.0)], "{none}");
        assert_eq!((clip.length, clip.left_out), (2_550_001, no_values(1)), "{none}");
    }
    let timed = "time_ms,rr_ms\n1000,1000\n2000,0\n3000,65535\n4000,1000\n";
    assert_eq!((read(timed).unwrap().1.len(), left_out(timed)), (2, no_values(2)));
    let error = read("time_s,hr\n0,255\n1,0\n").err().unwrap().to_string();
    assert!(error.contains("none of its 2 values"), "{error}");
}

#[test]
fn a_packet_with_something_odd_in_it_is_read_but_for_that() {
    let table = |packets: &[&str]| {
        let row = |(n, packet): (usize, &&str)| format!("{},{packet}\n", 1000 * (n + 1));
        "time_ms,packet\n".to_owned() + &packets.iter().enumerate().map(row).collect::<String>()
    };
    // A byte behind the intervals; intervals of 0xffff and 0 beside good ones; rates of 255 and 300; an interval without its flag.
    for (odd, beats_of_it, left) in [
        ("103c00047f", 1, LeftOut { unread: 1, ..LeftOut::default() }),
        ("103cffff0004", 1, no_values(1)),
        ("103c00000004", 1, no_values(1)),
        ("00ff", 0, no_values(1)),
        ("0000", 0, no_values(1)),
        ("012c01", 0, no_values(1)),
        ("003c0004", 0, LeftOut { unread: 1, ..LeftOut::default() }),
    ] {
        let text = table(&["103c0004", odd, "103c0004"]);
        let (_, samples) = read(&text).unwrap();
        assert_eq!((beats(&samples).len(), left_out(&text)), (2 + beats_of_it, left), "{odd}");
    }
    let without_header = read("1000,163c0004\n2000,163c0004\n").unwrap().1;
    assert_eq!(beats(&without_header), [(0, 1000.0), (1000, 1000.0)]);
}

#[test]
fn one_table_is_read_alike_however_it_is_written() {
    let (_, expected) = read("time_s,rr_ms\n0.8,800\n1.6,800.5\n2.4,799.5\n").unwrap();
    for text in [
        "time_s;rr_ms\n0,8;800\n1,6;800,5\n2,4;799,5\n",
        "t\trr_s\n0.8\t0.8\n1.6\t0.8005\n2.4\t0.7995\n",
        "Time (ms),RR-interval (ms)\n800,800\n1600,800.5\n2400,799.5\n",
        "time,ibi_ms\n2024-05-01T10:00:00.8Z,800\n2024-05-01T10:00:01.6Z,800.5\n2024-05-01T10:00:02.4Z,799.5\n",
        "time_s,rr_ms\n0.8,0.8\n1.6,0.8005\n2.4,0.7995\n",
    ] {
        let (_, samples) = read(text).unwrap_or_else(|error| panic!("{text}: {error}"));
        let close = |(a, b): (&HeartSample, &HeartSample)| (a.at().0 - b.at().0).abs() <= 1;
        assert!(samples.len() == 3 && samples.iter().zip(&expected).all(close), "{text}: {samples:?}");
    }
    assert_eq!(beats(&read("rr_s\n0,8\n0,9\n").unwrap().1), [(800, 800.0), (1700, 900.0)]);
    let recording = read("time_s,rr_ms,mood\n0.8,0.8,4\n1.6,0.8,4\n").unwrap().0;
    let notes = recording.notes;
    assert!(
        recording.passed_over.is_some_and(|n| n.contains("`mood`")) && notes.iter().any(|n| n.contains("seconds")),
        "{notes:?}"
    );
}

fn rate_seconds(samples: &[HeartSample]) -> Vec<f64> {
    let rates = samples.iter().filter(|sample| matches!(sample, HeartSample::Rate { .. }));
    rates.map(|sample| sample.at().0 as f64 / 1e6).collect()
}

#[test]
fn rates_that_share_a_time_are_laid_evenly_and_none_is_lost() {
    let every_five = |n: u32| format!("09:{:02},{}\n", n / 12, 60 + n % 9);
    let text = "time,hr\n".to_owned() + &(0..120).map(every_five).collect::<String>();
    let (clip, samples) = read(&text).unwrap();
    assert_eq!(rate_seconds(&samples), (0..120).map(|n| 5.0 * f64::from(n)).collect::<Vec<_>>());
    assert!(clip.notes.iter().any(|note| note.contains("60 s apart: they are laid evenly")), "{:?}", clip.notes);
    // A clock that is set back by the minute in which rates are told.
    let minute = |n: i64| format!("{},64\n", 1_700_000_000 + 60 * (n - i64::from(n >= 10)));
    let (clip, samples) = read(&("timestamp,hr\n".to_owned() + &(0..20).map(minute).collect::<String>())).unwrap();
    assert_eq!((rate_seconds(&samples).len(), clip.left_out), (20, LeftOut::default()));
    assert!(rate_seconds(&samples).windows(2).all(|two| two[1] - two[0] >= 30.0), "{samples:?}");
}

#[test]
fn rates_that_stand_in_every_row_of_a_fast_table_are_read_ten_times_a_second() {
    let text =
        "time_s,hr\n".to_owned() + &(0..2500).map(|n| format!("{},70\n", f64::from(n) / 250.0)).collect::<String>();
    let (_, samples) = read(&text).unwrap();
    assert_eq!(samples.len(), 100);
}

#[test]
fn a_rate_beside_an_interval_counts_where_intervals_are_seldom() {
    let row = |n: i64| format!("{},64,{}\n", 1_700_000_000 + 60 * n, if n % 4 == 0 { "800" } else { "" });
    let (_, samples) = read(&("timestamp,hr,rr_ms\n".to_owned() + &(0..20).map(row).collect::<String>())).unwrap();
    assert_eq!((rate_seconds(&samples).len(), beats(&samples).len()), (20, 5));
    let row = |n: i64| format!("{},75,800\n", f64::from(n as u32) * 0.8);
    let (_, samples) = read(&("time_s,hr,rr_ms\n".to_owned() + &(1..50).map(row).collect::<String>())).unwrap();
    assert_eq!((rate_seconds(&samples).len(), beats(&samples).len()), (0, 49));
}

#[test]
fn intervals_with_marks_between_thousands_are_no_milliseconds() {
    let rows = |header: &str, row: &dyn Fn(usize, &str) -> String| {
        let fields = ["998", "1.002", "1.010", "990"];
        let rows = fields.iter().cycle().take(40).enumerate().map(|(n, field)| row(n, field) + "\n");
        format!("{header}\n") + &rows.collect::<String>()
    };
    for text in [rows("rr_ms", &|_, field| field.to_owned()), rows("time;rr_ms", &|n, field| format!("{n};{field}"))] {
        let (clip, samples) = read(&text).unwrap();
        let intervals: Vec<f64> = beats(&samples).into_iter().map(|(_, millis)| millis).collect();
        assert_eq!((&intervals[..4], intervals.len()), (&[998.0, 1002.0, 1010.0, 990.0][..], 40), "{text}");
        assert_eq!(clip.left_out, LeftOut::default());
    }
}

#[test]
fn rates_are_a_minute_apart_whether_days_or_thousands_say_it() {
    let minutes: Vec<f64> = (0..20).map(|n| 60.0 * f64::from(n)).collect();
    let days = |n: u32| format!("{:.9};70\n", 46_094.375 + f64::from(n) / 1440.0);
    let thousands = |n: u32| format!("{}.{:03};70\n", (1020 + 60 * n) / 1000, (1020 + 60 * n) % 1000);
    let both = |n: u32| format!("{}.{:03},000;70\n", (1020 + 60 * n) / 1000, (1020 + 60 * n) % 1000);
    for (header, rows) in [
        ("time;hr\n", (0..20).map(days).collect::<String>()),
        ("time_s;hr\n", (0..20).map(thousands).collect()),
        ("time_s;hr\n", (0..20).map(both).collect()),
    ] {
        let (_, samples) = read(&(header.to_owned() + &rows)).unwrap();
        let off = rate_seconds(&samples).iter().zip(&minutes).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
        assert!(samples.len() == 20 && off < 0.001, "{header}{rows}: {samples:?}");
    }
    let error = read("time;hr\n1.0000001;70\n1.0000002;71\n1.0000003;72\n").err().map(|error| error.to_string());
    assert!(error.is_some_and(|error| error.contains("closer together than those of any sensor")));
}

#[test]
fn a_night_between_times_of_day_is_a_gap() {
    let at = |minute: u32| format!("{:02}:{:02},64\n", minute / 60 % 24, minute % 60);
    let text = "time,hr\n".to_owned() + &(1380..1400).chain(1860..1880).map(at).collect::<String>();
    let (clip, samples) = read(&text).unwrap();
    assert_eq!((samples.len(), clip.length), (40, 499 * 60_000_000 + 1));
    assert!(clip.notes.iter().all(|note| !note.contains("set back")), "{:?}", clip.notes);
}
