use attune_ground::{Answering, Listener};

use super::*;
use crate::reminders::{answer, put_off, stop, waiting};
use crate::{bell, holdings};

async fn counted(here: &Here) -> i64 {
    here.database.count("reminders").await
}

#[tokio::test]
async fn two_collectors_at_once_and_one_that_looks_again_make_one_reminder_on_each_database() {
    for here in Here::each().await {
        let due = here.chosen(&daily()).await;
        here.round(due - 1).await;
        assert_eq!(counted(&here).await, 0, "it is not due");
        let other = here.beside(Profile::Research, Papers::default());
        let (one, another) = tokio::join!(round(&here.state, due), round(&other, due));
        one.expect("looked");
        another.expect("looked");
        for later in [0, 1, 30 * MINUTE, 3 * HOUR] {
            here.round(due + later).await;
            round(&other, due + later).await.expect("looked");
        }
        assert_eq!(here.reminders().await.iter().map(|of| of.due).collect::<Vec<_>>(), [due]);
    }
}

#[tokio::test]
async fn a_clock_that_leaps_ahead_by_a_week_gives_one_reminder_and_one_that_leaps_back_none_twice_on_each_database() {
    for here in Here::each().await {
        let due = here.chosen(&daily()).await;
        here.round(due + 7 * DAY).await;
        here.round(due + 7 * DAY + MINUTE).await;
        assert_eq!(here.reminders().await.iter().map(|of| of.due).collect::<Vec<_>>(), [due + 7 * DAY]);
        // Back by a week: each day's own is made, and that of the last day is there already.
        for day in 0..8 {
            for later in [0, 0, HOUR] {
                here.round(due + day * DAY + later).await;
            }
        }
        let mut made: Vec<i64> = here.reminders().await.iter().map(|of| (of.due - due) / DAY).collect();
        made.sort_unstable();
        assert_eq!(made, [0, 1, 2, 3, 4, 5, 6, 7]);
        let now = due + 7 * DAY;
        let waiting = here.reminders().await.into_iter().filter(|of| of.waits(now)).map(|of| of.due);
        assert_eq!(waiting.collect::<Vec<_>>(), [now], "what was made while the clock was ahead is not lost");
    }
}

#[tokio::test]
async fn what_was_chosen_while_the_clock_was_ahead_holds_once_it_is_right_again_on_each_database() {
    for here in Here::each().await {
        let due = here.chosen(&daily()).await;
        let back = due - 30 * DAY;
        here.round(back - 1).await;
        assert_eq!(counted(&here).await, 0);
        here.round(back).await;
        assert_eq!(here.reminders().await.iter().map(|of| of.due).collect::<Vec<_>>(), [back]);
    }
}

#[tokio::test]
async fn nobody_is_reminded_in_quiet_hours_and_what_was_due_before_comes_when_they_end_on_each_database() {
    for here in Here::each().await {
        let quiet = Wish { quiet_from: Some("20:00".into()), quiet_until: Some("07:00".into()), ..daily() };
        let due = here.chosen(&quiet).await;
        for later in [12 * HOUR, 22 * HOUR - 1] {
            here.round(due + later).await;
            assert_eq!(counted(&here).await, 0, "{later}");
        }
        here.round(due + 22 * HOUR).await;
        assert_eq!(counted(&here).await, 1);
    }
}

#[tokio::test]
async fn reminders_end_after_some_and_on_a_day_and_are_made_no_more_on_each_database() {
    for here in Here::each().await {
        let due = here.chosen(&Wish { count: Some(2), ..daily() }).await;
        for day in 0..5 {
            here.round(due + day * DAY).await;
        }
        assert_eq!(counted(&here).await, 2);
        assert_eq!(here.plan().await.and_then(|plan| plan.left), Some(0));
        here.choose(&Wish { until: Some("2020-01-01".into()), ..daily() }).await.expect("chosen");
        here.round(due + 9 * DAY).await;
        assert_eq!(counted(&here).await, 2);
    }
}

