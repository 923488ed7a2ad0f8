use std::io::{BufRead, BufReader, ErrorKind};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};

use attune_analysis::sample::{Frame, Timestamp};
use attune_protocol::registry::Modality;
use image::RgbImage;

use super::clip::{BoxedSource, Clip, Source, wrong};
use super::turn::frame_time;
use crate::AgentError;

/// Larger pictures are scaled down by ffmpeg to this height: nothing that is looked at is smaller than a face in it.
const MAX_HEIGHT: u32 = 720;
const MAX_SIDE: u32 = 4096;

/// Any video that ffmpeg reads. Pictures come raw over a pipe; nothing is written to a disk.
pub(super) fn clip(path: &Path, fps: f64) -> Result<Clip<Frame>, AgentError> {
    if !path.is_file() {
        return Err(AgentError::file("read", path, ErrorKind::NotFound.into()));
    }
    let length = length(path)?;
    let path = path.to_owned();
    let open = move || Ok(Box::new(Video::open(&path, fps)?) as BoxedSource<Frame>);
    Ok(Clip { length, origin: None, rate: fps, open: Box::new(open) })
}

fn length(path: &Path) -> Result<i64, AgentError> {
    let told = longest(&probed(path, &["-show_entries", "format=duration"])?);
    // Who films to a stream, as browsers do, cannot say beforehand how long it becomes: the last picture tells it.
    let seconds = match told {
        Some(seconds) => Some(seconds),
        None => longest(&probed(path, &["-select_streams", "v:0", "-show_entries", "packet=pts_time"])?),
    };
    seconds.map(|seconds| (seconds * 1e6) as i64).ok_or_else(|| {
        let problem =
            "it is no picture and no film that ffmpeg reads: give pictures (JPEG, PNG, WebP), an MJPEG file or a film";
        wrong(Modality::Face, path, problem)
    })
}

/// What ffprobe prints of a file, a number a line.
fn probed(path: &Path, what: &[&str]) -> Result<String, AgentError> {
    let mut command = Command::new("ffprobe");
    command.args(["-v", "error"]).args(what).args(["-of", "default=nw=1:nk=1"]).arg(path);
    let output = command.stdin(Stdio::null()).output().map_err(|e| not_started(path, &e))?;
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// The largest of the numbers that are a length.
fn longest(numbers: &str) -> Option<f64> {
    let lengths = numbers.lines().filter_map(|line| line.trim().parse::<f64>().ok());
    lengths.filter(|seconds| seconds.is_finite() && *seconds > 0.0).reduce(f64::max)
}

fn not_started(path: &Path, error: &std::io::Error) -> AgentError {
    let problem = match error.kind() {
        ErrorKind::NotFound => {
            "ffmpeg is not installed: install it, or give a folder of pictures or an .mjpeg file".into()
        }
        _ => format!("ffmpeg does not start: {error}"),
    };
    wrong(Modality::Face, path, problem)
}

/// A running ffmpeg; it ends with this, or when its pipe breaks because the agent was killed.
struct Video {
    ffmpeg: Child,
    pictures: BufReader<ChildStdout>,
    path: PathBuf,
    fps: f64,
    given: u64,
}

impl Video {
    fn open(path: &Path, fps: f64) -> Result<Self, AgentError> {
        let mut command = Command::new("ffmpeg");
        command.args(["-nostdin", "-v", "error", "-i"]).arg(path);
        let filter = format!("fps={fps},scale=-2:'min({MAX_HEIGHT},ih)'");
        // Portable pixmaps are raw pictures that say their own size; phones film with ten bits a colour, of which eight are taken.
        let picture = ["-pix_fmt", "rgb24", "-f", "image2pipe", "-c:v", "ppm", "-"];
        command.args(["-an", "-sn", "-vf", &filter]).args(picture);
        Self::start(command, path, fps)
    }

    fn start(mut command: Command, path: &Path, fps: f64) -> Result<Self, AgentError> {
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut ffmpeg = command.spawn().map_err(|e| not_started(path, &e))?;
        let pipe = ffmpeg.stdout.take().expect("its standard output was asked for as a pipe");
        Ok(Self { ffmpeg, pictures: BufReader::with_capacity(1 << 18, pipe), path: path.to_owned(), fps, given: 0 })
    }
}

impl Source for Video {
    type Sample = Frame;

    fn next(&mut self) -> Result<Option<Vec<Frame>>, AgentError> {
        let picture = pixmap(&mut self.pictures);
        let broken = |problem: String| wrong(Modality::Face, &self.path, problem);
        let problem = match picture {
            Ok(Some(image)) => {
                let at = Timestamp(frame_time(self.given, self.fps));
                self.given += 1;
                return Ok(Some(vec![Frame { at, image }]));
            }
            Ok(None) if self.given == 0 => Some(
                "ffmpeg finds no picture in it: give pictures (JPEG, PNG, WebP), an MJPEG file or a film".to_owned(),
            ),
            Ok(None) => None,
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => {
                Some("ffmpeg's last picture is cut off".to_owned())
            }
            Err(error) => return Err(broken(format!("ffmpeg's pictures do not read: {error}"))),
        };
        // Its pipe is closed, so it ends, if it has not been killed.
        let status = self.ffmpeg.wait().map_err(|e| broken(format!("how ffmpeg ended is not known: {e}")))?;
        match (problem, status.success()) {
            (None, true) => Ok(None),
            (Some(problem), true) => Err(broken(problem)),
            (problem, false) => {
                let problem = problem.unwrap_or("ffmpeg ended before the video did".to_owned());
                Err(broken(format!("{problem} ({status})")))
            }
        }
    }
}

impl Drop for Video {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.ffmpeg.kill();
        let _ = self.ffmpeg.wait();
    }
}

