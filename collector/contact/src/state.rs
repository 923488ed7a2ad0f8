use std::sync::Arc;

use attune_ground::GroundError;
use attune_ground::store::Store;
use attune_people::People;
use attune_protocol::ids::PersonId;
use attune_protocol::policy::{Audience, Data, Purpose};
use attune_protocol::seal::SealKey;

use crate::error::ContactError;
use crate::kind::{Kind, Source};

/// What the handlers and the jobs of this subject need.
#[derive(Clone, Debug)]
pub struct Contact(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    people: People,
    sources: Vec<(Kind, Source)>,
}

impl Contact {
    /// Everything that it needs. People are offered reminders of what one of `sources` is of.
    #[must_use]
    pub fn new(people: People, sources: Vec<(Kind, Source)>) -> Self {
        Self(Arc::new(Inner { people, sources }))
    }

    pub(crate) fn store(&self) -> &Store {
        self.0.people.store()
    }

    pub(crate) fn people(&self) -> &People {
        &self.0.people
    }

    /// Of what people are offered reminders.
    pub(crate) fn offered(&self) -> impl Iterator<Item = Kind> {
        self.0.sources.iter().map(|(kind, _)| *kind)
    }

    /// By what it is known that somebody did it.
    pub(crate) fn source(&self, kind: Kind) -> Option<&Source> {
        self.0.sources.iter().find(|(of, _)| *of == kind).map(|(_, source)| source)
    }

    /// Whether HR may be told that reminders went unanswered.
    pub(crate) fn may_tell_hr(&self) -> bool {
        let rule = self.people().matrix().rule(Audience::Hr, Purpose::Personnel, Data::Unanswered);
        rule.decision.leaves_the_device()
    }

    /// The key of a person; none of whom it is destroyed or does not open.
    pub(crate) async fn key_of(&self, person: PersonId) -> Result<Option<Arc<SealKey>>, ContactError> {
        match self.people().keys().of(person).await {
            Err(GroundError::Erased | GroundError::Damaged(_)) => Ok(None),
            key => Ok(Some(key?)),
        }
    }
}
