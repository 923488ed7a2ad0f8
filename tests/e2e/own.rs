//! What the person may see, take with them and have forgotten on their own device; nobody else sees it.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;

use attune_protocol::registry::Modality;
use attune_tests::agent::Agent;
use attune_tests::browser::Browser;
use attune_tests::collector::Collector;
use attune_tests::place::Place;
use attune_tests::process::{self, Process};
use attune_tests::{models, play, recordings, wait};
use serde_json::Value;

/// An agent under the strict profile, enrolled and with consent to everything.
fn agent(place: &Place, collector: &Collector) -> Agent {
    Agent::enrol_with(place, "device", collector, "person", &models::shipped(), "eu")
}

fn says(agent: &Agent, arguments: &[&str]) -> String {
    process::output(agent.command().args(arguments))
}

/// What `audit --json` says, line by line.
fn audit(agent: &Agent, arguments: &[&str]) -> Vec<Value> {
    let lines = says(agent, &[&["audit", "--json"], arguments].concat());
    lines.lines().map(|line| serde_json::from_str(line).expect("a line is JSON")).collect()
}

/// Records of one kind in an audit.
fn of<'a>(audit: &'a [Value], kind: &str) -> Vec<&'a Value> {
    audit.iter().filter_map(|line| line.get(kind)).collect()
}

/// The names of all values in a record, with their categories.
fn values(record: &Value) -> Vec<(String, String)> {
    let values = record["values"].as_array().map(Vec::as_slice).unwrap_or_default();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    values.iter().map(|value| (text(&value["name"]), text(&value["category"]))).collect()
}

/// Motion and heart again and again, faster than they were; ends with the test.
fn sense(agent: &Agent, place: &Place) -> Process {
    let recording = recordings::only(place.path(), &[Modality::Motion, Modality::Heart]);
    let arguments =
        ["--loop", "motion", "--loop", "heart", "--duration", "36000", "--speed", "20", "--progress", "json"];
    let mut running = agent.run(&recording, &arguments);
    wait::until("windows to be kept", || {
        assert!(running.is_running(), "the agent ended:\n{}", running.log());
        (running.log().matches("\"window\"").count() >= 12).then_some(())
    });
    running
}

#[test]
fn under_eu_the_person_sees_emotion_that_left_nowhere_takes_it_with_them_and_has_it_forgotten() {
    let place = Place::new();
    let collector = Collector::start(&place);
    let agent = agent(&place, &collector);
    agent.send_all(&recordings::shipped(), play::START, &[]);
    let all = audit(&agent, &[]);
    let kept = of(&all, "kept");
    let is_affect = |record: &&&Value| values(&record["holds"]).iter().any(|(_, category)| category == "affect");
    assert!(kept.iter().filter(is_affect).count() >= 12, "the face's expression is kept for the person");
    let sent = of(&all, "sent");
    assert!(!sent.is_empty() && of(&all, "waiting").is_empty());
    for batch in &sent {
        assert_eq!(batch["bytes"].as_str().map(str::len), batch["len"].as_u64().map(|len| 2 * len as usize));
        for item in batch["holds"].as_array().expect("a list") {
            assert!(values(item).iter().all(|(name, category)| category != "affect" && !name.contains("expression")));
        }
    }
    // A batch may go twice: what it holds is told of once.
    let items = sent.iter().flat_map(|batch| batch["holds"].as_array().into_iter().flatten());
    let records = items.filter(|item| item["what"] == "record");
    let told: BTreeSet<String> = records.map(|record| format!("{} {}", record["window"], record["modality"])).collect();
    assert_eq!(told.len(), 4 * 12, "every record that left is told");
    let table = says(&agent, &["audit", "--last", "8700h"]);
    assert!(table.contains("KEPT FOR YOURSELF") && table.contains("expression_happy"), "{table}");

    let file = place.join("me.json");
    says(&agent, &["export", file.to_str().expect("text")]);
    let exported: Value = serde_json::from_slice(&std::fs::read(&file).expect("it is there")).expect("it is JSON");
    assert_eq!(exported["kept"].as_array().map(Vec::len), Some(kept.len()));
    assert_eq!(exported["sent"].as_array().map(Vec::len), Some(sent.len()));
    assert!(exported["usual"].as_array().is_some_and(|usual| !usual.is_empty()));
    assert_eq!(exported["consent"].as_array().map(Vec::len), Some(12));
    assert_eq!(std::os::unix::fs::MetadataExt::mode(&file.metadata().expect("it is there")) & 0o777, 0o600);
    let again = agent.command().args(["export", file.to_str().expect("text")]).output().expect("it starts");
    assert!(!again.status.success(), "nothing is overwritten");

    let asked = agent.command().args(["forget", "--all"]).output().expect("it starts");
    assert!(!asked.status.success() && audit(&agent, &[]).len() == all.len(), "without an answer nothing is forgotten");
    let span = ["--from", "2026-01-05T09:00:00Z", "--until", "2026-01-05T09:01:00Z"];
    says(&agent, &[&["forget", "--yes"], &span[..]].concat());
    let left = audit(&agent, &[]);
    assert_eq!(of(&left, "kept").len(), kept.len() / 2);
    assert!(audit(&agent, &span).is_empty());
    says(&agent, &["forget", "--all", "--yes"]);
    assert!(audit(&agent, &[]).is_empty());
    assert_eq!(std::fs::read_dir(agent.state().join("own")).expect("a folder").count(), 0);
}

