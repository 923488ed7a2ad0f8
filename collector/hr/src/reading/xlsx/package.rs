//! The parts of a workbook, each bounded before it is unpacked.

use std::cell::{Cell as Slot, RefCell};
use std::collections::HashMap;
use std::io::{self, BufReader, Cursor, Read};

use memchr::memmem;
use zip::ZipArchive;
use zip::read::ZipFile;

use super::super::cell::Halt;
use super::super::limits;
use super::super::refusal::Refusal;
use super::xml::Xml;

/// The XML of a part.
pub(crate) type Part<'p> = Xml<BufReader<Guarded<ZipFile<'p, Cursor<Vec<u8>>>>>>;

/// An archive of parts.
pub(crate) struct Package {
    archive: RefCell<ZipArchive<Cursor<Vec<u8>>>>,
    names: Vec<String>,
    /// Where in [`Self::names`] the part of a [`bare`] name is.
    places: HashMap<String, usize>,
    /// Bytes that may still be unpacked, and one for each opening: many can name one part.
    left: Slot<u64>,
}

/// The begin of each entry in the list of an archive.
const ENTRY: &[u8] = b"PK\x01\x02";

/// A name as it is compared: some writers begin it with a slash or mix letters' sizes.
fn bare(name: &str) -> String {
    name.trim_start_matches('/').replace('\\', "/").to_lowercase()
}

impl Package {
    /// Opens it, and looks at what its parts say of their sizes.
    pub(crate) fn open(bytes: Vec<u8>) -> Result<Self, Halt> {
        // Opening it takes its whole list into memory.
        if memmem::find_iter(&bytes, ENTRY).nth(limits::PARTS).is_some() {
            return Err(Refusal::Bomb.into());
        }
        let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|_| Refusal::Damaged)?;
        if archive.len() > limits::PARTS {
            return Err(Refusal::Bomb.into());
        }
        let mut names = Vec::with_capacity(archive.len());
        let mut places = HashMap::with_capacity(archive.len());
        let mut whole = 0_u64;
        for at in 0..archive.len() {
            let part = archive.by_index_raw(at).map_err(|_| Refusal::Damaged)?;
            if part.encrypted() {
                return Err(Refusal::Password.into());
            }
            let (packed, size) = (part.compressed_size(), part.size());
            whole = whole.saturating_add(size);
            let is_bomb = size > limits::BOMB && size / packed.max(1) > limits::RATIO;
            if size > limits::PART || whole > limits::WHOLE || is_bomb {
                return Err(Refusal::Bomb.into());
            }
            names.push(part.name().map_err(|_| Refusal::Damaged)?.into_owned());
            places.entry(bare(&names[at])).or_insert(at);
        }
        let left = limits::PASSES * (whole + names.len() as u64);
        Ok(Self { archive: RefCell::new(archive), names, places, left: Slot::new(left) })
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.names.iter().any(|known| known == name)
    }

    /// The name of a part as the archive has it.
    pub(crate) fn real_name(&self, name: &str) -> Option<&str> {
        self.places.get(&bare(name)).map(|at| self.names[*at].as_str())
    }

    /// Goes through the XML of a part.
    pub(crate) fn with<T>(&self, name: &str, read: impl FnOnce(&mut Part<'_>) -> Result<T, Halt>) -> Result<T, Halt> {
        let name = self.real_name(name).ok_or(Refusal::Damaged)?;
        let mut archive = self.archive.borrow_mut();
        let part = archive.by_name(name).map_err(|_| Refusal::Damaged)?;
        let size = part.size();
        self.left.set(self.left.get().checked_sub(size + 1).ok_or(Refusal::Bomb)?);
        read(&mut Xml::new(BufReader::with_capacity(32 << 10, Guarded { bytes: part, left: size })))
    }

    /// The first bytes of a part.
    pub(crate) fn head(&self, name: &str) -> Vec<u8> {
        let mut head = Vec::new();
        let mut archive = self.archive.borrow_mut();
        if let Ok(part) = archive.by_name(name) {
            // What cannot be read tells nothing.
            let _ = part.take(128).read_to_end(&mut head);
        }
        head
    }
}

/// A part that gives no more than it said that it has.
pub(crate) struct Guarded<R> {
    bytes: R,
    left: u64,
}

impl<R: Read> Read for Guarded<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let length = self.bytes.read(into)?;
        self.left =
            self.left.checked_sub(length as u64).ok_or_else(|| io::Error::other("more bytes than were told"))?;
        Ok(length)
    }
}
