//! Files inside a ZIP archive, NumPy's arrays among them.

use std::error::Error;
use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use zip::ZipArchive;
use zip::result::ZipError;

/// An archive that is open.
pub(super) struct Archive(ZipArchive<File>);

impl Archive {
    pub(super) fn open(path: &Path) -> Result<Self, Box<dyn Error>> {
        Ok(Self(ZipArchive::new(File::open(path)?)?))
    }

    pub(super) fn names(&self) -> Result<Vec<String>, Box<dyn Error>> {
        let mut names = self.0.file_names().map(|name| Ok(name?.into_owned())).collect::<Result<Vec<_>, ZipError>>()?;
        names.sort();
        Ok(names)
    }

    pub(super) fn read(&mut self, name: &str) -> Result<Vec<u8>, Box<dyn Error>> {
        let mut bytes = Vec::new();
        self.0.by_name(name)?.read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    /// The values of a `.npy` array of 32-bit floats, row by row.
    pub(super) fn floats(&mut self, name: &str) -> Result<Vec<f64>, Box<dyn Error>> {
        let bytes = self.read(name)?;
        let version = bytes.get(6).copied().ok_or("the array is cut short")?;
        let start = if version == 1 { 10 } else { 12 };
        let length = bytes.get(8..start).ok_or("the array is cut short")?;
        let length = length.iter().rev().fold(0, |length, &byte| (length << 8) | usize::from(byte));
        let header = bytes.get(start..start + length).ok_or("the array is cut short")?;
        let header = String::from_utf8_lossy(header);
        if !bytes.starts_with(b"\x93NUMPY") || !header.contains("'<f4'") || header.contains("'fortran_order': True") {
            return Err(format!("{name} is no row-major array of 32-bit floats: {header}").into());
        }
        let (values, _) = bytes[start + length..].as_chunks::<4>();
        Ok(values.iter().map(|&four| f64::from(f32::from_le_bytes(four))).collect())
    }
}
