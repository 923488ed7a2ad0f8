use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use attune_protocol::policy::Profile;
use attune_protocol::sign::PublicKey;

use crate::config::Config;
use crate::control::{Change, Control, Teller};
use crate::outbox::Outbox;
use crate::own::Own;
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
        control: Arc<Control>,
        teller: Teller,
    ) -> Self {
        Self { state: config.state.clone(), profile: config.profile, key, own, outbox, heard, control, teller }
    }

    /// Waits until what was decided is in force, and says whether the agent told that it is.
    pub(super) fn carry_out(&self, changes: Vec<Change>) -> bool {
        self.control.forget();
        self.teller.ask(changes, None, PATIENCE).is_some()
    }
}
