//! That each message is read once, whoever ends meanwhile, and that nothing of its text is left.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use attune_analysis::text::crisis::Level;
use attune_ground::progress::Progress;
use attune_ground::time::now_millis;
use tokio::runtime::Handle;

use super::{Here, NETWORK, id_of, reading, said, state};
use crate::claim::claim;
use crate::consent::{Choice, VERSION, choose};
use crate::incoming::Incoming;
use crate::own;
use crate::queue::{self, Counts, MOST_ATTEMPTS, Outcome, settle};
use crate::reader::Reader;
use crate::rows::{Reason, Standing};
use crate::sealed::Scores;
use crate::state::Messages;
use crate::sync::sync;
use crate::take::{LONGEST_TEXT, replace, withdraw};
use crate::worker::{begin, round};

const DONE: &str =
    "SELECT COUNT(*) FROM messages WHERE state = 2 AND text_sealed IS NULL AND scores_sealed IS NOT NULL";
const DONE_KEPT: &str = "SELECT COUNT(*) FROM messages WHERE text_sealed IS NOT NULL AND scores_sealed IS NOT NULL";
const WITH_TEXT: &str = "SELECT COUNT(*) FROM messages WHERE text_sealed IS NOT NULL";
/// Stands in no file.
const MARKER: &str = "Quendelberg Zwiebelkuchen 4711";

fn scores() -> Outcome {
    let read = super::reading("a good day");
    let of = Scores {
        words: read.words,
        read: read.scores,
        level: Level::None,
        indicators: Vec::new(),
        is_outside: false,
        replied_after: None,
    };
    Outcome::Read(of, None)
}

#[tokio::test]
async fn a_message_is_read_and_its_text_is_in_no_file_any_more_on_each_database() {
    for here in Here::each().await {
        here.take(vec![said("alice", Some("1"), MARKER), said("alice", None, "hallo"), said("alice", None, "goodbye")])
            .await;
        assert_eq!(here.count(WITH_TEXT).await, 3);
        assert_eq!((here.read().await, here.count(DONE).await), (3, 3));
        assert!(here.count("SELECT COUNT(*) FROM touched_hours").await > 0, "the hour is to be rolled up");
        let seen = own::of(&here.state, &here.alice, None).await.expect("hers");
        assert_eq!(seen.counts, [0, 0, 3, 0]);
        assert!(seen.messages.iter().all(|one| one.standing == Standing::Completed && !one.has_text));
        let unread = seen.messages.iter().filter(|one| one.scores.as_ref().is_some_and(|of| of.read.is_err())).count();
        assert_eq!(unread, 1, "one is in a language that nobody reads");
        assert_eq!(seen.help.map(|(level, _)| level), Some(Level::Critical), "she is shown where help is");
        for file in std::fs::read_dir(here.database.folder.path()).expect("a folder") {
            let bytes = std::fs::read(file.expect("a file").path()).expect("it reads");
            assert!(!bytes.windows(MARKER.len()).any(|window| window == MARKER.as_bytes()));
        }
    }
}

#[tokio::test]
async fn what_is_claimed_is_nobody_elses_until_its_lease_is_over_and_counts_once_on_each_database() {
    for here in Here::each().await {
        let store = &here.database.store;
        here.take(vec![said("alice", None, "one"), said("alice", None, "two")]).await;
        let one = claim(store, here.state.turn(), "one", 64).await.expect("claimed");
        assert_eq!(one.len(), 2);
        assert!(claim(store, here.state.turn(), "other", 64).await.expect("asked").is_empty());
        here.change("UPDATE messages SET lease_until = 1").await;
        let other = claim(store, here.state.turn(), "other", 64).await.expect("claimed");
        assert_eq!(other.len(), 2, "the first was killed, as it seems");
        let done = |claimed: Vec<queue::Claimed>| claimed.into_iter().map(|one| (one, scores())).collect::<Vec<_>>();
        let late = settle(&here.state, "one", &done(one)).await.expect("asked");
        assert_eq!((late, here.count(DONE).await), (0, 0), "it was not, and is overtaken");
        let again = done(other);
        assert_eq!(settle(&here.state, "other", &again).await.expect("written"), 2);
        assert_eq!(settle(&here.state, "other", &again).await.expect("asked"), 0, "once");
        assert_eq!(here.count(DONE).await, 2);
    }
}

#[tokio::test]
async fn two_that_claim_at_once_have_nothing_in_common_on_each_database() {
    for here in Here::each().await {
        let store = &here.database.store;
        here.take((0..100).map(|n| said("alice", Some(&n.to_string()), "hello")).collect()).await;
        let (one, other) =
            tokio::join!(claim(store, here.state.turn(), "one", 60), claim(store, here.state.turn(), "other", 60));
        let (one, other) = (one.expect("claimed"), other.expect("claimed"));
        assert!(one.iter().all(|one| other.iter().all(|other| one.id != other.id)));
        assert!(one.len() + other.len() >= 60, "{} and {}", one.len(), other.len());
    }
}

