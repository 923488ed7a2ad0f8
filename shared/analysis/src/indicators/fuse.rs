use super::evidence::Evidence;
use super::reading::Gathered;
use super::{Absence, Contribution, Missing, Score};

/// Weighs evidence, of which each modality has one word, by its precision (the inverse of its variance).
///
/// The variance of the result is the inverse of the summed precision, plus the spread of the evidence around the
/// result where the modalities disagree more than their own uncertainty explains (Birge 1932): two sure voices that
/// contradict each other do not make a sure score. Over `largest_sd` the score is missing.
pub(super) fn fuse(gathered: Gathered<Evidence>, largest_sd: f64) -> Score {
    if gathered.given.is_empty() {
        return Score::Missing(Absence::of(gathered.lacks));
    }
    let evidence =
        || gathered.given.iter().flat_map(|(modality, words)| words.iter().map(move |word| (*modality, word)));
    let precision = |e: &Evidence| e.sd.powi(-2);
    let total: f64 = evidence().map(|(_, e)| precision(e)).sum();
    let value = evidence().map(|(_, e)| e.value * precision(e)).sum::<f64>() / total;
    let chi_squared: f64 = evidence().map(|(_, e)| (e.value - value).powi(2) * precision(e)).sum();
    let freedom = (evidence().count() - 1).max(1) as f64;
    let sd = (total.recip() * (chi_squared / freedom).max(1.0)).sqrt();
    if sd > largest_sd {
        return Score::Missing(Absence::of(gathered.but_for(Missing::TooUncertain)));
    }
    let contributions = evidence()
        .map(|(modality, e)| Contribution { modality, value: e.value, share: precision(e) / total })
        .collect();
    Score::Known { value, sd, contributions }
}
