//! The four bytes before every body: magic, format version, kind.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::ProtocolError;

pub use crate::kind::Kind;

/// First two bytes of everything that is sent or stored.
pub const MAGIC: [u8; 2] = *b"AT";
/// The format version that this build writes.
pub const VERSION: u8 = 1;
/// Bytes before the body.
pub const HEADER_LEN: usize = 4;

/// Reads the header and gives the kind and the body.
///
/// # Errors
/// When the bytes are too short, or magic, version or kind are not known here.
pub fn open(bytes: &[u8]) -> Result<(Kind, &[u8]), ProtocolError> {
    let Some((&[m0, m1, version, kind], body)) = bytes.split_first_chunk::<HEADER_LEN>() else {
        return Err(ProtocolError::Truncated { got: bytes.len(), needed: HEADER_LEN });
    };
    if [m0, m1] != MAGIC {
        return Err(ProtocolError::Magic);
    }
    if version != VERSION {
        return Err(ProtocolError::Version(version));
    }
    let kind = Kind::ALL.into_iter().find(|k| *k as u8 == kind).ok_or(ProtocolError::UnknownKind(kind))?;
    Ok((kind, body))
}

/// The body of an envelope that must be of one kind.
pub(crate) fn expect(bytes: &[u8], expected: Kind) -> Result<&[u8], ProtocolError> {
    let (found, body) = open(bytes)?;
    if found == expected { Ok(body) } else { Err(ProtocolError::UnexpectedKind { expected, found }) }
}

/// Header and postcard body.
pub(crate) fn encode<T: Serialize>(kind: Kind, body: &T) -> Vec<u8> {
    let header = vec![MAGIC[0], MAGIC[1], VERSION, kind as u8];
    postcard::to_extend(body, header).expect("our bodies hold nothing that postcard cannot write")
}

/// A postcard body that must use up all bytes.
pub(crate) fn decode_body<T: DeserializeOwned>(kind: Kind, body: &[u8]) -> Result<T, ProtocolError> {
    match postcard::take_from_bytes(body) {
        Ok((value, [])) => Ok(value),
        _ => Err(ProtocolError::Body(kind)),
    }
}
