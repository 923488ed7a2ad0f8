//! The short form of fuzzing, for the tests of each crate that has targets: every seed and every found case goes through its
//! target, and then some thousands of them that were changed at random. What is drawn comes from `ATTUNE_SEED`, and
//! `ATTUNE_TRIALS=N` changes N times as many.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

/// What was used where none is given.
const SEED: u64 = 20_260_105;
/// Numbers at which readers go wrong: as lengths, counts and times.
const ODD: [u64; 12] = [0, 1, 2, 0x7f, 0x80, 0xff, 0x7fff, 0xffff, 0x7fff_ffff, 0xffff_ffff, i64::MAX as u64, u64::MAX];
/// The most bytes of a changed input.
const LONGEST: usize = 1 << 16;

/// Runs the inputs of a target through it, and so many that were changed.
pub(crate) fn run(name: &str, target: fn(&[u8]), changed: usize) {
    let inputs = inputs(name);
    for (path, bytes) in &inputs {
        assert!(passes(target, bytes), "{name} fails for {}", path.display());
    }
    let seed = set("ATTUNE_SEED").unwrap_or(SEED);
    let mut random = fastrand::Rng::with_seed(seed);
    let times = set("ATTUNE_TRIALS").and_then(|times| usize::try_from(times).ok()).unwrap_or(1).max(1);
    for number in 0..changed.saturating_mul(times) {
        let (path, from) = &inputs[random.usize(..inputs.len())];
        let (_, other) = &inputs[random.usize(..inputs.len())];
        let bytes = change(from, other, &mut random);
        if !passes(target, &bytes) {
            let failed = std::env::temp_dir().join(format!("attune-fuzz-{name}-{seed}-{number}"));
            keep(&failed, &bytes);
            let from = path.display();
            panic!("{name} fails with ATTUNE_SEED={seed} for {}, which was made of {from}", failed.display());
        }
    }
}

/// What is committed: seeds, and what was found once.
fn inputs(name: &str) -> Vec<(PathBuf, Vec<u8>)> {
    let mut folders = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().map(|folder| folder.join("tests/fuzz"));
    let root = folders.find(|folder| folder.is_dir()).expect("below the repository");
    let mut paths = Vec::new();
    for folder in ["seeds", "found"].map(|kind| root.join(kind).join(name)) {
        // Of most targets nothing was found.
        let files = std::fs::read_dir(&folder).into_iter().flatten();
        paths.extend(files.map(|file| file.expect("an entry").path()));
    }
    // In an order that is no machine's own: what is drawn depends on it.
    paths.sort();
    assert!(!paths.is_empty(), "{name} has seeds");
    let read = |path: PathBuf| {
        let bytes = std::fs::read(&path).expect("an input that reads");
        (path, bytes)
    };
    paths.into_iter().map(read).collect()
}

#[allow(clippy::disallowed_methods, reason = "it was made up, and is nobody's sample")]
fn keep(failed: &Path, bytes: &[u8]) {
    std::fs::write(failed, bytes).expect("written");
}

fn passes(target: fn(&[u8]), bytes: &[u8]) -> bool {
    catch_unwind(AssertUnwindSafe(|| target(bytes))).is_ok()
}

fn set(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

/// Changes an input in one to four places; `other` is one from which something may be taken.
fn change(from: &[u8], other: &[u8], random: &mut fastrand::Rng) -> Vec<u8> {
    let mut bytes = from.to_vec();
    for _ in 0..random.usize(1..=4) {
        let at = random.usize(..=bytes.len());
        let end = bytes.len().min(at + random.usize(1..=16));
        match random.u8(..9) {
            0 if at < bytes.len() => bytes[at] ^= 1 << random.u8(..8),
            1 if at < bytes.len() => bytes[at] = random.u8(..),
            2 => bytes.truncate(at),
            3 => drop(bytes.drain(at..end)),
            4 => drop(bytes.splice(at..at, bytes[at..end].to_vec())),
            5 => drop(bytes.splice(at..at, (0..random.usize(1..=8)).map(|_| random.u8(..)).collect::<Vec<_>>())),
            6 => overwrite(&mut bytes, at, random),
            // A number as it stands in text.
            7 => drop(bytes.splice(at..end, ODD[random.usize(..ODD.len())].to_string().into_bytes())),
            _ if !other.is_empty() => {
                let begin = random.usize(..other.len());
                let piece = &other[begin..other.len().min(begin + random.usize(1..=256))];
                drop(bytes.splice(at..end, piece.to_vec()));
            }
            _ => {}
        }
    }
    bytes.truncate(LONGEST);
    bytes
}

/// Puts a number of one, two, four or eight bytes over what stands at a place, either end first.
fn overwrite(bytes: &mut [u8], at: usize, random: &mut fastrand::Rng) {
    let number = ODD[random.usize(..ODD.len())];
    let width = 1 << random.usize(..4);
    let little = number.to_le_bytes();
    let mut number = little[..width].to_vec();
    if random.bool() {
        number.reverse();
    }
    for (to, byte) in bytes.iter_mut().skip(at).zip(number) {
        *to = byte;
    }
}
