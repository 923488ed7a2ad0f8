//! Whom a person chose to support them.

use attune_ground::holdings::{Parcel, Piece};
use attune_ground::time::now_millis;
use attune_people::access::{self, By};
use attune_people::{StillDue, accounts, sign_in};
use attune_protocol::ids::PersonId;
use serde_json::{Value, json};

use super::super::choices::{Choices, Mail};
use super::super::quiet::Quiet;
use super::super::record::What;
use super::super::rule::Level;
use super::super::seen::Whose;
use super::super::supporters::Danger;
use super::super::{calls, choices, recipients, round, seen, still, supporters};
use super::{DAY, HOUR, Here, today};
use crate::holdings::HOLDINGS;

#[tokio::test]
async fn a_supporter_sees_that_there_is_an_alert_and_its_level_until_it_is_taken_back_on_each_database() {
    for here in Here::each().await {
        let (person, key) = (here.alice.person.expect("she is sensed"), here.key().await);
        let own = (person, here.alice.login);
        assert_eq!(supporters::choose(&here.state, own, &key, "sue").await.expect("chosen"), Ok(()));
        let unknown = supporters::choose(&here.state, own, &key, "nobody of this name").await;
        assert_eq!(unknown.expect("chosen"), Ok(()), "nobody learns here who there is");
        let again = supporters::choose(&here.state, own, &key, "sue").await.expect("asked");
        assert_eq!(again, Err(supporters::Refused::Already));
        let oneself = supporters::choose(&here.state, own, &key, "alice").await.expect("asked");
        assert_eq!(oneself, Err(supporters::Refused::Oneself));

        let of_sue = || async { seen::of_supported(&here.state, &here.sue.asker()).await.expect("read") };
        choices::put(&here.state, here.sue.login, Choices { mail: Mail::AtOnce, quiet: None }).await.expect("chosen");
        let asked = of_sue().await;
        assert!(asked.len() == 1 && asked[0].level.is_none() && here.rings(&here.sue).await == 1, "asked, no more");
        assert!(supporters::answer(&here.state, here.sue.login, asked[0].of.id, true).await.expect("answered"));
        assert!(!supporters::answer(&here.state, here.hanna.login, asked[0].of.id, true).await.expect("answered"));

        round::look(&here.state).await.expect("looked");
        let told = of_sue().await;
        assert_eq!((told[0].name.as_deref(), told[0].level), (Some("alice"), Some(Level::Medium)));
        assert!(here.open(&here.sue).await.is_empty(), "and nothing of what was measured");
        assert_eq!(here.database.count("mails").await, 1, "to her, who has chosen it, and to nobody else");
        let looked = access::of_person(&here.database.store, person, i64::MAX, 10).await.expect("read");
        assert!(looked.iter().any(|note| note.login == Some(here.sue.login.0) && note.what == "GET /alerts"));
        let open = here.open(&here.alice).await;
        let whose = Whose::of(&here.state, &here.alice.asker()).await.expect("known");
        let whole = seen::one(&here.state, &whose, &PersonId(open[0].id).to_string()).await.expect("hers");
        assert!(whole.events.iter().any(|(event, _)| event.what == What::SupporterMailed), "and alice sees that");

        let chosen = supporters::chosen(&here.state, person, &key).await.expect("read");
        let sue = chosen.iter().find(|one| one.name == "sue").expect("chosen");
        assert!(supporters::take_back(&here.state, person, sue.id).await.expect("taken back"));
        assert!(of_sue().await.is_empty() && here.rings(&here.sue).await == 0);
        choices::put(&here.state, here.sue.login, Choices { mail: Mail::Never, quiet: None }).await.expect("chosen");
        assert_eq!(here.database.count("mails").await, 0, "who is not to be mailed is not of what waits either");
    }
}

