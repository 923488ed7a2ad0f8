//! What has left the outbox cannot be opened any more with anything that lies on the device.

use std::cell::RefCell;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use super::super::entry;
use super::super::ledger::{Found, Ledger};
use super::*;

/// Every key that the files of an outbox give to who holds the device's own, also from bytes behind their ends.
fn keys(folder: &Path) -> Vec<SealKey> {
    let device = Arc::new(SealKey::from_secret([9; 32]));
    let Found::Whole(read) = Ledger::read(&folder.join("outbox"), &device).unwrap() else { panic!("a ledger") };
    let keys = RefCell::new(vec![SealKey::from_secret([9; 32])]);
    for seq in 0..10_000 {
        let note = |key: Option<&SealKey>| -> Option<()> {
            keys.borrow_mut().extend(key.map(|key| SealKey::from_secret(*key.secret())));
            None
        };
        assert_eq!(read.ledger.open_item(seq, note), None);
    }
    keys.into_inner()
}

/// How many of some entries lie in sled's files and open with any key that is there.
fn open_entries(folder: &Path, outbox: &Outbox, entries: &[(Seq, Vec<u8>)]) -> usize {
    let (keys, files) = (keys(folder), fs::read(folder.join("outbox/db")).unwrap());
    let device = SealKey::from_secret([9; 32]);
    let lies_there = |entry: &[u8]| files.windows(entry.len()).any(|bytes| bytes == entry);
    let opens = |seq: Seq, entry: &[u8]| {
        keys.iter().any(|key| entry::open(Some(key), &device, outbox.epoch(), seq, entry).is_some())
    };
    entries.iter().filter(|(seq, entry)| lies_there(entry) && opens(*seq, entry)).count()
}

fn entries(outbox: &Outbox) -> Vec<(Seq, Vec<u8>)> {
    let waiting = outbox.waiting();
    outbox.with_store(|store| waiting.into_iter().map(|seq| (seq, store.stored(seq))).collect())
}

#[test]
fn what_was_acknowledged_opens_no_more_whatever_sled_still_has_of_it() {
    let folder = tempfile::tempdir().unwrap();
    let outbox = open(folder.path(), WIDE);
    let place = Note { name: "place", bytes: vec![1] };
    outbox.append(&(0..200).map(features).collect::<Vec<_>>(), &[place], NOW).unwrap();
    let stored = entries(&outbox);
    assert_eq!(open_entries(folder.path(), &outbox, &stored), 200);
    let items = all(&outbox);
    acknowledge(&outbox, &items[..128]);
    assert_eq!(open_entries(folder.path(), &outbox, &stored[..128]), 0, "two spans have left");
    assert_eq!(open_entries(folder.path(), &outbox, &stored[128..]), 72);
    acknowledge(&outbox, &items[128..]);
    assert_eq!(open_entries(folder.path(), &outbox, &stored), 0, "the newest span ends when nothing of it waits");
    drop(outbox);
    let outbox = open(folder.path(), WIDE);
    assert_eq!(open_entries(folder.path(), &outbox, &stored), 0);
    assert_eq!(outbox.note("place"), Some(vec![1]), "what is still needed went over to the new key");
    assert_eq!(outbox.turns().len(), 0);
}

#[test]
fn what_was_removed_with_consent_or_left_behind_in_an_old_epoch_opens_no_more() {
    let folder = tempfile::tempdir().unwrap();
    let outbox = open(folder.path(), WIDE);
    outbox.append(&(0..20).map(features).collect::<Vec<_>>(), &[], NOW).unwrap();
    let stored = entries(&outbox);
    outbox.remove_records(|about| about.modality == Modality::Motion).unwrap();
    assert_eq!(open_entries(folder.path(), &outbox, &stored), 0);
    outbox.append(&[features(20)], &[], NOW).unwrap();
    outbox.begin_epoch(Reason::Taken, NOW).unwrap();
    assert!(folder.path().read_dir().unwrap().all(|file| {
        let name = file.unwrap().file_name();
        name == "outbox" || name == "outbox.lock"
    }));
}

