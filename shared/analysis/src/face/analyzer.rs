use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use attune_protocol::features::Features;
use attune_protocol::record::{Gap, Record};
use attune_protocol::registry::face as ordinals;
use attune_protocol::window::{WINDOW_SECONDS, Window};
use image::RgbImage;

use super::BoundingBox;
use super::close_look::{ExpressionReader, PictureQuality};
use super::detection::Detection;
use super::detector::Detector;
use super::eyes::EyeHistory;
use super::landmarks::{LandmarkReader, Landmarks};
use super::person::{Choice, Person, choose};
use super::pose::HeadPose;
use super::pulse::{PulseHistory, skin_colour};
use super::resize::Resizer;
use super::tracker::Tracker;
use super::turn::Stand;
use super::window::{Seen, SeenFace, Shape, is_upright, seconds, speed, summarise};
use crate::Analyzer;
use crate::coverage::TrailingCoverage;
use crate::networks::Networks;
use crate::sample::{Frame, Timestamp};

/// Seconds from one detection to the next while the face is followed.
const DETECT_SECONDS: f64 = 1.0;
/// Seconds from one detection to the next while there is no face, or its points do not look like one.
const SEARCH_SECONDS: f64 = 0.5;
/// Seconds from one close look to the next: every fifth frame at ten a second.
const CLOSE_LOOK_SECONDS: f64 = 0.45;
/// After a longer pause the face may be anywhere.
const MAX_FOLLOW_SECONDS: f64 = 1.0;
/// Frames that wait for their window; beyond, the oldest are dropped.
const MAX_WAITING: usize = 20_000;
/// A frame further ahead of the window that is closed has a false time stamp.
const MAX_AHEAD_SECONDS: f64 = 15.0 * 60.0;
/// Time stamps of frames are off by this, seconds.
const SLACK: f64 = 0.05;

/// The face before a camera: one person, of several faces the one that is clearly the largest. Who goes is waited for
/// (`person.rs`), whoever else is there meanwhile; who comes then is somebody else, and nothing of the one before is reckoned
/// with.
///
/// Coverage is counted in frames at the nominal rate; only frames with a face count as received. Without a detector
/// nothing is seen; without a network for expression or landmarks, what they tell stays absent.
pub struct FaceAnalyzer {
    nominal_fps: f64,
    detector: Option<Detector>,
    expression: Option<ExpressionReader>,
    /// Whether expressions are not read for now.
    expression_rests: Arc<AtomicBool>,
    landmarks: Option<LandmarkReader>,
    resizer: Resizer,
    latest: Option<Timestamp>,
    /// When no face was found, if there has been none since.
    last_search: Option<Timestamp>,
    followed: Option<Followed>,
    /// Who was followed last, and how the face looked then.
    person: Option<Person>,
    left: Option<Tracker>,
    /// Whose eyes and pulse the histories hold.
    history_of: Option<u32>,
    frames: VecDeque<Seen>,
    eyes: EyeHistory,
    pulse: PulseHistory,
    trailing: TrailingCoverage,
}

/// The face as it was in the frame before.
struct Followed {
    tracker: Tracker,
    detection: Detection,
    centre: (f64, f64),
    /// The face's points, where they look like one.
    landmarks: Option<Landmarks>,
    /// Box and points of the last detection, from which points lead to the box.
    anchor: Option<(BoundingBox, Landmarks)>,
    last_detection: Timestamp,
    last_look: Option<Timestamp>,
    stand: Stand,
}

impl FaceAnalyzer {
    /// For a camera that should give `nominal_fps` frames a second.
    #[must_use]
    pub fn new(networks: &Networks, nominal_fps: f64) -> Self {
        Self {
            nominal_fps,
            detector: Detector::new(networks),
            expression: ExpressionReader::new(networks),
            expression_rests: Arc::default(),
            landmarks: LandmarkReader::new(networks),
            resizer: Resizer::default(),
            latest: None,
            last_search: None,
            followed: None,
            person: None,
            left: None,
            history_of: None,
            frames: VecDeque::new(),
            eyes: EyeHistory::default(),
            pulse: PulseHistory::default(),
            trailing: TrailingCoverage::default(),
        }
    }

