//! What programs ask for to sign in: under `/api/v1/auth`, and at the paths of MindPulse and OpenSoft.

mod auth;
mod elsewhere;

pub(super) use auth::{asked_by, visit};
use axum::Router;
use axum::extract::FromRef;
use utoipa_axum::router::OpenApiRouter;

use crate::People;

pub(crate) fn router<S: Clone + Send + Sync + 'static>() -> OpenApiRouter<S>
where
    People: FromRef<S>,
{
    auth::router()
}

pub(crate) fn unversioned<S: Clone + Send + Sync + 'static>() -> Router<S>
where
    People: FromRef<S>,
{
    elsewhere::router().merge(auth::unversioned())
}
