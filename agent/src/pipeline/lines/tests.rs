use std::collections::BTreeMap;

use attune_protocol::record::Record;
use attune_protocol::registry::voice;
use crossbeam_channel::unbounded;

use super::*;
use crate::config::Config;
use crate::timeline::Sources;

/// Records of the first twenty seconds of the shipped recording, of which only some sensors are there.
fn records(present: &[Modality]) -> BTreeMap<Modality, Vec<Record>> {
    let root = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
    let file =
        |modality: Modality, name: &str| present.contains(&modality).then(|| root.join("tests/recording").join(name));
    let mut play = Config::default().play;
    play.face = file(Modality::Face, "face.mjpeg");
    play.fps = 5.0;
    play.voice = file(Modality::Voice, "voice.ogg");
    play.motion = file(Modality::Motion, "motion.csv");
    play.heart = file(Modality::Heart, "heart.csv");
    play.start = Some("2026-01-05T09:00:00Z".to_owned());
    play.duration = Some(20.0);
    play.speed = Speed::Max;
    let stop = Stop::default();
    let schedule = Schedule::new(&Sources::of(&play).unwrap(), &play, Timestamp(0), None, &stop).unwrap();
    let networks = networks(&schedule, &root.join("models")).unwrap();
    let (out, outputs) = unbounded();
    let common = Common { speed: Speed::Max, control: Arc::new(Control::open()), out, stop };
    let threads = start(schedule, networks.as_ref(), common, |_, begin| begin).unwrap();
    let mut records: BTreeMap<Modality, Vec<Record>> = BTreeMap::new();
    for output in outputs {
        match output {
            Output::Window(record, _) => records.entry(record.modality()).or_default().push(record),
            Output::Failed(modality, problem) => panic!("{modality}: {problem}"),
            Output::LeftOut(..) | Output::Ended(_) | Output::Gone(_) => (),
        }
    }
    join(threads).unwrap();
    records
}

#[test]
fn a_sensor_has_the_same_features_alone_and_beside_any_others() {
    let together = records(&Modality::SENSED);
    assert_eq!(together.len(), 4);
    assert!(together.values().all(|records| records.len() == 2));
    let heard = |record: &Record| record.features.get(voice::SPEECH_FRACTION).is_some_and(|share| share > 0.0);
    assert!(together[&Modality::Voice].iter().any(heard), "a network tells speech from music");
    for bits in 1_u8..15 {
        let present: Vec<Modality> = Modality::SENSED.into_iter().filter(|m| bits & (1 << m.number()) != 0).collect();
        let found = records(&present);
        assert_eq!(found.keys().copied().collect::<Vec<_>>(), present);
        for (modality, records) in found {
            assert_eq!(records, together[&modality], "{modality} of {present:?}");
        }
    }
}
