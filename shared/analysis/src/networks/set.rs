use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};

use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{Entry, Network, Task, TextNetwork, built_in, fit};
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
    kind: Kind,
    entry: Entry,
    sha256: String,
    card: Option<String>,
}

/// What a network takes.
enum Kind {
    Samples(LazyLock<Network, Make>),
    Text(TextNetwork),
}

/// Makes a network that runs. One of a folder is made before it is known whether it can be; one inside the program, which was tried
/// when that was made, once somebody wants it: most runs of a program want few of them.
type Make = Box<dyn FnOnce() -> Network + Send>;

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
    /// The networks of a folder, as [`Networks::load`]; where none is named (an empty path), those inside this program.
    ///
    /// # Errors
    /// As [`Networks::load`].
    pub fn of(folder: &Path) -> Result<Self, AnalysisError> {
        if folder.as_os_str().is_empty() { Self::gather(Place::Inside, &[]) } else { Self::load(folder) }
    }

    /// Reads the manifest of `dir` and every network that it names. Where there is an [`OWN`] file too, its networks
    /// take the place of the manifest's for their tasks.
    ///
    /// # Errors
    /// Names the file that is missing, cannot be read, is not the one that the manifest describes, or does not fit it.
    pub fn load(dir: &Path) -> Result<Self, AnalysisError> {
        let own = if dir.join(OWN).exists() { read_manifest(Place::Folder(dir), OWN)? } else { Vec::new() };
        Self::load_with(dir, &own)
    }

    /// As [`Networks::load`], with `own` networks in the place of the manifest's for their tasks. An own network for
    /// [`Task::VoiceAffect`] whose features the manifest's [`Task::VoiceAffectOwn`] does not take leaves that one out.
    ///
    /// # Errors
    /// As [`Networks::load`].
    pub fn load_with(dir: &Path, own: &[Entry]) -> Result<Self, AnalysisError> {
        Self::gather(Place::Folder(dir), own)
    }

    fn gather(place: Place<'_>, own: &[Entry]) -> Result<Self, AnalysisError> {
        let listed = read_manifest(place, MANIFEST)?;
        let mut entries: BTreeMap<Task, Entry> = listed.into_iter().map(|entry| (entry.task, entry)).collect();
        entries.extend(own.iter().map(|entry| (entry.task, entry.clone())));
        if let (Some(first), Some(second)) = (entries.get(&Task::VoiceAffect), entries.get(&Task::VoiceAffectOwn))
            && let Err(problem) = fit::check_pair(first, second)
        {
            let replaced = |task| own.iter().any(|entry| entry.task == task);
            if replaced(Task::VoiceAffectOwn) || !replaced(Task::VoiceAffect) {
                return Err(AnalysisError::Model { path: place.path(&second.file), problem });
            }
            entries.remove(&Task::VoiceAffectOwn);
        }
        let mut members = BTreeMap::new();
        for (task, entry) in entries {
            members.insert(task, load_member(place, entry)?);
        }
        Ok(Self(Arc::new(members)))
    }

    /// The network for a task, if there is one. That for text is another kind: [`Networks::text`].
    #[must_use]
    pub fn get(&self, task: Task) -> Option<&Network> {
        match &self.0.get(&task)?.kind {
            Kind::Samples(network) => Some(network),
            Kind::Text(_) => None,
        }
    }

    /// The network that reads text, if there is one.
    #[must_use]
    pub fn text(&self) -> Option<&TextNetwork> {
        match &self.0.get(&Task::Text)?.kind {
            Kind::Samples(_) => None,
            Kind::Text(network) => Some(network),
        }
    }

    /// Every network, in the order of the tasks.
    #[must_use]
    pub fn list(&self) -> Vec<NetworkInfo> {
        self.0
            .iter()
            .map(|(&task, Member { entry, sha256, card, .. })| NetworkInfo {
                task,
                file: entry.file.clone(),
                sha256: sha256.clone(),
                card: card.clone(),
                licence: entry.licence.clone(),
                scores: entry.scores.clone(),
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

/// Where networks lie.
#[derive(Clone, Copy)]
enum Place<'a> {
    Folder(&'a Path),
    Inside,
}

impl Place<'_> {
    /// A file's path, for messages.
    fn path(self, name: &Path) -> PathBuf {
        match self {
            Self::Folder(dir) => dir.join(name),
            Self::Inside => name.to_owned(),
        }
    }

    fn read(self, name: &Path, limit: u64) -> Result<Cow<'static, [u8]>, AnalysisError> {
        let path = self.path(name);
        let failed = |source| AnalysisError::ModelFile { path: path.clone(), source };
        match self {
            Self::Inside => built_in::find(name).map(Cow::Borrowed).ok_or_else(|| failed(ErrorKind::NotFound.into())),
            Self::Folder(_) => {
                let length = std::fs::metadata(&path).map_err(failed)?.len();
                if length > limit {
                    return Err(AnalysisError::TooLarge { what: "a model file", got: length, limit });
                }
                std::fs::read(&path).map(Cow::Owned).map_err(failed)
            }
        }
    }

    fn read_text(self, name: &Path) -> Result<String, AnalysisError> {
        let bytes = self.read(name, MAX_MANIFEST_BYTES)?.into_owned();
        let refuse = |_| AnalysisError::Model { path: self.path(name), problem: "it is not UTF-8".to_owned() };
        String::from_utf8(bytes).map_err(refuse)
    }
}

fn read_manifest(place: Place<'_>, name: &str) -> Result<Vec<Entry>, AnalysisError> {
    let refuse = |problem: String| AnalysisError::Model { path: place.path(name.as_ref()), problem };
    let text = place.read_text(name.as_ref())?;
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

fn load_member(place: Place<'_>, entry: Entry) -> Result<Member, AnalysisError> {
    let (bytes, sha256) = released(place, &entry.file, entry.sha256.as_deref())?;
    // Nothing is computed from a card: where its file is not there, the list says that there is none.
    let card = entry.card.as_ref().and_then(|card| place.read_text(card).ok());
    let path = place.path(&entry.file);
    let kind = if entry.task == Task::Text {
        let name = entry.pieces.clone().unwrap_or_else(|| entry.file.with_extension("pieces"));
        let (pieces, _) = released(place, &name, entry.pieces_sha256.as_deref())?;
        Kind::Text(TextNetwork::new(&path, bytes, &place.path(&name), pieces, entry.clone())?)
    } else {
        Kind::Samples(LazyLock::new(made(place, path, bytes, entry.clone())?))
    };
    Ok(Member { kind, entry, sha256, card })
}

fn made(place: Place<'_>, path: PathBuf, bytes: Cow<'static, [u8]>, entry: Entry) -> Result<Make, AnalysisError> {
    let make = move || Network::from_bytes(&path, &bytes, entry);
    Ok(match place {
        Place::Inside => Box::new(move || make().expect("a test makes every network that is inside the program")),
        Place::Folder(_) => {
            let network = make()?;
            Box::new(move || network)
        }
    })
}

/// A file that the manifest names, and its SHA-256, if it is that which the manifest gives.
fn released(
    place: Place<'_>,
    name: &Path,
    expected: Option<&str>,
) -> Result<(Cow<'static, [u8]>, String), AnalysisError> {
    let bytes = place.read(name, MAX_MODEL_BYTES)?;
    let sha256 = HEXLOWER.encode(&Sha256::digest(&bytes));
    if let Some(expected) = expected
        && expected != sha256
    {
        let problem =
            format!("its SHA-256 should be {expected} and is {sha256}: it is not the file that the manifest describes");
        return Err(AnalysisError::Model { path: place.path(name), problem });
    }
    Ok((bytes, sha256))
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
