//! Starts the threads of every modality that is sensed.

use std::path::Path;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use attune_analysis::Analyzer;
use attune_analysis::face::FaceAnalyzer;
use attune_analysis::heart::HeartAnalyzer;
use attune_analysis::motion::MotionAnalyzer;
use attune_analysis::networks::Networks;
use attune_analysis::sample::Timestamp;
use attune_analysis::voice::VoiceAnalyzer;
use attune_protocol::registry::Modality;
use crossbeam_channel::Sender;
use tracing::warn;

use super::line::{Line, Output};
use super::pace::Pace;
use crate::AgentError;
use crate::config::Speed;
use crate::control::Control;
use crate::sensors::live::{Feeds, Intake, Surroundings};
use crate::sensors::{Playback, Source, Timed};
use crate::stop::Stop;
use crate::timeline::{Schedule, Track};

/// Pictures are large: a few must do. Other messages are short runs of samples.
const FACE_RING: usize = 8;
const OTHER_RING: usize = 64;
/// Samples a second that a device of motion should give; others are laid on the same grid.
const MOTION_RATE: f64 = 50.0;
/// How long threads that were asked to end may take.
const PATIENCE: Duration = Duration::from_millis(800);

/// What all lines of a run have in common.
pub struct Common {
    /// How fast time passes.
    pub speed: Speed,
    /// The person's decisions.
    pub control: Arc<Control>,
    /// Where records go.
    pub out: Sender<Output>,
    /// The wish to end.
    pub stop: Stop,
}

/// Loads the networks if a modality is sensed that looks or listens with them: all but the heart's.
///
/// # Errors
/// When a model file is missing or is not the one that the manifest describes.
pub fn networks(schedule: &Schedule, models: &Path) -> Result<Option<Networks>, AgentError> {
    let needed = schedule.face.is_some() || schedule.voice.is_some() || schedule.motion.is_some();
    needed.then(|| Networks::of(models)).transpose().map_err(AgentError::from)
}

/// Starts everything; `from` says where each modality goes on. Time passes from the earliest of these.
///
/// # Errors
/// When the system gives no thread.
pub fn start(
    schedule: Schedule,
    networks: Option<&Networks>,
    common: Common,
    from: impl Fn(Modality, Timestamp) -> Timestamp,
) -> Result<Vec<JoinHandle<()>>, AgentError> {
    let begins = |modality: Modality| Some(from(modality, schedule.span(modality)?.start));
    let ends = |modality: Modality| schedule.span(modality).map(|span| span.end);
    let open = Modality::SENSED.into_iter().filter(|&m| begins(m) < ends(m));
    let earliest = open.filter_map(begins).min().unwrap_or(schedule.start);
    // Before time begins to pass: the networks are made here.
    let face =
        schedule.face.zip(networks).map(|(track, networks)| (FaceAnalyzer::new(networks, track.clip.rate), track));
    let voice =
        schedule.voice.map(|track| (networks.map_or_else(VoiceAnalyzer::new, VoiceAnalyzer::with_networks), track));
    let motion =
        schedule.motion.zip(networks).map(|(track, networks)| (MotionAnalyzer::new(networks, track.clip.rate), track));
    let mut lines = Lines { pace: Pace::begin(common.speed, earliest), common, threads: Vec::new() };
    if let Some((analyzer, track)) = face {
        lines.add(Modality::Face, track, FACE_RING, analyzer, &from)?;
    }
    if let Some((analyzer, track)) = voice {
        lines.add(Modality::Voice, track, OTHER_RING, analyzer, &from)?;
    }
    if let Some((analyzer, track)) = motion {
        lines.add(Modality::Motion, track, OTHER_RING, analyzer, &from)?;
    }
    if let Some(track) = schedule.heart {
        lines.add(Modality::Heart, track, OTHER_RING, HeartAnalyzer::new(), &from)?;
    }
    Ok(lines.threads)
}

