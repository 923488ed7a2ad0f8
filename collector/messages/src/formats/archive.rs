//! Archives of other programs: nothing of them is written anywhere, and none unpacks to more than it may.

use std::io::{Read, Seek, SeekFrom};

use zip::ZipArchive;

use super::error::FormatError;

/// Files in an archive.
const MOST_FILES: usize = 500_000;
/// Text packs to a tenth or a twentieth; to less than a two hundredth only what is made for it.
const MOST_TIMES: u64 = 200;
/// What a small archive may always unpack to.
const ALWAYS: u64 = 64 << 20;
/// Bytes of a file that is read whole: lists of people and channels.
const MOST_WHOLE: u64 = 256 << 20;

/// An archive whose files are read one after the other.
pub(super) struct Archive<R> {
    zip: ZipArchive<R>,
    files: Vec<(String, usize)>,
    /// Bytes that may still be unpacked.
    left: u64,
}

impl<R: Read + Seek> Archive<R> {
    /// Opens one. What the packers of a Mac leave beside the files is no file.
    ///
    /// # Errors
    /// When it is none, or has too many files.
    pub(super) fn open(mut reader: R) -> Result<Self, FormatError> {
        let packed = reader.seek(SeekFrom::End(0))?;
        reader.rewind()?;
        let zip = ZipArchive::new(reader)?;
        if zip.len() > MOST_FILES {
            return Err(FormatError::TooMuch("the archive has over 500,000 files"));
        }
        let named = |index| {
            // A name that is no text is none of those that are read.
            let name = zip.name_for_index(index)?.ok()?.replace('\\', "/");
            is_read(&name).then_some((name, index))
        };
        let mut files: Vec<(String, usize)> = (0..zip.len()).filter_map(named).collect();
        files.sort();
        Ok(Self { zip, files, left: packed.saturating_mul(MOST_TIMES).max(ALWAYS) })
    }

    /// The names of all files in their order, with slashes.
    pub(super) fn names(&self) -> Vec<String> {
        self.files.iter().map(|(name, _)| name.clone()).collect()
    }

    /// Reads a file, and gives what `with` made of it.
    ///
    /// # Errors
    /// When it is not there or damaged, when all of the archive is too much, or `with` fails.
    pub(super) fn with<T>(
        &mut self,
        name: &str,
        with: impl FnOnce(&mut dyn Read) -> Result<T, FormatError>,
    ) -> Result<T, FormatError> {
        let place = self.files.binary_search_by(|(known, _)| known.as_str().cmp(name));
        let index = self.files.get(place.unwrap_or(usize::MAX)).map(|(_, index)| *index);
        let file = self.zip.by_index(index.ok_or(zip::result::ZipError::FileNotFound)?)?;
        // One more than may be: so it shows that there is more.
        let mut file = file.take(self.left.saturating_add(1));
        let made = with(&mut file);
        let unread = file.limit();
        if unread == 0 {
            return Err(FormatError::TooMuch("the archive unpacks to far more than exports do"));
        }
        self.left = unread - 1;
        made
    }

    /// A file whole.
    ///
    /// # Errors
    /// As [`Archive::with`], and when it is too long.
    pub(super) fn whole(&mut self, name: &str) -> Result<Vec<u8>, FormatError> {
        self.with(name, |file| {
            let mut bytes = Vec::new();
            file.take(MOST_WHOLE + 1).read_to_end(&mut bytes)?;
            match bytes.len() as u64 > MOST_WHOLE {
                true => Err(FormatError::TooMuch("a list of it is longer than 256 MiB")),
                false => Ok(bytes),
            }
        })
    }
}

fn is_read(name: &str) -> bool {
    let last = name.rsplit('/').next().unwrap_or_default();
    let is_hidden = last.is_empty() || last.starts_with('.');
    !is_hidden && !name.split('/').any(|part| part == "__MACOSX")
}

/// The folder of a file with its slash, and the file's own name.
pub(super) fn split(name: &str) -> (&str, &str) {
    name.rfind('/').map_or(("", name), |at| name.split_at(at + 1))
}

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Write};

    use zip::ZipWriter;
    use zip::write::SimpleFileOptions;

    use super::*;

    fn packed(files: &[(&str, &[u8])]) -> Cursor<Vec<u8>> {
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        for (name, bytes) in files {
            zip.start_file(*name, SimpleFileOptions::default()).expect("begins");
            zip.write_all(bytes).expect("writes");
        }
        zip.finish().expect("ends")
    }

    #[test]
    fn what_a_mac_leaves_is_no_file() {
        let bytes = packed(&[("b/x.json", b"{}"), ("__MACOSX/b/x.json", b"-"), ("b/._x.json", b"-"), ("a.json", b"1")]);
        let mut archive = Archive::open(bytes).expect("opens");
        assert_eq!(archive.names(), ["a.json", "b/x.json"]);
        assert_eq!(archive.whole("b/x.json").expect("reads"), b"{}");
        assert!(archive.whole("__MACOSX/b/x.json").is_err());
    }

    #[test]
    fn an_archive_that_unpacks_to_far_too_much_is_given_up() {
        let bytes = packed(&[("a.json", &vec![b' '; 40 << 20]), ("b.json", &vec![b' '; 40 << 20])]);
        let mut archive = Archive::open(bytes).expect("opens");
        assert_eq!(archive.whole("a.json").expect("within").len(), 40 << 20);
        assert!(matches!(archive.whole("b.json"), Err(FormatError::TooMuch(_))));
    }

    #[test]
    fn what_is_no_archive_is_refused() {
        assert!(matches!(Archive::open(Cursor::new(b"{}".to_vec())), Err(FormatError::Archive(_))));
    }
}
