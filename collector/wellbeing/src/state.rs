use std::sync::Arc;

use attune_ground::measures::Source;
use attune_ground::store::Store;
use attune_people::People;

/// What is set for this subject.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Settings {
    /// How many people a figure of a team is of at least: 5 or more.
    pub least_people: u32,
    /// Epsilon that one figure of a team costs each of its people, where noise is added.
    pub epsilon: Option<f64>,
}

/// What the handlers and jobs of this subject need.
#[derive(Clone)]
pub struct Wellbeing(Arc<Inner>);

struct Inner {
    store: Store,
    people: People,
    settings: Settings,
    sources: Vec<Source>,
}

impl Wellbeing {
    /// Everything that it needs; `sources` are all subjects that see something of people.
    #[must_use]
    pub fn new(store: Store, people: People, settings: Settings, sources: Vec<Source>) -> Self {
        Self(Arc::new(Inner { store, people, settings, sources }))
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

    pub(crate) fn sources(&self) -> &[Source] {
        &self.0.sources
    }
}
