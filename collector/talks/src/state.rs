use std::pin::Pin;
use std::sync::Arc;

use attune_ground::http::{Problem, Rates};
use attune_ground::store::{Store, Write};
use attune_ground::{GroundError, Source};
use attune_people::People;
use attune_protocol::ids::PersonId;
use attune_protocol::policy::{Audience, Data, Profile, Purpose};
use attune_protocol::seal::SealKey;

use crate::answering::Answering;
use crate::companion::Help;
use crate::error::TalksError;
use crate::live::Lives;
use crate::places::Places;
use crate::reader::Reader;
use crate::rooms::Rooms;

/// What is set for this subject.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Whether anybody may talk here without signing in.
    pub anonymous: bool,
    /// In which country the organisation is, as two letters; empty where that is not said.
    pub country: String,
    /// Answers of language models that somebody may ask for within a day.
    pub answers_a_day: u32,
    /// Where help is.
    pub help: Help,
}

/// Told in the transaction in which a sign of danger is written, behind the lock of its person: of whom, by what it is told from others,
/// and when it was written, Unix milliseconds. Gives whether there is anybody who is told to get in touch.
pub type Danger = for<'a> fn(&'a mut Write, PersonId, [u8; 16], i64) -> Calling<'a>;

/// Whether anybody is told, once that is known.
pub type Calling<'a> = Pin<Box<dyn Future<Output = Result<bool, GroundError>> + Send + 'a>>;

/// What the handlers and the jobs of this subject need.
#[derive(Clone, Debug)]
pub struct Talks(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    people: People,
    settings: Settings,
    reader: Reader,
    model: Option<Arc<dyn Answering>>,
    danger: Option<Danger>,
    lives: Arc<Lives>,
    places: Arc<Places>,
    rooms: Arc<Rooms>,
    /// How often somebody who is not signed in may write from one address.
    strangers: Rates<Source>,
}

impl Talks {
    /// Everything that it needs: who answers besides the built-in companion, of whoever agrees to that, and who is told of danger, of whom its
    /// person chose for that.
    #[must_use]
    pub fn new(
        people: People,
        settings: Settings,
        reader: Reader,
        model: Option<Arc<dyn Answering>>,
        danger: Option<Danger>,
    ) -> Self {
        Self(Arc::new(Inner {
            people,
            settings,
            reader,
            model,
            danger,
            lives: Arc::default(),
            places: Arc::default(),
            rooms: Arc::default(),
            strangers: Rates::default(),
        }))
    }

    pub(crate) fn store(&self) -> &Store {
        self.0.people.store()
    }

    pub(crate) fn people(&self) -> &People {
        &self.0.people
    }

    pub(crate) fn settings(&self) -> &Settings {
        &self.0.settings
    }

    pub(crate) fn reader(&self) -> &Reader {
        &self.0.reader
    }

    /// The language model, where there is one and it may be asked at all, by the profile.
    pub(crate) fn model(&self) -> Option<&Arc<dyn Answering>> {
        let rule = self.people().matrix().rule(Audience::LanguageModel, Purpose::Analysis, Data::Text);
        self.0.model.as_ref().filter(|_| rule.decision.leaves_the_device())
    }

    pub(crate) fn danger(&self) -> Option<Danger> {
        self.0.danger
    }

    pub(crate) fn lives(&self) -> &Arc<Lives> {
        &self.0.lives
    }

    pub(crate) fn places(&self) -> &Arc<Places> {
        &self.0.places
    }

    pub(crate) fn rooms(&self) -> &Arc<Rooms> {
        &self.0.rooms
    }

    pub(crate) fn strangers(&self) -> &Rates<Source> {
        &self.0.strangers
    }

    /// Whether a report is made and shown to HR by itself once somebody leaves a room, as OpenSoft does it: under `research` alone, whose
    /// people took part in a study.
    pub(crate) fn reports_by_itself(&self) -> bool {
        self.people().profile() == Profile::Research
    }

    /// Lets pass where what people write in talks may be kept at all, by the profile.
    ///
    /// # Errors
    /// 403, naming the rule.
    pub(crate) fn check_kept(&self) -> Result<(), Problem> {
        let matrix = self.people().matrix();
        let rule = matrix.rule(Audience::Store, Purpose::OwnView, Data::Text);
        if rule.decision.leaves_the_device() {
            return Ok(());
        }
        let (profile, id, says) = (matrix.profile, rule.id, rule.says);
        Err(Problem::forbidden(format!("nobody talks here under the profile {profile}, by the rule {id}: {says}")))
    }

    /// Whether HR may see a report that its person released.
    pub(crate) fn may_release(&self) -> bool {
        let rule = self.people().matrix().rule(Audience::Hr, Purpose::Personnel, Data::Report);
        rule.decision.leaves_the_device()
    }

    /// The key of a person; none of whom it is destroyed or does not open.
    ///
    /// # Errors
    /// When the keys cannot be read.
    pub(crate) async fn key_of(&self, person: PersonId) -> Result<Option<Arc<SealKey>>, TalksError> {
        match self.people().keys().of(person).await {
            Err(GroundError::Erased | GroundError::Damaged(_)) => Ok(None),
            key => Ok(Some(key?)),
        }
    }
}
