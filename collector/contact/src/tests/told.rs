//! What HR is told, and when not.

use attune_ground::{Answering, Listener};
use attune_people::access::{self, Of};

use super::*;
use crate::bell;
use crate::reminders::{Notice, answer, notices, notices_seen, stop, told_since};

const BOTH: Papers = Papers { dpia: true, works_agreement: true };

/// A reminder of each of some days, which nobody answers; each step is done twice.
async fn miss(here: &Here, due: i64, days: std::ops::Range<i64>) {
    for day in days {
        for now in [due + day * DAY, due + day * DAY + 4 * HOUR] {
            here.round(now).await;
            here.round(now).await;
        }
    }
}

async fn told(here: &Here) -> Vec<Notice> {
    let now = here.database.store.database_time().await.expect("told");
    notices(&here.state, now).await.expect("reads")
}

/// How much rings for HR.
async fn rings(here: &Here) -> u64 {
    let listener = Listener { login: here.hanna.0, person: None, teams: Answering::ForAll };
    bell::count(&here.database.store, &listener).await.expect("counted")
}

/// The same once somebody of HR has seen these.
async fn rings_behind(here: &Here, shown: &[Notice]) -> u64 {
    let now = here.database.store.database_time().await.expect("told");
    notices_seen(&here.database.store, shown, now).await.expect("noted");
    rings(here).await
}

async fn noted(here: &Here) -> Vec<Of> {
    let notes = access::newest(&here.database.store, i64::MAX, 20).await.expect("reads");
    notes.into_iter().filter(|note| note.what == "tell unanswered").map(|note| note.of).collect()
}

#[tokio::test]
async fn a_missed_one_is_mailed_once_and_of_three_in_a_row_hr_is_told_once_who_knew_it_before_on_each_database() {
    for here in Here::each().await {
        let due = here.chosen(&daily()).await;
        miss(&here, due, 0..1).await;
        assert_eq!(here.mails(here.login).await, ["missed"]);
        assert!(!here.reminders().await[0].warns);
        miss(&here, due, 1..2).await;
        assert_eq!(here.mails(here.login).await, ["last", "missed"], "the mail says what comes");
        here.round(due + 2 * DAY).await;
        assert!(here.reminders().await[0].warns, "and so does the third");
        assert_eq!((told(&here).await, noted(&here).await), (Vec::new(), Vec::new()));

        miss(&here, due, 2..3).await;
        let heard = told(&here).await;
        assert_eq!(heard.iter().map(|of| of.user.as_deref()).collect::<Vec<_>>(), [Some("alice")]);
        assert_eq!(here.mails(here.hanna).await, ["unanswered"]);
        assert_eq!(noted(&here).await, [Of::Person(here.alice)]);
        here.change("DELETE FROM mails WHERE $1 = 1", 1).await;
        miss(&here, due, 3..6).await;
        assert_eq!((told(&here).await.len(), noted(&here).await.len()), (1, 1), "once");
        assert_eq!(here.mails(here.hanna).await, Vec::<String>::new());
        assert_eq!(here.mails(here.login).await, ["missed"]);

        answer(&here.state, (here.alice, Kind::CheckIn), due + 5 * DAY).await.expect("answered");
        assert_eq!(told(&here).await, [], "it is so no more");
        miss(&here, due, 6..8).await;
        assert_eq!(told(&here).await, []);
        miss(&here, due, 8..9).await;
        assert_eq!((told(&here).await.len(), noted(&here).await.len()), (1, 2), "three more are told again");
        stop(&here.state, here.alice, Kind::CheckIn).await.expect("ended");
        assert_eq!(told(&here).await, [], "who ends them is told on no more");
    }
}

#[tokio::test]
async fn where_one_of_three_was_answered_though_late_hr_is_told_nothing_on_each_database() {
    for here in Here::each().await {
        let due = here.chosen(&daily()).await;
        miss(&here, due, 0..2).await;
        here.round(due + 2 * DAY).await;
        assert!(here.reminders().await[0].warns);
        here.does(due + DAY + HOUR); // of the second day, and comes on the third
        miss(&here, due, 2..4).await;
        assert_eq!((told(&here).await, noted(&here).await), (Vec::new(), Vec::new()));
        miss(&here, due, 4..5).await;
        assert_eq!(told(&here).await.len(), 1, "three in a row behind it");
        here.does(due + 4 * DAY + 5 * HOUR);
        here.round(due + 5 * DAY).await;
        assert_eq!(told(&here).await, [], "and what comes later still ends it");
    }
}

#[tokio::test]
async fn what_comes_late_ends_what_hr_was_told_though_no_reminder_follows_on_each_database() {
    for here in Here::each().await {
        let due = here.chosen(&Wish { count: Some(3), ..daily() }).await;
        miss(&here, due, 0..3).await;
        assert_eq!(told(&here).await.len(), 1);
        here.does(due + 2 * DAY + HOUR);
        here.round(due + 2 * DAY + 11 * HOUR).await;
        assert_eq!((told(&here).await, noted(&here).await.len()), (Vec::new(), 1));
        assert_eq!(here.mails(here.login).await, Vec::<String>::new());
    }
}

