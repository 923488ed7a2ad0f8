//! What leaves without an acknowledgement, and how it is counted.

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
    outbox.append(&[features(0)], &[], NOW + DAY / 2).unwrap();
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
