//! Uses as somebody makes them on days of a made-up calendar, and what is told of them.

mod alarms;
mod watchers;

use attune_ground::store::Write;
use attune_ground::testing::Database;
use attune_ground::time::now_millis;

use super::round::look;
use super::{DAY, HOUR};
use crate::People;
use crate::access::LEDGER;
use crate::mail::{Post, PostSettings};
use crate::rights::{Asker, LoginId, Means, Role, Scope};
use crate::sign_in::{self, NewLogin};

const MINUTE: i64 = 60_000;
/// The midnight with which a day begins that is called today here, in UTC.
const TODAY: i64 = 1_799_971_200_000;

const ONE: &str = "GET /hr/focus/{id}";
const LIST: &str = "GET /hr/focus";
const FILE: &str = "GET /api/v1/hr/master.csv";

async fn databases() -> Vec<Database> {
    Database::each(&[&attune_ground::MIGRATIONS, &crate::MIGRATIONS]).await
}

/// A collector that mails.
fn collector(database: &Database) -> People {
    let settings = PostSettings {
        server: "smtp://127.0.0.1:1".into(),
        from: "attune@example.org".into(),
        ..PostSettings::default()
    };
    People::on(database, &[]).mailing(Post::open(&settings).expect("opens"))
}

/// Each database, with a collector that mails and an account of HR's.
async fn collectors() -> Vec<(Database, People, LoginId)> {
    let mut all = Vec::new();
    for database in databases().await {
        let people = collector(&database);
        let hanna = account(&people, "hanna", &[Role::Hr]).await;
        all.push((database, people, hanna));
    }
    all
}

async fn account(people: &People, name: &str, roles: &[Role]) -> LoginId {
    let mail = format!("{name}@example.org");
    let new = NewLogin { name, user_id: None, mail: Some(&mail), roles, password: None, may_exist: true };
    let mut transaction = people.store.begin().await.expect("begins");
    let made = sign_in::create(&mut transaction, &people.keys, &people.own, new).await.expect("made");
    transaction.commit().await.expect("commits");
    made.expect("is new")
}

fn asker(login: LoginId, roles: &[Role]) -> Asker {
    Asker::new(Means::Login { login, person: None, roles: roles.to_vec(), session: None }, Scope::All)
}

/// A person of a number.
fn person(number: u16) -> Vec<u8> {
    [&[1; 14][..], &number.to_be_bytes()].concat()
}

fn everybody() -> Vec<u8> {
    vec![0xff; 16]
}

/// An entry of the log, as it was made at an instant.
async fn entry(transaction: &mut Write, login: LoginId, (what, of): (&str, Vec<u8>), at: i64) {
    let bytes = vec![of, login.0.to_vec(), Vec::new()];
    LEDGER.append(transaction, (bytes, vec!["hr".into(), what.into()], vec![at])).await.expect("appended");
}

/// Opens so many people, one a second from an instant on.
async fn opens(people: &People, login: LoginId, numbers: std::ops::Range<u16>, from: i64) {
    let mut transaction = people.store.begin().await.expect("begins");
    for (second, number) in (0..).zip(numbers) {
        entry(&mut transaction, login, (ONE, person(number)), from + second * 1000).await;
    }
    transaction.commit().await.expect("commits");
}

/// Opens so many people in each of three hours, from an instant on.
async fn spree(people: &People, login: LoginId, each: u16, from: i64) {
    for hour in 0..3 {
        opens(people, login, hour * each..(hour + 1) * each, from + i64::from(hour) * HOUR).await;
    }
}

/// Removes an account, as its owner erases it.
async fn remove(people: &People, login: LoginId) {
    let mut transaction = people.store.begin().await.expect("begins");
    sign_in::remove(&mut transaction, login).await.expect("removed");
    transaction.commit().await.expect("commits");
}

/// Takes a file or a list of everybody so many times, one a second from an instant on.
async fn takes(people: &People, login: LoginId, (what, times): (&str, i64), from: i64) {
    let mut transaction = people.store.begin().await.expect("begins");
    for second in 0..times {
        entry(&mut transaction, login, (what, everybody()), from + second * 1000).await;
    }
    transaction.commit().await.expect("commits");
}

/// Ten days before today on which somebody opened five people each.
async fn habit(people: &People, login: LoginId) {
    for day in 1..=10 {
        opens(people, login, 0..5, TODAY - day * DAY + 10 * HOUR).await;
    }
}

/// What was told: of whom, by which rule, and how many it were.
async fn told(people: &People) -> Vec<(LoginId, String, i64)> {
    let rows: Vec<(Vec<u8>, String, i64)> =
        sqlx::query_as("SELECT login, rule, count FROM unusual_uses ORDER BY opened_at, rule")
            .fetch_all(people.store.pool())
            .await
            .expect("reads");
    rows.into_iter().map(|(login, rule, count)| (LoginId::of(&login).expect("an id"), rule, count)).collect()
}

async fn run(people: &People, statement: &'static str, number: i64) -> u64 {
    let mut transaction = people.store.begin().await.expect("begins");
    let done = sqlx::query(statement).bind(number).execute(&mut **transaction).await.expect("done");
    transaction.commit().await.expect("commits");
    done.rows_affected()
}
