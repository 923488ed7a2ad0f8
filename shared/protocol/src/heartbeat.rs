//! A device says that it is there and how it stands, so that a device which is off is told from one without a connection.
//!
//! A batch of what was sensed, which verified, is as good a sign of life: while such come, a heartbeat comes for what they do not tell,
//! as that a run begins and ends, that a state changed, and now and then in case one was lost.
//!
//! It holds what its records tell window by window, and no more: of each modality why nothing of it is sensed now, if so, and the
//! newest window that was kept. Reasons that say something of the person, as that no face is seen, are left to records: a heartbeat
//! may come sooner than they do. That a device is on says something of its person all the same. So a device says it only while its person
//! agrees that something it senses goes to the collector; at the beginning of a pause once, that it is paused, and then nothing until
//! the pause is over; and the collector keeps the last one only.
//!
//! It is signed by the device, of one enrolment of it. It rises with every start of the device's program, and within one with every
//! heartbeat: one that is shown again, or held back until a later one has come, changes nothing. It is not answered, and it waits in
//! no outbox: the next one says it better. That a broker says that a connection is gone is no word of the device, and is not believed.

use serde::{Deserialize, Serialize};

use crate::ProtocolError;
use crate::envelope::{self, Kind};
use crate::ids::{DeviceId, Epoch};
use crate::record::Gap;
use crate::registry::Modality;
use crate::sign::{self, KeyPair, PublicKey};
use crate::window::Window;

/// How long a device that is connected lets the collector hear nothing of it, milliseconds: neither a heartbeat nor a batch of what was
/// sensed that was stored.
pub const EVERY_MILLIS: i64 = 300_000;
/// However many batches come, a device says how it stands after so long: its last word may not have been kept. Milliseconds.
pub const AT_LATEST_MILLIS: i64 = 3_600_000;
/// Of whom nothing was heard for so long is silent: two heartbeats and a half, so that one may be lost on its way. Milliseconds.
pub const SILENT_AFTER_MILLIS: i64 = 750_000;

/// Signed by a device.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Heartbeat {
    /// Who says so.
    pub device: DeviceId,
    /// The enrolment for which it does.
    pub enrolment: u32,
    /// Its outbox, by whose book of consent it is decided whether it is kept.
    pub epoch: Epoch,
    /// Rises with each start of the device's program: the second of its start, or one more than at the start before where the clock
    /// was set back.
    pub run: u32,
    /// Counts the heartbeats of the run, from 1.
    pub number: u32,
    /// Since when the program runs, by the device's clock, Unix milliseconds.
    pub since_millis: i64,
    /// Whether it goes off: it was stopped in order, and says nothing more in this run.
    pub ends: bool,
    /// How many items wait in the outbox.
    pub waiting: u32,
    /// When the oldest of them was kept, by the device's clock, Unix milliseconds.
    pub oldest_millis: Option<i64>,
    /// What it is to sense, each modality once.
    pub modalities: Vec<Sensing>,
}

/// How sensing one modality stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Sensing {
    /// Which.
    pub modality: Modality,
    /// Why nothing of it is sensed now, or less than should be, if so.
    pub gap: Option<Gap>,
    /// The newest window of it that was kept.
    pub newest: Option<Window>,
}

impl Sensing {
    /// A modality with what may be said of it here.
    #[must_use]
    pub fn of(modality: Modality, gap: Option<Gap>, newest: Option<Window>) -> Self {
        Self { modality, gap: gap.filter(|gap| !is_of_person(*gap)), newest }
    }
}

impl Heartbeat {
    /// Order in which heartbeats of one enrolment come.
    #[must_use]
    pub const fn place(&self) -> (u32, u32) {
        (self.run, self.number)
    }

    /// Whether its person has paused all sensing.
    #[must_use]
    pub fn is_paused(&self) -> bool {
        self.modalities.iter().any(|sensing| sensing.gap == Some(Gap::Paused))
    }