#[tokio::test]
async fn who_did_it_before_is_not_reminded_and_who_says_so_is_not_mailed_on_each_database() {
    for here in Here::each().await {
        let due = here.chosen(&daily()).await;
        here.does(due - HOUR);
        here.round(due).await;
        assert!(here.reminders().await[0].answered_at.is_some(), "and nothing of it waits");
        let next = due + DAY;
        here.round(next).await;
        assert!(here.reminders().await[0].waits(next));
        for _ in 0..2 {
            answer(&here.state, (here.alice, Kind::CheckIn), next).await.expect("answered");
        }
        here.round(next + 5 * HOUR).await;
        let newest = here.reminders().await.remove(0);
        assert!(newest.answered_at.is_some() && newest.missed_at.is_none() && !newest.waits(next), "{newest:?}");
        assert_eq!(here.mails(here.login).await, Vec::<String>::new());
        let none = answer(&here.state, (here.alice, Kind::CheckIn), next + 1).await.expect_err("there is none");
        assert_eq!(none.status, 404);
    }
}

#[tokio::test]
async fn one_can_be_put_off_for_some_hours_until_it_was_missed_on_each_database() {
    for here in Here::each().await {
        let due = here.chosen(&daily()).await;
        here.round(due).await;
        let of = (here.alice, Kind::CheckIn);
        assert_eq!(put_off(&here.state, of, due, 2).await.expect_err("not for two").status, 400);
        put_off(&here.state, of, due, 1).await.expect("put off");
        assert_ne!(here.reminders().await[0].show_at, due, "it is an hour from now, by the database's clock");
        here.change("UPDATE reminders SET due = due - $1", 3 * DAY).await;
        let long_ago = put_off(&here.state, of, due - 3 * DAY, 1).await.expect_err("the next one was due");
        assert_eq!((long_ago.status, long_ago.field.as_deref()), (409, Some("hours")));
        here.change("UPDATE reminders SET missed_at = $1, due = due + 259200000", due).await;
        assert_eq!(put_off(&here.state, of, due, 1).await.expect_err("it was missed").status, 404);
    }
}

#[tokio::test]
async fn what_nobody_judged_in_time_is_given_an_hour_more_on_each_database() {
    for here in Here::each().await {
        let due = here.chosen(&daily()).await;
        here.round(due).await;
        let late = due + 8 * HOUR;
        here.round(late).await;
        here.round(late + HOUR - 1).await;
        assert!(here.reminders().await[0].missed_at.is_none());
        here.round(late + HOUR).await;
        assert_eq!(here.reminders().await[0].missed_at, Some(late + HOUR));
    }
}

#[tokio::test]
async fn nobody_is_mailed_in_quiet_hours_of_one_that_is_judged_late_on_each_database() {
    for late in [HOUR, 3 * HOUR] {
        for here in Here::each().await {
            // Missed at one, quiet from two on.
            let quiet = Wish { quiet_from: Some("14:00".into()), quiet_until: Some("08:00".into()), ..daily() };
            let due = here.chosen(&quiet).await;
            here.round(due).await;
            for now in [due + 4 * HOUR + late, due + 5 * HOUR + late, due + 23 * HOUR - 1] {
                here.round(now).await;
                assert_eq!(here.mails(here.login).await, Vec::<String>::new());
            }
            here.round(due + 23 * HOUR).await;
            assert_eq!(here.mails(here.login).await, ["missed"]);
        }
    }
}

#[tokio::test]
async fn what_comes_from_a_device_of_an_earlier_account_of_somebody_counts_on_each_database() {
    for here in Here::each().await {
        let (other, due) = (here.earlier().await, here.chosen(&daily()).await);
        let source = Source::by(move |person, range| {
            Box::pin(async move { Ok(person == other && range.contains(&(due + HOUR))) })
        });
        let state = Contact::new(here.state.people().clone(), vec![(Kind::CheckIn, source)]);
        for later in [0, 5 * HOUR] {
            round(&state, due + later).await.expect("looked");
        }
        assert!(here.reminders().await[0].answered_at.is_some(), "nobody is told on who did it");
        assert_eq!(here.mails(here.login).await, Vec::<String>::new());
    }
}

#[tokio::test]
async fn reminders_of_a_later_version_keep_no_other_waiting_on_each_database() {
    for here in Here::each().await {
        let due = here.chosen(&daily()).await;
        here.round(due).await;
        here.change(
            "WITH RECURSIVE many (n) AS (SELECT CAST(1 AS BIGINT) UNION ALL SELECT n + 1 FROM many WHERE n < 600) \
             INSERT INTO reminders (person, kind, due, show_at, judge_at, warns) \
             SELECT person, 9, many.n, many.n, many.n, 0 FROM reminder_plans CROSS JOIN many WHERE $1 = 1",
            1,
        )
        .await;
        let judging = tokio::time::timeout(std::time::Duration::from_secs(60), here.round(due + 4 * HOUR));
        judging.await.expect("it comes to an end");
        assert_eq!(here.mails(here.login).await, ["missed"]);
    }
}

