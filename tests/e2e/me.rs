//! What a person sees, takes and erases of their own, and what who watches over it sees: never what, and never unseen.

use std::io::{Cursor, Read};
use std::path::Path;

use attune_protocol::ack::Answer;
use attune_protocol::ids::Seq;
use attune_protocol::sign::verify;
use attune_tests::collector::Collector;
use attune_tests::database::Database;
use attune_tests::place::Place;
use attune_tests::visitor::{Visitor, join};
use attune_tests::wire::{Device, motion_item};
use attune_tests::{api, media, wait};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

const PASSWORD: &str = "correct horse battery";
/// Names and words that stand nowhere else.
const ALICE: &str = "alice-quendelberg-4711";
const MAIL: &str = "alice.quendelberg@example.org";
const NOTE: &str = "I was laughing about Zwiebelkuchen";
const LAPTOP: &str = "Quendelbergs grey laptop";
const BOB: &str = "bob";

/// An account whose owner has signed in; gives the browser and the key of the second factor.
fn account(collector: &Collector, name: &str, more: &[&str]) -> (Visitor, Option<Vec<u8>>) {
    let arguments = [&["account", "create", "--name", name], more].concat();
    let link = collector.command(&arguments);
    let mut visitor = Visitor::new(collector.api());
    let key = join(&mut visitor, &link, name, PASSWORD);
    (visitor, key)
}

/// What is answered to a program that is signed in as somebody.
fn ask(collector: &Collector, method: &str, path: &str, token: &str, body: &Value) -> (u16, Vec<u8>) {
    let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).max_redirects(0).build().into();
    let request = ureq::http::Request::builder()
        .method(method)
        .uri(format!("{}{path}", collector.api()))
        .header("authorization", format!("Bearer {token}"))
        .header("content-type", "application/json")
        .body(if body.is_null() { Vec::new() } else { body.to_string().into_bytes() });
    let mut answer = agent.run(request.expect("a request")).expect("an answer");
    let status = answer.status().as_u16();
    (status, answer.body_mut().with_config().limit(1 << 28).read_to_vec().expect("an answer comes to its end"))
}

fn said(answer: (u16, Vec<u8>)) -> Value {
    let text = String::from_utf8_lossy(&answer.1).into_owned();
    assert!((200..300).contains(&answer.0), "{}: {text}", answer.0);
    serde_json::from_str(&text).unwrap_or(Value::Null)
}

fn token(collector: &Collector, name: &str) -> String {
    let body = json!({"username": name, "password": PASSWORD});
    let (status, told) = api::post(collector.api(), "/api/v1/auth/token", &body);
    assert_eq!(status, 200, "{told}");
    told["access_token"].as_str().expect("a token").to_owned()
}

/// Sends what a device measured and what is analysed, of somebody; gives the device and the id of the analysis.
fn sensed(collector: &Collector, user: &str) -> (Device, String) {
    let mut device = Device::enrolled(collector, user);
    device.send((1..=30).map(motion_item).collect());
    assert_eq!(device.acknowledged(), [(Seq(1), Seq(30))]);
    let request = json!({"user_id": user, "heart_data": media::heart(120), "timestamp": "2026-01-05T12:00:00Z"});
    let (status, answer) = api::post(collector.api(), "/api/v1/analyze", &request);
    assert_eq!((status, &answer["stored"]), (200, &json!(true)), "{answer:#}");
    let (status, answer_of_preferences) =
        api::post(collector.api(), "/api/v1/preferences", &json!({"user_id": user, "max_history_days": 365}));
    assert_eq!(status, 200, "{answer_of_preferences}");
    (device, answer["session_id"].as_str().expect("an id").to_owned())
}

