use std::collections::BTreeSet;
use std::path::Path;

use attune_protocol::ack::{Answer, Run};
use attune_protocol::batch::{Item, MAX_ITEMS};
use attune_protocol::consent::{Consent, Purpose};
use attune_protocol::digest::Digest;
use attune_protocol::features::Features;
use attune_protocol::ids::Seq;
use attune_protocol::record::{Coverage, Dropped, Gap, Record};
use attune_protocol::registry::{Modality, motion};
use attune_protocol::seal::SealKey;
use attune_protocol::window::Window;
use proptest::prelude::*;

mod bounds;
mod check;
mod damage;
mod disk;
mod formats;
mod secrecy;

use super::*;
use crate::AgentError;

const NOW: i64 = 1_700_000_000_000;
const WIDE: Limits = Limits { bytes: 1 << 20, age_millis: 86_400_000 };

fn open(folder: &Path, limits: Limits) -> Outbox {
    Outbox::open(&folder.join("outbox"), SealKey::from_secret([9; 32]), 1, limits, NOW).unwrap()
}

fn features(window: u32) -> Draft {
    let mut features = Features::new(Modality::Motion);
    features.set(motion::INTENSITY, 0.25);
    let coverage = Coverage { expected: 500, received: 500, last_60_s: 1.0, last_300_s: 1.0, gap: None };
    Draft::record(&Record::new(Window(window), 1.0, coverage, features))
}

fn coverage(window: u32) -> Draft {
    let seen = Coverage::none(500, Gap::Paused);
    Draft::record(&Record::new(Window(window), 0.0, seen, Features::new(Modality::Motion)))
}

fn consent(version: u32) -> Draft {
    let (modality, purpose) = (Modality::Motion, Purpose::Wellbeing);
    Draft::consent(&Consent { modality, purpose, granted: true, version, at_millis: NOW, text: None })
}

fn damage(outbox: &Outbox, seq: Seq, change: impl FnOnce(&mut Vec<u8>)) {
    outbox.with_store(|store| store.damage(seq, change));
}

fn all(outbox: &Outbox) -> Vec<Item> {
    outbox.peek(&BTreeSet::new(), usize::MAX, usize::MAX, NOW).unwrap()
}

fn seqs(items: &[Item]) -> Vec<u64> {
    items.iter().map(|item| item.seq.0).collect()
}

/// What a collector says of items that it has stored.
fn stored(items: &[Item]) -> Vec<Run> {
    Run::of(items.iter().map(|item| (item.seq, Answer::Stored, Digest::of_item(item.seq, &item.bytes))))
}

/// How many items leave when a collector says that it has stored some.
fn acknowledge(outbox: &Outbox, items: &[Item]) -> u64 {
    outbox.acknowledge(&stored(items)).unwrap().answers.values().sum()
}

fn dropped(items: &[Item]) -> Vec<Dropped> {
    items.iter().filter_map(|item| Dropped::decode(&item.bytes).ok()).collect()
}

fn windows(items: &[Item]) -> Vec<u32> {
    items.iter().filter_map(|item| Some(Record::decode(&item.bytes).ok()?.window.0)).collect()
}

#[test]
fn what_was_kept_is_there_after_a_new_start_in_order_and_under_the_same_epoch() {
    let folder = tempfile::tempdir().unwrap();
    let outbox = open(folder.path(), WIDE);
    let epoch = outbox.epoch();
    outbox.append(&[features(1), features(2)], &[Note { name: "place", bytes: vec![4] }], NOW).unwrap();
    outbox.append(&[features(3)], &[Note { name: "place", bytes: vec![5] }], NOW).unwrap();
    drop(outbox);
    let outbox = open(folder.path(), WIDE);
    assert_eq!(outbox.epoch(), epoch);
    assert_eq!(windows(&all(&outbox)), [1, 2, 3]);
    assert_eq!(outbox.note("place"), Some(vec![5]));
    assert_eq!(outbox.note("nothing"), None);
}

#[test]
fn sequence_numbers_are_never_used_again_even_when_everything_was_acknowledged() {
    let folder = tempfile::tempdir().unwrap();
    let outbox = open(folder.path(), WIDE);
    assert_eq!(outbox.append(&[features(1), features(2)], &[], NOW).unwrap(), [Seq(0), Seq(1)]);
    let items = all(&outbox);
    assert_eq!(acknowledge(&outbox, &items), 2);
    assert_eq!(acknowledge(&outbox, &items), 0);
    drop(outbox);
    let outbox = open(folder.path(), WIDE);
    assert_eq!(outbox.append(&[features(3)], &[], NOW).unwrap(), [Seq(2)]);
}

