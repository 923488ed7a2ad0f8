//! What is told of a person: to them, and to nobody else.

use attune_ground::http::{AnyQuery, Path, Query};
use attune_protocol::ids::PersonId;
use attune_protocol::registry::Modality;
use axum::body::{Body, to_bytes};
use axum::extract::State;
use axum::http::Request;
use serde_json::{Value, json};

use super::super::judge::Point;
use super::super::record::{Content, What};
use super::super::rule::Rule;
use super::super::seen::Whose;
use super::super::{api, events, mindpulse, person, round, seen};
use super::{Here, today};

#[tokio::test]
async fn days_in_a_row_open_an_alert_for_its_person_alone_who_holds_and_notes_it_on_each_database() {
    for here in Here::each().await {
        assert_eq!(round::look(&here.state).await.expect("looked"), 1);
        let open = here.open(&here.alice).await;
        let names: Vec<&str> = open.iter().map(|one| one.content.rule.name).collect();
        assert!(names.contains(&"elevated_stress") && names.contains(&"unusual_stress"), "{names:?}");
        let stress = open.iter().find(|one| one.content.rule.name == "elevated_stress").expect("it is");
        assert_eq!(stress.content.points.len(), 3);
        assert_eq!(stress.content.points[2].at, today() - 1, "a day that goes on is none");
        let whose = Whose::of(&here.state, &here.alice.asker()).await.expect("known");
        let before = events::mark(&here.state, &whose).await.expect("read");
        assert_eq!((before.open, here.rings(&here.alice).await), (2, 2));

        assert_eq!(round::look(&here.state).await.expect("looked"), 0, "nothing is new");
        here.run("DELETE FROM alert_people").await;
        assert_eq!(round::look(&here.state).await.expect("looked"), 1);
        assert_eq!(here.open(&here.alice).await.len(), 2, "what is open is not opened again");

        let id = PersonId(stress.id).to_string();
        seen::acknowledge(&here.state, &whose, &id).await.expect("held");
        seen::acknowledge(&here.state, &whose, &id).await.expect("once more is no harm");
        seen::write_note(&here.state, &whose, &id, "deadline on Friday").await.expect("written");
        let refused = seen::write_note(&here.state, &whose, &id, " ").await.expect_err("nothing is written");
        assert_eq!((refused.status, refused.field.as_deref()), (400, Some("note")));
        let whole = seen::one(&here.state, &whose, &id).await.expect("hers");
        let became: Vec<What> = whole.events.iter().map(|(event, _)| event.what).collect();
        assert_eq!(became, [What::Opened, What::Acknowledged, What::Noted]);
        assert_eq!(whole.events[2].0.text, "deadline on Friday");
        let after = events::mark(&here.state, &whose).await.expect("read");
        assert!(after.name != before.name && after.open == 1 && here.rings(&here.alice).await == 1);

        // Nothing of it reaches anybody else, by whichever way.
        for other in [&here.hanna, &here.sue] {
            assert!(here.open(other).await.is_empty());
            let whose = Whose::of(&here.state, &other.asker()).await.expect("known");
            assert!(seen::page(&here.state, &whose, i64::MAX).await.expect("read").alerts.is_empty());
            assert_eq!(seen::one(&here.state, &whose, &id).await.err().map(|problem| problem.status), Some(404));
            assert_eq!(seen::acknowledge(&here.state, &whose, &id).await.err().map(|one| one.status), Some(404));
            assert_eq!(here.rings(other).await, 0);
        }
        let query = Ok(AnyQuery(mindpulse::Query::default()));
        let answer = mindpulse::alerts(here.hanna.asker(), State(here.state.clone()), query).await;
        let bytes = to_bytes(answer.into_body(), 1 << 16).await.expect("in memory");
        let answer: Value = serde_json::from_slice(&bytes).expect("JSON");
        assert_eq!((&answer["success"], &answer["data"]["alerts"]), (&json!(true), &json!([])));
        assert_eq!(here.database.count("alert_deliveries").await, 0, "no program is told of a person");
        assert_eq!(here.database.count("mails").await, 0, "nobody has chosen mail");
    }
}

#[tokio::test]
async fn an_alert_ends_once_days_speak_for_it_or_none_does_any_more_on_each_database() {
    for here in Here::each().await {
        let (person, key) = (here.alice.person.expect("she is sensed"), here.key().await);
        let mut transaction = here.database.store.begin().await.expect("begins");
        for number in [1, 5] {
            let points = vec![Point { at: today() - 20, value: 0.0 }];
            let content = Content { rule: Rule::of_number(number).expect("a rule"), points };
            person::raise(&mut transaction, person, &key, &content).await.expect("raised");
        }
        transaction.commit().await.expect("commits");
        round::look(&here.state).await.expect("looked");
        let names: Vec<&str> = here.open(&here.alice).await.iter().map(|one| one.content.rule.name).collect();
        assert!(!names.contains(&"critical_wellbeing") && !names.contains(&"missing_coverage"), "{names:?}");
        let whose = Whose::of(&here.state, &here.alice.asker()).await.expect("known");
        let page = seen::page(&here.state, &whose, i64::MAX).await.expect("read");
        for (rule, ended) in [("critical_wellbeing", What::Lapsed), ("missing_coverage", What::Cleared)] {
            let one = page.alerts.iter().find(|one| one.content.rule.name == rule).expect("it stays in the history");
            let whole = seen::one(&here.state, &whose, &PersonId(one.id).to_string()).await.expect("hers");
            assert_eq!(whole.events.last().map(|(event, _)| event.what), Some(ended), "{rule}");
            assert_eq!(one.standing.name(), "closed");
        }
    }
}

