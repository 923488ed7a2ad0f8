//! What is told, and what is no alarm.

use std::collections::BTreeMap;

use attune_ground::store::Insert;

use super::super::count::Counted;
use super::super::rule::Day;
use super::super::who::Watcher;
use super::super::{kept, refused, view};
use super::*;
use crate::access::{self, By, Of};
use crate::rights::Permit;
use crate::sign_in::{list_services, make_service, revoke_service};

#[tokio::test]
async fn a_new_hr_persons_first_busy_week_is_no_alarm_and_a_spree_in_it_is_on_each_database() {
    for &(_, ref people, hanna) in &collectors().await {
        for day in 0..5 {
            let begin = TODAY + day * DAY + 9 * HOUR;
            spree(people, hanna, 15, begin).await;
            look(people, begin + 4 * HOUR, true).await.expect("looked");
        }
        assert_eq!(told(people).await, []);
        let begin = TODAY + 5 * DAY + 9 * HOUR;
        spree(people, hanna, 25, begin).await;
        look(people, begin + 4 * HOUR, true).await.expect("looked");
        assert_eq!(told(people).await, [(hanna, "people_a_day".to_owned(), 75)]);
    }
}

#[tokio::test]
async fn an_hour_begins_with_whoever_is_opened_first_and_not_with_the_clocks_on_each_database() {
    for &(_, ref people, hanna) in &collectors().await {
        for (numbers, at) in [(0..20, 23 * HOUR + 50 * MINUTE), (10..32, 24 * HOUR + 5 * MINUTE)] {
            opens(people, hanna, numbers, TODAY + at).await;
        }
        look(people, TODAY + DAY + HOUR, true).await.expect("looked");
        let rules = told(people).await;
        let of_hour: Vec<_> = rules.into_iter().filter(|(_, rule, _)| rule == "people_an_hour").collect();
        assert_eq!(of_hour, [(hanna, "people_an_hour".to_owned(), 32)], "over midnight, and each of them once");
    }
}

#[tokio::test]
async fn one_spree_is_one_alert_however_often_it_is_looked_by_how_many_and_after_a_kill_on_each_database() {
    for &(ref database, ref people, hanna) in &collectors().await {
        let pia = account(people, "pia", &[Role::PrivacyOfficer]).await;
        habit(people, hanna).await;
        opens(people, hanna, 0..40, TODAY + 9 * HOUR).await;
        let now = TODAY + 10 * HOUR;
        let other = collector(database);
        let (one, two) = tokio::join!(look(people, now, true), look(&other, now, true));
        assert!(one.is_ok() || two.is_ok(), "one of them at least: {one:?} {two:?}");
        let expected = [(hanna, "people_a_day".to_owned(), 40), (hanna, "people_an_hour".to_owned(), 40)];
        let sorted = async || {
            let mut all = told(people).await;
            all.sort_unstable_by(|a, b| a.1.cmp(&b.1));
            all
        };
        assert_eq!(sorted().await, expected);
        let mailed: Vec<(Vec<u8>, String)> =
            sqlx::query_as("SELECT login, kind FROM mails").fetch_all(people.store.pool()).await.expect("reads");
        assert_eq!(mailed, [(pia.0.to_vec(), "use".to_owned())], "one mail, to who watches");
        // As one that was killed before it moved on, and goes on with more of the same.
        assert_eq!(run(people, "UPDATE use_place SET place = $1", 0).await, 1);
        look(people, now, true).await.expect("looked");
        opens(people, hanna, 40..45, now).await;
        look(people, now + HOUR, true).await.expect("looked");
        let day: Vec<i64> = sorted().await.into_iter().map(|(.., count)| count).collect();
        assert_eq!(day, [45, 40], "of the day it is more, of the busiest hour as much");
        look(people, now + DAY, true).await.expect("looked");
        assert_eq!(told(people).await.len(), 2, "a day later nothing is new");
    }
}

