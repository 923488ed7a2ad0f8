use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use attune_protocol::record::Gap;
use attune_protocol::registry::Modality;
use serde::{Deserialize, Serialize};

/// How a live source stands. Nothing of what it senses.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Standing {
    /// What it senses.
    pub modality: Modality,
    /// Which source, as `camera`.
    pub source: String,
    /// What the device calls itself and how it is used; `None` while it is closed.
    pub device: Option<String>,
    /// Why it gives nothing now, if so.
    pub gap: Option<Gap>,
    /// What is wrong and what to do, if anything is.
    pub trouble: Option<String>,
    /// When it gave something last, Unix milliseconds.
    pub last_millis: Option<i64>,
    /// How full its battery is, percent, where it says so.
    #[serde(default)]
    pub battery: Option<u8>,
}

/// How every live source of a run stands, for who shows it to the person. Clones are the same list.
#[derive(Clone, Default, Debug)]
pub struct Standings(Arc<Mutex<Vec<Standing>>>);

impl Standings {
    /// All of them, as they stand now.
    #[must_use]
    pub fn list(&self) -> Vec<Standing> {
        self.lock().clone()
    }

    /// Adds a source that is closed, and gives its number.
    pub(super) fn add(&self, modality: Modality, source: &str) -> usize {
        let mut all = self.lock();
        all.push(Standing {
            modality,
            source: source.to_owned(),
            device: None,
            gap: None,
            trouble: None,
            last_millis: None,
            battery: None,
        });
        all.len() - 1
    }

    /// Changes one.
    pub(super) fn change(&self, number: usize, change: impl FnOnce(&mut Standing)) {
        if let Some(standing) = self.lock().get_mut(number) {
            change(standing);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Standing>> {
        // Each change of the list is whole before anything can panic.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
