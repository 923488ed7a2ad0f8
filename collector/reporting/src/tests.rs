//! Reports from the tables that stand to what is kept of them, and goes again.

use std::fmt::Write as _;
use std::sync::Arc;

use attune_ground::Releases;
use attune_ground::http::body::Bodies;
use attune_ground::retention::Limits;
use attune_ground::testing::Database;
use attune_ground::time::now_millis;
use attune_hr::rows::Table;
use attune_hr::{Hr, testing as tables};
use attune_people::access::{self, By, Of};
use attune_people::teams::{self, Period, TeamId, Whom};
use attune_people::{People, Settings as PeopleSettings, accounts};
use attune_protocol::ids::PersonId;
use attune_protocol::policy::Profile;
use attune_reports::{Body, Daily, Individual, Told, Why};
use attune_wellbeing::Wellbeing;
use jiff::civil::{Date, date};

use crate::gather::{self, Dated};
use crate::holdings::HOLDINGS;
use crate::kept::{self, About};
use crate::state::{Reporting, Settings};
use crate::{make, work};

/// The day of the reports.
const DAY: Date = date(2025, 3, 31);

/// A collector with a database.
struct Here {
    database: Database,
    state: Reporting,
}

impl Here {
    async fn each(profile: Profile) -> Vec<Self> {
        let migrations = [
            &attune_ground::MIGRATIONS,
            &attune_people::MIGRATIONS,
            &attune_wellbeing::MIGRATIONS,
            &attune_hr::MIGRATIONS,
            &crate::MIGRATIONS,
        ];
        let databases = Database::each(&migrations).await;
        databases.into_iter().map(|database| Self { state: state(&database, profile), database }).collect()
    }

    /// Takes in what so many employees said and worked, of whom the last one is unlike all others.
    async fn tables(&self, employees: usize) {
        let mut vibe = "Employee_ID,Response_Date,Vibe_Score,Emotion_Zone\n".to_owned();
        let mut activity = "Employee_ID,Date,Teams_Messages_Sent,Emails_Sent,Meetings_Attended,Work_Hours\n".to_owned();
        for employee in 1..=employees {
            for day in 2..=20 {
                let is_odd = employee == employees;
                // Of a group in which all say the same nothing is told.
                let score = 3 + (employee + day) % 3;
                let (score, hours, messages) = if is_odd { (1, 15, 900) } else { (score, 8, 20 + employee) };
                let _ = writeln!(vibe, "E{employee},2025-03-{day:02},{score},Neutral Zone (OK)");
                let _ = writeln!(activity, "E{employee},2025-03-{day:02},{messages},4,2,{hours}");
            }
        }
        tables::take_in(self.state.hr(), Table::Vibe, &vibe).await.unwrap_or_else(|problem| panic!("{problem:?}"));
        let taken = tables::take_in(self.state.hr(), Table::Activity, &activity).await;
        taken.unwrap_or_else(|problem| panic!("{problem:?}"));
    }

    async fn person(&self, name: &str) -> PersonId {
        let found = accounts::find_person(&self.database.store, &self.database.people, name).await;
        found.expect("reads").expect("somebody")
    }

    async fn team(&self, name: &str, members: std::ops::RangeInclusive<usize>) -> TeamId {
        let store = &self.database.store;
        let team = teams::make_since(store, name, 0, &By::COMMAND).await.expect("made").expect("is new");
        for member in members {
            let person = self.person(&format!("E{member}")).await;
            let period = Period { since: 0, until: None };
            let added = teams::add(store, team, Whom::Member(person), period, &By::COMMAND).await;
            added.expect("added").expect("in no other");
        }
        team
    }

    async fn dated(&self) -> Dated {
        Dated::of(&self.state, DAY).await.expect("a day")
    }

    async fn individual(&self, name: &str) -> Individual {
        let accounts = [self.person(name).await];
        let report = gather::individual(&self.state, (name, &accounts), &self.dated().await).await.expect("gathered");
        match report.body {
            Body::Individual(body) => *body,
            other => panic!("{other:?}"),
        }
    }

    async fn daily(&self) -> Daily {
        let report = gather::daily(&self.state, &self.dated().await).await.expect("gathered");
        match report.body {
            Body::Daily(body) => *body,
            other => panic!("{other:?}"),
        }
    }
}

fn state(database: &Database, profile: Profile) -> Reporting {
    state_of(database, profile, Vec::new())
}

fn state_of(database: &Database, profile: Profile, releases: Vec<Releases>) -> Reporting {
    let settings = PeopleSettings { profile, registration: false, limits: Limits::built_in(profile) };
    let ground = (database.store.clone(), database.people.clone(), Arc::clone(&database.own));
    let people = People::new(ground, Bodies::default(), &[], settings);
    let of_teams = attune_wellbeing::Settings { least_people: 10, epsilon: None };
    let wellbeing = Wellbeing::new(database.store.clone(), people.clone(), of_teams, Vec::new());
    let hr = Hr::new(people.clone(), attune_hr::Settings::default());
    Reporting::new(people, hr, wellbeing, Settings::default(), releases)
}

