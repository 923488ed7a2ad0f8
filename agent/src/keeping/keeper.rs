//! The one place where records become durable: baseline, gate, outbox, journal, progress.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use attune_analysis::baseline::Baseline;
use attune_protocol::consent::Purpose;
use attune_protocol::ids::{DeviceId, Seq};
use attune_protocol::policy::Profile;
use attune_protocol::record::{Gap, Record};
use attune_protocol::registry::{Modality, Span};
use serde::Serialize;
use tracing::{debug, info, warn};

use super::gate;
use super::journal::Journal;
use super::status::Status;
use crate::config::{Config, ProgressFormat};
use crate::control::{self, Change, ConsentBook, InForce};
use crate::identity::{Identity, Standing};
use crate::outbox::{self, Draft, Limits, Note, Outbox};
use crate::timeline::{Clock, Place};
use crate::uplink::{Heard, UplinkTotals};
use crate::{AgentError, output};

/// Holds that version.
const WITHDRAWN_NOTE: &str = "withdrawn";
const BASELINE_NOTE: &str = "baseline";
/// Between two writings of the status.
const TELL_MILLIS: i64 = 1000;

/// Takes records in and makes them durable.
pub(crate) struct Keeper {
    state: PathBuf,
    profile: Profile,
    progress: ProgressFormat,
    outbox: Arc<Outbox>,
    journal: Option<Journal>,
    place: Place,
    baseline: Baseline,
    /// Version of the last change of consent whose withdrawal was carried out.
    withdrawn: u32,
    /// Records that withdrawals of this run removed, by the version of the change.
    removed: BTreeMap<u32, u64>,
    heard: Arc<Heard>,
    clock: Clock,
    status: Status,
    told_millis: i64,
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
        place: Place,
        clock: Clock,
        heard: Arc<Heard>,
    ) -> Result<Self, AgentError> {
        let journal = config.play.journal.as_deref();
        Ok(Self {
            state: config.state.clone(),
            profile: config.profile,
            progress: config.play.progress,
            journal: journal.map(|path| Journal::open(path, device, &outbox)).transpose()?,
            baseline: baseline(&outbox),
            withdrawn: withdrawn(&outbox),
            removed: BTreeMap::new(),
            heard,
            outbox,
            place,
            clock,
            status: Status::begin(),
            told_millis: 0,
        })
    }

    /// Makes records durable, and before them the changes of consent that are not in the outbox yet.
    pub(crate) fn keep(&mut self, records: Vec<Record>) -> Result<(), AgentError> {
        // Told by who looks for permission, if it does not read.
        let book = ConsentBook::load(&self.state).ok();
        let wanted = self.heard.take_wanted_consent().map(|version| version.saturating_sub(1));
        let told = self.outbox.consent_told().min(wanted.unwrap_or(u32::MAX));
        let changes: Vec<_> = book.iter().flat_map(|book| book.since(told)).collect();
        if changes.is_empty() && records.is_empty() {
            return Ok(());
        }
        let mut notes = Vec::new();
        let mut drafts: Vec<Draft> = changes.iter().map(|change| Draft::consent(&change.to_consent())).collect();
        for change in &changes {
            if book.as_ref().is_some_and(|book| ends_consent(book, change)) {
                self.baseline.forget(change.modality);
            }
        }
        self.withdraw(&changes)?;
        notes.push(Note { name: WITHDRAWN_NOTE, bytes: self.withdrawn.to_be_bytes().to_vec() });
        let consent = changes.last().map_or(self.outbox.consent_told(), |change| change.version);
        let stopped = self.stopped(book.as_ref());
        let judged = records.into_iter().map(|record| Record { consent, ..self.judge(record, &stopped) });
        let records: Vec<Record> = judged.collect();
        for record in &records {
            self.place.reach(record.modality(), record.window);
            drafts.push(Draft::record(record));
        }
        if !records.is_empty() {
            notes.push(Note { name: Place::NOTE, bytes: self.place.encode() });
        }
        notes.push(Note { name: BASELINE_NOTE, bytes: self.baseline.encode() });
        let now = self.clock.now().millis();
        let seqs = self.outbox.append(&drafts, &notes, now)?;
        if let Some(journal) = &mut self.journal {
            journal.follow(&self.outbox)?;
        }
        for (record, seq) in records.iter().zip(&seqs[changes.len()..]) {
            self.status.keep(record);
            self.progress(record, *seq);
        }
        Ok(())
    }

    /// Takes out what waits of a modality whose consent was withdrawn. Each withdrawal does so once: the book may be told
    /// again, when records wait that were kept under consent that was given anew.
    fn withdraw(&mut self, changes: &[Change]) -> Result<(), AgentError> {
        for change in changes.iter().filter(|change| change.version > self.withdrawn) {
            if !change.granted && change.purpose == Purpose::Wellbeing {
                let removed = self.outbox.remove_records(|about| about.modality == change.modality)?;
                *self.removed.entry(change.version).or_default() += removed as u64;
                info!(modality = %change.modality, removed, "consent was withdrawn: what waited of it was removed unsent");
            }
        }
        self.withdrawn = changes.last().map_or(self.withdrawn, |change| self.withdrawn.max(change.version));
        Ok(())
    }

    /// What is in force: whether it is paused, and all that was withdrawn behind a version of the consent book.
    pub(crate) fn in_force(&self, since: u32) -> InForce {
        InForce {
            paused: control::is_paused(&self.state),
            consent: self.outbox.consent_told(),
            removed: self.removed.range(since.saturating_add(1)..).map(|(_, removed)| removed).sum(),
        }
    }

    /// Why nothing of a modality may be kept now, whatever was permitted when it was sensed.
    fn stopped(&self, book: Option<&ConsentBook>) -> impl Fn(Modality) -> Option<Gap> + use<> {
        let paused = control::is_paused(&self.state).then_some(Gap::Paused);
        let allowed = Modality::ALL.map(|m| book.is_some_and(|book| book.allows(m, Purpose::Wellbeing)));
        move |m| paused.or((!allowed[usize::from(m.number())]).then_some(Gap::NoConsent))
    }

    /// Puts deviations beside levels, then leaves only what may be kept.
    fn judge(&mut self, mut record: Record, stopped: impl Fn(Modality) -> Option<Gap>) -> Record {
        if let Some(gap) = stopped(record.modality()) {
            return gate::stop(&record, gap);
        }
        if record.coverage.gap != Some(Gap::NoConsent) {
            self.baseline.annotate(&mut record);
        }
        gate::pass(gate::pass(record, self.profile), self.heard.profile())
    }

    /// Tells of a durable record. Who listened and has gone is no reason to sense no more.
    fn progress(&mut self, record: &Record, seq: Seq) {
        if self.progress == ProgressFormat::Off {
            return;
        }
        let line = Progress {
            window: record.window.start_millis(),
            modality: record.modality().name(),
            coverage: (record.coverage.over(Span::S10) * 1e4).round() / 1e4,
            seq: seq.0,
        };
        let told = output::line(serde_json::to_string(&line).expect("progress is names and numbers"));
        if let Err(error) = told {
            warn!(%error, "nobody reads the progress any more: sensing goes on without it");
            self.progress = ProgressFormat::Off;
        }
    }

    /// The recordings were played to their end.
    pub(crate) fn finish(&mut self) -> Result<(), AgentError> {
        self.place.finished = true;
        let note = Note { name: Place::NOTE, bytes: self.place.encode() };
        self.outbox.append(&[], &[note], self.clock.now().millis()).map(drop)
    }

    /// Writes the status, now and then.
    pub(crate) fn tell(&mut self, uplink: &UplinkTotals) -> Result<(), AgentError> {
        let now = self.clock.now().millis();
        if now - self.told_millis < TELL_MILLIS {
            return Ok(());
        }
        self.told_millis = now;
        if let Err(problem) = control::settle(&self.state) {
            debug!(error = %problem, "no space for what was decided: it stands where it was written");
        }
        self.status.save(&self.state, now, &self.outbox, uplink, self.heard.profile())
    }

    /// Writes the status of a run that ends.
    pub(crate) fn end(&mut self, uplink: &UplinkTotals) -> Result<(), AgentError> {
        self.status.ended = true;
        let now = self.clock.now().millis();
        self.status.save(&self.state, now, &self.outbox, uplink, self.heard.profile())
    }
}

