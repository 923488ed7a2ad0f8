//! What is not agreed to any more goes at once, and what is kept of a person is theirs to take and to have erased.

use attune_ground::holdings::{Parcel, Piece};
use attune_ground::time::now_millis;
use attune_pages::words::Calendar;
use attune_people::access::{self, By};
use attune_people::me::Own;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::{Here, people_in, said, state};
use crate::aging::HISTORY;
use crate::claim::claim;
use crate::consent::{self, Choice, VERSION, choose};
use crate::holdings::{CARRIED, HOLDINGS};
use crate::incoming::Incoming;
use crate::own::{self, OwnMessages};
use crate::pages::agreeing;
use crate::queue::{Again, Outcome, put_back, settle};
use crate::rows::Reason;
use crate::take::{Coming, Failure, Taken, take_each};
use crate::worker::{begin, round};

const ALL: &str = "SELECT COUNT(*) FROM messages";
const DAY: i64 = 24 * 3_600_000;

#[tokio::test]
async fn who_withdraws_has_no_message_any_more_also_not_one_that_is_being_read_on_each_database() {
    for here in Here::each().await {
        here.take(vec![said("alice", Some("1"), "read"), said("alice", Some("2"), "waits")]).await;
        let first = claim(&here.database.store, here.state.turn(), "one", 1).await.expect("claimed");
        here.agree(false, false).await;
        assert_eq!((here.count(ALL).await, here.count("SELECT COUNT(*) FROM message_refs").await), (0, 0));
        let late = first.into_iter().map(|one| (one, Outcome::Failed(Reason::Reader))).collect::<Vec<_>>();
        assert_eq!(settle(&here.state, "one", &late).await.expect("asked"), 0);
        let seen = own::of(&here.state, &here.alice, None).await.expect("hers");
        assert!(seen.messages.is_empty() && seen.consent.is_some_and(|consent| !consent.analyse));
        here.agree(true, false).await;
        here.take(vec![said("alice", Some("1"), "read")]).await;
        assert_eq!((here.read().await, here.count(ALL).await), (1, 1), "who agrees again is read again");
    }
}

#[tokio::test]
async fn what_was_said_before_it_was_agreed_to_anew_comes_out_of_a_file_alone_on_each_database() {
    for here in Here::each().await {
        let before = || Incoming { said_at: now_millis() - 60_000, ..said("alice", Some("1"), "said before") };
        assert!(matches!(here.take(vec![before()]).await[..], [Taken::Stored(_)]));
        here.agree(false, false).await;
        here.agree(true, false).await;
        assert_eq!(here.take(vec![before()]).await, [Taken::Failed(Failure::Before)], "a request that was kept");
        assert!(Failure::Before.words().starts_with("said before it was agreed to"));
        let changed = Coming::new(&here.channel, before()).changed(Some(now_millis()));
        let taken = take_each(&here.state, vec![Ok(changed)]).await.expect("answered");
        assert_eq!(taken, [Taken::Failed(Failure::Before)], "nor with other words");
        assert!(matches!(here.take(vec![said("alice", Some("2"), "said now")]).await[..], [Taken::Stored(_)]));
        let filed = Coming::new(&here.channel, before()).filed();
        let taken = take_each(&here.state, vec![Ok(filed)]).await.expect("answered");
        assert!(matches!(taken[..], [Taken::Stored(_)]), "who runs the machine gives a file of before: {taken:?}");
    }
}

#[tokio::test]
async fn who_chooses_something_else_of_their_texts_agrees_as_before_on_each_database() {
    for here in Here::each_keeping(true).await {
        here.agree(true, false).await;
        let before = Incoming { said_at: now_millis() - 60_000, ..said("alice", Some("1"), "on its way meanwhile") };
        assert!(matches!(here.take(vec![before]).await[..], [Taken::Stored(_)]));
    }
}

