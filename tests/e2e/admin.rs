//! An administrator runs the collector in a browser and by a program: accounts, people, devices, teams, tables, machines, settings.
//! Nobody else does.

use attune_protocol::registry::Modality;
use attune_tests::agent::Agent;
use attune_tests::collector::Collector;
use attune_tests::database::Database;
use attune_tests::place::Place;
use attune_tests::play::START;
use attune_tests::process;
use attune_tests::visitor::{Shown, Visitor, code, join};
use attune_tests::{api, recordings};
use serde_json::{Value, json};

const PASSWORD: &str = "correct horse battery";

/// Every page, and every form, that is for who runs the collector.
const PAGES: [&str; 10] = [
    "/admin",
    "/admin/told",
    "/admin/accounts",
    "/admin/accounts/new",
    "/admin/people",
    "/admin/teams",
    "/admin/import",
    "/admin/services",
    "/admin/channels",
    "/admin/settings",
];
const FORMS: [&str; 19] = [
    "/admin/accounts",
    "/admin/accounts/00000000000000000000000000000000/roles",
    "/admin/accounts/00000000000000000000000000000000/link",
    "/admin/accounts/00000000000000000000000000000000/second",
    "/admin/accounts/00000000000000000000000000000000/disable",
    "/admin/accounts/00000000000000000000000000000000/enable",
    "/admin/codes",
    "/admin/devices/00000000000000000000000000000000/revoke",
    "/admin/teams",
    "/admin/teams/00000000000000000000000000000000/name",
    "/admin/teams/00000000000000000000000000000000/members",
    "/admin/teams/00000000000000000000000000000000/managers",
    "/admin/teams/00000000000000000000000000000000/end",
    "/admin/teams/00000000000000000000000000000000/close",
    "/admin/import/confirm",
    "/admin/services",
    "/admin/services/00000000000000000000000000000000/revoke",
    "/admin/channels",
    "/admin/channels/00000000000000000000000000000000",
];

/// What is answered to a program with a token.
fn asked(base: &str, (method, path): (&str, &str), token: &str, kind: &str, body: &str) -> (u16, Value) {
    let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).max_redirects(0).build().into();
    let request = ureq::http::Request::builder()
        .method(method)
        .uri(format!("{base}{path}"))
        .header("authorization", format!("Bearer {token}"))
        .header("content-type", kind)
        // Of these two a body would mean nothing.
        .body(if matches!(method, "GET" | "DELETE") { String::new() } else { body.to_owned() });
    let mut answer = agent.run(request.expect("a request")).expect("an answer");
    let text = answer.body_mut().read_to_string().unwrap_or_default();
    (answer.status().as_u16(), serde_json::from_str(&text).unwrap_or(Value::Null))
}

fn tokens(base: &str, name: &str, code: Option<&str>) -> String {
    let body = json!({"username": name, "password": PASSWORD, "code": code});
    let (status, told) = api::post(base, "/api/v1/auth/token", &body);
    assert_eq!(status, 200, "{told}");
    told["access_token"].as_str().expect("a token").to_owned()
}

/// The administrator's browser, and the key of their second factor.
fn administrator(collector: &Collector) -> (Visitor, Vec<u8>) {
    let link = collector.command(&["admin", "create", "--name", "olga"]);
    let mut olga = Visitor::new(collector.api());
    let key = join(&mut olga, &link, "olga", PASSWORD).expect("an administrator has a second factor");
    (olga, key)
}

/// What is told once behind a form that has led on: it stands there once.
fn told(visitor: &mut Visitor, led: &Shown) -> String {
    assert_eq!((led.status, led.location.as_str()), (303, "/admin/told"), "{}", led.text);
    let shown = visitor.open("/admin/told");
    let (_, rest) = shown.text.split_once("<code>").unwrap_or_else(|| panic!("nothing is told: {}", shown.text));
    let told = rest.split("</code>").next().expect("it ends").to_owned();
    let again = visitor.open("/admin/told");
    assert!(again.text.contains("Nothing to show") && !again.text.contains(&told), "{}", again.text);
    told
}

#[test]
fn an_administrator_makes_accounts_teams_codes_and_tokens_and_an_employee_none_of_it_on_sqlite() {
    let place = Place::new();
    let (collector, _) = Database::sqlite(&place);
    runs(&collector);
}

