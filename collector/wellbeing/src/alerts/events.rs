//! That something has changed of the alerts that somebody sees: server-sent events. What is sent says how many wait and nothing else.
//!
//! | meets | held by |
//! |---|---|
//! | who signs out, is signed out, or whose account is closed | before anything is told it is asked whether they may still ask, which ends the stream; [`LOOK`] later at the latest it ends by itself |
//! | who asks by a token, which is shown anew with each request | is answered once, and asks again |
//! | who opens many pages | [`crate::places`]: who has no place is answered once, and asks again |
//! | another collector that changed something | it is looked each [`LOOK`] |
//! | a browser that is left alone | a stream is no use of it: it is signed out as if there was none |
//! | a full house, or a stop | the door ends who only listens (`attune_ground::http::door`) |

use std::convert::Infallible;
use std::time::Duration;

use attune_ground::http::Problem;
use attune_ground::http::door::Listens;
use attune_ground::time::now_millis;
use attune_people::rights::{Asker, Means};
use attune_people::sign_in;
use axum::Extension;
use axum::http::{HeaderName, header};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::stream::unfold;
use tokio::sync::watch;
use tokio::time::{Instant, sleep, sleep_until};

use super::choices;
use super::seen::{self, Seen, Whose};
use crate::places::Place;
use crate::{Wellbeing, WellbeingError};

/// After how long to ask again where an answer has ended.
const AGAIN: Duration = Duration::from_secs(10);
/// After how long it is looked again at the latest.
const LOOK: Duration = Duration::from_secs(10);
/// Between two looks at least, however often something changes.
const BREATH: Duration = Duration::from_millis(200);

/// How the alerts that somebody sees stand.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Mark {
    /// How many are open and held by nobody.
    pub(super) open: usize,
    /// Another one where anything of them has changed.
    pub(super) name: String,
}

impl Mark {
    /// Of all the open ones that somebody sees.
    pub(super) fn of(all: &[Seen]) -> Self {
        let open = all.iter().filter(|one| one.standing.acknowledged_at.is_none()).count();
        let newest = all.iter().map(|one| one.standing.acknowledged_at.unwrap_or(one.standing.opened_at)).max();
        Self { open, name: format!("{}-{open}-{}", all.len(), newest.unwrap_or_default()) }
    }
}

/// How the alerts that somebody sees stand.
///
/// # Errors
/// When the database refuses.
pub(super) async fn mark(state: &Wellbeing, whose: &Whose) -> Result<Mark, WellbeingError> {
    Ok(Mark::of(&seen::open(state, whose).await?))
}

/// Tells what has changed since what somebody knows, and goes on to tell; in their quiet hours nothing has.
///
/// # Errors
/// When the database refuses.
pub(super) async fn answer(state: &Wellbeing, asker: &Asker, known: &str) -> Result<Response, Problem> {
    let may_stay = matches!(asker.means(), Means::Open | Means::Login { session: Some(_), .. });
    let place = may_stay.then(|| state.places().take(asker.login())).flatten();
    let mut listening = Listening {
        state: state.clone(),
        asker: asker.clone(),
        known: known.to_owned(),
        changed: state.places().changes(),
        looked: Instant::now(),
        place,
    };
    // Also where nothing has changed: a browser then knows that it is answered.
    let first = listening.look().await?.unwrap_or_default().retry(AGAIN);
    let events = unfold((Some(first), listening), |(first, listening)| async move {
        match first {
            Some(event) => Some((Ok::<_, Infallible>(event), (None, listening))),
            None => listening.next().await.map(|(event, listening)| (Ok(event), (None, listening))),
        }
    });
    let headers = [
        (header::CACHE_CONTROL, "private, no-store"),
        // A proxy that gathers answers before it hands them on would never hand on this one.
        (HeaderName::from_static("x-accel-buffering"), "no"),
    ];
    Ok((headers, Extension(Listens), Sse::new(events).keep_alive(KeepAlive::default())).into_response())
}

/// Somebody who listens.
struct Listening {
    state: Wellbeing,
    asker: Asker,
    /// What they know.
    known: String,
    /// Told when something may have changed.
    changed: watch::Receiver<u64>,
    looked: Instant,
    /// None where they are answered once.
    place: Option<Place>,
}

impl Listening {
    /// Waits for what they do not know. None where there is an end.
    async fn next(mut self) -> Option<(Event, Self)> {
        self.place.as_ref()?;
        loop {
            tokio::select! {
                () = sleep(LOOK) => {}
                changed = self.changed.changed() => {
                    changed.ok()?;
                    sleep_until(self.looked + BREATH).await;
                }
            }
            self.looked = Instant::now();
            match self.look_again().await {
                Ok(Looked::News(event)) => return Some((event, self)),
                Ok(Looked::Nothing) => {}
                Ok(Looked::Over) => return None,
                Err(problem) => {
                    tracing::warn!(
                        status = problem.status,
                        "Whether alerts have changed could not be read; a page asks again."
                    );
                    return None;
                }
            }
        }
    }

    async fn look_again(&mut self) -> Result<Looked, Problem> {
        if !sign_in::may_still_ask(self.state.people(), &self.asker).await? {
            return Ok(Looked::Over);
        }
        Ok(self.look().await?.map_or(Looked::Nothing, Looked::News))
    }

    /// What they do not know.
    async fn look(&mut self) -> Result<Option<Event>, Problem> {
        self.changed.mark_unchanged();
        let whose = Whose::of(&self.state, &self.asker).await?;
        if is_quiet(&self.state, &whose).await? {
            return Ok(None);
        }
        let Mark { open, name } = mark(&self.state, &whose).await?;
        if name == self.known {
            return Ok(None);
        }
        let event = Event::default().event("alerts").id(&name).data(format!("{{\"open\": {open}}}"));
        self.known = name;
        Ok(Some(event))
    }
}

/// What came of a look.
enum Looked {
    News(Event),
    Nothing,
    /// They may not ask any more.
    Over,
}

async fn is_quiet(state: &Wellbeing, whose: &Whose) -> Result<bool, WellbeingError> {
    let Some(login) = whose.login else { return Ok(false) };
    let Some(quiet) = choices::of(state, login).await?.quiet else { return Ok(false) };
    let zone = choices::zone_of(state, login).await?;
    Ok(zone.is_some_and(|zone| quiet.ends(&zone, now_millis()).is_some()))
}
