//! How the parts are: database, broker, each model, disk, clock, and what is stored.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use attune_analysis::networks::NetworkInfo;
use attune_ground::store::{Clock, Condition, Lost, Store};
use attune_ground::time::rfc3339;
use attune_people::rights::Asker;
use attune_protocol::policy::Profile;
use axum::extract::{FromRef, State};
use axum::http::StatusCode;
use axum::routing::get;
use axum::{Json, Router};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::broker::{GateCounts, GateWatch};
use crate::ingest::{Counters, Counts, Link};

/// Less free space than this and the disk is called unwell: a day of a large team.
const LEAST_FREE: u64 = 256 << 20;

/// How long work that goes on by itself may fail until it is called unwell, milliseconds.
const PATIENCE_MILLIS: i64 = 10 * 60_000;

/// What is looked at.
#[derive(Clone, Debug)]
pub struct Health {
    /// The database.
    pub store: Store,
    /// Where the database's file and keys lie.
    pub state: PathBuf,
    /// The profile in force.
    pub profile: Profile,
    /// The models that were loaded at start.
    pub models: Vec<ModelHealth>,
    /// The way to the broker.
    pub link: Link,
    /// What ingest counted.
    pub counters: Arc<Counters>,
    /// What the gate before the embedded broker counts.
    pub gate: Option<GateWatch>,
}

/// The parts, as health and metrics call them.
pub(crate) const PARTS: [&str; 6] = ["database", "broker", "disk", "stored", "clock", "chores"];

impl Health {
    /// How each of [`PARTS`] is, in their order.
    pub(crate) async fn parts(&self) -> [PartHealth; PARTS.len()] {
        let connected = self.link.is_connected();
        [
            database(&self.store).await,
            PartHealth { ok: connected, detail: if connected { "connected" } else { "not connected" }.into() },
            disk(self.free_bytes()),
            stored(&self.store),
            clock(self.store.clock()),
            chores(&self.store),
        ]
    }

    /// What is free on the fuller of the disks on which the state folder and the database lie.
    ///
    /// # Errors
    /// When the system does not tell.
    pub(crate) fn free_bytes(&self) -> std::io::Result<u64> {
        free_bytes(&self.state, self.store.file())
    }
}

/// How one part is.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, ToSchema)]
pub struct PartHealth {
    /// Whether it works.
    pub ok: bool,
    /// What it is, or what is wrong with it; who has not signed in, and no token of a machine that watches, is told no numbers.
    pub detail: String,
}

impl PartHealth {
    /// As anybody may know it.
    fn plain(&mut self) {
        self.detail = if self.ok { "works" } else { "is unwell: who has signed in is told why" }.into();
    }
}

/// A model that is loaded.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, ToSchema)]
pub struct ModelHealth {
    /// What it is for.
    pub task: String,
    /// Its file.
    pub file: String,
    /// SHA-256 of the file, as the manifest has it and as it was checked at start.
    pub sha256: String,
}

/// How all parts are.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, ToSchema)]
pub struct HealthView {
    /// `ok`, or `unwell` when one part is.
    pub status: &'static str,
    /// The jurisdiction profile in force.
    pub profile: &'static str,
    /// Takes commits.
    pub database: PartHealth,
    /// Is connected.
    pub broker: PartHealth,
    /// Has room.
    pub disk: PartHealth,
    /// Everything that was read opens.
    pub stored: PartHealth,
    /// The clock can be right.
    pub clock: PartHealth,
    /// The work that goes on by itself is done.
    pub chores: PartHealth,
    /// Models that were checked and loaded at start.
    pub models: Vec<ModelHealth>,
    /// What became of messages since the start; null for who has not signed in.
    pub ingest: Option<Counts>,
    /// Who is connected to the embedded broker, and who was turned away since the start; null with an external broker, and for who has
    /// not signed in.
    pub gate: Option<GateCounts>,
}

