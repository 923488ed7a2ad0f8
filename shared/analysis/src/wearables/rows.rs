//! From a packet's bytes to its numbers.

use super::layout::{Field, FieldType, LeftOver, Packet};

/// Notifications are no longer than the largest attribute value (Bluetooth Core, vol. 3, part F, 3.2.9).
pub(super) const MAX_PACKET: usize = 512;
/// The widest difference that is read, bits.
const WIDEST_DELTA: u8 = 32;

/// A number with its field, and its bytes as an unsigned number.
#[derive(Clone, Copy, Debug)]
pub(super) struct Number<'a> {
    pub(super) field: &'a Field,
    pub(super) bits: u64,
    pub(super) value: f64,
}

/// What a packet holds.
#[derive(Debug, Default)]
pub(super) struct Numbers<'a> {
    pub(super) values: Vec<Number<'a>>,
    /// The fields of a row, and the rows.
    pub(super) columns: Vec<&'a Field>,
    pub(super) rows: Vec<Vec<Number<'a>>>,
    /// Bytes that belong to nothing.
    pub(super) left_over: usize,
}

/// Why a packet is not read.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// It may go on in the next notification.
    Short(String),
    /// It is of another layout.
    Wrong(String),
}

impl Packet {
    /// The numbers of a packet.
    pub(super) fn decode<'a>(&'a self, packet: &[u8], factor: f64) -> Result<Numbers<'a>, Refusal> {
        if packet.len() > MAX_PACKET {
            return Err(Refusal::Wrong(format!("its {} bytes are over the limit of {MAX_PACKET}", packet.len())));
        }
        let mut numbers = Numbers::default();
        let mut flags: Option<u64> = None;
        let is_there = |field: &Field, flags: Option<u64>| {
            let set = |bit: u8| flags.is_some_and(|flags| flags >> bit & 1 == 1);
            field.if_set.is_none_or(set) && !field.if_clear.is_some_and(set)
        };
        let mut at = 0;
        for field in &self.fields {
            if !is_there(field, flags) {
                continue;
            }
            at = field.at.unwrap_or(at);
            let bytes = packet.get(at..at + field.kind.width());
            let bytes = bytes.ok_or_else(|| Refusal::Short(format!("it ends within {}", field.name)))?;
            let number = number(field, bytes, factor);
            flags.get_or_insert(number.bits);
            numbers.values.push(number);
            at += field.kind.width();
        }
        let rest = packet.get(at..).unwrap_or_default();
        numbers.left_over = match self.blocks.first().and_then(|block| block.first()) {
            Some(first) if is_there(first, flags) => self.rows(rest, factor, &mut numbers)?,
            _ => rest.len(),
        };
        if numbers.left_over > 0 && self.left_over == LeftOver::Refuse {
            return Err(Refusal::Short(format!("{} bytes behind its samples are no whole one", numbers.left_over)));
        }
        Ok(numbers)
    }

    /// The rows of samples; how many bytes are left over.
    fn rows<'a>(&'a self, rest: &[u8], factor: f64, numbers: &mut Numbers<'a>) -> Result<usize, Refusal> {
        numbers.columns = self.blocks.iter().flatten().collect();
        if self.delta {
            return self.deltas(rest, factor, numbers);
        }
        let width = |block: &Vec<Field>| block.iter().map(|field| field.kind.width()).sum::<usize>();
        let row: usize = self.blocks.iter().map(width).sum();
        let whole = rest.len() / row;
        let count = self.count.unwrap_or(whole);
        if whole < count {
            return Err(Refusal::Short(format!("it holds {whole} of {count} samples")));
        }
        numbers.rows = vec![Vec::with_capacity(numbers.columns.len()); count];
        let mut at = 0;
        for block in &self.blocks {
            for row in &mut numbers.rows {
                for field in block {
                    row.push(number(field, &rest[at..at + field.kind.width()], factor));
                    at += field.kind.width();
                }
            }
        }
        Ok(rest.len() - at)
    }

    /// A reference, then blocks of differences: width in bits, count, and the differences, lowest bit first.
    fn deltas<'a>(&'a self, rest: &[u8], factor: f64, numbers: &mut Numbers<'a>) -> Result<usize, Refusal> {
        let columns = numbers.columns.clone();
        let mut sums = Vec::with_capacity(columns.len());
        let mut rest = rest;
        for field in &columns {
            let taken = rest.split_at_checked(field.kind.width());
            let (bytes, after) = taken.ok_or_else(|| Refusal::Short("it ends within its reference sample".into()))?;
            sums.push(signed(field.kind, unsigned(bytes, false)));
            rest = after;
        }
        let row = |sums: &[i64]| -> Vec<Number<'a>> {
            let of = |(&field, &sum): (&&'a Field, &i64)| scaled(field, sum as u64, sum as f64, factor);
            columns.iter().zip(sums).map(of).collect()
        };
        numbers.rows.push(row(&sums));
        while let [bits, count, packed @ ..] = rest {
            if *bits == 0 || *bits > WIDEST_DELTA {
                return Err(Refusal::Wrong(format!(
                    "its differences have {bits} bits, and can have 1 to {WIDEST_DELTA}"
                )));
            }
            let bytes = (usize::from(*bits) * usize::from(*count) * columns.len()).div_ceil(8);
            let taken = packed.split_at_checked(bytes);
            let (block, after) = taken.ok_or_else(|| {
                Refusal::Short(format!(
                    "a block of {count} samples needs {bytes} bytes, and {} are there",
                    packed.len()
                ))
            })?;
            let mut place = 0;
            for _ in 0..*count {
                for sum in &mut sums {
                    *sum = sum.saturating_add(difference(block, place, *bits));
                    place += usize::from(*bits);
                }
                numbers.rows.push(row(&sums));
            }
            rest = after;
        }
        Ok(rest.len())
    }
}

