//! What is not told of a team.

use super::*;

#[tokio::test]
async fn a_figure_of_fewer_people_than_are_set_now_is_told_no_more_on_each_database() {
    for Fixture { state, .. } in each(Profile::Research, None).await {
        write(&state, day_number(MONDAY), gathered(14, -0.03)).await.expect("written");
        assert!(matches!(week(&state, TEAM, stress()).await, Told::Figure(_)));
        assert!(spread(&state, TEAM, stress(), MONDAY).await.expect("reads").is_some());
        // Fourteen would be enough, and with it each who knows fourteen members would know that all of them take part.
        let settings = Settings { least_people: 14, epsilon: None };
        let stricter = Wellbeing::new(state.store().clone(), state.people().clone(), settings, vec![SOURCE]);
        for team in [TEAM, ORGANISATION] {
            assert_eq!(week(&stricter, team, stress()).await, Told::Withheld(Why::TooFew));
            assert_eq!(spread(&stricter, team, stress(), MONDAY).await.expect("reads"), None);
        }
    }
}

#[tokio::test]
async fn what_is_withheld_of_all_teams_is_withheld_of_the_organisation_and_not_said_to_be_nothing_on_each_database() {
    for Fixture { state, .. } in each(Profile::Research, None).await {
        write(&state, day_number(MONDAY), gathered(9, 0.0)).await.expect("written");
        for team in [TEAM, ORGANISATION] {
            assert_eq!(week(&state, team, stress()).await, Told::Withheld(Why::TooFew), "{team:?}");
            // That nobody was seen would tell of each of a few.
            assert_eq!(week(&state, team, &MEASURES[1]).await, Told::Withheld(Why::TooFew), "{team:?}");
        }
    }
}

#[tokio::test]
async fn a_person_more_or_less_is_waited_for_and_a_few_weeks_withheld_on_each_database() {
    for Fixture { state, .. } in each(Profile::Research, None).await {
        let at = |number: i64| day_number(MONDAY) + number * WEEK;
        for (number, people) in [(0, 14), (1, 15), (2, 13), (5, 13), (6, 13)] {
            write(&state, at(number), gathered(people, 0.0)).await.expect("written");
        }
        let last = day_of(at(6)).expect("a day");
        let all = weeks(&state, TEAM, stress(), MONDAY..=last).await.expect("reads");
        let people = |told: &Told| match told {
            Told::Figure(figure) => Ok(figure.people),
            Told::Withheld(why) => Err(*why),
        };
        let all: Vec<_> = all.iter().map(|(_, told)| people(told)).collect();
        let nothing = Err(Why::Nothing);
        let left = Err(Why::Difference);
        assert_eq!(all, [Ok(10), Ok(10), left, nothing, nothing, left, Ok(10)], "who joined waits; one left");
    }
}

#[tokio::test]
async fn what_the_profile_forbids_is_withheld_with_its_rule_when_it_is_read_on_each_database() {
    for Fixture { state, .. } in each(Profile::Eu, None).await {
        write(&state, day_number(MONDAY), gathered(14, 0.0)).await.expect("written");
        let told = week(&state, TEAM, stress()).await;
        let Told::Withheld(Why::Policy(rule)) = told else { panic!("{told:?}") };
        assert!(rule.id.starts_with("EU-"), "{rule:?}");
        assert_eq!(spread(&state, TEAM, stress(), MONDAY).await.expect("reads"), None);
        let motion = week(&state, TEAM, &MEASURES[6]).await;
        assert!(matches!(motion, Told::Figure(_)), "time in motion is told: {motion:?}");
    }
}

#[tokio::test]
async fn noise_is_drawn_once_and_everybody_pays_for_each_of_their_figures_on_each_database() {
    for Fixture { state, database } in each(Profile::Research, Some(0.5)).await {
        write(&state, day_number(MONDAY), gathered(14, 0.0)).await.expect("written");
        let told = week(&state, TEAM, stress()).await;
        let Told::Figure(figure) = told else { panic!("{told:?}") };
        assert_eq!(figure.noise, Some(Noise { epsilon: 0.5, spent: 16.0 }), "the first tells of all");
        assert_eq!(week(&state, TEAM, stress()).await, told, "asked again");
        // Two measures, of the team and the organisation, of a week and seven days.
        let rows: Vec<(i64,)> =
            sqlx::query_as("SELECT spent FROM team_epsilon").fetch_all(database.store.pool()).await.expect("reads");
        assert_eq!(rows, vec![(16_000_000,); 14]);
        assert_eq!(figure.coverage, None);
        assert_eq!(spread(&state, TEAM, stress(), MONDAY).await.expect("reads"), None);
    }
}

#[tokio::test]
async fn of_a_team_of_few_it_is_not_told_whether_anybody_was_seen_on_each_database() {
    for Fixture { state, .. } in each(Profile::Research, None).await {
        let told = async |monday: Date, team: TeamId, measure: usize| {
            let all = weeks(&state, team, &MEASURES[measure], monday..=monday).await.expect("reads");
            assert_eq!(all.len(), 1);
            all[0].1
        };
        // Two teams of two people beside a large one: of one of them somebody was seen.
        let (one, other) = (TeamId([8; 16]), TeamId([9; 16]));
        let mut all = gathered(16, 0.0);
        all.groups[0].people = (0..14).collect();
        all.groups.push(Group { team: one, people: [14, 15].into(), left: None });
        all.groups.push(Group { team: other, people: [16, 17].into(), left: None });
        write(&state, day_number(MONDAY), all).await.expect("written");
        for team in [one, other] {
            assert_eq!(told(MONDAY, team, 0).await, Told::Withheld(Why::TooFew));
        }
        // An organisation of two: of a measure somebody was seen, of another nobody.
        let next = day_of(day_number(MONDAY) + WEEK).expect("a day");
        write(&state, day_number(next), gathered(2, 0.0)).await.expect("written");
        for measure in [0, 1] {
            for team in [TEAM, ORGANISATION] {
                assert_eq!(told(next, team, measure).await, Told::Withheld(Why::TooFew), "{measure}");
            }
        }
    }
}

#[tokio::test]
async fn a_measure_that_is_made_of_others_is_told_of_no_team_also_where_a_figure_of_it_was_made_on_each_database() {
    for Fixture { state, database } in each(Profile::Research, None).await {
        write(&state, day_number(MONDAY), gathered(14, 0.0)).await.expect("written");
        let overall = Measure::of_name("overall").expect("a measure");
        let mut transaction = database.store.begin().await.expect("begins");
        // As an earlier version made it.
        sqlx::query(
            "INSERT INTO team_figures (team, measure, span, start, why, figure) \
             SELECT team, $1, span, start, why, figure FROM team_figures WHERE measure = 1",
        )
        .bind(i64::from(overall.number))
        .execute(&mut **transaction)
        .await
        .expect("written");
        transaction.commit().await.expect("commits");
        assert!(matches!(week(&state, TEAM, stress()).await, Told::Figure(_)));
        assert_eq!(week(&state, TEAM, overall).await, Told::Withheld(Why::Share));
        assert_eq!(spread(&state, TEAM, overall, MONDAY).await.expect("reads"), None);
    }
}