/// The files of an archive that holds: its signature is the collector's, and each file has the hash that it names.
fn opened(bytes: Vec<u8>) -> std::collections::BTreeMap<String, Vec<u8>> {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).expect("a whole archive");
    let mut files = std::collections::BTreeMap::new();
    for place in 0..archive.len() {
        let mut file = archive.by_index(place).expect("a file");
        let mut content = Vec::new();
        file.read_to_end(&mut content).expect("it reads");
        files.insert(file.name().expect("a name").into_owned(), content);
    }
    let manifest = files["manifest.json"].clone();
    let pem = String::from_utf8(files["collector.pem"].clone()).expect("text");
    let der = data_encoding::BASE64.decode(pem.lines().nth(1).expect("a key").as_bytes()).expect("base 64");
    let key = der[der.len() - 32..].try_into().expect("32 bytes");
    let signed = [manifest.clone(), files["manifest.sig"].clone()].concat();
    assert_eq!(verify(&signed, &key).expect("the signature holds"), manifest);
    let manifest: Value = serde_json::from_slice(&manifest).expect("JSON");
    let listed = manifest["files"].as_array().expect("files");
    assert_eq!(listed.len() + 3, files.len(), "each file is listed");
    for file in listed {
        let content = &files[file["name"].as_str().expect("a name")];
        assert_eq!(file["bytes"], json!(content.len()));
        assert_eq!(file["sha256"], json!(data_encoding::HEXLOWER.encode(&Sha256::digest(content))), "{file}");
    }
    files
}

#[test]
fn what_a_person_takes_is_all_that_is_kept_of_them_signed_and_in_forms_that_others_read() {
    let place = Place::new();
    let collector = Collector::start_under(&place, "research");
    let (device, session) = sensed(&collector, ALICE);
    let _ = sensed(&collector, BOB);
    let (mut alice, _) = account(&collector, ALICE, &["--role", "employee", "--mail", MAIL]);
    for page in ["/me", "/me?day=2026-01-05", "/me/devices", "/me/consent", "/me/access", "/me/data", "/me/erase"] {
        let shown = alice.open(page);
        assert_eq!(shown.status, 200, "{page}: {}", shown.text);
        assert!(!shown.text.contains(BOB), "{page}");
    }
    let why = format!("/me/why/{session}");
    assert!(alice.open("/me?day=2026-01-05").text.contains(&why), "the day leads to its sessions");
    let explained = alice.open(&why);
    assert!(explained.text.contains("heart") && explained.text.contains("What each sensor said"), "{}", explained.text);
    let corrected = alice.fill(&why, &why, &[("score", "stress_level"), ("label", "low"), ("note", NOTE)]);
    assert_eq!(corrected.location, why, "{}", corrected.text);
    assert!(alice.open(&why).text.contains(NOTE));
    assert_eq!(alice.fill(&why, &why, &[("score", ""), ("label", ""), ("note", "")]).status, 400, "nothing is said");
    let renamed = alice.fill("/me/devices", &format!("/me/devices/{}", device.id), &[("name", LAPTOP)]);
    assert_eq!(renamed.location, "/me/devices", "{}", renamed.text);
    let revoke = format!("/me/devices/{}/revoke", device.id);
    assert_eq!(alice.fill("/me/devices", &revoke, &[]).location, "/me/devices");
    assert!(alice.open("/me/devices").text.contains("No device senses you"), "it is listened to no more");
    let code = alice.fill("/me/devices", "/me/devices", &[]);
    let line = format!("attune-agent enrol --broker {} --code ", collector.broker());
    assert!(code.status == 200 && code.text.contains(&line) && code.text.contains(LAPTOP), "{}", code.text);

    let token = token(&collector, ALICE);
    let who = said(ask(&collector, "GET", "/api/v1/me", &token, &Value::Null));
    assert_eq!((&who["user_id"], &who["roles"]), (&json!(ALICE), &json!(["employee"])));
    let day = said(ask(&collector, "GET", "/api/v1/me/day?day=2026-01-05", &token, &Value::Null));
    assert!(day["sessions"].as_array().is_some_and(|list| list.contains(&json!(session))), "{day}");
    let consents = said(ask(&collector, "GET", "/api/v1/me/consents", &token, &Value::Null));
    assert!(consents["in_force"].as_array().is_some_and(|list| !list.is_empty()), "{consents}");
    let (status, bytes) = ask(&collector, "GET", "/api/v1/me/export", &token, &Value::Null);
    assert_eq!(status, 200);
    let files = opened(bytes);
    let read = |name: &str| -> Value { serde_json::from_slice(&files[name]).expect("JSON") };
    assert_eq!(read("account.json")["mail"], MAIL);
    assert_eq!(read("devices.json")[0]["name"], LAPTOP);
    assert_eq!(read("preferences.json")[0]["max_history_days"], 365);
    assert_eq!(read("corrections.json")[0]["note"], NOTE);
    assert_eq!(read("sessions.json").as_array().map(Vec::len), Some(2));
    let records = read("records.json");
    let of =
        |modality: &str| records.as_array().expect("a list").iter().filter(|row| row["modality"] == modality).count();
    assert_eq!(of("motion"), 30);
    assert!(of("heart") >= 10 && read("windows.json").as_array().is_some_and(|list| list.len() >= 40));
    let table = String::from_utf8(files["records.csv"].clone()).expect("text");
    assert!(table.starts_with("source,window_start,modality,feature,value,unit,quality,coverage\r\n"), "{table}");
    assert!(table.contains(",heart,mean_hr,"), "{}", &table[..500]);
    for (name, content) in &files {
        assert!(!String::from_utf8_lossy(content).contains("\"bob\""), "{name}");
    }
    let readme = String::from_utf8(files["README.txt"].clone()).expect("text");
    for name in files.keys().filter(|name| name.ends_with(".json") && *name != "manifest.json") {
        let stem = name.trim_end_matches(".json");
        let is_told =
            readme.lines().any(|line| line.split_whitespace().next().is_some_and(|word| word == name || word == stem));
        assert!(is_told, "README.txt does not say what {name} is");
    }
    fhir(&read("fhir-heart-rate.json"));
    open_mhealth(&read("open-mhealth-heart-rate.json"));
    assert!(
        said(ask(&collector, "GET", "/api/v1/me/requests", &token, &Value::Null))["requests"]
            .as_array()
            .is_some_and(|list| list.iter().any(|one| one["kind"] == "access" && one["done_at"].is_string()))
    );
}

