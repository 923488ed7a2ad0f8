//! Roll-ups of what a made-up subject sees, on each database.

mod aged;
mod days;
mod kept;
mod rebuilt;

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use attune_ground::GroundError;
use attune_ground::damage::Damaged;
use attune_ground::holdings::{Parcel, Piece};
use attune_ground::http::body::Bodies;
use attune_ground::measures::{Held, MEASURES, Observation, Observed, Observing, Source};
use attune_ground::retention::{Age, Limits};
use attune_ground::store::{Migrations, Write};
use attune_ground::testing::Database;
use attune_people::preferences::{self, Preferences};
use attune_people::{People, accounts};
use attune_protocol::ids::PersonId;
use attune_protocol::policy::Profile;
use attune_protocol::seal::SealKey;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::hours::DAY;
use super::rows::Sealing;
use super::{AGING, Checked, HISTORY, check, forget, of, rebuild, roll_up_waiting, settle};
use crate::bucket::{Span, day_number};
use crate::holdings::HOLDINGS;
use crate::touch::{HOUR, touch, touch_all};
use crate::{Settings, Wellbeing};

/// What the made-up subject keeps: at an instant somebody was seen for ten seconds, with a level of stress.
static SEEN: Migrations = Migrations {
    sqlite: &[(
        4901,
        "seen",
        "CREATE TABLE seen_in_tests (person BLOB NOT NULL, at BIGINT NOT NULL, level BIGINT NOT NULL, PRIMARY KEY (person, at));",
    )],
    postgres: &[(
        4901,
        "seen",
        "CREATE TABLE seen_in_tests (person BYTEA NOT NULL, at BIGINT NOT NULL, level BIGINT NOT NULL, PRIMARY KEY (person, at));",
    )],
    inherited: &[],
};

const MIGRATIONS: [&Migrations; 4] =
    [&attune_ground::MIGRATIONS, &attune_people::MIGRATIONS, &crate::MIGRATIONS, &SEEN];

const SOURCE: Source = Source { name: "made up", observe, held, book: None };

/// One that cannot say what it saw.
const BROKEN: Source =
    Source { name: "broken", observe: |_, _, _, _| Box::pin(async { Err(GroundError::Corrupt("it is")) }), ..SOURCE };

async fn rows(transaction: &mut Write, person: PersonId, range: Range<i64>) -> Result<Vec<(i64, i64)>, GroundError> {
    let rows =
        sqlx::query_as("SELECT at, level FROM seen_in_tests WHERE person = $1 AND at >= $2 AND at < $3 ORDER BY at")
            .bind(person.0.to_vec())
            .bind(range.start)
            .bind(range.end)
            .fetch_all(&mut ***transaction)
            .await?;
    Ok(rows)
}

/// Of each instant the stress, that something was seen, and, as the stability of attention, how often something was within the hour behind
/// it.
fn observe<'a>(transaction: &'a mut Write, person: PersonId, _: &'a SealKey, range: Range<i64>) -> Observing<'a> {
    Box::pin(async move {
        let rows = rows(transaction, person, range.start..range.end + HOUR).await?;
        let mut observed = Observed::default();
        for (at, level) in rows.iter().take_while(|(at, _)| *at < range.end) {
            let behind = rows.iter().filter(|(later, _)| (at + 1..at + HOUR).contains(later)).count();
            for (number, value) in [(0, *level as f64 / 100.0), (2, behind as f64 / 1000.0), (7, 1.0)] {
                let measure = &MEASURES[number];
                observed.observations.push(Observation { measure, at: *at, millis: 10_000, value, variance: 0.01 });
            }
            observed.expected.push(*at..at + 20_000);
        }
        Ok(observed)
    })
}

fn held(transaction: &mut Write, person: PersonId) -> Held<'_> {
    Box::pin(async move {
        let rows = rows(transaction, person, i64::MIN..i64::MAX).await?;
        Ok(rows.into_iter().map(|(at, _)| at..at + 10_000).collect())
    })
}

struct Fixture {
    database: Database,
    state: Wellbeing,
    alice: PersonId,
    bob: PersonId,
}

fn state(database: &Database, source: Source) -> Wellbeing {
    let ground = (database.store.clone(), database.people.clone(), Arc::clone(&database.own));
    let limits = Limits::built_in(Profile::Research);
    let settings = attune_people::Settings { profile: Profile::Research, registration: false, limits };
    let people = People::new(ground, Bodies::default(), &[], settings);
    let settings = Settings { least_people: 10, epsilon: None };
    Wellbeing::new(database.store.clone(), people, settings, vec![source])
}

