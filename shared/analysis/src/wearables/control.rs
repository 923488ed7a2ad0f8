//! Answers to commands, and what they mean.

use super::layout::{Control, Next, Replies};

/// An answer.
#[derive(Clone, PartialEq, Debug)]
pub enum Reply {
    /// Which streams it has; not the answer to a command.
    Features {
        /// Their names.
        streams: Vec<&'static str>,
        /// Whether it has a mode for developers.
        developer: bool,
    },
    /// The answer to a command.
    Answer(Answer),
    /// It ended streams by itself.
    Stopped(Vec<&'static str>),
    /// A status as of HTTP.
    Status {
        /// The number by which the stream was asked for.
        reference: u8,
        /// 200 is well.
        status: u16,
    },
    /// A text.
    Text(String),
}

/// What is answered to a command of Polar's control point.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Answer {
    /// The command: 1 settings, 2 start, 3 stop.
    pub op: u8,
    /// The stream's number.
    pub kind: u8,
    /// The error; 0 is none.
    pub error: u8,
    /// More comes in another answer, which is joined.
    pub more: bool,
    /// What samples are multiplied with.
    pub factor: Option<f64>,
    /// Settings by their names, with what each can be.
    pub settings: Vec<(&'static str, Vec<f64>)>,
}

/// Names of Polar's streams by their numbers (online_measurement.pdf, "Measurement type").
const STREAMS: [(u8, &str); 6] = [(0, "ecg"), (1, "ppg"), (2, "acc"), (3, "ppi"), (5, "gyro"), (6, "magnetometer")];
/// The bit of the features for the mode for developers.
const DEVELOPER: u8 = 9;
const FEATURES: u8 = 0x0f;
const ANSWER: u8 = 0xf0;
const STOPPED: u8 = 0x01;
/// Settings by their numbers, with the bytes of a value.
const SETTINGS: [(u8, &str, usize); 6] = [
    (0, "sample_rate_hz", 2),
    (1, "resolution_bits", 2),
    (2, "range_g", 2),
    (3, "range_milli", 4),
    (4, "channels", 1),
    (5, "factor", 4),
];
/// More than any list of settings has, bytes.
const MOST_JOINED: usize = 2048;

impl Answer {
    /// The stream's name, where it has one.
    #[must_use]
    pub fn stream(&self) -> Option<&'static str> {
        stream(self.kind)
    }
}

fn stream(kind: u8) -> Option<&'static str> {
    STREAMS.iter().find(|(number, _)| *number == kind).map(|(_, name)| *name)
}

/// Reads answers; joins those that come in parts.
#[derive(Debug, Default)]
pub(super) struct Answers {
    joined: Vec<u8>,
}

impl Answers {
    /// An answer, or `None` when more of it comes.
    pub(super) fn read(&mut self, replies: Replies, bytes: &[u8]) -> Result<Option<Reply>, String> {
        match replies {
            Replies::PolarPmd => self.polar(bytes),
            Replies::MovesenseGsp => movesense(bytes).map(Some),
            Replies::Bytes => Err("no command waits for it".into()),
        }
    }

    fn polar(&mut self, bytes: &[u8]) -> Result<Option<Reply>, String> {
        match bytes {
            [FEATURES, low, high, ..] => {
                let bits = u16::from_le_bytes([*low, *high]);
                let has = |bit: u8| bits >> bit & 1 == 1;
                let streams = STREAMS.iter().filter(|(bit, _)| has(*bit)).map(|(_, name)| *name).collect();
                Ok(Some(Reply::Features { streams, developer: has(DEVELOPER) }))
            }
            [ANSWER, op, kind, error, rest @ ..] => self.answer(*op, *kind, *error, rest),
            [STOPPED, kinds @ ..] if !kinds.is_empty() => {
                Ok(Some(Reply::Stopped(kinds.iter().map(|kind| stream(*kind).unwrap_or("a stream")).collect())))
            }
            _ => Err(format!("an answer of {} bytes is none", bytes.len())),
        }
    }

    fn answer(&mut self, op: u8, kind: u8, error: u8, rest: &[u8]) -> Result<Option<Reply>, String> {
        let (more, parameters) = rest.split_first().map_or((false, rest), |(more, rest)| (*more == 1, rest));
        let mut answer = Answer { op, kind, error, ..Answer::default() };
        if error != 0 {
            self.joined.clear();
            return Ok(Some(Reply::Answer(answer)));
        }
        if self.joined.len() + parameters.len() > MOST_JOINED {
            self.joined.clear();
            return Err("its settings are longer than any are".into());
        }
        self.joined.extend_from_slice(parameters);
        if more {
            return Ok(None);
        }
        answer.settings = settings(&std::mem::take(&mut self.joined));
        answer.factor =
            answer.settings.iter().find(|(name, _)| *name == "factor").and_then(|(_, all)| all.first()).copied();
        answer.factor = answer.factor.filter(|factor| factor.is_finite() && *factor > 0.0);
        answer.settings.retain(|(name, _)| *name != "factor");
        Ok(Some(Reply::Answer(answer)))
    }
}

/// Number, count and values of each setting, as far as they read.
fn settings(mut bytes: &[u8]) -> Vec<(&'static str, Vec<f64>)> {
    let mut all = Vec::new();
    while let [number, count, rest @ ..] = bytes {
        let Some((_, name, width)) = SETTINGS.iter().find(|(known, ..)| known == number) else { break };
        let Some((values, after)) = rest.split_at_checked(width * usize::from(*count)) else { break };
        let value = |bytes: &[u8]| {
            let bits = bytes.iter().rev().fold(0, |value: u32, byte| value << 8 | u32::from(*byte));
            if *name == "factor" { f64::from(f32::from_bits(bits)) } else { f64::from(bits) }
        };
        all.push((*name, values.chunks_exact(*width).map(value).collect()));
        bytes = after;
    }
    all
}

/// Code 1, reference, then a status or letters.
fn movesense(bytes: &[u8]) -> Result<Reply, String> {
    match bytes {
        [1, reference, low, high] => {
            let plain = u16::from_le_bytes([*low, *high]);
            let turned = u16::from_be_bytes([*low, *high]);
            // Older firmware turns the bytes around: of the two readings the one that can be is meant.
            let can_be = |status: &u16| (100..600).contains(status);
            let status = [plain, turned].into_iter().find(can_be);
            let status = status.ok_or_else(|| format!("{plain} is no status"))?;
            Ok(Reply::Status { reference: *reference, status })
        }
        [1, _, text @ ..] if !text.is_empty() => match std::str::from_utf8(text) {
            Ok(text) => Ok(Reply::Text(text.trim_matches('\0').chars().filter(|c| !c.is_control()).collect())),
            Err(_) => Err("its text is no text".into()),
        },
        _ => Err(format!("an answer of {} bytes is none", bytes.len())),
    }
}

impl Control {
    /// Whether bytes of its characteristic are an answer, where data come through it, too.
    pub(super) fn is_answer(&self, bytes: &[u8]) -> bool {
        self.replies != Replies::MovesenseGsp || bytes.first() == Some(&1)
    }

    /// What an error means, and what helps.
    #[must_use]
    pub fn error(&self, number: u32) -> (String, Next) {
        match self.errors.iter().find(|error| error.number == number) {
            Some(error) => (error.says.clone(), error.next),
            None => (format!("it answers with error {number}, which its description does not know"), Next::Tell),
        }
    }
}