/// Starts a line for each modality that a live source was made for; the camera's gives `fps` pictures a second.
///
/// # Errors
/// When the system gives no thread, or a model file is missing or is not the one that the manifest describes.
pub fn start_live(
    intake: Intake,
    common: Common,
    around: &Surroundings,
    models: &Path,
    fps: f64,
) -> Result<Vec<JoinHandle<()>>, AgentError> {
    let Intake { face, voice, motion, heart } = intake;
    let needed = face.is_used() || voice.is_used() || motion.is_used();
    let networks = needed.then(|| Networks::of(models)).transpose()?;
    let mut lines = Lines { common, pace: Pace::live(around.clock.clone()), threads: Vec::new() };
    let span = (around.clock.now(), around.until);
    if let Some(networks) = &networks {
        lines.add_live(Modality::Face, face, FACE_RING, span, || {
            FaceAnalyzer::new(networks, fps).resting_by(around.effort.expression_rests())
        })?;
        lines.add_live(Modality::Voice, voice, OTHER_RING, span, || VoiceAnalyzer::with_networks(networks))?;
        lines.add_live(Modality::Motion, motion, OTHER_RING, span, || MotionAnalyzer::new(networks, MOTION_RATE))?;
    }
    lines.add_live(Modality::Heart, heart, OTHER_RING, span, HeartAnalyzer::new)?;
    Ok(lines.threads)
}

/// Waits for threads that were asked to end. One that waits for its device or its file is left behind after a while: the
/// program ends without it.
///
/// # Errors
/// When one of them panicked.
pub fn join(threads: Vec<JoinHandle<()>>) -> Result<(), AgentError> {
    let until = Instant::now() + PATIENCE;
    while Instant::now() < until && !threads.iter().all(JoinHandle::is_finished) {
        std::thread::sleep(Duration::from_millis(5));
    }
    let (ended, behind): (Vec<_>, Vec<_>) = threads.into_iter().partition(JoinHandle::is_finished);
    for thread in behind {
        warn!(thread = thread.thread().name(), "a source does not answer: it is left behind");
    }
    let ended: Vec<_> = ended.into_iter().map(JoinHandle::join).collect();
    if ended.iter().any(Result::is_err) { Err(AgentError::Thread("sensing")) } else { Ok(()) }
}

struct Lines {
    common: Common,
    pace: Pace,
    threads: Vec<JoinHandle<()>>,
}

impl Lines {
    fn add<S: Timed>(
        &mut self,
        modality: Modality,
        track: Track<S>,
        ring: usize,
        analyzer: impl Analyzer<Sample = S> + 'static,
        from: &impl Fn(Modality, Timestamp) -> Timestamp,
    ) -> Result<(), AgentError> {
        let from = from(modality, track.span.start);
        if from >= track.span.end {
            // Who would hear of it is gone only when the agent ends.
            let _ = self.common.out.send(Output::Ended(modality));
            return Ok(());
        }
        let span = (from, track.span.end);
        let pace = self.pace.clone();
        self.spawn(modality, ring, span, pace, Playback::new(track.clip, track.span, from), analyzer)
    }

    fn add_live<S: Timed, A: Analyzer<Sample = S> + 'static>(
        &mut self,
        modality: Modality,
        mut feeds: Feeds<S>,
        ring: usize,
        span: (Timestamp, Timestamp),
        analyzer: impl FnOnce() -> A,
    ) -> Result<(), AgentError> {
        if !feeds.is_used() {
            return Ok(());
        }
        feeds.begin();
        let pace = self.pace.clone().later(feeds.lateness());
        self.spawn(modality, ring, span, pace, feeds, analyzer())
    }

    fn spawn<S: Timed>(
        &mut self,
        modality: Modality,
        ring: usize,
        (from, end): (Timestamp, Timestamp),
        pace: Pace,
        source: impl Source<Sample = S> + 'static,
        analyzer: impl Analyzer<Sample = S> + 'static,
    ) -> Result<(), AgentError> {
        let line = Line {
            modality,
            from,
            end,
            pace,
            ring,
            control: self.common.control.clone(),
            out: self.common.out.clone(),
            stop: self.common.stop.clone(),
        };
        self.threads.extend(line.spawn(source, analyzer)?);
        Ok(())
    }
}

#[cfg(test)]
mod tests;
