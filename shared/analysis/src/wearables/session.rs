//! A connection to a wearable: what is known from one packet to the next.

use std::sync::Arc;

use super::Uuid;
use super::control::{Answers, Reply};
use super::decoded::Decoded;
use super::layout::{How, Next, Packet, Replies, Stream, Wearable};
use super::rows::Refusal;
use super::standard::{self, BATTERY_LEVEL, Information};
use super::state::State;
use super::told::Told;
use crate::sample::Timestamp;

/// The first number by which a stream is asked for where a wearable tells streams apart by them; the next ones are lower.
const FIRST_REFERENCE: u8 = 99;
/// The text of a wearable's characteristics that name a person's device: passed over without a word.
const NEVER_READ: [Uuid; 2] = [Uuid::short(0x2a25), Uuid::short(0x2a23)];

/// What is known from packet to packet. One for each connection: a new connection is a new session.
#[derive(Debug)]
pub struct Session {
    wearable: Arc<Wearable>,
    states: Vec<State>,
    answers: Answers,
}

/// A characteristic whose packets are asked for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Subscription {
    /// Its service.
    pub service: Uuid,
    /// Its number.
    pub characteristic: Uuid,
    /// How packets come.
    pub how: How,
}

/// Bytes that start or stop a stream.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Command {
    /// The stream.
    pub stream: String,
    /// The service of the characteristic that is written to.
    pub service: Uuid,
    /// The characteristic that is written to.
    pub to: Uuid,
    /// The bytes.
    pub bytes: Vec<u8>,
    reply: Option<Vec<u8>>,
    reference: u8,
}

/// What an answer means for a command.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Answered {
    /// It was done.
    Done,
    /// It is the answer to something else: the command's own still comes.
    NotThis,
    /// It was not done.
    Failed {
        /// Why, for people.
        says: String,
        /// What helps.
        next: Next,
    },
}

impl Command {
    /// Whether an answer is awaited.
    #[must_use]
    pub fn awaits(&self) -> bool {
        self.reply.is_some()
    }

    /// What bytes that came from the control characteristic mean for this command.
    #[must_use]
    pub fn answered(&self, wearable: &Wearable, bytes: &[u8]) -> Answered {
        let Some((control, reply)) = wearable.control.as_ref().zip(self.reply.as_ref()) else {
            return Answered::NotThis;
        };
        let failed = |number: u32| {
            let (says, next) = control.error(number);
            Answered::Failed { says, next }
        };
        let read = Answers::default().read(control.replies, bytes);
        match (control.replies, read) {
            // Where the MTU is too small even the command's number is missing.
            (Replies::PolarPmd, Ok(Some(Reply::Answer(answer)))) if answer.op == 0 && answer.error != 0 => {
                failed(answer.error.into())
            }
            (Replies::MovesenseGsp, Ok(Some(Reply::Status { reference, status }))) if reference == self.reference => {
                if status < 300 {
                    Answered::Done
                } else {
                    failed(status.into())
                }
            }
            (Replies::MovesenseGsp, _) => Answered::NotThis,
            _ => match (reply.split_last(), bytes.get(..reply.len())) {
                (Some((well, begin)), Some([same @ .., status])) if same == begin => {
                    if status == well {
                        Answered::Done
                    } else {
                        failed((*status).into())
                    }
                }
                _ => Answered::NotThis,
            },
        }
    }
}

impl Wearable {
    /// The streams that are taken where none is named.
    pub fn usual(&self) -> impl Iterator<Item = &Stream> {
        self.streams.iter().filter(|stream| !stream.optional)
    }
}

impl Session {
    /// With the streams that are not optional.
    #[must_use]
    pub fn new(wearable: Arc<Wearable>) -> Self {
        let names: Vec<String> = wearable.usual().map(|stream| stream.name.clone()).collect();
        Self::with(wearable, &names)
    }

    /// With the streams of these names, in their order.
    #[must_use]
    pub fn with(wearable: Arc<Wearable>, names: &[impl AsRef<str>]) -> Self {
        let state = |stream: &Stream| {
            let place = names.iter().position(|name| name.as_ref() == stream.name);
            let reference = place.map(|place| FIRST_REFERENCE.saturating_sub(place.min(90) as u8));
            State::new(stream, reference)
        };
        let states = wearable.streams.iter().map(state).collect();
        Self { wearable, states, answers: Answers::default() }
    }

