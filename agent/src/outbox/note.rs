//! Something small that is kept together with items.

use attune_protocol::seal::SealKey;
use serde::Serialize;

/// First bytes of a sealed note: format version 2 and a mark, by which it is found in a file that does not read.
pub(super) const MARK: [u8; 4] = *b"\x02ATn";
/// Note of the version of the last change of consent that this epoch has taken in. A new epoch has taken in none: the
/// collector knows consent by epoch, and is told the whole book again.
pub(super) const TOLD: &str = "told";
/// Note of how many records have left because of a limit, since the enrolment.
pub(super) const LEFT: &str = "left";
/// Bytes before the name.
const FIXED_LEN: usize = 4 + 8 + 8 + 4 + 1;

/// Something small that must become durable together with the items that it tells of. Sealed like them.
#[derive(Clone, Debug)]
pub struct Note<'a> {
    /// Under which it is read again; at most 255 bytes.
    pub name: &'a str,
    /// What it says.
    pub bytes: Vec<u8>,
}

/// Records that left because of a limit, since the enrolment.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Serialize)]
pub struct Left {
    /// There was no room for them.
    pub full: u64,
    /// They had waited for too long.
    pub aged: u64,
}

impl Left {
    pub(super) fn note(self) -> Note<'static> {
        Note { name: LEFT, bytes: [self.full, self.aged].into_iter().flat_map(u64::to_be_bytes).collect() }
    }

    pub(super) fn decode(bytes: &[u8]) -> Option<Self> {
        let (full, aged) = bytes.split_first_chunk::<8>()?;
        Some(Self { full: u64::from_be_bytes(*full), aged: u64::from_be_bytes(aged.try_into().ok()?) })
    }
}

/// A sealed note as it is stored.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sealed<'a> {
    /// The span under whose key it is sealed.
    pub(super) span: u64,
    /// Which of two writings of a note is the later.
    pub(super) stamp: u64,
    pub(super) name: &'a str,
    header: &'a [u8],
    sealed: &'a [u8],
}

/// Header, name and sealed bytes.
pub(super) fn seal(key: &SealKey, span: u64, stamp: u64, name: &str, bytes: &[u8]) -> Vec<u8> {
    let len = u32::try_from(bytes.len() + attune_protocol::seal::OVERHEAD).expect("a note is far under 4 GiB");
    let mut stored = MARK.to_vec();
    stored.extend_from_slice(&span.to_be_bytes());
    stored.extend_from_slice(&stamp.to_be_bytes());
    stored.extend_from_slice(&len.to_be_bytes());
    stored.push(u8::try_from(name.len()).expect("a note's name is a short word"));
    stored.extend_from_slice(name.as_bytes());
    let sealed = key.seal(&stored, bytes);
    stored.extend_from_slice(&sealed);
    stored
}

impl<'a> Sealed<'a> {
    /// Reads a note that stands at the beginning of some bytes.
    pub(super) fn read(stored: &'a [u8]) -> Option<Self> {
        let rest = stored.strip_prefix(&MARK)?;
        let (span, rest) = rest.split_first_chunk::<8>()?;
        let (stamp, rest) = rest.split_first_chunk::<8>()?;
        let (len, rest) = rest.split_first_chunk::<4>()?;
        let (&name_len, rest) = rest.split_first()?;
        let (name, rest) = rest.split_at_checked(name_len.into())?;
        let sealed = rest.get(..usize::try_from(u32::from_be_bytes(*len)).ok()?)?;
        let header = &stored[..FIXED_LEN + name.len()];
        let name = std::str::from_utf8(name).ok()?;
        let (span, stamp) = (u64::from_be_bytes(*span), u64::from_be_bytes(*stamp));
        Some(Self { span, stamp, name, header, sealed })
    }

    pub(super) fn open(&self, key: &SealKey) -> Option<Vec<u8>> {
        key.open(self.header, self.sealed).ok()
    }
}
