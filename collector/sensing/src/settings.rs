use std::path::PathBuf;

use attune_protocol::policy::Profile;

use crate::broker::Broker;

/// What is set for this subject.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Folder of the database and the keys.
    pub state: PathBuf,
    /// The organisation's jurisdiction profile.
    pub profile: Profile,
    /// The MQTT broker.
    pub broker: Broker,
    /// Name under which several collectors share an external broker's messages; none: this one takes all.
    pub group: Option<String>,
    /// Analyses for clients of the API at a time.
    pub threads: usize,
    /// Requests that may wait for their turn; beyond, they are answered 503.
    pub queue: usize,
}
