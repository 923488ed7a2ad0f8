//! What other programs are told of alerts of teams.

use attune_ground::time::now_millis;
use attune_people::access::By;
use attune_people::outward::Outward;
use attune_people::rights::Role;
use attune_people::teams::{self as people_teams, Period, Whom};
use attune_protocol::ids::PersonId;
use axum::http::Request;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use super::super::seen::Whose;
use super::super::{deliver, seen, team_round};
use super::{Here, known, today};
use crate::team::monday;
use crate::{Hooks, Settings, Webhook, Wellbeing};

/// Answers requests with these statuses, one each, and gives what came: each head, and each body.
async fn hook(statuses: Vec<u16>) -> (String, JoinHandle<Vec<(String, Vec<u8>)>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}/attune", listener.local_addr().expect("bound"));
    let serving = tokio::spawn(async move {
        let mut came = Vec::new();
        for status in statuses {
            let (mut stream, _) = listener.accept().await.expect("a client");
            let mut bytes = Vec::new();
            let head_end = loop {
                let mut piece = [0; 4096];
                let read = stream.read(&mut piece).await.expect("reads");
                bytes.extend_from_slice(&piece[..read]);
                if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
                    break end + 4;
                }
            };
            let head = String::from_utf8_lossy(&bytes[..head_end]).to_lowercase();
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).expect("a length");
            let length: usize = length.trim().parse().expect("a number");
            while bytes.len() < head_end + length {
                let mut piece = [0; 4096];
                let read = stream.read(&mut piece).await.expect("reads");
                bytes.extend_from_slice(&piece[..read]);
            }
            // One that leads elsewhere is not followed.
            let location = if status == 302 { "location: http://127.0.0.1:9/elsewhere\r\n" } else { "" };
            let answer = format!("HTTP/1.1 {status} Said\r\n{location}content-length: 0\r\n\r\n");
            stream.write_all(answer.as_bytes()).await.expect("writes");
            came.push((head, bytes[head_end..].to_vec()));
        }
        came
    });
    (url, serving)
}

