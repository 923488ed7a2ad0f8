//! The time line of a run: where each recording begins, and when everything ends.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use attune_analysis::sample::{AudioChunk, Frame, HeartSample, MotionSample, Timestamp};
use attune_analysis::tables::LATEST;
use attune_analysis::wearables::{Problem, Wearable};
use attune_protocol::registry::Modality;
use attune_protocol::window::WINDOW_MILLIS;

use super::recording::Sources;
use crate::config::{self, PlayConfig, Speed, Start};
use crate::sensors::{self, Clip, Span};
use crate::stop::Stop;
use crate::{AgentError, given};

/// A recording and where it is laid.
pub struct Track<S> {
    /// The recording.
    pub clip: Clip<S>,
    /// Where and how it is laid.
    pub span: Span,
}

/// Every recording of a run, laid on the time line.
pub struct Schedule {
    /// The first instant of all.
    pub start: Timestamp,
    /// Pictures.
    pub face: Option<Track<Frame>>,
    /// Sound.
    pub voice: Option<Track<AudioChunk>>,
    /// Inertial samples.
    pub motion: Option<Track<MotionSample>>,
    /// Beats.
    pub heart: Option<Track<HeartSample>>,
}

/// Opened recordings that are not laid on a time line yet.
struct Clips {
    face: Option<Clip<Frame>>,
    voice: Option<Clip<AudioChunk>>,
    motion: Option<Clip<MotionSample>>,
    heart: Option<Clip<HeartSample>>,
}

/// How one modality is played.
#[derive(Clone, Copy)]
struct Play {
    modality: Modality,
    skip: i64,
    looped: bool,
}

/// What of a clip does not depend on its samples.
#[derive(Clone, Copy)]
struct Outline {
    play: Play,
    length: i64,
    origin: Option<Timestamp>,
}

impl Schedule {
    /// Opens the recordings and lays them. `remembered` is where an earlier run of the same recordings began.
    ///
    /// # Errors
    /// When a recording cannot be played, nothing of it is left to be played, or its place cannot be told.
    pub fn new(
        sources: &Sources,
        play: &PlayConfig,
        now: Timestamp,
        remembered: Option<Timestamp>,
        stop: &Stop,
    ) -> Result<Self, AgentError> {
        let clips = Clips::open(sources, play, stop)?;
        let plays = plays(play)?;
        let outlines = clips.outlines(&plays);
        outlines.iter().try_for_each(Outline::check)?;
        let mut start = config::start(play)?;
        if let (Some(remembered), Start::Now) = (remembered, start) {
            start = Start::At(remembered);
        }
        let by_file = start == Start::File;
        let length = length(&outlines, play.duration);
        let start = match start {
            Start::At(instant) => instant,
            Start::Now => ending_now(length, play.speed, now),
            Start::File => first_origin(&outlines)?,
        };
        let begins =
            |outline: &Outline| outline.origin.filter(|_| by_file).map_or(start, |at| at.plus(outline.play.skip));
        // Recordings that keep their own times may begin one behind the other.
        let once = outlines.iter().filter(|outline| !outline.play.looped);
        let last = once.map(|outline| begins(outline).plus(outline.rest())).max();
        let end = play.duration.map(|seconds| start.plus_seconds(seconds)).or(last).unwrap_or(LATEST).min(LATEST);
        let late = |outline: &&Outline| begins(outline) >= end;
        if let Some(Outline { play, .. }) = outlines.iter().find(late) {
            let problem = format!("the {} recording would begin when everything has ended", play.modality);
            return Err(AgentError::Config(format!("play.start, play.duration: {problem}")));
        }
        let span = |outline: Outline| {
            let begins = begins(&outline);
            let end = if outline.play.looped { end } else { begins.plus(outline.rest()).min(end) };
            Span { start: begins, skip: outline.play.skip, looped: outline.play.looped, end }
        };
        Ok(Self {
            start,
            face: track(clips.face, plays[0], span),
            voice: track(clips.voice, plays[1], span),
            motion: track(clips.motion, plays[2], span),
            heart: track(clips.heart, plays[3], span),
        })
    }

    /// The span of a modality, if it is sensed.
    #[must_use]
    pub fn span(&self, modality: Modality) -> Option<Span> {
        match modality {
            Modality::Face => self.face.as_ref().map(|t| t.span),
            Modality::Voice => self.voice.as_ref().map(|t| t.span),
            Modality::Motion => self.motion.as_ref().map(|t| t.span),
            Modality::Heart => self.heart.as_ref().map(|t| t.span),
            Modality::CheckIn | Modality::Text => None,
        }
    }
}

impl Outline {
    /// Microseconds of it that are played.
    fn rest(&self) -> i64 {
        self.length.saturating_sub(self.play.skip)
    }