#[test]
fn nothing_is_forgotten_on_the_digest_of_other_content_or_of_other_places() {
    let folder = tempfile::tempdir().unwrap();
    let outbox = open(folder.path(), WIDE);
    outbox.append(&[features(1), features(2), features(3)], &[], NOW).unwrap();
    let items = all(&outbox);
    let mut others = items.clone();
    others[1].bytes.push(0);
    let wide = Run { last: Seq(u64::MAX), ..stored(&items)[0] };
    for runs in [stored(&others), vec![Run { last: Seq(1), ..stored(&items)[0] }], vec![wide]] {
        let settled = outbox.acknowledge(&runs).unwrap();
        assert_eq!((settled.unproved, settled.answers.len(), settled.runs.len()), (1, 0, 0));
    }
    assert_eq!(outbox.totals().items, 3);
    assert_eq!(acknowledge(&outbox, &items), 3);
}

#[test]
fn what_this_process_never_gave_out_is_not_forgotten() {
    let folder = tempfile::tempdir().unwrap();
    let outbox = open(folder.path(), WIDE);
    outbox.append(&[features(1), features(2)], &[], NOW).unwrap();
    let items = all(&outbox);
    drop(outbox);
    let outbox = open(folder.path(), WIDE);
    assert_eq!(acknowledge(&outbox, &items), 0, "it is sent again first");
    assert_eq!(acknowledge(&outbox, &all(&outbox)), 2);
}

#[test]
fn acknowledgements_that_overlap_come_twice_or_late_settle_each_item_once() {
    let folder = tempfile::tempdir().unwrap();
    let outbox = open(folder.path(), WIDE);
    outbox.append(&(0..6).map(features).collect::<Vec<_>>(), &[], NOW).unwrap();
    let items = all(&outbox);
    assert_eq!(acknowledge(&outbox, &items[1..3]), 2);
    assert_eq!(outbox.remove_records(|about| about.window == Window(4)).unwrap(), 1);
    assert_eq!(acknowledge(&outbox, &items), 3, "what left meanwhile is remembered as it was sent");
    assert_eq!(acknowledge(&outbox, &items[..2]), 0);
    assert_eq!(outbox.totals().items, 0);
}

#[test]
fn what_was_refused_leaves_too_and_is_told_apart() {
    let folder = tempfile::tempdir().unwrap();
    let outbox = open(folder.path(), WIDE);
    outbox.append(&[features(1), features(2), features(3)], &[], NOW).unwrap();
    let answers = [Answer::Stored, Answer::NoConsent, Answer::Other(90)];
    let items = all(&outbox);
    let runs = items.iter().zip(answers).map(|(i, answer)| (i.seq, answer, Digest::of_item(i.seq, &i.bytes)));
    let settled = outbox.acknowledge(&Run::of(runs)).unwrap();
    assert_eq!(settled.answers, answers.into_iter().map(|answer| (answer, 1)).collect());
    assert_eq!(outbox.totals().items, 0);
}

#[test]
fn records_of_a_modality_are_removed_durably_and_consent_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let outbox = open(folder.path(), WIDE);
    outbox.append(&[consent(1), features(1), coverage(2)], &[], NOW).unwrap();
    assert_eq!(outbox.remove_records(|about| about.modality == Modality::Heart).unwrap(), 0);
    assert_eq!(outbox.remove_records(|about| about.modality == Modality::Motion).unwrap(), 2);
    drop(outbox);
    assert_eq!(seqs(&all(&open(folder.path(), WIDE))), [0]);
}

#[test]
fn the_newest_consent_that_was_taken_in_is_known_after_a_new_start() {
    let folder = tempfile::tempdir().unwrap();
    let outbox = open(folder.path(), WIDE);
    assert_eq!(outbox.consent_told(), 0);
    outbox.append(&[consent(1), consent(2)], &[], NOW).unwrap();
    outbox.append(&[consent(1)], &[], NOW).unwrap();
    assert_eq!(acknowledge(&outbox, &all(&outbox)), 3);
    drop(outbox);
    assert_eq!(open(folder.path(), WIDE).consent_told(), 2);
}

