//! People, programs and machines sign in, and each may what the table of rights says.

use std::time::{Duration, Instant};

use attune_tests::browser::Browser;
use attune_tests::collector::Collector;
use attune_tests::database::Database;
use attune_tests::place::Place;
use attune_tests::visitor::{Visitor, code, join};
use attune_tests::{api, wait};
use serde_json::{Value, json};

const PASSWORD: &str = "correct horse battery";

/// Makes an account by the command, and gives its link.
fn account(collector: &Collector, name: &str, role: &str) -> String {
    collector.command(&["account", "create", "--name", name, "--role", role])
}

/// What is answered to a program with a token.
fn with_token(collector: &Collector, method: &str, path: &str, token: &str) -> (u16, String) {
    let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).max_redirects(0).build().into();
    let request = ureq::http::Request::builder()
        .method(method)
        .uri(format!("{}{path}", collector.api()))
        .header("authorization", format!("Bearer {token}"))
        .header("content-type", "application/json")
        .body(if method == "GET" { String::new() } else { "{}".into() });
    let mut answer = agent.run(request.expect("a request")).expect("an answer");
    (answer.status().as_u16(), answer.body_mut().read_to_string().unwrap_or_default())
}

fn tokens(collector: &Collector, name: &str, password: &str, code: Option<&str>) -> (u16, Value) {
    let body = json!({"username": name, "password": password, "code": code});
    api::post(collector.api(), "/api/v1/auth/token", &body)
}

#[test]
fn from_the_first_account_on_everybody_signs_in_and_an_employee_sees_their_own_on_sqlite() {
    let place = Place::new();
    let (collector, _) = Database::sqlite(&place);
    own(&collector);
}

#[test]
fn from_the_first_account_on_everybody_signs_in_and_an_employee_sees_their_own_on_postgres() {
    let place = Place::new();
    let Some((collector, _)) = Database::postgres(&place, "signing in on Postgres") else { return };
    own(&collector);
}

fn own(collector: &Collector) {
    let base = collector.api();
    // As before: nobody signs in.
    for user in ["alice", "bob"] {
        let (status, answer) =
            api::post(base, "/api/v1/preferences", &json!({"user_id": user, "max_history_days": 30}));
        assert_eq!(status, 200, "{answer}");
    }
    assert_eq!(api::get(base, "/api/v1/sessions").0, 200);

    let link = account(collector, "alice", "employee");
    assert!(link.starts_with(base) && link.contains("/join/"), "{link}");
    let (status, problem) = api::get(base, "/api/v1/sessions");
    assert_eq!(status, 401, "{problem}");
    assert!(problem["detail"].as_str().is_some_and(|detail| detail.contains("sign in first")), "{problem}");

    // How many there are of what is for who has signed in.
    let health = |text: &str| serde_json::from_str::<Value>(text).expect("JSON");
    let told = health(&Visitor::new(base).open("/api/v1/health").text);
    assert!(told["ingest"].is_null() && told["gate"].is_null() && told["status"] == "ok", "{told}");
    assert_eq!((&told["disk"]["ok"], &told["disk"]["detail"]), (&json!(true), &json!("works")));

    let mut alice = Visitor::new(base);
    assert_eq!(alice.open("/api/v1/sessions").location, "/sign-in?next=/api/v1/sessions", "who looks at a page is led");
    assert_eq!(join(&mut alice, &link, "alice", PASSWORD), None);
    assert_eq!(alice.open("/api/v1/preferences/alice").status, 200);
    assert_eq!(alice.open("/api/v1/preferences/bob").status, 403);
    assert_eq!(alice.open("/api/v1/preferences/nobody").status, 403, "who is there is not told");
    assert_eq!(alice.open("/api/v1/sessions?user_id=bob").status, 403);
    assert_eq!(alice.open("/api/v1/stats").status, 403);
    let told = health(&alice.open("/api/v1/health").text);
    assert!(told["ingest"]["records"].is_number(), "{told}");
    // The link worked once.
    let again = Visitor::new(base).open(link.trim().trim_start_matches(base));
    assert_eq!(again.status, 404, "{}", again.text);

    // A form without the token of the page is nobody's.
    assert_eq!(alice.send("/account/others", &[]).status, 403);
    assert_eq!(alice.send("/account/others", &[("csrf", "0123456789abcdef0123456789abcdef")]).status, 403);
    assert_eq!(alice.fill("/account", "/account/others", &[]).location, "/account");

    // Whoever leaves is signed out at once, everywhere.
    let (status, told) = tokens(collector, "ALICE", PASSWORD, None);
    assert_eq!(status, 200, "{told}");
    let token = told["access_token"].as_str().expect("a token");
    assert_eq!(with_token(collector, "GET", "/api/v1/auth/who", token).0, 200);
    let _ = collector.command(&["account", "disable", "--name", "alice"]);
    assert_eq!(with_token(collector, "GET", "/api/v1/auth/who", token).0, 401);
    assert_eq!(alice.open("/account").status, 303);
    assert_eq!(tokens(collector, "alice", PASSWORD, None).0, 401);
    let _ = collector.command(&["account", "enable", "--name", "alice"]);
    assert_eq!(tokens(collector, "alice", PASSWORD, None).0, 200);
}