#[tokio::test]
async fn who_was_taken_back_meanwhile_is_told_nothing_and_a_restore_puts_nobody_back_on_each_database() {
    for here in Here::each().await {
        let (person, key) = (here.alice.person.expect("she is sensed"), here.key().await);
        let choose = async || {
            let own = (person, here.alice.login);
            assert_eq!(supporters::choose(&here.state, own, &key, "sue").await.expect("chosen"), Ok(()));
            let asked = supporters::supported(&here.state, here.sue.login).await.expect("read");
            assert!(supporters::answer(&here.state, here.sue.login, asked[0].id, true).await.expect("answered"));
            asked[0].id
        };
        let id = choose().await;
        choices::put(&here.state, here.sue.login, Choices { mail: Mail::AtOnce, quiet: None }).await.expect("chosen");
        let read = recipients::of_person(&here.state, person, &key).await.expect("read");
        assert_eq!(read.iter().map(|one| one.login).collect::<Vec<_>>(), [here.sue.login]);
        let still = async || {
            let mut transaction = here.database.store.begin().await.expect("begins");
            assert!(accounts::lock(&mut transaction, person).await.expect("locked"));
            let still = recipients::still_chosen(&mut transaction, person, read.clone()).await.expect("read");
            transaction.commit().await.expect("commits");
            still
        };
        assert_eq!(still().await, read);
        assert!(supporters::take_back(&here.state, person, id).await.expect("taken back"));
        assert!(still().await.is_empty(), "though she was read before");

        choose().await;
        let told = Choices { mail: Mail::Daily, quiet: Some(Quiet { from: 20 * 60, until: 7 * 60 }) };
        choices::put(&here.state, here.alice.login, told).await.expect("chosen");
        let mut transaction = here.database.store.begin().await.expect("begins");
        sqlx::query("INSERT INTO saved_views (login, id, name, asked, made_at) VALUES ($1, $1, 'mine', 'weeks=4', 1)")
            .bind(here.alice.login.0.to_vec())
            .execute(&mut **transaction)
            .await
            .expect("kept");
        transaction.commit().await.expect("commits");
        let (mut parcel, mut out) = Parcel::new();
        let export = async {
            (HOLDINGS.export)(&here.database.store, &here.database.people, person, &mut parcel)
                .await
                .expect("exported");
            parcel.finish().await.expect("taken");
        };
        let take = async {
            let mut files: Vec<(String, Vec<u8>)> = Vec::new();
            while let Some(piece) = out.recv().await {
                match piece {
                    Piece::File(name) => files.push((name, Vec::new())),
                    Piece::Bytes(bytes) => files.last_mut().expect("a file").1.extend(bytes),
                }
            }
            files
        };
        let ((), files) = tokio::join!(export, take);
        let read = |name: &str| -> Value {
            let (_, bytes) = files.iter().find(|(file, _)| file == name).expect("it is hers");
            serde_json::from_slice(bytes).expect("JSON")
        };
        assert_eq!(read("supporters.json")[0]["name"], "sue");
        let told = json!([{"mail": "daily", "quiet_from": "20:00", "quiet_until": "07:00"}]);
        assert_eq!(read("alert_choices.json"), told);
        let views = read("saved_views.json");
        assert_eq!((&views[0]["name"], &views[0]["asked"]), (&json!("mine"), &json!("weeks=4")));

        let mut transaction = here.database.store.begin().await.expect("begins");
        crate::holdings::put_back(&mut transaction).await.expect("put back");
        transaction.commit().await.expect("commits");
        assert_eq!(here.database.count("alert_supporters").await, 0, "she may have been taken back since the copy");
    }
}

#[tokio::test]
async fn what_waits_to_be_mailed_is_looked_at_again_right_before_it_goes_on_each_database() {
    for here in Here::each().await {
        let (person, key) = (here.alice.person.expect("she is sensed"), here.key().await);
        let own = (person, here.alice.login);
        assert_eq!(supporters::choose(&here.state, own, &key, "sue").await.expect("chosen"), Ok(()));
        let id = supporters::supported(&here.state, here.sue.login).await.expect("read")[0].id;
        let sue = here.sue.login;
        assert!(supporters::answer(&here.state, sue, id, true).await.expect("answered"));
        let choose = async |mail: Mail, quiet: Option<Quiet>| {
            choices::put(&here.state, sue, Choices { mail, quiet }).await.expect("chosen");
        };
        // Half past three at night, UTC.
        let now = today() * DAY + 3 * HOUR + HOUR / 2;
        let due = async || still::still_due(&here.state, sue, now).await.expect("looked");
        choose(Mail::AtOnce, None).await;
        assert_eq!(due().await, StillDue::No, "nothing waits");
        round::look(&here.state).await.expect("looked");
        assert_eq!((due().await, here.database.count("mails").await), (StillDue::Now, 1));
        choose(Mail::AtOnce, Some(Quiet { from: 20 * 60, until: 7 * 60 })).await;
        assert_eq!(
            due().await,
            StillDue::From(today() * DAY + 7 * HOUR),
            "a mail that is tried again is not to wake her"
        );
        choose(Mail::Never, None).await;
        assert_eq!(due().await, StillDue::No, "she wants none any more");
        choose(Mail::AtOnce, None).await;
        here.run("UPDATE person_alerts SET opened_at = opened_at - 345600000").await;
        assert_eq!(due().await, StillDue::No, "of what is open for four days she was mailed");
        here.run("UPDATE person_alerts SET opened_at = opened_at + 345600000").await;
        assert_eq!(due().await, StillDue::Now);
        here.agree(2, false).await;
        assert_eq!(due().await, StillDue::No, "alice agrees to it no more");
        here.agree(3, true).await;
        assert_eq!(due().await, StillDue::Now);
        let by = By::COMMAND;
        assert!(sign_in::disable(&here.database.store, sue, &by).await.expect("disabled"));
        assert_eq!(due().await, StillDue::No, "her account is closed");
        assert!(sign_in::enable(&here.database.store, sue, &by).await.expect("enabled"));
        assert_eq!(due().await, StillDue::Now);
        assert!(supporters::take_back(&here.state, person, id).await.expect("taken back"));
        assert_eq!(due().await, StillDue::No, "alice took her back");
    }
}

