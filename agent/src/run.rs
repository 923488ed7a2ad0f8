//! `run`: everything from the sources to the collector.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use attune_analysis::left_out::LeftOut;
use attune_analysis::networks::Networks;
use attune_analysis::sample::Timestamp;
use attune_analysis::tables::LATEST;
use attune_protocol::heartbeat::Sensing;
use attune_protocol::ids::Seq;
use attune_protocol::record::Gap;
use attune_protocol::registry::Modality;
use attune_protocol::window::Window;
use crossbeam_channel::{Receiver, RecvTimeoutError, bounded};
use data_encoding::HEXLOWER;
use tracing::{error, info, warn};

use crate::check_in::{Answer, Reminder};
use crate::clock::Clock;
use crate::config::{self, Config, PlayConfig, Speed, Start};
use crate::control::{self, Control, Permission, Presence, Wish};
use crate::governor::{self, Effort, Open};
use crate::identity::{self, Identity};
use crate::keeping::{self, Keeper, Sensed};
use crate::messages::Messages;
use crate::outbox::{self, Outbox};
use crate::own::{Between, Own};
use crate::page::{self, Page, Rooms};
use crate::person::{Listed, Told};
use crate::pipeline::Output;
use crate::pipeline::lines::{self, Common};
use crate::sensors::devices;
use crate::sensors::live::{Intake, Standings, Surroundings};
use crate::stop::Stop;
use crate::timeline::{self, Place, Schedule, Sources};
use crate::uplink::{Broker, Heard, Pin, Pulse, Settings, Uplink};
use crate::{AgentError, files, guard, new_key, person, summed};

/// Records that may wait to be kept before analysis waits.
const WAITING_OUTPUTS: usize = 256;
/// Records that become durable together at most.
const TOGETHER: usize = 64;
const LOOK: Duration = Duration::from_millis(200);

/// Senses with this machine's devices until asked to stop; or plays recordings until they end and everything is
/// acknowledged.
///
/// # Errors
/// When the device is not enrolled, a source or a model cannot be used, or the outbox fails.
pub fn run(config: &Config, stop: &Stop) -> Result<(), AgentError> {
    let state = &config.state;
    if Identity::load_enrolled(state)?.0.next.is_some() {
        // What was begun is finished: by which of its two keys the collector knows it nobody can tell here.
        if let Err(problem) = new_key::renew(state, config.uplink.broker.as_deref()) {
            warn!(error = %problem, "this device's change of its key is not finished; it is tried again with the next start");
        }
    }
    let (identity, enrolment) = Identity::load_enrolled(state)?;
    let sources = recordings(&config.play)?;
    files::private_folder(state)?;
    if sources.is_none() {
        devices::prepare(config);
    }
    // Before the first thread: those that are started from here on are held to it, too.
    guard::confine(&own_folders(config), sources.as_ref().is_some_and(|sources| sources.face.is_some()));
    let limits = keeping::limits(config);
    let Identity { device, seal, broker, .. } = identity;
    let clock = Clock::start();
    let now = clock.now().millis();
    let outbox = Arc::new(Outbox::open(&state.join(outbox::FOLDER), seal, enrolment.number, limits, now)?);
    // Read once nobody else can change them any more: another key of this device, or of the collector, may have come since.
    let (Identity { key, .. }, enrolment) = Identity::load_enrolled(state)?;
    heal(state);
    let heard = Arc::new(Heard::load(state, &enrolment));

    let plan = match sources {
        Some(sources) => Plan::of(&sources, config, &outbox, &clock, stop)?,
        None => Plan::Live,
    };
    let control = Arc::new(Control::of(state));
    if let Err(problem) = control::settle(state) {
        warn!(error = %problem, "there is no space in reserve to stop this agent");
    }
    let mut keeper =
        Keeper::open(config, device, outbox.clone(), plan.place(), clock.clone(), heard.clone(), control.clone())?;
    keeper.keep(Vec::new())?;
    let senses = plan.senses(config);
    warn_without_consent(&senses, state);
    let begun = keeping::begin_run(&outbox, now).inspect_err(|problem| {
        warn!(error = %problem, "this start is not noted: the collector is not told that this device is on");
    });
    let settings = settings(config, &broker, keeper.own())?;
    // From here on whoever decides something has it carried out; before, nothing is sensed or sent.
    let presence = Presence::claim(state)?;
    let messages = Messages::start(config, clock.clone(), control.clone())?;
    let rooms = Rooms::of(
        config,
        key.public(),
        keeper.own(),
        outbox.clone(),
        heard.clone(),
        messages.clone(),
        (control.clone(), presence.teller()),
    );
    let page = page::start(config, rooms);
    let uplink =
        Uplink::start(outbox.clone(), (device, key), Pin::of(state, &enrolment), heard, control.clone(), settings)?;
    let (out, outputs) = bounded(WAITING_OUTPUTS);
    let common = Common { speed: config.play.speed, control: control.clone(), out, stop: stop.clone() };
    info!(profile = %config.profile, speed = %config.play.speed, "sensing begins");
    let (standings, effort) = (Standings::default(), Effort::full(config.camera.fps));
    let over = plan.over();
    let threads = match plan {
        Plan::Recordings { schedule, networks, place } => {
            lines::start(*schedule, networks.as_ref(), common, |modality, begin| place.from(modality, begin))?
        }
        Plan::Live => live(config, common, &clock, &standings, &effort)?,
    };

    let until_sent = config.play.until_sent;
    let reminder = Reminder::of(&config.check_in);
    let mut run = Run {
        keeper,
        uplink,
        outbox,
        control,
        presence,
        standings,
        effort,
        senses,
        begun: begun.ok().map(|run| (run, now)),
        over,
        page,
        messages,
        reminder,
        stop,
        until_sent,
        failure: None,
        gone: false,
    };
    let done = run.follow(&outputs);
    // Ends the threads too where it was an error that ended the run.
    stop.ask();
    drop(outputs);
    let joined = lines::join(threads);
    let written = run.keeper.written(run.messages.close());
    run.keeper.end(&run.uplink.totals());
    let stopped = run.uplink.stop();
    done.and(written).and(stopped).and(joined).and(run.failure.map_or(Ok(()), Err))
}

