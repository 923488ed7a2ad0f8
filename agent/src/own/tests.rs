use std::path::Path;
use std::sync::Arc;

use attune_protocol::batch::{Batch, Item};
use attune_protocol::features::Features;
use attune_protocol::ids::{DeviceId, Epoch, Seq};
use attune_protocol::record::{Coverage, Record};
use attune_protocol::registry::{Modality, face, heart};
use attune_protocol::seal::SealKey;
use attune_protocol::window::Window;

use super::{Between, Limits, Own, Sent};

const WIDE: Limits = Limits { days: 14, bytes: 1 << 20 };
/// The first window of a day.
const MORNING: u32 = 20_000 * 8640;

fn device() -> Arc<SealKey> {
    Arc::new(SealKey::from_secret([7; 32]))
}

fn open(folder: &Path, limits: Limits) -> Own {
    let own = Own::open(&folder.join("own"), device(), limits).unwrap();
    own.permit([true; Modality::ALL.len()]).unwrap();
    own
}

fn record(modality: Modality, window: u32) -> Record {
    let mut features = Features::new(modality);
    match modality {
        Modality::Face => features.set(face::VALENCE, 0.5),
        _ => features.set(heart::MEAN_HR, 60.0),
    }
    let coverage = Coverage { expected: 10, received: 8, last_60_s: 0.5, last_300_s: 0.5, gap: None };
    Record::new(Window(window), 1.0, coverage, features)
}

fn sent(records: &[Record], at: u32) -> Sent {
    let items = records.iter().enumerate().map(|(seq, record)| Item { seq: Seq(seq as u64), bytes: record.encode() });
    let sent_at_millis = Window(at).start_millis();
    let batch =
        Batch { device: DeviceId([1; 16]), epoch: Epoch(1), enrolment: 1, sent_at_millis, items: items.collect() };
    Sent::of(&batch, b"what went over the wire".to_vec())
}

fn windows(own: &Own) -> Vec<(Modality, u32)> {
    let records = own.records(Between::ALL).unwrap();
    records.iter().map(|record| (record.modality(), record.window.0 - MORNING)).collect()
}

/// Whether any file below a folder holds these bytes.
fn holds(folder: &Path, wanted: &[u8]) -> bool {
    std::fs::read_dir(folder).unwrap().any(|entry| {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap();
        bytes.windows(wanted.len()).any(|here| here == wanted)
    })
}

#[test]
fn what_is_kept_is_there_at_the_next_start_and_stands_nowhere_in_clear() {
    let folder = tempfile::tempdir().unwrap();
    let kept = [record(Modality::Face, MORNING), record(Modality::Heart, MORNING + 1)];
    let own = open(folder.path(), WIDE);
    own.keep(kept.clone());
    own.keep_sent(sent(&kept, MORNING + 2));
    drop(own);
    let own = open(folder.path(), WIDE);
    assert_eq!(windows(&own), [(Modality::Face, 0), (Modality::Heart, 1)]);
    let last = own.sent(0, 10).unwrap().remove(0);
    assert_eq!(last.records().collect::<Vec<_>>(), [(Modality::Face, 1), (Modality::Heart, 1)]);
    assert_eq!(
        (last.bytes.as_slice(), last.first, last.last),
        (b"what went over the wire".as_slice(), kept[0].window, kept[1].window)
    );
    assert!(own.sent(1, 10).unwrap().is_empty());
    assert!(!holds(&folder.path().join("own"), b"over the wire"));
    let records = own.records(Between::ALL).unwrap();
    assert_eq!(records[0].features.get(face::VALENCE).map(|v| (v * 10.0).round()), Some(5.0), "ungated");
    let other = Own::look(&folder.path().join("own"), Arc::new(SealKey::from_secret([8; 32])), WIDE).unwrap();
    assert!(other.records(Between::ALL).unwrap().is_empty(), "another key opens nothing");
}

