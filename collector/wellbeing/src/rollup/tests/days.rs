//! Whose day a day is.

use super::*;

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
