//! `run`: everything from the sources to the collector.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use attune_analysis::left_out::LeftOut;
use attune_protocol::registry::Modality;
use crossbeam_channel::{Receiver, RecvTimeoutError, bounded};
use tracing::{error, info, warn};

use crate::config::{self, Config, Start};
use crate::control::{self, Control, Permission, Presence};
use crate::identity::{self, Identity};
use crate::keeping::{Keeper, Sensed};
use crate::outbox::{self, Limits, Outbox};
use crate::pipeline::Output;
use crate::pipeline::lines::{self, Common};
use crate::stop::Stop;
use crate::timeline::{self, Clock, Place, Schedule, Sources};
use crate::uplink::{Heard, Settings, Uplink};
use crate::{AgentError, files, summed};

/// Records that may wait to be kept before analysis waits.
const WAITING_OUTPUTS: usize = 256;
/// Records that become durable together at most.
const TOGETHER: usize = 64;
const LOOK: Duration = Duration::from_millis(200);
const MILLIS_PER_DAY: f64 = 86_400_000.0;

/// Senses until the recordings end and everything is acknowledged, or until asked to stop.
///
/// # Errors
/// When the device is not enrolled, a source or a model cannot be used, or the outbox fails.
pub fn run(config: &Config, stop: &Stop) -> Result<(), AgentError> {
    let state = &config.state;
    let (identity, enrolment) = Identity::load_enrolled(state)?;
    let sources = Sources::of(&config.play)?;
    files::private_folder(state)?;
    let limits =
        Limits { bytes: config.outbox.max_bytes, age_millis: (config.outbox.max_age_days * MILLIS_PER_DAY) as i64 };
    let Identity { device, key, seal, broker, .. } = identity;
    let mut clock = Clock::start();
    let now = clock.now().millis();
    let outbox = Arc::new(Outbox::open(&state.join(outbox::FOLDER), seal, enrolment.number, limits, now)?);
    heal(state);
    let heard = Arc::new(Heard::load(state, &enrolment));

    let what = timeline::identity(&sources, &config.play, stop)?;
    let remembered = remembered(&outbox, config, &what)?;
    let remembered_start = remembered.as_ref().map(|place| attune_analysis::sample::Timestamp(place.start_micros));
    let schedule = Schedule::new(&sources, &config.play, clock.now(), remembered_start, stop)?;
    let networks = lines::networks(&schedule, &config.models)?;
    let place = remembered.unwrap_or_else(|| Place::begin(what, schedule.start));

    let settings = settings(config, &broker)?;
    let control = Arc::new(Control::of(state));
    if let Err(problem) = control::settle(state) {
        warn!(error = %problem, "there is no space in reserve to stop this agent");
    }
    let mut keeper =
        Keeper::open(config, device, outbox.clone(), place.clone(), clock, heard.clone(), control.clone())?;
    keeper.keep(Vec::new())?;
    warn_without_consent(&schedule, state);
    // From here on whoever decides something has it carried out; before, nothing is sensed or sent.
    let presence = Presence::claim(state)?;
    let uplink = Uplink::start(outbox.clone(), device, key, enrolment.collector, heard, control.clone(), settings)?;
    let (out, outputs) = bounded(WAITING_OUTPUTS);
    let common = Common { speed: config.play.speed, control: control.clone(), out, stop: stop.clone() };
    info!(profile = %config.profile, speed = %config.play.speed, "sensing begins");
    let threads = lines::start(schedule, networks.as_ref(), common, |modality, begin| place.from(modality, begin))?;

    let until_sent = config.play.until_sent;
    let mut run = Run { keeper, uplink, outbox, control, presence, stop, until_sent, failure: None, gone: false };
    let done = run.follow(&outputs);
    // Ends the threads too where it was an error that ended the run.
    stop.ask();
    drop(outputs);
    let joined = lines::join(threads);
    run.keeper.end(&run.uplink.totals());
    let stopped = run.uplink.stop();
    done.and(stopped).and(joined).and(run.failure.map_or(Ok(()), Err))
}

/// Writes anew what of the state folder's texts a flipped bit has changed: a second one could not be told any more.
fn heal(state: &Path) {
    let healed = files::hold(state).and_then(|_held| {
        summed::heal(&state.join(identity::FILE))?;
        // What does not read gets no sum: its repair would be taken for damage.
        if control::ConsentBook::load_file(state).is_ok() {
            summed::heal(&state.join(control::CONSENT))?;
        }
        Ok(())
    });
    if let Err(problem) = healed {
        warn!(error = %problem, "the state folder's own texts could not be looked through");
    }
}

