//! Figures of groups, made of what stands: some people at a time, and once for as long as nothing of it changes.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use attune_ground::http::Problem;
use attune_ground::time::now_millis;
use attune_people::teams::{self, Listed, Membership, TeamId};
use jiff::civil::Date;

use crate::error::HrError;
use crate::figures::{Board, Groups, Window, values};
use crate::kept::{self, Walk};
use crate::state::{BoardOf, Hr};
use crate::turn::WAITS;
use crate::uploads;

/// How often it is begun anew where another table comes to stand meanwhile.
const TIMES: usize = 3;

/// Figures of the tables as they stood at one moment, by the teams of each time. Who asks while they are made waits for them: nobody opens
/// all rows a second time.
///
/// # Errors
/// When the database refuses; 503 where they are made for long, or tables come and go all the time.
pub(crate) async fn board(state: &Hr, today: Date) -> Result<Arc<Board>, Problem> {
    let mut made = tokio::time::timeout(WAITS, state.board().lock()).await.map_err(|_| HrError::Crowded)?;
    for _ in 0..TIMES {
        let of = made_of(state, today).await?;
        if let Some((before, board)) = &*made
            && *before == of
        {
            return Ok(Arc::clone(board));
        }
        let board = Arc::new(read(state, today).await?);
        if made_of(state, today).await? == of {
            *made = Some((of, Arc::clone(&board)));
            return Ok(board);
        }
    }
    Err(Problem::busy("tables or teams are being changed; try again in a moment"))
}

/// Of what they are made now.
async fn made_of(state: &Hr, today: Date) -> Result<BoardOf, HrError> {
    let (rows, rosters) = (kept::standing(state.store()).await?, teams::rosters(state.store()).await?);
    Ok(BoardOf { rows, rosters, year: today.year() })
}

/// The teams that somebody is or was in, with who was in which when. Places are given by days of UTC, and so they count.
///
/// # Errors
/// When the database refuses.
pub(crate) async fn groups(state: &Hr) -> Result<Groups, HrError> {
    let (mut groups, mut numbers) = (Groups::default(), BTreeMap::new());
    let memberships = teams::memberships(state.store()).await?;
    let with_people: BTreeSet<TeamId> = memberships.iter().map(|of| of.team).collect();
    for Listed { team, .. } in teams::list(state.store(), now_millis()).await? {
        if with_people.contains(&team.id) {
            numbers.insert(team.id, groups.team(team.id.to_string(), team.name));
        }
    }
    for Membership { team, person, period } in memberships {
        if let Some((team, from)) = numbers.get(&team).zip(uploads::day(period.since)) {
            groups.place(person, *team, from, period.until.and_then(uploads::day));
        }
    }
    Ok(groups)
}

async fn read(state: &Hr, today: Date) -> Result<Board, HrError> {
    let (mut board, mut walk, window) = (Board::new(groups(state).await?), Walk::default(), Window::at(today));
    while let Some(some) = walk.next(state).await? {
        some.iter().for_each(|(person, _, tables)| board.add(*person, &values(tables, &window)));
    }
    Ok(board)
}