#[test]
fn of_a_modality_that_is_not_kept_for_oneself_nothing_is_and_what_was_is_gone() {
    let folder = tempfile::tempdir().unwrap();
    let own = open(folder.path(), WIDE);
    let kept = [record(Modality::Face, MORNING), record(Modality::Heart, MORNING)];
    own.keep(kept.clone());
    own.keep_sent(sent(&kept, MORNING + 1));
    own.keep_sent(sent(&kept[1..], MORNING + 2));
    let face = folder.path().join("own/20000-face");
    let open_before = std::fs::File::open(&face).unwrap();
    let mut views = [true; Modality::ALL.len()];
    views[usize::from(Modality::Face.number())] = false;
    own.permit(views).unwrap();
    own.keep([record(Modality::Face, MORNING + 3)]);
    own.keep_sent(sent(&kept, MORNING + 4));
    assert_eq!(windows(&own), [(Modality::Heart, 0)]);
    let sent = own.sent(0, 10).unwrap();
    assert_eq!(sent.iter().map(|sent| sent.bytes.is_empty()).collect::<Vec<_>>(), [true, false, true]);
    assert!(sent.iter().all(|sent| sent.len == 23), "that it was sent stays");
    assert!(!face.exists());
    let mut left = Vec::new();
    std::io::Read::read_to_end(&mut &open_before, &mut left).unwrap();
    assert!(!left.is_empty() && left.iter().all(|byte| *byte == 0), "who still has the file open reads zeros");
    drop(own);
    let again = open(folder.path(), WIDE);
    assert_eq!(again.sent(0, 10).unwrap().iter().filter(|sent| !sent.bytes.is_empty()).count(), 1);
}

#[test]
fn forgetting_leaves_no_byte_that_opens_of_a_stretch_and_all_that_lies_beside_it() {
    let folder = tempfile::tempdir().unwrap();
    let own = open(folder.path(), WIDE);
    let kept: Vec<Record> = (0..10).map(|n| record(Modality::Heart, MORNING + n)).collect();
    own.keep(kept.clone());
    own.keep_sent(sent(&kept[..4], MORNING + 4));
    own.keep_sent(sent(&kept[4..8], MORNING + 8));
    let path = folder.path().join("own/20000-heart");
    let before = std::fs::read(&path).unwrap();
    let open_before = std::fs::File::open(&path).unwrap();
    let between = Between { from: kept[2].window.start_millis(), until: kept[4].window.start_millis() };
    assert_eq!(own.forget(between).unwrap(), 3, "two records and a batch");
    assert_eq!(windows(&own).iter().map(|(_, window)| *window).collect::<Vec<_>>(), [0, 1, 4, 5, 6, 7, 8, 9]);
    assert_eq!(own.sent(0, 10).unwrap().len(), 1);
    let mut left = Vec::new();
    std::io::Read::read_to_end(&mut &open_before, &mut left).unwrap();
    assert!(left.iter().all(|byte| *byte == 0));
    // The old bytes in the new place open no more: their key is gone.
    let new = std::fs::read(&path).unwrap();
    std::fs::write(&path, [&new[..64], &before[64..]].concat()).unwrap();
    let look = || Own::look(&folder.path().join("own"), device(), WIDE).unwrap();
    assert!(look().records(Between::ALL).unwrap().is_empty());
    std::fs::write(&path, &new).unwrap();
    assert_eq!(look().records(Between::ALL).unwrap().len(), 8);
    // What is kept from now on is readable beside what stayed.
    own.keep([record(Modality::Heart, MORNING + 20)]);
    assert_eq!(windows(&own).len(), 9);
    own.forget(Between::ALL).unwrap();
    assert_eq!(std::fs::read_dir(folder.path().join("own")).unwrap().count(), 0);
}