    /// Header and body, as they are signed; so a collector keeps it.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        envelope::encode(Kind::Heartbeat, self)
    }

    /// The other way.
    ///
    /// # Errors
    /// When the bytes are no such message, a modality stands twice or is not sensed, or a reason says something of the person.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ProtocolError> {
        let read: Self = envelope::decode(bytes, Kind::Heartbeat)?;
        let broken = |rule| Err(ProtocolError::Rule { kind: Kind::Heartbeat, rule });
        let of = |modality: Modality| read.modalities.iter().filter(|sensing| sensing.modality == modality).count();
        if read.modalities.iter().any(|sensing| !sensing.modality.is_sensed() || of(sensing.modality) > 1) {
            return broken("each modality that is sensed stands in it once");
        }
        if read.modalities.iter().filter_map(|sensing| sensing.gap).any(is_of_person) {
            return broken("no reason says anything of the person");
        }
        Ok(read)
    }

    /// Encodes and signs with the device's key.
    #[must_use]
    pub fn encode(&self, key: &KeyPair) -> Vec<u8> {
        key.sign(self.to_bytes())
    }

    /// Verifies and decodes what a device sent.
    ///
    /// # Errors
    /// When the signature is not of `key`, it is of another device, or as [`Self::from_bytes`] says.
    pub fn decode(signed: &[u8], key: &PublicKey, device: DeviceId) -> Result<Self, ProtocolError> {
        let read = Self::from_bytes(sign::verify(signed, key)?)?;
        match read.device == device {
            true => Ok(read),
            false => Err(ProtocolError::Rule { kind: Kind::Heartbeat, rule: "it is of the device that signed it" }),
        }
    }
}

/// Whether a reason says something of the person, and not of the device or of what they decided.
const fn is_of_person(gap: Gap) -> bool {
    matches!(gap, Gap::NoFace | Gap::NoVoice | Gap::NotWorn | Gap::AnotherFace | Gap::SeveralFaces)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DEVICE: DeviceId = DeviceId([1; 16]);

    fn said(modalities: Vec<Sensing>) -> Heartbeat {
        Heartbeat {
            device: DEVICE,
            enrolment: 2,
            epoch: Epoch(5),
            run: 7,
            number: 1,
            since_millis: 1_700_000_000_000,
            ends: false,
            waiting: 3,
            oldest_millis: Some(1_699_999_000_000),
            modalities,
        }
    }

    #[test]
    fn a_heartbeat_counts_only_as_its_device_has_signed_it() {
        let key = KeyPair::generate();
        let of = |modality| Sensing::of(modality, Some(Gap::InUse), Some(Window(170_000_000)));
        let said = said(Modality::SENSED.map(of).to_vec());
        let signed = said.encode(&key);
        assert!(signed.len() <= 192, "{} bytes", signed.len());
        assert_eq!(Heartbeat::decode(&signed, &key.public(), DEVICE), Ok(said));
        assert_eq!(Heartbeat::decode(&signed, &KeyPair::generate().public(), DEVICE), Err(ProtocolError::Signature));
        assert!(Heartbeat::decode(&signed, &key.public(), DeviceId([2; 16])).is_err(), "another device's");
        for place in 0..signed.len() {
            let mut changed = signed.clone();
            changed[place] ^= 1;
            assert!(Heartbeat::decode(&changed, &key.public(), DEVICE).is_err(), "byte {place}");
        }
    }

    #[test]
    fn a_heartbeat_says_nothing_of_how_or_where_the_person_is() {
        for gap in [Gap::NoFace, Gap::NoVoice, Gap::NotWorn, Gap::AnotherFace, Gap::SeveralFaces] {
            assert_eq!(Sensing::of(Modality::Face, Some(gap), None).gap, None, "it is left to records");
            let told = said(vec![Sensing { modality: Modality::Face, gap: Some(gap), newest: None }]);
            assert!(Heartbeat::from_bytes(&told.to_bytes()).is_err(), "and taken from nobody");
        }
        assert_eq!(Sensing::of(Modality::Face, Some(Gap::DeviceGone), None).gap, Some(Gap::DeviceGone));
    }

    #[test]
    fn a_heartbeat_names_each_modality_that_is_sensed_once() {
        let of = |modality| Sensing::of(modality, None, None);
        let reads = |modalities| Heartbeat::from_bytes(&said(modalities).to_bytes()).is_ok();
        assert!(reads(Vec::new()) && reads(vec![of(Modality::Face), of(Modality::Heart)]));
        assert!(!reads(vec![of(Modality::Face), of(Modality::Face)]));
        assert!(!reads(vec![of(Modality::CheckIn)]), "what one says is not sensed");
    }

    #[test]
    fn heartbeats_are_in_order_over_starts() {
        let first = said(Vec::new());
        let (next, later) = (Heartbeat { number: 2, ..first.clone() }, Heartbeat { run: 8, ..first.clone() });
        assert!(first.place() < next.place() && next.place() < later.place());
        assert!(!first.is_paused());
        let paused = said(vec![Sensing::of(Modality::Heart, Some(Gap::Paused), None)]);
        assert!(paused.is_paused());
    }
}