#[tokio::test]
async fn who_writes_much_and_long_holds_nobody_up_on_each_database() {
    for here in Here::each().await {
        here.bob_agrees().await;
        let long = "x".repeat(LONGEST_TEXT);
        here.take((0..3).map(|_| said("alice", None, &long)).collect()).await;
        here.take((0..200).map(|_| said("alice", None, "short")).collect()).await;
        here.take((0..5).map(|_| said("bob", None, "words")).collect()).await;
        let mut of_bob = Vec::new();
        while here.count("SELECT COUNT(*) FROM messages WHERE state = 0").await > 0 {
            let claimed = claim(&here.database.store, here.state.turn(), &queue::holder(), 64).await.expect("claimed");
            let long = claimed.iter().filter(|one| one.text.as_ref().is_some_and(|text| text.len() > LONGEST_TEXT));
            assert!(long.count() <= 1 && !claimed.is_empty(), "a batch has so many bytes at most");
            of_bob.push(claimed.iter().filter(|one| one.person == here.bob.person).count());
        }
        assert_eq!(of_bob[0] + of_bob[1], 5, "he has his turn beside her, whoever is first: {of_bob:?}");
    }
}

#[tokio::test]
async fn nobody_is_read_on_who_withdraws_while_their_messages_are_read_on_each_database() {
    for here in Here::each().await {
        here.take((0..3).map(|_| said("alice", None, "words")).collect()).await;
        let read = Arc::new(AtomicUsize::new(0));
        let (count, state, alice, handle) =
            (Arc::clone(&read), here.state.clone(), here.alice.clone(), Handle::current());
        let reader = Reader::made(NETWORK, move |text| {
            if count.fetch_add(1, Ordering::Relaxed) == 0 {
                let choice = Choice { analyse: false, keep_text: false, text_version: VERSION };
                let chosen = handle.block_on(choose(&state, &alice, None, choice));
                chosen.unwrap_or_else(|problem| panic!("{problem:?}"));
            }
            reading(text)
        });
        let state = Messages::new(here.state.people().clone(), here.state.settings().clone(), Some(reader));
        assert_eq!(round(&state, &queue::holder(), 64).await.expect("tried"), 3);
        assert_eq!(read.load(Ordering::Relaxed), 1, "two were claimed, and are not read any more");
        assert_eq!(here.count("SELECT COUNT(*) FROM messages").await, 0);
    }
}

#[tokio::test]
async fn a_text_on_which_its_reader_ends_fails_at_last_and_no_other_does_on_each_database() {
    for here in Here::each().await {
        let taken = here.take(vec![said("alice", None, "explode"), said("alice", None, "fine")]).await;
        let mut rounds = 0;
        while here.count("SELECT COUNT(*) FROM messages WHERE state = 3").await == 0 {
            here.read().await;
            here.change("UPDATE messages SET due_at = 1 WHERE state = 0").await;
            rounds += 1;
            assert!(rounds <= MOST_ATTEMPTS, "it is given up");
        }
        assert_eq!(rounds, MOST_ATTEMPTS);
        let seen = own::of(&here.state, &here.alice, None).await.expect("hers");
        let of = |place: usize| seen.messages.iter().find(|one| one.id == id_of(taken[place])).expect("there");
        assert_eq!((of(0).standing, of(0).reason), (Standing::Failed, Some(Reason::Reader)));
        assert_eq!((of(1).standing, of(1).reason), (Standing::Completed, None));
        let store = &here.database.store;
        assert_eq!(queue::reasons(store).await.expect("counted"), [(Some(Reason::Reader), 1)]);
        let dead = queue::dead(store, 10).await.expect("listed");
        let told: Vec<_> = dead.iter().map(|one| (one.id, one.channel, one.reason, one.has_text)).collect();
        assert_eq!(told, [(id_of(taken[0]), here.channel.id, Some(Reason::Reader), true)]);
        let counts = queue::counts(&here.database.store, &super::NETWORK).await.expect("counted");
        assert_eq!(counts, Counts { failed: 1, ..Counts::default() });
    }
}