/// How far an earlier run of the same recordings came, if this one is to go on there.
fn remembered(outbox: &Outbox, config: &Config, what: &str) -> Result<Option<Place>, AgentError> {
    let place = outbox.note(Place::NOTE).as_deref().and_then(Place::decode);
    // Recordings that are laid at an instant have each window once; those that end now can be played again.
    let again = config::start(&config.play)? == Start::Now;
    let place = place.filter(|place| place.identity == what && !(again && place.finished));
    if place.is_some() {
        info!("going on behind the last durable window of this recording");
    }
    Ok(place)
}

fn settings(config: &Config, enrolled_over: &str) -> Result<Settings, AgentError> {
    let uplink = &config.uplink;
    let wrong = |problem| AgentError::Config(format!("uplink.broker: {problem}"));
    let broker = uplink.broker.as_deref().unwrap_or(enrolled_over).parse().map_err(wrong)?;
    Ok(Settings {
        broker,
        every: Duration::from_secs_f64(uplink.every),
        patience: Duration::from_secs_f64(uplink.patience),
        longest_pause: Duration::from_secs_f64(uplink.longest_pause),
        in_flight: uplink.in_flight,
    })
}

fn warn_without_consent(schedule: &Schedule, state: &Path) {
    let control = Control::of(state);
    for modality in Modality::ALL.into_iter().filter(|&m| schedule.span(m).is_some()) {
        if control.permission(modality) == Permission::NoConsent {
            warn!(%modality, "nothing is sensed without consent: run 'attune-agent consent grant --modality {modality}'");
        }
    }
}

struct Run<'a> {
    keeper: Keeper,
    uplink: Uplink,
    outbox: Arc<Outbox>,
    control: Arc<Control>,
    presence: Presence,
    stop: &'a Stop,
    until_sent: bool,
    failure: Option<AgentError>,
    /// Whether a thread has ended before its time.
    gone: bool,
}

impl Run<'_> {
    /// Keeps what comes until nothing does any more, and waits for the collector.
    fn follow(&mut self, outputs: &Receiver<Output>) -> Result<(), AgentError> {
        let mut playing = true;
        loop {
            if playing {
                match outputs.recv_timeout(LOOK) {
                    Ok(first) => {
                        let records = self.sort(std::iter::once(first).chain(outputs.try_iter().take(TOGETHER)));
                        self.keeper.keep(records)?;
                        if self.gone {
                            return Err(AgentError::Thread("sensing"));
                        }
                    }
                    Err(RecvTimeoutError::Timeout) => self.keeper.keep(Vec::new())?,
                    Err(RecvTimeoutError::Disconnected) if self.stop.is_asked() => return Ok(()),
                    Err(RecvTimeoutError::Disconnected) => {
                        info!("all recordings have ended");
                        playing = false;
                        if !self.until_sent {
                            // Now, and not when it is stopped: whatever ends it while it idles, they are over.
                            self.keeper.finish()?;
                        }
                    }
                }
            } else {
                self.keeper.keep(Vec::new())?;
                if self.until_sent {
                    if self.outbox.totals().items == 0 {
                        return self.keeper.finish();
                    }
                    self.uplink.send_now();
                }
                if self.stop.is_asked() {
                    return if self.until_sent { self.keeper.finish() } else { Ok(()) };
                }
                self.stop.sleep_until(Instant::now() + LOOK);
            }
            self.answer()?;
            self.keeper.tell(&self.uplink.totals());
            if self.uplink.has_ended() {
                return Ok(()); // stopping it tells why
            }
        }
    }

    /// Carries out what was decided, and tells the commands that wait for it.
    fn answer(&mut self) -> Result<(), AgentError> {
        while let Some(ask) = self.presence.ask()? {
            self.control.forget();
            self.keeper.keep(Vec::new())?;
            // Without an answer the command ends this process, which is in no state to stop by itself.
            if self.uplink.looks_anew() {
                let in_force = self.keeper.in_force(&ask.changes);
                ask.answer(in_force);
            }
        }
        Ok(())
    }

    fn sort(&mut self, outputs: impl Iterator<Item = Output>) -> Vec<Sensed> {
        let mut records = Vec::new();
        for output in outputs {
            match output {
                Output::LeftOut(modality, left_out) => {
                    let LeftOut { unread, no_value, false_times, out_of_order, overload } = left_out;
                    warn!(%modality, unread, no_value, false_times, out_of_order, overload, "samples were left out");
                }
                Output::Window(record, withdrawals) => records.push(Sensed { record, withdrawals }),
                Output::Gone(modality) => {
                    error!(%modality, "a thread has ended before its time");
                    self.gone = true;
                }
                Output::Ended(modality) => info!(%modality, "the recording has ended"),
                Output::Failed(modality, problem) => {
                    error!(%modality, error = %problem, "the source is broken: nothing more comes from it");
                    self.failure.get_or_insert(problem);
                }
            }
        }
        records
    }
}
