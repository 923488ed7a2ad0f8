//! Figures of teams, on each database.

mod figures;
mod messages;
mod weeks;
mod withheld;

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

/// What was seen of somebody as of the week of [`MONDAY`].
fn seen_of(measure: &Measure, days: &[(i64, Bucket)]) -> Option<Contributor> {
    contributor(Rules::all(10, None), (measure, day_number(MONDAY)), (0, days))
}
