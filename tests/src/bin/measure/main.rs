//! Measures what the README states, over the real programs:
//!
//! - `measure footprint [SECONDS]`: bytes on the wire, processor share and memory of an agent in real time;
//! - `measure live [SECONDS]`: the same of one that senses with camera, microphone, a wearable and a phone, all virtual
//!   (`tests/virtual-devices`); an hour is `measure live 3600`;
//! - `measure analyze`: how fast the collector answers `POST /analyze`, and what memory it takes;
//! - `measure heavy`: what the heaviest work of clients takes of the collector, and how long others wait beside it;
//! - `measure ingest sqlite|postgres [DEVICES BATCHES [read]]`: how many records a second become durable, how long acknowledgements
//!   take and how far fusing is behind, with 2,000 devices that send 10 batches each where nothing is said;
//! - `measure dashboards sqlite|postgres [--people N] [--teams N] [--days N]`: how fast pages and API answer about wellbeing over time, what
//!   one more day costs with ever more behind it, and how much lies on the disk, with 1,000 people, 60 teams and 365 days where nothing is
//!   said;
//! - `measure messages sqlite|postgres [N]`: how many messages a second are taken in, read and written down; 4,000 where nothing is said;
//! - `measure stress FOLDER`: how well the stress score tells the labels of the stress_predict recordings.

mod analyze;
mod auc;
mod dashboards;
mod footprint;
mod heavy;
mod ingest;
#[cfg(target_os = "linux")]
mod live;
mod messages;
mod stress;

use std::path::Path;
use std::process::ExitCode;

#[expect(clippy::print_stdout, reason = "the tool's answer, in this one place")]
fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let report = match &arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["footprint"] => footprint::measure(300),
        ["footprint", seconds] if seconds.parse::<u64>().is_ok_and(|s| s > 0) => {
            footprint::measure(seconds.parse().unwrap_or(300))
        }
        #[cfg(target_os = "linux")]
        ["live"] => live::measure(180),
        #[cfg(target_os = "linux")]
        ["live", seconds] if seconds.parse::<u64>().is_ok_and(|s| s > 0) => {
            live::measure(seconds.parse().unwrap_or(180))
        }
        ["analyze"] => analyze::measure(),
        ["heavy"] => heavy::measure(),
        ["ingest", database @ ("sqlite" | "postgres"), rest @ ..] => {
            let numbers: Vec<usize> = rest.iter().take(2).filter_map(|number| number.parse().ok()).collect();
            match (&numbers[..], rest) {
                ([], []) => ingest::measure(database, 2000, 10, false),
                (&[devices, batches], [_, _] | [_, _, "read"]) if devices > 0 && batches > 0 => {
                    ingest::measure(database, devices, batches, rest.len() == 3)
                }
                _ => return help(),
            }
        }
        ["dashboards", database @ ("sqlite" | "postgres"), rest @ ..] => match size(rest) {
            Some(size) => dashboards::measure(database, size, |line| println!("{line}")).err().unwrap_or_default(),
            None => return help(),
        },
        ["messages", database @ ("sqlite" | "postgres")] => messages::measure(database, 4000),
        ["messages", database @ ("sqlite" | "postgres"), number] => match number.parse() {
            Ok(number) if number > 0 => messages::measure(database, number),
            _ => return help(),
        },
        ["stress", folder] => stress::measure(Path::new(folder)),
        _ => return help(),
    };
    println!("{report}");
    ExitCode::SUCCESS
}

/// How much is made up, as it is written.
fn size(written: &[&str]) -> Option<dashboards::Size> {
    let mut size = dashboards::Size { people: 1000, teams: 60, days: 365 };
    for pair in written.chunks(2) {
        let [flag, number] = pair else { return None };
        let number = number.parse().ok().filter(|number| *number > 0)?;
        match *flag {
            "--people" => size.people = number,
            "--teams" => size.teams = number,
            "--days" => size.days = number,
            _ => return None,
        }
    }
    Some(size)
}

#[expect(clippy::print_stdout, reason = "how the tool is used")]
fn help() -> ExitCode {
    println!(
        "measure footprint [SECONDS] | measure live [SECONDS] | measure analyze | measure heavy | \
         measure ingest sqlite|postgres [DEVICES BATCHES [read]] | \
         measure dashboards sqlite|postgres [--people N] [--teams N] [--days N] | measure messages sqlite|postgres [N] | measure stress FOLDER-OF-stress_predict"
    );
    ExitCode::FAILURE
}
