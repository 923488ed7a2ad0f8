use attune_ground::GroundError;
use attune_ground::store::bytes16;
use attune_protocol::seal::SealKey;
use sqlx::any::AnyExecutor;

use super::{About, Standing};
use crate::error::HrError;
use crate::master::References;
use crate::rows::Table;
use crate::sealed::{UploadId, Versions};
use crate::state::Hr;

/// An upload.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Upload {
    pub(crate) id: UploadId,
    /// Who gave it, where somebody had signed in.
    pub(crate) login: Option<[u8; 16]>,
    /// Which table it is, once that is known.
    pub(crate) table: Option<Table>,
    pub(crate) standing: Standing,
    /// Whether it is the one of its table that stands.
    pub(crate) stands: bool,
    /// Which of its table it is, once it was taken in.
    pub(crate) version: Option<i64>,
    /// Bytes of it.
    pub(crate) size: i64,
    /// Rows of it that are kept.
    pub(crate) held: i64,
    /// When it came, Unix milliseconds.
    pub(crate) given_at: i64,
    /// When it was decided on.
    pub(crate) decided_at: Option<i64>,
    /// When it goes if nobody decides.
    pub(crate) ends_at: Option<i64>,
    pub(crate) about: About,
    /// What was read as `about`: by it one is told from what it was before.
    pub(crate) sealed: Vec<u8>,
}

type Row = (
    Vec<u8>,
    Option<Vec<u8>>,
    Option<i64>,
    i64,
    Option<Vec<u8>>,
    Option<i64>,
    i64,
    i64,
    i64,
    Option<i64>,
    Option<i64>,
    Vec<u8>,
);

/// One of which nothing is known any more stands there with its numbers alone.
fn upload(own: &SealKey, row: Row) -> Result<Upload, GroundError> {
    let (id, login, table, state, current, version, size, held, given_at, decided_at, ends_at, about) = row;
    let id = bytes16(&id)?;
    let opened = About::open(own, &id, &about).unwrap_or_default();
    Ok(Upload {
        id,
        login: login.map(|login| bytes16(&login)).transpose()?,
        table: table.and_then(Table::of_number),
        standing: Standing::of_number(state).ok_or(GroundError::Corrupt("an upload stands in a way that is known"))?,
        stands: current.is_some_and(|current| current == id),
        version,
        size,
        held,
        given_at,
        decided_at,
        ends_at,
        about: opened,
        sealed: about,
    })
}

const ONE: &str = "SELECT hr_uploads.id, hr_uploads.login, hr_uploads.table_of, hr_uploads.state, hr_tables.upload, hr_uploads.version, \
    hr_uploads.size, hr_uploads.held, hr_uploads.given_at, hr_uploads.decided_at, hr_uploads.ends_at, hr_uploads.about_sealed \
    FROM hr_uploads LEFT JOIN hr_tables ON hr_tables.upload = hr_uploads.id WHERE hr_uploads.id = $1";

const ALL: &str = "SELECT hr_uploads.id, hr_uploads.login, hr_uploads.table_of, hr_uploads.state, hr_tables.upload, hr_uploads.version, \
    hr_uploads.size, hr_uploads.held, hr_uploads.given_at, hr_uploads.decided_at, hr_uploads.ends_at, hr_uploads.about_sealed \
    FROM hr_uploads LEFT JOIN hr_tables ON hr_tables.upload = hr_uploads.id \
    WHERE hr_uploads.given_at < $1 AND hr_uploads.given_at >= COALESCE((SELECT one.given_at FROM hr_uploads one WHERE one.given_at < $1 \
    ORDER BY one.given_at DESC LIMIT 1 OFFSET $2), hr_uploads.given_at) ORDER BY hr_uploads.given_at DESC, hr_uploads.id";

/// The one of an id.
///
/// # Errors
/// When the database refuses.
pub(crate) async fn find(state: &Hr, id: UploadId) -> Result<Option<Upload>, HrError> {
    let row: Option<Row> = sqlx::query_as(ONE).bind(id.to_vec()).fetch_optional(state.store().pool()).await?;
    Ok(row.map(|row| upload(state.own(), row)).transpose()?)
}

/// So many uploads from before an instant, the newest first; of the last instant all, as the next ones are asked for by it.
///
/// # Errors
/// When the database refuses.
pub(crate) async fn all(state: &Hr, before: i64, limit: i64) -> Result<Vec<Upload>, HrError> {
    let rows: Vec<Row> = sqlx::query_as(ALL).bind(before).bind(limit - 1).fetch_all(state.store().pool()).await?;
    let read: Result<Vec<Upload>, GroundError> = rows.into_iter().map(|row| upload(state.own(), row)).collect();
    Ok(read?)
}

/// Which upload of each table stands, as one reader sees it.
///
/// # Errors
/// When the database refuses.
pub(crate) async fn versions<'e>(executor: impl AnyExecutor<'e>) -> Result<Versions, GroundError> {
    let rows: Vec<(i64, Vec<u8>, i64)> =
        sqlx::query_as("SELECT table_of, upload, version FROM hr_tables WHERE upload IS NOT NULL ORDER BY table_of")
            .fetch_all(executor)
            .await?;
    rows.into_iter().map(|(table, upload, version)| Ok((table, (bytes16(&upload)?, version)))).collect()
}

/// On which day each table that stands was given, where its rows lose weight with their age.
///
/// # Errors
/// When the database refuses.
pub(crate) async fn given<'e>(executor: impl AnyExecutor<'e>) -> Result<References, GroundError> {
    let rows: Vec<(i64, i64)> = sqlx::query_as(
        "SELECT hr_tables.table_of, hr_uploads.given_at FROM hr_tables JOIN hr_uploads ON hr_uploads.id = hr_tables.upload",
    )
    .fetch_all(executor)
    .await?;
    let mut given = References::default();
    for (table, at) in rows {
        if let Some((table, day)) = Table::of_number(table).zip(super::day(at)) {
            given.set(table, day);
        }
    }
    Ok(given)
}