#[tokio::test]
async fn what_goes_on_over_midnight_is_one_alert_and_the_next_evening_another_on_each_database() {
    for &(_, ref people, hanna) in &collectors().await {
        habit(people, hanna).await;
        for (numbers, begin) in [(0..8, TODAY + 23 * HOUR), (8..16, TODAY + DAY + 10 * MINUTE)] {
            opens(people, hanna, numbers, begin).await;
            look(people, begin + 5 * MINUTE, true).await.expect("looked");
        }
        assert_eq!(told(people).await, [(hanna, "at_night".to_owned(), 8)]);
        let begin = TODAY + DAY + 22 * HOUR;
        opens(people, hanna, 16..17, begin).await;
        look(people, begin + 5 * MINUTE, true).await.expect("looked");
        assert_eq!(told(people).await, [(hanna, "at_night".to_owned(), 9)], "the same day still");
        opens(people, hanna, 0..12, begin + DAY).await;
        look(people, begin + DAY + 5 * MINUTE, true).await.expect("looked");
        let rules: Vec<String> = told(people).await.into_iter().map(|(_, rule, _)| rule).collect();
        assert_eq!(rules.iter().filter(|rule| *rule == "at_night").count(), 2);
    }
}

#[tokio::test]
async fn files_taken_once_a_month_are_a_habit_and_the_first_time_is_told_on_each_database() {
    for database in databases().await {
        let people = &collector(&database);
        let (hanna, hugo) = (account(people, "hanna", &[Role::Hr]).await, account(people, "hugo", &[Role::Hr]).await);
        for login in [hanna, hugo] {
            habit(people, login).await;
            takes(people, login, (FILE, 12), TODAY - 31 * DAY + 10 * HOUR).await;
        }
        takes(people, hanna, (FILE, 12), TODAY - 62 * DAY + 10 * HOUR).await;
        for login in [hanna, hugo] {
            takes(people, login, (FILE, 12), TODAY + 10 * HOUR).await;
        }
        look(people, TODAY + 11 * HOUR, true).await.expect("looked");
        assert_eq!(told(people).await, [(hugo, "exports".to_owned(), 12)], "hanna has done so twice");
    }
}

#[tokio::test]
async fn a_clock_that_was_ahead_or_leapt_makes_no_day_a_night_on_each_database() {
    for &(_, ref people, hanna) in &collectors().await {
        habit(people, hanna).await;
        // Written in the afternoon, while the clock said that it was night, and put right since.
        opens(people, hanna, 0..8, TODAY + 23 * HOUR).await;
        look(people, TODAY + 23 * HOUR + 5 * MINUTE, false).await.expect("looked");
        assert_eq!(told(people).await, [], "while it has leapt nobody knows what is night");
        opens(people, hanna, 0..1, TODAY + 15 * HOUR).await;
        opens(people, hanna, 0..1, TODAY + DAY + 9 * HOUR).await;
        look(people, TODAY + DAY + 10 * HOUR, true).await.expect("looked");
        assert_eq!(told(people).await, [], "what is earlier was written later");
        // And one that is right.
        opens(people, hanna, 0..8, TODAY + DAY + 23 * HOUR).await;
        look(people, TODAY + DAY + 23 * HOUR + 5 * MINUTE, true).await.expect("looked");
        assert_eq!(told(people).await, [(hanna, "at_night".to_owned(), 8)]);
    }
}