    /// The wearable.
    #[must_use]
    pub fn wearable(&self) -> &Wearable {
        &self.wearable
    }

    fn chosen(&self) -> impl Iterator<Item = (&Stream, u8)> {
        let chosen = |(stream, state): (_, &State)| state.reference.map(|reference| (stream, reference));
        self.wearable.streams.iter().zip(&self.states).filter_map(chosen)
    }

    /// The characteristics that are asked for: first the one that answers commands.
    #[must_use]
    pub fn subscriptions(&self) -> Vec<Subscription> {
        let commanded = self.chosen().any(|(stream, _)| stream.start.is_some() || stream.stop.is_some());
        let control = self.wearable.control.as_ref().filter(|_| commanded);
        let mut all: Vec<Subscription> = control
            .map(|c| Subscription { service: c.service, characteristic: c.characteristic, how: c.how })
            .into_iter()
            .collect();
        for (stream, _) in self.chosen() {
            if all.iter().all(|one| one.characteristic != stream.characteristic) {
                all.push(Subscription {
                    service: stream.service,
                    characteristic: stream.characteristic,
                    how: stream.how,
                });
            }
        }
        all
    }

    /// What starts the streams, in order. Write each behind the answer to the one before.
    #[must_use]
    pub fn start(&self) -> Vec<Command> {
        self.commands(|stream| stream.start.as_ref())
    }

    /// What stops them.
    #[must_use]
    pub fn stop(&self) -> Vec<Command> {
        self.commands(|stream| stream.stop.as_ref())
    }

    fn commands<'a>(&'a self, which: impl Fn(&'a Stream) -> Option<&'a super::layout::CommandLine>) -> Vec<Command> {
        let command = |(stream, reference): (&'a Stream, u8)| {
            let line = which(stream)?;
            let fill = |bytes: &[Option<u8>]| bytes.iter().map(|byte| byte.unwrap_or(reference)).collect::<Vec<u8>>();
            Some(Command {
                stream: stream.name.clone(),
                service: self.wearable.control.as_ref().map_or(stream.service, |control| control.service),
                to: line.to,
                bytes: fill(&line.write),
                reply: line.reply.as_deref().map(fill),
                reference,
            })
        };
        self.chosen().filter_map(command).collect()
    }

    /// The streams without a packet for longer than they may be, each with its last packet's arrival. Streams of which nothing has
    /// come are not among them.
    #[must_use]
    pub fn silent(&self, now: Timestamp) -> Vec<(&str, Timestamp)> {
        let silent = |(stream, state): (_, &State)| {
            let stream: &Stream = stream;
            let since = state.last_arrival.filter(|since| now.seconds_since(*since) > stream.silent_after_s)?;
            Some((stream.name.as_str(), since))
        };
        self.wearable.streams.iter().zip(&self.states).filter_map(silent).collect()
    }

    /// Reads what came from a characteristic.
    pub fn push(&mut self, characteristic: Uuid, bytes: &[u8], arrival: Timestamp) -> Decoded {
        let control = self.wearable.control.as_ref();
        if control.is_some_and(|control| control.characteristic == characteristic && control.is_answer(bytes)) {
            return self.answer(bytes);
        }
        if self.wearable.streams.iter().any(|stream| stream.characteristic == characteristic) {
            return self.values(characteristic, bytes, arrival);
        }
        let mut decoded = Decoded::default();
        if characteristic == BATTERY_LEVEL {
            match standard::battery(bytes) {
                Ok((level, behind)) => {
                    decoded.battery = Some(level);
                    decoded.told.extend((behind > 0).then_some(Told::LeftOver(behind)));
                }
                Err(why) => decoded.told.push(Told::Refused(why)),
            }
        } else if let Some(which) = Information::of(characteristic) {
            match standard::text(bytes) {
                Some(text) => decoded.information = Some((which, text)),
                None => decoded.told.push(Told::OutOfRange { what: format!("the {}'s text", which.name()), count: 1 }),
            }
        } else if !NEVER_READ.contains(&characteristic) {
            decoded.told.push(Told::NotDescribed(format!("characteristic {characteristic}")));
        }
        decoded
    }

