//! From what was seen of a person, or given of a team, to an alert, to who sees it and who is told.

use std::sync::Arc;

use attune_ground::holdings::{Parcel, Piece};
use attune_ground::http::AnyQuery;
use attune_ground::http::body::Bodies;
use attune_ground::measures::{Held, Measure, Observation, Observed, Observing, Source};
use attune_ground::retention::Limits;
use attune_ground::store::Write;
use attune_ground::testing::Database;
use attune_ground::time::now_millis;
use attune_ground::{Answering, Listener};
use attune_people::access::{self, By};
use attune_people::outward::Outward;
use attune_people::rights::{Asker, LoginId, Means, Role, Scope};
use attune_people::sign_in::{self, NewLogin};
use attune_people::teams::{self as people_teams, Period, TeamId, Whom};
use attune_people::{People, Post, PostSettings, Settings as PeopleSettings, accounts, consent};
use attune_protocol::consent::{Consent, Purpose};
use attune_protocol::ids::{DeviceId, Epoch, PersonId, Seq};
use attune_protocol::policy::Profile;
use attune_protocol::registry::Modality;
use attune_protocol::seal::SealKey;
use axum::body::to_bytes;
use axum::extract::State;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use super::choices::{Choices, Mail};
use super::judge::Point;
use super::record::{Content, What};
use super::rule::{Level, Rule};
use super::seen::Whose;
use super::{
    bell, choices, deliver, events, mindpulse, person, recipients, round, seen, supporters, team_round, teams,
};
use crate::bucket::Span;
use crate::team::monday;
use crate::{Hooks, Settings, Webhook, Wellbeing, rollup, touch};

const HOUR: i64 = 3_600_000;
const DAY: i64 = 24 * HOUR;

/// Today, UTC.
fn today() -> i64 {
    now_millis().div_euclid(DAY)
}

/// The hours of a day in which somebody is seen.
fn hours(day: i64) -> std::ops::Range<i64> {
    day * DAY + 9 * HOUR..day * DAY + 10 * HOUR
}

/// The days that are seen: three weeks that are over.
fn days() -> std::ops::Range<i64> {
    today() - 21..today()
}

/// Quiet days, and three loud ones at the end.
fn see<'a>(_: &'a mut Write, _: PersonId, _: &'a SealKey, asked: std::ops::Range<i64>) -> Observing<'a> {
    Box::pin(async move {
        let mut seen = Observed::default();
        let [measure, seen_at_all] = ["stress_load", "coverage"].map(|name| Measure::of_name(name).expect("a measure"));
        for day in days().filter(|day| hours(*day).start < asked.end && asked.start < hours(*day).end) {
            let value = if today() - day <= 3 { 0.9 } else { 0.4 };
            let window = |at: i64| {
                let stress = Observation { measure, at, millis: 10_000, value, variance: 0.0 };
                [stress, Observation { measure: seen_at_all, value: 1.0, ..stress }]
            };
            seen.observations.extend(hours(day).step_by(10_000).filter(|at| asked.contains(at)).flat_map(window));
            let on = hours(day).start.max(asked.start)..hours(day).end.min(asked.end);
            if on.start < on.end {
                seen.expected.push(on);
            }
        }
        Ok(seen)
    })
}

fn held(_: &mut Write, _: PersonId) -> Held<'_> {
    Box::pin(async { Ok(days().map(hours).collect()) })
}

/// Somebody who signs in.
struct Known {
    login: LoginId,
    person: Option<PersonId>,
    role: Role,
}

impl Known {
    fn asker(&self) -> Asker {
        let scope = if self.role == Role::Hr { Scope::All } else { Scope::Own };
        let means = Means::Login { login: self.login, person: self.person, roles: vec![self.role], session: None };
        Asker::new(means, scope).at("GET", "/alerts")
    }
}

/// A collector that mails, with alice, of whom all is rolled up, sue, and hanna of HR.
struct Here {
    database: Database,
    state: Wellbeing,
    alice: Known,
    sue: Known,
    hanna: Known,
}

impl Here {
    async fn each() -> Vec<Self> {
        let migrations = [&attune_ground::MIGRATIONS, &attune_people::MIGRATIONS, &crate::MIGRATIONS];
        let mut all = Vec::new();
        for database in Database::each(&migrations).await {
            all.push(Self::on(database).await);
        }
        all
    }

