//! What a description says, read and checked.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::Uuid;

/// A wearable: what it sends, how it is started, and how its packets read.
#[derive(Clone, PartialEq, Debug)]
pub struct Wearable {
    /// For people.
    pub name: String,
    /// The public documents that it comes from.
    pub source: String,
    /// On what it was tried.
    pub tried: String,
    /// Begins of the names under which it is found.
    pub advertised: Vec<String>,
    /// How long a full battery lasts while everything is sent, hours.
    pub battery_hours: Option<f64>,
    /// The smallest ATT_MTU with which its packets come whole, bytes.
    pub mtu: Option<u16>,
    /// What it sends.
    pub streams: Vec<Stream>,
    /// Where it answers commands.
    pub control: Option<Control>,
}

/// Values of one kind that come through a characteristic.
#[derive(Clone, PartialEq, Debug)]
pub struct Stream {
    /// By which it is chosen and told.
    pub name: String,
    /// Its service.
    pub service: Uuid,
    /// Its characteristic; several streams may share one.
    pub characteristic: Uuid,
    /// How its packets come.
    pub how: How,
    /// Samples a second, where they come at a rate.
    pub rate_hz: Option<f64>,
    /// Seconds without a packet from which there is a gap, where packets carry no time.
    pub silent_after_s: f64,
    /// Whether it is started only when it is asked for by name.
    pub optional: bool,
    /// What starts it.
    pub start: Option<CommandLine>,
    /// What ends it.
    pub stop: Option<CommandLine>,
    /// Where its time stamps stand, if it has any.
    pub time: Option<Time>,
    /// Its packets; the first one whose marks fit is read.
    pub packets: Vec<Packet>,
    /// Its lines, where it sends JSON lines in place of packets.
    pub lines: Vec<Line>,
}

/// How values of a characteristic are had.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum How {
    /// It notifies.
    #[default]
    Notify,
    /// It indicates: each packet is confirmed.
    Indicate,
    /// It is read.
    Read,
}

/// Bytes to write, and what is answered.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CommandLine {
    /// The bytes; `None` stands for the stream's reference.
    pub write: Vec<Option<u8>>,
    /// The characteristic that they are written to.
    pub to: Uuid,
    /// How the answer begins; its last byte is the status.
    pub reply: Option<Vec<Option<u8>>>,
}

/// The characteristic through which commands are answered.
#[derive(Clone, PartialEq, Debug)]
pub struct Control {
    /// Its service.
    pub service: Uuid,
    /// Its number.
    pub characteristic: Uuid,
    /// How answers come.
    pub how: How,
    /// How they read.
    pub replies: Replies,
    /// What its errors mean.
    pub errors: Vec<ErrorText>,
}

/// How answers read.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Replies {
    /// As each command's `reply` says.
    #[default]
    Bytes,
    /// As Polar's measurement control point.
    PolarPmd,
    /// As Movesense's GATT sensor data protocol.
    MovesenseGsp,
}

/// An error that a wearable answers.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ErrorText {
    /// Its number.
    pub number: u32,
    /// What it means, for people.
    pub says: String,
    /// What helps.
    pub next: Next,
}

/// What is done after an error.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Next {
    /// The person is told.
    #[default]
    Tell,
    /// A larger MTU is asked for, then it is tried again.
    LargerMtu,
    /// The device's settings are asked for and used.
    AskSettings,
    /// It is stopped, then started again.
    StopFirst,
    /// It is tried again in a minute.
    Wait,
    /// It is gone on without.
    Without,
}

/// Time stamps of a stream.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Time {
    /// The field of each packet that holds them.
    pub field: String,
    /// The sample that they are of.
    pub of: Of,
    /// Their unit.
    pub unit: TimeUnit,
    /// What they count from.
    pub epoch: Epoch,
    /// The number that stands for no time.
    pub none: Option<u64>,
}

/// Which sample a time is of.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Of {
    /// The first of its packet.
    First,
    /// The last of its packet.
    Last,
}

/// Units of times.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TimeUnit {
    /// Nanoseconds.
    Ns,
    /// Microseconds.
    Us,
    /// Milliseconds.
    Ms,
    /// Seconds.
    S,
}

impl TimeUnit {
    /// Nanoseconds of one.
    #[must_use]
    pub const fn nanos(self) -> i128 {
        match self {
            Self::Ns => 1,
            Self::Us => 1_000,
            Self::Ms => 1_000_000,
            Self::S => 1_000_000_000,
        }
    }
}

/// What a device's clock counts from. It is told only: which time it is, the host's clock says.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Deserialize)]
pub enum Epoch {
    /// From when it was switched on.
    #[default]
    #[serde(rename = "start")]
    Start,
    /// From 1970-01-01, UTC.
    #[serde(rename = "1970-01-01")]
    Unix,
    /// From 2000-01-01, UTC.
    #[serde(rename = "2000-01-01")]
    Y2000,
}

