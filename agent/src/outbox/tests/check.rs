//! What a check says of an outbox that is whole, or damaged, and what a repair makes of it.

use std::fs;
use std::path::Path;

use super::damage::{copy, files};
use super::*;

fn key() -> SealKey {
    SealKey::from_secret([9; 32])
}

fn bytes_of_all(folder: &Path) -> Vec<(std::path::PathBuf, Vec<u8>)> {
    files(folder).into_iter().map(|file| (file.clone(), fs::read(file).unwrap())).collect()
}

#[test]
fn of_one_that_is_whole_it_says_what_waits_of_what_and_what_left_and_why() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("outbox");
    assert_eq!(check(&place, key(), 1, WIDE).unwrap(), None, "nothing was kept yet");
    let limits = Limits { bytes: 2000, age_millis: 1000 };
    let outbox = open(folder.path(), limits);
    outbox.append(&[features(0), features(1)], &[], NOW).unwrap();
    outbox.tend(NOW + 1001).unwrap();
    for window in 2..40 {
        outbox.append(&[features(window)], &[], NOW + 1500).unwrap();
    }
    outbox.append(&[consent(1)], &[], NOW + 1500).unwrap();
    let (waiting, totals, epoch) = (windows(&all(&outbox)), outbox.totals(), outbox.epoch());
    assert!(matches!(check(&place, key(), 1, limits), Err(AgentError::OutboxInUse(_))), "it is in use");
    drop(outbox);
    let before = bytes_of_all(folder.path());
    let report = check(&place, key(), 1, limits).unwrap().expect("an outbox");
    assert_eq!(bytes_of_all(folder.path()), before, "nothing was changed");
    assert_eq!((report.format, report.epoch.as_str()), (4, epoch.0.to_string().as_str()));
    assert_eq!((report.bytes, report.max_bytes, report.is_of_before), (totals.bytes, 2000, false));
    let [of] = &report.waiting[..] else { panic!("{report:?}") };
    assert_eq!((of.modality, of.records), (Modality::Motion, waiting.len() as u64));
    let at = |window: u32| i64::from(window) * 10_000;
    assert_eq!((of.first.as_millisecond(), of.last.as_millisecond()), (at(waiting[0]), at(39)));
    assert_eq!(report.dropped, Left { full: totals.dropped - 2, aged: 2 });
    assert_eq!(
        (totals.aged, u64::from(report.to_be_told[0].records)),
        (2, totals.dropped),
        "both are told in one count"
    );
    assert_eq!((report.damage, report.told), (None, 2));
    assert!(report.disk_bytes > 0 && report.disk_bytes < report.max_disk_bytes);
    let of_before = check(&place, key(), 2, limits).unwrap().expect("an outbox");
    assert!(of_before.is_of_before);
    assert_eq!(open(folder.path(), limits).totals().dropped, totals.dropped, "it is counted since the enrolment");
}

/// An outbox of which the tree has lost the second half.
fn damaged(folder: &Path) {
    let outbox = open(folder, WIDE);
    let append = |windows: std::ops::Range<u32>| {
        let note = Note { name: "place", bytes: vec![7] };
        outbox.append(&windows.map(features).collect::<Vec<_>>(), &[note], NOW).unwrap();
    };
    append(0..10);
    copy(&folder.join("outbox"), &folder.join("early"));
    append(10..30);
    drop(outbox);
    for name in ["ledger.1", "ledger.2"] {
        fs::copy(folder.join("outbox").join(name), folder.join("early").join(name)).unwrap();
    }
    fs::remove_dir_all(folder.join("outbox")).unwrap();
    fs::rename(folder.join("early"), folder.join("outbox")).unwrap();
}

#[test]
fn of_one_that_is_damaged_it_says_what_is_gone_and_a_repair_carries_the_rest_and_tells_it() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("outbox");
    damaged(folder.path());
    let before = bytes_of_all(folder.path());
    for _ in 0..2 {
        let report = check(&place, key(), 1, WIDE).unwrap().expect("an outbox");
        let damage = report.damage.expect("it is damaged");
        assert_eq!((damage.lost, report.waiting[0].records), (20, 10));
        let [of] = &damage.of[..] else { panic!("{damage:?}") };
        assert_eq!((of.modality, of.records), (Modality::Motion, 20));
        assert_eq!(bytes_of_all(folder.path()), before, "nothing was changed, and it says the same again");
    }
    let repaired = repair(&place, key(), 1, NOW).unwrap().expect("it was repaired");
    assert_eq!((repaired.carried, repaired.lost), (10, 20));
    assert!(repaired.aside_bytes > 0 && !folder.path().join("outbox.damaged/ledger.1").exists(), "without its keys");
    let report = check(&place, key(), 1, WIDE).unwrap().expect("an outbox");
    assert_eq!((report.damage, report.lost_before, report.turns.len()), (None, 20, 1));
    assert_eq!((report.to_be_told[0].records, report.aside_bytes), (20, repaired.aside_bytes));
    assert_eq!(repair(&place, key(), 1, NOW).unwrap(), None, "nothing is to be repaired any more");
    let outbox = open(folder.path(), WIDE);
    assert_eq!((windows(&all(&outbox)), outbox.note("place")), ((0..10).collect(), Some(vec![7])));
    assert_eq!(dropped(&all(&outbox))[0].count, 20);
}

#[test]
fn of_one_whose_ledger_is_gone_it_says_that_it_is_damaged_and_a_repair_sets_it_aside() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("outbox");
    open(folder.path(), WIDE).append(&(0..10).map(features).collect::<Vec<_>>(), &[], NOW).unwrap();
    for name in ["ledger.1", "ledger.2"] {
        fs::remove_file(place.join(name)).unwrap();
    }
    let report = check(&place, key(), 1, WIDE).unwrap().expect("an outbox");
    assert!(report.damage.is_some_and(|damage| damage.of[0].records >= 10));
    assert_eq!(report.format, report.newest_format);
    let repaired = repair(&place, key(), 1, NOW).unwrap().expect("it was repaired");
    assert_eq!(repaired.carried, 0);
    assert!(repaired.aside_bytes > 0 && folder.path().join("outbox.damaged").exists());
    assert_eq!(check(&place, key(), 1, WIDE).unwrap().expect("an outbox").damage, None);
}

#[test]
fn a_repair_refuses_what_an_agent_uses_and_what_is_of_another_enrolment() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("outbox");
    let outbox = open(folder.path(), WIDE);
    assert!(matches!(repair(&place, key(), 1, NOW), Err(AgentError::OutboxInUse(_))));
    drop(outbox);
    damaged(folder.path());
    let before = bytes_of_all(&place);
    assert!(repair(&place, key(), 2, NOW).unwrap_err().to_string().contains("an enrolment before"));
    assert_eq!(bytes_of_all(&place), before);
}

#[test]
fn what_was_set_aside_goes_after_fourteen_days() {
    let folder = tempfile::tempdir().unwrap();
    damaged(folder.path());
    let outbox = open(folder.path(), WIDE);
    let aside = folder.path().join("outbox.damaged");
    outbox.tend(NOW).unwrap();
    assert!(aside.exists());
    let since = std::time::SystemTime::now() - std::time::Duration::from_secs(15 * 86_400);
    fs::File::open(&aside).unwrap().set_modified(since).unwrap();
    outbox.tend(NOW).unwrap();
    assert!(!aside.exists());
}
