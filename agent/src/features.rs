//! `features`: records on standard output; no broker, no store.

use std::collections::BTreeMap;
use std::sync::Arc;

use attune_protocol::record::{Coverage, Record};
use attune_protocol::registry::{Modality, Span};
use attune_protocol::window::Window;
use crossbeam_channel::bounded;
use serde::Serialize;

use crate::config::Config;
use crate::control::Control;
use crate::pipeline::Output;
use crate::pipeline::lines::{self, Common};
use crate::stop::Stop;
use crate::timeline::{Clock, Schedule, Sources};
use crate::{AgentError, output};

/// How records are printed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, clap::ValueEnum)]
pub enum Format {
    /// One object a line.
    Json,
    /// One row a record; a column for every feature, empty where it is missing.
    Csv,
}

/// Plays the recordings and prints every record, unquantised, by window and modality. Neither consent nor profile
/// matter: nothing is kept and nothing leaves the screen of who started it.
///
/// # Errors
/// When a source or a model cannot be used, or standard output is closed.
pub fn features(config: &Config, format: Format, stop: &Stop) -> Result<(), AgentError> {
    let sources = Sources::of(&config.play)?;
    let schedule = Schedule::new(&sources, &config.play, Clock::start().now(), None)?;
    let networks = lines::networks(&schedule, &config.models)?;
    let mut order = Order::of(&schedule);
    let (out, outputs) = bounded(64);
    let common = Common { speed: config.play.speed, control: Arc::new(Control::open()), out, stop: stop.clone() };
    let threads = lines::start(schedule, networks.as_ref(), common, |_, begin| begin)?;
    let mut failure = None;
    if format == Format::Csv {
        output::line(header())?;
    }
    let print = |records: Vec<Record>| records.iter().try_for_each(|record| output::line(line(record, format)));
    let printed = outputs.iter().try_for_each(|output| {
        match output {
            Output::Window(record) => order.take(record),
            Output::Ended(modality) => order.end(modality),
            Output::Failed(modality, problem) => {
                order.end(modality);
                failure.get_or_insert(problem);
            }
        }
        print(order.ready())
    });
    stop.ask();
    drop(outputs);
    for thread in threads {
        thread.join().map_err(|_| AgentError::Thread("sensing"))?;
    }
    printed?;
    print(order.rest())?;
    failure.map_or(Ok(()), Err)
}

/// Puts records of several threads into one order: a record waits until every modality has come as far.
struct Order {
    waiting: BTreeMap<(Window, Modality), Record>,
    reached: BTreeMap<Modality, Option<Window>>,
}

impl Order {
    fn of(schedule: &Schedule) -> Self {
        let sensed = Modality::ALL.into_iter().filter(|&m| schedule.span(m).is_some());
        Self { waiting: BTreeMap::new(), reached: sensed.map(|m| (m, None)).collect() }
    }

    fn take(&mut self, record: Record) {
        self.reached.insert(record.modality(), Some(record.window));
        self.waiting.insert((record.window, record.modality()), record);
    }

    fn end(&mut self, modality: Modality) {
        self.reached.remove(&modality);
    }

    fn ready(&mut self) -> Vec<Record> {
        let slowest = self.reached.values().min().copied();
        match slowest {
            None => self.rest(),
            Some(None) => Vec::new(),
            Some(Some(window)) => {
                let later = self.waiting.split_off(&(window.next(), Modality::ALL[0]));
                std::mem::replace(&mut self.waiting, later).into_values().collect()
            }
        }
    }

    fn rest(&mut self) -> Vec<Record> {
        std::mem::take(&mut self.waiting).into_values().collect()
    }
}

#[derive(Serialize)]
struct Line {
    window: i64,
    modality: &'static str,
    quality: f64,
    coverage: f64,
    expected: u32,
    received: u32,
    coverage_60_s: f64,
    coverage_300_s: f64,
    gap: Option<&'static str>,
    features: BTreeMap<&'static str, f64>,
}

fn line(record: &Record, format: Format) -> String {
    let Coverage { expected, received, last_60_s, last_300_s, gap } = record.coverage;
    let line = Line {
        window: record.window.start_millis(),
        modality: record.modality().name(),
        quality: record.quality,
        coverage: record.coverage.over(Span::S10),
        expected,
        received,
        coverage_60_s: last_60_s,
        coverage_300_s: last_300_s,
        gap: gap.map(attune_protocol::record::Gap::name),
        features: record.features.iter().map(|(spec, value)| (spec.name, value)).collect(),
    };
    match format {
        Format::Json => serde_json::to_string(&line).expect("a record is names and finite numbers"),
        Format::Csv => row(&line, record),
    }
}

const FIRST_COLUMNS: &str = "window,modality,quality,coverage,expected,received,coverage_60_s,coverage_300_s,gap";

fn header() -> String {
    let mut header = FIRST_COLUMNS.to_owned();
    for modality in Modality::ALL {
        for feature in modality.features() {
            header += &format!(",{modality}.{}", feature.name);
        }
    }
    header
}

fn row(line: &Line, record: &Record) -> String {
    let Line { window, modality, quality, coverage, expected, received, coverage_60_s, coverage_300_s, gap, .. } = line;
    let gap = gap.unwrap_or_default();
    let mut row = format!(
        "{window},{modality},{quality},{coverage},{expected},{received},{coverage_60_s},{coverage_300_s},{gap}"
    );
    for modality in Modality::ALL {
        for feature in modality.features() {
            let value = record.features.get(feature.ordinal).filter(|_| record.modality() == modality);
            row += &value.map_or_else(|| ",".to_owned(), |value| format!(",{value}"));
        }
    }
    row
}

#[cfg(test)]
mod tests {
    use attune_protocol::features::Features;
    use attune_protocol::record::Gap;
    use attune_protocol::registry::heart;

    use super::*;

    fn record(modality: Modality, window: u32) -> Record {
        let mut features = Features::new(modality);
        if modality == Modality::Heart {
            features.set(heart::MEAN_HR, 61.5);
        }
        Record::new(Window(window), 0.5, Coverage::none(10, Gap::Paused), features)
    }

    #[test]
    fn a_row_has_a_field_for_every_column_and_none_for_what_is_missing() {
        let columns: Vec<String> = header().split(',').map(str::to_owned).collect();
        let row = line(&record(Modality::Heart, 3), Format::Csv);
        let fields: Vec<&str> = row.split(',').collect();
        assert_eq!(fields.len(), columns.len());
        let of = |name: &str| fields[columns.iter().position(|c| c == name).unwrap()];
        assert_eq!((of("heart.mean_hr"), of("heart.rmssd"), of("face.valence"), of("gap")), ("61.5", "", "", "paused"));
    }

    #[test]
    fn records_come_by_window_whatever_order_the_threads_have() {
        let mut order = Order { waiting: BTreeMap::new(), reached: BTreeMap::new() };
        order.reached.extend([(Modality::Face, None), (Modality::Heart, None)]);
        order.take(record(Modality::Heart, 1));
        order.take(record(Modality::Heart, 2));
        assert!(order.ready().is_empty());
        order.take(record(Modality::Face, 1));
        let places = |records: Vec<Record>| records.iter().map(|r| (r.window.0, r.modality())).collect::<Vec<_>>();
        assert_eq!(places(order.ready()), [(1, Modality::Face), (1, Modality::Heart)]);
        order.end(Modality::Face);
        assert_eq!(places(order.ready()), [(2, Modality::Heart)]);
    }
}