#[tokio::test]
async fn ten_thousand_entries_of_a_minute_are_each_counted_once_and_what_is_kept_of_them_is_one_day_on_each_database() {
    for &(_, ref people, hanna) in &collectors().await {
        let mut transaction = people.store.begin().await.expect("begins");
        for number in 0..625 {
            entry(&mut transaction, hanna, ("GET /one/{id}.csv", person(number)), TODAY + 9 * HOUR).await;
        }
        transaction.commit().await.expect("commits");
        for doubled in [625, 1250, 2500, 5000] {
            let copied = run(
                people,
                "INSERT INTO access_log (place, person, login, detail, role, what, at, hash) \
                 SELECT place + $1, person, login, detail, role, what, at, hash FROM access_log",
                doubled,
            );
            assert_eq!(copied.await, doubled.unsigned_abs());
        }
        look(people, TODAY + 10 * HOUR, true).await.expect("looked");
        let rows: Vec<(i64, i64, i64)> = sqlx::query_as("SELECT people, busiest_hour, exports FROM use_days")
            .fetch_all(people.store.pool())
            .await
            .expect("reads");
        assert_eq!(rows, [(625, 625, 10_000)]);
    }
}

#[tokio::test]
async fn lists_acts_and_what_is_of_nobody_open_no_people_and_lists_at_night_count_once_each_on_each_database() {
    for &(_, ref people, hanna) in &collectors().await {
        let mut transaction = people.store.begin().await.expect("begins");
        for second in 0..40 {
            let at = TODAY + 23 * HOUR + second * 1000;
            for (what, of) in [
                (LIST, everybody()),
                ("GET /hr/master", everybody()),
                ("import", person(u16::try_from(second).expect("few"))),
                ("GET /api/v1/teams/figures", Vec::new()),
            ] {
                entry(&mut transaction, hanna, (what, of), at).await;
            }
        }
        transaction.commit().await.expect("commits");
        look(people, TODAY + 23 * HOUR + 5 * MINUTE, true).await.expect("looked");
        let rows: Vec<(i64, i64, i64, i64)> = sqlx::query_as("SELECT people, lists, at_night, exports FROM use_days")
            .fetch_all(people.store.pool())
            .await
            .expect("reads");
        assert_eq!(rows, [(0, 80, 2, 0)]);
        assert_eq!(told(people).await, []);
    }
}

#[tokio::test]
async fn who_asks_often_for_what_is_not_theirs_is_told_by_route_and_an_employee_is_not_watched_on_each_database() {
    for database in databases().await {
        let people = &collector(&database);
        let hanna = account(people, "hanna", &[Role::Employee, Role::Hr]).await;
        let emil = account(people, "emil", &[Role::Employee]).await;
        let hour = TODAY / HOUR + 9;
        for (login, route) in [(hanna, "GET /admin/people/{id}"), (emil, "GET /hr")] {
            for _ in 0..31 {
                refused::put(people, login.0, route, hour).await.expect("noted");
            }
        }
        refused::note_refused(people, [9; 16], "GET /hr").await;
        look(people, TODAY + 9 * HOUR + 5 * MINUTE, true).await.expect("looked");
        assert_eq!(told(people).await, [(hanna, "refused".to_owned(), 31)]);
        let rows: Vec<(String, i64)> = sqlx::query_as("SELECT route, count FROM refused_uses")
            .fetch_all(people.store.pool())
            .await
            .expect("reads");
        assert_eq!(rows, [("GET /admin/people/{id}".to_owned(), 31)], "neither of emil nor of nobody");
    }
}

#[tokio::test]
async fn rows_of_everybody_that_a_program_reads_are_files_that_are_taken_on_each_database() {
    for &(_, ref people, hanna) in &collectors().await {
        habit(people, hanna).await;
        for (what, at) in [("GET /api/v1/hr/master", 9), ("POST /api/detect-anomalies/", 10)] {
            takes(people, hanna, (what, 4), TODAY + at * HOUR).await;
        }
        look(people, TODAY + 11 * HOUR, true).await.expect("looked");
        assert_eq!(told(people).await, [(hanna, "exports".to_owned(), 8)], "who never took one before");
    }
}

