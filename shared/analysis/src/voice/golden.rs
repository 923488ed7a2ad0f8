//! The chain against values that Praat, openSMILE and librosa gave for a sound that is made up here
//! (`tests/parity/voice.py --golden` makes the same one).

use std::f64::consts::{PI, TAU};

use attune_protocol::registry::{Ordinal, voice};

use super::*;

/// Two seconds that hold no person: pulses of a wavering voice through five resonances, on and off, over faint noise.
fn sound() -> Vec<f32> {
    let mut state = 1_u32;
    let mut random = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        f64::from(state) / 4_294_967_296.0 - 0.5
    };
    let rate = f64::from(SAMPLE_RATE);
    let mut sound = vec![0.0_f64; 2 * SAMPLE_RATE as usize + HOP - 1];
    let mut at = 0.0_f64;
    while at < (sound.len() - 2) as f64 {
        if (0.2..0.85).contains(&((at / rate) % 1.0)) {
            let (size, whole) = (1.0 + 0.2 * random(), at as usize);
            sound[whole] += size * (whole as f64 + 1.0 - at);
            sound[whole + 1] += size * (at - whole as f64);
        }
        at += rate / (120.0 + 15.0 * at / rate) * (1.0 + 0.02 * random());
    }
    let mut last = 0.0;
    for sample in &mut sound {
        *sample += 0.97 * last;
        last = *sample;
    }
    for (hz, width) in [(700.0, 80.0), (1200.0, 90.0), (2600.0, 120.0), (3500.0, 180.0), (4500.0, 250.0)] {
        let radius = (-PI * width / rate).exp();
        let (a1, a2) = (2.0 * radius * (TAU * hz / rate).cos(), -radius * radius);
        let (mut y1, mut y2) = (0.0, 0.0);
        for sample in &mut sound {
            *sample += a1 * y1 + a2 * y2;
            (y2, y1) = (y1, *sample);
        }
    }
    let peak = sound.iter().fold(0.0_f64, |most, s| most.max(s.abs()));
    let quantised = |s: &f64| (((s * 0.5 / peak + 0.002 * random()) * 32_768.0 + 0.5).floor() / 32_768.0) as f32;
    sound.iter().map(quantised).collect()
}

/// Reference value and the share by which ours may be off it, which is what the tables of the README leave open.
type Golden = (Ordinal, f64, f64);

const PRAAT: [Golden; 10] = [
    (voice::F0_MEAN, 135.2959, 0.005),
    (voice::F1_FREQUENCY, 698.469, 0.02),
    (voice::F2_FREQUENCY, 1188.4512, 0.02),
    (voice::F3_FREQUENCY, 2590.9294, 0.02),
    (voice::F1_BANDWIDTH, 72.6071, 0.1),
    (voice::F2_BANDWIDTH, 92.8434, 0.1),
    (voice::F3_BANDWIDTH, 181.0049, 0.1),
    (voice::JITTER_LOCAL, 0.007_295, 0.03),
    (voice::SHIMMER_LOCAL_DB, 0.598_624, 0.03),
    (voice::HNR, 19.904_334, 0.06),
];

/// openSMILE's loudness, over all frames and not only over what is said.
const LOUDNESS_OF_ALL: f64 = 0.868_439;

/// Without the slopes: openSMILE's are no least-squares lines.
const OPENSMILE: [Golden; 7] = [
    (voice::ALPHA_RATIO, -8.000_51, 0.06),
    (voice::HAMMARBERG_INDEX, 26.304_61, 0.03),
    (voice::SPECTRAL_FLUX, 0.212_038, 0.03),
    (voice::MFCC1, 29.973_383, 0.03),
    (voice::MFCC2, -10.287_375, 0.06),
    (voice::MFCC3, -10.367_885, 0.06),
    (voice::MFCC4, -12.418_039, 0.06),
];

/// The first coefficients of frame 20.
const LIBROSA: [f64; 6] = [-203.655_84, 173.033_61, -57.002_41, -15.426_62, -31.244_83, -6.634_29];

#[test]
fn a_made_up_voice_has_the_features_that_praat_and_opensmile_give_it() {
    let whole = Extractor::new().describe(&sound(), SAMPLE_RATE);
    let features = whole.features();
    let loudness = whole.frames().iter().map(|f| f64::from(f.spectral.loudness)).sum::<f64>();
    let loudness = loudness / whole.frames().len() as f64;
    assert!((loudness / LOUDNESS_OF_ALL - 1.0).abs() < 0.03, "{loudness}");
    let mut off = Vec::new();
    for (ordinal, reference, tolerance) in PRAAT.into_iter().chain(OPENSMILE) {
        let found = features.get(ordinal).unwrap_or_else(|| panic!("{ordinal:?} is given"));
        if (found / reference - 1.0).abs() > tolerance {
            off.push((ordinal, found, reference));
        }
    }
    assert!(off.is_empty(), "{off:?}");
}

#[test]
fn coefficients_under_the_settings_of_librosa_equal_its_own() {
    let settings = MfccSettings::librosa(SAMPLE_RATE);
    let found = Mfcc::new(settings).run(&sound());
    for (found, reference) in found[20 * settings.coefficients..].iter().zip(LIBROSA) {
        assert!((f64::from(*found) - reference).abs() < 1e-3, "{found} {reference}");
    }
}

#[test]
fn syllables_segments_and_pauses_of_a_made_up_voice_are_those_it_was_made_with() {
    // Voiced from 0.20 to 0.85 and from 1.20 to 1.85 s: two syllables and a pause of 0.35 s in 1.65 s.
    let features = Extractor::new().describe(&[sound(), sound()].concat(), SAMPLE_RATE).features();
    let near = |ordinal: Ordinal, wanted: f64, off: f64| {
        let found = features.get(ordinal).unwrap_or_else(|| panic!("{ordinal:?} is given"));
        assert!((found - wanted).abs() < off, "{ordinal:?}: {found} {wanted}");
    };
    near(voice::VOICED_SEGMENT_RATE, 1.0, 0.02);
    near(voice::VOICED_SEGMENT_MEAN, 0.65, 0.03);
    near(voice::PAUSE_FRACTION, 1.05 / 3.66, 0.03);
    near(voice::SPEECH_RATE, 4.0 / 3.66, 0.1);
}
