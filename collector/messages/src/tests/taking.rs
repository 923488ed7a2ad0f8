//! What is taken in, what fails by itself, and that nothing comes twice.

use attune_ground::time::now_millis;
use attune_people::access::{self, By};
use attune_people::preferences::{self, Preferences};

use super::{Here, id_of, people_in, said};
use crate::channels::set_active;
use crate::incoming::{Author, ChannelKind, Incoming};
use crate::take::{Coming, Failure, Taken, put_found, replace, take, take_each, withdraw};
use crate::writers::{self, Linked, Others, link};

const ALL: &str = "SELECT COUNT(*) FROM messages";
/// How long all texts are.
const SIZE: &str = "SELECT CAST(COALESCE(SUM(size), 0) AS BIGINT) FROM messages";
const DAY: i64 = 24 * 3_600_000;

#[tokio::test]
async fn what_is_wrong_with_a_message_fails_that_one_alone_in_its_place_on_each_database() {
    for here in Here::each().await {
        let old = Incoming { said_at: now_millis() - 400 * DAY, ..said("alice", None, "old") };
        let ahead = Incoming { said_at: now_millis() + DAY, ..said("alice", None, "ahead") };
        let taken = here
            .take(vec![
                said("alice", Some("1"), "a good day"),
                said("nobody", Some("2"), "who is this"),
                said("bob", Some("3"), "I was not asked"),
                said("alice", Some("4"), " \n"),
                said("alice", Some("5"), &"x".repeat((64 << 10) + 1)),
                said("alice", Some(&"r".repeat(513)), "a long name"),
                old,
                ahead,
                said("alice", Some("6"), "a\0b \u{5e9}\u{5dc} \u{200d}\u{1f600}"),
            ])
            .await;
        let failed = |failure| Taken::Failed(failure);
        assert_eq!(
            taken[1..8],
            [
                failed(Failure::NoUser),
                failed(Failure::NotAgreed),
                failed(Failure::Missing("message")),
                failed(Failure::TooLong),
                failed(Failure::LongRef),
                failed(Failure::TooOld),
                failed(Failure::Ahead),
            ]
        );
        assert!(matches!((taken[0], taken[8]), (Taken::Stored(_), Taken::Stored(_))), "{taken:?}");
        assert_eq!(here.count(ALL).await, 2);
        let whose = people_in(&here, "SELECT DISTINCT person FROM messages").await;
        assert_eq!(whose, [here.alice.person], "nothing is kept of who has not agreed");
    }
}

#[tokio::test]
async fn a_message_comes_once_under_each_name_of_its_channel_on_each_database() {
    for here in Here::each().await {
        let first = here.take(vec![said("alice", Some("1"), "one"), said("alice", Some("1"), "one again")]).await;
        let id = id_of(first[0]);
        assert_eq!(first[1], Taken::Known(id), "within one request");
        assert_eq!(here.take(vec![said("alice", Some("1"), "one")]).await, [Taken::Known(id)], "and in the next");
        assert_eq!(here.take(vec![said("bob", Some("1"), "mine")]).await, [Taken::Failed(Failure::NotAgreed)]);
        let unnamed = here.take(vec![said("alice", None, "same"), said("alice", None, "same")]).await;
        assert_ne!(id_of(unnamed[0]), id_of(unnamed[1]), "without a name nobody knows that it is the same");

        let both = || (0..40).map(|n| said("alice", Some(&format!("at once {n}")), "hello")).collect::<Vec<_>>();
        let (one, other) = tokio::join!(
            take(&here.state, &here.channel, both()),
            take(&here.state, &here.channel, both().into_iter().rev().collect())
        );
        let (one, mut other) = (one.expect("taken in"), other.expect("taken in"));
        other.reverse();
        for (one, other) in one.into_iter().zip(other) {
            assert_eq!(id_of(one), id_of(other));
            assert!(matches!((one, other), (Taken::Stored(_), Taken::Known(_)) | (Taken::Known(_), Taken::Stored(_))));
        }
        assert_eq!(here.count(ALL).await, 43);
        assert_eq!(here.count("SELECT COUNT(*) FROM message_refs").await, 41);
    }
}