#[tokio::test]
async fn an_alert_of_a_team_goes_signed_to_a_program_which_is_asked_again_until_it_takes_it_on_each_database() {
    for here in Here::each().await {
        let (url, serving) = hook(vec![503, 302, 200, 200]).await;
        let secret = b"0123456789abcdef0123456789abcdef".to_vec();
        let (slack, slacked) = hook(vec![200]).await;
        let hooks = Hooks {
            webhook: Some(Webhook { url, secret: secret.clone() }),
            slack: Some(slack),
            here: true,
            base: "https://attune.example.org".into(),
        };
        let state = here.state.clone().telling(hooks);
        let store = &here.database.store;
        let team = people_teams::make(store, "Harbour", &By::COMMAND).await.expect("made").expect("is new");
        let mira = known(&here.database, "mira", Role::Manager).await;
        let period = Period { since: 0, until: None };
        let led = people_teams::add(store, team, Whom::Manager(mira.login), period, &By::COMMAND).await;
        led.expect("added").expect("nobody leads it");
        let newest = monday(today()) - 7;
        here.figure(team, "stress_load", newest - 7, 0.85).await;
        assert_eq!(team_round::look(&state).await.expect("looked"), 0, "one week is not enough");
        here.figure(team, "stress_load", newest, 0.9).await;
        assert_eq!(team_round::look(&state).await.expect("looked"), 1);
        assert_eq!(team_round::look(&state).await.expect("looked"), 0, "once");

        for who in [&here.hanna, &mira] {
            let open = here.open(who).await;
            assert_eq!(open.len(), 1, "{:?}", who.role);
            assert_eq!(open[0].team.as_ref().map(|(_, name)| name.as_str()), Some("Harbour"));
        }
        assert!(here.open(&here.alice).await.is_empty());
        assert_eq!((here.rings(&here.hanna).await, here.rings(&here.alice).await), (1, 0));

        let outward = Outward::new();
        let mut now = now_millis();
        assert_eq!(deliver::tell_due(&state, &outward, || now).await.expect("told"), 2, "to both");
        assert_eq!(deliver::tell_due(&state, &outward, || now).await.expect("told"), 0, "not before its pause is over");
        let standing = || async {
            let row: (i64, i64, Option<String>) =
                sqlx::query_as("SELECT state, attempts, error FROM alert_deliveries WHERE channel = 1 AND event = 1")
                    .fetch_one(store.pool())
                    .await
                    .expect("logged");
            row
        };
        assert_eq!(standing().await, (0, 1, Some("it is answered 503".to_owned())));
        now += 31_000;
        assert_eq!(deliver::tell_due(&state, &outward, || now).await.expect("told"), 1);
        assert_eq!(standing().await, (0, 2, Some("it is answered 302".to_owned())), "nothing is followed");
        assert_eq!(
            deliver::tell_due(&state, &outward, || now + 31_000).await.expect("told"),
            0,
            "each pause is longer"
        );
        assert_eq!(deliver::tell_due(&state, &outward, || now + 61_000).await.expect("told"), 1);
        assert_eq!(standing().await, (1, 3, None));

        // HR holds it; and a team that is closed has none.
        let whose = Whose::of(&state, &here.hanna.asker()).await.expect("known");
        let id = PersonId(here.open(&here.hanna).await[0].id).to_string();
        seen::acknowledge(&state, &whose, &id).await.expect("held");
        seen::write_note(&state, &whose, &id, "spoke with the team").await.expect("written");
        let of_mira = Whose::of(&state, &mira.asker()).await.expect("known");
        let whole = seen::one(&state, &of_mira, &id).await.expect("she leads it");
        assert_eq!(whole.seen.holder, Some(seen::Holder::Other(Some("hanna".to_owned()))));
        assert!(whole.events.iter().any(|(event, _)| event.text == "spoke with the team"));
        let closed = people_teams::close(store, team, &By::COMMAND).await.expect("closed");
        assert!(closed.is_ok());
        assert_eq!(team_round::look(&state).await.expect("looked"), 1);
        assert!(here.open(&here.hanna).await.is_empty());
        here.run("UPDATE alert_deliveries SET state = 1 WHERE channel = 2").await;
        assert_eq!(deliver::tell_due(&state, &outward, now_millis).await.expect("told"), 1);

        let came = serving.await.expect("served");
        let told: Value = serde_json::from_slice(&came[2].1).expect("JSON");
        assert_eq!((&told["event"], &told["alert"]["type"]), (&json!("alert.opened"), &json!("elevated_stress")));
        assert_eq!(told["alert"]["team"]["name"], "Harbour");
        assert_eq!(told["url"], "https://attune.example.org/alerts");
        let ended: Value = serde_json::from_slice(&came[3].1).expect("JSON");
        assert_eq!(ended["event"], "alert.closed");
        for (head, body) in &came {
            assert!(
                head.starts_with("post /attune http/1.1") && head.contains("content-type: application/json"),
                "{head}"
            );
            let signature = head.lines().find_map(|line| line.strip_prefix("attune-signature: t=")).expect("signed");
            let (at, hex) = signature.split_once(",v1=").expect("a time and a signature");
            let mut mac = Hmac::<Sha256>::new_from_slice(&secret).expect("a key");
            mac.update(&[at.as_bytes(), b".", body.as_slice()].concat());
            let whole: [u8; 32] = mac.finalize().into_bytes().into();
            assert_eq!(data_encoding::HEXLOWER.encode(&whole), hex.trim());
        }
        let ids: Vec<&str> = came[..3]
            .iter()
            .filter_map(|(head, _)| head.lines().find(|line| line.starts_with("attune-delivery")))
            .collect();
        assert!(ids.len() == 3 && ids.windows(2).all(|two| two[0] == two[1]), "one message has one id: {ids:?}");
        let (head, body) = slacked.await.expect("served").remove(0);
        assert!(!head.contains("attune-signature"));
        let text: Value = serde_json::from_slice(&body).expect("JSON");
        assert!(text["text"].as_str().is_some_and(|text| text.contains("Harbour: Stress")), "{text}");
    }
}

#[tokio::test]
async fn a_message_to_this_machine_is_given_up_where_that_may_not_be_on_each_database() {
    for here in Here::each().await {
        let webhook = Some(Webhook { url: "http://127.0.0.1:9/x".into(), secret: vec![7; 32] });
        let state = here.state.clone().telling(Hooks { webhook, ..Hooks::default() });
        let team = people_teams::make(&here.database.store, "Harbour", &By::COMMAND).await.expect("made");
        let team = team.expect("is new");
        let newest = monday(today()) - 7;
        for (week, value) in [(newest - 7, 0.85), (newest, 0.9)] {
            here.figure(team, "stress_load", week, value).await;
        }
        assert_eq!(team_round::look(&state).await.expect("looked"), 1);
        here.run(
            "INSERT INTO alert_deliveries (id, alert, event, channel, created_at, due_at, attempts, state) \
             SELECT alert, alert, event, 9, created_at, due_at, 0, 0 FROM alert_deliveries",
        )
        .await;
        assert_eq!(deliver::tell_due(&state, &Outward::new(), now_millis).await.expect("told"), 1);
        let rows: Vec<(i64, i64, Option<String>)> =
            sqlx::query_as("SELECT state, attempts, error FROM alert_deliveries ORDER BY channel")
                .fetch_all(here.database.store.pool())
                .await
                .expect("logged");
        assert!(rows[0].0 == 2 && rows[0].2.as_ref().is_some_and(|error| error.contains("https://")), "{rows:?}");
        assert_eq!(rows[1], (0, 0, None), "of a later version, whose tries are not used up");
    }
}

