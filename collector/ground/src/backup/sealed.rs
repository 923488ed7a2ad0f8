//! A file that only the recovery key opens, in chunks. Each says its number and whether it is the last: one that is missing, moved,
//! exchanged or changed does not open. A sum at the end shows damage to who has no key.
//!
//! | bytes | what |
//! |---|---|
//! | 16 | `attune backup 1\n` |
//! | 1 | what it holds: 1 data, 2 keys |
//! | 8 | when it was made, Unix milliseconds, big-endian |
//! | 32 + 60 | the file's key, sealed for the recovery key, bound to all before |
//! | 4, then so many, each | a chunk: its length, big-endian, the highest bit set in the last; AES-256-GCM with its nonce before it, bound to its number and to whether it is the last |
//! | 32 | SHA-256 of all before |

use std::io::{ErrorKind, Read, Write};

use attune_protocol::seal::{OVERHEAD, SealKey};
use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;
use sha2::{Digest, Sha256};

use super::BackupError;
use super::recovery::{Recovery, RecoveryKey, SealedKey};

const MAGIC: &[u8; 16] = b"attune backup 1\n";
/// Set in the length of the last chunk.
const LAST: u32 = 1 << 31;
/// Bytes of a chunk that may be read, open or not.
const LARGEST: usize = 256 << 20;
/// Bytes of the sum.
const SUM: usize = 32;
/// Before a chunk as it is.
const PLAIN: u8 = 0;
/// Before one that is compressed.
const DEFLATED: u8 = 1;

/// What a file holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Holds {
    /// The database, without keys of people.
    Data,
    /// The keys of people and the master key.
    Keys,
}

impl Holds {
    const fn byte(self) -> u8 {
        match self {
            Self::Data => 1,
            Self::Keys => 2,
        }
    }

    pub(super) const fn words(self) -> &'static str {
        match self {
            Self::Data => "data",
            Self::Keys => "keys",
        }
    }
}

/// What everybody may read of a file.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Label {
    pub(super) holds: Holds,
    /// When it was made, Unix milliseconds.
    pub(super) made_at: i64,
}

impl Label {
    fn bytes(self) -> Vec<u8> {
        [&MAGIC[..], &[self.holds.byte()], &self.made_at.to_be_bytes()].concat()
    }
}

fn context(number: u64, is_last: bool) -> Vec<u8> {
    [&b"attune backup chunk"[..], &number.to_be_bytes(), &[u8::from(is_last)]].concat()
}

/// Writes such a file.
pub(super) struct Writer<W> {
    file: W,
    sum: Sha256,
    key: SealKey,
    number: u64,
    written: u64,
    /// The chunk that is written once it is known whether it is the last.
    waiting: Option<Vec<u8>>,
}

impl<W: Write> Writer<W> {
    pub(super) fn new(file: W, label: Label, recovery: &Recovery) -> std::io::Result<Self> {
        let (key, head) = (SealKey::generate(), label.bytes());
        let sealed = recovery.seal(&head, key.secret());
        let sealed = sealed.ok_or_else(|| std::io::Error::new(ErrorKind::InvalidData, "the recovery key is none"))?;
        let mut writer = Self { file, sum: Sha256::new(), key, number: 0, written: 0, waiting: None };
        writer.put(&[&head[..], &sealed.ephemeral, &sealed.wrapped].concat())?;
        Ok(writer)
    }

    pub(super) fn chunk(&mut self, plain: Vec<u8>) -> std::io::Result<()> {
        match self.waiting.replace(plain) {
            Some(before) => self.seal(&before, false),
            None => Ok(()),
        }
    }

    /// Ends the file, and gives it with how many bytes it has.
    pub(super) fn end(mut self) -> std::io::Result<(W, u64)> {
        let last = self.waiting.take().unwrap_or_default();
        self.seal(&last, true)?;
        let sum = self.sum.finalize_reset();
        self.file.write_all(&sum)?;
        self.file.flush()?;
        Ok((self.file, self.written + SUM as u64))
    }

    fn seal(&mut self, plain: &[u8], is_last: bool) -> std::io::Result<()> {
        let mut packed = DeflateEncoder::new(vec![DEFLATED], Compression::fast());
        packed.write_all(plain)?;
        let mut packed = packed.finish()?;
        if packed.len() > plain.len() {
            packed.clear();
            packed.push(PLAIN);
            packed.extend_from_slice(plain);
        }
        let sealed = self.key.seal(&context(self.number, is_last), &packed);
        self.number += 1;
        let length = u32::try_from(sealed.len()).ok().filter(|length| *length as usize <= LARGEST);
        let length =
            length.ok_or_else(|| std::io::Error::new(ErrorKind::InvalidData, "a row is too large for a copy"))?;
        self.put(&(length | if is_last { LAST } else { 0 }).to_be_bytes())?;
        self.put(&sealed)
    }