impl Fixture {
    async fn each() -> Vec<Self> {
        let mut all = Vec::new();
        for database in Database::each(&MIGRATIONS).await {
            let mut transaction = database.store.begin().await.expect("begins");
            let mut made = Vec::new();
            for user in ["alice", "bob"] {
                made.push(accounts::person_of(&mut transaction, &database.people, user).await.expect("made"));
            }
            transaction.commit().await.expect("commits");
            let state = state(&database, SOURCE);
            all.push(Self { state, alice: made[0], bob: made[1], database });
        }
        all
    }

    /// Changes what was seen of a person in a piece of time, behind their lock.
    async fn change(&self, person: PersonId, range: Range<i64>, statement: &'static str, level: i64) {
        let mut transaction = self.database.store.begin().await.expect("begins");
        // In one order, as both may be locked.
        let mut both = [self.alice, self.bob];
        both.sort_unstable();
        for one in both {
            accounts::lock(&mut transaction, one).await.expect("locked");
        }
        sqlx::query(statement)
            .bind(person.0.to_vec())
            .bind(range.start)
            .bind(range.end)
            .bind(level)
            .bind(self.bob.0.to_vec())
            .execute(&mut **transaction)
            .await
            .expect("changed");
        touch(&mut transaction, &[(self.alice, range.clone()), (self.bob, range)]).await.expect("touched");
        transaction.commit().await.expect("commits");
    }

    async fn see(&self, person: PersonId, at: i64, level: i64) {
        const SEE: &str = "INSERT INTO seen_in_tests (person, at, level) SELECT $1, $2, $4 WHERE $3 > $2 AND LENGTH($5) = 16 \
             ON CONFLICT (person, at) DO NOTHING";
        self.change(person, at..at + 10_000, SEE, level).await;
    }

    async fn move_to(&self, person: PersonId, zone: &str) {
        let mut transaction = self.database.store.begin().await.expect("begins");
        accounts::lock(&mut transaction, person).await.expect("locked");
        let wanted = Preferences { zone: Some(zone.to_owned()), ..Preferences::default() };
        preferences::put(&mut transaction, &self.database.people, person, &wanted, 0).await.expect("put");
        touch_all(&mut transaction, person).await.expect("touched");
        transaction.commit().await.expect("commits");
    }

    /// Lets go of what was seen of a person before an instant, as for its age; the rows of it are still there.
    async fn settle(&self, person: PersonId, before: i64) {
        let mut transaction = self.database.store.begin().await.expect("begins");
        accounts::lock(&mut transaction, person).await.expect("locked");
        settle(&mut transaction, person, before).await.expect("settled");
        transaction.commit().await.expect("commits");
    }

    /// Makes a roll-up one that does not open.
    async fn damage(&self, person: PersonId, (span, start): (Span, i64)) {
        sqlx::query("UPDATE rollups SET sealed = $1 WHERE person = $2 AND span = $3 AND start = $4")
            .bind(vec![7_u8; 60])
            .bind(person.0.to_vec())
            .bind(span.number())
            .bind(start)
            .execute(self.database.store.pool())
            .await
            .expect("damaged");
    }

    /// All roll-ups of a person as they stand there, opened.
    async fn bytes(&self, person: PersonId) -> BTreeMap<(i64, i64), (i64, Vec<u8>)> {
        let key = self.database.people.of(person).await.expect("a key");
        let of = Sealing { person, key: &key, damages: self.database.store.damages() };
        let mut connection = self.database.store.pool().acquire().await.expect("a connection");
        let mut all = BTreeMap::new();
        for span in Span::ALL {
            for row in of.read(&mut connection, span, i64::MIN..i64::MAX).await.expect("reads") {
                all.insert((span.number(), row.start), (row.day, row.plain.expect("opens")));
            }
        }
        all
    }

    /// Removes all roll-ups of everybody, and makes them anew.
    async fn begin_anew(&self) {
        let mut transaction = self.database.store.begin().await.expect("begins");
        for statement in ["DELETE FROM rollups", "DELETE FROM rollup_people"] {
            sqlx::query(statement).execute(&mut **transaction).await.expect("removed");
        }
        for person in [self.alice, self.bob] {
            touch_all(&mut transaction, person).await.expect("touched");
        }
        transaction.commit().await.expect("commits");
        roll_up_waiting(&self.state).await.expect("rolled up");
    }
}

/// 2026-03-26T00:00:00Z: the clocks of Europe change on the fourth day.
const BEGIN: i64 = 1_774_483_200_000;

const ERASE: &str =
    "DELETE FROM seen_in_tests WHERE person = $1 AND at >= $2 AND at < $3 AND $4 = 0 AND LENGTH($5) = 16";
