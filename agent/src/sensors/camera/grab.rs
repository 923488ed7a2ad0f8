//! The thread that opens a camera and reads it. nokhwa's calls may never return: then the thread is left behind.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};
use nokhwa::utils::{CameraFormat, CameraIndex, FrameFormat, RequestedFormat, RequestedFormatType};
use nokhwa::{Buffer, Camera, NokhwaError};
use tracing::warn;

use super::formats::{READ, ranked};
use super::pixels::Layout;
use crate::governor::Effort;

/// Pictures that wait to be decoded.
const WAITING: usize = 2;
/// How long a camera may take to close.
const CLOSING: Duration = Duration::from_millis(800);
/// A time stamp of a driver may lie so far back; others are none.
const OLDEST: Duration = Duration::from_secs(2);

/// One picture as it came.
pub(super) struct Shot {
    pub(super) buffer: Buffer,
    pub(super) layout: Layout,
    /// How long before `came` it was taken, as far as its driver says.
    pub(super) age: Duration,
    pub(super) came: Instant,
}

/// What the thread says first.
pub(super) type Opened = Result<CameraFormat, NokhwaError>;

/// A camera that is being read.
pub(super) struct Grab {
    pub(super) opened: Receiver<Opened>,
    pub(super) shots: Receiver<Result<Shot, NokhwaError>>,
    /// Pictures that nobody had time for.
    missed: Arc<AtomicU64>,
    ends: Arc<AtomicBool>,
    /// Hangs up when the camera is closed.
    pub(super) closed: Receiver<()>,
}

/// What the thread has of a [`Grab`].
struct Ends {
    opened: Sender<Opened>,
    shots: Sender<Result<Shot, NokhwaError>>,
    missed: Arc<AtomicU64>,
    ends: Arc<AtomicBool>,
    effort: Effort,
    _closed: Sender<()>,
}

impl Grab {
    /// Starts to open camera `number` in the format at `rank` of those that fit `fps` pictures a second, and to read as many
    /// of them as the effort allows.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub(super) fn start(number: u32, fps: f64, rank: usize, effort: Effort) -> std::io::Result<Self> {
        let (open, opened) = bounded(1);
        let (shoot, shots) = bounded(WAITING);
        let (close, closed) = bounded(0);
        let (missed, ends) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicBool::new(false)));
        let (counted, told) = (missed.clone(), ends.clone());
        let thread = Ends { opened: open, shots: shoot, missed: counted, ends: told, effort, _closed: close };
        std::thread::Builder::new().name("camera-read".into()).spawn(move || thread.run(number, fps, rank))?;
        Ok(Self { opened, shots, missed, ends, closed })
    }

    /// Pictures that nobody had time for, since this was asked last.
    pub(super) fn missed(&self) -> u64 {
        self.missed.swap(0, Ordering::Relaxed)
    }
}

impl Drop for Grab {
    /// Closes the camera. A driver that hangs keeps it open until it answers.
    fn drop(&mut self) {
        self.ends.store(true, Ordering::Release);
        if self.closed.recv_timeout(CLOSING) == Err(RecvTimeoutError::Timeout) {
            warn!("the camera does not answer, and so it is not closed: it will be as soon as it does");
        }
    }
}

impl Ends {
    fn run(self, number: u32, fps: f64, rank: usize) {
        let mut camera = match open(number, fps, rank) {
            Ok(camera) => camera,
            Err(error) => return drop(self.opened.send(Err(error))),
        };
        let format = camera.camera_format();
        // Who waits may have lost patience, and then says so by `ends`.
        let _ = self.opened.send(Ok(format));
        let mut due = Instant::now();
        while !self.ends.load(Ordering::Acquire) {
            let shot = camera.frame();
            let came = Instant::now();
            match shot {
                // A camera may give more than is looked at; half a picture early is in time.
                Ok(_) if came + Duration::from_secs_f64(0.5 / f64::from(format.frame_rate().max(1))) < due => {}
                Ok(buffer) => {
                    let step = Duration::from_secs_f64(1.0 / self.effort.rate());
                    due = (due + step).max(came);
                    let age = age(&buffer);
                    let layout = layout(&buffer);
                    if self.shots.try_send(Ok(Shot { buffer, layout, age, came })).is_err() {
                        self.missed.fetch_add(1, Ordering::Relaxed);
                    }
                }
                Err(error) => return drop(self.shots.send(Err(error))),
            }
        }
    }
}

fn layout(buffer: &Buffer) -> Layout {
    let size = buffer.resolution();
    Layout { format: buffer.source_frame_format(), width: size.width(), height: size.height() }
}

fn age(buffer: &Buffer) -> Duration {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let age = buffer.capture_timestamp().and_then(|taken| now.checked_sub(taken));
    age.filter(|age| *age < OLDEST).unwrap_or_default()
}

/// Opens a camera in the best of its formats. Drivers reject what they list: then the next best is asked for, and where all
/// are rejected it stays in the one that it came with.
fn open(number: u32, fps: f64, rank: usize) -> Result<Camera, NokhwaError> {
    let mut camera = first(number)?;
    let offers = camera.compatible_camera_formats().unwrap_or_default();
    let ranked = ranked(&offers, fps);
    let begin = if ranked.is_empty() { 0 } else { rank % ranked.len() };
    for format in ranked.into_iter().skip(begin) {
        match camera.set_camera_requset(exactly(format)) {
            Ok(_) => break,
            Err(error) if super::trouble::is_final(&error) => return Err(error),
            Err(_) => {}
        }
    }
    camera.open_stream()?;
    Ok(camera)
}

fn exactly(format: CameraFormat) -> RequestedFormat<'static> {
    RequestedFormat::with_formats(RequestedFormatType::Exact(format), &READ)
}

/// In any format that is read: which ones there are is known only of a camera that is open.
fn first(number: u32) -> Result<Camera, NokhwaError> {
    let near = |format| RequestedFormatType::Closest(CameraFormat::new_from(640, 480, format, 30));
    let mut tries = [RequestedFormatType::None, near(FrameFormat::MJPEG), near(FrameFormat::YUYV)].into_iter();
    loop {
        let Some(request) = tries.next() else {
            return Err(NokhwaError::GeneralError("none of its formats could be set".into()));
        };
        match Camera::new(CameraIndex::Index(number), RequestedFormat::with_formats(request, &READ)) {
            Err(error @ NokhwaError::OpenDeviceError(..)) => return Err(error),
            Err(error) if super::trouble::is_final(&error) => return Err(error),
            Err(_) => {}
            Ok(camera) => return Ok(camera),
        }
    }
}
