use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{Entry, Network, Task, fit};
use crate::AnalysisError;

/// Name of the file that describes a folder's networks.
pub const MANIFEST: &str = "manifest.toml";
/// Name of the file, of the same form, whose networks take the place of the manifest's.
pub const OWN: &str = "own.toml";

const VERSION: u32 = 1;
const MAX_MANIFEST_BYTES: u64 = 1 << 20;
const MAX_MODEL_BYTES: u64 = 256 << 20;

/// The networks of a folder. Cloning it is cheap; its default holds none.
///
/// A task without a network leaves the features that need it absent.
#[derive(Clone, Default)]
pub struct Networks(Arc<BTreeMap<Task, Member>>);

/// Which tasks it has; the weights would fill a screen.
impl std::fmt::Debug for Networks {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

struct Member {
    network: Network,
    sha256: String,
    card: Option<String>,
}

/// What a status page says of one network.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct NetworkInfo {
    /// What it is for.
    pub task: Task,
    /// Its file.
    pub file: PathBuf,
    /// SHA-256 of the file, lower-case hex.
    pub sha256: String,
    /// What is to be known of it, as text, where its card lies beside the manifest.
    pub card: Option<String>,
    /// Under what its weights may be used.
    pub licence: Option<String>,
    /// What it reached on people that it was not trained on.
    pub scores: BTreeMap<String, f64>,
}

impl Networks {
    /// Reads the manifest of `dir` and every network that it names. Where there is an [`OWN`] file too, its networks
    /// take the place of the manifest's for their tasks.
    ///
    /// # Errors
    /// Names the file that is missing, cannot be read, is not the one that the manifest describes, or does not fit it.
    pub fn load(dir: &Path) -> Result<Self, AnalysisError> {
        let own = dir.join(OWN);
        let own = if own.exists() { read_manifest(&own)? } else { Vec::new() };
        Self::load_with(dir, &own)
    }

    /// As [`Networks::load`], with `own` networks in the place of the manifest's for their tasks. An own network for
    /// [`Task::VoiceAffect`] whose features the manifest's [`Task::VoiceAffectOwn`] does not take leaves that one out.
    ///
    /// # Errors
    /// As [`Networks::load`].
    pub fn load_with(dir: &Path, own: &[Entry]) -> Result<Self, AnalysisError> {
        let listed = read_manifest(&dir.join(MANIFEST))?;
        let mut entries: BTreeMap<Task, Entry> = listed.into_iter().map(|entry| (entry.task, entry)).collect();
        entries.extend(own.iter().map(|entry| (entry.task, entry.clone())));
        if let (Some(first), Some(second)) = (entries.get(&Task::VoiceAffect), entries.get(&Task::VoiceAffectOwn))
            && let Err(problem) = fit::check_pair(first, second)
        {
            let replaced = |task| own.iter().any(|entry| entry.task == task);
            if replaced(Task::VoiceAffectOwn) || !replaced(Task::VoiceAffect) {
                return Err(AnalysisError::Model { path: dir.join(&second.file), problem });
            }
            entries.remove(&Task::VoiceAffectOwn);
        }
        let mut members = BTreeMap::new();
        for (task, entry) in entries {
            members.insert(task, load_member(dir, entry)?);
        }
        Ok(Self(Arc::new(members)))
    }

    /// The network for a task, if there is one.
    #[must_use]
    pub fn get(&self, task: Task) -> Option<&Network> {
        self.0.get(&task).map(|member| &member.network)
    }

    /// Every network, in the order of the tasks.
    #[must_use]
    pub fn list(&self) -> Vec<NetworkInfo> {
        self.0
            .iter()
            .map(|(&task, Member { network, sha256, card })| NetworkInfo {
                task,
                file: network.entry().file.clone(),
                sha256: sha256.clone(),
                card: card.clone(),
                licence: network.entry().licence.clone(),
                scores: network.entry().scores.clone(),
            })
            .collect()
    }
}

#[derive(Deserialize)]
struct Manifest {
    version: u32,
    #[serde(default)]
    network: Vec<toml::Table>,
}

fn read_manifest(path: &Path) -> Result<Vec<Entry>, AnalysisError> {
    let refuse = |problem: String| AnalysisError::Model { path: path.to_owned(), problem };
    let text = String::from_utf8(read(path, MAX_MANIFEST_BYTES)?).map_err(|_| refuse("it is not UTF-8".to_owned()))?;
    let manifest: Manifest = toml::from_str(&text).map_err(|e| refuse(e.message().to_owned()))?;
    if manifest.version != VERSION {
        return Err(refuse(format!("its version should be {VERSION} and is {}", manifest.version)));
    }
    let mut entries: Vec<Entry> = Vec::new();
    for (index, table) in manifest.network.iter().enumerate() {
        let entry = Entry::from_table(table).map_err(|e| refuse(format!("network {}: {e}", index + 1)))?;
        if entries.iter().any(|other| other.task == entry.task) {
            return Err(refuse(format!("it names two networks for {}", entry.task)));
        }
        entries.push(entry);
    }
    Ok(entries)
}

fn load_member(dir: &Path, entry: Entry) -> Result<Member, AnalysisError> {
    let path = dir.join(&entry.file);
    let bytes = read(&path, MAX_MODEL_BYTES)?;
    let sha256 = HEXLOWER.encode(&Sha256::digest(&bytes));
    if let Some(expected) = &entry.sha256
        && *expected != sha256
    {
        let problem =
            format!("its SHA-256 should be {expected} and is {sha256}: it is not the file that the manifest describes");
        return Err(AnalysisError::Model { path, problem });
    }
    // Nothing is computed from a card: where its file is not there, the list says that there is none.
    let card = entry.card.as_ref().and_then(|card| read_text(&dir.join(card)).ok());
    Ok(Member { network: Network::from_bytes(&path, &bytes, entry)?, sha256, card })
}

fn read_text(path: &Path) -> Result<String, AnalysisError> {
    let bytes = read(path, MAX_MANIFEST_BYTES)?;
    String::from_utf8(bytes)
        .map_err(|_| AnalysisError::Model { path: path.to_owned(), problem: "it is not UTF-8".to_owned() })
}

fn read(path: &Path, limit: u64) -> Result<Vec<u8>, AnalysisError> {
    let failed = |source| AnalysisError::ModelFile { path: path.to_owned(), source };
    let length = std::fs::metadata(path).map_err(failed)?.len();
    if length > limit {
        return Err(AnalysisError::TooLarge { what: "a model file", got: length, limit });
    }
    std::fs::read(path).map_err(failed)
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
