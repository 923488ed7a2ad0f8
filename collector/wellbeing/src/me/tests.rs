//! What a person is told of their days: from what a subject saw of them, by the roll-ups, to pages and answers.

use std::sync::Arc;

use attune_ground::http::body::Bodies;
use attune_ground::http::{AnyQuery, Problem, Query};
use attune_ground::measures::{Held, Measure, Observation, Observed, Observing, Source};
use attune_ground::retention::Limits;
use attune_ground::store::Write;
use attune_ground::testing::Database;
use attune_pages::testing::{everything_labelled, nothing_inline};
use attune_pages::words::Calendar;
use attune_people::accounts;
use attune_people::me::{Own, pseudonym};
use attune_people::rights::{Asker, LoginId, Means, Role, Scope};
use attune_people::{People, Settings as PeopleSettings};
use attune_protocol::ids::PersonId;
use attune_protocol::policy::Profile;
use attune_protocol::seal::SealKey;
use axum::body::to_bytes;
use axum::extract::State;
use axum::response::Response;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::elsewhere::{self, user_wellbeing};
use super::routes::{WellbeingQuery, wellbeing};
use super::trends::page;
use super::view::{Asked, TrendsQuery};
use crate::bucket::{day_number, day_of};
use crate::{Settings, Wellbeing, rollup, touch};

const HOUR: i64 = 3_600_000;
const DAY: i64 = 24 * HOUR;
/// The last day that was seen of whom these tests tell: Tuesday, 4 March 2025.
const TODAY: &str = "2025-03-04";
/// Days with something seen, the last one among them; each from nine for two hours.
const DAYS: i64 = 40;

fn today() -> i64 {
    day_number(TODAY.parse().expect("a day"))
}

/// The stress of a day: a quiet one, and a loud last week but for its Sunday.
fn stress(day: i64) -> f64 {
    match today() - day {
        2 => 0.4,
        ..=5 => 0.8,
        _ if day % 2 == 0 => 0.38,
        _ => 0.42,
    }
}

/// When a day is seen: from nine, for two hours of four in which devices are on, and once in the evening.
fn hours(day: i64) -> std::ops::Range<i64> {
    day * DAY + 9 * HOUR..day * DAY + 19 * HOUR
}

/// The days that are seen.
fn days() -> std::ops::RangeInclusive<i64> {
    today() - DAYS + 1..=today()
}

/// Sees two hours a day of whoever is asked for, and an answer in the evening.
fn see<'a>(_: &'a mut Write, _: PersonId, _: &'a SealKey, asked: std::ops::Range<i64>) -> Observing<'a> {
    Box::pin(async move {
        let mut seen = Observed::default();
        let [load, vibe, seen_at_all] =
            ["stress_load", "vibe", "coverage"].map(|name| Measure::of_name(name).expect("a measure"));
        for day in days().filter(|day| hours(*day).start < asked.end && asked.start < hours(*day).end) {
            let nine = hours(day).start;
            let window = |number: i64| {
                let at = nine + number * 10_000;
                let stress = Observation { measure: load, at, millis: 10_000, value: stress(day), variance: 0.01 };
                [stress, Observation { measure: seen_at_all, value: 1.0, variance: 0.0, ..stress }]
            };
            let answer = Observation { measure: vibe, at: nine + 9 * HOUR, millis: 0, value: 4.0, variance: 0.0 };
            let all = (0..720).flat_map(window).chain([answer]);
            seen.observations.extend(all.filter(|one| asked.contains(&one.at)));
            let on = nine.max(asked.start)..(nine + 4 * HOUR).min(asked.end);
            if on.start < on.end {
                seen.expected.push(on);
            }
        }
        Ok(seen)
    })
}

/// When it has something of somebody.
fn held(_: &mut Write, _: PersonId) -> Held<'_> {
    Box::pin(async { Ok(days().map(hours).collect()) })
}

const SOURCE: Source = Source { name: "tests", observe: see, held, book: None };

struct Fixture {
    state: Wellbeing,
    own: Own,
    asker: Asker,
    _database: Database,
}