#[test]
fn an_administrator_makes_accounts_teams_codes_and_tokens_and_an_employee_none_of_it_on_postgres() {
    let place = Place::new();
    let Some((collector, _)) = Database::postgres(&place, "administration on Postgres") else { return };
    runs(&collector);
}

fn runs(collector: &Collector) {
    let base = collector.api();
    // Nobody becomes an administrator by asking while nobody signs in.
    let body = json!({"username": "eve", "roles": ["admin"]});
    assert_eq!(api::post(base, "/api/v1/admin/accounts", &body).0, 401);
    let (mut olga, _) = administrator(collector);
    let overview = olga.open("/admin");
    assert!(overview.status == 200 && overview.text.contains("The collector answers"), "{}", overview.text);

    let mut alice = accounts(base, &mut olga);
    teams(&mut olga, &mut alice);
    machines(base, &mut olga);
    let mut alice_again = Visitor::new(base);
    let signed = alice_again.send("/sign-in", &[("name", "alice"), ("password", PASSWORD)]);
    assert_eq!(signed.status, 303, "{}", signed.text);
    refused(base, &mut alice_again);
    let settings = olga.open("/admin/settings").text;
    assert!(settings.contains("api.listen") && settings.contains("collector.toml, line"), "{settings}");
}

/// Makes an account by its form; gives its owner's browser, signed in.
fn accounts(base: &str, olga: &mut Visitor) -> Visitor {
    let own = olga.open("/admin/accounts").link("olga").expect("her own account");
    for way in ["link", "second"] {
        assert_eq!(olga.fill(&own, &format!("{own}/{way}"), &[]).status, 409, "her own account");
    }
    for (action, fields) in [("disable", &[][..]), ("roles", &[("roles", "employee")][..])] {
        let refused = olga.fill(&own, &format!("{own}/{action}"), fields);
        assert!(refused.status == 409 && refused.text.contains("last administrator"), "{}", refused.text);
    }
    let wrong = olga.fill(
        "/admin/accounts/new",
        "/admin/accounts",
        &[("username", ""), ("roles", "employee"), ("email", "alice@example.org")],
    );
    assert_eq!(wrong.status, 400, "{}", wrong.text);
    assert!(
        wrong.text.contains("value=\"alice@example.org\"") && wrong.text.contains("Username must"),
        "{}",
        wrong.text
    );
    let fields = [("username", "alice"), ("roles", "employee"), ("user_id", ""), ("email", "")];
    let made = olga.fill("/admin/accounts/new", "/admin/accounts", &fields);
    let link = told(olga, &made);
    assert!(link.starts_with(base), "{link}");
    let twice = olga.fill("/admin/accounts/new", "/admin/accounts", &[("username", "ALICE"), ("roles", "hr")]);
    assert!(twice.status == 409 && twice.text.contains("value=\"ALICE\""), "{}", twice.text);
    let mut alice = Visitor::new(base);
    assert_eq!(join(&mut alice, &link, "alice", PASSWORD), None);
    assert_eq!(alice.open("/account").status, 200);
    assert!(olga.open("/admin/accounts?name=ALICE").link("alice").is_some(), "found by the name, in any case");
    assert!(olga.open("/admin/accounts?name=LIC").link("alice").is_none(), "no part of it is found");
    assert!(olga.open("/admin/accounts?role=hr").link("alice").is_none());

    // Where mail reaches her: one that somebody else has for a name or an address is refused, and she sees that it was changed.
    let page = olga.open("/admin/accounts").link("alice").expect("the account");
    let mut change = |mail: &str| olga.fill(&page, &format!("{page}/mail"), &[("email", mail)]);
    assert!(change("alice@example.org ").location.ends_with("?done=mail"));
    let refused = change("no address");
    assert!(refused.status == 400 && refused.text.contains("no address of mail"), "{}", refused.text);
    assert!(olga.open(&page).text.contains("alice@example.org"));
    let own = olga.open("/admin/accounts").link("olga").expect("her own account");
    assert!(
        !olga.open(&own).text.contains("Change its address of mail"),
        "her own is another administrator's to change"
    );
    assert!(alice.open("/me/access").text.contains("the address of mail of your account was changed"));
    let by_mail = Visitor::new(base).send("/sign-in", &[("name", "alice@example.org"), ("password", PASSWORD)]);
    assert_eq!(by_mail.status, 303, "{}", by_mail.text);

    // Out, and in again.
    assert!(olga.fill(&page, &format!("{page}/disable"), &[]).location.ends_with("?done=disabled"));
    assert_eq!(alice.open("/account").status, 303, "signed out at once");
    assert!(olga.fill(&page, &format!("{page}/enable"), &[]).location.ends_with("?done=enabled"));
    // A form without the token of the page is nobody's.
    assert_eq!(olga.send(&format!("{page}/disable"), &[]).status, 403);
    let signed = alice.send("/sign-in", &[("name", "alice"), ("password", PASSWORD)]);
    assert_eq!(signed.status, 303, "{}", signed.text);
    alice
}