#[tokio::test]
async fn who_withdraws_sees_nothing_more_at_once_and_nothing_of_it_is_kept_on_each_database() {
    for here in Here::each().await {
        round::look(&here.state).await.expect("looked");
        assert_eq!(here.open(&here.alice).await.len(), 2);
        assert_eq!(here.rings(&here.alice).await, 2);
        here.agree(2, false).await;
        assert!(here.open(&here.alice).await.is_empty(), "before anything is removed");
        assert_eq!(here.rings(&here.alice).await, 0, "nor are they counted");
        here.run("DELETE FROM alert_people").await;
        round::look(&here.state).await.expect("looked");
        for table in ["person_alerts", "person_alert_events"] {
            assert_eq!(here.database.count(table).await, 0, "{table}");
        }
    }
}

#[tokio::test]
async fn what_somebody_agrees_to_elsewhere_is_looked_at_before_anything_is_counted_on_each_database() {
    for here in Here::each().await {
        round::look(&here.state).await.expect("looked");
        let person = here.alice.person.expect("she is sensed");
        let mut transaction = here.database.store.begin().await.expect("begins");
        crate::agreed_anew(&mut transaction, person).await.expect("noted");
        transaction.commit().await.expect("commits");
        assert_eq!(here.rings(&here.alice).await, 0);
        assert_eq!(round::look(&here.state).await.expect("looked"), 1);
        assert_eq!(here.rings(&here.alice).await, 2, "they are agreed to still");
    }
}

#[tokio::test]
async fn a_place_that_is_none_is_named_whichever_alerts_are_asked_for_and_a_note_may_be_escaped_on_each_database() {
    for here in Here::each().await {
        round::look(&here.state).await.expect("looked");
        for kind in ["", "open", "all"] {
            let asked = api::AlertsQuery { state: Some(kind.into()), before: Some("zz".into()) };
            let answer = api::alerts(here.alice.asker(), State(here.state.clone()), Query(asked)).await;
            let problem = answer.expect_err("it is no instant");
            assert_eq!((problem.status, problem.field.as_deref()), (400, Some("before")), "{kind}");
        }
        let id = PersonId(here.open(&here.alice).await[0].id).to_string();
        let noted = async |emoji: usize| {
            let body = format!("{{\"text\": \"{}\"}}", "\\ud83d\\ude00".repeat(emoji));
            let request = Request::post("/").header("content-type", "application/json").body(Body::from(body));
            let (asker, state) = (here.alice.asker(), State(here.state.clone()));
            let answer = api::add_note(asker, state, Path(id.clone()), request.expect("a request")).await;
            answer.map_or_else(|problem| problem.status, |status| status.as_u16())
        };
        assert_eq!((noted(2_000).await, noted(2_001).await), (204, 400));
    }
}

#[tokio::test]
async fn an_alert_that_may_be_made_of_one_of_several_things_goes_when_that_is_withdrawn_on_each_database() {
    for here in Here::each().await {
        here.agree_to(Modality::Voice, 2, true).await;
        round::look(&here.state).await.expect("looked");
        let names = async || {
            let mut names: Vec<&str> = here.open(&here.alice).await.iter().map(|one| one.content.rule.name).collect();
            names.sort_unstable();
            names
        };
        assert_eq!(names().await, ["elevated_stress", "unusual_stress"]);
        here.agree_to(Modality::Voice, 3, false).await;
        assert!(names().await.is_empty(), "stress is read from a voice, too: before anything is removed");
        assert_eq!(round::look(&here.state).await.expect("looked"), 1, "who withdrew is looked at");
        for table in ["person_alerts", "person_alert_events"] {
            assert_eq!(here.database.count(table).await, 0, "{table}: nothing is raised of days of before");
        }
        here.agree_to(Modality::Voice, 4, true).await;
        assert_eq!(round::look(&here.state).await.expect("looked"), 1, "and who agreed again");
        assert_eq!(names().await, ["elevated_stress", "unusual_stress"]);
        // What no rule about stress is made of ends none.
        here.agree_to(Modality::CheckIn, 5, true).await;
        here.agree_to(Modality::CheckIn, 6, false).await;
        assert_eq!(names().await.len(), 2);
    }
}

#[tokio::test]
async fn no_page_of_the_history_hides_what_lies_behind_it_on_each_database() {
    for here in Here::each().await {
        let (person, key) = (here.alice.person.expect("she is sensed"), here.key().await);
        let points = vec![Point { at: today() - 20, value: 0.9 }];
        let content = Content { rule: Rule::of_number(2).expect("a rule"), points };
        let mut transaction = here.database.store.begin().await.expect("begins");
        for at in 1000..1060_i64 {
            let id = person::raise(&mut transaction, person, &key, &content).await.expect("raised");
            sqlx::query("UPDATE person_alerts SET opened_at = $2, closed_at = $2 WHERE id = $1")
                .bind(id.to_vec())
                .bind(at)
                .execute(&mut **transaction)
                .await
                .expect("done");
        }
        transaction.commit().await.expect("commits");
        here.run("UPDATE person_alerts SET sealed = id WHERE opened_at = 1059").await;
        let whose = Whose::of(&here.state, &here.alice.asker()).await.expect("known");
        let page = async |before: i64| {
            let page = seen::page(&here.state, &whose, before).await.expect("read");
            (page.alerts.len(), page.next)
        };
        assert_eq!(page(i64::MAX).await, (49, Some(1010)), "one does not open");
        assert_eq!(page(1010).await, (10, None));
        here.run("UPDATE person_alerts SET opened_at = 1000").await;
        assert_eq!(page(i64::MAX).await, (59, Some(1000)), "all that were opened at once are told at once");
        assert_eq!(page(1000).await, (0, None));
    }
}
