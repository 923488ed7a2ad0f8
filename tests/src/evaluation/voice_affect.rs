//! Acted emotions, levels and arousal in the middle of each clip: for anybody, and by how the speaker usually sounds.

use std::collections::BTreeMap;

use attune_analysis::networks::Networks;
use attune_analysis::networks::labels::{VOICE_EMOTIONS, VOICE_LEVELS};
use attune_analysis::voice::{SpeakerBaseline, VoiceAffect, VoiceAffectReader};

use super::folder::{self, digits, header};
use super::metrics::{area, likeliest, unweighted_recall};
use super::scores::{Items, Score};
use super::speech::{Clip, clips, samples};
use super::{Options, Outcome};

const TASK: &str = "voice_affect";
const OWN_TASK: &str = "voice_affect_own";
const SETS: [&str; 3] = ["ravdess", "emodb2s", "baved"];
/// Speakers with so many clips of a set speak most of it: figures are told without them too.
const MANY: usize = 100;

/// A clip and what was read of it.
struct Heard {
    clip: Clip,
    affect: VoiceAffect,
    features: Vec<f32>,
    own: Option<VoiceAffect>,
}

/// Which side of arousal a label stands for, by the sets' authors or custom.
fn arousal(clip: &Clip) -> Option<bool> {
    match (clip.set.as_str(), clip.label.as_str()) {
        ("ravdess", "neutral" | "calm" | "sad") | ("emodb2s", "neutral" | "boredom" | "sad") => Some(false),
        ("ravdess", "angry" | "fearful" | "happy" | "surprised") | ("emodb2s", "angry" | "fearful" | "happy") => {
            Some(true)
        }
        ("baved", "low_tired") => Some(false),
        ("baved", "high_emotion") => Some(true),
        _ => None,
    }
}

fn emotion(clip: &Clip) -> Option<usize> {
    VOICE_EMOTIONS.iter().position(|label| *label == clip.label).filter(|_| clip.set != "baved")
}

fn level(clip: &Clip) -> Option<usize> {
    match (clip.set.as_str(), clip.label.as_str()) {
        ("baved", "low_tired") => Some(0),
        ("baved", "neutral") => Some(1),
        ("baved", "high_emotion") => Some(2),
        _ => None,
    }
}

/// A row for each clip of speech. The shipped networks were trained on every speaker of these sets, so that only the
/// scores of others mean anything.
pub(super) fn evaluate(networks: &Networks, options: &Options) -> Outcome {
    let Some(mut reader) = VoiceAffectReader::new(networks) else { return Ok(Vec::new()) };
    let mut rows = csv::Writer::from_path(options.out.join("voice_affect.csv"))?;
    let heads = VOICE_EMOTIONS.into_iter().chain(VOICE_LEVELS).chain(["high_arousal"]);
    let columns = heads.clone().map(str::to_owned).chain(heads.map(|name| format!("own_{name}")));
    rows.write_record(header(["file", "speaker", "sex", "label"], columns))?;
    let mut scores = Vec::new();
    for set in SETS {
        let own = clips(&options.data)?.into_iter().filter(|clip| clip.is_speech && clip.set == set).collect();
        let mut heard = Vec::new();
        for clip in folder::thinned(own, options.most) {
            let Some((affect, features)) = reader.read(&samples(&options.data, &clip)?)? else { continue };
            heard.push(Heard { clip, affect, features, own: None });
        }
        judge_by_the_other_half(&reader, &mut heard)?;
        for Heard { clip, affect, own, .. } in &heard {
            let named = [&clip.file, &clip.speaker, &clip.sex, &clip.label].map(String::clone);
            rows.write_record(named.into_iter().chain(cells(Some(affect))).chain(cells(own.as_ref())))?;
        }
        scores.extend(scored(TASK, set, options.unseen, heard.iter().map(|h| (&h.clip, &h.affect))));
        let by_own = heard.iter().filter_map(|h| Some((&h.clip, h.own.as_ref()?)));
        scores.extend(scored(OWN_TASK, set, options.unseen, by_own));
    }
    rows.flush()?;
    Ok(scores)
}

/// Every other clip of a speaker makes the baseline of the rest, so that no clip judges itself; as in training's scores.
fn judge_by_the_other_half(
    reader: &VoiceAffectReader,
    heard: &mut [Heard],
) -> Result<(), attune_analysis::AnalysisError> {
    let mut speakers: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (row, heard) in heard.iter().enumerate() {
        speakers.entry(heard.clip.speaker.clone()).or_default().push(row);
    }
    for rows in speakers.values() {
        for half in 0..2 {
            let mut usual = SpeakerBaseline::default();
            for &row in rows.iter().skip(1 - half).step_by(2) {
                usual.learn(&heard[row].features);
            }
            for &row in rows.iter().skip(half).step_by(2) {
                heard[row].own = reader.read_own(&heard[row].features, &usual)?;
            }
        }
    }
    Ok(())
}

/// Probabilities as they stand in a row; empty where there are none.
fn cells(affect: Option<&VoiceAffect>) -> Vec<String> {
    let width = VOICE_EMOTIONS.len() + VOICE_LEVELS.len() + 1;
    let Some(affect) = affect else { return vec![String::new(); width] };
    let levels = affect.levels.map_or(vec![String::new(); VOICE_LEVELS.len()], |levels| digits(levels).collect());
    digits(affect.emotions).chain(levels).chain([digits(affect.arousal).collect()]).collect()
}

fn scored<'a>(
    task: &'static str,
    set: &str,
    unseen: bool,
    read: impl Iterator<Item = (&'a Clip, &'a VoiceAffect)> + Clone,
) -> Vec<Score> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for (clip, _) in read.clone() {
        *counts.entry(&clip.speaker).or_default() += 1;
    }
    let mut emotions = Items::<usize, usize>::new(task, set, unseen);
    let mut levels = Items::<usize, usize>::new(task, set, unseen);
    let mut few = Items::<usize, usize>::new(task, format!("{set}, speakers of under {MANY} clips"), unseen);
    let mut high = Items::<bool, f64>::new(task, set, unseen);
    for (clip, affect) in read {
        if let Some(class) = emotion(clip) {
            emotions.push(clip.speaker.as_str(), class, likeliest(&affect.emotions));
        }
        if let Some((truth, found)) = level(clip).zip(affect.levels) {
            levels.push(clip.speaker.as_str(), truth, likeliest(&found));
            if counts.get(clip.speaker.as_str()).is_some_and(|&count| count < MANY) {
                few.push(clip.speaker.as_str(), truth, likeliest(&found));
            }
        }
        if let (Some(truth), Some(found)) = (arousal(clip), affect.arousal) {
            high.push(clip.speaker.as_str(), truth, found);
        }
    }
    let sides = |pairs: &[(bool, f64)]| -> Vec<(usize, usize)> {
        pairs.iter().map(|&(truth, found)| (usize::from(truth), usize::from(found > 0.5))).collect()
    };
    [
        emotions.score("unweighted recall", unweighted_recall),
        levels.score("unweighted recall of three levels", unweighted_recall),
        few.score("unweighted recall of three levels", unweighted_recall),
        high.score("AUC of high arousal", area),
        high.score("unweighted recall of high and low arousal", |pairs| unweighted_recall(&sides(pairs))),
    ]
    .into_iter()
    .flatten()
    .collect()
}
