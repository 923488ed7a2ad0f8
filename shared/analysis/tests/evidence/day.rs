//! Made hours of an ordinary person with all sensors, and of an empty room.
//!
//! `ATTUNE_DAYS=50 cargo test -p attune-analysis --test evidence -- day --nocapture` plays so many days rather than two.

use std::collections::BTreeMap;

use attune_analysis::Analyzer as _;
use attune_analysis::baseline::Baseline;
use attune_analysis::heart::HeartAnalyzer;
use attune_analysis::indicators::{Assessment, CognitiveState, Score, Terms, advise, assess, summarize};
use attune_analysis::sample::HeartSample;
use attune_protocol::features::Features;
use attune_protocol::policy::Profile;
use attune_protocol::record::{Coverage, Gap, Record};
use attune_protocol::registry::{Modality, face, motion, voice};
use attune_protocol::window::Window;

use super::made::{self, Chance, Drift, FIRST, row};

/// Windows of 24 hours.
const DAY: u32 = 8640;

/// Somebody at a desk who now and then walks and speaks. Everything drifts about what is usual of it, as a normal distribution.
struct Person {
    chance: Chance,
    rate: Drift,
    expression: Drift,
    voice: [Drift; 3],
    moving: Drift,
    strap: HeartAnalyzer,
    /// Seconds since the first window at which the last beat was.
    beat: f64,
    /// Windows that the present walk still lasts, and those of the present talk.
    walks: u32,
    speaks: u32,
}

impl Person {
    fn new(seed: u64) -> Self {
        let mut chance = Chance::new(seed);
        let mut drift = |steps| Drift::new(steps, &mut chance);
        let (rate, expression, moving) = (drift(12.0), drift(6.0), drift(12.0));
        let voice = [drift(6.0), drift(6.0), drift(6.0)];
        Self { chance, rate, expression, voice, moving, strap: HeartAnalyzer::new(), beat: 0.0, walks: 0, speaks: 0 }
    }

    /// What the sensors tell of a window.
    fn window(&mut self, place: u32) -> Vec<Record> {
        let window = Window(FIRST.0 + place);
        self.walks = if self.walks > 0 { self.walks - 1 } else { self.begins(1500.0, 12) };
        self.speaks = if self.speaks > 0 { self.speaks - 1 } else { self.begins(40.0, 8) };
        let camera = if self.walks == 0 { self.face(window) } else { camera_of_nobody(window) };
        vec![self.heart(window, place), self.motion(window), camera, self.speech(window)]
    }

    /// Something begins once in so many windows and lasts for others.
    fn begins(&mut self, every: f64, lasts: u32) -> u32 {
        if self.chance.share() < 1.0 / every { lasts } else { 0 }
    }

    /// 70 a minute with a spread of 5, beat by beat, faster by 20 while walking.
    fn heart(&mut self, window: Window, place: u32) -> Record {
        let rate = 70.0 + 5.0 * self.rate.next(&mut self.chance) + if self.walks > 0 { 20.0 } else { 0.0 };
        let end = f64::from(place + 1) * 10.0;
        let mut beats = Vec::new();
        loop {
            let breath = 30.0 * (std::f64::consts::TAU * 0.25 * self.beat).sin();
            let rr_millis = 60_000.0 / rate + breath + 10.0 * self.chance.normal();
            if self.beat + rr_millis / 1000.0 >= end {
                break;
            }
            self.beat += rr_millis / 1000.0;
            beats.push(HeartSample::Beat { at: made::at(self.beat), rr_millis });
        }
        self.strap.push(&beats);
        Record { consent: 1, ..self.strap.finish(window, None) }
    }

    fn motion(&mut self, window: Window) -> Record {
        let usual = 0.003 * (0.3 * self.moving.next(&mut self.chance)).exp();
        let fidgets = if self.chance.share() < 0.1 { 0.3 } else { 0.0 };
        let intensity = if self.walks > 0 { 0.25 } else { usual + 0.02 * fidgets };
        let mut features = Features::new(Modality::Motion);
        features.set(motion::INTENSITY, intensity);
        features.set(motion::ENMO, intensity);
        features.set(motion::STILLNESS_FRACTION, if self.walks > 0 { 0.0 } else { 1.0 - fidgets });
        features.set(motion::FIDGET_INDEX, if self.walks > 0 { 0.0 } else { fidgets });
        features.set(motion::ACTIVITY_WALKING, if self.walks > 0 { 0.95 } else { 0.02 });
        features.set(motion::ACTIVITY_STAIRS, 0.0);
        whole(window, 1.0, features)
    }

