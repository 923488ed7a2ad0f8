//! What a packet gave.

use super::control::Reply;
use super::standard::Information;
use super::told::Told;
use crate::sample::{HeartSample, MotionSample, Timestamp};

/// What a packet gave: samples for the analyzers, everything as it was sent, and what is told.
#[derive(PartialEq, Default, Debug)]
pub struct Decoded {
    /// Beats, rates and contact.
    pub heart: Vec<HeartSample>,
    /// Acceleration in m/s2 and angular rate in rad/s.
    pub motion: Vec<MotionSample>,
    /// Samples as they were sent: those above and all others, as of an electrocardiogram.
    pub blocks: Vec<Block>,
    /// Single values.
    pub readings: Vec<Reading>,
    /// Whether the wearable touches the skin, where it can tell.
    pub contact: Option<bool>,
    /// Battery, percent.
    pub battery: Option<u8>,
    /// A text of the Device Information Service.
    pub information: Option<(Information, String)>,
    /// Steps since the packet before.
    pub steps_added: Option<u64>,
    /// Times without samples before these.
    pub gaps: Vec<Silence>,
    /// The answer to a command.
    pub reply: Option<Reply>,
    /// What was left out, and why.
    pub told: Vec<Told>,
}

/// Samples of one packet.
#[derive(PartialEq, Debug)]
pub struct Block {
    /// The stream.
    pub stream: String,
    /// What each number of a row is, and its unit.
    pub columns: Vec<(String, String)>,
    /// The rows that can be used, with the host's time of each.
    pub rows: Vec<(Timestamp, Vec<f64>)>,
    /// First and last time of the packet by the device's clock, nanoseconds of its own epoch.
    pub device_nanos: Option<(i128, i128)>,
    /// Nanoseconds from one sample to the next; 0 where they come at no rate.
    pub step_nanos: f64,
    /// In which piece of the device's clock it lies, from 1; 0 where it has none.
    pub piece: u32,
}

impl Drop for Block {
    fn drop(&mut self) {
        self.rows.iter_mut().for_each(|(_, row)| row.fill(0.0));
    }
}

/// Values that stand alone in a packet or a line.
#[derive(Clone, PartialEq, Debug)]
pub struct Reading {
    /// The stream.
    pub stream: String,
    /// The values.
    pub values: Vec<Value>,
    /// Bits that mean something by themselves.
    pub flags: Vec<(String, bool)>,
    /// The block of time that it tells of, Unix milliseconds, where it is from the wearable's memory: no live value.
    pub block_millis: Option<(i64, i64)>,
}

/// A value.
#[derive(Clone, PartialEq, Debug)]
pub struct Value {
    /// What it is.
    pub name: String,
    /// Its unit.
    pub unit: String,
    /// The number; `None` where there is no reading, or one that cannot be.
    pub value: Option<f64>,
}

/// A time without samples.
#[derive(Clone, PartialEq, Debug)]
pub struct Silence {
    /// The stream.
    pub stream: String,
    /// The host's time of the last sample before.
    pub from: Timestamp,
    /// The host's time of the first one after.
    pub to: Timestamp,
    /// The same by the device's clock, nanoseconds.
    pub device_nanos: Option<(i128, i128)>,
    /// Samples that are missing, where they come at a rate.
    pub missing: Option<u64>,
}