/// A value that is told.
fn here<T>(told: &Told<T>) -> &T {
    match told {
        Told::Here(value) => value,
        Told::Not(missing) => panic!("{missing:?}"),
    }
}

/// In which way it is not.
fn why<T: std::fmt::Debug>(told: &Told<T>) -> Why {
    match told {
        Told::Here(value) => panic!("{value:?}"),
        Told::Not(missing) => missing.why,
    }
}

#[tokio::test]
async fn the_migrations_that_are_listed_are_those_that_the_folder_holds() {
    attune_ground::testing::listed_as_in(concat!(env!("CARGO_MANIFEST_DIR"), "/migrations"), &crate::MIGRATIONS).await;
}

#[tokio::test]
async fn a_report_of_a_person_is_kept_sealed_and_noted_with_its_hash_and_the_same_data_give_the_same_on_each_database()
{
    for here in Here::each(Profile::Eu).await {
        here.tables(3).await;
        let person = here.person("E2").await;
        let by = Some(&By::COMMAND);
        let make = async || {
            let made = make::of_person(&here.state, "E2", Some(DAY), by).await;
            made.unwrap_or_else(|problem| panic!("{problem:?}"))
        };
        let first = make().await;
        assert!(first.bytes.starts_with(b"%PDF-"));
        let again = make().await;
        assert_eq!((&again.bytes, again.sha256), (&first.bytes, first.sha256));
        assert_eq!(here.database.count("person_reports").await, 1, "the last one of a day stands");
        let notes = access::newest(&here.database.store, i64::MAX, 10).await.expect("reads");
        let told: Vec<_> = notes.iter().map(|note| (note.what.as_str(), note.of, note.detail.clone())).collect();
        let made = ("make report", Of::Person(person), first.sha256.to_vec());
        assert_eq!(told, [made.clone(), made]);
        let (sealed,): (Vec<u8>,) = sqlx::query_as("SELECT sealed FROM person_reports")
            .fetch_one(here.database.store.pool())
            .await
            .expect("reads");
        assert!(!sealed.windows(5).any(|part| part == b"%PDF-"));

        let listed = kept::all(&here.state, 10).await.expect("reads");
        assert_eq!((listed.len(), listed[0].sha256), (1, Some(first.sha256)));
        let taken = make::take(&here.state, &listed[0].id, by).await.unwrap_or_else(|problem| panic!("{problem:?}"));
        assert_eq!(taken.bytes, first.bytes);
        let notes = access::newest(&here.database.store, i64::MAX, 1).await.expect("reads");
        assert_eq!((notes[0].what.as_str(), notes[0].of), ("take report", Of::Person(person)));
        let gone = make::take(&here.state, &first.id, by).await.expect_err("another stands in its place");
        assert_eq!(gone.status, 404);
    }
}

#[tokio::test]
async fn a_report_tells_hours_and_mood_of_the_tables_and_of_flags_nothing_where_a_rule_keeps_them_back_on_each_database()
 {
    for here in Here::each(Profile::Eu).await {
        here.tables(12).await;
        let told = here.individual("E2").await;
        let hours = self::here(&told.hours);
        let values: Vec<&String> = hours.figures.iter().map(|figure| self::here(&figure.value)).collect();
        assert_eq!(values, ["152.0 h", "152.0 h", "0.0 h", "8.0 h", "19"]);
        let course = &self::here(&told.mood).course;
        assert_eq!(course.points.len(), 28);
        assert_eq!(course.points.iter().filter(|point| point.value.is_some()).count(), 19);
        assert_eq!([why(&told.insights), why(&told.actions)], [Why::Withheld; 2]);
        assert!(
            matches!(&told.risk, Told::Not(missing) if missing.why == Why::Withheld && missing.says.contains("rule"))
        );
        assert!(told.talked.is_empty(), "they released nothing");
        let daily = here.daily().await;
        assert_eq!([why(&daily.severities), why(&daily.concerns), why(&daily.effects)], [Why::Withheld; 3]);
    }
}