#[tokio::test]
async fn a_machine_stands_in_the_log_by_its_token_and_its_files_are_held_against_its_habit_on_each_database() {
    for database in databases().await {
        let people = &collector(&database);
        make_service(&people.store, "dashboard", &[Permit::ReadTeams], (None, &By::COMMAND), None).await.expect("made");
        let token = list_services(&people.store).await.expect("reads")[0].id;
        let machine = Asker::new(Means::Service(token, vec![Permit::ReadTeams]), Scope::All);
        let machine = machine.at("GET", "/api/v1/teams/figures.csv");
        for _ in 0..10 {
            access::read(&people.store, &machine, Of::Nobody).await.expect("noted");
        }
        let newest = access::newest(&people.store, i64::MAX, 1).await.expect("reads");
        assert_eq!((newest[0].login, newest[0].role.as_str()), (Some(token.0), "service"));
        look(people, now_millis(), true).await.expect("looked");
        assert_eq!(told(people).await, [(LoginId(token.0), "exports".to_owned(), 10)]);
        assert!(revoke_service(&people.store, token, &By::COMMAND).await.expect("revoked"));
        assert!(access::read(&people.store, &machine, Of::Nobody).await.is_err(), "nothing is read by it any more");
    }
}

#[tokio::test]
async fn who_guesses_at_the_second_factor_of_who_has_power_over_others_is_told_once_on_each_database() {
    for &(_, ref people, hanna) in &collectors().await {
        let emil = account(people, "emil", &[Role::Employee]).await;
        let mut transaction = people.store.begin().await.expect("begins");
        for login in [hanna, emil] {
            sqlx::query("INSERT INTO failed_sign_ins (tag, failures, failed_at) VALUES ($1, 12, $2)")
                .bind(people.own.tag("tries of a code", &login.0).to_vec())
                .bind(now_millis())
                .execute(&mut **transaction)
                .await
                .expect("put");
        }
        transaction.commit().await.expect("commits");
        for _ in 0..2 {
            look(people, now_millis(), true).await.expect("looked");
        }
        assert_eq!(told(people).await, [(hanna, "wrong_codes".to_owned(), 12)]);
    }
}

#[tokio::test]
async fn what_is_too_old_goes_and_of_an_account_that_is_removed_all_but_what_was_unusual_on_each_database() {
    for &(ref database, ref people, hanna) in &collectors().await {
        let pia = account(people, "pia", &[Role::PrivacyOfficer]).await;
        habit(people, hanna).await;
        opens(people, hanna, 0..40, TODAY + 9 * HOUR).await;
        refused::put(people, hanna.0, "GET /admin", (TODAY - 9 * DAY) / HOUR).await.expect("noted");
        look(people, TODAY + 10 * HOUR, true).await.expect("looked");
        assert_eq!(database.count("use_days").await, 11);
        look(people, TODAY + 95 * DAY, true).await.expect("looked");
        assert_eq!((database.count("use_days").await, database.count("refused_uses").await), (6, 0), "of 100 days");

        let asks = asker(pia, &[Role::PrivacyOfficer]);
        let watcher = Watcher::of(&asks).expect("watches");
        let list = view::list(people, watcher).await.expect("reads");
        let of_day = list.uses.iter().find(|one| one.rule == "people_a_day").expect("is told");
        let said = ("Hanna prepared a meeting.", of_day.count);
        view::acknowledge(people, &asks, &of_day.id, said).await.expect("acknowledged");
        remove(people, hanna).await;
        for table in ["unusual_use_notes", "use_days", "refused_uses"] {
            assert_eq!(database.count(table).await, 0, "{table}");
        }
        let list = view::list(people, watcher).await.expect("reads");
        let left: Vec<_> =
            list.uses.iter().map(|one| (one.who.as_str(), one.rule, one.acknowledged_at.is_some())).collect();
        let gone = "an account that is gone";
        assert_eq!(left, [(gone, "people_an_hour", false), (gone, "people_a_day", true)]);
    }
}

