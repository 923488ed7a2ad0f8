//! What lies in the memory of a process, looked up as whoever may look into it would.

use std::collections::{HashMap, HashSet};
use std::fs::{File, read_to_string};
use std::os::unix::fs::FileExt as _;

/// Bytes of a sample.
const LENGTH: usize = 32;
/// Bytes that are read at a time.
const PIECE: usize = 1 << 20;

/// At most so many pieces of content, all over it, that are not found by chance: each has many different bytes.
#[must_use]
pub fn samples(content: &[u8], most: usize) -> Vec<Vec<u8>> {
    let step = (content.len() / most).max(LENGTH);
    let pieces = content.windows(LENGTH).step_by(step);
    let telling = |piece: &&[u8]| beginning(piece) != 0 && piece.iter().collect::<HashSet<_>>().len() > LENGTH / 3;
    pieces.filter(telling).map(<[u8]>::to_vec).collect()
}

/// How many of the samples lie anywhere in what a process can write to; none where the system does not let us look.
///
/// # Panics
/// When the process has ended.
#[must_use]
pub fn found(process: u32, samples: &[Vec<u8>]) -> Option<usize> {
    let memory = File::open(format!("/proc/{process}/mem")).ok()?;
    let maps = read_to_string(format!("/proc/{process}/maps")).expect("the process runs");
    let mut by_beginning: HashMap<u64, Vec<usize>> = HashMap::new();
    let mut likely = vec![false; 1 << 16];
    for (place, sample) in samples.iter().enumerate() {
        by_beginning.entry(beginning(sample)).or_default().push(place);
        likely[slot(beginning(sample))] = true;
    }
    let mut found = vec![false; samples.len()];
    let mut buffer = vec![0; PIECE + LENGTH];
    for (start, end) in maps.lines().filter_map(writable) {
        let mut at = start;
        while at < end {
            let wanted = usize::try_from(end - at).unwrap_or(usize::MAX).min(buffer.len());
            // What was given back to the system meanwhile is none of the process's.
            let Ok(read) = memory.read_at(&mut buffer[..wanted], at) else { break };
            for place in 0..read.saturating_sub(LENGTH - 1) {
                let bytes = &buffer[place..];
                let key = beginning(bytes);
                // Most of it is empty.
                if key != 0 && likely[slot(key)] {
                    let those = by_beginning.get(&key).into_iter().flatten();
                    those.for_each(|sample| found[*sample] |= bytes.starts_with(&samples[*sample]));
                }
            }
            at += PIECE as u64;
        }
    }
    Some(found.into_iter().filter(|found| *found).count())
}

fn beginning(bytes: &[u8]) -> u64 {
    u64::from_le_bytes(bytes[..8].try_into().expect("eight bytes"))
}

/// One of 65,536, by all bits (Knuth's multiplicative hashing).
fn slot(beginning: u64) -> usize {
    usize::from((beginning.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 48) as u16)
}

/// First and last address of a line of `maps` that is writable memory.
fn writable(line: &str) -> Option<(u64, u64)> {
    let (range, rest) = line.split_once(' ')?;
    let (start, end) = range.split_once('-')?;
    let address = |text| u64::from_str_radix(text, 16).ok();
    rest.starts_with("rw").then_some((address(start)?, address(end)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lies_in_memory_is_found_and_what_does_not_is_not() {
        let held: Vec<u8> = (0..10_000_u32).flat_map(|n| n.wrapping_mul(2_654_435_761).to_be_bytes()).collect();
        let found_in_own = |samples: &[Vec<u8>]| found(std::process::id(), samples).expect("our own memory");
        let there = samples(&held, 100);
        assert_eq!(found_in_own(&there), there.len());
        assert!(there.len() >= 90);
    }
}