#[tokio::test]
async fn what_stands_out_its_reasons_and_what_was_decided_are_told_where_the_profile_lets_hr_see_them_on_each_database()
{
    for here in Here::each(Profile::Research).await {
        here.tables(24).await;
        assert_eq!(why(&here.individual("E24").await.insights), Why::None);
        tables::look(here.state.hr()).await.unwrap_or_else(|problem| panic!("{problem:?}"));
        let person = here.person("E24").await;
        let acted = tables::act(here.state.hr(), person, "we talked").await;
        acted.unwrap_or_else(|problem| panic!("{problem:?}"));
        // Of a day long before the search, as somebody asks for it who takes yesterday's.
        let earlier = here.individual("E24").await;
        assert!(!self::here(&earlier.insights).is_empty());
        assert!(self::here(&earlier.risk).says.starts_with("Found on "), "{:?}", earlier.risk);
        tables::object(here.state.hr(), person, "it was moving day")
            .await
            .unwrap_or_else(|problem| panic!("{problem:?}"));
        let accounts = [person];
        let today = gather::today(&here.state).await.expect("a day");
        let dated = Dated::of(&here.state, today).await.expect("a day");
        let report = gather::individual(&here.state, ("E24", &accounts), &dated).await.expect("gathered");
        let Body::Individual(told) = report.body else { panic!("another body") };
        assert!(!self::here(&told.insights).is_empty());
        let actions = self::here(&told.actions);
        assert_eq!((actions[0].reason.as_str(), actions[0].owner.as_str()), ("we talked", "Hanna"));
        let objected = &actions[1];
        assert_eq!((objected.what.as_str(), objected.reason.as_str()), ("The person objected", "it was moving day"));
        assert!(objected.notes.contains("waits"), "{objected:?}");
        let report = gather::daily(&here.state, &dated).await.expect("gathered");
        let Body::Daily(daily) = report.body else { panic!("another body") };
        assert_eq!(why(&daily.concerns), Why::Withheld, "each would tell of fewer than ten");
        assert!(self::here(&daily.severities).bars.iter().all(|bar| bar.value.is_none_or(|many| many == 0.0)));
        assert_eq!(why(&daily.figures[0].value), Why::Withheld);
        let effects = self::here(&daily.effects);
        assert_eq!((effects[0].people.as_str(), why(&effects[0].before)), ("fewer than 10 people", Why::Withheld));
        assert_eq!((effects[1].people.as_str(), why(&effects[1].before)), ("0", Why::None));
    }
}

#[tokio::test]
async fn of_a_department_a_mean_is_told_only_of_as_many_people_as_a_figure_of_a_group_is_of_on_each_database() {
    for here in Here::each(Profile::Eu).await {
        here.tables(36).await;
        here.team("Harbour", 1..=15).await;
        here.team("Office", 16..=27).await;
        here.team("Workshop", 28..=36).await;
        let mood = here.daily().await.mood;
        let told = self::here(&mood);
        let of = |name: &str| told.departments.iter().find(|department| department.name == name).expect("a department");
        assert_eq!((self::here(&of("Harbour").value).as_str(), of("Harbour").people.as_str()), ("4.0", "15"));
        assert_eq!((why(&of("Workshop").value), of("Workshop").people.as_str()), (Why::Withheld, "not told"));
        assert_eq!(why(&of("Office").value), Why::Withheld, "everybody less the others would tell of nine");
        assert!(told.bars.bars.iter().any(|bar| bar.name == "Workshop" && bar.value.is_none()));
    }
}

#[tokio::test]
async fn of_each_day_that_is_over_one_report_is_made_and_old_ones_go_on_each_database() {
    for here in Here::each(Profile::Eu).await {
        work::round(&here.state).await.expect("done");
        assert_eq!(here.database.count("group_reports").await, 0, "there is nothing to tell");
        here.tables(3).await;
        work::round(&here.state).await.expect("done");
        let first = kept::all(&here.state, 10).await.expect("reads");
        work::round(&state(&here.database, Profile::Eu)).await.expect("done");
        assert_eq!(kept::all(&here.state, 10).await.expect("reads"), first, "another collector makes no other");
        let [only] = first.as_slice() else { panic!("{first:?}") };
        assert_eq!(only.about, About::Day);
        // One that was made on its own day, which was not over, is made anew.
        let yesterday = only.day * 24 * 3_600_000;
        sqlx::query("UPDATE group_reports SET made_at = $1")
            .bind(yesterday)
            .execute(here.database.store.pool())
            .await
            .expect("as if made then");
        work::round(&here.state).await.expect("done");
        let anew = kept::all(&here.state, 10).await.expect("reads");
        assert!(anew.len() == 1 && anew[0].made_at > yesterday && anew[0].sha256 == only.sha256, "{anew:?}");
        make::of_person(&here.state, "E1", Some(DAY), None).await.unwrap_or_else(|problem| panic!("{problem:?}"));
        assert_eq!(work::let_go(&here.database.store, now_millis() + 60_000).await.expect("gone"), 2);
        assert!(kept::all(&here.state, 10).await.expect("reads").is_empty());

        let today = gather::today(&here.state).await.expect("a day");
        let earlier = gather::before(today, 4).expect("a day");
        make::of_day(&here.state, Some(earlier), None).await.unwrap_or_else(|problem| panic!("{problem:?}"));
        work::round(&here.state).await.expect("done");
        assert_eq!(here.database.count("group_reports").await, 4, "days on which no collector ran are made up for");
    }
}

