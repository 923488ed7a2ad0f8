//! From what was seen of a person, or given of a team, to an alert, to who sees it and who is told.

mod delivery;
mod events;
mod people;
mod supporters;
mod teams;

use std::sync::Arc;

use attune_ground::http::body::Bodies;
use attune_ground::measures::{Held, Measure, Observation, Observed, Observing, Source};
use attune_ground::retention::Limits;
use attune_ground::store::Write;
use attune_ground::testing::Database;
use attune_ground::time::now_millis;
use attune_ground::{Answering, Listener};
use attune_people::rights::{Asker, LoginId, Means, Role, Scope};
use attune_people::sign_in::{self, NewLogin};
use attune_people::teams::TeamId;
use attune_people::{People, Post, PostSettings, Settings as PeopleSettings, accounts, consent};
use attune_protocol::consent::{Consent, Purpose};
use attune_protocol::ids::{DeviceId, Epoch, PersonId, Seq};
use attune_protocol::policy::Profile;
use attune_protocol::registry::Modality;
use attune_protocol::seal::SealKey;

use super::seen::Whose;
use super::{bell, seen};
use crate::bucket::Span;
use crate::{Settings, Wellbeing, rollup, touch};

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
        let source = Source { name: "tests", observe: see, held, book: None };
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

    /// Gives a figure of twelve people, told as ten, for a week of a team.
    async fn figure(&self, team: TeamId, measure: &str, week: i64, value: f64) {
        let between = (value - 0.05, value + 0.05);
        let (noise, bands) = (None::<(f64, f64)>, None::<[Option<u32>; 3]>);
        let stored = (value, between, 12_u32, Some(0.5), noise, bands, 10_u32);
        let bytes = [vec![2], postcard::to_stdvec(&stored).expect("numbers")].concat();
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
