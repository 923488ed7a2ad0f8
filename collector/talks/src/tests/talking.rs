use attune_analysis::text::crisis::Level;

use super::*;
use crate::anonymous::{self, Chat};
use crate::companion;
use crate::follow_up;
use crate::own::{self, Change};
use crate::say::MOST_AN_HOUR;
use crate::sealed::Status;

#[tokio::test]
async fn nobody_talks_before_they_agreed_and_then_something_answers_on_each_database() {
    for here in Here::each().await {
        let refused = here.say(Where::New, 1, "Hello").await.expect_err("she has not agreed");
        assert_eq!(refused.status, 403);
        assert_eq!(here.database.count("talks").await, 0, "nothing is kept");
        here.agree_to_talks().await;
        let told = here.begin("I have too much work and I do not know where to begin").await;
        let reply = told.reply.as_ref().expect("it is there at once");
        assert!(!reply.text.trim().is_empty() && reply.support.is_some() && !reply.by_model);
        assert_eq!(told.talk.to_string().len(), 11);
        let said = here.said(told.talk).await;
        assert_eq!(said.iter().map(|(own, _)| *own).collect::<Vec<_>>(), [true, false]);
        let talk = here.talks().await.remove(0);
        assert_eq!((talk.turns, talk.seen), (2, 2), "what answers at once is seen");
        assert_eq!(talk.head.map(|head| head.status), Some(Status::Active));
        let next = here.say(Where::Talk(told.talk), 2, "Mostly the deadlines").await.expect("goes on");
        assert_eq!((next.talk, next.number), (told.talk, 3));
        let none = here.say(Where::Talk(12_345_678_901), 3, "Hello").await.expect_err("there is no such talk");
        assert_eq!(none.status, 404);
    }
}

#[tokio::test]
async fn a_turn_that_is_sent_twice_is_one_and_is_answered_once_on_each_database() {
    for here in Here::each().await {
        here.agree_to_talks().await;
        let first = here.begin("I sleep badly").await;
        let again = here.begin("I sleep badly").await;
        assert_eq!((again.talk, again.number), (first.talk, first.number));
        assert_eq!(again.reply.map(|reply| reply.text.clone()), first.reply.map(|reply| reply.text.clone()));
        assert_eq!(here.said(first.talk).await.len(), 2);
        let other = here.say(Where::New, 1, "Something else").await.expect_err("it would be dropped, and look sent");
        assert_eq!(other.status, 409);
        let (one, two) = tokio::join!(
            here.say(Where::Talk(first.talk), 2, "It is the noise"),
            here.say(Where::Talk(first.talk), 2, "It is the noise")
        );
        assert_eq!((one.expect("said").number, two.expect("said").number), (3, 3));
        assert_eq!(here.said(first.talk).await.len(), 4);
    }
}

#[tokio::test]
async fn a_room_goes_on_in_its_newest_talk_until_that_is_ended_on_each_database() {
    for here in Here::each().await {
        here.agree_to_talks().await;
        let room = || Where::Room("lobby".into());
        let first = here.say(room(), 1, "Hello there").await.expect("said");
        let second = here.say(room(), 2, "It is me again").await.expect("said");
        assert_eq!(second.talk, first.talk);
        let ended = Change { title: Some("Over".into()), status: Some(Status::Ended) };
        own::change(&here.state, (here.alice, first.talk), &ended).await.expect("changed");
        let third = here.say(room(), 3, "And once more").await.expect("said");
        assert_ne!(third.talk, first.talk);
        let titles: Vec<_> = here.talks().await.into_iter().filter_map(|talk| Some(talk.head?.title)).collect();
        assert!(titles.contains(&"Over".to_owned()) && titles.contains(&"And once more".to_owned()), "{titles:?}");
        own::delete(&here.state, (here.alice, first.talk)).await.expect("deleted");
        assert_eq!(here.talks().await.len(), 1);
        assert_eq!(own::delete(&here.state, (here.alice, first.talk)).await.expect_err("it is gone").status, 404);
    }
}

#[tokio::test]
async fn what_is_written_is_bounded_in_length_and_in_rate_on_each_database() {
    for here in Here::each().await {
        here.agree_to_talks().await;
        for text in [String::new(), "\0\u{200b}".to_owned(), "a".repeat(4001), "a".repeat(1 << 20)] {
            assert_eq!(here.say(Where::New, 1, &text).await.expect_err("it does not read").status, 400);
        }
        let told = here.begin("\u{202e}\u{5d0} <b>I am tired</b>").await;
        here.change("UPDATE talk_turns SET at = at + $1 WHERE own = 1", 1000 * HOUR).await;
        here.say(Where::Talk(told.talk), 2, "Still tired").await.expect("what is of ahead is not of this hour");
        let mut transaction = here.database.store.begin().await.expect("begins");
        let now = transaction.database_time().await.expect("told");
        for number in 1..MOST_AN_HOUR {
            sqlx::query(
                "INSERT INTO talk_turns (person, talk, number, nonce, own, at, sealed) VALUES ($1, $2, $3, $4, 1, $5, $4)",
            )
            .bind(here.alice.0.to_vec())
            .bind(told.talk)
            .bind(100 + number)
            .bind(number.to_be_bytes().to_vec())
            .bind(now)
            .execute(&mut **transaction)
            .await
            .expect("written");
        }
        transaction.commit().await.expect("commits");
        let problem = here.say(Where::Talk(told.talk), 3, "More").await.expect_err("too many");
        assert!(problem.status == 429 && problem.retry_after.is_some(), "{problem:?}");
    }
}

