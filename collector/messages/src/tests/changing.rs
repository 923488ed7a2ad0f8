//! That a message ends alike in whichever order its changes come, also where one of them leaves it without words.

use super::{Here, said};
use crate::take::{Coming, Failure, LONGEST_TEXT, Taken, empty, replace, take_each, withdraw};

const ALL: &str = "SELECT COUNT(*) FROM messages";
const MARKS: &str = "SELECT COUNT(*) FROM deleted_refs";
/// How long all texts are.
const SIZE: &str = "SELECT CAST(COALESCE(SUM(size), 0) AS BIGINT) FROM messages";

impl Here {
    /// Changes the message that is called "1", as a receiver does: it is taken in where it never came.
    async fn put(&self, text: &str, at: i64) {
        let message = said("alice", Some("1"), text);
        if !replace(&self.state, &self.channel, &message, Some(at)).await.expect("asked") {
            let coming = Coming::new(&self.channel, message).changed(Some(at));
            take_each(&self.state, vec![Ok(coming)]).await.expect("answered");
        }
    }

    /// Leaves it without words.
    async fn clear(&self, at: i64) {
        empty(&self.state, &self.channel, "1", Some(at)).await.expect("asked");
    }

    async fn first(&self) -> Taken {
        self.take(vec![said("alice", Some("1"), "the first")]).await[0]
    }
}

#[tokio::test]
async fn words_of_before_a_message_was_left_without_any_do_not_come_back_on_each_database() {
    for here in Here::each().await {
        here.first().await;
        here.clear(400).await;
        here.put("words of then", 300).await;
        assert_eq!(here.count(ALL).await, 0);
        assert_eq!(here.first().await, Taken::Failed(Failure::Deleted), "nor do those that it had at first");
    }
}

#[tokio::test]
async fn words_of_after_a_message_was_left_without_any_stay_on_each_database() {
    for here in Here::each().await {
        here.first().await;
        here.put("words of now", 400).await;
        here.clear(300).await;
        assert_eq!(here.count(SIZE).await, 12);
        here.clear(500).await;
        assert_eq!(here.count(ALL).await, 0);
        here.put("words of now", 400).await;
        assert_eq!(here.count(ALL).await, 0);
    }
}

#[tokio::test]
async fn a_message_that_was_left_without_words_before_it_came_waits_for_a_later_change_on_each_database() {
    for here in Here::each().await {
        here.clear(300).await;
        assert_eq!(here.first().await, Taken::Failed(Failure::Deleted));
        here.clear(200).await;
        here.put("too early", 250).await;
        assert_eq!(here.count(ALL).await, 0, "the later of two times without words counts");
        here.put("words again", 500).await;
        assert_eq!((here.count(SIZE).await, here.count(MARKS).await), (11, 0));
        here.clear(300).await;
        assert_eq!(here.count(SIZE).await, 11, "the same once more");
        assert!(matches!(here.first().await, Taken::Known(_)));
    }
}

#[tokio::test]
async fn a_change_that_is_too_long_orders_others_as_one_without_words_on_each_database() {
    for here in Here::each().await {
        let long = "x".repeat(LONGEST_TEXT + 1);
        here.first().await;
        here.put(&long, 400).await;
        here.put("words of then", 300).await;
        assert_eq!(here.count(ALL).await, 0);
        here.put("short again", 500).await;
        here.put(&long, 400).await;
        assert_eq!(here.count(SIZE).await, 11);
    }
}

#[tokio::test]
async fn what_was_deleted_stays_so_whatever_was_left_without_words_before_and_after_on_each_database() {
    for here in Here::each().await {
        here.clear(300).await;
        assert!(!withdraw(&here.state, &here.channel, "1").await.expect("asked"));
        here.clear(400).await;
        here.put("words", 500).await;
        assert_eq!((here.count(ALL).await, here.count(MARKS).await), (0, 1));
    }
}
