use attune_protocol::features::Features;
use attune_protocol::registry::{Modality, face as ordinals};

use super::close_look::{Expression, PictureQuality};
use super::eyes::closed;
use super::landmarks::Landmarks;
use super::pose::HeadPose;
use crate::sample::Timestamp;

/// Longer box side, pixels, from which a face has the detail that the expression network takes in.
const FULL_SIDE: f64 = 48.0;
/// Sharpness from which a picture is as good as any: a variance of the Laplacian of 43. Ours.
const FULL_SHARPNESS: f64 = 0.3;
/// Mean luma that shows a face well; beyond, quality falls to none at black and white. Ours.
const WELL_LIT: std::ops::RangeInclusive<f64> = 0.2..=0.8;
/// Standard deviation of luma, over 255, from which a picture has all the contrast it needs. Ours.
const FULL_CONTRAST: f64 = 0.1;
/// A head turned further to a side, up or down than this looks away from the screen, degrees. Ours.
const AWAY_YAW: f64 = 30.0;
const AWAY_PITCH: f64 = 25.0;
/// Eyes of a head turned further to a side hide each other, degrees. Ours.
const EYES_SEEN_YAW: f64 = 35.0;
/// A head bent further down shows its lids whether the eyes are open or not, degrees. Ours.
const LIDS_SEEN_PITCH: f64 = -20.0;
/// Eyes narrower than this on the frame are not judged, pixels: the network that tells open from closed was scored at
/// this width, and calls most frames of open eyes of 8 pixels closed.
const LEAST_EYE_WIDTH: f64 = 12.0;
/// Between frames further apart, movement says nothing about speed.
const MAX_STEP_SECONDS: f64 = 1.0;
/// A head that leans further is shown otherwise than the networks were taught, degrees. Ours.
const MOST_ROLL: f64 = 45.0;

/// What was seen in one frame.
pub(super) struct Seen {
    pub(super) at: Timestamp,
    /// Mean and standard deviation of the frame's luma, where it was looked at without finding a face.
    pub(super) empty_frame: Option<(f64, f64)>,
    pub(super) face: Option<SeenFace>,
    /// Whose it is: counts those who were before the camera.
    pub(super) person: u32,
    /// Whether it was not clear which of several faces is the person's.
    pub(super) unclear: bool,
}

/// A face in one frame.
pub(super) struct SeenFace {
    /// Score of the detection that it was followed from.
    pub(super) score: f64,
    /// Longer side of its box, pixels.
    pub(super) side: f64,
    /// Height of the box over that of the frame.
    pub(super) size: f64,
    /// Centre of the box over width and height of the frame.
    pub(super) centre: (f64, f64),
    /// Movement since the frame before, box sides a second, if it was followed from there.
    pub(super) speed: Option<f64>,
    /// Degrees, where landmarks or a detection tell.
    pub(super) roll: Option<f64>,
    /// Where its points were found.
    pub(super) shape: Option<Shape>,
    /// Mean red, green and blue of its skin, where there is enough of it.
    pub(super) skin: Option<[f64; 3]>,
    /// Where it was looked at closely.
    pub(super) quality: Option<PictureQuality>,
    pub(super) expression: Option<Expression>,
}

/// What the points of a face tell.
pub(super) struct Shape {
    pose: HeadPose,
    /// Height of the eyes over their width, where both are seen.
    eye_aspect_ratio: Option<f64>,
    mouth_opening: Option<f64>,
    /// Where both eyes are seen, large enough, and the head is not bent over them.
    pub(super) eyes_closed: Option<bool>,
}

impl Shape {
    pub(super) fn of(landmarks: &Landmarks, pose: HeadPose) -> Self {
        let seen = pose.yaw.abs() <= EYES_SEEN_YAW;
        let lids_seen = seen && pose.pitch >= LIDS_SEEN_PITCH && landmarks.eye_width() >= LEAST_EYE_WIDTH;
        Self {
            pose,
            eye_aspect_ratio: landmarks.eye_aspect_ratio().filter(|_| seen),
            mouth_opening: landmarks.mouth_opening(),
            eyes_closed: closed(landmarks).filter(|_| lids_seen),
        }
    }

    fn looks_away(&self) -> bool {
        self.pose.yaw.abs() > AWAY_YAW || self.pose.pitch.abs() > AWAY_PITCH
    }
}

/// Whether a head leans no further than the networks know, by any who tell.
pub(super) fn is_upright(rolls: [Option<f64>; 2]) -> bool {
    rolls.into_iter().flatten().all(|roll| roll.abs() <= MOST_ROLL)
}

/// Seconds that frames stand for: each until the next one, as long as that is no pause, and the last as long as frames should
/// be apart.
pub(super) fn seconds<'a>(frames: impl Iterator<Item = &'a Seen>, nominal_fps: f64) -> f64 {
    let times: Vec<Timestamp> = frames.map(|frame| frame.at).collect();
    let own = 1.0 / nominal_fps;
    let longest = MAX_STEP_SECONDS.max(1.5 * own);
    let steps = times.windows(2).map(|pair| pair[1].seconds_since(pair[0])).map(|s| if s <= longest { s } else { own });
    steps.sum::<f64>() + if times.is_empty() { 0.0 } else { own }
}

