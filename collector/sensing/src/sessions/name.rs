use attune_protocol::ids::{PersonId, SessionId};
use sha2::{Digest, Sha256};

/// The most characters of a session's name.
const LONGEST: usize = 128;

/// The session that a text names: 32 hexadecimal digits, with or without the hyphens of a UUID, are its id. Any other name
/// that a client has for a session of its own stands for the id that is made of it, always the same one: the first half of
/// its SHA-256. `None` where it is empty, has over 128 characters, or one that does not print.
pub(crate) fn session_of(name: &str) -> Option<SessionId> {
    let well_formed = (1..=LONGEST).contains(&name.chars().count()) && !name.chars().any(char::is_control);
    let id = || half(Sha256::new().chain_update(b"attune: a client's session\0").chain_update(name));
    well_formed.then(|| uuid(name).unwrap_or_else(id))
}

/// The session of a request that names none, by its user and its `Idempotency-Key`: sent again, it belongs to the same one.
pub(crate) fn session_of_key(user: Option<&str>, key: &str) -> SessionId {
    let digest = Sha256::new().chain_update(b"attune: a request's session\0").chain_update(user.unwrap_or_default());
    half(digest.chain_update(b"\0").chain_update(key))
}

/// Context under which the name of a session is sealed.
pub(crate) fn name_context(person: PersonId, session: SessionId) -> Vec<u8> {
    [b"session name".as_slice(), &person.0, &session.0].concat()
}

fn half(digest: Sha256) -> SessionId {
    let mut id = [0; 16];
    id.copy_from_slice(&digest.finalize()[..16]);
    SessionId(id)
}

/// 32 hexadecimal digits, plain or as a UUID has them.
fn uuid(text: &str) -> Option<SessionId> {
    let hyphens: Vec<usize> = text.match_indices('-').map(|(at, _)| at).collect();
    let placed = hyphens.is_empty() || hyphens == [8, 13, 18, 23];
    if placed { text.replace('-', "").parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_stands_for_the_same_session_of_its_user_only() {
        let session = session_of_key(Some("alice"), "1");
        assert_eq!(session_of_key(Some("alice"), "1"), session);
        for other in [session_of_key(Some("bob"), "1"), session_of_key(None, "1"), session_of_key(Some("alice"), "2")] {
            assert_ne!(other, session);
        }
    }

    #[test]
    fn a_uuid_is_its_id_and_every_other_name_stands_for_one_of_its_own() {
        let plain = session_of("0123456789abcdef0123456789abcdef").expect("reads");
        assert_eq!(plain.to_string(), "0123456789abcdef0123456789abcdef");
        assert_eq!(session_of("01234567-89ab-cdef-0123-456789abcdef"), Some(plain));
        let morning = session_of("morning 7").expect("reads");
        assert_eq!(session_of("morning 7"), Some(morning));
        for other in ["morning 8", "7", "0123-456789abcdef0123456789abcdef", "../../etc/passwd", "\u{e9}t\u{e9}"] {
            let other = session_of(other).expect("reads");
            assert!(other != morning && other != plain);
        }
        for wrong in ["", "a\nb", &"x".repeat(129)] {
            assert_eq!(session_of(wrong), None, "{wrong:?}");
        }
    }
}