#[tokio::test]
async fn of_who_may_not_sign_in_any_more_hr_is_told_no_more_on_each_database() {
    for here in Here::each().await {
        let due = here.chosen(&daily()).await;
        miss(&here, due, 0..3).await;
        assert_eq!(told(&here).await.len(), 1);
        here.change("UPDATE logins SET disabled_at = $1", 1).await;
        here.round(due + 3 * DAY).await;
        assert_eq!(told(&here).await, []);
    }
}

#[tokio::test]
async fn under_eu_without_both_papers_and_of_who_was_not_told_before_hr_is_told_nothing_on_each_database() {
    for lacking in [Papers::default(), Papers { works_agreement: false, ..BOTH }, Papers { dpia: false, ..BOTH }] {
        for here in Here::each_under(Profile::Eu, lacking).await {
            let due = here.chosen(&Wish { told: false, ..daily() }).await;
            miss(&here, due, 0..4).await;
            assert!(here.reminders().await.iter().all(|of| !of.warns));
            assert_eq!((here.mails(here.login).await, noted(&here).await), (vec!["missed".to_owned()], Vec::new()));
            // Papers come: who had chosen before was not told.
            let later = here.beside(Profile::Eu, BOTH);
            for day in 4..8 {
                round(&later, due + day * DAY).await.expect("looked");
                round(&later, due + day * DAY + 4 * HOUR).await.expect("looked");
            }
            assert_eq!((here.database.count("reminder_notices").await, noted(&here).await), (0, Vec::new()));
            let refused = choose(&later, here.alice, Kind::CheckIn, &Wish { told: false, ..daily() }).await;
            assert_eq!(refused.expect_err("they have to know").status, 409);
        }
    }
}

#[tokio::test]
async fn what_hr_was_told_is_shown_no_more_once_a_rule_forbids_it_on_each_database() {
    for here in Here::each_under(Profile::Eu, BOTH).await {
        let due = here.chosen(&daily()).await;
        miss(&here, due, 0..3).await;
        assert_eq!(told(&here).await.len(), 1);
        let without = here.beside(Profile::Eu, Papers::default());
        let now = here.database.store.database_time().await.expect("told");
        assert_eq!(notices(&without, now).await.expect("reads"), []);
        round(&without, due + 2 * DAY + 5 * HOUR).await.expect("looked");
        assert_eq!(rings(&here).await, 0, "nor does it ring");
        let since = told_since(&here.database.store, here.alice).await.expect("reads");
        assert_eq!(since, None, "and she is not told that it is so");
    }
}

#[tokio::test]
async fn hr_has_seen_what_it_was_shown_and_not_what_it_was_told_since_on_each_database() {
    for here in Here::each().await {
        let due = here.chosen(&daily()).await;
        let nothing = told(&here).await;
        miss(&here, due, 0..3).await;
        assert_eq!((rings(&here).await, rings_behind(&here, &nothing).await), (1, 1), "the page was opened before");
        let first = told(&here).await;
        assert_eq!(
            (rings_behind(&here, &first).await, told(&here).await.len()),
            (0, 1),
            "it stands, and rings no more"
        );
        answer(&here.state, (here.alice, Kind::CheckIn), due + 2 * DAY).await.expect("answered");
        miss(&here, due, 3..6).await;
        assert_eq!(rings_behind(&here, &first).await, 1, "what was told of her since is another");
        let second = told(&here).await;
        assert_eq!(rings_behind(&here, &second).await, 0);

        let login = known(&here.database, "bob", Role::Employee).await;
        let bob = sign_in::find(&here.database.store, &here.database.people, login).await.expect("reads");
        let bob = bob.and_then(|found| found.person).expect("he is sensed");
        let mut transaction = here.database.store.begin().await.expect("begins");
        sqlx::query("INSERT INTO reminder_notices (person, kind, due, told_at) VALUES ($1, 0, $2, $2)")
            .bind(bob.0.to_vec())
            .bind(due)
            .execute(&mut **transaction)
            .await
            .expect("written");
        transaction.commit().await.expect("commits");
        let users = told(&here).await.into_iter().map(|of| of.user).collect::<Vec<_>>();
        assert_eq!(users, [Some("bob".to_owned()), Some("alice".to_owned())], "what nobody has seen comes first");
    }
}

#[tokio::test]
async fn who_chooses_reminders_anew_is_told_on_no_more_on_each_database() {
    for here in Here::each().await {
        let due = here.chosen(&daily()).await;
        miss(&here, due, 0..3).await;
        assert_eq!(told(&here).await.len(), 1);
        assert_eq!(here.mails(here.login).await, ["missed"], "and what would come is said no more");
        here.choose(&daily()).await.expect("chosen");
        assert_eq!((told(&here).await, rings(&here).await), (Vec::new(), 0));
        let since = told_since(&here.database.store, here.alice).await.expect("reads");
        assert_eq!(since, None);
    }
}
