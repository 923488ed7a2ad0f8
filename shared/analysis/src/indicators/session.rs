use std::collections::BTreeSet;

use attune_protocol::record::Gap;
use attune_protocol::registry::Modality;

use super::{Absence, ActivityLevel, Assessment, Contribution, EmotionEstimate, Lack, ModalitySeen, Score};
use super::{missing, overall, state};

/// Scores of a session from those of its windows.
///
/// Each score is the mean over the windows that have it, weighed by precision. Its standard deviation is that of a
/// typical window, not divided by their number: neighbouring windows share their data and their mistakes. Quality and
/// coverage are means over all windows, so that what a modality did not see counts.
#[must_use]
pub fn summarize(windows: &[Assessment]) -> Assessment {
    summary(windows, |_| windows.len())
}

/// As [`summarize`], of windows that somebody sent for analysis: quality and coverage of a modality are means over the
/// windows for which it was sent, because it was not expected in the others.
#[must_use]
pub fn summarize_sent(windows: &[Assessment]) -> Assessment {
    summary(windows, |sent| sent)
}

/// `expected` says in how many windows a modality should have been, when it was in so many.
fn summary(windows: &[Assessment], expected: impl Fn(usize) -> usize) -> Assessment {
    let stress = mean_score(windows.iter().map(|w| &w.stress));
    let attention = mean_score(windows.iter().map(|w| &w.attention));
    let valence = mean_score(windows.iter().map(|w| &w.valence));
    let arousal = mean_score(windows.iter().map(|w| &w.arousal));
    let qualities: Vec<f64> = windows.iter().filter_map(|w| w.quality).collect();
    Assessment {
        overall: overall::overall(&stress, &attention, &valence),
        cognitive_state: state::estimate(&valence, &arousal, &stress)
            .or_else(|absence| state::away_in_most(windows.iter().map(|w| &w.cognitive_state)).ok_or(absence)),
        emotion: mean_emotion(windows),
        activity: median_activity(windows),
        stress,
        attention,
        valence,
        arousal,
        quality: (!qualities.is_empty()).then(|| qualities.iter().sum::<f64>() / qualities.len() as f64),
        modalities: Modality::SENSED.into_iter().filter_map(|m| mean_seen(windows, m, &expected)).collect(),
        unseen: never_seen(windows),
    }
}

fn mean_score<'a>(scores: impl Iterator<Item = &'a Score> + Clone) -> Score {
    let known = || scores.clone().filter_map(Score::value_and_sd);
    let total: f64 = known().map(|(_, sd)| sd.powi(-2)).sum();
    if total == 0.0 {
        return Score::Missing(Absence::over(scores.filter_map(Score::missing)));
    }
    let value = known().map(|(value, sd)| value * sd.powi(-2)).sum::<f64>() / total;
    let sd = (known().count() as f64 / total).sqrt();
    let contributions = Modality::SENSED
        .into_iter()
        .filter_map(|modality| {
            let (share, weighted) = scores
                .clone()
                .filter_map(|score| Some((score.value_and_sd()?.1.powi(-2), score.contributions())))
                .flat_map(|(precision, contributions)| contributions.iter().map(move |c| (precision, c)))
                .filter(|(_, c)| c.modality == modality)
                .fold((0.0, 0.0), |(share, sum), (precision, c)| {
                    (share + precision * c.share, sum + precision * c.share * c.value)
                });
            (share > 0.0).then(|| Contribution { modality, value: weighted / share, share: share / total })
        })
        .collect();
    Score::Known { value, sd, contributions }
}

fn mean_emotion(windows: &[Assessment]) -> Result<EmotionEstimate, Absence> {
    let mut sum = [0.0; 7];
    for emotion in windows.iter().filter_map(|w| w.emotion.as_ref().ok()) {
        for (total, p) in sum.iter_mut().zip(emotion.probabilities) {
            *total += p;
        }
    }
    let absence = || Absence::over(windows.iter().filter_map(|w| w.emotion.as_ref().err()));
    EmotionEstimate::normalized(sum).ok_or_else(absence)
}

fn median_activity(windows: &[Assessment]) -> Result<ActivityLevel, Absence> {
    let mut levels: Vec<ActivityLevel> = windows.iter().filter_map(|w| w.activity.as_ref().ok().copied()).collect();
    levels.sort_unstable();
    let absence = || Absence::over(windows.iter().filter_map(|w| w.activity.as_ref().err()));
    // Of two in the middle the lower one: more is said only of who moved more for most of the time.
    levels.get(levels.len().saturating_sub(1) / 2).copied().ok_or_else(absence)
}

/// The modalities that were active in no window.
fn never_seen(windows: &[Assessment]) -> Vec<Lack> {
    let active: BTreeSet<Modality> = windows.iter().flat_map(|w| &w.modalities).map(|seen| seen.modality).collect();
    let lacks = windows.iter().flat_map(|w| &w.unseen).filter(|lack| !active.contains(&lack.modality));
    missing::lacks_over(lacks)
}

/// Means over the windows in which it was expected; one in which it was not active counts as unseen. The gap is the
/// commonest.
fn mean_seen(windows: &[Assessment], modality: Modality, expected: impl Fn(usize) -> usize) -> Option<ModalitySeen> {
    let seen: Vec<&ModalitySeen> =
        windows.iter().flat_map(|w| &w.modalities).filter(|m| m.modality == modality).collect();
    let mut gaps: Vec<Gap> = seen.iter().filter_map(|m| m.gap).collect();
    gaps.sort_unstable();
    let gap = gaps.chunk_by(|a, b| a == b).max_by_key(|run| run.len()).map(|run| run[0]);
    let among = expected(seen.len()) as f64;
    (!seen.is_empty()).then(|| ModalitySeen {
        modality,
        coverage: seen.iter().map(|m| m.coverage).sum::<f64>() / among,
        quality: seen.iter().map(|m| m.quality).sum::<f64>() / among,
        gap,
    })
}