/// Whether a change withdraws the last consent to sense its modality, also where consent was given again since.
fn ends_consent(book: &ConsentBook, change: &Change) -> bool {
    let mut others = Purpose::ALL.into_iter().filter(|&purpose| purpose != change.purpose);
    !change.granted && !others.any(|purpose| book.allows(change.modality, purpose))
}

fn withdrawn(outbox: &Outbox) -> u32 {
    outbox.note(WITHDRAWN_NOTE).and_then(|bytes| Some(u32::from_be_bytes(bytes.try_into().ok()?))).unwrap_or(0)
}

fn baseline(outbox: &Outbox) -> Baseline {
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
    let state = &config.state;
    let Some(Identity { device, seal, standing: Standing::Enrolled(enrolment), .. }) = Identity::load(state)? else {
        return Ok(0);
    };
    let folder = state.join(outbox::FOLDER);
    if !folder.exists() {
        return Ok(0);
    }
    let mut clock = Clock::start();
    let now = clock.now();
    // Bounds are for who keeps: nothing leaves here but what was withdrawn.
    let limits = Limits { bytes: u64::MAX, age_millis: i64::MAX };
    let outbox = Arc::new(Outbox::open(&folder, seal, enrolment.number, limits, now.millis())?);
    let heard = Arc::new(Heard::load(state, &enrolment));
    let mut keeper = Keeper::open(config, device, outbox, Place::begin(String::new(), now), clock, heard)?;
    keeper.keep(Vec::new())?;
    Ok(keeper.removed.values().sum())
}

