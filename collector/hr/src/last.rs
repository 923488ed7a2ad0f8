//! The master table as it was opened last, for who looks at its next page: it takes long to open what is kept of everybody.
//!
//! It is in memory for a few minutes at most, and only where it is not too large. Whoever is given it has it compared before with what stands
//! and with whose key is there: of who was erased, and of a version that was taken back, it tells nothing from then on.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use attune_protocol::ids::PersonId;

use crate::master::Row;
use crate::rows::Employee;
use crate::sealed::RowsOf;

/// How long it is in memory at most, from when it was opened.
const LIFE: Duration = Duration::from_secs(180);
/// Rows of the largest one that is kept: less than 1 KiB each.
const MOST: usize = 50_000;

/// The master table, opened.
#[derive(Clone, Debug)]
pub(crate) struct Opened {
    /// Of which rows it was made.
    pub(crate) of: RowsOf,
    /// All of its rows, by employee.
    pub(crate) rows: Arc<Vec<Row>>,
    /// Whom each is about.
    pub(crate) people: Arc<BTreeMap<Employee, PersonId>>,
}

/// The one that was opened last, as long as it is kept.
#[derive(Clone, Default, Debug)]
pub(crate) struct Last(Arc<Mutex<Option<Opened>>>);

fn held(last: &Mutex<Option<Opened>>) -> MutexGuard<'_, Option<Opened>> {
    last.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Last {
    /// It, if it is there.
    pub(crate) fn get(&self) -> Option<Opened> {
        held(&self.0).clone()
    }

    /// Lets go of it.
    pub(crate) fn forget(&self) {
        *held(&self.0) = None;
    }

    /// Keeps another one in its place, for a while.
    pub(crate) fn keep(&self, opened: Opened) {
        if opened.rows.len() > MOST {
            return self.forget();
        }
        let (last, rows) = (Arc::downgrade(&self.0), Arc::downgrade(&opened.rows));
        *held(&self.0) = Some(opened);
        tokio::spawn(async move {
            tokio::time::sleep(LIFE).await;
            let Some(last) = last.upgrade() else { return };
            let mut last = held(&last);
            // One that was opened later has its own time.
            if last.as_ref().is_some_and(|opened| std::ptr::eq(Arc::as_ptr(&opened.rows), rows.as_ptr())) {
                *last = None;
            }
        });
    }
}
