//! A try of one kind of device: two seconds of it, looked at here and dropped. Nothing of it is kept, sent or logged.

use std::sync::Arc;
use std::time::{Duration, Instant};

use attune_analysis::Analyzer;
use attune_analysis::face::FaceAnalyzer;
use attune_analysis::networks::Networks;
use attune_analysis::sample::{AudioChunk, Frame, HeartSample, MotionSample};
use attune_analysis::tables::LATEST;
use attune_analysis::voice::VoiceAnalyzer;
use attune_protocol::record::Record;
use attune_protocol::registry::{Ordinal, face, voice};
use attune_protocol::window::Window;

use super::live::{Feeds, Intake, Standings, Surroundings};
use super::{Source, Timed, devices};
use crate::AgentError;
use crate::clock::Clock;
use crate::config::{Choice, Config};
use crate::control::Control;
use crate::governor::Effort;
use crate::stop::Stop;

/// How long what a device gives is looked at.
const LENGTH: Duration = Duration::from_secs(2);
/// How long a device may take to give something.
const PATIENCE: Duration = Duration::from_secs(8);
/// How long a wearable may: it is looked for first.
const PATIENCE_BY_RADIO: Duration = Duration::from_secs(25);
/// How long one that is in trouble may take to come out of it.
const IN_TROUBLE: Duration = Duration::from_secs(3);
/// A picture whose mean luma is below this shows little of a face. Ours.
const LIGHT_ENOUGH: f64 = 0.15;
/// Least share of voiced frames that is called speech. Ours.
const SPEECH: f64 = 0.05;
/// Spread of the acceleration's size under which something lies still, m/s2: 13 mg (van Hees et al. 2014).
const STILL: f64 = 0.127;

/// What can be tried.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Tryable {
    /// The camera.
    Camera,
    /// The microphone.
    Microphone,
    /// The accelerometer in the machine.
    Accelerometer,
    /// Wearables that were paired.
    Wearable,
}

/// What a try came to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Tried {
    /// What the device calls itself, and what was seen, as `picture 640x480, light enough, a face`.
    Saw(String, String),
    /// Why nothing came and what to do, a sentence without a point.
    Not(String),
}

/// Opens what the configuration means of one kind, looks at it for two seconds and closes it.
///
/// # Errors
/// When the system gives no thread, or the networks cannot be used.
pub fn try_out(config: &Config, what: Tryable) -> Result<Tried, AgentError> {
    let config = only(config, what);
    devices::prepare(&config);
    let (clock, stop) = (Clock::start(), Stop::default());
    // The person has just said that it may be tried.
    let control = Arc::new(Control::open());
    let effort = Effort::full(config.camera.fps);
    let around = Surroundings { control, clock, stop, until: LATEST, standings: Standings::default(), effort };
    let mut intake = Intake::new(&around);
    let threads = match devices::start(&config, &mut intake, &around) {
        Ok(threads) => threads,
        Err(AgentError::Config(_)) => return Ok(Tried::Not("there is none to try".into())),
        Err(problem) => return Err(problem),
    };
    let tried = look(&config, what, intake, &around);
    around.stop.ask();
    // A device that does not answer is left behind: this program ends without it.
    let until = Instant::now() + IN_TROUBLE;
    while Instant::now() < until && !threads.iter().all(std::thread::JoinHandle::is_finished) {
        std::thread::sleep(Duration::from_millis(5));
    }
    tried
}

/// The configuration with everything else turned off.
fn only(config: &Config, what: Tryable) -> Config {
    let mut config = config.clone();
    let off = |choice: &mut Choice, tried: Tryable| {
        if tried != what {
            *choice = Choice::Off;
        }
    };
    off(&mut config.camera.device, Tryable::Camera);
    off(&mut config.microphone.device, Tryable::Microphone);
    off(&mut config.iio.accelerometer, Tryable::Accelerometer);
    off(&mut config.bluetooth.device, Tryable::Wearable);
    config.phone.listen = "off".into();
    config
}

