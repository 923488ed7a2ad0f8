use attune_protocol::registry::Modality;

use super::evidence::Evidence;
use super::reading::Gathered;
use super::{Absence, Contribution, Missing, Score};

/// Weighs evidence by its precision (the inverse of its variance).
///
/// The variance of the result is the inverse of the summed precision, plus the spread of the evidence around the
/// result where the modalities disagree more than their own uncertainty explains (Birge 1932): two sure voices that
/// contradict each other do not make a sure score. Over `largest_sd` the score is missing.
pub(super) fn fuse(gathered: Gathered<Evidence>, largest_sd: f64) -> Score {
    if gathered.given.is_empty() {
        return Score::Missing(Absence::of(gathered.lacks));
    }
    let evidence = &gathered.given;
    let precision = |e: &Evidence| e.sd.powi(-2);
    let total: f64 = evidence.iter().map(|(_, e)| precision(e)).sum();
    let value = evidence.iter().map(|(_, e)| e.value * precision(e)).sum::<f64>() / total;
    let chi_squared: f64 = evidence.iter().map(|(_, e)| (e.value - value).powi(2) * precision(e)).sum();
    let freedom = (evidence.len() - 1).max(1) as f64;
    let sd = (total.recip() * (chi_squared / freedom).max(1.0)).sqrt();
    if sd > largest_sd {
        return Score::Missing(Absence::of(gathered.but_for(Missing::TooUncertain)));
    }
    Score::Known { value, sd, contributions: contributions(evidence, total) }
}

/// One entry for each modality, whatever the number of its devices.
fn contributions(evidence: &[(Modality, Evidence)], total: f64) -> Vec<Contribution> {
    Modality::ALL
        .into_iter()
        .filter_map(|modality| {
            let own = evidence.iter().filter(|(m, _)| *m == modality).map(|(_, e)| e);
            let (precision, weighted) = own.fold((0.0, 0.0), |(precision, weighted), e| {
                let p = e.sd.powi(-2);
                (precision + p, weighted + p * e.value)
            });
            (precision > 0.0).then(|| Contribution { modality, value: weighted / precision, share: precision / total })
        })
        .collect()
}