/// A signed number of so many bits at a place, lowest bit first.
fn difference(block: &[u8], place: usize, bits: u8) -> i64 {
    let bit = |number: usize| i64::from(block[number / 8] >> (number % 8) & 1);
    let value = (0..usize::from(bits)).fold(0, |value, number| value | bit(place + number) << number);
    if bit(place + usize::from(bits) - 1) == 1 { value - (1 << bits) } else { value }
}

fn number<'a>(field: &'a Field, bytes: &[u8], factor: f64) -> Number<'a> {
    let bits = unsigned(bytes, field.big);
    let raw = match field.kind {
        FieldType::F32 => f64::from(f32::from_bits(bits as u32)),
        FieldType::F64 => f64::from_bits(bits),
        FieldType::U64 => bits as f64,
        kind => signed(kind, bits) as f64,
    };
    scaled(field, bits, raw, factor)
}

fn scaled(field: &Field, bits: u64, raw: f64, factor: f64) -> Number<'_> {
    let raw = if field.factor { raw * factor } else { raw };
    Number { field, bits, value: raw * field.multiply / field.divide + field.add }
}

fn unsigned(bytes: &[u8], big: bool) -> u64 {
    let add = |value: u64, byte: &u8| value << 8 | u64::from(*byte);
    if big { bytes.iter().fold(0, add) } else { bytes.iter().rev().fold(0, add) }
}

fn signed(kind: FieldType, bits: u64) -> i64 {
    let unused = 64 - 8 * kind.width() as u32;
    if kind.is_unsigned() { bits as i64 } else { (bits << unused) as i64 >> unused }
}

/// What a number says.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Says {
    Value,
    /// It stands for none.
    Nothing,
    /// It cannot be.
    Beyond,
    /// A bit of it says that its row is not to be used.
    Dropped,
}

impl Number<'_> {
    pub(super) fn says(&self) -> Says {
        let Field { min, max, none, drop_if_set, drop_if_clear, .. } = self.field;
        let set = |bit: &u8| self.bits >> bit & 1 == 1;
        if drop_if_set.iter().any(set) || drop_if_clear.iter().any(|bit| !set(bit)) {
            return Says::Dropped;
        }
        if none.contains(&self.value) {
            return Says::Nothing;
        }
        let inside = self.value.is_finite()
            && min.is_none_or(|min| self.value >= min)
            && max.is_none_or(|max| self.value <= max);
        if inside { Says::Value } else { Says::Beyond }
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
    fn numbers_have_the_sign_the_order_and_the_width_that_their_type_says() {
        let read = |kind, bytes: &[u8], big| signed(kind, unsigned(bytes, big));
        assert_eq!(read(FieldType::U16, &[0x34, 0x12], false), 0x1234);
        assert_eq!(read(FieldType::U16, &[0x34, 0x12], true), 0x3412);
        assert_eq!(read(FieldType::I16, &[0xff, 0xff], false), -1);
        assert_eq!(read(FieldType::I24, &[0, 0, 0x80], false), -8_388_608);
        assert_eq!(read(FieldType::U24, &[0, 0, 0x80], false), 8_388_608);
        assert_eq!(read(FieldType::U32, &[0, 0, 0, 0x80], false), 0x8000_0000);
    }

    #[test]
    fn differences_begin_at_the_lowest_bit_and_cross_bytes() {
        assert_eq!([0, 3, 6].map(|place| difference(&[0b10_111_010, 0b1], place, 3)), [2, -1, -2]);
        assert_eq!(difference(&[0xff, 0xff, 0xff, 0x7f], 0, 32), i64::from(i32::MAX));
        assert_eq!(difference(&[1], 0, 1), -1);
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
