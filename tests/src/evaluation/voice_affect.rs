//! Acted emotions and arousal in the middle of each clip.

use attune_analysis::networks::Networks;
use attune_analysis::networks::labels::VOICE_EMOTIONS;
use attune_analysis::voice::VoiceAffectReader;

use super::folder::{self, digits, header};
use super::metrics::{area, likeliest, unweighted_recall};
use super::scores::Items;
use super::speech::{Clip, clips, samples};
use super::{Options, Outcome};

const TASK: &str = "voice_affect";

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

/// A row for each clip of speech. The shipped network was trained on every speaker of these sets, so that only the
/// scores of others mean anything.
pub(super) fn evaluate(networks: &Networks, options: &Options) -> Outcome {
    let Some(mut reader) = VoiceAffectReader::new(networks) else { return Ok(Vec::new()) };
    let mut rows = csv::Writer::from_path(options.out.join("voice_affect.csv"))?;
    let heads = VOICE_EMOTIONS.into_iter().chain(["high_arousal"]).map(str::to_owned);
    rows.write_record(header(["file", "speaker", "sex", "label"], heads))?;
    let mut emotions: Vec<Items<usize, usize>> = Vec::new();
    let mut arousals: Vec<Items<bool, f64>> = Vec::new();
    for set in ["ravdess", "emodb2s", "baved"] {
        let own = clips(&options.data)?.into_iter().filter(|clip| clip.is_speech && clip.set == set).collect();
        let mut emotion = Items::new(TASK, set, options.unseen);
        let mut high = Items::new(TASK, set, options.unseen);
        for clip in folder::thinned(own, options.most) {
            let Some(found) = reader.read(&samples(&options.data, &clip)?)? else { continue };
            let named = [&clip.file, &clip.speaker, &clip.sex, &clip.label].map(String::clone);
            let mut row: Vec<String> = named.into_iter().chain(digits(found.emotions)).collect();
            row.push(digits(found.arousal).collect());
            rows.write_record(row)?;
            let class = VOICE_EMOTIONS.iter().position(|label| *label == clip.label);
            if let Some(class) = class.filter(|_| set != "baved") {
                emotion.push(clip.speaker.as_str(), class, likeliest(&found.emotions));
            }
            if let (Some(truth), Some(found)) = (arousal(&clip), found.arousal) {
                high.push(clip.speaker.as_str(), truth, found);
            }
        }
        emotions.push(emotion);
        arousals.push(high);
    }
    rows.flush()?;
    let sides = |pairs: &[(bool, f64)]| -> Vec<(usize, usize)> {
        pairs.iter().map(|&(truth, found)| (usize::from(truth), usize::from(found > 0.5))).collect()
    };
    let emotions = emotions.iter().map(|items| items.score("unweighted recall", unweighted_recall));
    let arousals = arousals.iter().flat_map(|items| {
        [
            items.score("AUC of high arousal", area),
            items.score("unweighted recall of high and low arousal", |pairs| unweighted_recall(&sides(pairs))),
        ]
    });
    Ok(emotions.chain(arousals).flatten().collect())
}