#[test]
fn a_copy_that_was_built_and_never_put_in_its_place_is_gone_with_the_next_start() {
    let folder = tempfile::tempdir().unwrap();
    let outbox = open(folder.path(), WIDE);
    outbox.append(&(0..20).map(features).collect::<Vec<_>>(), &[], NOW).unwrap();
    drop(outbox);
    let place = folder.path().join("outbox");
    let coming = folder.path().join("outbox.new");
    // As a kill leaves it before the first rename of a swap.
    super::damage::copy(&place, &coming);
    let outbox = open(folder.path(), WIDE);
    assert!(!coming.exists());
    assert_eq!(outbox.totals().items, 20);
    drop(outbox);
    super::damage::copy(&place, &coming);
    repair(&place, SealKey::from_secret([9; 32]), 1, NOW).unwrap();
    assert!(!coming.exists());
}

/// Motion and consent by turns, and the entries of motion as they are stored.
fn mixed(outbox: &Outbox) -> Vec<(Seq, Vec<u8>)> {
    let place = Note { name: "place", bytes: vec![1] };
    let drafts: Vec<Draft> = (0..50).flat_map(|n| [features(n), consent(n + 1)]).collect();
    outbox.append(&drafts, &[place], NOW).unwrap();
    entries(outbox).into_iter().filter(|(seq, _)| seq.0 % 2 == 0).collect()
}

#[test]
fn what_leaves_beside_what_stays_opens_no_more_and_what_stays_does() {
    let folder = tempfile::tempdir().unwrap();
    let outbox = open(folder.path(), WIDE);
    let gone = mixed(&outbox);
    assert_eq!(open_entries(folder.path(), &outbox, &gone), 50);
    assert_eq!(outbox.remove_records(|_| true).unwrap(), 50);
    assert_eq!(open_entries(folder.path(), &outbox, &gone), 0);
    // Acknowledged beside what waits on.
    let items = all(&outbox);
    let stored = entries(&outbox);
    acknowledge(&outbox, &items[..10]);
    assert_eq!(open_entries(folder.path(), &outbox, &stored[..10]), 0);
    drop(outbox);
    let outbox = open(folder.path(), WIDE);
    assert_eq!(seqs(&all(&outbox)), seqs(&items[10..]), "under the numbers that they had");
    assert_eq!((outbox.note("place"), outbox.turns().len()), (Some(vec![1]), 0));
}

#[test]
fn new_keys_that_a_crash_cut_short_are_finished_at_the_next_start() {
    let folder = tempfile::tempdir().unwrap();
    let outbox = open(folder.path(), WIDE);
    let gone = mixed(&outbox);
    outbox.with_store(|store| store.fail_flush = true);
    assert!(outbox.remove_records(|_| true).is_err());
    drop(outbox);
    let outbox = open(folder.path(), WIDE);
    assert_eq!(open_entries(folder.path(), &outbox, &gone), 0);
    assert_eq!(seqs(&all(&outbox)), (0..50).map(|n| 2 * n + 1).collect::<Vec<_>>());
    assert_eq!((outbox.note("place"), outbox.turns().len()), (Some(vec![1]), 0));
}

#[test]
fn a_key_that_was_thrown_away_is_in_no_file() {
    let folder = tempfile::tempdir().unwrap();
    let outbox = open(folder.path(), WIDE);
    outbox.append(&(0..130).map(features).collect::<Vec<_>>(), &[], NOW).unwrap();
    let rows: Vec<Vec<u8>> = ledgers(folder.path());
    acknowledge(&outbox, &all(&outbox)[..64]);
    // A row is sealed under a fresh nonce at each writing: no sealed byte range of before may be left, also behind the end.
    for (before, now) in rows.iter().zip(ledgers(folder.path())) {
        let is_left = before[100..].chunks(124).any(|row| now.windows(row.len()).any(|bytes| bytes == row));
        assert!(!is_left);
    }
}

fn ledgers(folder: &Path) -> Vec<Vec<u8>> {
    ["ledger.1", "ledger.2"].map(|name| fs::read(folder.join("outbox").join(name)).unwrap()).to_vec()
}