/// What the R4 schema and the vital-signs profile ask of a bundle of heart rates, as far as it can be said in a few lines.
fn fhir(bundle: &Value) {
    assert_eq!((&bundle["resourceType"], &bundle["type"]), (&json!("Bundle"), &json!("collection")));
    assert!(bundle["timestamp"].as_str().is_some_and(|at| at.parse::<jiff::Timestamp>().is_ok()));
    let entries = bundle["entry"].as_array().expect("entries");
    assert_eq!(entries[0]["resource"]["resourceType"], "Patient");
    let urls: std::collections::BTreeSet<&str> =
        entries.iter().map(|entry| entry["fullUrl"].as_str().expect("a URL")).collect();
    assert_eq!(urls.len(), entries.len(), "each has its own");
    assert!(entries.len() > 10);
    for entry in &entries[1..] {
        let it = &entry["resource"];
        let known = ["resourceType", "status", "category", "code", "subject", "effectivePeriod", "valueQuantity"];
        assert!(it.as_object().is_some_and(|fields| fields.keys().all(|key| known.contains(&key.as_str()))), "{it}");
        assert_eq!((&it["resourceType"], &it["status"]), (&json!("Observation"), &json!("final")));
        assert_eq!(it["category"][0]["coding"][0]["code"], "vital-signs");
        assert_eq!(
            it["code"]["coding"][0],
            json!({"system": "http://loinc.org", "code": "8867-4", "display": "Heart rate"})
        );
        assert_eq!(it["subject"]["reference"], entries[0]["fullUrl"]);
        let quantity = &it["valueQuantity"];
        assert_eq!((&quantity["system"], &quantity["code"]), (&json!("http://unitsofmeasure.org"), &json!("/min")));
        assert!(quantity["value"].as_f64().is_some_and(|rate| (20.0..300.0).contains(&rate)), "{quantity}");
        let at = |end: &str| it["effectivePeriod"][end].as_str().and_then(|at| at.parse::<jiff::Timestamp>().ok());
        assert!(at("start").zip(at("end")).is_some_and(|(start, end)| start < end), "{it}");
        let uuid = entry["fullUrl"].as_str().and_then(|url| url.strip_prefix("urn:uuid:")).expect("a UUID");
        assert!(uuid.len() == 36 && uuid.bytes().all(|byte| byte == b'-' || byte.is_ascii_hexdigit()), "{uuid}");
    }
}

