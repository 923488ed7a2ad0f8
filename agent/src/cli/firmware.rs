//! `firmware`: descriptions of wearables, looked at by who writes one.

use std::path::Path;
use std::sync::Arc;

use attune_analysis::sample::{HeartSample, Timestamp};
use attune_analysis::tables::{Notified, Origin, Packets, TableError};
use attune_analysis::wearables::{Decoded, Field, Packet, Reply, Session, Stream, Wearable, header};
use serde_json::{Value, json};

use super::arguments::FirmwareCommand;
use crate::output::line;
use crate::{AgentError, given};

pub(super) fn execute(command: &FirmwareCommand) -> Result<(), AgentError> {
    match command {
        FirmwareCommand::Check { file } => check(file),
        FirmwareCommand::Decode { file, packets, streams, json } => decode(file, packets, streams, *json),
        FirmwareCommand::Header { file } => line(header(&read(file)?).trim_end()),
    }
}

/// A description; what is wrong with it is told as compilers do, with file and line.
fn read(file: &Path) -> Result<Wearable, AgentError> {
    let text = given::text(file).map_err(|e| AgentError::file("read", file, e))?;
    let wrong = |problem: attune_analysis::wearables::Problem| AgentError::Content {
        path: file.to_owned(),
        problem: problem.to_string(),
    };
    Wearable::parse(&text).map_err(wrong)
}

fn check(file: &Path) -> Result<(), AgentError> {
    let wearable = read(file)?;
    line(format_args!("{} is well", file.display()))?;
    line(format_args!("{}, tried on: {}", wearable.name, wearable.tried))?;
    if let Some(hours) = wearable.battery_hours {
        line(format_args!("battery: about {hours} hours"))?;
    }
    for stream in &wearable.streams {
        about(stream)?;
    }
    Ok(())
}

fn about(stream: &Stream) -> Result<(), AgentError> {
    let rate = stream.rate_hz.map(|rate| format!(", {rate} Hz")).unwrap_or_default();
    let optional = if stream.optional { ", only if asked for" } else { "" };
    line(format_args!("\nstream {}{rate}{optional}", stream.name))?;
    line(format_args!("  characteristic {}", stream.characteristic))?;
    for packet in stream.packets.iter().filter(|packet| !packet.ignored) {
        line(format_args!("  packet{}", marks(packet)))?;
        for field in packet.fields.iter().chain(packet.blocks.iter().flatten()) {
            line(format!("    {:18} {:4} {}", field.name, type_name(field), field.unit).trim_end())?;
        }
        if !packet.blocks.is_empty() {
            let count = packet.count.map_or_else(|| "as many samples as there are".into(), |n| format!("{n} samples"));
            line(format_args!("    {count}{}", if packet.delta { ", as differences" } else { "" }))?;
        }
    }
    for described in &stream.lines {
        for value in &described.values {
            line(format_args!("  line with {:10} {:18} {}", value.key, value.name, value.unit))?;
        }
    }
    Ok(())
}

fn marks(packet: &Packet) -> String {
    let one = |(at, is): &(usize, u8)| format!("byte {at} is 0x{is:02x}");
    let all: Vec<String> = packet.marks.iter().map(one).collect();
    if all.is_empty() { String::new() } else { format!(", where {}", all.join(" and ")) }
}

fn type_name(field: &Field) -> String {
    format!("{:?}", field.kind).to_lowercase()
}

