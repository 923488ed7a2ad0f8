//! Who this device is: its id, its keys and its collector, in a file that only its owner reads.

use std::path::{Path, PathBuf};

use attune_protocol::ids::DeviceId;
use attune_protocol::seal::SealKey;
use attune_protocol::sign::{KeyPair, PublicKey};
use data_encoding::{HEXLOWER, HEXLOWER_PERMISSIVE};
use serde::{Deserialize, Serialize};
use zeroize::Zeroize;

use crate::{AgentError, files};

/// Name of the file in the state folder.
pub const FILE: &str = "identity.toml";
const VERSION: u32 = 1;

/// This device.
#[derive(Debug)]
pub struct Identity {
    /// Its random id.
    pub device: DeviceId,
    /// Signs its batches.
    pub key: KeyPair,
    /// Seals its outbox.
    pub seal: SealKey,
    /// The broker that it was enrolled over, `mqtt://HOST:PORT`.
    pub broker: String,
    /// The key that acknowledgements must be signed with; `None` until the collector has enrolled the device.
    pub collector: Option<PublicKey>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    version: u32,
    device: String,
    device_secret: String,
    seal_key: String,
    broker: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    collector_key: Option<String>,
}

impl Drop for Stored {
    fn drop(&mut self) {
        self.device_secret.zeroize();
        self.seal_key.zeroize();
    }
}

impl Identity {
    /// A new device that is not enrolled yet.
    #[must_use]
    pub fn generate(broker: &str) -> Self {
        Self {
            device: DeviceId::random(),
            key: KeyPair::generate(),
            seal: SealKey::generate(),
            broker: broker.to_owned(),
            collector: None,
        }
    }

    /// The identity in a state folder, if there is one.
    ///
    /// # Errors
    /// When it is there but cannot be read.
    pub fn load(state: &Path) -> Result<Option<Self>, AgentError> {
        let path = state.join(FILE);
        let Some(mut text) = files::read_if_there(&path)? else { return Ok(None) };
        // The parser's message could quote a line with a secret: it is not passed on.
        let stored = toml::from_str::<Stored>(&text).map_err(|_| AgentError::content(&path, "it is damaged"));
        text.zeroize();
        Self::from_stored(&stored?, &path).map(Some)
    }

    /// The identity in a state folder, which the collector has enrolled, and the collector's key.
    ///
    /// # Errors
    /// When there is none or it is not enrolled.
    pub fn load_enrolled(state: &Path) -> Result<(Self, PublicKey), AgentError> {
        match Self::load(state)? {
            Some(identity @ Self { collector: Some(collector), .. }) => Ok((identity, collector)),
            _ => Err(AgentError::NotEnrolled(PathBuf::from(state))),
        }
    }

    fn from_stored(stored: &Stored, path: &Path) -> Result<Self, AgentError> {
        if stored.version != VERSION {
            let problem = format!("its version is {} and this build reads {VERSION}", stored.version);
            return Err(AgentError::content(path, problem));
        }
        let key =
            |hex: &str, what| bytes(hex).ok_or_else(|| AgentError::content(path, format!("its {what} is damaged")));
        let mut device_secret = key(&stored.device_secret, "device_secret")?;
        let identity = Self {
            device: stored.device.parse()?,
            key: KeyPair::from_secret(&device_secret),
            seal: SealKey::from_secret(key(&stored.seal_key, "seal_key")?),
            broker: stored.broker.clone(),
            collector: stored.collector_key.as_ref().map(|hex| key(hex, "collector_key")).transpose()?,
        };
        device_secret.zeroize();
        Ok(identity)
    }

    /// Writes the identity into a state folder, which is made when it is not there.
    ///
    /// # Errors
    /// When the system refuses.
    ///
    /// # Panics
    /// Never: an identity is text and numbers, which TOML can hold.
    pub fn save(&self, state: &Path) -> Result<(), AgentError> {
        files::private_folder(state)?;
        let stored = Stored {
            version: VERSION,
            device: self.device.to_string(),
            device_secret: HEXLOWER.encode(&self.key.secret()),
            seal_key: HEXLOWER.encode(self.seal.secret()),
            broker: self.broker.clone(),
            collector_key: self.collector.map(|key| HEXLOWER.encode(&key)),
        };
        let mut text = toml::to_string(&stored).expect("an identity is text and numbers");
        let written = files::write_private(&state.join(FILE), text.as_bytes());
        text.zeroize();
        written
    }
}

fn bytes(hex: &str) -> Option<[u8; 32]> {
    HEXLOWER_PERMISSIVE.decode(hex.as_bytes()).ok()?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identity_reads_back_and_is_not_enrolled_before_the_collector_says_so() {
        let folder = tempfile::tempdir().unwrap();
        assert!(Identity::load(folder.path()).unwrap().is_none());
        let mut identity = Identity::generate("mqtt://127.0.0.1:8751");
        identity.save(folder.path()).unwrap();
        assert!(matches!(Identity::load_enrolled(folder.path()), Err(AgentError::NotEnrolled(_))));
        identity.collector = Some([7; 32]);
        identity.save(folder.path()).unwrap();
        let (read, collector) = Identity::load_enrolled(folder.path()).unwrap();
        assert_eq!((read.device, collector), (identity.device, [7; 32]));
        assert_eq!(read.key.secret(), identity.key.secret());
        assert_eq!(read.seal.secret(), identity.seal.secret());
    }

    #[test]
    fn a_damaged_identity_is_refused_without_quoting_it() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(FILE), "device_secret = \"0123456789abcdef\nversion = 1").unwrap();
        let error = Identity::load(folder.path()).unwrap_err().to_string();
        assert!(error.contains(FILE) && !error.contains("0123"), "{error}");
    }

    #[test]
    fn printing_an_identity_prints_no_secret() {
        let identity = Identity::generate("mqtt://127.0.0.1:8751");
        let printed = format!("{identity:?}");
        assert!(!printed.contains(&format!("{:?}", identity.key.secret())), "{printed}");
    }
}
