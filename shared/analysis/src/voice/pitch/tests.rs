use std::f32::consts::TAU;

use super::*;
use crate::voice::{HOP, SAMPLE_RATE};

/// Eight harmonics that fall off by their number.
fn voice(hz: f32, seconds: f32) -> Vec<f32> {
    let phase = |i: usize| TAU * hz * i as f32 / SAMPLE_RATE as f32;
    let sum = |i: usize| (1..=8).map(|h| (phase(i) * h as f32).sin() / h as f32).sum::<f32>() * 0.2;
    (0..(seconds * SAMPLE_RATE as f32) as usize).map(sum).collect()
}

fn track(samples: &[f32]) -> Vec<Option<Voiced>> {
    let peak = samples.iter().fold(0.0, |m: f32, s| m.max(s.abs()));
    let count = (samples.len() - 2 * HALF_WINDOW) / HOP + 1;
    PitchTracker::new().track(samples, HALF_WINDOW, count, peak)
}

#[test]
fn the_f0_of_a_steady_voice_is_found_to_a_thousandth() {
    for hz in [80.0, 110.0, 163.0, 220.0, 331.0, 450.0, 590.0] {
        for frame in track(&voice(hz, 0.5)) {
            let found = frame.unwrap_or_else(|| panic!("{hz} is voiced"));
            assert!((found.hz / hz - 1.0).abs() < 1e-3, "{hz}: {}", found.hz);
            assert!(found.strength > 0.99, "{hz}: {}", found.strength);
        }
    }
}

#[test]
fn noise_and_silence_have_no_f0() {
    let mut state = 1_u32;
    let noise: Vec<f32> = std::iter::repeat_with(|| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as f32 / (1 << 24) as f32 - 0.5
    })
    .take(16_000)
    .collect();
    let voiced = track(&noise).iter().flatten().count();
    assert!(voiced <= 2, "{voiced}");
    assert_eq!(track(&vec![0.0; 16_000]).iter().flatten().count(), 0);
    assert_eq!(track(&vec![0.7; 16_000]).iter().flatten().count(), 0);
}