fn decode(file: &Path, packets: &Path, streams: &[String], json: bool) -> Result<(), AgentError> {
    let wearable = Arc::new(read(file)?);
    let all: Vec<String> = wearable.streams.iter().map(|stream| stream.name.clone()).collect();
    if let Some(unknown) = streams.iter().find(|name| !all.contains(name)) {
        let problem = format!("it has no stream {unknown}; it has {}", all.join(", "));
        return Err(AgentError::Content { path: file.to_owned(), problem });
    }
    let names: &[String] = if streams.is_empty() { &all } else { streams };
    let mut session = Session::with(Arc::clone(&wearable), names);
    let first = wearable.streams.iter().find(|stream| names.contains(&stream.name)).map(|stream| stream.characteristic);
    let refused = |error: TableError| match error {
        TableError::Io(io) => AgentError::file("read", packets, io),
        other => AgentError::Content { path: packets.to_owned(), problem: other.to_string() },
    };
    let path = packets.to_owned();
    let origin = Origin::new(move || Ok(Box::new(given::open(&path)?)), || false);
    let mut rows = Packets::open(&origin).map_err(refused)?;
    let mut number = 0;
    while let Some(row) = rows.read().map_err(refused)? {
        number += 1;
        let Some(Notified { at, characteristic, bytes }) = row else {
            line(match json {
                true => json!({ "packet": number, "told": ["it is no time, characteristic and packet"] }).to_string(),
                false => format!("{number:>5}           told: it is no time, characteristic and packet"),
            })?;
            continue;
        };
        let Some(characteristic) = characteristic.or(first) else { continue };
        let decoded = session.push(characteristic, &bytes, at);
        match json {
            true => line(as_json(number, at, &decoded))?,
            false => as_table(number, at, &decoded)?,
        }
    }
    Ok(())
}

fn seconds(at: Timestamp) -> f64 {
    at.0 as f64 / 1e6
}

fn as_table(number: usize, at: Timestamp, decoded: &Decoded) -> Result<(), AgentError> {
    let mut lines: Vec<(Timestamp, String)> = Vec::new();
    let mut say = |at: Timestamp, text: String| lines.push((at, text));
    for reading in &decoded.readings {
        let value = |value: &attune_analysis::wearables::Value| match value.value {
            Some(number) => format!("{} {} {}", value.name, rounded(number), value.unit),
            None => format!("{} none", value.name),
        };
        let values: Vec<String> = reading.values.iter().map(value).collect();
        let block = reading.block_millis.map(|(from, to)| format!(" (from {} to {} s)", from / 1000, to / 1000));
        say(at, format!("{}: {}{}", reading.stream, values.join(", "), block.unwrap_or_default()));
    }
    for block in &decoded.blocks {
        for (at, row) in &block.rows {
            say(*at, format!("{}: {}", block.stream, values(&block.columns, row)));
        }
    }
    for sample in &decoded.heart {
        match sample {
            HeartSample::Beat { at, rr_millis } => say(*at, format!("beat behind {} ms", rounded(*rr_millis))),
            HeartSample::Rate { at, bpm } => say(*at, format!("rate {} 1/min", rounded(*bpm))),
            HeartSample::Contact { at, touching } => say(*at, format!("contact: {touching}")),
        }
    }
    if let Some(level) = decoded.battery {
        say(at, format!("battery {level} %"));
    }
    if let Some((which, text)) = &decoded.information {
        say(at, format!("{} {text}", which.name()));
    }
    if let Some(reply) = &decoded.reply {
        say(at, format!("answer: {}", reply_as_json(reply)));
    }
    for gap in &decoded.gaps {
        let missing = gap.missing.map(|count| format!(", {count} samples missing")).unwrap_or_default();
        say(gap.from, format!("{}: gap until {:.3}{missing}", gap.stream, seconds(gap.to)));
    }
    for told in &decoded.told {
        say(at, format!("told: {told}"));
    }
    if lines.is_empty() {
        lines.push((at, "nothing yet".into()));
    }
    lines.into_iter().try_for_each(|(at, text)| line(format_args!("{number:>5} {:>14.3}  {text}", seconds(at))))
}