#[tokio::test]
async fn thousands_of_messages_of_several_people_come_in_whole_on_each_database() {
    for here in Here::each().await {
        let items =
            (0..2_000).map(|n| said(if n % 3 == 0 { "nobody" } else { "alice" }, Some(&n.to_string()), "hello"));
        let taken = here.take(items.collect()).await;
        for (n, taken) in taken.iter().enumerate() {
            assert_eq!(matches!(taken, Taken::Stored(_)), n % 3 != 0, "{n}: {taken:?}");
        }
        let stored = taken.iter().filter(|taken| matches!(taken, Taken::Stored(_))).count();
        assert_eq!(usize::try_from(here.count(ALL).await), Ok(stored));
    }
}

#[tokio::test]
async fn nothing_is_taken_in_from_a_channel_that_is_switched_off_on_each_database() {
    for here in Here::each().await {
        assert!(set_active(&here.database.store, here.channel.id, false).await.expect("switched"));
        let channel = crate::channels::find(&here.database.store, here.channel.id).await.expect("read").expect("there");
        let coming = Ok(Coming::new(&channel, said("alice", None, "hello")));
        let taken = take_each(&here.state, vec![coming, Err(Failure::NoChannel)]).await.expect("answered");
        assert_eq!(taken, [Taken::Failed(Failure::Inactive), Taken::Failed(Failure::NoChannel)]);
    }
}

#[tokio::test]
async fn a_channel_that_is_switched_off_while_messages_are_on_their_way_takes_none_of_them_on_each_database() {
    for here in Here::each().await {
        here.take(vec![said("alice", Some("1"), "one")]).await;
        let coming = Coming::new(&here.channel, said("alice", Some("2"), "two"));
        assert!(set_active(&here.database.store, here.channel.id, false).await.expect("switched"));
        let taken = take_each(&here.state, vec![Ok(coming)]).await.expect("answered");
        assert_eq!(taken, [Taken::Failed(Failure::Inactive)]);
        let other = said("alice", Some("1"), "other words");
        assert!(!replace(&here.state, &here.channel, &other, None).await.expect("asked"));
        assert_eq!(here.count(SIZE).await, 3, "nor other words of one that came before");
        assert!(withdraw(&here.state, &here.channel, "1").await.expect("removed"), "what is deleted there goes");
    }
}

#[tokio::test]
async fn what_was_deleted_where_it_was_written_is_not_taken_in_whichever_comes_first_on_each_database() {
    for here in Here::each().await {
        assert!(!withdraw(&here.state, &here.channel, "1").await.expect("asked"), "it has overtaken its message");
        let deleted = [Taken::Failed(Failure::Deleted)];
        assert_eq!(here.take(vec![said("alice", Some("1"), "one")]).await, deleted);
        assert!(matches!(here.take(vec![said("alice", Some("2"), "two")]).await[..], [Taken::Stored(_)]));
        assert!(withdraw(&here.state, &here.channel, "2").await.expect("removed"));
        assert_eq!(here.take(vec![said("alice", Some("2"), "two")]).await, deleted, "nor is it when it comes again");
        let made = crate::channels::make(&here.state, ChannelKind::Slack, "C2", "other").await;
        let other = made.unwrap_or_else(|problem| panic!("{problem:?}"));
        let taken = take(&here.state, &other, vec![said("alice", Some("1"), "one")]).await.expect("taken in");
        assert!(matches!(taken[..], [Taken::Stored(_)]), "a name is one of its channel");
        for n in 3..23 {
            let name = n.to_string();
            let (taken, gone) = tokio::join!(
                take(&here.state, &here.channel, vec![said("alice", Some(&name), "at once")]),
                withdraw(&here.state, &here.channel, &name)
            );
            let was_here = matches!(taken.expect("answered")[..], [Taken::Stored(_)]);
            assert_eq!((was_here, here.count(ALL).await), (gone.expect("answered"), 1));
        }
    }
}