#[tokio::test]
async fn who_erases_their_account_before_anybody_looked_does_not_hide_what_they_did_on_each_database() {
    for &(ref database, ref people, hanna) in &collectors().await {
        habit(people, hanna).await;
        look(people, TODAY, true).await.expect("looked");
        spree(people, hanna, 25, TODAY + 9 * HOUR).await;
        remove(people, hanna).await;
        look(people, TODAY + 13 * HOUR, true).await.expect("looked");
        assert_eq!(told(people).await, [(hanna, "people_a_day".to_owned(), 75)]);
        assert_eq!(database.count("use_days").await, 0, "nothing is kept of who is gone");
    }
}

#[tokio::test]
async fn lists_that_are_opened_daily_are_a_habit_and_a_sudden_rush_of_them_is_told_on_each_database() {
    for &(_, ref people, hanna) in &collectors().await {
        let (hugo, nina) = (account(people, "hugo", &[Role::Hr]).await, account(people, "nina", &[Role::Hr]).await);
        for day in 1..=8 {
            let at = TODAY - day * DAY + 10 * HOUR;
            takes(people, hanna, (LIST, 45), at).await;
            takes(people, hugo, (LIST, 2), at).await;
        }
        for (login, times) in [(hanna, 60), (hugo, 60), (nina, 90)] {
            takes(people, login, (LIST, times), TODAY + 10 * HOUR).await;
        }
        look(people, TODAY + 11 * HOUR, true).await.expect("looked");
        let expected = [(hugo, "lists_a_day".to_owned(), 60)];
        assert_eq!(told(people).await, expected, "hanna does so each day, and nina is new");
        takes(people, nina, (LIST, 11), TODAY + 11 * HOUR).await;
        look(people, TODAY + 12 * HOUR, true).await.expect("looked");
        assert_eq!(told(people).await.len(), 2, "and of who is new more than is set");
    }
}

#[tokio::test]
async fn what_was_written_while_a_clock_was_ahead_is_told_once_that_is_past_and_is_of_no_night_on_each_database() {
    for &(_, ref people, hanna) in &collectors().await {
        habit(people, hanna).await;
        look(people, TODAY + 14 * HOUR, true).await.expect("looked");
        opens(people, hanna, 0..40, TODAY + 23 * HOUR).await;
        look(people, TODAY + 15 * HOUR, true).await.expect("looked");
        assert_eq!(told(people).await, [], "it lies ahead");
        for _ in 0..2 {
            look(people, TODAY + 23 * HOUR + 5 * MINUTE, true).await.expect("looked");
        }
        let mut rules: Vec<String> = told(people).await.into_iter().map(|(_, rule, _)| rule).collect();
        rules.sort_unstable();
        assert_eq!(rules, ["people_a_day", "people_an_hour"], "though nothing followed it");
        opens(people, hanna, 40..41, TODAY + 23 * HOUR + 6 * MINUTE).await;
        look(people, TODAY + 23 * HOUR + 10 * MINUTE, true).await.expect("looked");
        assert_eq!(told(people).await.len(), 2, "that day nobody knows what was night");
        opens(people, hanna, 0..12, TODAY + DAY + 23 * HOUR).await;
        look(people, TODAY + DAY + 23 * HOUR + 5 * MINUTE, true).await.expect("looked");
        let of_night: Vec<_> = told(people).await.into_iter().filter(|(_, rule, _)| rule == "at_night").collect();
        assert_eq!(of_night, [(hanna, "at_night".to_owned(), 12)], "the next day it is known");
    }
}