/// Sue, whom alice chose, and who is mailed at once: who she is to alice.
async fn chosen(here: &Here) -> [u8; 16] {
    let own = (here.alice.person.expect("she is sensed"), here.alice.login);
    let key = here.key().await;
    assert_eq!(supporters::choose(&here.state, own, &key, "sue").await.expect("chosen"), Ok(()));
    let asked = supporters::supported(&here.state, here.sue.login).await.expect("read");
    choices::put(&here.state, here.sue.login, Choices { mail: Mail::AtOnce, quiet: None }).await.expect("chosen");
    asked[0].id
}

/// Alice writes what shows a sign of danger.
async fn write(here: &Here, sign: u8, said_at: i64) {
    let person = here.alice.person.expect("she is sensed");
    let mut transaction = here.database.store.begin().await.expect("begins");
    assert!(accounts::lock(&mut transaction, person).await.expect("locked"));
    calls::sign_of_danger(&mut transaction, person, [sign; 16], said_at).await.expect("noted");
    transaction.commit().await.expect("commits");
}

#[tokio::test]
async fn a_sign_of_danger_calls_nobody_but_who_was_chosen_for_that_and_said_yes_on_each_database() {
    for here in Here::each().await {
        let (person, id) = (here.alice.person.expect("she is sensed"), chosen(&here).await);
        let called = async || {
            write(&here, 1, now_millis()).await;
            (calls::tell(&here.state).await.expect("told"), here.database.count("supporter_calls").await)
        };
        assert!(supporters::answer(&here.state, here.sue.login, id, true).await.expect("answered"));
        assert_eq!(called().await, (0, 0), "who supports her is not called by that");
        let early = supporters::answer_danger(&here.state, here.sue.login, id, true).await.expect("answered");
        assert!(!early, "nobody says yes who was not asked");
        let others = supporters::choose_danger(&here.state, here.alice.person.expect("she"), [9; 16], true).await;
        assert!(!others.expect("asked"), "there is no such choice");
        assert!(supporters::choose_danger(&here.state, person, id, true).await.expect("chosen"));
        assert_eq!((called().await, here.rings(&here.sue).await), ((0, 0), 1), "she is asked, and has not said yes");
        let hanna = supporters::answer_danger(&here.state, here.hanna.login, id, true).await.expect("answered");
        assert!(!hanna, "nobody says yes for another");
        assert!(supporters::answer_danger(&here.state, here.sue.login, id, true).await.expect("answered"));
        write(&here, 2, now_millis() - 3_600_000).await;
        write(&here, 3, now_millis() - 3 * DAY).await;
        assert_eq!(here.database.count("supporter_calls").await, 0, "nor by what was written before");
        assert_eq!(called().await, (1, 1));
        assert_eq!(here.database.count("mails").await, 1);
    }
}

#[tokio::test]
async fn who_is_called_learns_that_alone_and_once_for_each_sign_until_they_have_got_in_touch_on_each_database() {
    for here in Here::each().await {
        let (person, id) = (here.alice.person.expect("she is sensed"), chosen(&here).await);
        assert!(supporters::choose_danger(&here.state, person, id, true).await.expect("chosen"));
        assert!(supporters::answer_danger(&here.state, here.sue.login, id, true).await.expect("answered"));
        let of_sue = || async { seen::of_supported(&here.state, &here.sue.asker()).await.expect("read") };
        let due = async || still::still_due(&here.state, here.sue.login, now_millis()).await.expect("looked");
        assert!(!of_sue().await[0].is_called && due().await == StillDue::No);

        write(&here, 1, now_millis()).await;
        write(&here, 1, now_millis()).await;
        write(&here, 2, now_millis()).await;
        assert_eq!(here.database.count("supporter_calls").await, 2, "one that is read again is the same");
        assert_eq!(calls::tell(&here.state).await.expect("told"), 1, "two signs are one call as long as it stands");
        assert_eq!(calls::tell(&here.state).await.expect("told"), 0);
        assert_eq!((here.database.count("mails").await, due().await), (1, StillDue::Now));
        let seen = of_sue().await;
        assert_eq!((seen[0].is_called, seen[0].level, here.rings(&here.sue).await), (true, None, 2), "and no level");
        let looked = access::of_person(&here.database.store, person, i64::MAX, 10).await.expect("read");
        assert!(looked.iter().any(|note| note.login == Some(here.sue.login.0)), "that she looked is on record");
        let since = now_millis() - DAY;
        assert!(calls::called_since(&here.database.store, person, since).await.expect("read"), "and alice sees it");

        assert!(!calls::end(&here.state, here.hanna.login, id).await.expect("asked"), "nobody answers for another");
        assert!(calls::end(&here.state, here.sue.login, id).await.expect("ended"));
        assert!(!of_sue().await[0].is_called && due().await == StillDue::No);
        write(&here, 2, now_millis()).await;
        assert_eq!(calls::tell(&here.state).await.expect("told"), 0, "a sign that called once calls no more");
        write(&here, 3, now_millis()).await;
        assert_eq!(calls::tell(&here.state).await.expect("told"), 1, "another one does");
    }
}