#[tokio::test]
async fn what_is_older_than_its_writer_has_anything_kept_is_not_taken_in_on_each_database() {
    for here in Here::each().await {
        let days_ago = |days: i64| Incoming { said_at: now_millis() - days * DAY, ..said("alice", None, "of then") };
        assert!(matches!(here.take(vec![days_ago(60)]).await[..], [Taken::Stored(_)]), "who has chosen no time");
        let mut transaction = here.database.store.begin().await.expect("begins");
        let wanted = Preferences { max_history_days: Some(7), ..Preferences::default() };
        preferences::put(&mut transaction, &here.database.people, here.alice.person, &wanted, 0).await.expect("put");
        transaction.commit().await.expect("commits");
        let taken = here.take(vec![days_ago(8), days_ago(6), days_ago(0)]).await;
        assert!(matches!(taken[..], [Taken::Failed(Failure::TooOld), Taken::Stored(_), Taken::Stored(_)]), "{taken:?}");
    }
}

#[tokio::test]
async fn of_two_changes_the_later_one_holds_whichever_comes_first_on_each_database() {
    for here in Here::each().await {
        let with = |text: &str| said("alice", Some("1"), text);
        here.take(vec![with("first")]).await;
        assert!(replace(&here.state, &here.channel, &with("third words"), Some(3_000)).await.expect("changed"));
        assert_eq!(here.read().await, 1);
        assert!(replace(&here.state, &here.channel, &with("second"), Some(2_000)).await.expect("overtaken"));
        assert!(replace(&here.state, &here.channel, &with("third words"), Some(3_000)).await.expect("came again"));
        assert_eq!((here.count(SIZE).await, here.read().await), (11, 0));
        let new = Coming::new(&here.channel, said("alice", Some("2"), "second words")).changed(Some(2_000));
        let taken = take_each(&here.state, vec![Ok(new)]).await.expect("taken in");
        assert!(matches!(taken[..], [Taken::Stored(_)]), "a change whose message never came");
        let first = said("alice", Some("2"), "first");
        assert!(replace(&here.state, &here.channel, &first, Some(1_000)).await.expect("overtaken"));
        assert_eq!(here.take(vec![first]).await, [Taken::Known(id_of(taken[0]))]);
        assert_eq!(here.count(SIZE).await, 11 + 12);
    }
}

#[tokio::test]
async fn who_is_called_otherwise_where_they_write_is_found_by_that_name_on_each_database() {
    for here in Here::each().await {
        let by_id = |id: &str| Incoming {
            author: Author { id: Some(id.into()), name: Some("somebody".into()), email: None, ..Author::default() },
            ..said("alice", None, "hello")
        };
        assert_eq!(here.take(vec![by_id("U012AB3CD")]).await, [Taken::Failed(Failure::NoUser)]);
        let named = (ChannelKind::Slack, " u012ab3cd ");
        let linked = link(&here.state, named, here.alice.person, None, Others::Left).await.expect("noted");
        assert_eq!(linked, Linked::Done);
        assert!(matches!(here.take(vec![by_id("U012AB3CD")]).await[..], [Taken::Stored(_)]));
        let other = Incoming {
            author: Author { id: Some("U0MALLORY".into()), name: Some("u012ab3cd".into()), ..Author::default() },
            ..said("", None, "hello")
        };
        assert_eq!(
            here.take(vec![other]).await,
            [Taken::Failed(Failure::NoUser)],
            "a name that is another's id is none"
        );
        let mail = Incoming {
            author: Author { id: None, name: Some("Al".into()), email: Some("alice".into()), ..Author::default() },
            ..said("", None, "hello")
        };
        assert!(matches!(here.take(vec![mail]).await[..], [Taken::Stored(_)]), "an address is a user id, too");
        here.database.destroy_key(here.bob.person).await;
        let named = (ChannelKind::Slack, "U0BOB");
        let linked = link(&here.state, named, here.bob.person, None, Others::Left).await.expect("asked");
        assert_eq!(linked, Linked::Nobody, "who is being erased");
    }
}