#[tokio::test]
async fn a_collector_that_was_overtaken_takes_nothing_back_of_what_was_counted_later_on_each_database() {
    for &(_, ref people, hanna) in &collectors().await {
        for (opened, seen, kept) in [(40, 200, 40), (5, 100, 40), (45, 200, 45)] {
            let day = Day { people: opened, ..Day::default() };
            let days = BTreeMap::from([(TODAY / DAY, Counted { day, first: TODAY, last: TODAY })]);
            let mut transaction = people.store.begin().await.expect("begins");
            kept::put(&mut transaction, hanna.0, (&days, seen)).await.expect("kept");
            transaction.commit().await.expect("commits");
            let (people,): (i64,) =
                sqlx::query_as("SELECT people FROM use_days").fetch_one(people.store.pool()).await.expect("reads");
            assert_eq!(people, kept, "{opened} counted up to {seen}");
        }
    }
}

#[tokio::test]
async fn refusals_from_before_a_pause_of_hours_are_told_on_each_database() {
    for &(_, ref people, hanna) in &collectors().await {
        for _ in 0..31 {
            refused::put(people, hanna.0, "GET /admin/people/{id}", TODAY / HOUR + 9).await.expect("noted");
        }
        look(people, TODAY + 14 * HOUR, true).await.expect("looked");
        assert_eq!(told(people).await, [(hanna, "refused".to_owned(), 31)]);
    }
}

#[tokio::test]
async fn what_was_done_while_nobody_could_look_is_told_and_what_was_before_anybody_did_is_not_on_each_database() {
    for &(_, ref people, hanna) in &collectors().await {
        spree(people, hanna, 25, TODAY - 5 * DAY + 9 * HOUR).await;
        look(people, TODAY, true).await.expect("looked");
        assert_eq!(told(people).await, [], "of before");
        spree(people, hanna, 25, TODAY + 9 * HOUR).await;
        look(people, TODAY + 4 * DAY, true).await.expect("looked");
        assert_eq!(told(people).await, [(hanna, "people_a_day".to_owned(), 75)]);
        for _ in 0..31 {
            refused::put(people, hanna.0, "GET /admin/people/{id}", TODAY / HOUR + 4 * 24 + 9).await.expect("noted");
        }
        look(people, TODAY + 9 * DAY, true).await.expect("looked");
        assert_eq!(
            told(people).await[1..],
            [(hanna, "refused".to_owned(), 31)],
            "nor are refusals of days before lost"
        );
    }
}

#[tokio::test]
async fn an_entry_that_does_not_read_keeps_nobody_else_from_being_watched_on_each_database() {
    for &(_, ref people, hanna) in &collectors().await {
        let hugo = account(people, "hugo", &[Role::Hr]).await;
        let mut transaction = people.store.begin().await.expect("begins");
        entry(&mut transaction, hanna, (ONE, vec![1; 3]), TODAY + 9 * HOUR).await;
        transaction.commit().await.expect("commits");
        spree(people, hugo, 25, TODAY + 9 * HOUR).await;
        look(people, TODAY + 13 * HOUR, true).await.expect("looked");
        assert_eq!(told(people).await, [(hugo, "people_a_day".to_owned(), 75)]);
    }
}

#[tokio::test]
async fn who_guesses_at_a_second_factor_is_not_hidden_among_ten_thousand_others_that_fail_on_each_database() {
    let put = Insert::new("INSERT INTO failed_sign_ins (tag, failures, failed_at)", 3, "");
    for &(_, ref people, hanna) in &collectors().await {
        let hers = people.own.tag("tries of a code", &hanna.0).to_vec();
        let others = (0..10_001_u32).map(|number| (number.to_be_bytes().to_vec(), 20));
        let all: Vec<(Vec<u8>, i64)> = others.chain([(hers, 12)]).collect();
        let mut transaction = people.store.begin().await.expect("begins");
        let written = put
            .rows(&mut transaction, &all, |query, (tag, failures)| {
                query.bind(tag.clone()).bind(*failures).bind(now_millis())
            })
            .await;
        assert_eq!(written.expect("put"), 10_002);
        transaction.commit().await.expect("commits");
        look(people, now_millis(), true).await.expect("looked");
        assert_eq!(told(people).await, [(hanna, "wrong_codes".to_owned(), 12)]);
    }
}
