//! One wearable: does what its [`Link`] says, and hands on what comes.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use attune_analysis::wearables::{Answered, Command, Next};
use btleplug::Error;
use btleplug::api::{CharPropFlags, Characteristic, Peripheral as _, ValueNotification, WriteType};
use btleplug::platform::{Adapter, Peripheral};
use futures_util::{Stream, StreamExt};
use tokio::sync::watch;
use tracing::{debug, info, warn};

use super::about::About;
use super::hearing::Hearing;
use super::link::{At, Failure, LOOKS, Link, PATIENCE, Step};
use super::outlet::{Outlet, Wanted};
use super::radio;
use super::scan::Sight;
use super::trouble::failure;

/// How often it is looked whether the wearable may be heard.
const LOOK: Duration = Duration::from_millis(100);
/// A wearable that was seen so long ago may be gone.
const FRESH: Duration = Duration::from_secs(3);
/// How long saying good-bye may take: no more than who ends the program waits.
const GOOD_BYE: Duration = Duration::from_millis(600);
/// How long a wearable may take to answer a command.
const ANSWER: Duration = Duration::from_secs(5);
/// How long a wearable may take to tell of itself.
const INTRODUCTION: Duration = Duration::from_secs(5);

type Packets = Pin<Box<dyn Stream<Item = ValueNotification> + Send>>;

/// What a pilot is told and tells while the adapter is there.
pub(super) struct Cockpit {
    /// The adapter.
    pub(super) adapter: Adapter,
    /// Where the wearable was seen last.
    pub(super) sight: watch::Receiver<Option<Sight>>,
    /// Whether it is looked for.
    pub(super) wanted: Arc<AtomicBool>,
    /// Whether it is over.
    pub(super) over: Arc<AtomicBool>,
}

/// Listens to one wearable.
pub(super) struct Pilot {
    pub(super) address: String,
    pub(super) outlet: Outlet,
    hearing: Hearing,
    about: About,
    link: Link,
    began: Instant,
    /// Whether all of it is over.
    over: Arc<AtomicBool>,
}

/// A connection.
struct Open {
    peripheral: Peripheral,
    packets: Option<Packets>,
    /// What of the wearable it is made for.
    wanted: Wanted,
    /// How often its services were looked for.
    looks: u32,
}

impl Pilot {
    pub(super) fn new(address: String, hearing: Hearing, outlet: Outlet) -> Self {
        let link = Link::new(hearing.warm_up());
        let (about, began, over) = (About::default(), Instant::now(), Arc::default());
        Self { address, outlet, hearing, about, link, began, over }
    }

    /// Listens whenever that is permitted, until it is over.
    pub(super) async fn fly(mut self, mut cockpit: Cockpit) -> Self {
        let mut open = None;
        self.over = cockpit.over.clone();
        self.link.begin_anew(self.now());
        while !self.is_over() {
            let is_other = |open: &Open| open.wanted != self.outlet.wanted();
            if !self.outlet.is_permitted() || open.as_ref().is_some_and(is_other) {
                cockpit.wanted.store(false, Ordering::Release);
                self.leave(open.take()).await;
                self.link.begin_anew(self.now());
                self.hearing.forget();
                tokio::time::sleep(LOOK).await;
                continue;
            }
            let now = self.now();
            let step = self.link.next(now);
            self.tell(&cockpit, now);
            let done = self.take(step, &mut cockpit, &mut open).await;
            match done {
                Ok(true) => self.link.done(self.now()),
                Ok(false) => {}
                Err(why) => {
                    debug!(wearable = self.outlet.name(), ?step, ?why, "it did not go well");
                    self.link.fail(why, self.now());
                }
            }
            if !self.link.is_connected() {
                open = None;
            }
        }
        cockpit.wanted.store(false, Ordering::Release);
        self.leave(open).await;
        self
    }

    /// Does one step; whether it was one that can be done.
    async fn take(&mut self, step: Step, cockpit: &mut Cockpit, open: &mut Option<Open>) -> Result<bool, Failure> {
        match step {
            Step::AwaitSeen(until) => {
                self.await_seen(until, cockpit).await;
                Ok(false)
            }
            Step::Pause(until) => {
                tokio::time::sleep(self.slice(until)).await;
                Ok(false)
            }
            Step::Connect { disconnect_first } => {
                *open = Some(self.connect(cockpit, disconnect_first).await?);
                Ok(true)
            }
            Step::Listen(until) => {
                self.listen(until, open).await;
                Ok(false)
            }
            step => {
                let Some(open) = open else { return Err(Failure::NotConnected) };
                self.with(step, open).await.map(|()| true)
            }
        }
    }

    async fn with(&mut self, step: Step, open: &mut Open) -> Result<(), Failure> {
        match step {
            Step::Discover => {
                open.looks += 1;
                self.discover(&open.peripheral, open.looks).await
            }
            Step::Subscribe => {
                // Before packets come, whose time is that of their arrival here.
                self.introduce(&open.peripheral).await;
                self.subscribe(open).await
            }
            Step::SubscribeAgain => self.subscribe(open).await,
            Step::Ask => match self.bounded(open.peripheral.is_connected()).await? {
                true => Ok(()),
                false => Err(Failure::NotConnected),
            },
            _ => self.bounded(open.peripheral.disconnect()).await,
        }
    }

