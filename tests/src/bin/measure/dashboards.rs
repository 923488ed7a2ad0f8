use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use attune_tests::binaries::program;
use attune_tests::collector::Collector;
use attune_tests::database::new_on_postgres;
use attune_tests::place::Place;
use attune_tests::visitor::Visitor;
use attune_tests::{api, process};
use serde_json::{Value, json};

/// Days of history on which one more is put.
const HISTORIES: [usize; 3] = [30, 90, 365];
/// How often each is asked for, behind once that does not count.
const TIMES: usize = 50;
/// Weeks of a year, as far as they are over.
const WEEKS: usize = 53;

/// How much is made up.
#[derive(Clone, Copy)]
pub(crate) struct Size {
    pub(crate) people: usize,
    pub(crate) teams: usize,
    pub(crate) days: usize,
}

/// Has organisations made up with ever more days behind them, tells what one more day costs on each, and asks the largest for all
/// that a dashboard asks for.
///
/// Says each line as soon as it is known: an hour's work is behind the last.
///
/// # Errors
/// Where there is no server.
pub(crate) fn measure(database: &str, size: Size, line: impl Fn(String)) -> Result<(), String> {
    line(format!("{} people in {} teams on {database}", size.people, size.teams));
    line("days | the last one alone: records | taken in, s | rolled up, s | a week of all teams, s | on disk, MiB | roll-ups, MiB".into());
    let shorter = HISTORIES.into_iter().filter(|days| *days < size.days);
    for days in shorter {
        let place = Place::new();
        line(of_a_day(&made_up(&place, urls(database)?.as_ref(), Size { days, ..size }), days));
    }
    let place = Place::new();
    let urls = urls(database)?;
    let made = made_up(&place, urls.as_ref(), size);
    line(of_a_day(&made, size.days));
    let before = &made["before"];
    line(format!(
        "made: {} records taken in and fused in {:.0} s, {} hours of people rolled up in {:.0} s, {} weeks of teams in {:.0} s",
        before["records"],
        seconds(&before["taking_in"]),
        before["rolled_up"],
        seconds(&before["rolling_up"]),
        made["weeks"]["made"],
        seconds(&made["weeks"]["making"])
    ));
    let settings = urls.map(|[url, keys]| format!("[database]\nurl = {url:?}\nkeys = {keys:?}")).unwrap_or_default();
    let collector = Collector::start_set(&place, &settings);
    line("asked for | p50, ms | p95, ms | most, ms".into());
    asked(&collector, &made, line);
    Ok(())
}

/// Where the database and its keys are; nothing for files of their own.
///
/// # Errors
/// Where there is no server.
fn urls(database: &str) -> Result<Option<[String; 2]>, String> {
    let new = || new_on_postgres("measure dashboards postgres").ok_or("ATTUNE_TEST_POSTGRES names no server");
    Ok(if database == "postgres" { Some([new()?, new()?]) } else { None })
}

/// Makes an organisation up, and gives what is told of it.
fn made_up(place: &Place, urls: Option<&[String; 2]>, Size { people, teams, days }: Size) -> Value {
    let mut command = Command::new(program("attune-collector"));
    command.arg("--state").arg(place.join("collector")).stderr(Stdio::inherit());
    if let Some([database, keys]) = urls {
        command.args(["--database", database]).env("ATTUNE_COLLECTOR_DATABASE_KEYS", keys);
    }
    command.args(["simulate", "--profile", "research", "--json"]);
    for (flag, number) in [("--people", people), ("--teams", teams), ("--days", days)] {
        command.args([flag, &number.to_string()]);
    }
    serde_json::from_str(&process::output(&mut command)).expect("JSON")
}

fn of_a_day(made: &Value, days: usize) -> String {
    let (last, tables) = (&made["last"]["made"], made["tables"].as_array().expect("a list"));
    let bytes = |is: &dyn Fn(&str) -> bool| {
        let named = tables.iter().filter(|table| is(table[0].as_str().unwrap_or_default()));
        named.filter_map(|table| table[1].as_u64()).sum::<u64>() as f64 / f64::from(1 << 20)
    };
    format!(
        "{days} | {} | {:.1} | {:.2} | {:.2} | {:.0} | {:.1}",
        last["records"],
        seconds(&last["taking_in"]),
        seconds(&last["rolling_up"]),
        seconds(&made["weeks"]["making"]) / seconds(&made["weeks"]["made"]).max(1.0),
        bytes(&|_| true),
        bytes(&|name| name == "rollups")
    )
}

