use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use attune_protocol::record::Record;
use attune_protocol::registry::Modality;
use attune_protocol::seal::SealKey;
use attune_protocol::window::Window;
use tracing::warn;

use super::day::DayFile;
use super::entry::Sent;
use super::name::{Name, What};
use super::rewrite;
use crate::{AgentError, files};

/// How much is kept.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Limits {
    /// Days with something in them; 0: nothing is kept.
    pub days: u32,
    /// Bytes of all files.
    pub bytes: u64,
}

/// A stretch of time, Unix milliseconds: from the first on and before the second.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Between {
    /// Its first instant.
    pub from: i64,
    /// The first one behind it.
    pub until: i64,
}

impl Between {
    /// All time.
    pub const ALL: Self = Self { from: i64::MIN, until: i64::MAX };

    /// Whether a part of the windows from one to another lies in it.
    #[must_use]
    pub fn meets(&self, first: Window, last: Window) -> bool {
        first.start_millis() < self.until && last.end_millis() > self.from
    }
}

/// What the keep holds.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Totals {
    /// Days with something in them.
    pub days: usize,
    /// Bytes of all files.
    pub bytes: u64,
}

/// The keep. See the [module](super).
pub struct Own {
    folder: PathBuf,
    device: Arc<SealKey>,
    limits: Limits,
    state: Mutex<State>,
}

struct State {
    files: BTreeMap<Name, DayFile>,
    /// Which modalities the person keeps for themselves, by number.
    views: [bool; Modality::ALL.len()],
    /// Whether it was said that something could not be kept.
    has_failed: bool,
}

