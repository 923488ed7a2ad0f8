use std::fs::File;
use std::io::{BufRead, BufReader, ErrorKind};
use std::path::{Path, PathBuf};

use attune_analysis::decode::image::{Limits, decode};
use attune_analysis::sample::{Frame, Timestamp};
use attune_protocol::registry::Modality;

use super::clip::{BoxedSource, Clip, Source};
use super::images::MAX_PICTURE_BYTES;
use super::table;
use super::turn::{Turn, frame_time};
use crate::AgentError;
use crate::stop::Stop;

/// A file of JPEG pictures one behind the other.
pub(super) fn clip(path: &Path, fps: f64, stop: &Stop) -> Result<Clip<Frame>, AgentError> {
    let mut pictures = Splitter::open(path)?;
    let mut count = 0;
    while pictures.next()?.is_some() {
        if stop.is_asked() {
            return Err(AgentError::Stopped);
        }
        count += 1;
    }
    if count == 0 {
        return Err(table::wrong(Modality::Face, path, "it holds no JPEG picture"));
    }
    let path = path.to_owned();
    let open = move || {
        let source = Pictures { pictures: Splitter::open(&path)?, turn: Turn::at(fps) };
        Ok(Box::new(source) as BoxedSource<Frame>)
    };
    Ok(Clip { length: frame_time(count, fps), origin: None, rate: fps, open: Box::new(open) })
}

struct Pictures {
    pictures: Splitter<BufReader<File>>,
    turn: Turn,
}

impl Source for Pictures {
    type Sample = Frame;

    fn next(&mut self) -> Result<Option<Vec<Frame>>, AgentError> {
        let Some(bytes) = self.pictures.next()? else { return Ok(None) };
        let Some(at) = self.turn.next() else { return Ok(Some(Vec::new())) };
        let image = decode(&bytes, &Limits::default())?;
        Ok(Some(vec![Frame { at, image }]))
    }

    fn skip_before(&mut self, instant: Timestamp) {
        self.turn.skip_before(instant);
    }

    fn skipped(&mut self) -> Vec<Timestamp> {
        self.turn.skipped()
    }
}

/// Cuts JPEG pictures apart by their markers (ITU-T T.81, B.1.1): an end-of-image within a segment, such as that of a
/// thumbnail, is not the picture's.
struct Splitter<R> {
    read: R,
    path: PathBuf,
}

impl Splitter<BufReader<File>> {
    fn open(path: &Path) -> Result<Self, AgentError> {
        let file = File::open(path).map_err(|e| AgentError::file("read", path, e))?;
        Ok(Self { read: BufReader::new(file), path: path.to_owned() })
    }
}

impl<R: BufRead> Splitter<R> {
    /// The next picture; `None` at the end, also at one within a picture that was cut short.
    fn next(&mut self) -> Result<Option<Vec<u8>>, AgentError> {
        match self.picture() {
            Ok(picture) => Ok(picture),
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => Ok(None),
            Err(error) => Err(AgentError::file("read", &self.path, error)),
        }
    }

    fn picture(&mut self) -> std::io::Result<Option<Vec<u8>>> {
        let mut marker = [self.byte()?, self.byte()?];
        while marker != [0xff, 0xd8] {
            marker = [marker[1], self.byte()?];
        }
        let mut picture = marker.to_vec();
        loop {
            let mut code = self.take(&mut picture)?;
            if code != 0xff {
                return Err(std::io::Error::other("a JPEG picture has bytes where a marker should be"));
            }
            while code == 0xff {
                code = self.take(&mut picture)?;
            }
            match code {
                0xd9 => return Ok(Some(picture)),
                0x01 | 0xd0..=0xd8 => {}
                _ => {
                    let length = u16::from_be_bytes([self.take(&mut picture)?, self.take(&mut picture)?]);
                    for _ in 2..length {
                        self.take(&mut picture)?;
                    }
                    if code == 0xda && self.scan(&mut picture)? {
                        return Ok(Some(picture));
                    }
                }
            }
        }
    }

    /// Entropy-coded bytes up to the next marker, and a segment's if another follows; whether the picture ended.
    fn scan(&mut self, picture: &mut Vec<u8>) -> std::io::Result<bool> {
        loop {
            if self.take(picture)? != 0xff {
                continue;
            }
            let mut code = self.take(picture)?;
            while code == 0xff {
                code = self.take(picture)?;
            }
            match code {
                0x00 | 0xd0..=0xd7 => {}
                0xd9 => return Ok(true),
                _ => {
                    let length = u16::from_be_bytes([self.take(picture)?, self.take(picture)?]);
                    for _ in 2..length {
                        self.take(picture)?;
                    }
                }
            }
        }
    }

    fn take(&mut self, picture: &mut Vec<u8>) -> std::io::Result<u8> {
        if picture.len() >= MAX_PICTURE_BYTES {
            return Err(std::io::Error::other("a picture is over the limit of 16 MiB"));
        }
        let byte = self.byte()?;
        picture.push(byte);
        Ok(byte)
    }

    fn byte(&mut self) -> std::io::Result<u8> {
        let mut byte = [0];
        self.read.read_exact(&mut byte)?;
        Ok(byte[0])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(bytes: &[u8]) -> Vec<Vec<u8>> {
        let mut splitter = Splitter { read: bytes, path: PathBuf::from("test.mjpeg") };
        std::iter::from_fn(|| splitter.next().unwrap()).collect()
    }

    #[test]
    fn pictures_are_cut_apart_and_an_end_marker_within_a_segment_ends_none() {
        let thumbnail = [0xff, 0xe1, 0x00, 0x06, 0xff, 0xd8, 0xff, 0xd9];
        let scan = [0xff, 0xda, 0x00, 0x02, 0x12, 0xff, 0x00, 0xff, 0xd3, 0x34];
        let picture = [&[0xff, 0xd8][..], &thumbnail, &scan, &[0xff, 0xd9]].concat();
        let progressive =
            [&[0xff, 0xd8][..], &scan, &[0xff, 0xc4, 0x00, 0x04, 0xff, 0xd9], &scan[..4], &[0xff, 0xd9]].concat();
        let cut_short = &picture[..10];
        let file = [&picture[..], &[0x00, 0x0a], &progressive, cut_short].concat();
        assert_eq!(split(&file), [picture, progressive]);
        assert!(split(b"not a picture").is_empty());
    }
}
