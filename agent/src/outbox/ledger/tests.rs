use super::super::entry::{About, Worth};
use super::*;

fn held(modality: Modality, window: u32) -> Held {
    Held { about: About { worth: Worth::Features, modality, window: Window(window) }, kept_at: 0, len: 1 }
}

fn read(folder: &Path, device: &Arc<SealKey>) -> Read {
    match Ledger::read(folder, device).unwrap() {
        Found::Whole(read) => read,
        Found::Damaged | Found::Nothing | Found::Later => panic!("a ledger"),
    }
}

/// The files as a version wrote them that knew fewer modalities: shorter rows behind the older mark.
fn as_of(mark: [u8; 4], modalities: usize, bytes: &[u8], device: &SealKey) -> Vec<u8> {
    let copy = Copy::read(bytes, device).unwrap();
    let head_len = bytes.len() - copy.rows.len();
    let mut older = mark.to_vec();
    older.extend_from_slice(&bytes[MARK.len()..head_len]);
    for (place, sealed) in copy.rows.chunks(ROW_LEN + OVERHEAD).enumerate() {
        let context = row_context(copy.stored.generation, place);
        let plain = device.open(&context, sealed).unwrap();
        older.extend_from_slice(&device.seal(&context, &plain[..row_len(modalities)]));
    }
    older
}

#[test]
fn a_ledger_of_before_messages_were_read_reads_with_all_that_it_held() {
    let (folder, device) = (tempfile::tempdir().unwrap(), Arc::new(SealKey::from_secret([3; 32])));
    let mut ledger = Ledger::begin(folder.path(), device.clone(), Head::begin(Epoch(7), 1));
    let mut index = Index::default();
    ledger.reach(0..2);
    for (seq, modality) in [Modality::Heart, Modality::CheckIn].into_iter().enumerate() {
        index.insert(seq as u64, held(modality, 100 + seq as u32));
    }
    ledger.head.next = 2;
    ledger.write(&index).unwrap();
    let now = read(folder.path(), &device);
    for name in NAMES {
        let path = folder.path().join(name);
        let older = as_of(MARK_OF_FIVE, 5, &std::fs::read(&path).unwrap(), &device);
        std::fs::write(&path, older).unwrap();
    }
    let before = read(folder.path(), &device);
    assert_eq!((before.unknown, before.rows.len(), before.format), (0, 1, 3));
    let counted = |read: &Read| -> Vec<Dropped> { read.rows[&0].records.iter().copied().collect() };
    assert_eq!(counted(&before), counted(&now));
    assert_eq!(counted(&before).len(), 2);

    index.insert(2, held(Modality::Text, 102));
    let mut ledger = before.ledger;
    ledger.head.next = 3;
    ledger.write(&index).unwrap();
    let after = read(folder.path(), &device);
    assert_eq!(after.format, FORMAT);
    assert!(counted(&after).iter().any(|dropped| dropped.modality == Modality::Text && dropped.count == 1));
}

#[test]
fn a_ledger_of_before_there_were_check_ins_reads_with_all_that_it_held() {
    let (folder, device) = (tempfile::tempdir().unwrap(), Arc::new(SealKey::from_secret([3; 32])));
    let mut ledger = Ledger::begin(folder.path(), device.clone(), Head::begin(Epoch(7), 1));
    let mut index = Index::default();
    ledger.reach(0..3);
    for (seq, modality) in [Modality::Face, Modality::Heart, Modality::Heart].into_iter().enumerate() {
        index.insert(seq as u64, held(modality, 100 + seq as u32));
    }
    ledger.head.next = 3;
    ledger.write(&index).unwrap();
    let now = read(folder.path(), &device);
    for name in NAMES {
        let path = folder.path().join(name);
        let older = as_of(MARK_OF_FOUR, 4, &std::fs::read(&path).unwrap(), &device);
        std::fs::write(&path, older).unwrap();
    }
    let before = read(folder.path(), &device);
    assert_eq!((before.unknown, before.rows.len(), before.format), (0, 1, 2));
    assert_eq!(now.format, FORMAT);
    let counted = |read: &Read| -> Vec<Dropped> { read.rows[&0].records.iter().copied().collect() };
    assert_eq!(counted(&before), counted(&now));
    assert_eq!(before.rows[&0].held, 0b111);
    assert_eq!(before.ledger.key(2).unwrap().secret(), now.ledger.key(2).unwrap().secret());

    index.insert(3, held(Modality::CheckIn, 103));
    let mut ledger = before.ledger;
    ledger.head.next = 4;
    ledger.write(&index).unwrap();
    let after = read(folder.path(), &device);
    assert!(counted(&after).iter().any(|dropped| dropped.modality == Modality::CheckIn && dropped.count == 1));
}

#[test]
fn files_of_a_later_program_are_told_from_damaged_ones_only_where_both_say_so() {
    let (folder, device) = (tempfile::tempdir().unwrap(), Arc::new(SealKey::from_secret([3; 32])));
    let mut ledger = Ledger::begin(folder.path(), device.clone(), Head::begin(Epoch(7), 1));
    ledger.write(&Index::default()).unwrap();
    let mark = |name: &str, mark: &[u8; 4]| {
        let path = folder.path().join(name);
        let mut bytes = std::fs::read(&path).unwrap();
        bytes[..4].copy_from_slice(mark);
        std::fs::write(path, bytes).unwrap();
    };
    mark(NAMES[0], b"ATo4");
    assert!(matches!(Ledger::read(folder.path(), &device).unwrap(), Found::Whole(_)), "a flipped bit, and a twin");
    mark(NAMES[1], b"ATo4");
    assert!(matches!(Ledger::read(folder.path(), &device).unwrap(), Found::Later));
    for other in [b"ATo5", b"ATo0", b"BTo4"] {
        mark(NAMES[1], other);
        assert!(matches!(Ledger::read(folder.path(), &device).unwrap(), Found::Damaged), "{other:?}");
    }
    std::fs::remove_file(folder.path().join(NAMES[1])).unwrap();
    assert!(matches!(Ledger::read(folder.path(), &device).unwrap(), Found::Damaged), "one alone is no witness");
}