#[tokio::test]
async fn a_withdrawal_that_was_cut_short_is_gone_on_with_on_each_database() {
    for here in Here::each().await {
        here.take(vec![said("alice", None, "one")]).await;
        here.note_withdrawal().await;
        assert_eq!(consent::finish(&here.state).await.expect("gone on with"), 1);
        assert_eq!(here.count(ALL).await, 0);
    }
}

#[tokio::test]
async fn a_message_that_is_read_anew_while_its_writer_withdraws_takes_its_hour_along_on_each_database() {
    for here in Here::each_keeping(true).await {
        here.take(vec![said("alice", None, "one")]).await;
        here.read().await;
        here.change("DELETE FROM touched_hours").await;
        here.change("UPDATE messages SET state = 0").await;
        let claimed = claim(&here.database.store, here.state.turn(), "one", 1).await.expect("claimed");
        // As it stands once the withdrawal is noted, and before anything is deleted.
        let key = here.database.people.of(here.alice.person).await.expect("hers");
        let withdrawn = crate::sealed::Consent { analyse: false, keep_text: false, text_version: VERSION, at: 5 };
        let mut transaction = here.database.store.begin().await.expect("begins");
        sqlx::query("INSERT INTO message_consents (person, number, sealed) VALUES ($1, 1, $2)")
            .bind(here.alice.person.0.to_vec())
            .bind(withdrawn.seal(&key, here.alice.person, 1).expect("sealed"))
            .execute(&mut **transaction)
            .await
            .expect("noted");
        transaction.commit().await.expect("commits");
        let done = claimed.into_iter().map(|one| (one, Outcome::Failed(Reason::Reader))).collect::<Vec<_>>();
        assert_eq!(settle(&here.state, "one", &done).await.expect("asked"), 0);
        assert_eq!((here.count(ALL).await, here.count("SELECT COUNT(*) FROM touched_hours").await), (0, 1));
    }
}

#[tokio::test]
async fn each_choice_is_on_record_and_nobody_agrees_to_a_text_that_they_were_not_shown_on_each_database() {
    for here in Here::each().await {
        let choice = Choice { analyse: true, keep_text: false, text_version: VERSION };
        choose(&here.state, &here.bob, Some(&By::COMMAND), choice)
            .await
            .unwrap_or_else(|problem| panic!("{problem:?}"));
        let noted = access::of_person(&here.database.store, here.bob.person, i64::MAX, 10).await.expect("read");
        assert_eq!(noted.iter().map(|note| note.what.as_str()).collect::<Vec<_>>(), ["agree to messages"]);
        let other = Choice { text_version: VERSION + 1, ..choice };
        assert_eq!(choose(&here.state, &here.bob, None, other).await.err().map(|problem| problem.status), Some(409));
        let kept = Choice { keep_text: true, ..choice };
        assert_eq!(choose(&here.state, &here.bob, None, kept).await.err().map(|problem| problem.status), Some(403));
        let said = consent::all(&here.database.store, &here.database.people, here.bob.person).await.expect("read");
        assert_eq!(said.len(), 1, "what was refused is not noted");
    }
}

#[tokio::test]
async fn who_withdraws_is_not_refused_whatever_else_they_say_on_each_database() {
    for here in Here::each().await {
        here.take(vec![said("alice", None, "one")]).await;
        let choice = Choice { analyse: false, keep_text: true, text_version: VERSION + 1 };
        choose(&here.state, &here.alice, None, choice).await.unwrap_or_else(|problem| panic!("{problem:?}"));
        assert_eq!(here.count(ALL).await, 0);
    }
}

#[tokio::test]
async fn who_withdraws_while_another_network_reads_takes_along_what_was_counted_of_it_on_each_database() {
    for here in Here::each_keeping(true).await {
        let store = &here.database.store;
        here.take(vec![said("alice", None, "kept")]).await;
        here.read().await;
        // As it is once the hour is rolled up.
        here.change("DELETE FROM touched_hours").await;
        assert_eq!(put_back(store, &[8; 8], Again::Outdated, u64::MAX).await.expect("put back"), 1);
        let claimed = claim(store, here.state.turn(), "one", 64).await.expect("claimed");
        here.note_withdrawal().await;
        let done = claimed.into_iter().map(|one| (one, Outcome::Failed(Reason::Reader))).collect::<Vec<_>>();
        assert_eq!(settle(&here.state, "one", &done).await.expect("asked"), 0);
        assert_eq!(here.count(ALL).await, 0);
        assert_eq!(here.count("SELECT COUNT(*) FROM touched_hours").await, 1, "its hour is made anew without it");
    }
}

