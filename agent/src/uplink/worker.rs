use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use attune_protocol::ProtocolError;
use attune_protocol::ack::{Ack, Answer};
use attune_protocol::batch::{Batch, MAX_ITEMS};
use attune_protocol::envelope::Kind;
use attune_protocol::ids::{DeviceId, Seq};
use attune_protocol::sign::{KeyPair, PublicKey};
use attune_protocol::topics;
use attune_protocol::unknown::Unknown;
use rumqttc::{AsyncClient, QoS};
use tokio::sync::mpsc;
use tokio::time::{MissedTickBehavior, interval};
use tracing::{debug, info, warn};

use super::Broker;
use super::flights::Flights;
use super::heard::Heard;
use super::link::{self, News};
use crate::AgentError;
use crate::control::{Control, Hold};
use crate::outbox::{About, Outbox, Reason};
use crate::timeline::Clock;

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
        device: DeviceId,
        key: KeyPair,
        collector: PublicKey,
        heard: Arc<Heard>,
        control: Arc<Control>,
        settings: Settings,
    ) -> Result<Self, AgentError> {
        let (commands, orders) = mpsc::unbounded_channel();
        let counters = Arc::new(Counters::default());
        let worker = Worker {
            flights: Flights::new(settings.in_flight, settings.patience),
            outbox,
            device,
            key,
            collector,
            heard,
            control,
            settings,
            clock: Clock::start(),
            counters: counters.clone(),
            acknowledged: Arc::default(),
            clocks_differ: false,
            tended: Instant::now(),
            turning: None,
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
        }
    }

    /// Disconnects and ends the thread. What is not acknowledged stays in the outbox.
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
    collector: PublicKey,
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
        let (client, news) = link::open(broker, self.device, *longest_pause, self.acknowledged.clone());
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
            self.send(&client)?;
        }
        drop(news);
        if client.try_disconnect().is_ok() {
            // A courtesy to the broker; nothing depends on it.
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Ok(())
    }

    fn hear(&mut self, news: News) -> Result<(), AgentError> {
        match news {
            News::Up => {
                self.up = true;
                self.due |= self.flights.count() > 0;
                self.flights.ground();
                info!(broker = %self.settings.broker, "connected");
            }
            News::Down => self.up = false,
            News::Answer(bytes) => self.answered(&bytes)?,
            News::LeftOut => self.disbelieve(1, "it is too large, or kept by the broker"),
        }
        self.counters.connected.store(self.up, Ordering::Relaxed);
        Ok(())
    }

    fn answered(&mut self, bytes: &[u8]) -> Result<(), AgentError> {
        let ack = match Ack::decode(bytes, &self.collector) {
            Ok(ack) if ack.device == self.device && ack.epoch == self.outbox.epoch() => ack,
            Err(ProtocolError::UnexpectedKind { found: Kind::Unknown, .. }) => {
                self.not_known(bytes);
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
    fn not_known(&self, bytes: &[u8]) {
        match Unknown::decode(bytes, &self.collector) {
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
        while self.up && self.due && self.flights.has_room() {
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
            if client.try_publish(topics::batches_of(self.device), QoS::AtLeastOnce, false, signed).is_err() {
                return Ok(()); // The queue is full: the connection is breaking, and its end is heard next.
            }
            self.flights.depart(&batch.items, Instant::now());
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
mod tests {
    use std::path::Path;

    use attune_protocol::ack::Run;
    use attune_protocol::consent::{Consent, Purpose};
    use attune_protocol::digest::Digest;
    use attune_protocol::features::Features;
    use attune_protocol::ids::Epoch;
    use attune_protocol::policy::Profile;
    use attune_protocol::record::{Coverage, Gap, Record};
    use attune_protocol::registry::Modality;
    use attune_protocol::seal::SealKey;
    use attune_protocol::window::Window;
    use jiff::Timestamp;

    use super::*;
    use crate::identity::Enrolment;
    use crate::outbox::{Draft, Limits};

    /// A worker that may send everything, with a queue to a broker that nobody empties.
    fn worker(folder: &Path, patience: Duration) -> (Worker, AsyncClient, rumqttc::EventLoop, KeyPair) {
        let limits = Limits { bytes: 1 << 20, age_millis: i64::MAX };
        let key = SealKey::from_secret([9; 32]);
        let outbox = Outbox::open(&folder.join("outbox"), key, 1, limits, 0).unwrap();
        let collector = KeyPair::generate();
        let enrolment = Enrolment { number: 1, collector: collector.public(), profile: Profile::Eu };
        let settings = Settings {
            broker: Broker { host: "127.0.0.1".into(), port: 1 },
            every: Duration::from_secs(60),
            patience,
            longest_pause: Duration::from_secs(60),
            in_flight: 4,
        };
        let worker = Worker {
            flights: Flights::new(settings.in_flight, settings.patience),
            outbox: Arc::new(outbox),
            device: DeviceId([1; 16]),
            key: KeyPair::generate(),
            collector: collector.public(),
            heard: Arc::new(Heard::load(folder, &enrolment)),
            control: Arc::new(Control::of(folder)),
            settings,
            clock: Clock::start(),
            counters: Arc::default(),
            acknowledged: Arc::default(),
            clocks_differ: false,
            tended: Instant::now(),
            turning: None,
            up: true,
            due: true,
            heard_first: false,
        };
        let (client, events) = AsyncClient::new(rumqttc::MqttOptions::new("test", "127.0.0.1", 1), 8);
        (worker, client, events, collector)
    }

    fn now() -> i64 {
        Timestamp::now().as_millisecond()
    }

    fn keep(worker: &Worker, windows: std::ops::Range<u32>) {
        let record = |window| {
            let seen = Coverage::none(500, Gap::NoConsent);
            Draft::record(&Record::new(Window(window), 0.0, seen, Features::new(Modality::Motion)))
        };
        worker.outbox.append(&windows.map(record).collect::<Vec<_>>(), &[], now()).unwrap();
    }

    /// What a collector answers: that some places are settled, and that others hold something else.
    fn ack(worker: &Worker, settled: &[u64], taken: &[(u64, u64)]) -> Ack {
        let now = now();
        let items = worker.outbox.peek(&BTreeSet::new(), usize::MAX, usize::MAX, now).unwrap();
        let settled = items.iter().filter(|item| settled.contains(&item.seq.0));
        let settled = settled.map(|item| (item.seq, Answer::Stored, Digest::of_item(item.seq, &item.bytes)));
        Ack {
            device: worker.device,
            epoch: worker.outbox.epoch(),
            profile: Profile::Eu,
            at_millis: now,
            settled: Run::of(settled),
            taken: taken.iter().map(|(first, last)| (Seq(*first), Seq(*last))).collect(),
            wants_consent: None,
        }
    }

    fn sent(worker: &Worker) -> u64 {
        worker.counters.batches.load(Ordering::Relaxed)
    }

    #[test]
    fn the_next_epoch_begins_once_all_that_was_given_out_is_answered_and_has_what_was_taken() {
        let folder = tempfile::tempdir().unwrap();
        let (mut worker, client, _events, collector) = worker(folder.path(), Duration::from_secs(60));
        keep(&worker, 0..3);
        worker.send(&client).unwrap();
        let epoch = worker.outbox.epoch();
        assert_eq!((sent(&worker), worker.flights.count(), worker.due), (1, 1, false));
        let settled = ack(&worker, &[1, 2], &[]).encode(&collector);
        // However far it says that places are taken, it is of those that were given out.
        let taken = ack(&worker, &[], &[(0, 0), (3, u64::MAX)]).encode(&collector);
        keep(&worker, 3..4);
        worker.answered(&taken).unwrap();
        worker.send(&client).unwrap();
        assert_eq!((worker.outbox.epoch(), sent(&worker)), (epoch, 1), "what is new waits for the next epoch");
        assert!(!worker.acknowledged.load(Ordering::Relaxed));
        worker.answered(&settled).unwrap();
        assert!(worker.acknowledged.load(Ordering::Relaxed));
        worker.due = true;
        worker.send(&client).unwrap();
        assert_ne!(worker.outbox.epoch(), epoch);
        worker.send(&client).unwrap();
        assert_eq!((worker.outbox.totals().items, worker.flights.on_their_way().len(), sent(&worker)), (2, 2, 2));
        assert_eq!(worker.counters.settled.lock().unwrap().get(&Answer::Stored), Some(&2));
        assert!(worker.turning.is_none());
    }

    #[test]
    fn the_next_epoch_begins_too_when_answers_were_waited_for_in_vain() {
        let folder = tempfile::tempdir().unwrap();
        let (mut worker, client, _events, collector) = worker(folder.path(), Duration::from_millis(1));
        keep(&worker, 0..3);
        worker.send(&client).unwrap();
        let epoch = worker.outbox.epoch();
        let taken = ack(&worker, &[], &[(0, 0)]).encode(&collector);
        worker.answered(&taken).unwrap();
        for in_vain in 1..=MOST_IN_VAIN {
            assert_eq!(worker.outbox.epoch(), epoch, "not before it was {in_vain} times in vain");
            std::thread::sleep(Duration::from_millis(100));
            worker.look().unwrap();
            worker.send(&client).unwrap();
        }
        assert_ne!(worker.outbox.epoch(), epoch);
        assert_eq!(worker.outbox.totals().items, 3, "nothing is lost");
    }

    #[test]
    fn an_answer_of_another_key_device_or_epoch_or_of_other_items_moves_nothing_and_is_counted() {
        let folder = tempfile::tempdir().unwrap();
        let (mut worker, client, _events, collector) = worker(folder.path(), Duration::from_secs(60));
        keep(&worker, 0..3);
        worker.send(&client).unwrap();
        let genuine = ack(&worker, &[0, 1, 2], &[]);
        let mut of_others = genuine.clone();
        of_others.settled[0].last = Seq(1);
        for (ack, key) in [
            (genuine.clone(), &KeyPair::generate()),
            (Ack { device: DeviceId([2; 16]), ..genuine.clone() }, &collector),
            (Ack { epoch: Epoch(7), ..genuine.clone() }, &collector),
            (of_others, &collector),
        ] {
            worker.answered(&ack.encode(key)).unwrap();
        }
        assert_eq!((worker.outbox.totals().items, worker.flights.on_their_way().len()), (3, 3));
        assert_eq!(worker.counters.disbelieved.load(Ordering::Relaxed), 4);
        worker.answered(&genuine.encode(&collector)).unwrap();
        assert_eq!((worker.outbox.totals().items, worker.flights.count()), (0, 0));
    }

    #[test]
    fn nothing_is_sent_without_a_connection_nor_records_while_sensing_is_paused() {
        let folder = tempfile::tempdir().unwrap();
        let (mut worker, client, _events, _) = worker(folder.path(), Duration::from_secs(60));
        keep(&worker, 0..1);
        worker.up = false;
        worker.send(&client).unwrap();
        assert_eq!((sent(&worker), worker.due), (0, true));
        worker.up = true;
        crate::control::pause(folder.path(), Timestamp::now()).unwrap();
        worker.send(&client).unwrap();
        assert_eq!((sent(&worker), worker.due), (0, false), "records stay");
        let (modality, purpose) = (Modality::Motion, Purpose::Wellbeing);
        let told = Consent { modality, purpose, granted: false, version: 1, at_millis: 0 };
        worker.outbox.append(&[Draft::consent(&told)], &[], now()).unwrap();
        worker.due = true;
        worker.send(&client).unwrap();
        assert_eq!(worker.flights.on_their_way(), BTreeSet::from([Seq(1)]), "what was decided goes");
        crate::control::resume(folder.path()).unwrap();
        worker.due = true;
        worker.send(&client).unwrap();
        assert_eq!(worker.flights.on_their_way(), BTreeSet::from([Seq(0), Seq(1)]));
        worker.hear(News::Up).unwrap();
        assert_eq!(
            (worker.flights.count(), worker.due),
            (0, true),
            "what was on its way over the old one is sent again"
        );
        worker.due = false;
        worker.hear(News::Down).unwrap();
        assert!(!worker.up && !worker.due && !worker.counters.connected.load(Ordering::Relaxed));
    }

    #[test]
    fn a_connection_whose_keeper_has_died_ends_the_uplink_with_a_message() {
        let folder = tempfile::tempdir().unwrap();
        let (worker, client, _events, _) = worker(folder.path(), Duration::from_secs(60));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let ended = runtime.block_on(async {
            let (_orders, to_follow) = mpsc::unbounded_channel();
            let (tell, news) = mpsc::channel(8);
            let keeper = tokio::spawn(async move {
                let _tell = tell;
                panic!("on purpose");
            });
            let ended = tokio::time::timeout(Duration::from_secs(5), worker.serve(to_follow, client, news)).await;
            assert!(keeper.await.is_err());
            ended
        });
        assert!(matches!(ended, Ok(Err(AgentError::Thread("connection")))), "{ended:?}");
    }
}
