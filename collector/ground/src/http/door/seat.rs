use std::convert::Infallible;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use tokio::sync::watch;

use super::crowd::{Phase, Place};
use super::told;

/// The place of a connection of which a handler makes another protocol: it counts among the others, and may be told to give way, until this is
/// dropped.
#[derive(Clone, Debug)]
pub struct Seat {
    place: Arc<Place>,
    stop: watch::Receiver<bool>,
}

impl Seat {
    pub(super) fn new(place: Arc<Place>, stop: watch::Receiver<bool>) -> Self {
        Self { place, stop }
    }

    pub(super) fn place(&self) -> Arc<Place> {
        Arc::clone(&self.place)
    }

    /// Notes that it only listens from now on: it gives way before whoever is being answered.
    pub fn listens(&self) {
        self.place.set(Phase::Listening);
    }

    /// Waits until it gives way to another, or the program stops.
    pub async fn told_to_leave(&mut self) {
        tokio::select! {
            () = self.place.told_to_leave() => {}
            () = told(&mut self.stop) => {}
        }
    }
}

/// What came in by no door of ours, as in tests, has none.
#[derive(Clone, Debug)]
pub struct MaybeSeat(pub Option<Seat>);

impl<S: Send + Sync> FromRequestParts<S> for MaybeSeat {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self(parts.extensions.remove()))
    }
}