/// What omh:data-point:1.0 and omh:heart-rate:2.0 ask.
fn open_mhealth(points: &Value) {
    let points = points.as_array().expect("a list");
    assert!(points.len() > 10);
    for point in points {
        let header = &point["header"];
        assert!(header["id"].is_string() && header["creation_date_time"].is_string(), "{header}");
        assert_eq!(header["schema_id"], json!({"namespace": "omh", "name": "heart-rate", "version": "2.0"}));
        let body = &point["body"];
        assert_eq!(body["heart_rate"]["unit"], "beats/min");
        assert!(body["heart_rate"]["value"].as_f64().is_some_and(|rate| rate > 0.0));
        let interval = &body["effective_time_frame"]["time_interval"];
        assert!(interval["start_date_time"].is_string() && interval["end_date_time"].is_string(), "{interval}");
    }
}

/// All bytes of the files in a folder, and below.
fn bytes_below(folder: &Path, all: &mut Vec<u8>) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            bytes_below(&path, all);
        } else {
            all.extend(std::fs::read(&path).unwrap_or_default());
        }
    }
}

fn holds(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}

#[test]
fn of_who_is_erased_nothing_readable_is_left_in_database_log_copy_or_state_and_others_stay_whole() {
    let place = Place::new();
    let (mut collector, database) = {
        let collector = Collector::start_under(&place, "research");
        let url = collector.database();
        (collector, url)
    };
    let (mut device, session) = sensed(&collector, ALICE);
    let _ = sensed(&collector, BOB);
    let (_alice, _) = account(&collector, ALICE, &["--role", "employee", "--mail", MAIL]);
    let (mut bob, _) = account(&collector, BOB, &["--role", "employee"]);
    let token = token(&collector, ALICE);
    let body = json!({"session_id": session, "score": "stress_level", "label": "low", "note": NOTE});
    let _ = said(ask(&collector, "POST", "/api/v1/me/corrections", &token, &body));
    let _ = ask(&collector, "POST", &format!("/api/v1/me/devices/{}", device.id), &token, &json!({"name": LAPTOP}));

    // A copy as a backup would be.
    let copy = place.join("copy");
    std::fs::create_dir_all(&copy).expect("made");
    for end in ["", "-wal"] {
        let from = format!("{}{end}", database.display());
        let _ = std::fs::copy(&from, copy.join(format!("collector.sqlite{end}")));
    }
    let keys = || attune_tests::database::blobs(&collector.keys(), "SELECT wrapped FROM person_keys");
    let before = keys();

    let (status, _) = ask(&collector, "POST", "/api/v1/me/erase", &token, &json!({"word": "delete"}));
    assert_eq!(status, 400, "another word erases nothing");
    for (body, expected) in [
        (json!({"word": "erase"}), 400),
        (json!({"word": "erase", "password": "another one of hers"}), 400),
        (json!({"word": "delete", "password": PASSWORD}), 400),
    ] {
        let (status, _) = ask(&collector, "POST", "/api/v1/me/erase", &token, &body);
        assert_eq!(status, expected, "{body}: a token alone erases nothing");
    }
    let erase = json!({"word": "erase", "password": PASSWORD});
    let receipt = said(ask(&collector, "POST", "/api/v1/me/erase", &token, &erase));
    assert_eq!(
        (&receipt["erased"]["accounts"], &receipt["erased"]["person_keys"]),
        (&json!(1), &json!(2)),
        "{receipt}"
    );
    let erased = &receipt["erased"];
    assert_eq!((&erased["records"], &erased["logins"], &erased["corrections"]), (&json!(30), &json!(1), &json!(1)));
    assert_eq!((&erased["sessions"], &erased["preferences"]), (&json!(2), &json!(1)), "{receipt}");
    assert!(receipt["done_at"].is_string() && receipt["ledger_entry"].is_number(), "{receipt}");
    let kept = keys();
    let destroyed: Vec<_> = before.iter().filter(|key| !kept.contains(key)).collect();
    assert_eq!((kept.len(), destroyed.len()), (before.len() - 2, 2), "of the person and of the login");
    let told = receipt["copies"].as_str().expect("what becomes of copies");
    assert!(told.contains("provided that no copy of the keys"), "{told}");
    assert_eq!(ask(&collector, "GET", "/api/v1/me", &token, &Value::Null).0, 401);
    let id = receipt["id"].as_str().expect("an id");
    assert_eq!(
        api::ok(collector.api(), &format!("/api/v1/receipts/{id}")),
        receipt,
        "whoever has the id reads it again"
    );
    let shown = Visitor::new(collector.api()).open(&format!("/receipts/{id}"));
    assert!(shown.status == 200 && shown.text.contains("is erased"), "{}", shown.text);
    let audit = collector.command(&["audit", "verify"]);
    assert!(audit.contains("access: whole") && audit.contains("consents: whole"), "{audit}");

    // What the device sends next is settled as erased.
    device.send(vec![motion_item(31)]);
    let answers: Vec<Answer> = device.acknowledgement().settled.iter().map(|run| run.answer).collect();
    assert_eq!(answers, [Answer::Erased]);

    // Who stays is whole.
    assert_eq!(bob.open("/api/v1/preferences/bob").status, 200);
    let theirs = bob.open("/api/v1/sessions?user_id=bob");
    let theirs: Value = serde_json::from_str(&theirs.text).expect("JSON");
    assert_eq!(theirs["sessions"].as_array().map(Vec::len), Some(2));

    let words = [ALICE, MAIL, NOTE, LAPTOP, "quendelberg", "Quendelberg", "Zwiebelkuchen"];
    wait::until("deleted bytes to be overwritten", || {
        let mut all = Vec::new();
        bytes_below(collector.state(), &mut all);
        let is_key = |key: &&Vec<u8>| all.windows(24).any(|part| part == &key[..24]);
        (words.iter().all(|word| !holds(&all, word)) && !destroyed.iter().any(is_key)).then_some(())
    });
    assert!(words.iter().all(|word| !holds(collector.log().as_bytes(), word)), "the log");
    let mut all = Vec::new();
    bytes_below(&copy, &mut all);
    for word in words {
        assert!(!holds(&all, word), "the copy of before holds {word}");
    }
    for key in &before {
        assert!(!all.windows(24).any(|part| part == &key[..24]), "the copy of before holds a key");
    }
    collector.process().signal("TERM");
}