#[tokio::test]
async fn a_report_that_was_made_under_other_rules_is_handed_out_no_more_on_each_database() {
    for here in Here::each(Profile::Research).await {
        here.tables(3).await;
        let made = make::of_person(&here.state, "E1", Some(DAY), None).await;
        let made = made.unwrap_or_else(|problem| panic!("{problem:?}"));
        assert_eq!(make::take(&here.state, &made.id, None).await.map(|taken| taken.sha256), Ok(made.sha256));
        let stricter = state(&here.database, Profile::Eu);
        let refused = make::take(&stricter, &made.id, None).await.expect_err("it may tell what is kept back now");
        assert_eq!(refused.status, 403);
        let anew = make::of_person(&stricter, "E1", Some(DAY), None).await;
        let anew = anew.unwrap_or_else(|problem| panic!("{problem:?}"));
        assert_eq!(make::take(&stricter, &anew.id, None).await.map(|taken| taken.sha256), Ok(anew.sha256));
        assert_ne!(anew.sha256, made.sha256);
    }
}

#[tokio::test]
async fn what_somebody_released_stands_in_their_report_until_they_take_it_back_and_nowhere_where_hr_sees_none_on_each_database()
 {
    const RELEASED: Releases = |_, _, _| Box::pin(async { Ok(vec!["Concerns: the shifts are long".to_owned()]) });
    for here in Here::each(Profile::Research).await {
        here.tables(3).await;
        let with = state_of(&here.database, Profile::Research, vec![RELEASED]);
        let accounts = [here.person("E1").await];
        let told = gather::individual(&with, ("E1", &accounts), &here.dated().await).await.expect("gathered");
        let Body::Individual(body) = told.body else { panic!("another body") };
        assert_eq!(body.talked, ["Concerns: the shifts are long"]);
        let made = make::of_person(&with, "E1", Some(DAY), None).await;
        let made = made.unwrap_or_else(|problem| panic!("{problem:?}"));
        assert_eq!(make::take(&with, &made.id, None).await.map(|taken| taken.sha256), Ok(made.sha256));
        let taken_back = make::take(&here.state, &made.id, None).await.expect_err("it is released no more");
        assert_eq!(taken_back.status, 403);
    }
}

#[tokio::test]
async fn reports_of_a_person_who_is_erased_do_not_open_and_go_and_no_more_are_made_on_each_database() {
    for here in Here::each(Profile::Eu).await {
        here.tables(3).await;
        let made = make::of_person(&here.state, "E1", Some(DAY), None).await;
        let made = made.unwrap_or_else(|problem| panic!("{problem:?}"));
        make::of_person(&here.state, "E2", Some(DAY), None).await.unwrap_or_else(|problem| panic!("{problem:?}"));
        let person = here.person("E1").await;
        here.database.destroy_key(person).await;
        assert!(kept::find(&here.state, &made.id).await.is_err());
        assert_eq!(kept::all(&here.state, 10).await.expect("reads").len(), 1);
        make::of_person(&here.state, "E1", Some(DAY), None).await.expect_err("their key is gone");
        let erased = (HOLDINGS.erase)(&here.database.store, person).await.expect("erased");
        assert_eq!(erased, [("person_reports", 1)]);
        assert_eq!(here.database.count("person_reports").await, 1, "those of others stay");
    }
}

#[tokio::test]
async fn who_is_nobody_a_day_that_is_none_and_a_team_without_figures_are_told_so_on_each_database() {
    for here in Here::each(Profile::Eu).await {
        here.tables(3).await;
        let nobody = make::of_person(&here.state, "E9", Some(DAY), None).await.expect_err("there is nobody");
        assert_eq!(nobody.status, 404);
        for day in [date(1900, 1, 1), date(9998, 1, 1)] {
            let far = make::of_day(&here.state, Some(day), None).await.expect_err("too far away, or to come");
            assert_eq!((far.status, far.field.as_deref()), (400, Some("day")));
        }
        assert_eq!(crate::api::read_day("2026-02-30").expect_err("no day").status, 400);
        here.team("Harbour", 1..=3).await;
        let team = make::team_called(&here.state, "Harbour").await.expect("reads").expect("a team");
        let made = make::of_team(&here.state, &team, Some(DAY), None).await;
        assert!(made.unwrap_or_else(|problem| panic!("{problem:?}")).bytes.starts_with(b"%PDF-"));
        assert_eq!(make::team_called(&here.state, "Nowhere").await.expect("reads"), None);
    }
}
