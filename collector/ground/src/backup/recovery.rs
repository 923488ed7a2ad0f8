//! The key under which copies lie. Its secret half is in one file, which is kept elsewhere and is not needed to make a copy; its
//! public half lies in the state folder. X25519, HKDF-SHA-256 and AES-256-GCM, as HPKE puts them together.

use std::path::Path;

use attune_protocol::seal::SealKey;
use curve25519_dalek::montgomery::MontgomeryPoint;
use data_encoding::HEXLOWER_PERMISSIVE;
use hkdf::Hkdf;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::BackupError;
use crate::{GroundError, files};

/// With this the line begins that holds the secret half.
const SECRET: &str = "attune-recovery-1";
/// And the one with the public half.
const PUBLIC: &str = "attune-recovery-public-1";
/// Bytes of what tells a line that was written off wrongly.
const CHECK: usize = 4;
/// Bytes of a file that may hold one.
const LONGEST: u64 = 4096;

/// The secret half: it opens copies.
pub(super) struct RecoveryKey(Zeroizing<[u8; 32]>);

/// The public half: under it copies are sealed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Recovery([u8; 32]);

impl RecoveryKey {
    pub(super) fn generate() -> Self {
        Self(Zeroizing::new(*SealKey::generate().secret()))
    }

    /// Reads it from the file that [`Self::text`] is in, or that somebody has written off.
    pub(super) fn read(path: &Path) -> Result<Self, BackupError> {
        let secret = read_line(path, SECRET)?;
        secret.map(Self).ok_or_else(|| BackupError::NoRecoveryKey { path: path.into(), wanted: SECRET })
    }

    /// As it is kept: a line that can be printed, and what it is.
    pub(super) fn text(&self) -> Zeroizing<String> {
        Zeroizing::new(format!(
            "# Attune recovery key. With it and the copies everything can be read that they hold; without it none of them opens.\n\
             # Keep it away from the collector and from the copies: on paper, or on a stick in a safe.\n{}\n",
            *line(SECRET, &self.0)
        ))
    }

    pub(super) fn public(&self) -> Recovery {
        Recovery(MontgomeryPoint::mul_base_clamped(*self.0).to_bytes())
    }

    /// Opens a key that was sealed for it.
    pub(super) fn open(&self, context: &[u8], sealed: &SealedKey) -> Option<Zeroizing<[u8; 32]>> {
        let shared = MontgomeryPoint(sealed.ephemeral).mul_clamped(*self.0);
        let wrapping = wrapping(&shared, &sealed.ephemeral, &self.public())?;
        let key = Zeroizing::new(wrapping.open(context, &sealed.wrapped).ok()?);
        <[u8; 32]>::try_from(key.as_slice()).ok().map(Zeroizing::new)
    }
}

/// A key that only the recovery key opens.
pub(super) struct SealedKey {
    pub(super) ephemeral: [u8; 32],
    pub(super) wrapped: Vec<u8>,
}

impl Recovery {
    /// That of a state folder.
    pub(super) fn read(path: &Path) -> Result<Self, BackupError> {
        if !path.try_exists().map_err(GroundError::file(path))? {
            return Err(BackupError::NoRecovery { path: path.into() });
        }
        let public = read_line(path, PUBLIC)?;
        let public = public.ok_or_else(|| BackupError::NoRecoveryKey { path: path.into(), wanted: PUBLIC })?;
        Ok(Self(*public))
    }

    pub(super) fn write(&self, path: &Path) -> Result<(), BackupError> {
        let text =
            format!("# Copies are sealed for the recovery key with this public half.\n{}\n", *line(PUBLIC, &self.0));
        Ok(files::write_private(path, &text).map_err(GroundError::file(path))?)
    }

    pub(super) fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Seals a key so that only the recovery key opens it; `context` is to be given again.
    pub(super) fn seal(&self, context: &[u8], key: &[u8; 32]) -> Option<SealedKey> {
        let secret = Zeroizing::new(*SealKey::generate().secret());
        let ephemeral = MontgomeryPoint::mul_base_clamped(*secret).to_bytes();
        let wrapping = wrapping(&MontgomeryPoint(self.0).mul_clamped(*secret), &ephemeral, self)?;
        Some(SealedKey { ephemeral, wrapped: wrapping.seal(context, key) })
    }
}

/// What wraps a key; none where the other half is a point of which anybody knows the product.
fn wrapping(shared: &MontgomeryPoint, ephemeral: &[u8; 32], public: &Recovery) -> Option<SealKey> {
    let shared = Zeroizing::new(shared.to_bytes());
    if *shared == [0; 32] {
        return None;
    }
    let mut key = [0; 32];
    let derived = Hkdf::<Sha256>::new(Some(b"attune recovery 1"), &shared[..]);
    derived.expand(&[&ephemeral[..], &public.0].concat(), &mut key).ok()?;
    Some(SealKey::from_secret(key))
}

