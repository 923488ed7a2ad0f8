//! A real strap's recording, made into the packets that such a strap sends, gives the heart-rate variability of the recording.

use std::fmt::Write;
use std::fs::File;
use std::sync::Arc;

use attune_analysis::sample::HeartSample;
use attune_analysis::tables::{self, Origin, Recording};
use attune_analysis::wearables::{HeartRateProfile, SHIPPED, Wearable};

use crate::data;

fn of_text(text: String) -> Origin {
    let bytes: Arc<[u8]> = text.into_bytes().into();
    Origin::new(move || Ok(Box::new(std::io::Cursor::new(bytes.clone()))), || false)
}

/// Times in microseconds, and intervals in milliseconds.
fn beats(recording: &Recording<HeartSample>) -> Vec<(i64, f64)> {
    let mut samples = recording.samples().unwrap();
    let mut beats = Vec::new();
    while let Some(more) = samples.next().unwrap() {
        beats.extend(more.into_iter().filter_map(|sample| match sample {
            HeartSample::Beat { at, rr_millis } => Some((at.0, rr_millis)),
            _ => None,
        }));
    }
    beats
}

/// Root mean square of successive differences, milliseconds (Task Force of the ESC and NASPE, 1996).
fn rmssd(beats: &[(i64, f64)]) -> f64 {
    let squares: Vec<f64> = beats.windows(2).map(|pair| (pair[1].1 - pair[0].1).powi(2)).collect();
    (squares.iter().sum::<f64>() / squares.len() as f64).sqrt()
}

#[test]
fn packets_of_a_recording_give_its_heart_rate_variability() {
    let Some(data) = data() else { return };
    let path = data.join("heart/polar_h10.csv.gz");
    let file = Origin::new(move || Ok(Box::new(File::open(&path)?)), || false);
    let strap = HeartRateProfile::standard();
    let read = beats(&tables::heart(&file, &strap).unwrap());
    assert!(read.len() > 700, "{}", read.len());
    let begin = 1_714_920_600.0;
    let polar = |end: u8| format!("fb005c8{end}-02e7-f387-1cad-8acd2d8df0c8");
    let (mut standard, mut ppi) = (String::from("time_s,packet\n"), String::from("time_s,characteristic,packet\n"));
    for (at, millis) in &read {
        let at = begin + *at as f64 / 1e6;
        let rate = (60_000.0 / millis).round() as u8;
        let ticks = ((millis * 1.024).round() as u16).to_le_bytes();
        writeln!(standard, "{at:.6},10{rate:02x}{:02x}{:02x}", ticks[0], ticks[1]).unwrap();
        let [low, high] = (millis.round() as u16).to_le_bytes();
        let stamp = ((at - 946_684_800.0) * 1e9) as u64;
        let stamp: String = stamp.to_le_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
        writeln!(ppi, "{at:.6},{},03{stamp}00{rate:02x}{low:02x}{high:02x}0c0006", polar(2)).unwrap();
    }
    let (_, verity) = SHIPPED.iter().find(|(name, _)| *name == "polar-verity-sense").unwrap();
    let verity = Arc::new(Wearable::parse(verity).unwrap());
    let of_standard = beats(&tables::heart(&of_text(standard), &strap).unwrap());
    let of_ppi = beats(&tables::wearable_heart(&of_text(ppi), &verity).unwrap());
    // The Heart Rate service has steps of 1/1024 s; PPI has the milliseconds of the file.
    for (found, step) in [(&of_standard, 0.5), (&of_ppi, 0.0)] {
        assert_eq!(found.len(), read.len());
        for (found, read) in found.iter().zip(&read) {
            assert!((found.1 - read.1).abs() <= step, "{found:?} {read:?}");
        }
        let (is, want) = (rmssd(found), rmssd(&read));
        assert!((is - want).abs() <= 0.005 * want * step, "{is} ms, and {want} ms in the file");
    }
}
