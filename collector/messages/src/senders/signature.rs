//! Whether a request is from whom it says.

use std::fmt;

use axum::http::HeaderMap;
use data_encoding::HEXLOWER;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// How far the time of a signature may be from now, seconds.
const WINDOW: u64 = 5 * 60;

/// What only a sender and this collector know.
#[derive(Clone)]
pub(crate) struct Secret(Vec<u8>);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(set)")
    }
}

/// Why a request is refused. Who sends one by right finds the mistake by it, and who does not learns nothing.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Refused {
    /// A header is missing, there twice, or does not read.
    Unsigned,
    /// It was signed too long ago, or is to be.
    Old,
    /// It does not say when it was made.
    Timeless,
    /// It is signed with another secret, or for another body.
    Wrong,
}

impl Refused {
    pub(crate) const fn words(self) -> &'static str {
        match self {
            Self::Unsigned => {
                "the request is not signed: its headers with the time and the signature must be there once"
            }
            Self::Old => "the request was made more than five minutes ago or is ahead of this collector's clock",
            Self::Timeless => {
                "the request has no timestamp that reads: an outgoing webhook of Mattermost's always has one"
            }
            Self::Wrong => "the signature or token is not of this receiver's secret",
        }
    }
}

impl Secret {
    pub(crate) fn new(secret: String) -> Self {
        Self(secret.into_bytes())
    }

    fn of(&self, parts: &[&[u8]]) -> Hmac<Sha256> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).expect("HMAC takes keys of any length");
        parts.iter().for_each(|part| mac.update(part));
        mac
    }

    fn signed(&self, parts: &[&[u8]], signature: &str) -> Result<(), Refused> {
        let bytes = HEXLOWER.decode(signature.as_bytes()).map_err(|_| Refused::Unsigned)?;
        // Compares in constant time.
        self.of(parts).verify_slice(&bytes).map_err(|_| Refused::Wrong)
    }

    /// As Slack signs, at `now`, Unix seconds.
    pub(crate) fn check_slack(&self, headers: &HeaderMap, body: &[u8], now: i64) -> Result<(), Refused> {
        let at = header(headers, "x-slack-request-timestamp")?;
        let signature = header(headers, "x-slack-signature")?.strip_prefix("v0=").ok_or(Refused::Unsigned)?;
        self.signed(&[b"v0:", at.as_bytes(), b":", body], signature)?;
        recent(at, now)
    }

    /// As a collector signs what it tells other programs of alerts, at `now`, Unix seconds.
    pub(crate) fn check_generic(&self, headers: &HeaderMap, body: &[u8], now: i64) -> Result<(), Refused> {
        let (mut at, mut signature) = (None, None);
        for part in header(headers, "attune-signature")?.split(',') {
            let before = match part.trim().split_once('=') {
                Some(("t", value)) => at.replace(value),
                Some(("v1", value)) => signature.replace(value),
                _ => None,
            };
            if before.is_some() {
                return Err(Refused::Unsigned);
            }
        }
        let (at, signature) = at.zip(signature).ok_or(Refused::Unsigned)?;
        self.signed(&[at.as_bytes(), b".", body], signature)?;
        recent(at, now)
    }

    /// Whether a token is this one; how long it takes tells nothing of where they differ.
    fn check_token(&self, token: &str) -> Result<(), Refused> {
        let own: [u8; 32] = self.of(&[&self.0]).finalize().into_bytes().into();
        self.of(&[token.as_bytes()]).verify_slice(&own).map_err(|_| Refused::Wrong)
    }

    /// As Mattermost proves itself, by a token in the body, at `now`, Unix seconds. When it was said, Unix milliseconds, is all that tells a
    /// body that somebody has kept from one of now.
    pub(crate) fn check_mattermost(&self, token: &str, said_at: Option<i64>, now: i64) -> Result<(), Refused> {
        self.check_token(token)?;
        within(said_at.ok_or(Refused::Timeless)?.div_euclid(1000), now)
    }
}

/// A header that is there once.
fn header<'a>(headers: &'a HeaderMap, name: &str) -> Result<&'a str, Refused> {
    let mut all = headers.get_all(name).iter();
    match (all.next(), all.next()) {
        (Some(value), None) => value.to_str().map_err(|_| Refused::Unsigned),
        _ => Err(Refused::Unsigned),
    }
}

fn recent(at: &str, now: i64) -> Result<(), Refused> {
    within(at.parse().map_err(|_| Refused::Unsigned)?, now)
}

fn within(at: i64, now: i64) -> Result<(), Refused> {
    if at.abs_diff(now) > WINDOW { Err(Refused::Old) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(signature: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert("attune-signature", signature.parse().expect("a value"));
        headers
    }

    #[test]
    fn what_a_collector_signs_of_its_alerts_is_known_by_the_same_rule() {
        // openssl dgst -sha256 -hmac "secret", of `1700000000.{}`; the same stands in the test of alerts.
        let signed = "t=1700000000,v1=b8569b78799ff9e3cbff0fc2d63a33a2b57f3282abd07c37ae5e8e7d79a5f163";
        let (secret, at) = (Secret::new("secret".into()), 1_700_000_000);
        assert_eq!(secret.check_generic(&headers(signed), b"{}", at + 300), Ok(()));
        assert_eq!(secret.check_generic(&headers(signed), b"{}", at + 301), Err(Refused::Old));
        assert_eq!(secret.check_generic(&headers(signed), b"{}", at - 301), Err(Refused::Old));
        assert_eq!(secret.check_generic(&headers(signed), b"{} ", at), Err(Refused::Wrong));
        assert_eq!(Secret::new("other".into()).check_generic(&headers(signed), b"{}", at), Err(Refused::Wrong));
        let later = signed.replace("t=1700000000", "t=1700000100");
        assert_eq!(secret.check_generic(&headers(&later), b"{}", at), Err(Refused::Wrong));
    }

    #[test]
    fn headers_that_do_not_read_are_no_signature() {
        let secret = Secret::new("secret".into());
        for signed in ["", "t=1", "v1=00", "t=1,t=1,v1=00", "t=1,v1=zz", "t=x,v1="] {
            assert!(secret.check_generic(&headers(signed), b"", 1).is_err(), "{signed}");
        }
        let mut twice = headers("t=1,v1=00");
        twice.append("attune-signature", "t=1,v1=00".parse().expect("a value"));
        assert_eq!(secret.check_generic(&twice, b"", 1), Err(Refused::Unsigned));
        assert_eq!(secret.check_slack(&HeaderMap::new(), b"", 1), Err(Refused::Unsigned));
    }

    #[test]
    fn a_token_is_the_whole_secret() {
        let secret = Secret::new("tok00made00up00token000000".into());
        assert_eq!(secret.check_token("tok00made00up00token000000"), Ok(()));
        for token in ["", "tok00made00up00token00000", "tok00made00up00token0000000"] {
            assert_eq!(secret.check_token(token), Err(Refused::Wrong));
        }
        assert_eq!(format!("{secret:?}"), "(set)");
    }
}