    /// Lets expressions rest, to spare the processor, whenever `rests` says so: what they tell is absent then.
    #[must_use]
    pub fn resting_by(self, rests: Arc<AtomicBool>) -> Self {
        Self { expression_rests: rests, ..self }
    }

    fn look_at(&mut self, frame: &Frame) {
        let before = self.latest.replace(frame.at);
        let since = |then: Option<Timestamp>| then.map_or(f64::INFINITY, |then| frame.at.seconds_since(then));
        let since_before = since(before);
        if since_before > MAX_FOLLOW_SECONDS {
            self.lose();
        }
        let mut moved = None;
        if let Some(followed) = &mut self.followed {
            match followed.tracker.follow(&frame.image, &mut self.resizer, followed.landmarks.is_some()) {
                Some(bounds) => {
                    moved = speed(followed.centre, bounds.centre(), bounds.side(), since_before);
                    followed.centre = bounds.centre();
                    followed.detection.bounds = bounds;
                }
                None => self.lose(),
            }
        }
        let misses_points = |followed: &Followed| followed.landmarks.is_none() && self.landmarks.is_some();
        let due = match &self.followed {
            Some(followed) => {
                let wait = if misses_points(followed) { SEARCH_SECONDS } else { DETECT_SECONDS };
                since(Some(followed.last_detection)) >= wait
            }
            None => since(self.last_search) >= SEARCH_SECONDS,
        };
        let mut roll = None;
        let mut empty_frame = None;
        let mut unclear = false;
        if due {
            let Some(choice) = self.detect(frame) else { return };
            unclear = choice == Choice::Unclear;
            match choice {
                Choice::Person(detection) | Choice::Newcomer(detection) => {
                    roll = detection.roll();
                    if matches!(choice, Choice::Newcomer(_)) {
                        self.welcome(frame.at, &detection);
                    }
                    self.followed = self.follow_anew(frame, detection);
                    if let (Some(followed), Some(detector)) = (&mut self.followed, &mut self.detector) {
                        let picture = (&frame.image, frame.at);
                        followed.stand.look(detector, picture, &detection.bounds, &mut self.resizer);
                    }
                }
                Choice::Nobody | Choice::Unclear => self.lose(),
            }
            self.last_search = self.followed.is_none().then_some(frame.at);
            if self.followed.is_none() {
                empty_frame = Some(PictureQuality::of_frame(&frame.image));
            }
        }
        let before = self.followed.as_mut().and_then(|followed| followed.landmarks.take());
        let pose = self.find_points(&frame.image, due);
        if let Some(followed) = &self.followed
            && let (Some(before), Some(now)) = (before, &followed.landmarks)
        {
            moved = speed(before.centre(), now.centre(), followed.detection.bounds.side(), since_before);
        }
        let face = self.describe(frame, moved, roll, pose);
        if let (Some(person), Some(followed)) = (&mut self.person, &self.followed) {
            (person.followed, person.seen) = (followed.detection.bounds, frame.at);
            if followed.last_detection == frame.at {
                person.detected = followed.detection.bounds;
            }
        }
        let person = self.person.map_or(0, |person| person.number);
        self.frames.push_back(Seen { at: frame.at, empty_frame, face, person, unclear });
        if self.frames.len() > MAX_WAITING {
            self.frames.pop_front();
        }
    }

    /// The points of the followed face, and from them its pose and, between detections, its box.
    fn find_points(&mut self, image: &RgbImage, detected: bool) -> Option<HeadPose> {
        let followed = self.followed.as_mut()?;
        let bounds = followed.detection.bounds;
        // A network that fails leaves the points of this frame absent.
        let landmarks = self.landmarks.as_mut()?.read(image, &bounds, &mut self.resizer).ok()??;
        let pose = HeadPose::of(&landmarks, image.dimensions())?;
        if detected || followed.anchor.is_none() {
            followed.anchor = Some((bounds, landmarks.clone()));
        } else if let Some((bounds, then)) = &followed.anchor {
            let bounds = bounds.with_points(then, &landmarks);
            followed.tracker.place(bounds);
            followed.detection.bounds = bounds;
            followed.centre = bounds.centre();
        }
        followed.landmarks = Some(landmarks);
        Some(pose)
    }

