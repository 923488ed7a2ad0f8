//! Access tokens: JWT (RFC 7519) signed by Ed25519 (RFC 8037), and nothing else: a token that names another algorithm is none.

use attune_protocol::sign::{self, KeyPair, PublicKey, SIGNATURE_LEN};
use data_encoding::BASE64URL_NOPAD;
use serde::{Deserialize, Serialize};

use super::AHEAD;

/// Bytes of a token that is looked at.
const LONGEST: usize = 2048;

/// How long an access token holds, milliseconds.
pub(super) const ACCESS_MILLIS: i64 = 10 * 60_000;

/// For whom tokens are.
pub(super) const AUDIENCE: &str = "attune";
/// Who makes them.
pub(super) const ISSUER: &str = "attune-collector";

#[derive(Debug, Serialize, Deserialize)]
struct Header {
    alg: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    typ: Option<String>,
    kid: String,
}

/// What a token says.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(super) struct Claims {
    pub(super) iss: String,
    pub(super) aud: String,
    /// Who signed in.
    pub(super) sub: String,
    /// The family of refresh tokens that it belongs to.
    pub(super) sid: String,
    /// What they are.
    pub(super) roles: Vec<String>,
    /// When it was made, Unix seconds.
    pub(super) iat: i64,
    /// When it ends, Unix seconds.
    pub(super) exp: i64,
}

/// Writes a token.
pub(super) fn write(claims: &Claims, kid: &str, key: &KeyPair) -> String {
    let header = Header { alg: "EdDSA".into(), typ: Some("JWT".into()), kid: kid.into() };
    let part = |json: Vec<u8>| BASE64URL_NOPAD.encode(&json);
    let header = part(serde_json::to_vec(&header).expect("texts, written to memory"));
    let claims = part(serde_json::to_vec(claims).expect("texts and numbers, written to memory"));
    let signed = key.sign(format!("{header}.{claims}").into_bytes());
    let signature = signed.last_chunk::<SIGNATURE_LEN>().expect("signing appends a signature");
    format!("{header}.{claims}.{}", BASE64URL_NOPAD.encode(signature))
}

/// Which key a token names, before anything of it is believed.
pub(super) fn key_of(token: &str) -> Option<String> {
    if token.len() > LONGEST {
        return None;
    }
    let header: Header =
        serde_json::from_slice(&BASE64URL_NOPAD.decode(token.split('.').next()?.as_bytes()).ok()?).ok()?;
    (header.alg == "EdDSA").then_some(header.kid)
}

/// What a token says, if this key signed it and it holds at a time, Unix seconds.
pub(super) fn read(token: &str, key: &PublicKey, now: i64) -> Option<Claims> {
    let (message, signature) = token.rsplit_once('.')?;
    let signature = BASE64URL_NOPAD.decode(signature.as_bytes()).ok()?;
    let signed = [message.as_bytes(), &signature].concat();
    if signature.len() != SIGNATURE_LEN || sign::verify(&signed, key).is_err() {
        return None;
    }
    let (_, claims) = message.split_once('.')?;
    let claims: Claims = serde_json::from_slice(&BASE64URL_NOPAD.decode(claims.as_bytes()).ok()?).ok()?;
    // What was made while a clock was ahead holds for no longer than any other, and not before it was made.
    let holds = now < claims.exp && now < claims.iat + ACCESS_MILLIS / 1000 && claims.iat <= now + AHEAD / 1000;
    (claims.aud == AUDIENCE && claims.iss == ISSUER && holds).then_some(claims)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claims() -> Claims {
        Claims {
            iss: ISSUER.into(),
            aud: AUDIENCE.into(),
            sub: "00".repeat(16),
            sid: "11".repeat(16),
            roles: vec!["employee".into()],
            iat: 1000,
            exp: 1600,
        }
    }

    #[test]
    fn a_token_reads_with_its_key_while_it_holds() {
        let key = KeyPair::generate();
        let token = write(&claims(), "k1", &key);
        assert_eq!(key_of(&token).as_deref(), Some("k1"));
        assert_eq!(read(&token, &key.public(), 1599), Some(claims()));
        assert_eq!(read(&token, &key.public(), 1600), None, "ended");
        assert_eq!(read(&token, &key.public(), 939), None, "made in the future");
        let long = write(&Claims { exp: 1_000_000, ..claims() }, "k1", &key);
        assert_eq!(read(&long, &key.public(), 1600), None, "it holds for no longer than any other");
        assert_eq!(read(&token, &KeyPair::generate().public(), 1599), None, "another key");
        let other = write(&Claims { aud: "other".into(), ..claims() }, "k1", &key);
        assert_eq!(read(&other, &key.public(), 1599), None, "for somebody else");
    }

    #[test]
    fn a_token_without_a_signature_or_with_another_algorithm_is_none() {
        let key = KeyPair::generate();
        let token = write(&claims(), "k1", &key);
        let parts: Vec<&str> = token.split('.').collect();
        let header = |alg: &str| BASE64URL_NOPAD.encode(format!(r#"{{"alg":"{alg}","kid":"k1"}}"#).as_bytes());
        for alg in ["none", "HS256", "ES256", "eddsa"] {
            assert_eq!(key_of(&format!("{}.{}.{}", header(alg), parts[1], parts[2])), None, "{alg}");
        }
        for forged in
            ["", ".", "..", "a.b.c", &format!("{}.{}.", parts[0], parts[1]), &format!("{}.{}", parts[0], parts[1])]
        {
            assert_eq!(read(forged, &key.public(), 1599), None, "{forged}");
        }
        let turned = BASE64URL_NOPAD
            .encode(&serde_json::to_vec(&Claims { roles: vec!["admin".into()], ..claims() }).expect("JSON"));
        assert_eq!(read(&format!("{}.{turned}.{}", parts[0], parts[2]), &key.public(), 1599), None, "changed");
        assert_eq!(key_of(&"x".repeat(LONGEST + 1)), None);
    }
}
