//! Where bytes come from: they are read more than once, so that a large file need not lie in memory.

use std::io::{self, Read};

/// Bytes that can be read from their begin again.
pub trait Source {
    /// A reader at the first byte.
    ///
    /// # Errors
    /// Where they cannot be read.
    fn open(&self) -> io::Result<Box<dyn Read + '_>>;

    /// How many bytes there are.
    fn size(&self) -> u64;
}

/// Bytes in memory.
#[derive(Clone, Copy, Debug)]
pub struct Bytes<'a>(pub &'a [u8]);

impl Source for Bytes<'_> {
    fn open(&self) -> io::Result<Box<dyn Read + '_>> {
        Ok(Box::new(self.0))
    }

    fn size(&self) -> u64 {
        self.0.len() as u64
    }
}

/// A file on disk.
#[derive(Clone, Copy, Debug)]
pub struct OnDisk<'a> {
    /// Where it lies.
    pub path: &'a std::path::Path,
    /// How many bytes it has.
    pub size: u64,
}

impl Source for OnDisk<'_> {
    fn open(&self) -> io::Result<Box<dyn Read + '_>> {
        Ok(Box::new(std::fs::File::open(self.path)?))
    }

    fn size(&self) -> u64 {
        self.size
    }
}
