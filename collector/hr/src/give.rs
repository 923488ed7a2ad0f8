//! A table that somebody gives: it comes, is read, and waits for what they decide.

use attune_ground::http::Problem;
use attune_people::rights::Asker;
use axum::extract::Request;

use crate::error::HrError;
use crate::rows::Table;
use crate::sealed::UploadId;
use crate::state::Hr;
use crate::tables::names;
use crate::turn::WAITS;
use crate::uploads::{self, Upload};
use crate::{form, queue, work};

/// Said of a table that is to be told by its headings.
pub(crate) const ANY: &str = "any";
/// The part of a form that is the table.
const FILE: &str = "file";

/// Takes in the table of a form, and gives how it stands: read, where it is small; to be read, where it is large.
///
/// # Errors
/// As of [`form::take`]; 400 where there is no file, or no such table.
pub(crate) async fn give(state: &Hr, asker: &Asker, request: Request, table: Option<Table>) -> Result<Upload, Problem> {
    state.check_given()?;
    let came = form::take(state, asker, request, &[FILE]).await?;
    let Some((_, upload)) = came.tables.first() else {
        return Err(Problem::bad_request(FILE, "choose a file"));
    };
    let named = came.texts.get("table").map_or("", |name| name.trim());
    let table = match (table, named) {
        (None, "" | ANY) => Ok(None),
        (None, name) => named_table(name).map(Some),
        (table, _) => Ok(table),
    };
    let table = match table {
        Ok(table) => table,
        Err(problem) => {
            form::drop_all(state, &came.tables).await;
            return Err(problem);
        }
    };
    form::whole(state, upload, table).await?;
    soon(state, upload.id, upload.size).await
}

/// The table of a name.
///
/// # Errors
/// 400 where there is none.
pub(crate) fn named_table(name: &str) -> Result<Table, Problem> {
    Table::of_name(name).ok_or_else(|| Problem::bad_request("table", format!("table is one of {}", names())))
}

/// Does what comes next with an upload, where it is small enough to be waited for; gives how it stands then. Where its turn does not come in
/// time, a job goes on with it, as with a large one.
///
/// # Errors
/// When the database refuses, or the reader ends on it.
pub(crate) async fn soon(state: &Hr, id: UploadId, size: i64) -> Result<Upload, Problem> {
    if size <= queue::AT_ONCE {
        match work::go_on(state, id, Some(WAITS)).await {
            Ok(()) | Err(HrError::Crowded) => {}
            Err(error) => return Err(error.into()),
        }
    }
    uploads::find(state, id).await?.ok_or_else(|| Problem::not_found("there is no such table any more"))
}
