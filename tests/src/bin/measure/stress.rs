use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use attune_protocol::registry::Modality;
use attune_tests::agent::Agent;
use attune_tests::collector::Collector;
use attune_tests::place::Place;
use attune_tests::{play, process, recordings};

use crate::auc::auc;

/// The people whose figure is asked for. S01 has no labels.
const PEOPLE: std::ops::RangeInclusive<u32> = 1..=10;
/// Of the Empatica E4: acceleration in 1/64 g.
const STANDARD_GRAVITY: f64 = 9.80665;

/// Plays each person's heart and wrist motion through agent and collector, and compares the stress score of every
/// window that has one with the label of most of its seconds.
pub(crate) fn measure(folder: &Path) -> String {
    let labels = labels(folder);
    let place = Place::new();
    let collector = Collector::start(&place);
    let (mut report, mut pooled, mut each) = (String::new(), Vec::new(), Vec::new());
    let mut line = |text: String| writeln!(report, "{text}").expect("writing to a string does not fail");
    for person in PEOPLE {
        let name = format!("S{person:02}");
        let Some(labels) = labels.get(&person) else {
            line(format!("{name}: no labels"));
            continue;
        };
        let recording = place.join(&name);
        std::fs::create_dir(&recording).expect("the temporary folder can be written");
        let start = write_recording(&folder.join(&name), &recording);
        let agent = Agent::enrol(&place, &format!("device-{name}"), &collector, &name);
        agent.send_all(&recording, &start_of(start), &[]);
        let outcome = play::outcome(&collector, &name);
        let (scored, labelled) = scored(&outcome, labels);
        let stressed = scored.iter().filter(|(_, stress)| *stress).count();
        let area = auc(&scored).map_or("-".into(), |area| format!("{area:.3}"));
        line(format!(
            "{name}: AUC {area}, {} of {labelled} labelled windows scored, {stressed} under stress",
            scored.len()
        ));
        each.extend(auc(&scored));
        pooled.extend(scored);
    }
    let mean = each.iter().sum::<f64>() / each.len() as f64;
    let area = auc(&pooled).map_or("-".into(), |area| format!("{area:.3}"));
    line(format!("pooled: AUC {area} over {} windows; mean over {} people {mean:.3}", pooled.len(), each.len()));
    report
}

/// Seconds of each label of a person, by Unix second.
type Labels = BTreeMap<i64, bool>;

fn labels(folder: &Path) -> BTreeMap<u32, Labels> {
    let mut people: BTreeMap<u32, Labels> = BTreeMap::new();
    for row in unpacked(&folder.join("labels_1hz.csv.gz")).lines().skip(1) {
        let fields: Vec<&str> = row.split(',').map(str::trim).collect();
        let [person, _, _, second, label] = fields[..] else { continue };
        let (Ok(person), Ok(second), Ok(label)) = (person.parse(), second.parse::<f64>(), label.parse::<f64>()) else {
            continue;
        };
        people.entry(person).or_default().insert(second as i64, label > 0.5);
    }
    people
}

/// Writes a person's motion and heart as the agent reads them, and gives the Unix second at which they start.
fn write_recording(source: &Path, recording: &Path) -> i64 {
    let acceleration = unpacked(&source.join("ACC.csv.gz"));
    let mut rows = acceleration.lines();
    let start = first_number(rows.next());
    let rate = first_number(rows.next());
    let mut motion = String::from("x_acc,y_acc,z_acc,timestamp\n");
    for (index, row) in rows.enumerate() {
        let axes: Vec<f64> = row.split(',').filter_map(|field| field.trim().parse::<f64>().ok()).collect();
        let [x, y, z] = axes[..] else { continue };
        let unit = STANDARD_GRAVITY / 64.0;
        let millis = index as f64 * 1000.0 / rate;
        writeln!(motion, "{:.4},{:.4},{:.4},{millis:.0}", x * unit, y * unit, z * unit).expect("writing to a string");
    }
    let intervals = unpacked(&source.join("IBI.csv.gz"));
    let mut rows = intervals.lines();
    let offset = first_number(rows.next()) - start;
    // The first row holds both recordings at the same instant, also where the first beat comes minutes later.
    let mut heart = String::from("timestamp,rr\n0,\n");
    for row in rows {
        let Some((at, interval)) = row.split_once(',') else { continue };
        let (Ok(at), Ok(interval)) = (at.trim().parse::<f64>(), interval.trim().parse::<f64>()) else { continue };
        writeln!(heart, "{:.0},{:.1}", (at + offset) * 1000.0, interval * 1000.0).expect("writing to a string");
    }
    std::fs::write(recording.join("motion.csv"), motion).expect("the temporary folder can be written");
    std::fs::write(recording.join("heart.csv"), heart).expect("the temporary folder can be written");
    let files = [Modality::Motion, Modality::Heart].map(|m| (m, recording.join(recordings::file_of(m))));
    let _ = recordings::of_files(recording, &files, 5.0);
    start as i64
}

/// Score and label of each window that has both, and how many have a label.
fn scored(outcome: &play::Outcome, labels: &Labels) -> (Vec<(f64, bool)>, usize) {
    let (mut scored, mut labelled) = (Vec::new(), 0);
    for (&first, window) in outcome.starts.iter().zip(&outcome.windows) {
        let seconds: Vec<bool> = (first..first + 10).filter_map(|second| labels.get(&second).copied()).collect();
        if seconds.len() < 6 {
            continue;
        }
        labelled += 1;
        let stress = seconds.iter().filter(|&&stress| stress).count() * 2 > seconds.len();
        scored.extend(window["stress_level"].as_f64().map(|score| (score, stress)));
    }
    (scored, labelled)
}

fn first_number(row: Option<&str>) -> f64 {
    let field = row.and_then(|row| row.split(',').next()).map(str::trim);
    field.and_then(|field| field.parse().ok()).expect("the file begins with its start and rate")
}

fn unpacked(file: &Path) -> String {
    process::output(Command::new("gzip").arg("-dc").arg(file))
}

fn start_of(second: i64) -> String {
    jiff::Timestamp::from_second(second).expect("the recordings are of this century").to_string()
}
