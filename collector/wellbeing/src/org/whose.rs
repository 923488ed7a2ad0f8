//! Of which teams somebody may ask.

use std::ops::Range;

use attune_ground::http::Problem;
use attune_ground::time::now_millis;
use attune_people::rights::Asker;
use attune_people::teams::{self, Team, TeamId};

use super::words::words;
use crate::state::Wellbeing;
use crate::team::ORGANISATION;

/// All teams as one, for who may ask for each.
fn organisation() -> Team {
    Team { id: ORGANISATION, name: words().list.organisation.clone(), made_at: 0, closed_at: None }
}

/// The teams that somebody may ask for, by their names, those that are closed left out. Where that is all of them, they stand first as
/// one.
///
/// # Errors
/// When the database refuses.
pub(super) async fn teams(state: &Wellbeing, asker: &Asker) -> Result<Vec<Team>, Problem> {
    let own = teams::of_asker(state.store(), asker).await?;
    let all = teams::list(state.store(), now_millis()).await?.into_iter().map(|listed| listed.team);
    let may = |team: &Team| own.as_ref().is_none_or(|own| own.contains(&team.id));
    let mut open: Vec<Team> = all.filter(|team| team.closed_at.is_none() && may(team)).collect();
    if own.is_none() && !open.is_empty() {
        open.insert(0, organisation());
    }
    Ok(open)
}

/// One team; one that is closed has its past.
///
/// # Errors
/// 403 for who does not lead it, whether there is such a team or not; 404 where there is none.
pub(super) async fn team(state: &Wellbeing, asker: &Asker, id: &str) -> Result<Team, Problem> {
    let own = teams::of_asker(state.store(), asker).await?;
    let id = id.parse::<TeamId>().ok();
    if own.is_some_and(|own| !id.is_some_and(|id| own.contains(&id))) {
        return Err(Problem::forbidden("this is no team that you lead; GET /api/v1/teams lists yours"));
    }
    let found = match id {
        Some(ORGANISATION) => Some(organisation()),
        Some(id) => teams::find(state.store(), id).await?,
        None => None,
    };
    found.ok_or_else(|| Problem::not_found("there is no such team; GET /api/v1/teams lists them"))
}

/// Rows of a page, with where the pages around it begin.
pub(super) struct Cut {
    /// Where its teams stand among all.
    pub(super) places: Range<usize>,
    /// Behind which team the page before this one begins; the first begins behind none, and its cursor is empty.
    pub(super) before: Option<String>,
    /// Behind which team the page after this one begins.
    pub(super) after: Option<String>,
}

/// The teams behind a cursor, the id of a team, `most` of them.
///
/// # Errors
/// 400 for a cursor that no page has told.
pub(super) fn cut(all: &[Team], cursor: &str, most: usize) -> Result<Cut, Problem> {
    let wrong = || Problem::bad_request("after", "there is no such page: begin with the first one, without `after`");
    let place = |id: TeamId| all.iter().position(|team| team.id == id);
    let begin = match cursor {
        "" => 0,
        id => id.parse::<TeamId>().ok().and_then(place).ok_or_else(wrong)? + 1,
    };
    let cursor_of = |begin: usize| match begin {
        0 => Some(String::new()),
        begin => all.get(begin - 1).map(|team| team.id.to_string()),
    };
    let end = (begin + most).min(all.len());
    Ok(Cut {
        places: begin..end,
        before: (begin > 0).then(|| cursor_of(begin.saturating_sub(most))).flatten(),
        after: (end < all.len()).then(|| cursor_of(end)).flatten(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn team(number: u8) -> Team {
        Team { id: TeamId([number; 16]), name: format!("Team {number}"), made_at: 0, closed_at: None }
    }

    #[test]
    fn the_pages_of_a_list_hold_every_team_once_and_lead_back_to_the_first() {
        let all: Vec<Team> = (1..=7).map(team).collect();
        let (mut cursor, mut seen, mut befores) = (String::new(), Vec::new(), Vec::new());
        loop {
            let page = cut(&all, &cursor, 3).unwrap_or_else(|problem| panic!("{problem:?}"));
            seen.extend(all[page.places].iter().map(|team| team.id.0[0]));
            befores.push(page.before);
            match page.after {
                Some(after) => cursor = after,
                None => break,
            }
        }
        assert_eq!(seen, [1, 2, 3, 4, 5, 6, 7]);
        assert_eq!(befores, [None, Some(String::new()), Some(all[2].id.to_string())]);
        assert_eq!(cut(&all, "nothing", 3).err().map(|problem| problem.status), Some(400));
        assert!(cut(&[], "", 3).is_ok_and(|page| page.places.is_empty() && page.after.is_none()));
    }
}
