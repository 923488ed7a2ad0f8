//! A description as it stands in its file, of either version.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;

use super::layout::{Epoch, FieldType, How, LeftOver, Next, Of, Replies, TimeUnit};

#[derive(Deserialize)]
pub(super) struct Version {
    pub(super) version: u32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    #[serde(rename = "version")]
    _version: u32,
    pub(super) name: String,
    pub(super) source: String,
    pub(super) tried: String,
    #[serde(default)]
    pub(super) advertised: Vec<String>,
    pub(super) battery_hours: Option<f64>,
    pub(super) mtu: Option<u16>,
    #[serde(default)]
    pub(super) stream: Vec<Spanned<StreamFile>>,
    pub(super) control: Option<Spanned<ControlFile>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StreamFile {
    pub(super) name: String,
    pub(super) service: String,
    pub(super) characteristic: String,
    #[serde(default)]
    pub(super) how: How,
    pub(super) rate_hz: Option<f64>,
    pub(super) silent_after_s: Option<f64>,
    #[serde(default)]
    pub(super) optional: bool,
    pub(super) start: Option<CommandFile>,
    pub(super) stop: Option<CommandFile>,
    pub(super) time: Option<TimeFile>,
    #[serde(default)]
    pub(super) packet: Vec<Spanned<PacketFile>>,
    #[serde(default)]
    pub(super) line: Vec<Spanned<LineFile>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CommandFile {
    pub(super) write: String,
    pub(super) to: String,
    pub(super) reply: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ControlFile {
    pub(super) service: String,
    pub(super) characteristic: String,
    #[serde(default)]
    pub(super) how: How,
    #[serde(default)]
    pub(super) replies: Replies,
    #[serde(default)]
    pub(super) error: Vec<ErrorFile>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ErrorFile {
    pub(super) number: u32,
    pub(super) says: String,
    #[serde(default)]
    pub(super) next: Next,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TimeFile {
    pub(super) field: String,
    pub(super) of: Of,
    pub(super) unit: TimeUnit,
    #[serde(default)]
    pub(super) epoch: Epoch,
    pub(super) none: Option<u64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PacketFile {
    #[serde(default)]
    pub(super) marks: Vec<MarkFile>,
    pub(super) reference_at: Option<usize>,
    #[serde(default)]
    pub(super) ignored: bool,
    #[serde(default)]
    pub(super) flags: BTreeMap<String, u8>,
    #[serde(default)]
    pub(super) fields: Vec<Spanned<FieldFile>>,
    #[serde(default)]
    pub(super) samples: Vec<Spanned<FieldFile>>,
    pub(super) count: Option<usize>,
    #[serde(default)]
    pub(super) delta: bool,
    pub(super) left_over: Option<LeftOver>,
    pub(super) continued: Option<ContinuedFile>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct MarkFile {
    pub(super) at: usize,
    pub(super) is: u8,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ContinuedFile {
    pub(super) at: usize,
    pub(super) is: u8,
    pub(super) cut: usize,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FieldFile {
    pub(super) name: String,
    #[serde(rename = "type")]
    pub(super) kind: FieldType,
    #[serde(default)]
    pub(super) endian: Endian,
    pub(super) at: Option<usize>,
    #[serde(default)]
    pub(super) unit: String,
    #[serde(default = "one")]
    pub(super) divide: f64,
    #[serde(default = "one")]
    pub(super) multiply: f64,
    #[serde(default)]
    pub(super) add: f64,
    #[serde(default)]
    pub(super) factor: bool,
    pub(super) if_set: Option<u8>,
    pub(super) if_clear: Option<u8>,
    pub(super) min: Option<f64>,
    pub(super) max: Option<f64>,
    #[serde(default)]
    pub(super) none: Vec<f64>,
    #[serde(default)]
    pub(super) drop_if_set: Vec<u8>,
    #[serde(default)]
    pub(super) drop_if_clear: Vec<u8>,
    #[serde(default)]
    pub(super) block: u8,
}

#[derive(Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Endian {
    #[default]
    Little,
    Big,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LineFile {
    #[serde(default)]
    pub(super) when: BTreeMap<String, toml::Value>,
    #[serde(default)]
    pub(super) present: Vec<String>,
    #[serde(default)]
    pub(super) absent: Vec<String>,
    pub(super) ends: Option<EndsFile>,
    pub(super) values: Vec<Spanned<ValueFile>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct EndsFile {
    pub(super) key: String,
    pub(super) unit: TimeUnit,
    pub(super) seconds: f64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ValueFile {
    pub(super) key: String,
    pub(super) name: String,
    #[serde(default)]
    pub(super) unit: String,
    #[serde(default = "one")]
    pub(super) divide: f64,
    #[serde(default = "one")]
    pub(super) multiply: f64,
    pub(super) min: Option<f64>,
    pub(super) max: Option<f64>,
}

/// Version 1: one characteristic, whose packet is a row of little-endian fields.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FileOne {
    #[serde(rename = "version")]
    _version: u32,
    pub(super) name: String,
    pub(super) source: String,
    pub(super) service: String,
    pub(super) characteristic: String,
    #[serde(default)]
    pub(super) flag: Vec<FlagOne>,
    pub(super) field: Vec<Spanned<FieldOne>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FlagOne {
    pub(super) name: String,
    pub(super) bit: u8,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FieldOne {
    pub(super) name: String,
    #[serde(rename = "type")]
    pub(super) kind: FieldType,
    pub(super) unit: String,
    #[serde(default = "one")]
    pub(super) divide: f64,
    pub(super) if_set: Option<u8>,
    pub(super) if_clear: Option<u8>,
    #[serde(default)]
    pub(super) repeated: bool,
}

fn one() -> f64 {
    1.0
}
