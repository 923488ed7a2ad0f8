use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use attune_ground::http::Problem;
use attune_ground::http::body::Bodies;
use attune_ground::keys::{OwnKeys, PersonKeys};
use attune_ground::retention::{Aging, Limits};
use attune_ground::store::Store;
use attune_ground::{Bell, History, Holdings, Moved};
use attune_protocol::ids::PersonId;
use attune_protocol::policy::{Matrix, Papers, Profile};
use jiff::tz::TimeZone;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::mail::{LookAgain, Post};
use crate::password::Hasher;
use crate::provider::Provider;
use crate::required::Required;
use crate::rights::Table;
use crate::watching::{Refusals, Watching};

/// What is set for this subject.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// The profile in force.
    pub profile: Profile,
    /// Whether people make accounts for themselves.
    pub registration: bool,
    /// How long each class is kept.
    pub limits: Limits,
}

/// A setting as an administrator is shown it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct InForce {
    /// Its name, as in the file of settings.
    pub key: String,
    /// Its value, without what is secret in it.
    pub value: String,
    /// Where it comes from.
    pub origin: String,
}

/// What the program knows of itself, for who runs it.
#[derive(Clone, Default, Debug)]
pub struct Surroundings {
    /// The folder in which it says where it is reached.
    pub state: PathBuf,
    /// URL of the broker, as it is set.
    pub broker: String,
    /// The settings that are in force.
    pub settings: Vec<InForce>,
}

/// Archives that are made at a time: each takes a thread and half a mebibyte, and may wait for who takes it.
const AT_A_TIME: usize = 32;

/// Lets one archive of each person be made at a time, and of all only some: who does not take theirs keeps nobody else waiting.
#[derive(Clone, Debug)]
pub(crate) struct Archives {
    all: Arc<Semaphore>,
    of: Arc<Mutex<BTreeSet<PersonId>>>,
}

/// That an archive may be made, until it is dropped.
#[derive(Debug)]
pub(crate) struct Making {
    person: PersonId,
    of: Arc<Mutex<BTreeSet<PersonId>>>,
    _permit: OwnedSemaphorePermit,
}

impl Default for Archives {
    fn default() -> Self {
        Self { all: Arc::new(Semaphore::new(AT_A_TIME)), of: Arc::default() }
    }
}

impl Archives {
    /// Lets an archive of somebody be made.
    ///
    /// # Errors
    /// 503 while another of theirs is made, or as many as may be.
    pub(crate) fn begin(&self, person: PersonId) -> Result<Making, Problem> {
        let permit = Arc::clone(&self.all).try_acquire_owned();
        let permit = permit.map_err(|_| Problem::busy("as many archives are made as may be; try again in a minute"))?;
        match self.of.lock().unwrap_or_else(PoisonError::into_inner).insert(person) {
            true => Ok(Making { person, of: Arc::clone(&self.of), _permit: permit }),
            false => Err(Problem::busy(
                "an archive of yours is made already: take it, or end its download and try again in a minute",
            )),
        }
    }
}

impl Drop for Making {
    fn drop(&mut self) {
        self.of.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.person);
    }
}

/// What the handlers of this subject need.
#[derive(Clone, Debug)]
pub struct People {
    pub(crate) store: Store,
    pub(crate) keys: PersonKeys,
    pub(crate) own: Arc<OwnKeys>,
    pub(crate) bodies: Bodies,
    pub(crate) history: Arc<[History]>,
    pub(crate) aging: Arc<[Aging]>,
    pub(crate) holdings: Arc<[Holdings]>,
    pub(crate) settings: Settings,
    /// What the organisation has on record.
    pub(crate) papers: Papers,
    /// The table of rights, where the program has one.
    pub(crate) rights: Option<Arc<Table>>,
    pub(crate) archives: Archives,
    /// Where devices reach the broker.
    pub(crate) broker: Arc<str>,
    pub(crate) hasher: Hasher,
    pub(crate) required: Required,
    pub(crate) surroundings: Arc<Surroundings>,
    /// Where mail goes out, where any does.
    pub(crate) post: Option<Post>,
    /// What is looked at again before a mail goes that an alert waits; none where nothing is known of alerts.
    pub(crate) look_again: Option<LookAgain>,
    /// The organisation's zone: of who has chosen none, and of what is of nobody.
    pub(crate) zone: TimeZone,
    /// Whether its people are made up, which pages say.
    pub(crate) made_up: bool,
    /// With whom people sign in, too.
    pub(crate) provider: Option<Arc<Provider>>,
    /// What subjects do where somebody chooses another zone.
    pub(crate) moved: Arc<[Moved]>,
    /// How subjects count what waits for somebody.
    pub(crate) bells: Arc<[Bell]>,
    /// From how much on use is told to who watches over it.
    pub(crate) watching: Watching,
    pub(crate) refusals: Refusals,
    /// Held by who removes the rows of somebody who was erased.
    pub(crate) erasing: Arc<tokio::sync::Mutex<()>>,
}

impl People {
    /// On a database and its keys. `history` is of the subjects that keep something of a person over time.
    #[must_use]
    pub fn new(
        (store, keys, own): (Store, PersonKeys, Arc<OwnKeys>),
        bodies: Bodies,
        history: &[History],
        settings: Settings,
    ) -> Self {
        let (hasher, required) = (Hasher::default(), Required::default());
        Self {
            store,
            keys,
            own,
            bodies,
            history: history.into(),
            aging: Arc::default(),
            holdings: Arc::default(),
            rights: None,
            archives: Archives::default(),
            broker: "mqtt://ADDRESS".into(),
            settings,
            papers: Papers::default(),
            hasher,
            required,
            erasing: Arc::default(),
            surroundings: Arc::default(),
            post: None,
            look_again: None,
            zone: TimeZone::UTC,
            made_up: false,
            provider: None,
            moved: Arc::default(),
            bells: Arc::default(),
            watching: Watching::default(),
            refusals: Refusals::default(),
        }
    }