impl HealthView {
    /// As anybody may know it, also who has not signed in: whether each part works, and kinds of what is damaged, without numbers.
    fn plain(&mut self, damaged: &[String]) {
        let Self { database, broker, disk, stored, clock, chores, ingest, gate, .. } = self;
        [database, broker, disk, clock, chores].into_iter().for_each(PartHealth::plain);
        stored.plain();
        if !damaged.is_empty() {
            stored.detail = format!("damaged and left out: {}", damaged.join(", "));
        }
        (*ingest, *gate) = (None, None);
    }
}

impl From<NetworkInfo> for ModelHealth {
    fn from(info: NetworkInfo) -> Self {
        Self { task: info.task.to_string(), file: info.file.display().to_string(), sha256: info.sha256 }
    }
}

pub(crate) fn router<S: Clone + Send + Sync + 'static>() -> OpenApiRouter<S>
where
    Health: FromRef<S>,
{
    OpenApiRouter::new().routes(routes!(health))
}

pub(crate) fn unversioned<S: Clone + Send + Sync + 'static>() -> Router<S>
where
    Health: FromRef<S>,
{
    Router::new().route("/health", get(health))
}

/// Database, broker, models, disk, clock, whether what is stored opens, and whether the work is done that goes on by itself. 503 when one of them is unwell. Numbers are for who has signed
/// in, and for machines with the permit `metrics`.
#[utoipa::path(
    get, path = "/health", tag = "service",
    responses((status = 200, body = HealthView), (status = 503, body = HealthView, description = "a part is unwell"))
)]
async fn health(asker: Asker, State(health): State<Health>) -> (StatusCode, Json<HealthView>) {
    let parts = health.parts().await;
    let ok = parts.iter().all(|part| part.ok);
    let [database, broker, disk, stored, clock, chores] = parts;
    let mut view = HealthView {
        status: if ok { "ok" } else { "unwell" },
        profile: health.profile.name(),
        database,
        broker,
        disk,
        stored,
        clock,
        chores,
        models: health.models,
        ingest: Some(health.counters.read()),
        gate: health.gate.as_ref().map(GateWatch::counts),
    };
    if !asker.may_know_how_it_runs() {
        let kinds: Vec<String> =
            health.store.damages().counts().into_iter().map(|(kind, _)| kind.to_string()).collect();
        view.plain(&kinds);
    }
    (if ok { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE }, Json(view))
}

async fn database(store: &Store) -> PartHealth {
    let (name, condition) = (store.backend_name(), store.condition().await);
    let ok = condition.is_well();
    let detail = match condition {
        Condition::Works => match store.lost_commits() {
            Some(Lost { missing, found_at }) => {
                let found_at = rfc3339(found_at);
                let detail = format!(
                    "{name} takes commits; {missing} commits were found missing at {found_at}: devices send again what they hold"
                );
                return PartHealth { ok: false, detail };
            }
            None => format!("{name} takes commits"),
        },
        Condition::Busy(since) => {
            format!("{name} is busy: others write, for {} s nothing was committed", since.as_secs())
        }
        Condition::Full => format!("{name} has no room and takes no commits"),
        Condition::Broken(problem) => format!("{name} {problem}"),
    };
    PartHealth { ok, detail }
}

/// What was found damaged since the start, by kind.
fn stored(store: &Store) -> PartHealth {
    let counts = store.damages().counts();
    if counts.is_empty() {
        return PartHealth { ok: true, detail: "everything that was read opens".into() };
    }
    let kinds: Vec<String> = counts.into_iter().map(|(kind, rows)| format!("{rows} {kind}")).collect();
    let detail = format!(
        "damaged and left out: {}; put the database back from a copy, or delete what they belong to",
        kinds.join(", ")
    );
    PartHealth { ok: false, detail }
}

