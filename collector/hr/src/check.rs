//! Reads a table that has come, and says what is in it: nothing of it is taken in.

use crate::error::HrError;
use crate::read::{self, Read};
use crate::rows::Employee;
use crate::sealed::UploadId;
use crate::state::Hr;
use crate::turn::Turn;
use crate::uploads::{self, Source, Standing, Upload};
use crate::who;

/// Employees who are looked up at a time.
const SLICE: usize = 2000;

/// Reads an upload that is to be read, and notes what was found. Does nothing to any other, nor to one that was decided on meanwhile.
///
/// # Errors
/// When the database refuses, or the reader ends on it.
pub(crate) async fn check(state: &Hr, id: UploadId) -> Result<(), HrError> {
    let Some(before) = uploads::find(state, id).await?.filter(|upload| upload.standing == Standing::Reading) else {
        return Ok(());
    };
    let Opened { read: Read { table, mut report, rows }, _turn } = opened(state, &before).await?;
    if let Some(rows) = rows {
        let employees: Vec<Employee> = rows.by_employee().into_keys().collect();
        report.employees = employees.len() as u64;
        report.strangers = strangers(state, &employees).await?;
        let nameless = employees.iter().filter(|employee| !who::can_be_known(employee)).count();
        if nameless > 0 {
            let who = if nameless == 1 { "One employee has".to_owned() } else { format!("{nameless} employees have") };
            report.notes.push(format!("{who} an id that nobody can be known by here; rows about them are left out."));
        }
    }
    let mut after = Upload { standing: Standing::Checked, table: table.or(before.table), ..before.clone() };
    after.about.report = Some(report);
    let mut transaction = state.store().begin().await?;
    uploads::change(state, &mut transaction, &before, &after).await?;
    transaction.commit().await?;
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

/// What an upload says, as it was answered: read on a thread of its own, of which there are few at a time.
///
/// # Errors
/// When the reader ends on it.
pub(crate) async fn opened(state: &Hr, upload: &Upload) -> Result<Opened, HrError> {
    let turn = state.reading().at_last().await;
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

/// How many employees are not known here.
async fn strangers(state: &Hr, employees: &[Employee]) -> Result<u64, HrError> {
    let mut strangers = 0;
    for slice in employees.chunks(SLICE) {
        let known = who::known(state, slice.to_vec()).await?;
        strangers += known.values().filter(|person| person.is_none()).count() as u64;
    }
    Ok(strangers)
}
