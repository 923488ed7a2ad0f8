use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use attune_analysis::left_out::LeftOut;
use attune_analysis::sample::{HeartSample, MotionSample, Timestamp};
use attune_analysis::tables::LiveHeart;
use attune_analysis::wearables::{Command, Decoded, HeartReading, SHIPPED, Session, Stream, Told, Wearable};
use tracing::info;
use uuid::Uuid;

use super::outlet::{Given, Wanted};
use crate::{AgentError, given};

/// Streams that are started by a command may take so long to their first packet.
const WARM_UP: Duration = Duration::from_secs(30);

/// What is told of a wearable in a run.
const MOST_TOLD: usize = 32;

/// A layout: one that is built in, by its name, or a file.
///
/// # Errors
/// When there is no such layout, or it does not read.
pub(super) fn layout(name: &str) -> Result<Wearable, AgentError> {
    if let Some((_, text)) = SHIPPED.iter().find(|(shipped, _)| *shipped == name) {
        return Wearable::parse(text)
            .map_err(|problem| AgentError::Wearable(format!("use the layout {name}: {problem}")));
    }
    let path = Path::new(name);
    let text = given::text(path).map_err(|error| AgentError::file("read", path, error))?;
    Wearable::parse(&text).map_err(|problem| AgentError::content(path, problem.to_string()))
}

/// The layouts that fit a device that calls itself so and advertises these services, the best one first: those that know its
/// name, then those that know its services and ask for no name.
pub(super) fn fitting(name: Option<&str>, services: &[Uuid]) -> Vec<&'static str> {
    let known = SHIPPED.iter().filter_map(|(shipped, text)| Some((*shipped, Wearable::parse(text).ok()?)));
    let (mut by_name, mut by_service) = (Vec::new(), Vec::new());
    for (shipped, wearable) in known {
        let begins = |begin: &String| name.is_some_and(|name| name.to_lowercase().starts_with(&begin.to_lowercase()));
        let serves = |stream: &Stream| services.contains(&Uuid::from_u128(stream.service.0));
        if wearable.advertised.iter().any(begins) {
            by_name.push(shipped);
        } else if wearable.advertised.is_empty() && wearable.usual().any(serves) {
            by_service.push(shipped);
        }
    }
    by_name.extend(by_service);
    by_name
}

/// What makes samples of the packets of one wearable.
pub(super) struct Hearing {
    wearable: Arc<Wearable>,
    session: Session,
    beats: LiveHeart,
    heart: Vec<HeartSample>,
    motion: Vec<MotionSample>,
    /// Whether the wearable itself said that it rests.
    rests: bool,
    left_out: LeftOut,
    /// What was told of it, each once.
    told: BTreeSet<String>,
}

impl Hearing {
    pub(super) fn of(name: &str) -> Result<Self, AgentError> {
        let wearable = Arc::new(layout(name)?);
        let session = Session::new(wearable.clone());
        Ok(Self {
            wearable,
            session,
            beats: LiveHeart::default(),
            heart: Vec::new(),
            motion: Vec::new(),
            rests: false,
            left_out: LeftOut::default(),
            told: BTreeSet::new(),
        })
    }

    pub(super) fn gives_heart(&self) -> bool {
        self.wearable.usual().any(is_heart)
    }

    pub(super) fn gives_motion(&self) -> bool {
        self.wearable.usual().any(is_motion)
    }

    /// How long its streams may take to begin.
    pub(super) fn warm_up(&self) -> Duration {
        let commanded = self.wearable.usual().any(|stream| stream.start.is_some());
        if commanded { WARM_UP } else { Duration::ZERO }
    }

    /// A connection begins on which this is wanted. Streams that give nothing of it are not asked for.
    pub(super) fn begin(&mut self, wanted: Wanted) {
        self.rest();
        let is_wanted = |stream: &&Stream| wanted.heart && is_heart(stream) || wanted.motion && is_motion(stream);
        let names: Vec<&str> = self.wearable.usual().filter(is_wanted).map(|stream| stream.name.as_str()).collect();
        self.session = Session::with(self.wearable.clone(), &names);
    }

    /// Nothing follows what was heard: it is all known now.
    pub(super) fn rest(&mut self) {
        let rest = self.beats.begin();
        self.heart.extend(rest);
    }

