//! Who a connection has shown to be, and what it may do for that.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::timeout;

use super::counts::Refusal;
use super::limits::Limits;
use super::speech::Login;
use attune_people::accounts::DeviceKeys;
use attune_protocol::envelope::Kind;
use attune_protocol::ids::DeviceId;
use attune_protocol::login;
use attune_protocol::sign::{KeyPair, PublicKey};
use attune_protocol::topics::{self, Inbound};

/// How long it may be looked who a device is: within the time that a client has for its CONNECT.
const LOOKED_UP: Duration = Duration::from_secs(3);

/// What is known of devices.
pub(crate) trait Register: Send + Sync {
    /// The keys of a device that is enrolled.
    fn keys_of(&self, device: DeviceId) -> Answer<'_, Option<DeviceKeys>>;

    /// Somebody has shown a key that a device had before.
    fn saw_former(&self, device: DeviceId) -> Answer<'_, ()>;

    /// Devices that were revoked or enrolled, or have another key, since it was last asked and a minute before; each with the key that
    /// holds.
    fn changed(&self) -> Answer<'_, Vec<(DeviceId, Option<PublicKey>)>>;

    /// For which key of the collector a password must be: the one that signs now, or the one before it as long as devices pin that.
    fn collector(&self) -> Vec<Arc<KeyPair>>;
}

/// What the register says, once it has looked. An error: it cannot look now.
pub(crate) type Answer<'a, T> = Pin<Box<dyn Future<Output = Result<T, Unavailable>> + Send + 'a>>;

/// The register cannot be read now.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Unavailable;

/// Who a connection is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Standing {
    /// It has shown nothing: it may ask to be enrolled, and hear the answer to that.
    Nobody,
    /// It names a device that the collector does not know, or not any more: it may send besides, and hear that it is not known.
    Unknown(DeviceId),
    /// It has proved to be this device, by this key.
    Device(DeviceId, PublicKey),
}

impl Standing {
    /// Of what a client shows with its CONNECT.
    pub(crate) async fn of(shown: Option<&Login>, register: &dyn Register) -> Result<Self, Refusal> {
        let Some(Login { name, password }) = shown else { return Ok(Self::Nobody) };
        let named = name.parse().ok().filter(|device| login::name(*device) == *name);
        let device: DeviceId = named.ok_or(Refusal::Login)?;
        let collector = register.collector();
        let proves = |key: &PublicKey| collector.iter().any(|own| login::proves(password, device, key, own));
        let looked = timeout(LOOKED_UP, register.keys_of(device)).await.unwrap_or(Err(Unavailable));
        match looked {
            Ok(Some(DeviceKeys { key, .. })) if proves(&key) => Ok(Self::Device(device, key)),
            Ok(Some(DeviceKeys { former, .. })) if former.iter().any(proves) => {
                // It is refused either way.
                let _ = register.saw_former(device).await;
                Err(Refusal::FormerKey)
            }
            Ok(Some(_)) => Err(Refusal::Login),
            Ok(None) => Ok(Self::Unknown(device)),
            Err(Unavailable) => Err(Refusal::Away),
        }
    }

    /// The device that it has named.
    pub(crate) fn device(self) -> Option<DeviceId> {
        match self {
            Self::Nobody => None,
            Self::Unknown(device) | Self::Device(device, _) => Some(device),
        }
    }

    /// How many bytes it may publish under a topic, where `own` is the one device that it speaks for.
    pub(crate) fn most(self, topic: &str, own: Option<DeviceId>) -> Result<usize, Refusal> {
        let (device, canonical, most) = match topics::parse(topic).ok_or(Refusal::Topic)? {
            Inbound::Batches(_) if self == Self::Nobody => return Err(Refusal::Login),
            Inbound::Batches(device) => (device, topics::batches_of(device), Limits::BATCH),
            Inbound::Enrolment(device) => (device, topics::enrolment_of(device), Limits::ENROLMENT),
        };
        let is_own = own.is_none_or(|own| own == device);
        if is_own && canonical == topic { Ok(most) } else { Err(Refusal::Topic) }
    }

    /// Whether an answer to its device is for its ears.
    pub(crate) fn hears(self, answer: &[u8]) -> bool {
        // The fourth byte of every envelope is its kind.
        let is = |kind: Kind| matches!(answer, [_, _, _, found, ..] if *found == kind as u8);
        match self {
            Self::Device(..) => true,
            Self::Unknown(_) => is(Kind::EnrolReply) || is(Kind::Unknown),
            Self::Nobody => is(Kind::EnrolReply),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_standing_may_send_and_hear_what_it_has_shown_a_right_to() {
        let (own, other) = (DeviceId([1; 16]), DeviceId([2; 16]));
        let (nobody, unknown, device) = (Standing::Nobody, Standing::Unknown(own), Standing::Device(own, [7; 32]));
        let batches = topics::batches_of(own);
        assert_eq!(nobody.most(&batches, None), Err(Refusal::Login));
        assert_eq!(nobody.most(&topics::enrolment_of(other), None), Ok(Limits::ENROLMENT));
        for standing in [unknown, device] {
            assert_eq!(standing.most(&batches, standing.device()), Ok(Limits::BATCH));
            assert_eq!(standing.most(&topics::enrolment_of(own), standing.device()), Ok(Limits::ENROLMENT));
            for foreign in [topics::batches_of(other), topics::enrolment_of(other), topics::answers_to(own)] {
                assert_eq!(standing.most(&foreign, standing.device()), Err(Refusal::Topic), "{foreign}");
            }
        }
        let heard = |standing: Standing| {
            [Kind::EnrolReply, Kind::Unknown, Kind::Ack, Kind::Withdrawals, Kind::Wishes]
                .map(|kind| standing.hears(&[b'A', b'T', 1, kind as u8, 0]))
        };
        assert_eq!(heard(nobody), [true, false, false, false, false]);
        assert_eq!(heard(unknown), [true, true, false, false, false]);
        assert_eq!(heard(device), [true; 5]);
        assert!(!nobody.hears(b"AT"));
    }
}