#[test]
fn a_refresh_token_works_once_and_used_again_it_ends_all_that_came_from_it() {
    let place = Place::new();
    let collector = Collector::start(&place);
    let link = account(&collector, "alice", "employee");
    let mut alice = Visitor::new(collector.api());
    let _ = join(&mut alice, &link, "alice", PASSWORD);
    let (_, first) = tokens(&collector, "alice", PASSWORD, None);
    let refresh = |token: &Value| api::post(collector.api(), "/api/v1/auth/refresh", &json!({"refresh_token": token}));
    let (status, second) = refresh(&first["refresh_token"]);
    assert_eq!(status, 200, "{second}");
    let access = second["access_token"].as_str().expect("a token");
    assert_eq!(with_token(&collector, "GET", "/api/v1/auth/who", access).0, 200);
    assert_eq!(refresh(&first["refresh_token"]).0, 401, "used");
    assert_eq!(with_token(&collector, "GET", "/api/v1/auth/who", access).0, 401, "one of the two was a thief");
    assert_eq!(refresh(&second["refresh_token"]).0, 401);

    // Others check tokens with the keys that are served.
    let (_, told) = tokens(&collector, "alice", PASSWORD, None);
    let keys = api::ok(collector.api(), "/.well-known/jwks.json");
    let header = told["access_token"].as_str().and_then(|token| token.split('.').next()).expect("a token");
    let header: Value =
        serde_json::from_slice(&data_encoding::BASE64URL_NOPAD.decode(header.as_bytes()).expect("base 64"))
            .expect("JSON");
    assert_eq!((&header["alg"], &header["kid"]), (&json!("EdDSA"), &keys["keys"][0]["kid"]));
}