#[tokio::test]
async fn what_was_read_before_a_restore_stays_when_another_network_would_read_it_on_each_database() {
    for here in Here::each_keeping(true).await {
        here.take(vec![said("alice", None, "kept")]).await;
        here.read().await;
        here.change("DELETE FROM message_consents").await;
        let other = state(&here.database, true, [8; 8]);
        begin(&other).await.expect("put back");
        assert_eq!(round(&other, "one", 64).await.expect("tried"), 1);
        let kept = "SELECT COUNT(*) FROM messages WHERE state = 2 AND holder IS NULL AND scores_sealed IS NOT NULL \
                    AND text_sealed IS NOT NULL";
        assert_eq!(here.count(kept).await, 1, "nobody has agreed, and nobody has withdrawn");
    }
}

#[tokio::test]
async fn behind_a_restore_nobody_has_agreed_and_nothing_of_them_is_deleted_on_each_database() {
    for here in Here::each().await {
        here.take(vec![said("alice", Some("1"), "one")]).await;
        here.read().await;
        let held = here.database.own.held();
        let mut transaction = here.database.store.begin().await.expect("begins");
        (CARRIED.put_back)(&mut transaction, &held).await.expect("put back");
        transaction.commit().await.expect("commits");
        assert_eq!(consent::finish(&here.state).await.expect("nothing to do"), 0);
        assert_eq!(here.count(ALL).await, 1);
        let taken = here.take(vec![said("alice", Some("2"), "two")]).await;
        assert_eq!(taken, [Taken::Failed(Failure::NotAgreed)]);
    }
}

#[tokio::test]
async fn what_is_kept_of_a_person_can_be_taken_along_counted_and_erased_on_each_database() {
    for here in Here::each().await {
        here.take(vec![said("alice", Some("1"), "a bad day")]).await;
        here.read().await;
        here.take(vec![said("alice", Some("2"), "it waits")]).await;
        let (store, keys, person) = (&here.database.store, &here.database.people, here.alice.person);
        let (mut parcel, mut out) = Parcel::new();
        let (packed, pieces) = tokio::join!(
            async {
                (HOLDINGS.export)(store, keys, person, &mut parcel).await?;
                parcel.finish().await
            },
            async {
                let mut pieces = Vec::new();
                while let Some(piece) = out.recv().await {
                    pieces.push(piece);
                }
                pieces
            }
        );
        packed.expect("packed");
        let mut files: Vec<(String, Vec<u8>)> = Vec::new();
        for piece in pieces {
            match piece {
                Piece::File(name) => files.push((name, Vec::new())),
                Piece::Bytes(bytes) => files.last_mut().expect("a file").1.extend(bytes),
            }
        }
        let names: Vec<&str> = files.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["messages.json", "message_consents.json", "message_names.json"]);
        let read = |place: usize| serde_json::from_slice::<Value>(&files[place].1).expect("JSON");
        assert_eq!(read(0)[0]["scores"]["sentiment"], json!("negative"));
        assert_eq!((&read(0)[0]["text"], &read(0)[1]["text"]), (&json!(null), &json!("it waits")));
        assert_eq!(read(1)[0]["analyse"], json!(true));
        let held = (HOLDINGS.count)(store).await.expect("counted");
        assert!(held.iter().any(|held| held.table == "messages" && held.rows == 2 && held.bytes == 17), "{held:?}");

        here.database.destroy_key(person).await;
        let erased = (HOLDINGS.erase)(store, person).await.expect("erased");
        assert_eq!(erased, [("message_refs", 2), ("messages", 2), ("message_consents", 1), ("writers", 0)]);
        assert!(people_in(&here, "SELECT person FROM message_consents").await.is_empty());
    }
}