fn seconds(value: &Value) -> f64 {
    value.as_f64().expect("a number")
}

/// Asks for all of it as whom it is for.
fn asked(collector: &Collector, made: &Value, line: impl Fn(String)) {
    let base = collector.api();
    let last: jiff::civil::Date = made["days"][1].as_str().and_then(|day| day.parse().ok()).expect("a day");
    let account = |role: &str| {
        let accounts = made["accounts"].as_array().expect("a list");
        accounts
            .iter()
            .find(|account| account["role"] == role)
            .unwrap_or_else(|| panic!("nobody is {role}: {accounts:?}"))
    };
    let (employee, hr, manager) = (account("employee"), account("HR"), account("manager"));
    let of_token = |name: &str, token: &str, path: &str| {
        line(timed(name, || {
            let (status, body) = api::ask_as(base, ("GET", path), token, "");
            assert_eq!(status, 200, "{path}: {body:#}");
        }));
    };
    let token = token(base, employee, 0);
    for days in HISTORIES {
        let from = last.saturating_sub(jiff::Span::new().days(days as i64 - 1));
        let path = format!("/api/v1/me/wellbeing?span=day&from={from}&until={last}");
        of_token(&format!("GET /api/v1/me/wellbeing, {days} days"), &token, &path);
    }
    let token = self::token(base, hr, 0);
    of_token("GET /api/v1/teams", &token, "/api/v1/teams");
    let figures = format!("/api/v1/teams/figures?weeks={WEEKS}");
    of_token("GET /api/v1/teams/figures, a page of all teams, a year", &token, &figures);
    let (_, teams) = api::ask_as(base, ("GET", "/api/v1/teams"), &token, "");
    let team = teams["teams"][0]["id"].as_str().expect("a team").to_owned();
    let one = format!("/api/v1/teams/{team}/figures?weeks={WEEKS}");
    of_token("GET /api/v1/teams/{id}/figures, one team, a year", &token, &one);
    for (who, account, pages) in [
        ("employee", employee, vec!["/me/trends".to_owned()]),
        ("HR", hr, vec!["/teams".to_owned(), format!("/teams/{team}")]),
        ("manager", manager, vec!["/teams".to_owned()]),
    ] {
        let mut visitor = signed_in(base, account, 1);
        for page in pages {
            let name = page.replace(&team, "{id}");
            line(timed(&format!("{name}, {who}"), || {
                let shown = visitor.open(&page);
                assert_eq!(shown.status, 200, "{page}: {}", shown.text);
            }));
        }
    }
}

/// A token of somebody; of their recovery codes each is taken once.
fn token(base: &str, account: &Value, code: usize) -> String {
    let body =
        json!({"username": account["name"], "password": account["password"], "code": account["codes"].get(code)});
    let (status, tokens) = api::post(base, "/api/v1/auth/token", &body);
    assert_eq!(status, 200, "{tokens:#}");
    tokens["access_token"].as_str().expect("a token").to_owned()
}

/// The browser of somebody who has signed in.
fn signed_in(base: &str, account: &Value, code: usize) -> Visitor {
    let text = |value: &Value| value.as_str().expect("text").to_owned();
    let (name, password) = (text(&account["name"]), text(&account["password"]));
    let mut visitor = Visitor::new(base);
    let signed = visitor.fill("/sign-in", "/sign-in", &[("name", &name), ("password", &password)]);
    if let Some(code) = account["codes"].get(code) {
        let page = signed.location;
        visitor.fill(&page, "/sign-in/code", &[("code", &text(code))]);
    }
    visitor
}

/// How long something takes, in a line of the table.
fn timed(name: &str, mut ask: impl FnMut()) -> String {
    ask();
    let once = |_| {
        let begun = Instant::now();
        ask();
        begun.elapsed()
    };
    let mut times: Vec<Duration> = (0..TIMES).map(once).collect();
    times.sort_unstable();
    let at = |share: f64| times[((times.len() - 1) as f64 * share).round() as usize].as_secs_f64() * 1000.0;
    format!("{name} | {:.1} | {:.1} | {:.1}", at(0.5), at(0.95), at(1.0))
}
