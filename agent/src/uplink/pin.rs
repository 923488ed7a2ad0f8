//! The collector's key as this device pins it: proved at the enrolment, and exchanged for another one on the word of the one so far.

use std::path::{Path, PathBuf};

use attune_protocol::ProtocolError;
use attune_protocol::collector_key::NewCollectorKey;
use attune_protocol::ids::DeviceId;
use attune_protocol::sign::{self, KeyPair, PublicKey};

use crate::AgentError;
use crate::identity::{self, Enrolment, Identity, Standing};

/// By which key answers are believed.
#[derive(Debug)]
pub struct Pin {
    state: PathBuf,
    enrolment: Enrolment,
    /// The one before it, in the run in which it was exchanged, until something has come that the new one has signed: what was signed
    /// just before is still on its way.
    former: Option<PublicKey>,
}

impl Pin {
    /// Of the enrolment that a state folder has.
    #[must_use]
    pub fn of(state: &Path, enrolment: &Enrolment) -> Self {
        Self { state: state.into(), enrolment: *enrolment, former: None }
    }

    /// The key that is pinned.
    pub(super) const fn key(&self) -> PublicKey {
        self.enrolment.collector
    }

    /// The passwords with which the next connection is made.
    pub(super) fn passwords(&self, device: DeviceId, key: &KeyPair) -> Vec<String> {
        self.enrolment.passwords(device, key)
    }

    /// Under which key an answer is to be read: of one that neither has signed the pinned one says so.
    pub(super) fn reads(&mut self, signed: &[u8]) -> PublicKey {
        let pinned = self.key();
        let Some(former) = self.former else { return pinned };
        match sign::verify(signed, &pinned) {
            Err(ProtocolError::Signature) if sign::verify(signed, &former).is_ok() => former,
            Err(_) => pinned,
            Ok(_) => {
                self.former = None;
                pinned
            }
        }
    }

    /// Pins what the collector has said, signed and proved: durably, before this returns. Gives whether that is another key than it
    /// was.
    ///
    /// # Errors
    /// When it could not be written: the key so far stays.
    pub(super) fn take(&mut self, said: &NewCollectorKey, now_millis: i64) -> Result<bool, AgentError> {
        if said.key == self.key() {
            return Ok(false);
        }
        // As it is now: somebody may have begun to change this device's own key since.
        let (mut identity, mut enrolment) = Identity::load_enrolled(&self.state)?;
        if (enrolment.number, enrolment.collector) != (self.enrolment.number, said.former) {
            let path = self.state.join(identity::FILE);
            return Err(AgentError::content(&path, "it is of another enrolment than the one that runs"));
        }
        (enrolment.collector, enrolment.former) = (said.key, Some(said.former));
        identity.standing = Standing::Enrolled(enrolment);
        identity.exchanged_millis = Some(now_millis);
        identity.save(&self.state)?;
        (self.enrolment, self.former) = (enrolment, Some(said.former));
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use attune_protocol::policy::Profile;

    use super::*;

    fn enrolled(state: &Path, collector: &KeyPair) -> (DeviceId, Enrolment) {
        let enrolment = Enrolment { number: 2, collector: collector.public(), former: None, profile: Profile::Eu };
        let identity = Identity { standing: Standing::Enrolled(enrolment), ..Identity::generate("mqtt://127.0.0.1:1") };
        identity.save(state).unwrap();
        (identity.device, enrolment)
    }

    #[test]
    fn a_key_that_is_taken_is_durable_and_the_one_before_is_believed_until_the_new_one_has_said_something() {
        let folder = tempfile::tempdir().unwrap();
        let (first, next, other) = (KeyPair::generate(), KeyPair::generate(), KeyPair::generate());
        let (device, enrolment) = enrolled(folder.path(), &first);
        let mut pin = Pin::of(folder.path(), &enrolment);
        let said = NewCollectorKey::new(device, 2, &first.public(), &next);
        assert!(pin.take(&said, 7).unwrap());
        let (identity, enrolment) = Identity::load_enrolled(folder.path()).unwrap();
        assert_eq!((enrolment.collector, identity.exchanged_millis), (next.public(), Some(7)));
        assert_eq!(enrolment.former, Some(first.public()), "a broker may know the device by that for a while");
        assert_eq!(pin.passwords(device, &identity.key), enrolment.passwords(device, &identity.key));
        assert!(!pin.take(&said, 8).unwrap(), "told again");
        assert_eq!(Identity::load(folder.path()).unwrap().unwrap().exchanged_millis, Some(7));
        let by = |key: &KeyPair| key.sign(b"answer".to_vec());
        assert_eq!(pin.reads(&by(&first)), first.public());
        assert_eq!(pin.reads(&by(&other)), next.public());
        assert_eq!(pin.reads(&by(&next)), next.public());
        assert_eq!(pin.reads(&by(&first)), next.public(), "from now on only what the new one has signed");
    }

    #[test]
    fn what_cannot_be_written_or_is_of_another_enrolment_is_not_taken() {
        let folder = tempfile::tempdir().unwrap();
        let (first, next) = (KeyPair::generate(), KeyPair::generate());
        let (device, enrolment) = enrolled(folder.path(), &first);
        let said = NewCollectorKey::new(device, 2, &first.public(), &next);
        let mut pin = Pin::of(folder.path(), &enrolment);
        Identity {
            standing: Standing::Enrolled(Enrolment { number: 3, ..enrolment }),
            ..Identity::generate("mqtt://a:1")
        }
        .save(folder.path())
        .unwrap();
        pin.take(&said, 7).unwrap_err();
        std::fs::remove_file(folder.path().join(identity::FILE)).unwrap();
        pin.take(&said, 7).unwrap_err();
        assert_eq!(pin.key(), first.public());
    }
}
