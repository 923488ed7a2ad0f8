use std::f32::consts::TAU;

use super::*;

/// Pulses of 110 Hz through resonators in a row: a vowel whose formants are known.
fn vowel(rate: u32, formants: &[(f32, f32)]) -> Vec<f32> {
    let mut samples: Vec<f32> = (0..rate).map(|i| f32::from(u8::from(i % (rate / 110) == 0))).collect();
    // A glottal source falls off by 12 dB an octave and lips raise by 6: the rest is what pre-emphasis takes back.
    let mut last = 0.0;
    for sample in &mut samples {
        last = 0.97 * last + *sample;
        *sample = last;
    }
    for &(hz, bandwidth) in formants {
        let radius = (-std::f32::consts::PI * bandwidth / rate as f32).exp();
        let (a1, a2) = (2.0 * radius * (TAU * hz / rate as f32).cos(), -radius * radius);
        let (mut y1, mut y2) = (0.0, 0.0);
        for sample in &mut samples {
            let y = *sample + a1 * y1 + a2 * y2;
            (y2, y1) = (y1, y);
            *sample = y;
        }
    }
    samples
}

#[test]
fn the_formants_of_a_synthetic_vowel_are_found_where_the_band_holds_them() {
    let known = [(700.0, 80.0), (1200.0, 90.0), (2600.0, 120.0), (3500.0, 180.0), (4500.0, 250.0)];
    assert!(!FormantTracker::new().load(&vowel(8_000, &known[..4]), 8_000), "ten poles in 4 kHz are too many");
    let mut tracker = FormantTracker::new();
    assert!(tracker.load(&vowel(16_000, &known), 16_000));
    let found = tracker.at(0.5);
    for (&(hz, bandwidth), found) in known.iter().zip(found) {
        let found = found.unwrap_or_else(|| panic!("{hz}"));
        // Harmonics stand 110 Hz apart.
        assert!((found.hz / hz - 1.0).abs() < 0.05, "{hz}: {found:?}");
        assert!((0.5..2.0).contains(&(found.bandwidth / bandwidth)), "{bandwidth}: {found:?}");
    }
}

#[test]
fn there_are_no_formants_at_the_ends_of_a_run_or_in_silence() {
    let mut tracker = FormantTracker::new();
    assert_eq!(tracker.at(0.0), [None; FORMANTS]);
    tracker.load(&vec![0.0; 16_000], 16_000);
    assert_eq!(tracker.at(0.5), [None; FORMANTS]);
    tracker.load(&vowel(16_000, &[(500.0, 80.0)]), 16_000);
    for seconds in [-1.0, 0.0, 0.02, 0.99, 1.0, 1e9, f64::NAN] {
        assert_eq!(tracker.at(seconds), [None; FORMANTS], "{seconds}");
    }
    assert!(tracker.at(0.1)[0].is_some());
}
