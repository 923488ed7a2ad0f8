//! Appending, deleting, joining, late records and retention side by side, against a model: nothing that was deleted is
//! seen again, nothing that was confirmed is lost.

use std::collections::{BTreeMap, BTreeSet};

use attune_analysis::indicators::Terms;
use attune_protocol::ack::{Ack, Answer};
use attune_protocol::ids::{PersonId, SessionId};
use attune_protocol::record::Record;

use super::tests::{fuse, model};
use super::{Deletion, SessionKind, delete, delete_before};
use crate::analyze::{Kept, keep};
use crate::spans::Spans;
use crate::testing::{Device, Fixture, heart_record};

const WINDOW: u32 = 177_000_000; // 2026-02-02T02:40:00Z
const ROUNDS: u32 = 14;

struct Random(u64);

impl Random {
    fn below(&mut self, limit: u32) -> u32 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        u32::try_from(self.0 >> 33).expect("31 bits") % limit
    }
}

/// A device that counts its items, and what it was told of each.
struct Sender {
    device: Device,
    next: u64,
    told: BTreeMap<i64, BTreeSet<bool>>,
}

impl Sender {
    /// Sends records of some windows and notes whether each is stored or refused as deleted.
    async fn send(&mut self, fixture: &Fixture, windows: &[u32]) {
        let items: Vec<(u64, u32)> = (self.next..).zip(windows.iter().copied()).collect();
        self.next += items.len() as u64;
        let batch = self.device.batch(items.iter().map(|(seq, window)| (*seq, heart_record(*window, 60.0))).collect());
        // What is not answered, or not settled while the database is busy, is sent again, as a device does.
        let settled = loop {
            let Some(answer) = fixture.take_in(vec![batch.clone()]).await.pop() else { continue };
            let ack = Ack::decode(&answer.payload, &fixture.context.own.signing().public()).expect("signed");
            let answer_to = |seq: u64| {
                ack.settled.iter().find(|run| (run.first.0..=run.last.0).contains(&seq)).map(|run| run.answer)
            };
            let settled: Option<Vec<Answer>> = items.iter().map(|(seq, _)| answer_to(*seq)).collect();
            if let Some(settled) = settled {
                break settled;
            }
        };
        for ((_, window), answer) in items.into_iter().zip(settled) {
            assert!(matches!(answer, Answer::Stored | Answer::Erased), "{answer:?}");
            self.told.entry(i64::from(window) * 10_000).or_default().insert(answer == Answer::Stored);
        }
    }
}

#[tokio::test]
async fn nothing_deleted_is_seen_again_and_nothing_confirmed_is_lost_on_each_database() {
    for fixture in Fixture::each().await {
        for seed in 1..=3 {
            play(&fixture, seed).await;
        }
    }
}

