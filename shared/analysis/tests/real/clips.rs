//! Clips and pictures as the analyzers take them: decoded by ffmpeg, laid on the time line.

use std::io::Read as _;
use std::ops::Range;
use std::path::Path;
use std::process::{Command, Stdio};

use attune_analysis::Analyzer as _;
use attune_analysis::face::FaceAnalyzer;
use attune_analysis::sample::{Frame, Timestamp};
use attune_protocol::record::Record;
use attune_protocol::window::Window;
use image::{RgbImage, imageops};

pub(super) const WINDOW: Window = Window(170_000_000);

/// Frames of a clip, evenly spaced.
pub(super) struct Clip {
    pub(super) frames: Vec<RgbImage>,
    /// Frames a second.
    pub(super) rate: f64,
}

impl Clip {
    /// A clip of the folder `video` at `rate` frames a second; `None`, and said why, without the folder or ffmpeg.
    pub(super) fn read(name: &str, rate: f64) -> Option<Self> {
        let frames = frames(&super::data()?.join("video").join(name), rate);
        if frames.is_none() {
            eprintln!("left out: ffmpeg is not installed");
        }
        Some(Self { frames: frames?, rate })
    }

    /// The last record of so many windows through which the clip is played to and fro.
    pub(super) fn played(&self, windows: u32) -> Record {
        let mut analyzer = FaceAnalyzer::new(&super::networks(), self.rate);
        let to_and_fro = to_and_fro(self.frames.len());
        let start = Timestamp::from_millis(WINDOW.start_millis());
        let mut frames = to_and_fro.enumerate().map(|(i, place)| (start.plus_seconds(i as f64 / self.rate), place));
        let mut record = None;
        for window in (0..windows).map(|i| Window(WINDOW.0 + i)) {
            let end = Timestamp::from_millis(window.end_millis());
            // Time goes on by the frame, so that none is taken and left.
            let ours = (self.rate * 10.0).round() as usize;
            for (at, place) in frames.by_ref().take(ours) {
                assert!(at < end);
                analyzer.push(&[Frame { at, image: self.frames[place].clone() }]);
            }
            record = Some(analyzer.finish(window, None));
        }
        record.unwrap()
    }

    /// The record of the frames from `start` to `end` seconds alone.
    pub(super) fn part(&self, start: f64, end: f64) -> Record {
        self.record(self.places(start, end))
    }

    /// The record of those frames shown to and fro for so many seconds.
    pub(super) fn held(&self, start: f64, end: f64, seconds: f64) -> Record {
        let places = self.places(start, end);
        let shown = (seconds * self.rate) as usize;
        self.record(to_and_fro(places.len()).map(|i| places.start + i).take(shown))
    }

    fn places(&self, start: f64, end: f64) -> Range<usize> {
        (start * self.rate) as usize..((end * self.rate) as usize).min(self.frames.len())
    }

    fn record(&self, places: impl Iterator<Item = usize>) -> Record {
        let mut analyzer = FaceAnalyzer::new(&super::networks(), self.rate);
        for (i, place) in places.enumerate() {
            let at = Timestamp::from_millis(WINDOW.start_millis()).plus_seconds(i as f64 / self.rate);
            analyzer.push(&[Frame { at, image: self.frames[place].clone() }]);
        }
        analyzer.finish(WINDOW, None)
    }

    pub(super) fn mirrored(&self) -> Self {
        Self { frames: self.frames.iter().map(imageops::flip_horizontal).collect(), rate: self.rate }
    }
}

/// Places of so many frames shown forth and back again, without an end.
fn to_and_fro(count: usize) -> impl Iterator<Item = usize> {
    let turn = (2 * count - 2).max(1);
    (0..).map(move |i| i % turn).map(move |i| if i < count { i } else { turn - i })
}

fn frames(path: &Path, rate: f64) -> Option<Vec<RgbImage>> {
    let size = Command::new("ffprobe")
        .args(["-v", "error", "-select_streams", "v:0", "-show_entries", "stream=width,height", "-of", "csv=p=0"])
        .arg(path)
        .output()
        .ok()?;
    let size = String::from_utf8(size.stdout).unwrap();
    let (width, height) = size.trim().trim_end_matches(',').split_once(',').unwrap();
    let (width, height): (u32, u32) = (width.parse().unwrap(), height.parse().unwrap());
    let mut child = Command::new("ffmpeg")
        .args(["-v", "error", "-i"])
        .arg(path)
        .args(["-r", &rate.to_string(), "-f", "rawvideo", "-pix_fmt", "rgb24", "-"])
        .stdout(Stdio::piped())
        .spawn()
        .ok()?;
    let mut stream = child.stdout.take().unwrap();
    let mut frames = Vec::new();
    loop {
        let mut image = RgbImage::new(width, height);
        if stream.read_exact(&mut image).is_err() {
            break;
        }
        frames.push(image);
    }
    child.wait().unwrap();
    Some(frames)
}
