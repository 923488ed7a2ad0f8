//! That something has changed of the alerts that somebody sees: server-sent events. What is sent says how many wait and nothing else.
//!
//! An answer ends at once, and says when to ask again, which browsers do by themselves, telling what they know. So nobody holds a
//! connection, a stop waits for nobody, who signs out hears nothing more, and whichever collector changed something, who asks another one
//! hears of it.

use attune_ground::http::Problem;
use attune_ground::time::now_millis;
use attune_people::rights::Asker;
use axum::http::header;
use axum::response::{IntoResponse, Response};

use super::choices;
use super::seen::{self, Whose};
use crate::{Wellbeing, WellbeingError};

/// After how many milliseconds to ask again.
const AGAIN: u64 = 10_000;

/// How the alerts that somebody sees stand.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Mark {
    /// How many are open and held by nobody.
    pub(super) open: usize,
    /// Another one where anything of them has changed.
    pub(super) name: String,
}

/// How the alerts that somebody sees stand.
///
/// # Errors
/// When the database refuses.
pub(super) async fn mark(state: &Wellbeing, whose: &Whose) -> Result<Mark, WellbeingError> {
    let all = seen::open(state, whose).await?;
    let open = all.iter().filter(|one| one.standing.acknowledged_at.is_none()).count();
    let newest = all.iter().map(|one| one.standing.acknowledged_at.unwrap_or(one.standing.opened_at)).max();
    Ok(Mark { open, name: format!("{}-{open}-{}", all.len(), newest.unwrap_or_default()) })
}

/// Answers what has changed since what somebody knows; in their quiet hours nothing has.
///
/// # Errors
/// When the database refuses.
pub(super) async fn answer(state: &Wellbeing, asker: &Asker, known: &str) -> Result<Response, Problem> {
    let whose = Whose::of(state, asker).await?;
    let mut body = format!("retry: {AGAIN}\n");
    if !is_quiet(state, &whose).await? {
        let Mark { open, name } = mark(state, &whose).await?;
        if name != known {
            body.push_str(&format!("event: alerts\nid: {name}\ndata: {{\"open\": {open}}}\n"));
        }
    }
    body.push('\n');
    let headers = [(header::CONTENT_TYPE, "text/event-stream"), (header::CACHE_CONTROL, "private, no-store")];
    Ok((headers, body).into_response())
}

async fn is_quiet(state: &Wellbeing, whose: &Whose) -> Result<bool, WellbeingError> {
    let Some(login) = whose.login else { return Ok(false) };
    let Some(quiet) = choices::of(state, login).await?.quiet else { return Ok(false) };
    let zone = choices::zone_of(state, login).await?;
    Ok(zone.is_some_and(|zone| quiet.ends(&zone, now_millis()).is_some()))
}
