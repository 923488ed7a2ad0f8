use std::collections::BTreeMap;
use std::sync::Arc;

use attune_ground::http::body::Bodies;
use attune_ground::measures::Measure;
use attune_ground::progress::Progress;
use attune_ground::retention::Limits;
use attune_ground::testing::Database;
use attune_people::{People, accounts};
use attune_protocol::policy::Profile;
use attune_protocol::record::Record;
use attune_protocol::registry::{Category, Modality, heart};
use attune_wellbeing::bucket::{Bucket, Span};
use attune_wellbeing::{Settings, Wellbeing, rollup, team};
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::calendar::{days, is_worked_on, later};
use super::sensed::{let_go, sensed};
use super::world::Somebody;
use super::{Filler, Plan, World, context, settle};
use crate::subjects;

/// A Friday.
const UNTIL: Date = Date::constant(2025, 6, 27);

const SMALL: Plan =
    Plan { people: 12, teams: 1, days: 12, seed: 5, until: UNTIL, spells: 3, windows: 2, closely: 1, mixed: false };

/// What everybody's device senses, as bytes.
fn bytes(plan: Plan) -> Vec<Vec<u8>> {
    let world = World::of(plan);
    let mut all = Vec::new();
    for date in days(plan.first(), plan.until) {
        for who in &world.people {
            all.extend(sensed(&world, who, date, &TimeZone::UTC).iter().map(Record::encode));
        }
    }
    all
}

#[test]
fn an_organisation_is_the_same_under_one_seed_and_another_under_another() {
    let plan = Plan { people: 40, teams: 3, mixed: true, ..SMALL };
    assert_eq!(bytes(plan), bytes(plan));
    assert_ne!(bytes(plan), bytes(Plan { seed: 6, ..plan }));
    let world = World::of(plan);
    let names: Vec<&str> = world.people.iter().map(|somebody| somebody.name.as_str()).collect();
    assert_eq!((names[0], names[39], world.teams[2].name.as_str()), ("p01", "p40", "Team 3"));
}

#[test]
fn a_year_of_a_thousand_people_has_all_that_happens_in_one() {
    let plan = Plan { people: 1000, teams: 60, days: 365, mixed: true, ..SMALL };
    let World { teams, people, .. } = World::of(plan);
    let count = |is: &dyn Fn(&Somebody) -> bool| people.iter().filter(|who| is(who)).count();
    for (name, happens) in [
        ("join later", count(&|who| who.since > plan.first())),
        ("leave", count(&|who| who.until.is_some())),
        ("change teams", count(&|who| who.changes_teams())),
        ("are in two", count(&|who| who.places.len() > 1 && !who.changes_teams())),
        ("withdraw", count(&|who| who.withdraws.is_some())),
        ("live elsewhere", count(&|who| who.zone.is_some())),
    ] {
        assert!((20..300).contains(&happens), "{happens} {name}");
    }
    for number in 0..teams.len() {
        let members = count(&|who| who.places.iter().any(|place| place.team == number));
        assert!((8..=40).contains(&members), "{members} in team {number}");
    }
}

#[test]
fn people_work_on_working_days_and_are_more_strained_where_their_team_has_too_much_to_do() {
    let plan = Plan { people: 60, teams: 2, days: 120, ..SMALL };
    let world = World::of(plan);
    let (mut loaded, mut others) = (Vec::new(), Vec::new());
    for who in &world.people {
        for date in days(plan.first(), plan.until) {
            let records = sensed(&world, who, date, &TimeZone::UTC);
            let times: Vec<_> = records.iter().map(|record| (record.window, record.modality())).collect();
            assert!(times.is_sorted() && times.windows(2).all(|two| two[0] != two[1]), "one record of each window");
            let load = world.load(who, date);
            assert!(load > 0.5 || is_worked_on(date) || records.is_empty(), "{date}");
            let rates = records.iter().filter_map(|record| record.features.get(heart::MEAN_HR_DEVIATION));
            if load > 0.9 {
                loaded.extend(rates)
            } else if load == 0.0 {
                others.extend(rates)
            }
        }
    }
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    assert!(loaded.len() > 500 && others.len() > 500, "{} {}", loaded.len(), others.len());
    assert!(mean(&loaded) > mean(&others) + 0.5, "{} {}", mean(&loaded), mean(&others));
}