#[tokio::test]
async fn messages_of_before_an_instant_go_and_those_of_others_stay_on_each_database() {
    for here in Here::each().await {
        let old = Incoming { said_at: now_millis() - 9 * DAY, ..said("alice", Some("1"), "old") };
        here.take(vec![old, said("alice", Some("2"), "new")]).await;
        here.read().await;
        let before = now_millis() - 3 * DAY;
        let gone = (HISTORY.delete_before)(&here.database.store, here.alice.person, before).await.expect("deleted");
        assert_eq!((gone, here.count(ALL).await), (1, 1));
        assert_eq!(here.count("SELECT COUNT(*) FROM message_refs").await, 1);
        let other = (HISTORY.delete_before)(&here.database.store, here.bob.person, i64::MAX).await.expect("deleted");
        assert_eq!((other, here.count(ALL).await), (0, 1));
    }
}

/// What somebody is asked on their page.
fn asked(here: &Here, seen: &OwnMessages) -> String {
    agreeing(&here.state, seen, &Calendar::new(TimeZone::UTC, now_millis()), "token").into_string()
}

async fn seen_by(here: &Here, own: &Own) -> OwnMessages {
    own::of(&here.state, own, None).await.expect("theirs")
}

#[tokio::test]
async fn to_agree_and_to_say_no_are_two_equal_buttons_and_a_no_is_asked_again_only_of_another_text_on_each_database() {
    for here in Here::each().await {
        let page = asked(&here, &seen_by(&here, &here.bob).await);
        for answer in ["yes", "no"] {
            let button = format!("<button type=\"submit\" class=\"button equal\" name=\"analyse\" value=\"{answer}\">");
            assert_eq!(page.matches(&button).count(), 1, "{page}");
        }
        assert_eq!(page.matches("<button ").count(), 2, "{page}");

        let no = Choice { analyse: false, keep_text: false, text_version: VERSION };
        choose(&here.state, &here.bob, None, no).await.unwrap_or_else(|problem| panic!("{problem:?}"));
        let mut seen = seen_by(&here, &here.bob).await;
        let page = asked(&here, &seen);
        assert!(!page.contains("button equal") && page.contains("after all"), "{page}");
        assert_eq!(here.take(vec![said("bob", None, "not theirs")]).await, [Taken::Failed(Failure::NotAgreed)]);

        seen.consent = seen.consent.map(|said| crate::sealed::Consent { text_version: VERSION + 1, ..said });
        assert_eq!(asked(&here, &seen).matches("button equal").count(), 2, "another text is asked about");

        let yes = Choice { analyse: true, ..no };
        choose(&here.state, &here.bob, None, yes).await.unwrap_or_else(|problem| panic!("{problem:?}"));
        assert!(matches!(here.take(vec![said("bob", None, "theirs")]).await[..], [Taken::Stored(_)]), "who changes it");
    }
}

#[tokio::test]
async fn who_agreed_to_another_text_sees_that_one_and_both_answers_to_the_one_of_now_on_each_database() {
    for here in Here::each_keeping(true).await {
        let mut seen = seen_by(&here, &here.alice).await;
        let page = asked(&here, &seen);
        let keeps = page.matches("class=\"button equal\" name=\"keep_text\"").count();
        assert_eq!((page.matches("button equal").count(), keeps), (2, 2), "whether texts are kept: {page}");
        seen.consent = seen.consent.map(|said| crate::sealed::Consent { text_version: VERSION + 1, ..said });
        let page = asked(&here, &seen);
        let answers = page.matches("class=\"button equal\" name=\"analyse\"").count();
        assert_eq!((page.matches("button equal").count(), answers), (2, 2), "{page}");
        assert!(page.contains("name=\"keep_text\" value=\"yes\""), "what they chose of their texts stays: {page}");
    }
}