    fn put(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        self.sum.update(bytes);
        self.written += bytes.len() as u64;
        self.file.write_all(bytes)
    }
}

/// Reads such a file.
pub(super) struct Reader<R> {
    file: R,
    sum: Sha256,
    pub(super) label: Label,
    /// What opens the chunks; none where only the sum is checked.
    key: Option<SealKey>,
    number: u64,
    is_over: bool,
}

impl<R: Read> Reader<R> {
    /// Reads what it is. Without a key nothing is opened.
    pub(super) fn new(mut file: R, recovery: Option<&RecoveryKey>) -> Result<Self, BackupError> {
        let mut head = [0; MAGIC.len() + 9];
        take(&mut file, &mut head, BackupError::NoCopy)?;
        let (magic, rest) = head.split_at(MAGIC.len());
        if magic != MAGIC {
            return Err(if magic.starts_with(b"attune backup ") { BackupError::Later } else { BackupError::NoCopy });
        }
        let holds = match rest[0] {
            1 => Holds::Data,
            2 => Holds::Keys,
            _ => return Err(BackupError::Later),
        };
        let made_at = i64::from_be_bytes(rest[1..].try_into().expect("eight bytes"));
        let mut sealed = SealedKey { ephemeral: [0; 32], wrapped: vec![0; 32 + OVERHEAD] };
        take(&mut file, &mut sealed.ephemeral, BackupError::Cut)?;
        take(&mut file, &mut sealed.wrapped, BackupError::Cut)?;
        let key = match recovery {
            Some(recovery) => {
                let key = recovery.open(&head, &sealed).ok_or(BackupError::OtherRecoveryKey)?;
                Some(SealKey::from_secret(*key))
            }
            None => None,
        };
        let sum = Sha256::new().chain_update(head).chain_update(sealed.ephemeral).chain_update(&sealed.wrapped);
        Ok(Self { file, sum, label: Label { holds, made_at }, key, number: 0, is_over: false })
    }

    /// The next chunk; empty where it was not opened. None behind the last one, once the sum was found right.
    pub(super) fn chunk(&mut self) -> Result<Option<Vec<u8>>, BackupError> {
        if self.is_over {
            return self.end().map(|()| None);
        }
        let mut length = [0; 4];
        take(&mut self.file, &mut length, BackupError::Cut)?;
        self.sum.update(length);
        let length = u32::from_be_bytes(length);
        let is_last = length & LAST != 0;
        let length = (length & !LAST) as usize;
        let broken = BackupError::Broken { chunk: self.number };
        if length > LARGEST {
            return Err(broken);
        }
        let mut sealed = vec![0; length];
        take(&mut self.file, &mut sealed, BackupError::Cut)?;
        self.sum.update(&sealed);
        let number = self.number;
        self.number += 1;
        self.is_over = is_last;
        let Some(key) = &self.key else { return Ok(Some(Vec::new())) };
        let Ok(packed) = key.open(&context(number, is_last), &sealed) else { return Err(broken) };
        match packed.split_first() {
            Some((&PLAIN, plain)) => Ok(Some(plain.to_vec())),
            Some((&DEFLATED, packed)) => {
                let mut plain = Vec::new();
                let read = DeflateDecoder::new(packed).take(LARGEST as u64).read_to_end(&mut plain);
                read.map(|_| Some(plain)).map_err(|_| broken)
            }
            _ => Err(broken),
        }
    }

    /// Chunks that were read.
    pub(super) const fn chunks(&self) -> u64 {
        self.number
    }

    fn end(&mut self) -> Result<(), BackupError> {
        let mut sum = [0; SUM];
        take(&mut self.file, &mut sum, BackupError::Cut)?;
        let expected: [u8; SUM] = self.sum.finalize_reset().into();
        if sum != expected {
            return Err(BackupError::Sum);
        }
        match self.file.read(&mut [0]) {
            Ok(0) => Ok(()),
            Ok(_) => Err(BackupError::Sum),
            Err(error) => Err(BackupError::Read(error)),
        }
    }
}

