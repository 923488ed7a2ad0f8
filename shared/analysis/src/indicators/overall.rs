use attune_protocol::registry::Modality;

use super::{Contribution, Score};

/// Weights of pleasantness, absence of stress, and attention. Ours; the reference system takes pleasantness alone,
/// (valence + 1) / 2.
const VALENCE_WEIGHT: f64 = 0.4;
const STRESS_WEIGHT: f64 = 0.4;
const ATTENTION_WEIGHT: f64 = 0.2;

/// The weighted mean of (valence + 1) / 2, 1 - stress and attention, over those that are known. Without valence and
/// without stress there is none: attention alone is not wellbeing. What one modality says of several of them is wrong in all at
/// once, and of different modalities independently.
pub(super) fn overall(stress: &Score, attention: &Score, valence: &Score) -> Score {
    let parts: Vec<Part> = [
        Part::of(valence, VALENCE_WEIGHT, 0.5, 0.5),
        Part::of(stress, STRESS_WEIGHT, 1.0, -1.0),
        Part::of(attention, ATTENTION_WEIGHT, 0.0, 1.0),
    ]
    .into_iter()
    .flatten()
    .collect();
    if let (Some(absence), Some(_)) = (stress.missing(), valence.missing()) {
        // Whatever can support valence can support stress, so stress knows the better reason.
        return Score::Missing(absence.clone());
    }
    let total: f64 = parts.iter().map(|p| p.weight).sum();
    let value = parts.iter().map(|p| p.weight * p.value).sum::<f64>() / total;
    let of_modality = |modality| parts.iter().map(|p| p.weight / total * p.sd_of(modality)).sum::<f64>();
    let variance: f64 = Modality::SENSED.into_iter().map(|modality| of_modality(modality).powi(2)).sum();
    let contributions = Modality::SENSED
        .into_iter()
        .filter_map(|modality| {
            let own = parts.iter().flat_map(|p| p.contributions.iter().map(move |c| (p.weight / total, c)));
            let (share, weighted) = own
                .filter(|(_, c)| c.modality == modality)
                .fold((0.0, 0.0), |(share, sum), (w, c)| (share + w * c.share, sum + w * c.share * c.value));
            (share > 0.0).then(|| Contribution { modality, value: weighted / share, share })
        })
        .collect();
    Score::Known { value, sd: variance.sqrt(), contributions }
}

/// A known score on the scale of the overall one.
struct Part {
    weight: f64,
    value: f64,
    /// Standard deviations by modality.
    sds: [f64; Modality::SENSED.len()],
    contributions: Vec<Contribution>,
}

impl Part {
    /// `offset + slope * score`.
    fn of(score: &Score, weight: f64, offset: f64, slope: f64) -> Option<Self> {
        let value = score.value()?;
        let scale = |v: f64| offset + slope * v;
        let contributions =
            score.contributions().iter().map(|c| Contribution { value: scale(c.value), ..*c }).collect();
        let sds = Modality::SENSED.map(|modality| slope.abs() * score.sd_of(modality));
        Some(Self { weight, value: scale(value), sds, contributions })
    }

    fn sd_of(&self, modality: Modality) -> f64 {
        self.sds[usize::from(modality.number())]
    }
}
