//! Roll-ups of what a made-up subject sees, on each database.

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
/// What the other one has of then stays theirs.
const REASSIGN: &str = "UPDATE seen_in_tests SET person = $5 WHERE person = $1 AND at >= $2 AND at < $3 AND $4 = 0 \
     AND NOT EXISTS (SELECT 1 FROM seen_in_tests other WHERE other.person = $5 AND other.at = seen_in_tests.at)";

#[tokio::test]
async fn roll_ups_after_any_order_of_late_doubled_erased_and_reassigned_data_are_those_of_a_fresh_rebuild_on_each_database()
 {
    for fixture in Fixture::each().await {
        for seed in 1..=4 {
            let mut random = fastrand::Rng::with_seed(seed);
            for _ in 0..60 {
                let person = if random.bool() { fixture.alice } else { fixture.bob };
                let at = BEGIN + random.i64(0..6 * 24 * 360) * 10_000;
                match random.u8(0..12) {
                    0..6 => fixture.see(person, at, random.i64(0..=100)).await,
                    6 => {
                        let level = random.i64(0..=100);
                        fixture.see(person, at, level).await;
                        fixture.see(person, at, level).await;
                    }
                    7 => fixture.change(person, at..at + random.i64(1..12) * HOUR, ERASE, 0).await,
                    8 => fixture.change(fixture.alice, at..at + random.i64(1..12) * HOUR, REASSIGN, 0).await,
                    9 => {
                        let zones = ["Europe/Berlin", "Asia/Kolkata", "UTC", "Australia/Lord_Howe"];
                        fixture.move_to(person, zones[random.usize(0..zones.len())]).await;
                    }
                    _ => _ = roll_up_waiting(&fixture.state).await.expect("rolled up"),
                }
            }
            roll_up_waiting(&fixture.state).await.expect("rolled up");
            assert_eq!(check(&fixture.state).await.expect("held against").found(), (2, &[][..]), "seed {seed}");
            let grown = [fixture.bytes(fixture.alice).await, fixture.bytes(fixture.bob).await];
            assert!(grown.iter().all(|all| all.len() > 8), "something is compared");
            fixture.begin_anew().await;
            let fresh = [fixture.bytes(fixture.alice).await, fixture.bytes(fixture.bob).await];
            assert_eq!(grown, fresh, "seed {seed}");
        }
        assert_eq!(fixture.database.count("touched_hours").await, 0);
    }
}

#[tokio::test]
async fn a_roll_up_that_is_not_what_it_is_made_of_is_found_and_made_anew_on_each_database() {
    for fixture in Fixture::each().await {
        fixture.see(fixture.alice, BEGIN, 50).await;
        fixture.see(fixture.bob, BEGIN, 50).await;
        roll_up_waiting(&fixture.state).await.expect("rolled up");
        let before = fixture.bytes(fixture.alice).await;
        assert_eq!(before.len(), 4, "an hour, a day, a week and a month");
        sqlx::query("DELETE FROM rollups WHERE person = $1 AND span <= 2")
            .bind(fixture.alice.0.to_vec())
            .execute(fixture.database.store.pool())
            .await
            .expect("removed");
        for _ in 0..2 {
            let Checked { people, different, .. } = check(&fixture.state).await.expect("held against");
            let of_alice: Vec<Span> = different.iter().map(|one| one.span).collect();
            assert_eq!((people, of_alice), (2, vec![Span::Hour, Span::Day]), "and nothing is changed");
        }
        assert_eq!(rebuild(&fixture.state).await.expect("made").1.len(), 2);
        assert_eq!(fixture.bytes(fixture.alice).await, before);
    }
}

