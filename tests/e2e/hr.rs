//! HR gives its tables, in a browser and with clients of Elara; whom they are about sees what they say, and who looked.

use attune_tests::api;
use attune_tests::collector::Collector;
use attune_tests::place::Place;
use attune_tests::visitor::{Visitor, join};
use serde_json::{Value, json};

const PASSWORD: &str = "correct horse battery";

const HEADING: &str = "Employee_ID,Date,Teams_Messages_Sent,Emails_Sent,Meetings_Attended,Work_Hours";

fn signed_in(collector: &Collector, name: &str, role: &str) -> Visitor {
    let link = match role {
        "admin" => collector.command(&["admin", "create", "--name", name]),
        role => collector.command(&["account", "create", "--name", name, "--role", role]),
    };
    let mut visitor = Visitor::new(collector.api());
    join(&mut visitor, &link, name, PASSWORD);
    visitor
}

#[test]
fn hr_takes_in_what_it_has_seen_told_and_whom_it_is_about_sees_it_and_who_looked_and_nobody_else_does() {
    let place = Place::new();
    let collector = Collector::start_under(&place, "eu");
    let mut olga = signed_in(&collector, "olga", "admin");
    let mut hanna = signed_in(&collector, "hanna", "hr");
    let mut alice = signed_in(&collector, "alice", "employee");
    for path in ["/hr", "/hr/master", "/api/v1/hr/datasets"] {
        assert_eq!((olga.open(path).status, alice.open(path).status), (403, 403), "{path}");
    }

    let table =
        format!("{HEADING}\nALICE,2026-03-02,4,2,1,7.5\nALICE,2026-03-03,4,2,1,88123\nEMP9000,2026-03-02,4,2,1,6\n");
    let csrf = hanna.open("/hr").hidden("csrf").expect("a form");
    let given = hanna.send_file(&format!("/hr?csrf={csrf}"), "file", table.as_bytes());
    assert!(given.status == 303 && given.location.starts_with("/hr/datasets/"), "{}", given.text);
    let report = hanna.open(&given.location).text;
    for part in
        ["1 problem was found", "More than 24 hours in a day", "Work_Hours", "1 employee of it is not known here"]
    {
        assert!(report.contains(part), "{part}: {report}");
    }
    assert!(!report.contains("88123"), "no value is told: {report}");
    assert!(alice.open("/me/hr").text.contains("Nothing yet"), "nothing is kept before it is taken in");

    let undecided = hanna.fill(&given.location, &given.location, &[("do", "take")]);
    assert!(undecided.status == 409 && undecided.text.contains("leave_out"), "{}", undecided.text);
    let decision = [("do", "take"), ("strangers", "leave_out")];
    let taken = hanna.fill(&given.location, &given.location, &decision);
    assert_eq!((taken.status, taken.location.as_str()), (303, "/hr?done=taken"), "{}", taken.text);
    let own = alice.open("/me/hr").text;
    assert!(own.contains("Activity: what stands") && own.contains("7.50") && !own.contains("EMP9000"), "{own}");
    assert!(own.contains("Average Work Hours (hours a day)"), "what HR sees of it, too: {own}");
    let master = hanna.open("/hr/master").text;
    assert!(master.contains("alice") && master.contains("7.50") && !master.contains("EMP9000"), "{master}");
    let looked = alice.open("/me/access").text;
    for part in
        ["the tables of the personnel department about everybody", "a table of the personnel department was taken in"]
    {
        assert!(looked.contains(part), "{part}: {looked}");
    }

    let undo = format!("{}/undo", given.location);
    let undone = hanna.fill(&undo, &undo, &[]);
    assert_eq!(undone.location, "/hr?done=undone", "{}", undone.text);
    assert!(alice.open("/me/hr").text.contains("Nothing yet"), "its rows are gone");
}

#[test]
fn clients_of_elara_hand_in_six_tables_at_once_and_fetch_what_they_make() {
    let place = Place::new();
    let collector = Collector::start(&place);
    let tables = [
        ("activity", format!("{HEADING}\nE1,2026-03-02,4,2,1,7.5\nE1,2026-03-03,4,2,1,8.5\n")),
        (
            "leave",
            "Employee_ID,Leave_Type,Leave_Days,Leave_Start_Date,Leave_End_Date\nE1,Sick Leave,2,2026-03-04,2026-03-05\n".into(),
        ),
        (
            "onboarding",
            "Employee_ID,Joining_Date,Onboarding_Feedback,Mentor_Assigned,Initial_Training_Completed\nE2,2025-01-13,Good,True,False\n"
                .into(),
        ),
        (
            "performance",
            "Employee_ID,Review_Period,Performance_Rating,Manager_Feedback,Promotion_Consideration\nE1,H1 2025,3,Meets Expectations,FALSE\n"
                .into(),
        ),
        ("rewards", "Employee_ID,Award_Type,Award_Date,Reward_Points\nE1,Star Performer,2025-06-13,100\n".into()),
        ("vibemeter", "Employee_ID,Response_Date,Vibe_Score,Emotion_Zone\nE3,2026-03-13,4,Neutral Zone (OK)\n".into()),
    ];
    let form = |without: &str| -> Vec<u8> {
        let parts = tables.iter().filter(|(name, _)| *name != without).map(|(name, text)| {
            format!(
                "--x\r\nContent-Disposition: form-data; name=\"{name}_file\"; filename=\"{name}.csv\"\r\nContent-Type: text/csv\r\n\r\n{text}\r\n"
            )
        });
        (parts.collect::<String>() + "--x--\r\n").into_bytes()
    };
    let post = |path: &str, without: &str| -> (u16, Value) {
        api::post_bytes(collector.api(), path, "multipart/form-data; boundary=x", &form(without))
    };
    let (status, refused) = post("/api/process-hr-metrics/", "leave");
    assert_eq!((status, refused), (400, json!({"error": "Missing required CSV files: leave_file"})));
    let (status, taken) = post("/api/process-hr-metrics/", "");
    assert_eq!((status, &taken["success"]), (200, &json!(true)), "{taken}");
    let (status, merged) = post("/api/merge-hr-files/", "");
    assert_eq!(status, 200, "{merged}");
    let path = merged["file_url"].as_str().expect("where it is");
    let csv = api::fetch(collector.api(), path, "text/csv").text();
    let lines: Vec<&str> = csv.lines().collect();
    assert!(lines[0].starts_with("Employee_ID,Teams_Messages_Sent_sum,") && lines.len() == 4, "{csv}");
    assert!(lines[1].starts_with("E1,8,4,4,0,") && lines[2].starts_with("E2,") && lines[3].starts_with("E3,"), "{csv}");
    let (status, again) = api::post(collector.api(), "/run-merge/", &json!({}));
    assert_eq!((status, &again["file_url"]), (200, &json!(path)), "{again}");
}
