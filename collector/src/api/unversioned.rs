use axum::Router;
use axum::routing::{get, post};

use super::ApiState;
use crate::{analyze, health, models, preferences, sessions, stats};

/// The paths without a version that clients of other systems call. Fields that are not known here are ignored, and named
/// in the answer's `warnings`.
pub(super) fn unversioned() -> Router<ApiState> {
    Router::new()
        .route("/analyze", post(analyze::routes::analyze_leniently))
        .route("/sessions", get(sessions::routes::list))
        .route("/session/{id}", get(sessions::routes::one))
        .route("/stats", get(stats::routes::stats))
        .route("/preferences", post(preferences::routes::change_leniently))
        .route("/preferences/{user_id}", get(preferences::routes::show))
        .route("/health", get(health::health))
        .route("/models", get(models::models))
        .route("/metrics", get(stats::routes::metrics))
}
