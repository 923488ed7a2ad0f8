//! Figures of teams, on each database.

mod messages;

use std::collections::BTreeMap;
use std::sync::Arc;

use attune_ground::http::body::Bodies;
use attune_ground::measures::{MEASURES, Measure, Observation, Observed, Observing, Source};
use attune_ground::retention::Limits;
use attune_ground::store::{Migrations, Write};
use attune_ground::testing::Database;
use attune_people::access::By;
use attune_people::teams::{self, Period, TeamId, Whom};
use attune_people::{People, accounts, consent};
use attune_protocol::consent::{Consent, Purpose};
use attune_protocol::ids::{DeviceId, Epoch, PersonId, Seq};
use attune_protocol::policy::Profile;
use attune_protocol::registry::Modality;
use attune_protocol::seal::SealKey;
use jiff::civil::Date;

use super::job::{Gathered, contributor, put_off, waiting, write};
use super::*;
use crate::bucket::{Bucket, day_number, day_of};
use crate::{Settings, Wellbeing, touch};

const MIGRATIONS: [&Migrations; 3] = [&attune_ground::MIGRATIONS, &attune_people::MIGRATIONS, &crate::MIGRATIONS];
const DAY: i64 = 24 * 3_600_000;
const TEAM: TeamId = TeamId([7; 16]);
/// A Monday.
const MONDAY: Date = Date::constant(2026, 3, 2);

struct Fixture {
    database: Database,
    state: Wellbeing,
}

async fn each(profile: Profile, epsilon: Option<f64>) -> Vec<Fixture> {
    let on = |database: Database| {
        let settings = attune_people::Settings { profile, registration: false, limits: Limits::built_in(profile) };
        let ground = (database.store.clone(), database.people.clone(), Arc::clone(&database.own));
        let people = People::new(ground, Bodies::default(), &[], settings);
        let settings = Settings { least_people: 10, epsilon };
        let state = Wellbeing::new(database.store.clone(), people, settings, vec![SOURCE]);
        Fixture { database, state }
    };
    Database::each(&MIGRATIONS).await.into_iter().map(on).collect()
}

/// Everybody is seen for an hour at nine (UTC), with a stress level that is their own and a time in motion.
const SOURCE: Source = Source { name: "made up", observe, held: |_, _| Box::pin(async { Ok(Vec::new()) }), book: None };

fn observe<'a>(_: &'a mut Write, person: PersonId, _: &'a SealKey, range: std::ops::Range<i64>) -> Observing<'a> {
    let level = level(person);
    Box::pin(async move {
        let mut observed = Observed::default();
        let nines = (range.start.div_euclid(DAY)..=range.end.div_euclid(DAY)).map(|day| day * DAY + 9 * 3_600_000);
        for at in nines.filter(|at| range.contains(at)) {
            for (place, value) in [(0, level), (6, level / 2.0)] {
                let measure = &MEASURES[place];
                observed.observations.push(Observation { measure, at, millis: 10_000, value, variance: 0.0 });
            }
            observed.expected.push(at..at + 20_000);
        }
        Ok(observed)
    })
}

fn level(person: PersonId) -> f64 {
    0.25 + f64::from(person.0[0]) / 512.0
}

fn stress() -> &'static Measure {
    &MEASURES[0]
}

/// Fourteen people of one team, seen in all of a week; `more` lies on all that is theirs.
fn gathered(people: u64, more: f64) -> Gathered {
    let part = |person: u64| Part { mean: 0.3 + person as f64 / 100.0 + more, weight: 1.0, is_new: true };
    let one = |person: u64| {
        (person, Contributor { parts: [Some(part(person)); WINDOWS], coverage: Some(0.62), is_late: false })
    };
    let groups = vec![Group { team: TEAM, people: (0..people).collect(), left: None }];
    Gathered { groups, people: [1, 7].map(|measure| (measure, (0..people).map(one).collect())).into() }
}

async fn week(state: &Wellbeing, team: TeamId, measure: &'static Measure) -> Told {
    let all = weeks(state, team, measure, MONDAY..=MONDAY).await.expect("reads");
    assert_eq!(all.len(), 1);
    all[0].1
}

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
        assert!(!super::rows::is_last(&mut transaction, Some(monday)).await.expect("reads"));
        assert!(!super::rows::is_last(&mut transaction, None).await.expect("reads"));
        assert!(super::rows::is_last(&mut transaction, Some(monday + 2 * WEEK)).await.expect("reads"));
        transaction.rollback().await.expect("taken back");
    }
}

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
        let asks = format!("EXPLAIN QUERY PLAN {}", super::rows::FIRST_CHANGED.replace("$1", "7"));
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