impl Here {
    /// An alert of a team that was opened and has ended, of which a program at this address is to be told both.
    async fn opened_and_ended(&self, url: String) -> Wellbeing {
        let webhook = Some(Webhook { url, secret: vec![7; 32] });
        let state = self.state.clone().telling(Hooks { webhook, here: true, ..Hooks::default() });
        let store = &self.database.store;
        let team = people_teams::make(store, "Harbour", &By::COMMAND).await.expect("made").expect("is new");
        let newest = monday(today()) - 7;
        for (week, value) in [(newest - 7, 0.85), (newest, 0.9)] {
            self.figure(team, "stress_load", week, value).await;
        }
        assert_eq!(team_round::look(&state).await.expect("looked"), 1);
        assert!(people_teams::close(store, team, &By::COMMAND).await.expect("closed").is_ok());
        assert_eq!(team_round::look(&state).await.expect("looked"), 1);
        assert_eq!(self.database.count("alert_deliveries").await, 2);
        state
    }
}

#[tokio::test]
async fn a_program_that_does_not_answer_keeps_no_other_one_waiting_on_each_database() {
    for here in Here::each().await {
        let silent = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}/attune", silent.local_addr().expect("bound"));
        let holding = tokio::spawn(async move {
            let (stream, _) = silent.accept().await.expect("a client");
            std::future::pending::<()>().await;
            drop(stream);
        });
        let (slack, mut slacked) = hook(vec![200]).await;
        let webhook = Some(Webhook { url, secret: vec![7; 32] });
        let hooks = Hooks { webhook, slack: Some(slack), here: true, ..Hooks::default() };
        let state = here.state.clone().telling(hooks);
        let team = people_teams::make(&here.database.store, "Harbour", &By::COMMAND).await.expect("made");
        let team = team.expect("is new");
        let newest = monday(today()) - 7;
        for (week, value) in [(newest - 7, 0.85), (newest, 0.9)] {
            here.figure(team, "stress_load", week, value).await;
        }
        assert_eq!(team_round::look(&state).await.expect("looked"), 1);
        here.run("UPDATE alert_deliveries SET due_at = due_at - 1000 WHERE channel = 1").await;
        let outward = Outward::new();
        tokio::select! {
            told = deliver::tell_due(&state, &outward, now_millis) => panic!("one does not answer: {told:?}"),
            came = &mut slacked => assert_eq!(came.expect("served").len(), 1),
        }
        let (standing, error): (i64, Option<String>) =
            sqlx::query_as("SELECT state, error FROM alert_deliveries WHERE channel = 1")
                .fetch_one(here.database.store.pool())
                .await
                .expect("it waits");
        assert_eq!((standing, error), (0, None), "it was not waited for");
        holding.abort();
    }
}

#[tokio::test]
async fn who_was_told_of_an_alert_is_told_that_it_ends_where_more_people_are_asked_for_and_no_figure_of_it_on_each_database()
 {
    for here in Here::each().await {
        let (url, serving) = hook(vec![200, 200]).await;
        let webhook = Some(Webhook { url, secret: vec![7; 32] });
        let hooks = Hooks { webhook, slack: Some("https://127.0.0.1:9/x".into()), here: true, ..Hooks::default() };
        let state = here.state.clone().telling(hooks.clone());
        let team = people_teams::make(&here.database.store, "Harbour", &By::COMMAND).await.expect("made");
        let team = team.expect("is new");
        let newest = monday(today()) - 7;
        for (week, value) in [(newest - 7, 0.85), (newest, 0.9)] {
            here.figure(team, "stress_load", week, value).await;
        }
        assert_eq!(team_round::look(&state).await.expect("looked"), 1);
        here.run("UPDATE alert_deliveries SET state = 2 WHERE channel = 2").await;
        assert_eq!(deliver::tell_due(&state, &Outward::new(), now_millis).await.expect("told"), 1);

        let set = Settings { least_people: 15, epsilon: None };
        let stricter = Wellbeing::new(state.store().clone(), state.people().clone(), set, Vec::new()).telling(hooks);
        assert_eq!(team_round::look(&stricter).await.expect("looked"), 1, "it ends");
        assert_eq!(here.database.count("alert_deliveries").await, 3, "who took nothing is told nothing");
        assert_eq!(deliver::tell_due(&stricter, &Outward::new(), now_millis).await.expect("told"), 1);
        let came = serving.await.expect("served");
        assert_eq!([event(&came[0].1), event(&came[1].1)], ["alert.opened", "alert.closed"]);
        let ended: Value = serde_json::from_slice(&came[1].1).expect("JSON");
        assert_eq!((&ended["alert"]["measured"], &ended["alert"]["team"]["name"]), (&Value::Null, &json!("Harbour")));
    }
}