/// Movement from one centre to another in box sides a second.
pub(super) fn speed(from: (f64, f64), to: (f64, f64), side: f64, seconds: f64) -> Option<f64> {
    let usable = seconds > 0.0 && seconds <= MAX_STEP_SECONDS && side > 0.0;
    usable.then(|| (to.0 - from.0).hypot(to.1 - from.1) / side / seconds)
}

/// Features and quality of the frames of one window.
///
/// The quality is, over the frames with a face, the geometric mean of detector score, size (full from 48 pixels), sharpness,
/// contrast and light, each in [0,1], averaged. How many frames have one is the coverage's word.
pub(super) fn summarise(frames: &[Seen]) -> (Features, f64) {
    let mut features = Features::new(Modality::Face);
    let faces = || frames.iter().filter_map(|frame| frame.face.as_ref());
    let close = || faces().filter_map(|face| face.quality.as_ref());
    let fraction = faces().count() as f64 / frames.len().max(1) as f64;
    features.set(ordinals::FACE_FRACTION, (!frames.is_empty()).then_some(fraction));
    features.set(ordinals::BOX_SIZE, mean(faces().map(|face| face.size)));
    features.set(ordinals::BOX_CENTRE_X, mean(faces().map(|face| face.centre.0)));
    features.set(ordinals::BOX_CENTRE_Y, mean(faces().map(|face| face.centre.1)));
    features.set(ordinals::HEAD_MOTION, mean(faces().filter_map(|face| face.speed)));
    let roll = || faces().filter_map(|face| face.roll);
    features.set(ordinals::ROLL_MEAN, mean(roll()));
    features.set(ordinals::ROLL_SD, deviation(roll));

    let shapes = || faces().filter_map(|face| face.shape.as_ref());
    let yaw = || shapes().map(|shape| shape.pose.yaw);
    let pitch = || shapes().map(|shape| shape.pose.pitch);
    features.set(ordinals::YAW_MEAN, mean(yaw()));
    features.set(ordinals::YAW_SD, deviation(yaw));
    features.set(ordinals::PITCH_MEAN, mean(pitch()));
    features.set(ordinals::PITCH_SD, deviation(pitch));
    features.set(ordinals::EYE_ASPECT_RATIO, mean(shapes().filter_map(|shape| shape.eye_aspect_ratio)));
    features.set(ordinals::MOUTH_OPENING, mean(shapes().filter_map(|shape| shape.mouth_opening)));
    features.set(ordinals::GAZE_AWAY_FRACTION, mean(shapes().map(|shape| f64::from(u8::from(shape.looks_away())))));

    let empty = || frames.iter().filter_map(|frame| frame.empty_frame);
    let brightness = mean(close().map(|q| q.brightness)).or_else(|| mean(empty().map(|(mean, _)| mean)));
    let contrast = mean(close().map(|q| q.contrast)).or_else(|| mean(empty().map(|(_, contrast)| contrast)));
    features.set(ordinals::BRIGHTNESS, brightness);
    features.set(ordinals::CONTRAST, contrast);
    features.set(ordinals::SHARPNESS, mean(close().map(|q| q.sharpness)));

    let looks = || faces().filter_map(|face| face.expression.as_ref());
    // The network abstains where it is not sure: such looks lower the confidence and say nothing else.
    let shown = || looks().filter(|expression| expression.sure);
    for class in 0..ordinals::EXPRESSION_CLASSES {
        let probability = mean(shown().map(|e| e.ferplus[usize::from(class)]));
        features.set(ordinals::EXPRESSION_ANGRY.plus(class), probability);
    }
    let likeliest = |e: &Expression| e.ferplus.iter().copied().fold(0.0, f64::max);
    features.set(ordinals::EXPRESSION_CONFIDENCE, mean(looks().map(likeliest)));
    features.set(ordinals::VALENCE, mean(shown().filter_map(|e| e.affect).map(|[valence, _]| valence)));
    features.set(ordinals::AROUSAL, mean(shown().filter_map(|e| e.affect).map(|[_, arousal]| arousal)));

    let quality = mean(faces().filter_map(trust)).unwrap_or(0.0);
    (features, quality)
}

fn trust(face: &SeenFace) -> Option<f64> {
    let quality = face.quality?;
    let size = (face.side / FULL_SIDE).min(1.0);
    let sharpness = (quality.sharpness / FULL_SHARPNESS).min(1.0);
    let contrast = (quality.contrast / FULL_CONTRAST).min(1.0);
    let dark = (quality.brightness / WELL_LIT.start()).min(1.0);
    let glaring = ((1.0 - quality.brightness) / (1.0 - WELL_LIT.end())).clamp(0.0, 1.0);
    Some((face.score * size * sharpness * contrast * dark * glaring).powf(0.2))
}

fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (sum, count) = values.fold((0.0, 0u32), |(sum, count), value| (sum + value, count + 1));
    (count > 0).then(|| sum / f64::from(count))
}

/// Standard deviation of at least two values.
fn deviation<I: Iterator<Item = f64>>(values: impl Fn() -> I) -> Option<f64> {
    let centre = mean(values())?;
    (values().count() > 1).then(|| mean(values().map(|v| (v - centre).powi(2))))?.map(f64::sqrt)
}

#[cfg(test)]
#[path = "window_tests.rs"]
mod tests;