fn look(config: &Config, what: Tryable, intake: Intake, around: &Surroundings) -> Result<Tried, AgentError> {
    let Intake { face, voice, motion, heart } = intake;
    match what {
        Tryable::Camera => {
            let networks = Networks::of(&config.models)?;
            let mut seen = Pictures::new(FaceAnalyzer::new(&networks, config.camera.fps));
            gather(face, PATIENCE, around, |frames: &[Frame]| seen.take(frames))
                .map(|device| device.saw(|| seen.words()))
        }
        Tryable::Microphone => {
            let mut heard = Sound::new(VoiceAnalyzer::new());
            gather(voice, PATIENCE, around, |chunks: &[AudioChunk]| heard.take(chunks))
                .map(|device| device.saw(|| heard.words()))
        }
        Tryable::Accelerometer => {
            let mut moved = Vec::new();
            gather(motion, PATIENCE, around, |samples: &[MotionSample]| moved.extend(samples.iter().map(size)))
                .map(|device| device.saw(|| movement(&moved)))
        }
        Tryable::Wearable if heart.is_used() => {
            let mut beats = Vec::new();
            gather(heart, PATIENCE_BY_RADIO, around, |samples: &[HeartSample]| beats.extend_from_slice(samples))
                .map(|device| device.saw(|| pulse(&beats)))
        }
        Tryable::Wearable => {
            let mut moved = Vec::new();
            gather(motion, PATIENCE_BY_RADIO, around, |samples: &[MotionSample]| moved.extend(samples.iter().map(size)))
                .map(|device| device.saw(|| movement(&moved)))
        }
    }
}

/// A device that gave something, or why it did not.
enum Gave {
    Something(String),
    Nothing(String),
}

impl Gave {
    fn saw(self, words: impl FnOnce() -> String) -> Tried {
        match self {
            Self::Something(device) => Tried::Saw(device, words()),
            Self::Nothing(why) => Tried::Not(why),
        }
    }
}

/// Hands over what comes in the two seconds from the first thing on.
fn gather<S: Timed>(
    mut feeds: Feeds<S>,
    patience: Duration,
    around: &Surroundings,
    mut take: impl FnMut(&[S]),
) -> Result<Gave, AgentError> {
    if !feeds.is_used() {
        return Ok(Gave::Nothing("there is none to try".into()));
    }
    feeds.begin();
    let begun = Instant::now();
    let (mut first, mut device, mut trouble): (Option<Instant>, String, Option<(Instant, String)>) =
        (None, String::new(), None);
    loop {
        let samples = feeds.next()?.unwrap_or_default();
        if !samples.is_empty() {
            first.get_or_insert_with(Instant::now);
            take(&samples);
        }
        for standing in around.standings.list() {
            device = standing.device.unwrap_or(device);
            trouble = standing.trouble.map(|why| (trouble.as_ref().map_or_else(Instant::now, |(at, _)| *at), why));
        }
        match (&first, &trouble) {
            (Some(first), _) if first.elapsed() >= LENGTH => return Ok(Gave::Something(device)),
            (None, Some((since, why))) if since.elapsed() >= IN_TROUBLE => return Ok(Gave::Nothing(why.clone())),
            (None, _) if begun.elapsed() >= patience => {
                let why = trouble.as_ref().map_or_else(
                    || {
                        format!(
                            "it gave nothing within {} s: is it switched on and, if it is worn, put on?",
                            patience.as_secs()
                        )
                    },
                    |(_, why)| why.clone(),
                );
                return Ok(Gave::Nothing(why));
            }
            _ => {}
        }
    }
}

/// The records of the windows that a try touched, of which the one that saw more counts.
fn fullest(analyzer: &mut impl Analyzer, windows: Option<(Window, Window)>) -> Option<Record> {
    let (first, last) = windows?;
    let records = [first, last].into_iter().take(if first == last { 1 } else { 2 });
    records.map(|window| analyzer.finish(window, None)).max_by_key(|record| record.coverage.received)
}

fn widen(windows: &mut Option<(Window, Window)>, window: Window) {
    let first = windows.map_or(window, |(first, _)| first);
    *windows = Some((first, window));
}

struct Pictures {
    analyzer: FaceAnalyzer,
    windows: Option<(Window, Window)>,
    size: (u32, u32),
}

impl Pictures {
    fn new(analyzer: FaceAnalyzer) -> Self {
        Self { analyzer, windows: None, size: (0, 0) }
    }

    fn take(&mut self, frames: &[Frame]) {
        self.analyzer.push(frames);
        for frame in frames {
            self.size = frame.image.dimensions();
            widen(&mut self.windows, frame.at.window());
        }
    }

    fn words(&mut self) -> String {
        let record = fullest(&mut self.analyzer, self.windows);
        let get = |ordinal: Ordinal| record.as_ref().and_then(|record| record.features.get(ordinal));
        let light = match get(face::BRIGHTNESS) {
            Some(brightness) if brightness < LIGHT_ENOUGH => "too dark to see much",
            Some(_) => "light enough",
            None => "its light not known yet",
        };
        let faces = match get(face::FACE_FRACTION) {
            Some(share) if share > 0.0 => "a face seen",
            _ => "no face seen",
        };
        format!("picture {}x{}, {light}, {faces}", self.size.0, self.size.1)
    }
}

struct Sound {
    analyzer: VoiceAnalyzer,
    windows: Option<(Window, Window)>,
    sum: f64,
    count: usize,
}

