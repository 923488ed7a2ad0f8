//! Sessions and windows as the API shows them.

use std::collections::BTreeMap;

use attune_analysis::indicators::{Absence, ActivityLevel, Assessment, Emotion, Lack, Score, advise};
use attune_ground::time::rfc3339;
use attune_protocol::registry::Modality;
use serde::Serialize;
use utoipa::ToSchema;

use super::SessionKind;
use super::check_ins::CheckIn;
use super::query::{SessionRow, WindowRow};
use super::summaries::Summary;

/// The emotion that was shown.
#[derive(Clone, PartialEq, Debug, Serialize, ToSchema)]
pub struct EmotionView {
    /// The likeliest class.
    pub dominant_emotion: String,
    /// Probability of each class; they add up to 1.
    pub emotions: BTreeMap<&'static str, f64>,
    /// Probability of the likeliest class.
    pub confidence: f64,
    /// Pleasantness in [-1,1].
    pub valence: Option<f64>,
    /// Activation in [-1,1].
    pub arousal: Option<f64>,
}

/// What was seen of one modality.
#[derive(Clone, PartialEq, Debug, Serialize, ToSchema)]
pub struct ModalityView {
    /// Share of the expected samples, in [0,1].
    pub coverage: f64,
    /// Trust in the signal, in [0,1].
    pub quality: f64,
    /// Why something is missing; null when nothing is.
    pub gap: Option<&'static str>,
}

/// What was seen of each modality; null where it had no device.
#[derive(Clone, PartialEq, Debug, Serialize, ToSchema)]
pub struct CoverageView {
    /// Camera.
    pub face: Option<ModalityView>,
    /// Microphone.
    pub voice: Option<ModalityView>,
    /// Accelerometer and gyroscope.
    pub motion: Option<ModalityView>,
    /// Beat-to-beat intervals.
    pub heart: Option<ModalityView>,
}

/// What the person said of themselves: their own answer, measured by nothing and part of no score.
#[derive(Clone, PartialEq, Debug, Serialize, ToSchema)]
pub struct CheckInView {
    /// Start of the ten seconds in which it was said, RFC 3339.
    pub window_start: String,
    /// How they are, 1 very bad to 6 very good; null where it was not said.
    #[schema(minimum = 1, maximum = 6)]
    pub vibe: Option<u8>,
    /// Unpleasant -1 to pleasant 1; null where it was not said.
    #[schema(minimum = -1.0, maximum = 1.0)]
    pub valence: Option<f64>,
    /// Quiet -1 to active 1; null where it was not said.
    #[schema(minimum = -1.0, maximum = 1.0)]
    pub arousal: Option<f64>,
}

impl From<&CheckIn> for CheckInView {
    fn from(said: &CheckIn) -> Self {
        let CheckIn { window, vibe, valence, arousal } = *said;
        Self { window_start: rfc3339(window.start_millis()), vibe, valence, arousal }
    }
}

/// Why something is null, and what would have to change for it to appear.
#[derive(Clone, PartialEq, Debug, Serialize, ToSchema)]
pub struct ReasonView {
    /// The field that is null.
    pub field: &'static str,
    /// The reason in one word. Where the device gave it, it is the name of a gap. Of several modalities' reasons it is the one
    /// for which the least would have to change.
    pub code: &'static str,
    /// The reason as a sentence for people.
    pub reason: String,
    /// The reason of each modality that could give it; empty where it was not recorded, and for coverage.
    pub modalities: BTreeMap<&'static str, LackView>,
}

/// Why one modality does not give what it could.
#[derive(Clone, PartialEq, Debug, Serialize, ToSchema)]
pub struct LackView {
    /// The reason in one word.
    pub code: &'static str,
    /// The reason for people.
    pub reason: String,
}

impl ReasonView {
    fn of(field: &'static str, subject: &str, absence: &Absence) -> Self {
        let view = |lack: &Lack| (lack.modality.name(), LackView { code: lack.reason.code(), reason: lack.because() });
        Self {
            field,
            code: absence.reason.code(),
            reason: absence.sentence(subject),
            modalities: absence.lacks.iter().map(view).collect(),
        }
    }
}