#[tokio::test]
async fn what_was_made_while_the_clock_was_ahead_hides_nothing_that_waits_on_each_database() {
    for here in Here::each().await {
        let due = here.chosen(&daily()).await;
        here.round(due).await;
        here.change(
            "WITH RECURSIVE many (n) AS (SELECT CAST(1 AS BIGINT) UNION ALL SELECT n + 1 FROM many WHERE n < 30) \
             INSERT INTO reminders (person, kind, due, show_at, judge_at, warns) \
             SELECT person, kind, $1 + n * 86400000, $1 + n * 86400000, $1 + n * 86400000, 0 \
             FROM reminder_plans CROSS JOIN many",
            due,
        )
        .await;
        let waits = async || waiting(&here.database.store, here.alice, due).await.expect("reads");
        assert_eq!(waits().await.iter().map(|of| of.due).collect::<Vec<_>>(), [due]);
        answer(&here.state, (here.alice, Kind::CheckIn), due).await.expect("answered");
        assert_eq!(waits().await, []);
    }
}

#[tokio::test]
async fn of_two_kinds_each_is_mailed_as_its_person_chose_and_one_that_is_answered_leaves_the_other_on_each_database() {
    for here in Here::each().await {
        let never = || Source::by(|_, _| Box::pin(async { Ok(false) }));
        let offered = vec![(Kind::CheckIn, never()), (Kind::Talk, never())];
        let state = Contact::new(here.state.people().clone(), offered);
        let due = here.chosen(&daily()).await;
        for (mail, behind) in [(true, vec!["missed".to_owned()]), (false, Vec::new())] {
            choose(&state, here.alice, Kind::CheckIn, &daily()).await.expect("chosen");
            choose(&state, here.alice, Kind::Talk, &Wish { mail, ..daily() }).await.expect("chosen");
            let due = if mail { due } else { due + DAY };
            round(&state, due).await.expect("looked");
            round(&state, due + 4 * HOUR).await.expect("looked");
            assert_eq!(here.reminders().await.iter().filter(|of| of.missed_at == Some(due + 4 * HOUR)).count(), 2);
            assert_eq!(here.mails(here.login).await, ["missed"]);
            answer(&state, (here.alice, Kind::CheckIn), due).await.expect("answered");
            assert_eq!(here.mails(here.login).await, behind, "the other one waits still, where it is mailed at all");
            answer(&state, (here.alice, Kind::Talk), due).await.expect("answered");
            assert_eq!(here.mails(here.login).await, Vec::<String>::new());
        }
    }
}

#[tokio::test]
async fn who_chooses_anew_is_mailed_of_nothing_before_on_each_database() {
    for here in Here::each().await {
        let due = here.chosen(&daily()).await;
        here.round(due).await;
        here.round(due + 4 * HOUR).await;
        assert_eq!(here.mails(here.login).await, ["missed"]);
        here.choose(&Wish { mail: false, ..daily() }).await.expect("chosen");
        assert_eq!(here.mails(here.login).await, Vec::<String>::new());
    }
}

#[tokio::test]
async fn who_ends_reminders_is_reminded_and_mailed_no_more_on_each_database() {
    for here in Here::each().await {
        let due = here.chosen(&daily()).await;
        here.round(due).await;
        here.round(due + 5 * HOUR).await;
        assert_eq!(here.mails(here.login).await, ["missed"]);
        for _ in 0..2 {
            stop(&here.state, here.alice, Kind::CheckIn).await.expect("ended");
        }
        assert_eq!(here.mails(here.login).await, Vec::<String>::new());
        here.round(due + DAY).await;
        here.round(due + 2 * DAY).await;
        let all = here.reminders().await;
        assert!(all.len() == 1 && all[0].closed_at.is_some(), "{all:?}");
        assert_eq!(here.database.count("reminder_plans").await, 0);
    }
}

