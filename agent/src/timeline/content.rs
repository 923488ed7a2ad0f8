use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

use flate2::Crc;

/// Bytes that are looked at, at the beginning and at the end of a file.
const PIECE: u64 = 16 << 10;

/// What a recording is, wherever it lies: length and checksum of both ends of its file, or of each file of its folder. Two
/// takes differ in them; hours of video are not read for it.
///
/// # Errors
/// When the system does not let it be read.
pub(super) fn content(path: &Path) -> io::Result<String> {
    let mut sum = Crc::new();
    let mut bytes = 0;
    if fs::metadata(path)?.is_dir() {
        let mut files = fs::read_dir(path)?.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<_>>>()?;
        files.sort();
        for file in files.iter().filter(|file| file.is_file()) {
            sum.update(file.file_name().unwrap_or_default().as_encoded_bytes());
            bytes += ends(file, &mut sum)?;
        }
    } else {
        bytes = ends(path, &mut sum)?;
    }
    Ok(format!("{bytes} bytes, {:08x}", sum.sum()))
}

fn ends(path: &Path, sum: &mut Crc) -> io::Result<u64> {
    let mut file = File::open(path)?;
    let len = file.metadata()?.len();
    let mut piece = Vec::new();
    for from in [0, len.saturating_sub(PIECE)] {
        piece.clear();
        file.seek(SeekFrom::Start(from))?;
        (&file).take(PIECE).read_to_end(&mut piece)?;
        sum.update(&piece);
    }
    Ok(len)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_recording_is_known_wherever_it_lies_and_another_at_its_place_is_not_it() {
        let folder = tempfile::tempdir().unwrap();
        let [here, there, pictures] = ["here.csv", "there.csv", "pictures"].map(|name| folder.path().join(name));
        let mut long = vec![b'x'; 100_000];
        fs::write(&here, &long).unwrap();
        let first = content(&here).unwrap();
        fs::rename(&here, &there).unwrap();
        assert_eq!(content(&there).unwrap(), first);
        for changed in [0, 99_999] {
            long[changed] ^= 1;
            fs::write(&here, &long).unwrap();
            assert_ne!(content(&here).unwrap(), first);
            long[changed] ^= 1;
        }
        fs::create_dir(&pictures).unwrap();
        fs::write(pictures.join("1.png"), b"a").unwrap();
        let one = content(&pictures).unwrap();
        fs::write(pictures.join("1.png"), b"b").unwrap();
        assert_ne!(content(&pictures).unwrap(), one);
        assert!(content(&folder.path().join("nowhere")).is_err());
    }
}
