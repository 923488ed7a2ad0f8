use std::path::Path;
use std::sync::Arc;

use attune_protocol::ProtocolError;
use attune_protocol::seal::SealKey;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::memory::Locked;
use crate::{GroundError, files};

/// Bytes of a file that may be a key.
const LONGEST: usize = 128;

/// Wraps all other keys. Whoever has it and the database can read everything, so it lies in a file of its own that only
/// its owner reads.
#[derive(Clone, Debug)]
pub struct MasterKey(Arc<Locked<SealKey>>);

impl MasterKey {
    /// Reads the key file.
    ///
    /// # Errors
    /// When the file cannot be read, or does not hold 64 hexadecimal digits.
    pub fn read(path: &Path) -> Result<Self, GroundError> {
        let text = Zeroizing::new(std::fs::read(path).map_err(GroundError::file(path))?);
        let secret = secret(&text).ok_or_else(|| {
            GroundError::Config(format!("{} must hold a key of 64 hexadecimal digits", path.display()))
        })?;
        Ok(Self(Arc::new(Locked::new(SealKey::from_secret(*secret)))))
    }

    /// The key of a file in which one bit was flipped: of all that it may have been, the one that opens what was sealed with it.
    pub(crate) fn mended(path: &Path, opens: impl Fn(&SealKey) -> bool) -> Option<Self> {
        let mut text = Zeroizing::new(std::fs::read(path).ok().filter(|text| text.len() <= LONGEST)?);
        (0..8 * text.len()).find_map(|bit| {
            text[bit / 8] ^= 1 << (bit % 8);
            let key = secret(&text).map(|secret| SealKey::from_secret(*secret)).filter(&opens);
            text[bit / 8] ^= 1 << (bit % 8);
            key.map(|key| Self(Arc::new(Locked::new(key))))
        })
    }

    /// Writes the key into its file, in the place of what is there.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub(crate) fn write(&self, path: &Path) -> Result<(), GroundError> {
        let text = Zeroizing::new(data_encoding::HEXLOWER.encode(self.0.secret()));
        files::write_private(path, &text).map_err(GroundError::file(path))
    }

    /// Makes a key and its file, durable before this returns. What is there already is read.
    ///
    /// # Errors
    /// As [`Self::read`], or when the file cannot be written.
    pub fn read_or_make(path: &Path) -> Result<Self, GroundError> {
        if !path.try_exists().map_err(GroundError::file(path))? {
            Self::generate().write(path)?;
        }
        files::tighten(path).map_err(GroundError::file(path))?;
        Self::read(path)
    }

    /// A new key, which is in no file yet.
    pub(crate) fn generate() -> Self {
        Self(Arc::new(Locked::new(SealKey::generate())))
    }

    /// The key of a secret that was kept elsewhere.
    pub(crate) fn from_secret(secret: [u8; 32]) -> Self {
        Self(Arc::new(Locked::new(SealKey::from_secret(secret))))
    }

    /// Its secret, to be kept elsewhere.
    pub(crate) fn secret(&self) -> &[u8; 32] {
        self.0.secret()
    }

    /// What tells it from another one and leads nowhere.
    pub(crate) fn id(&self) -> [u8; 16] {
        self.tag("master key", b"")
    }

    /// Seals a key for storage; `owner` says whose it is and must be given again to open it.
    #[must_use]
    pub fn wrap(&self, owner: &[u8], key: &[u8; 32]) -> Vec<u8> {
        self.0.seal(owner, key)
    }

    /// By what something is found whose text lies nowhere in clear: equal text of one use has one tag, and who has the database
    /// alone cannot tell of what. HMAC-SHA-256 under this key, its first 16 bytes.
    ///
    /// # Panics
    /// Never: HMAC takes keys of any length.
    #[must_use]
    pub fn tag(&self, usage: &str, text: &[u8]) -> [u8; 16] {
        let mut mac = Hmac::<Sha256>::new_from_slice(self.0.secret()).expect("HMAC takes keys of any length");
        mac.update(b"attune tag");
        mac.update(&(usage.len() as u64).to_be_bytes());
        mac.update(usage.as_bytes());
        mac.update(text);
        let whole: [u8; 32] = mac.finalize().into_bytes().into();
        let mut tag = [0; 16];
        tag.copy_from_slice(&whole[..16]);
        tag
    }

    /// Opens what [`Self::wrap`] sealed.
    ///
    /// # Errors
    /// When this master key or this owner is not the one it was wrapped for.
    pub fn unwrap(&self, owner: &[u8], wrapped: &[u8]) -> Result<Zeroizing<[u8; 32]>, GroundError> {
        let plain = Zeroizing::new(self.0.open(owner, wrapped)?);
        let key = <[u8; 32]>::try_from(plain.as_slice());
        key.map(Zeroizing::new).map_err(|_| GroundError::Protocol(ProtocolError::Sealed))
    }
}

/// The key that a text of hexadecimal digits is.
fn secret(text: &[u8]) -> Option<Zeroizing<[u8; 32]>> {
    let digits = data_encoding::HEXLOWER_PERMISSIVE.decode(text.trim_ascii()).ok().map(Zeroizing::new)?;
    <[u8; 32]>::try_from(digits.as_slice()).ok().map(Zeroizing::new)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrapped_key_opens_only_for_its_owner_and_with_its_master_key() {
        let folder = tempfile::tempdir().expect("a folder");
        let master = MasterKey::read_or_make(&folder.path().join("a.key")).expect("made");
        let again = MasterKey::read_or_make(&folder.path().join("a.key")).expect("read");
        let other = MasterKey::read_or_make(&folder.path().join("b.key")).expect("made");
        let wrapped = master.wrap(b"owner", &[5; 32]);
        assert_eq!(*again.unwrap(b"owner", &wrapped).expect("opens"), [5; 32]);
        assert!(again.unwrap(b"another", &wrapped).is_err());
        assert!(other.unwrap(b"owner", &wrapped).is_err());
    }

    #[cfg(unix)]
    #[test]
    fn only_its_owner_reads_the_key_file_also_one_that_others_could_read() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("master.key");
        let mode = || std::fs::metadata(&path).expect("there").permissions().mode() & 0o777;
        MasterKey::read_or_make(&path).expect("made");
        assert_eq!(mode(), 0o600);
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).expect("opened");
        MasterKey::read_or_make(&path).expect("read");
        assert_eq!(mode(), 0o600);
        std::fs::write(&path, "short").expect("written");
        assert!(MasterKey::read_or_make(&path).is_err(), "a damaged key is never replaced silently");
    }
}