#[tokio::test]
async fn a_name_is_shown_to_whose_it_is_and_is_nobody_s_once_it_is_forgotten_on_each_database() {
    for here in Here::each().await {
        let (store, keys) = (&here.database.store, &here.database.people);
        let by_id = || Incoming {
            author: Author { id: Some("U012AB3CD".into()), ..Author::default() },
            ..said("", None, "hello")
        };
        let named = (ChannelKind::Slack, " U012AB3CD ");
        let linked = link(&here.state, named, here.alice.person, Some(&By::COMMAND), Others::Left).await;
        assert_eq!(linked.expect("linked"), Linked::Done);
        let all = writers::of(store, keys, here.alice.person).await.expect("read");
        let seen = all[0].named.as_ref().map(|(kind, name, _)| (*kind, name.as_str()));
        assert_eq!((all.len(), seen), (1, Some((ChannelKind::Slack, "U012AB3CD"))), "as it was written");
        let (sealed,): (Vec<u8>,) =
            sqlx::query_as("SELECT sealed FROM writers").fetch_one(store.pool()).await.expect("a row");
        assert!(!sealed.windows(5).any(|part| part == b"U012A"), "and sealed");

        assert!(
            !writers::unlink(&here.state, here.bob.person, all[0].tag, None).await.expect("asked"),
            "of nobody else"
        );
        assert!(matches!(here.take(vec![by_id()]).await[..], [Taken::Stored(_)]));
        let unlinked = writers::unlink(&here.state, here.alice.person, all[0].tag, Some(&By::COMMAND)).await;
        assert!(unlinked.expect("forgotten"));
        assert_eq!(here.take(vec![by_id()]).await, [Taken::Failed(Failure::NoUser)]);
        let noted = access::of_person(store, here.alice.person, i64::MAX, 10).await.expect("read");
        assert_eq!(noted.iter().map(|note| note.what.as_str()).collect::<Vec<_>>(), ["unlink writer", "link writer"]);
        assert_eq!(writers::of(store, keys, here.alice.person).await.expect("read"), []);
    }
}

#[tokio::test]
async fn a_name_of_somebody_else_is_taken_from_them_only_where_that_is_meant_and_then_they_see_it_on_each_database() {
    for here in Here::each().await {
        let (store, keys) = (&here.database.store, &here.database.people);
        let named = (ChannelKind::Slack, "U012AB3CD");
        let of = async |person| writers::of(store, keys, person).await.expect("read").len();
        let (alice, bob) = (here.alice.person, here.bob.person);
        link(&here.state, named, alice, None, Others::Left).await.expect("linked");
        let again = link(&here.state, named, alice, None, Others::Left).await.expect("asked");
        assert_eq!(again, Linked::Done, "it is theirs already");
        let left = link(&here.state, named, bob, Some(&By::COMMAND), Others::Left).await.expect("asked");
        assert_eq!((left, of(alice).await, of(bob).await), (Linked::Others, 1, 0));
        let taken = link(&here.state, named, bob, Some(&By::COMMAND), Others::Taken).await.expect("linked");
        assert_eq!((taken, of(alice).await, of(bob).await), (Linked::Done, 0, 1));
        let noted = access::of_person(store, alice, i64::MAX, 10).await.expect("read");
        assert_eq!(noted.iter().map(|note| note.what.as_str()).collect::<Vec<_>>(), ["unlink writer"]);
    }
}

