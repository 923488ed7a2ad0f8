//! Who this device is: its id, its keys and its collector, in a file that only its owner reads.

use std::path::{Path, PathBuf};

use attune_protocol::ids::DeviceId;
use attune_protocol::login;
use attune_protocol::policy::Profile;
use attune_protocol::seal::SealKey;
use attune_protocol::sign::{KeyPair, PublicKey};
use data_encoding::{HEXLOWER, HEXLOWER_PERMISSIVE};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, Zeroizing};

use crate::{AgentError, files, summed};

/// Name of the file in the state folder.
pub const FILE: &str = "identity.toml";
const VERSION: u32 = 2;

/// This device.
#[derive(Debug)]
pub struct Identity {
    /// Its random id.
    pub device: DeviceId,
    /// Signs its batches.
    pub key: KeyPair,
    /// The key that it is about to have: the collector may know it by that already.
    pub next: Option<KeyPair>,
    /// Seals its outbox.
    pub seal: SealKey,
    /// The broker that it was enrolled over, `mqtt://HOST:PORT`.
    pub broker: String,
    /// Whether a collector has enrolled it.
    pub standing: Standing,
    /// When it took another key of the collector than the one of its enrolment, Unix milliseconds.
    pub exchanged_millis: Option<i64>,
}

/// Whether a device is enrolled.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Standing {
    /// No collector has enrolled it yet.
    New,
    /// It was enrolled in the way of version 1, which did not prove whose key it took for the collector's.
    Outdated,
    /// It is enrolled.
    Enrolled(Enrolment),
}

/// What the collector said, and proved, when it enrolled the device.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Enrolment {
    /// Counts the enrolments of this device, from 1.
    pub number: u32,
    /// The key that acknowledgements must be signed with: proved at the enrolment, or said by the one before it.
    pub collector: PublicKey,
    /// The key that was pinned before that one under this enrolment. Nothing is believed by it; a broker that the collector tells of
    /// passwords lets the device in by it until the collector has heard that the new one is pinned, which may be long after a restart.
    pub former: Option<PublicKey>,
    /// The collector's profile then.
    pub profile: Profile,
}

impl Enrolment {
    /// The passwords with which the device connects, in the order in which they are tried.
    #[must_use]
    pub fn passwords(&self, device: DeviceId, key: &KeyPair) -> Vec<String> {
        let collectors = [self.collector].into_iter().chain(self.former);
        collectors.flat_map(|collector| login::passwords(device, key, &collector)).collect()
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    version: u32,
    device: String,
    device_secret: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    next_secret: Option<String>,
    seal_key: String,
    broker: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    collector_key: Option<String>,
    /// When that was exchanged, Unix milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    collector_key_since: Option<i64>,
    /// The one before it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    collector_key_before: Option<String>,
    /// Since version 2.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    enrolment: Option<u32>,
    /// Since version 2.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    profile: Option<Profile>,
}

impl Drop for Stored {
    fn drop(&mut self) {
        self.device_secret.zeroize();
        self.next_secret.zeroize();
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
            next: None,
            seal: SealKey::generate(),
            broker: broker.to_owned(),
            standing: Standing::New,
            exchanged_millis: None,
        }
    }

    /// The identity in a state folder, if there is one.
    ///
    /// # Errors
    /// When it is there but cannot be read.
    pub fn load(state: &Path) -> Result<Option<Self>, AgentError> {
        let path = state.join(FILE);
        let Some(mut text) = summed::read(&path)? else { return Ok(None) };
        // The parser's message could quote a line with a secret: it is not passed on.
        let stored = toml::from_str::<Stored>(&text).map_err(|_| AgentError::content(&path, "it is damaged"));
        text.zeroize();
        Self::from_stored(&stored?, &path).map(Some)
    }

    /// The identity in a state folder, which the collector has enrolled.
    ///
    /// # Errors
    /// When there is none or it is not enrolled, or only in an older way.
    pub fn load_enrolled(state: &Path) -> Result<(Self, Enrolment), AgentError> {
        let identity = Self::load(state)?.ok_or_else(|| AgentError::NotEnrolled(PathBuf::from(state)))?;
        match identity.standing {
            Standing::Enrolled(enrolment) => Ok((identity, enrolment)),
            Standing::Outdated => Err(AgentError::EnrolledLongAgo(PathBuf::from(state))),
            Standing::New => Err(AgentError::NotEnrolled(PathBuf::from(state))),
        }
    }

    /// Which key of the collector is pinned, in the letters by which enrolling has told it, and since when.
    #[must_use]
    pub fn pins(&self, enrolment: &Enrolment) -> String {
        let key = HEXLOWER.encode(&enrolment.collector[..8]);
        let since = self.exchanged_millis.and_then(|millis| Timestamp::from_millisecond(millis).ok());
        let since = since.map_or_else(|| "since it was enrolled".into(), |at| format!("exchanged at {at:.0}"));
        format!("the collector's key {key}, {since}")
    }

