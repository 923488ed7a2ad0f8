use std::io::Read;

use flate2::Compression;
use flate2::read::{DeflateDecoder, DeflateEncoder};
use serde::{Deserialize, Serialize};

use super::{MAX_INFLATED, limit};
use crate::ProtocolError;
use crate::envelope::Kind;

/// Compressed bytes that state how long they were, so that the limit is checked before the work.
#[derive(Serialize, Deserialize)]
pub(super) struct Deflated {
    pub inflated_len: u32,
    pub bytes: Vec<u8>,
}

impl Deflated {
    pub(super) fn new(plain: &[u8]) -> Result<Self, ProtocolError> {
        limit("a batch before compression", plain.len(), MAX_INFLATED)?;
        let mut bytes = Vec::new();
        DeflateEncoder::new(plain, Compression::best())
            .read_to_end(&mut bytes)
            .expect("reading from memory does not fail");
        Ok(Self { inflated_len: u32::try_from(plain.len()).expect("checked against MAX_INFLATED"), bytes })
    }

    pub(super) fn inflate(&self) -> Result<Vec<u8>, ProtocolError> {
        let len = usize::try_from(self.inflated_len).unwrap_or(usize::MAX);
        limit("a batch before compression", len, MAX_INFLATED)?;
        let mut plain = Vec::with_capacity(len);
        DeflateDecoder::new(self.bytes.as_slice())
            .take(u64::from(self.inflated_len) + 1)
            .read_to_end(&mut plain)
            .map_err(|_| ProtocolError::Body(Kind::Batch))?;
        if plain.len() != len {
            return Err(ProtocolError::Rule { kind: Kind::Batch, rule: "it inflates to the length it states" });
        }
        Ok(plain)
    }
}