#[tokio::test]
async fn of_who_is_erased_nothing_is_made_nor_judged_and_all_of_it_goes_on_each_database() {
    for here in Here::each().await {
        let due = here.chosen(&daily()).await;
        here.round(due).await;
        here.database.destroy_key(here.alice).await;
        here.round(due + 5 * HOUR).await;
        here.round(due + DAY).await;
        assert_eq!(here.mails(here.login).await, Vec::<String>::new());
        assert_eq!(counted(&here).await, 1);
        let erased = (holdings::HOLDINGS.erase)(&here.database.store, here.alice).await.expect("erased");
        let some: Vec<_> = erased.into_iter().filter(|(_, rows)| *rows > 0).collect();
        assert_eq!(some, [("reminders", 1), ("reminder_plans", 1)]);
        here.round(due + 2 * DAY).await;
        assert_eq!(counted(&here).await, 0);
        let refused = here.choose(&daily()).await.expect_err("there is nobody");
        assert_eq!(refused.status, 410);
    }
}

#[tokio::test]
async fn who_may_not_sign_in_any_more_is_not_reminded_on_each_database() {
    for here in Here::each().await {
        let due = here.chosen(&daily()).await;
        here.round(due).await;
        here.change("UPDATE logins SET disabled_at = $1", 1).await;
        here.round(due + 5 * HOUR).await;
        here.round(due + DAY).await;
        let all = here.reminders().await;
        assert!(all.len() == 1 && all[0].missed_at.is_none() && all[0].closed_at.is_some(), "{all:?}");
        here.change("UPDATE logins SET disabled_at = NULL WHERE $1 = 1", 1).await;
        here.round(due + 2 * DAY).await;
        assert_eq!(counted(&here).await, 2, "who may again is again");
    }
}

#[tokio::test]
async fn another_zone_is_looked_at_soon_and_gives_no_second_one_on_the_same_day_on_each_database() {
    for here in Here::each().await {
        let due = here.chosen(&daily()).await;
        here.round(due).await;
        let mut transaction = here.database.store.begin().await.expect("begins");
        crate::moved(&mut transaction, here.alice).await.expect("moved");
        transaction.commit().await.expect("commits");
        here.choose(&Wish { time: "14:00".into(), ..daily() }).await.expect("chosen");
        here.round(due + 5 * HOUR).await;
        assert_eq!(counted(&here).await, 1, "twelve hours lie between two");
        here.round(due + 5 * HOUR + DAY).await;
        assert_eq!(counted(&here).await, 2);
    }
}

#[tokio::test]
async fn the_bell_counts_what_waits_for_its_person_and_a_rhythm_lies_sealed_on_each_database() {
    for here in Here::each().await {
        let due = here.chosen(&daily()).await;
        here.round(due).await;
        let listener = |person| Listener { login: here.login.0, person, teams: Answering::ForNone };
        let rings = async |of: &Listener| bell::count(&here.database.store, of).await.expect("counted");
        assert_eq!(rings(&listener(Some(here.alice))).await, 0, "by the database's clock it is not due yet");
        here.change("UPDATE reminders SET due = due - $1, show_at = show_at - $1", 2 * DAY).await;
        assert_eq!(rings(&listener(Some(here.alice))).await, 1);
        assert_eq!(rings(&listener(None)).await, 0);
        assert_eq!(rings(&listener(Some(PersonId([9; 16])))).await, 0);
        here.change("UPDATE reminders SET due = due - $1", 6 * DAY).await;
        assert_eq!(rings(&listener(Some(here.alice))).await, 0, "it is too old");

        let (sealed,): (Vec<u8>,) = sqlx::query_as("SELECT sealed FROM reminder_plans")
            .fetch_one(here.database.store.pool())
            .await
            .expect("reads");
        let at = attune_ground::SealedAt { person: here.alice, bytes: Vec::new(), numbers: vec![0] };
        let key = here.database.people.of(here.alice).await.expect("opens");
        assert!(key.open(&(holdings::CARRIED.samples[0].context)(&at), &sealed).is_ok(), "as a copy is tried");
    }
}

#[tokio::test]
async fn behind_a_restore_nobody_is_reminded_who_does_not_choose_it_anew_on_each_database() {
    for here in Here::each().await {
        let due = here.chosen(&daily()).await;
        here.round(due).await;
        let mut transaction = here.database.store.begin().await.expect("begins");
        holdings::end_reminding(&mut transaction).await.expect("put back");
        transaction.commit().await.expect("commits");
        here.round(due + DAY).await;
        let all = here.reminders().await;
        assert!(all.len() == 1 && all[0].closed_at.is_some(), "{all:?}");
    }
}