/// What one modality gave to one score.
#[derive(Clone, PartialEq, Debug, Serialize, ToSchema)]
pub struct ContributionView {
    /// What this modality alone says.
    pub value: f64,
    /// Its share in [0,1]; the shares of a score add up to 1.
    pub share: f64,
}

/// The scores of a window or a session. What could not be said is null, with an entry in `reasons`.
#[derive(Clone, PartialEq, Debug, Serialize, ToSchema)]
pub struct ScoresView {
    /// The emotion shown.
    pub emotion_analysis: Option<EmotionView>,
    /// Stress level in [0,1].
    pub stress_level: Option<f64>,
    /// Attention score in [0,1].
    pub attention_score: Option<f64>,
    /// Overall wellbeing in [0,1].
    pub overall_score: Option<f64>,
    /// The likeliest cognitive state; `away` where a camera saw nobody and no sensor told of a person.
    pub cognitive_state: Option<&'static str>,
    /// Its probability against the other states.
    pub cognitive_state_confidence: Option<f64>,
    /// Pleasantness in [-1,1].
    pub valence: Option<f64>,
    /// Activation in [-1,1].
    pub arousal: Option<f64>,
    /// How much the person moved: low, moderate or high.
    pub activity_level: Option<&'static str>,
    /// Mean over the active modalities, each the mean of quality times coverage over its windows, in [0,1].
    pub quality_score: Option<f64>,
    /// Standard deviation of each score that is given, in the score's unit.
    pub uncertainty: BTreeMap<&'static str, f64>,
    /// For each score that is given, what each modality gave to it.
    pub contributions: BTreeMap<&'static str, BTreeMap<&'static str, ContributionView>>,
    /// What was seen of each modality.
    pub coverage: CoverageView,
    /// Why each field that is null is so.
    pub reasons: Vec<ReasonView>,
}

impl From<&Assessment> for ScoresView {
    fn from(assessment: &Assessment) -> Self {
        let scores = scores(assessment);
        let state = assessment.cognitive_state.as_ref().ok();
        Self {
            emotion_analysis: assessment.emotion.as_ref().ok().map(|emotion| {
                let (dominant, confidence) = emotion.dominant();
                EmotionView {
                    dominant_emotion: dominant.name().into(),
                    emotions: Emotion::ALL.map(|e| (e.name(), emotion.probability(e))).into(),
                    confidence,
                    valence: assessment.valence.value(),
                    arousal: assessment.arousal.value(),
                }
            }),
            stress_level: assessment.stress.value(),
            attention_score: assessment.attention.value(),
            overall_score: assessment.overall.value(),
            cognitive_state: state.map(|s| s.state.name()),
            cognitive_state_confidence: state.map(|s| s.confidence),
            valence: assessment.valence.value(),
            arousal: assessment.arousal.value(),
            activity_level: assessment.activity.as_ref().ok().copied().map(activity_name),
            quality_score: assessment.quality,
            uncertainty: scores.iter().filter_map(|(name, _, score)| Some((*name, score.value_and_sd()?.1))).collect(),
            contributions: scores
                .iter()
                .filter(|(_, _, score)| !score.contributions().is_empty())
                .map(|(name, _, score)| (*name, contributions(score)))
                .collect(),
            coverage: CoverageView {
                face: seen(assessment, Modality::Face),
                voice: seen(assessment, Modality::Voice),
                motion: seen(assessment, Modality::Motion),
                heart: seen(assessment, Modality::Heart),
            },
            reasons: reasons(assessment),
        }
    }
}

const fn activity_name(level: ActivityLevel) -> &'static str {
    match level {
        ActivityLevel::Low => "low",
        ActivityLevel::Moderate => "moderate",
        ActivityLevel::High => "high",
    }
}

