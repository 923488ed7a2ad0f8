//! How large the files of an outbox become.

use super::super::room;
use super::*;

/// A record with every feature of its modality, as large as they come.
fn large(window: u32) -> Draft {
    let mut features = Features::new(Modality::Voice);
    for spec in Modality::Voice.features() {
        features.set(spec.ordinal, spec.min);
    }
    let coverage = Coverage { expected: 500, received: 500, last_60_s: 1.0, last_300_s: 1.0, gap: None };
    Draft::record(&Record::new(Window(window), 1.0, coverage, features))
}

#[test]
fn an_outbox_that_is_filled_and_emptied_again_and_again_keeps_to_its_bound_on_the_disk() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("outbox");
    let limits = Limits { bytes: 2 << 20, ..WIDE };
    let outbox = open(folder.path(), limits);
    let epoch = outbox.epoch();
    let (mut window, mut largest) = (0, 0);
    for _ in 0..5 {
        while outbox.totals().bytes < limits.bytes - (64 << 10) {
            let drafts: Vec<Draft> = (window..window + 250).map(large).collect();
            outbox.append(&drafts, &[Note { name: "place", bytes: vec![0; 400] }], NOW).unwrap();
            window += 250;
        }
        largest = largest.max(room::taken(&place).unwrap());
        outbox.tend(NOW).unwrap();
        assert!(room::taken(&place).unwrap() <= room::bound(outbox.totals().bytes));
        for batch in all(&outbox).chunks(MAX_ITEMS) {
            acknowledge(&outbox, batch);
        }
        assert_eq!(outbox.totals().items, 0);
        outbox.tend(NOW).unwrap();
        assert!(room::taken(&place).unwrap() <= room::bound(0), "{}", room::taken(&place).unwrap());
    }
    assert!(largest <= room::bound(limits.bytes), "{largest}");
    assert_eq!((outbox.epoch(), outbox.totals().dropped, outbox.turns().len()), (epoch, 0, 0));
}

#[test]
fn files_that_have_grown_over_the_bound_are_written_anew_by_themselves_also_at_a_start() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("outbox");
    let mut outbox = open(folder.path(), WIDE);
    outbox.append(&(0..9).map(features).collect::<Vec<_>>(), &[], NOW).unwrap();
    let (epoch, items) = (outbox.epoch(), all(&outbox));
    for at_start in [false, true] {
        // In the place of what sled holds on to.
        let grown = usize::try_from(room::bound(outbox.totals().bytes)).unwrap();
        std::fs::write(place.join("blobs").join("900"), vec![0; grown]).unwrap();
        if at_start {
            drop(outbox);
            outbox = open(folder.path(), WIDE);
        } else {
            outbox.tend(NOW).unwrap();
        }
        assert!(room::taken(&place).unwrap() <= room::bound(outbox.totals().bytes));
        assert_eq!((outbox.epoch(), all(&outbox), outbox.turns().len()), (epoch, items.clone(), 0));
    }
}

#[test]
fn a_store_that_is_written_anew_holds_the_same_under_the_same_numbers_and_what_was_given_out_is_still_proved() {
    let folder = tempfile::tempdir().unwrap();
    let outbox = open(folder.path(), WIDE);
    let place = Note { name: "place", bytes: vec![5] };
    outbox.append(&(0..300).map(features).collect::<Vec<_>>(), &[place], NOW - 5).unwrap();
    outbox.append(&[consent(1)], &[], NOW).unwrap();
    let items = all(&outbox);
    // Out of the middle of spans, too.
    let gone: Vec<Item> = items.iter().filter(|item| item.seq.0 < 100 || item.seq.0 % 7 == 0).cloned().collect();
    acknowledge(&outbox, &gone);
    let before =
        (all(&outbox), outbox.epoch(), outbox.next(), outbox.offered(), outbox.totals(), outbox.consent_told());
    outbox.written_anew();
    let after = |outbox: &Outbox| {
        (all(outbox), outbox.epoch(), outbox.next(), outbox.offered(), outbox.totals(), outbox.consent_told())
    };
    assert_eq!(after(&outbox), before);
    let waiting = before.0.len() as u64;
    assert_eq!(acknowledge(&outbox, &before.0[..20]), 20, "what was given out before is proved");
    outbox.append(&[features(900)], &[], NOW).unwrap();
    drop(outbox);
    let outbox = open(folder.path(), WIDE);
    assert_eq!((outbox.totals().items, outbox.turns().len()), (waiting - 19, 0));
    assert_eq!((outbox.note("place"), outbox.epoch()), (Some(vec![5]), before.1));
    assert_eq!(acknowledge(&outbox, &all(&outbox)), waiting - 19);
    outbox.written_anew();
    assert_eq!(outbox.append(&[features(901)], &[], NOW).unwrap()[0].0, before.2.0 + 1, "no number comes again");
    drop(outbox);
    assert_eq!(windows(&all(&open(folder.path(), WIDE))), [901]);
}
