//! `features`: records on standard output; no broker, no store.

use std::collections::BTreeMap;
use std::sync::Arc;

use attune_analysis::left_out::LeftOut;
use attune_protocol::record::{Coverage, Record};
use attune_protocol::registry::{Modality, Span};
use attune_protocol::window::Window;
use crossbeam_channel::bounded;
use serde::Serialize;
use tracing::warn;

use crate::clock::Clock;
use crate::config::Config;
use crate::control::Control;
use crate::pipeline::Output;
use crate::pipeline::lines::{self, Common};
use crate::stop::Stop;
use crate::timeline::{Schedule, Sources};
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
    let schedule = Schedule::new(&sources, &config.play, Clock::start().now(), None, stop)?;
    let networks = lines::networks(&schedule, &config.models)?;
    let mut order = Order::of(&schedule);
    let (out, outputs) = bounded(64);
    let common = Common { speed: config.play.speed, control: Arc::new(Control::open()), out, stop: stop.clone() };
    let threads = lines::start(schedule, networks.as_ref(), common, |_, begin| begin)?;
    let mut failure = None;
    if format == Format::Csv {
        output::line(header())?;
    }
    let print = |ready: Vec<Ready>| ready.iter().try_for_each(|ready| output::line(line(ready, format)));
    let printed = outputs.iter().try_for_each(|output| {
        match output {
            Output::LeftOut(modality, left_out) => order.leave_out(modality, left_out),
            Output::Window(record, _) => order.take(record),
            Output::Ended(modality) => order.end(modality),
            Output::Gone(modality) => {
                order.end(modality);
                failure.get_or_insert(AgentError::Thread("sensing"));
            }
            Output::Failed(modality, problem) => {
                order.end(modality);
                failure.get_or_insert(problem);
            }
        }
        print(order.ready())
    });
    stop.ask();
    drop(outputs);
    lines::join(threads)?;
    printed?;
    print(order.rest())?;
    for (modality, left_out) in &order.left_out {
        warn!(%modality, "left out behind the last window: {left_out}");
    }
    failure.map_or(Ok(()), Err)
}

/// A record, and the samples that its source left out since the one before.
struct Ready {
    record: Record,
    left_out: LeftOut,
}

/// Puts records of several threads into one order: a record waits until every modality has come as far.
struct Order {
    waiting: BTreeMap<(Window, Modality), Ready>,
    reached: BTreeMap<Modality, Option<Window>>,
    left_out: BTreeMap<Modality, LeftOut>,
}

impl Order {
    fn of(schedule: &Schedule) -> Self {
        let sensed = Modality::SENSED.into_iter().filter(|&m| schedule.span(m).is_some());
        Self { waiting: BTreeMap::new(), reached: sensed.map(|m| (m, None)).collect(), left_out: BTreeMap::new() }
    }

    fn leave_out(&mut self, modality: Modality, left_out: LeftOut) {
        self.left_out.entry(modality).or_default().add(left_out);
    }

    fn take(&mut self, record: Record) {
        let (window, modality) = (record.window, record.modality());
        self.reached.insert(modality, Some(window));
        let left_out = self.left_out.remove(&modality).unwrap_or_default();
        self.waiting.insert((window, modality), Ready { record, left_out });
    }

    fn end(&mut self, modality: Modality) {
        self.reached.remove(&modality);
    }

    fn ready(&mut self) -> Vec<Ready> {
        let slowest = self.reached.values().min().copied();
        match slowest {
            None => self.rest(),
            Some(None) => Vec::new(),
            Some(Some(window)) => {
                let later = self.waiting.split_off(&(window.next(), Modality::SENSED[0]));
                std::mem::replace(&mut self.waiting, later).into_values().collect()
            }
        }
    }

    fn rest(&mut self) -> Vec<Ready> {
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
    #[serde(skip_serializing_if = "Option::is_none")]
    left_out: Option<LeftOut>,
    features: BTreeMap<&'static str, f64>,
}

fn line(Ready { record, left_out }: &Ready, format: Format) -> String {
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
        left_out: Some(*left_out).filter(|left_out| left_out.total() > 0),
        features: record.features.iter().map(|(spec, value)| (spec.name, value)).collect(),
    };
    match format {
        Format::Json => serde_json::to_string(&line).expect("a record is names and finite numbers"),
        Format::Csv => row(&line, record),
    }
}

const FIRST_COLUMNS: &str =
    "window,modality,quality,coverage,expected,received,coverage_60_s,coverage_300_s,gap,left_out";

fn header() -> String {
    let mut header = FIRST_COLUMNS.to_owned();
    for modality in Modality::SENSED {
        for feature in modality.features() {
            header += &format!(",{modality}.{}", feature.name);
        }
    }
    header
}

fn row(line: &Line, record: &Record) -> String {
    let Line { window, modality, quality, coverage, expected, received, coverage_60_s, coverage_300_s, gap, .. } = line;
    let (gap, left_out) = (gap.unwrap_or_default(), line.left_out.unwrap_or_default().total());
    let mut row = format!(
        "{window},{modality},{quality},{coverage},{expected},{received},{coverage_60_s},{coverage_300_s},{gap},{left_out}"
    );
    for modality in Modality::SENSED {
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
        let left_out = LeftOut { false_times: 2, ..LeftOut::default() };
        let row = line(&Ready { record: record(Modality::Heart, 3), left_out }, Format::Csv);
        let fields: Vec<&str> = row.split(',').collect();
        assert_eq!(fields.len(), columns.len());
        let of = |name: &str| fields[columns.iter().position(|c| c == name).unwrap()];
        assert_eq!((of("heart.mean_hr"), of("heart.rmssd"), of("face.valence"), of("gap")), ("61.5", "", "", "paused"));
        assert_eq!(of("left_out"), "2");
    }

    #[test]
    fn records_come_by_window_whatever_order_the_threads_have() {
        let mut order = Order { waiting: BTreeMap::new(), reached: BTreeMap::new(), left_out: BTreeMap::new() };
        order.reached.extend([(Modality::Face, None), (Modality::Heart, None)]);
        order.take(record(Modality::Heart, 1));
        order.take(record(Modality::Heart, 2));
        assert!(order.ready().is_empty());
        order.take(record(Modality::Face, 1));
        let places =
            |ready: Vec<Ready>| ready.iter().map(|r| (r.record.window.0, r.record.modality())).collect::<Vec<_>>();
        assert_eq!(places(order.ready()), [(1, Modality::Face), (1, Modality::Heart)]);
        order.end(Modality::Face);
        assert_eq!(places(order.ready()), [(2, Modality::Heart)]);
    }

    #[test]
    fn what_was_left_out_is_named_with_the_record_that_lacks_it() {
        let mut order = Order { waiting: BTreeMap::new(), reached: BTreeMap::new(), left_out: BTreeMap::new() };
        order.reached.insert(Modality::Heart, None);
        order.leave_out(Modality::Heart, LeftOut { unread: 1, ..LeftOut::default() });
        order.leave_out(Modality::Heart, LeftOut { overload: 2, ..LeftOut::default() });
        order.take(record(Modality::Heart, 1));
        order.take(record(Modality::Heart, 2));
        let lines: Vec<String> = order.ready().iter().map(|ready| line(ready, Format::Json)).collect();
        assert!(
            lines[0].contains(r#""left_out":{"unread":1,"no_value":0,"false_times":0,"out_of_order":0,"overload":2}"#),
            "{}",
            lines[0]
        );
        assert!(!lines[1].contains("left_out"), "{}", lines[1]);
    }
}