/// Makes a team with somebody in it and somebody who leads it.
fn teams(olga: &mut Visitor, alice: &mut Visitor) {
    let made = olga.fill("/admin/teams", "/admin/teams", &[("name", "Sales")]);
    let team = made.location;
    assert!(team.starts_with("/admin/teams/"), "{}", made.text);
    assert_eq!(olga.fill("/admin/teams", "/admin/teams", &[("name", "sales")]).status, 409);
    let member = [("user_id", "alice"), ("since", "2026-03-01"), ("until", "")];
    let put = olga.fill(&team, &format!("{team}/members"), &member);
    assert!(put.location.ends_with("?done=place"), "{}", put.text);
    let again = olga.fill(&team, &format!("{team}/members"), &member);
    assert!(again.status == 409 && again.text.contains("value=\"2026-03-01\""), "{}", again.text);
    let lead = [("username", "alice"), ("since", "2026-03-01"), ("until", "")];
    let refused = olga.fill(&team, &format!("{team}/managers"), &lead);
    assert!(refused.status == 409 && refused.text.contains("role manager"), "{}", refused.text);
    let page = olga.open("/admin/accounts").link("alice").expect("the account");
    let roles = [("roles", "employee"), ("roles", "manager")];
    assert!(olga.fill(&page, &format!("{page}/roles"), &roles).location.ends_with("?done=roles"));
    assert_eq!(alice.open("/account").status, 303, "who has other roles signs in anew");
    let led = olga.fill(&team, &format!("{team}/managers"), &lead);
    assert!(led.location.ends_with("?done=place"), "{}", led.text);
    let listed = olga.open("/admin/teams");
    assert_eq!(listed.link("Sales").as_deref(), Some(team.as_str()), "{}", listed.text);

    // A code that a device could be enrolled with.
    let line = olga.fill("/admin/people", "/admin/codes", &[("user_id", "bob"), ("valid_minutes", "15")]);
    let line = told(olga, &line);
    assert!(line.starts_with("attune-agent enrol --broker mqtt://") && line.contains(" --code "), "{line}");
    assert!(olga.open("/admin/people").link("bob").is_some(), "somebody new is known from then on");
    let wrong = olga.fill("/admin/people", "/admin/codes", &[("user_id", "x\u{1}"), ("valid_minutes", "15")]);
    assert_eq!(wrong.status, 400, "{}", wrong.text);

    let closed = olga.fill(&format!("{team}/close"), &format!("{team}/close"), &[]);
    assert!(closed.location.ends_with("?done=closed"), "{}", closed.text);
    assert_eq!(olga.open(&team).text.matches("goes on").count(), 0, "every place has an end");
}

/// Makes a token of a machine, uses it and revokes it.
fn machines(base: &str, olga: &mut Visitor) {
    let none = olga.fill("/admin/services", "/admin/services", &[("name", "monitor"), ("until", "")]);
    assert!(none.status == 400 && none.text.contains("value=\"monitor\""), "{}", none.text);
    let fields = [("name", "monitor"), ("permits", "metrics"), ("until", "2099-12-31")];
    let made = olga.fill("/admin/services", "/admin/services", &fields);
    assert_eq!((made.status, made.location.as_str()), (303, "/admin/told"), "{}", made.text);
    let shown = olga.open("/admin/told").text;
    let (_, rest) = shown.split_once("attune_service_").expect("a token");
    let end = rest.find(|sign: char| !sign.is_ascii_alphanumeric() && sign != '-' && sign != '_').expect("it ends");
    let token = format!("attune_service_{}", &rest[..end]);
    let get = |path: &str| asked(base, ("GET", path), &token, "application/json", "").0;
    assert_eq!((get("/api/v1/stats"), get("/api/v1/sessions"), get("/api/v1/admin/accounts")), (200, 403, 403));
    let listed = olga.open("/admin/services");
    assert!(!listed.text.contains(&token), "it is told once");
    let (_, rest) = listed.text.split_once("action=\"/admin/services/").expect("a form that revokes it");
    let revoke = format!("/admin/services/{}", rest.split('"').next().expect("an address"));
    assert!(olga.fill("/admin/services", &revoke, &[]).location.ends_with("?done=revoked"));
    assert_eq!(get("/api/v1/stats"), 401);
}

