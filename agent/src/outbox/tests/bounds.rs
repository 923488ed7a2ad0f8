//! What leaves without an acknowledgement, and how it is counted.

use super::super::bounds::{Counts, Held, Index};
use super::*;

const DAY: i64 = 86_400_000;

#[test]
fn a_year_offline_at_the_smallest_limits_stays_within_them_and_counts_in_one_item_for_each_modality() {
    let folder = tempfile::tempdir().unwrap();
    let limits = Limits { bytes: 6000, ..WIDE };
    let outbox = open(folder.path(), limits);
    for window in 0..400 {
        outbox.append(&[features(window), coverage(window)], &[], NOW).unwrap();
        assert!(outbox.totals().bytes <= limits.bytes + 400, "{:?}", outbox.totals());
    }
    let items = all(&outbox);
    let [told] = dropped(&items)[..] else { panic!("one count: {:?}", dropped(&items)) };
    assert_eq!(windows(&items).len() as u32 + told.count, 800, "every record is there or counted");
    assert_eq!((told.first, u64::from(told.count)), (Window(0), outbox.totals().dropped));
}

#[test]
fn a_count_that_may_have_reached_the_collector_is_left_as_it_is_and_another_begun() {
    let folder = tempfile::tempdir().unwrap();
    let outbox = open(folder.path(), Limits { age_millis: 1000, ..WIDE });
    let age = |outbox: &Outbox, window: u32, now: i64| {
        outbox.append(&[features(window)], &[], now).unwrap();
        outbox.tend(now + 1001).unwrap();
    };
    age(&outbox, 0, NOW);
    age(&outbox, 1, NOW + 2000);
    drop(outbox);
    let outbox = open(folder.path(), Limits { age_millis: 1000, ..WIDE });
    age(&outbox, 2, NOW + 4000);
    let given_out = dropped(&all(&outbox));
    assert_eq!(given_out.iter().map(|dropped| dropped.count).collect::<Vec<_>>(), [3]);
    drop(outbox);
    let outbox = open(folder.path(), Limits { age_millis: 1000, ..WIDE });
    age(&outbox, 3, NOW + 6000);
    let counts: Vec<u32> = dropped(&all(&outbox)).iter().map(|dropped| dropped.count).collect();
    assert_eq!(counts, [3, 1]);
}

#[test]
fn age_is_looked_at_without_appends_and_past_an_item_from_the_future() {
    let folder = tempfile::tempdir().unwrap();
    let outbox = open(folder.path(), Limits { age_millis: 1000, ..WIDE });
    outbox.append(&[], &[Note { name: "place", bytes: vec![1] }], NOW).unwrap();
    outbox.append(&[features(0)], &[], NOW + 2 * DAY).unwrap();
    outbox.append(&[features(1), coverage(2)], &[], NOW).unwrap();
    outbox.tend(NOW + 1001).unwrap();
    assert_eq!(windows(&all(&outbox)), [0]);
    assert_eq!(outbox.totals().dropped, 2);
}

#[test]
fn a_clock_forty_days_ahead_drops_nothing_before_the_collector_agrees() {
    let folder = tempfile::tempdir().unwrap();
    let limits = Limits { age_millis: 30 * DAY, ..WIDE };
    let outbox = open(folder.path(), limits);
    outbox.append(&(0..5).map(features).collect::<Vec<_>>(), &[], NOW).unwrap();
    let ahead = NOW + 40 * DAY;
    outbox.tend(ahead).unwrap();
    outbox.append(&[features(5)], &[], ahead).unwrap();
    drop(outbox);
    let outbox = open(folder.path(), limits);
    outbox.append(&[features(6)], &[], ahead).unwrap();
    assert!(!outbox.compare_clocks(NOW, ahead));
    outbox.tend(ahead).unwrap();
    assert_eq!((windows(&all(&outbox)).len(), outbox.totals().dropped), (7, 0));
    assert!(outbox.compare_clocks(ahead + 7, ahead), "it was off for forty days");
    outbox.tend(ahead).unwrap();
    assert_eq!(windows(&all(&outbox)), [5, 6]);
}