    async fn on(database: Database) -> Self {
        let profile = Profile::Research;
        let settings = PeopleSettings { profile, registration: false, limits: Limits::built_in(profile) };
        let ground = (database.store.clone(), database.people.clone(), Arc::clone(&database.own));
        let post = PostSettings {
            server: "smtp://127.0.0.1:9".into(),
            from: "attune@example.org".into(),
            base: "http://127.0.0.1:8750".into(),
            ..PostSettings::default()
        };
        let people = People::new(ground, Bodies::default(), &[], settings);
        let people = people.mailing(Post::open(&post).expect("opens"));
        let set = Settings { least_people: 10, epsilon: None };
        let source = Source { name: "tests", observe: see, held };
        let state = Wellbeing::new(database.store.clone(), people, set, vec![source]);
        let alice = known(&database, "alice", Role::Employee).await;
        let sue = known(&database, "sue", Role::Employee).await;
        let hanna = known(&database, "hanna", Role::Hr).await;
        let here = Self { database, state, alice, sue, hanna };
        here.agree(1, true).await;
        let person = here.alice.person.expect("she is sensed");
        let touched: Vec<_> = days().map(|day| (person, hours(day))).collect();
        let mut transaction = here.database.store.begin().await.expect("begins");
        touch(&mut transaction, &touched).await.expect("touched");
        transaction.commit().await.expect("commits");
        while rollup::roll_up_waiting(&here.state).await.expect("rolls up") > 0 {}
        here
    }

    /// Alice agrees to what her heart tells, or not any more.
    async fn agree(&self, version: u32, granted: bool) {
        self.agree_to(Modality::Heart, version, granted).await;
    }

    /// The same of anything that is sensed.
    async fn agree_to(&self, modality: Modality, version: u32, granted: bool) {
        let person = self.alice.person.expect("she is sensed");
        let key = self.database.people.of(person).await.expect("hers");
        let (purpose, at_millis) = (Purpose::Wellbeing, i64::from(version));
        let change = Consent { modality, purpose, granted, version, at_millis, text: None };
        let place = consent::ItemKey { device: DeviceId([1; 16]), epoch: Epoch(1), seq: Seq(u64::from(version)) };
        let mut transaction = self.database.store.begin().await.expect("begins");
        consent::append(&mut transaction, person, &key, place, &change).await.expect("appended");
        transaction.commit().await.expect("commits");
    }

    async fn key(&self) -> Arc<SealKey> {
        self.database.people.of(self.alice.person.expect("she is sensed")).await.expect("hers")
    }

    async fn open(&self, who: &Known) -> Vec<seen::Seen> {
        let whose = Whose::of(&self.state, &who.asker()).await.expect("known");
        seen::open(&self.state, &whose).await.expect("read")
    }

    async fn rings(&self, who: &Known) -> u64 {
        let teams = if who.role == Role::Hr { Answering::ForAll } else { Answering::ForNone };
        let listener = Listener { login: who.login.0, person: who.person, teams };
        bell::bell(&self.database.store, &listener).await.expect("counted")
    }

    async fn run(&self, statement: &'static str) {
        let mut transaction = self.database.store.begin().await.expect("begins");
        sqlx::query(statement).execute(&mut **transaction).await.expect("done");
        transaction.commit().await.expect("commits");
    }
}

