use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use attune_analysis::left_out::LeftOut;
use attune_analysis::sample::{Frame, Timestamp};
use attune_protocol::record::Gap;
use crossbeam_channel::{Receiver, RecvTimeoutError};
use tracing::warn;

use super::super::live::{Given, Stream, Trouble};
use super::grab::{Grab, Shot};
use super::look::{Look, Seen, lid_is_shut};
use super::nodes::Node;
use super::privacy::Privacy;
use super::trouble;
use crate::clock::Clock;
use crate::governor::Effort;

/// A camera opens and gives its first picture within this, or not at all.
const OPENING: Duration = Duration::from_secs(5);
/// One that gave pictures and gives none for so long is gone. Drivers say so much later.
const GONE: Duration = Duration::from_secs(3);
const LOOK: Duration = Duration::from_millis(100);

/// A camera that is open.
pub(super) struct CameraStream {
    grab: Grab,
    name: String,
    camera: String,
    clock: Clock,
    look: Look,
    privacy: Privacy,
    opened: Instant,
    fruitless: Arc<AtomicUsize>,
    /// When the last picture came.
    last: Option<Instant>,
    last_at: Timestamp,
    told_broken: bool,
    left_out: LeftOut,
}

impl CameraStream {
    /// Opens a camera. Where it gave no picture `fruitless` times before, another format is tried; `dark` says that it was
    /// opened anew because it showed nothing.
    ///
    /// # Errors
    /// When it is not there, another program has it, or the agent may not use it.
    pub(super) fn open(
        node: Node,
        fps: f64,
        fruitless: &Arc<AtomicUsize>,
        dark: &Arc<AtomicBool>,
        clock: &Clock,
        effort: Effort,
    ) -> Result<Self, Trouble> {
        let camera = node.name;
        let no_thread =
            |error| Trouble::new(Gap::DeviceGone, format!("the system gives no thread for the camera: {error}"));
        let grab = Grab::start(node.number, fps, fruitless.load(Ordering::Relaxed), effort).map_err(no_thread)?;
        let format = match grab.opened.recv_timeout(OPENING) {
            Ok(opened) => opened.map_err(|error| trouble::of(&camera, &error))?,
            Err(RecvTimeoutError::Timeout) => {
                let why = format!("the camera {camera} does not open: unplug it and plug it in again");
                return Err(Trouble::new(Gap::DeviceGone, why));
            }
            Err(RecvTimeoutError::Disconnected) => return Err(ended(&camera)),
        };
        let (width, height, kind, rate) = (format.width(), format.height(), format.format(), format.frame_rate());
        let now = Instant::now();
        Ok(Self {
            grab,
            name: format!("{camera}, {width}x{height} {kind}, {rate} a second"),
            camera,
            clock: clock.clone(),
            look: Look::new(now, lid_is_shut, dark.clone()),
            privacy: Privacy::of(node.number),
            opened: now,
            fruitless: fruitless.clone(),
            last: None,
            last_at: Timestamp(i64::MIN),
            told_broken: false,
            left_out: LeftOut::default(),
        })
    }

    /// What hangs up when the camera is closed.
    pub(super) fn closed(&self) -> Receiver<()> {
        self.grab.closed.clone()
    }

    fn see(&mut self, shot: &Shot) -> Result<Given<Frame>, Trouble> {
        let decoded = shot.layout.decode(shot.buffer.buffer());
        let problem = decoded.as_ref().err().cloned();
        match self.look.at(shot.buffer.buffer(), decoded, shot.came) {
            Seen::Picture(image) => {
                let since = shot.age + shot.came.elapsed();
                let at = self.clock.now().plus_seconds(-since.as_secs_f64());
                // Two pictures never have the same time, whatever a driver says.
                self.last_at = at.max(self.last_at.plus(1));
                Ok(Given::Samples(vec![Frame { at: self.last_at, image }]))
            }
            Seen::None { counts } => {
                self.left_out.unread += u64::from(counts);
                if let Some(problem) = problem.filter(|_| counts && !std::mem::replace(&mut self.told_broken, true)) {
                    warn!(source = "camera", "a picture does not read and is left out, as others will be: {problem}");
                }
                Ok(Given::Nothing)
            }
            Seen::Lack(gap) => Ok(Given::Lack(gap)),
            Seen::Dark(gap) => Err(Trouble::new(
                gap,
                format!("the camera {} has shown nothing for a while: it is opened anew, once", self.camera),
            )),
            Seen::Useless(why) => Err(Trouble::new(Gap::DeviceGone, format!("the camera {}: {why}", self.camera))),
        }
    }

    /// What it means that nothing comes.
    fn silent(&self) -> Result<Given<Frame>, Trouble> {
        let (camera, since) = (&self.camera, self.last.unwrap_or(self.opened).elapsed());
        let shut = lid_is_shut();
        let trouble = match self.last {
            Some(_) if since > GONE && shut => {
                Trouble::new(Gap::LidShut, format!("the lid with the camera {camera} is shut"))
            }
            Some(_) if since > GONE => {
                Trouble::new(Gap::DeviceGone, format!("the camera {camera} gives nothing any more: was it unplugged?"))
            }
            None if since > OPENING && shut => {
                Trouble::new(Gap::LidShut, format!("the lid with the camera {camera} is shut"))
            }
            // Windows opens for everybody a camera that another program has.
            None if since > OPENING && cfg!(windows) => {
                Trouble::new(Gap::InUse, format!("another program has the camera {camera}: it is tried again"))
            }
            None if since > OPENING => Trouble::new(
                Gap::DeviceGone,
                format!(
                    "the camera {camera} opens and gives no picture: another size is tried; try another port or cable"
                ),
            ),
            _ => return Ok(Given::Nothing),
        };
        if self.last.is_none() {
            self.fruitless.fetch_add(1, Ordering::Relaxed);
        }
        Err(trouble)
    }
}

fn ended(camera: &str) -> Trouble {
    Trouble::new(Gap::DeviceGone, format!("what reads the camera {camera} has ended before its time"))
}

impl Stream for CameraStream {
    type Sample = Frame;

    fn read(&mut self) -> Result<Given<Frame>, Trouble> {
        let shot = self.grab.shots.recv_timeout(LOOK);
        let is_shut = self.privacy.is_shut(Instant::now());
        match shot {
            Ok(Ok(shot)) => {
                self.last = Some(shot.came);
                self.fruitless.store(0, Ordering::Relaxed);
                if is_shut { Ok(Given::Lack(Gap::Covered)) } else { self.see(&shot) }
            }
            Ok(Err(error)) => Err(trouble::of(&self.camera, &error)),
            Err(RecvTimeoutError::Timeout) if is_shut => {
                // That nothing comes is as it should be.
                self.last = Some(Instant::now());
                Ok(Given::Lack(Gap::Covered))
            }
            Err(RecvTimeoutError::Timeout) => self.silent(),
            Err(RecvTimeoutError::Disconnected) => Err(ended(&self.camera)),
        }
    }

    fn left_out(&mut self) -> LeftOut {
        self.left_out.overload += self.grab.missed();
        std::mem::take(&mut self.left_out)
    }

    fn name(&self) -> String {
        self.name.clone()
    }
}