#[test]
fn a_rewriting_that_a_kill_cut_short_is_ended_or_undone() {
    let folder = tempfile::tempdir().unwrap();
    let own = open(folder.path(), WIDE);
    own.keep([record(Modality::Heart, MORNING)]);
    drop(own);
    let path = folder.path().join("own/20000-heart");
    let beside = |ending: &str| crate::files::beside(&path, ending);
    std::fs::copy(&path, beside(".next")).unwrap();
    std::fs::copy(&path, beside(".new")).unwrap();
    assert_eq!(windows(&open(folder.path(), WIDE)), [(Modality::Heart, 0)]);
    std::fs::rename(&path, beside(".gone")).unwrap();
    std::fs::copy(beside(".gone"), beside(".next")).unwrap();
    assert_eq!(windows(&open(folder.path(), WIDE)), [(Modality::Heart, 0)]);
    assert_eq!(std::fs::read_dir(folder.path().join("own")).unwrap().count(), 1);
}

#[test]
fn the_oldest_days_go_when_there_are_too_many_or_too_much_and_no_clock_decides_it() {
    let folder = tempfile::tempdir().unwrap();
    let own = open(folder.path(), Limits { days: 3, ..WIDE });
    let day = |n: u32| record(Modality::Heart, MORNING + n * 8640);
    (1..=3).for_each(|n| own.keep([day(n)]));
    own.keep([day(0)]);
    assert_eq!(windows(&own).len(), 3, "a day older than all takes nobody's place");
    own.keep([day(400)]);
    let left: Vec<u32> = windows(&own).iter().map(|(_, window)| window / 8640).collect();
    assert_eq!(left, [2, 3, 400], "a clock that leapt costs one day");
    drop(own);

    let own = open(folder.path(), Limits { days: 3, bytes: 2000 });
    (0..100).for_each(|n| own.keep([record(Modality::Heart, MORNING + 401 * 8640 + n)]));
    let totals = own.totals();
    assert!(totals.days == 1 && totals.bytes <= 2000 && windows(&own).len() > 5, "{totals:?}");
    let nothing = open(&folder.path().join("other"), Limits { days: 0, ..WIDE });
    nothing.keep([day(1)]);
    assert_eq!(nothing.totals(), super::Totals::default());
}

#[test]
fn what_does_not_open_costs_itself_and_what_could_not_be_written_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let own = open(folder.path(), WIDE);
    (0..5).for_each(|n| own.keep([record(Modality::Heart, MORNING + n)]));
    let path = folder.path().join("own/20000-heart");
    let mut bytes = std::fs::read(&path).unwrap();
    let each = (bytes.len() - 64) / 5;
    bytes[64 + each + 5] ^= 1; // the length of the second
    bytes[64 + 3 * each + 20] ^= 1; // within the fourth
    bytes.truncate(bytes.len() - 3); // the last is cut short
    std::fs::write(&path, &bytes).unwrap();
    drop(own);
    let own = open(folder.path(), WIDE);
    assert_eq!(windows(&own).iter().map(|(_, window)| *window).collect::<Vec<_>>(), [0, 2]);
    own.keep([record(Modality::Heart, MORNING + 9)]);
    assert_eq!(windows(&own).len(), 3, "and what is written behind it reads");
    // A file lies where its folder should: nothing can be kept, and nothing but that is lost.
    let blocked = Own::open(&folder.path().join("blocked"), device(), WIDE).unwrap();
    std::fs::write(folder.path().join("blocked"), "").unwrap();
    blocked.permit([true; Modality::ALL.len()]).unwrap();
    blocked.keep([record(Modality::Face, MORNING)]);
    blocked.keep_sent(sent(&[], MORNING));
    assert_eq!(blocked.totals(), super::Totals::default());
    std::fs::remove_file(folder.path().join("blocked")).unwrap();
    blocked.keep([record(Modality::Face, MORNING)]);
    assert_eq!(windows(&blocked), [(Modality::Face, 0)], "and once there is room it goes on");
}

#[test]
fn behind_the_last_batch_there_is_none_however_far() {
    let folder = tempfile::tempdir().unwrap();
    let own = open(folder.path(), WIDE);
    own.keep_sent(sent(&[record(Modality::Face, MORNING)], MORNING));
    assert_eq!(own.sent(0, 20).unwrap().len(), 1);
    for skip in [1, usize::MAX] {
        assert!(own.sent(skip, 20).unwrap().is_empty(), "{skip}");
    }
}
