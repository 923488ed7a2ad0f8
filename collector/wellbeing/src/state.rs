use std::sync::Arc;

use attune_ground::measures::Source;
use attune_ground::store::Store;
use attune_people::People;

use crate::places::Places;

/// What is set for this subject.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Settings {
    /// How many people a figure of a team is of at least: 5 or more.
    pub least_people: u32,
    /// Epsilon that one figure of a team costs each of its people, where noise is added.
    pub epsilon: Option<f64>,
}

/// Where alerts of teams go besides the page.
#[derive(Clone, Default)]
pub struct Hooks {
    /// To this address, signed; none where none is set.
    pub webhook: Option<Webhook>,
    /// To this address in the form that Slack and what is like it take. Whoever knows it can write there: it is a secret.
    pub slack: Option<String>,
    /// Whether either may be on this machine.
    pub here: bool,
    /// Where people reach the collector, without a slash at the end.
    pub base: String,
}

/// A program that is told of alerts of teams.
#[derive(Clone)]
pub struct Webhook {
    /// Its address.
    pub url: String,
    /// With what each message to it is signed.
    pub secret: Vec<u8>,
}

/// What the handlers and jobs of this subject need.
#[derive(Clone)]
pub struct Wellbeing(Arc<Inner>, Arc<Hooks>);

struct Inner {
    store: Store,
    people: People,
    settings: Settings,
    sources: Vec<Source>,
    places: Arc<Places>,
}

impl Wellbeing {
    /// Everything that it needs; `sources` are all subjects that see something of people.
    #[must_use]
    pub fn new(store: Store, people: People, settings: Settings, sources: Vec<Source>) -> Self {
        Self(Arc::new(Inner { store, people, settings, sources, places: Arc::default() }), Arc::default())
    }

    /// With where alerts of teams go besides the page.
    #[must_use]
    pub fn telling(self, hooks: Hooks) -> Self {
        Self(self.0, Arc::new(hooks))
    }

    pub(crate) fn hooks(&self) -> &Hooks {
        &self.1
    }

    pub(crate) fn store(&self) -> &Store {
        &self.0.store
    }

    pub(crate) fn people(&self) -> &People {
        &self.0.people
    }

    pub(crate) fn settings(&self) -> Settings {
        self.0.settings
    }

    /// Who listens for changes of alerts.
    pub(crate) fn places(&self) -> &Arc<Places> {
        &self.0.places
    }

    pub(crate) fn sources(&self) -> &[Source] {
        &self.0.sources
    }
}