impl Fixture {
    /// Somebody of whom all is rolled up, on each database.
    async fn each() -> Vec<Self> {
        let migrations = [&attune_ground::MIGRATIONS, &attune_people::MIGRATIONS, &crate::MIGRATIONS];
        let mut all = Vec::new();
        for database in Database::each(&migrations).await {
            all.push(Self::on(database).await);
        }
        all
    }

    async fn on(database: Database) -> Self {
        let (store, keys) = (database.store.clone(), database.people.clone());
        accounts::create_code(&store, &keys, ("alice", None), 60_000).await.expect("made");
        let person = accounts::find_person(&store, &keys, "alice").await.expect("answers").expect("known");
        let profile = Profile::Research;
        let settings = PeopleSettings { profile, registration: false, limits: Limits::built_in(profile) };
        let people = People::new((store.clone(), keys, Arc::clone(&database.own)), Bodies::default(), &[], settings);
        let settings = Settings { least_people: 10, epsilon: None };
        let state = Wellbeing::new(store.clone(), people, settings, vec![SOURCE]);
        let touched: Vec<_> = days().map(|day| (person, hours(day))).collect();
        let mut transaction = store.begin().await.expect("begins");
        touch(&mut transaction, &touched).await.expect("touched");
        transaction.commit().await.expect("commits");
        while rollup::roll_up_waiting(&state).await.expect("rolls up") > 0 {}
        let login = LoginId([7; 16]);
        let means = Means::Login { login, person: Some(person), roles: vec![Role::Employee], session: None };
        let own = Own { login, person, people: vec![person] };
        Self { state, own, asker: Asker::new(means, Scope::Own), _database: database }
    }

    /// At noon of a day, which is so many after the last one that was seen.
    fn times(days: i64) -> Calendar {
        Calendar::new(TimeZone::UTC, (today() + days) * DAY + 12 * HOUR)
    }

    async fn page(&self, asked: Asked, times: &Calendar) -> (String, String) {
        let (finding, body) = page(&self.state, &self.own, asked, times).await.expect("made");
        (finding, body.into_string())
    }

    async fn over(&self, span: &str, from: &str, until: &str) -> Result<Value, Problem> {
        let given = |text: &str| Some(text.to_owned());
        let asked = WellbeingQuery { span: given(span), from: given(from), until: given(until) };
        let answer = wellbeing(self.asker.clone(), State(self.state.clone()), Query(asked)).await?;
        Ok(serde_json::to_value(answer.0).expect("JSON"))
    }

    async fn elsewhere(&self, asked: elsewhere::Asked) -> (u16, Value) {
        let asked = Ok(AnyQuery(asked));
        json_of(user_wellbeing(self.asker.clone(), State(self.state.clone()), asked).await).await
    }
}

async fn json_of(response: Response) -> (u16, Value) {
    let status = response.status().as_u16();
    let bytes = to_bytes(response.into_body(), 1 << 20).await.expect("it is in memory");
    (status, serde_json::from_slice(&bytes).expect("JSON"))
}

fn asked() -> Asked {
    Asked::read(&TrendsQuery::default()).expect("nothing is needed")
}

/// What a piece tells of a measure; null where it is left out.
fn figure(piece: &Value, measure: &str) -> Value {
    let figures = piece["figures"].as_array().expect("a list");
    figures.iter().find(|figure| figure["measure"] == measure).cloned().unwrap_or_default()
}

#[tokio::test]
async fn a_person_sees_their_days_what_is_usual_and_what_rests_on_what_on_each_database() {
    for fixture in Fixture::each().await {
        let (finding, page) = fixture.page(asked(), &Fixture::times(0)).await;
        assert!(finding.contains("the 30 days up to Tue 4 March") && finding.contains("on 30 days"), "{finding}");
        assert!(
            page.contains("Your stress load was clearly higher than is usual for you on 4 of the last 5 days"),
            "{page}"
        );
        assert!(page.contains("Laborde et al. 2022") && page.contains("Your usual"), "{page}");
        assert!(page.contains("50\u{a0}% of the time in which devices were on seen"), "{page}");
        assert!(page.contains("around 09:00") && page.contains("How this is computed"), "{page}");
        for verdict in ["you are stressed", "You are stressed", "!</", "NaN"] {
            assert!(!page.contains(verdict), "{verdict}");
        }
        nothing_inline(&page);
        everything_labelled(&page);
        // What nothing tells has a look of its own, and no value.
        assert!(page.contains("figure none") && page.contains("figure known"), "{page}");
    }
}

