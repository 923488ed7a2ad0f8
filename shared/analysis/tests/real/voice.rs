//! The voice chain on recordings of people and of other sounds.

use std::fs::File;
use std::path::Path;

use attune_analysis::decode::audio::AudioReader;
use attune_analysis::sample::Timestamp;
use attune_analysis::voice::Extractor;
use attune_protocol::registry::voice;

/// Every `step`th recording of a set.
fn recordings(data: &Path, set: &str, step: usize) -> Vec<(Vec<f32>, u32)> {
    let mut files: Vec<_> =
        std::fs::read_dir(data.join("voice").join(set)).unwrap().map(|e| e.unwrap().path()).collect();
    files.sort();
    files.iter().step_by(step).map(|path| read(path)).collect()
}

fn read(path: &Path) -> (Vec<f32>, u32) {
    let mut reader = AudioReader::open(Box::new(File::open(path).unwrap()), Some("ogg")).unwrap();
    let mut samples = Vec::new();
    while let Some(chunk) = reader.next_chunk(Timestamp(0)).unwrap() {
        samples.extend_from_slice(&chunk.samples);
    }
    (samples, reader.sample_rate())
}

#[test]
fn people_are_heard_and_other_sounds_are_no_voice() {
    let Some(data) = crate::data() else { return };
    let mut extractor = Extractor::with_networks(&crate::networks());
    let mut share = |set: &str, step: usize| {
        let sounds = recordings(&data, set, step);
        let heard = sounds.iter().filter(|(samples, rate)| extractor.describe(samples, *rate).has_voice()).count();
        heard as f64 / sounds.len() as f64
    };
    for (set, step, least) in [("ravdess", 30, 1.0), ("emodb2s", 10, 1.0), ("baved", 20, 0.9)] {
        assert!(share(set, step) >= least, "{set}");
    }
    for (set, most) in [("esc10", 0.06), ("hu_nonspeech", 0.1)] {
        assert!(share(set, 1) <= most, "{set}");
    }
}

#[test]
fn a_telephones_rate_moves_the_pitch_of_nine_in_ten_by_less_than_half_a_semitone() {
    let Some(data) = crate::data() else { return };
    let mut extractor = Extractor::new();
    let sounds = recordings(&data, "emodb2s", 20);
    let mut near = 0;
    for (samples, rate) in &sounds {
        assert_eq!(*rate, 16_000);
        // The mean of two neighbours passes what half the rate can carry, and little more.
        let half: Vec<f32> = samples.chunks_exact(2).map(|two| 0.5 * (two[0] + two[1])).collect();
        let mut f0 = |samples: &[f32], rate| extractor.describe(samples, rate).features().get(voice::F0_SEMITONE_MEAN);
        let apart = f0(samples, 16_000).unwrap() - f0(&half, 8_000).unwrap();
        near += usize::from(apart.abs() < 0.5);
    }
    assert!(near as f64 >= 0.9 * sounds.len() as f64, "{near} of {}", sounds.len());
}
