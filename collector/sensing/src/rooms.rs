use std::sync::Arc;

use attune_analysis::indicators::Assessment;
use attune_protocol::ids::SessionId;
use axum::extract::FromRef;

use crate::SensingError;
use crate::analyze::Desk;
use crate::health::Health;
use crate::models::Loaded;
use crate::sessions::Shelf;
use crate::stats::Board;

/// What the handlers of all rooms need; each takes its own room's part and knows no other.
#[derive(Clone)]
pub struct Rooms(pub(crate) Arc<Parts>);

pub(crate) struct Parts {
    pub(crate) sessions: Shelf,
    pub(crate) analyze: Desk,
    pub(crate) stats: Board,
    pub(crate) models: Loaded,
    pub(crate) health: Health,
}

impl Rooms {
    /// Scores of all windows of a session that open, in order; none of one that is not there.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn windows(&self, session: SessionId) -> Result<Vec<Assessment>, SensingError> {
        self.0.sessions.assessments(session).await
    }
}

macro_rules! room {
    ($state:ty, $part:ident) => {
        impl<S> FromRef<S> for $state
        where
            Rooms: FromRef<S>,
        {
            fn from_ref(state: &S) -> Self {
                Rooms::from_ref(state).0.$part.clone()
            }
        }
    };
}

room!(Shelf, sessions);
room!(Desk, analyze);
room!(Board, stats);
room!(Loaded, models);
room!(Health, health);
