//! What the device of somebody senses on a day: records of features as an agent makes them.

use std::f64::consts::TAU;

use attune_protocol::features::Features;
use attune_protocol::policy::Profile;
use attune_protocol::record::{Coverage, Gap, Record};
use attune_protocol::registry::{Category, Modality, Ordinal, check_in, face, heart, motion, voice};
use attune_protocol::window::Window;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::calendar::{instant, weekday};
use super::drawn::Drawn;
use super::world::{Somebody, World};

/// Hours of work, from the one in which somebody begins; the fourth is that of lunch.
const HOURS: [u32; 7] = [0, 1, 2, 4, 5, 6, 7];
/// How much more strained than usual people are on the days of a week, Monday first.
const BY_WEEKDAY: [f64; 7] = [0.03, 0.01, 0.0, 0.0, -0.04, -0.02, -0.02];
/// How much strain a team under load adds.
const BY_LOAD: f64 = 0.28;
/// How strained somebody is at whose usual heart rate a baseline says no deviation.
const USUAL: f64 = 0.3;
/// One window in so many saw less than it should.
const POOR: u64 = 15;

/// What is made of somebody on a day, in the order of time and then of modalities; nothing where they do not work.
pub(super) fn sensed(world: &World, who: &Somebody, date: Date, organisation: &TimeZone) -> Vec<Record> {
    let day = u64::try_from((date - Date::constant(1970, 1, 1)).get_days()).unwrap_or(0);
    let mut drawn = Drawn::of(who.seed, &[day]);
    let load = world.load(who, date);
    if !who.works(date, load, &mut drawn) {
        return Vec::new();
    }
    let zone = who.clock(organisation);
    // Weeks are better and worse, for each person in their own turn.
    let turn = TAU * (day as f64 / (30.0 + (who.seed % 30) as f64) + (who.seed % 97) as f64 / 97.0);
    let usual = who.strain + BY_WEEKDAY[weekday(date)] + BY_LOAD * load + 0.05 * turn.sin();
    let strain = (usual + 0.1 * drawn.around()).clamp(0.02, 0.98);
    let mut records = Vec::new();
    for spell in 0..world.plan.spells {
        let hour = hour_of(spell, world.plan.spells, &mut drawn);
        // What is seen of an hour fits into it.
        let latest = 59_u32.saturating_sub(who.windows / 6);
        let minutes = 60 * (who.begins + hour) + drawn.below(latest.max(1));
        let begin = Window::containing(instant(&zone, date, minutes));
        let late = 0.04 * f64::from(hour) / 7.0;
        let tense = if drawn.happens(0.08 + 0.1 * load) { 0.3 } else { 0.0 };
        let moment = Moment {
            strain: (strain + late + tense + 0.07 * drawn.around()).clamp(0.0, 1.0),
            at_screen: drawn.happens(0.7),
            speaks: drawn.happens(0.35),
            walks: drawn.happens(0.12),
        };
        for step in 0..who.windows {
            moment.window(who, Window(begin.0 + step), &mut drawn, &mut records);
        }
    }
    if drawn.happens(who.answers) {
        let at = instant(&zone, date, 60 * (who.begins + 7) + drawn.below(50));
        records.push(answered(strain, at, &mut drawn));
    }
    records.retain(|record| who.agrees(date, record.modality()));
    records.sort_by_key(|record| (record.window, record.modality()));
    records
}

/// As it leaves the device: without what the profile keeps there.
pub(super) fn let_go(mut record: Record, profile: Profile) -> Record {
    let kept: Vec<Category> = record
        .features
        .iter()
        .map(|(spec, _)| spec.category)
        .filter(|category| !profile.lets_leave(*category))
        .collect();
    kept.into_iter().for_each(|category| record.withheld.insert(category));
    record.features.retain(|spec| profile.lets_leave(spec.category));
    record
}