    /// The face to follow from now on; `None` when the detector cannot say.
    fn detect(&mut self, frame: &Frame) -> Option<Choice> {
        let found = self.detector.as_mut()?.find(&frame.image, &mut self.resizer).ok()?;
        let known = self.followed.as_ref().map(|followed| followed.detection.bounds);
        let looks = self.followed.as_mut().map(|followed| &mut followed.tracker).or(self.left.as_mut());
        let alike: Vec<f64> = match looks {
            Some(looks) => found.iter().map(|d| looks.resembles(&frame.image, &d.bounds, &mut self.resizer)).collect(),
            None => Vec::new(),
        };
        let resembles = |bounds: &BoundingBox| {
            let place = found.iter().position(|d| d.bounds == *bounds);
            place.and_then(|place| alike.get(place)).copied().unwrap_or(0.0)
        };
        Some(choose(&found, known.as_ref(), self.person.as_ref(), frame.at, resembles))
    }

    /// The face is not followed any more; how it looked is kept to know it again.
    fn lose(&mut self) {
        if let Some(followed) = self.followed.take() {
            self.left = Some(followed.tracker);
        }
    }

    /// Somebody came whom nobody waited for.
    fn welcome(&mut self, at: Timestamp, detection: &Detection) {
        self.lose();
        self.left = None;
        let number = self.person.map_or(0, |before| before.number.wrapping_add(1));
        self.person = Some(Person { number, detected: detection.bounds, followed: detection.bounds, seen: at });
    }

    fn follow_anew(&mut self, frame: &Frame, detection: Detection) -> Option<Followed> {
        let tracker = Tracker::start(&frame.image, detection.bounds, &mut self.resizer)?;
        let centre = detection.bounds.centre();
        let (mut last_look, mut landmarks, mut stand) = (None, None, Stand::default());
        if let Some(before) = self.followed.take() {
            (last_look, landmarks, stand) = (before.last_look, before.landmarks, before.stand);
        }
        Some(Followed {
            tracker,
            detection,
            centre,
            landmarks,
            anchor: None,
            last_detection: frame.at,
            last_look,
            stand,
        })
    }

    fn describe(
        &mut self,
        frame: &Frame,
        moved: Option<f64>,
        roll: Option<f64>,
        pose: Option<HeadPose>,
    ) -> Option<SeenFace> {
        let followed = self.followed.as_mut()?;
        let bounds = followed.detection.bounds;
        let (width, height) = (f64::from(frame.image.width()), f64::from(frame.image.height()));
        let (x, y) = bounds.centre();
        let landmarks = followed.landmarks.as_ref();
        let mut seen = SeenFace {
            score: followed.detection.score,
            side: bounds.side(),
            size: bounds.height / height,
            centre: (x / width, y / height),
            speed: moved,
            roll: landmarks.and_then(Landmarks::roll).or(roll),
            shape: pose.zip(landmarks).map(|(pose, landmarks)| Shape::of(landmarks, pose)),
            skin: landmarks.and_then(|landmarks| skin_colour(&frame.image, landmarks)),
            quality: None,
            expression: None,
        };
        let turned = followed.stand.is_turned();
        if turned || !is_upright([seen.roll, followed.detection.roll()]) {
            // What the networks say of it is not to be trusted; that it is there is.
            (seen.shape, seen.skin) = (None, None);
            seen.roll = seen.roll.filter(|_| !turned);
        } else if followed.last_look.is_none_or(|then| frame.at.seconds_since(then) >= CLOSE_LOOK_SECONDS) {
            followed.last_look = Some(frame.at);
            seen.quality = Some(PictureQuality::of_face(&frame.image, &bounds, &mut self.resizer));
            let reader = self.expression.as_mut().filter(|_| !self.expression_rests.load(Ordering::Relaxed));
            // A network that fails leaves the expression of this frame absent.
            seen.expression = reader.and_then(|reader| reader.read(&frame.image, &bounds, &mut self.resizer).ok()?);
        }
        Some(seen)
    }

    fn forget_frames(&mut self) {
        self.latest = None;
        self.last_search = None;
        self.followed = None;
        self.person = None;
        self.left = None;
        self.history_of = None;
        self.frames.clear();
        self.eyes.clear();
        self.pulse.clear();
    }