/// Who is no administrator gets nowhere, by no page, no form and no operation.
fn refused(base: &str, alice: &mut Visitor) {
    for page in PAGES {
        assert_eq!(alice.open(page).status, 403, "{page}");
    }
    let csrf = alice.open("/account").hidden("csrf").expect("a form");
    for form in FORMS {
        assert_eq!(alice.send(form, &[("csrf", &csrf)]).status, 403, "{form}");
    }
    assert_eq!(alice.send_file(&format!("/admin/import?csrf={csrf}"), "file", b"user_id\nx\n").status, 403);
    let token = tokens(base, "alice", None);
    let document = api::ok(base, "/api/v1/openapi.json");
    let mut walked = 0;
    for (path, operations) in document["paths"].as_object().expect("paths") {
        for method in operations.as_object().expect("operations").keys().filter(|_| path.contains("/admin/")) {
            let path = path.replace("{id}", &"0".repeat(32)).replace("{place}", &"0".repeat(32));
            let (status, answer) = asked(base, (&method.to_uppercase(), &path), &token, "application/json", "{}");
            assert_eq!(status, 403, "{method} {path}: {answer}");
            walked += 1;
        }
    }
    assert!(walked > 20, "{walked}");
}

#[test]
fn a_table_is_tried_and_then_imported_as_it_was_tried_in_a_browser_and_by_a_program() {
    let place = Place::new();
    let collector = Collector::start(&place);
    let base = collector.api();
    let (mut olga, key) = administrator(&collector);
    let csrf = olga.open("/admin/import").hidden("csrf").expect("a form");
    let import = format!("/admin/import?csrf={csrf}");
    let wrong = olga.send_file(&import, "file", b"user_id,team,since\nalice,Sales,soon\n");
    assert!(wrong.text.contains("One row is wrong") && wrong.text.contains("since is no day"), "{}", wrong.text);
    assert_eq!(olga.send_file(&import, "file", b"").status, 400);
    assert_eq!(olga.send_file("/admin/import", "file", b"user_id\nx\n").status, 403, "without the page's token");

    let table =
        b"user_id;account;roles;team;since\r\nalice;alice;employee;Sales;2026-03-01\r\nbob;;;Sales;2026-03-01\r\n";
    let tried = olga.send_file(&import, "file", table);
    assert!(tried.status == 200 && tried.text.contains("Import this table"), "{}", tried.text);
    assert!(olga.open("/admin/people").link("alice").is_none(), "nothing is made yet");
    let (hash, file) = (tried.hidden("hash").expect("a hash"), tried.hidden("file").expect("the file"));
    let confirm = |olga: &mut Visitor, hash: &str| {
        olga.send("/admin/import/confirm", &[("csrf", &csrf), ("hash", hash), ("file", &file)])
    };
    assert_eq!(confirm(&mut olga, &"0".repeat(32)).status, 409, "of another file");
    let done = confirm(&mut olga, &hash);
    assert_eq!((done.status, done.location.as_str()), (303, "/admin/import?done=yes"), "{}", done.text);
    assert!(olga.open("/admin/accounts").link("alice").is_some());

    let token = tokens(base, "olga", Some(&code(&key, 1)));
    let post = |path: &str, kind: &str, body: &str| asked(base, ("POST", path), &token, kind, body);
    let get = |path: &str| asked(base, ("GET", path), &token, "application/json", "");
    let (_, teams) = get("/api/v1/admin/teams");
    assert_eq!((&teams["teams"][0]["name"], &teams["teams"][0]["members"]), (&json!("Sales"), &json!(2)), "{teams}");
    let other = "user_id,team,since,until\ncarl,Paris,2026-04-01,2026-04-30\n";
    let (status, tried) = post("/api/v1/admin/import", "text/csv", other);
    assert_eq!((status, &tried["done"], &tried["people"]), (200, &json!(false), &json!(1)), "{tried}");
    let address = format!("/api/v1/admin/import?confirm={}", tried["hash"].as_str().expect("a hash"));
    assert_eq!(post(&address, "text/csv", &other.replace("carl", "karl")).0, 409);
    assert_eq!(post(&address, "application/json", other).0, 415);
    let (_, done) = post(&address, "text/csv", other);
    assert_eq!((&done["done"], &done["memberships"]), (&json!(true), &json!(1)), "{done}");

    // The same by operations, as programs have them.
    let json = "application/json";
    let (status, made) =
        post("/api/v1/admin/accounts", json, &json!({"username": "mona", "roles": ["manager"]}).to_string());
    assert_eq!(status, 201, "{made}");
    let id = teams["teams"][0]["id"].as_str().expect("an id");
    let lead = json!({"username": "mona", "since": "2026-03-01"}).to_string();
    let (status, led) = post(&format!("/api/v1/admin/teams/{id}/managers"), json, &lead);
    assert_eq!((status, &led["managers"][0]["name"]), (201, &json!("mona")), "{led}");
    let of = format!("/api/v1/admin/teams/{id}/places/{}", led["managers"][0]["id"].as_str().expect("an id"));
    let (status, ended) = asked(base, ("PATCH", &of), &token, json, &json!({"until": "2026-03-31"}).to_string());
    assert_eq!((status, &ended["managers"][0]["until"]), (200, &json!("2026-03-31")), "{ended}");
    assert_eq!(asked(base, ("DELETE", &of), &token, json, "").0, 204);
    assert_eq!(asked(base, ("DELETE", &of), &token, json, "").0, 404);
    let (_, own) = get("/api/v1/admin/accounts?name=olga");
    let own = format!("/api/v1/admin/accounts/{}/link", own["accounts"][0]["id"].as_str().expect("an id"));
    for anew in [false, true] {
        assert_eq!(post(&own, json, &json!({"new_second_factor": anew}).to_string()).0, 409, "her own account");
    }
    let (_, counts) = get("/api/v1/admin/overview");
    assert_eq!(
        (&counts["accounts"], &counts["people"], &counts["teams"]),
        (&json!(3), &json!(3), &json!(2)),
        "{counts}"
    );
    assert!(!collector.log().contains("alice") && !collector.log().contains("carl"), "the log says nothing of anybody");
}

