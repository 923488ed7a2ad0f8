//! Figures of groups, made of what stands: some people at a time, and once for as long as nothing of it changes.

use std::collections::BTreeSet;
use std::sync::Arc;

use attune_ground::http::Problem;
use attune_ground::time::now_millis;
use attune_people::teams;
use jiff::civil::Date;

use crate::error::HrError;
use crate::figures::{Board, Groups, Window, values};
use crate::kept::Walk;
use crate::state::{BoardOf, Hr};
use crate::turn::{WAITS, busy};
use crate::uploads;

/// How often it is begun anew where another table comes to stand meanwhile.
const TIMES: usize = 3;

/// Figures of the tables as they stood at one moment, by the teams of today. Who asks while they are made waits for them: nobody opens all
/// rows a second time.
///
/// # Errors
/// When the database refuses; 503 where they are made for long, or tables come and go all the time.
pub(crate) async fn board(state: &Hr, today: Date) -> Result<Arc<Board>, Problem> {
    let mut made = tokio::time::timeout(WAITS, state.board().lock()).await.map_err(|_| busy())?;
    for _ in 0..TIMES {
        let of = made_of(state, today).await?;
        if let Some((before, board)) = &*made
            && *before == of
        {
            return Ok(Arc::clone(board));
        }
        let board = Arc::new(read(state, &of.groups, today).await?);
        if made_of(state, today).await? == of {
            *made = Some((of, Arc::clone(&board)));
            return Ok(board);
        }
    }
    Err(Problem::busy("tables or teams are being changed; try again in a moment"))
}

/// Of what they are made now.
async fn made_of(state: &Hr, today: Date) -> Result<BoardOf, HrError> {
    let pool = state.store().pool();
    let standing = uploads::versions(pool).await?;
    let (parts,): (i64,) =
        sqlx::query_as("SELECT COUNT(*) FROM hr_tables JOIN hr_rows ON hr_rows.upload = hr_tables.upload")
            .fetch_one(pool)
            .await?;
    Ok(BoardOf { standing, parts, groups: groups(state).await?, year: today.year() })
}

/// The teams that somebody is in today.
async fn groups(state: &Hr) -> Result<Groups, HrError> {
    let (now, mut groups) = (now_millis(), Groups::default());
    for listed in teams::list(state.store(), now).await? {
        if listed.members > 0 {
            let members: BTreeSet<_> =
                teams::members_at(state.store(), listed.team.id, now).await?.into_iter().collect();
            groups.team(listed.team.id.to_string(), listed.team.name, members);
        }
    }
    Ok(groups)
}

async fn read(state: &Hr, groups: &Groups, today: Date) -> Result<Board, HrError> {
    let (mut board, mut walk, window) = (Board::new(groups.clone()), Walk::default(), Window::at(today));
    while let Some(some) = walk.next(state).await? {
        some.iter().for_each(|(person, _, tables)| board.add(*person, &values(tables, &window)));
    }
    Ok(board)
}
