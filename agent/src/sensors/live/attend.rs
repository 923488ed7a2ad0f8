use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use attune_analysis::left_out::LeftOut;
use attune_analysis::sample::Timestamp;
use attune_protocol::record::Gap;
use tracing::{info, warn};

use super::device::{Device, Given, Stream, Trouble};
use super::feed::Feed;
use super::standing::Standings;
use crate::AgentError;
use crate::clock::Clock;
use crate::control::Control;
use crate::governor::Effort;
use crate::stop::Stop;

/// Seconds from one try to open a device to the next.
const PAUSES: [u64; 5] = [1, 2, 5, 15, 60];
/// A device that gives for so long works: one that breaks at once each time is tried more and more seldom.
const STEADY: Duration = Duration::from_secs(10);
/// How often it is looked whether a device may be open.
const LOOK: Duration = Duration::from_millis(100);

/// What every live source of a run has around it.
#[derive(Clone)]
pub struct Surroundings {
    /// The person's decisions.
    pub control: Arc<Control>,
    /// The clock of all records.
    pub clock: Clock,
    /// The wish to end.
    pub stop: Stop,
    /// When the run ends by itself.
    pub until: Timestamp,
    /// How the sources stand.
    pub standings: Standings,
    /// What sensing may take.
    pub effort: Effort,
}

/// Starts a thread in which a device is open whenever that is permitted, and hands what it gives to a feed. It is closed
/// within a tenth of a second and the half second for which a decision may be remembered, and at once when the decision
/// is told to the running agent. One that does not open or breaks is tried again with growing pauses, and told of once.
///
/// # Errors
/// When the system gives no thread.
pub fn attend<D: Device>(
    source: &'static str,
    device: D,
    feed: Feed<D::Sample>,
    around: &Surroundings,
) -> Result<JoinHandle<()>, AgentError> {
    let attendance = Attendance {
        source,
        device,
        feed,
        stop: around.stop.clone(),
        clock: around.clock.clone(),
        until: around.until,
        effort: around.effort.clone(),
        failures: 0,
        opened: Instant::now(),
        was_open: false,
        told: None,
        rests: None,
        fewer: None,
    };
    let thread = std::thread::Builder::new().name(source.to_owned());
    thread.spawn(move || attendance.run()).map_err(|e| AgentError::file("start a thread for", source.as_ref(), e))
}

struct Attendance<D: Device> {
    source: &'static str,
    device: D,
    feed: Feed<D::Sample>,
    stop: Stop,
    clock: Clock,
    until: Timestamp,
    effort: Effort,
    /// Tries since it gave for a while.
    failures: usize,
    /// When it was opened last.
    opened: Instant,
    /// Whether it was open ever: one that never was has no records, and no gap in them.
    was_open: bool,
    /// The trouble that was told last.
    told: Option<Trouble>,
    /// Why it rests, and why less of it is analysed, as was told last.
    rests: Option<Gap>,
    fewer: Option<Gap>,
}

impl<D: Device> Attendance<D> {
    fn run(mut self) {
        while !self.is_over() {
            if !self.feed.is_permitted() || self.is_to_rest() {
                self.stop.sleep_until(Instant::now() + LOOK);
                continue;
            }
            let done = match self.device.open() {
                Ok(stream) => self.listen(stream),
                Err(trouble) => Err(trouble),
            };
            if let Err(trouble) = done {
                self.tell(trouble);
                self.rest();
            }
        }
    }

    fn is_over(&self) -> bool {
        self.stop.is_asked() || self.clock.now() >= self.until
    }

    /// Whether the device is to be closed for now though it may be open, which its records say.
    fn is_to_rest(&mut self) -> bool {
        let rests = self.effort.rests(self.feed.modality());
        if std::mem::replace(&mut self.rests, rests) != rests
            && let Some(gap) = rests.filter(|_| self.was_open)
        {
            self.feed.lack(gap);
        }
        rests.is_some()
    }

    /// Tells the records when less of it is analysed than was configured, and why.
    fn tell_fewer(&mut self) {
        let fewer = self.effort.fewer(self.feed.modality());
        if std::mem::replace(&mut self.fewer, fewer) != fewer {
            self.feed.fewer(fewer);
        }
    }

    /// Reads while that is permitted. The device is closed when this returns.
    fn listen(&mut self, mut stream: Box<dyn Stream<Sample = D::Sample>>) -> Result<(), Trouble> {
        let name = stream.name();
        info!(source = self.source, device = name, "open");
        self.feed.uses(Some(name));
        (self.opened, self.was_open) = (Instant::now(), true);
        let leap = self.clock.last_leap();
        let done = loop {
            if self.is_over() || !self.feed.is_permitted() || self.effort.rests(self.feed.modality()).is_some() {
                break Ok(());
            }
            self.tell_fewer();
            // A machine that slept leaves devices that are open and give nothing.
            if self.clock.last_leap() != leap {
                info!(source = self.source, "the computer slept: the device is opened anew");
                break Ok(());
            }
            match stream.read() {
                Ok(given) => {
                    let left_out = stream.left_out();
                    self.take(given, left_out);
                }
                Err(trouble) => break Err(trouble),
            }
        };
        drop(stream);
        self.feed.uses(None);
        if done.is_ok() {
            info!(source = self.source, "closed");
        }
        done
    }

    fn take(&mut self, given: Given<D::Sample>, left_out: LeftOut) {
        match given {
            Given::Samples(samples) => {
                if !samples.is_empty() {
                    if self.opened.elapsed() > STEADY {
                        self.failures = 0;
                    }
                    if self.told.take().is_some() {
                        info!(source = self.source, "gives again");
                    }
                }
                self.feed.give(samples, left_out);
            }
            Given::Nothing => self.feed.give(Vec::new(), left_out),
            Given::Lack(gap) => {
                self.feed.give(Vec::new(), left_out);
                let trouble = Trouble::new(gap, words(gap));
                if self.told.as_ref() != Some(&trouble) {
                    self.tell(trouble);
                }
            }
        }
    }

    /// Says why nothing comes: to the record each time, to the person once.
    fn tell(&mut self, trouble: Trouble) {
        if let Some(gap) = trouble.gap {
            self.feed.lack(gap);
        }
        if self.told.as_ref() != Some(&trouble) {
            let gap = trouble.gap.map_or("none", |gap| gap.name());
            warn!(source = self.source, gap, "{}", trouble.why);
            self.feed.trouble(Some(trouble.why.clone()));
            self.told = Some(trouble);
        }
    }

    fn rest(&mut self) {
        let pause = PAUSES[self.failures.min(PAUSES.len() - 1)];
        self.failures += 1;
        self.stop.sleep_until(Instant::now() + Duration::from_secs(pause));
    }
}

/// What it means that a device is open and gives nothing that could be used.
fn words(gap: Gap) -> &'static str {
    match gap {
        Gap::Covered => "the camera is open and its shutter is shut, or something covers it",
        Gap::TooDark => "the camera is open and too little light falls into it",
        Gap::LidShut => "the camera is open and the lid with it is shut",
        Gap::Muted => "the microphone is open and muted",
        Gap::Silent => {
            "the microphone is open and gives nothing but noughts: is one plugged in, and is it chosen in the sound settings? \
             a USB one may need to be unplugged and plugged in again"
        }
        _ => "it is open and gives nothing that could be used",
    }
}
