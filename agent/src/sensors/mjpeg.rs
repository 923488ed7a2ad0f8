use std::fs::File;
use std::io::{BufRead, BufReader, ErrorKind};
use std::path::{Path, PathBuf};

use attune_analysis::decode::kind::Kind;
use attune_analysis::sample::Frame;
use attune_protocol::registry::Modality;

use super::clip::{BoxedSource, Clip, wrong};
use super::images;
use super::pictures::{Encoded, MAX_PICTURE_BYTES, Pictures};
use super::turn::frame_time;
use crate::stop::Stop;
use crate::{AgentError, given};

/// The longest segment behind the beginning of the picture itself: tables of a progressive one.
const LONGEST_TABLE: u16 = 4096;

/// A file of JPEG pictures one behind the other, or a single one.
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
        return Err(wrong(Modality::Face, path, "it holds no JPEG picture"));
    }
    if count == 1 && images::kind(path)? == Kind::Jpeg {
        return images::clip(path, fps);
    }
    let path = path.to_owned();
    let open = move || {
        let split = Split { pictures: Splitter::open(&path)?, current: Ok(Vec::new()) };
        Ok(Box::new(Pictures::new(split, fps, &path)) as BoxedSource<Frame>)
    };
    Ok(Clip { length: frame_time(count, fps), origin: None, rate: fps, open: Box::new(open) })
}

struct Split {
    pictures: Splitter<BufReader<File>>,
    current: Result<Vec<u8>, Broken>,
}

impl Encoded for Split {
    fn advance(&mut self) -> Result<bool, AgentError> {
        let next = self.pictures.next()?;
        let there = next.is_some();
        self.current = next.unwrap_or(Ok(Vec::new()));
        Ok(there)
    }

    fn bytes(&mut self) -> Result<Vec<u8>, String> {
        std::mem::replace(&mut self.current, Ok(Vec::new())).map_err(|Broken(problem)| problem.to_owned())
    }
}

/// What is wrong with a picture; the next one is looked for behind it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Broken(&'static str);

/// Cuts JPEG pictures apart by their markers (ITU-T T.81, B.1.1): an end-of-image within a segment, such as that of a
/// thumbnail, is not the picture's.
struct Splitter<R> {
    read: R,
    path: PathBuf,
    /// Whether the marker that begins a picture was read already.
    begun: bool,
}

/// What ends a picture before its time.
enum Cut {
    Broken(Broken),
    File(std::io::Error),
}

impl From<std::io::Error> for Cut {
    fn from(error: std::io::Error) -> Self {
        match error.kind() {
            ErrorKind::UnexpectedEof => Self::Broken(Broken("it breaks off before its end")),
            _ => Self::File(error),
        }
    }
}

impl Splitter<BufReader<File>> {
    fn open(path: &Path) -> Result<Self, AgentError> {
        let file = given::open(path).map_err(|e| AgentError::file("read", path, e))?;
        Ok(Self { read: BufReader::new(file), path: path.to_owned(), begun: false })
    }
}

impl<R: BufRead> Splitter<R> {
    /// The next picture, which may be broken; `None` at the end.
    fn next(&mut self) -> Result<Option<Result<Vec<u8>, Broken>>, AgentError> {
        let failed = |error, path: &Path| AgentError::file("read", path, error);
        match self.begin() {
            Ok(()) => {}
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => return Ok(None),
            Err(error) => return Err(failed(error, &self.path)),
        }
        match self.picture() {
            Ok(picture) => Ok(Some(Ok(picture))),
            Err(Cut::Broken(broken)) => Ok(Some(Err(broken))),
            Err(Cut::File(error)) => Err(failed(error, &self.path)),
        }
    }

    /// Reads on to the beginning of a picture.
    fn begin(&mut self) -> std::io::Result<()> {
        let mut marker = if self.begun { [0xff, 0xd8] } else { [self.byte()?, self.byte()?] };
        while marker != [0xff, 0xd8] {
            marker = [marker[1], self.byte()?];
        }
        self.begun = false;
        Ok(())
    }

    fn picture(&mut self) -> Result<Vec<u8>, Cut> {
        let mut picture = vec![0xff, 0xd8];
        loop {
            if self.take(&mut picture)? != 0xff {
                return Err(Cut::Broken(Broken("it has bytes where a marker should be")));
            }
            match self.code(&mut picture)? {
                0xd9 => return Ok(picture),
                0xd8 => return Err(self.begun_anew()),
                0x01 | 0xd0..=0xd7 => {}
                code => {
                    self.segment(&mut picture, u16::MAX)?;
                    if code == 0xda {
                        return self.scan(picture);
                    }
                }
            }
        }
    }