#[test]
fn what_waits_is_forgotten_unsent_also_while_the_agent_runs_and_what_is_sensed_later_is_kept() {
    let place = Place::new();
    let collector = Collector::start(&place);
    let agent = agent(&place, &collector);
    agent.reach_over("mqtt://127.0.0.1:1");
    let mut running = sense(&agent, &place);
    let before = audit(&agent, &[]);
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let windows = |audit: &[Value], kind: &str| -> Vec<(String, String)> {
        let records = of(audit, kind).into_iter().map(|line| &line["holds"]).filter(|holds| holds["what"] == "record");
        records.map(|record| (text(&record["modality"]), text(&record["window"]))).collect()
    };
    let last: BTreeMap<String, String> = windows(&before, "waiting").into_iter().collect();
    assert_eq!(last.len(), 2, "records of both wait");
    assert!(of(&before, "kept").len() >= 10);
    let said = says(&agent, &["forget", "--all", "--yes"]);
    assert!(said.contains("forgotten on this device") && !said.contains(": 0 records that waited"), "{said}");
    let after = audit(&agent, &[]);
    for kind in ["waiting", "kept"] {
        assert!(windows(&after, kind).iter().all(|(modality, window)| *window > last[modality]), "{kind}");
    }
    wait::until("sensing to go on", || (!of(&audit(&agent, &[]), "kept").is_empty()).then_some(()));
    assert!(running.signal("TERM").success(), "{}", running.log());
}

#[test]
fn own_view_that_is_withdrawn_leaves_nothing_of_its_modality_on_the_device() {
    let place = Place::new();
    let collector = Collector::start(&place);
    let agent = agent(&place, &collector);
    let mut running = sense(&agent, &place);
    wait::until("a batch to be sent", || (!of(&audit(&agent, &[]), "sent").is_empty()).then_some(()));
    says(&agent, &["consent", "withdraw", "--modality", "heart", "--purpose", "own-view"]);
    let of_heart = |audit: &[Value]| {
        let kept = of(audit, "kept").into_iter().filter(|record| record["holds"]["modality"] == "heart").count();
        let is_heart = |item: &Value| item["what"] == "record" && item["modality"] == "heart";
        let held = |batch: &&Value| batch["holds"].as_array().into_iter().flatten().any(is_heart);
        kept + of(audit, "sent").into_iter().filter(held).count()
    };
    assert_eq!(of_heart(&audit(&agent, &[])), 0);
    assert!(
        std::fs::read_dir(agent.state().join("own"))
            .expect("a folder")
            .all(|entry| { !entry.expect("an entry").file_name().to_string_lossy().ends_with("-heart") })
    );
    let sent = |agent: &Agent| of(&audit(agent, &[]), "sent").len();
    let before = sent(&agent);
    wait::until("more to be sent", || (sent(&agent) > before + 1).then_some(()));
    assert_eq!(of_heart(&audit(&agent, &[])), 0, "nor is anything of it kept from now on");
    assert!(!of(&audit(&agent, &[]), "kept").is_empty(), "motion is");
    assert!(running.signal("TERM").success(), "{}", running.log());
    // Who has the device next finds nothing of it.
    agent.take_code(&collector, "another", &["--again", "--yes"]);
    assert!(audit(&agent, &[]).is_empty());
}

