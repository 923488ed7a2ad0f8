use std::num::NonZeroUsize;
use std::sync::Arc;

use attune_ground::http::Problem;
use attune_ground::store::Store;
use attune_people::People;
use attune_protocol::policy::{Audience, Data, Matrix, Purpose};
use tokio::sync::Notify;

use crate::reader::{NETWORK, Reader};
use crate::senders::Receivers;
use crate::turn::Turn;

/// What is set for this subject.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Whether people may have their texts kept.
    pub keep_text: bool,
    /// Where help is found, a sentence each, for who writes as if they were in danger.
    pub help: Vec<String>,
    /// Days for which messages are kept: one that is older when it comes is not taken in.
    pub days: u16,
    /// Texts that are read at a time.
    pub threads: NonZeroUsize,
}

/// What the handlers and the job of this subject need.
#[derive(Clone, Debug)]
pub struct Messages(Arc<Inner>, Receivers);

#[derive(Debug)]
struct Inner {
    people: People,
    settings: Settings,
    reader: Option<Reader>,
    came: Notify,
    turn: Turn,
}

impl Messages {
    /// Everything that it needs. Where nothing reads texts, no messages are taken in.
    #[must_use]
    pub fn new(people: People, settings: Settings, reader: Option<Reader>) -> Self {
        Self(
            Arc::new(Inner { people, settings, reader, came: Notify::new(), turn: Turn::default() }),
            Receivers::default(),
        )
    }

    /// With the programs that may hand messages in by themselves.
    #[must_use]
    pub fn receiving(self, receivers: Receivers) -> Self {
        Self(self.0, receivers)
    }

    pub(crate) fn receivers(&self) -> &Receivers {
        &self.1
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

    pub(crate) fn reader(&self) -> Option<&Reader> {
        self.0.reader.as_ref()
    }

    /// By what it is known which weights read here; none are where nothing reads.
    pub(crate) fn network(&self) -> [u8; NETWORK] {
        self.reader().map(Reader::network).unwrap_or_default()
    }

    /// Whose messages were read last here.
    pub(crate) fn turn(&self) -> &Turn {
        &self.0.turn
    }

    /// Rung once messages have come, so that nobody waits for the next look.
    pub(crate) fn came(&self) -> &Notify {
        &self.0.came
    }

    /// Lets pass where messages may be taken in and analysed at all: by the profile, and by what the organisation has on record.
    ///
    /// # Errors
    /// 403, naming the rule.
    pub(crate) fn check_taken_in(&self) -> Result<(), Problem> {
        match barred(self.people().matrix()) {
            Some(why) => Err(Problem::forbidden(why)),
            None if self.reader().is_none() => Err(Problem::forbidden(NO_READER)),
            None => Ok(()),
        }
    }
}

/// Why no messages are taken in where nothing reads them.
pub(crate) const NO_READER: &str =
    "messages are not taken in: among the networks of this collector (models) there is none that reads text";

/// Why messages are not taken in, where a rule says so.
pub(crate) fn barred(matrix: Matrix) -> Option<String> {
    let rule = matrix.rule(Audience::Store, Purpose::Wellbeing, Data::Text);
    let says = || {
        let (profile, id, says) = (matrix.profile, rule.id, rule.says);
        format!("messages are not taken in under the profile {profile}, by the rule {id}: {says}")
    };
    (!rule.decision.leaves_the_device()).then(says)
}
