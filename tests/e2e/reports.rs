//! Reports of what stands: a page, a command and a program have them made, each the same of the same data; and everybody can have them read out.

use std::path::Path;
use std::process::Command;

use attune_tests::api;
use attune_tests::collector::Collector;
use attune_tests::left_out::tool_for;
use attune_tests::place::Place;
use attune_tests::visitor::{Visitor, join};
use serde_json::json;

const PASSWORD: &str = "correct horse battery";

/// Twelve employees: three days of each.
fn vibe() -> String {
    let rows = (1..=12).flat_map(|employee| {
        (2..=4).map(move |day| format!("E{employee},2025-03-{day:02},{},Neutral Zone (OK)\n", 3 + day % 2))
    });
    format!("Employee_ID,Response_Date,Vibe_Score,Emotion_Zone\n{}", rows.collect::<String>())
}

/// Has them taken in, by who needs not sign in.
fn take_in(collector: &Collector) {
    let form = format!(
        "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.csv\"\r\n\r\n{}\r\n--x--\r\n",
        vibe()
    );
    let kind = "multipart/form-data; boundary=x";
    let (status, given) = api::post_bytes(collector.api(), "/api/v1/hr/datasets", kind, form.as_bytes());
    assert_eq!(status, 201, "{given}");
    let confirm = format!("/api/v1/hr/datasets/{}/confirm", given["dataset"]["id"].as_str().expect("an id"));
    let (status, taken) = api::post(collector.api(), &confirm, &json!({"strangers": "take_in"}));
    assert_eq!(status, 200, "{taken}");
}

/// The text of a file, and what is known of it, as poppler has both; none where that is not here.
fn read_out(test: &str, file: &Path) -> Option<(String, String)> {
    let said = |tool: &str, arguments: &[&str]| {
        let output = Command::new(tool_for(test, tool)?).args(arguments).output().expect("it runs");
        Some(String::from_utf8_lossy(&output.stdout).into_owned())
    };
    let file = file.to_str().expect("a path");
    Some((said("pdftotext", &["-layout", file, "-"])?, said("pdfinfo", &[file])?))
}

#[test]
fn a_program_and_a_command_have_the_same_report_made_which_is_tagged_and_has_all_its_parts() {
    let test = "a_program_and_a_command_have_the_same_report_made_which_is_tagged_and_has_all_its_parts";
    let place = Place::new();
    let collector = Collector::start(&place);
    take_in(&collector);
    let path = "/api/v1/reports/person/E1?day=2025-03-10";
    let made = api::fetch(collector.api(), path, "application/pdf");
    assert_eq!((made.status, made.header("content-type")), (200, "application/pdf"));
    assert!(made.bytes.starts_with(b"%PDF-") && made.header("content-disposition").contains(".pdf"));
    let list = api::ok(collector.api(), "/api/v1/reports");
    let all = list["reports"].as_array().expect("a list");
    let listed = all.iter().find(|report| report["kind"] == json!("person")).expect("that of the person");
    assert_eq!(listed["about"], json!("E1"), "{list}");
    let hash = listed["sha256"].as_str().expect("a hash").to_owned();

    let file = place.path().join("e1.pdf");
    let output = file.to_str().expect("a path");
    let said = collector.command(&["report", "--person", "E1", "--until", "2025-03-10", "--output", output]);
    assert!(said.contains(&hash), "{said}: {hash}");
    assert_eq!(std::fs::read(&file).expect("written"), made.bytes);
    let kept = || api::ok(collector.api(), "/api/v1/reports")["reports"].as_array().map_or(0, Vec::len);
    let before = kept();
    let refused = collector.refused(&["report", "--person", "E2", "--output", output]);
    assert!(refused.contains("e1.pdf") && std::fs::read(&file).expect("as it was") == made.bytes, "{refused}");
    assert_eq!(kept(), before, "none is made for a file that can't be written");

    let day = api::fetch(collector.api(), "/api/v1/reports/day?day=2025-03-10", "application/pdf");
    assert_eq!((day.status, day.bytes.starts_with(b"%PDF-")), (200, true));
    let none = api::fetch(collector.api(), "/api/v1/reports/person/E99", "application/pdf");
    assert_eq!(none.status, 404);

    let Some((text, info)) = read_out(test, &file) else { return };
    for part in ["Summary", "Working hours", "Mood over four weeks", "Insights", "Risk", "Actions", "Annex"] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert!(!text.contains("What was talked about") && text.contains("Page 1 of "), "{text}");
    assert!(info.lines().any(|line| line.starts_with("Tagged:") && line.contains("yes")), "{info}");
}

#[test]
fn hr_has_a_report_made_in_a_browser_whom_it_is_about_sees_that_and_nobody_else_has_one() {
    let place = Place::new();
    let collector = Collector::start_under(&place, "eu");
    let signed_in = |name: &str, role: &str| {
        let link = match role {
            "admin" => collector.command(&["admin", "create", "--name", name]),
            role => collector.command(&["account", "create", "--name", name, "--role", role]),
        };
        let mut visitor = Visitor::new(collector.api());
        join(&mut visitor, &link, name, PASSWORD);
        visitor
    };
    let (mut olga, mut hanna) = (signed_in("olga", "admin"), signed_in("hanna", "hr"));
    let mut alice = signed_in("alice", "employee");
    for path in ["/hr/reports", "/api/v1/reports", "/api/v1/reports/day", "/api/v1/reports/person/alice"] {
        assert_eq!((olga.open(path).status, alice.open(path).status), (403, 403), "{path}");
    }
    let fields = [("of", "person"), ("name", "alice"), ("day", "2025-03-10")];
    let made = hanna.fill("/hr/reports", "/hr/reports", &fields);
    assert!(made.status == 303 && made.location.starts_with("/hr/reports?made="), "{}", made.text);
    let page = hanna.open(&made.location).text;
    assert!(page.contains("The report was made") && page.contains("alice"), "{page}");
    let nobody = hanna.fill("/hr/reports", "/hr/reports", &[("of", "person"), ("name", "nobody")]);
    assert!(nobody.status == 404 && nobody.text.contains("There is nobody of that name"), "{}", nobody.text);
    let looked = alice.open("/me/access").text;
    assert!(looked.contains("a report of you, or of everybody, was made"), "{looked}");
}