#[test]
fn who_has_withdrawn_is_sensed_no_more_and_what_a_profile_forbids_stays_with_the_device() {
    let plan = Plan { people: 200, teams: 2, days: 60, mixed: true, ..SMALL };
    let world = World::of(plan);
    let mut withdrawn = 0;
    for who in world.people.iter().filter(|who| who.withdraws.is_some()) {
        let Some((date, of)) = who.withdraws else { continue };
        for date in days(date, plan.until) {
            let records = sensed(&world, who, date, &TimeZone::UTC);
            assert!(records.iter().all(|record| !of.contains(&record.modality())), "{date}");
        }
        withdrawn += 1;
    }
    assert!(withdrawn > 3, "{withdrawn}");
    let who = &world.people[0];
    let records: Vec<Record> =
        days(who.since, later(who.since, 20)).flat_map(|date| sensed(&world, who, date, &TimeZone::UTC)).collect();
    let beats = records.into_iter().find(|record| record.modality() == Modality::Heart).expect("it is worn");
    assert_eq!(let_go(beats.clone(), Profile::Research), beats);
    let kept = let_go(beats, Profile::Eu);
    assert!(kept.features.get(heart::MEAN_HR).is_none() && kept.withheld.contains(Category::Physiology));
}

/// The days of each of the people, by their names.
type Days = BTreeMap<String, Vec<(i64, Bucket)>>;

/// Fills a database, and gives what was rolled up of each of the people, and how many figures of the first team there are.
async fn filled(database: &Database, plan: Plan) -> (Days, usize) {
    let ground = (database.store.clone(), database.people.clone(), Arc::clone(&database.own));
    let (profile, limits) = (Profile::Research, Limits::built_in(Profile::Research));
    let settings = attune_people::Settings { profile, registration: false, limits };
    let people = People::new(ground.clone(), Bodies::default(), &subjects::histories(), settings);
    let settings = Settings { least_people: 5, epsilon: None };
    let wellbeing = Wellbeing::new(database.store.clone(), people, settings, subjects::measures());
    let (context, world) = (context(ground, profile), World::of(plan));
    let mut progress = Progress::silent();
    let mut filler = Filler::found(&context, &world, TimeZone::UTC, &mut progress).await.expect("founded");
    let team = attune_people::teams::find(&database.store, filler.teams[0]).await.expect("answers").expect("made");
    assert_eq!(team.made_at, world.begins(&TimeZone::UTC), "a team has been there as long as its people");
    let filled = filler.fill((plan.first(), plan.until), &mut progress).await.expect("filled");
    assert!(filled.records > 1000 && filled.windows > 300, "{filled:?}");
    let counts = context.counters.read();
    let refused =
        [counts.refused_no_consent, counts.refused_withdrawn, counts.refused_time, counts.waiting_for_consent];
    assert_eq!((refused, counts.duplicates, counts.quarantined), ([0; 4], 0, 0));
    settle(&wellbeing).await.expect("rolled up");
    let mut all = Days::new();
    for somebody in &world.people {
        let person = accounts::find_person(&database.store, &database.people, &somebody.name).await.expect("answers");
        let person = person.expect("made");
        let days = rollup::of(&wellbeing, person, Span::Day, plan.first()..=plan.until).await.expect("read");
        all.insert(somebody.name.clone(), days);
    }
    let stress = Measure::of_name("stress_load").expect("a measure");
    let weeks = team::weeks(&wellbeing, filler.teams[0], stress, later(UNTIL, -11)..=later(UNTIL, -4)).await;
    (all, weeks.expect("told").len())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_made_up_twice_is_rolled_up_to_the_same_figures_on_each_database() {
    let (one, other) = (Database::each(&subjects::migrations()).await, Database::each(&subjects::migrations()).await);
    let mut all = Vec::new();
    for database in one.iter().zip(&other).flat_map(|(one, other)| [one, other]) {
        all.push(filled(database, SMALL).await);
    }
    for (days, weeks) in &all {
        assert!(days.values().all(|days| !days.is_empty()), "everybody works");
        assert!(days.values().flatten().any(|(_, bucket)| !bucket.sums.is_empty()));
        assert_eq!(*weeks, 2, "two weeks that are over: a figure, or why there is none");
    }
    assert!(all.windows(2).all(|two| two[0] == two[1]), "the same, whichever database");
}