#[tokio::test]
async fn a_text_that_does_not_open_fails_and_who_is_killed_on_one_too_often_gives_up_on_each_database() {
    for here in Here::each().await {
        here.take(vec![said("alice", Some("1"), "one"), said("alice", Some("2"), "two")]).await;
        here.change(
            "UPDATE messages SET text_sealed = person WHERE id = (SELECT id FROM messages ORDER BY id LIMIT 1)",
        )
        .await;
        here.change("UPDATE messages SET attempts = 5 WHERE id = (SELECT id FROM messages ORDER BY id DESC LIMIT 1)")
            .await;
        here.read().await;
        let reasons = own::of(&here.state, &here.alice, None).await.expect("hers");
        let mut reasons: Vec<_> = reasons.messages.iter().filter_map(|one| one.reason).map(Reason::number).collect();
        reasons.sort_unstable();
        assert_eq!(reasons, [Reason::Unopened.number(), Reason::Ended.number()]);
    }
}

#[tokio::test]
async fn another_network_reads_what_is_kept_and_it_is_said_what_it_cannot_on_each_database() {
    for here in Here::each_keeping(true).await {
        here.take(vec![said("alice", None, "kept")]).await;
        here.read().await;
        here.agree(true, false).await;
        assert_eq!(here.count(WITH_TEXT).await, 0, "a text goes once it is not to be kept any more");
        here.agree(true, true).await;
        here.take(vec![said("alice", None, "kept, too")]).await;
        assert_eq!((here.read().await, here.count(WITH_TEXT).await), (1, 1));

        let other = state(&here.database, true, [8; 8]);
        let counts = queue::counts(&here.database.store, &[8; 8]).await.expect("counted");
        assert_eq!(counts, Counts { outdated: 1, gone: 1, ..Counts::default() });
        let read = sync(&other, &mut Progress::silent(), (u64::MAX, 10)).await.expect("read");
        assert_eq!(read, 1);
        let counts = queue::counts(&here.database.store, &[8; 8]).await.expect("counted");
        assert_eq!(counts, Counts { gone: 1, ..Counts::default() });
    }
}

#[tokio::test]
async fn a_collector_that_starts_with_another_network_reads_again_what_is_kept_and_nothing_that_failed_on_each_database()
 {
    for here in Here::each_keeping(true).await {
        here.take((0..3).map(|n| said("alice", Some(&n.to_string()), "kept")).collect()).await;
        assert_eq!(here.read().await, 3);
        here.change(
            "UPDATE messages SET state = 3, reason = 2 WHERE id = (SELECT id FROM messages ORDER BY id LIMIT 1)",
        )
        .await;
        here.change("DELETE FROM touched_hours").await;
        let other = state(&here.database, true, [8; 8]);
        begin(&here.state).await.expect("nothing to do");
        assert_eq!(
            queue::counts(&here.database.store, &[7; 8]).await.expect("counted").waiting,
            0,
            "it is the same one"
        );
        begin(&other).await.expect("put back");
        let counts = queue::counts(&here.database.store, &[8; 8]).await.expect("counted");
        assert_eq!(counts, Counts { waiting: 2, failed: 1, ..Counts::default() });
        assert_eq!(here.count(DONE_KEPT).await, 3, "what was read of them before counts until then");
        assert_eq!(round(&other, "one", 64).await.expect("read"), 2);
        let counts = queue::counts(&here.database.store, &[8; 8]).await.expect("counted");
        assert_eq!(counts, Counts { failed: 1, ..Counts::default() });
        assert!(here.count("SELECT COUNT(*) FROM touched_hours").await > 0, "their hour is made anew");
    }
}

#[tokio::test]
async fn what_cannot_be_written_is_laid_to_no_message_on_each_database() {
    for here in Here::each().await {
        here.take(vec![said("alice", None, "one")]).await;
        here.change("ALTER TABLE touched_hours RENAME TO hidden").await;
        for _ in 0..=MOST_ATTEMPTS {
            assert!(round(&here.state, &queue::holder(), 64).await.is_err(), "nothing can be written");
            assert_eq!(here.count("SELECT COUNT(*) FROM messages WHERE state = 0 AND holder IS NULL").await, 1);
            here.change("UPDATE messages SET due_at = 1").await;
        }
        here.change("ALTER TABLE hidden RENAME TO touched_hours").await;
        assert_eq!((here.read().await, here.count(DONE).await), (1, 1));
    }
}

#[tokio::test]
async fn a_command_reads_no_more_than_it_is_told_on_each_database() {
    for here in Here::each().await {
        here.take((0..7).map(|n| said("alice", Some(&n.to_string()), "hello")).collect()).await;
        assert_eq!(sync(&here.state, &mut Progress::silent(), (5, 2)).await.expect("read"), 5);
        assert_eq!(here.count(DONE).await, 5);
    }
}

