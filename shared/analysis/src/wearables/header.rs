//! A C header that says what a description says, for the firmware that sends it.

use std::fmt::Write;

use super::Uuid;
use super::layout::{Field, FieldType, Packet, Stream, Wearable};

/// What the protocol puts before a notification's value, bytes.
const PROTOCOL: usize = 3;
/// The ATT_MTU where none is agreed on.
const SMALLEST_MTU: usize = 23;

/// The header's text. Packets whose fields depend on flags, or are compressed, have no struct: only their places as far as
/// they are fixed.
#[must_use]
pub fn header(wearable: &Wearable) -> String {
    let mut text = String::new();
    write_all(wearable, &mut text).expect("a string takes everything");
    text
}

fn write_all(wearable: &Wearable, to: &mut String) -> std::fmt::Result {
    let guard = format!("ATTUNE_{}_H", upper(&wearable.name));
    writeln!(to, "/* {}: made by `attune-agent firmware header`; do not edit. */", comment(&wearable.name))?;
    writeln!(to, "/* Layout: {} */", comment(&wearable.source))?;
    writeln!(to, "#ifndef {guard}\n#define {guard}\n\n#include <stddef.h>\n#include <stdint.h>\n")?;
    for stream in &wearable.streams {
        of_stream(wearable, stream, to)?;
    }
    writeln!(to, "#endif")
}

fn of_stream(wearable: &Wearable, stream: &Stream, to: &mut String) -> std::fmt::Result {
    let name = upper(&stream.name);
    writeln!(to, "/* {} */", comment(&stream.name))?;
    for (what, uuid) in [("SERVICE", stream.service), ("CHARACTERISTIC", stream.characteristic)] {
        writeln!(to, "#define {name}_{what}_UUID \"{uuid}\"")?;
        writeln!(to, "/* Lowest byte first, as Bluetooth stacks want it. */")?;
        writeln!(to, "#define {name}_{what}_UUID_BYTES {{ {} }}", bytes(uuid))?;
    }
    if let Some(rate) = stream.rate_hz {
        writeln!(to, "#define {name}_RATE_HZ {rate:?}")?;
    }
    if let Some(time) = &stream.time {
        let (of, unit) = (format!("{:?}", time.of).to_lowercase(), format!("{:?}", time.unit).to_lowercase());
        writeln!(to, "/* The time is that of the {of} sample, in {unit}. */")?;
    }
    writeln!(to)?;
    for (number, packet) in stream.packets.iter().enumerate().filter(|(_, packet)| !packet.ignored) {
        let name = if stream.packets.len() == 1 { name.clone() } else { format!("{name}_{number}") };
        of_packet(wearable, &name, packet, to)?;
    }
    Ok(())
}

fn of_packet(wearable: &Wearable, name: &str, packet: &Packet, to: &mut String) -> std::fmt::Result {
    for (at, is) in &packet.marks {
        writeln!(to, "#define {name}_MARK_AT_{at} 0x{is:02x}")?;
    }
    for (flag, bit) in &packet.flags {
        writeln!(to, "#define {name}_FLAG_{} (1u << {bit})", upper(flag))?;
    }
    let mut at = 0;
    let mut is_fixed = true;
    for field in &packet.fields {
        is_fixed &= field.if_set.is_none() && field.if_clear.is_none();
        if is_fixed {
            at = field.at.unwrap_or(at);
            place(name, field, at, to)?;
            at += field.kind.width();
        }
    }
    let samples: Vec<&Field> = packet.blocks.iter().flatten().collect();
    let conditional = samples.iter().any(|field| field.if_set.is_some() || field.if_clear.is_some());
    let row: usize = samples.iter().map(|field| field.kind.width()).sum();
    let header = at;
    if is_fixed && row > 0 {
        writeln!(to, "#define {name}_SAMPLES_OFFSET {header}")?;
        writeln!(to, "#define {name}_SAMPLE_BYTES {row}")?;
        let room = usize::from(wearable.mtu.unwrap_or(0)).max(SMALLEST_MTU) - PROTOCOL;
        let most = packet.count.unwrap_or(room.saturating_sub(header) / row).max(1);
        writeln!(to, "#define {name}_SAMPLES_MOST {most}")?;
    }
    let mut within = 0;
    for field in &samples {
        place(&format!("{name}_SAMPLE"), field, within, to)?;
        within += field.kind.width();
    }
    if is_fixed && !conditional && !packet.delta && packet.blocks.len() < 2 {
        as_struct(name, packet, &samples, to)?;
    }
    writeln!(to)
}

