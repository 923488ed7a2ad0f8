use super::*;

fn read(name: &str, text: &str) -> Result<(Clip<HeartSample>, Vec<HeartSample>), AgentError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, text).unwrap();
    let clip = heart_clip(&path, &HeartRateProfile::standard(), &Stop::default())?;
    let mut source = clip.open()?;
    let mut samples = Vec::new();
    while let Some(more) = source.next()? {
        samples.extend(more);
    }
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
        let (clip, samples) = read("rr.txt", text).unwrap();
        assert_eq!(beats(&samples), expected, "{text:?}");
        assert_eq!((clip.length, clip.origin), (2_550_001, None));
    }
}

#[test]
fn an_offset_before_the_first_interval_is_none_and_gaps_between_pass_as_time() {
    let (clip, samples) = read("nsr.txt", "225.796875\n0.7\n0.8\n12.5\n0.9\n").unwrap();
    assert_eq!(beats(&samples), [(700, 700.0), (1500, 800.0), (14_900, 900.0)]);
    assert_eq!(clip.length, 14_900_001);
}

#[test]
fn the_first_instant_is_where_the_first_interval_began() {
    let (clip, samples) = read("heart.csv", "timestamp,rr\n1012,1012\n1998,986\n2936,939\n").unwrap();
    assert_eq!(beats(&samples), [(1012, 1012.0), (1998, 986.0), (2937, 939.0)]);
    assert_eq!(clip.origin, None);
}

#[test]
fn an_empatica_ibi_file_counts_from_its_start_and_keeps_its_gaps() {
    let text = "1644227574.000000, IBI\n604.000000,0.687500\n604.937500,0.937500\n640.0,0.75\n";
    let (clip, samples) = read("IBI.csv", text).unwrap();
    assert_eq!(beats(&samples), [(604_000, 687.5), (604_937, 937.5), (640_000, 750.0)]);
    assert_eq!(clip.origin, Some(Timestamp(1_644_227_574_000_000)));
    assert_eq!(clip.length, 640_000_001);
}

#[test]
fn an_empatica_hr_file_gives_rates() {
    let (clip, samples) = read("HR.csv", "1644227584.0\n1.0\n118.00\n113.50\n").unwrap();
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
    let (clip, samples) = read("polar.csv", &text).unwrap();
    let beats = beats(&samples);
    assert_eq!(beats.len(), 23);
    assert!(beats.windows(2).all(|pair| pair[1].0 - pair[0].0 == 1010), "{beats:?}");
    assert!(clip.origin.is_some());
}

#[test]
fn packets_of_a_strap_give_contact_beats_and_rates() {
    // Times count from the first packet. Flags 0x16: 8-bit rate, contact supported and touching, intervals; 0x00: only a rate.
    let (_, samples) = read("strap.ble.csv", "time_ms,packet\n1000,163c0004\n2000,163c00040002\n3000,0048\n").unwrap();
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
        let error = read("bad.csv", text).err().map(|e| e.to_string()).unwrap_or_default();
        assert!(error.contains(lacks), "{text:?}: {error}");
    }
}