/// The folders in which this program writes while it runs.
fn own_folders(config: &Config) -> Vec<PathBuf> {
    let journal = config.play.journal.as_deref().and_then(Path::parent);
    let journal = journal.map(|folder| if folder.as_os_str().is_empty() { Path::new(".") } else { folder });
    let own = [Some(config.state.as_path()), journal].into_iter().flatten().map(Path::to_owned);
    own.chain(control::folders_elsewhere()).collect()
}

/// The recordings that are to be played; `None` where this machine's devices are sensed.
fn recordings(play: &PlayConfig) -> Result<Option<Sources>, AgentError> {
    let PlayConfig { start, skip, looped, speed, .. } = play;
    let of_recordings = start.is_some() || !skip.is_empty() || !looped.is_empty() || *speed != Speed::Times(1.0);
    match Sources::of(play) {
        Ok(sources) => Ok(Some(sources)),
        Err(AgentError::NoSources) if !of_recordings => Ok(None),
        Err(error) => Err(error),
    }
}

/// What is sensed in a run.
enum Plan {
    /// Recordings, from where an earlier run of them came to.
    Recordings { schedule: Box<Schedule>, networks: Option<Networks>, place: Place },
    /// This machine's devices.
    Live,
}

impl Plan {
    fn of(sources: &Sources, config: &Config, outbox: &Outbox, clock: &Clock, stop: &Stop) -> Result<Self, AgentError> {
        let what = timeline::identity(sources, &config.play, stop)?;
        let remembered = remembered(outbox, config, &what)?;
        let start = remembered.as_ref().map(|place| Timestamp(place.start_micros));
        let schedule = Box::new(Schedule::new(sources, &config.play, clock.now(), start, stop)?);
        let networks = lines::networks(&schedule, &config.models)?;
        let place = remembered.unwrap_or_else(|| Place::begin(what, schedule.start));
        Ok(Self::Recordings { schedule, networks, place })
    }

    fn place(&self) -> Option<Place> {
        match self {
            Self::Recordings { place, .. } => Some(place.clone()),
            Self::Live => None,
        }
    }

