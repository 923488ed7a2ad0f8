//! A certificate of the collector's own: nobody vouches for it, so clients compare its fingerprint.

use std::net::IpAddr;
use std::path::Path;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use rcgen::{CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair, KeyUsagePurpose, date_time_ymd};

use super::Files;
use crate::{GroundError, files};

/// How long it is valid: who has its fingerprint trusts it and no date, but some clients refuse what never ends.
const YEARS: i32 = 10;
/// From when on, whatever this machine's clock says.
const FROM: i32 = 2025;

/// Names that it has besides those that are given.
const LOOPBACK: [&str; 3] = ["localhost", "127.0.0.1", "::1"];

impl Files {
    /// Where one lies in a state folder.
    #[must_use]
    pub fn own(state: &Path) -> Self {
        Self { certificate: state.join("tls.crt"), key: state.join("tls.key") }
    }

    /// Makes one for these hosts where there is none yet. The key is its owner's alone.
    ///
    /// # Errors
    /// When a certificate lies there without its key, a host is none, or the system refuses.
    pub fn make_own(state: &Path, hosts: &[String]) -> Result<Self, GroundError> {
        let own = Self::own(state);
        if own.certificate.exists() {
            if !own.key.exists() {
                let problem = "its key tls.key is not beside it; put it back from a copy, or remove this file, too, and both \
                               are made anew, with another fingerprint";
                return Err(GroundError::Certificate { path: own.certificate, problem: problem.into() });
            }
            files::tighten(&own.key).map_err(GroundError::file(&own.key))?;
            return Ok(own);
        }
        let failed = |error: rcgen::Error| GroundError::Certificate {
            path: own.certificate.clone(),
            problem: format!("it cannot be made: {error}"),
        };
        let (certificate, key) = make(hosts).map_err(failed)?;
        // The key first: without a certificate it is made anew.
        files::write_private(&own.key, &key).map_err(GroundError::file(&own.key))?;
        files::write_private(&own.certificate, &certificate).map_err(GroundError::file(&own.certificate))?;
        Ok(own)
    }
}

/// A certificate and its key as PEM.
fn make(hosts: &[String]) -> Result<(String, String), rcgen::Error> {
    let mut names: Vec<String> = hosts.iter().filter(|host| !is_any(host)).cloned().collect();
    names.extend(LOOPBACK.map(str::to_owned));
    names.sort();
    names.dedup();
    let mut wanted = CertificateParams::new(names)?;
    wanted.distinguished_name.push(DnType::CommonName, "Attune collector");
    wanted.is_ca = IsCa::ExplicitNoCa;
    wanted.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    wanted.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    let year = Timestamp::now().to_zoned(TimeZone::UTC).year();
    wanted.not_before = date_time_ymd(FROM, 1, 1);
    wanted.not_after = date_time_ymd(i32::from(year).max(FROM) + YEARS, 12, 31);
    let key = KeyPair::generate()?;
    Ok((wanted.self_signed(&key)?.pem(), key.serialize_pem()))
}

/// Whether it is no address of anybody: who listens on it listens on all.
fn is_any(host: &str) -> bool {
    host.parse::<IpAddr>().is_ok_and(|address| address.is_unspecified())
}
