//! From the records of one window to scores that a person can read.
//!
//! Each modality gives [`evidence`] on the scores that it can support: a value and a standard deviation that grows with
//! poor quality and missing data. [`assess`] weighs the evidence by its precision and says what each modality
//! contributed; [`summarize`] does the same over the windows of a session. A score that nothing supports well enough
//! is missing, with the reason. The formulas and their sources stand in `shared/analysis/README.md`.

mod activity;
mod advice;
mod assessment;
mod codec;
mod emotion;
mod evidence;
mod fuse;
mod overall;
mod score;
mod session;
mod state;

pub use activity::ActivityLevel;
pub use advice::{Advice, AdviceKind, advise};
pub use assessment::{Assessment, ModalitySeen, assess, assess_within};
pub use codec::{AssessmentError, MAX_ENCODED};
pub use emotion::{Emotion, EmotionEstimate};
pub use score::{Contribution, Missing, Score, ScoreKind};
pub use session::{summarize, summarize_sent};
pub use state::{CognitiveState, StateEstimate};

#[cfg(test)]
mod tests;