#[tokio::test]
async fn a_rebuild_of_more_hours_than_a_slice_names_each_roll_up_once_and_lets_others_write_between_on_each_database() {
    for fixture in Fixture::each().await {
        // A week and more, from a Thursday on.
        for hour in 0..9 * 24 {
            fixture.see(fixture.alice, BEGIN + hour * HOUR, hour % 100).await;
        }
        roll_up_waiting(&fixture.state).await.expect("rolled up");
        let before = fixture.bytes(fixture.alice).await;
        let empty = "DELETE FROM rollups";
        sqlx::query(empty).execute(fixture.database.store.pool()).await.expect("removed");
        let different = check(&fixture.state).await.expect("held against").different;
        assert_eq!(different.len(), before.len(), "each once");
        let elsewhere = fixture.database.again(&MIGRATIONS).await;
        let (made, waited) = tokio::join!(rebuild(&fixture.state), async {
            let mut between = false;
            for _ in 0..10_000 {
                let transaction = elsewhere.store.begin().await.expect("begins");
                transaction.rollback().await.expect("taken back");
                let rows = fixture.database.count("rollups").await;
                between |= rows > 0 && rows < before.len() as i64;
                if rows >= before.len() as i64 {
                    break;
                }
                tokio::time::sleep(std::time::Duration::from_millis(2)).await;
            }
            between
        });
        assert_eq!(made.expect("made").1.len(), before.len());
        assert!(waited, "it was written while it was rebuilt");
        assert_eq!(fixture.bytes(fixture.alice).await, before);
    }
}

#[tokio::test]
async fn a_day_is_the_persons_own_where_the_clocks_are_changed_and_coverage_says_how_much_was_seen_on_each_database() {
    for fixture in Fixture::each().await {
        fixture.move_to(fixture.alice, "Europe/Berlin").await;
        for hour in 0..6 * 24 {
            fixture.see(fixture.alice, BEGIN + hour * HOUR + 60_000, 50).await;
        }
        roll_up_waiting(&fixture.state).await.expect("rolled up");
        let date = |day| Date::constant(2026, 3, day);
        let days = of(&fixture.state, fixture.alice, Span::Day, date(26)..=date(30)).await.expect("read");
        let counts: Vec<(i64, u32)> = days.iter().map(|(day, bucket)| (*day, bucket.sums[&1].count)).collect();
        let number = |day| day_number(date(day));
        // The first day is cut off: its first hour was before what was seen.
        let expected = [(number(26), 23), (number(27), 24), (number(28), 24), (number(29), 23), (number(30), 24)];
        assert_eq!(counts, expected);
        let (_, sunday) = &days[3];
        assert_eq!((sunday.seen, sunday.expected, sunday.coverage()), (230_000, 460_000, Some(0.5)));
        let hours = of(&fixture.state, fixture.alice, Span::Hour, date(29)..=date(29)).await.expect("read");
        assert_eq!(hours.len(), 23);
        let weeks = of(&fixture.state, fixture.alice, Span::Week, date(23)..=date(30)).await.expect("read");
        assert_eq!(weeks.iter().map(|(start, _)| *start).collect::<Vec<_>>(), [number(23), number(30)]);
        // Half an hour off, hours are other ones, and nothing is counted twice.
        fixture.move_to(fixture.alice, "Asia/Kolkata").await;
        roll_up_waiting(&fixture.state).await.expect("rolled up");
        let hours = of(&fixture.state, fixture.alice, Span::Hour, date(1)..=Date::constant(2026, 4, 30)).await;
        let hours = hours.expect("read");
        assert!(hours.iter().all(|(start, _)| start.rem_euclid(HOUR) == HOUR / 2), "{hours:?}");
        assert_eq!(hours.iter().map(|(_, bucket)| bucket.sums[&1].count).sum::<u32>(), 6 * 24);
    }
}

#[tokio::test]
async fn a_roll_up_that_fails_leaves_its_hours_in_the_list_on_each_database() {
    for fixture in Fixture::each().await {
        for hour in 0..30 {
            fixture.see(fixture.alice, BEGIN + hour * HOUR, 50).await;
        }
        let waiting = fixture.database.count("touched_hours").await;
        let broken = state(&fixture.database, BROKEN);
        roll_up_waiting(&broken).await.expect_err("its subject does not say what it saw");
        assert_eq!(fixture.database.count("touched_hours").await, waiting);
        assert_eq!(fixture.database.count("rollups").await, 0);
        roll_up_waiting(&fixture.state).await.expect("rolled up");
        assert_eq!(fixture.database.count("touched_hours").await, 0);
        assert_eq!(check(&fixture.state).await.expect("held against").different, []);
        assert!(fixture.database.count("changed_days").await >= 2, "figures of teams are to be made of them");
    }
}