impl Sound {
    fn new(analyzer: VoiceAnalyzer) -> Self {
        Self { analyzer, windows: None, sum: 0.0, count: 0 }
    }

    fn take(&mut self, chunks: &[AudioChunk]) {
        self.analyzer.push(chunks);
        for chunk in chunks {
            self.sum += chunk.samples.iter().map(|sample| f64::from(*sample).powi(2)).sum::<f64>();
            self.count += chunk.samples.len();
            widen(&mut self.windows, chunk.at.window());
        }
    }

    fn words(&mut self) -> String {
        let record = fullest(&mut self.analyzer, self.windows);
        let voiced = record.and_then(|record| record.features.get(voice::VOICED_FRACTION)).unwrap_or(0.0);
        let speech = if voiced >= SPEECH { "speech heard" } else { "no speech heard" };
        let mean = self.sum / self.count.max(1) as f64;
        match mean > 0.0 {
            true => format!("level {:.0} dB of full scale, {speech}", 10.0 * mean.log10()),
            false => "nothing but noughts: is it muted, or another one meant in the sound settings?".into(),
        }
    }
}

/// The size of an acceleration, m/s2.
fn size(sample: &MotionSample) -> f64 {
    sample.acceleration.iter().map(|axis| axis * axis).sum::<f64>().sqrt()
}

fn movement(sizes: &[f64]) -> String {
    let mean = sizes.iter().sum::<f64>() / sizes.len().max(1) as f64;
    let spread = (sizes.iter().map(|size| (size - mean).powi(2)).sum::<f64>() / sizes.len().max(1) as f64).sqrt();
    let what = if spread < STILL { "it lies still" } else { "it is moved" };
    format!("{:.0} readings a second, {what}", sizes.len() as f64 / LENGTH.as_secs_f64())
}

fn pulse(samples: &[HeartSample]) -> String {
    let rate = |sample: &HeartSample| match sample {
        HeartSample::Rate { bpm, .. } => Some(*bpm),
        HeartSample::Beat { rr_millis, .. } if *rr_millis > 0.0 => Some(60_000.0 / rr_millis),
        _ => None,
    };
    let rates: Vec<f64> = samples.iter().filter_map(rate).collect();
    let touches = samples.iter().rev().find_map(|sample| match sample {
        HeartSample::Contact { touching, .. } => Some(*touching),
        _ => None,
    });
    match (rates.is_empty(), touches) {
        (false, _) => format!("{:.0} beats a minute", rates.iter().sum::<f64>() / rates.len() as f64),
        (true, Some(false)) => "connected, and it says that it does not touch the skin".into(),
        (true, _) => "connected, and no beat yet".into(),
    }
}

#[cfg(test)]
mod tests {
    use attune_analysis::sample::Timestamp;

    use super::*;

    #[test]
    fn what_is_turned_off_or_not_there_is_said_and_nothing_else_is_opened() {
        let folder = tempfile::tempdir().unwrap();
        let mut config = Config { state: folder.path().into(), ..Config::default() };
        config.iio.root = folder.path().into();
        let others = only(&config, Tryable::Accelerometer);
        assert_eq!((others.camera.device, others.microphone.device), (Choice::Off, Choice::Off));
        assert_eq!((others.bluetooth.device, others.iio.accelerometer), (Choice::Off, Choice::On));
        assert!(matches!(try_out(&config, Tryable::Wearable).unwrap(), Tried::Not(_)), "none is paired");
        assert!(matches!(try_out(&config, Tryable::Accelerometer).unwrap(), Tried::Not(_)), "there is none");
    }

    #[test]
    fn what_was_seen_is_said_in_words() {
        let at = Timestamp(0);
        let chunk = |amplitude: f32| AudioChunk {
            at,
            sample_rate: 16_000,
            samples: vec![amplitude; 32_000],
            clipped: Vec::new(),
        };
        let heard = |amplitude| {
            let mut sound = Sound::new(VoiceAnalyzer::new());
            sound.take(&[chunk(amplitude)]);
            sound.words()
        };
        assert_eq!(heard(0.01), "level -40 dB of full scale, no speech heard");
        assert!(heard(0.0).contains("muted"));
        let (beat, rate) = (HeartSample::Beat { at, rr_millis: 800.0 }, HeartSample::Rate { at, bpm: 85.0 });
        assert_eq!(pulse(&[beat, rate]), "80 beats a minute");
        assert!(pulse(&[HeartSample::Contact { at, touching: false }]).contains("skin"));
        assert!(pulse(&[]).contains("no beat"));
        assert_eq!(movement(&[9.8; 100]), "50 readings a second, it lies still");
        assert!(movement(&[9.0, 11.0, 9.0, 11.0]).contains("moved"));
    }
}