    fn check(&self) -> Result<(), AgentError> {
        let Play { modality, skip, .. } = self.play;
        let seconds = |micros: i64| micros as f64 / 1e6;
        let problem = match self.length {
            ..=0 => format!("the {modality} recording is empty"),
            length if length <= skip => {
                let (skip, length) = (seconds(skip), seconds(length));
                format!("play.skip: the {modality} recording has {length} s, of which {skip} s cannot be left out")
            }
            _ => return Ok(()),
        };
        Err(AgentError::Config(problem))
    }
}

fn track<S>(clip: Option<Clip<S>>, play: Play, span: impl Fn(Outline) -> Span) -> Option<Track<S>> {
    clip.map(|clip| Track { span: span(outline(&clip, play)), clip })
}

fn outline<S>(clip: &Clip<S>, play: Play) -> Outline {
    Outline { play, length: clip.length, origin: clip.origin }
}

impl Clips {
    fn open(sources: &Sources, play: &PlayConfig, stop: &Stop) -> Result<Self, AgentError> {
        let wearable = play.wearable.as_deref().map(described).transpose()?;
        let wearable = wearable.as_ref();
        let (face, voice) = (sources.face.as_ref(), sources.voice.as_ref());
        Ok(Self {
            face: face.map(|(path, fps)| sensors::face_clip(path, *fps, stop)).transpose()?,
            voice: voice.map(|path| sensors::voice_clip(path, stop)).transpose()?,
            motion: sources.motion.as_ref().map(|path| sensors::motion_clip(path, wearable, stop)).transpose()?,
            heart: sources.heart.as_ref().map(|path| sensors::heart_clip(path, wearable, stop)).transpose()?,
        })
    }

    fn outlines(&self, plays: &[Play; 4]) -> Vec<Outline> {
        let all = [
            self.face.as_ref().map(|clip| outline(clip, plays[0])),
            self.voice.as_ref().map(|clip| outline(clip, plays[1])),
            self.motion.as_ref().map(|clip| outline(clip, plays[2])),
            self.heart.as_ref().map(|clip| outline(clip, plays[3])),
        ];
        all.into_iter().flatten().collect()
    }
}

fn described(path: &Path) -> Result<Arc<Wearable>, AgentError> {
    let text = given::text(path).map_err(|e| AgentError::file("read", path, e))?;
    let wrong = |problem: Problem| AgentError::Content { path: path.to_owned(), problem: problem.to_string() };
    Wearable::parse(&text).map(Arc::new).map_err(wrong)
}

fn plays(play: &PlayConfig) -> Result<[Play; 4], AgentError> {
    let skips = play.skip.iter().map(|text| config::skip(text)).collect::<Result<BTreeMap<_, _>, _>>()?;
    let of = |modality: Modality| Play {
        modality,
        skip: skips.get(&modality).map_or(0, |seconds| (seconds * 1e6).round() as i64),
        looped: play.looped.iter().any(|name| name == modality.name()),
    };
    Ok(Modality::SENSED.map(of))
}

/// Microseconds from the start to the end of all; `None` when everything is looped without an end.
fn length(outlines: &[Outline], duration: Option<f64>) -> Option<i64> {
    let stated = duration.map(|seconds| (seconds * 1e6).round() as i64);
    let once = outlines.iter().filter(|o| !o.play.looped);
    let longest = once.map(Outline::rest).max();
    stated.or(longest)
}

/// The beginning of a window, such that a time line of this length ends about when the run does.
fn ending_now(length: Option<i64>, speed: Speed, now: Timestamp) -> Timestamp {
    let ahead = match speed {
        Speed::Max => 1.0,
        Speed::Times(times) => (1.0 - 1.0 / times).max(0.0),
    };
    let millis = now.millis() - (length.unwrap_or(0) as f64 * ahead / 1000.0) as i64;
    let millis = millis.clamp(0, LATEST.millis() - WINDOW_MILLIS);
    Timestamp::from_millis(millis.div_euclid(WINDOW_MILLIS) * WINDOW_MILLIS)
}

