use std::fmt;
use std::pin::Pin;

use axum::Router;
use serde_json::Value;
use tokio::sync::watch;
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

/// Work of a subject that goes on as long as the program runs. One that ends before takes the program with it.
pub struct Job {
    /// Its name, for messages.
    pub name: &'static str,
    /// What is done.
    pub work: Pin<Box<dyn Future<Output = ()> + Send>>,
}

impl Job {
    /// A job under a name; it ends when it is told to stop.
    pub fn new(name: &'static str, work: impl Future<Output = ()> + Send + 'static) -> Self {
        Self { name, work: Box::pin(work) }
    }
}

impl fmt::Debug for Job {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Job").field(&self.name).finish()
    }
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
    /// What it does all the time, until it is told to stop.
    pub jobs: fn(&S, &watch::Receiver<bool>) -> Vec<Job>,
}

/// A subject that brings nothing.
impl<S: Clone + Send + Sync + 'static> Default for Subject<S> {
    fn default() -> Self {
        Self {
            migrations: None,
            routes: OpenApiRouter::new,
            unversioned: Router::new,
            describe: |_| {},
            assets: &[],
            jobs: |_, _| Vec::new(),
        }
    }
}