/// Status, headers and body of a request, as its bytes are.
pub(crate) fn ask(host: &str, line: &str, headers: &[(&str, &str)], body: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(host).expect("the page listens");
    let headers: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    let length = body.len();
    let request = format!("{line} HTTP/1.1\r\n{headers}connection: close\r\ncontent-length: {length}\r\n\r\n{body}");
    stream.write_all(request.as_bytes()).expect("the page takes a request");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("the page answers");
    (answer.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0), answer)
}

/// The address that `open` prints, in parts: host, path of the page, path with the token.
pub(crate) fn invited(agent: &Agent) -> (String, String, String) {
    let printed = says(agent, &["open", "--print"]);
    let address = printed.lines().next().and_then(|line| line.strip_prefix("http://")).expect("an address").to_owned();
    let (host, path) = address.split_once('/').expect("a path");
    let folder = path.split('/').next().expect("a folder");
    (host.to_owned(), format!("/{folder}/"), format!("/{path}"))
}

pub(crate) const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");

#[test]
fn the_own_page_opens_for_its_person_alone_and_no_other_page_reads_or_changes_anything() {
    let place = Place::new();
    let collector = Collector::start(&place);
    let agent = agent(&place, &collector);
    let mut running = sense(&agent, &place);
    wait::until("a batch to be sent", || (!of(&audit(&agent, &[]), "sent").is_empty()).then_some(()));
    let (host, home, token) = invited(&agent);
    assert!(host.starts_with("127.0.0.1:"));
    let here = ("host", host.as_str());
    // Another user of the machine reaches the port, and nothing else.
    for path in ["/", &home, &format!("{home}sent"), &format!("{home}enter?token=0"), "/enter"] {
        let (status, answer) = ask(&host, &format!("GET {path}"), &[here], "");
        assert!(matches!(status, 403 | 404) && !answer.contains("motion"), "{path}: {answer}");
    }
    // Another name that leads here.
    let (status, _) = ask(&host, &format!("GET {token}"), &[("host", "evil.example")], "");
    assert_eq!(status, 403, "and the token is not used up by it");
    assert_eq!(ask(&host, &format!("HEAD {token}"), &[here], "").0, 405, "nor by who only looks");
    let (status, answer) = ask(&host, &format!("GET {token}"), &[here], "");
    assert_eq!(status, 303, "{answer}");
    let cookie = answer.lines().find_map(|line| line.strip_prefix("set-cookie: ")).expect("a cookie");
    assert!(
        cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict") && cookie.contains(&format!("Path={home}"))
    );
    assert_eq!(ask(&host, &format!("GET {token}"), &[here], "").0, 403, "once");
    let cookie = ("cookie", cookie.split(';').next().expect("a name and a value"));

    let (status, page) = ask(&host, &format!("GET {home}"), &[here, cookie], "");
    assert_eq!(status, 200);
    for header in ["cache-control: no-store", "default-src 'none'", "frame-ancestors 'none'", "nosniff"] {
        assert!(page.contains(header), "{header}");
    }
    assert!(!page.contains("<script") && page.contains("What senses you now"), "{page}");
    for path in ["sent", "sent/0", "usual", "consent", "page.css"] {
        let (status, page) = ask(&host, &format!("GET {home}{path}"), &[here, cookie], "");
        assert_eq!(status, 200, "{path}: {page}");
    }
    for number in ["99999", "18446744073709551615"] {
        assert_eq!(ask(&host, &format!("GET {home}sent/{number}"), &[here, cookie], "").0, 404);
        assert_eq!(ask(&host, &format!("GET {home}sent?skip={number}"), &[here, cookie], "").0, 200);
    }

    let form_token = page.split("name=\"form_token\" value=\"").nth(1).and_then(|rest| rest.split('"').next());
    let form = format!("minutes=30&form_token={}", form_token.expect("a form"));
    let own = ("origin", format!("http://{host}"));
    let own = (own.0, own.1.as_str());
    let post = format!("POST {home}pause");
    for (headers, body) in [
        (vec![here, cookie, FORM, ("origin", "http://evil.example")], form.as_str()),
        (vec![here, cookie, FORM, ("origin", "null")], &form),
        (vec![here, cookie, FORM], &form),
        (vec![here, cookie, FORM, own, ("sec-fetch-site", "same-site")], &form),
        (vec![here, FORM, own], &form),
        (vec![("host", "evil.example"), cookie, FORM, own], &form),
        (vec![here, cookie, FORM, own], "minutes=30&form_token=0"),
    ] {
        let (status, answer) = ask(&host, &post, &headers, body);
        assert_eq!(status, 403, "{headers:?}: {answer}");
    }
    assert!(!says(&agent, &["status"]).contains("sensing is paused"));
    let (status, answer) = ask(&host, &post, &[here, cookie, FORM, own], &form);
    assert_eq!(status, 303, "{answer}");
    assert!(says(&agent, &["status"]).contains("sensing is paused"));
    let (_, page) = ask(&host, &format!("GET {home}"), &[here, cookie], "");
    assert!(page.contains("Paused until ") && page.contains("Resume sensing"), "{page}");
    let large = "x".repeat(10_000);
    assert_eq!(ask(&host, &post, &[here, cookie, FORM, own], &large).0, 413);
    let resumed = ask(&host, &format!("POST {home}resume"), &[here, cookie, FORM, own], &form);
    assert_eq!(resumed.0, 303, "{}", resumed.1);
    assert!(!says(&agent, &["status"]).contains("sensing is paused"));
    // Withdrawn on the page, gone from the device.
    let withdrawal = format!("{form}&modality=heart&purpose=own-view&granted=false");
    assert_eq!(ask(&host, &format!("POST {home}consent"), &[here, cookie, FORM, own], &withdrawal).0, 303);
    assert!(!has(&agent.state().join("own"), "-heart") && has(&agent.state().join("own"), "-motion"));
    // To agree and not to are two buttons of one kind, beside each other.
    let (_, page) = ask(&host, &format!("GET {home}consent"), &[here, cookie], "");
    let asked = page.matches("<button class=\"button\" name=\"granted\" value=\"true\"").count();
    let refusals =
        page.matches("<button class=\"button\" name=\"granted\" value=\"false\" aria-label=\"Do not agree").count();
    assert!(asked > 0 && asked == refusals, "{asked} {refusals}: {page}");
    let refusal = format!("{form}&modality=heart&purpose=own-view&text=1&granted=false");
    assert_eq!(ask(&host, &format!("POST {home}consent"), &[here, cookie, FORM, own], &refusal).0, 303);
    // Agreed to by who was shown the text of today, and by nobody else.
    for (text, status) in [("", 400), ("&text=99", 400), ("&text=1", 303)] {
        let grant = format!("{form}&modality=heart&purpose=own-view&granted=true{text}");
        assert_eq!(ask(&host, &format!("POST {home}consent"), &[here, cookie, FORM, own], &grant).0, status, "{text}");
    }
    let (_, page) = ask(&host, &format!("GET {home}consent"), &[here, cookie], "");
    assert!(page.contains("(text 1)") && page.contains("No picture is kept."), "{page}");
    assert!(says(&agent, &["consent", "list"]).contains("own-view: text 1"));

    // Who holds all connections keeps the page from its person, and the agent from nothing.
    let held: Vec<TcpStream> = (0..80).filter_map(|_| TcpStream::connect(&host).ok()).collect();
    assert!(says(&agent, &["pause"]).starts_with("paused") && says(&agent, &["resume"]).contains("goes on"));
    drop(held);
    assert!(running.signal("TERM").success(), "{}", running.log());
    let log = running.log();
    assert!(log.contains(&host) && !log.contains(home.trim_matches('/')), "others read logs: {log}");
    assert!(TcpStream::connect(&host).is_err(), "with the agent the page ends");
    let gone = agent.command().args(["open", "--print"]).output().expect("it starts");
    assert!(!gone.status.success());
}

