use std::fmt;
use std::str::FromStr;

/// A service's or characteristic's number.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Uuid(pub u128);

/// What 16-bit numbers are short for (Bluetooth Core, vol. 3, part B, 2.5.1).
const BASE: u128 = 0x0000_0000_0000_1000_8000_0080_5f9b_34fb;
const SHORT: u128 = 0xffff << 96;

impl Uuid {
    /// Of a 16-bit number.
    #[must_use]
    pub const fn short(number: u16) -> Self {
        Self(BASE | (number as u128) << 96)
    }

    /// The 16-bit number, where it has one.
    #[must_use]
    pub fn as_short(self) -> Option<u16> {
        (self.0 & !SHORT == BASE).then_some((self.0 >> 96) as u16)
    }
}

impl FromStr for Uuid {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const EXPECTED: &str = "4 hexadecimal digits such as 180d, or 32 as in fb005c80-02e7-f387-1cad-8acd2d8df0c8";
        let digits: String = text.trim().chars().filter(|c| *c != '-').collect();
        let is_hex = digits.chars().all(|c| c.is_ascii_hexdigit());
        match (digits.len(), is_hex) {
            (4, true) => u16::from_str_radix(&digits, 16).map(Self::short).map_err(|_| EXPECTED),
            (32, true) => u128::from_str_radix(&digits, 16).map(Self).map_err(|_| EXPECTED),
            _ => Err(EXPECTED),
        }
    }
}

impl fmt::Display for Uuid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(short) = self.as_short() {
            return write!(f, "{short:04x}");
        }
        let all = format!("{:032x}", self.0);
        write!(f, "{}-{}-{}-{}-{}", &all[..8], &all[8..12], &all[12..16], &all[16..20], &all[20..])
    }
}

impl fmt::Debug for Uuid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_short_and_long_and_written_as_they_are_known() {
        let heart: Uuid = "180D".parse().unwrap();
        assert_eq!(heart, "0000180d-0000-1000-8000-00805f9b34fb".parse().unwrap());
        assert_eq!(heart.to_string(), "180d");
        let polar = "fb005c80-02e7-f387-1cad-8acd2d8df0c8";
        assert_eq!(polar.parse::<Uuid>().unwrap().to_string(), polar);
        for wrong in ["", "18", "180g", "18-0d-00", "é80d"] {
            assert!(wrong.parse::<Uuid>().is_err(), "{wrong}");
        }
    }
}
