//! When a week is made, of whom, and that it stays as it was.

use super::*;

#[tokio::test]
async fn a_week_is_told_as_it_was_made_and_never_made_again_on_each_database() {
    for Fixture { state, database } in each(Profile::Research, None).await {
        let monday = day_number(MONDAY);
        write(&state, monday, gathered(14, 0.0)).await.expect("written");
        let told = week(&state, TEAM, stress()).await;
        let Told::Figure(figure) = told else { panic!("{told:?}") };
        assert!((figure.value - 0.365).abs() < 0.005 + 1e-9 && figure.people == 10, "{figure:?}");
        assert!(figure.between.0 < figure.value && figure.value < figure.between.1, "{figure:?}");
        assert_eq!((figure.coverage, figure.noise), (Some(0.6), None));
        assert_eq!(week(&state, ORGANISATION, stress()).await, told, "it has one team");
        let asked = [ORGANISATION, TeamId([9; 16]), TEAM].map(|team| (team, stress()));
        let all = weeks_of(&state, &asked, MONDAY..=MONDAY).await.expect("reads");
        let all: Vec<Told> = all.iter().flatten().map(|(_, told)| *told).collect();
        assert_eq!(all, [told, Told::Withheld(Why::Nothing), told], "each in its place");
        assert_eq!(week(&state, TEAM, &MEASURES[1]).await, Told::Withheld(Why::Nothing));

        // More is known by now, and somebody more.
        write(&state, monday, gathered(15, 0.1)).await.expect("done");
        assert_eq!(week(&state, TEAM, stress()).await, told);
        assert_eq!((database.count("team_weeks").await, database.count("team_cohorts").await), (1, 4));

        let sunday = day_of(monday + 6).expect("a day");
        let all = days(&state, TEAM, stress(), MONDAY..=sunday).await.expect("reads");
        assert_eq!(all.len(), 7);
        assert!(all.iter().all(|(_, told)| matches!(told, Told::Figure(figure) if figure.people == 10)), "{all:?}");
        let beside = weeks(&state, TEAM, stress(), day_of(monday - 8).expect("a day")..=sunday).await.expect("reads");
        let expected = [(day_of(monday - 7).expect("a day"), Told::Withheld(Why::Nothing)), (MONDAY, told)];
        assert_eq!(beside, expected, "Mondays, from the first within");

        assert_eq!(spread(&state, TEAM, stress(), sunday).await.expect("reads"), None, "four are in the lowest third");
        write(&state, monday + WEEK, gathered(14, -0.03)).await.expect("written");
        let next = day_of(monday + WEEK).expect("a day");
        let spread = spread(&state, TEAM, stress(), next).await.expect("reads").expect("told");
        assert_eq!((spread.people, spread.bands, spread.low), (10, [Some(5), Some(5), Some(0)], Some(0.5)));
    }
}

#[tokio::test]
async fn a_week_is_not_made_beside_one_that_it_was_not_looked_at_with_on_each_database() {
    for Fixture { state, database } in each(Profile::Research, None).await {
        let monday = day_number(MONDAY);
        write(&state, monday, gathered(14, 0.0)).await.expect("written");
        // Another collector had found that nothing was seen in the week between, in which something came late.
        write(&state, monday + 2 * WEEK, gathered(14, 0.0)).await.expect("written");
        write(&state, monday + WEEK, gathered(13, 0.0)).await.expect("done");
        assert_eq!(database.count("team_weeks").await, 2, "it is behind the last");
        // Two at once: whoever looked before the other had written does not write.
        let mut transaction = state.store().begin().await.expect("begins");
        assert!(!super::super::rows::is_last(&mut transaction, Some(monday)).await.expect("reads"));
        assert!(!super::super::rows::is_last(&mut transaction, None).await.expect("reads"));
        assert!(super::super::rows::is_last(&mut transaction, Some(monday + 2 * WEEK)).await.expect("reads"));
        transaction.rollback().await.expect("taken back");
    }
}

#[tokio::test]
async fn a_week_is_made_once_it_is_over_had_its_time_and_is_rolled_up_on_each_database() {
    for Fixture { state, database } in each(Profile::Research, None).await {
        let monday = day_number(MONDAY);
        let wednesday_noon = (monday + 9) * DAY + DAY / 2;
        assert_eq!(waiting(&state, wednesday_noon).await.expect("reads"), None, "nothing was seen");
        let change = async |day: i64| {
            sqlx::query("INSERT INTO changed_days (person, day, changes) VALUES ($1, $2, 1)")
                .bind(vec![1_u8; 16])
                .bind(day)
                .execute(database.store.pool())
                .await
                .expect("written");
        };
        change(monday + 3).await;
        assert_eq!(waiting(&state, wednesday_noon - 1).await.expect("reads"), None);
        assert_eq!(waiting(&state, wednesday_noon).await.expect("reads"), Some(monday));
        sqlx::query("INSERT INTO touched_hours (person, start, touches) VALUES ($1, $2, 1)")
            .bind(vec![1_u8; 16])
            .bind((monday + 3) * DAY)
            .execute(database.store.pool())
            .await
            .expect("written");
        assert_eq!(waiting(&state, wednesday_noon).await.expect("reads"), None, "an hour is to be rolled up");
        let later = wednesday_noon + 7 * DAY;
        assert_eq!(waiting(&state, later).await.expect("reads"), Some(monday), "not for ever");
        change(monday - CHANGES_KEPT - 1).await;
        write(&state, monday, gathered(14, 0.0)).await.expect("written");
        // Who looks for alerts compares how often the others changed.
        assert_eq!(database.count("changed_days").await, 1, "what is too long ago is forgotten");
        change(monday + 4).await;
        assert_eq!(waiting(&state, later).await.expect("reads"), None, "what comes later changes nothing");
    }
}