#[test]
fn one_entry_of_either_ledger_that_was_changed_removed_or_swapped_is_found_and_named_here_and_in_a_copy() {
    let place = Place::new();
    let (collector, database) = Database::sqlite(&place);
    for user in [ALICE, BOB] {
        let _ = Device::enrolled(&collector, user);
    }
    for name in ["alice", "bob"] {
        let _ = collector.command(&["account", "create", "--name", name, "--role", "employee"]);
        for what in ["disable", "enable", "link"] {
            let _ = collector.command(&["account", what, "--name", name]);
        }
    }
    let copy = place.join("ledgers.jsonl");
    let file = copy.to_str().expect("text");
    let _ = collector.command(&["audit", "export", file]);
    let whole = collector.command(&["audit", "verify", file]);
    assert!(whole.contains("access: whole, 12 entries"), "{whole}");
    let lines: Vec<String> = std::fs::read_to_string(&copy).expect("reads").lines().map(str::to_owned).collect();
    let at = lines.iter().position(|line| line.contains("\"disable\"")).expect("an entry");
    let mut removed = lines.clone();
    removed.remove(at);
    let mut changed = lines.clone();
    changed[at] = changed[at].replace("disable", "enable");
    let mut swapped = lines.clone();
    swapped.swap(at, at + 1);
    for other in [removed, changed, swapped] {
        std::fs::write(&copy, other.join("\n") + "\n").expect("written");
        let error = collector.refused(&["audit", "verify", file]);
        assert!(error.contains("failed to follow the ledger of access: entry 4 "), "{error}");
    }
    for (change, back, ledger, entry) in [
        (
            "UPDATE access_log SET what = 'nothing' WHERE place = 5",
            "UPDATE access_log SET what = 'enable' WHERE place = 5",
            "access",
            5,
        ),
        (
            "UPDATE access_log SET place = 99 WHERE place = 7",
            "UPDATE access_log SET place = 7 WHERE place = 99",
            "access",
            7,
        ),
        (
            "UPDATE consent_log SET received_at = received_at + 1 WHERE place = 1",
            "UPDATE consent_log SET received_at = received_at - 1 WHERE place = 1",
            "consents",
            1,
        ),
    ] {
        assert_eq!(database.run(change), 1, "{change}");
        let error = collector.refused(&["audit", "verify"]);
        assert!(error.contains(&format!("the ledger of {ledger}: entry {entry} ")), "{change}: {error}");
        assert_eq!(database.run(back), 1);
    }
    // One that nobody appended, before the first or behind the last.
    let columns = "person, login, detail, role, what, at, hash";
    for place in [-1, 99] {
        let forged = format!(
            "INSERT INTO access_log (place, {columns}) SELECT {place}, {columns} FROM access_log WHERE place = 2"
        );
        assert_eq!(database.run(&forged), 1);
        let error = collector.refused(&["audit", "verify"]);
        assert!(error.contains(&format!("the ledger of access: entry {place} ")), "{error}");
        assert_eq!(database.run(&format!("DELETE FROM access_log WHERE place = {place}")), 1);
    }
    // An end that is cut off with all that tells of it is whole by itself, and not beside a copy.
    std::fs::write(&copy, lines.join("\n") + "\n").expect("written");
    let _ = collector.command(&["audit", "verify", "--since", file]);
    assert_eq!(database.run("DELETE FROM access_log WHERE place = 11"), 1);
    let back = "UPDATE access_head SET entries = 11, hash = (SELECT hash FROM access_log WHERE place = 10)";
    assert_eq!(database.run(back), 1);
    let _ = collector.command(&["audit", "verify"]);
    let error = collector.refused(&["audit", "verify", "--since", file]);
    assert!(error.contains("the ledger of access: it does not hold the 12 entries of the copy any more"), "{error}");
}

