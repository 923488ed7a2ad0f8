//! Whatever is done to a file, it has a clear answer, and rows come only out of what was read.

use super::super::{Answers, Outcome};
use super::{bytes_of, names, numbered};

/// Numbers that look like chance and are the same each time (Steele, Lea and Flood 2014, splitmix).
pub(super) struct Chance(pub(super) u64);

impl Chance {
    pub(super) fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) % end.max(1) as u64).expect("less than a length")
    }
}

fn is_answered(name: &str, bytes: &[u8]) {
    let (reading, rows) = numbered(None, name, bytes, &Answers::default());
    if reading.outcome != Outcome::Read {
        assert_eq!(rows.len(), 0, "{name}: rows without a reading");
    }
    assert_eq!(reading.report.rows_read, rows.len() as u64, "{name}");
}

#[test]
fn a_file_that_is_cut_anywhere_is_answered() {
    for name in names() {
        let bytes = bytes_of(&name);
        for eighths in 0..8 {
            is_answered(&name, &bytes[..bytes.len() * eighths / 8]);
        }
    }
}

#[test]
fn a_file_with_bytes_that_were_changed_is_answered() {
    let mut chance = Chance(1);
    for name in names() {
        let whole = bytes_of(&name);
        for _ in 0..10 {
            let mut bytes = whole.clone();
            for _ in 0..1 + chance.below(8) {
                if bytes.is_empty() {
                    continue;
                }
                let at = chance.below(bytes.len());
                match chance.below(3) {
                    0 => bytes[at] = u8::try_from(chance.below(256)).expect("a byte"),
                    1 => {
                        bytes.remove(at);
                    }
                    _ => bytes.insert(at, b"\"\0;,\r\n\xff="[chance.below(8)]),
                }
            }
            is_answered(&name, &bytes);
        }
    }
}

#[test]
fn bytes_of_no_table_are_refused() {
    let binary: [&[u8]; 5] = [b"%PDF-1.7 and so on", b"\x89PNG\r\n", b"\x1f\x8b\x08", b"PAR1", b"a\0b\0\0c,d"];
    for bytes in binary {
        let (reading, _) = numbered(None, "activity.csv", bytes, &Answers::default());
        assert!(matches!(reading.outcome, Outcome::Refused(_)), "{bytes:?}: {:?}", reading.outcome);
    }
}