    /// Neutral for the most part, with what comes and goes.
    fn face(&mut self, window: Window) -> Record {
        let shown = self.expression.next(&mut self.chance);
        let mut classes = [0.03 + 0.05 * (-shown).max(0.0), 0.02, 0.02, 0.05 + 0.15 * shown.max(0.0), 0.04, 0.02, 0.0];
        classes[6] = 1.0 - classes.iter().sum::<f64>();
        let mut features = Features::new(Modality::Face);
        for (class, probability) in (0..).zip(classes) {
            features.set(face::EXPRESSION_ANGRY.plus(class), probability);
        }
        features.set(face::FACE_FRACTION, (1.0 - 0.1 * self.chance.normal().abs()).max(0.2));
        features.set(face::GAZE_AWAY_FRACTION, (0.1 * self.chance.normal().abs()).min(1.0));
        features.set(face::HEAD_MOTION, 0.1 * self.chance.share());
        features.set(face::VALENCE, (0.05 + 0.15 * shown).clamp(-1.0, 1.0));
        features.set(face::AROUSAL, (0.1 * self.chance.normal()).clamp(-1.0, 1.0));
        features.set(face::PERCLOS, 0.04);
        features.set(face::BLINK_RATE, 15.0);
        features.set(face::CONTRAST, 0.2);
        whole(window, 0.85, features)
    }

    fn speech(&mut self, window: Window) -> Record {
        let [loud, high, bright] = self.voice.each_mut().map(|drift| drift.next(&mut self.chance));
        if self.speaks == 0 {
            return nothing(window, Modality::Voice, Gap::NoVoice);
        }
        let mut features = Features::new(Modality::Voice);
        features.set(voice::VOICED_FRACTION, 0.4);
        features.set(voice::LEVEL, -32.0 + 3.0 * loud);
        features.set(voice::LOUDNESS, 0.5 * (0.2 * loud).exp());
        features.set(voice::F0_MEAN, 120.0 * (high / 12.0).exp2());
        features.set(voice::F0_SEMITONE_MEAN, 25.5 + high);
        features.set(voice::F0_SEMITONE_SD, 2.0);
        features.set(voice::SPECTRAL_CENTROID, 1400.0 + 120.0 * bright);
        features.set(voice::PAUSE_FRACTION, 0.25);
        whole(window, 0.8, features)
    }
}

fn whole(window: Window, quality: f64, features: Features) -> Record {
    let coverage = Coverage { expected: 100, received: 100, last_60_s: 1.0, last_300_s: 1.0, gap: None };
    Record { consent: 1, ..Record::new(window, quality, coverage, features) }
}

fn nothing(window: Window, modality: Modality, gap: Gap) -> Record {
    let features = Features::new(modality);
    Record { consent: 1, ..Record::new(window, 0.0, Coverage::none(100, gap), features) }
}

/// A camera that sees the room.
fn camera_of_nobody(window: Window) -> Record {
    let mut camera = nothing(window, Modality::Face, Gap::NoFace);
    camera.features.set(face::FACE_FRACTION, 0.0);
    camera.features.set(face::BRIGHTNESS, 0.5);
    camera.features.set(face::CONTRAST, 0.2);
    camera
}

/// A room in which nobody is: a camera that sees it, a microphone that hears nothing, a phone on the desk, a strap in the drawer.
fn empty_room(place: u32) -> Vec<Record> {
    let window = Window(FIRST.0 + place);
    let camera = camera_of_nobody(window);
    let mut features = Features::new(Modality::Motion);
    features.set(motion::INTENSITY, 0.0008);
    features.set(motion::STILLNESS_FRACTION, 1.0);
    features.set(motion::FIDGET_INDEX, 0.0);
    let phone = whole(window, 1.0, features);
    vec![camera, nothing(window, Modality::Voice, Gap::NoVoice), phone, nothing(window, Modality::Heart, Gap::NotWorn)]
}

/// Windows in which something was so, of those in which it could be.
#[derive(Default)]
struct Shares(BTreeMap<String, (u32, u32)>);

impl Shares {
    fn count(&mut self, name: &str, is_so: bool) {
        let (so, all) = self.0.entry(name.to_owned()).or_default();
        *so += u32::from(is_so);
        *all += 1;
    }