#[test]
fn peeking_leaves_out_what_is_on_its_way_and_keeps_to_its_bounds() {
    let folder = tempfile::tempdir().unwrap();
    let outbox = open(folder.path(), WIDE);
    outbox.append(&(0..10).map(features).collect::<Vec<_>>(), &[], NOW).unwrap();
    let sent = BTreeSet::from([Seq(0), Seq(2)]);
    assert_eq!(seqs(&outbox.peek(&sent, 3, usize::MAX, NOW).unwrap()), [1, 3, 4]);
    assert_eq!(seqs(&outbox.peek(&sent, 9, 1, NOW).unwrap()), [1]);
}

#[test]
fn a_full_outbox_drops_the_oldest_coverage_first_and_counts_it() {
    let folder = tempfile::tempdir().unwrap();
    let outbox = open(folder.path(), Limits { bytes: 2000, ..WIDE });
    for window in 0..60 {
        let draft = if window % 3 == 0 { coverage(window) } else { features(window) };
        outbox.append(&[draft], &[], NOW).unwrap();
        assert!(outbox.totals().bytes <= 2000 + 400, "{:?}", outbox.totals());
    }
    let items = all(&outbox);
    let told: u32 = dropped(&items).iter().map(|d| d.count).sum();
    let kept = windows(&items);
    assert_eq!(kept.len() + told as usize, 60, "every record is there or counted");
    assert_eq!(u64::from(told), outbox.totals().dropped);
    assert!(kept.contains(&59), "the newest stays: {kept:?}");
    let first = &dropped(&items)[0];
    assert_eq!((first.modality, first.first), (Modality::Motion, Window(0)));
}

#[test]
fn coverage_leaves_before_older_features_do() {
    let folder = tempfile::tempdir().unwrap();
    let outbox = open(folder.path(), Limits { bytes: 1000, ..WIDE });
    outbox.append(&[features(0), features(1), coverage(2), coverage(3), features(4)], &[], NOW).unwrap();
    while outbox.totals().dropped == 0 {
        outbox.append(&[features(9)], &[], NOW).unwrap();
    }
    let kept = windows(&all(&outbox));
    assert!(kept.starts_with(&[0, 1]) && !kept.contains(&2), "{kept:?}");
}

#[test]
fn what_is_too_old_leaves_and_is_counted() {
    let folder = tempfile::tempdir().unwrap();
    let outbox = open(folder.path(), Limits { age_millis: 1000, ..WIDE });
    outbox.append(&[features(0), coverage(1)], &[], NOW).unwrap();
    outbox.append(&[features(2)], &[], NOW + 500).unwrap();
    outbox.append(&[features(3)], &[], NOW + 1001).unwrap();
    let items = all(&outbox);
    assert_eq!(windows(&items), [2, 3]);
    let expected = Dropped { modality: Modality::Motion, first: Window(0), last: Window(1), count: 2 };
    assert_eq!(dropped(&items), [expected]);
}

#[test]
fn a_damaged_entry_is_taken_out_and_counted_and_the_others_go_on() {
    let folder = tempfile::tempdir().unwrap();
    let outbox = open(folder.path(), WIDE);
    outbox.append(&[features(0), features(1), features(2)], &[], NOW).unwrap();
    damage(&outbox, Seq(1), |entry| *entry.last_mut().unwrap() ^= 1);
    assert_eq!(windows(&all(&outbox)), [0, 2]);
    assert_eq!(outbox.totals().damaged, 1);
    let told = Dropped { modality: Modality::Motion, first: Window(1), last: Window(1), count: 1 };
    assert_eq!(dropped(&all(&outbox)), [told]);
}

#[test]
fn an_entry_that_does_not_read_is_read_from_where_else_it_lies_in_the_files() {
    let folder = tempfile::tempdir().unwrap();
    let outbox = open(folder.path(), WIDE);
    outbox.append(&[features(0), features(1)], &[], NOW).unwrap();
    damage(&outbox, Seq(0), |entry| entry.truncate(3));
    drop(outbox);
    let outbox = open(folder.path(), WIDE);
    assert_eq!(windows(&all(&outbox)), [0, 1]);
    assert_eq!(outbox.turns().len(), 1, "it says that it began anew");
}

#[test]
fn an_entry_moved_to_another_place_does_not_open() {
    let folder = tempfile::tempdir().unwrap();
    let outbox = open(folder.path(), WIDE);
    outbox.append(&[features(0), features(1)], &[], NOW).unwrap();
    let mut first = Vec::new();
    damage(&outbox, Seq(0), |entry| first.clone_from(entry));
    damage(&outbox, Seq(1), |entry| entry.clone_from(&first));
    assert_eq!(windows(&all(&outbox)), [0]);
}

