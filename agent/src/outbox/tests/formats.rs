//! Outboxes that earlier versions have left on disks, and one that a later version may.

use std::fs;
use std::path::{Path, PathBuf};

use attune_protocol::record::Gap;

use super::damage::copy;
use super::*;

/// First window of the fixture: 2026-01-05T09:00:00Z.
const FIRST: u32 = 176_760_360;

/// A copy of the outbox that the first version has left.
fn first() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures/first-outbox/outbox");
    let place = folder.path().join("outbox");
    copy(&fixture, &place);
    (folder, place)
}

#[test]
fn an_outbox_of_the_first_format_is_taken_over_with_all_that_it_holds_and_goes_on() {
    let (folder, _) = first();
    let outbox = open(folder.path(), WIDE);
    let items = all(&outbox);
    let expected: Vec<u32> = (0..30).flat_map(|n| [FIRST + n, FIRST + n]).collect();
    assert_eq!(windows(&items), expected);
    let records: Vec<Record> = items.iter().filter_map(|item| Record::decode(&item.bytes).ok()).collect();
    let unworn: Vec<&Record> = records.iter().filter(|record| record.coverage.gap == Some(Gap::NotWorn)).collect();
    assert_eq!(unworn.len(), 6);
    assert!(unworn.iter().all(|record| record.modality() == Modality::Heart && record.features.is_empty()));
    let consents: Vec<Consent> = items.iter().filter_map(|item| Consent::decode(&item.bytes).ok()).collect();
    assert_eq!(consents.iter().map(|c| (c.version, c.granted)).collect::<Vec<_>>(), [(1, true), (2, true)]);
    assert_eq!(outbox.note("made-up"), Some(29_u32.to_be_bytes().to_vec()));
    assert_eq!((outbox.turns()[0].reason, outbox.turns()[0].carried), (Reason::Older, 62));
    assert_eq!((outbox.totals().lost, outbox.totals().damaged), (0, 0));
    outbox.append(&[features(FIRST + 30)], &[], NOW).unwrap();
    drop(outbox);
    let outbox = open(folder.path(), WIDE);
    assert_eq!((outbox.totals().items, outbox.turns().len()), (63, 1), "the next start finds the newest format");
}

#[test]
fn a_check_of_the_first_format_says_so_changes_nothing_and_a_repair_takes_it_over() {
    let (folder, place) = first();
    let before = fs::read(place.join("db")).unwrap();
    let report = check(&place, SealKey::from_secret([9; 32]), 1, WIDE).unwrap().expect("an outbox");
    assert_eq!((report.format, report.newest_format, &report.damage), (1, 4, &None));
    let waiting: Vec<(Modality, u64)> = report.waiting.iter().map(|of| (of.modality, of.records)).collect();
    assert_eq!((waiting, report.told), (vec![(Modality::Motion, 30), (Modality::Heart, 30)], 2));
    assert_eq!(report.waiting[0].first.to_string(), "2026-01-05T09:00:00Z");
    assert_eq!(fs::read(place.join("db")).unwrap(), before);
    assert!(!folder.path().join("outbox.lock").exists(), "not even a lock was made");

    let repaired = repair(&place, SealKey::from_secret([9; 32]), 1, NOW).unwrap().expect("it was taken over");
    assert_eq!((repaired.carried, repaired.lost, repaired.aside_bytes), (62, 0, 0));
    assert!(!folder.path().join("outbox.damaged").exists(), "its key is the device's own: nothing of it stays");
    assert_eq!(repair(&place, SealKey::from_secret([9; 32]), 1, NOW).unwrap(), None);
    assert_eq!(windows(&all(&open(folder.path(), WIDE))).len(), 60);
}

#[test]
fn an_outbox_of_a_later_version_is_refused_and_left_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    open(folder.path(), WIDE).append(&[features(1)], &[], NOW).unwrap();
    let place = folder.path().join("outbox");
    let mark = |mark: &[u8; 4]| {
        for name in ["ledger.1", "ledger.2"] {
            let mut bytes = fs::read(place.join(name)).unwrap();
            bytes[..4].copy_from_slice(mark);
            fs::write(place.join(name), bytes).unwrap();
        }
    };
    mark(b"ATo4");
    let key = || SealKey::from_secret([9; 32]);
    let before = fs::read(place.join("db")).unwrap();
    let problems = [
        Outbox::open(&place, key(), 1, WIDE, NOW).unwrap_err().to_string(),
        check(&place, key(), 1, WIDE).unwrap_err().to_string(),
        repair(&place, key(), 1, NOW).unwrap_err().to_string(),
    ];
    assert!(problems.iter().all(|problem| problem.contains("a later version of this program")), "{problems:?}");
    assert_eq!(fs::read(place.join("db")).unwrap(), before);
    mark(b"ATo3");
    assert_eq!(windows(&all(&open(folder.path(), WIDE))), [1]);
}
