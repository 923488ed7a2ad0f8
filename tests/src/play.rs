//! From a recording to what the API says of it.

use std::path::Path;

use serde_json::Value;

use crate::agent::Agent;
use crate::api;
use crate::collector::Collector;
use crate::database;
use crate::place::Place;
use crate::wait;

/// When recordings are played, unless a test is about time: on the grid of windows.
pub const START: &str = "2026-01-05T09:00:00Z";

/// What the API says of one person.
pub struct Outcome {
    /// `GET /sessions/{id}` of their only session.
    pub session: Value,
    /// The scores in it.
    pub scores: Value,
    /// The scores of its windows, oldest first.
    pub windows: Vec<Value>,
    /// Unix seconds at which these windows start.
    pub starts: Vec<i64>,
}

/// Plays a recording through a collector and an agent of its own.
#[must_use]
pub fn play(recording: &Path, arguments: &[&str]) -> Outcome {
    let place = Place::new();
    let collector = Collector::start(&place);
    play_on(&place, &collector, "person", recording, arguments)
}

/// Plays a recording through an agent of its own, for a user that `collector` does not know yet.
#[must_use]
pub fn play_on(place: &Place, collector: &Collector, user: &str, recording: &Path, arguments: &[&str]) -> Outcome {
    let agent = Agent::enrol(place, user, collector, user);
    agent.send_all(recording, START, arguments);
    outcome(collector, user)
}

/// The only session of a user, once everything stored is fused.
///
/// # Panics
/// When there is none or more than one.
#[must_use]
pub fn outcome(collector: &Collector, user: &str) -> Outcome {
    wait::until("everything stored to be fused", || {
        (database::count(&collector.database(), "SELECT COUNT(*) FROM pending_fusion") == 0).then_some(())
    });
    let list = pages(collector.api(), &format!("/api/v1/sessions?user_id={user}"), "sessions");
    assert_eq!(list.len(), 1, "{user} has one session: {list:#?}");
    let id = list[0]["session_id"].as_str().expect("a session has an id");
    let session = api::ok(collector.api(), &format!("/api/v1/sessions/{id}"));
    let windows = pages(collector.api(), &format!("/api/v1/sessions/{id}/windows?limit=50"), "windows");
    let scores = session["scores"].clone();
    let starts = windows.iter().map(|window| second(&window["window_start"])).collect();
    let windows = windows.into_iter().map(|mut window| window["scores"].take()).collect();
    Outcome { session, scores, windows, starts }
}

fn second(time: &Value) -> i64 {
    let text = time.as_str().expect("a time is a string");
    text.parse::<jiff::Timestamp>().expect("a time is RFC 3339").as_second()
}

/// All pages of a list whose rows stand under `field`.
///
/// # Panics
/// When the list has not that form.
#[must_use]
pub fn pages(base: &str, path: &str, field: &str) -> Vec<Value> {
    let (mut rows, mut next) = (Vec::new(), path.to_owned());
    loop {
        let page = api::ok(base, &next);
        rows.extend(page[field].as_array().unwrap_or_else(|| panic!("{next} lists {field}: {page:#}")).clone());
        let Some(cursor) = page["next_cursor"].as_str() else { return rows };
        next = format!("{path}{}cursor={cursor}", if path.contains('?') { "&" } else { "?" });
    }
}

impl Outcome {
    /// Mean of a number over windows `from..to`, among those that have it.
    ///
    /// # Panics
    /// When none of them has it.
    #[must_use]
    pub fn mean(&self, field: &str, from: usize, to: usize) -> f64 {
        let known: Vec<f64> = self.windows[from..to].iter().filter_map(|window| window[field].as_f64()).collect();
        assert!(!known.is_empty(), "no window in {from}..{to} has {field}: {:#?}", self.windows);
        known.iter().sum::<f64>() / known.len() as f64
    }

    /// Names of the modalities that contributed to a score of the session.
    #[must_use]
    pub fn contributors(&self, score: &str) -> Vec<String> {
        self.scores["contributions"][score].as_object().into_iter().flat_map(|by| by.keys().cloned()).collect()
    }
}
