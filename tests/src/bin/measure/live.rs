use std::fmt::Write as _;
use std::net::TcpStream;
use std::time::{Duration, Instant};

use attune_protocol::registry::Modality;
use attune_tests::agent::Agent;
use attune_tests::bluez::{Bluez, strap};
use attune_tests::collector::Collector;
use attune_tests::devices::{Camera, Microphone};
use attune_tests::phone::{Carried, Phone};
use attune_tests::place::Place;
use attune_tests::ports::free_port;
use attune_tests::process::{self, Process};
use attune_tests::proxy::Proxy;
use attune_tests::{media, stored, wait};
use serde_json::json;

use crate::footprint::processor_seconds;

const TEST: &str = "live devices";
const STRAP: &str = "C0:FF:EE:00:00:01";
/// Seconds of speech that the microphone hears, again and again.
const SPEECH: u32 = 300;
/// How often it is looked how the agent does, seconds.
const LOOK: u64 = 10;

/// Senses with virtual devices as a person's laptop would with its own: a camera of 10 pictures a second (which lives in the agent's
/// own process, and counts), a microphone that hears speech all along, a heart rate strap over Bluetooth, and a phone's motion, in
/// real time, through a connection that passes a counting proxy. The settings are the built-in ones, but for
/// how long is waited for the phone, so that what it said is stored when this ends.
pub(crate) fn measure(seconds: u64) -> String {
    let place = Place::new();
    let (Some(camera), Some(mut microphone)) = (Camera::new(&place, TEST), Microphone::new(&place, TEST)) else {
        return "the virtual camera or microphone cannot be had: see above".into();
    };
    let scenario = json!({ "devices": [strap(STRAP, "Strap one")] });
    let Some(bluez) = Bluez::start(TEST, &place, &scenario) else {
        return "the virtual Bluetooth cannot be had: see above".into();
    };
    let speech = place.join("speech.wav");
    std::fs::write(&speech, media::speech(f64::from(SPEECH))).expect("the temporary folder can be written");
    let collector = Collector::start(&place);
    let broker_port = collector.broker().rsplit(':').next().and_then(|port| port.parse().ok()).expect("a port");
    let proxy = Proxy::before(broker_port);
    let agent = Agent::enrol_at(&place, "device", &collector, "person", &format!("mqtt://127.0.0.1:{}", proxy.port));
    let address = format!("127.0.0.1:{}", free_port());
    agent.configure(&format!(
        "[camera]\ndevice = \"0\"\n[microphone]\ndevice = \"Attune test microphone\"\n[phone]\nlisten = {address:?}\nlate = 10.0\n"
    ));
    let environment = [camera.environment(), microphone.environment(), bluez.bus().environment()].concat();
    let mut pair = agent.command();
    process::output(pair.envs(environment.iter().copied()).args(["pair", STRAP, "--seconds", "2"]));
    let (phone, _) = Phone::set_up(&agent, address);
    let enrolment = proxy.bytes();

    let started = Instant::now();
    let mut running = agent.sense(&environment, &[]);
    wait::until("the agent to listen for the phone", || TcpStream::connect(&phone.address).ok());
    let carried = Carried::begin(phone, Duration::from_secs(1));
    let mut heard: Option<Instant> = None;
    let (mut shares, mut before) = (Vec::new(), (Instant::now(), processor_seconds(running.id())));
    while started.elapsed() < Duration::from_secs(seconds) {
        if heard.is_none_or(|at| at.elapsed() >= Duration::from_secs(u64::from(SPEECH))) {
            microphone.hear(&speech);
            heard = Some(Instant::now());
        }
        std::thread::sleep(Duration::from_secs(LOOK));
        assert!(running.is_running(), "the agent ended early:\n{}", running.log());
        let now = (Instant::now(), processor_seconds(running.id()));
        shares.push(100.0 * (now.1 - before.1) / (now.0 - before.0).as_secs_f64());
        before = now;
    }
    let wall = started.elapsed().as_secs_f64();
    let (cpu, peak, status) = (processor_seconds(running.id()), running.peak_memory(), agent.status());
    drop(carried);
    let fitted = fitted(&running);
    assert!(running.signal("TERM").success(), "{}", running.log());
    let (up, down) = proxy.bytes();
    let bytes = (up - enrolment.0) + (down - enrolment.1);

    let mut report = String::new();
    let mut line = |text: String| writeln!(report, "{text}").expect("writing to a string does not fail");
    line(format!(
        "{seconds} s in real time: camera 10 fps, microphone, strap over Bluetooth, phone's motion, all live"
    ));
    line(format!("processor: {:.1} % of one core (loading the networks included)", 100.0 * cpu / wall));
    // Half a minute passes before anything is measured, and more until it is fitted.
    let last = &shares[shares.len() / 2..];
    let mean = last.iter().sum::<f64>() / last.len().max(1) as f64;
    let most = shares.iter().skip(6).copied().fold(0.0, f64::max);
    line(format!("of the second half {mean:.1} %; the largest of {LOOK} s after the first minute {most:.1} %"));
    line(format!("largest resident memory: {:.1} MB", peak as f64 / 1e6));
    let hour = bytes as f64 * 3.6 / seconds as f64;
    line(format!("bytes of the MQTT connection, both ways: {bytes}, which is {hour:.1} KB an hour"));
    let records = stored::records(&collector);
    for modality in Modality::SENSED {
        let of: Vec<f64> = records
            .iter()
            .filter(|record| record.modality() == modality)
            .map(|record| f64::from(record.coverage.received) / f64::from(record.coverage.expected.max(1)))
            .collect();
        let mean = 100.0 * of.iter().sum::<f64>() / of.len().max(1) as f64;
        line(format!("{modality}: {} windows stored, {mean:.0} % seen", of.len()));
    }
    fitted.into_iter().for_each(&mut line);
    line(status.lines().find(|line| line.starts_with("processor")).unwrap_or("no word on the processor").to_owned());
    report
}

/// What the agent said of being fitted to its share.
fn fitted(running: &Process) -> Vec<String> {
    let log = running.log();
    log.lines().filter(|line| line.contains("was fitted")).map(|line| line.trim().to_owned()).collect()
}
