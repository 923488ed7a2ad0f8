//! Speech or none for every 100 ms: clean clips, noise, and speech laid over noise.

use std::error::Error;
use std::path::Path;

use attune_analysis::decode::audio::AudioReader;
use attune_analysis::networks::Networks;
use attune_analysis::sample::Timestamp;
use attune_analysis::voice::{SAMPLE_RATE, SpeechReader};

use super::folder;
use super::metrics::area;
use super::scores::Items;
use super::{Options, Outcome};

const TASK: &str = "voice_activity";
/// A part of a clean clip is speech where its level lies above this share of the way (in dB) from the clip's quietest
/// parts to its loudest; a clip whose levels span less than `LEAST_SPAN` has no pause. As in training.
const SHARE: f64 = 0.4;
const LEAST_SPAN: f64 = 14.0;
const DEEPEST: f64 = 45.0;
/// Parts this near (dB) to the border are neither.
const DOUBT: f64 = 4.0;
/// Levels of speech over noise, dB.
const LEVELS: [f64; 3] = [10.0, 0.0, -5.0];

/// One row of the index of clips.
pub(super) struct Clip {
    pub(super) file: String,
    pub(super) set: String,
    pub(super) is_speech: bool,
    pub(super) speaker: String,
    pub(super) sex: String,
    pub(super) label: String,
    extra: String,
}

impl Clip {
    /// By the split of the training script: a fifth of the speakers, fold 5 of esc10, a fifth of the other noises.
    fn held_out(&self) -> bool {
        match (self.is_speech, self.set.as_str()) {
            (true, _) => folder::held_out(&self.speaker, 5),
            (false, "hu_nonspeech") => folder::held_out(&self.file, 5),
            (false, _) => self.extra.contains("fold=5"),
        }
    }
}

/// The clips of the folder; none where there is no index.
pub(super) fn clips(data: &Path) -> Result<Vec<Clip>, Box<dyn Error>> {
    let columns = ["file", "set", "kind", "speaker", "sex", "label", "extra"];
    let rows = folder::columns(&data.join("voice/index.csv"), &columns)?.unwrap_or_default();
    let clip = |[file, set, kind, speaker, sex, label, extra]: [String; 7]| Clip {
        is_speech: kind == "speech",
        file,
        set,
        speaker,
        sex,
        label,
        extra,
    };
    Ok(rows.into_iter().map(clip).collect())
}

/// A clip's samples at 16 kHz, as the voice analyzer brings them there.
pub(super) fn samples(data: &Path, clip: &Clip) -> Result<Vec<f32>, Box<dyn Error>> {
    let path = data.join("voice").join(&clip.file);
    let mut reader = AudioReader::open(Box::new(std::fs::File::open(&path)?), clip.file.rsplit('.').next())?;
    let mut samples = Vec::new();
    while let Some(chunk) = reader.next_chunk(Timestamp(0))? {
        samples.extend_from_slice(&chunk.samples);
    }
    Ok(attune_analysis::voice::resample(&samples, reader.sample_rate(), SAMPLE_RATE))
}