/// Values with their names and units; axes of one thing stand together.
fn values(columns: &[(String, String)], row: &[f64]) -> String {
    let mut text = String::new();
    let mut before: Option<(&str, &str)> = None;
    for ((name, unit), number) in columns.iter().zip(row) {
        let axis = name.rsplit_once('_').filter(|(_, axis)| axis.len() == 1);
        let (thing, axis) = axis.unwrap_or((name, ""));
        let here = (thing, unit.as_str());
        match before {
            Some(same) if same == here && !axis.is_empty() => {}
            Some((_, unit)) => text += &format!(" {unit}, {thing}"),
            None => text += thing,
        }
        text += &format!(" {axis} {}", rounded(*number)).replace("  ", " ");
        before = Some(here);
    }
    let unit = before.map_or("", |(_, unit)| unit);
    format!("{text} {unit}").trim_end().to_owned()
}

/// With six places at most.
fn rounded(number: f64) -> f64 {
    (number * 1e6).round() / 1e6
}

fn reply_as_json(reply: &Reply) -> Value {
    match reply {
        Reply::Features { streams, developer } => json!({ "streams": streams, "sdk_mode": developer }),
        Reply::Stopped(streams) => json!({ "stopped": streams }),
        Reply::Status { reference, status } => json!({ "reference": reference, "status": status }),
        Reply::Text(text) => json!({ "text": text }),
        Reply::Answer(answer) => {
            let settings: serde_json::Map<String, Value> =
                answer.settings.iter().map(|(name, all)| ((*name).to_owned(), json!(all))).collect();
            json!({
                "op": answer.op, "stream": answer.stream(), "error": answer.error, "factor": answer.factor,
                "settings": settings,
            })
        }
    }
}

fn as_json(number: usize, at: Timestamp, decoded: &Decoded) -> Value {
    let readings = decoded.readings.iter().map(|reading| {
        let values: serde_json::Map<String, Value> =
            reading.values.iter().map(|v| (v.name.clone(), json!({ "value": v.value, "unit": v.unit }))).collect();
        let flags: serde_json::Map<String, Value> =
            reading.flags.iter().map(|(name, set)| (name.clone(), json!(set))).collect();
        json!({ "stream": reading.stream, "values": values, "flags": flags, "block_ms": reading.block_millis })
    });
    let blocks = decoded.blocks.iter().map(|block| {
        let rows: Vec<Value> =
            block.rows.iter().map(|(at, row)| json!({ "at_s": seconds(*at), "values": row })).collect();
        let nanos = |nanos: i128| nanos.to_string();
        json!({
            "stream": block.stream, "columns": block.columns, "rows": rows, "step_ns": block.step_nanos,
            "device_ns": block.device_nanos.map(|(first, last)| [nanos(first), nanos(last)]), "clock": block.piece,
        })
    });
    let heart = decoded.heart.iter().map(|sample| match sample {
        HeartSample::Beat { at, rr_millis } => json!({ "at_s": seconds(*at), "rr_ms": rr_millis }),
        HeartSample::Rate { at, bpm } => json!({ "at_s": seconds(*at), "bpm": bpm }),
        HeartSample::Contact { at, touching } => json!({ "at_s": seconds(*at), "contact": touching }),
    });
    let gaps = decoded.gaps.iter().map(|gap| {
        json!({ "stream": gap.stream, "from_s": seconds(gap.from), "to_s": seconds(gap.to), "missing": gap.missing })
    });
    json!({
        "packet": number,
        "at_s": seconds(at),
        "readings": readings.collect::<Vec<_>>(),
        "blocks": blocks.collect::<Vec<_>>(),
        "heart": heart.collect::<Vec<_>>(),
        "motion": decoded.motion.len(),
        "contact": decoded.contact,
        "battery": decoded.battery,
        "information": decoded.information.as_ref().map(|(which, text)| json!({ which.name(): text })),
        "steps_added": decoded.steps_added,
        "gaps": gaps.collect::<Vec<_>>(),
        "reply": decoded.reply.as_ref().map(reply_as_json),
        "told": decoded.told.iter().map(ToString::to_string).collect::<Vec<_>>(),
    })
}
