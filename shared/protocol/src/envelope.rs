//! The four bytes before every body: magic, format version, kind.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::ProtocolError;

pub use crate::kind::Kind;

/// First two bytes of everything that is sent or stored.
pub const MAGIC: [u8; 2] = *b"AT";
/// Bytes before the body.
pub const HEADER_LEN: usize = 4;

/// An envelope whose header is known here.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Opened<'a> {
    /// What the body is.
    pub kind: Kind,
    /// The format version of the body.
    pub version: u8,
    /// What follows the header.
    pub body: &'a [u8],
}

/// Reads the header.
///
/// # Errors
/// When the bytes are too short, magic or kind are not known here, or the version is later than this build's or too old.
pub fn open(bytes: &[u8]) -> Result<Opened<'_>, ProtocolError> {
    let Some((&[m0, m1, version, kind], body)) = bytes.split_first_chunk::<HEADER_LEN>() else {
        return Err(ProtocolError::Truncated { got: bytes.len(), needed: HEADER_LEN });
    };
    if [m0, m1] != MAGIC {
        return Err(ProtocolError::Magic);
    }
    let kind = Kind::ALL.into_iter().find(|k| *k as u8 == kind).ok_or(ProtocolError::UnknownKind(kind))?;
    match version {
        0 => Err(ProtocolError::Version(version)),
        _ if version < kind.oldest() => Err(ProtocolError::Outdated { kind, version }),
        _ if version > kind.version() => Err(ProtocolError::Version(version)),
        _ => Ok(Opened { kind, version, body }),
    }
}

/// An envelope that must be of one kind.
pub(crate) fn expect(bytes: &[u8], expected: Kind) -> Result<Opened<'_>, ProtocolError> {
    let opened = open(bytes)?;
    if opened.kind == expected {
        Ok(opened)
    } else {
        Err(ProtocolError::UnexpectedKind { expected, found: opened.kind })
    }
}

/// Header and postcard body.
pub(crate) fn encode<T: Serialize>(kind: Kind, body: &T) -> Vec<u8> {
    encode_as(kind, kind.version(), body)
}

/// As [`encode`], of an earlier format version, which who is older reads, too.
pub(crate) fn encode_as<T: Serialize>(kind: Kind, version: u8, body: &T) -> Vec<u8> {
    let header = vec![MAGIC[0], MAGIC[1], version, kind as u8];
    postcard::to_extend(body, header).expect("our bodies hold nothing that postcard cannot write")
}

/// The body of an envelope that must be of one kind and of the version that this build writes.
pub(crate) fn decode<T: DeserializeOwned>(bytes: &[u8], kind: Kind) -> Result<T, ProtocolError> {
    let opened = expect(bytes, kind)?;
    if opened.version != kind.version() {
        return Err(ProtocolError::Outdated { kind, version: opened.version });
    }
    decode_body(kind, opened.body)
}

/// A postcard body that must use up all bytes.
pub(crate) fn decode_body<T: DeserializeOwned>(kind: Kind, body: &[u8]) -> Result<T, ProtocolError> {
    match postcard::take_from_bytes(body) {
        Ok((value, [])) => Ok(value),
        _ => Err(ProtocolError::Body(kind)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_is_held_to_its_magic_kind_and_versions() {
        let whole = encode(Kind::Record, &7_u32);
        assert_eq!(
            open(&whole).map(|opened| (opened.kind, opened.version)),
            Ok((Kind::Record, Kind::Record.version()))
        );
        assert_eq!(decode(&whole, Kind::Record), Ok(7_u32));
        assert_eq!(open(&whole[..HEADER_LEN]).map(|opened| opened.body.len()), Ok(0));
        assert_eq!(open(&whole[..3]), Err(ProtocolError::Truncated { got: 3, needed: HEADER_LEN }));
        let changed = |place: usize, to: u8| {
            let mut bytes = whole.clone();
            bytes[place] = to;
            bytes
        };
        for (bytes, problem) in [
            (changed(0, b'B'), ProtocolError::Magic),
            (changed(1, b'B'), ProtocolError::Magic),
            (changed(2, 0), ProtocolError::Version(0)),
            (changed(2, Kind::Record.version() + 1), ProtocolError::Version(Kind::Record.version() + 1)),
            (changed(3, 99), ProtocolError::UnknownKind(99)),
        ] {
            assert_eq!(open(&bytes), Err(problem));
        }
        assert_eq!(open(&changed(2, 1)).map(|opened| opened.version), Ok(1), "the oldest that is read");
        assert_eq!(
            decode::<u32>(&changed(2, 1), Kind::Record),
            Err(ProtocolError::Outdated { kind: Kind::Record, version: 1 })
        );
        let mut early = encode(Kind::Ack, &7_u32);
        early[2] = 1;
        assert_eq!(open(&early), Err(ProtocolError::Outdated { kind: Kind::Ack, version: 1 }));
    }

    #[test]
    fn a_body_is_of_the_kind_that_is_expected_and_ends_where_it_ends() {
        let mut bytes = encode(Kind::Dropped, &7_u32);
        let unexpected = ProtocolError::UnexpectedKind { expected: Kind::Record, found: Kind::Dropped };
        assert_eq!(decode::<u32>(&bytes, Kind::Record), Err(unexpected));
        bytes.push(0);
        assert_eq!(decode::<u32>(&bytes, Kind::Dropped), Err(ProtocolError::Body(Kind::Dropped)));
        bytes.truncate(HEADER_LEN);
        assert_eq!(decode::<u32>(&bytes, Kind::Dropped), Err(ProtocolError::Body(Kind::Dropped)));
    }
}
