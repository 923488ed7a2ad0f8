use std::collections::BTreeMap;

use attune_analysis::indicators::{Advice, AdviceKind, advise_sent};
use attune_ground::time::rfc3339;
use attune_protocol::record::Record;
use attune_protocol::registry::{Modality, Span};
use serde::Serialize;
use utoipa::ToSchema;

use super::work::Analysis;
use crate::sessions::{ContributionView, CoverageView, EmotionView, ReasonView, ScoresView};
use crate::stats::{Outcome, Times};

/// How much came of what was sent.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Status {
    /// Everything that was sent was of use.
    Completed,
    /// Some of what was sent was of no use; `reasons` say why.
    Partial,
    /// No score could be given; `reasons` say why.
    InsufficientData,
}

impl From<Status> for Outcome {
    fn from(status: Status) -> Self {
        match status {
            Status::Completed => Self::Completed,
            Status::Partial => Self::Partial,
            Status::InsufficientData => Self::InsufficientData,
        }
    }
}

/// A sentence for the person, with the measurement that caused it.
#[derive(Clone, PartialEq, Debug, Serialize, ToSchema)]
pub(crate) struct AdviceView {
    /// The sentence.
    text: &'static str,
    /// The measured field that caused it: a score, or `modality.feature`.
    field: String,
    /// Its value.
    value: f64,
    /// Why this value leads to this sentence.
    source: &'static str,
}

impl From<Advice> for AdviceView {
    fn from(advice: Advice) -> Self {
        Self { text: advice.text, field: advice.field, value: advice.value, source: advice.source }
    }
}

/// What one modality gave in ten seconds: all that is kept of it.
#[derive(Clone, PartialEq, Debug, Serialize, ToSchema)]
pub(crate) struct RecordView {
    /// First instant of the ten seconds, RFC 3339.
    window_start: String,
    /// face, voice, motion or heart.
    modality: &'static str,
    /// Trust in the signal, in [0,1].
    quality: f64,
    /// Share of what was sent for these ten seconds that could be used, in [0,1].
    coverage: f64,
    /// Why something is missing; null when nothing is.
    gap: Option<&'static str>,
    /// Features by their names in the registry, in its units.
    features: BTreeMap<&'static str, f64>,
}

impl From<&Record> for RecordView {
    fn from(record: &Record) -> Self {
        Self {
            window_start: rfc3339(record.window.start_millis()),
            modality: record.modality().name(),
            quality: record.quality,
            coverage: record.coverage.over(Span::S10),
            gap: record.coverage.gap.map(|gap| gap.name()),
            features: record.features.iter().map(|(spec, value)| (spec.name, value)).collect(),
        }
    }
}

/// What came of an analysis. What could not be said is null, with an entry in `reasons`.
#[derive(Clone, PartialEq, Debug, Serialize, ToSchema)]
pub(crate) struct AnalysisView {
    /// The session that it was stored in, or would have been.
    session_id: String,
    /// Whether it was stored. The person's preferences decide.
    stored: bool,
    /// When what was sent began, RFC 3339: the `timestamp` of the request, and without one about its length ago.
    timestamp: String,
    /// How much came of what was sent.
    pub(super) status: Status,
    /// The emotion shown.
    emotion_analysis: Option<EmotionView>,
    /// Stress level in [0,1].
    stress_level: Option<f64>,
    /// Attention score in [0,1].
    attention_score: Option<f64>,
    /// Overall wellbeing in [0,1].
    overall_score: Option<f64>,
    /// The likeliest cognitive state.
    cognitive_state: Option<&'static str>,
    /// Its probability against the other states.
    cognitive_state_confidence: Option<f64>,
    /// Pleasantness in [-1,1].
    valence: Option<f64>,
    /// Activation in [-1,1].
    arousal: Option<f64>,
    /// How much the person moved: low, moderate or high.
    activity_level: Option<&'static str>,
    /// Mean over the modalities, each the mean of quality times coverage over its windows, in [0,1].
    quality_score: Option<f64>,
    /// Quality of each modality that was analysed, in [0,1].
    quality: BTreeMap<&'static str, f64>,
    /// Standard deviation of each score that is given, in the score's unit.
    uncertainty: BTreeMap<&'static str, f64>,
    /// For each score that is given, what each modality gave to it.
    contributions: BTreeMap<&'static str, BTreeMap<&'static str, ContributionView>>,
    /// How much of what was sent could be used, for each modality.
    coverage: CoverageView,
    /// Why each field that is null is so.
    reasons: Vec<ReasonView>,
    /// Things to do, as sentences.
    recommendations: Vec<&'static str>,
    /// The same, each with the measurement that calls for it.
    recommendation_details: Vec<AdviceView>,
    /// Things that were seen, each with its measurement.
    insights: Vec<AdviceView>,
    /// The features that everything above rests on.
    records: Vec<RecordView>,
    /// From the first byte of the request to the answer, whole milliseconds, rounded up; `stages_ms` has the fractions.
    processing_time_ms: u64,
    /// Time of each stage, milliseconds.
    stages_ms: BTreeMap<&'static str, f64>,
    /// The scores as a picture, PNG in base64; null unless `include_graph` asked for it.
    graph_data: Option<String>,
    /// What of the request was ignored, and what was left out of it, with how much and why.
    warnings: Vec<String>,
}