    fn over(&self) -> &'static str {
        match self {
            Self::Recordings { .. } => "all recordings have ended",
            Self::Live => "the time is over for which devices were to be sensed",
        }
    }

    fn senses(&self, config: &Config) -> Vec<Modality> {
        match self {
            Self::Recordings { schedule, .. } => {
                Modality::SENSED.into_iter().filter(|&modality| schedule.span(modality).is_some()).collect()
            }
            Self::Live => devices::modalities(config),
        }
    }
}

/// Starts this machine's devices, and the lines of what they sense.
fn live(
    config: &Config,
    common: Common,
    clock: &Clock,
    standings: &Standings,
    effort: &Effort,
) -> Result<Vec<JoinHandle<()>>, AgentError> {
    let until = config.play.duration.map_or(LATEST, |seconds| clock.now().plus_seconds(seconds));
    let around = Surroundings {
        control: common.control.clone(),
        clock: clock.clone(),
        stop: common.stop.clone(),
        until,
        standings: standings.clone(),
        effort: effort.clone(),
    };
    let mut intake = Intake::new(&around);
    let mut threads = devices::start(config, &mut intake, &around)?;
    let open = open(common.control.clone(), standings.clone(), effort.clone());
    threads.push(governor::start(config, effort.clone(), open, common.stop.clone())?);
    threads.extend(lines::start_live(intake, common, &around, &config.models, config.camera.fps)?);
    Ok(threads)
}

/// Says which devices are open, or would be if they did not rest.
fn open(control: Arc<Control>, standings: Standings, effort: Effort) -> impl Fn() -> Open + Send + 'static {
    move || {
        let all = standings.list();
        let is = |modality: Modality| {
            let open = all.iter().any(|standing| standing.modality == modality && standing.device.is_some());
            let rests = effort.rests(modality).is_some_and(|gap| gap != Gap::ScreenLocked);
            open || (rests && control.permission(modality) == Permission::Granted)
        };
        Open { camera: is(Modality::Face), microphone: is(Modality::Voice) }
    }
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

fn settings(config: &Config, enrolled_over: &str, own: Arc<Own>) -> Result<Settings, AgentError> {
    let uplink = &config.uplink;
    let wrong = |problem| AgentError::Config(format!("uplink.broker: {problem}"));
    let broker = Broker::read(uplink.broker.as_deref().unwrap_or(enrolled_over)).map_err(wrong)?;
    Ok(Settings {
        broker,
        every: Duration::from_secs_f64(uplink.every),
        patience: Duration::from_secs_f64(uplink.patience),
        longest_pause: Duration::from_secs_f64(uplink.longest_pause),
        in_flight: uplink.in_flight,
        own,
    })
}

fn warn_without_consent(senses: &[Modality], state: &Path) {
    let control = Control::of(state);
    for &modality in senses {
        match control.permission(modality) {
            Permission::NoConsent => {
                warn!(%modality, "nothing is sensed without consent: run 'attune-agent consent grant --modality {modality}'");
            }
            Permission::SwitchedOff => info!(%modality, "it is not sensed: it is switched off in the browser"),
            Permission::Granted | Permission::Paused => {}
        }
    }
}