async fn known(database: &Database, name: &str, role: Role) -> Known {
    let mail = format!("{name}@example.org");
    let roles = [role];
    let new = NewLogin { name, user_id: None, mail: Some(&mail), roles: &roles, password: None, may_exist: true };
    let mut transaction = database.store.begin().await.expect("begins");
    let made = sign_in::create(&mut transaction, &database.people, &database.own, new).await.expect("made");
    transaction.commit().await.expect("commits");
    let login = made.unwrap_or_else(|_| panic!("{name} is taken"));
    let person = accounts::find_person(&database.store, &database.people, name).await.expect("read");
    Known { login, person, role }
}

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
        here.agree(2, false).await;
        assert!(here.open(&here.alice).await.is_empty(), "before anything is removed");
        here.run("DELETE FROM alert_people").await;
        round::look(&here.state).await.expect("looked");
        for table in ["person_alerts", "person_alert_events"] {
            assert_eq!(here.database.count(table).await, 0, "{table}");
        }
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
        let (mut parcel, mut out) = Parcel::new();
        let export = async {
            super::export(&here.database.store, &here.database.people, person, &mut parcel).await.expect("exported");
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
        let ((), mut files) = tokio::join!(export, take);
        let (name, bytes) = files.pop().expect("whom she chose is hers");
        let read: Value = serde_json::from_slice(&bytes).expect("JSON");
        assert!(name == "supporters.json" && read[0]["name"] == "sue", "{name}: {read}");

        let mut transaction = here.database.store.begin().await.expect("begins");
        crate::holdings::put_back(&mut transaction).await.expect("put back");
        transaction.commit().await.expect("commits");
        assert_eq!(here.database.count("alert_supporters").await, 0, "she may have been taken back since the copy");
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

impl Here {
    /// Gives a figure of twelve people for a week of a team.
    async fn figure(&self, team: TeamId, measure: &str, week: i64, value: f64) {
        let stored =
            (value, (value - 0.05, value + 0.05), 12_u32, Some(0.5), None::<(f64, f64)>, None::<[Option<u32>; 3]>);
        let bytes = [vec![1], postcard::to_stdvec(&stored).expect("numbers")].concat();
        let mut transaction = self.database.store.begin().await.expect("begins");
        sqlx::query(
            "INSERT INTO team_figures (team, measure, span, start, why, figure) VALUES ($1, $2, $3, $4, 0, $5)",
        )
        .bind(team.0.to_vec())
        .bind(i64::from(Measure::of_name(measure).expect("a measure").number))
        .bind(Span::Week.number())
        .bind(week)
        .bind(bytes)
        .execute(&mut **transaction)
        .await
        .expect("written");
        transaction.commit().await.expect("commits");
    }
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
        assert_eq!(deliver::tell_due(&state, &outward, now).await.expect("told"), 2, "to both");
        assert_eq!(deliver::tell_due(&state, &outward, now).await.expect("told"), 0, "not before its pause is over");
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
        assert_eq!(deliver::tell_due(&state, &outward, now).await.expect("told"), 1);
        assert_eq!(standing().await, (0, 2, Some("it is answered 302".to_owned())), "nothing is followed");
        assert_eq!(deliver::tell_due(&state, &outward, now + 31_000).await.expect("told"), 0, "each pause is longer");
        assert_eq!(deliver::tell_due(&state, &outward, now + 61_000).await.expect("told"), 1);
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
        assert_eq!(deliver::tell_due(&state, &outward, now_millis()).await.expect("told"), 1);

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
        assert_eq!(deliver::tell_due(&state, &Outward::new(), now_millis()).await.expect("told"), 1);
        let rows: Vec<(i64, i64, Option<String>)> =
            sqlx::query_as("SELECT state, attempts, error FROM alert_deliveries ORDER BY channel")
                .fetch_all(here.database.store.pool())
                .await
                .expect("logged");
        assert!(rows[0].0 == 2 && rows[0].2.as_ref().is_some_and(|error| error.contains("https://")), "{rows:?}");
        assert_eq!(rows[1], (0, 0, None), "of a later version, whose tries are not used up");
    }
}

#[tokio::test]
async fn a_figure_that_does_not_read_keeps_no_other_team_from_being_looked_at_on_each_database() {
    for here in Here::each().await {
        let store = &here.database.store;
        let newest = monday(today()) - 7;
        let broken = people_teams::make(store, "Aground", &By::COMMAND).await.expect("made").expect("is new");
        here.figure(broken, "stress_load", newest, 0.9).await;
        here.run("UPDATE team_figures SET figure = team").await;
        let team = people_teams::make(store, "Harbour", &By::COMMAND).await.expect("made").expect("is new");
        for (week, value) in [(newest - 7, 0.85), (newest, 0.9)] {
            here.figure(team, "stress_load", week, value).await;
        }
        assert!(team_round::look(&here.state).await.is_err(), "it is not passed over in silence");
        assert_eq!(here.open(&here.hanna).await.len(), 1);
    }
}

#[tokio::test]
async fn an_alert_that_the_profile_forbids_by_now_ends_and_rings_no_more_on_each_database() {
    for here in Here::each().await {
        let team = people_teams::make(&here.database.store, "Harbour", &By::COMMAND).await.expect("made");
        let team = team.expect("is new");
        let rule = Rule::of_number(102).expect("a rule");
        let points = vec![Point { at: monday(today()) - 7, value: 0.9 }];
        let mut transaction = here.database.store.begin().await.expect("begins");
        teams::raise(&mut transaction, team, &Content { rule, points }, 12)
            .await
            .expect("raised")
            .expect("none was open");
        transaction.commit().await.expect("commits");
        assert_eq!((here.open(&here.hanna).await.len(), here.rings(&here.hanna).await), (1, 1));

        let profile = Profile::Eu;
        let settings = PeopleSettings { profile, registration: false, limits: Limits::built_in(profile) };
        let Database { store, people, own, .. } = &here.database;
        let people = People::new((store.clone(), people.clone(), Arc::clone(own)), Bodies::default(), &[], settings);
        let state = Wellbeing::new(store.clone(), people, here.state.settings(), Vec::new());
        assert!(!teams::may_be_told(&state, rule), "it is made of what nobody may be given");
        assert_eq!(team_round::look(&state).await.expect("looked"), 1);
        assert_eq!(here.rings(&here.hanna).await, 0, "what nobody sees waits for nobody");
    }
}