#[tokio::test]
async fn two_collectors_that_roll_up_at_once_do_it_once_on_each_database() {
    for fixture in Fixture::each().await {
        for hour in 0..60 {
            fixture.see(fixture.alice, BEGIN + hour * HOUR, hour % 100).await;
            fixture.see(fixture.bob, BEGIN + hour * HOUR, hour % 100).await;
        }
        let elsewhere = fixture.database.again(&MIGRATIONS).await;
        let people = People::new(
            (elsewhere.store.clone(), elsewhere.people, elsewhere.own),
            Bodies::default(),
            &[],
            attune_people::Settings {
                profile: Profile::Research,
                registration: false,
                limits: Limits::built_in(Profile::Research),
            },
        );
        let other = Wellbeing::new(elsewhere.store, people, Settings { least_people: 10, epsilon: None }, vec![SOURCE]);
        let (one, two) = tokio::join!(roll_up_waiting(&fixture.state), roll_up_waiting(&other));
        // An hour that was touched once is taken by one of them.
        assert_eq!(one.expect("rolled up") + two.expect("rolled up"), 2 * 60, "each touched hour of both people");
        assert_eq!(check(&other).await.expect("held against").found(), (2, &[][..]));
    }
}

#[tokio::test]
async fn sums_outlive_what_they_were_made_of_and_go_with_their_own_age_on_each_database() {
    for fixture in Fixture::each().await {
        for day in 0..10 {
            fixture.see(fixture.alice, BEGIN + day * DAY + 5 * HOUR, 50).await;
        }
        roll_up_waiting(&fixture.state).await.expect("rolled up");
        let before = fixture.bytes(fixture.alice).await;
        // Scores of the first five days go for their age.
        let limit = BEGIN + 5 * DAY;
        let mut transaction = fixture.database.store.begin().await.expect("begins");
        accounts::lock(&mut transaction, fixture.alice).await.expect("locked");
        settle(&mut transaction, fixture.alice, limit).await.expect("settled");
        transaction.commit().await.expect("commits");
        fixture.change(fixture.alice, BEGIN..limit, ERASE, 0).await;
        roll_up_waiting(&fixture.state).await.expect("rolled up");
        assert_eq!(fixture.bytes(fixture.alice).await, before, "the sums stay");
        assert_eq!(check(&fixture.state).await.expect("held against").different, []);
        // What is erased behind that is not settled.
        fixture.change(fixture.alice, limit + DAY..limit + 2 * DAY, ERASE, 0).await;
        roll_up_waiting(&fixture.state).await.expect("rolled up");
        let now = fixture.bytes(fixture.alice).await;
        assert_eq!(now.len(), before.len() - 2, "an hour and its day");
        // Then the sums of the first three days go for theirs, within a week that goes on.
        let age = Age { now: BEGIN + 33 * DAY, days: 30 };
        let store = &fixture.database.store;
        let due = async |person| (AGING[0].due)(store, person, age).await.expect("counted").rows;
        assert_eq!((due(None).await, due(Some(fixture.alice)).await, due(Some(fixture.bob)).await), (3, 3, 0));
        assert!((AGING[0].delete)(store, age).await.expect("deletes") >= 3);
        assert_eq!(due(None).await, 0);
        roll_up_waiting(&fixture.state).await.expect("rolled up");
        let date = |day| Date::constant(2026, 3, day);
        let hours = of(&fixture.state, fixture.alice, Span::Hour, date(1)..=date(31)).await.expect("read");
        let days = of(&fixture.state, fixture.alice, Span::Day, date(1)..=date(31)).await.expect("read");
        let weeks = of(&fixture.state, fixture.alice, Span::Week, date(23)..=date(23)).await.expect("read");
        assert_eq!((hours.len(), days.len()), (3, 3), "of the 29th and the two days behind it");
        assert_eq!(weeks[0].1.sums[&1].count, 1, "the week is of what is left of it");
        // And all of it once its person keeps nothing.
        let all = (HISTORY.delete_before)(store, fixture.alice, BEGIN + 400 * DAY).await.expect("deletes");
        assert!(all > 0 && fixture.database.count("rollups").await == 0);
    }
}

