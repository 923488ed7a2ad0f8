//! The one place where records become durable: baseline, gate, outbox, journal, progress.

mod decided;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use attune_analysis::baseline::Baseline;
use attune_protocol::consent::Purpose;
use attune_protocol::ids::{DeviceId, Seq};
use attune_protocol::policy::{Profile, keeps_back};
use attune_protocol::record::{Gap, Record};
use attune_protocol::registry::{Category, Modality, Span};
use serde::{Deserialize, Serialize};
use tracing::{debug, info, warn};

use super::gate;
use super::journal::Journal;
use super::noted::{self, last_check_in};
use super::status::{Seen, Status};
use crate::AgentError;
use crate::check_in::Answer;
use crate::clock::Clock;
use crate::config::{Config, ProgressFormat};
use crate::control::{self, ConsentBook, Control, Wishes};
use crate::governor::Footprint;
use crate::messages::{Goes, Written};
use crate::outbox::{Draft, Limits, Note, Outbox};
use crate::output::Lines;
use crate::own::{self, Between, Own};
use crate::sensors::live::Standings;
use crate::timeline::Place;
use crate::uplink::{Heard, UplinkTotals};

/// Holds the version of the last change of consent whose withdrawal was carried out.
const WITHDRAWN_NOTE: &str = "withdrawn";
/// Holds the book of consent that this outbox tells, under versions of its own: what becomes of the person's file changes
/// nothing in it.
const BOOK_NOTE: &str = "book";
const BASELINE_NOTE: &str = "baseline";
const MILLIS_PER_DAY: f64 = 86_400_000.0;
/// Between two writings of the status.
const TELL_MILLIS: i64 = 1000;

/// Takes records in and makes them durable.
pub(crate) struct Keeper {
    state: PathBuf,
    profile: Profile,
    /// Where progress is told, as long as somebody reads it.
    progress: Option<Lines>,
    outbox: Arc<Outbox>,
    /// What the person keeps for themselves.
    own: Arc<Own>,
    journal: Option<Journal>,
    /// How far recordings were played; devices have no such place.
    place: Option<Place>,
    baseline: Baseline,
    /// The changes of consent that the collector is told, by version.
    book: ConsentBook,
    /// Version of the last change of consent whose withdrawal was carried out.
    withdrawn: u32,
    /// Records that withdrawals of this run removed, by the version of the change.
    removed: BTreeMap<u32, u64>,
    heard: Arc<Heard>,
    control: Arc<Control>,
    clock: Clock,
    status: Status,
    told_millis: i64,
    /// Whether the status could not be written when that was tried last.
    is_silent: bool,
    /// Whether sensing was paused when that was looked at last.
    paused: bool,
    /// Whether a window of this run was kept.
    has_kept: bool,
}

/// A record as it comes from its analyzer.
#[derive(Debug)]
pub(crate) struct Sensed {
    pub(crate) record: Record,
    /// How often consent to its modality had been withdrawn then.
    pub(crate) withdrawals: usize,
}

/// What was forgotten.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Forgotten {
    /// Records that waited to be sent.
    pub waiting: u64,
    /// Records that the person kept for themselves, and batches of what was sent.
    pub own: u64,
    /// Whether what was learnt of the person is gone, too.
    pub baseline: bool,
}

/// One line of progress.
#[derive(Serialize)]
struct Progress {
    window: i64,
    modality: &'static str,
    coverage: f64,
    seq: u64,
}

impl Keeper {
    pub(crate) fn open(
        config: &Config,
        device: DeviceId,
        outbox: Arc<Outbox>,
        place: Option<Place>,
        clock: Clock,
        heard: Arc<Heard>,
        control: Arc<Control>,
    ) -> Result<Self, AgentError> {
        let book = told_book(&outbox, &config.state);
        control.carried_out(&book);
        let journal = config.play.journal.as_deref();
        let limits = own::Limits { days: config.own.days, bytes: config.own.max_bytes };
        // Who follows nothing says so, too: its state may have been put back from before it did.
        heard.follow(Wishes::load(&config.state).map_or(0, |wishes| wishes.number));
        let own = Own::open(&config.state.join(own::FOLDER), outbox.device_key(), limits)?;
        Ok(Self {
            own: Arc::new(own),
            state: config.state.clone(),
            profile: config.profile,
            progress: (config.play.progress != ProgressFormat::Off).then(Lines::start).transpose()?,
            journal: journal.map(|path| Journal::open(path, device, &outbox)).transpose()?,
            baseline: baseline(&outbox),
            book,
            control,
            withdrawn: withdrawn(&outbox),
            removed: BTreeMap::new(),
            heard,
            outbox,
            place,
            clock,
            status: Status::begin(),
            told_millis: 0,
            is_silent: false,
            paused: false,
            has_kept: false,
        })
    }

