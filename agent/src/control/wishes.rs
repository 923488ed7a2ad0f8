//! What the person chose in the browser of what is sensed: what is off, and whether anything is kept for the collector.
//!
//! It only takes away from what was agreed to on this device. It holds in memory from when it is heard, and in a file over starts; where
//! that does not read nothing is sensed until the collector has told it again.

use std::path::Path;

use attune_protocol::registry::Modality;
use attune_protocol::wishes::Wishes as Told;
use serde::{Deserialize, Serialize};
use tracing::warn;

use crate::{AgentError, files, summed};

/// Name of the file in the state folder.
const FILE: &str = "wishes.toml";
const VERSION: u32 = 1;

/// What the person chose, as this device was told.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wishes {
    version: u32,
    /// The number under which it was told; 0 where that is not known.
    pub number: i64,
    /// Whether what is sensed is kept for the collector.
    pub keep: bool,
    /// What is not sensed.
    #[serde(default)]
    off: Vec<Modality>,
}

impl Wishes {
    /// Of who has chosen nothing.
    pub(super) const NONE: Self = Self { version: VERSION, number: 0, keep: true, off: Vec::new() };

    /// Those that a state folder remembers; none where nothing was told since the enrolment.
    #[must_use]
    pub fn load(state: &Path) -> Option<Self> {
        let path = state.join(FILE);
        match summed::read(&path).map(|text| text.as_deref().map(toml::from_str::<Self>)) {
            Ok(None) => None,
            Ok(Some(Ok(read))) if read.version == VERSION => Some(read),
            _ => {
                warn!(path = %path.display(), "what was chosen in the browser does not read: nothing is sensed until it is told again");
                Some(Self { keep: false, off: Modality::SENSED.to_vec(), ..Self::NONE })
            }
        }
    }

    /// As [`Self::load`]; nothing is off where nothing was told.
    #[must_use]
    pub fn of(state: &Path) -> Self {
        Self::load(state).unwrap_or(Self::NONE)
    }

    /// Those that were told.
    #[must_use]
    pub fn told(said: &Told) -> Self {
        Self { version: VERSION, number: said.number, keep: said.keep, off: said.off.clone() }
    }

    /// Writes them into a state folder.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn save(&self, state: &Path) -> Result<(), AgentError> {
        let text = toml::to_string(self).expect("numbers and names");
        summed::write(&state.join(FILE), &text)
    }

    /// Forgets them: the device is somebody else's now, or somebody's anew.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn end(state: &Path) -> Result<(), AgentError> {
        files::destroy(&state.join(FILE))
    }

    /// Whether a modality is switched off. What is said of oneself is not sensed.
    #[must_use]
    pub fn is_off(&self, modality: Modality) -> bool {
        modality.is_sensed() && self.off.contains(&modality)
    }

    /// In words, for the person; none where nothing is off.
    #[must_use]
    pub fn words(&self) -> Option<String> {
        let off: Vec<&str> = Modality::SENSED.into_iter().filter(|m| self.is_off(*m)).map(Modality::name).collect();
        match (off.is_empty(), self.keep) {
            (true, true) => None,
            (false, true) => Some(format!("switched off in the browser: {}", off.join(", "))),
            (true, false) => {
                Some("chosen in the browser: nothing that is sensed is sent or kept at the collector".into())
            }
            (false, false) => Some(format!(
                "switched off in the browser: {}; and nothing that is sensed is sent or kept at the collector",
                off.join(", ")
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use attune_protocol::ids::DeviceId;

    use super::*;

    #[test]
    fn wishes_hold_over_starts_and_where_they_do_not_read_nothing_is_sensed() {
        let folder = tempfile::tempdir().unwrap();
        let state = folder.path();
        assert_eq!(Wishes::load(state), None);
        assert!(
            Wishes::of(state).keep && !Modality::ALL.into_iter().any(|modality| Wishes::of(state).is_off(modality))
        );
        let off = vec![Modality::Face, Modality::CheckIn];
        let said = Told { device: DeviceId([1; 16]), enrolment: 1, number: 7, keep: true, off };
        Wishes::told(&said).save(state).unwrap();
        let read = Wishes::load(state).expect("it is there");
        assert_eq!((read.number, read.is_off(Modality::Face), read.is_off(Modality::Voice)), (7, true, false));
        assert!(!read.is_off(Modality::CheckIn), "one's own word is not sensed");
        assert_eq!(read.words().as_deref(), Some("switched off in the browser: face"));
        std::fs::write(state.join(FILE), "version = 9\n").unwrap();
        let strict = Wishes::of(state);
        assert!(!strict.keep && Modality::SENSED.into_iter().all(|modality| strict.is_off(modality)));
        assert_eq!(strict.number, 0, "so that it is told again");
        Wishes::end(state).unwrap();
        assert_eq!(Wishes::load(state), None);
    }
}
