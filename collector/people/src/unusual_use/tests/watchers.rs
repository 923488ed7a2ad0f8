//! Who sees and acknowledges what.

use attune_ground::retention::{Age, Class};
use attune_ground::store::Store;

use super::super::cases::{self, Found};
use super::super::rule::Rule;
use super::super::view;
use super::super::who::Watcher;
use super::*;
use crate::access::{self, By, Of};
use crate::retention::AGING;

fn found(login: LoginId, role: Role, count: i64) -> Found {
    Found {
        login: login.0,
        rule: Rule::AtNight,
        day: TODAY / DAY,
        role: role.name().to_owned(),
        count,
        usual: Some(0),
        most: 6,
        first_at: TODAY + 9 * HOUR,
        last_at: TODAY + 23 * HOUR,
    }
}

async fn raise(store: &Store, found: &Found) -> bool {
    let mut transaction = store.begin().await.expect("begins");
    let is_news = cases::raise(&mut transaction, found).await.expect("raised");
    transaction.commit().await.expect("commits");
    is_news
}

/// Whose use somebody is shown, and by how many others theirs is looked at.
async fn shown(people: &People, asker: &Asker) -> (Vec<String>, u64) {
    let watcher = Watcher::of(asker).expect("watches");
    let list = view::list(people, watcher).await.expect("reads");
    let mut names: Vec<String> = list.uses.into_iter().map(|one| one.who).collect();
    names.sort_unstable();
    (names, list.watched_by)
}

async fn id_of(people: &People, asker: &Asker, who: &str) -> String {
    let list = view::list(people, Watcher::of(asker).expect("watches")).await.expect("reads");
    list.uses.into_iter().find(|one| one.who == who).expect("is shown").id
}

#[tokio::test]
async fn nobody_sees_what_is_about_themselves_and_administrators_see_that_of_privacy_officers_on_each_database() {
    for &(_, ref people, hanna) in &collectors().await {
        let pia = account(people, "pia", &[Role::PrivacyOfficer]).await;
        let pia_asks = asker(pia, &[Role::PrivacyOfficer]);
        raise(&people.store, &found(hanna, Role::Hr, 40)).await;
        raise(&people.store, &found(pia, Role::PrivacyOfficer, 40)).await;
        assert_eq!(shown(people, &pia_asks).await, (vec!["hanna".to_owned()], 0), "nobody looks at hers");

        let ada = account(people, "ada", &[Role::Admin]).await;
        let ada_asks = asker(ada, &[Role::Admin]);
        raise(&people.store, &found(ada, Role::Admin, 40)).await;
        assert_eq!(shown(people, &ada_asks).await, (vec!["pia".to_owned()], 1));
        let both = vec!["ada".to_owned(), "hanna".to_owned()];
        assert_eq!(shown(people, &pia_asks).await, (both, 1), "an administrator does from now on");

        let paul = account(people, "paul", &[Role::PrivacyOfficer, Role::Admin]).await;
        let paul_asks = asker(paul, &[Role::PrivacyOfficer, Role::Admin]);
        raise(&people.store, &found(paul, Role::Admin, 40)).await;
        let all = ["ada", "hanna", "pia"].map(str::to_owned).to_vec();
        assert_eq!(shown(people, &paul_asks).await, (all, 2), "his own is not among them, whichever role is on");
        for roles in [&[Role::Hr, Role::Employee][..], &[Role::Manager], &[Role::Employee]] {
            assert_eq!(Watcher::of(&asker(hanna, roles)), None, "{roles:?}");
        }
        let own = id_of(people, &paul_asks, "pia").await;
        let refused = view::one(people, Watcher::of(&pia_asks).expect("watches"), &own, None).await;
        assert_eq!(refused.expect_err("her own").status, 404);
        let refused = view::acknowledge(people, &pia_asks, &own, ("I know her well.", 40)).await.expect_err("her own");
        assert_eq!(refused.status, 404);
        let hannas = id_of(people, &pia_asks, "hanna").await;
        let refused = view::acknowledge(people, &ada_asks, &hannas, ("It was me who asked.", 40)).await;
        assert_eq!(refused.expect_err("not hers to look at").status, 404);
    }
}