#[test]
fn a_role_that_reads_of_others_needs_a_second_factor_whose_codes_work_once() {
    let place = Place::new();
    let collector = Collector::start(&place);
    let link = collector.command(&["admin", "create", "--name", "olga"]);
    let mut olga = Visitor::new(collector.api());
    let path = link.trim().trim_start_matches(collector.api());
    assert_eq!(olga.send(path, &[("password", "password123"), ("again", "password123")]).status, 400, "guessed first");
    assert_eq!(olga.send(path, &[("password", PASSWORD), ("again", "another one")]).status, 400);
    let (status, _) = tokens(&collector, "olga", PASSWORD, None);
    assert_eq!(status, 401, "no password is chosen yet");
    let key = join(&mut olga, &link, "olga", PASSWORD).expect("an administrator sets up a second factor");
    assert_eq!(olga.open("/api/v1/stats").status, 200);
    assert_eq!(olga.open("/api/v1/sessions").status, 403, "nothing about how anybody feels");

    // The code that set it up is used; the next one is asked for.
    let mut other = Visitor::new(collector.api());
    let signed = other.send("/sign-in", &[("name", "olga"), ("password", PASSWORD)]);
    assert_eq!(signed.location, "/sign-in/code?next=%2Fadmin", "{}", signed.text);
    assert_eq!(other.open("/api/v1/stats").location, "/sign-in?next=/api/v1/stats", "half signed in is not signed in");
    assert_eq!(other.open("/sign-in/second").status, 409, "a password alone sets up no other factor");
    let (used, next) = (code(&key, 0), code(&key, 1));
    assert_eq!(other.fill("/sign-in/code", "/sign-in/code", &[("code", &used)]).status, 401);
    assert_eq!(other.fill("/sign-in/code", "/sign-in/code", &[("code", &next)]).status, 303);
    assert_eq!(other.open("/api/v1/stats").status, 200);
    let (status, problem) = tokens(&collector, "olga", PASSWORD, Some(&next));
    assert_eq!(status, 401, "a code works once: {problem}");
    let (status, problem) = tokens(&collector, "olga", PASSWORD, None);
    assert!(status == 401 && problem["detail"].as_str().is_some_and(|d| d.contains("code")), "{problem}");

    // A telephone that was lost.
    let link = collector.command(&["account", "link", "--name", "olga", "--new-second-factor"]);
    assert_eq!(other.open("/api/v1/stats").status, 303, "signed out everywhere");
    let mut anew = Visitor::new(collector.api());
    let other_key = join(&mut anew, &link, "olga", "another long one").expect("a second factor");
    assert_ne!(key, other_key);
    assert_eq!(tokens(&collector, "olga", PASSWORD, None).0, 401, "the password before");
}

#[test]
fn who_guesses_is_slowed_down_whether_there_is_the_name_or_not_and_the_owner_gets_in() {
    let place = Place::new();
    let collector = Collector::start(&place);
    let link = account(&collector, "alice", "employee");
    let mut alice = Visitor::new(collector.api());
    let _ = join(&mut alice, &link, "alice", PASSWORD);

    let guess = |name: &str| {
        let (status, problem) = tokens(&collector, name, "guessed guess", None);
        (status, problem["detail"].as_str().unwrap_or_default().to_owned())
    };
    let first = guess("alice");
    assert_eq!(first, (401, "name or password is wrong".into()));
    assert_eq!(guess("nobody at all"), first);
    let begun = Instant::now();
    let mut seen = [0, 0];
    for tries in 0..2_000 {
        let name = if tries % 2 == 0 { "alice" } else { "nobody at all" };
        match guess(name).0 {
            401 => seen[0] += 1,
            429 => seen[1] += 1,
            other => panic!("{other}"),
        }
    }
    assert!(seen[1] > 1_900 && seen[0] < 60, "{seen:?} in {:?}", begun.elapsed());
    // From the place that the attacker has, also the right password is slowed down; from where alice has signed in, not.
    let signed = alice.send("/sign-in", &[("name", "alice"), ("password", PASSWORD)]);
    assert_eq!(signed.status, 303, "{}", signed.text);
    // A wait may just be over; then the next try begins a longer one.
    while guess("alice").0 == 401 {}
    let wrong = Visitor::new(collector.api()).send("/sign-in", &[("name", "alice"), ("password", PASSWORD)]);
    assert_eq!(wrong.status, 429, "{}", wrong.text);
    assert!(wrong.retry_after.is_some_and(|seconds| (1..=900).contains(&seconds)), "{:?}", wrong.retry_after);
    // Nobody else waits for it.
    let begun = Instant::now();
    assert_eq!(api::get(collector.api(), "/api/v1/health").0, 200);
    assert!(begun.elapsed() < Duration::from_secs(5));
}

