//! The thread in which all wearables are heard.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use attune_protocol::registry::Modality;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tracing::{info, warn};

use super::hearing::Hearing;
use super::outlet::Outlet;
use super::paired::{Paired, Wearables};
use super::pauses::Pauses;
use super::pilot::{Cockpit, Pilot};
use super::radio;
use super::scan::{Scan, Sought};
use super::trouble::Trouble;
use crate::AgentError;
use crate::config::{Choice, Config};
use crate::control::{Control, Permission};
use crate::sensors::live::{Intake, Surroundings};

/// How often it is looked whether anything may be heard.
const LOOK: Duration = Duration::from_millis(100);
/// An adapter that works for so long works.
const STEADY: Duration = Duration::from_secs(60);

/// Listens to wearables in a thread of its own, each whenever it is in reach and may be heard. While none may, nothing
/// is connected, and no scan runs. Each one is a feed of the modalities that it gives, the first one preferred: what two
/// straps say of the same beats is never mixed.
///
/// # Errors
/// When a wearable's layout is not known, or the system gives no thread.
pub fn start(
    config: &Config,
    intake: &mut Intake,
    around: &Surroundings,
) -> Result<Option<JoinHandle<()>>, AgentError> {
    let mut pilots = Vec::new();
    for wearable in chosen(config)? {
        let hearing = Hearing::of(&wearable.layout)?;
        let heart = hearing.gives_heart().then(|| intake.heart.feed("wearable"));
        let motion = hearing.gives_motion().then(|| intake.motion.feed("wearable"));
        let outlet = Outlet::new(wearable.name.clone(), heart, motion);
        pilots.push(Pilot::new(wearable.address.clone(), hearing, outlet));
    }
    if pilots.is_empty() {
        return Ok(None);
    }
    let around = around.clone();
    let hub = Hub { pilots, around, pauses: Pauses::default(), told: None };
    let thread = std::thread::Builder::new().name("bluetooth".into());
    let started = thread.spawn(move || hub.run());
    started.map(Some).map_err(|e| AgentError::file("start a thread for", "bluetooth".as_ref(), e))
}

/// What the wearables that were paired may give.
#[must_use]
pub fn modalities(config: &Config) -> Vec<Modality> {
    // What does not read is told when they are started.
    let hearings = chosen(config).unwrap_or_default().into_iter().filter_map(|there| Hearing::of(&there.layout).ok());
    let (mut heart, mut motion) = (None, None);
    for hearing in hearings {
        heart = heart.or(hearing.gives_heart().then_some(Modality::Heart));
        motion = motion.or(hearing.gives_motion().then_some(Modality::Motion));
    }
    heart.into_iter().chain(motion).collect()
}

/// Those of the paired ones that are meant by the configuration.
///
/// # Errors
/// When they do not read, or none has the name that the configuration gives.
pub fn chosen(config: &Config) -> Result<Vec<Paired>, AgentError> {
    if config.bluetooth.device == Choice::Off {
        return Ok(Vec::new());
    }
    let paired = Wearables::load(&config.state)?;
    let Choice::Named(part) = &config.bluetooth.device else { return Ok(paired.list().to_vec()) };
    let part = part.to_lowercase();
    let chosen: Vec<_> =
        paired.list().iter().filter(|there| there.name.to_lowercase().contains(&part)).cloned().collect();
    if chosen.is_empty() {
        let problem = format!("bluetooth.device: no paired wearable has {part:?} in its name; see 'attune-agent pair'");
        return Err(AgentError::Config(problem));
    }
    Ok(chosen)
}

/// Whether anything that wearables give may be sensed now.
fn may_hear(control: &Control) -> bool {
    [Modality::Heart, Modality::Motion].iter().any(|&modality| control.permission(modality) == Permission::Granted)
}

struct Hub {
    pilots: Vec<Pilot>,
    around: Surroundings,
    pauses: Pauses,
    /// The trouble that was told last.
    told: Option<Trouble>,
}

impl Hub {
    fn run(mut self) {
        let stop = self.around.stop.clone();
        while !stop.is_asked() {
            if !may_hear(&self.around.control) {
                stop.sleep_until(Instant::now() + LOOK);
                continue;
            }
            let began = Instant::now();
            let done = self.hear();
            if began.elapsed() > STEADY {
                self.pauses.end();
            }
            if let Err(trouble) = done {
                self.tell(trouble);
                stop.sleep_until(Instant::now() + self.pauses.take());
            }
        }
    }

    /// Hears while anything may be heard. The runtime holds the connection to the system: with it all scans and
    /// subscriptions end.
    fn hear(&mut self) -> Result<(), Trouble> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|_| Trouble::Failed)?;
        let done = runtime.block_on(self.work());
        runtime.shutdown_background();
        done
    }

    async fn work(&mut self) -> Result<(), Trouble> {
        let adapter = radio::adapter().await?;
        if self.told.take().is_some() {
            info!("Bluetooth is there");
        }
        let over = Arc::new(AtomicBool::new(false));
        let (mut flights, mut sought) = (JoinSet::new(), Vec::new());
        for (place, pilot) in self.pilots.drain(..).enumerate() {
            let (seen, sight) = watch::channel(None);
            let wanted = Arc::new(AtomicBool::new(false));
            sought.push(Sought { address: pilot.address.clone(), seen, wanted: wanted.clone() });
            let cockpit = Cockpit { adapter: adapter.clone(), sight, wanted, over: over.clone() };
            flights.spawn(async move { (place, pilot.fly(cockpit).await) });
        }
        let Surroundings { control, clock, stop, .. } = &self.around;
        let leap = clock.last_leap();
        // A machine that slept has connections that are none.
        let goes_on = || !stop.is_asked() && may_hear(control) && clock.last_leap() == leap;
        let done = Scan::new(adapter, sought).run(goes_on).await;
        over.store(true, Ordering::Release);
        let mut landed = flights.join_all().await;
        landed.sort_by_key(|(place, _)| *place);
        self.pilots = landed.into_iter().map(|(_, pilot)| pilot).collect();
        done
    }

    fn tell(&mut self, trouble: Trouble) {
        for pilot in &mut self.pilots {
            pilot.outlet.stand(Some(trouble.gap()), None);
            pilot.outlet.trouble(trouble.words());
        }
        if self.told.replace(trouble) != Some(trouble) {
            warn!("{}", trouble.words());
        }
    }
}
