//! The project's networks over a folder of recordings: predictions as CSV, and scores.

mod activity;
mod archive;
mod detector;
mod expression;
mod folder;
mod landmarks;
mod metrics;
pub mod scores;
mod speech;
mod video;
mod voice_affect;

use std::error::Error;
use std::path::PathBuf;

use attune_analysis::networks::Networks;
use clap::ValueEnum;

pub use scores::Score;

/// What can be evaluated.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
#[value(rename_all = "snake_case")]
pub enum Evaluation {
    /// Boxes and five points.
    Detector,
    /// 68 points and the openness of the eyes.
    Landmarks,
    /// Seven expressions by two labellings, valence and arousal.
    Expression,
    /// Six activities.
    Activity,
    /// Speech or none for every 100 ms.
    VoiceActivity,
    /// Eight acted emotions and arousal.
    VoiceAffect,
}

/// What to evaluate, and where.
#[derive(Clone, Debug)]
pub struct Options {
    /// Folder of recordings.
    pub data: PathBuf,
    /// Folder for the predictions.
    pub out: PathBuf,
    /// Only these; all when empty.
    pub only: Vec<Evaluation>,
    /// At most so many items of each set.
    pub most: Option<usize>,
    /// Nothing in the folder was trained on.
    pub unseen: bool,
}

/// Scores, or why something could not be read, run or written.
pub type Outcome = Result<Vec<Score>, Box<dyn Error>>;

/// Writes the predictions of every network that there is, and tells their scores.
///
/// # Errors
/// When a file of the folder is broken, a network fails, or the predictions cannot be written.
pub fn run(networks: &Networks, options: &Options) -> Outcome {
    std::fs::create_dir_all(&options.out)?;
    let mut all = Vec::new();
    for evaluation in Evaluation::value_variants() {
        if !options.only.is_empty() && !options.only.contains(evaluation) {
            continue;
        }
        all.extend(match evaluation {
            Evaluation::Detector => detector::evaluate(networks, options)?,
            Evaluation::Landmarks => landmarks::evaluate(networks, options)?,
            Evaluation::Expression => expression::evaluate(networks, options)?,
            Evaluation::Activity => activity::evaluate(networks, options)?,
            Evaluation::VoiceActivity => speech::evaluate(networks, options)?,
            Evaluation::VoiceAffect => voice_affect::evaluate(networks, options)?,
        });
    }
    scores::write(&options.out.join("scores.csv"), &all)?;
    Ok(all)
}