#[tokio::test]
async fn other_days_and_pieces_are_a_link_away_and_nothing_is_a_state_of_its_own_on_each_database() {
    for fixture in Fixture::each().await {
        for (days, span) in [("7", "day"), ("90", "week"), ("365", "month"), ("365", "day")] {
            let query = TrendsQuery::of(days, span);
            let (finding, page) = fixture.page(Asked::read(&query).expect("reads"), &Fixture::times(0)).await;
            assert!(finding.contains(&format!("the {days} days up to")), "{finding}");
            assert!(page.contains("<svg") && page.contains("nothing came") == (days != "7"), "{days} {span}");
        }
        let (_, later) = fixture.page(asked(), &Fixture::times(31)).await;
        assert!(later.contains("Nothing here yet") && !later.contains("<svg"), "{later}");
        let (finding, after) = fixture.page(asked(), &Fixture::times(20)).await;
        assert!(finding.contains("on 10 days"), "{finding}");
        assert!(after.contains("so there is nothing to say here"), "what was three weeks ago is no advice: {after}");
    }
}

#[tokio::test]
async fn programs_are_told_pieces_a_page_at_a_time_with_what_is_usual_and_wrong_questions_are_named_on_each_database() {
    for fixture in Fixture::each().await {
        let from = day_of(*days().start()).expect("a day").to_string();
        let all = fixture.over("day", &from, TODAY).await.expect("answers");
        let pieces = all["pieces"].as_array().expect("a list");
        assert_eq!((pieces.len(), &all["next"]), (days().count(), &Value::Null));
        let last = pieces.last().expect("some");
        assert_eq!(
            (&last["begins"], &last["seen_seconds"], &last["coverage"]),
            (&json!(TODAY), &json!(7200), &json!(0.5))
        );
        let stress = figure(last, "stress_load");
        assert!((stress["value"].as_f64().expect("told") - 0.8).abs() < 1e-9, "{stress}");
        assert!((stress["low"].as_f64().expect("told") - 0.7).abs() < 1e-9 && stress["count"] == 720, "{stress}");
        assert_eq!((&stress["usual"]["days"], &stress["usual"]["deviation"]), (&json!(14), &json!("clearly_more")));
        assert_eq!(figure(&pieces[4], "stress_load")["usual"], Value::Null, "four days before it");
        assert_eq!(figure(last, "vibe")["value"], 4.0);
        assert!(figure(last, "attention").is_null(), "what nothing tells is left out");
        assert_eq!(all["advice"][0]["measure"], "stress_load");
        assert_eq!(all["advice"][0]["days"].as_array().map(Vec::len), Some(4));

        let hours = fixture.over("hour", "2025-03-03", TODAY).await.expect("answers");
        let begins: Vec<&Value> =
            hours["pieces"].as_array().expect("a list").iter().map(|one| &one["begins"]).collect();
        assert!(begins.contains(&&json!("2025-03-03T09:00:00.000Z")), "{begins:?}");
        let weeks = fixture.over("week", "2025-02-24", "2025-03-02").await.expect("answers");
        assert_eq!(
            (&weeks["pieces"][0]["begins"], weeks["pieces"].as_array().map(Vec::len)),
            (&json!("2025-02-24"), Some(1))
        );

        let long = fixture.over("day", "2024-11-02", TODAY).await.expect("answers");
        assert_eq!(
            (&long["until"], &long["next"], &long["advice"]),
            (&json!("2025-02-09"), &json!("2025-02-10"), &json!([]))
        );
        let rest = fixture.over("day", "2025-02-10", TODAY).await.expect("answers");
        let count = |of: &Value| of["pieces"].as_array().map(Vec::len).unwrap_or_default();
        assert_eq!(count(&long) + count(&rest), days().count(), "no piece is told twice or left out");
        assert_eq!(figure(&rest["pieces"][0], "stress_load")["usual"]["days"], 14, "a page knows what was before it");

        for (field, (span, from, until)) in [
            ("span", ("year", "", "")),
            ("from", ("day", "yesterday", "")),
            ("until", ("day", "", "2025-02-30")),
            ("from", ("day", "2025-03-05", TODAY)),
            ("until", ("day", "", "-009999-01-01")),
        ] {
            let problem = fixture.over(span, from, until).await.expect_err(field);
            assert_eq!((problem.status, problem.field.as_deref()), (400, Some(field)));
        }
        let nobody = Asker::new(Means::Nobody, Scope::Own);
        let refused = wellbeing(nobody, State(fixture.state.clone()), Query(WellbeingQuery::default())).await;
        assert_eq!(refused.expect_err("nobody").status, 401);
    }
}

