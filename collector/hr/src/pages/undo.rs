use attune_ground::http::{Path, Problem};
use attune_pages::form::Confirm;
use attune_pages::words::count;
use attune_people::access::By;
use attune_people::pages::go_to;
use attune_people::rights::Asker;
use attune_people::sign_in::{Opened, opened};
use axum::extract::State;
use axum::response::Response;

use super::{PLACE, called, place, texts};
use crate::gone;
use crate::sealed::UploadId;
use crate::state::Hr;
use crate::uploads::{self, written};

fn read(id: &str) -> Result<UploadId, Problem> {
    uploads::read(id).ok_or_else(|| Problem::not_found("there is no such table"))
}

/// Asks once more before a version is taken back.
pub(super) async fn show(asker: Asker, State(state): State<Hr>, Path(id): Path<String>) -> Result<Response, Problem> {
    let upload = uploads::find(&state, read(&id)?).await?;
    let upload = upload.filter(|upload| upload.stands);
    let upload = upload.ok_or_else(|| Problem::not_found("this table does not stand"))?;
    let texts = &texts().report;
    let Opened { frame, csrf, .. } =
        opened(state.people(), &asker, &texts.undo_title, &texts.undo_finding, PLACE).await?;
    let rows = texts.rows.of(upload.held.unsigned_abs());
    let version = count(upload.version.unwrap_or_default().unsigned_abs());
    let table = upload.table.map(called).unwrap_or_default();
    let gone = texts.undo_rows.fill(&[("rows", &rows), ("version", &version), ("table", table)]);
    let action = format!("{}/undo", place(&written(&upload.id)));
    let confirm = Confirm::new(action, csrf, texts.undo_button.as_str(), PLACE).gone(gone);
    Ok(frame.back(PLACE, texts.back.as_str()).answer(&confirm))
}

/// Takes a version back.
pub(super) async fn undo(asker: Asker, State(state): State<Hr>, Path(id): Path<String>) -> Result<Response, Problem> {
    gone::undo(&state, read(&id)?, By::asker(&asker).as_ref()).await?;
    Ok(go_to(&format!("{PLACE}?done=undone"), Vec::new()))
}
