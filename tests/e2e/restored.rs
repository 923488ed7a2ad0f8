//! A state folder that was put back from a copy, or that a disk damaged, has nothing new taken for something old, and loses
//! nothing in silence.

use std::fs;
use std::path::{Path, PathBuf};

use attune_protocol::registry::Modality;
use attune_tests::agent::Agent;
use attune_tests::collector::Collector;
use attune_tests::database::count;
use attune_tests::left_out::tell;
use attune_tests::place::Place;
use attune_tests::{process, recordings, wait};

const MODALITIES: [Modality; 2] = [Modality::Motion, Modality::Heart];
/// Records of one run: two modalities, two minutes.
const RECORDS: i64 = 24;
/// What is kept of the first run: its records, and before them consent to each modality for each of two purposes.
const KEPT: usize = RECORDS as usize + 2 * Modality::ALL.len();
/// Bits that are flipped, each in a copy of its own.
const FLIPS: usize = 8;

#[test]
fn behind_a_state_folder_that_was_put_back_from_a_copy_all_new_records_arrive() {
    let place = Place::new();
    let collector = Collector::start(&place);
    let recording = recordings::only(place.path(), &MODALITIES);
    let agent = Agent::enrol(&place, "device", &collector, "person");
    agent.send_all(&recording, "2026-03-02T09:00:00Z", &[]);
    let copy = place.join("copy");
    copied(agent.state(), &copy);
    agent.send_all(&recording, "2026-03-02T10:00:00Z", &[]);
    assert_eq!(records(&collector), 2 * RECORDS);

    put_back(&copy, &agent);
    agent.send_all(&recording, "2026-03-02T11:00:00Z", &[]);
    assert_eq!(records(&collector), 3 * RECORDS, "what was sent behind the copy: {}", status(&agent));
    let windows = count(&collector.database(), "SELECT COUNT(DISTINCT window_start) FROM records");
    assert_eq!(windows, 3 * RECORDS / 2);
    let epochs = count(&collector.database(), "SELECT COUNT(DISTINCT epoch) FROM records");
    assert_eq!(epochs, 2, "the places behind the copy were taken, so that a new epoch began");
    assert!(status(&agent).contains("began anew"), "{}", status(&agent));
}

#[test]
fn of_many_batches_kept_behind_a_copy_that_was_put_back_each_record_arrives_once() {
    const OFFLINE: i64 = 1440;
    let place = Place::new();
    let mut collector = Collector::start(&place);
    let recording = recordings::only(place.path(), &MODALITIES);
    let agent = Agent::enrol(&place, "device", &collector, "person");
    agent.send_all(&recording, "2026-03-02T09:00:00Z", &[]);
    let copy = place.join("copy");
    copied(agent.state(), &copy);
    agent.send_all(&recording, "2026-03-02T10:00:00Z", &[]);

    put_back(&copy, &agent);
    collector.kill();
    let hours = ["--loop", "motion", "--loop", "heart", "--duration", "7200"];
    let arguments = [&["--speed", "max", "--start", "2026-03-02T12:00:00Z"], &hours[..]].concat();
    agent.keep_offline(&recording, &arguments, OFFLINE as usize);
    collector.restart();
    agent.send_all(&recording, "2026-03-02T12:00:00Z", &hours);
    let twice =
        "SELECT COUNT(*) FROM (SELECT 1 FROM records GROUP BY device, modality, window_start HAVING COUNT(*) > 1)";
    assert_eq!(count(&collector.database(), twice), 0, "{}", status(&agent));
    assert_eq!(records(&collector), 2 * RECORDS + OFFLINE, "{}", status(&agent));
    assert!(status(&agent).contains("began anew"), "{}", status(&agent));
}

#[test]
fn a_withdrawal_that_a_copy_has_forgotten_stands_until_consent_is_given_anew() {
    let place = Place::new();
    let collector = Collector::start(&place);
    let recording = recordings::only(place.path(), &MODALITIES);
    let agent = Agent::enrol(&place, "device", &collector, "person");
    agent.send_all(&recording, "2026-03-02T09:00:00Z", &[]);
    let copy = place.join("copy");
    copied(agent.state(), &copy);
    agent.consent("withdraw", "all");
    agent.send_all(&recording, "2026-03-02T10:00:00Z", &[]);
    let before = records(&collector);

    put_back(&copy, &agent);
    agent.send_all(&recording, "2026-03-02T11:00:00Z", &[]);
    assert_eq!(records(&collector), before, "{}", status(&agent));
    assert!(collector.counted("refused_withdrawn") > 0, "{}", status(&agent));
    // The device has heard of it: it senses nothing more by itself, and says why.
    let granted = || process::output(agent.command().args(["consent", "list"]));
    agent.send_all(&recording, "2026-03-02T12:00:00Z", &[]);
    assert_eq!(records(&collector), before, "{}", granted());
    agent.consent("grant", "all");
    agent.send_all(&recording, "2026-03-02T13:00:00Z", &[]);
    assert_eq!(records(&collector), before + RECORDS, "{}", granted());
}