    /// What shows only over more than one window.
    fn add_trailing(&mut self, features: &mut Features, frames: &[Seen], end: Timestamp) {
        for frame in frames {
            let face = frame.face.as_ref();
            if face.is_some() && self.history_of.replace(frame.person).is_some_and(|before| before != frame.person) {
                self.eyes.clear();
                self.pulse.clear();
            }
            self.eyes.push(frame.at, face.and_then(|face| face.shape.as_ref()?.eyes_closed));
            if let Some(colour) = face.and_then(|face| face.skin) {
                self.pulse.push(frame.at, colour);
            }
        }
        self.eyes.keep_span(end);
        self.pulse.keep_span(end);
        features.set(ordinals::BLINK_RATE, self.eyes.blink_rate());
        features.set(ordinals::PERCLOS, self.eyes.closed_share());
        let pulse = self.pulse.pulse();
        features.set(ordinals::PULSE_RATE, pulse.and_then(|pulse| pulse.rate));
        features.set(ordinals::PULSE_QUALITY, pulse.map(|pulse| pulse.quality));
    }
}

/// The frames of the person who was seen last in a window, and whether somebody else was seen before.
fn of_one_person(mut frames: Vec<Seen>, before: Option<u32>) -> (Vec<Seen>, bool) {
    let shown: Vec<u32> = frames.iter().filter(|frame| frame.face.is_some()).map(|frame| frame.person).collect();
    let Some(&last) = shown.last() else { return (frames, false) };
    let changed = before.into_iter().chain(shown).any(|person| person != last);
    frames.retain(|frame| frame.face.is_none() || frame.person == last);
    (frames, changed)
}

impl Analyzer for FaceAnalyzer {
    type Sample = Frame;

    fn push(&mut self, samples: &[Frame]) {
        for frame in samples {
            let usable = frame.image.width() > 0 && frame.image.height() > 0;
            if usable && self.latest.is_none_or(|latest| frame.at > latest) {
                self.look_at(frame);
                self.resizer.wipe();
            }
        }
    }

    fn finish(&mut self, window: Window, gap: Option<Gap>) -> Record {
        let end = Timestamp::from_millis(window.end_millis());
        let start = Timestamp::from_millis(window.start_millis());
        if self.latest.is_some_and(|latest| latest > end.plus_seconds(MAX_AHEAD_SECONDS)) {
            self.forget_frames();
        }
        let past = self.frames.partition_point(|frame| frame.at < start);
        self.frames.drain(..past);
        let ours = self.frames.partition_point(|frame| frame.at < end);
        let frames: Vec<Seen> = self.frames.drain(..ours).collect();
        let all = frames.len();
        let unclear = frames.iter().filter(|frame| frame.unclear).count();
        let looked = frames.iter().filter(|frame| frame.empty_frame.is_some()).count();
        let (frames, changed) = of_one_person(frames, self.history_of);
        let (mut features, quality) = summarise(&frames);
        let shown = seconds(frames.iter().filter(|frame| frame.face.is_some()), self.nominal_fps);
        let looked_at = seconds(frames.iter(), self.nominal_fps);
        features.retain(|spec| {
            // These are of the picture, whoever is in it.
            let of_all = [ordinals::FACE_FRACTION, ordinals::BRIGHTNESS, ordinals::CONTRAST].contains(&spec.ordinal);
            f64::from(spec.shortest_seconds) <= if of_all { looked_at } else { shown } + SLACK
        });
        self.add_trailing(&mut features, &frames, end);

        let with_face = frames.iter().filter(|frame| frame.face.is_some()).count();
        let expected = (self.nominal_fps * f64::from(WINDOW_SECONDS)).round() as u32;
        let received = u32::try_from(with_face).unwrap_or(u32::MAX);
        let gap = gap.or(match (all, with_face) {
            (0, _) => Some(Gap::DeviceGone),
            _ if changed => Some(Gap::AnotherFace),
            (all, with_face) if 2 * with_face < all && 2 * unclear > looked => Some(Gap::SeveralFaces),
            (all, with_face) if 2 * with_face < all => Some(Gap::NoFace),
            _ => None,
        });
        let coverage = self.trailing.close(window, expected, received, gap);
        Record::new(window, quality, coverage, features)
    }

    fn clear(&mut self) {
        self.forget_frames();
        self.trailing.clear();
    }
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
