use super::layout::{Field, FieldType, PacketLayout};
use crate::AnalysisError;

/// Notifications are no longer than the largest attribute value (Bluetooth Core, vol. 3, part F, 3.2.9).
const MAX_PACKET: usize = 512;

/// The values of a packet's fields, and how many bytes behind them are left over.
type Decoded<'a> = (Vec<(&'a Field, f64)>, usize);

impl PacketLayout {
    /// The numbers of a packet with their fields, in order, and how many bytes are left over; a repeated field stands as often as
    /// it is there.
    ///
    /// # Errors
    /// When the packet is too short for its flags, or too long.
    pub fn decode(&self, packet: &[u8]) -> Result<Decoded<'_>, AnalysisError> {
        let wrong = |problem| AnalysisError::Wearable { what: "packet", problem };
        if packet.len() > MAX_PACKET {
            return Err(wrong(format!("{} bytes are over the limit of {MAX_PACKET}", packet.len())));
        }
        let (mut rest, mut values, mut flags) = (packet, Vec::new(), None);
        for field in &self.fields {
            let set = |bit: u8| flags.is_some_and(|flags: i64| flags & (1 << bit) != 0);
            if field.if_set.is_some_and(|bit| !set(bit)) || field.if_clear.is_some_and(set) {
                continue;
            }
            loop {
                // What does not fill a repeated field is no part of one.
                if field.repeated && rest.len() < field.kind.width() {
                    break;
                }
                let Some((bytes, after)) = rest.split_at_checked(field.kind.width()) else {
                    return Err(wrong(format!("it ends within {}", field.name)));
                };
                let raw = raw(field.kind, bytes);
                flags.get_or_insert(raw);
                values.push((field, raw as f64 / field.divide));
                rest = after;
                if !field.repeated {
                    break;
                }
            }
        }
        Ok((values, rest.len()))
    }

    /// Whether a named flag is set in a packet; `None` when the layout has no such flag or the packet is empty.
    #[must_use]
    pub fn flag(&self, packet: &[u8], name: &str) -> Option<bool> {
        let bit = self.flags.iter().find(|flag| flag.name == name)?.bit;
        let bytes = packet.get(..self.fields.first()?.kind.width())?;
        Some(raw(self.fields.first()?.kind, bytes) & (1 << bit) != 0)
    }
}

fn raw(kind: FieldType, bytes: &[u8]) -> i64 {
    let unsigned = bytes.iter().rev().fold(0_i64, |value, byte| value << 8 | i64::from(*byte));
    match kind {
        FieldType::I16 if unsigned >= 1 << 15 => unsigned - (1 << 16),
        _ => unsigned,
    }
}

/// The bytes of hexadecimal text; spaces, dashes and colons may stand between them.
#[must_use]
pub fn hex(text: &str) -> Option<Vec<u8>> {
    let text = text.trim();
    // As programs write that look at Bluetooth: `0x163C`, `(0x) 16-3C`.
    let text = ["0x", "0X", "(0x)"].into_iter().find_map(|mark| text.strip_prefix(mark)).unwrap_or(text);
    let digits: String = text.chars().filter(|c| !matches!(c, ' ' | '-' | ':')).collect();
    data_encoding::HEXLOWER_PERMISSIVE.decode(digits.as_bytes()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_little_endian_and_signed_where_they_say_so() {
        assert_eq!(raw(FieldType::U16, &[0x34, 0x12]), 0x1234);
        assert_eq!(raw(FieldType::I16, &[0xff, 0xff]), -1);
        assert_eq!(raw(FieldType::U32, &[0, 0, 0, 0x80]), 0x8000_0000);
    }

    #[test]
    fn hexadecimal_text_is_read_with_and_without_marks() {
        assert_eq!(hex("16 3C:04-00"), Some(vec![0x16, 0x3c, 4, 0]));
        assert_eq!(hex("0x163C0400"), hex("16 3C:04-00"));
        assert_eq!(hex("(0x) 16-3C-04-00"), hex("16 3C:04-00"));
        assert_eq!(hex("1"), None);
        assert_eq!(hex("zz"), None);
    }
}
