use axum::Router;
use serde_json::Value;
use utoipa_axum::router::OpenApiRouter;

use crate::store::Migrations;

/// A file that pages are made of, served at `/assets/` and its name. It is part of the program.
#[derive(Clone, Copy, Debug)]
pub struct Asset {
    /// Its name, unique over all subjects.
    pub name: &'static str,
    /// Its content type.
    pub kind: &'static str,
    /// Its bytes.
    pub content: &'static [u8],
}

/// What a subject brings to the program, whose state is `S`. The program plugs each in at one line.
pub struct Subject<S> {
    /// Its tables.
    pub migrations: Option<&'static Migrations>,
    /// Its routes under `/api/v1`, with their description.
    pub routes: fn() -> OpenApiRouter<S>,
    /// Its paths without a version, which clients of other systems call.
    pub unversioned: fn() -> Router<S>,
    /// Adds to the OpenAPI document what the types do not say.
    pub describe: fn(&mut Value),
    /// What its pages are made of.
    pub assets: &'static [Asset],
}

/// A subject that brings nothing.
impl<S: Clone + Send + Sync + 'static> Default for Subject<S> {
    fn default() -> Self {
        Self { migrations: None, routes: OpenApiRouter::new, unversioned: Router::new, describe: |_| {}, assets: &[] }
    }
}
