mod saying;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use attune_protocol::ProtocolError;
use attune_protocol::ack::{Ack, Answer};
use attune_protocol::batch::{Batch, MAX_ITEMS};
use attune_protocol::envelope::{self, Kind};
use attune_protocol::ids::{DeviceId, Seq};
use attune_protocol::pace::Pace;
use attune_protocol::sign::{KeyPair, PublicKey};
use attune_protocol::topics;
use attune_protocol::unknown::Unknown;
use attune_protocol::wishes::Wishes;
use attune_protocol::withdrawals::Withdrawals;
use rumqttc::{AsyncClient, QoS};
use serde::{Deserialize, Serialize};
use tokio::sync::{mpsc, watch};
use tokio::time::{MissedTickBehavior, interval};
use tracing::{debug, info, warn};

use super::Broker;
use super::beats::{Beats, Pulse};
use super::flights::Flights;
use super::heard::Heard;
use super::link::{self, News};
use super::pace::Paces;
use super::pin::Pin;
use crate::AgentError;
use crate::clock::Clock;
use crate::control::{Control, Hold};
use crate::outbox::{About, Outbox, Reason};
use crate::own::{Own, Sent};

/// How often overdue batches are looked for.
const LOOK: Duration = Duration::from_millis(250);
/// How long the thread may take to get to a command.
const LOOKS_WITHIN: Duration = Duration::from_secs(2);
/// How often it is looked for what has become too old.
const TEND: Duration = Duration::from_secs(60);
/// How often an epoch that is used up waits in vain for answers before the next one begins.
const MOST_IN_VAIN: u32 = 2;
/// What a batch may hold before compression; the broker's own limits are far above.
const MAX_BATCH_BYTES: usize = 48 << 10;
/// How long the end may take: with a last word, which nothing is sent behind, and as a courtesy to the broker.
const LAST_WORD: Duration = Duration::from_secs(1);
const COURTESY: Duration = Duration::from_millis(20);

/// How the uplink sends.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where to.
    pub broker: Broker,
    /// Between one sending of what waits and the next; a full batch does not wait for it.
    pub every: Duration,
    /// How long an acknowledgement may take before a batch is sent again, the first time.
    pub patience: Duration,
    /// The longest pause between two tries to connect.
    pub longest_pause: Duration,
    /// The most batches that may wait for an acknowledgement.
    pub in_flight: usize,
    /// Where the person keeps for themselves what was sent.
    pub own: Arc<Own>,
}

/// What the uplink has done since it started.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct UplinkTotals {
    /// Whether it is connected now.
    pub connected: bool,
    /// Batches published, repeated ones counted again.
    pub batches: u64,
    /// Bytes of those batches, signature included, MQTT's own bytes not.
    pub bytes: u64,
    /// Items that the collector has settled, by what became of them.
    pub settled: BTreeMap<Answer, u64>,
    /// Answers that were not believed: of another key, epoch or device, or of other items than were sent.
    pub disbelieved: u64,
    /// Whether the collector has said, since it settled anything last, that it does not know this device.
    pub unknown: bool,
    /// Whether answers have come, since it settled anything last, that another has signed.
    pub other_key: bool,
    /// Whether the broker did not let this device in by its key when it was last asked.
    pub refused: bool,
    /// What the collector asks for while it takes in less than comes.
    pub paced: Option<Paced>,
}

/// Less haste, as the collector asks for it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Paced {
    /// Seconds between one batch and the next.
    pub every_s: u64,
    /// Until when, Unix milliseconds.
    pub until_millis: i64,
}

#[derive(Default)]
struct Counters {
    connected: AtomicBool,
    batches: AtomicU64,
    bytes: AtomicU64,
    settled: Mutex<BTreeMap<Answer, u64>>,
    disbelieved: AtomicU64,
    unknown: AtomicBool,
    other_key: AtomicBool,
    refused: AtomicBool,
    paced: Mutex<Option<Paced>>,
    /// How the run stands, for who tells it.
    pulse: Mutex<Option<Pulse>>,
}

enum Command {
    Send,
    /// Answers once nothing goes out any more that was looked at before.
    Look(std::sync::mpsc::Sender<()>),
    Stop,
}

/// The running uplink.
pub struct Uplink {
    commands: mpsc::UnboundedSender<Command>,
    counters: Arc<Counters>,
    thread: JoinHandle<Result<(), AgentError>>,
}