/// Whether a folder has a file whose name ends so.
fn has(folder: &Path, ending: &str) -> bool {
    let mut entries = std::fs::read_dir(folder).expect("a folder");
    entries.any(|entry| entry.expect("an entry").file_name().to_string_lossy().ends_with(ending))
}

#[test]
fn a_pause_for_a_time_ends_by_itself() {
    let place = Place::new();
    let collector = Collector::start(&place);
    let agent = agent(&place, &collector);
    let mut running = sense(&agent, &place);
    assert!(says(&agent, &["pause", "--for", "8s"]).contains("or 'attune-agent resume'"));
    assert!(says(&agent, &["status"]).contains("sensing is paused"));
    wait::until("the pause to end", || (!says(&agent, &["status"]).contains("sensing is paused")).then_some(()));
    let seen = |log: &str| {
        let lines = log.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        lines.filter_map(|line| line["coverage"].as_f64()).next_back()
    };
    wait::until("sensing to go on", || (seen(&running.log()) > Some(0.5)).then_some(()));
    let wrong = agent.command().args(["pause", "--for", "soon"]).output().expect("it starts");
    assert!(!wrong.status.success() && String::from_utf8_lossy(&wrong.stderr).contains("30m"));
    assert!(!says(&agent, &["status"]).contains("sensing is paused"));
    assert!(running.signal("TERM").success(), "{}", running.log());
}