/// What is not in the analysis itself.
pub(super) struct Circumstances {
    pub(super) session_id: String,
    pub(super) stored: bool,
    /// Of what the session had the same content already.
    pub(super) again: Vec<Modality>,
    pub(super) graph: Option<String>,
    pub(super) total: std::time::Duration,
}

impl AnalysisView {
    pub(super) fn new(analysis: &Analysis, circumstances: Circumstances) -> Self {
        let scores = ScoresView::from(&analysis.whole);
        let advice = advise_sent(&analysis.whole, &analysis.records);
        let (recommendations, insights): (Vec<Advice>, Vec<Advice>) =
            advice.into_iter().partition(|a| a.kind == AdviceKind::Recommendation);
        let recommendations = once(recommendations);
        let again = circumstances.again.iter().map(|modality| counted_before(*modality));
        Self {
            session_id: circumstances.session_id,
            stored: circumstances.stored,
            timestamp: rfc3339(analysis.begin.millis()),
            status: status(analysis),
            emotion_analysis: scores.emotion_analysis,
            stress_level: scores.stress_level,
            attention_score: scores.attention_score,
            overall_score: scores.overall_score,
            cognitive_state: scores.cognitive_state,
            cognitive_state_confidence: scores.cognitive_state_confidence,
            valence: scores.valence,
            arousal: scores.arousal,
            activity_level: scores.activity_level,
            quality_score: scores.quality_score,
            quality: analysis.whole.modalities.iter().map(|seen| (seen.modality.name(), seen.quality)).collect(),
            uncertainty: scores.uncertainty,
            contributions: scores.contributions,
            coverage: scores.coverage,
            reasons: scores.reasons,
            recommendations: recommendations.iter().map(|advice| advice.text).collect(),
            recommendation_details: recommendations,
            insights: once(insights),
            records: analysis.records.iter().map(RecordView::from).collect(),
            processing_time_ms: millis(circumstances.total).ceil() as u64,
            stages_ms: stages(&analysis.times),
            graph_data: circumstances.graph,
            warnings: analysis.warnings.iter().cloned().chain(again).collect(),
        }
    }
}

fn counted_before(modality: Modality) -> String {
    let field = match modality {
        Modality::Face => "face_image",
        Modality::Voice => "audio_data",
        Modality::Motion => "motion_data",
        Modality::Heart => "heart_data",
        Modality::CheckIn => "what was said",
        Modality::Text => "what was written",
    };
    format!("{field} is what the session has already; it counts once")
}

fn millis(time: std::time::Duration) -> f64 {
    time.as_micros() as f64 / 1000.0
}

fn stages(times: &Times) -> BTreeMap<&'static str, f64> {
    times.iter().map(|(stage, time)| (stage.name(), millis(time))).collect()
}

fn status(analysis: &Analysis) -> Status {
    let whole = &analysis.whole;
    let nothing = [&whole.stress, &whole.attention, &whole.valence, &whole.arousal].iter().all(|s| s.value().is_none());
    let of_use = |modality: &Modality| whole.modalities.iter().any(|m| m.modality == *modality && m.coverage > 0.0);
    if nothing && whole.emotion.is_err() && whole.activity.is_err() {
        Status::InsufficientData
    } else if analysis.sent.iter().all(of_use) {
        Status::Completed
    } else {
        Status::Partial
    }
}

/// Several windows may give the same sentence: the first stands.
fn once(advice: Vec<Advice>) -> Vec<AdviceView> {
    let mut said = Vec::new();
    advice
        .into_iter()
        .filter(|a| {
            let fresh = !said.contains(&a.text);
            said.push(a.text);
            fresh
        })
        .map(AdviceView::from)
        .collect()
}
