//! What becomes of an outbox whose files are damaged, put back from a copy, or of another version.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use attune_protocol::ids::Epoch;

use super::super::entry;
use super::super::store::{EPOCH, NEXT, item_key, note_key};
use super::*;

const FOLDER: &str = "outbox";

pub(super) fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in from.read_dir().unwrap().map(Result::unwrap) {
        let to = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &to);
        } else {
            fs::copy(entry.path(), to).unwrap();
        }
    }
}

pub(super) fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in folder.read_dir().unwrap().map(Result::unwrap) {
        if entry.path().is_dir() { files.extend(self::files(&entry.path())) } else { files.push(entry.path()) }
    }
    files.sort();
    files
}

/// Numbers that look random and are the same in every run.
fn numbers(mut seed: u64) -> impl FnMut() -> u64 {
    move || {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        seed
    }
}

/// Windows 0 to 149, of which 0 to 69 are settled, appended two by two; the note "place" says how many.
fn filled(folder: &Path) -> Outbox {
    let outbox = open(folder, WIDE);
    let append = |windows: std::ops::Range<u32>| {
        for window in windows.step_by(2) {
            let place = Note { name: "place", bytes: (window + 2).to_be_bytes().to_vec() };
            outbox.append(&[features(window), features(window + 1)], &[place], NOW).unwrap();
        }
    };
    append(0..100);
    assert_eq!(acknowledge(&outbox, &all(&outbox)[..70]), 70);
    append(100..150);
    outbox
}

/// Opens a damaged copy and asserts that every durable record waits or is counted, and nothing that was settled is back.
fn nothing_is_silently_gone(folder: &Path, what: &str) -> Outbox {
    let outbox = Outbox::open(&folder.join(FOLDER), SealKey::from_secret([9; 32]), 1, WIDE, NOW);
    let outbox = outbox.unwrap_or_else(|error| panic!("{what}: {error}"));
    let waiting: BTreeSet<u32> = windows(&all(&outbox)).into_iter().collect();
    let Totals { lost, damaged, .. } = outbox.totals();
    assert!(waiting.iter().all(|window| (70..150).contains(window)), "{what}: {waiting:?}");
    let missing = 80 - waiting.len() as u64;
    assert!(missing <= lost + damaged, "{what}: {missing} are missing, {lost} lost and {damaged} damaged");
    assert!(missing <= 64, "{what}: no flipped bit takes more than a span");
    if missing > 0 {
        let told: u64 = dropped(&all(&outbox)).iter().map(|dropped| u64::from(dropped.count)).sum();
        assert!(told >= missing, "{what}: {missing} are missing and {told} told");
    }
    outbox.append(&[features(150)], &[], NOW).unwrap();
    outbox
}

fn flip_bits(folder: &Path, seed: u64, of_each_file: u64) {
    let mut random = numbers(seed);
    for file in files(&folder.join(FOLDER)) {
        let len = fs::metadata(&file).unwrap().len();
        for _ in 0..of_each_file.min(len) {
            // sled lays its file out in zeros ahead: a flip there is of no one.
            let whole = fs::read(&file).unwrap();
            let place = std::iter::repeat_with(|| (random() % len) as usize).take(64).find(|p| whole[*p] != 0);
            let (Some(place), bit) = (place, random() % 8) else { continue };
            let damaged = tempfile::tempdir().unwrap();
            copy(&folder.join(FOLDER), &damaged.path().join(FOLDER));
            let mut bytes = whole;
            bytes[place] ^= 1 << bit;
            let name = file.strip_prefix(folder).unwrap();
            fs::write(damaged.path().join(name), bytes).unwrap();
            let what = format!("bit {bit} of byte {place} of {}", name.display());
            drop(nothing_is_silently_gone(damaged.path(), &what));
            // A second start finds an outbox in order.
            let outbox = open(damaged.path(), WIDE);
            assert!(windows(&all(&outbox)).contains(&150), "{what}: what came after the damage is there");
            assert!(outbox.turns().len() <= 1, "{what}: {:?}", outbox.turns());
        }
    }
}

#[test]
fn a_flipped_bit_after_a_kill_loses_nothing_in_silence_and_no_start_is_refused() {
    let (folder, killed) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let outbox = filled(folder.path());
    // What the files hold while the store is open is what a kill leaves.
    copy(&folder.path().join(FOLDER), &killed.path().join(FOLDER));
    drop(outbox);
    flip_bits(killed.path(), 7, 20);
}

#[test]
fn a_flipped_bit_after_a_clean_end_loses_nothing_in_silence_and_no_start_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    drop(filled(folder.path()));
    flip_bits(folder.path(), 11, 20);
}