#[tokio::test]
async fn how_long_after_a_message_it_was_answered_is_known_where_both_are_on_each_database() {
    for here in Here::each().await {
        here.bob_agrees().await;
        let asked = Incoming { said_at: now_millis() - 120_000, ..said("bob", Some("1"), "how are you") };
        let reply = Incoming {
            said_at: asked.said_at + 60_000,
            reply_to: Some("1".into()),
            ..said("alice", Some("2"), "fine")
        };
        let to_nothing = Incoming { reply_to: Some("before".into()), ..said("alice", Some("3"), "fine") };
        here.take(vec![asked, reply, to_nothing]).await;
        here.read().await;
        let seen = own::of(&here.state, &here.alice, None).await.expect("hers");
        let after: Vec<_> =
            seen.messages.iter().filter_map(|one| one.scores.as_ref()).map(|scores| scores.replied_after).collect();
        assert_eq!(after, [None, Some(60_000)], "the newest first");
    }
}

/// How long alice's one message came after the one that it answers.
async fn replied_after(here: &Here) -> Option<i64> {
    let seen = own::of(&here.state, &here.alice, None).await.expect("hers");
    seen.messages.first().and_then(|one| one.scores.as_ref()).expect("read").replied_after
}

#[tokio::test]
async fn what_a_message_answers_outlives_other_words_of_it_and_the_other_message_on_each_database() {
    for here in Here::each_keeping(true).await {
        here.bob_agrees().await;
        let asked = Incoming { said_at: now_millis() - 120_000, ..said("bob", Some("1"), "how are you") };
        let at = asked.said_at + 60_000;
        let reply = |text: &str| Incoming { said_at: at, reply_to: Some("1".into()), ..said("alice", Some("2"), text) };
        here.take(vec![asked, reply("fine")]).await;
        let silent = Incoming { reply_to: None, ..reply("not so fine") };
        assert!(replace(&here.state, &here.channel, &silent, None).await.expect("changed"), "as long as it waits");
        here.read().await;
        assert_eq!(replied_after(&here).await, Some(60_000));
        assert!(replace(&here.state, &here.channel, &reply("a bad day"), None).await.expect("changed"));
        here.read().await;
        assert_eq!(replied_after(&here).await, Some(60_000), "it is said again what it answers");
        assert!(withdraw(&here.state, &here.channel, "1").await.expect("removed"));
        let other = state(&here.database, true, [8; 8]);
        assert_eq!(sync(&other, &mut Progress::silent(), (u64::MAX, 10)).await.expect("read"), 1);
        assert_eq!(replied_after(&here).await, Some(60_000), "another network reads what is still here");
    }
}

#[tokio::test]
async fn a_sign_of_danger_calls_whom_its_writer_chose_once_and_tells_nothing_of_itself_on_each_database() {
    for here in Here::each_keeping(true).await {
        let calls = "SELECT COUNT(*) FROM supporter_calls";
        let helped = async || own::of(&here.state, &here.alice, None).await.expect("hers").has_called;
        here.take(vec![said("alice", Some("1"), "goodbye")]).await;
        here.read().await;
        assert_eq!((here.count(calls).await, helped().await), (0, false), "she chose nobody");
        let mut transaction = here.database.store.begin().await.expect("begins");
        sqlx::query(
            "INSERT INTO alert_supporters (person, id, supporter, asked_at, accepted_at, danger_asked_at, danger_accepted_at, sealed) \
             VALUES ($1, $2, $2, 0, 0, 0, 0, $2)",
        )
        .bind(here.alice.person.0.to_vec())
        .bind(vec![7_u8; 16])
        .execute(&mut **transaction)
        .await
        .expect("chosen");
        transaction.commit().await.expect("commits");

        let taken = here.take(vec![said("alice", Some("2"), "a bad day"), said("bob", Some("3"), "goodbye")]).await;
        here.read().await;
        assert_eq!((taken.len(), here.count(calls).await), (2, 0), "a bad day is no sign");
        let id = id_of(here.take(vec![said("alice", Some("4"), "goodbye")]).await[0]);
        here.read().await;
        assert_eq!((here.count(calls).await, helped().await), (1, true), "and she sees that somebody was called");
        let (sign,): (Vec<u8>,) = sqlx::query_as("SELECT sign FROM supporter_calls")
            .fetch_one(here.database.store.pool())
            .await
            .expect("a call");
        assert_ne!(sign, id.to_vec(), "who has the database does not learn which message it was");
        let anew = "UPDATE messages SET state = 0, attempts = 0 WHERE text_sealed IS NOT NULL";
        here.change(anew).await;
        here.change("UPDATE supporter_calls SET ended_at = 1").await;
        assert_eq!(here.read().await, 3);
        let open = "SELECT COUNT(*) FROM supporter_calls WHERE ended_at IS NULL";
        assert_eq!(
            (here.count(calls).await, here.count(open).await),
            (2, 1),
            "of each sign one, however often it is read"
        );
        here.agree(false, false).await;
        assert_eq!(here.count(calls).await, 0, "who withdraws has nobody called any more");
    }
}
