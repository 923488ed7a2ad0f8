//! An organisation that is made up, and somebody of it who looks at their weeks.

use std::process::Command;

use attune_tests::binaries::program;
use attune_tests::collector::Collector;
use attune_tests::place::Place;
use attune_tests::{api, process};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use serde_json::{Value, json};

fn simulate(place: &Place, arguments: &[&str]) -> Command {
    let mut command = Command::new(program("attune-collector"));
    command.arg("--state").arg(place.join("collector")).arg("simulate").args(arguments);
    command
}

#[test]
fn an_organisation_is_made_up_in_an_empty_database_and_its_people_have_weeks_behind_them() {
    let place = Place::new();
    // A collector that is started lets go of what is older than a month.
    let today = Timestamp::now().to_zoned(TimeZone::UTC).date();
    let [from, until] = [27, 1].map(|days| today.checked_sub(days.days()).expect("a day").to_string());
    let size = ["--people", "12", "--teams", "1", "--days", "15", "--seed", "3", "--until", &until, "--closely", "1"];
    let made = [&size[..], &["--profile", "research", "--json"]].concat();
    let told: Value = serde_json::from_str(&process::output(&mut simulate(&place, &made))).expect("JSON");
    let of = |place: &str| told.pointer(place).and_then(Value::as_u64).unwrap_or_else(|| panic!("{place}: {told:#}"));
    assert_eq!((of("/people/all"), of("/people/teams")), (12, 1));
    assert!(of("/before/records") > 500 && of("/last/made/records") > 0, "{told:#}");
    assert!(of("/before/windows") > 200 && of("/before/rolled_up") > 0, "{told:#}");
    assert!(of("/weeks/made") > 0, "{told:#}");
    assert!(told["tables"].as_array().is_some_and(|tables| tables.iter().any(|table| table[0] == "rollups")));

    let again = simulate(&place, &made).output().expect("the program starts");
    let said = String::from_utf8_lossy(&again.stderr);
    assert!(!again.status.success() && said.contains("somebody is in this database already"), "{said}");

    let collector = Collector::start(&place);
    let account = &told["accounts"][0];
    let who = json!({"username": account["name"], "password": account["password"]});
    let (status, tokens) = api::post(collector.api(), "/api/v1/auth/token", &who);
    assert_eq!(status, 200, "{tokens:#}");
    let token = tokens["access_token"].as_str().expect("a token");
    let path = format!("/api/v1/me/wellbeing?from={from}&until={until}");
    let (status, own) = api::ask_as(collector.api(), ("GET", &path), token, "");
    assert_eq!(status, 200, "{own:#}");
    let days = own["pieces"].as_array().expect("days");
    assert!(days.len() > 3, "{own:#}");
}