impl Uplink {
    /// Starts the uplink's thread. Its first sending comes as soon as it is connected.
    ///
    /// # Errors
    /// When the thread or its runtime cannot be made.
    pub fn start(
        outbox: Arc<Outbox>,
        (device, key): (DeviceId, KeyPair),
        pin: Pin,
        heard: Arc<Heard>,
        control: Arc<Control>,
        settings: Settings,
    ) -> Result<Self, AgentError> {
        let (commands, orders) = mpsc::unbounded_channel();
        let counters = Arc::new(Counters::default());
        let worker = Worker {
            flights: Flights::new(settings.in_flight, settings.patience),
            outbox,
            passwords: watch::Sender::new(pin.passwords(device, &key)),
            device,
            key,
            pin,
            taken: None,
            heard,
            control,
            settings,
            clock: Clock::start(),
            counters: counters.clone(),
            acknowledged: Arc::default(),
            clocks_differ: false,
            tended: Instant::now(),
            turning: None,
            paces: Paces::default(),
            beats: Beats::default(),
            up: false,
            due: true,
            heard_first: false,
        };
        let thread = std::thread::Builder::new().name("uplink".into());
        let thread = thread
            .spawn(move || {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
                let runtime = runtime.map_err(|e| AgentError::file("start a runtime for", "the uplink".as_ref(), e))?;
                let done = runtime.block_on(worker.run(orders));
                runtime.shutdown_timeout(Duration::from_millis(100));
                done
            })
            .map_err(|e| AgentError::file("start a thread for", "the uplink".as_ref(), e))?;
        Ok(Self { commands, counters, thread })
    }

    /// Asks that what waits be sent now.
    pub fn send_now(&self) {
        // A thread that has ended says why at `stop`.
        let _ = self.commands.send(Command::Send);
    }

    /// Waits until whatever is sent from now on is looked at anew before, and says whether that is so.
    #[must_use]
    pub fn looks_anew(&self) -> bool {
        let (tell, told) = std::sync::mpsc::channel();
        self.commands.send(Command::Look(tell)).is_ok() && told.recv_timeout(LOOKS_WITHIN).is_ok()
    }

    /// Takes in how the run stands; none where nothing of that may be told.
    pub fn stands(&self, pulse: Option<Pulse>) {
        *self.counters.pulse.lock().unwrap_or_else(PoisonError::into_inner) = pulse;
    }

    /// Whether the thread has ended, which it does by itself only after an error.
    #[must_use]
    pub fn has_ended(&self) -> bool {
        self.thread.is_finished()
    }

    /// What it has done.
    #[must_use]
    pub fn totals(&self) -> UplinkTotals {
        let counters = &self.counters;
        UplinkTotals {
            connected: counters.connected.load(Ordering::Relaxed),
            batches: counters.batches.load(Ordering::Relaxed),
            bytes: counters.bytes.load(Ordering::Relaxed),
            settled: counters.settled.lock().unwrap_or_else(PoisonError::into_inner).clone(),
            disbelieved: counters.disbelieved.load(Ordering::Relaxed),
            unknown: counters.unknown.load(Ordering::Relaxed),
            other_key: counters.other_key.load(Ordering::Relaxed),
            refused: counters.refused.load(Ordering::Relaxed),
            paced: *counters.paced.lock().unwrap_or_else(PoisonError::into_inner),
        }
    }

    /// Says that the device goes off, disconnects and ends the thread. What is not acknowledged stays in the outbox.
    ///
    /// # Errors
    /// With what ended the thread, if it ended by itself.
    pub fn stop(self) -> Result<(), AgentError> {
        let _ = self.commands.send(Command::Stop);
        self.thread.join().map_err(|_| AgentError::Thread("uplink"))?
    }
}

struct Worker {
    flights: Flights,
    outbox: Arc<Outbox>,
    device: DeviceId,
    key: KeyPair,
    /// By which key the collector is believed.
    pin: Pin,
    /// That it is pinned is to be said.
    taken: Option<PublicKey>,
    /// With which the next connection is made, in the order in which they are tried.
    passwords: watch::Sender<Vec<String>>,
    heard: Arc<Heard>,
    control: Arc<Control>,
    settings: Settings,
    clock: Clock,
    counters: Arc<Counters>,
    /// Told to who keeps the connection: something was acknowledged since it last looked.
    acknowledged: Arc<AtomicBool>,
    clocks_differ: bool,
    tended: Instant,
    turning: Option<Turning>,
    /// What the collector asks for while it takes in less than comes.
    paces: Paces,
    /// What was told of how this device stands.
    beats: Beats,
    up: bool,
    due: bool,
    /// Whether anything of this run was acknowledged.
    heard_first: bool,
}

