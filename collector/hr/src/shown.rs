//! How an upload is told to who may see it.

use attune_ground::time::rfc3339;
use attune_people::rights::LoginId;
use attune_people::sign_in;
use serde::Serialize;
use utoipa::ToSchema;

use crate::error::HrError;
use crate::report::TableReport;
use crate::rows::Table;
use crate::state::Hr;
use crate::uploads::{Standing, Upload, written};

/// An upload of a table.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Dataset {
    /// Its id.
    pub(crate) id: String,
    /// Which table: `activity`, `leave`, `onboarding`, `performance`, `rewards` or `vibe`; null where that is not known yet.
    pub(crate) table: Option<&'static str>,
    /// What its file is called.
    pub(crate) name: String,
    /// `coming`, `reading`, `checked`, `taking`, `taken`, `replaced`, `undone`, `let_go` or `dropped`. Of a table the one that is `taken`
    /// stands.
    pub(crate) state: &'static str,
    /// Which version of its table it is, once it was taken in.
    pub(crate) version: Option<i64>,
    /// Bytes of the file.
    pub(crate) size: i64,
    /// The SHA-256 of its bytes, hexadecimal; empty while they come.
    pub(crate) sha256: String,
    /// Rows of it that are kept.
    pub(crate) rows: i64,
    /// Problems that were found in it.
    pub(crate) problems: u64,
    /// With which name whoever gave it signs in; null where nobody did, or they are gone.
    pub(crate) given_by: Option<String>,
    /// When, RFC 3339.
    pub(crate) given_at: String,
    /// When it was taken in, RFC 3339.
    pub(crate) taken_at: Option<String>,
    /// When it goes if nobody decides, RFC 3339.
    pub(crate) ends_at: Option<String>,
}

/// An upload with what was found in it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DatasetChecked {
    pub(crate) dataset: Dataset,
    /// What was found in it; null while it is read, and once it is gone.
    pub(crate) report: Option<TableReport>,
}

/// How an upload stands, as it is told.
pub(crate) const fn standing(upload: &Upload) -> &'static str {
    match upload.standing {
        Standing::Coming => "coming",
        Standing::Reading => "reading",
        Standing::Checked => "checked",
        Standing::Taking => "taking",
        Standing::Taken if upload.stands => "taken",
        Standing::Taken => "replaced",
        Standing::Undone => "undone",
        Standing::LetGo => "let_go",
        Standing::Dropped => "dropped",
    }
}

/// With which name whoever gave it signs in.
///
/// # Errors
/// When the database refuses.
pub(crate) async fn giver(state: &Hr, upload: &Upload) -> Result<Option<String>, HrError> {
    let Some(login) = upload.login else { return Ok(None) };
    let found = sign_in::find(state.store(), state.people().keys(), LoginId(login)).await?;
    Ok(found.map(|login| login.name))
}

/// An upload, as it is told.
///
/// # Errors
/// When the database refuses.
pub(crate) async fn dataset(state: &Hr, upload: &Upload) -> Result<Dataset, HrError> {
    Ok(Dataset {
        id: written(&upload.id),
        table: upload.table.map(Table::name),
        name: upload.about.name.clone(),
        state: standing(upload),
        version: upload.version,
        size: upload.size,
        sha256: upload.about.sha256.clone(),
        rows: upload.held,
        problems: upload.about.report.as_ref().map_or(0, TableReport::count),
        given_by: giver(state, upload).await?,
        given_at: rfc3339(upload.given_at),
        taken_at: upload.decided_at.map(rfc3339),
        ends_at: upload.ends_at.filter(|_| upload.standing.waits()).map(rfc3339),
    })
}

/// The same with what was found in it.
///
/// # Errors
/// When the database refuses.
pub(crate) async fn checked(state: &Hr, upload: &Upload) -> Result<DatasetChecked, HrError> {
    let report = upload.about.report.clone().filter(|_| !upload.standing.is_over());
    Ok(DatasetChecked { dataset: dataset(state, upload).await?, report })
}