/// Where a number stands, and what the value is multiplied with before it is sent.
fn place(name: &str, field: &Field, at: usize, to: &mut String) -> std::fmt::Result {
    let own = format!("{name}_{}", upper(&field.name));
    writeln!(to, "#define {own}_OFFSET {at}")?;
    let per_unit = field.divide / field.multiply;
    if per_unit != 1.0 || !field.unit.is_empty() {
        writeln!(to, "#define {own}_PER_UNIT {per_unit:?} /* raw numbers in one {} */", comment(&field.unit))?;
    }
    Ok(())
}

fn as_struct(name: &str, packet: &Packet, samples: &[&Field], to: &mut String) -> std::fmt::Result {
    let lower = name.to_lowercase();
    let member = |field: &Field, to: &mut String| {
        let order = if field.big { " /* highest byte first */" } else { "" };
        writeln!(to, "    {} {}{};{order}", c_type(field.kind), lower_name(&field.name), c_array(field.kind))
    };
    if !samples.is_empty() {
        writeln!(to, "#pragma pack(push, 1)\ntypedef struct {{")?;
        samples.iter().try_for_each(|field| member(field, to))?;
        writeln!(to, "}} {lower}_sample_t;\n#pragma pack(pop)")?;
    }
    writeln!(to, "#pragma pack(push, 1)\ntypedef struct {{")?;
    let (mut at, mut gaps) = (0, 0);
    for field in &packet.fields {
        let wanted = field.at.unwrap_or(at);
        if wanted > at {
            writeln!(to, "    uint8_t mark_{gaps}[{}];", wanted - at)?;
            gaps += 1;
        }
        member(field, to)?;
        at = wanted + field.kind.width();
    }
    if !samples.is_empty() {
        writeln!(to, "    {lower}_sample_t samples[{name}_SAMPLES_MOST];")?;
    }
    writeln!(to, "}} {lower}_packet_t;\n#pragma pack(pop)")?;
    for field in &packet.fields {
        let (own, member) = (upper(&field.name), lower_name(&field.name));
        writeln!(to, "_Static_assert(offsetof({lower}_packet_t, {member}) == {name}_{own}_OFFSET, \"{member}\");")?;
    }
    if !samples.is_empty() {
        writeln!(to, "_Static_assert(offsetof({lower}_packet_t, samples) == {name}_SAMPLES_OFFSET, \"samples\");")?;
        writeln!(to, "_Static_assert(sizeof({lower}_sample_t) == {name}_SAMPLE_BYTES, \"sample\");")?;
    }
    Ok(())
}

const fn c_type(kind: FieldType) -> &'static str {
    match kind {
        FieldType::U8 | FieldType::U24 | FieldType::I24 => "uint8_t",
        FieldType::I8 => "int8_t",
        FieldType::U16 => "uint16_t",
        FieldType::I16 => "int16_t",
        FieldType::U32 => "uint32_t",
        FieldType::I32 => "int32_t",
        FieldType::U64 => "uint64_t",
        FieldType::I64 => "int64_t",
        FieldType::F32 => "float",
        FieldType::F64 => "double",
    }
}

const fn c_array(kind: FieldType) -> &'static str {
    match kind {
        FieldType::U24 | FieldType::I24 => "[3]",
        _ => "",
    }
}

fn bytes(uuid: Uuid) -> String {
    let all = match uuid.as_short() {
        Some(short) => short.to_le_bytes().to_vec(),
        None => uuid.0.to_le_bytes().to_vec(),
    };
    all.iter().map(|byte| format!("0x{byte:02x}")).collect::<Vec<_>>().join(", ")
}

fn lower_name(name: &str) -> String {
    let name: String =
        name.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' }).collect();
    // No name of C begins with a digit.
    if name.starts_with(|c: char| c.is_ascii_digit()) || name.is_empty() { format!("_{name}") } else { name }
}

fn upper(name: &str) -> String {
    lower_name(name).to_uppercase()
}

/// What may stand in a comment.
fn comment(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).collect::<String>().replace("*/", "* /")
}