#[test]
fn after_a_failed_flush_nothing_counts_as_kept_until_the_store_is_opened_anew() {
    let folder = tempfile::tempdir().unwrap();
    let outbox = open(folder.path(), WIDE);
    outbox.append(&[features(0)], &[], NOW).unwrap();
    outbox.with_store(|store| store.fail_flush = true);
    assert!(outbox.append(&[features(1)], &[], NOW).is_err());
    assert!(matches!(outbox.append(&[features(2)], &[], NOW), Err(AgentError::OutboxPoisoned)));
    drop(outbox);
    let outbox = open(folder.path(), WIDE);
    let seq = outbox.append(&[features(3)], &[], NOW).unwrap()[0];
    assert_eq!(all(&outbox).last().unwrap().seq, seq, "the number is new");
}

#[test]
fn a_second_process_is_told_that_the_store_is_in_use() {
    let folder = tempfile::tempdir().unwrap();
    let _first = open(folder.path(), WIDE);
    let second = Outbox::open(&folder.path().join("outbox"), SealKey::generate(), 1, WIDE, NOW);
    assert!(matches!(second, Err(AgentError::OutboxInUse(_))), "{second:?}");
}

#[test]
fn no_envelope_stands_in_clear_on_the_disk() {
    let folder = tempfile::tempdir().unwrap();
    let outbox = open(folder.path(), WIDE);
    let record = features(7);
    outbox.append(std::slice::from_ref(&record), &[], NOW).unwrap();
    drop(outbox);
    let database = std::fs::read(folder.path().join("outbox/db")).unwrap();
    assert!(!database.windows(record.bytes.len()).any(|w| w == record.bytes));
}

#[derive(Clone, Debug)]
enum Step {
    Append(u8),
    Acknowledge(u8, u8),
    Reopen,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (1..5_u8).prop_map(Step::Append),
        3 => (0..40_u8, 0..6_u8).prop_map(|(first, more)| Step::Acknowledge(first, first + more)),
        1 => Just(Step::Reopen),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn it_holds_what_was_appended_and_not_acknowledged_through_any_steps(steps in prop::collection::vec(step(), 1..30)) {
        let folder = tempfile::tempdir().unwrap();
        let mut outbox = open(folder.path(), WIDE);
        let (mut model, mut next) = (Vec::<(u64, u32)>::new(), 0_u64);
        for step in steps {
            match step {
                Step::Append(count) => {
                    let drafts: Vec<Draft> = (0..count).map(|n| features(next as u32 + u32::from(n))).collect();
                    let seqs = outbox.append(&drafts, &[], NOW).unwrap();
                    for seq in seqs {
                        prop_assert_eq!(seq.0, next);
                        model.push((next, next as u32));
                        next += 1;
                    }
                }
                Step::Acknowledge(first, last) => {
                    let (first, last) = (u64::from(first), u64::from(last));
                    let before = model.len();
                    model.retain(|(seq, _)| !(first..=last).contains(seq));
                    let sent: Vec<Item> =
                        all(&outbox).into_iter().filter(|item| (first..=last).contains(&item.seq.0)).collect();
                    prop_assert_eq!(acknowledge(&outbox, &sent), (before - model.len()) as u64);
                }
                Step::Reopen => {
                    drop(outbox);
                    outbox = open(folder.path(), WIDE);
                }
            }
            let items = all(&outbox);
            let held: Vec<(u64, u32)> = seqs(&items).into_iter().zip(windows(&items)).collect();
            prop_assert_eq!(&held, &model);
            prop_assert_eq!(outbox.totals().items, model.len() as u64);
        }
    }
}

#[test]
fn what_an_outbox_tells_beside_records_what_it_gave_out_and_what_it_holds_are_said_truly() {
    let folder = tempfile::tempdir().unwrap();
    let outbox = open(folder.path(), WIDE);
    assert_eq!((outbox.tells(), outbox.offered(), outbox.next(), outbox.waiting()), (false, Seq(0), Seq(0), vec![]));
    outbox.append(&[features(1), features(2)], &[], NOW).unwrap();
    assert!(!outbox.tells(), "records are not told beside records");
    outbox.append(&[consent(1)], &[], NOW).unwrap();
    assert!(outbox.tells());
    assert_eq!((outbox.offered(), outbox.next()), (Seq(0), Seq(3)));
    let two = outbox.peek(&BTreeSet::new(), 2, usize::MAX, NOW).unwrap();
    assert_eq!((seqs(&two), outbox.offered()), (vec![0, 1], Seq(2)));
    assert_eq!(seqs(&outbox.peek(&BTreeSet::new(), 1, usize::MAX, NOW).unwrap()), [0]);
    assert_eq!(outbox.offered(), Seq(2), "it never falls");
    let bytes = outbox.totals().bytes;
    assert_eq!(acknowledge(&outbox, &two), 2);
    assert_eq!(outbox.waiting(), [Seq(2)]);
    assert!(outbox.totals().bytes > 0 && outbox.totals().bytes < bytes);
    assert_eq!(acknowledge(&outbox, &all(&outbox)), 1);
    assert_eq!((outbox.totals().bytes, outbox.tells()), (0, false));
    drop(outbox);
    assert_eq!(open(folder.path(), WIDE).offered(), Seq(3), "also after a new start");
}

