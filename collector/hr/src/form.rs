//! Tables as they come in forms: each is put down in pieces while it comes, and none is ever whole in memory.

use std::collections::BTreeMap;

use attune_ground::http::Problem;
use attune_ground::http::body::{Step, TooMuch, TooSlow, require_plain, stepwise};
use attune_people::access::By;
use attune_people::rights::Asker;
use axum::body::{Bytes, HttpBody as _};
use axum::extract::Request;
use axum::http::header;
use multer::{Field, Multipart};

use crate::error::HrError;
use crate::rows::Table;
use crate::state::Hr;
use crate::uploads::{self, Coming, Standing, Upload};
use crate::{gone, queue};

/// Bytes of a table.
pub(crate) const LARGEST: u64 = 200 << 20;
/// Bytes of what surrounds files in a form.
const AROUND: u64 = 64 << 10;
/// Bytes of a field that is no file.
const LARGEST_TEXT: usize = 4 << 10;
/// Bytes in which the next part of a form has begun: its reader keeps all of them until then.
const LARGEST_HEAD: usize = 64 << 10;
/// Parts of a form.
const MOST_PARTS: usize = 32;

/// What came in a form.
#[derive(Default, Debug)]
pub(crate) struct Came {
    /// Tables, each with the name of its part.
    pub(crate) tables: Vec<(String, Upload)>,
    /// Other fields.
    pub(crate) texts: BTreeMap<String, String>,
}

/// Takes in a form in which so many tables may be, by the names of their parts; other files are left unread. Where it breaks off nothing of
/// it is kept.
///
/// # Errors
/// 413 for what is too large, 415 for what is no form, 400 for one that does not read, 408 for one that comes too slowly.
pub(crate) async fn take(state: &Hr, asker: &Asker, request: Request, parts: &[&str]) -> Result<Came, Problem> {
    let mut came = Came::default();
    let taken = gather(state, asker, request, parts, &mut came).await;
    if let Err(problem) = taken {
        drop_all(state, &came.tables).await;
        return Err(problem);
    }
    Ok(came)
}

/// Throws tables away that have come. One that can't be goes by itself in an hour.
pub(crate) async fn drop_all(state: &Hr, tables: &[(String, Upload)]) {
    for (_, Upload { id, .. }) in tables {
        gone::drop_unwanted(state, *id).await;
    }
}

async fn gather(state: &Hr, asker: &Asker, request: Request, parts: &[&str], came: &mut Came) -> Result<(), Problem> {
    require_plain(request.headers())?;
    let kind = request.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let boundary = multer::parse_boundary(kind)
        .map_err(|_| Problem::unsupported_media_type("tables are sent as multipart/form-data"))?;
    let (body, step) = stepwise(request.into_body(), LARGEST_HEAD);
    let most = LARGEST * parts.len() as u64 + AROUND;
    if body.size_hint().lower() > most {
        return Err(too_large("body", most));
    }
    let mut form = Multipart::new(body.into_data_stream(), boundary);
    let mut left = MOST_PARTS;
    loop {
        step.renew();
        let Some(mut part) = form.next_field().await.map_err(broken)? else { return Ok(()) };
        left = left
            .checked_sub(1)
            .ok_or_else(|| Problem::bad_request("body", format!("the form has more than {MOST_PARTS} parts")))?;
        let name = part.name().unwrap_or_default().to_owned();
        if came.tables.iter().any(|(of, _)| *of == name) || came.texts.contains_key(&name) {
            return Err(Problem::bad_request("body", "the form has a part twice"));
        }
        if !parts.contains(&name.as_str()) {
            let text = text(part, &name, &step).await?;
            came.texts.insert(name, text);
            continue;
        }
        // A page sends an empty file without a name where none was chosen.
        if part.file_name().is_none_or(str::is_empty) && part.content_type().is_none() {
            return Err(Problem::bad_request(&name, format!("{name} is a file")));
        }
        if part.file_name().is_none_or(str::is_empty) {
            while let Some(chunk) = more(&mut part, &step).await? {
                if !chunk.is_empty() {
                    return Err(Problem::bad_request(
                        &name,
                        format!("{name} is a file, and its part says no name of one"),
                    ));
                }
            }
            continue;
        }
        let file = part.file_name().unwrap_or_default().to_owned();
        let by = By::asker(asker);
        let id = uploads::begin(state, by.as_ref(), asker.login().map(|login| login.0), &file).await?;
        let begun = uploads::find(state, id).await?.ok_or_else(Problem::abandoned)?;
        came.tables.push((name.clone(), begun));
        let Some((_, upload)) = came.tables.last_mut() else { continue };
        table(state, part, (&name, &step), upload).await?;
    }
}

