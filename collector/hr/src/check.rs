//! Reads a table that has come, and says what is in it: nothing of it is taken in.

use std::time::Duration;

use attune_people::accounts::Meant;

use crate::error::HrError;
use crate::read::{self, Read};
use crate::rows::Employee;
use crate::sealed::UploadId;
use crate::state::Hr;
use crate::turn::Turn;
use crate::uploads::{self, Source, Standing, Upload, strangers};
use crate::who;

/// Employees who are looked up at a time.
const SLICE: usize = 2000;

/// Reads an upload that is to be read, and notes what was found. Does nothing to any other, nor to one that was decided on meanwhile.
///
/// # Errors
/// As of [`opened`].
pub(crate) async fn check(state: &Hr, id: UploadId, within: Option<Duration>) -> Result<(), HrError> {
    let Some(before) = uploads::find(state, id).await?.filter(|upload| upload.standing == Standing::Reading) else {
        return Ok(());
    };
    let Some(opened) = opened_still(state, &before, within).await? else { return Ok(()) };
    let Opened { read: Read { table, mut report, rows }, _turn } = opened;
    let mut found = Found::default();
    if let Some(rows) = rows {
        let employees: Vec<Employee> = rows.employees().cloned().collect();
        drop(rows);
        found = found_of(state, &employees).await?;
        report.employees = employees.len() as u64;
        report.strangers = found.strangers.len() as u64 + found.nameless + found.several;
        report.notes.extend(found.notes());
    }
    let mut after = Upload { standing: Standing::Checked, table: table.or(before.table), ..before.clone() };
    after.about.nameless = found.nameless + found.several;
    after.about.report = Some(report);
    let mut transaction = state.store().begin().await?;
    if uploads::change(state, &mut transaction, &before, &after).await? {
        strangers::note(state, &mut transaction, &before.id, &found.strangers).await?;
        transaction.commit().await?;
    }
    Ok(())
}

/// An upload that was read, and the turn of who has it read: all its rows are in memory until both go.
#[derive(Debug)]
pub(crate) struct Opened {
    pub(crate) read: Read,
    _turn: Option<Turn>,
}

/// That an upload is read here, for who looks at its progress: also where nobody waits for the reader any more.
struct Progress(Hr, UploadId);

impl Progress {
    fn note(&self, bytes: u64) {
        self.0.note_read(self.1, Some(bytes));
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.0.note_read(self.1, None);
    }
}

/// What an upload says, as it was answered: read on a thread of its own, of which there are few at a time. Where somebody waits for it, it
/// waits for its turn so long at most.
///
/// # Errors
/// When the database refuses, or the reader ends on it; [`HrError::Crowded`] where its turn does not come in time.
pub(crate) async fn opened(state: &Hr, upload: &Upload, within: Option<Duration>) -> Result<Opened, HrError> {
    let turn = match within {
        Some(time) => Some(state.reading().within(time).await?),
        None => state.reading().at_last().await,
    };
    let (source, table) = (Source::new(state, upload.id, upload.size.unsigned_abs()), upload.table);
    let progress = Progress(state.clone(), upload.id);
    let (name, answers) = (upload.about.name.clone(), upload.about.answers.clone());
    let given_on = uploads::day(upload.given_at);
    let work = tokio::task::spawn_blocking(move || {
        let read = read::read((table, &name), &source, &answers, given_on, |done| progress.note(done))?;
        Ok::<_, HrError>(Opened { read, _turn: turn })
    });
    work.await.map_err(|_| HrError::Panicked)?
}

/// As [`opened`]; none where somebody has decided otherwise meanwhile, so that its bytes are gone.
///
/// # Errors
/// As of [`opened`].
pub(crate) async fn opened_still(
    state: &Hr,
    upload: &Upload,
    within: Option<Duration>,
) -> Result<Option<Opened>, HrError> {
    match opened(state, upload, within).await {
        Err(HrError::Unread) => {
            let now = uploads::find(state, upload.id).await?;
            if now.is_some_and(|now| now.standing == upload.standing) { Err(HrError::Unread) } else { Ok(None) }
        }
        opened => opened.map(Some),
    }
}

/// Who the employees of a table are.
#[derive(Default, Debug)]
struct Found {
    /// Who is not known here, and can be.
    strangers: Vec<Employee>,
    /// How many are called as nobody can be.
    nameless: u64,
    /// How many could be one of several people.
    several: u64,
}

async fn found_of(state: &Hr, employees: &[Employee]) -> Result<Found, HrError> {
    let mut found = Found::default();
    for slice in employees.chunks(SLICE) {
        for (employee, meant) in who::meant(state, slice.to_vec()).await? {
            match meant {
                Meant::One(_) => {}
                Meant::Several => found.several += 1,
                Meant::Nobody if !who::can_be_known(&employee) => found.nameless += 1,
                Meant::Nobody => found.strangers.push(employee),
            }
        }
    }
    Ok(found)
}

impl Found {
    /// What is to be said of it, a sentence or two each.
    fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        if self.nameless > 0 {
            let who = counted(self.nameless, "One employee has", "employees have");
            notes.push(format!("{who} an id that nobody can be known by here; rows about them are left out."));
        }
        if self.several > 0 {
            let who = counted(self.several, "The id of one employee fits", "employees have ids, each of which fits");
            notes.push(format!(
                "{who} several people here, who differ in capital letters only; rows about them are left out. Write the id as one of \
                 them is written."
            ));
        }
        if !self.strangers.is_empty() {
            notes.push(
                "Somebody who was erased here is not known here. Whoever is taken in is known as somebody new, of whom nothing of before \
                 is here."
                    .to_owned(),
            );
        }
        notes
    }
}

fn counted(count: u64, one: &str, more: &str) -> String {
    if count == 1 { one.to_owned() } else { format!("{count} {more}") }
}