    /// Makes records durable, and before them the changes of consent that are not in the outbox yet.
    pub(crate) fn keep(&mut self, sensed: Vec<Sensed>) -> Result<(), AgentError> {
        self.heed()?;
        // Told by who looks for permission, if it does not read.
        let file = ConsentBook::load(&self.state).ok();
        let known = self.book.newest();
        if let Some(file) = &file {
            self.book.take_in(file);
            self.mend(file)?;
        }
        self.own.permit(Modality::ALL.map(|modality| self.book.allows(modality, Purpose::OwnView)))?;
        // What of the book waits is on its way already; a collector that lacks more asks again.
        let wanted = self.heard.take_wanted_consent().filter(|_| !self.outbox.tells());
        let wanted = wanted.map(|version| version.saturating_sub(1));
        let told = self.outbox.consent_told().min(wanted.unwrap_or(u32::MAX));
        let changes: Vec<_> = self.book.since(told).collect();
        let paused = control::is_paused(&self.state);
        if std::mem::replace(&mut self.paused, paused) != paused {
            info!("{}", if paused { "sensing is paused" } else { "sensing goes on" });
        }
        if changes.is_empty() && sensed.is_empty() {
            return Ok(());
        }
        let mut notes = Vec::new();
        let mut drafts: Vec<Draft> = changes.iter().map(|change| Draft::consent(&change.to_consent())).collect();
        self.withdraw(&changes)?;
        notes.push(Note { name: WITHDRAWN_NOTE, bytes: self.withdrawn.to_be_bytes().to_vec() });
        if self.book.newest() != known || self.outbox.note(BOOK_NOTE).is_none() {
            notes.push(Note { name: BOOK_NOTE, bytes: self.book.encode().into_bytes() });
        }
        let consent = self.book.newest();
        let wishes = self.control.wishes();
        let judged =
            sensed.into_iter().map(|sensed| Record { consent, ..self.judge(sensed, file.as_ref(), &wishes, paused) });
        let judged: Vec<Record> = judged.collect();
        // What the gate stops is written anew, and names the consent all the same.
        let gated = judged.iter().cloned().map(|record| Record { consent, ..self.gate(record) });
        let records: Vec<Record> = gated.collect();
        for record in &records {
            // What was played without consent gave nothing: it is played once there is some.
            if self.book.allows(record.modality(), Purpose::Wellbeing)
                && let Some(place) = &mut self.place
            {
                place.reach(record.modality(), record.window);
            }
            if wishes.keep {
                drafts.push(Draft::record(record));
            }
        }
        if let Some(place) = self.place.as_ref().filter(|_| !records.is_empty()) {
            notes.push(Note { name: Place::NOTE, bytes: place.encode() });
        }
        notes.push(Note { name: BASELINE_NOTE, bytes: self.baseline.encode() });
        let now = self.clock.now().millis();
        if judged.iter().any(|record| record.coverage.gap.is_none() && Answer::of(record).is_some()) {
            notes.push(noted::checked_in(Some(now)));
        } else if !self.book.allows(Modality::CheckIn, Purpose::Wellbeing) && last_check_in(&self.outbox).is_some() {
            notes.push(noted::checked_in(None));
        }
        let seqs = self.outbox.append(&drafts, &notes, now)?;
        self.control.carried_out(&self.book);
        self.own.keep(judged.into_iter().filter(|record| record.coverage.gap != Some(Gap::NoConsent)));
        if let Some(journal) = &mut self.journal {
            journal.follow(&self.outbox)?;
        }
        if let Some(record) = records.first().filter(|_| !std::mem::replace(&mut self.has_kept, true)) {
            info!(modality = %record.modality(), "the first window of this run is kept");
        }
        records.iter().for_each(|record| self.status.keep(record));
        // Of what is not kept for the collector there is none.
        for (record, seq) in records.iter().zip(&seqs[changes.len()..]) {
            self.progress(record, *seq);
        }
        Ok(())
    }