/// A binary portable pixmap with 8 bits a colour; `None` at the end.
fn pixmap(read: &mut impl BufRead) -> std::io::Result<Option<RgbImage>> {
    if read.fill_buf()?.is_empty() {
        return Ok(None);
    }
    let other = |problem| std::io::Error::other(problem);
    if word(read)? != "P6" {
        return Err(other("no portable pixmap"));
    }
    let mut number = || word(read)?.parse::<u32>().map_err(|_| other("a size is no number"));
    let (width, height, most) = (number()?, number()?, number()?);
    if !(1..=MAX_SIDE).contains(&width) || !(1..=MAX_SIDE).contains(&height) || most != 255 {
        return Err(other("a picture is of an unlikely size"));
    }
    let mut pixels = vec![0; 3 * width as usize * height as usize];
    read.read_exact(&mut pixels)?;
    Ok(RgbImage::from_raw(width, height, pixels))
}

/// A short word, and the one white space behind it.
fn word(read: &mut impl BufRead) -> std::io::Result<String> {
    let mut word = String::new();
    loop {
        let mut byte = [0];
        read.read_exact(&mut byte)?;
        match byte[0] {
            b' ' | b'\n' => return Ok(word),
            other if word.len() < 10 => word.push(char::from(other)),
            _ => return Err(std::io::Error::other("a header is too long")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn raw_pictures_are_read_one_after_another_with_their_own_sizes() {
        let mut bytes: &[u8] = b"P6\n2 1\n255\nabcdefP6\n1 1\n255\nxyz";
        let first = pixmap(&mut bytes).unwrap().unwrap();
        assert_eq!((first.dimensions(), first.as_raw().as_slice()), ((2, 1), &b"abcdef"[..]));
        assert_eq!(pixmap(&mut bytes).unwrap().unwrap().dimensions(), (1, 1));
        assert!(pixmap(&mut bytes).unwrap().is_none());
        for broken in [&b"P5\n1 1\n255\nx"[..], b"P6\n99999 1\n255\n", b"P6\n1 1\n65535\nxxxxxx", b"P6\n2 2\n255\nabc"]
        {
            assert!(pixmap(&mut &broken[..]).is_err());
        }
    }

    #[test]
    fn a_length_is_the_largest_number_that_is_one() {
        assert_eq!(longest("12.5\n"), Some(12.5));
        assert_eq!(longest("0.000000\n0.200000\nN/A\n0.100000\n"), Some(0.2));
        assert_eq!((longest("N/A\n"), longest("")), (None, None));
    }

    #[test]
    fn a_video_that_is_not_there_is_told_by_its_name() {
        let error = clip(Path::new("nowhere.mp4"), 5.0).err().unwrap().to_string();
        assert!(error.contains("nowhere.mp4"), "{error}");
    }

    #[cfg(unix)]
    #[test]
    fn an_ffmpeg_that_is_killed_in_the_middle_is_no_end_of_the_video() {
        let after_one_picture = |end: &str| {
            let mut command = Command::new("sh");
            command.args(["-c", &format!("printf 'P6\\n1 1\\n255\\nabc'; {end}")]);
            let mut video = Video::start(command, Path::new("v.mp4"), 5.0).unwrap();
            assert_eq!(video.next().unwrap().map(|frames| frames.len()), Some(1));
            video.next().map(|frames| frames.is_none()).map_err(|error| error.to_string())
        };
        assert_eq!(after_one_picture("exit 0"), Ok(true));
        for end in ["kill -9 $$", "exit 1", "printf 'P6\\n1 1\\n255\\na'; exit 0"] {
            let error = after_one_picture(end).unwrap_err();
            assert!(error.contains("ffmpeg") && error.contains("v.mp4"), "{end}: {error}");
        }
    }
}