fn first_origin(outlines: &[Outline]) -> Result<Timestamp, AgentError> {
    let mut first = Timestamp(i64::MAX);
    for outline in outlines {
        let modality = outline.play.modality;
        let origin = outline.origin.ok_or_else(|| {
            AgentError::Config(format!("play.start: the {modality} recording does not say when it was made"))
        })?;
        first = first.min(origin.plus(outline.play.skip));
    }
    Ok(first)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    const NOW: Timestamp = Timestamp(1_700_000_123_456_789);

    fn schedule(change: impl Fn(&mut PlayConfig)) -> Result<Schedule, AgentError> {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str, text: String| {
            let path = folder.path().join(name);
            std::fs::write(&path, text).unwrap();
            Some(path)
        };
        let mut play = Config::default().play;
        let rows: String = (0..=300).map(|n| format!("{},0,0,9.8\n", n * 100)).collect();
        play.motion = file("motion.csv", format!("time_ms,ax,ay,az\n{rows}"));
        play.heart = file("IBI.csv", "1644227574.0, IBI\n1.0,1.0\n2.0,1.0\n20.0,1.0\n".into());
        change(&mut play);
        Schedule::new(&Sources::of(&play).unwrap(), &play, NOW, None, &Stop::default())
    }

    fn seconds(span: Span) -> (f64, f64) {
        let epoch = Timestamp(1_700_000_120_000_000);
        (span.start.seconds_since(epoch), span.end.seconds_since(epoch))
    }

    #[test]
    fn at_the_clock_s_speed_recordings_begin_with_the_window_it_is_and_end_by_themselves() {
        let schedule = schedule(|_| {}).unwrap();
        assert_eq!(seconds(schedule.span(Modality::Motion).unwrap()), (0.0, 30.1));
        assert_eq!(seconds(schedule.span(Modality::Heart).unwrap()), (0.0, 20.000_001));
        assert!(schedule.span(Modality::Face).is_none());
    }

    #[test]
    fn at_full_speed_they_end_about_now_and_loops_end_with_the_longest_other() {
        let schedule = schedule(|play| {
            play.speed = Speed::Max;
            play.looped = vec!["heart".into()];
            play.skip = vec!["motion=10".into()];
        });
        let schedule = schedule.unwrap();
        assert_eq!(seconds(schedule.span(Modality::Heart).unwrap()), (-20.0, 0.1));
        assert_eq!(seconds(schedule.span(Modality::Motion).unwrap()), (-20.0, 0.1));
    }

    #[test]
    fn a_duration_ends_loops_and_recordings_alike() {
        let schedule = schedule(|play| {
            play.duration = Some(25.0);
            play.looped = vec!["heart".into()];
        });
        let schedule = schedule.unwrap();
        assert_eq!(seconds(schedule.span(Modality::Heart).unwrap()).1, 25.0);
        assert_eq!(seconds(schedule.span(Modality::Motion).unwrap()).1, 25.0);
    }

    #[test]
    fn everything_looped_without_a_duration_never_ends() {
        let schedule = schedule(|play| play.looped = vec!["heart".into(), "motion".into()]).unwrap();
        assert_eq!(schedule.span(Modality::Heart).unwrap().end, LATEST);
    }

    #[test]
    fn files_can_keep_their_own_times_if_all_of_them_have_some() {
        let error = schedule(|play| play.start = Some("file".into())).err().unwrap().to_string();
        assert!(error.contains("motion"), "{error}");
        let schedule = schedule(|play| {
            play.start = Some("file".into());
            play.motion = None;
            play.skip = vec!["heart=2".into()];
        });
        assert_eq!(schedule.unwrap().span(Modality::Heart).unwrap().start, Timestamp(1_644_227_576_000_000));
    }

    #[test]
    fn recordings_that_keep_their_own_times_are_played_whole_however_late_they_begin() {
        let an_hour_later = |play: &mut PlayConfig| {
            play.start = Some("file".into());
            let text = (0..=300).map(|n| format!("{},0,0,9.8\n", 1_644_231_175_000_i64 + n * 100)).collect::<String>();
            std::fs::write(play.motion.as_ref().unwrap(), format!("time_ms,ax,ay,az\n{text}")).unwrap();
        };
        let schedule = schedule(an_hour_later).unwrap();
        let (heart, motion) = (schedule.span(Modality::Heart).unwrap(), schedule.span(Modality::Motion).unwrap());
        assert_eq!((heart.start.millis(), heart.end.millis()), (1_644_227_574_000, 1_644_227_594_000));
        assert_eq!((motion.start.millis(), motion.end.millis()), (1_644_231_175_000, 1_644_231_205_100));
    }

    #[test]
    fn what_would_begin_behind_the_end_of_all_is_refused_and_not_dropped() {
        let error = schedule(|play| {
            play.start = Some("file".into());
            play.duration = Some(60.0);
            let text = "time_s,ax,ay,az\n1644231175,0,0,9.8\n1644231175.02,0,0,9.8\n";
            std::fs::write(play.motion.as_ref().unwrap(), text).unwrap();
        });
        let error = error.err().unwrap().to_string();
        assert!(error.contains("motion") && error.contains("duration"), "{error}");
    }

    #[test]
    fn a_skip_past_the_end_is_refused_also_where_the_recording_loops() {
        for looped in [false, true] {
            let error = schedule(|play| {
                play.skip = vec!["motion=31".into()];
                play.looped = looped.then(|| "motion".to_owned()).into_iter().collect();
            });
            let error = error.err().unwrap().to_string();
            assert!(error.contains("play.skip") && error.contains("30.1 s"), "{error}");
        }
    }
}