#[test]
fn a_flipped_bit_in_a_text_of_the_state_folder_loses_nothing_and_stops_nothing() {
    let place = Place::new();
    let collector = Collector::start(&place);
    let recording = recordings::only(place.path(), &MODALITIES);
    // A key by which what waits is opened, the number of an enrolment, under another of which nothing of it would be sent,
    // the collector's key, the decision itself, and the space for orders.
    let flips = [
        ("identity.toml", "seal_key = \"", 0),
        ("identity.toml", "enrolment = ", 1),
        ("identity.toml", "collector_key = \"", 0),
        ("consent.toml", "granted = t", 2),
        ("reserve", "\n\n", 4),
    ];
    for (number, (file, behind, bit)) in flips.into_iter().enumerate() {
        let agent = Agent::enrol(&place, &format!("device{number}"), &collector, &format!("person{number}"));
        agent.keep_offline(&recording, &["--speed", "max", "--start", "2026-03-02T09:00:00Z"], KEPT);
        let (path, before) = (agent.state().join(file), records(&collector));
        let mut bytes = fs::read(&path).expect("it is there");
        let begin = bytes.windows(behind.len()).position(|part| part == behind.as_bytes()).expect("it stands there");
        bytes[begin + behind.len()] ^= 1 << bit;
        fs::write(&path, &bytes).expect("written");
        agent.send_all(&recording, "2026-03-02T10:00:00Z", &[]);
        assert_eq!(records(&collector) - before, 2 * RECORDS, "{file}, {behind}: {}", status(&agent));
        // What is only told costs no more than itself.
        fs::write(agent.state().join("status.json"), "{\n  \"version\": 2,\n  \"pid\"").expect("written");
        assert!(status(&agent).contains("is enrolled over"));
    }
}

#[test]
fn with_one_bit_of_the_outbox_flipped_each_record_arrives_or_is_counted_as_gone() {
    let seed = std::env::var("ATTUNE_SEED").ok().and_then(|text| text.parse().ok()).unwrap_or(20_261_128);
    tell(&format!("flipped bits with ATTUNE_SEED={seed}"));
    let mut random = fastrand::Rng::with_seed(seed);
    for flip in 0..FLIPS {
        let place = Place::new();
        let mut collector = Collector::start(&place);
        let recording = recordings::only(place.path(), &MODALITIES);
        let agent = Agent::enrol(&place, "device", &collector, "person");
        collector.kill();
        let mut running = agent.run(&recording, &["--speed", "max", "--start", "2026-03-02T09:00:00Z"]);
        wait::until("everything to be durable", || (agent.journal().len() >= KEPT).then_some(()));
        if flip % 2 == 0 {
            assert!(running.signal("TERM").success(), "{}", running.log());
        } else {
            running.kill();
        }
        let what = flipped(&agent.state().join("outbox"), &mut random);
        collector.restart();
        agent.send_all(&recording, "2026-03-02T10:00:00Z", &[]);

        let early = "SELECT COUNT(*) FROM records WHERE window_start < 1772445600000";
        let (arrived, new) = (count(&collector.database(), early), records(&collector));
        assert_eq!(new - arrived, RECORDS, "{what}: records that were made afterwards");
        let gone = counted_as_gone(&status(&agent));
        assert!(
            arrived + gone >= RECORDS,
            "{what}: {arrived} arrived, {gone} are counted as gone:\n{}",
            status(&agent)
        );
    }
}

fn put_back(copy: &Path, agent: &Agent) {
    fs::remove_dir_all(agent.state()).expect("the agent has ended");
    copied(copy, agent.state());
}

fn records(collector: &Collector) -> i64 {
    count(&collector.database(), "SELECT COUNT(*) FROM records")
}

fn status(agent: &Agent) -> String {
    process::output(agent.command().arg("status"))
}

/// What the line of `status` says of items that are damaged and lost.
fn counted_as_gone(status: &str) -> i64 {
    let line = status.lines().find(|line| line.starts_with("dropped ")).expect("status counts what is gone");
    let number = |name: &str| -> i64 {
        let (_, rest) = line.split_once(name).unwrap_or_else(|| panic!("{name} in {line:?}"));
        rest.trim_start().chars().take_while(char::is_ascii_digit).collect::<String>().parse().expect("a number")
    };
    number("damaged") + number("lost")
}

/// Flips one bit anywhere in the files of a folder, and says where.
fn flipped(folder: &Path, random: &mut fastrand::Rng) -> String {
    let mut files = files(folder);
    files.retain(|file| fs::metadata(file).is_ok_and(|file| file.len() > 0));
    files.sort();
    let file = &files[random.usize(..files.len())];
    let mut bytes = fs::read(file).expect("a file of the outbox");
    let (at, bit) = (random.usize(..bytes.len()), random.u8(..8));
    bytes[at] ^= 1 << bit;
    fs::write(file, bytes).expect("a file of the outbox");
    format!("bit {bit} of byte {at} of {}", file.strip_prefix(folder).unwrap_or(file).display())
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("a folder of the outbox");
    let paths = entries.map(|entry| entry.expect("an entry").path());
    paths.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

fn copied(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder for the copy");
    for entry in fs::read_dir(from).expect("a folder to copy").map(|entry| entry.expect("an entry").path()) {
        let target = to.join(entry.file_name().expect("an entry has a name"));
        if entry.is_dir() {
            copied(&entry, &target);
        } else {
            fs::copy(&entry, &target).expect("a file to copy");
        }
    }
}
