//! Frames of clips, decoded by ffmpeg.

use std::io::Read as _;
use std::path::Path;
use std::process::{Command, Stdio};

use image::RgbImage;

const PER_SECOND: f64 = 2.0;

/// Two frames a second with their times; `None` where ffmpeg is missing or does not read the file.
pub(super) fn frames(path: &Path) -> Option<Vec<(f64, RgbImage)>> {
    let size = Command::new("ffprobe")
        .args(["-v", "error", "-select_streams", "v:0", "-show_entries", "stream=width,height", "-of", "csv=p=0"])
        .arg(path)
        .output()
        .ok()?;
    let size = String::from_utf8(size.stdout).ok()?;
    let (width, height) = size.lines().next()?.trim().trim_end_matches(',').split_once(',')?;
    let (width, height) = (width.parse().ok()?, height.parse().ok()?);
    let mut child = Command::new("ffmpeg")
        .args(["-v", "error", "-i"])
        .arg(path)
        .args(["-vf", &format!("fps={PER_SECOND},scale={width}:{height}")])
        .args(["-f", "rawvideo", "-pix_fmt", "rgb24", "-"])
        .stdout(Stdio::piped())
        .spawn()
        .ok()?;
    let mut stream = child.stdout.take()?;
    let mut frames = Vec::new();
    loop {
        let mut image = RgbImage::new(width, height);
        if stream.read_exact(&mut image).is_err() {
            break;
        }
        frames.push((frames.len() as f64 / PER_SECOND, image));
    }
    child.wait().ok()?;
    Some(frames)
}
