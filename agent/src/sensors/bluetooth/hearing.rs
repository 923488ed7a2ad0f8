use std::time::Duration;

use attune_analysis::sample::{HeartSample, Timestamp};
use attune_analysis::tables::LiveHeart;
use attune_analysis::wearables::HeartRateProfile;
use btleplug::api::bleuuid::uuid_from_u16;
use uuid::Uuid;

use super::outlet::Given;
use crate::AgentError;

/// The layouts that fit a device that advertises these services, the best one first.
pub(super) fn fitting(_name: Option<&str>, services: &[Uuid]) -> Vec<&'static str> {
    if services.contains(&uuid_from_u16(0x180d)) { vec!["heart-rate-strap"] } else { Vec::new() }
}

/// What makes samples of the packets of one wearable.
pub(super) struct Hearing {
    profile: HeartRateProfile,
    live: LiveHeart,
    /// What was known when the connection was lost.
    rest: Vec<HeartSample>,
}

impl Hearing {
    pub(super) fn of(layout: &str) -> Result<Self, AgentError> {
        let _ = layout;
        Ok(Self { profile: HeartRateProfile::standard(), live: LiveHeart::default(), rest: Vec::new() })
    }

    pub(super) fn gives_heart(&self) -> bool {
        true
    }

    pub(super) fn gives_motion(&self) -> bool {
        false
    }

    /// How long its streams may take to begin.
    pub(super) fn warm_up(&self) -> Duration {
        Duration::ZERO
    }

    /// The characteristics that are subscribed to.
    pub(super) fn characteristics(&self) -> Vec<Uuid> {
        vec![uuid_from_u16(0x2a37)]
    }

    /// A connection begins.
    pub(super) fn begin(&mut self) {
        let rest = self.live.begin();
        self.rest.extend(rest);
    }

    /// What was heard and not given is not to be given any more.
    pub(super) fn forget(&mut self) {
        self.live = LiveHeart::default();
        self.rest.clear();
    }

    /// Takes a packet that came at an instant; whether it was one of this wearable's streams.
    pub(super) fn take(&mut self, characteristic: Uuid, packet: &[u8], at: Timestamp) -> bool {
        if !self.characteristics().contains(&characteristic) {
            return false;
        }
        match self.profile.decode(packet) {
            Ok(reading) => self.live.take(at, reading),
            Err(_) => self.live.unread(),
        }
        true
    }

    /// What is known at an instant.
    pub(super) fn given(&mut self, now: Timestamp) -> Given {
        let mut heart = std::mem::take(&mut self.rest);
        heart.extend(self.live.given(now));
        Given { heart, motion: Vec::new(), left_out: self.live.left_out() }
    }
}