/// The hour of a spell: they are spread over the day.
fn hour_of(spell: u32, spells: u32, drawn: &mut Drawn) -> u32 {
    let hours = HOURS.len() as u32;
    let (from, until) = (spell * hours / spells, (spell + 1) * hours / spells);
    HOURS[(from + drawn.below(until - from)) as usize]
}

/// How somebody is for some minutes.
struct Moment {
    /// In [0,1].
    strain: f64,
    at_screen: bool,
    speaks: bool,
    walks: bool,
}

impl Moment {
    fn window(&self, who: &Somebody, window: Window, drawn: &mut Drawn, records: &mut Vec<Record>) {
        let at_screen = self.at_screen && !self.walks;
        records.push(if at_screen { self.face(window, drawn) } else { nobody(window) });
        if self.speaks {
            records.push(self.voice(window, drawn));
        }
        records.push(self.motion(window, drawn));
        records.push(self.heart(who, window, drawn));
    }

    fn face(&self, window: Window, drawn: &mut Drawn) -> Record {
        let (strain, mood) = (self.strain, 1.0 - self.strain);
        let mut features = Features::new(Modality::Face);
        features.set(face::FACE_FRACTION, 0.9 + 0.1 * drawn.share());
        let weights = [
            (face::EXPRESSION_ANGRY, 0.03 + 0.2 * strain),
            (face::EXPRESSION_DISGUST, 0.02),
            (face::EXPRESSION_FEAR, 0.02 + 0.08 * strain),
            (face::EXPRESSION_HAPPY, 0.05 + 0.4 * mood * drawn.share()),
            (face::EXPRESSION_SAD, 0.04 + 0.15 * strain * drawn.share()),
            (face::EXPRESSION_SURPRISE, 0.03),
            (face::EXPRESSION_NEUTRAL, 0.5),
        ];
        set_shares(&mut features, &weights);
        features.set(face::VALENCE, (0.9 * (mood - 0.5) + 0.15 * drawn.around()).clamp(-1.0, 1.0));
        features.set(face::AROUSAL, (strain - 0.4 + 0.15 * drawn.around()).clamp(-1.0, 1.0));
        features.set(face::GAZE_AWAY_FRACTION, (0.08 + 0.3 * strain * drawn.share()).clamp(0.0, 1.0));
        features.set(face::HEAD_MOTION, 0.1 + 0.3 * strain * drawn.share());
        Record::new(window, 0.8, seen(drawn, 100), features)
    }

    fn voice(&self, window: Window, drawn: &mut Drawn) -> Record {
        let (strain, mood) = (self.strain, 1.0 - self.strain);
        let lifted = 3.0 * (strain - USUAL);
        let mut features = Features::new(Modality::Voice);
        features.set(voice::VOICED_FRACTION, 0.3 + 0.3 * drawn.share());
        features.set(voice::SPEECH_FRACTION, 0.5 + 0.3 * drawn.share());
        features.set(voice::LOUDNESS_DEVIATION, lifted + 0.4 * drawn.around());
        features.set(voice::F0_DEVIATION, lifted + 0.4 * drawn.around());
        features.set(voice::CENTROID_DEVIATION, lifted + 0.4 * drawn.around());
        let weights = [
            (voice::AFFECT_NEUTRAL, 0.3),
            (voice::AFFECT_CALM, 0.3 * mood),
            (voice::AFFECT_HAPPY, 0.2 * mood),
            (voice::AFFECT_SAD, 0.1 * strain),
            (voice::AFFECT_ANGRY, 0.2 * strain),
            (voice::AFFECT_FEARFUL, 0.1 * strain),
            (voice::AFFECT_DISGUST, 0.02),
            (voice::AFFECT_SURPRISED, 0.04),
        ];
        set_shares(&mut features, &weights);
        Record::new(window, 0.8, seen(drawn, 160_000), features)
    }