/// What was seen of somebody as of the week of [`MONDAY`].
fn seen_of(measure: &Measure, days: &[(i64, Bucket)]) -> Option<Contributor> {
    contributor(Rules::all(10, None), (measure, day_number(MONDAY)), (0, days))
}

#[test]
fn who_is_away_counts_with_their_newest_week_and_day_of_the_last_four() {
    let day = |mean: f64| {
        let mut bucket = Bucket { expected: 100, seen: 50, ..Bucket::default() };
        bucket.sums.entry(1).or_default().add(mean, 10.0, 0.0);
        bucket
    };
    let week = day_number(MONDAY);
    let of = |days: &[(i64, Bucket)]| seen_of(stress(), days).map(|one| one.parts);
    let part = |mean: f64, weight: f64, is_new: bool| Some(Part { mean, weight, is_new });
    let parts = of(&[(week - 6, day(0.2)), (week - 5, day(0.4))]).expect("seen");
    assert!((parts[0].expect("seen").mean - 0.3).abs() < 1e-9);
    assert_eq!(parts[1..], [part(0.4, 10.0, false); 7]);
    let parts = of(&[(week - 6, day(0.2)), (week + 1, day(0.4))]).expect("seen");
    assert_eq!(
        parts[..4],
        [part(0.4, 10.0, true), part(0.2, 10.0, false), part(0.4, 10.0, true), part(0.4, 10.0, false)]
    );
    assert_eq!(of(&[(week - 4 * WEEK, day(0.2))]), None, "too long ago");
    assert_eq!(of(&[(week - 3 * WEEK, Bucket::default())]), None, "of another measure");
    let coverage = seen_of(stress(), &[(week, day(0.5))]).expect("seen").coverage;
    assert_eq!(coverage, Some(0.5));
}

#[test]
fn one_person_is_one_share_cut_to_the_range_and_nobody_is_told_where_all_are_at_an_end() {
    let people = |means: &[f64]| -> BTreeMap<u64, Contributor> {
        let part = |mean: f64| Part { mean, weight: mean * 1e6, is_new: true };
        let one = |mean: &f64| Contributor { parts: [Some(part(*mean)); WINDOWS], coverage: None, is_late: false };
        (0..).zip(means.iter().map(one)).collect()
    };
    let told = |means: &[f64]| {
        // Two members more of whom nothing was seen.
        let group = Group { team: TEAM, people: (0..means.len() as u64 + 2).collect(), left: None };
        make(Rules::all(10, None), (stress(), 0), &people(means), &[group], &[], &mut || 0.5)[0].windows[0]
    };
    let value = |means: &[f64]| told(means).expect("told").value;
    assert!((value(&[0.5; 12]) - 0.5).abs() < 1e-9);
    let mut one_far = [0.5; 10];
    one_far[0] = 1e9;
    assert!((value(&one_far) - 0.55).abs() < 1e-9, "a tenth of the figure, and within the range");
    assert_eq!(told(&[0.5; 9]), Err(Why::TooFew));
    assert_eq!(told(&[1.0; 12]), Err(Why::Share));
    assert_eq!(told(&[0.001; 20]), Err(Why::Share));
    assert!(told(&[0.02; 12]).is_ok(), "somebody could be at a quarter");
    assert_eq!(told(&[]), Err(Why::TooFew), "that nobody was seen would tell of each");
    let (low, high) = told(&[0.5; 10]).expect("told").between;
    assert!(high - low > 0.04, "that all are the same is not told: {low} to {high}");
    // 12 and 21 people are both told as ten: an interval that is narrower for 21 would say that all of 23 members but two take part.
    assert_eq!(told(&[0.5; 12]).map(|one| one.between), told(&[0.5; 21]).map(|one| one.between));
}

#[test]
fn of_how_many_people_a_figure_is_is_told_in_classes_below_those_who_can_take_part() {
    let of = |people: u32| told_people(people, 10);
    assert_eq!([10, 14, 21, 22, 51, 52, 900].map(of), [10, 10, 10, 20, 20, 50, 500]);
    assert_eq!((told_people(14, 12), told_people(5, 5), told_people(7, 5)), (12, 5, 5));
    // Twenty members: that there are twenty people would say that each takes part.
    assert!((10..=20).all(|people| of(people) + SPARE <= 20));
    // A mean of whole numbers from 1 to 6 tells by itself of how many it is, unless it is cut.
    let vibe = Measure::of_name("vibe").expect("a measure");
    assert!((in_steps(44.0 / 13.0, vibe) - in_steps(41.0 / 12.0, vibe)).abs() < 1e-9);
}