#[test]
fn files_that_are_cut_short_emptied_or_gone_lose_nothing_in_silence() {
    let folder = tempfile::tempdir().unwrap();
    drop(filled(folder.path()));
    for file in files(&folder.path().join(FOLDER)) {
        let name = file.strip_prefix(folder.path()).unwrap();
        for keep in [Some(0.5), Some(0.0), None] {
            let damaged = tempfile::tempdir().unwrap();
            copy(&folder.path().join(FOLDER), &damaged.path().join(FOLDER));
            let target = damaged.path().join(name);
            let bytes = fs::read(&target).unwrap();
            match keep {
                Some(part) => fs::write(&target, &bytes[..(bytes.len() as f64 * part) as usize]).unwrap(),
                None => fs::remove_file(&target).unwrap(),
            }
            let what = format!("{} cut to {keep:?}", name.display());
            let outbox = Outbox::open(&damaged.path().join(FOLDER), SealKey::from_secret([9; 32]), 1, WIDE, NOW);
            let outbox = outbox.unwrap_or_else(|error| panic!("{what}: {error}"));
            let waiting = windows(&all(&outbox)).len() as u64;
            let Totals { lost, damaged, .. } = outbox.totals();
            assert!(waiting + lost + damaged >= 80, "{what}: {waiting} wait, {lost} lost, {damaged} damaged");
        }
    }
}

#[test]
fn without_both_files_of_the_ledger_nothing_opens_and_that_is_counted() {
    let damage_it: [fn(&Path); 2] =
        [|ledger| fs::write(ledger, b"nothing").unwrap(), |ledger| fs::remove_file(ledger).unwrap()];
    for damage_it in damage_it {
        let folder = tempfile::tempdir().unwrap();
        let before = filled(folder.path()).epoch();
        for name in ["ledger.1", "ledger.2"] {
            damage_it(&folder.path().join(FOLDER).join(name));
        }
        let outbox = open(folder.path(), WIDE);
        assert_ne!(outbox.epoch(), before);
        assert_eq!(outbox.turns()[0].reason, Reason::Damaged);
        assert!(windows(&all(&outbox)).is_empty());
        assert!(outbox.totals().damaged >= 80, "{:?}", outbox.totals());
        assert!(dropped(&all(&outbox))[0].count >= 80);
    }
}

#[test]
fn a_sled_that_lost_its_tail_is_replaced_under_a_new_epoch_and_goes_on_where_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let outbox = open(folder.path(), WIDE);
    let append = |windows: std::ops::Range<u32>, place: u8| {
        let note = Note { name: "place", bytes: vec![place] };
        outbox.append(&windows.map(features).collect::<Vec<_>>(), &[note], NOW).unwrap();
    };
    append(0..10, 1);
    let early = folder.path().join("early");
    copy(&folder.path().join(FOLDER), &early);
    append(10..30, 2);
    let before = outbox.epoch();
    drop(outbox);
    for name in ["ledger.1", "ledger.2"] {
        fs::copy(folder.path().join(FOLDER).join(name), early.join(name)).unwrap();
    }
    fs::remove_dir_all(folder.path().join(FOLDER)).unwrap();
    fs::rename(&early, folder.path().join(FOLDER)).unwrap();
    let outbox = open(folder.path(), WIDE);
    assert_ne!(outbox.epoch(), before, "numbers that were given out must not be given out again");
    assert_eq!(windows(&all(&outbox)), (0..10).collect::<Vec<_>>());
    assert_eq!(outbox.totals().lost, 20);
    let told = Dropped { modality: Modality::Motion, first: Window(0), last: Window(29), count: 20 };
    assert_eq!(dropped(&all(&outbox)), [told]);
    let turn = outbox.turns()[0];
    assert_eq!((turn.reason, turn.carried, turn.lost), (Reason::Damaged, 10, 20));
    assert!(folder.path().join("outbox.damaged/db").exists(), "it is set aside");
}

#[test]
fn places_that_the_collector_has_taken_are_left_for_a_new_epoch_with_all_that_waits() {
    let folder = tempfile::tempdir().unwrap();
    let outbox = open(folder.path(), WIDE);
    outbox.append(&[consent(1)], &[], NOW).unwrap();
    assert_eq!(acknowledge(&outbox, &all(&outbox)), 1);
    let place = Note { name: "place", bytes: vec![3] };
    outbox.append(&[features(1), coverage(2), consent(2)], &[place], NOW - 5).unwrap();
    let (before, items) = (outbox.epoch(), all(&outbox));
    outbox.begin_epoch(Reason::Taken, NOW).unwrap();
    assert_ne!(outbox.epoch(), before);
    let carried = all(&outbox);
    assert_eq!(
        carried.iter().map(|item| &item.bytes).collect::<Vec<_>>(),
        items.iter().map(|i| &i.bytes).collect::<Vec<_>>()
    );
    assert_eq!(seqs(&carried), [0, 1, 2]);
    assert_eq!(outbox.note("place"), Some(vec![3]));
    assert_eq!(outbox.consent_told(), 0, "the collector knows no consent of this epoch: the book is told again");
    assert_eq!(acknowledge(&outbox, &items), 0, "the old epoch's digests are of other places");
    drop(outbox);
    let outbox = open(folder.path(), WIDE);
    assert_eq!(windows(&all(&outbox)), [1, 2]);
    assert_eq!(outbox.turns()[0].reason, Reason::Taken);
    assert!(!folder.path().join("outbox.old").exists() && !folder.path().join("outbox.damaged").exists());
}