/// The epoch is used up. Before the next one begins, all that was given out in this one is answered: what is stored under
/// it must not come again under another.
struct Turning {
    /// All before this one may have been given out.
    offered: Seq,
    /// Places that hold other items.
    taken: BTreeSet<Seq>,
    /// How often no answer came in time.
    in_vain: u32,
}

impl Worker {
    async fn run(self, orders: mpsc::UnboundedReceiver<Command>) -> Result<(), AgentError> {
        let Settings { broker, longest_pause, .. } = &self.settings;
        let who = (self.device, self.passwords.subscribe());
        let (client, news) = link::open(broker, who, *longest_pause, self.acknowledged.clone());
        self.serve(orders, client, news).await
    }

    async fn serve(
        mut self,
        mut orders: mpsc::UnboundedReceiver<Command>,
        client: AsyncClient,
        mut news: mpsc::Receiver<News>,
    ) -> Result<(), AgentError> {
        let mut ticks = interval(self.settings.every);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut look = interval(LOOK);
        look.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                order = orders.recv() => match order {
                    Some(Command::Send) => self.due = true,
                    // Who asked may have stopped waiting.
                    Some(Command::Look(tell)) => drop(tell.send(())),
                    Some(Command::Stop) | None => break,
                },
                news = news.recv() => match news {
                    Some(news) => self.hear(news)?,
                    // Who keeps the connection ends only behind this: it has died, and nothing would ever leave again.
                    None => return Err(AgentError::Thread("connection")),
                },
                _ = ticks.tick() => self.due = true,
                _ = look.tick() => self.look()?,
            }
            self.say_followed(&client);
            self.say_taken(&client);
            self.send(&client)?;
            // Behind batches: the consent that lets the collector keep it may be among them.
            self.beat(&client, false);
        }
        let patience = if self.beat(&client, true) { LAST_WORD } else { COURTESY };
        if client.try_disconnect().is_ok() {
            // Until the connection has ended; nothing depends on it.
            let ended = async { while news.recv().await.is_some() {} };
            let _ = tokio::time::timeout(patience, ended).await;
        }
        Ok(())
    }

    fn hear(&mut self, news: News) -> Result<(), AgentError> {
        match news {
            News::Up => {
                self.up = true;
                self.counters.refused.store(false, Ordering::Relaxed);
                self.due |= self.flights.count() > 0;
                self.flights.ground();
                self.heard.follow_anew();
                self.beats.connected();
                info!(broker = %self.settings.broker, "connected");
            }
            News::Down { refused } => {
                self.up = false;
                self.counters.refused.store(refused, Ordering::Relaxed);
            }
            News::Answer(bytes) => self.answered(&bytes)?,
            News::LeftOut => self.disbelieve(1, "it is too large, or kept by the broker"),
        }
        self.counters.connected.store(self.up, Ordering::Relaxed);
        Ok(())
    }

    fn answered(&mut self, bytes: &[u8]) -> Result<(), AgentError> {
        // It is signed by the key so far, also where the new one is pinned already.
        if envelope::open(bytes).is_ok_and(|opened| opened.kind == Kind::NewCollectorKey) {
            self.exchanged(bytes);
            return Ok(());
        }
        let own = self.pin.reads(bytes);
        let ack = match Ack::decode(bytes, &own) {
            Ok(ack) if ack.device == self.device && ack.epoch == self.outbox.epoch() => ack,
            Err(ProtocolError::UnexpectedKind { found: Kind::Unknown, .. }) => {
                self.not_known(bytes, &own);
                return Ok(());
            }
            Err(ProtocolError::UnexpectedKind { found: Kind::Withdrawals, .. }) => {
                self.withdrawn(bytes, &own);
                return Ok(());
            }
            Err(ProtocolError::UnexpectedKind { found: Kind::Wishes, .. }) => {
                self.wished(bytes, &own);
                return Ok(());
            }
            Err(ProtocolError::UnexpectedKind { found: Kind::Pace, .. }) => {
                self.paced(bytes, &own);
                return Ok(());
            }
            other => {
                if other == Err(ProtocolError::Signature) {
                    self.counters.other_key.store(true, Ordering::Relaxed);
                }
                let reason = other.err().map_or_else(|| "of another device or epoch".to_owned(), |e| e.to_string());
                self.disbelieve(1, &reason);
                return Ok(());
            }
        };
        self.paces.collector_says(ack.at_millis, Instant::now());
        let now = self.clock.now().millis();
        if !self.outbox.compare_clocks(ack.at_millis, now) && !std::mem::replace(&mut self.clocks_differ, true) {
            warn!("this device's clock and the collector's are more than a day apart: nothing is deleted by age");
        }
        let settled = self.outbox.acknowledge(&ack.settled)?;
        self.heard.hear(&ack, !settled.answers.is_empty());
        self.heard.hear_withdrawn(settled.withdrawn);
        self.flights.land(&settled.runs);
        if !settled.runs.is_empty() {
            self.acknowledged.store(true, Ordering::Relaxed);
            self.counters.unknown.store(false, Ordering::Relaxed);
            self.counters.other_key.store(false, Ordering::Relaxed);
            if !std::mem::replace(&mut self.heard_first, true) {
                info!("the collector has acknowledged the first items of this run");
            }
        }
        if settled.unproved > 0 {
            self.disbelieve(settled.unproved, "it is of other items than were sent");
        }
        // What is refused may never have reached what is kept of this device: then it is told how that stands.
        if settled.answers.contains_key(&Answer::Stored) {
            self.beats.heard(Instant::now());
        }
        self.count(settled.answers);
        if !ack.taken.is_empty() {
            self.flights.land(&ack.taken);
            let offered = self.outbox.offered();
            let turning = self.turning.get_or_insert_with(|| {
                warn!(
                    "the collector holds other items in places of this epoch: what waits is sent again under a new one"
                );
                Turning { offered, taken: BTreeSet::new(), in_vain: 0 }
            });
            let within = |run: &(Seq, Seq)| (run.0.0..=run.1.0.min(offered.0)).map(Seq);
            turning.taken.extend(ack.taken.iter().flat_map(within));
            self.due = true;
        }
        Ok(())
    }

    /// The collector does not know who sent a batch. It waits, and goes again: its database may be put in order.
    fn not_known(&self, bytes: &[u8], own: &PublicKey) {
        match Unknown::decode(bytes, own) {
            Ok(said) if said.device == self.device && self.flights.has_sent(&said.batch) => {
                if !self.counters.unknown.swap(true, Ordering::Relaxed) {
                    warn!(
                        "the collector does not know this device: what waits stays; 'attune-agent status' says what to do"
                    );
                }
            }
            _ => self.disbelieve(1, "it says that a batch is not known which was not sent"),
        }
    }

    /// The person has withdrawn consent in the browser: who keeps records carries it out before it keeps another.
    fn withdrawn(&self, bytes: &[u8], own: &PublicKey) {
        match Withdrawals::decode(bytes, own, self.device, self.outbox.enrolment()) {
            Ok(said) => self.heard.hear_asked(said.asked),
            Err(problem) => self.disbelieve(1, &problem.to_string()),
        }
    }

    /// The person has chosen in the browser what is sensed: who keeps records carries it out before it keeps another.
    fn wished(&self, bytes: &[u8], own: &PublicKey) {
        match Wishes::decode(bytes, own, self.device, self.outbox.enrolment()) {
            Ok(said) => self.heard.hear_wishes(said),
            Err(problem) => self.disbelieve(1, &problem.to_string()),
        }
    }

    /// The collector takes in less than comes: batches are stretched for a while. Nothing leaves the outbox for that.
    fn paced(&mut self, bytes: &[u8], own: &PublicKey) {
        let now = Instant::now();
        match Pace::decode(bytes, own, self.device) {
            Ok(said) if self.paces.hear(&said, now) => {
                let (every, lasts) = (said.every().as_secs(), said.lasts().as_secs());
                info!(every, lasts, "the collector asks for a batch in so many seconds at most, for a while");
            }
            Ok(_) => self.disbelieve(1, "it asks for less haste, and is shown again or over"),
            Err(problem) => self.disbelieve(1, &problem.to_string()),
        }
    }

    /// Keeps to what is asked for now, and says so.
    fn keep_pace(&mut self) {
        let now = Instant::now();
        let slow = self.paces.now(now);
        self.flights.slow_down(slow.map(|slow| (slow.most, slow.every)));
        let paced = slow.map(|slow| {
            let left = i64::try_from(slow.left(now).as_millis()).unwrap_or(i64::MAX);
            Paced { every_s: slow.every.as_secs(), until_millis: self.clock.now().millis().saturating_add(left) }
        });
        let before = std::mem::replace(&mut *self.counters.paced.lock().unwrap_or_else(PoisonError::into_inner), paced);
        if before.is_some() && paced.is_none() {
            info!("batches are sent as usual again");
        }
    }

    fn disbelieve(&self, answers: u64, reason: &str) {
        self.counters.disbelieved.fetch_add(answers, Ordering::Relaxed);
        warn!(reason, "did not believe an answer: what it is of stays");
    }

    fn count(&self, answers: BTreeMap<Answer, u64>) {
        let mut totals = self.counters.settled.lock().unwrap_or_else(PoisonError::into_inner);
        for (answer, items) in answers {
            *totals.entry(answer).or_default() += items;
            match answer.is_kept() {
                true => debug!(items, answer = answer.name(), "the collector has committed"),
                false => warn!(items, reason = answer.name(), "the collector refuses for good"),
            }
        }
    }

    /// Looks for what is overdue, and now and then for what has become too old.
    fn look(&mut self) -> Result<(), AgentError> {
        if self.flights.expire(Instant::now()) {
            debug!("no acknowledgement came in time: sending again");
            self.due = true;
            if let Some(turning) = &mut self.turning {
                turning.in_vain += 1;
            }
        }
        self.due |= self.outbox.totals().bytes >= 2 * MAX_BATCH_BYTES as u64;
        if self.tended.elapsed() >= TEND {
            self.tended = Instant::now();
            self.outbox.tend(self.clock.now().millis())?;
        }
        Ok(())
    }

    /// Publishes what waits, while there is room in flight.
    fn send(&mut self, client: &AsyncClient) -> Result<(), AgentError> {
        self.keep_pace();
        while self.up && self.due && self.flights.has_room() && self.paces.lets(Instant::now()) {
            let hold = self.control.hold();
            if hold == Hold::Everything {
                return Ok(()); // for the moment that carrying it out takes
            }
            let turning = self.turning.as_ref();
            let goes = |seq: Seq, about: &About| {
                let ends_here = |turning: &Turning| seq < turning.offered && !turning.taken.contains(&seq);
                (hold == Hold::Nothing || !about.worth.is_record()) && turning.is_none_or(ends_here)
            };
            let now = self.clock.now().millis();
            let on_their_way = self.flights.on_their_way();
            let items = self.outbox.peek_at(goes, &on_their_way, MAX_ITEMS, MAX_BATCH_BYTES, now)?;
            if items.is_empty() {
                self.due = false;
                return self.turn(hold, now);
            }
            let (epoch, enrolment) = (self.outbox.epoch(), self.outbox.enrolment());
            let batch = Batch { device: self.device, epoch, enrolment, sent_at_millis: now, items };
            let signed = batch.encode(&self.key)?;
            let (len, name) = (signed.len(), Unknown::name_of(&signed));
            let sent = Sent::of(&batch, signed.clone());
            if client.try_publish(topics::batches_of(self.device), QoS::AtLeastOnce, false, signed).is_err() {
                return Ok(()); // The queue is full: the connection is breaking, and its end is heard next.
            }
            self.settings.own.keep_sent(sent);
            self.flights.depart(&batch.items, Instant::now());
            self.paces.sent(Instant::now());
            self.flights.name(name);
            self.counters.batches.fetch_add(1, Ordering::Relaxed);
            self.counters.bytes.fetch_add(len as u64, Ordering::Relaxed);
        }
        Ok(())
    }

    /// Begins the next epoch, once all that was given out in one that is used up has been answered.
    fn turn(&mut self, hold: Hold, now: i64) -> Result<(), AgentError> {
        let is_answered = self.flights.count() == 0 && hold == Hold::Nothing;
        let Some(turning) = self.turning.take_if(|turning| is_answered || turning.in_vain >= MOST_IN_VAIN) else {
            return Ok(());
        };
        debug!(taken = turning.taken.len(), "all that was given out is answered");
        self.outbox.begin_epoch(Reason::Taken, now)?;
        self.flights.ground();
        self.due = true;
        Ok(())
    }
}

#[cfg(test)]
mod tests;
