use attune_analysis::Analyzer;
use attune_analysis::face::FaceAnalyzer;
use attune_analysis::heart::HeartAnalyzer;
use attune_analysis::indicators::{Assessment, Terms, assess};
use attune_analysis::motion::MotionAnalyzer;
use attune_analysis::networks::Networks;
use attune_analysis::sample::{HeartSample, MotionSample, Timestamp};
use attune_analysis::voice::VoiceAnalyzer;
use attune_ground::http::Problem;
use attune_ground::http::json::UnknownFields;
use attune_people::preferences::Preferences;
use attune_protocol::record::Record;
use attune_protocol::registry::Modality;
use attune_protocol::window::{WINDOW_SECONDS, Window};

use super::content::{self, Content};
use super::request::{AnalyzeRequest, Series};
use super::series::Given;
use super::{heart, media, motion};
use crate::pool::Abandoned;
use crate::sessions::SessionKind;
use crate::stats::{Stage, Times};

/// What is to be analysed, and how.
pub(crate) struct Job {
    pub(crate) request: AnalyzeRequest,
    pub(crate) preferences: Preferences,
    pub(crate) networks: Networks,
    pub(crate) unknown: UnknownFields,
    /// When the request came.
    pub(crate) now: jiff::Timestamp,
}

/// What came of it.
pub(crate) struct Analysis {
    /// As the analyzers gave them; the coverage is that of what was sent.
    pub(crate) records: Vec<Record>,
    /// The windows, with their scores.
    pub(crate) windows: Vec<(Window, Assessment)>,
    /// Over all windows.
    pub(crate) whole: Assessment,
    /// When what was sent began.
    pub(crate) begin: Timestamp,
    /// What the records of each modality were derived from.
    pub(crate) contents: Vec<(Modality, Content)>,
    /// Under what they were assessed.
    pub(crate) terms: Terms,
    /// Modalities that were sent, switched off or not.
    pub(crate) sent: Vec<Modality>,
    pub(crate) warnings: Vec<String>,
    pub(crate) times: Times,
}

impl Job {
    /// Decodes and analyses, modality by modality. Stops between windows when nobody waits for the answer.
    ///
    /// # Errors
    /// When something that was sent cannot be analysed.
    pub(crate) fn run(self, abandoned: &Abandoned) -> Result<Analysis, Problem> {
        let Self { request, preferences, networks, unknown, now } = self;
        let mut work = Work {
            abandoned,
            begin: Timestamp(0),
            records: Vec::new(),
            contents: Vec::new(),
            times: Times::default(),
            warnings: request.warnings,
        };
        let wanted = |modality, sent: bool| sent && preferences.allows(modality);
        let sent: Vec<Modality> = [
            (Modality::Face, request.picture.is_some()),
            (Modality::Voice, request.sound.is_some()),
            (Modality::Motion, request.motion.is_some()),
            (Modality::Heart, request.heart.is_some()),
        ]
        .into_iter()
        .filter_map(|(modality, sent)| sent.then_some(modality))
        .collect();

        let sound = request.sound.filter(|_| wanted(Modality::Voice, true));
        let sound = sound.map(|medium| work.times.of(Stage::VoiceDecode, || media::sound(medium))).transpose()?;
        let sound = sound.map(|(sound, content)| {
            work.contents.push((Modality::Voice, content));
            sound
        });
        let motion = request.motion.filter(|_| wanted(Modality::Motion, true));
        let mut warnings = std::mem::take(&mut work.warnings);
        let motion = motion.map(|series: Series| {
            work.times.of(Stage::MotionDecode, || motion::read(&series, Timestamp(0), unknown, &mut warnings))
        });
        let motion = motion.transpose()?;
        let heart = request.heart.filter(|_| wanted(Modality::Heart, true));
        let heart = heart.map(|series: Series| {
            work.times.of(Stage::HeartDecode, || heart::read(&series, Timestamp(0), unknown, &mut warnings))
        });
        let heart = heart.transpose()?;
        work.warnings = warnings;
        work.contents.extend(motion.as_ref().map(|given| (Modality::Motion, content::of_motion(&given.samples))));
        work.contents.extend(heart.as_ref().map(|given| (Modality::Heart, content::of_beats(&given.samples))));

        let longest = [
            request.seconds,
            sound.as_ref().and_then(|sound| sound.seconds()),
            motion.as_ref().and_then(|motion| Some(motion.samples.last()?.at.seconds_since(Timestamp(0)))),
            heart.as_ref().and_then(|heart| Some(heart.samples.last()?.at().seconds_since(Timestamp(0)))),
        ];
        let longest = longest.into_iter().flatten().fold(0.0, f64::max);
        work.begin = begin(request.began, now, longest);

        if let Some(picture) = request.picture.filter(|_| wanted(Modality::Face, true)) {
            work.look()?;
            work.picture(&networks, picture)?;
        }
        if let Some(sound) = sound {
            work.sound(&networks, sound)?;
        }
        if let Some(mut motion) = motion {
            work.look()?;
            motion.samples.iter_mut().for_each(|sample| sample.at = work.shifted(sample.at));
            work.motion(&networks, &motion)?;
        }
        if let Some(mut heart) = heart {
            work.look()?;
            heart.samples.iter_mut().for_each(|sample| *sample = sample.moved(work.begin.0));
            work.heart(&heart.samples)?;
        }
        if let Some(began) = request.began {
            work.contents.iter_mut().for_each(|(_, content)| *content = content::at(*content, began));
        }
        let unwanted = sent.iter().copied().filter(|modality| !preferences.allows(*modality));
        let terms = unwanted.fold(Terms::sent(preferences.tolerance()), Terms::switched_off);
        Ok(work.fuse(terms, sent))
    }
}