#[test]
fn what_was_refused_as_withdrawn_or_erased_says_when_the_newest_of_each_modality_was_kept() {
    let folder = tempfile::tempdir().unwrap();
    let outbox = open(folder.path(), WIDE);
    for (draft, at) in [(consent(1), 0), (features(1), 5), (features(2), 9), (features(3), 30)] {
        outbox.append(&[draft], &[], NOW + at).unwrap();
    }
    let items = all(&outbox);
    let answers = [Answer::Withdrawn, Answer::Withdrawn, Answer::Erased, Answer::NoConsent];
    let runs = Run::of(
        items.iter().zip(answers).map(|(item, answer)| (item.seq, answer, Digest::of_item(item.seq, &item.bytes))),
    );
    let settled = outbox.acknowledge(&runs).unwrap();
    assert_eq!(settled.withdrawn.into_iter().collect::<Vec<_>>(), [(Modality::Motion, NOW + 9)]);
}

#[test]
fn an_outbox_that_begins_anew_again_and_again_remembers_the_last_of_it_and_what_it_dropped() {
    let folder = tempfile::tempdir().unwrap();
    let outbox = open(folder.path(), Limits { age_millis: 1000, ..WIDE });
    outbox.append(&[features(0)], &[], NOW).unwrap();
    outbox.tend(NOW + 1001).unwrap();
    outbox.append(&[features(1), consent(1)], &[], NOW + 1002).unwrap();
    let mut epochs = BTreeSet::from([outbox.epoch()]);
    for turn in 1..=10 {
        drop(all(&outbox));
        outbox.begin_epoch(Reason::Taken, NOW + 1002 + turn).unwrap();
        assert!(epochs.insert(outbox.epoch()), "each is a new one");
        assert_eq!(outbox.offered(), Seq(0), "nothing of it was given out");
    }
    let turns: Vec<i64> = outbox.turns().iter().map(|turn| turn.at_millis - NOW - 1002).collect();
    assert_eq!(turns, (3..=10).collect::<Vec<_>>());
    assert_eq!(outbox.totals().dropped, 1);
    assert_eq!(windows(&all(&outbox)), [1]);
    assert_eq!(outbox.consent_told(), 0, "the book is told anew");
}

#[test]
fn what_was_given_out_is_proved_in_runs_as_long_as_a_batch_and_remembered_in_bounds() {
    let folder = tempfile::tempdir().unwrap();
    let outbox = open(folder.path(), Limits { bytes: 64 << 20, ..WIDE });
    let remembered = 4 * MAX_ITEMS as u32;
    outbox.append(&(0..remembered).map(features).collect::<Vec<_>>(), &[], NOW).unwrap();
    let items = all(&outbox);
    let long = &items[5000..=5000 + MAX_ITEMS];
    assert_eq!(outbox.acknowledge(&stored(long)).unwrap().unproved, 1, "no batch holds so many");
    let gone = |window| outbox.remove_records(|about| about.window == Window(window)).unwrap();
    assert_eq!(gone(0) + gone(1), 2);
    assert_eq!(acknowledge(&outbox, &items[2..3]), 1);
    assert_eq!(outbox.acknowledge(&stored(&items[..1])).unwrap().unproved, 0, "what has left is remembered");
    outbox.append(&[features(remembered)], &[], NOW).unwrap();
    drop(all(&outbox));
    assert_eq!(acknowledge(&outbox, &items[3..4]), 1);
    assert_eq!(outbox.acknowledge(&stored(&items[..2])).unwrap().unproved, 1, "there is more than is remembered");
    assert_eq!(acknowledge(&outbox, &items[5000..5000 + MAX_ITEMS]), MAX_ITEMS as u64, "what waits always is");
}