#[test]
fn in_a_browser_the_own_page_opens_once_pauses_resumes_and_takes_a_withdrawal() {
    let place = Place::new();
    let test = "in_a_browser_the_own_page_opens_once_pauses_resumes_and_takes_a_withdrawal";
    let Some(browser) = Browser::start(test, &place) else { return };
    let collector = Collector::start(&place);
    let agent = agent(&place, &collector);
    let mut running = sense(&agent, &place);
    let (host, home, token) = invited(&agent);
    browser.open(&format!("http://{host}{token}"));
    browser.wait("document.querySelector('h1')?.textContent === 'Today' && location.search === ''");
    assert_eq!(browser.run("return document.querySelectorAll('script, [style], [onclick]').length;"), 0);
    let _ = browser.run("document.querySelector('.sensing button').click();");
    browser.wait("document.querySelector('.sensing').classList.contains('paused')");
    assert!(says(&agent, &["status"]).contains("sensing is paused"));
    let _ = browser.run("document.querySelector('.sensing button').click();");
    browser.wait("!document.querySelector('.sensing').classList.contains('paused')");
    browser.open(&format!("http://{host}{home}consent"));
    let withdraw = "[...document.querySelectorAll('button')].find((b) => b.getAttribute('aria-label') === 'Withdraw own-view of heart')";
    let _ = browser.run(&format!("{withdraw}.click();"));
    browser.wait("document.body.textContent.includes('not agreed')");
    assert!(says(&agent, &["consent", "list"]).contains("heart    own view: not granted"));
    // What a page can take from another origin is none of it: the address alone opens nothing.
    let elsewhere = collector.api().replace("127.0.0.1", "localhost");
    browser.open(&format!("{elsewhere}/docs/"));
    let _ = browser.run(&format!("location.href = 'http://{host}{home}';"));
    browser.wait("document.body.textContent.includes('attune-agent open')");
    assert!(running.signal("TERM").success(), "{}", running.log());
}