#[tokio::test]
async fn clients_of_mindpulse_are_told_its_kinds_of_alerts_apart_from_ours_within_their_days_on_each_database() {
    for here in Here::each().await {
        let team = people_teams::make(&here.database.store, "Harbour", &By::COMMAND).await.expect("made");
        let team = team.expect("is new");
        let mut transaction = here.database.store.begin().await.expect("begins");
        for number in [102, 105] {
            let points = vec![Point { at: monday(today()) - 7, value: 0.9 }];
            let content = Content { rule: Rule::of_number(number).expect("a rule"), points };
            teams::raise(&mut transaction, team, &content).await.expect("raised").expect("none was open");
        }
        transaction.commit().await.expect("commits");
        let told = async |start: &str, end: &str| {
            let query = mindpulse::Query { start_date: start.into(), end_date: end.into() };
            let answer = mindpulse::alerts(here.hanna.asker(), State(here.state.clone()), Ok(AnyQuery(query))).await;
            let status = answer.status().as_u16();
            let bytes = to_bytes(answer.into_body(), 1 << 16).await.expect("in memory");
            (status, serde_json::from_slice::<Value>(&bytes).expect("JSON"))
        };
        let (status, answer) = told("", "").await;
        let data = &answer["data"];
        let kinds = |list: &str| -> Vec<(Value, Value)> {
            let alerts = data[list].as_array().expect("a list").iter();
            alerts.map(|alert| (alert["type"].clone(), alert["severity"].clone())).collect()
        };
        assert_eq!(status, 200, "{answer}");
        assert_eq!(kinds("alerts"), [(json!("elevated_stress"), json!("medium"))]);
        assert_eq!(kinds("other_alerts"), [(json!("unusual_stress"), json!("low"))]);
        assert!(data["period"]["start_date"].as_str().is_some_and(|at| at.ends_with("T00:00:00.000Z")), "{data}");
        let (_, before) = told("2025-01-01T00:00:00Z", "2025-01-31T23:59:59Z").await;
        assert_eq!(before["data"]["alerts"], json!([]), "they were opened later");
        assert_eq!(told("yesterday", "").await.0, 400);
    }
}

#[tokio::test]
async fn an_alert_of_fewer_people_than_are_set_now_is_shown_and_sent_no_more_on_each_database() {
    for here in Here::each().await {
        let hooks = Hooks { slack: Some("https://127.0.0.1:9/x".into()), ..Hooks::default() };
        let state = here.state.clone().telling(hooks.clone());
        let team = people_teams::make(&here.database.store, "Harbour", &By::COMMAND).await.expect("made");
        let team = team.expect("is new");
        let newest = monday(today()) - 7;
        for (week, value) in [(newest - 7, 0.85), (newest, 0.9)] {
            here.figure(team, "stress_load", week, value).await;
        }
        assert_eq!(team_round::look(&state).await.expect("looked"), 1);
        assert_eq!((here.open(&here.hanna).await.len(), here.database.count("alert_deliveries").await), (1, 1));
        let id = PersonId(here.open(&here.hanna).await[0].id).to_string();

        let set = Settings { least_people: 15, epsilon: None };
        let stricter = Wellbeing::new(state.store().clone(), state.people().clone(), set, Vec::new()).telling(hooks);
        let whose = Whose::of(&stricter, &here.hanna.asker()).await.expect("known");
        assert!(seen::open(&stricter, &whose).await.expect("read").is_empty(), "before anything is ended");
        assert!(seen::page(&stricter, &whose, i64::MAX).await.expect("read").alerts.is_empty());
        assert_eq!(seen::one(&stricter, &whose, &id).await.err().map(|problem| problem.status), Some(404));
        assert_eq!(team_round::look(&stricter).await.expect("looked"), 1, "it ends");
        assert_eq!(here.rings(&here.hanna).await, 0);
        assert_eq!(here.database.count("alert_deliveries").await, 0, "and no program is told of it");
        assert_eq!(team_round::look(&stricter).await.expect("looked"), 0, "twelve people are too few for another one");
    }
}