struct Run<'a> {
    keeper: Keeper,
    uplink: Uplink,
    outbox: Arc<Outbox>,
    control: Arc<Control>,
    presence: Presence,
    standings: Standings,
    effort: Effort,
    /// What is to be sensed.
    senses: Vec<Modality>,
    /// The number of this run, and when it began, Unix milliseconds; none where that is not durable.
    begun: Option<(u32, i64)>,
    /// What is said once nothing more is sensed.
    over: &'static str,
    page: Option<Page>,
    messages: Messages,
    reminder: Reminder,
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
                        info!("{}", self.over);
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
            self.keeper.written(self.messages.due())?;
            self.answer()?;
            self.keeper.footprint(self.effort.footprint());
            self.keeper.tell(&self.uplink.totals(), &self.standings);
            self.uplink.stands(self.pulse());
            self.remind();
            if self.uplink.has_ended() {
                return Ok(()); // stopping it tells why
            }
        }
    }

    /// How this run stands, as far as the collector may be told: nothing where nothing goes there that is sensed.
    fn pulse(&self) -> Option<Pulse> {
        let (run, since_millis) = self.begun?;
        let permissions: Vec<_> =
            self.senses.iter().map(|&modality| (modality, self.control.permission(modality))).collect();
        let goes = |permission: &Permission| matches!(permission, Permission::Granted | Permission::Paused);
        if !self.control.wishes().keep || !permissions.iter().any(|(_, permission)| goes(permission)) {
            return None;
        }
        let (devices, seen) = (self.standings.list(), self.keeper.seen());
        let sensing = |(modality, permission): (Modality, Permission)| {
            let seen = seen.iter().find(|seen| seen.modality == modality);
            let gaps: Vec<_> = devices.iter().filter(|one| one.modality == modality).map(|one| one.gap).collect();
            let gap = match gaps.as_slice() {
                // Recordings have no devices: their last window says it.
                [] => seen.and_then(|seen| seen.gap),
                all if all.contains(&None) => None,
                all => all[0],
            };
            // What the person decided is as it stands now, and not as it stood then.
            let gap = gap.filter(|gap| !matches!(gap, Gap::Paused | Gap::NoConsent | Gap::SwitchedOff));
            let newest = seen.map(|seen| Window::containing(seen.last_millis));
            Sensing::of(modality, permission.gap().or(gap), newest)
        };
        Some(Pulse { run, since_millis, modalities: permissions.into_iter().map(sensing).collect() })
    }

    /// Asks the person how they are, at their own rhythm; not while sensing is paused or they did not agree to answer.
    fn remind(&mut self) {
        if self.control.permission(Modality::CheckIn) == Permission::Granted {
            let last = keeping::last_check_in(&self.outbox).and_then(|at| jiff::Timestamp::from_millisecond(at).ok());
            self.reminder.look(&jiff::Zoned::now(), last);
        }
    }

    /// Carries out what was decided, and tells the commands that wait for it.
    fn answer(&mut self) -> Result<(), AgentError> {
        while let Some(ask) = self.presence.ask()? {
            if let Some(wish) = &ask.wish {
                let told = self.grant(wish)?;
                ask.answer(&told);
                continue;
            }
            self.control.forget();
            self.keeper.keep(Vec::new())?;
            // Without an answer the command ends this process, which is in no state to stop by itself.
            if self.uplink.looks_anew() {
                let in_force = self.keeper.in_force(&ask.changes);
                ask.answer(&in_force);
            }
        }
        Ok(())
    }

    /// Does what a person wants to see or have done.
    fn grant(&mut self, wish: &Wish) -> Result<Told, AgentError> {
        Ok(match *wish {
            Wish::Waiting { from } => Told::Waiting(Listed::all(self.outbox.look(Seq(from), person::MOST_WAITING)?)),
            Wish::Forget { from, until } => {
                let between = Between { from, until };
                self.messages.forget(|window| between.meets(window, window));
                match self.keeper.forget(between) {
                    Ok(forgotten) => Told::Forgotten(forgotten),
                    Err(problem) => Told::Not(problem.to_string()),
                }
            }
            Wish::Learnt => Told::Learnt(HEXLOWER.encode(&keeping::baseline(&self.outbox).encode())),
            Wish::CheckIn { vibe, valence, arousal } => match Answer::new(vibe, valence, arousal) {
                Ok(answer) => match self.keeper.check_in(answer) {
                    Ok(()) => Told::Said,
                    Err(AgentError::CheckIn(why)) => Told::Unsaid(why),
                    Err(problem) => Told::Not(problem.to_string()),
                },
                Err(why) => Told::Unsaid(why.into()),
            },
            Wish::Open => self.page.as_ref().map_or(Told::NoPage, |page| Told::Address(page.invite())),
        })
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
                Output::Ended(modality) => info!(%modality, "it has ended"),
                Output::Failed(modality, problem) => {
                    error!(%modality, error = %problem, "the source is broken: nothing more comes from it");
                    self.failure.get_or_insert(problem);
                }
            }
        }
        records
    }
}