    fn from_stored(stored: &Stored, path: &Path) -> Result<Self, AgentError> {
        if !(1..=VERSION).contains(&stored.version) {
            let problem = format!("its version is {} and this build reads up to {VERSION}", stored.version);
            return Err(AgentError::content(path, problem));
        }
        let damaged = |what| AgentError::content(path, format!("its {what} is damaged"));
        let key = |hex: &str, what| bytes(hex).ok_or_else(|| damaged(what));
        let standing = match (stored.version, &stored.collector_key) {
            (_, None) => Standing::New,
            (1, Some(_)) => Standing::Outdated,
            (_, Some(hex)) => Standing::Enrolled(Enrolment {
                number: stored.enrolment.ok_or_else(|| damaged("enrolment"))?,
                collector: key(hex, "collector_key")?,
                former: stored.collector_key_before.as_ref().map(|hex| key(hex, "collector_key_before")).transpose()?,
                profile: stored.profile.ok_or_else(|| damaged("profile"))?,
            }),
        };
        let mut device_secret = key(&stored.device_secret, "device_secret")?;
        let next = stored.next_secret.as_ref().map(|hex| key(hex, "next_secret").map(Zeroizing::new)).transpose()?;
        let identity = Self {
            device: stored.device.parse()?,
            key: KeyPair::from_secret(&device_secret),
            next: next.map(|secret| KeyPair::from_secret(&secret)),
            seal: SealKey::from_secret(key(&stored.seal_key, "seal_key")?),
            broker: stored.broker.clone(),
            standing,
            exchanged_millis: stored.collector_key_since,
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
        let enrolment = match self.standing {
            Standing::Enrolled(enrolment) => Some(enrolment),
            Standing::New | Standing::Outdated => None,
        };
        let stored = Stored {
            version: VERSION,
            device: self.device.to_string(),
            device_secret: HEXLOWER.encode(&self.key.secret()),
            next_secret: self.next.as_ref().map(|next| HEXLOWER.encode(&next.secret())),
            seal_key: HEXLOWER.encode(self.seal.secret()),
            broker: self.broker.clone(),
            collector_key: enrolment.map(|enrolment| HEXLOWER.encode(&enrolment.collector)),
            collector_key_since: self.exchanged_millis.filter(|_| enrolment.is_some()),
            collector_key_before: enrolment.and_then(|enrolment| enrolment.former).map(|key| HEXLOWER.encode(&key)),
            enrolment: enrolment.map(|enrolment| enrolment.number),
            profile: enrolment.map(|enrolment| enrolment.profile),
        };
        let mut text = toml::to_string(&stored).expect("an identity is text and numbers");
        let written = summed::write(&state.join(FILE), &text);
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
        let enrolment = Enrolment { number: 3, collector: [7; 32], former: None, profile: Profile::Us };
        identity.standing = Standing::Enrolled(enrolment);
        identity.save(folder.path()).unwrap();
        let (read, of) = Identity::load_enrolled(folder.path()).unwrap();
        assert_eq!((read.device, of), (identity.device, enrolment));
        assert_eq!(read.key.secret(), identity.key.secret());
        assert_eq!(read.seal.secret(), identity.seal.secret());
    }

    #[test]
    fn which_key_of_the_collector_is_pinned_and_since_when_reads_back() {
        let folder = tempfile::tempdir().unwrap();
        let mut identity = Identity::generate("mqtt://127.0.0.1:8751");
        let enrolment = Enrolment { number: 3, collector: [7; 32], former: None, profile: Profile::Us };
        identity.standing = Standing::Enrolled(enrolment);
        assert_eq!(identity.pins(&enrolment), "the collector's key 0707070707070707, since it was enrolled");
        identity.exchanged_millis = Some(1_772_000_000_000);
        identity.save(folder.path()).unwrap();
        let read = Identity::load(folder.path()).unwrap().unwrap();
        assert_eq!(read.pins(&enrolment), "the collector's key 0707070707070707, exchanged at 2026-02-25T06:13:20Z");
    }

    #[test]
    fn the_passwords_for_the_key_of_the_collector_before_are_tried_behind_those_for_the_pinned_one() {
        let folder = tempfile::tempdir().unwrap();
        let [collector, before] = std::array::from_fn(|_| KeyPair::generate().public());
        let enrolment = Enrolment { number: 3, collector, former: Some(before), profile: Profile::Us };
        let standing = Standing::Enrolled(enrolment);
        Identity { standing, ..Identity::generate("mqtt://127.0.0.1:8751") }.save(folder.path()).unwrap();
        let (Identity { device, key, .. }, read) = Identity::load_enrolled(folder.path()).unwrap();
        let of = |collector| login::passwords(device, &key, collector);
        assert_eq!(read.passwords(device, &key), [of(&collector), of(&before)].concat());
        assert_eq!(Enrolment { former: None, ..read }.passwords(device, &key), of(&collector));
    }

    #[test]
    fn a_key_that_it_is_about_to_have_reads_back_beside_the_one_that_it_has() {
        let folder = tempfile::tempdir().unwrap();
        let mut identity = Identity::generate("mqtt://127.0.0.1:8751");
        identity.next = Some(KeyPair::generate());
        identity.save(folder.path()).unwrap();
        let read = Identity::load(folder.path()).unwrap().unwrap();
        assert_eq!(read.key.secret(), identity.key.secret());
        assert_eq!(read.next.map(|next| next.secret()), identity.next.map(|next| next.secret()));
    }

    #[test]
    fn a_device_that_was_enrolled_in_the_old_way_keeps_its_keys_and_must_enrol_again() {
        let folder = tempfile::tempdir().unwrap();
        let (device, hex) = (DeviceId::random(), "07".repeat(32));
        let text = format!(
            "version = 1\ndevice = \"{device}\"\ndevice_secret = \"{hex}\"\nseal_key = \"{hex}\"\nbroker = \
             \"mqtt://127.0.0.1:1\"\ncollector_key = \"{hex}\"\n"
        );
        std::fs::write(folder.path().join(FILE), text).unwrap();
        let identity = Identity::load(folder.path()).unwrap().unwrap();
        assert_eq!((identity.device, identity.standing), (device, Standing::Outdated));
        assert_eq!(identity.key.secret(), [7; 32]);
        let error = Identity::load_enrolled(folder.path()).unwrap_err();
        assert!(error.to_string().contains("enrol --again"), "{error}");
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