#[tokio::test]
async fn danger_is_answered_by_fixed_words_and_asked_after_a_day_later_once_on_each_database() {
    for here in Here::each().await {
        here.agree_to_talks().await;
        let told = here.begin(IN_DANGER).await;
        let reply = told.reply.as_ref().expect("it is there at once");
        assert_eq!(reply.support.as_deref(), Some("crisis_response"));
        assert_eq!(told.read.as_ref().map(crate::sealed::Read::level), Some(Level::Critical));
        assert!(told.escalated && told.status == Status::RequiresAttention);
        let now = here.database.store.database_time().await.expect("told");
        follow_up::round(&here.state, now).await.expect("looked");
        assert_eq!(here.said(told.talk).await.len(), 2, "not yet");
        for _ in 0..2 {
            follow_up::round(&here.state, now + DAY + HOUR).await.expect("looked");
        }
        let said = here.turns(told.talk).await;
        assert_eq!(said.len(), 3, "once");
        let last = said.last().and_then(|of| of.turn.as_ref()).and_then(|turn| turn.support.clone());
        assert_eq!(last.as_deref(), Some("follow_up"));
        let talk = here.talks().await.remove(0);
        assert!(talk.turns > talk.seen, "it rings");
    }
}

#[tokio::test]
async fn who_talked_has_done_it_and_who_was_only_asked_has_not_on_each_database() {
    for here in Here::each().await {
        here.agree_to_talks().await;
        let told = here.begin(IN_DANGER).await;
        let store = here.state.store();
        let talked = |from: i64, until: i64| crate::has_talked(store, here.alice, from..until);
        assert!(talked(told.at, told.at + 1).await.expect("looked"));
        assert!(!talked(told.at - DAY, told.at).await.expect("looked"), "before");
        follow_up::round(&here.state, told.at + DAY + HOUR).await.expect("looked");
        assert_eq!(here.said(told.talk).await.len(), 3, "she is asked");
        assert!(!talked(told.at + 1, told.at + 3 * DAY).await.expect("looked"), "that is no talk of hers");
        own::delete(&here.state, (here.alice, told.talk)).await.expect("deleted");
        assert!(talked(told.at, told.at + 1).await.expect("looked"), "who deletes a talk has held it");
    }
}

#[tokio::test]
async fn who_was_in_no_danger_is_not_asked_and_who_withdrew_neither_on_each_database() {
    for here in Here::each().await {
        here.agree_to_talks().await;
        let calm = here.begin("The meetings take all day").await;
        let now = here.database.store.database_time().await.expect("told");
        follow_up::round(&here.state, now + 2 * DAY).await.expect("looked");
        assert_eq!(here.said(calm.talk).await.len(), 2);
        here.say(Where::New, 2, IN_DANGER).await.expect("said");
        here.agree(Choice::default()).await;
        follow_up::round(&here.state, now + 4 * DAY).await.expect("looked");
        assert_eq!(here.database.count("talk_turns").await, 0);
    }
}

#[tokio::test]
async fn whom_somebody_chose_is_told_of_danger_only_where_they_allow_it_for_talks_on_each_database() {
    for here in Here::each().await {
        here.agree_to_talks().await;
        let told = here.begin(IN_DANGER).await;
        assert_eq!(told_of(here.alice), 0);
        assert!(told.reply.is_some_and(|reply| !reply.text.contains(companion::TOLD)), "nobody is told");
        here.agree(Choice { talk: true, tell: true, ..Choice::default() }).await;
        here.say(Where::New, 2, "The coffee is cold").await.expect("said");
        assert_eq!(told_of(here.alice), 0);
        let told = here.say(Where::New, 3, IN_DANGER).await.expect("said");
        assert_eq!(told_of(here.alice), 1);
        assert!(told.reply.is_some_and(|reply| reply.text.ends_with(companion::TOLD)), "she is told with it");
        let said = here.said(told.talk).await;
        assert!(said.last().is_some_and(|(_, text)| text.ends_with(companion::TOLD)), "and it stands in the talk");
        here.say(Where::New, 3, IN_DANGER).await.expect("it came before");
        assert_eq!(told_of(here.alice), 1);
    }
}

#[tokio::test]
async fn of_who_is_not_signed_in_nothing_is_kept_and_what_a_page_sends_back_is_its_own_on_each_database() {
    for here in Here::each().await {
        let client = attune_ground::http::Client { address: [192, 0, 2, 7].into(), secure: true };
        let chat = anonymous::say(&here.state, client, Chat::default(), "I am worn out").await.expect("answered");
        assert_eq!(chat.lines.iter().map(|line| line.own).collect::<Vec<_>>(), [true, false]);
        let sealed = anonymous::seal(&here.state, &chat);
        assert!(!sealed.contains("worn"));
        assert_eq!(anonymous::open(&here.state, &sealed), Some(chat));
        for other in ["", "AAAA", &sealed[1..], &sealed.replace('A', "B")] {
            if other != sealed {
                assert_eq!(anonymous::open(&here.state, other), None, "{other}");
            }
        }
        let chat = anonymous::say(&here.state, client, Chat::default(), IN_DANGER).await.expect("answered");
        assert!(chat.is_in_danger);
        for table in ["talks", "talk_turns", "talk_consents", "talk_memory"] {
            assert_eq!(here.database.count(table).await, 0, "{table}");
        }
        let much = async {
            for _ in 0..100 {
                anonymous::say(&here.state, client, Chat::default(), "More").await?;
            }
            Ok::<_, Problem>(())
        };
        assert_eq!(much.await.expect_err("too often from one address").status, 429);
    }
}