#[tokio::test]
async fn the_first_day_that_changed_is_found_without_looking_at_all_on_sqlite() {
    for Fixture { database, .. } in each(Profile::Research, None).await {
        if !database.store.lets_one_write() {
            continue; // of small tables the other one reads all
        }
        let asks = format!("EXPLAIN QUERY PLAN {}", super::super::rows::FIRST_CHANGED.replace("$1", "7"));
        let plan: Vec<(i64, i64, i64, String)> =
            sqlx::query_as(sqlx::AssertSqlSafe(asks)).fetch_all(database.store.pool()).await.expect("told");
        assert!(plan.iter().all(|(.., step)| step.contains("changed_days_by_day")), "{plan:?}");
    }
}

#[tokio::test]
async fn behind_a_restore_nothing_is_made_that_may_have_been_given_or_would_be_looked_at_beside_it_on_each_database() {
    for Fixture { state, database } in each(Profile::Research, None).await {
        let monday = day_number(MONDAY);
        let restored = async |now: i64| {
            let mut transaction = database.store.begin().await.expect("begins");
            put_off(&mut transaction, now).await.expect("put off");
            transaction.commit().await.expect("commits");
            database.count("team_weeks").await
        };
        let due = |week: i64| (week + 9) * DAY + DAY / 2;
        assert_eq!(restored(due(monday)).await, 0, "nothing was ever seen");
        write(&state, monday, gathered(14, 0.0)).await.expect("written");
        assert_eq!(restored(due(monday + WEEK) - 1).await, 1, "nothing can have been given since");
        assert_eq!(restored(due(monday + WEEK)).await, 2);
        for (week, expected) in [(1, None), (4, None), (5, None), (6, Some(monday + 6 * WEEK))] {
            sqlx::query("INSERT INTO changed_days (person, day, changes) VALUES ($1, $2, 1)")
                .bind(vec![1_u8; 16])
                .bind(monday + week * WEEK + 2)
                .execute(database.store.pool())
                .await
                .expect("written");
            assert_eq!(waiting(&state, due(monday + 20 * WEEK)).await.expect("reads"), expected, "{week}");
        }
    }
}

#[tokio::test]
async fn of_what_was_rolled_up_those_count_who_agree_and_are_in_the_team_for_the_week_on_each_database() {
    for Fixture { state, database } in each(Profile::Research, None).await {
        let store = &database.store;
        let team = teams::make(store, "Sales", &By::COMMAND).await.expect("made").expect("is new");
        let monday = day_number(MONDAY);
        let mut counted: Vec<PersonId> = Vec::new();
        for number in 0..15_u8 {
            let mut transaction = store.begin().await.expect("begins");
            let user = format!("user {number}");
            let person = accounts::person_of(&mut transaction, &database.people, &user).await.expect("made");
            let key = database.people.of(person).await.expect("made");
            let place = consent::ItemKey { device: DeviceId([number; 16]), epoch: Epoch(1), seq: Seq(1) };
            // One agrees to nothing that stress is read from, one has withdrawn it, and one leaves in the week.
            for (version, granted) in [(1, true), (2, number != 12)] {
                let modality = Modality::Heart;
                let change = Consent {
                    modality,
                    purpose: Purpose::Wellbeing,
                    granted,
                    version,
                    at_millis: i64::from(version),
                    text: None,
                };
                let place = consent::ItemKey { seq: Seq(u64::from(version)), ..place };
                if number != 13 {
                    consent::append(&mut transaction, person, &key, place, &change).await.expect("appended");
                }
            }
            let hours = |day: i64| (person, day * DAY + 9 * 3_600_000..day * DAY + 10 * 3_600_000);
            let touched: Vec<_> = (monday..monday + 5).map(hours).collect();
            touch(&mut transaction, &touched).await.expect("touched");
            transaction.commit().await.expect("commits");
            let until = (number == 14).then_some((monday + 3) * DAY);
            let period = Period { since: 0, until };
            let added = teams::add(store, team, Whom::Member(person), period, &By::COMMAND).await.expect("added");
            assert!(added.is_ok(), "{added:?}");
            if number < 12 {
                counted.push(person);
            }
        }
        assert_eq!(make_waiting(&state).await.expect("made"), 1, "what waits is rolled up before");
        let told = week(&state, team, stress()).await;
        let Told::Figure(figure) = told else { panic!("{told:?}") };
        let mean = counted.iter().map(|person| level(*person)).sum::<f64>() / 12.0;
        assert_eq!(figure.people, 10, "twelve, and more is not told");
        assert!((figure.value - mean).abs() < 0.005 + 1e-6, "{figure:?} {mean}");
        assert_eq!(week(&state, team, &MEASURES[6]).await, Told::Withheld(Why::Nothing), "to motion nobody agreed");
        assert_eq!(make_waiting(&state).await.expect("made"), 0);
        assert_eq!(crate::attack::learnt_on(store, 10).await.expect("tried"), 0);
        sqlx::query("UPDATE team_cohorts SET people = substr(people, 1, 19)")
            .execute(store.pool())
            .await
            .expect("changed");
        assert!(crate::attack::learnt_on(store, 10).await.expect("tried") > 0, "figures of two people are seen");
    }
}

#[test]
fn a_week_begins_on_monday() {
    assert_eq!(monday(day_number(MONDAY)), day_number(MONDAY));
    assert_eq!(monday(day_number(MONDAY) + 6), day_number(MONDAY));
    assert_eq!(monday(-1), -3, "of 1969-12-31, a Wednesday");
}
