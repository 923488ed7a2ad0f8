use std::collections::VecDeque;
use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use attune_analysis::decode::kind::Kind;
use attune_analysis::sample::Frame;
use attune_protocol::registry::Modality;
use attune_protocol::window::WINDOW_SECONDS;

use super::clip::{BoxedSource, Clip, wrong};
use super::pictures::{Encoded, MAX_PICTURE_BYTES, Pictures};
use super::turn::frame_time;
use crate::{AgentError, given};

const EXTENSIONS: [&str; 7] = ["jpg", "jpeg", "png", "webp", "heic", "heif", "avif"];

/// A folder of pictures in the order of their names, or a single one. What is a picture by its name or by its content is one of
/// them, whether or not it reads.
pub(super) fn clip(path: &Path, fps: f64) -> Result<Clip<Frame>, AgentError> {
    let mut pictures = if path.is_dir() { pictures(path)? } else { vec![path.to_owned()] };
    if pictures.is_empty() {
        return Err(wrong(Modality::Face, path, "the folder holds no JPEG, PNG or WebP pictures"));
    }
    pictures.sort();
    // One that is alone stands for its window, as it does for the API; it is no film of which the rest is missing.
    let fps = if pictures.len() == 1 { 1.0 / f64::from(WINDOW_SECONDS) } else { fps };
    let length = frame_time(pictures.len() as u64, fps);
    let path = path.to_owned();
    let open = move || {
        let files = Files { waiting: pictures.clone().into(), current: PathBuf::new() };
        Ok(Box::new(Pictures::new(files, fps, &path)) as BoxedSource<Frame>)
    };
    Ok(Clip { length, origin: None, rate: fps, open: Box::new(open) })
}

fn pictures(folder: &Path) -> Result<Vec<PathBuf>, AgentError> {
    let failed = |e| AgentError::file("list", folder, e);
    let mut pictures = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        let extension = path.extension().and_then(|e| e.to_str()).unwrap_or_default().to_ascii_lowercase();
        // What macOS puts beside a file on a foreign disk (`._`) has its extension and is no picture; nor is what is hidden.
        let hidden = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
        if !hidden && path.is_file() && (EXTENSIONS.contains(&extension.as_str()) || kind(&path)?.is_picture()) {
            pictures.push(path);
        }
    }
    Ok(pictures)
}

/// What a file is, by its first bytes.
pub(super) fn kind(path: &Path) -> Result<Kind, AgentError> {
    let mut begin = Vec::new();
    let read = given::open(path).and_then(|file| file.take(Kind::LOOKED_AT as u64).read_to_end(&mut begin));
    read.map_err(|e| AgentError::file("read", path, e))?;
    Ok(Kind::of(&begin))
}

struct Files {
    waiting: VecDeque<PathBuf>,
    current: PathBuf,
}

impl Encoded for Files {
    fn advance(&mut self) -> Result<bool, AgentError> {
        let next = self.waiting.pop_front();
        let there = next.is_some();
        self.current = next.unwrap_or_default();
        Ok(there)
    }

    fn bytes(&mut self) -> Result<Vec<u8>, String> {
        let name = self.current.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let mut bytes = Vec::new();
        let file = given::open(&self.current).map_err(|error| format!("{name} does not read: {error}"))?;
        let read = file.take(MAX_PICTURE_BYTES as u64 + 1).read_to_end(&mut bytes);
        read.map_err(|error| format!("{name} does not read: {error}"))?;
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests {
    use attune_analysis::left_out::LeftOut;
    use image::{ImageFormat, RgbImage};

    use super::*;

    fn encoded(format: ImageFormat) -> Vec<u8> {
        let mut bytes = std::io::Cursor::new(Vec::new());
        RgbImage::from_fn(64, 48, |x, y| image::Rgb([x as u8, y as u8, 90])).write_to(&mut bytes, format).unwrap();
        bytes.into_inner()
    }

    /// Times of the pictures that are read, in milliseconds, and what is left out.
    fn played(path: &Path) -> Result<(Vec<i64>, LeftOut), AgentError> {
        let mut source = clip(path, 10.0)?.open()?;
        let (mut times, mut left_out) = (Vec::new(), LeftOut::default());
        while let Some(frames) = source.next()? {
            times.extend(frames.iter().map(|frame| frame.at.millis()));
            left_out.add(source.left_out());
        }
        Ok((times, left_out))
    }

    #[test]
    fn damaged_pictures_among_others_are_left_out_and_counted() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, bytes: &[u8]| fs::write(folder.path().join(name), bytes).unwrap();
        let jpeg = encoded(ImageFormat::Jpeg);
        write("1.jpg", &jpeg);
        write("2.jpg", &jpeg[..jpeg.len() / 2]);
        write("3.png", &encoded(ImageFormat::Png));
        write("4.heic", b"\0\0\0\x18ftypheic\0\0\0\0mif1heic");
        write("5.jpg", b"");
        // By its content a WebP, whatever its name says; and what is none of it.
        write("6.bin", &encoded(ImageFormat::WebP));
        write("._1.jpg", b"\0\x05\x16\x07 beside a file on a foreign disk");
        write("notes.txt", b"no picture");
        let (times, left_out) = played(folder.path()).unwrap();
        assert_eq!(times, [0, 200, 500]);
        assert_eq!(left_out, LeftOut { unread: 3, ..LeftOut::default() });
    }

    #[test]
    fn a_single_jpeg_stands_for_its_window_whatever_its_camera_put_behind_it() {
        let folder = tempfile::tempdir().unwrap();
        let jpeg = encoded(ImageFormat::Jpeg);
        for (name, bytes) in [("a.jpg", [&jpeg[..], &jpeg].concat()), ("b.JPEG", jpeg.clone()), ("c.bin", jpeg.clone())]
        {
            let path = folder.path().join(name);
            fs::write(&path, bytes).unwrap();
            let clip = super::super::face_clip(&path, 10.0, &crate::stop::Stop::default()).unwrap();
            assert_eq!((clip.rate, clip.length), (0.1, 10_000_000), "{name}");
            let mut source = clip.open().unwrap();
            let mut given = 0;
            while let Some(frames) = source.next().unwrap() {
                given += frames.len();
            }
            assert_eq!(given, 1, "{name}");
        }
        let empty = folder.path().join("d.jpg");
        fs::write(&empty, b"").unwrap();
        let error = super::super::face_clip(&empty, 10.0, &crate::stop::Stop::default()).err().unwrap().to_string();
        assert!(error.contains("it is empty"), "{error}");
    }

    #[test]
    fn where_no_picture_reads_it_is_said_why() {
        let folder = tempfile::tempdir().unwrap();
        let single = folder.path().join("a.heic");
        fs::write(&single, b"\0\0\0\x18ftypheic\0\0\0\0mif1heic").unwrap();
        let error = played(&single).unwrap_err().to_string();
        assert!(error.contains("a.heic") && error.contains("save it as JPEG"), "{error}");
        fs::write(folder.path().join("b.jpg"), b"").unwrap();
        let error = played(folder.path()).unwrap_err().to_string();
        assert!(error.contains("none of its 2 pictures reads"), "{error}");
    }
}