/// The first instant: the one that was given; without one, the start of the window from which it lasts until now, so that
/// nothing depends on the second at which somebody asked.
fn begin(began: Option<jiff::Timestamp>, now: jiff::Timestamp, seconds: f64) -> Timestamp {
    Timestamp::from_millis(match began {
        Some(began) => began.as_millisecond(),
        None => Window::containing(now.as_millisecond() - (seconds * 1000.0).ceil() as i64).start_millis(),
    })
}

struct Work<'a> {
    abandoned: &'a Abandoned,
    /// The first instant of everything that was sent.
    begin: Timestamp,
    records: Vec<Record>,
    contents: Vec<(Modality, Content)>,
    times: Times,
    warnings: Vec<String>,
}

impl Work<'_> {
    fn look(&self) -> Result<(), Problem> {
        if self.abandoned.is_so() { Err(Problem::abandoned()) } else { Ok(()) }
    }

    fn shifted(&self, at: Timestamp) -> Timestamp {
        Timestamp(self.begin.0 + at.0)
    }

    fn picture(&mut self, networks: &Networks, medium: super::request::Medium) -> Result<(), Problem> {
        let begin = self.begin;
        let (frame, content) = self.times.of(Stage::FaceDecode, || media::picture(medium, begin))?;
        self.contents.push((Modality::Face, content));
        let record = self.times.of(Stage::Face, || {
            // One picture is all there should be.
            let mut analyzer = FaceAnalyzer::new(networks, 1.0 / f64::from(WINDOW_SECONDS));
            analyzer.push(&[frame]);
            analyzer.finish(begin.window(), None)
        });
        self.records.push(record);
        Ok(())
    }

    fn sound(
        &mut self,
        networks: &Networks,
        mut sound: attune_analysis::decode::audio::AudioReader,
    ) -> Result<(), Problem> {
        let said = sound.seconds();
        let mut analyzer = VoiceAnalyzer::with_networks(networks);
        let (mut window, mut end) = (self.begin.window(), self.begin);
        loop {
            self.look()?;
            let begin = self.begin;
            let chunk = self.times.of(Stage::VoiceDecode, || sound.next_chunk(begin));
            let Some(chunk) = chunk.map_err(|error| media::refused("audio_data", &error))? else { break };
            end = chunk.at.plus_seconds(chunk.samples.len() as f64 / f64::from(chunk.sample_rate));
            self.times.of(Stage::Voice, || analyzer.push(&[chunk]));
            while window_end(window) <= end {
                self.close(Stage::Voice, &mut analyzer, window, end, frames_of_sound);
                window = window.next();
            }
        }
        let seconds = end.seconds_since(self.begin);
        if seconds == 0.0 {
            return Err(Problem::unprocessable("audio_data", "audio_data holds no samples"));
        }
        if let Some(said) = said.filter(|said| seconds < said * WHOLE) {
            let detail = format!("audio_data breaks off: its header says {said:.1} s and it holds {seconds:.1} s");
            return Err(Problem::unprocessable("audio_data", detail));
        }
        if window_start(window) < end {
            self.close(Stage::Voice, &mut analyzer, window, end, frames_of_sound);
        }
        Ok(())
    }

    fn motion(&mut self, networks: &Networks, given: &Given<MotionSample>) -> Result<(), Problem> {
        let samples = &given.samples;
        let end = samples.last().map_or(self.begin, |last| last.at);
        let seconds = end.seconds_since(self.begin);
        let mean = if seconds > 0.0 { (samples.len() - 1) as f64 / seconds } else { 1.0 };
        let mut analyzer = MotionAnalyzer::new(networks, given.rate.unwrap_or(mean));
        for (window, of_window) in self.windows(samples, |sample| sample.at) {
            self.look()?;
            self.times.of(Stage::Motion, || analyzer.push(of_window));
            let there = of_window.len() as f64;
            // Of a table it is known how many rows there should be; of a list, only where it has none.
            let expected = |from: f64, to: f64| match given.rate {
                Some(rate) => rate * (to - from),
                None if there > 0.0 => there,
                None => mean * (to - from),
            };
            self.close(Stage::Motion, &mut analyzer, window, end, expected);
        }
        Ok(())
    }

    fn heart(&mut self, beats: &[HeartSample]) -> Result<(), Problem> {
        let end = beats.last().map_or(self.begin, |last| last.at());
        let mut analyzer = HeartAnalyzer::new();
        for (window, of_window) in self.windows(beats, HeartSample::at) {
            self.look()?;
            self.times.of(Stage::Heart, || analyzer.push(of_window));
            self.close(Stage::Heart, &mut analyzer, window, end, |start, end| (end - start) * 1000.0);
        }
        Ok(())
    }

    /// Every window from the first to that of the last sample, with its samples: one without any lacks what was left out.
    fn windows<'s, S>(&self, samples: &'s [S], at: impl Fn(&S) -> Timestamp) -> Vec<(Window, &'s [S])> {
        let mut windows = Vec::new();
        let (mut window, mut rest) = (self.begin.window(), samples);
        while !rest.is_empty() {
            let (of_window, later) = rest.split_at(rest.partition_point(|sample| at(sample).window() <= window));
            windows.push((window, of_window));
            (window, rest) = (window.next(), later);
        }
        windows
    }

    /// Closes a window, with the coverage of what was sent for it: `expected` tells how much that is from the seconds
    /// since the first sample at which the window, or what was sent of it, begins and ends.
    fn close<A: Analyzer>(
        &mut self,
        stage: Stage,
        analyzer: &mut A,
        window: Window,
        end: Timestamp,
        expected: impl Fn(f64, f64) -> f64,
    ) {
        let mut record = self.times.of(stage, || analyzer.finish(window, None));
        let from = window_start(window).max(self.begin).seconds_since(self.begin);
        let to = window_end(window).min(end).seconds_since(self.begin);
        record.coverage.expected = (expected(from, to).round() as u32).max(1);
        record.coverage.received = record.coverage.received.min(record.coverage.expected);
        self.records.push(record);
    }

    fn fuse(mut self, terms: Terms, sent: Vec<Modality>) -> Analysis {
        self.records.sort_by_key(|record| (record.window, record.modality()));
        let records = &self.records;
        let (windows, whole) = self.times.of(Stage::Fusion, || {
            let windows: Vec<(Window, Assessment)> = records
                .chunk_by(|a, b| a.window == b.window)
                .map(|of_window| (of_window[0].window, assess(&as_stored(of_window), terms)))
                .collect();
            let assessments: Vec<Assessment> = windows.iter().map(|(_, assessment)| assessment.clone()).collect();
            // Of what was all switched off there is no window, but a reason.
            let whole = match assessments.as_slice() {
                [] => assess(&[], terms),
                assessments => SessionKind::Analysis.summarize(assessments),
            };
            (windows, whole)
        });
        let Self { begin, records, contents, warnings, times, .. } = self;
        Analysis { records, windows, whole, begin, contents, terms, sent, warnings, times }
    }
}

/// Records as they come out of the store again, in 16 bits a value: the answer and the session say the same.
fn as_stored(records: &[Record]) -> Vec<Record> {
    let read = |record: &Record| Record::decode(&record.encode()).expect("what was just written reads");
    records.iter().map(read).collect()
}

/// Share of the length that a header states from which a sound counts as whole: encoders pad.
const WHOLE: f64 = 0.95;

/// The voice analyzer counts frames of 10 ms.
fn frames_of_sound(from: f64, to: f64) -> f64 {
    (to - from) * 100.0
}

fn window_start(window: Window) -> Timestamp {
    Timestamp::from_millis(window.start_millis())
}

fn window_end(window: Window) -> Timestamp {
    Timestamp::from_millis(window.end_millis())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_sent_begins_when_it_began_and_without_an_instant_ends_about_now() {
        let now = jiff::Timestamp::constant(1_700_000_007, 0);
        assert_eq!(begin(None, now, 0.0).millis(), 1_700_000_000_000);
        assert_eq!(begin(None, now, 12.5).millis(), 1_699_999_990_000);
        assert_eq!(begin(Some(now), now, 12.5).millis(), 1_700_000_007_000);
    }
}