#[tokio::test]
async fn whether_who_leaves_a_team_took_part_is_not_told_on_each_database() {
    // Of fifteen, and of twenty-eight, members one leaves whose numbers are those of nobody or of one of them.
    for (members, all) in [(15, 14), (28, 26)] {
        let mut told: Vec<Vec<(Date, Told)>> = Vec::new();
        for takes_part in [true, false] {
            for Fixture { state, .. } in each(Profile::Research, None).await {
                for number in 0..6 {
                    let week = day_number(MONDAY) + number * WEEK;
                    let mut gathered = gathered(all, 0.0);
                    gathered.groups[0].people = (u64::from(number > 0)..members).collect();
                    gathered.groups[0].left = (number > 0).then(|| day_number(MONDAY));
                    if !takes_part {
                        gathered.people.values_mut().for_each(|people| _ = people.remove(&0));
                    }
                    write(&state, week, gathered).await.expect("written");
                }
                let last = day_of(day_number(MONDAY) + 5 * WEEK).expect("a day");
                told.push(weeks(&state, TEAM, stress(), MONDAY..=last).await.expect("reads"));
            }
        }
        let seen = |weeks: &[(Date, Told)]| -> Vec<Result<u32, &'static str>> {
            let one = |told: &Told| match told {
                Told::Figure(figure) => Ok(figure.people),
                Told::Withheld(why) => Err(why.name()),
            };
            weeks.iter().map(|(_, told)| one(told)).collect()
        };
        assert!(told.windows(2).all(|two| seen(&two[0]) == seen(&two[1])), "{members}: {told:?}");
        assert!(seen(&told[0])[0].is_ok() && seen(&told[0])[5].is_ok(), "{told:?}");
        assert_eq!(seen(&told[0])[1].is_ok(), members == 28, "of many others rest");
    }
}

#[test]
fn a_day_that_is_the_week_of_all_but_a_few_is_not_told_beside_it() {
    // Twelve people are seen on Monday, and that many of them on Tuesday, too; some were not at all, but weeks before.
    let told = |on_both: u64, away: u64| -> Vec<usize> {
        let part = |mean: f64, is_new: bool| Some(Part { mean, weight: 1.0, is_new });
        let one = |person: u64| {
            let (monday, tuesday) = (0.4 + person as f64 / 100.0, 0.6);
            let parts = match person {
                _ if person >= 12 => [part(0.5, false); WINDOWS],
                _ if person < on_both => {
                    let mut parts = [part(tuesday, false); WINDOWS];
                    parts[0] = part(f64::midpoint(monday, tuesday), true);
                    (parts[1], parts[2]) = (part(monday, true), part(tuesday, true));
                    parts
                }
                _ => {
                    let mut parts = [part(monday, false); WINDOWS];
                    (parts[0], parts[1]) = (part(monday, true), part(monday, true));
                    parts
                }
            };
            (person, Contributor { parts, coverage: None, is_late: false })
        };
        let people: BTreeMap<u64, Contributor> = (0..12 + away).map(one).collect();
        let group = Group { team: TEAM, people: people.keys().copied().collect(), left: None };
        let made = make(Rules::all(10, None), (stress(), 0), &people, &[group], &[], &mut || 0.5);
        (0..WINDOWS).filter(|window| made[0].windows[*window].is_ok()).collect()
    };
    assert_eq!(told(0, 0), [0, 1], "the week is Monday");
    assert_eq!(told(1, 0), [0], "less Monday it would tell how one was on Tuesday");
    assert_eq!(told(9, 0), [0]);
    assert_eq!(told(10, 0), [0, 1, 2]);
    assert_eq!(told(0, 1), [0], "less Monday it would tell how one was who is away");
    assert_eq!(told(12, 1), [0, 1], "less both days it would tell how one was who is away");
}