#[tokio::test]
async fn clients_of_mindpulse_are_told_of_themselves_alone_and_what_is_missing_is_null_on_each_database() {
    for fixture in Fixture::each().await {
        let from = |user_id: Option<&str>, start: &str| elsewhere::Asked {
            user_id: user_id.map(str::to_owned),
            start_date: Some(start.to_owned()),
            end_date: Some("2025-03-04T23:59:59Z".to_owned()),
        };
        let (status, answer) = fixture.elsewhere(from(None, "2025-03-01T00:00:00Z")).await;
        assert_eq!((status, &answer["success"]), (200, &json!(true)), "{answer:#}");
        let data = &answer["data"];
        assert_eq!(data["period"]["start_date"].as_str(), Some("2025-03-01T00:00:00.000Z"));
        let overview = &data["user_overview"];
        // Three days of 0.8 and one of 0.4: twice 0.7 less 1. An answer of 4 is 0.2.
        assert!((overview["stress_weighted_avg"].as_f64().expect("told") - 0.4).abs() < 1e-9, "{overview:#}");
        assert!((overview["sentiment_weighted_avg"].as_f64().expect("told") - 0.2).abs() < 1e-9, "{overview:#}");
        for missing in
            [&overview["wellbeing_score"], &overview["alert_level"], &overview["trend"], &overview["emotions"]["joy"]]
        {
            assert!(missing.is_null(), "{overview:#}");
        }
        assert_eq!(overview["lacking"], json!(["joy", "love", "surprise", "sadness", "anger", "fear"]));
        assert_eq!(overview["message_count"], 4 * 720 + 4);
        assert_eq!(data["trends"]["daily"].as_array().map(Vec::len), Some(4));
        assert_eq!(data["channel_analytics"][1]["stress_weighted_avg"], Value::Null, "nobody said it");

        let own = pseudonym(fixture.state.people().own(), fixture.own.person);
        for (named, expected) in [("alice", 200), (own.as_str(), 200), ("bob", 403), ("0123456789abcdef", 403)] {
            let (status, answer) = fixture.elsewhere(from(Some(named), "2025-03-02")).await;
            assert_eq!((status, &answer["success"]), (expected, &json!(expected == 200)), "{named}: {answer}");
            assert_eq!(answer["data"].is_null(), expected != 200);
        }
        for wrong in ["2025-03-05", "2024-03-03", "soon"] {
            let (status, answer) = fixture.elsewhere(from(None, wrong)).await;
            assert!(
                status == 400 && answer["message"].as_str().is_some_and(|said| said.contains("start_date")),
                "{answer}"
            );
        }
    }
}

#[test]
fn the_example_of_an_answer_tells_of_messages_too_each_figure_within_its_scale() {
    let examples: Value = serde_json::from_str(include_str!("examples.json")).expect("JSON");
    let figures = &examples["GET /api/v1/me/wellbeing"]["200"]["pieces"][0]["figures"];
    let mut of_text = 0;
    for one in figures.as_array().expect("figures") {
        let measure = Measure::of_name(one["measure"].as_str().expect("a name")).expect("a measure");
        let (least, most) = measure.range;
        for value in [&one["low"], &one["value"], &one["high"]].into_iter().filter_map(Value::as_f64) {
            assert!((least..=most).contains(&value), "{one}");
        }
        of_text += usize::from(measure.is_of_text());
    }
    assert!(of_text >= 3, "{of_text}");
}
