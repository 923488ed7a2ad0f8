//! What the device says besides batches: what it follows, how it stands, and which key of the collector it pins.

use std::sync::PoisonError;
use std::time::Instant;

use attune_protocol::collector_key::{CollectorKeyTaken, NewCollectorKey};
use attune_protocol::heartbeat::Heartbeat;
use attune_protocol::ids::Seq;
use attune_protocol::topics;
use attune_protocol::unknown::Unknown;
use attune_protocol::wishes::Followed;
use data_encoding::HEXLOWER;
use rumqttc::{AsyncClient, QoS};
use tracing::{debug, info, warn};

use super::Worker;
use crate::control::Hold;

impl Worker {
    /// Tells the collector what is carried out of what the person switched off in the browser. It asks again where this is lost.
    pub(super) fn say_followed(&self, client: &AsyncClient) {
        let Some(number) = self.up.then(|| self.heard.take_followed()).flatten() else { return };
        let said = Followed { device: self.device, enrolment: self.outbox.enrolment(), number };
        let signed = said.encode(&self.key);
        if client.try_publish(topics::batches_of(self.device), QoS::AtLeastOnce, false, signed).is_err() {
            debug!("no room to say what is followed: it is asked for again");
        }
    }

    /// Says how this device stands, if it is time to and may be told, or that it goes off; gives whether it did. Nobody answers that,
    /// and it is kept nowhere: the next one says it better.
    pub(super) fn beat(&mut self, client: &AsyncClient, ends: bool) -> bool {
        let (pulse, now) = (self.counters.pulse.lock().unwrap_or_else(PoisonError::into_inner).clone(), Instant::now());
        let Some(pulse) = pulse.filter(|pulse| self.up && self.beats.is_due(pulse, now, ends)) else {
            return false;
        };
        // What was decided since is looked at anew, as before a batch.
        let paused = match self.control.hold() {
            Hold::Everything => return false,
            hold => hold == Hold::Records,
        };
        if paused != pulse.is_paused() || !self.control.agrees() {
            return false;
        }
        // Where it does not read, who sends what waits says so.
        let oldest = self.outbox.look(Seq(0), 1).unwrap_or_default();
        let heartbeat = Heartbeat {
            device: self.device,
            enrolment: self.outbox.enrolment(),
            epoch: self.outbox.epoch(),
            run: pulse.run,
            number: self.beats.next(),
            since_millis: pulse.since_millis,
            ends,
            waiting: u32::try_from(self.outbox.totals().items).unwrap_or(u32::MAX),
            oldest_millis: oldest.first().map(|oldest| oldest.kept_at),
            modalities: pulse.modalities.clone(),
        };
        let signed = heartbeat.encode(&self.key);
        let name = Unknown::name_of(&signed);
        if client.try_publish(topics::batches_of(self.device), QoS::AtLeastOnce, false, signed).is_err() {
            return false; // The queue is full: the connection is breaking, and the next one is told.
        }
        self.beats.told(&pulse, now);
        // A collector that does not know this device says so, as of a batch.
        self.flights.name(name);
        true
    }

    /// The collector has another key, as the one that is pinned says: it is pinned in its place, durably, before that is said.
    pub(super) fn exchanged(&mut self, bytes: &[u8]) {
        let said = NewCollectorKey::decode(bytes, &self.pin.key(), self.device, self.outbox.enrolment());
        let said = match said {
            Ok(said) => said,
            Err(problem) => return self.disbelieve(1, &problem.to_string()),
        };
        match self.pin.take(&said, self.clock.now().millis()) {
            Ok(is_another) => {
                if is_another {
                    info!(key = %HEXLOWER.encode(&said.key[..8]), "the collector's key was exchanged");
                    self.passwords.send_replace(self.pin.passwords(self.device, &self.key));
                }
                self.taken = Some(said.key);
            }
            Err(problem) => warn!(error = %problem, "the collector's new key could not be taken: it is told again"),
        }
    }

    /// Tells the collector which of its keys is pinned. It asks again where this is lost.
    pub(super) fn say_taken(&mut self, client: &AsyncClient) {
        let Some(key) = self.taken.filter(|_| self.up) else { return };
        let said = CollectorKeyTaken { device: self.device, enrolment: self.outbox.enrolment(), key };
        let signed = said.encode(&self.key);
        match client.try_publish(topics::batches_of(self.device), QoS::AtLeastOnce, false, signed) {
            Ok(()) => self.taken = None,
            Err(_) => debug!("no room to say which key of the collector is pinned: it is asked for again"),
        }
    }
}
