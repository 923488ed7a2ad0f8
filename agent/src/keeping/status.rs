//! What a running agent says of itself: counts, in a file that `status` reads.

use std::collections::BTreeMap;
use std::path::Path;

use attune_protocol::policy::Profile;
use attune_protocol::record::{Gap, Record};
use attune_protocol::registry::{Modality, Span};
use serde::{Deserialize, Serialize};

use super::noted::last_check_in;
use crate::governor::Footprint;
use crate::outbox::{Outbox, Totals, Turn};
use crate::sensors::live::Standing;
use crate::uplink::{Paced, UplinkTotals};
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
    /// What the agent takes of the machine, where devices are sensed.
    #[serde(default)]
    pub footprint: Option<Footprint>,
    /// Items that wait for the collector.
    pub waiting: u64,
    /// Their bytes.
    pub waiting_bytes: u64,
    /// Records that left the outbox over its limits, since the enrolment.
    pub dropped: u64,
    /// Of those, how many had waited for too long.
    #[serde(default)]
    pub aged: u64,
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
    /// Whether the broker did not let this device in by its key when it was last asked.
    #[serde(default)]
    pub refused: bool,
    /// Less haste, as the collector asks for it now.
    #[serde(default)]
    pub paced: Option<Paced>,
    /// Bytes published.
    pub sent_bytes: u64,
    /// When the person said last how they are, Unix milliseconds.
    #[serde(default)]
    pub checked_in: Option<i64>,
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
            footprint: None,
            waiting: 0,
            waiting_bytes: 0,
            dropped: 0,
            aged: 0,
            damaged: 0,
            lost: 0,
            turns: Vec::new(),
            connected: false,
            collector_profile: Profile::default(),
            settled: BTreeMap::new(),
            disbelieved: 0,
            unknown: false,
            other_key: false,
            refused: false,
            paced: None,
            sent_bytes: 0,
            checked_in: None,
        }
    }

    /// A record was kept. What the person says is no window that was sensed.
    pub fn keep(&mut self, record: &Record) {
        let modality = record.modality();
        if !modality.is_sensed() {
            return;
        }
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
        let Totals { items, bytes, dropped, aged, damaged, lost } = outbox.totals();
        (self.waiting, self.waiting_bytes, self.aged) = (items, bytes, aged);
        (self.dropped, self.damaged, self.lost, self.turns) = (dropped, damaged, lost, outbox.turns());
        self.checked_in = last_check_in(outbox);
        self.collector_profile = collector_profile;
        self.settled = uplink.settled.iter().map(|(answer, items)| (answer.name().to_owned(), *items)).collect();
        (self.connected, self.disbelieved, self.sent_bytes) = (uplink.connected, uplink.disbelieved, uplink.bytes);
        (self.unknown, self.other_key, self.paced) = (uplink.unknown, uplink.other_key, uplink.paced);
        self.refused = uplink.refused;
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
        status.checked_in = last_check_in(outbox);
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

#[cfg(test)]
mod tests {
    use attune_protocol::ack::Answer;
    use attune_protocol::features::Features;
    use attune_protocol::record::Coverage;
    use attune_protocol::seal::SealKey;
    use attune_protocol::window::Window;

    use super::*;
    use crate::outbox::{Draft, Limits, Reason};

    fn record(modality: Modality, window: u32, received: u32, gap: Option<Gap>) -> Record {
        let coverage = Coverage { expected: 10, received, last_60_s: 1.0, last_300_s: 1.0, gap };
        Record::new(Window(window), 1.0, coverage, Features::new(modality))
    }

    #[test]
    fn of_each_modality_the_windows_are_counted_and_the_last_one_is_told() {
        let mut status = Status::begin();
        status.keep(&record(Modality::Heart, 1, 10, None));
        status.keep(&record(Modality::Face, 5, 0, Some(Gap::NoFace)));
        status.keep(&record(Modality::Heart, 2, 4, Some(Gap::NotWorn)));
        let seen =
            |modality, windows, last_millis, coverage, gap| Seen { modality, windows, last_millis, coverage, gap };
        assert_eq!(
            status.modalities,
            [
                seen(Modality::Heart, 2, 20_000, 0.4, Some(Gap::NotWorn)),
                seen(Modality::Face, 1, 50_000, 0.0, Some(Gap::NoFace)),
            ]
        );
    }

    #[test]
    fn what_is_told_is_what_outbox_and_uplink_hold_and_is_counted_anew_where_no_agent_runs() {
        let folder = tempfile::tempdir().unwrap();
        let state = folder.path();
        assert_eq!(Status::load(state).unwrap(), None);
        let limits = Limits { bytes: 1 << 20, age_millis: i64::MAX };
        let outbox = Outbox::open(&state.join("outbox"), SealKey::generate(), 1, limits, 0).unwrap();
        Status::recount(state, &outbox).unwrap();
        assert_eq!(Status::load(state).unwrap(), None, "who never ran has told nothing");

        let records = [1, 2].map(|window| Draft::record(&record(Modality::Heart, window, 10, None)));
        outbox.append(&records, &[], 0).unwrap();
        outbox.begin_epoch(Reason::Taken, 3).unwrap();
        let uplink = UplinkTotals {
            connected: true,
            bytes: 700,
            settled: BTreeMap::from([(Answer::Stored, 5), (Answer::NoConsent, 6)]),
            disbelieved: 8,
            unknown: true,
            refused: true,
            ..UplinkTotals::default()
        };
        let mut status = Status::begin();
        status.save(state, 77, &outbox, &uplink, Profile::Us).unwrap();
        let told = Status::load(state).unwrap().expect("it was saved");
        assert_eq!(told, status);
        assert_eq!((told.pid, told.at_millis, told.ended), (std::process::id(), 77, false));
        let totals = outbox.totals();
        assert_eq!((told.waiting, told.waiting_bytes, told.turns.len()), (2, totals.bytes, 1));
        assert_eq!((told.connected, told.sent_bytes, told.disbelieved), (true, 700, 8));
        assert_eq!((told.unknown, told.other_key, told.collector_profile), (true, false, Profile::Us));
        assert!(told.refused);
        assert_eq!(told.settled, [("no_consent".to_owned(), 6), ("stored".to_owned(), 5)].into());

        outbox.remove_records(|_| true).unwrap();
        Status::recount(state, &outbox).unwrap();
        let anew = Status::load(state).unwrap().expect("it is still there");
        assert_eq!(anew, Status { waiting: 0, waiting_bytes: 0, ..told.clone() }, "nothing else is said anew");

        std::fs::write(state.join(FILE), serde_json::to_vec(&Status { version: 1, ..told }).unwrap()).unwrap();
        assert!(Status::load(state).unwrap_err().to_string().contains("version is 1"));
        Status::end(state).unwrap();
        assert_eq!(Status::load(state).unwrap(), None);
    }
}