#[test]
fn every_route_answers_a_token_that_does_not_hold_with_401_and_a_machine_may_what_its_token_says() {
    let place = Place::new();
    let collector = Collector::start(&place);
    let link = account(&collector, "alice", "employee");
    let _ = join(&mut Visitor::new(collector.api()), &link, "alice", PASSWORD);
    let document = api::ok(collector.api(), "/api/v1/openapi.json");
    let mut walked = 0;
    for (path, operations) in document["paths"].as_object().expect("paths") {
        let asked = path.replace("{user_id}", "bob").replace("{id}", &"0".repeat(32));
        for (method, operation) in operations.as_object().expect("operations") {
            let method = method.to_uppercase();
            // What is for anybody looks at no token.
            let public = operation["x-who"] == "anybody";
            for token in ["forged", "a.b.c", "attune_service_forged"] {
                let (status, answer) = with_token(&collector, &method, &asked, token);
                assert_eq!(status == 401, !public, "{method} {path}: {status} {answer}");
                assert!(status < 500, "{method} {path}: {answer}");
            }
            walked += 1;
        }
    }
    assert!(walked > 15, "{walked}");
}

#[test]
fn mindpulses_paths_answer_as_its_clients_expect_and_give_no_role_for_asking() {
    let place = Place::new();
    let collector = Collector::start_set(&place, "[accounts]\nregistration = true\n");
    let base = collector.api();
    let register = |body: &Value| api::post(base, "/api/auth/register/", body);
    let body = json!({"username": "trial", "email": "trial@example.org", "password": PASSWORD, "role": "admin"});
    // Also before there is any account.
    let (status, made) = register(&body);
    assert_eq!(status, 201, "{made}");
    assert!(made["success"] == true && made["timestamp"].is_string() && !made.to_string().contains(PASSWORD), "{made}");
    assert_eq!(made["data"]["user"]["roles"], json!(["employee"]));
    assert_eq!(register(&body).0, 409);
    let (status, signed) =
        api::post(base, "/api/auth/login", &json!({"email": "Trial@example.org", "password": PASSWORD}));
    assert_eq!(status, 200, "{signed}");
    let access = signed["data"]["access"].as_str().expect("a token");
    assert_eq!(with_token(&collector, "GET", "/api/auth/dashboard/employee", access).0, 200);
    assert_eq!(with_token(&collector, "GET", "/api/auth/dashboard/admin", access).0, 403);
    let (status, refused) =
        api::post(base, "/api/auth/login/", &json!({"username": "trial", "password": "wrong wrong"}));
    assert!(status == 401 && refused["success"] == false && refused["message"].is_string(), "{refused}");
    let (status, again) = api::post(base, "/api/auth/token/refresh", &json!({"refresh": signed["data"]["refresh"]}));
    assert!(status == 200 && again["data"]["access"].is_string(), "{again}");
    wait::until("the log to say nothing of anybody", || {
        let log = collector.log();
        assert!(!log.contains("trial"), "{log}");
        Some(())
    });
}

/// Fills a form of the page in and sends it, as a person does.
fn submit(browser: &Browser, fields: &[(&str, &str)]) {
    for (name, value) in fields {
        let _ = browser.run(&format!("document.querySelector('main [name={name}]').value = {value:?};"));
    }
    let _ = browser.run("window.left = true; document.querySelector('main form button').click();");
    browser.wait("!window.left && document.readyState === 'complete'");
}