fn contributions(score: &Score) -> BTreeMap<&'static str, ContributionView> {
    let each = score.contributions().iter();
    each.map(|c| (c.modality.name(), ContributionView { value: c.value, share: c.share })).collect()
}

fn seen(assessment: &Assessment, modality: Modality) -> Option<ModalityView> {
    let seen = assessment.modalities.iter().find(|m| m.modality == modality)?;
    Some(ModalityView { coverage: seen.coverage, quality: seen.quality, gap: seen.gap.map(|gap| gap.name()) })
}

/// The scores with their fields and how a sentence calls them.
fn scores(assessment: &Assessment) -> [(&'static str, &'static str, &Score); 5] {
    [
        ("stress_level", "stress", &assessment.stress),
        ("attention_score", "attention", &assessment.attention),
        ("overall_score", "the overall score", &assessment.overall),
        ("valence", "valence", &assessment.valence),
        ("arousal", "arousal", &assessment.arousal),
    ]
}

fn reasons(assessment: &Assessment) -> Vec<ReasonView> {
    let others = [
        ("emotion_analysis", "emotion", assessment.emotion.as_ref().err()),
        ("cognitive_state", "the cognitive state", assessment.cognitive_state.as_ref().err()),
        ("activity_level", "the level of activity", assessment.activity.as_ref().err()),
    ];
    let scores = scores(assessment).map(|(field, subject, score)| (field, subject, score.missing()));
    let mut reasons: Vec<ReasonView> = scores
        .into_iter()
        .chain(others)
        .filter_map(|(field, subject, absence)| Some(ReasonView::of(field, subject, absence?)))
        .collect();
    if assessment.quality.is_none() {
        let absence = Absence::of(assessment.unseen.clone());
        reasons.push(ReasonView::of("quality_score", "the signal quality", &absence));
    }
    for lack in &assessment.unseen {
        let (code, reason) = (lack.reason.code(), lack.because());
        reasons.push(ReasonView { field: coverage_field(lack.modality), code, reason, modalities: BTreeMap::new() });
    }
    reasons
}

const fn coverage_field(modality: Modality) -> &'static str {
    match modality {
        Modality::Face => "coverage.face",
        Modality::Voice => "coverage.voice",
        Modality::Motion => "coverage.motion",
        Modality::Heart => "coverage.heart",
        Modality::CheckIn => "check_ins",
        Modality::Text => "messages",
    }
}

/// A session: one person's windows with no gap over ten minutes, or one analysis.
#[derive(Clone, PartialEq, Debug, Serialize, ToSchema)]
pub struct SessionView {
    /// Its id, 32 hexadecimal digits, or as the client wrote it that named it first; where one session is asked for, as it was
    /// asked for.
    pub session_id: String,
    /// What made it.
    pub kind: SessionKind,
    /// The outside user id; null when it belongs to nobody known.
    pub user_id: Option<String>,
    /// Start of the first window, RFC 3339.
    pub started_at: String,
    /// End of the last window, RFC 3339.
    pub ended_at: String,
    /// How many windows of ten seconds it has.
    pub windows: i64,
    /// Start of the first window, as `started_at`: the name that answers of `/analyze` have for it.
    pub timestamp: String,
    /// How much came of what was seen.
    pub status: Status,
    /// The emotion shown; null where nothing tells it.
    pub emotion_analysis: Option<EmotionView>,
    /// Stress level in [0,1]; null where it is too uncertain.
    pub stress_level: Option<f64>,
    /// Attention score in [0,1]; null where it is too uncertain.
    pub attention_score: Option<f64>,
    /// Overall wellbeing in [0,1]; null where it is too uncertain.
    pub overall_score: Option<f64>,
    /// The likeliest cognitive state; null where nothing tells it.
    pub cognitive_state: Option<&'static str>,
    /// Its probability against the other states.
    pub cognitive_state_confidence: Option<f64>,
    /// Pleasantness in [-1,1]; null where it is too uncertain.
    pub valence: Option<f64>,
    /// Activation in [-1,1]; null where it is too uncertain.
    pub arousal: Option<f64>,
    /// How much the person moved: low, moderate or high; null where nothing tells it.
    pub activity_level: Option<&'static str>,
    /// Mean over the active modalities, each the mean of quality times coverage over its windows, in [0,1].
    pub quality_score: Option<f64>,
    /// Standard deviation of each score that is given, in the score's unit.
    pub uncertainty: BTreeMap<&'static str, f64>,
    /// Things to do, where a score calls for any.
    pub recommendations: Vec<&'static str>,
    /// Means over the windows, weighed by precision, and what they rest on. Only when one session is asked for.
    pub scores: Option<ScoresView>,
    /// What the person said of themselves meanwhile, in its order; none of it is in a score. Only when one session is asked for.
    pub check_ins: Option<Vec<CheckInView>>,
    /// Windows that are damaged in the database and left out of the scores. Only when one session is asked for.
    pub damaged_windows: Option<u64>,
}