#[test]
fn nothing_of_a_revoked_device_is_taken_in_until_it_is_enrolled_anew() {
    let place = Place::new();
    let collector = Collector::start(&place);
    let agent = Agent::enrol(&place, "device", &collector, "alice");
    let recording = recordings::only(place.path(), &[Modality::Motion]);
    agent.send_all(&recording, START, &[]);
    let (mut olga, _) = administrator(&collector);
    let page = olga.open("/admin/people").link("alice").expect("her page");
    let shown = olga.open(&page).text;
    let (_, rest) = shown.split_once("action=\"/admin/devices/").expect("a form that revokes it");
    let revoke = format!("/admin/devices/{}", rest.split('"').next().expect("an address"));
    assert!(olga.fill(&page, &revoke, &[("person", "")]).location.starts_with("/admin/people"));
    assert!(olga.open(&page).text.contains("Enrol it anew"), "the page says so");

    let sending = agent.run(&recording, &["--speed", "max", "--start", "2026-01-06T09:00:00Z", "--until-sent"]);
    attune_tests::wait::until("its batches to be refused", || {
        let health: Value = serde_json::from_str(&olga.open("/health").text).expect("JSON");
        (health["ingest"]["unknown_devices"].as_u64() > Some(0)).then_some(())
    });
    let records = attune_tests::database::count(&collector.database(), "SELECT COUNT(*) FROM records");
    drop(sending);
    let line = olga.fill(&page, "/admin/codes", &[("user_id", "alice"), ("valid_minutes", "15")]);
    let line = told(&mut olga, &line);
    let arguments: Vec<&str> = line.split(' ').skip(1).collect();
    let _enrolled = process::output(agent.command().args(arguments).args(["--again", "--yes"]));
    agent.consent("grant", "all");
    agent.send_all(&recording, "2026-01-07T09:00:00Z", &[]);
    let after = attune_tests::database::count(&collector.database(), "SELECT COUNT(*) FROM records");
    assert!(after > records, "{after} after {records}");
}