    fn motion(&self, window: Window, drawn: &mut Drawn) -> Record {
        let mut features = Features::new(Modality::Motion);
        let fidgets = (0.05 + 0.4 * self.strain * drawn.share()).clamp(0.0, 1.0);
        let (intensity, still) = match self.walks {
            true => (0.08 + 0.1 * drawn.share(), 0.05),
            false => (0.004 + 0.01 * self.strain * drawn.share(), 0.95 - 0.3 * self.strain * drawn.share()),
        };
        features.set(motion::INTENSITY, intensity);
        features.set(motion::STILLNESS_FRACTION, still);
        features.set(motion::FIDGET_INDEX, if self.walks { 0.0 } else { fidgets });
        let weights = match self.walks {
            true => {
                [(motion::ACTIVITY_SITTING, 0.05), (motion::ACTIVITY_STANDING, 0.1), (motion::ACTIVITY_WALKING, 0.85)]
            }
            false => {
                [(motion::ACTIVITY_SITTING, 0.85), (motion::ACTIVITY_STANDING, 0.1), (motion::ACTIVITY_WALKING, 0.05)]
            }
        };
        let others = [motion::ACTIVITY_LYING, motion::ACTIVITY_STAIRS, motion::ACTIVITY_TRANSITION];
        set_shares(&mut features, &weights);
        others.into_iter().for_each(|ordinal| features.set(ordinal, 0.0));
        Record::new(window, 0.9, seen(drawn, 500), features)
    }

    fn heart(&self, who: &Somebody, window: Window, drawn: &mut Drawn) -> Record {
        let ((rate, rmssd), strain) = (who.heart, self.strain);
        let walking = if self.walks { 18.0 } else { 0.0 };
        let mut features = Features::new(Modality::Heart);
        features.set(heart::MEAN_HR, rate + 22.0 * strain + walking + 2.0 * drawn.around());
        features.set(heart::RMSSD, (rmssd * (1.2 - 0.7 * strain) + 3.0 * drawn.around()).max(6.0));
        features.set(heart::MEAN_HR_DEVIATION, 4.0 * (strain - USUAL) + 0.4 * drawn.around());
        features.set(heart::RMSSD_DEVIATION, -2.0 * (strain - USUAL) + 0.4 * drawn.around());
        features.set(heart::CONTACT, 1.0);
        Record::new(window, 0.9, seen(drawn, 10_000), features)
    }
}

/// What a camera sees of somebody who is elsewhere.
fn nobody(window: Window) -> Record {
    Record::new(window, 0.0, Coverage::none(100, Gap::NoFace), Features::new(Modality::Face))
}

/// Shares that add up to 1, from weights.
fn set_shares(features: &mut Features, weights: &[(Ordinal, f64)]) {
    let whole: f64 = weights.iter().map(|(_, weight)| weight).sum();
    weights.iter().for_each(|(ordinal, weight)| features.set(*ordinal, weight / whole));
}

fn seen(drawn: &mut Drawn, expected: u32) -> Coverage {
    let received = if drawn.next().is_multiple_of(POOR) { expected * 6 / 10 } else { expected };
    let share = f64::from(received) / f64::from(expected);
    Coverage { expected, received, last_60_s: share.max(0.9), last_300_s: share.max(0.95), gap: None }
}

/// What somebody says of themselves, in the steps that they are asked in.
fn answered(strain: f64, at: i64, drawn: &mut Drawn) -> Record {
    let mood = (1.0 - strain + 0.12 * drawn.around()).clamp(0.0, 1.0);
    let step = |value: f64| (value.clamp(-1.0, 1.0) * 2.0).round() / 2.0;
    let mut features = Features::new(Modality::CheckIn);
    features.set(check_in::VIBE, (1.0 + 5.0 * mood).round().clamp(1.0, 6.0));
    features.set(check_in::VALENCE, step(2.0 * mood - 1.0));
    features.set(check_in::AROUSAL, step(1.6 * (strain - 0.35) + 0.3 * drawn.around()));
    let coverage = Coverage { expected: 1, received: 1, last_60_s: 0.0, last_300_s: 0.0, gap: None };
    Record::new(Window::containing(at), 1.0, coverage, features)
}
