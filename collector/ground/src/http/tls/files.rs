use std::path::{Path, PathBuf};
use std::time::SystemTime;

use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;

use crate::GroundError;

/// A certificate with those that vouch for it, and its private key, each a PEM file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Files {
    /// The certificate first, then those that vouch for it.
    pub certificate: PathBuf,
    /// Its private key: PKCS #8, PKCS #1 or SEC 1, without a password.
    pub key: PathBuf,
}

/// By which it is seen that files were exchanged.
pub(super) type Stamp = [Option<(SystemTime, u64)>; 2];

impl Files {
    /// Reads both.
    pub(super) fn read(&self, provider: &CryptoProvider) -> Result<CertifiedKey, GroundError> {
        let wrong =
            |path: &Path, problem: &str| GroundError::Certificate { path: path.into(), problem: problem.into() };
        let bytes = std::fs::read(&self.certificate).map_err(GroundError::file(&self.certificate))?;
        let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&bytes).collect();
        let chain = chain.map_err(|_| wrong(&self.certificate, "it does not read as PEM"))?;
        if chain.is_empty() {
            return Err(wrong(&self.certificate, "it holds no certificate as PEM, -----BEGIN CERTIFICATE-----"));
        }
        let bytes = std::fs::read(&self.key).map_err(GroundError::file(&self.key))?;
        let key = PrivateKeyDer::from_pem_slice(&bytes).map_err(|_| {
            wrong(
                &self.key,
                "it holds no private key as PEM, -----BEGIN PRIVATE KEY-----; one with a password is not read",
            )
        })?;
        let key = provider.key_provider.load_private_key(key);
        let key = key.map_err(|_| {
            wrong(
                &self.key,
                "its private key is of no kind that is known: make one of ECDSA P-256, Ed25519 or RSA from 2048 bits",
            )
        })?;
        let read = CertifiedKey::new(chain, key);
        match read.keys_match() {
            Ok(()) | Err(rustls::Error::InconsistentKeys(rustls::InconsistentKeys::Unknown)) => Ok(read),
            Err(rustls::Error::InconsistentKeys(_)) => {
                Err(wrong(&self.key, "it is the key of another certificate than the one beside it"))
            }
            Err(_) => Err(wrong(&self.certificate, "its first certificate does not read as X.509 version 3")),
        }
    }

    /// How both are now.
    pub(super) fn stamp(&self) -> Stamp {
        [&self.certificate, &self.key].map(|path| {
            let there = std::fs::metadata(path).ok()?;
            Some((there.modified().ok()?, there.len()))
        })
    }

    /// Whether everybody who has an account on this machine can read the key.
    #[must_use]
    pub fn key_lies_open(&self) -> bool {
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            std::fs::metadata(&self.key).is_ok_and(|there| there.permissions().mode() & 0o004 != 0)
        }
        #[cfg(not(unix))]
        false
    }
}
