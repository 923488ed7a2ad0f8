mod fusing;
mod reading;
mod reasons;
mod said;

use attune_analysis::indicators::{Assessment, Terms, assess};
use attune_ground::http::Problem;
use attune_ground::keys::PersonKeys;
use attune_protocol::features::Features;
use attune_protocol::ids::SessionId;
use attune_protocol::policy::Profile;
use attune_protocol::record::{Coverage, Gap, Record};
use attune_protocol::registry::{Modality, check_in, text};
use attune_protocol::window::Window;

use super::query::{self, SessionFilter, SessionRow};
use super::{ReasonView, ScoresView, Shelf};
use crate::testing::{Device, EVERYTHING, Fixture, consent, heart_record};

const WINDOW: u32 = 177_000_000; // 2026-02-02T02:40:00Z

async fn send(fixture: &Fixture, device: &Device, seq: u64, window: u32, rate: f64) {
    let batch = device.batch(vec![(seq, heart_record(window, rate))]);
    assert_eq!(fixture.take_in(vec![batch]).await.len(), 1);
}

pub(super) async fn fuse(fixture: &Fixture) {
    while fixture.fuser().fuse_waiting().await.expect("fuses") > 0 {}
}

pub(super) async fn sessions(fixture: &Fixture) -> Vec<SessionRow> {
    let filter = SessionFilter { people: None, kind: None, from: i64::MIN, to: i64::MAX, after: None, offset: 0 };
    query::list(&fixture.context.store, &filter, 100).await.expect("lists").sessions
}

/// Runs of windows with no more than ten minutes between one's end and the next one's start, the latest first.
pub(super) fn model(windows: &[u32]) -> Vec<(i64, i64, i64)> {
    let mut sorted = windows.to_vec();
    sorted.sort_unstable();
    sorted.dedup();
    let mut runs: Vec<(i64, i64, i64)> = Vec::new();
    for window in sorted {
        let start = i64::from(window) * 10_000;
        match runs.last_mut() {
            Some(run) if start - run.1 <= 600_000 => *run = (run.0, start + 10_000, run.2 + 1),
            _ => runs.push((start, start + 10_000, 1)),
        }
    }
    runs.reverse();
    runs
}

/// A record of a modality with every feature, kept under a version of the consent book.
fn full_record(modality: Modality, version: u32) -> Vec<u8> {
    let mut features = Features::new(modality);
    modality.features().iter().for_each(|spec| features.set(spec.ordinal, f64::midpoint(spec.min, spec.max)));
    let coverage = Coverage { expected: 100, received: 100, last_60_s: 1.0, last_300_s: 1.0, gap: None };
    Record { consent: version, ..Record::new(Window(WINDOW), 0.95, coverage, features) }.encode()
}