async fn play(fixture: &Fixture, seed: u64) {
    let user = format!("user {seed}");
    let mut random = Random(seed);
    let sender =
        async || Sender { device: fixture.device(&user).await, next: Device::FIRST_SEQ, told: BTreeMap::new() };
    let (mut early, mut late) = (sender().await, sender().await);
    let person = fixture.person(&user).await;
    let store = &fixture.context.store;
    let analysis = SessionId([u8::try_from(seed).expect("small"); 16]);
    for round in 0..ROUNDS {
        // Stretches far enough from each other to be sessions, near enough that some join.
        let mut some =
            |count| (0..count).map(|_| WINDOW + random.below(40) * 25 + random.below(12)).collect::<Vec<_>>();
        let (first, second, third) = (some(12), some(12), some(4));
        let before = live(fixture, person).await;
        let doomed = (round % 2 == 1 && !before.is_empty()).then(|| before[random.below(before.len() as u32) as usize]);
        let limit = (round % 5 == 4).then(|| i64::from(WINDOW + round * 15) * 10_000);
        let records: Vec<Record> =
            third.iter().map(|window| Record::decode(&heart_record(*window, 70.0)).expect("reads")).collect();
        let mut records = records;
        records.sort_by_key(|record| record.window);
        let kept = Kept {
            session: analysis,
            name: None,
            user_id: Some(&user),
            own: None,
            records: &records,
            contents: &[],
            terms: Terms::sent(1.0),
        };
        let (fuser, other) = (fixture.fuser(), fixture.fuser());
        let (.., deleted, (), appended, gone) = tokio::join!(
            early.send(fixture, &first),
            late.send(fixture, &second),
            async { fuser.fuse_waiting().await.expect("fuses") },
            async { other.fuse_waiting().await.expect("fuses") },
            async {
                match doomed {
                    Some((session, ..)) => delete(store, session).await.expect("deletes"),
                    None => Deletion::Unknown,
                }
            },
            async {
                if let Some(limit) = limit {
                    delete_before(store, person, limit).await.expect("deletes");
                }
            },
            keep(store, &fixture.context.people, &kept),
            async {
                match round % 3 {
                    2 => delete(store, analysis).await.expect("deletes"),
                    _ => Deletion::Unknown,
                }
            },
        );
        fuse(fixture).await;
        let mut transaction = store.begin().await.expect("begins");
        let spans = Spans::of(&mut transaction, person).await.expect("reads");
        transaction.rollback().await.expect("ends");
        if let (Some((_, begins, ends)), Deletion::Done) = (doomed, deleted) {
            assert!((begins..ends).step_by(10_000).all(|window| spans.hold(window)), "the whole session is deleted");
        }
        if let Some(limit) = limit {
            assert!(spans.hold(limit - 1) && spans.hold(0));
        }
        let stored = windows(fixture, person, "SELECT window_start FROM records WHERE person = $1").await;
        let shown = windows(
            fixture,
            person,
            "SELECT window_start FROM fused_windows JOIN sessions ON sessions.session = fused_windows.session \
             WHERE sessions.person = $1 AND kind = 1 AND merged_into IS NULL AND deleted_at IS NULL",
        )
        .await;
        let place = format!("seed {seed}, round {round}");
        for (window, told) in early.told.iter().chain(&late.told) {
            if spans.hold(*window) {
                assert!(!stored.contains(window) && !shown.contains(window), "{place}: {window} came back");
            } else {
                assert_eq!(told, &BTreeSet::from([true]), "{place}: {window} is not deleted");
                assert!(stored.contains(window) && shown.contains(window), "{place}: {window} is lost");
            }
        }
        let sent: BTreeSet<i64> = early.told.keys().chain(late.told.keys()).copied().collect();
        assert!(stored.is_subset(&sent) && shown == stored, "{place}");
        let found: Vec<_> = live(fixture, person).await.into_iter().map(|(_, begins, ends)| (begins, ends)).collect();
        let numbers: Vec<u32> = shown.iter().map(|window| u32::try_from(window / 10_000).expect("a window")).collect();
        let expected: Vec<_> = model(&numbers).into_iter().map(|(begins, ends, _)| (begins, ends)).collect();
        assert_eq!(found, expected, "{place}: sessions are the runs of what is left");
        match (appended, gone) {
            (Ok(_), Deletion::Unknown) if limit.is_none() => {
                assert!(parts(fixture, analysis).await > 0, "{place}: it is kept")
            }
            (Err(problem), _) => assert_eq!(problem.status, 409, "{place}: {}", problem.detail),
            _ => {}
        }
    }
}

/// Live sessions of a person with their times, the latest first.
async fn live(fixture: &Fixture, person: PersonId) -> Vec<(SessionId, i64, i64)> {
    let rows = super::tests::sessions(fixture).await;
    let of_person = rows.into_iter().filter(|row| row.person == person && row.kind == SessionKind::Live);
    of_person.map(|row| (row.session, row.started_at, row.ended_at)).collect()
}

async fn windows(fixture: &Fixture, person: PersonId, statement: &'static str) -> BTreeSet<i64> {
    let rows: Vec<(i64,)> =
        sqlx::query_as(statement).bind(person.0.to_vec()).fetch_all(fixture.context.store.pool()).await.expect("reads");
    rows.into_iter().map(|(window,)| window).collect()
}

/// How many records an analysis has; each of its windows has one of them at least.
async fn parts(fixture: &Fixture, session: SessionId) -> i64 {
    let (records, bare): (i64, i64) = sqlx::query_as(
        "SELECT (SELECT COUNT(*) FROM analysis_records WHERE session = $1), \
         (SELECT COUNT(*) FROM fused_windows WHERE session = $1 AND window_start NOT IN \
         (SELECT window_start FROM analysis_records WHERE session = $1))",
    )
    .bind(session.0.to_vec())
    .fetch_one(fixture.context.store.pool())
    .await
    .expect("reads");
    assert_eq!(bare, 0, "no window without its records");
    records
}
