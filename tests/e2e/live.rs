//! Live devices: pixels and a tone go through nokhwa and cpal, and every way in which a device gives nothing has its reason.

use attune_protocol::features::Features;
use attune_protocol::record::{Gap, Record};
use attune_protocol::registry::{Modality, face, voice};
use attune_tests::agent::Agent;
use attune_tests::collector::Collector;
use attune_tests::devices::{Camera, Microphone};
use attune_tests::place::Place;
use attune_tests::process::{self, Process};
use attune_tests::{media, models, play, stored, wait};
use serde_json::Value;

const TEST: &str = "live devices";
/// What the microphone hears, Hz.
const TONE: f64 = 220.0;
const DEVICES: &str = "[camera]\ndevice = \"0\"\n[microphone]\ndevice = \"Attune test microphone\"\n";

#[test]
fn a_face_and_a_tone_become_features_and_each_fault_of_a_device_has_its_reason() {
    let place = Place::new();
    let Some(camera) = Camera::new(&place, TEST) else { return };
    let Some(mut microphone) = Microphone::new(&place, TEST) else { return };
    let tone = place.join("tone.wav");
    std::fs::write(&tone, media::tone(TONE, 240)).expect("the test's folder can be written");
    microphone.hear(&tone);
    // To the network that tells voices from other sounds a tone is none.
    let networks = place.join("models");
    std::fs::create_dir(&networks).expect("the test's folder can be written");
    models::without(&networks, &["voice_activity"]);
    let collector = Collector::start(&place);
    let agent = Agent::enrol_with(&place, "device", &collector, "person", &networks, "research");
    agent.configure(DEVICES);
    let environment = [camera.environment(), microphone.environment()].concat();
    let listed = process::output(agent.command().envs(environment.iter().copied()).arg("devices"));
    assert!(listed.contains("Attune test microphone is chosen"), "{listed}");

    // Another program has the camera, and the microphone is muted.
    camera.is("MJPG", "busy");
    microphone.ask(&["set-source-mute", "room.monitor", "1"]);
    let mut running = agent.sense(&environment, &[]);
    let mut seen = Seen { collector: &collector, running: &mut running };
    seen.gap(Modality::Face, Gap::InUse);
    seen.gap(Modality::Voice, Gap::Muted);

    // Both come to themselves.
    camera.is("MJPG", "ok");
    microphone.ask(&["set-source-mute", "room.monitor", "0"]);
    let (face, voice) = (seen.whole(Modality::Face), seen.whole(Modality::Voice));
    assert!(face.get(face::FACE_FRACTION).is_some_and(|seen| seen > 0.9), "{face:?}");
    let pitch = voice.get(voice::F0_MEAN).expect("a tone has a pitch");
    assert!((pitch - TONE).abs() < 2.0, "{pitch} Hz");

    // A pause closes both devices, and they open again.
    process::output(agent.command().arg("pause"));
    wait::until("the camera's light to go out", || (!camera.is_open()).then_some(()));
    wait::until("the microphone to be closed", || (!microphone.is_open()).then_some(()));
    process::output(agent.command().arg("resume"));
    wait::until("the camera to be open", || camera.is_open().then_some(()));
    wait::until("the microphone to be open", || microphone.is_open().then_some(()));

    // A camera that knows that its shutter is shut is believed, whatever it shows.
    camera.is("MJPG", "shut");
    seen.gap(Modality::Face, Gap::Covered);

    // The camera is unplugged, and the microphone starves.
    camera.is("YUYV", "gone");
    microphone.ask(&["suspend-sink", "room", "1"]);
    seen.gap(Modality::Face, Gap::DeviceGone);
    seen.gap(Modality::Voice, Gap::DeviceGone);
    let log = running.log();
    for line in ["another program has the camera", "the microphone is open and muted"] {
        assert_eq!(log.matches(line).count(), 1, "{line} is told once:\n{log}");
    }
    assert!(running.signal("TERM").success(), "{}", running.log());

    // The system does not let it use the camera.
    camera.is("YUYV", "denied");
    microphone.ask(&["suspend-sink", "room", "0"]);
    let mut running = agent.sense(&environment, &[]);
    let mut seen = Seen { collector: &collector, running: &mut running };
    seen.gap(Modality::Face, Gap::NotAllowed);
    assert!(running.signal("TERM").success(), "{}", running.log());

    // Another format, and then the shutter is shut.
    camera.is("YUYV", "ok");
    let mut running = agent.sense(&environment, &[]);
    let mut seen = Seen { collector: &collector, running: &mut running };
    let before = seen.windows().len();
    wait::until("the other format to be seen", || {
        let windows = seen.windows();
        windows[before..].iter().any(|scores| scores["coverage"]["face"]["coverage"].as_f64() > Some(0.9)).then_some(())
    });
    let covered = |seen: &mut Seen<'_>| seen.lacking(Modality::Face, Gap::Covered);
    let known = covered(&mut seen);
    camera.cover(true);
    wait::until("a window whose face is covered again", || (covered(&mut seen) > known).then_some(()));
    camera.cover(false);
    assert!(running.signal("TERM").success(), "{}", running.log());
    assert!(!camera.is_open(), "ending closes it");
    assert!(running.log().contains("320x240 YUYV"), "{}", running.log());
}

/// What the collector has of a person whom an agent senses.
struct Seen<'a> {
    collector: &'a Collector,
    running: &'a mut Process,
}

impl Seen<'_> {
    fn check(&mut self) {
        assert!(self.running.is_running(), "the agent ended:\n{}", self.running.log());
    }

    /// The scores of every window, the earliest first.
    fn windows(&mut self) -> Vec<Value> {
        self.check();
        let sessions = play::pages(self.collector.api(), "/api/v1/sessions?user_id=person", "sessions");
        let ids = sessions.iter().filter_map(|session| session["session_id"].as_str());
        let path = |id| format!("/api/v1/sessions/{id}/windows?limit=50");
        let windows = ids.flat_map(|id| play::pages(self.collector.api(), &path(id), "windows"));
        windows.map(|mut window| window["scores"].take()).collect()
    }

    /// Waits until a record of a modality names a reason for what it lacks. Of windows in which nothing was seen there is no
    /// session.
    fn gap(&mut self, modality: Modality, gap: Gap) {
        wait::until(&format!("a window whose {modality} is {gap:?}"), || {
            (self.lacking(modality, gap) > 0).then_some(())
        });
    }

    /// How many records of a modality name a reason.
    fn lacking(&mut self, modality: Modality, gap: Gap) -> usize {
        self.check();
        let records = stored::records(self.collector).into_iter();
        records.filter(|record| record.modality() == modality && record.coverage.gap == Some(gap)).count()
    }

    /// The features of the first record of a modality in whose window nearly everything was seen, as the database holds it.
    fn whole(&mut self, modality: Modality) -> Features {
        wait::until(&format!("a whole window of {modality}"), || {
            self.check();
            let whole = |record: &Record| record.coverage.received * 10 >= record.coverage.expected * 9;
            let of_modality =
                stored::records(self.collector).into_iter().filter(|record| record.modality() == modality);
            of_modality.filter(whole).map(|record| record.features).next()
        })
    }
}