#[test]
fn what_is_kept_while_the_clock_is_forty_days_behind_is_not_old_once_it_is_right_again() {
    let folder = tempfile::tempdir().unwrap();
    let limits = Limits { age_millis: 30 * DAY, ..WIDE };
    let outbox = open(folder.path(), limits);
    outbox.append(&[features(0)], &[], NOW).unwrap();
    drop(outbox);
    let outbox = open(folder.path(), limits);
    outbox.append(&(1..5).map(features).collect::<Vec<_>>(), &[], NOW - 40 * DAY).unwrap();
    outbox.append(&[features(5)], &[], NOW + 1000).unwrap();
    outbox.tend(NOW + 1000).unwrap();
    assert_eq!((windows(&all(&outbox)), outbox.totals().dropped), (vec![0, 1, 2, 3, 4, 5], 0));
    outbox.tend(NOW + DAY).unwrap();
    assert_eq!(outbox.totals().dropped, 0);
}

fn held(worth: Worth, kept_at: i64, len: u32) -> Held {
    Held { about: About { worth, modality: Modality::Heart, window: Window(7) }, kept_at, len }
}

#[test]
fn the_bytes_of_an_index_are_those_of_what_it_holds() {
    let mut index = Index::default();
    index.insert(1, held(Worth::Features, 0, 100));
    index.insert(2, held(Worth::Coverage, 0, 30));
    assert_eq!(index.bytes(), 130);
    index.insert(1, held(Worth::Features, 0, 50));
    assert_eq!(index.bytes(), 80, "what stood there before has left");
    index.remove(2);
    index.remove(2);
    assert_eq!((index.bytes(), index.items().keys().copied().collect::<Vec<_>>()), (50, vec![1]));
}

#[test]
fn what_leaves_is_the_old_then_coverage_then_features_and_a_sixteenth_more_than_must() {
    let mut index = Index::default();
    (0..10).for_each(|seq| index.insert(seq, held(Worth::Features, seq as i64, 100)));
    [10, 11].into_iter().for_each(|seq| index.insert(seq, held(Worth::Coverage, 100, 10)));
    index.insert(12, held(Worth::Lasting, 0, 40));
    assert_eq!(index.bytes(), 1060);
    for (coming, limit, oldest, leaving) in [
        (0, 1060, 0, vec![]),
        (100, 1060, 0, vec![10, 11, 0, 1]),
        (0, 2000, 3, vec![0, 1, 2]),
        (0, 900, 3, vec![0, 1, 2]),
        (0, 700, 3, vec![0, 1, 2, 10, 11, 3]),
        (0, 0, 0, vec![10, 11, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9]),
    ] {
        assert_eq!(index.victims(coming, limit, oldest), leaving, "{coming} more, {limit} at most, from {oldest} on");
    }
}

#[test]
fn counts_are_of_records_alone_one_for_each_modality_with_all_their_windows() {
    let about = |modality, worth, window| About { worth, modality, window: Window(window) };
    let mut counts: Counts = [
        about(Modality::Heart, Worth::Features, 5),
        about(Modality::Heart, Worth::Coverage, 3),
        about(Modality::Heart, Worth::Lasting, 1),
        about(Modality::Face, Worth::Features, 9),
    ]
    .into_iter()
    .collect();
    counts.merge(Dropped { modality: Modality::Heart, first: Window(4), last: Window(8), count: 10 });
    counts.less(about(Modality::Heart, Worth::Coverage, 3));
    counts.less(about(Modality::Heart, Worth::Lasting, 1));
    counts.less(about(Modality::Voice, Worth::Features, 2));
    let of = |modality, first, last, count| Dropped { modality, first: Window(first), last: Window(last), count };
    let told: Vec<Dropped> = counts.iter().copied().collect();
    assert_eq!(told, [of(Modality::Face, 9, 9, 1), of(Modality::Heart, 3, 8, 11)]);
}
