//! The one place where records become durable: baseline, gate, outbox, journal, progress.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use attune_analysis::baseline::Baseline;
use attune_protocol::consent::Purpose;
use attune_protocol::ids::{DeviceId, Seq};
use attune_protocol::policy::Profile;
use attune_protocol::record::{Gap, Record};
use attune_protocol::registry::{Modality, Span};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tracing::{debug, info, warn};

use super::gate;
use super::journal::Journal;
use super::status::Status;
use crate::AgentError;
use crate::clock::Clock;
use crate::config::{Config, ProgressFormat};
use crate::control::{self, Change, ConsentBook, Control, InForce};
use crate::identity::{Enrolment, Identity, Standing};
use crate::outbox::{self, Draft, Limits, Note, Outbox, Waiting};
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
        let judged = sensed.into_iter().map(|sensed| Record { consent, ..self.judge(sensed, file.as_ref(), paused) });
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
            drafts.push(Draft::record(record));
        }
        if let Some(place) = self.place.as_ref().filter(|_| !records.is_empty()) {
            notes.push(Note { name: Place::NOTE, bytes: place.encode() });
        }
        notes.push(Note { name: BASELINE_NOTE, bytes: self.baseline.encode() });
        let now = self.clock.now().millis();
        let seqs = self.outbox.append(&drafts, &notes, now)?;
        self.control.carried_out(&self.book);
        self.own.keep(judged.into_iter().filter(|record| record.coverage.gap != Some(Gap::NoConsent)));
        if let Some(journal) = &mut self.journal {
            journal.follow(&self.outbox)?;
        }
        if let Some(record) = records.first().filter(|_| !std::mem::replace(&mut self.has_kept, true)) {
            info!(modality = %record.modality(), "the first window of this run is kept");
        }
        for (record, seq) in records.iter().zip(&seqs[changes.len()..]) {
            self.status.keep(record);
            self.progress(record, *seq);
        }
        Ok(())
    }

    /// Puts a withdrawal back into the person's file where an older copy of it has come in its place: it stands until
    /// consent is given anew.
    fn mend(&mut self, file: &ConsentBook) -> Result<(), AgentError> {
        if !file.grants_more_than(&self.book) {
            return Ok(());
        }
        warn!("the file of consent is an older copy: what has been withdrawn since stays withdrawn");
        let book = &mut self.book;
        ConsentBook::change(&self.state, |file| {
            book.take_in(file);
            file.clone_from(book);
        })?;
        Ok(())
    }

    /// Ends a consent that the collector knows to be withdrawn, though this device has it granted: its state was put back from
    /// a copy of before. The person is asked again.
    fn heed(&mut self) -> Result<(), AgentError> {
        for (modality, kept_at) in self.heard.take_withdrawn() {
            let granted = self.book.granted_millis(modality, Purpose::Wellbeing);
            if granted.is_some_and(|granted| granted <= kept_at) {
                warn!(%modality, "the collector knows this consent to be withdrawn (was the state folder put back from a copy?): \
                    it ends here too; to give it again: attune-agent consent grant");
                let now = Timestamp::now();
                ConsentBook::withdraw(&self.state, |book| book.set(modality, Purpose::Wellbeing, false, now))?;
            }
        }
        Ok(())
    }

    /// Takes out what waits of a modality whose consent was withdrawn, and what was learnt. Each withdrawal does so once: the
    /// book may be told again, when records wait that were kept, and learnt from, under consent that was given anew.
    fn withdraw(&mut self, changes: &[Change]) -> Result<(), AgentError> {
        for change in changes.iter().filter(|change| change.version > self.withdrawn) {
            if ends_consent(&self.book, change) {
                self.baseline.forget(change.modality);
            }
            if !change.granted && change.purpose == Purpose::OwnView {
                self.own.forget_modality(change.modality)?;
            }
            if !change.granted && change.purpose == Purpose::Wellbeing {
                let removed = self.outbox.remove_records(|about| about.modality == change.modality)?;
                *self.removed.entry(change.version).or_default() += removed as u64;
                info!(modality = %change.modality, removed, "consent was withdrawn: what waited of it was removed unsent");
            }
        }
        self.withdrawn = changes.last().map_or(self.withdrawn, |change| self.withdrawn.max(change.version));
        Ok(())
    }

    /// What is in force: whether it is paused, and what became of changes that the person's file has.
    pub(crate) fn in_force(&self, changes: &[Change]) -> InForce {
        let versions: Vec<_> = changes.iter().map(|change| self.book.version_of(change)).collect();
        InForce {
            paused: control::is_paused(&self.state),
            carried_out: versions.iter().all(|version| version.is_some_and(|version| version <= self.withdrawn)),
            removed: versions.iter().flatten().filter_map(|version| self.removed.get(version)).sum(),
        }
    }

    /// Puts deviations beside levels of what may be kept. What was on its way here when a pause began or consent ended is neither kept nor learnt, also where consent was given again since.
    fn judge(&mut self, sensed: Sensed, file: Option<&ConsentBook>, paused: bool) -> Record {
        let Sensed { mut record, withdrawals } = sensed;
        let modality = record.modality();
        let ended = file.is_none_or(|file| file.withdrawals(modality) > withdrawals);
        if ended || !self.book.allows(modality, Purpose::Wellbeing) {
            record.coverage.gap = Some(Gap::NoConsent);
        } else if paused {
            record = gate::stop(&record, Gap::Paused);
        }
        if record.coverage.gap != Some(Gap::NoConsent) {
            self.baseline.annotate(&mut record);
        }
        record
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
        let baseline = between == Between::ALL;
        if baseline {
            self.baseline = Baseline::default();
            let note = Note { name: BASELINE_NOTE, bytes: self.baseline.encode() };
            self.outbox.append(&[], &[note], self.clock.now().millis())?;
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

    /// Writes the status of a run that ends.
    pub(crate) fn end(&mut self, uplink: &UplinkTotals) {
        self.status.ended = true;
        self.status.devices.clear();
        let now = self.clock.now().millis();
        self.save_status(now, uplink);
    }

    /// Says anew what waits, where no agent runs: what was decided stands, also where that cannot be told.
    fn recount(&self) {
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

/// Whether a change withdraws the last consent to sense its modality, also where consent was given again since.
fn ends_consent(book: &ConsentBook, change: &Change) -> bool {
    let mut others = Purpose::ALL.into_iter().filter(|&purpose| purpose != change.purpose);
    !change.granted && !others.any(|purpose| book.allows(change.modality, purpose))
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

/// Carries out, where no agent runs, what was decided: removes what waits of modalities whose consent was withdrawn, and
/// says how many records that were.
///
/// # Errors
/// When an agent has just started, which carries it out itself, or the outbox cannot be written.
pub(crate) fn carry_out(config: &Config) -> Result<u64, AgentError> {
    let Some(keeper) = without_agent(config)? else { return Ok(0) };
    Ok(keeper.removed.values().sum())
}

/// Forgets a stretch of time where no agent runs; `None` where there is nothing that could be.
///
/// # Errors
/// When an agent has just started, or what stays cannot be written.
pub(crate) fn forget(config: &Config, between: Between) -> Result<Option<Forgotten>, AgentError> {
    let Some(mut keeper) = without_agent(config)? else { return Ok(None) };
    let forgotten = keeper.forget(between)?;
    keeper.recount();
    Ok(Some(forgotten))
}

/// Looks at what waits where no agent runs, from a place on; `None` where there is nothing.
///
/// # Errors
/// When an agent has just started, or the outbox does not read.
pub(crate) fn waiting(config: &Config, from: Seq, most: usize) -> Result<Option<Vec<Waiting>>, AgentError> {
    open_outbox(config)?.map(|(outbox, ..)| outbox.look(from, most)).transpose()
}

/// What was learnt, where no agent runs.
///
/// # Errors
/// When an agent has just started, or the outbox does not read.
pub(crate) fn learnt(config: &Config) -> Result<Baseline, AgentError> {
    Ok(open_outbox(config)?.map(|(outbox, ..)| baseline(&outbox)).unwrap_or_default())
}

/// The outbox of a device that is enrolled, with what else stands of it.
fn open_outbox(config: &Config) -> Result<Option<(Arc<Outbox>, DeviceId, Enrolment)>, AgentError> {
    let state = &config.state;
    let Some(Identity { device, seal, standing: Standing::Enrolled(enrolment), .. }) = Identity::load(state)? else {
        return Ok(None);
    };
    let folder = state.join(outbox::FOLDER);
    if !folder.exists() {
        return Ok(None);
    }
    // Bounds are for who keeps: nothing leaves here but what was withdrawn.
    let limits = Limits { bytes: u64::MAX, age_millis: i64::MAX };
    let now = Clock::start().now().millis();
    Ok(Some((Arc::new(Outbox::open(&folder, seal, enrolment.number, limits, now)?), device, enrolment)))
}

/// A keeper that has carried out what was decided.
fn without_agent(config: &Config) -> Result<Option<Keeper>, AgentError> {
    let Some((outbox, device, enrolment)) = open_outbox(config)? else { return Ok(None) };
    let heard = Arc::new(Heard::load(&config.state, &enrolment));
    let control = Arc::new(Control::of(&config.state));
    let mut keeper = Keeper::open(config, device, outbox, None, Clock::start(), heard, control)?;
    keeper.keep(Vec::new())?;
    keeper.recount();
    Ok(Some(keeper))
}

#[cfg(test)]
mod tests {
    use attune_protocol::ack::{Ack, Answer, Run};
    use attune_protocol::consent::Consent;
    use attune_protocol::digest::Digest;
    use attune_protocol::features::Features;
    use attune_protocol::record::Coverage;
    use attune_protocol::registry::heart;
    use attune_protocol::seal::SealKey;
    use attune_protocol::window::Window;

    use super::*;
    use crate::control::Hold;

    fn sensed(windows: std::ops::Range<u32>) -> Vec<Sensed> {
        windows.map(|window| Sensed { record: record(window), withdrawals: 0 }).collect()
    }

    fn record(window: u32) -> Record {
        let mut features = Features::new(Modality::Heart);
        features.set(heart::MEAN_HR, 60.0 + f64::from(window % 7));
        let coverage = Coverage { expected: 10, received: 10, last_60_s: 1.0, last_300_s: 1.0, gap: None };
        Record::new(Window(window), 1.0, coverage, features)
    }

    fn consent(state: &std::path::Path, purpose: Purpose, granted: bool) {
        let mut book = ConsentBook::load(state).unwrap();
        book.set(Modality::Heart, purpose, granted, jiff::Timestamp::now());
        book.save(state).unwrap();
    }

    fn outbox(state: &std::path::Path) -> Arc<Outbox> {
        let limits = crate::outbox::Limits { bytes: 1 << 20, age_millis: i64::MAX };
        Arc::new(Outbox::open(&state.join("outbox"), SealKey::from_secret([9; 32]), 1, limits, 0).unwrap())
    }

    fn keeper(state: &std::path::Path, outbox: &Arc<Outbox>) -> Keeper {
        let config = Config { state: state.to_owned(), profile: Profile::Research, ..Config::default() };
        let enrolment = Enrolment { number: 1, collector: [0; 32], profile: Profile::Research };
        let heard = Arc::new(Heard::load(state, &enrolment));
        let clock = Clock::start();
        let place = Some(Place::begin("a recording".into(), clock.now()));
        Keeper::open(&config, DeviceId([1; 16]), outbox.clone(), place, clock, heard, Arc::new(Control::of(state)))
            .unwrap()
    }

    #[test]
    fn withdrawn_consent_takes_out_what_waits_and_once_it_is_given_anew_nothing_more() {
        let folder = tempfile::tempdir().unwrap();
        let state = folder.path();
        let outbox = outbox(state);
        consent(state, Purpose::Wellbeing, true);
        keeper(state, &outbox).keep(sensed(170_000_000..170_000_028)).unwrap();
        let told = 1;
        assert_eq!(outbox.totals().items, 28 + told);
        // The agent stands still while the person changes their mind.
        consent(state, Purpose::Wellbeing, false);
        consent(state, Purpose::Wellbeing, true);
        let mut again = keeper(state, &outbox);
        again.keep(Vec::new()).unwrap();
        let told = told + 2;
        assert_eq!(outbox.totals().items, told, "all that waited is gone before anything is sent");
        let late = sensed(170_000_100..170_000_105);
        again.keep(late.into_iter().map(|late| Sensed { withdrawals: 1, ..late }).collect()).unwrap();
        outbox.begin_epoch(crate::outbox::Reason::Taken, 0).unwrap();
        keeper(state, &outbox).keep(Vec::new()).unwrap();
        let waiting = outbox.totals().items;
        assert!(waiting >= 5 + told, "an old withdrawal that is told again takes nothing: {waiting}");
        assert_ne!(outbox.note(BASELINE_NOTE).unwrap(), Baseline::default().encode(), "nor what was learnt since");
    }

    /// What waits, as the collector would read it: changes of consent, and records with features.
    fn waiting(outbox: &Outbox) -> (Vec<(u32, bool)>, Vec<Record>) {
        let items = outbox.peek(&std::collections::BTreeSet::new(), 1000, 1 << 20, 0).unwrap();
        let (mut changes, mut records) = (Vec::new(), Vec::new());
        for item in items {
            changes.extend(Consent::decode(&item.bytes).ok().map(|change| (change.version, change.granted)));
            records.extend(Record::decode(&item.bytes).ok());
        }
        records.retain(|record| !record.features.is_empty());
        (changes, records)
    }

    #[test]
    fn versions_go_on_whatever_becomes_of_the_file_and_a_withdrawal_stands_over_an_older_copy() {
        let folder = tempfile::tempdir().unwrap();
        let state = folder.path();
        let outbox = outbox(state);
        let file = state.join("consent.toml");
        consent(state, Purpose::Wellbeing, true);
        let older = std::fs::read(&file).unwrap();
        keeper(state, &outbox).keep(sensed(170_000_000..170_000_005)).unwrap();

        // It is lost, and everything in it begins anew.
        std::fs::remove_file(&file).unwrap();
        consent(state, Purpose::Wellbeing, true);
        consent(state, Purpose::Wellbeing, false);
        keeper(state, &outbox).keep(Vec::new()).unwrap();
        let (changes, records) = waiting(&outbox);
        assert_eq!(changes, [(1, true), (2, true), (3, false)], "the withdrawal is told");
        assert!(records.is_empty(), "what waited is gone");

        // A copy of before the withdrawal is put back.
        std::fs::write(&file, older).unwrap();
        let late = Sensed { withdrawals: 9, ..sensed(170_000_006..170_000_007).remove(0) };
        keeper(state, &outbox).keep(vec![late]).unwrap();
        assert!(!ConsentBook::load(state).unwrap().allows(Modality::Heart, Purpose::Wellbeing));
        assert!(waiting(&outbox).1.is_empty());
        consent(state, Purpose::Wellbeing, true);
        keeper(state, &outbox).keep(Vec::new()).unwrap();
        assert_eq!(waiting(&outbox).0.last(), Some(&(4, true)));
    }

    #[test]
    fn what_was_on_its_way_when_consent_ended_is_neither_kept_nor_learnt_where_it_was_given_again_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let state = folder.path();
        let outbox = outbox(state);
        let mut keeper = keeper(state, &outbox);
        [true, false, true].into_iter().for_each(|granted| consent(state, Purpose::Wellbeing, granted));
        keeper.keep(sensed(170_000_000..170_000_020)).unwrap();
        assert!(waiting(&outbox).1.is_empty());
        assert_eq!(outbox.note(BASELINE_NOTE).unwrap(), Baseline::default().encode());
        let after = sensed(170_000_020..170_000_025).into_iter().map(|sensed| Sensed { withdrawals: 1, ..sensed });
        keeper.keep(after.collect()).unwrap();
        let records = waiting(&outbox).1;
        assert_eq!(records.iter().map(|record| record.consent).collect::<Vec<_>>(), [3; 5]);
    }

    #[test]
    fn the_person_keeps_what_no_profile_lets_leave_for_as_long_as_they_agree_to_their_own_view() {
        let folder = tempfile::tempdir().unwrap();
        let state = folder.path();
        let outbox = outbox(state);
        Purpose::ALL.into_iter().for_each(|purpose| consent(state, purpose, true));
        let mut keeper = keeper(state, &outbox);
        keeper.profile = Profile::Eu;
        let own = keeper.own();
        let rates = || {
            let records = own.records(Between::ALL).unwrap();
            records.iter().filter_map(|record| record.features.get(heart::MEAN_HR)).count()
        };
        keeper.keep(sensed(170_000_000..170_000_005)).unwrap();
        assert!(waiting(&outbox).1.is_empty(), "a heart rate leaves nowhere under this profile");
        assert_eq!(rates(), 5);
        // Withdrawn and given again before the agent looks: what was kept is gone all the same.
        consent(state, Purpose::OwnView, false);
        consent(state, Purpose::OwnView, true);
        keeper.keep(Vec::new()).unwrap();
        assert_eq!(rates(), 0);
        keeper.keep(sensed(170_000_005..170_000_007)).unwrap();
        assert_eq!(rates(), 2);
        consent(state, Purpose::OwnView, false);
        keeper.keep(sensed(170_000_007..170_000_009)).unwrap();
        assert_eq!(rates(), 0);
        assert!(outbox.totals().items > 0);
    }

    #[test]
    fn what_was_played_without_consent_is_played_once_there_is_some() {
        let folder = tempfile::tempdir().unwrap();
        let state = folder.path();
        let outbox = outbox(state);
        let mut keeper = keeper(state, &outbox);
        let begin = attune_analysis::sample::Timestamp(0);
        let goes_on =
            || Place::decode(&outbox.note(Place::NOTE).unwrap()).unwrap().from(Modality::Heart, begin).millis();
        keeper.keep(sensed(170_000_000..170_000_005)).unwrap();
        assert_eq!(goes_on(), 0, "nothing of it is spent");
        consent(state, Purpose::Wellbeing, true);
        keeper.keep(sensed(170_000_000..170_000_003)).unwrap();
        assert_eq!(goes_on(), 1_700_000_030_000);
        consent(state, Purpose::Wellbeing, false);
        keeper.keep(sensed(170_000_003..170_000_005)).unwrap();
        assert_eq!(goes_on(), 1_700_000_030_000);
    }

    #[test]
    fn what_was_sensed_before_a_stop_is_not_kept_behind_it() {
        let folder = tempfile::tempdir().unwrap();
        let state = folder.path();
        let outbox = outbox(state);
        consent(state, Purpose::Wellbeing, true);
        let mut keeper = keeper(state, &outbox);
        keeper.keep(sensed(170_000_000..170_000_001)).unwrap();
        let kept = || {
            let items = outbox.peek(&std::collections::BTreeSet::new(), 100, 1 << 20, 0).unwrap();
            let records = items.iter().filter_map(|item| Record::decode(&item.bytes).ok());
            records.map(|record| (record.features.is_empty(), record.coverage.gap)).collect::<Vec<_>>()
        };
        control::pause(state, jiff::Timestamp::UNIX_EPOCH).unwrap();
        keeper.keep(sensed(170_000_001..170_000_002)).unwrap();
        assert_eq!(kept(), [(false, None), (true, Some(Gap::Paused))]);
        assert!(keeper.in_force(&[]).paused);
        control::resume(state).unwrap();
        let before = ConsentBook::load(state).unwrap();
        consent(state, Purpose::Wellbeing, false);
        let changes = ConsentBook::load(state).unwrap().lacking_in(&before);
        assert!(!keeper.in_force(&changes).carried_out);
        assert_eq!(keeper.control.hold(), Hold::Everything);
        keeper.keep(sensed(170_000_002..170_000_003)).unwrap();
        assert_eq!(kept(), [(true, Some(Gap::NoConsent))], "and what waited is gone");
        let items = outbox.peek(&std::collections::BTreeSet::new(), 100, 1 << 20, 0).unwrap();
        let record = items.iter().find_map(|item| Record::decode(&item.bytes).ok()).unwrap();
        assert_eq!(record.consent, keeper.book.newest(), "what the gate stops names the consent, too");
        assert_eq!(keeper.in_force(&changes), InForce { paused: false, carried_out: true, removed: 2 });
        assert_eq!(keeper.in_force(&[]).removed, 0);
        assert_eq!(keeper.control.hold(), Hold::Nothing);
    }

    #[test]
    fn a_withdrawal_under_another_version_than_in_the_persons_file_is_carried_out_and_counted() {
        let folder = tempfile::tempdir().unwrap();
        let state = folder.path();
        let outbox = outbox(state);
        consent(state, Purpose::Wellbeing, true);
        let mut keeper = keeper(state, &outbox);
        keeper.keep(sensed(170_000_000..170_000_005)).unwrap();
        // The file is lost: its versions begin anew, below those that were told.
        std::fs::remove_file(state.join("consent.toml")).unwrap();
        consent(state, Purpose::Wellbeing, true);
        let before = ConsentBook::load(state).unwrap();
        consent(state, Purpose::Wellbeing, false);
        let changes = ConsentBook::load(state).unwrap().lacking_in(&before);
        assert_eq!(changes.iter().map(|change| change.version).collect::<Vec<_>>(), [2]);
        keeper.keep(Vec::new()).unwrap();
        assert_eq!(keeper.in_force(&changes), InForce { paused: false, carried_out: true, removed: 5 });
    }

    #[test]
    fn the_baseline_is_erased_from_the_outbox_with_the_last_consent_also_when_it_is_given_again_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let state = folder.path();
        let outbox = outbox(state);
        let mut keeper = keeper(state, &outbox);
        let learnt = || outbox.note(BASELINE_NOTE).unwrap();
        let nothing = Baseline::default().encode();

        Purpose::ALL.into_iter().for_each(|purpose| consent(state, purpose, true));
        keeper.keep(sensed(170_000_000..170_000_050)).unwrap();
        assert_ne!(learnt(), nothing);
        consent(state, Purpose::Wellbeing, false);
        keeper.keep(Vec::new()).unwrap();
        assert_ne!(learnt(), nothing, "the person's own view still learns");
        consent(state, Purpose::OwnView, false);
        consent(state, Purpose::OwnView, true);
        keeper.keep(Vec::new()).unwrap();
        assert_eq!(learnt(), nothing);
    }

    #[test]
    fn the_status_is_written_once_a_second_at_most_and_says_when_the_run_has_ended() {
        let folder = tempfile::tempdir().unwrap();
        let state = folder.path();
        let outbox = outbox(state);
        let mut keeper = keeper(state, &outbox);
        let uplink = UplinkTotals::default();
        keeper.tell(&uplink);
        assert!(!Status::load(state).unwrap().expect("it was told at once").ended);
        Status::end(state).unwrap();
        keeper.tell(&uplink);
        assert_eq!(Status::load(state).unwrap(), None, "too soon");
        keeper.told_millis -= TELL_MILLIS;
        keeper.tell(&uplink);
        assert!(Status::load(state).unwrap().is_some());
        keeper.end(&uplink);
        assert!(Status::load(state).unwrap().expect("it was told").ended, "however soon");
        let finished = || Place::decode(&outbox.note(Place::NOTE).unwrap()).unwrap().finished;
        consent(state, Purpose::Wellbeing, true);
        keeper.keep(sensed(170_000_000..170_000_001)).unwrap();
        assert!(!finished());
        keeper.finish().unwrap();
        assert!(finished());
    }

    #[test]
    fn where_no_agent_runs_what_was_withdrawn_is_taken_out_and_counted_once() {
        let folder = tempfile::tempdir().unwrap();
        let state = folder.path();
        let config = Config { state: state.to_owned(), ..Config::default() };
        assert_eq!(carry_out(&config).unwrap(), 0, "nobody is enrolled");
        let enrolment = Enrolment { number: 1, collector: [7; 32], profile: Profile::Research };
        let (seal, standing) = (SealKey::from_secret([9; 32]), Standing::Enrolled(enrolment));
        Identity { seal, standing, ..Identity::generate("mqtt://127.0.0.1:1") }.save(state).unwrap();
        assert_eq!(carry_out(&config).unwrap(), 0);
        assert!(!state.join(outbox::FOLDER).exists(), "nothing was ever kept, and no outbox is made for it");
        consent(state, Purpose::Wellbeing, true);
        {
            let outbox = outbox(state);
            let mut keeper = keeper(state, &outbox);
            keeper.keep(sensed(170_000_000..170_000_005)).unwrap();
            keeper.end(&UplinkTotals::default());
        }
        consent(state, Purpose::Wellbeing, false);
        assert_eq!(carry_out(&config).unwrap(), 5);
        assert_eq!(carry_out(&config).unwrap(), 0);
        let told = Status::load(state).unwrap().expect("of the run before");
        assert_eq!(told.waiting, 2, "the two changes of consent");
    }

    #[test]
    fn a_consent_that_the_collector_knows_to_be_withdrawn_ends_here_too_unless_it_was_given_later() {
        let folder = tempfile::tempdir().unwrap();
        let state = folder.path();
        let outbox = outbox(state);
        let mut keeper = keeper(state, &outbox);
        consent(state, Purpose::Wellbeing, true);
        let book = || ConsentBook::load(state).unwrap();
        let granted = book().granted_millis(Modality::Heart, Purpose::Wellbeing).unwrap();
        let mut hear = |kept_at| {
            keeper.heard.hear_withdrawn(BTreeMap::from([(Modality::Heart, kept_at)]));
            keeper.keep(Vec::new()).unwrap();
            book().allows(Modality::Heart, Purpose::Wellbeing)
        };
        assert!(hear(granted - 1), "it was given behind what was refused");
        assert!(!hear(granted));
        assert_eq!(waiting(&outbox).0, [(1, true), (2, false)], "it is told at once");
        assert!(!hear(granted + 1));
        assert_eq!(waiting(&outbox).0.len(), 2, "and once");
        assert_eq!(book().granted_millis(Modality::Heart, Purpose::Wellbeing), None);
    }

    #[test]
    fn the_changes_that_the_collector_lacks_are_told_again_once_none_is_on_its_way() {
        let folder = tempfile::tempdir().unwrap();
        let state = folder.path();
        let outbox = outbox(state);
        let mut keeper = keeper(state, &outbox);
        [true, false].into_iter().for_each(|granted| consent(state, Purpose::Wellbeing, granted));
        let mut hear = |wants_consent| {
            let (device, epoch, profile) = (DeviceId([1; 16]), outbox.epoch(), Profile::Research);
            let (settled, taken) = (Vec::new(), Vec::new());
            keeper.heard.hear(&Ack { device, epoch, profile, at_millis: 1, settled, taken, wants_consent }, false);
            keeper.keep(Vec::new()).unwrap();
            waiting(&outbox).0
        };
        assert_eq!(hear(None), [(1, true), (2, false)]);
        assert_eq!(hear(Some(1)), [(1, true), (2, false)], "they are on their way");
        let items = outbox.peek(&std::collections::BTreeSet::new(), 10, 1 << 20, 0).unwrap();
        let stored = items.iter().map(|item| (item.seq, Answer::Stored, Digest::of_item(item.seq, &item.bytes)));
        outbox.acknowledge(&Run::of(stored)).unwrap();
        assert_eq!(hear(None), []);
        assert_eq!(hear(Some(2)), [(2, false)]);
    }
}