/// The next bytes of a part; none behind its last.
async fn more(part: &mut Field<'_>, step: &Step) -> Result<Option<Bytes>, Problem> {
    step.renew();
    part.chunk().await.map_err(broken)
}

/// The text of a part that is none of the tables; of another file nothing.
async fn text(mut part: Field<'_>, name: &str, step: &Step) -> Result<String, Problem> {
    let is_file = part.file_name().is_some_and(|name| !name.is_empty());
    let mut bytes = Vec::new();
    while let Some(chunk) = more(&mut part, step).await? {
        if is_file || bytes.len() + chunk.len() > LARGEST_TEXT {
            let detail = if is_file { "there is no such table" } else { "the field is too long" };
            return Err(Problem::bad_request(&name.chars().take(64).collect::<String>(), detail));
        }
        bytes.extend_from_slice(&chunk);
    }
    String::from_utf8(bytes).map_err(|_| Problem::bad_request("body", "a field of the form is no text in UTF-8"))
}

/// Puts a table down as it comes.
async fn table(
    state: &Hr,
    mut part: Field<'_>,
    (name, step): (&str, &Step),
    upload: &mut Upload,
) -> Result<(), Problem> {
    let mut coming = Coming::new();
    while let Some(chunk) = more(&mut part, step).await? {
        if coming.size() + chunk.len() as u64 > LARGEST {
            return Err(too_large(name, LARGEST));
        }
        coming.more(state, upload, &chunk).await?;
    }
    Ok(coming.end(state, upload).await?)
}

/// Has a table read that has come: which of the six it is, where that was said.
///
/// # Errors
/// When the database refuses, and where it was thrown away meanwhile.
pub(crate) async fn whole(state: &Hr, came: &Upload, table: Option<Table>) -> Result<(), Problem> {
    let before = uploads::find(state, came.id).await?.filter(|upload| upload.standing == Standing::Coming);
    let before = before.ok_or(HrError::Dropped)?;
    let after = Upload { standing: Standing::Reading, table, ..came.clone() };
    let work = || async {
        let mut transaction = state.store().begin().await?;
        let changed = uploads::change(state, &mut transaction, &before, &after).await?;
        queue::ask(&mut transaction, &after.id, after.size).await?;
        transaction.commit().await?;
        Ok::<_, HrError>(changed)
    };
    match state.store().again(work).await? {
        true => Ok(()),
        false => Err(HrError::Dropped.into()),
    }
}

fn too_large(field: &str, most: u64) -> Problem {
    Problem::too_large(field, format!("{field} has over {most} bytes; a table has at most {LARGEST}"))
}

fn broken(error: multer::Error) -> Problem {
    let multer::Error::StreamReadFailed(cause) = error else {
        return Problem::bad_request("body", format!("the form does not read: {error}"));
    };
    match cause.downcast::<axum::Error>().map(|cause| cause.into_inner()) {
        Ok(cause) if cause.is::<TooSlow>() => {
            Problem::timeout("the body came too slowly; send it again over a faster line")
        }
        Ok(cause) if cause.is::<TooMuch>() => {
            Problem::bad_request("body", "the form does not read: what is before a part of it is too long")
        }
        _ => Problem::bad_request("body", "the body broke off before its end"),
    }
}
