//! How a channel lies in the bytes of a buffer: `le:s12/16>>4`, as the kernel's `sysfs-bus-iio` says it.

/// A channel of a buffer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Channel {
    big_endian: bool,
    signed: bool,
    /// Bits that hold the value.
    bits: u32,
    /// Bytes that it takes up.
    pub(super) bytes: usize,
    /// Bits below the value.
    shift: u32,
}

impl Channel {
    /// Reads a type such as `le:s12/16>>4`; channels with several values at a time are not read.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (order, rest) = text.trim().split_once(':')?;
        let big_endian = match order {
            "le" => false,
            "be" => true,
            _ => return None,
        };
        let signed = match rest.chars().next()? {
            's' => true,
            'u' => false,
            _ => return None,
        };
        let (bits, rest) = rest.get(1..)?.split_once('/')?;
        let (storage, shift) = rest.split_once(">>")?;
        let (bits, storage, shift): (u32, u32, u32) = (bits.parse().ok()?, storage.parse().ok()?, shift.parse().ok()?);
        let fits = bits > 0 && matches!(storage, 8 | 16 | 32 | 64) && bits.checked_add(shift)? <= storage;
        fits.then_some(Self { big_endian, signed, bits, bytes: storage as usize / 8, shift })
    }

    /// The value in its bytes.
    pub(super) fn value(&self, bytes: &[u8]) -> Option<f64> {
        let bytes = bytes.get(..self.bytes)?;
        let byte = |sum: u64, byte: &u8| sum << 8 | u64::from(*byte);
        let whole = if self.big_endian { bytes.iter().fold(0, byte) } else { bytes.iter().rev().fold(0, byte) };
        // To the top, and down again with its sign.
        let unused = u64::BITS - self.bits;
        let top = (whole >> self.shift) << unused;
        Some(if self.signed { (top.cast_signed() >> unused) as f64 } else { (top >> unused) as f64 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_taken_out_of_its_bits_with_its_sign() {
        for (text, bytes, value) in [
            ("le:s12/16>>4", &[0xf0, 0xff][..], -1.0),
            ("le:s12/16>>4", &[0x00, 0x80], -2048.0),
            ("le:s12/16>>4", &[0x00, 0x40], 1024.0),
            ("be:s12/16>>4", &[0xff, 0xf5], -1.0),
            ("le:u12/16>>0", &[0xff, 0xff], 4095.0),
            ("le:s16/16>>0", &[0x00, 0x80], -32768.0),
            ("be:s24/32>>8", &[0xff, 0xff, 0xfe, 0x77], -2.0),
            ("le:s8/8>>0", &[0x80], -128.0),
            ("le:s64/64>>0", &[0xff; 8], -1.0),
        ] {
            assert_eq!(Channel::parse(text).unwrap().value(bytes), Some(value), "{text}");
        }
        assert_eq!(Channel::parse("le:s16/16>>0\n").unwrap().value(&[1]), None);
    }

    #[test]
    fn what_is_no_type_is_none() {
        let wrong = ["", "le", "le:s", "xe:s12/16>>4", "le:x12/16>>4", "le:s0/16>>0", "le:s12/16>>5", "le:s12/15>>0"];
        for text in wrong.into_iter().chain(["le:s16/16X3>>0", "le:s4294967295/16>>2", "le:s12/16", "le:\u{e9}"]) {
            assert_eq!(Channel::parse(text), None, "{text}");
        }
    }
}