impl Own {
    /// Opens the keep in a folder, for the agent that runs; the folder is made with the first thing that is kept, so that a full
    /// disk keeps no agent from starting. What a kill has left half done is ended.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn open(folder: &Path, device: Arc<SealKey>, limits: Limits) -> Result<Self, AgentError> {
        if folder.exists() {
            files::private_folder(folder)?;
            files::close_all(folder)?;
            rewrite::tidy(folder)?;
        }
        let own = Self::look(folder, device, limits)?;
        own.trim()?;
        Ok(own)
    }

    /// As [`Self::open`], to read only: an agent may be running on it.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn look(folder: &Path, device: Arc<SealKey>, limits: Limits) -> Result<Self, AgentError> {
        let mut found = BTreeMap::new();
        for name in names(folder)? {
            let text = name.to_string();
            match DayFile::open(&folder.join(&text), &text, &device)? {
                Some(file) => drop(found.insert(name, file)),
                None => warn!(file = text, "a file of the own view does not read"),
            }
        }
        let state = State { files: found, views: [false; Modality::ALL.len()], has_failed: false };
        Ok(Self { folder: folder.to_owned(), device, limits, state: Mutex::new(state) })
    }

    /// Says which modalities the person keeps for themselves: what there is of others is destroyed.
    ///
    /// # Errors
    /// When it cannot be destroyed.
    pub fn permit(&self, views: [bool; Modality::ALL.len()]) -> Result<(), AgentError> {
        let mut state = self.state();
        let lost = |modality: &Modality| !views[usize::from(modality.number())];
        let kept = |modality: &Modality, state: &State| state.files.keys().any(|name| name.what == What::Of(*modality));
        let ended = Modality::ALL.into_iter().filter(|modality| lost(modality));
        let ended: Vec<Modality> = ended.filter(|m| kept(m, &state) || state.views[usize::from(m.number())]).collect();
        for modality in ended {
            self.end(&mut state, modality)?;
        }
        state.views = views;
        Ok(())
    }

    /// Destroys what there is of a modality: the person does not keep it any more, or did not for a moment.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn forget_modality(&self, modality: Modality) -> Result<(), AgentError> {
        self.end(&mut self.state(), modality)
    }

    fn end(&self, state: &mut State, modality: Modality) -> Result<(), AgentError> {
        self.destroy(state, |name| name.what == What::Of(modality))?;
        let sent: Vec<Name> = state.files.keys().copied().filter(|name| name.what == What::Sent).collect();
        for name in sent {
            let strip = |body: Vec<u8>| {
                let sent = Sent::decode(&body)?;
                let stays = sent.is_all(|other| other != modality);
                Some(if stays { body } else { sent.without_bytes().encode() })
            };
            // Without room for what would stay all of the day goes: a withdrawal needs none.
            if let Err(problem) = self.rewrite(state, name, strip) {
                warn!(error = %problem, "what was sent on a day is forgotten whole");
                self.destroy(state, |other| *other == name)?;
            }
        }
        Ok(())
    }

    /// Keeps records of the modalities that the person keeps. Where that fails it is said once, and nothing else waits.
    pub fn keep(&self, records: impl IntoIterator<Item = Record>) {
        let mut state = self.state();
        let mut bodies: BTreeMap<Name, Vec<Vec<u8>>> = BTreeMap::new();
        for record in records.into_iter().filter(|record| state.views[usize::from(record.modality().number())]) {
            let name = Name::of(record.window, What::Of(record.modality()));
            bodies.entry(name).or_default().push(record.encode());
        }
        for (name, bodies) in bodies {
            self.append(&mut state, name, &bodies);
        }
    }

    /// Keeps what was sent.
    pub fn keep_sent(&self, sent: Sent) {
        let mut state = self.state();
        let views = state.views;
        let is_whole = sent.is_all(|modality| views[usize::from(modality.number())]);
        let (name, sent) = (
            Name::of(Window::containing(sent.at_millis), What::Sent),
            if is_whole { sent } else { sent.without_bytes() },
        );
        self.append(&mut state, name, &[sent.encode()]);
    }

    fn append(&self, state: &mut State, name: Name, bodies: &[Vec<u8>]) {
        let kept = self.try_append(state, name, bodies);
        let had_failed = std::mem::replace(&mut state.has_failed, kept.is_err());
        if let Err(problem) = kept
            && !had_failed
        {
            warn!(error = %problem, "the own view misses what is sensed now; sensing and sending go on");
        }
    }

    fn try_append(&self, state: &mut State, name: Name, bodies: &[Vec<u8>]) -> Result<(), AgentError> {
        if !self.make_room(state, name.day, DayFile::space(bodies))? {
            return Ok(());
        }
        let file = match state.files.entry(name) {
            Entry::Occupied(there) => there.into_mut(),
            Entry::Vacant(place) => {
                files::private_folder(&self.folder)?;
                let text = name.to_string();
                place.insert(DayFile::create(&self.folder.join(&text), &text, &self.device)?)
            }
        };
        file.append(bodies)
    }

    /// Lets the oldest days go that are over the limits.
    fn trim(&self) -> Result<(), AgentError> {
        let mut state = self.state();
        let days: BTreeSet<u32> = state.files.keys().map(|name| name.day).collect();
        let over = days.len().saturating_sub(self.limits.days as usize);
        for oldest in days.into_iter().take(over) {
            self.destroy(&mut state, |name| name.day == oldest)?;
        }
        Ok(())
    }

    /// Lets the oldest days go until there is room, and says whether there is: not for a day that is older than all, nor for
    /// more of one than all may take.
    fn make_room(&self, state: &mut State, day: u32, coming: u64) -> Result<bool, AgentError> {
        loop {
            let days: BTreeSet<u32> = state.files.keys().map(|name| name.day).chain([day]).collect();
            let bytes: u64 = state.files.values().map(DayFile::len).sum();
            if days.len() <= self.limits.days as usize && bytes + coming <= self.limits.bytes {
                return Ok(true);
            }
            match days.first() {
                Some(oldest) if *oldest != day => self.destroy(state, |name| name.day == *oldest)?,
                _ => return Ok(false),
            }
        }
    }

    /// Forgets a stretch of time, and says of how many entries. When it returns nothing of them can be read.
    ///
    /// # Errors
    /// When the system refuses, or there is no room for what stays of a day.
    pub fn forget(&self, between: Between) -> Result<u64, AgentError> {
        let mut state = self.state();
        let mut forgotten = 0;
        let names: Vec<Name> = state.files.keys().copied().collect();
        for name in names {
            let is_within = |body: &[u8]| match name.what {
                What::Of(_) => Record::decode(body).is_ok_and(|record| between.meets(record.window, record.window)),
                What::Sent => Sent::decode(body).is_some_and(|sent| between.meets(sent.first, sent.last)),
            };
            let file = &state.files[&name];
            let (entries, within) = {
                let bodies = file.read()?.bodies;
                (bodies.len(), bodies.iter().filter(|body| is_within(body)).count())
            };
            match within {
                _ if between == Between::ALL || (within > 0 && within == entries) => {
                    self.destroy(&mut state, |other| *other == name)?;
                }
                0 => {}
                _ => self.rewrite(&mut state, name, |body| (!is_within(&body)).then_some(body))?,
            }
            forgotten += within as u64;
        }
        Ok(forgotten)
    }

    fn rewrite(
        &self,
        state: &mut State,
        name: Name,
        change: impl FnMut(Vec<u8>) -> Option<Vec<u8>>,
    ) -> Result<(), AgentError> {
        let Some(file) = state.files.get(&name) else { return Ok(()) };
        let bodies: Vec<Vec<u8>> = file.read()?.bodies.into_iter().filter_map(change).collect();
        let text = name.to_string();
        let rewritten = rewrite::rewrite(file, &text, &self.device, &bodies);
        match rewritten {
            Ok(new) => {
                state.files.insert(name, new);
                Ok(())
            }
            Err(problem) => {
                // Either of the two may lie there.
                let there = DayFile::open(&self.folder.join(&text), &text, &self.device)?;
                state.files.remove(&name);
                state.files.extend(there.map(|file| (name, file)));
                Err(problem)
            }
        }
    }

    fn destroy(&self, state: &mut State, which: impl Fn(&Name) -> bool) -> Result<(), AgentError> {
        let names: Vec<Name> = state.files.keys().copied().filter(|name| which(name)).collect();
        for name in names {
            files::destroy(&self.folder.join(name.to_string()))?;
            state.files.remove(&name);
        }
        Ok(())
    }

    /// The records of a stretch of time, by window and modality; of a window that was sensed twice the later one.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn records(&self, between: Between) -> Result<Vec<Record>, AgentError> {
        let state = self.state();
        let mut found = BTreeMap::new();
        for (name, file) in &state.files {
            let begin = |day: u32| i64::from(day) * 86_400_000;
            let apart = begin(name.day) >= between.until || begin(name.day + 1) <= between.from;
            if name.what == What::Sent || apart {
                continue;
            }
            let records = file.read()?.bodies.into_iter().filter_map(|body| Record::decode(&body).ok());
            let records = records.filter(|record| between.meets(record.window, record.window)).enumerate();
            // What is sensed of a window anew is that window; what is said in it again is said, too.
            let place = |(place, record): &(usize, Record)| if record.modality().is_sensed() { 0 } else { *place };
            found.extend(records.map(|one| ((one.1.window, one.1.modality(), place(&one)), one.1)));
        }
        Ok(found.into_values().collect())
    }

    /// What was sent, the latest first: at most `most` batches behind the first `skip` ones.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn sent(&self, skip: usize, most: usize) -> Result<Vec<Sent>, AgentError> {
        let state = self.state();
        let mut found = Vec::new();
        for (_, file) in state.files.iter().rev().filter(|(name, _)| name.what == What::Sent) {
            found.extend(file.read()?.bodies.iter().rev().filter_map(|body| Sent::decode(body)));
            if found.len() >= skip.saturating_add(most) {
                break;
            }
        }
        Ok(found.into_iter().skip(skip).take(most).collect())
    }

    /// The days with something in them, counted from 1970-01-01, oldest first.
    #[must_use]
    pub fn days(&self) -> BTreeSet<u32> {
        self.state().files.keys().map(|name| name.day).collect()
    }

    /// What it holds.
    #[must_use]
    pub fn totals(&self) -> Totals {
        let state = self.state();
        let days: BTreeSet<u32> = state.files.keys().map(|name| name.day).collect();
        Totals { days: days.len(), bytes: state.files.values().map(DayFile::len).sum() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn names(folder: &Path) -> Result<Vec<Name>, AgentError> {
    let entries = match std::fs::read_dir(folder) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(|e| AgentError::file("list", folder, e))?,
    };
    let mut names = Vec::new();
    for entry in entries {
        let name = entry.map_err(|e| AgentError::file("list", folder, e))?.file_name();
        names.extend(name.to_str().and_then(Name::parse));
    }
    Ok(names)
}

impl std::fmt::Debug for Own {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Own").field("totals", &self.totals()).finish_non_exhaustive()
    }
}