fn event(body: &[u8]) -> String {
    let told: Value = serde_json::from_slice(body).expect("JSON");
    told["event"].as_str().expect("a word").to_owned()
}

#[tokio::test]
async fn that_an_alert_has_ended_is_told_behind_that_it_was_opened_also_where_that_is_tried_again_on_each_database() {
    for here in Here::each().await {
        let (url, serving) = hook(vec![503, 200, 200]).await;
        let state = here.opened_and_ended(url).await;
        // Of two that are due it is not the older one that goes first by chance.
        here.run("UPDATE alert_deliveries SET due_at = due_at - 1000 WHERE event = 2").await;
        let (outward, now) = (Outward::new(), now_millis());
        assert_eq!(deliver::tell_due(&state, &outward, || now).await.expect("told"), 1, "the other waits behind it");
        assert_eq!(deliver::tell_due(&state, &outward, || now + 31_000).await.expect("told"), 2);
        let came = serving.await.expect("served");
        let events: Vec<String> = came.iter().map(|(_, body)| event(body)).collect();
        assert_eq!(events, ["alert.opened", "alert.opened", "alert.closed"]);
    }
}

#[tokio::test]
async fn of_two_collectors_one_sends_and_what_one_left_is_sent_once_more_under_its_id_on_each_database() {
    for here in Here::each().await {
        let (url, serving) = hook(vec![200, 200]).await;
        let state = here.opened_and_ended(url).await;
        here.run("DELETE FROM alert_deliveries WHERE event = 2").await;
        let (outward, now) = (Outward::new(), now_millis());
        let first = deliver::take_up(&state, deliver::Channel::Webhook, now).await.expect("read").expect("it is due");
        assert!(
            deliver::take_up(&state, deliver::Channel::Webhook, now).await.expect("read").is_none(),
            "another collector has it"
        );
        // The first one sends it, and is gone for longer than it has it.
        let went = deliver::send(&state, &outward, &first).await.expect("sent");
        let later = now + 61_000;
        assert_eq!(deliver::tell_due(&state, &outward, || later).await.expect("told"), 1);
        let stands = async || {
            let row: (i64, i64, i64) = sqlx::query_as("SELECT state, attempts, due_at FROM alert_deliveries")
                .fetch_one(here.database.store.pool())
                .await
                .expect("logged");
            row
        };
        let settled = stands().await;
        assert_eq!((settled.0, settled.1), (1, 2));
        deliver::settle(&state, &first, went, later).await.expect("settled");
        assert_eq!(stands().await, settled, "who had it before writes nothing over it");
        assert_eq!(deliver::tell_due(&state, &outward, || later + 61_000).await.expect("told"), 0);
        let came = serving.await.expect("served");
        let id = |at: usize| came[at].0.lines().find(|line| line.starts_with("attune-delivery: ")).expect("an id");
        assert_eq!(id(0), id(1), "who takes it knows it again");
    }
}

#[tokio::test]
async fn an_answer_that_has_no_end_takes_a_message_all_the_same() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("bound");
    let serving = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.expect("a client");
        let mut asked = Vec::new();
        while !asked.ends_with(b"{}") {
            assert!(stream.read_buf(&mut asked).await.expect("reads") > 0);
        }
        stream.write_all(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n").await.expect("writes");
        // Until the client leaves.
        while stream.write_all(b"1000\r\n").await.is_ok() && stream.write_all(&[b'x'; 0x1000]).await.is_ok() {
            if stream.write_all(b"\r\n").await.is_err() {
                break;
            }
        }
    });
    let stream = TcpStream::connect(address).await.expect("listens");
    let request = Request::post(format!("http://{address}/x")).body(b"{}".to_vec()).expect("a request");
    let status = Outward::new().hand(stream, request).await.expect("answered");
    assert_eq!(status, 200);
    serving.await.expect("it ends with the client");
}