#[tokio::test]
async fn what_its_person_deletes_of_a_settled_time_goes_with_its_day_and_what_looks_at_it_is_settled_on_each_database()
{
    for fixture in Fixture::each().await {
        let limit = BEGIN + 5 * DAY;
        for at in [BEGIN + 5 * HOUR, BEGIN + 7 * HOUR, limit + 60_000] {
            fixture.see(fixture.alice, at, 50).await;
        }
        fixture.see(fixture.bob, BEGIN + 5 * HOUR, 50).await;
        roll_up_waiting(&fixture.state).await.expect("rolled up");
        let before = fixture.bytes(fixture.alice).await;
        let of_bob = fixture.bytes(fixture.bob).await;
        let mut transaction = fixture.database.store.begin().await.expect("begins");
        accounts::lock(&mut transaction, fixture.alice).await.expect("locked");
        settle(&mut transaction, fixture.alice, limit).await.expect("settled");
        transaction.commit().await.expect("commits");
        // The hour behind the limit looks at what is before.
        fixture.change(fixture.alice, BEGIN..limit + HOUR, ERASE, 0).await;
        roll_up_waiting(&fixture.state).await.expect("rolled up");
        assert_eq!(fixture.bytes(fixture.alice).await, before, "the sums stay");
        let mut transaction = fixture.database.store.begin().await.expect("begins");
        accounts::lock(&mut transaction, fixture.alice).await.expect("locked");
        let deleted = BEGIN + 5 * HOUR + 60_000..BEGIN + 5 * HOUR + 90_000;
        forget(&mut transaction, fixture.alice, deleted).await.expect("forgotten");
        transaction.commit().await.expect("commits");
        roll_up_waiting(&fixture.state).await.expect("rolled up");
        assert_eq!(check(&fixture.state).await.expect("held against").different, []);
        let date = |day| Date::constant(2026, 3, day);
        let days = of(&fixture.state, fixture.alice, Span::Day, date(26)..=date(31)).await.expect("read");
        let counts: Vec<u32> = days.iter().map(|(_, bucket)| bucket.sums[&1].count).collect();
        assert_eq!(counts, [1, 1], "the other hours and their days stay");
        assert_eq!(fixture.bytes(fixture.bob).await, of_bob);
    }
}

#[tokio::test]
async fn an_hour_that_does_not_open_is_made_anew_or_its_day_tells_that_it_is_missing_on_each_database() {
    for fixture in Fixture::each().await {
        let (alice, day) = (fixture.alice, day_number(Date::constant(2026, 3, 26)));
        for hour in [5, 7] {
            fixture.see(alice, BEGIN + hour * HOUR, 50).await;
        }
        roll_up_waiting(&fixture.state).await.expect("rolled up");
        let the_day = async || {
            let date = Date::constant(2026, 3, 26);
            let days = of(&fixture.state, alice, Span::Day, date..=date).await.expect("read");
            days.first().map(|(_, bucket)| (bucket.expected, bucket.seen))
        };
        // What it was made of is still there.
        fixture.damage(alice, (Span::Hour, BEGIN + 5 * HOUR)).await;
        fixture.see(alice, BEGIN + 7 * HOUR + 60_000, 50).await;
        roll_up_waiting(&fixture.state).await.expect("rolled up");
        assert_eq!(the_day().await, Some((HOUR + 40_000, 20_000)), "it does not pass for a whole one");
        roll_up_waiting(&fixture.state).await.expect("rolled up");
        assert_eq!(the_day().await, Some((60_000, 30_000)), "the hour waited to be made anew");
        // A day is made anew of its hours once its week is.
        fixture.damage(alice, (Span::Day, day)).await;
        fixture.see(alice, BEGIN + DAY + 5 * HOUR, 50).await;
        roll_up_waiting(&fixture.state).await.expect("rolled up");
        assert_eq!(the_day().await, Some((60_000, 30_000)));
        assert_eq!(check(&fixture.state).await.expect("held against"), Checked { people: 2, ..Checked::default() });
        // What it was made of is gone: its day tells of it as soon as it is another one.
        fixture.settle(alice, BEGIN + DAY).await;
        fixture.damage(alice, (Span::Hour, BEGIN + 5 * HOUR)).await;
        let Checked { different, settled, .. } = check(&fixture.state).await.expect("held against");
        let different: Vec<(Span, i64)> = different.into_iter().map(|one| (one.span, one.start)).collect();
        assert_eq!((different, settled), (vec![(Span::Hour, BEGIN + 5 * HOUR)], 2));
        assert_eq!(the_day().await, Some((60_000, 30_000)));
        let mut transaction = fixture.database.store.begin().await.expect("begins");
        accounts::lock(&mut transaction, alice).await.expect("locked");
        forget(&mut transaction, alice, BEGIN + 7 * HOUR..BEGIN + 8 * HOUR).await.expect("forgotten");
        transaction.commit().await.expect("commits");
        roll_up_waiting(&fixture.state).await.expect("rolled up");
        assert_eq!(the_day().await, Some((HOUR, 0)));
        let counts = fixture.database.store.damages().counts();
        assert_eq!(counts, [(Damaged::RollUp, 2)], "the hour, which is counted once, and the day");
    }
}