#[test]
fn a_real_browser_signs_an_administrator_in_from_the_link_to_the_account() {
    let place = Place::new();
    let Some(browser) = Browser::start("signing in with a browser", &place) else { return };
    let collector = Collector::start(&place);
    let link = collector.command(&["admin", "create", "--name", "olga"]);
    browser.open(link.trim());
    submit(&browser, &[("password", "short"), ("again", "short")]);
    browser
        .wait("document.title.startsWith('Error: Choose your password') && document.querySelector('[role=alert] a')");
    submit(&browser, &[("password", PASSWORD), ("again", PASSWORD)]);
    browser.wait("location.pathname === '/sign-in'");
    submit(&browser, &[("name", "olga"), ("password", PASSWORD)]);
    browser.wait("location.pathname === '/sign-in/second'");
    let page = browser.run("return document.querySelector('main').textContent;");
    let (_, key) = page.as_str().and_then(|text| text.split_once("secret=")).expect("a key");
    let key = key.split('&').next().and_then(|key| data_encoding::BASE32_NOPAD.decode(key.as_bytes()).ok());
    submit(&browser, &[("code", &code(&key.expect("a key"), 0))]);
    browser.wait("document.title.startsWith('Your recovery codes')");
    browser.open(&format!("{}/account", collector.api()));
    browser.wait("document.title.startsWith('Your account') && document.body.textContent.includes('as administrator')");
    let stopped: Vec<String> = browser.complaints().into_iter().filter(|one| one.contains("Policy")).collect();
    assert_eq!(stopped, Vec::<String>::new(), "nothing that a page's policy stops");
    // No script of any page reads the cookie.
    assert_eq!(browser.run("return document.cookie;"), "");
}

/// What the document of the API says of who may ask for an operation.
fn may(operation: &Value, role: &str) -> bool {
    match &operation["x-who"] {
        Value::String(words) => words != "who has begun to sign in",
        grants => grants.as_array().expect("a list").iter().any(|grant| grant["role"] == role),
    }
}

#[test]
fn each_role_may_what_the_table_says_and_no_more_and_nobody_what_is_another_persons() {
    let place = Place::new();
    let collector = Collector::start(&place);
    let document = api::ok(collector.api(), "/api/v1/openapi.json");
    let names = ["employee", "manager", "hr", "privacy_officer", "admin"];
    // All accounts before the first of them signs in: from then on nobody may ask without.
    let links: Vec<String> = names.iter().map(|role| account(&collector, &format!("some-{role}"), role)).collect();
    let _ = account(&collector, "another", "employee");
    for (role, link) in names.iter().zip(&links) {
        let name = format!("some-{role}");
        let key = join(&mut Visitor::new(collector.api()), link, &name, PASSWORD);
        assert_eq!(key.is_some(), ["hr", "privacy_officer", "admin"].contains(role), "{role}");
        let shown = key.map(|key| code(&key, 1));
        let (status, told) = tokens(&collector, &name, PASSWORD, shown.as_deref());
        assert_eq!(status, 200, "{told}");
        let token = told["access_token"].as_str().expect("a token");
        let mut walked = [0, 0];
        for (path, operations) in document["paths"].as_object().expect("paths") {
            for (method, operation) in operations.as_object().expect("operations") {
                let method = method.to_uppercase();
                let asked = path.replace("{user_id}", &name).replace("{id}", &"0".repeat(32));
                let (status, answer) = with_token(&collector, &method, &asked, token);
                let allowed = may(operation, role);
                walked[usize::from(allowed)] += 1;
                assert!(status < 500, "{role} {method} {path}: {answer}");
                // Who leads teams may ask of those; of another one, or of none, the answer is the same.
                let is_of_others = *role == "manager" && path.starts_with("/api/v1/teams/{id}/");
                assert_eq!(status == 403, !allowed || is_of_others, "{role} {method} {path}: {status} {answer}");
                if allowed && path.contains("{user_id}") {
                    let other = path.replace("{user_id}", "another");
                    assert_eq!(with_token(&collector, &method, &other, token).0, 403, "{role} {method} {other}");
                }
            }
        }
        assert!(walked[0] > 3 && walked[1] > 5, "{role}: {walked:?}");
    }
}