/// How much came of a session.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = SessionStatus)]
pub enum Status {
    /// Every modality that was there gave something.
    Completed,
    /// Some modality that was there gave nothing.
    Partial,
    /// No score could be given.
    InsufficientData,
}

impl Status {
    fn of(assessment: &Assessment) -> Self {
        let Assessment { stress, attention, valence, arousal, .. } = assessment;
        let nothing = [stress, attention, valence, arousal].iter().all(|score| score.value().is_none());
        if nothing && assessment.emotion.is_err() && assessment.activity.is_err() {
            Self::InsufficientData
        } else if assessment.modalities.iter().all(|seen| seen.coverage > 0.0) {
            Self::Completed
        } else {
            Self::Partial
        }
    }
}

impl SessionView {
    /// A row of a list.
    pub(super) fn new(row: &SessionRow, user_id: Option<String>, assessment: &Assessment) -> Self {
        let scores = ScoresView::from(assessment);
        Self {
            session_id: row.session.to_string(),
            kind: row.kind,
            user_id,
            started_at: rfc3339(row.started_at),
            ended_at: rfc3339(row.ended_at),
            windows: row.windows,
            timestamp: rfc3339(row.started_at),
            status: Status::of(assessment),
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
            uncertainty: scores.uncertainty,
            recommendations: advise(assessment, &[]).into_iter().map(|advice| advice.text).collect(),
            scores: None,
            check_ins: None,
            damaged_windows: None,
        }
    }

    /// One session with all that its scores rest on.
    pub(crate) fn whole(row: &SessionRow, user_id: Option<String>, summary: &Summary, said: &[CheckIn]) -> Self {
        let (scores, damaged_windows) = (Some((&summary.scores).into()), Some(summary.damaged));
        let check_ins = Some(said.iter().map(CheckInView::from).collect());
        Self { scores, check_ins, damaged_windows, ..Self::new(row, user_id, &summary.scores) }
    }
}

/// Sessions, the latest first.
#[derive(Clone, PartialEq, Debug, Serialize, ToSchema)]
pub struct SessionList {
    /// This page.
    pub sessions: Vec<SessionView>,
    /// Give this as `cursor` for the next page; null when there is none.
    pub next_cursor: Option<String>,
}

/// Ten seconds of a session.
#[derive(Clone, PartialEq, Debug, Serialize, ToSchema)]
pub struct WindowView {
    /// Its first instant, RFC 3339.
    pub window_start: String,
    /// Its scores.
    pub scores: ScoresView,
}

impl From<&WindowRow> for WindowView {
    fn from(row: &WindowRow) -> Self {
        Self { window_start: rfc3339(row.window.start_millis()), scores: ScoresView::from(&row.assessment) }
    }
}

/// Windows of a session, in order.
#[derive(Clone, PartialEq, Debug, Serialize, ToSchema)]
pub struct WindowList {
    /// The session.
    pub session_id: String,
    /// This page.
    pub windows: Vec<WindowView>,
    /// Give this as `cursor` for the next page; null when there is none.
    pub next_cursor: Option<String>,
}