    async fn await_seen(&mut self, until: At, cockpit: &mut Cockpit) {
        let fresh = |sight: &Option<Sight>| sight.as_ref().is_some_and(|sight| sight.at.elapsed() < FRESH);
        if !fresh(&cockpit.sight.borrow_and_update()) {
            let slice = self.slice(until);
            // Nobody tells any more when it is over.
            let _ = tokio::time::timeout(slice, cockpit.sight.changed()).await;
        }
        if fresh(&cockpit.sight.borrow_and_update()) {
            self.link.seen();
        }
    }

    async fn connect(&mut self, cockpit: &Cockpit, disconnect_first: bool) -> Result<Open, Failure> {
        let id = cockpit.sight.borrow().as_ref().map(|sight| sight.id.clone()).ok_or(Failure::NotConnected)?;
        let peripheral = radio::peripheral(&cockpit.adapter, &id).await.ok_or(Failure::NotConnected)?;
        if disconnect_first {
            // It may not have been connected.
            let _ = self.bounded(peripheral.disconnect()).await;
        }
        match self.bounded(peripheral.connect()).await {
            // Another program has connected it, or this one before it was killed.
            Err(Failure::UnderWay) if peripheral.is_connected().await.unwrap_or(false) => {}
            Err(_) if !self.may_go_on() => {
                // The system would go on connecting.
                let _ = tokio::time::timeout(GOOD_BYE / 2, peripheral.disconnect()).await;
                return Err(Failure::Other);
            }
            done => done?,
        }
        info!(wearable = self.outlet.name(), "connected");
        let wanted = self.outlet.wanted();
        self.hearing.begin(wanted);
        Ok(Open { peripheral, packets: None, wanted, looks: 0 })
    }

    /// Looks for what is subscribed to. What is not there after some looks is gone on without, as long as anything is.
    async fn discover(&mut self, peripheral: &Peripheral, looks: u32) -> Result<(), Failure> {
        self.bounded(peripheral.discover_services()).await?;
        let there = peripheral.characteristics();
        let has = |wanted: &uuid::Uuid| there.iter().any(|characteristic| characteristic.uuid == *wanted);
        let wanted = self.hearing.characteristics();
        let enough = if looks < LOOKS { wanted.iter().all(has) } else { wanted.iter().any(has) };
        match enough {
            true => Ok(()),
            // Where it is not connected any more, nothing is there.
            false if self.bounded(peripheral.is_connected()).await? => Err(Failure::Missing),
            false => Err(Failure::NotConnected),
        }
    }

    /// Subscribes; packets come through one stream, however often that is done: each would give all of them.
    async fn subscribe(&mut self, open: &mut Open) -> Result<(), Failure> {
        if open.packets.is_none() {
            open.packets = Some(self.bounded(open.peripheral.notifications()).await?);
        }
        for uuid in self.hearing.characteristics() {
            if let Some(characteristic) = find(&open.peripheral, &uuid) {
                self.bounded(open.peripheral.subscribe(&characteristic)).await?;
            }
        }
        for command in self.hearing.starts() {
            self.start(open, &command).await?;
        }
        Ok(())
    }

    /// Starts a stream; one that runs already, of a program that was killed, is stopped first. What a wearable does not start is
    /// told, and gone on without.
    async fn start(&mut self, open: &mut Open, command: &Command) -> Result<(), Failure> {
        let mut answered = self.command(open, command).await?;
        if let Answered::Failed { next: Next::StopFirst, .. } = answered {
            let stop = self.hearing.stops().into_iter().find(|stop| stop.stream == command.stream);
            if let Some(stop) = stop {
                self.command(open, &stop).await?;
                answered = self.command(open, command).await?;
            }
        }
        if let Answered::Failed { says, .. } = answered {
            self.hearing.say(&format!("it does not start its stream {}: {says}", command.stream));
        }
        Ok(())
    }

    /// Writes a command and waits for its answer; what comes meanwhile is taken as ever.
    async fn command(&mut self, open: &mut Open, command: &Command) -> Result<Answered, Failure> {
        let Some(to) = find(&open.peripheral, &uuid::Uuid::from_u128(command.to.0)) else {
            return Ok(Answered::NotThis);
        };
        let kind = match to.properties.contains(CharPropFlags::WRITE) {
            true => WriteType::WithResponse,
            false => WriteType::WithoutResponse,
        };
        self.bounded(open.peripheral.write(&to, &command.bytes, kind)).await?;
        let answers =
            self.hearing.wearable().control.as_ref().map(|control| uuid::Uuid::from_u128(control.characteristic.0));
        let until = Instant::now() + ANSWER;
        while command.awaits() && self.may_go_on() {
            let Some(packets) = open.packets.as_mut() else { return Err(Failure::NotConnected) };
            match tokio::time::timeout(until.saturating_duration_since(Instant::now()).min(LOOK), packets.next()).await
            {
                Ok(Some(packet)) => {
                    let answered = command.answered(self.hearing.wearable(), &packet.value);
                    let is_answer = Some(packet.uuid) == answers && answered != Answered::NotThis;
                    self.hearing.take(packet.uuid, &packet.value, self.outlet.now());
                    if is_answer {
                        return Ok(answered);
                    }
                }
                Ok(None) => return Err(Failure::NotConnected),
                Err(_) if Instant::now() >= until => return Err(Failure::TimedOut),
                Err(_) => {}
            }
        }
        Ok(Answered::Done)
    }

