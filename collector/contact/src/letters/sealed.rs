//! What of letters lies sealed under the key of their person, and under what. Each begins with a version.

use attune_ground::{GroundError, SealedAt};
use attune_protocol::ids::PersonId;
use attune_protocol::seal::SealKey;
use serde::{Deserialize, Serialize};

use super::id::ThreadId;

/// Format version; it stands in the first byte.
const VERSION: u8 = 1;

/// What a letter says, and who wrote it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(crate) struct Said {
    /// With which login; none where nobody signs in.
    pub(crate) by: Option<[u8; 16]>,
    pub(crate) text: String,
}

impl Said {
    pub(super) fn seal(&self, key: &SealKey, at: (PersonId, &ThreadId, i64)) -> Result<Vec<u8>, GroundError> {
        let bytes = postcard::to_extend(self, vec![VERSION]);
        let bytes = bytes.map_err(|_| GroundError::Corrupt("a letter can be written"))?;
        Ok(key.seal(&letter_context(at), &bytes))
    }

    /// None where it does not open or read.
    pub(super) fn open(key: &SealKey, at: (PersonId, &ThreadId, i64), sealed: &[u8]) -> Option<Self> {
        let bytes = key.open(&letter_context(at), sealed).ok()?;
        let (&VERSION, body) = bytes.split_first()? else { return None };
        postcard::from_bytes(body).ok()
    }
}

fn letter_context((person, thread, number): (PersonId, &ThreadId, i64)) -> Vec<u8> {
    [b"letter".as_slice(), &person.0, thread, &number.to_be_bytes()].concat()
}

fn thread_context(person: PersonId, thread: &ThreadId) -> Vec<u8> {
    [b"letter thread".as_slice(), &person.0, thread].concat()
}

/// The subject of a thread, sealed.
pub(super) fn seal_subject(key: &SealKey, person: PersonId, thread: &ThreadId, subject: &str) -> Vec<u8> {
    let bytes = [[VERSION].as_slice(), subject.as_bytes()].concat();
    key.seal(&thread_context(person, thread), &bytes)
}

/// The same, opened; none where it does not open.
pub(super) fn open_subject(key: &SealKey, person: PersonId, thread: &ThreadId, sealed: &[u8]) -> Option<String> {
    let bytes = key.open(&thread_context(person, thread), sealed).ok()?;
    let (&VERSION, body) = bytes.split_first()? else { return None };
    String::from_utf8(body.to_vec()).ok()
}

/// As which row of a copy a letter lies sealed.
pub(crate) fn letter_at(at: &SealedAt) -> Vec<u8> {
    letter_context((at.person, &thread_of(at), at.numbers.first().copied().unwrap_or_default()))
}

/// The same of the subject of a thread.
pub(crate) fn thread_at(at: &SealedAt) -> Vec<u8> {
    thread_context(at.person, &thread_of(at))
}

fn thread_of(at: &SealedAt) -> ThreadId {
    at.bytes.first().and_then(|bytes| bytes.as_slice().try_into().ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_letter_opens_in_its_place_alone_and_yesterdays_bytes_read() {
        let (key, person, thread) = (SealKey::generate(), PersonId([1; 16]), [2; 16]);
        let said = Said { by: None, text: "hi".into() };
        let sealed = key.seal(&letter_context((person, &thread, 1)), &[1, 0, 2, b'h', b'i']);
        assert_eq!(Said::open(&key, (person, &thread, 1), &sealed), Some(said.clone()));
        let sealed = said.seal(&key, (person, &thread, 1)).expect("writes");
        for other in [(person, [2; 16], 2), (person, [3; 16], 1), (PersonId([9; 16]), [2; 16], 1)] {
            assert_eq!(Said::open(&key, (other.0, &other.1, other.2), &sealed), None);
        }
        let subject = key.seal(&thread_context(person, &thread), b"\x01Leave");
        assert_eq!(open_subject(&key, person, &thread, &subject).as_deref(), Some("Leave"));
        assert_eq!(open_subject(&key, person, &[3; 16], &subject), None);
    }
}
