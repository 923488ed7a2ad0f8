use std::fmt;
use std::pin::Pin;

use attune_protocol::ids::PersonId;
use axum::Router;
use serde_json::Value;
use tokio::sync::watch;
use utoipa_axum::router::OpenApiRouter;

use crate::carried::Carried;
use crate::command::SubjectCommand;
use crate::holdings::{Holdings, Releases};
use crate::measures::Source;
use crate::retention::{Aging, History};
use crate::store::{Migrations, Store, Write};
use crate::{Foundation, GroundError};

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

/// How a subject puts its tables in order.
pub type Prepare = for<'a> fn(&'a Foundation) -> Prepared<'a>;

/// Done, once it is.
pub type Prepared<'a> = Pin<Box<dyn Future<Output = Result<(), GroundError>> + Send + 'a>>;

/// What a subject does about somebody whose days are another zone's from now on, inside the transaction in which that is chosen.
pub type Moved = for<'a> fn(&'a mut Write, PersonId) -> Prepared<'a>;

/// Whose alerts are counted: who has signed in with a browser, in the role that is on.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Listener {
    /// Who signed in.
    pub login: [u8; 16],
    /// The person that they are, where they are here as one who is sensed.
    pub person: Option<PersonId>,
    /// For which teams they answer in that role.
    pub teams: Answering,
}

/// For which teams somebody answers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Answering {
    /// For none.
    ForNone,
    /// For those that they lead.
    ForLed,
    /// For all.
    ForAll,
}

/// How a subject counts what waits for somebody.
#[derive(Clone, Copy, Debug)]
pub struct Bell {
    /// The page where that is.
    pub place: &'static str,
    /// A few cheap questions, as every page asks them.
    pub count: for<'a> fn(&'a Store, &'a Listener) -> Ringing<'a>,
}

/// How much waits, once it is counted.
pub type Ringing<'a> = Pin<Box<dyn Future<Output = Result<u64, GroundError>> + Send + 'a>>;

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
    /// Puts in order what earlier versions left, each time that the program starts and before anything else of any subject
    /// runs.
    pub prepare: Option<Prepare>,
    /// How what it keeps of people over time is deleted, where it keeps something.
    pub history: Option<History>,
    /// How it lets go of what is older than the organisation keeps it, by class.
    pub aging: &'static [Aging],
    /// What it keeps of people, where it keeps something: taken out, erased and counted.
    pub holdings: Option<Holdings>,
    /// What it sees of people, where it sees something that is rolled up.
    pub measures: Option<Source>,
    /// What it does where somebody chooses another zone, where it keeps something by their days.
    pub moved: Option<Moved>,
    /// How it counts what waits for somebody, where something does.
    pub bell: Option<Bell>,
    /// What people may release of it to HR, where they may release something.
    pub releases: Option<Releases>,
    /// What becomes of it behind a restore and under another master key, where something does.
    pub carried: Option<Carried>,
    /// Its routes under `/api/v1`, with their description.
    pub routes: fn() -> OpenApiRouter<S>,
    /// Its paths without a version, which clients of other systems call.
    pub unversioned: fn() -> Router<S>,
    /// Its pages, for browsers. The one at `/` is for who prefers HTML; the program answers everybody else there.
    pub pages: fn() -> Router<S>,
    /// Adds to the OpenAPI document what the types do not say.
    pub describe: fn(&mut Value),
    /// What its pages are made of.
    pub assets: &'static [Asset],
    /// What it does all the time, until it is told to stop.
    pub jobs: fn(&S, &watch::Receiver<bool>) -> Vec<Job>,
    /// What it adds to the program's command line.
    pub commands: fn() -> Vec<SubjectCommand>,
}

/// A subject that brings nothing.
impl<S: Clone + Send + Sync + 'static> Default for Subject<S> {
    fn default() -> Self {
        Self {
            migrations: None,
            prepare: None,
            history: None,
            aging: &[],
            holdings: None,
            measures: None,
            moved: None,
            bell: None,
            releases: None,
            carried: None,
            routes: OpenApiRouter::new,
            unversioned: Router::new,
            pages: Router::new,
            describe: |_| {},
            assets: &[],
            jobs: |_, _| Vec::new(),
            commands: Vec::new,
        }
    }
}
