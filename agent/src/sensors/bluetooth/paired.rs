use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::{AgentError, files};

/// Name of the file in the state folder.
const FILE: &str = "wearables.toml";
const VERSION: u32 = 1;
/// Wearables that are heard at once at most: a Bluetooth adapter holds about seven connections.
const MOST: usize = 7;

/// A wearable that the person chose. The address names a device, and so a person: it stays in the state folder.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Paired {
    /// Its name, as it says it.
    pub name: String,
    /// Its address; where the system tells none (macOS), what the system calls it.
    pub address: String,
    /// The layout by which it is heard, by name.
    pub layout: String,
}

/// The wearables that `run` listens to, in the order in which they were paired.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Wearables(Vec<Paired>);

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    version: u32,
    #[serde(default)]
    wearable: Vec<Paired>,
}

impl Wearables {
    /// Those of a state folder.
    ///
    /// # Errors
    /// When the file is there and does not read.
    pub fn load(state: &Path) -> Result<Self, AgentError> {
        let path = state.join(FILE);
        let Some(text) = files::read_if_there(&path)? else { return Ok(Self::default()) };
        let wrong = |problem: String| {
            let help = "remove it and run 'attune-agent pair' again";
            AgentError::content(&path, format!("{problem}; {help}"))
        };
        let file: File = toml::from_str(&text).map_err(|e| wrong(e.message().to_owned()))?;
        if file.version != VERSION {
            return Err(wrong(format!("its version is {} and this build reads {VERSION}", file.version)));
        }
        Ok(Self(file.wearable))
    }

    /// Writes them into a state folder.
    ///
    /// # Errors
    /// When the system refuses.
    ///
    /// # Panics
    /// Never: they are names.
    pub fn save(&self, state: &Path) -> Result<(), AgentError> {
        files::private_folder(state)?;
        let file = File { version: VERSION, wearable: self.0.clone() };
        let text = toml::to_string(&file).expect("wearables are names");
        files::write_private(&state.join(FILE), text.as_bytes())
    }

    /// Removes all of a state folder: the device is somebody else's now, or somebody's anew.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn end(state: &Path) -> Result<(), AgentError> {
        files::destroy(&state.join(FILE))
    }

    /// Adds one, or changes its name and layout.
    ///
    /// # Errors
    /// When there are as many as can be heard at once.
    pub fn add(&mut self, wearable: Paired) -> Result<(), AgentError> {
        if let Some(there) = self.0.iter_mut().find(|there| there.address == wearable.address) {
            *there = wearable;
            return Ok(());
        }
        if self.0.len() == MOST {
            let problem =
                format!("pair a wearable: {MOST} are paired, and no more are heard at once; unpair one first");
            return Err(AgentError::Wearable(problem));
        }
        self.0.push(wearable);
        Ok(())
    }

    /// Takes out the one with this name or address, if there is exactly one.
    pub fn remove(&mut self, which: &str) -> Option<Paired> {
        let mut found = self.0.iter().enumerate().filter(|(_, there)| is_called(&there.name, &there.address, which));
        let (place, _) = found.next()?;
        if found.next().is_some() {
            return None;
        }
        Some(self.0.remove(place))
    }

    /// All of them, in the order in which they were paired.
    #[must_use]
    pub fn list(&self) -> &[Paired] {
        &self.0
    }
}

/// Whether a name or an address is meant by what a person writes.
pub(super) fn is_called(name: &str, address: &str, which: &str) -> bool {
    [name, address].iter().any(|own| own.eq_ignore_ascii_case(which.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paired(number: usize) -> Paired {
        let (name, layout) = (format!("Strap {number}"), "heart-rate-strap".to_owned());
        Paired { name, address: format!("C0:FF:EE:00:00:0{number}"), layout }
    }

    #[test]
    fn what_was_paired_is_there_after_a_restart_and_goes_by_name_or_address() {
        let folder = tempfile::tempdir().unwrap();
        let state = folder.path().join("state");
        assert_eq!(Wearables::load(&state).unwrap().list(), []);
        let mut wearables = Wearables::default();
        for number in [1, 2, 1, 3] {
            wearables.add(paired(number)).unwrap();
        }
        wearables.save(&state).unwrap();
        let mut again = Wearables::load(&state).unwrap();
        assert_eq!(again.list(), [paired(1), paired(2), paired(3)]);
        assert_eq!(again.remove("strap 2"), Some(paired(2)));
        assert_eq!(again.remove("c0:ff:ee:00:00:03"), Some(paired(3)));
        assert_eq!((again.remove("strap 2"), again.list()), (None, &[paired(1)][..]));
        Wearables::end(&state).unwrap();
        assert_eq!(Wearables::load(&state).unwrap().list(), []);
    }

    #[test]
    fn no_more_are_paired_than_are_heard_at_once_and_of_two_with_one_name_none_is_taken_out() {
        let mut wearables = Wearables::default();
        for number in 0..MOST {
            wearables.add(Paired { name: "H10".into(), ..paired(number) }).unwrap();
        }
        assert!(wearables.add(paired(8)).unwrap_err().to_string().contains("unpair one first"));
        assert_eq!(wearables.remove("H10"), None);
        assert_eq!(wearables.list().len(), MOST);
    }

    #[test]
    fn a_file_that_does_not_read_says_what_to_do() {
        let folder = tempfile::tempdir().unwrap();
        for text in ["version = 2", "version = 1\nwearables = 3", "version = 1\n[[wearable]]\nname = \"H10\"", "\u{1}"]
        {
            std::fs::write(folder.path().join(FILE), text).unwrap();
            let error = Wearables::load(folder.path()).unwrap_err().to_string();
            assert!(error.contains("wearables.toml") && error.contains("attune-agent pair"), "{error}");
        }
    }
}
