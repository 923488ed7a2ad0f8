//! What all connections share.

use std::sync::Arc;

use attune_ground::http::Greeter;
use tokio::sync::{Semaphore, mpsc, watch};

use super::bucket::Line;
use super::counts::{Counters, GateCounts};
use super::crowd::Crowd;
use super::letter::Letter;
use super::limits::Limits;
use super::present::Present;
use super::routes::Routes;
use super::standing::Register;

pub(crate) struct Shared {
    pub(crate) limits: Limits,
    pub(crate) crowd: Arc<Crowd>,
    pub(crate) counters: Counters,
    pub(crate) routes: Routes,
    pub(crate) present: Present,
    /// What is known of devices.
    pub(crate) register: Box<dyn Register>,
    /// How clients are greeted; none where the way to them is not encrypted.
    pub(crate) greeter: Option<Greeter>,
    pub(crate) stranger_packets: Line,
    pub(crate) stranger_bytes: Line,
    pub(crate) packets: Line,
    pub(crate) bytes: Line,
    pub(crate) large_bodies: Arc<Semaphore>,
    /// To the broker, from devices that are known.
    pub(crate) known: mpsc::Sender<Letter>,
    /// To the broker, from everybody else.
    pub(crate) strangers: mpsc::Sender<Letter>,
    /// Whether the broker is there.
    pub(crate) up: watch::Receiver<bool>,
}

impl Shared {
    pub(crate) fn new(
        limits: Limits,
        (register, greeter): (Box<dyn Register>, Option<Greeter>),
        [known, strangers]: [mpsc::Sender<Letter>; 2],
        up: watch::Receiver<bool>,
    ) -> Self {
        Self {
            crowd: Crowd::new(limits.clone()),
            counters: Counters::default(),
            routes: Routes::default(),
            present: Present::default(),
            register,
            greeter,
            stranger_packets: Line::new(limits.stranger_packets),
            stranger_bytes: Line::new(limits.stranger_bytes),
            packets: Line::new(limits.packets),
            bytes: Line::new(limits.bytes),
            large_bodies: Arc::new(Semaphore::new(Limits::LARGE_BODIES)),
            limits,
            known,
            strangers,
            up,
        }
    }

    pub(crate) fn counts(&self) -> GateCounts {
        let (connections, known) = self.crowd.count();
        self.counters.read(connections, known)
    }
}