    /// Asks what it is and how full its battery is: nice to know, and no reason not to listen.
    async fn introduce(&mut self, peripheral: &Peripheral) {
        let mut about = std::mem::take(&mut self.about);
        let asked = async {
            let asked = tokio::time::timeout(INTRODUCTION, about.ask(peripheral)).await;
            asked.map_err(|_| Error::TimedOut(INTRODUCTION))
        };
        if self.bounded(asked).await.is_err() {
            debug!(wearable = self.outlet.name(), "it does not tell of itself");
        }
        self.about = about;
        self.outlet.battery(self.about.battery);
    }

    async fn listen(&mut self, until: At, open: &mut Option<Open>) {
        let Some(packets) = open.as_mut().and_then(|open| open.packets.as_mut()) else {
            return self.link.disconnected(self.now());
        };
        match tokio::time::timeout(self.slice(until), packets.next()).await {
            Ok(Some(packet)) if self.about.hear(&packet) => self.outlet.battery(self.about.battery),
            Ok(Some(packet)) => {
                if self.hearing.take(packet.uuid, &packet.value, self.outlet.now()) {
                    self.link.packet(self.now());
                }
            }
            Ok(None) => self.link.disconnected(self.now()),
            Err(_) => {}
        }
    }

    /// Says good-bye: streams that go on would empty the wearable's battery.
    async fn leave(&mut self, open: Option<Open>) {
        let Some(Open { peripheral, packets, .. }) = open else { return };
        drop(packets);
        let leaving = async {
            for command in self.hearing.stops() {
                if let Some(to) = find(&peripheral, &uuid::Uuid::from_u128(command.to.0)) {
                    peripheral.write(&to, &command.bytes, WriteType::WithResponse).await?;
                }
            }
            for uuid in self.hearing.characteristics() {
                if let Some(characteristic) = find(&peripheral, &uuid) {
                    peripheral.unsubscribe(&characteristic).await?;
                }
            }
            Ok::<(), Error>(())
        };
        // It may be out of reach, and then hears nothing.
        let _ = tokio::time::timeout(GOOD_BYE / 2, leaving).await;
        let _ = tokio::time::timeout(GOOD_BYE / 2, peripheral.disconnect()).await;
        self.outlet.closed();
        info!(wearable = self.outlet.name(), "left");
    }

    /// Tells why nothing comes, and what may help, each once.
    fn tell(&mut self, cockpit: &Cockpit, now: At) {
        cockpit.wanted.store(self.link.looks_for_it(), Ordering::Release);
        for notice in self.link.notices() {
            warn!(wearable = self.outlet.name(), "{}", notice.words());
            self.outlet.trouble(notice.words());
        }
        let gap = self.link.gap(now);
        if gap.is_some() {
            // What waits is of before.
            self.hearing.rest();
        }
        if self.hearing.rests() {
            self.outlet.rests();
        }
        let given = self.hearing.given(self.outlet.now());
        self.outlet.give(given);
        let sight = cockpit.sight.borrow().clone();
        let device =
            self.link.is_connected().then(|| self.about.describe(self.outlet.name(), sight.and_then(|s| s.rssi)));
        self.outlet.stand(gap, device);
    }

    /// An answer of the system's, unless it takes too long or the wearable may not be heard any more.
    async fn bounded<T>(&self, call: impl Future<Output = Result<T, Error>>) -> Result<T, Failure> {
        let forbidden = async {
            while self.may_go_on() {
                tokio::time::sleep(LOOK).await;
            }
        };
        tokio::select! {
            done = tokio::time::timeout(PATIENCE, call) => match done {
                Ok(done) => done.map_err(|error| failure(&error)),
                Err(_) => Err(Failure::TimedOut),
            },
            () = forbidden => Err(Failure::Other),
        }
    }

    fn may_go_on(&self) -> bool {
        self.outlet.is_permitted() && !self.is_over()
    }

    fn is_over(&self) -> bool {
        self.over.load(Ordering::Acquire)
    }

    fn now(&self) -> At {
        self.began.elapsed()
    }

    /// A part of the time until an instant.
    fn slice(&self, until: At) -> Duration {
        until.saturating_sub(self.now()).min(LOOK)
    }
}

fn find(peripheral: &Peripheral, uuid: &uuid::Uuid) -> Option<Characteristic> {
    peripheral.characteristics().into_iter().find(|characteristic| characteristic.uuid == *uuid)
}
