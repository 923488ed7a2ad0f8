//! From the records of one window to scores that a person can read.
//!
//! Each modality gives [`evidence`] on the scores that it can support: a value and a standard deviation that grows with
//! poor quality and missing data. [`assess`] weighs the evidence by its precision and says what each modality
//! contributed; [`summarize`] does the same over the windows of a session. A score that nothing supports well enough
//! is [`missing`], with the reason: evidence is read through a [`reading`], in which what is not there says why. The
//! formulas and their sources stand in `shared/analysis/README.md`.

mod activity;
mod advice;
mod assessment;
mod codec;
mod emotion;
mod evidence;
mod fuse;
mod kind;
mod missing;
mod overall;
mod presence;
mod reading;
mod score;
mod session;
mod state;
mod terms;
mod words;

pub use activity::ActivityLevel;
pub use advice::{Advice, AdviceKind, advise, advise_sent};
pub use assessment::{Assessment, ModalitySeen, assess};
pub use codec::{AssessmentError, MAX_ENCODED};
pub use emotion::{Emotion, EmotionEstimate};
pub use kind::ScoreKind;
pub use missing::{Absence, Lack, Missing};
pub use score::{Contribution, Score};
pub use session::{summarize, summarize_sent};
pub use state::{CognitiveState, StateEstimate};
pub use terms::Terms;

#[cfg(test)]
mod tests;