/// A row for every part of every clip and mixture, with the time at which the part begins.
pub(super) fn evaluate(networks: &Networks, options: &Options) -> Outcome {
    let Some(mut reader) = SpeechReader::new(networks) else { return Ok(Vec::new()) };
    let mut rows = csv::Writer::from_path(options.out.join("voice_activity.csv"))?;
    rows.write_record(["file", "noise", "decibels", "seconds", "speech"])?;
    let clips = clips(&options.data)?;
    let (speech, noise): (Vec<_>, Vec<_>) =
        clips.into_iter().filter(|clip| options.unseen || clip.held_out()).partition(|clip| clip.is_speech);
    let (speech, noise) = (folder::thinned(speech, options.most), folder::thinned(noise, options.most));
    let part = reader.part_length();
    let seconds = part as f64 / f64::from(SAMPLE_RATE);
    let mut read = |name: [&str; 3], samples: &[f32]| -> Result<Vec<f64>, Box<dyn Error>> {
        let found = reader.read(samples)?;
        for (i, value) in found.iter().enumerate() {
            let [time, value] = [i as f64 * seconds, *value].map(|v| format!("{v:.4}"));
            rows.write_record(name.into_iter().chain([time.as_str(), value.as_str()]))?;
        }
        Ok(found)
    };

    let mut silent = Vec::new();
    for clip in &noise {
        let found = read([&clip.file, "", ""], &samples(&options.data, clip)?)?;
        silent.extend(found.into_iter().map(|value| (clip.file.clone(), value)));
    }
    let names = ["clean", "speech at 10 dB", "speech at 0 dB", "speech at -5 dB"];
    let mut items = names.map(|name| Items::new(TASK, format!("{name}, against noise and pauses"), true));
    let mut sets: Vec<Items<bool, f64>> = Vec::new();
    for (place, clip) in speech.iter().enumerate() {
        let clean = samples(&options.data, clip)?;
        let truth = speech_parts(&clean, part);
        let found = read([&clip.file, "", ""], &clean)?;
        let on = format!("{}, clean, against noise and pauses", clip.set);
        let own = match sets.iter().position(|set| set.on == on) {
            Some(own) => own,
            None => {
                sets.push(Items::new(TASK, on, true));
                sets.len() - 1
            }
        };
        for (truth, &found) in truth.iter().zip(&found) {
            if let Some(truth) = *truth {
                items[0].push(clip.speaker.as_str(), truth, found);
                sets[own].push(clip.speaker.as_str(), truth, found);
            }
        }
        let Some(over) = noise.get(place % noise.len().max(1)) else { continue };
        let sound = samples(&options.data, over)?;
        for (items, decibels) in items.iter_mut().skip(1).zip(LEVELS) {
            let mixed = mixture(&clean, &sound, decibels);
            let found = read([&clip.file, &over.file, &format!("{decibels}")], &mixed)?;
            for (truth, found) in truth.iter().zip(found) {
                if let Some(truth) = *truth {
                    items.push(clip.speaker.as_str(), truth, found);
                }
            }
        }
    }
    rows.flush()?;
    for items in items.iter_mut().chain(&mut sets) {
        for (file, value) in &silent {
            items.push(file.as_str(), false, *value);
        }
    }
    Ok(items.iter().chain(&sets).filter_map(|items| items.score("AUC", area)).collect())
}

/// Which parts of a clean clip are speech; `None` where that is in doubt.
fn speech_parts(samples: &[f32], part: usize) -> Vec<Option<bool>> {
    let power = |part: &[f32]| part.iter().map(|&s| f64::from(s).powi(2)).sum::<f64>() / part.len() as f64;
    let levels: Vec<f64> = samples.chunks_exact(part).map(|part| 10.0 * (power(part) + 1e-10).log10()).collect();
    let mut sorted = levels.clone();
    sorted.sort_by(f64::total_cmp);
    let loud = percentile(&sorted, 0.95);
    let quiet = percentile(&sorted, 0.05).max(loud - DEEPEST);
    if loud - quiet < LEAST_SPAN {
        return vec![Some(true); levels.len()];
    }
    let border = quiet + SHARE * (loud - quiet);
    levels.iter().map(|level| ((level - border).abs() >= DOUBT).then_some(*level > border)).collect()
}

/// Between the two nearest, as NumPy counts it.
fn percentile(sorted: &[f64], share: f64) -> f64 {
    let place = share * sorted.len().saturating_sub(1) as f64;
    let at = |i: usize| sorted.get(i).or(sorted.last()).copied().unwrap_or(f64::NEG_INFINITY);
    let below = at(place as usize);
    below + (at(place as usize + 1) - below) * place.fract()
}

/// Speech over noise that is repeated as often as needed.
fn mixture(speech: &[f32], noise: &[f32], decibels: f64) -> Vec<f32> {
    let level = |samples: &[f32]| {
        let power = samples.iter().map(|&s| f64::from(s).powi(2)).sum::<f64>() / samples.len().max(1) as f64;
        power.sqrt() + 1e-5
    };
    let gain = (level(speech) / level(noise) * 10.0_f64.powf(-decibels / 20.0)) as f32;
    let mixed: Vec<f32> = speech.iter().zip(noise.iter().cycle()).map(|(s, n)| s + n * gain).collect();
    let largest = mixed.iter().fold(1.0_f32, |largest, s| largest.max(s.abs()));
    mixed.into_iter().map(|s| s / largest).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_speech_by_their_level_between_the_quietest_and_the_loudest() {
        let mut samples = vec![0.0001_f32; 1600 * 4];
        samples.extend(vec![0.5_f32; 1600 * 4]);
        samples.extend(vec![0.004_f32; 1600]);
        let parts = speech_parts(&samples, 1600);
        assert_eq!(parts[0], Some(false));
        assert_eq!(parts[5], Some(true));
        assert_eq!(speech_parts(&[0.1; 3200], 1600), [Some(true); 2]);
        let mixed = mixture(&[0.1; 100], &[0.3, -0.3], 0.0);
        assert!((mixed[0] - 0.2).abs() < 1e-3 && mixed[1].abs() < 1e-3, "{:?}", &mixed[..2]);
    }
}
