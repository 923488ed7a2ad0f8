use std::sync::Arc;

use attune_ground::Releases;
use attune_ground::store::Store;
use attune_hr::Hr;
use attune_people::People;
use attune_protocol::seal::SealKey;
use attune_reports::{Logo, Organisation};
use attune_wellbeing::Wellbeing;
use tokio::sync::Semaphore;

/// What is set for this subject.
#[derive(Clone, PartialEq, Debug)]
pub struct Settings {
    /// Whose the reports are.
    pub organisation: Organisation,
    /// Its logo, where it has one.
    pub logo: Option<Logo>,
    /// Whether one is made of each day that is over.
    pub daily: bool,
    /// Days for which a report is kept.
    pub keep_days: u16,
    /// Of how many people at least a figure of a group is.
    pub least_people: u32,
}

impl Default for Settings {
    fn default() -> Self {
        let organisation = Organisation::default();
        Self { organisation, logo: None, daily: true, keep_days: 30, least_people: 10 }
    }
}

/// What the handlers and the jobs of this subject need.
#[derive(Clone)]
pub struct Reporting(Arc<Inner>);

struct Inner {
    people: People,
    hr: Hr,
    wellbeing: Wellbeing,
    settings: Settings,
    own: SealKey,
    making: Arc<Semaphore>,
    releases: Vec<Releases>,
}

impl Reporting {
    /// Everything that it needs.
    #[must_use]
    pub fn new(people: People, hr: Hr, wellbeing: Wellbeing, settings: Settings, releases: Vec<Releases>) -> Self {
        let (own, making) = (people.own().seal_key("reports"), Arc::new(Semaphore::new(1)));
        Self(Arc::new(Inner { people, hr, wellbeing, settings, own, making, releases }))
    }

    pub(crate) fn store(&self) -> &Store {
        self.0.people.store()
    }

    pub(crate) fn people(&self) -> &People {
        &self.0.people
    }

    pub(crate) fn hr(&self) -> &Hr {
        &self.0.hr
    }

    pub(crate) fn wellbeing(&self) -> &Wellbeing {
        &self.0.wellbeing
    }

    pub(crate) fn settings(&self) -> &Settings {
        &self.0.settings
    }

    /// The collectors' own key for what is of nobody by name.
    pub(crate) fn own(&self) -> &SealKey {
        &self.0.own
    }

    /// What people may release of other subjects.
    pub(crate) fn releases(&self) -> &[Releases] {
        &self.0.releases
    }

    /// Held by who makes one: typesetting takes a processor.
    pub(crate) fn making(&self) -> &Arc<Semaphore> {
        &self.0.making
    }
}