#[tokio::test]
async fn who_acknowledges_says_why_once_it_is_on_record_and_what_doubles_is_told_anew_on_each_database() {
    for &(_, ref people, hanna) in &collectors().await {
        let pia = account(people, "pia", &[Role::PrivacyOfficer]).await;
        let asks = asker(pia, &[Role::PrivacyOfficer]);
        assert!(raise(&people.store, &found(hanna, Role::Hr, 20)).await);
        let id = id_of(people, &asks, "hanna").await;
        for note in ["", " \n ", "\u{200b}\u{feff} \u{200e}", "a\0b", &"x".repeat(view::LONGEST + 1)] {
            let refused = view::acknowledge(people, &asks, &id, (note, 20)).await.expect_err("no note");
            assert_eq!((refused.status, refused.field.as_deref()), (400, Some("note")));
        }
        for id in ["", "x", "00", "ffffffffffffffffffffffffffffffff"] {
            assert_eq!(
                view::acknowledge(people, &asks, id, ("a note", 20)).await.expect_err("none").status,
                404,
                "{id}"
            );
        }
        let note = "She prepared a meeting \u{202e}\u{200b}\u{1f600}.";
        assert!(!raise(&people.store, &found(hanna, Role::Hr, 30)).await, "it grew while it was read");
        for (seen, expected) in [(-1, 400), (0, 400), (31, 400), (15, 409)] {
            let refused = view::acknowledge(people, &asks, &id, (note, seen)).await.expect_err("was not so many");
            assert_eq!((refused.status, refused.field.as_deref()), (expected, Some("count")), "{seen}");
        }
        view::acknowledge(people, &asks, &id, (note, 20)).await.expect("acknowledged");
        let again = view::acknowledge(people, &asks, &id, ("And again.", 30)).await.expect_err("it is");
        assert_eq!(again.status, 409);
        let newest = access::newest(&people.store, i64::MAX, 1).await.expect("reads");
        let on_record = (newest[0].what.as_str(), newest[0].of, newest[0].login);
        assert_eq!(on_record, ("acknowledge use", Of::Nobody, Some(pia.0)));

        let watcher = Watcher::of(&asks).expect("watches");
        let detail = view::one(people, watcher, &id, None).await.expect("reads");
        let said: Vec<_> =
            detail.notes.iter().map(|note| (note.by.as_str(), note.text.as_deref(), note.count)).collect();
        assert_eq!(said, [("pia", Some(note), 20)]);
        assert_eq!(detail.unusual.acknowledged_by.as_deref(), Some("pia"));
        let lies: (Vec<u8>,) =
            sqlx::query_as("SELECT sealed FROM unusual_use_notes").fetch_one(people.store.pool()).await.expect("reads");
        assert!(!lies.0.windows(7).any(|part| part == b"meeting"), "it lies sealed");

        assert!(!raise(&people.store, &found(hanna, Role::Hr, 39)).await, "more of it is no news");
        assert!(raise(&people.store, &found(hanna, Role::Hr, 40)).await, "twice what was seen is");
        assert!(!raise(&people.store, &found(hanna, Role::Hr, 40)).await, "once");
        let detail = view::one(people, watcher, &id, None).await.expect("reads");
        assert_eq!((detail.unusual.acknowledged_at, detail.notes.len()), (None, 1), "what was said before stays");
    }
}

#[tokio::test]
async fn who_is_made_privacy_officer_later_brings_nothing_of_before_to_administrators_on_each_database() {
    for &(_, ref people, hanna) in &collectors().await {
        let pia = account(people, "pia", &[Role::PrivacyOfficer]).await;
        let ada = account(people, "ada", &[Role::Admin]).await;
        for login in [hanna, pia] {
            raise(&people.store, &found(login, Role::Hr, 40)).await;
        }
        run(people, "UPDATE login_roles SET given_at = given_at - $1", 2000).await;
        run(people, "UPDATE unusual_uses SET opened_at = opened_at - $1", 1000).await;
        let ada_asks = asker(ada, &[Role::Admin]);
        assert_eq!(shown(people, &ada_asks).await.0, ["pia"]);
        for login in [hanna, pia] {
            let mut transaction = people.store.begin().await.expect("begins");
            let roles = (&[Role::Hr, Role::PrivacyOfficer][..], None);
            let set = sign_in::set_roles(&mut transaction, &people.keys, login, roles, &By::COMMAND).await;
            set.expect("set").expect("is there");
            transaction.commit().await.expect("commits");
        }
        assert_eq!(shown(people, &ada_asks).await.0, ["pia"], "who was one is one still, and since then");
    }
}