/// A key as a line of text, with what tells that it is whole.
fn line(name: &str, key: &[u8; 32]) -> Zeroizing<String> {
    let digits = Zeroizing::new(HEXLOWER_PERMISSIVE.encode(key));
    Zeroizing::new(format!("{name}:{}:{}", *digits, HEXLOWER_PERMISSIVE.encode(&check(name, key))))
}

fn check(name: &str, key: &[u8; 32]) -> [u8; CHECK] {
    let hash = Sha256::new_with_prefix(name).chain_update(key).finalize();
    hash[..CHECK].try_into().expect("a hash has 32 bytes")
}

/// The key of the first line of a file that begins with a name and is whole.
fn read_line(path: &Path, name: &str) -> Result<Option<Zeroizing<[u8; 32]>>, BackupError> {
    let size = std::fs::metadata(path).map_err(GroundError::file(path))?.len();
    if size > LONGEST {
        return Ok(None);
    }
    let text = Zeroizing::new(std::fs::read(path).map_err(GroundError::file(path))?);
    let Ok(text) = std::str::from_utf8(&text) else { return Ok(None) };
    let key = text.lines().find_map(|line| {
        let (digits, sum) = line.trim().strip_prefix(name)?.strip_prefix(':')?.split_once(':')?;
        let bytes = Zeroizing::new(HEXLOWER_PERMISSIVE.decode(digits.as_bytes()).ok()?);
        let key = Zeroizing::new(<[u8; 32]>::try_from(bytes.as_slice()).ok()?);
        (HEXLOWER_PERMISSIVE.decode(sum.as_bytes()).ok()? == check(name, &key)).then_some(key)
    });
    Ok(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_recovery_key_opens_what_was_sealed_for_it_at_its_place() {
        let (key, other) = (RecoveryKey::generate(), RecoveryKey::generate());
        let sealed = key.public().seal(b"a file", &[7; 32]).expect("sealed");
        assert_eq!(key.open(b"a file", &sealed).as_deref(), Some(&[7; 32]));
        assert_eq!(key.open(b"another", &sealed), None);
        assert_eq!(other.open(b"a file", &sealed), None);
        assert!(Recovery([0; 32]).seal(b"a file", &[7; 32]).is_none(), "anybody could open it");
    }

    #[test]
    fn a_key_that_was_written_off_wrongly_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let (path, key) = (folder.path().join("recovery.key"), RecoveryKey::generate());
        std::fs::write(&path, key.text().as_bytes()).unwrap();
        assert_eq!(*RecoveryKey::read(&path).unwrap().0, *key.0);
        std::fs::write(&path, key.text().to_uppercase().replace("ATTUNE-RECOVERY", "attune-recovery")).unwrap();
        assert_eq!(*RecoveryKey::read(&path).unwrap().0, *key.0, "in capitals, too");
        let digit = key.text().rfind(':').unwrap() - 5;
        let mut wrong = key.text().to_string();
        let before = wrong.as_bytes()[digit];
        wrong.replace_range(digit..=digit, if before == b'0' { "1" } else { "0" });
        std::fs::write(&path, wrong).unwrap();
        let refused = RecoveryKey::read(&path).err().map(|error| error.to_string()).unwrap();
        assert!(refused.contains("attune-recovery-1:"), "{refused}");
    }

    #[test]
    fn the_first_version_opens_as_it_was_written() {
        let key = RecoveryKey(Zeroizing::new([3; 32]));
        let hex = |text: &str| data_encoding::HEXLOWER.decode(text.as_bytes()).unwrap();
        let sealed = SealedKey { ephemeral: hex(GOLDEN_EPHEMERAL).try_into().unwrap(), wrapped: hex(GOLDEN_WRAPPED) };
        assert_eq!(key.open(b"golden", &sealed).as_deref(), Some(&[9; 32]));
    }

    /// Made with another implementation of X25519, HKDF and AES-GCM.
    const GOLDEN_EPHEMERAL: &str = "50a61409b1ddd0325e9b16b700e719e9772c07000b1bd7786e907c653d20495d";
    const GOLDEN_WRAPPED: &str = "0b0b0b0b0b0b0b0b0b0b0b0b89e29fb08cb09cce0e28a0bb743f5c6f1bbe10eadc971edbd2ed581235db6b70\
                                  e9bce908cf156685117a16c66ba59c77";
}