#[test]
fn what_was_changed_late_of_one_who_is_away_is_not_what_two_teams_differ_by() {
    // Ten of the larger team are away, with what was seen of them weeks ago; of one of them that was changed since.
    let told = |late: Option<u64>| -> Vec<bool> {
        let one = |person: u64| {
            let part = Part { mean: 0.3 + person as f64 / 100.0, weight: 1.0, is_new: person < 14 };
            let parts = [Some(part); WINDOWS];
            (person, Contributor { parts, coverage: None, is_late: late == Some(person) })
        };
        let people: BTreeMap<u64, Contributor> = (0..24).map(one).collect();
        let group =
            |number: u8, people: u64| Group { team: TeamId([number; 16]), people: (0..people).collect(), left: None };
        let groups = [group(1, 14), group(2, 24)];
        let made = make(Rules::all(10, None), (stress(), 0), &people, &groups, &[], &mut || 0.5);
        made[..2].iter().map(|one| one.windows[0].is_ok()).collect()
    };
    assert_eq!(told(None), [true, true], "who is away is as they were");
    assert_eq!(told(Some(20)), [true, false], "the one less the other would tell by how much");
    assert_eq!(told(Some(3)), [true, true], "of both, and so of their difference not");
}

#[test]
fn what_a_larger_team_has_besides_smaller_ones_is_not_told_where_all_of_it_is_at_an_end() {
    let part = |mean: f64| Part { mean, weight: 1.0, is_new: true };
    let one = |mean: f64| Contributor { parts: [Some(part(mean)); WINDOWS], coverage: None, is_late: false };
    let group = |number: u8, people: std::ops::Range<u64>| Group {
        team: TeamId([number; 16]),
        people: people.collect(),
        left: None,
    };
    let made = |last: f64, groups: &[Group]| -> Vec<bool> {
        let mean = |person: u64| if person < 24 { 0.3 + person as f64 / 100.0 } else { last };
        let people: BTreeMap<u64, Contributor> = (0..36).map(|person| (person, one(mean(person)))).collect();
        let made = make(Rules::all(10, None), (stress(), 0), &people, groups, &[], &mut || 0.5);
        made.iter().map(|one| one.windows[0].is_ok()).collect()
    };
    let teams = [group(1, 0..12), group(2, 12..24)];
    for larger in [group(3, 12..36), group(3, 0..36)] {
        let all = [&teams[..], &[larger]].concat();
        assert_eq!(made(0.5, &all), [true; 4]);
        for end in [0.0, 0.001, 1.0] {
            assert_eq!(made(end, &all), [true, true, false, true], "{end}");
        }
    }
    // Two that have some in common, the others of one at one end and those of the other at the other.
    let both = [group(1, 0..20), group(2, 10..30)];
    let of = |apart: f64| -> usize {
        let mean = |person: u64| match person {
            0..10 => 0.5 - apart,
            10..20 => 0.5,
            _ => 0.5 + apart,
        };
        let people: BTreeMap<u64, Contributor> = (0..30).map(|person| (person, one(mean(person)))).collect();
        let made = make(Rules::all(10, None), (stress(), 0), &people, &both, &[], &mut || 0.5);
        made.iter().filter(|one| one.team != ORGANISATION && one.windows[0].is_ok()).count()
    };
    assert_eq!((of(0.3), of(0.5)), (2, 1));
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

#[test]
fn of_thirds_of_the_range_with_few_people_nothing_is_told_and_nothing_follows() {
    let bands = |counts: [u64; 3]| {
        let means = [0.2, 0.5, 0.8].into_iter().zip(counts).flat_map(|(mean, count)| (0..count).map(move |_| mean));
        let part = |mean: f64| Part { mean, weight: 1.0, is_new: true };
        let one = |mean: f64| Contributor { parts: [Some(part(mean)); WINDOWS], coverage: None, is_late: false };
        let people: BTreeMap<u64, Contributor> = (0..).zip(means.map(one)).collect();
        let group = Group { team: TEAM, people: people.keys().copied().collect(), left: None };
        make(Rules::all(10, None), (stress(), 0), &people, &[group], &[], &mut || 0.5)[0].bands
    };
    assert_eq!(bands([6, 8, 0]), Some([Some(6), Some(8), Some(0)]));
    assert_eq!(bands([3, 6, 11]), Some([None, None, Some(11)]), "nine are in the two");
    assert_eq!(bands([2, 12, 0]), None, "the two would follow");
    assert_eq!(bands([1, 2, 17]), None, "three are in the two");
    assert_eq!(bands([0, 0, 14]), None, "everybody is in one");
}

#[test]
fn a_week_begins_on_monday() {
    assert_eq!(monday(day_number(MONDAY)), day_number(MONDAY));
    assert_eq!(monday(day_number(MONDAY) + 6), day_number(MONDAY));
    assert_eq!(monday(-1), -3, "of 1969-12-31, a Wednesday");
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
