//! The master table of what stands: a row for each employee, made of what lies sealed, some people at a time.

use attune_ground::http::Problem;

use crate::error::HrError;
use crate::kept::{OfOne, Walk};
use crate::master::parquet::Columns;
use crate::master::{self, Gather, References, Row};
use crate::rows::{Employee, Tables};
use crate::sealed::Versions;
use crate::state::Hr;
use crate::uploads;

/// How often it is begun anew where another table comes to stand meanwhile.
const TIMES: usize = 3;

/// All rows, by employee: of the tables as they stood at one moment.
///
/// # Errors
/// When the database refuses; 503 where tables come and go all the time.
pub(crate) async fn rows(state: &Hr) -> Result<Vec<Row>, Problem> {
    for _ in 0..TIMES {
        let before = uploads::versions(state.store().pool()).await?;
        let rows = read(state, &before).await?;
        if uploads::versions(state.store().pool()).await? == before {
            return Ok(rows);
        }
    }
    Err(Problem::busy("tables are being taken in; try again in a moment"))
}

/// The row that HR sees of whoever this is kept of; none where nothing of it stands.
///
/// # Errors
/// When the database refuses.
pub(crate) async fn own(state: &Hr, kept: &[OfOne]) -> Result<Option<Row>, HrError> {
    let (nobody, mut tables) = (Employee(String::new()), Tables::default());
    for part in kept.iter().filter(|part| part.stands) {
        part.rows.clone().put(&nobody, &mut tables);
    }
    if tables == Tables::default() {
        return Ok(None);
    }
    let standing = uploads::versions(state.store().pool()).await?;
    Ok(Some(reckoning(state, &standing).await?.of_employee(&nobody, &tables)))
}

/// Reckons with the newest days of the tables that stand. They are looked for once for as long as these stand: who asks for their own row
/// does not have those of all others opened each time.
async fn reckoning(state: &Hr, standing: &Versions) -> Result<Gather, HrError> {
    let decay = &state.settings().decay;
    let mut known = state.newest().lock().await;
    if let Some((of, newest)) = &*known
        && of == standing
    {
        return Ok(Gather::new(decay, newest));
    }
    let (mut newest, mut walk) = (References::default(), Walk::default());
    while let Some(some) = walk.next(state).await? {
        some.iter().for_each(|(.., tables)| newest.see(tables));
    }
    if uploads::versions(state.store().pool()).await? == *standing {
        *known = Some((standing.clone(), newest));
    }
    Ok(Gather::new(decay, &newest))
}

async fn read(state: &Hr, standing: &Versions) -> Result<Vec<Row>, HrError> {
    let gather = reckoning(state, standing).await?;
    let (mut rows, mut walk) = (Vec::new(), Walk::default());
    while let Some(some) = walk.next(state).await? {
        rows.extend(some.iter().map(|(_, employee, tables)| gather.of_employee(employee, tables)));
    }
    rows.sort_by(|one, other| one.employee.cmp(&other.employee));
    Ok(rows)
}

/// As a file that spreadsheets read; nothing in it is a formula.
pub(crate) fn csv(rows: &[Row]) -> Vec<u8> {
    let mut text = master::csv::heading();
    rows.iter().for_each(|row| text.push_str(&master::csv::line(row)));
    text.into_bytes()
}

/// As a file of columns.
///
/// # Errors
/// Where it could not be written, which is a fault of ours.
pub(crate) fn parquet(rows: Vec<Row>) -> Result<Vec<u8>, HrError> {
    let unwritten = |error: ::parquet::errors::ParquetError| HrError::Unwritten(error.to_string());
    let mut columns = Columns::begin(Vec::new()).map_err(unwritten)?;
    for row in rows {
        columns.row(row).map_err(unwritten)?;
    }
    columns.end().map_err(unwritten)
}
