//! Reads a table that has come, and says what is in it: nothing of it is taken in.

use std::sync::Arc;

use crate::error::HrError;
use crate::read::{self, Read};
use crate::rows::Employee;
use crate::sealed::UploadId;
use crate::state::Hr;
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
    let Read { table, mut report, rows } = opened(state, &before).await?;
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

/// What an upload says, as it was answered: read on a thread of its own, of which there are few at a time.
///
/// # Errors
/// When the reader ends on it.
pub(crate) async fn opened(state: &Hr, upload: &Upload) -> Result<Read, HrError> {
    let turn = Arc::clone(state.reading()).acquire_owned().await;
    let (source, table) = (Source::new(state, upload.id, upload.size.unsigned_abs()), upload.table);
    let (reader, id) = (state.clone(), upload.id);
    let (name, answers) = (upload.about.name.clone(), upload.about.answers.clone());
    let work = tokio::task::spawn_blocking(move || {
        let _turn = turn;
        read::read((table, &name), &source, &answers, |done| reader.note_read(id, Some(done)))
    });
    let read = work.await.map_err(|_| HrError::Panicked);
    state.note_read(upload.id, None);
    read?
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