/// One layout of a packet.
#[derive(Clone, PartialEq, Debug)]
pub struct Packet {
    /// Bytes by which it is known.
    pub marks: Vec<(usize, u8)>,
    /// Where the number stands by which the stream was started.
    pub reference_at: Option<usize>,
    /// Whether it holds nothing of use.
    pub ignored: bool,
    /// Bits of the first field that mean something by themselves.
    pub flags: BTreeMap<String, u8>,
    /// The fields before the samples, in the order of their bytes. The first may hold flags.
    pub fields: Vec<Field>,
    /// Samples: of each block its fields. Blocks follow each other, and have equally many rows.
    pub blocks: Vec<Vec<Field>>,
    /// Rows of each block; as many as there are where it is not said.
    pub count: Option<usize>,
    /// Whether samples are a reference and blocks of differences, as Polar compresses.
    pub delta: bool,
    /// What becomes of a packet with bytes behind its samples.
    pub left_over: LeftOver,
    /// How the notification is known that holds the rest of a packet.
    pub continued: Option<Continued>,
}

/// What becomes of a packet with bytes behind its samples.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LeftOver {
    /// They are told, and the rest is used.
    Tell,
    /// The packet is refused.
    Refuse,
}

/// The second part of a packet.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Continued {
    /// Where its mark stands.
    pub at: usize,
    /// Its mark.
    pub is: u8,
    /// Bytes at its begin that are no part of the packet.
    pub cut: usize,
}

/// A number in a packet.
#[derive(Clone, PartialEq, Debug)]
pub struct Field {
    /// What it is.
    pub name: String,
    /// How it is encoded.
    pub kind: FieldType,
    /// Whether its highest byte comes first.
    pub big: bool,
    /// Its place in the packet, where it does not follow the field before.
    pub at: Option<usize>,
    /// Unit of the value.
    pub unit: String,
    /// What the raw number is divided by.
    pub divide: f64,
    /// What it is multiplied with.
    pub multiply: f64,
    /// What is added then.
    pub add: f64,
    /// Whether it is multiplied with the factor that the device tells when it is started, too.
    pub factor: bool,
    /// The bit of the first field that must be set for the field to be there.
    pub if_set: Option<u8>,
    /// The bit of the first field that must be clear for the field to be there.
    pub if_clear: Option<u8>,
    /// The least value that can be.
    pub min: Option<f64>,
    /// The largest value that can be.
    pub max: Option<f64>,
    /// Values that stand for none.
    pub none: Vec<f64>,
    /// Bits of it that, set, say that its row is not to be used.
    pub drop_if_set: Vec<u8>,
    /// Bits of it that, clear, say that its row is not to be used.
    pub drop_if_clear: Vec<u8>,
}

/// Encodings.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FieldType {
    /// Unsigned, 8 bits.
    U8,
    /// Signed, 8 bits.
    I8,
    /// Unsigned, 16 bits.
    U16,
    /// Signed, 16 bits.
    I16,
    /// Unsigned, 24 bits.
    U24,
    /// Signed, 24 bits.
    I24,
    /// Unsigned, 32 bits.
    U32,
    /// Signed, 32 bits.
    I32,
    /// Unsigned, 64 bits.
    U64,
    /// Signed, 64 bits.
    I64,
    /// IEEE 754, 32 bits.
    F32,
    /// IEEE 754, 64 bits.
    F64,
}

impl FieldType {
    /// Bytes that it takes.
    #[must_use]
    pub const fn width(self) -> usize {
        match self {
            Self::U8 | Self::I8 => 1,
            Self::U16 | Self::I16 => 2,
            Self::U24 | Self::I24 => 3,
            Self::U32 | Self::I32 | Self::F32 => 4,
            Self::U64 | Self::I64 | Self::F64 => 8,
        }
    }

    /// Whether it is a whole number, unsigned.
    #[must_use]
    pub const fn is_unsigned(self) -> bool {
        matches!(self, Self::U8 | Self::U16 | Self::U24 | Self::U32 | Self::U64)
    }

    /// Whether it is a whole number.
    #[must_use]
    pub const fn is_whole(self) -> bool {
        !matches!(self, Self::F32 | Self::F64)
    }
}

/// A JSON line.
#[derive(Clone, PartialEq, Debug)]
pub struct Line {
    /// What its keys must be.
    pub when: BTreeMap<String, toml::Value>,
    /// Keys that it must have.
    pub present: Vec<String>,
    /// Keys that it must not have.
    pub absent: Vec<String>,
    /// Where it tells of a block of time that has passed: the key of its end, that one's unit, and its seconds.
    pub ends: Option<(String, TimeUnit, f64)>,
    /// Its values by their keys.
    pub values: Vec<LineValue>,
}

/// A value of a line.
#[derive(Clone, PartialEq, Debug)]
pub struct LineValue {
    /// Its key.
    pub key: String,
    /// What it is.
    pub name: String,
    /// Its unit.
    pub unit: String,
    /// What the number is multiplied with.
    pub scale: f64,
    /// The least value that can be.
    pub min: Option<f64>,
    /// The largest value that can be.
    pub max: Option<f64>,
}