    /// Puts deviations beside levels of what may be kept. What was on its way here when a pause began or consent ended is
    /// neither kept nor learnt, also where consent was given again since.
    fn judge(&mut self, sensed: Sensed, file: Option<&ConsentBook>, wishes: &Wishes, paused: bool) -> Record {
        let Sensed { mut record, withdrawals } = sensed;
        let modality = record.modality();
        let ended = file.is_none_or(|file| file.withdrawals(modality) > withdrawals);
        if ended || !self.book.allows(modality, Purpose::Wellbeing) {
            record.coverage.gap = Some(Gap::NoConsent);
        } else if wishes.is_off(modality) {
            record = gate::stop(&record, Gap::SwitchedOff);
        } else if paused {
            record = gate::stop(&record, Gap::Paused);
        }
        if record.coverage.gap != Some(Gap::NoConsent) {
            self.baseline.annotate(&mut record);
        }
        record
    }

    /// Keeps what the person says of themselves, as it would keep what is sensed.
    ///
    /// # Errors
    /// When sensing is paused or there is no consent to it: nothing is kept then, and it says so. As keeping fails.
    pub(crate) fn check_in(&mut self, answer: Answer) -> Result<(), AgentError> {
        self.keep(Vec::new())?;
        let refused = |why: &str| Err(AgentError::CheckIn(why.into()));
        if control::is_paused(&self.state) {
            return refused(
                "sensing is paused, and meanwhile nothing of you is kept or sent: 'attune-agent resume' first",
            );
        }
        let modality = Modality::CheckIn;
        if !self.book.allows(modality, Purpose::Wellbeing) {
            return refused(
                "you have not agreed to that: 'attune-agent consent grant --modality check-in' agrees that your answers are \
                 kept and go to the collector, until you withdraw it",
            );
        }
        if !self.control.wishes().keep {
            return refused(
                "you have chosen in the browser that nothing of you is kept at the collector: at /me/preferences you can have it \
                 kept again",
            );
        }
        let withdrawals = ConsentBook::load(&self.state)?.withdrawals(modality);
        self.keep(vec![Sensed { record: answer.record(self.clock.now().millis()), withdrawals }])
    }

    /// Keeps what was read of messages. What a profile keeps on the device leaves no trace off it: not even that something was written.
    pub(crate) fn written(&mut self, written: Vec<Written>) -> Result<(), AgentError> {
        if written.is_empty() {
            return Ok(());
        }
        // By the decisions as they stand now.
        self.keep(Vec::new())?;
        let may_leave = keeps_back([self.profile, self.heard.profile()], Category::Text).is_none();
        let (further, own): (Vec<Written>, Vec<Written>) =
            written.into_iter().partition(|one| may_leave && one.goes == Goes::Further);
        let consent = self.book.newest();
        self.own.keep(own.into_iter().map(|one| Record { consent, ..one.record }));
        let sensed = |Written { record, withdrawals, .. }: Written| Sensed { record, withdrawals };
        self.keep(further.into_iter().map(sensed).collect())
    }

    /// Leaves what both profiles let leave.
    fn gate(&self, record: Record) -> Record {
        gate::pass(gate::pass(record, self.profile), self.heard.profile())
    }

    /// Forgets what was sensed in a stretch of time: what waits, and what the person keeps for themselves. With all time goes
    /// what was learnt.
    pub(crate) fn forget(&mut self, between: Between) -> Result<Forgotten, AgentError> {
        let own = self.own.forget(between)?;
        let waiting = self.outbox.remove_records(|about| between.meets(about.window, about.window))?;
        let now = self.clock.now().millis();
        if last_check_in(&self.outbox).is_some_and(|at| between.from <= at && at < between.until) {
            self.outbox.append(&[], &[noted::checked_in(None)], now)?;
        }
        let baseline = between == Between::ALL;
        if baseline {
            self.baseline = Baseline::default();
            let note = Note { name: BASELINE_NOTE, bytes: self.baseline.encode() };
            self.outbox.append(&[], &[note], now)?;
        }
        Ok(Forgotten { waiting: waiting as u64, own, baseline })
    }

    /// What the person keeps for themselves.
    pub(crate) fn own(&self) -> Arc<Own> {
        self.own.clone()
    }