fn chores(store: &Store) -> PartHealth {
    // One hiccup of the database is none of a load balancer's business: all of it is tried again each minute.
    let long_ago = attune_ground::time::now_millis() - PATIENCE_MILLIS;
    let mut failing = store.chores().failing();
    failing.retain(|(_, since)| *since <= long_ago);
    if failing.is_empty() {
        return PartHealth { ok: true, detail: "nothing that goes on by itself fails".into() };
    }
    let failing = failing.into_iter().map(|(chore, since)| format!("{} since {}", chore.words(), rfc3339(since)));
    let detail = format!("fails, and is tried again: {}; the log says why", failing.collect::<Vec<_>>().join(", "));
    PartHealth { ok: false, detail }
}

fn clock(clock: Clock) -> PartHealth {
    const DAY_MILLIS: i64 = 24 * 3_600_000;
    const REMEDY: &str =
        "nothing is deleted by age until a device agrees with it or `attune-collector trust-clock` says so";
    let problem = match clock {
        Clock::Unseen | Clock::Plausible => return PartHealth { ok: true, detail: "plausible".into() },
        Clock::Leapt(by @ 0..) => format!("{} days ahead of when the database was last used", by / DAY_MILLIS),
        Clock::Leapt(by) => {
            format!("{} days behind when the database was last used", by.unsigned_abs() / DAY_MILLIS.unsigned_abs())
        }
        Clock::Disagrees { heard, agree } => format!("the devices of only {agree} of {heard} people agree with it"),
    };
    PartHealth { ok: false, detail: format!("{problem}: {REMEDY}") }
}

fn free_bytes(state: &Path, database: Option<&Path>) -> std::io::Result<u64> {
    let folder = database.and_then(Path::parent).filter(|folder| !folder.as_os_str().is_empty());
    let free =
        [Some(state), folder].into_iter().flatten().map(fs4::available_space).reduce(|one, other| Ok(one?.min(other?)));
    free.unwrap_or(Ok(0))
}

fn disk(free: std::io::Result<u64>) -> PartHealth {
    match free {
        Ok(free) => PartHealth { ok: free >= LEAST_FREE, detail: format!("{} MiB free", free >> 20) },
        Err(error) => PartHealth { ok: false, detail: format!("free space is unknown: {error}") },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_has_not_signed_in_is_told_no_number() {
        let part = |ok, detail: &str| PartHealth { ok, detail: detail.into() };
        let mut view = HealthView {
            status: "unwell",
            profile: "eu",
            database: part(true, "sqlite takes commits; 3 commits were found missing"),
            broker: part(true, "connected"),
            disk: part(false, "7 MiB free"),
            stored: part(false, "damaged and left out: 12 accounts"),
            clock: part(false, "the devices of only 3 of 9 people agree with it"),
            chores: part(false, "fails, and is tried again: erasing people since 2026-03-01T09:00:00Z"),
            models: Vec::new(),
            ingest: Some(Counters::default().read()),
            gate: None,
        };
        view.plain(&["accounts".into()]);
        let told = serde_json::to_string(&view).expect("JSON");
        assert!(!told.chars().any(|sign| sign.is_ascii_digit()), "{told}");
        assert_eq!(view.stored.detail, "damaged and left out: accounts");
        assert!((view.ingest, view.database.ok, view.disk.ok) == (None, true, false), "{told}");
    }

    #[test]
    fn the_disk_of_a_database_that_lies_elsewhere_is_looked_at() {
        let folder = tempfile::tempdir().expect("a folder");
        let elsewhere = Path::new("/proc/collector.sqlite"); // a file system without room
        if elsewhere.parent().is_some_and(Path::is_dir) {
            assert!(!disk(free_bytes(folder.path(), Some(elsewhere))).ok);
        }
        let here = folder.path().join("collector.sqlite");
        let [beside, alone] = [Some(here.as_path()), None].map(|file| disk(free_bytes(folder.path(), file)).ok);
        assert_eq!(beside, alone);
    }
}
