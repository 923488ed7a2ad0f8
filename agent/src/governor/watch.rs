use std::path::PathBuf;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use attune_protocol::record::Gap;
use tracing::{info, warn};

use super::judge::{Judge, Stretch};
use super::load::{Load, processor_seconds};
use super::steps::{Step, Steps};
use super::{Effort, Footprint, STRETCH, Screen, on_battery};
use crate::AgentError;
use crate::config::Config;
use crate::stop::Stop;

/// How often everything is looked at.
const LOOK: Duration = Duration::from_secs(2);
/// The first seconds of a run load networks and look for devices: they do not count.
const BEGINNING: Duration = Duration::from_secs(20);

/// What is open now, or would be if it did not rest.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Open {
    /// The camera.
    pub camera: bool,
    /// The microphone.
    pub microphone: bool,
}

/// Starts the thread that governs how much is sensed; `open` says what is open.
///
/// # Errors
/// When the system gives no thread.
pub fn start(
    config: &Config,
    effort: Effort,
    open: impl Fn() -> Open + Send + 'static,
    stop: Stop,
) -> Result<JoinHandle<()>, AgentError> {
    let watch = Watch::new(config, effort);
    let thread = std::thread::Builder::new().name("governor".into());
    thread
        .spawn(move || watch.run(open, &stop))
        .map_err(|e| AgentError::file("start a thread for", "governor".as_ref(), e))
}

struct Watch {
    effort: Effort,
    steps: Steps,
    judge: Judge,
    load: Load,
    /// Cores that may be taken on mains.
    share: f64,
    root: PathBuf,
    screen: Screen,
    /// What was open, whether the machine ran on its battery and the screen was locked when that was looked at last.
    open: Option<Open>,
    on_battery: bool,
    locked: Option<bool>,
    /// When a stretch was judged last.
    judged: Duration,
    /// Whether it was told that nothing is left to rest.
    told: bool,
}

impl Watch {
    fn new(config: &Config, effort: Effort) -> Self {
        let steps = Steps::of(config.camera.fps);
        Self {
            effort,
            judge: Judge::new(steps.clone()),
            steps,
            load: Load::default(),
            share: config.footprint.share / 100.0,
            root: config.footprint.root.clone(),
            screen: Screen::new(),
            open: None,
            on_battery: false,
            locked: None,
            judged: Duration::ZERO,
            told: false,
        }
    }

    fn run(mut self, open: impl Fn() -> Open, stop: &Stop) {
        let begun = Instant::now();
        while !stop.is_asked() {
            self.look_around();
            self.measure(begun.elapsed(), open());
            self.tell();
            stop.sleep_until(Instant::now() + LOOK);
        }
    }

    /// Battery and screen.
    fn look_around(&mut self) {
        let locked = self.screen.is_locked();
        if std::mem::replace(&mut self.locked, locked) != locked && (locked == Some(true) || self.locked.is_some()) {
            info!(
                "{}",
                if locked == Some(true) {
                    "the screen is locked: the camera rests"
                } else {
                    "the screen is not locked"
                }
            );
        }
        self.effort.lock_screen(locked == Some(true));
        let on_battery = on_battery(&self.root);
        if std::mem::replace(&mut self.on_battery, on_battery) != on_battery {
            info!(on_battery, "what may be taken of the processor has changed");
            self.effort.set(self.step(), self.why());
        }
    }