    /// Counts which scores are in their alarming third.
    fn count_alarms(&mut self, whose: &str, assessment: &Assessment) {
        type Alarm = fn(f64) -> bool;
        let scores: [(&str, &Score, Alarm); 5] = [
            ("stress over 2/3", &assessment.stress, |v| v > 2.0 / 3.0),
            ("attention under 1/3", &assessment.attention, |v| v < 1.0 / 3.0),
            ("overall under 1/3", &assessment.overall, |v| v < 1.0 / 3.0),
            ("arousal over 2/3", &assessment.arousal, |v| v > 2.0 / 3.0),
            ("valence under -1/3", &assessment.valence, |v| v < -1.0 / 3.0),
        ];
        for (name, score, alarms) in scores {
            if let Some(value) = score.value() {
                self.count(&format!("{whose}: {name}"), alarms(value));
            }
        }
    }

    fn of(&self, name: &str) -> f64 {
        self.0.get(name).map_or(0.0, |(so, all)| f64::from(*so) / f64::from(*all))
    }
}

fn days() -> u64 {
    std::env::var("ATTUNE_DAYS").ok().and_then(|days| days.parse().ok()).unwrap_or(2)
}

#[test]
fn an_ordinary_day_has_few_windows_that_alarm() {
    let (mut over, mut said) = (Shares::default(), Shares::default());
    for seed in 0..days() {
        let (mut person, mut baseline) = (Person::new(seed), Baseline::default());
        for place in 0..DAY {
            let mut records = person.window(place);
            records.iter_mut().for_each(|record| baseline.annotate(record));
            let terms = Terms::sensed(Profile::Research);
            let assessment = assess(&records, terms);
            over.count_alarms("all sensors", &assessment);
            for record in &records {
                let alone = assess(std::slice::from_ref(record), terms);
                over.count_alarms(&format!("{} alone", record.modality()), &alone);
            }
            let advice = advise(&assessment, &records);
            for text in advice.iter().map(|advice| advice.text) {
                assert_ne!(text, "Your heart beat faster than hearts at rest do.", "{records:?}");
                said.count(text, true);
            }
        }
    }
    for (name, (so, all)) in &over.0 {
        row(&[name, &format!("{:.2} %", 100.0 * f64::from(*so) / f64::from(*all)), &all.to_string()]);
        assert!(f64::from(*so) <= f64::from(*all) / 20.0, "{name}: {so} of {all}");
    }
    let windows = days() as f64 * f64::from(DAY);
    for (text, (times, _)) in &said.0 {
        row(&[text, &format!("{:.2} %", 100.0 * f64::from(*times) / windows), ""]);
    }
    assert!(over.0.len() > 15, "every sensor gave its scores: {}", over.0.len());
    let faults = ["No face", "No voice", "no usable beats"];
    assert!(!said.0.keys().any(|text| faults.iter().any(|fault| text.contains(fault))), "silence is no fault");
    assert!(over.of("heart alone: stress over 2/3") > 0.001, "the score still moves");
    let breathe = said.0.iter().find(|(text, _)| text.contains("breathe")).map_or(0, |(_, (times, _))| *times);
    assert!(f64::from(breathe) < windows / 20.0, "{breathe}");
}

#[test]
fn an_hour_with_nobody_there_has_no_score_but_the_state_away() {
    let mut baseline = Baseline::default();
    let windows: Vec<Assessment> = (0..360)
        .map(|place| {
            let mut records = empty_room(place);
            records.iter_mut().for_each(|record| baseline.annotate(record));
            let assessment = assess(&records, Terms::sensed(Profile::Research));
            assert_eq!(advise(&assessment, &records), []);
            assessment
        })
        .collect();
    assert_eq!(baseline, Baseline::default(), "nothing was learnt of anybody");
    for assessment in windows.iter().chain([&summarize(&windows)]) {
        for score in
            [&assessment.stress, &assessment.attention, &assessment.valence, &assessment.arousal, &assessment.overall]
        {
            assert!(score.value().is_none(), "{score:?}");
        }
        assert!(assessment.emotion.is_err() && assessment.activity.is_err());
        assert_eq!(assessment.cognitive_state.as_ref().map(|told| told.state), Ok(CognitiveState::Away));
    }
    row(&["an hour with nobody there", "no score", "state: away"]);
}