    /// The characteristics that are subscribed to: first the one that answers commands.
    pub(super) fn characteristics(&self) -> Vec<Uuid> {
        let numbers = self.session.subscriptions();
        numbers.iter().map(|one| Uuid::from_u128(one.characteristic.0)).collect()
    }

    /// What starts the streams, in order.
    pub(super) fn starts(&self) -> Vec<Command> {
        self.session.start()
    }

    /// What ends them.
    pub(super) fn stops(&self) -> Vec<Command> {
        self.session.stop()
    }

    pub(super) fn wearable(&self) -> &Wearable {
        &self.wearable
    }

    /// Takes a packet that came at an instant; whether it was one of this wearable's streams.
    pub(super) fn take(&mut self, characteristic: Uuid, packet: &[u8], at: Timestamp) -> bool {
        if !self.characteristics().contains(&characteristic) {
            return false;
        }
        let number = attune_analysis::wearables::Uuid(characteristic.as_u128());
        let decoded = self.session.push(number, packet, at);
        let is_answer = decoded.reply.is_some();
        self.keep(decoded, at);
        !is_answer
    }

    fn keep(&mut self, mut decoded: Decoded, at: Timestamp) {
        for told in std::mem::take(&mut decoded.told) {
            self.count(&told);
        }
        self.motion.append(&mut decoded.motion);
        // Beats that the wearable itself has given a time lie where they are.
        if decoded.blocks.iter().any(|block| block.device_nanos.is_some()) {
            self.heart.append(&mut decoded.heart);
        } else if !decoded.heart.is_empty() {
            self.beats.take(at, reading(&decoded.heart));
        }
    }

    fn count(&mut self, told: &Told) {
        match told {
            Told::Refused(_) | Told::LeftOver(_) | Told::PartMissing | Told::LineNotUnderstood | Told::LineTooLong => {
                self.left_out.unread += 1;
            }
            Told::OutOfRange { count, .. } | Told::NotToBeUsed(count) => self.left_out.no_value += *count as u64,
            Told::NoReading(_) => self.left_out.no_value += 1,
            Told::Doubled => self.left_out.out_of_order += 1,
            Told::Frozen => self.rests = true,
            _ => {}
        }
        if !told.is_gap() {
            self.say(&told.to_string());
        }
    }

    /// Tells something of the wearable, once.
    pub(super) fn say(&mut self, words: &str) {
        if self.told.len() < MOST_TOLD && self.told.insert(words.to_owned()) {
            info!(wearable = self.wearable.name, "{words}");
        }
    }

    /// What was heard and not given is not to be given any more.
    pub(super) fn forget(&mut self) {
        self.beats = LiveHeart::default();
        self.heart.clear();
        self.motion.clear();
    }

    /// Whether the wearable has said since this was asked last that it rests.
    pub(super) fn rests(&mut self) -> bool {
        std::mem::take(&mut self.rests)
    }

    /// What is known at an instant.
    pub(super) fn given(&mut self, now: Timestamp) -> Given {
        let mut heart = std::mem::take(&mut self.heart);
        heart.extend(self.beats.given(now));
        let (motion, left_out) = (std::mem::take(&mut self.motion), std::mem::take(&mut self.left_out));
        Given { heart, motion, left_out }
    }
}

/// What samples say that came at one instant.
fn reading(samples: &[HeartSample]) -> HeartReading {
    let mut reading = HeartReading { bpm: 0.0, intervals_millis: Vec::new(), contact: None, left_over: 0 };
    for sample in samples {
        match *sample {
            HeartSample::Beat { rr_millis, .. } => reading.intervals_millis.push(rr_millis),
            HeartSample::Rate { bpm, .. } => reading.bpm = bpm,
            HeartSample::Contact { touching, .. } => reading.contact = Some(touching),
        }
    }
    reading
}

fn is_heart(stream: &Stream) -> bool {
    has(stream, &["heart_rate", "rr_interval"])
}

fn is_motion(stream: &Stream) -> bool {
    has(stream, &["acceleration_x"])
}

/// Whether any packet or line of a stream has one of these values.
fn has(stream: &Stream, names: &[&str]) -> bool {
    let is_named = |name: &String| names.contains(&name.as_str());
    let fields = stream.packets.iter().flat_map(|packet| packet.fields.iter().chain(packet.blocks.iter().flatten()));
    let values = stream.lines.iter().flat_map(|line| &line.values);
    fields.map(|field| &field.name).chain(values.map(|value| &value.name)).any(is_named)
}
