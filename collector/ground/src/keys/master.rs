use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use attune_protocol::ProtocolError;
use attune_protocol::seal::SealKey;

use crate::GroundError;

/// Wraps all other keys. Whoever has it and the database can read everything, so it lies in a file of its own that only
/// its owner reads.
#[derive(Clone, Debug)]
pub struct MasterKey(Arc<SealKey>);

impl MasterKey {
    /// Reads the key file, or makes it when there is none.
    ///
    /// # Errors
    /// When the file cannot be read or written, or does not hold 64 hexadecimal digits.
    pub fn load_or_create(path: &Path) -> Result<Self, GroundError> {
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                let text = data_encoding::HEXLOWER.encode(SealKey::generate().secret());
                write_private(path, &text).map_err(GroundError::file(path))?;
                text
            }
            Err(source) => return Err(GroundError::File { path: path.into(), source }),
        };
        let secret = data_encoding::HEXLOWER_PERMISSIVE
            .decode(text.trim().as_bytes())
            .ok()
            .and_then(|bytes| <[u8; 32]>::try_from(bytes).ok())
            .ok_or_else(|| {
                GroundError::Config(format!("{} must hold a key of 64 hexadecimal digits", path.display()))
            })?;
        Ok(Self(Arc::new(SealKey::from_secret(secret))))
    }

    /// Seals a key for storage; `owner` says whose it is and must be given again to open it.
    #[must_use]
    pub fn wrap(&self, owner: &[u8], key: &[u8; 32]) -> Vec<u8> {
        self.0.seal(owner, key)
    }

    /// Opens what [`Self::wrap`] sealed.
    ///
    /// # Errors
    /// When this master key or this owner is not the one it was wrapped for.
    pub fn unwrap(&self, owner: &[u8], wrapped: &[u8]) -> Result<[u8; 32], GroundError> {
        let plain = self.0.open(owner, wrapped)?;
        plain.try_into().map_err(|_| GroundError::Protocol(ProtocolError::Sealed))
    }
}

/// Makes a file that only its owner reads, durable before this returns; fails when it is there already.
fn write_private(path: &Path, text: &str) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrapped_key_opens_only_for_its_owner_and_with_its_master_key() {
        let folder = tempfile::tempdir().expect("a folder");
        let master = MasterKey::load_or_create(&folder.path().join("a.key")).expect("made");
        let again = MasterKey::load_or_create(&folder.path().join("a.key")).expect("read");
        let other = MasterKey::load_or_create(&folder.path().join("b.key")).expect("made");
        let wrapped = master.wrap(b"owner", &[5; 32]);
        assert_eq!(again.unwrap(b"owner", &wrapped).expect("opens"), [5; 32]);
        assert!(again.unwrap(b"another", &wrapped).is_err());
        assert!(other.unwrap(b"owner", &wrapped).is_err());
    }

    #[cfg(unix)]
    #[test]
    fn only_its_owner_reads_the_key_file() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("master.key");
        MasterKey::load_or_create(&path).expect("made");
        assert_eq!(std::fs::metadata(&path).expect("there").permissions().mode() & 0o777, 0o600);
        std::fs::write(&path, "short").expect("written");
        assert!(MasterKey::load_or_create(&path).is_err(), "a damaged key is never replaced silently");
    }
}
