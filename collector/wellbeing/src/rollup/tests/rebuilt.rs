//! What is made of what came, in any order, by whom it is made, and what it is held against.

use super::*;

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