    fn answer(&mut self, bytes: &[u8]) -> Decoded {
        let mut decoded = Decoded::default();
        let Some(control) = &self.wearable.control else { return decoded };
        if control.replies == Replies::Bytes {
            return decoded;
        }
        match self.answers.read(control.replies, bytes) {
            Ok(reply) => decoded.reply = reply,
            Err(why) => decoded.told.push(Told::Refused(why)),
        }
        match &decoded.reply {
            Some(Reply::Answer(answer)) if answer.op == 2 && answer.error == 0 => {
                for (stream, state) in self.wearable.streams.iter().zip(&mut self.states) {
                    let start = stream.start.as_ref().and_then(|start| start.write.get(1));
                    if start == Some(&Some(answer.kind)) {
                        state.factor = answer.factor.unwrap_or(1.0);
                    }
                }
            }
            Some(Reply::Stopped(streams)) => decoded.told.push(Told::Stopped(streams.join(", "))),
            _ => {}
        }
        decoded
    }

    fn values(&mut self, characteristic: Uuid, bytes: &[u8], arrival: Timestamp) -> Decoded {
        let mut decoded = Decoded::default();
        let wearable = Arc::clone(&self.wearable);
        let all = || wearable.streams.iter().enumerate().filter(|(_, stream)| stream.characteristic == characteristic);
        if let Some((number, stream)) =
            all().find(|(number, s)| !s.lines.is_empty() && self.states[*number].is_chosen())
        {
            self.states[number].lines(stream, bytes, arrival, &mut decoded);
            return decoded;
        }
        match find(all(), &self.states, bytes) {
            Found::Packet(number, packet) => {
                let (stream, state) = (&wearable.streams[number], &mut self.states[number]);
                if state.pending.take().is_some() {
                    decoded.told.push(Told::PartMissing);
                }
                let read = packet.decode(bytes, state.factor);
                if packet.continued.is_some() && matches!(read, Err(Refusal::Short(_))) {
                    state.pending = Some(bytes.to_vec());
                    return decoded;
                }
                state.take(stream, packet, read, bytes, arrival, &mut decoded);
            }
            Found::Part(number, packet, rest) => {
                let (stream, state) = (&wearable.streams[number], &mut self.states[number]);
                match state.pending.take() {
                    Some(mut whole) => {
                        whole.extend_from_slice(rest);
                        let read = packet.decode(&whole, state.factor);
                        state.take(stream, packet, read, &whole, arrival, &mut decoded);
                    }
                    None => {
                        decoded.told.push(Told::Refused("it is the second part of a packet that did not come".into()))
                    }
                }
            }
            Found::Ignored => {}
            Found::Unasked(what) => decoded.told.push(Told::NotDescribed(what)),
            Found::Unknown(why) => decoded.told.push(Told::Refused(why)),
        }
        decoded
    }
}

/// What bytes are by their marks.
enum Found<'a> {
    Packet(usize, &'a Packet),
    Part(usize, &'a Packet, &'a [u8]),
    Ignored,
    Unasked(String),
    Unknown(String),
}

fn find<'a>(streams: impl Iterator<Item = (usize, &'a Stream)>, states: &[State], bytes: &'a [u8]) -> Found<'a> {
    let mut otherwise = Found::Unasked("a packet of an unknown kind".into());
    for (number, stream) in streams {
        let Some(reference) = states[number].reference else { continue };
        for packet in &stream.packets {
            let is_ours = packet.reference_at.is_none_or(|at| bytes.get(at) == Some(&reference));
            if let Some(part) = packet.continued.filter(|part| is_ours && bytes.get(part.at) == Some(&part.is)) {
                return Found::Part(number, packet, bytes.get(part.cut..).unwrap_or_default());
            }
            let first = packet.marks.iter().find(|(at, is)| bytes.get(*at) != Some(is));
            match first {
                None if is_ours && packet.ignored => return Found::Ignored,
                None if is_ours => return Found::Packet(number, packet),
                // A packet that ends before its marks, or begins as one of these and is another one.
                Some((at, _)) if is_ours && bytes.len() <= *at => {
                    otherwise = Found::Unknown(format!("its {} bytes are too few", bytes.len()));
                }
                Some((at, is)) if is_ours && packet.marks.first() != Some(&(*at, *is)) => {
                    let kind = bytes.get(*at).copied().unwrap_or_default();
                    otherwise = Found::Unknown(format!("frame type {kind} of {} is not described", stream.name));
                }
                _ => {}
            }
        }
    }
    otherwise
}