#[tokio::test]
async fn the_entries_of_a_use_are_told_page_by_page_and_name_people_by_pseudonyms_on_each_database() {
    for &(_, ref people, hanna) in &collectors().await {
        let pia = account(people, "pia", &[Role::PrivacyOfficer]).await;
        let watcher = Watcher::of(&asker(pia, &[Role::PrivacyOfficer])).expect("watches");
        opens(people, hanna, 0..250, TODAY + 9 * HOUR).await;
        opens(people, hanna, 300..301, TODAY - HOUR).await;
        look(people, TODAY + 10 * HOUR, true).await.expect("looked");
        let list = view::list(people, watcher).await.expect("reads");
        let id = &list.uses.iter().find(|one| one.rule == "people_a_day").expect("is told").id;
        let first = view::one(people, watcher, id, None).await.expect("reads");
        let next = first.next.expect("there are more");
        let second = view::one(people, watcher, id, Some(&next)).await.expect("reads");
        assert_eq!((first.entries.len(), second.entries.len(), second.next), (200, 50, None));
        let mut places: Vec<i64> = first.entries.iter().chain(&second.entries).map(|entry| entry.place).collect();
        places.dedup();
        assert_eq!(places.len(), 250, "each once, and none of the day before");
        let named = first.entries.iter().filter_map(|entry| entry.pseudonym.as_ref());
        assert!(named.clone().count() == 200 && named.clone().all(|name| name.len() == 16));
        for wrong in ["", "x", "1.x", "1"] {
            let refused = view::one(people, watcher, id, Some(wrong)).await.expect_err("no page");
            assert_eq!((refused.status, refused.field.as_deref()), (400, Some("after")), "{wrong}");
        }
        let before = view::one(people, watcher, id, Some("0.0")).await.expect("reads");
        assert_eq!(before.entries.len(), 200, "nothing from before it is told");
    }
}

#[tokio::test]
async fn what_was_found_while_a_clock_was_ahead_keeps_nothing_from_being_told_until_then_on_each_database() {
    for &(ref database, ref people, hanna) in &collectors().await {
        let today = found(hanna, Role::Hr, 40);
        let later = |days: i64| Found {
            day: today.day + days,
            first_at: today.first_at + days * DAY,
            last_at: today.last_at + days * DAY,
            ..today.clone()
        };
        for (days, is_news) in [(5, true), (1, true), (0, true), (0, false), (1, false)] {
            assert_eq!(raise(&people.store, &later(days)).await, is_news, "{days}");
        }
        assert_eq!(database.count("unusual_uses").await, 3);
    }
}

#[tokio::test]
async fn who_goes_on_day_and_night_is_told_anew_every_other_day_on_each_database() {
    for &(ref database, ref people, hanna) in &collectors().await {
        let today = found(hanna, Role::Hr, 40);
        for (days, is_news) in [(0, true), (1, false), (2, true), (3, false)] {
            let of_day = Found {
                day: today.day + days,
                first_at: TODAY + days * DAY,
                last_at: TODAY + days * DAY + 23 * HOUR,
                ..today.clone()
            };
            assert_eq!(raise(&people.store, &of_day).await, is_news, "{days}");
        }
        assert_eq!(database.count("unusual_uses").await, 2);
        assert!(!raise(&people.store, &today).await, "looked at anew");
    }
}

#[tokio::test]
async fn who_is_no_privacy_officer_any_more_acknowledges_nothing_that_they_were_let_in_for_on_each_database() {
    for &(ref database, ref people, hanna) in &collectors().await {
        let both = [Role::PrivacyOfficer, Role::Admin];
        let paul = account(people, "paul", &both).await;
        let asks = asker(paul, &both);
        raise(&people.store, &found(hanna, Role::Hr, 40)).await;
        let id = id_of(people, &asks, "hanna").await;
        assert_eq!(run(people, "DELETE FROM login_roles WHERE role = 'privacy_officer' AND given_at > $1", 0).await, 1);
        let refused = view::acknowledge(people, &asks, &id, ("It is fine.", 40)).await.expect_err("not theirs");
        assert_eq!(refused.status, 404, "that of privacy officers is all that is left to them");
        assert_eq!(run(people, "DELETE FROM login_roles WHERE role = 'admin' AND given_at > $1", 0).await, 1);
        let refused = view::acknowledge(people, &asks, &id, ("It is fine.", 40)).await.expect_err("nor anything");
        assert_eq!((refused.status, database.count("unusual_use_notes").await), (401, 0));
    }
}

#[tokio::test]
async fn what_was_unusual_is_kept_as_long_as_requests_are_on_each_database() {
    for &(ref database, ref people, hanna) in &collectors().await {
        raise(&people.store, &found(hanna, Role::Hr, 40)).await;
        let aging = AGING.iter().find(|aging| aging.class == Class::Requests).expect("has a class");
        for (days, expected) in [(1094, 0), (1096, 1)] {
            let age = Age { now: now_millis() + days * DAY, days: 1095 };
            assert_eq!((aging.due)(&people.store, None, age).await.expect("counts").rows, expected);
            assert_eq!((aging.delete)(&people.store, age).await.expect("deleted"), expected);
        }
        assert_eq!(database.count("unusual_uses").await, 0);
    }
}