#[tokio::test]
async fn of_sums_that_outlive_what_they_were_made_of_it_is_looked_whether_they_are_of_each_other_on_each_database() {
    for fixture in Fixture::each().await {
        let alice = fixture.alice;
        for at in [BEGIN, BEGIN + DAY, BEGIN + 3 * DAY] {
            fixture.see(alice, at, 50).await;
        }
        roll_up_waiting(&fixture.state).await.expect("rolled up");
        fixture.settle(alice, BEGIN + 2 * DAY).await;
        fixture.change(alice, BEGIN..BEGIN + 2 * DAY, ERASE, 0).await;
        roll_up_waiting(&fixture.state).await.expect("rolled up");
        let checked = check(&fixture.state).await.expect("held against");
        assert_eq!(checked, Checked { people: 2, settled: 2, ..Checked::default() });
        sqlx::query("DELETE FROM rollups WHERE span = 1 AND start = $1")
            .bind(BEGIN)
            .execute(fixture.database.store.pool())
            .await
            .expect("removed");
        let Checked { different, .. } = check(&fixture.state).await.expect("held against");
        let spans: Vec<Span> = different.iter().map(|one| one.span).collect();
        assert_eq!(spans, [Span::Day, Span::Week, Span::Month], "none of them is of hours that are there");
        // What waits to be rolled up is other than it will be, and nothing is wrong with it.
        fixture.see(alice, BEGIN + 3 * DAY + 60_000, 50).await;
        let checked = check(&fixture.state).await.expect("held against");
        // That of Bob, which is touched with hers, waits, too.
        assert_eq!((checked.waiting, checked.different.len()), (2, 1), "the day that lost its hour");
    }
}

#[tokio::test]
async fn a_week_whose_days_were_let_go_of_waits_for_the_next_round_and_nothing_is_wrong_with_it_on_each_database() {
    for fixture in Fixture::each().await {
        // A Thursday, and the Monday behind it.
        for at in [BEGIN, BEGIN + 4 * DAY] {
            fixture.see(fixture.alice, at, 50).await;
        }
        roll_up_waiting(&fixture.state).await.expect("rolled up");
        let gone = (HISTORY.delete_before)(&fixture.database.store, fixture.alice, BEGIN + 3 * DAY).await;
        assert_eq!(gone.expect("deletes"), 2, "the hour and its day");
        let checked = check(&fixture.state).await.expect("held against");
        assert_eq!((checked.waiting, checked.different), (1, vec![]));
        roll_up_waiting(&fixture.state).await.expect("rolled up");
        assert_eq!(check(&fixture.state).await.expect("held against"), Checked { people: 2, ..Checked::default() });
    }
}

#[tokio::test]
async fn another_zone_of_the_organisation_reaches_all_who_follow_it_some_at_a_time_on_each_database() {
    for fixture in Fixture::each().await {
        fixture.move_to(fixture.bob, "Europe/Berlin").await;
        for person in [fixture.alice, fixture.bob] {
            fixture.see(person, BEGIN + 5 * HOUR, 50).await;
        }
        roll_up_waiting(&fixture.state).await.expect("rolled up");
        let of_bob = fixture.bytes(fixture.bob).await;
        // Others before them in the list, whom nobody knows.
        let mut transaction = fixture.database.store.begin().await.expect("begins");
        for number in 0..64_u8 {
            sqlx::query("INSERT INTO rollup_people (person, settled) VALUES ($1, 0)")
                .bind([&[0_u8; 15][..], &[number]].concat())
                .execute(&mut **transaction)
                .await
                .expect("written");
        }
        transaction.commit().await.expect("commits");
        let zone = TimeZone::get("Asia/Kolkata").expect("a zone");
        let people = fixture.state.people().clone().in_zone(zone);
        let settings = Settings { least_people: 10, epsilon: None };
        let moved = Wellbeing::new(fixture.database.store.clone(), people, settings, vec![SOURCE]);
        assert_eq!(roll_up_waiting(&moved).await.expect("rolled up"), 0, "of one round");
        assert_eq!(fixture.database.count("jobs").await, 1, "the next one is due at once");
        assert!(roll_up_waiting(&moved).await.expect("rolled up") > 0);
        let of_alice = fixture.bytes(fixture.alice).await;
        assert!(of_alice.keys().any(|(span, start)| *span == 1 && start.rem_euclid(HOUR) == HOUR / 2), "{of_alice:?}");
        assert_eq!(fixture.bytes(fixture.bob).await, of_bob);
        assert_eq!(roll_up_waiting(&moved).await.expect("rolled up"), 0, "and nobody twice");
    }
}

