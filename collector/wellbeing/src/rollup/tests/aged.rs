//! What outlives what it was made of, and what goes with what.

use super::*;

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