    fn measure(&mut self, at: Duration, open: Open) {
        // A device that was opened or closed makes what was before no word on what comes.
        if self.open.replace(open) != Some(open) {
            self.load.clear();
        }
        let Some(seconds) = processor_seconds().filter(|_| at >= BEGINNING) else { return };
        self.load.add(at, seconds);
        let Some(load) = self.load.cores().filter(|_| at.saturating_sub(self.judged) >= STRETCH) else { return };
        self.judged = at;
        let tells = if self.step().microphone_rests { open.microphone } else { open.camera };
        let stretch = Stretch { at, load, limit: self.limit(), tells };
        if self.judge.judge(stretch) {
            self.load.clear();
            let step = self.step();
            self.effort.set(step, self.why());
            let (percent, rests) = (format!("{:.1}", 100.0 * load), rests(step).join(", "));
            info!(
                percent,
                rate = format!("{:.1}", step.rate),
                rests,
                "what is sensed was fitted to the processor's share"
            );
        }
        let exhausted = load > stretch.limit && self.judge.place() == self.steps.last();
        if exhausted && !std::mem::replace(&mut self.told, true) {
            let limit = 100.0 * stretch.limit;
            warn!("the agent takes more than {limit:.1} % of a core, and nothing is left to rest: see footprint.share");
        }
    }

    fn tell(&self) {
        let step = self.step();
        self.effort.tell(Footprint {
            load: self.load.cores(),
            limit: self.limit(),
            rate: step.rate,
            configured: self.steps.at(0).rate,
            rests: rests(step).into_iter().map(str::to_owned).collect(),
            on_battery: self.on_battery,
            locked: self.locked,
        });
    }

    fn step(&self) -> Step {
        self.steps.at(self.judge.place())
    }

    /// Cores that may be taken now.
    fn limit(&self) -> f64 {
        if self.on_battery { self.share / 2.0 } else { self.share }
    }

    fn why(&self) -> Gap {
        if self.on_battery { Gap::LowPower } else { Gap::Overload }
    }
}

fn rests(step: Step) -> Vec<&'static str> {
    let parts =
        [(step.expression_rests, "expression"), (step.camera_rests, "camera"), (step.microphone_rests, "microphone")];
    parts.into_iter().filter(|(rests, _)| *rests).map(|(_, name)| name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn watch(root: &std::path::Path, share: f64) -> Watch {
        let mut config = Config::default();
        (config.footprint.root, config.footprint.share) = (root.into(), share);
        Watch::new(&config, Effort::full(config.camera.fps))
    }

    #[test]
    fn a_battery_halves_the_share_and_gives_the_reason_its_name() {
        let root = tempfile::tempdir().unwrap();
        let battery = root.path().join("sys/class/power_supply/BAT0");
        std::fs::create_dir_all(&battery).unwrap();
        std::fs::write(battery.join("type"), "Battery").unwrap();
        let mut watch = watch(root.path(), 10.0);
        for (status, limit, why) in
            [("Full", 0.1, Gap::Overload), ("Discharging", 0.05, Gap::LowPower), ("Charging", 0.1, Gap::Overload)]
        {
            std::fs::write(battery.join("status"), status).unwrap();
            watch.on_battery = on_battery(&watch.root);
            assert_eq!((watch.limit(), watch.why()), (limit, why), "{status}");
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_real_load_is_measured_and_what_is_sensed_is_fitted_to_it() {
        let root = tempfile::tempdir().unwrap();
        // Less than any program takes that reads a file.
        let mut watch = watch(root.path(), 1e-9);
        let open = Open { camera: true, microphone: true };
        let at = |second| Duration::from_secs(second);
        let spend = || {
            let begun = processor_seconds().unwrap();
            while processor_seconds().unwrap() < begun + 0.02 {}
        };
        watch.measure(at(2), open);
        assert_eq!(watch.load.cores(), None, "the beginning does not count");
        for second in 20..50 {
            watch.measure(at(second), open);
        }
        spend();
        assert_eq!(watch.judge.place(), 0, "the stretch is not over");
        watch.measure(at(50), open);
        assert!(watch.judge.place() > 0 && watch.effort.footprint().is_none());
        watch.tell();
        let told = watch.effort.footprint().unwrap();
        assert!(told.rate < told.configured && told.load.is_none(), "a new stretch begins: {told:?}");
        // A device that closes begins another.
        for second in 51..81 {
            watch.measure(at(second), open);
        }
        watch.measure(at(82), Open { camera: false, ..open });
        assert_eq!(watch.load.cores(), None);
    }
}