#[tokio::test]
async fn of_two_who_are_given_one_name_at_once_the_one_from_whom_it_is_taken_sees_that_on_each_database() {
    for here in Here::each().await {
        let (store, keys) = (&here.database.store, &here.database.people);
        let (named, by) = ((ChannelKind::Slack, "U012AB3CD"), By::COMMAND);
        let give = |person| link(&here.state, named, person, Some(&by), Others::Taken);
        let unlinked = async |person| {
            let noted = access::of_person(store, person, i64::MAX, 1000).await.expect("read");
            noted.iter().filter(|note| note.what == "unlink writer").count()
        };
        for _ in 0..20 {
            let mut before = Vec::new();
            for own in [&here.alice, &here.bob] {
                before.push(unlinked(own.person).await);
            }
            let (one, other) = tokio::join!(give(here.alice.person), give(here.bob.person));
            assert_eq!((one.expect("linked"), other.expect("linked")), (Linked::Done, Linked::Done));
            let mut holders = 0;
            for (own, before) in [&here.alice, &here.bob].into_iter().zip(before) {
                let held = writers::of(store, keys, own.person).await.expect("read");
                assert_eq!(unlinked(own.person).await - before, 1 - held.len());
                holders += held.len();
                for one in held {
                    assert!(writers::unlink(&here.state, own.person, one.tag, None).await.expect("forgotten"));
                }
            }
            assert_eq!(holders, 1);
        }
    }
}

#[tokio::test]
async fn what_was_found_by_a_name_that_is_forgotten_or_another_s_before_it_is_stored_is_not_theirs_on_each_database() {
    for here in Here::each().await {
        let named = (ChannelKind::Slack, "U012AB3CD");
        let (alice, bob) = (here.alice.person, here.bob.person);
        link(&here.state, named, alice, None, Others::Left).await.expect("linked");
        let of_alice = writers::of(&here.database.store, &here.database.people, alice).await.expect("read");
        let found = (alice, of_alice[0].tag);
        let put = async || put_found(&here.state, &here.channel, said("", None, "hello"), found).await.expect("put");
        assert!(matches!(put().await, Taken::Stored(_)));
        link(&here.state, named, bob, None, Others::Taken).await.expect("linked");
        assert_eq!(put().await, Taken::Failed(Failure::NotStored), "whose it is now is found when it comes again");
        assert!(writers::unlink(&here.state, bob, found.1, None).await.expect("forgotten"));
        assert_eq!(put().await, Taken::Failed(Failure::NoUser));
        assert_eq!(here.count(ALL).await, 1);
    }
}

#[tokio::test]
async fn a_message_that_is_deleted_or_changed_where_it_was_written_is_so_here_on_each_database() {
    for here in Here::each().await {
        here.take(vec![said("alice", Some("1"), "one"), said("alice", Some("2"), "two")]).await;
        assert_eq!(here.read().await, 2);
        assert!(withdraw(&here.state, &here.channel, "1").await.expect("removed"));
        assert!(!withdraw(&here.state, &here.channel, "1").await.expect("asked"), "it is gone");
        assert_eq!((here.count(ALL).await, here.count("SELECT COUNT(*) FROM message_refs").await), (1, 1));
        let bad = said("alice", Some("2"), "all is bad");
        assert!(replace(&here.state, &here.channel, &bad, None).await.expect("changed"));
        assert_eq!(here.count("SELECT COUNT(*) FROM messages WHERE scores_sealed IS NULL AND state = 0").await, 1);
        assert_eq!(here.read().await, 1, "it is read anew");
        let blank = said("alice", Some("2"), " ");
        assert!(replace(&here.state, &here.channel, &blank, None).await.expect("changed"));
        assert_eq!(here.count(ALL).await, 0, "a text that is empty now is none");
        assert!(matches!(here.take(vec![bad]).await[..], [Taken::Stored(_)]), "and may be one again");
    }
}