#[tokio::test]
async fn who_takes_back_or_says_no_ends_the_call_that_waits_on_each_database() {
    for here in Here::each().await {
        let (person, id) = (here.alice.person.expect("she is sensed"), chosen(&here).await);
        let sue = here.sue.login;
        let call = async || {
            assert!(supporters::choose_danger(&here.state, person, id, true).await.expect("chosen"));
            assert!(supporters::answer_danger(&here.state, sue, id, true).await.expect("answered"));
            write(&here, 1, now_millis()).await;
            assert_eq!(here.database.count("supporter_calls").await, 1);
        };
        let gone = async |who: &str| {
            assert_eq!(calls::tell(&here.state).await.expect("told"), 0, "{who}");
            assert_eq!(
                (here.database.count("supporter_calls").await, here.database.count("mails").await),
                (0, 0),
                "{who}"
            );
        };
        call().await;
        assert!(supporters::choose_danger(&here.state, person, id, false).await.expect("taken back"));
        gone("alice took that back").await;
        call().await;
        assert!(supporters::answer_danger(&here.state, sue, id, false).await.expect("answered"));
        gone("sue says no").await;
        let still = supporters::supported(&here.state, sue).await.expect("read");
        assert_eq!((still.len(), still[0].danger), (1, Danger::No), "and supports her as before");
        call().await;
        let mut transaction = here.database.store.begin().await.expect("begins");
        calls::forget_calls(&mut transaction, person).await.expect("forgotten");
        transaction.commit().await.expect("commits");
        gone("alice has nothing read any more").await;
        call().await;
        assert!(supporters::take_back(&here.state, person, id).await.expect("taken back"));
        gone("alice took her back").await;
    }
}

#[tokio::test]
async fn who_does_not_answer_is_told_again_after_a_week_however_many_signs_came_meanwhile_on_each_database() {
    for here in Here::each().await {
        let (person, id) = (here.alice.person.expect("she is sensed"), chosen(&here).await);
        assert!(supporters::choose_danger(&here.state, person, id, true).await.expect("chosen"));
        assert!(supporters::answer_danger(&here.state, here.sue.login, id, true).await.expect("answered"));
        let five_days_pass = async || {
            here.run("UPDATE supporter_calls SET called_at = called_at - 432000000, told_at = told_at - 432000000")
                .await;
        };
        let told = async |sign: u8| {
            write(&here, sign, now_millis()).await;
            calls::tell(&here.state).await.expect("told")
        };
        assert_eq!(told(1).await, 1);
        five_days_pass().await;
        assert_eq!(told(2).await, 0, "it stands on her page");
        five_days_pass().await;
        assert_eq!(told(3).await, 1, "she was told ten days ago, and the sign since then was no telling");
    }
}

#[tokio::test]
async fn a_call_is_forgotten_after_thirty_days_and_not_before_on_each_database() {
    for here in Here::each().await {
        let (person, id) = (here.alice.person.expect("she is sensed"), chosen(&here).await);
        assert!(supporters::choose_danger(&here.state, person, id, true).await.expect("chosen"));
        assert!(supporters::answer_danger(&here.state, here.sue.login, id, true).await.expect("answered"));
        write(&here, 1, now_millis()).await;
        here.run("UPDATE supporter_calls SET called_at = called_at - 29 * CAST(86400000 AS BIGINT)").await;
        calls::tell(&here.state).await.expect("told");
        assert_eq!(here.database.count("supporter_calls").await, 1);
        here.run("UPDATE supporter_calls SET called_at = called_at - 2 * CAST(86400000 AS BIGINT)").await;
        calls::tell(&here.state).await.expect("told");
        assert_eq!(here.database.count("supporter_calls").await, 0);
    }
}