    /// With what the organisation has on record, which policy asks for.
    #[must_use]
    pub fn on_record(self, papers: Papers) -> Self {
        Self { papers, ..self }
    }

    /// In the organisation's zone.
    #[must_use]
    pub fn in_zone(self, zone: TimeZone) -> Self {
        Self { zone, ..self }
    }

    /// With what subjects do where somebody chooses another zone.
    #[must_use]
    pub fn moving(self, moved: &[Moved]) -> Self {
        Self { moved: moved.into(), ..self }
    }

    /// With how subjects count what waits for somebody, which every page then says.
    #[must_use]
    pub fn ringing(self, bells: &[Bell]) -> Self {
        Self { bells: bells.into(), ..self }
    }

    /// With from how much on use of what is kept of people is told to who watches over it.
    #[must_use]
    pub fn watching(self, watching: Watching) -> Self {
        Self { watching, ..self }
    }

    /// With people who are made up, which pages then say.
    #[must_use]
    pub fn made_up(self, made_up: bool) -> Self {
        Self { made_up, ..self }
    }

    /// With what the program knows of itself.
    #[must_use]
    pub fn within(self, surroundings: Surroundings) -> Self {
        Self { surroundings: Arc::new(surroundings), ..self }
    }

    /// With where mail goes out, if any does.
    #[must_use]
    pub fn mailing(self, post: Option<Post>) -> Self {
        Self { post, ..self }
    }

    /// With what is looked at again before a mail goes that an alert waits.
    #[must_use]
    pub fn looking_again(self, look_again: LookAgain) -> Self {
        Self { look_again: Some(look_again), ..self }
    }

    /// With an identity provider, where there is one, with which people sign in, too.
    #[must_use]
    pub fn beside(self, provider: Option<Provider>) -> Self {
        Self { provider: provider.map(Arc::new), ..self }
    }

    /// With what subjects keep of people, this one among them.
    #[must_use]
    pub fn holding(self, holdings: &[Holdings]) -> Self {
        Self { holdings: holdings.into(), ..self }
    }

    /// With how subjects let go of what is too old.
    #[must_use]
    pub fn letting_go(self, aging: &[Aging]) -> Self {
        Self { aging: aging.into(), ..self }
    }

    /// With the table of rights, to be shown.
    #[must_use]
    pub fn ruled_by(self, rights: Table) -> Self {
        Self { rights: Some(Arc::new(rights)), ..self }
    }

    /// With where devices reach the broker, a URL.
    #[must_use]
    pub fn reached_at(self, broker: &str) -> Self {
        Self { broker: broker.into(), ..self }
    }

    /// On a database of tests, where people make accounts for themselves.
    #[cfg(test)]
    pub(crate) fn on(database: &attune_ground::testing::Database, history: &[History]) -> Self {
        let settings =
            Settings { profile: Profile::Research, registration: true, limits: Limits::built_in(Profile::Research) };
        let keys = (database.store.clone(), database.people.clone(), Arc::clone(&database.own));
        Self::new(keys, Bodies::default(), history, settings)
    }

    /// What bodies of requests are taken in with.
    #[must_use]
    pub const fn bodies(&self) -> &Bodies {
        &self.bodies
    }

    /// The jurisdiction profile in force.
    #[must_use]
    pub const fn profile(&self) -> Profile {
        self.settings.profile
    }

    /// The matrix in force: of the profile, and of what is on record.
    #[must_use]
    pub const fn matrix(&self) -> Matrix {
        Matrix { profile: self.settings.profile, papers: self.papers }
    }

    /// The database.
    #[must_use]
    pub const fn store(&self) -> &Store {
        &self.store
    }

    /// Data keys of people.
    #[must_use]
    pub const fn keys(&self) -> &PersonKeys {
        &self.keys
    }

    /// The collector's own keys.
    #[must_use]
    pub const fn own(&self) -> &Arc<OwnKeys> {
        &self.own
    }

    /// Whether everybody signs in.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn sign_in_required(&self) -> Result<bool, crate::PeopleError> {
        self.required.ask(&self.store).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_archive_that_nobody_takes_keeps_its_own_person_waiting_and_no_other() {
        let archives = Archives::default();
        let untaken: Vec<Making> =
            (1..=4).map(|person| archives.begin(PersonId([person; 16])).expect("each may have one")).collect();
        assert_eq!(archives.begin(PersonId([1; 16])).expect_err("hers is made").status, 503);
        let other = archives.begin(PersonId([9; 16]));
        assert!(other.is_ok(), "another's is no matter");
        drop(untaken);
        assert!(archives.begin(PersonId([1; 16])).is_ok(), "once it is taken");
    }

    #[test]
    fn archives_are_bounded_in_all() {
        let archives = Archives::default();
        let person = |number: usize| PersonId([u8::try_from(number).expect("few"); 16]);
        let all: Vec<Making> =
            (0..AT_A_TIME).map(|number| archives.begin(person(number)).expect("there is room")).collect();
        assert_eq!(archives.begin(person(AT_A_TIME)).expect_err("too many").status, 503);
        drop(all);
    }
}
