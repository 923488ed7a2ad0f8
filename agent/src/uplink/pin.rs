//! The collector's key as this device pins it: proved at the enrolment, and exchanged for another one on the word of the one so far.

use std::path::{Path, PathBuf};

use attune_protocol::ProtocolError;
use attune_protocol::collector_key::NewCollectorKey;
use attune_protocol::sign::{self, PublicKey};

use crate::AgentError;
use crate::identity::{self, Enrolment, Identity, Standing};

/// By which key answers are believed.
#[derive(Debug)]
pub struct Pin {
    state: PathBuf,
    enrolment: u32,
    key: PublicKey,
    /// The one before it, in the run in which it was exchanged, until something has come that the new one has signed: what was signed
    /// just before is still on its way.
    former: Option<PublicKey>,
}

impl Pin {
    /// Of the enrolment that a state folder has.
    #[must_use]
    pub fn of(state: &Path, enrolment: &Enrolment) -> Self {
        Self { state: state.into(), enrolment: enrolment.number, key: enrolment.collector, former: None }
    }

    /// The key that is pinned.
    pub(super) const fn key(&self) -> PublicKey {
        self.key
    }

    /// Under which key an answer is to be read: of one that neither has signed the pinned one says so.
    pub(super) fn reads(&mut self, signed: &[u8]) -> PublicKey {
        let Some(former) = self.former else { return self.key };
        match sign::verify(signed, &self.key) {
            Err(ProtocolError::Signature) if sign::verify(signed, &former).is_ok() => former,
            Err(_) => self.key,
            Ok(_) => {
                self.former = None;
                self.key
            }
        }
    }

    /// Pins what the collector has said, signed and proved: durably, before this returns. Gives whether that is another key than it
    /// was.
    ///
    /// # Errors
    /// When it could not be written: the key so far stays.
    pub(super) fn take(&mut self, said: &NewCollectorKey, now_millis: i64) -> Result<bool, AgentError> {
        if said.key == self.key {
            return Ok(false);
        }
        // As it is now: somebody may have begun to change this device's own key since.
        let (mut identity, mut enrolment) = Identity::load_enrolled(&self.state)?;
        if (enrolment.number, enrolment.collector) != (self.enrolment, said.former) {
            let path = self.state.join(identity::FILE);
            return Err(AgentError::content(&path, "it is of another enrolment than the one that runs"));
        }
        enrolment.collector = said.key;
        identity.standing = Standing::Enrolled(enrolment);
        identity.exchanged_millis = Some(now_millis);
        identity.save(&self.state)?;
        self.former = Some(std::mem::replace(&mut self.key, said.key));
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use attune_protocol::ids::DeviceId;
    use attune_protocol::policy::Profile;
    use attune_protocol::sign::KeyPair;

    use super::*;

    fn enrolled(state: &Path, collector: &KeyPair) -> (DeviceId, Enrolment) {
        let enrolment = Enrolment { number: 2, collector: collector.public(), profile: Profile::Eu };
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