    /// Tells of a durable record. Who listened and has gone is no reason to sense no more.
    fn progress(&mut self, record: &Record, seq: Seq) {
        let Some(lines) = &self.progress else { return };
        let line = Progress {
            window: record.window.start_millis(),
            modality: record.modality().name(),
            coverage: (record.coverage.over(Span::S10) * 1e4).round() / 1e4,
            seq: seq.0,
        };
        if !lines.write(serde_json::to_string(&line).expect("progress is names and numbers")) {
            warn!("nobody reads the progress any more: sensing goes on without it");
            self.progress = None;
        }
    }

    /// The recordings were played to their end.
    pub(crate) fn finish(&mut self) -> Result<(), AgentError> {
        let Some(place) = &mut self.place else { return Ok(()) };
        place.finished = true;
        let note = Note { name: Place::NOTE, bytes: place.encode() };
        self.outbox.append(&[], &[note], self.clock.now().millis()).map(drop)
    }

    /// What was kept of each modality in this run.
    pub(crate) fn seen(&self) -> &[Seen] {
        &self.status.modalities
    }

    /// Takes in what the status says of the machine.
    pub(crate) fn footprint(&mut self, footprint: Option<Footprint>) {
        self.status.footprint = footprint;
    }

    /// Writes the status, now and then.
    pub(crate) fn tell(&mut self, uplink: &UplinkTotals, devices: &Standings) {
        let now = self.clock.now().millis();
        if now - self.told_millis < TELL_MILLIS {
            return;
        }
        self.told_millis = now;
        self.status.devices = devices.list();
        if let Err(problem) = control::settle(&self.state) {
            debug!(error = %problem, "no space for what was decided: it stands where it was written");
        }
        self.save_status(now, uplink);
    }

    /// How many records withdrawals of this run removed.
    pub(super) fn removed(&self) -> u64 {
        self.removed.values().sum()
    }

    /// Writes the status of a run that ends.
    pub(crate) fn end(&mut self, uplink: &UplinkTotals) {
        self.status.ended = true;
        self.status.devices.clear();
        self.status.footprint = None;
        let now = self.clock.now().millis();
        self.save_status(now, uplink);
    }

    /// Says anew what waits, where no agent runs: what was decided stands, also where that cannot be told.
    pub(super) fn recount(&self) {
        if let Err(problem) = Status::recount(&self.state, &self.outbox) {
            debug!(error = %problem, "the status still says what waited before");
        }
    }

    /// A status that finds no room on the disk is no reason to send nothing more, for sending makes room.
    fn save_status(&mut self, now: i64, uplink: &UplinkTotals) {
        let saved = self.status.save(&self.state, now, &self.outbox, uplink, self.heard.profile());
        let was_silent = std::mem::replace(&mut self.is_silent, saved.is_err());
        if let Err(problem) = saved
            && !was_silent
        {
            warn!(error = %problem, "the status is not written, and the last one stands: the agent goes on");
        }
    }
}

/// The book that an outbox tells. One of before it had a book of its own told the person's file.
fn told_book(outbox: &Outbox, state: &Path) -> ConsentBook {
    let noted = outbox.note(BOOK_NOTE).and_then(|bytes| ConsentBook::decode(&bytes));
    let of_file = || ConsentBook::load(state).ok().map(|file| file.until(outbox.consent_told()));
    noted.or_else(of_file).unwrap_or_else(ConsentBook::new)
}

fn withdrawn(outbox: &Outbox) -> u32 {
    outbox.note(WITHDRAWN_NOTE).and_then(|bytes| Some(u32::from_be_bytes(bytes.try_into().ok()?))).unwrap_or(0)
}

/// What was learnt of how the person usually is, as an outbox holds it.
pub(crate) fn baseline(outbox: &Outbox) -> Baseline {
    let Some(bytes) = outbox.note(BASELINE_NOTE) else { return Baseline::default() };
    Baseline::decode(&bytes).unwrap_or_else(|problem| {
        warn!(error = %problem, "the personal baseline begins anew");
        Baseline::default()
    })
}

/// How much an outbox may hold, and how long.
pub(crate) fn limits(config: &Config) -> Limits {
    Limits { bytes: config.outbox.max_bytes, age_millis: (config.outbox.max_age_days * MILLIS_PER_DAY) as i64 }
}

#[cfg(test)]
mod tests;
