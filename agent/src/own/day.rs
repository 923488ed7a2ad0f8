//! One file: a key of its own, and entries sealed under it.

use std::io::{Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use attune_protocol::seal::{OVERHEAD, SealKey};

use crate::{AgentError, files};

/// First bytes of a file: format version 1 and a mark.
const MAGIC: [u8; 4] = *b"\x01ATo";
/// First bytes of an entry, by which the next one is found behind one that does not read.
const MARK: [u8; 4] = *b"\x01ATf";
/// Bytes before the first entry.
const HEADER_LEN: usize = MAGIC.len() + 32 + OVERHEAD;
/// Bytes of an entry before what is sealed.
const PREFIX_LEN: usize = MARK.len() + 4;
/// The longest entry: a batch with what stands beside it.
const LONGEST: usize = 1 << 20;

/// A file and the key of its entries.
pub(super) struct DayFile {
    path: PathBuf,
    name: String,
    key: SealKey,
    /// Bytes that are whole.
    len: u64,
}

/// Entries of a file, and how many of them do not open.
#[derive(Default)]
pub(super) struct Entries {
    pub(super) bodies: Vec<Vec<u8>>,
    pub(super) damaged: u64,
}

impl DayFile {
    /// Makes a file at a path, for entries of the file that will be called `name`.
    pub(super) fn create(path: &Path, name: &str, device: &SealKey) -> Result<Self, AgentError> {
        let key = SealKey::generate();
        let header = [MAGIC.as_slice(), &device.seal(name.as_bytes(), key.secret())].concat();
        files::write_private(path, &header)?;
        Ok(Self { path: path.to_owned(), name: name.to_owned(), key, len: HEADER_LEN as u64 })
    }

    /// Opens a file; `None` where its beginning does not read.
    pub(super) fn open(path: &Path, name: &str, device: &SealKey) -> Result<Option<Self>, AgentError> {
        let Some(bytes) = files::read_private(path)? else { return Ok(None) };
        let header = bytes.get(..HEADER_LEN).and_then(|header| header.strip_prefix(&MAGIC));
        let secret = header.and_then(|sealed| device.open(name.as_bytes(), sealed).ok());
        let Some(secret) = secret.and_then(|secret| secret.try_into().ok()) else { return Ok(None) };
        let (path, name) = (path.to_owned(), name.to_owned());
        Ok(Some(Self { path, name, key: SealKey::from_secret(secret), len: bytes.len() as u64 }))
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Bytes of the file.
    pub(super) fn len(&self) -> u64 {
        self.len
    }

    /// Says where the file lies now.
    pub(super) fn moved(mut self, path: &Path) -> Self {
        path.clone_into(&mut self.path);
        self
    }

    /// Bytes that entries will take.
    pub(super) fn space(bodies: &[Vec<u8>]) -> u64 {
        bodies.iter().map(|body| (PREFIX_LEN + body.len() + OVERHEAD) as u64).sum()
    }

    /// Puts entries behind those that are there. Where that fails none of them is there.
    pub(super) fn append(&mut self, bodies: &[Vec<u8>]) -> Result<(), AgentError> {
        let mut bytes = Vec::new();
        for body in bodies {
            let sealed = self.key.seal(&self.place(self.len + bytes.len() as u64), body);
            let len = u32::try_from(sealed.len()).unwrap_or(u32::MAX);
            bytes.extend_from_slice(&MARK);
            bytes.extend_from_slice(&len.to_be_bytes());
            bytes.extend_from_slice(&sealed);
        }
        let mut file = files::open_private(&self.path)?;
        let written = file.seek(SeekFrom::Start(self.len)).and_then(|_| file.write_all(&bytes));
        if let Err(error) = written {
            // What is torn is left out by whoever reads, too.
            let _ = file.set_len(self.len);
            return Err(AgentError::file("write", &self.path, error));
        }
        self.len += bytes.len() as u64;
        Ok(())
    }

    /// Everything that opens. What a write that is under way, or was cut short, has left at the end is no damage.
    pub(super) fn read(&self) -> Result<Entries, AgentError> {
        let bytes = files::read_private(&self.path)?.unwrap_or_default();
        let (mut entries, mut at) = (Entries::default(), HEADER_LEN);
        while at < bytes.len() {
            match self.entry(&bytes, at) {
                Some((body, next)) => {
                    entries.bodies.push(body);
                    at = next;
                }
                None => match bytes[at + 1..].windows(MARK.len()).position(|here| here == MARK) {
                    Some(next) => {
                        entries.damaged += 1;
                        at += 1 + next;
                    }
                    None => break,
                },
            }
        }
        Ok(entries)
    }

    fn entry(&self, bytes: &[u8], at: usize) -> Option<(Vec<u8>, usize)> {
        let rest = bytes.get(at..)?.strip_prefix(&MARK)?;
        let (len, rest) = rest.split_first_chunk::<4>()?;
        let len = usize::try_from(u32::from_be_bytes(*len)).ok().filter(|len| *len <= LONGEST)?;
        let body = self.key.open(&self.place(at as u64), rest.get(..len)?).ok()?;
        Some((body, at + PREFIX_LEN + len))
    }

    /// Where an entry stands: it opens nowhere else.
    fn place(&self, at: u64) -> Vec<u8> {
        [self.name.as_bytes(), b"@", &at.to_be_bytes()].concat()
    }
}