#[test]
fn who_watches_over_it_sees_how_much_and_never_what_and_the_person_sees_that_they_looked() {
    let place = Place::new();
    let collector = Collector::start_under(&place, "research");
    let _ = sensed(&collector, ALICE);
    let (mut petra, _) = account(&collector, "petra", &["--role", "privacy_officer"]);
    let (mut alice, _) = account(&collector, ALICE, &["--role", "employee"]);
    for page in ["/records", "/records/map", "/records/requests", "/records/use", "/ledger"] {
        let shown = petra.open(page);
        assert_eq!(shown.status, 200, "{page}: {}", shown.text);
        assert!(!shown.text.contains(ALICE), "{page} names nobody");
    }
    let uses: Value = serde_json::from_str(&petra.open("/api/v1/records/use").text).expect("JSON");
    assert_eq!(uses, json!({"uses": [], "open": 0, "watched_by": 0}));
    assert!(petra.open("/records/use").text.contains("Nobody looks at your own use"));
    let records: Value = serde_json::from_str(&petra.open("/api/v1/records").text).expect("JSON");
    let motion = records["holdings"].as_array().expect("a list").iter().find(|row| row["modality"] == "motion");
    let motion = motion.expect("motion");
    assert_eq!((&motion["rows"], motion["pseudonym"].as_str().map(str::len)), (&json!(30), Some(16)), "{motion}");
    // A copy names people by numbers: it is for who shows the password once more, and it can be checked.
    assert_eq!(petra.open("/ledger/copy").status, 405);
    let wrong = petra.fill("/ledger", "/ledger/copy", &[("password", "another one")]);
    assert!(wrong.status == 400 && wrong.text.contains("not your password"), "{}", wrong.text);
    let copied = petra.fill("/ledger", "/ledger/copy", &[("password", PASSWORD)]);
    assert_eq!(copied.status, 200, "{}", copied.text);
    let copy = place.join("ledgers.jsonl");
    std::fs::write(&copy, copied.text).expect("written");
    let whole = collector.command(&["audit", "verify", copy.to_str().expect("text")]);
    assert!(whole.contains("access: whole") && whole.contains("consents: whole"), "{whole}");
    for page in ["/me", "/me/access", "/me/data"] {
        let refused = petra.open(page);
        assert_eq!(refused.status, 403, "{page}");
        let has_header = refused.text.contains("action=\"/sign-out\"") && refused.text.contains("href=\"/records\"");
        assert!(has_header, "she is told it with where she can go: {}", refused.text);
        assert_eq!(alice.open("/records").status, 403);
        assert_eq!(alice.open("/records/use").status, 403);
    }
    let seen = alice.open("/me/access");
    assert!(seen.text.contains("petra") && seen.text.contains("privacy officer"), "{}", seen.text);
    let (mut dora, _) = account(&collector, "dora", &["--role", "admin"]);
    let people: Value = serde_json::from_str(&dora.open("/api/v1/admin/people").text).expect("JSON");
    let one = people["people"].as_array().expect("a list").iter().find(|one| one["user_id"] == ALICE).expect("alice");
    let one = format!("/api/v1/admin/people/{}", one["id"].as_str().expect("an id"));
    for page in ["/admin/people", "/admin/accounts", "/admin/teams", &one, "/admin/settings"] {
        assert_eq!(dora.open(page).status, 200, "{page}");
    }
    let machine = [("name", "clinic"), ("permits", "analyze"), ("until", "2099-12-31")];
    assert_eq!(dora.fill("/admin/services", "/admin/services", &machine).location, "/admin/told");
    let shown = dora.open("/admin/told").text;
    let (_, machine) = shown.split_once("attune_service_").expect("a token");
    let end = machine.find(|sign: char| !sign.is_ascii_alphanumeric() && !"-_".contains(sign)).expect("it ends");
    let recording = json!({"user_id": ALICE, "heart_data": media::heart(60), "timestamp": "2026-01-06T12:00:00Z"});
    let _ =
        said(ask(&collector, "POST", "/api/v1/analyze", &format!("attune_service_{}", &machine[..end]), &recording));
    let told: Value = serde_json::from_str(&alice.open("/api/v1/me/access").text).expect("JSON");
    let told: std::collections::BTreeSet<(&str, &str, bool)> = told["entries"]
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(|entry| {
            let by = entry["by"].as_str().unwrap_or_else(|| entry["role"].as_str().unwrap_or_default());
            Some((by, entry["what"].as_str()?, entry["of_everybody"].as_bool()?))
        })
        .collect();
    for read in [
        ("petra", "GET /records/requests", true),
        ("petra", "GET /ledger", true),
        ("petra", "GET /records/use", true),
        ("dora", "GET /api/v1/admin/people", true),
        ("dora", "GET /admin/people", true),
        ("dora", "GET /admin/accounts", true),
        ("dora", "GET /admin/teams", true),
        ("dora", "GET /api/v1/admin/people/{id}", false),
        ("service", "POST /api/v1/analyze", false),
    ] {
        assert!(told.contains(&read), "{read:?}: {told:?}");
    }
    assert!(!told.iter().any(|(_, what, _)| what.contains("settings")), "settings are of nobody: {told:?}");
    let asked = alice.fill("/me/data", "/me/data/request", &[("kind", "access")]);
    assert_eq!(asked.location, "/me/data", "{}", asked.text);
    let requests: Value = serde_json::from_str(&petra.open("/api/v1/records/requests").text).expect("JSON");
    let id = requests["requests"][0]["id"].as_str().expect("an id").to_owned();
    let done = petra.fill("/records/requests", &format!("/records/requests/{id}"), &[]);
    assert_eq!(done.location, "/records/requests", "{}", done.text);
    assert!(petra.open("/records/requests").text.contains("No request is open"));
}