#[tokio::test]
async fn what_is_asked_for_a_day_is_found_by_an_index_however_much_there_is_of_others_on_sqlite() {
    for fixture in Fixture::each().await {
        let store = &fixture.database.store;
        if !store.lets_one_write() {
            continue; // of small tables the other one reads all
        }
        for asked in [super::rows::READ, super::roll::TAKE, super::aging::OLD, super::aging::OLD_OF] {
            let plan: Vec<(i64, i64, i64, String)> =
                sqlx::query_as(sqlx::AssertSqlSafe(format!("EXPLAIN QUERY PLAN {}", literal(asked))))
                    .fetch_all(store.pool())
                    .await
                    .expect("told");
            assert!(plan.iter().any(|(.., step)| step.starts_with("SEARCH")), "{plan:?}");
            assert!(plan.iter().all(|(.., step)| !step.starts_with("SCAN")), "{asked}: {plan:?}");
        }
    }
}

/// A statement with numbers in its places: how it is carried out does not hang on them.
fn literal(statement: &str) -> String {
    (1..=4).fold(statement.to_owned(), |text, place| text.replace(&format!("${place}"), "7"))
}

#[tokio::test]
async fn days_that_could_not_go_with_their_hours_go_the_next_time_on_sqlite() {
    for fixture in Fixture::each().await {
        let store = &fixture.database.store;
        if !store.lets_one_write() {
            continue; // it takes a trigger of this database
        }
        fixture.see(fixture.alice, BEGIN, 50).await;
        roll_up_waiting(&fixture.state).await.expect("rolled up");
        for statement in [
            "CREATE TRIGGER full_disk BEFORE DELETE ON rollups WHEN OLD.span = 2 BEGIN SELECT RAISE(ABORT, 'full'); END",
            "DROP TRIGGER full_disk",
        ] {
            sqlx::query(statement).execute(store.pool()).await.expect("done");
            let done = (HISTORY.delete_before)(store, fixture.alice, BEGIN + 100 * DAY).await;
            assert_eq!(done.is_err(), statement.starts_with("CREATE"), "{done:?}");
        }
        assert_eq!(fixture.database.count("rollups").await, 0);
    }
}

#[tokio::test]
async fn all_of_a_person_comes_out_and_goes_and_another_ones_stays_on_each_database() {
    for fixture in Fixture::each().await {
        fixture.see(fixture.alice, BEGIN, 30).await;
        fixture.see(fixture.bob, BEGIN, 60).await;
        roll_up_waiting(&fixture.state).await.expect("rolled up");
        let store = &fixture.database.store;
        let (mut parcel, mut out) = Parcel::new();
        let export = async {
            (HOLDINGS.export)(store, &fixture.database.people, fixture.alice, &mut parcel).await.expect("exported");
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
        let names: Vec<&str> = files.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["rollups.json", "alerts.json", "supporters.json", "alert_choices.json", "saved_views.json"]);
        let read: serde_json::Value = serde_json::from_slice(&files[0].1).expect("JSON");
        assert_eq!(read.as_array().map(Vec::len), Some(4));
        assert_eq!(read[0]["start"], "2026-03-26T00:00:00.000Z");
        assert_eq!(read[1]["start"], "2026-03-26");
        let mean = read[1]["measures"]["stress_load"]["mean"].as_f64().expect("a mean");
        assert!((mean - 0.3).abs() < 1e-6, "{mean}");
        let counted = (HOLDINGS.count)(store).await.expect("counted");
        assert!(counted.iter().all(|held| held.rows == 4 && held.span == Some((BEGIN, BEGIN)) && held.bytes > 0));
        let erased = (HOLDINGS.erase)(store, fixture.alice).await.expect("erased");
        assert_eq!(erased.iter().find(|(table, _)| *table == "rollups").map(|(_, rows)| *rows), Some(4));
        assert!(fixture.bytes(fixture.alice).await.is_empty());
        assert_eq!(fixture.bytes(fixture.bob).await.len(), 4);
    }
}
