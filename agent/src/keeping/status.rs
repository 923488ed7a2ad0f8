//! What a running agent says of itself: counts, in a file that `status` reads.

use std::collections::BTreeMap;
use std::path::Path;

use attune_protocol::policy::Profile;
use attune_protocol::record::{Gap, Record};
use attune_protocol::registry::{Modality, Span};
use serde::{Deserialize, Serialize};

use crate::outbox::{Outbox, Totals, Turn};
use crate::sensors::live::Standing;
use crate::uplink::UplinkTotals;
use crate::{AgentError, files};

/// Name of the file in the state folder.
const FILE: &str = "status.json";
const VERSION: u32 = 2;

/// Counts of a run. Nothing of the person but whether something was seen.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Status {
    version: u32,
    /// The process.
    pub pid: u32,
    /// When this was written, Unix milliseconds.
    pub at_millis: i64,
    /// Whether the run has ended.
    pub ended: bool,
    /// Each modality that has given a window.
    pub modalities: Vec<Seen>,
    /// How each live source stands.
    #[serde(default)]
    pub devices: Vec<Standing>,
    /// Items that wait for the collector.
    pub waiting: u64,
    /// Their bytes.
    pub waiting_bytes: u64,
    /// Records that a full outbox dropped.
    pub dropped: u64,
    /// Entries of the outbox that were damaged, since the enrolment.
    pub damaged: u64,
    /// Items that were kept once and were not there any more, since the enrolment.
    pub lost: u64,
    /// The last new epochs that the outbox began by itself.
    pub turns: Vec<Turn>,
    /// Whether the broker is connected.
    pub connected: bool,
    /// The collector's profile.
    pub collector_profile: Profile,
    /// Items that the collector has settled, by the name of its answer.
    pub settled: BTreeMap<String, u64>,
    /// Answers that were not believed.
    pub disbelieved: u64,
    /// Whether the collector does not know this device.
    #[serde(default)]
    pub unknown: bool,
    /// Whether answers came that another than the collector has signed.
    #[serde(default)]
    pub other_key: bool,
    /// Bytes published.
    pub sent_bytes: u64,
}

/// What was seen of one modality.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
pub struct Seen {
    /// Which.
    pub modality: Modality,
    /// Windows kept.
    pub windows: u64,
    /// Start of the last one, Unix milliseconds.
    pub last_millis: i64,
    /// Fraction of its samples that came.
    pub coverage: f64,
    /// Why some did not, if so.
    pub gap: Option<Gap>,
}

impl Status {
    /// Of a run that begins.
    #[must_use]
    pub fn begin() -> Self {
        Self {
            version: VERSION,
            pid: std::process::id(),
            at_millis: 0,
            ended: false,
            modalities: Vec::new(),
            devices: Vec::new(),
            waiting: 0,
            waiting_bytes: 0,
            dropped: 0,
            damaged: 0,
            lost: 0,
            turns: Vec::new(),
            connected: false,
            collector_profile: Profile::default(),
            settled: BTreeMap::new(),
            disbelieved: 0,
            unknown: false,
            other_key: false,
            sent_bytes: 0,
        }
    }

    /// A record was kept.
    pub fn keep(&mut self, record: &Record) {
        let modality = record.modality();
        let place = self.modalities.iter().position(|seen| seen.modality == modality);
        let windows = place.map_or(0, |place| self.modalities[place].windows) + 1;
        let coverage = record.coverage.over(Span::S10);
        let last_millis = record.window.start_millis();
        let seen = Seen { modality, windows, last_millis, coverage, gap: record.coverage.gap };
        match place {
            Some(place) => self.modalities[place] = seen,
            None => self.modalities.push(seen),
        }
    }

    /// Writes it into a state folder.
    ///
    /// # Errors
    /// When the system refuses.
    ///
    /// # Panics
    /// Never: a status is names and numbers.
    pub fn save(
        &mut self,
        state: &Path,
        at_millis: i64,
        outbox: &Outbox,
        uplink: &UplinkTotals,
        collector_profile: Profile,
    ) -> Result<(), AgentError> {
        self.at_millis = at_millis;
        let Totals { items, bytes, dropped, damaged, lost } = outbox.totals();
        (self.waiting, self.waiting_bytes) = (items, bytes);
        (self.dropped, self.damaged, self.lost, self.turns) = (dropped, damaged, lost, outbox.turns());
        self.collector_profile = collector_profile;
        self.settled = uplink.settled.iter().map(|(answer, items)| (answer.name().to_owned(), *items)).collect();
        (self.connected, self.disbelieved, self.sent_bytes) = (uplink.connected, uplink.disbelieved, uplink.bytes);
        (self.unknown, self.other_key) = (uplink.unknown, uplink.other_key);
        self.write(state)
    }

    /// Says anew what waits, in the last one of a state folder, if there is one: what was decided was carried out without a run.
    ///
    /// # Errors
    /// When the system refuses, or it does not read.
    pub fn recount(state: &Path, outbox: &Outbox) -> Result<(), AgentError> {
        let Some(mut status) = Self::load(state)? else { return Ok(()) };
        let Totals { items, bytes, damaged, lost, .. } = outbox.totals();
        (status.waiting, status.waiting_bytes) = (items, bytes);
        (status.damaged, status.lost, status.turns) = (damaged, lost, outbox.turns());
        status.write(state)
    }

    fn write(&self, state: &Path) -> Result<(), AgentError> {
        let text = serde_json::to_vec_pretty(self).expect("a status is names and numbers");
        files::write_private(&state.join(FILE), &text)
    }

    /// Removes what was told of runs before: the device is somebody else's now, or somebody's anew.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn end(state: &Path) -> Result<(), AgentError> {
        files::destroy(&state.join(FILE))
    }

    /// The last one in a state folder, if there is one.
    ///
    /// # Errors
    /// When it is there but does not read.
    pub fn load(state: &Path) -> Result<Option<Self>, AgentError> {
        let path = state.join(FILE);
        let Some(text) = files::read_if_there(&path)? else { return Ok(None) };
        let status: Self = serde_json::from_str(&text).map_err(|e| AgentError::content(&path, e.to_string()))?;
        if status.version != VERSION {
            return Err(AgentError::content(&path, format!("its version is {}", status.version)));
        }
        Ok(Some(status))
    }
}