#[test]
fn a_kill_between_the_tree_and_the_ledger_is_no_damage() {
    let folder = tempfile::tempdir().unwrap();
    let outbox = open(folder.path(), Limits { bytes: 4000, ..WIDE });
    let mut window = 0;
    while outbox.totals().dropped == 0 {
        let ledgers = ["ledger.1", "ledger.2"].map(|name| fs::read(folder.path().join(FOLDER).join(name)).unwrap());
        outbox.append(&[features(window)], &[], NOW).unwrap();
        window += 1;
        if window % 7 != 0 && outbox.totals().dropped == 0 {
            continue;
        }
        let killed = tempfile::tempdir().unwrap();
        copy(&folder.path().join(FOLDER), &killed.path().join(FOLDER));
        for (name, bytes) in ["ledger.1", "ledger.2"].into_iter().zip(ledgers) {
            fs::write(killed.path().join(FOLDER).join(name), bytes).unwrap();
        }
        let again = open(killed.path(), WIDE);
        assert_eq!((again.epoch(), again.turns().len()), (outbox.epoch(), 0));
        assert_eq!(windows(&all(&again)), windows(&all(&outbox)));
        assert_eq!(dropped(&all(&again)), dropped(&all(&outbox)));
    }
}

#[test]
fn a_store_of_version_1_is_taken_over() {
    let folder = tempfile::tempdir().unwrap();
    let (device, epoch) = (SealKey::from_secret([9; 32]), Epoch(77));
    {
        let db = sled::open(folder.path().join(FOLDER)).unwrap();
        db.insert(EPOCH, &epoch.0.to_be_bytes()).unwrap();
        db.insert(NEXT, &2_u64.to_be_bytes()).unwrap();
        for seq in 0..2 {
            let entry = entry::seal_v1(&device, epoch, Seq(seq), NOW, &features(seq as u32));
            db.insert(item_key(seq), entry).unwrap();
        }
        let key = note_key("place");
        db.insert(&key, device.seal(&key, &[8])).unwrap();
        db.flush().unwrap();
    }
    let outbox = open(folder.path(), WIDE);
    assert_eq!(windows(&all(&outbox)), [0, 1]);
    assert_eq!(outbox.note("place"), Some(vec![8]));
    assert_eq!((outbox.turns()[0].reason, outbox.totals().lost), (Reason::Older, 0));
    assert_ne!(outbox.epoch(), epoch);
}

#[test]
fn an_enrolment_begins_an_empty_outbox_only_when_it_is_put_in_place() {
    let folder = tempfile::tempdir().unwrap();
    let key = SealKey::from_secret([9; 32]);
    let place = folder.path().join(FOLDER);
    let outbox = open(folder.path(), WIDE);
    outbox.append(&[features(1)], &[], NOW).unwrap();
    assert!(matches!(Prepared::begin(&place, &key, 2), Err(AgentError::OutboxInUse(_))));
    drop(outbox);
    assert_eq!(waiting_in(&place, &key).unwrap(), Some(1));
    // As a crash leaves it between the two renames of a swap.
    let cut_short = tempfile::tempdir().unwrap();
    for name in ["outbox.new", "outbox.old"] {
        copy(&place, &cut_short.path().join(name));
    }
    let there = cut_short.path().join(FOLDER);
    assert!(is_there(&there) && !is_there(&folder.path().join("none")));
    assert_eq!(waiting_in(&there, &key).unwrap(), Some(1));
    drop(Prepared::begin(&place, &key, 2).unwrap());
    assert_eq!(windows(&all(&open(folder.path(), WIDE))), [1], "the collector refused");
    let prepared = Prepared::begin(&place, &key, 2).unwrap();
    let epoch = prepared.epoch();
    prepared.put().unwrap();
    let outbox = Outbox::open(&place, SealKey::from_secret([9; 32]), 2, WIDE, NOW).unwrap();
    assert_eq!((outbox.epoch(), outbox.enrolment(), outbox.totals().items), (epoch, 2, 0));
}

#[test]
fn what_waited_under_another_enrolment_is_never_sent_under_this_one() {
    let folder = tempfile::tempdir().unwrap();
    open(folder.path(), WIDE).append(&[features(1)], &[], NOW).unwrap();
    let outbox = Outbox::open(&folder.path().join(FOLDER), SealKey::from_secret([9; 32]), 2, WIDE, NOW).unwrap();
    assert_eq!((outbox.enrolment(), outbox.totals().items), (2, 0));
}