#[cfg(test)]
mod tests {
    use attune_protocol::features::Features;
    use attune_protocol::record::Coverage;
    use attune_protocol::registry::heart;
    use attune_protocol::seal::SealKey;
    use attune_protocol::window::Window;

    use super::*;
    use crate::identity::Enrolment;

    fn record(window: u32) -> Record {
        let mut features = Features::new(Modality::Heart);
        features.set(heart::MEAN_HR, 60.0 + f64::from(window % 7));
        let coverage = Coverage { expected: 10, received: 10, last_60_s: 1.0, last_300_s: 1.0, gap: None };
        Record::new(Window(window), 1.0, coverage, features)
    }

    fn consent(state: &std::path::Path, purpose: Purpose, granted: bool) {
        let mut book = ConsentBook::load(state).unwrap();
        book.set(Modality::Heart, purpose, granted, jiff::Timestamp::UNIX_EPOCH);
        book.save(state).unwrap();
    }

    fn outbox(state: &std::path::Path) -> Arc<Outbox> {
        let limits = crate::outbox::Limits { bytes: 1 << 20, age_millis: i64::MAX };
        Arc::new(Outbox::open(&state.join("outbox"), SealKey::from_secret([9; 32]), 1, limits, 0).unwrap())
    }

    fn keeper(state: &std::path::Path, outbox: &Arc<Outbox>) -> Keeper {
        let config = Config { state: state.to_owned(), ..Config::default() };
        let enrolment = Enrolment { number: 1, collector: [0; 32], profile: Profile::Research };
        let heard = Arc::new(Heard::load(state, &enrolment));
        let mut clock = Clock::start();
        let place = Place::begin("a recording".into(), clock.now());
        Keeper::open(&config, DeviceId([1; 16]), outbox.clone(), place, clock, heard).unwrap()
    }

    #[test]
    fn withdrawn_consent_takes_out_what_waits_and_once_it_is_given_anew_nothing_more() {
        let folder = tempfile::tempdir().unwrap();
        let state = folder.path();
        let outbox = outbox(state);
        consent(state, Purpose::Wellbeing, true);
        keeper(state, &outbox).keep((170_000_000..170_000_028).map(record).collect()).unwrap();
        let told = 1;
        assert_eq!(outbox.totals().items, 28 + told);
        // The agent stands still while the person changes their mind.
        consent(state, Purpose::Wellbeing, false);
        consent(state, Purpose::Wellbeing, true);
        let mut again = keeper(state, &outbox);
        again.keep(Vec::new()).unwrap();
        let told = told + 2;
        assert_eq!(outbox.totals().items, told, "all that waited is gone before anything is sent");
        again.keep((170_000_100..170_000_105).map(record).collect()).unwrap();
        outbox.begin_epoch(crate::outbox::Reason::Taken, 0).unwrap();
        keeper(state, &outbox).keep(Vec::new()).unwrap();
        let waiting = outbox.totals().items;
        assert!(waiting >= 5 + told, "an old withdrawal that is told again takes nothing: {waiting}");
    }

    #[test]
    fn what_was_sensed_before_a_stop_is_not_kept_behind_it() {
        let folder = tempfile::tempdir().unwrap();
        let state = folder.path();
        let outbox = outbox(state);
        consent(state, Purpose::Wellbeing, true);
        let mut keeper = keeper(state, &outbox);
        keeper.keep(vec![record(170_000_000)]).unwrap();
        let kept = || {
            let items = outbox.peek(&std::collections::BTreeSet::new(), 100, 1 << 20, 0).unwrap();
            let records = items.iter().filter_map(|item| Record::decode(&item.bytes).ok());
            records.map(|record| (record.features.is_empty(), record.coverage.gap)).collect::<Vec<_>>()
        };
        control::pause(state, jiff::Timestamp::UNIX_EPOCH).unwrap();
        keeper.keep(vec![record(170_000_001)]).unwrap();
        assert_eq!(kept(), [(false, None), (true, Some(Gap::Paused))]);
        assert!(keeper.in_force(0).paused);
        control::resume(state).unwrap();
        consent(state, Purpose::Wellbeing, false);
        keeper.keep(vec![record(170_000_002)]).unwrap();
        assert_eq!(kept(), [(true, Some(Gap::NoConsent))], "and what waited is gone");
        assert_eq!(keeper.in_force(1), InForce { paused: false, consent: 2, removed: 2 });
        assert_eq!(keeper.in_force(2).removed, 0);
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
        keeper.keep((170_000_000..170_000_050).map(record).collect()).unwrap();
        assert_ne!(learnt(), nothing);
        consent(state, Purpose::Wellbeing, false);
        keeper.keep(Vec::new()).unwrap();
        assert_ne!(learnt(), nothing, "the person's own view still learns");
        consent(state, Purpose::OwnView, false);
        consent(state, Purpose::OwnView, true);
        keeper.keep(Vec::new()).unwrap();
        assert_eq!(learnt(), nothing);
    }
}
