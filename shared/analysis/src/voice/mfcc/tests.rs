use super::*;

fn tone(length: usize) -> Vec<f32> {
    (0..length).map(|i| (TAU * 440.0 * i as f64 / 16_000.0).sin() as f32 * 0.3).collect()
}

#[test]
fn there_are_as_many_frames_as_the_settings_say() {
    for length in [0, 1, 319, 320, 479, 480, 2048, 16_000] {
        let frames = |settings: MfccSettings| Mfcc::new(settings).run(&tone(length)).len() / settings.coefficients;
        let own = if length < 320 { 0 } else { (length - 320) / 160 + 1 };
        assert_eq!(frames(MfccSettings::egemaps()), own, "{length}");
        let librosa = if length == 0 { 0 } else { length / 512 + 1 };
        assert_eq!(frames(MfccSettings::librosa(16_000)), librosa, "{length}");
    }
}

#[test]
fn nothing_but_the_zeroth_coefficient_changes_with_level() {
    let settings = MfccSettings { first: 0, coefficients: 5, ..MfccSettings::egemaps() };
    let noise: Vec<f32> =
        (0..4000_u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 16) as f32 / 65_536.0 - 0.5).collect();
    let loud = Mfcc::new(settings).run(&noise);
    let soft = Mfcc::new(settings).run(&noise.iter().map(|s| s * 0.125).collect::<Vec<_>>());
    for (loud, soft) in loud.chunks(5).zip(soft.chunks(5)) {
        assert!(loud[0] - soft[0] > 1.0);
        assert!(loud[1..].iter().zip(&soft[1..]).all(|(a, b)| (a - b).abs() < 1e-4), "{loud:?} {soft:?}");
    }
}

#[test]
fn odd_settings_do_not_panic() {
    for (window, fft, hop, count) in [(400, 512, 160, 40), (1, 1, 0, 0), (5000, 64, 7, 3), (0, 0, 0, 26)] {
        for centred in [false, true] {
            let bands = MelBands { count, ..MfccSettings::librosa(16_000).bands };
            let settings = MfccSettings { window, fft, hop, centred, bands, ..MfccSettings::librosa(16_000) };
            let found = Mfcc::new(settings).run(&tone(1000));
            assert!(found.iter().all(|c| c.is_finite()), "{window} {fft} {hop} {count}");
        }
    }
}
