use std::fmt::Write as _;
use std::time::{Duration, Instant};

use attune_protocol::registry::Modality;
use attune_tests::agent::Agent;
use attune_tests::collector::Collector;
use attune_tests::place::Place;
use attune_tests::proxy::Proxy;
use attune_tests::{database, recordings};

/// Clock ticks a second in `/proc`, the same on every Linux.
const TICKS: f64 = 100.0;

/// Plays the shipped recording, its 600 pictures at 10 a second, in real time through an agent whose connection passes
/// a counting proxy.
pub(crate) fn measure(seconds: u64) -> String {
    let place = Place::new();
    let collector = Collector::start(&place);
    let broker_port = collector.broker().rsplit(':').next().and_then(|port| port.parse().ok()).expect("a port");
    let proxy = Proxy::before(broker_port);
    let files = Modality::SENSED.map(|m| (m, recordings::shipped().join(recordings::file_of(m))));
    let recording = recordings::of_files(place.path(), &files, 10.0);
    let agent = Agent::enrol_at(&place, "device", &collector, "person", &format!("mqtt://127.0.0.1:{}", proxy.port));
    let enrolment = proxy.bytes();

    let duration = seconds.to_string();
    let mut arguments = vec!["--speed", "1", "--duration", &duration];
    for modality in Modality::SENSED {
        arguments.extend(["--loop", modality.name()]);
    }
    let started = Instant::now();
    let mut running = agent.run(&recording, &arguments);
    std::thread::sleep(Duration::from_secs(seconds + 5));
    let wall = started.elapsed().as_secs_f64();
    let (cpu, peak) = (processor_seconds(running.id()), running.peak_memory());
    assert!(running.is_running(), "the agent ended early:\n{}", running.log());
    running.signal("TERM");
    let (up, down) = proxy.bytes();
    let (up, down) = (up - enrolment.0, down - enrolment.1);
    let records = database::count(&collector.database(), "SELECT COUNT(*) FROM records");

    let mut report = String::new();
    let mut line = |text: String| writeln!(report, "{text}").expect("writing to a string does not fail");
    line(format!("{seconds} s in real time: camera 10 fps, microphone 16 kHz, motion 50 Hz, heart; {records} records"));
    line(format!("bytes of the MQTT connection: {up} up, {down} down"));
    line(format!("a person-hour at that rate: {:.1} KB", (up + down) as f64 * 3600.0 / seconds as f64 / 1000.0));
    line(format!("processor: {:.1} % of one core (loading the networks included)", cpu / wall * 100.0));
    line(format!("largest resident memory: {:.1} MB", peak as f64 / 1e6));
    report
}

/// Processor seconds so far.
pub(crate) fn processor_seconds(id: u32) -> f64 {
    let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).expect("the process runs, on Linux");
    let after_name = stat.rsplit(") ").next().expect("the name stands in parentheses");
    after_name.split(' ').skip(11).take(2).filter_map(|field| field.parse::<f64>().ok()).sum::<f64>() / TICKS
}
