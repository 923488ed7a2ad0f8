//! The master table of what stands: a row for each employee, made of what lies sealed, some people at a time.

use std::collections::BTreeMap;
use std::time::Duration;

use attune_ground::http::Problem;
use attune_protocol::ids::PersonId;

use crate::error::HrError;
use crate::kept::{self, OfOne, Walk};
use crate::master::parquet::Columns;
use crate::master::{self, Days, Gather, Row};
use crate::rows::{Employee, Tables};
use crate::sealed::RowsOf;
use crate::state::Hr;
use crate::turn::{Turn, WAITS};
use crate::uploads;

/// How often it is begun anew where another table comes to stand meanwhile.
const TIMES: usize = 3;

/// The master table, opened. As long as this is held, nobody else has it.
#[derive(Debug)]
pub(crate) struct Master {
    /// All rows, by employee.
    pub(crate) rows: Vec<Row>,
    /// Whom each is about: as the rows were found. By the name of who was erased since another may be known.
    pub(crate) people: BTreeMap<Employee, PersonId>,
    turn: Turn,
}

impl Master {
    /// Its rows, for who has another turn that bounds them.
    pub(crate) fn apart(self) -> (Vec<Row>, BTreeMap<Employee, PersonId>) {
        drop(self.turn);
        (self.rows, self.people)
    }
}

/// All rows: of the tables as they stood at one moment.
///
/// # Errors
/// When the database refuses; 503 where others look for long, or tables come and go all the time.
pub(crate) async fn rows(state: &Hr) -> Result<Master, Problem> {
    rows_within(state, WAITS).await
}

/// As [`rows`], for who waits no longer than that.
///
/// # Errors
/// As of [`rows`].
pub(crate) async fn rows_within(state: &Hr, time: Duration) -> Result<Master, Problem> {
    made(state, state.looking().within(time).await?).await
}

/// As [`rows`], for work that nobody waits for.
///
/// # Errors
/// When the database refuses; 503 where tables come and go all the time.
pub(crate) async fn rows_at_last(state: &Hr) -> Result<Master, Problem> {
    let turn = state.looking().at_last().await.ok_or(HrError::Crowded)?;
    made(state, turn).await
}

async fn made(state: &Hr, turn: Turn) -> Result<Master, Problem> {
    for _ in 0..TIMES {
        let before = kept::standing(state.store()).await?;
        let (rows, people) = read(state, &before).await?;
        if kept::standing(state.store()).await? == before {
            return Ok(Master { rows, people, turn });
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
    let standing = kept::standing(state.store()).await?;
    Ok(Some(reckoning(state, &standing).await?.of_employee(&nobody, &tables)))
}

/// Reckons with the newest days of the rows that stand. They are looked for once for as long as these stand: who asks for their own row
/// does not have those of all others opened each time. Once somebody is erased they are looked for anew: a day of theirs may be among them.
async fn reckoning(state: &Hr, standing: &RowsOf) -> Result<Gather, HrError> {
    let decay = &state.settings().decay;
    // Whoever looks for them holds this; of those who wait none has anything opened but what is their own.
    let mut known = tokio::time::timeout(WAITS, state.newest().lock()).await.map_err(|_| HrError::Crowded)?;
    if let Some((of, newest)) = &*known
        && of == standing
    {
        return Ok(Gather::new(decay, newest));
    }
    let (mut days, mut walk) = (Days::default(), Walk::default());
    while let Some(some) = walk.next(state).await? {
        some.iter().for_each(|(.., tables)| days.see(tables));
    }
    let newest = days.references(&uploads::given(state.store().pool()).await?);
    if kept::standing(state.store()).await? == *standing {
        *known = Some((standing.clone(), newest));
    }
    Ok(Gather::new(decay, &newest))
}

async fn read(state: &Hr, standing: &RowsOf) -> Result<(Vec<Row>, BTreeMap<Employee, PersonId>), HrError> {
    let gather = reckoning(state, standing).await?;
    let (mut rows, mut people, mut walk) = (Vec::new(), BTreeMap::new(), Walk::default());
    while let Some(some) = walk.next(state).await? {
        for (person, employee, tables) in some {
            rows.push(gather.of_employee(&employee, &tables));
            people.insert(employee, person);
        }
    }
    rows.sort_by(|one, other| one.employee.cmp(&other.employee));
    Ok((rows, people))
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
pub(crate) fn parquet(master: Master) -> Result<Vec<u8>, HrError> {
    let unwritten = |error: ::parquet::errors::ParquetError| HrError::Unwritten(error.to_string());
    let Master { rows, people: _, turn: _turn } = master;
    let mut columns = Columns::begin(Vec::new()).map_err(unwritten)?;
    for row in rows {
        columns.row(row).map_err(unwritten)?;
    }
    columns.end().map_err(unwritten)
}