    /// Entropy-coded bytes with the tables between them, to the end of the picture.
    fn scan(&mut self, mut picture: Vec<u8>) -> Result<Vec<u8>, Cut> {
        loop {
            if self.take(&mut picture)? != 0xff {
                continue;
            }
            match self.code(&mut picture)? {
                0x00 | 0xd0..=0xd7 => {}
                0xd9 => return Ok(picture),
                0xd8 => return Err(self.begun_anew()),
                0xc4 | 0xda..=0xdd => self.segment(&mut picture, LONGEST_TABLE)?,
                _ => return Err(Cut::Broken(Broken("it has a marker that cannot be within a picture"))),
            }
        }
    }

    /// The next picture begins where this one should go on.
    fn begun_anew(&mut self) -> Cut {
        self.begun = true;
        Cut::Broken(Broken("it breaks off where the next one begins"))
    }

    /// The code of a marker; its first byte may be repeated.
    fn code(&mut self, picture: &mut Vec<u8>) -> Result<u8, Cut> {
        loop {
            let code = self.take(picture)?;
            if code != 0xff {
                return Ok(code);
            }
        }
    }

    fn segment(&mut self, picture: &mut Vec<u8>, longest: u16) -> Result<(), Cut> {
        let length = u16::from_be_bytes([self.take(picture)?, self.take(picture)?]);
        if !(2..=longest).contains(&length) {
            return Err(Cut::Broken(Broken("one of its segments has a length that cannot be")));
        }
        (2..length).try_for_each(|_| self.take(picture).map(drop))
    }

    fn take(&mut self, picture: &mut Vec<u8>) -> Result<u8, Cut> {
        if picture.len() >= MAX_PICTURE_BYTES {
            return Err(Cut::Broken(Broken("it is over the limit of 64 MiB")));
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
    use attune_analysis::left_out::LeftOut;

    use super::*;

    /// The pictures, nothing where one is broken.
    fn split(bytes: &[u8]) -> Vec<Option<Vec<u8>>> {
        let mut splitter = Splitter { read: bytes, path: PathBuf::from("test.mjpeg"), begun: false };
        std::iter::from_fn(|| splitter.next().unwrap()).map(Result::ok).collect()
    }

    #[test]
    fn pictures_are_cut_apart_and_an_end_marker_within_a_segment_ends_none() {
        let thumbnail = [0xff, 0xe1, 0x00, 0x06, 0xff, 0xd8, 0xff, 0xd9];
        let scan = [0xff, 0xda, 0x00, 0x02, 0x12, 0xff, 0x00, 0xff, 0xd3, 0x34];
        let picture = [&[0xff, 0xd8][..], &thumbnail, &scan, &[0xff, 0xd9]].concat();
        let progressive =
            [&[0xff, 0xd8][..], &scan, &[0xff, 0xc4, 0x00, 0x04, 0xff, 0xd9], &scan[..4], &[0xff, 0xd9]].concat();
        let cut_short = &picture[..12];
        let file = [&picture[..], &[0x00, 0x0a], &progressive, cut_short].concat();
        assert_eq!(split(&file), [Some(picture.clone()), Some(progressive), None]);
        assert!(split(b"not a picture").is_empty());
        // One that breaks off, one with a marker that cannot be, one with bytes before its markers: the next ones are read.
        let reserved = [&picture[..14], &[0xff, 0x5a, 0xff, 0xff], &picture[14..]].concat();
        let unmarked = [&[0xff, 0xd8, 0x00, 0x12][..], &picture[2..]].concat();
        let file = [&picture[..14], &picture, &reserved, &picture, &unmarked, &picture].concat();
        let good = || Some(picture.clone());
        let whole: Vec<_> = split(&file).into_iter().filter(|found| *found == good()).collect();
        assert_eq!((split(&file).len() >= 6, whole.len()), (true, 3));
    }

    #[test]
    fn a_broken_picture_in_the_middle_is_left_out_and_the_others_keep_their_times() {
        let mut jpeg = std::io::Cursor::new(Vec::new());
        let picture = image::RgbImage::from_fn(64, 48, |x, y| image::Rgb([(x * y) as u8, y as u8, 90]));
        picture.write_to(&mut jpeg, image::ImageFormat::Jpeg).unwrap();
        let jpeg = jpeg.into_inner();
        let mut overwritten = jpeg.clone();
        let middle = jpeg.len() - 200;
        overwritten[middle..middle + 2].copy_from_slice(&[0xff, 0x5a]);
        for broken in [&jpeg[..jpeg.len() / 2], &jpeg[..jpeg.len() - 9], &overwritten] {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("face.mjpeg");
            std::fs::write(&path, [&jpeg, broken, &jpeg, &jpeg].concat()).unwrap();
            let mut source = clip(&path, 10.0, &Stop::default()).unwrap().open().unwrap();
            let (mut times, mut left_out) = (Vec::new(), LeftOut::default());
            while let Some(frames) = source.next().unwrap() {
                times.extend(frames.iter().map(|frame| frame.at.millis()));
                left_out.add(source.left_out());
            }
            assert_eq!((times, left_out.unread), (vec![0, 200, 300], 1), "{}", broken.len());
        }
    }
}