/// Reads exactly so many bytes.
fn take(file: &mut impl Read, into: &mut [u8], at_the_end: BackupError) -> Result<(), BackupError> {
    file.read_exact(into).map_err(|error| match error.kind() {
        ErrorKind::UnexpectedEof => at_the_end,
        _ => BackupError::Read(error),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const LABEL: Label = Label { holds: Holds::Data, made_at: 1_700_000_000_000 };

    fn chunks() -> Vec<Vec<u8>> {
        (0..4_u8).map(|chunk| (0..2_000).map(|place| chunk ^ (place % 7) as u8).collect()).collect()
    }

    fn file(key: &RecoveryKey) -> Vec<u8> {
        let mut writer = Writer::new(Vec::new(), LABEL, &key.public()).unwrap();
        chunks().into_iter().for_each(|chunk| writer.chunk(chunk).unwrap());
        let (bytes, size) = writer.end().unwrap();
        assert_eq!(bytes.len() as u64, size);
        bytes
    }

    fn read(bytes: &[u8], key: Option<&RecoveryKey>) -> Result<Vec<Vec<u8>>, BackupError> {
        let mut reader = Reader::new(bytes, key)?;
        let mut all = Vec::new();
        while let Some(chunk) = reader.chunk()? {
            all.push(chunk);
        }
        Ok(all)
    }

    /// Where each chunk begins, and where the sum does.
    fn places(bytes: &[u8]) -> Vec<usize> {
        let mut places = vec![MAGIC.len() + 9 + 32 + 32 + OVERHEAD];
        loop {
            let at = *places.last().unwrap();
            let length = u32::from_be_bytes(bytes[at..at + 4].try_into().unwrap());
            places.push(at + 4 + (length & !LAST) as usize);
            if length & LAST != 0 {
                return places;
            }
        }
    }

    /// With the sum that belongs to it, as who means ill would write it.
    fn summed(mut bytes: Vec<u8>) -> Vec<u8> {
        bytes.truncate(bytes.len() - SUM);
        let sum = Sha256::digest(&bytes);
        [&bytes[..], &sum].concat()
    }

    #[test]
    fn what_was_written_is_read_and_any_flipped_bit_is_found() {
        let key = RecoveryKey::generate();
        let whole = file(&key);
        assert_eq!(read(&whole, Some(&key)).unwrap(), chunks());
        assert_eq!(read(&whole, None).unwrap().len(), 4, "whole, without a key");
        assert!(matches!(read(&whole, Some(&RecoveryKey::generate())), Err(BackupError::OtherRecoveryKey)));
        for place in 0..whole.len() {
            let mut flipped = whole.clone();
            flipped[place] ^= 1;
            assert!(read(&flipped, Some(&key)).is_err(), "{place}");
            assert!(read(&flipped, None).is_err(), "{place}, without a key");
        }
        for length in 0..whole.len() {
            assert!(read(&whole[..length], Some(&key)).is_err() && read(&whole[..length], None).is_err(), "{length}");
        }
        assert!(read(&[&whole[..], b"x"].concat(), Some(&key)).is_err(), "something behind it");
    }

    #[test]
    fn a_chunk_that_somebody_has_taken_out_moved_or_brought_from_another_file_does_not_open() {
        let key = RecoveryKey::generate();
        let (whole, other) = (file(&key), file(&key));
        let (at, end) = (places(&whole), whole.len());
        let part = |from: &[u8], chunk: usize| from[at[chunk]..at[chunk + 1]].to_vec();
        let put = |order: [Vec<u8>; 4]| summed([&whole[..at[0]], &order.concat(), &[0; SUM]].concat());
        let all = [0, 1, 2, 3].map(|chunk| part(&whole, chunk));
        assert_eq!(read(&put(all.clone()), Some(&key)).unwrap(), chunks());
        let [a, b, c, d] = all;
        for (changed, broken) in [
            (put([a.clone(), c.clone(), b.clone(), d.clone()]), 1),
            (put([a.clone(), part(&other, 1), c.clone(), d.clone()]), 1),
            (put([a.clone(), b.clone(), Vec::new(), d.clone()]), 2),
        ] {
            assert!(!read(&changed, None).unwrap_or_default().is_empty(), "the sum was made anew");
            assert!(matches!(read(&changed, Some(&key)), Err(BackupError::Broken { chunk }) if chunk == broken));
        }
        // The end is cut off, and the chunk before it said to be the last.
        let mut cut = whole[..at[3]].to_vec();
        cut[at[2]] |= 0x80;
        let cut = summed([&cut[..], &[0; SUM]].concat());
        assert!(matches!(read(&cut, Some(&key)), Err(BackupError::Broken { chunk: 2 })));
        assert!(at[4] + SUM == end);
        // The label is bound, too.
        let mut later = whole.clone();
        later[MAGIC.len() + 8] ^= 1;
        assert!(matches!(read(&summed(later), Some(&key)), Err(BackupError::OtherRecoveryKey)));
    }
}
