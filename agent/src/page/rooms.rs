use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use attune_protocol::policy::Profile;
use attune_protocol::sign::PublicKey;

use crate::check_in::Answer;
use crate::config::{Config, Rhythm};
use crate::control::{Change, Control, Teller};
use crate::messages::Messages;
use crate::outbox::Outbox;
use crate::own::Own;
use crate::person::{self, Told};
use crate::uplink::Heard;

/// How long the agent's own loop may take to carry a decision out.
const PATIENCE: Duration = Duration::from_secs(5);

/// What the page shows, and by whom it has things done.
#[derive(Debug)]
pub struct Rooms {
    pub(super) state: PathBuf,
    /// The device's own profile.
    pub(super) profile: Profile,
    /// What its batches are signed with.
    pub(super) key: PublicKey,
    pub(super) own: Arc<Own>,
    pub(super) outbox: Arc<Outbox>,
    pub(super) heard: Arc<Heard>,
    /// When the person wants to be asked how they are.
    pub(super) rhythm: Rhythm,
    /// What is read of the person's messages.
    pub(super) messages: Messages,
    control: Arc<Control>,
    teller: Teller,
}

impl Rooms {
    /// Of an agent that runs.
    #[must_use]
    pub fn of(
        config: &Config,
        key: PublicKey,
        own: Arc<Own>,
        outbox: Arc<Outbox>,
        heard: Arc<Heard>,
        messages: Messages,
        (control, teller): (Arc<Control>, Teller),
    ) -> Self {
        let (state, profile) = (config.state.clone(), config.profile);
        let rhythm = Rhythm::of(&config.check_in).unwrap_or_default();
        Self { state, profile, key, own, outbox, heard, rhythm, messages, control, teller }
    }

    /// Has an answer kept; none where the agent did not say in time what became of it.
    pub(super) fn say(&self, answer: Answer) -> Option<Told> {
        let told = self.teller.ask(Vec::new(), Some(person::wish_of(answer)), PATIENCE)?;
        serde_json::from_str(&told).ok()
    }

    /// Waits until what was decided is in force, and says whether the agent told that it is.
    pub(super) fn carry_out(&self, changes: Vec<Change>) -> bool {
        self.control.forget();
        self.teller.ask(changes, None, PATIENCE).is_some()
    }
}
