//! HR gives its tables, in a browser and with clients of Elara; whom they are about sees what they say, and who looked.

use attune_tests::api;
use attune_tests::collector::Collector;
use attune_tests::place::Place;
use attune_tests::visitor::{Visitor, join};
use attune_tests::wait;
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
    let (status, few) = api::post(collector.api(), "/api/detect-anomalies/", &json!({"contamination": 0.05}));
    assert!(status == 422 && few["error"].as_str().is_some_and(|why| why.contains("Fewer than ten")), "{few}");
    let large = format!(
        "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.csv\"\r\n\r\n{}\r\n--x--\r\n",
        crowd()
    );
    let (status, given) =
        api::post_bytes(collector.api(), "/api/v1/hr/datasets", "multipart/form-data; boundary=x", large.as_bytes());
    assert_eq!(status, 201, "{given}");
    let confirm = format!("/api/v1/hr/datasets/{}/confirm", given["dataset"]["id"].as_str().expect("an id"));
    let (status, _) = api::post(collector.api(), &confirm, &json!({"strangers": "take_in"}));
    assert_eq!(status, 200);
    let (status, found) = api::post(collector.api(), "/api/detect-anomalies/", &json!({"sensitivity": 0.1}));
    let anomalies = found["anomalies"].as_array().expect("rows");
    let scores: Vec<f64> = anomalies.iter().filter_map(|row| row["Anamaly_Score"].as_f64()).collect();
    assert_eq!((status, anomalies[0]["Employee_ID"].as_str()), (200, Some("ALICE")), "{found}");
    assert!(
        scores.len() == anomalies.len() && scores.is_sorted() && scores.iter().all(|score| *score < 0.0),
        "{found}"
    );
    assert_eq!(anomalies[0]["Problems"].as_array().map(Vec::len), Some(5), "{found}");
}

/// A table of forty employees, of whom alice works long and writes much.
fn crowd() -> String {
    let row = |of: usize, day: usize| {
        let (name, some, tenths) =
            (format!("EMP{of:04}"), (of * 37 + day * 11 + of * of * day) % 23, (of * 29 + day) % 10);
        match of {
            0 => format!("ALICE,2026-03-{day:02},{},{},20,15.{tenths}\n", 400 + some, 300 + some),
            _ => format!("{name},2026-03-{day:02},{},{},{},6.{tenths}\n", 20 + some, 10 + some, 1 + day % 3),
        }
    };
    let rows: String = (0..40).flat_map(|of| (2..=6).map(move |day| row(of, day))).collect();
    format!("{HEADING}\n{rows}")
}

#[test]
fn figures_of_groups_are_for_hr_and_tell_of_no_person_and_ones_own_days_are_for_oneself() {
    let place = Place::new();
    let collector = Collector::start_under(&place, "eu");
    let mut olga = signed_in(&collector, "olga", "admin");
    let mut hanna = signed_in(&collector, "hanna", "hr");
    let mut alice = signed_in(&collector, "alice", "employee");
    let subjects = ["mood", "hours", "performance", "leave", "onboarding"];
    for subject in subjects {
        for path in [format!("/hr/figures/{subject}"), format!("/api/v1/hr/figures/{subject}")] {
            assert_eq!((olga.open(&path).status, alice.open(&path).status), (403, 403), "{path}");
            assert_eq!((hanna.open(&path).status, hanna.open(&format!("{path}?from=x")).status), (200, 400), "{path}");
        }
    }
    assert!(hanna.open("/hr/figures/mood").text.contains("Nothing here yet"), "what will stand there");
    assert_eq!(hanna.open("/hr/figures/salaries").status, 404);
    assert!(alice.open("/me/hr/calendar?month=2026-03").text.contains("No table that stands"), "nothing is here yet");

    let csrf = hanna.open("/hr").hidden("csrf").expect("a form");
    let given = hanna.send_file(&format!("/hr?csrf={csrf}"), "file", crowd().as_bytes());
    let taken = hanna.fill(&given.location, &given.location, &[("do", "take"), ("strangers", "take_in")]);
    assert_eq!(taken.location, "/hr?done=taken", "{}", taken.text);
    let page = hanna.open("/hr/figures/hours?from=2026-03-04").text;
    for part in ["Working hours by team", "2 March 2026", "40 people", "No groups are known", "<svg"] {
        assert!(page.contains(part), "{part}: {page}");
    }
    let file = hanna.open("/api/v1/hr/figures/hours.csv").text;
    assert!(file.contains("hours,h a day,everybody,,,2026-03-02,2026-03-08,"), "{file}");
    let told: Value = serde_json::from_str(&hanna.open("/api/v1/hr/figures/hours").text).expect("JSON");
    assert_eq!(told["measures"][0]["groups"][0]["whole"]["people"], json!(40), "{told}");
    for text in [page, file, told.to_string()] {
        assert!(!text.contains("EMP00") && !text.contains("alice"), "a person is in it: {text}");
    }

    let calendar = alice.open("/me/hr/calendar").text;
    for part in ["March 2026, day by day", "2: 15.", "20 meetings", "not in this month"] {
        assert!(calendar.contains(part), "{part}: {calendar}");
    }
    let history: Value = serde_json::from_str(&alice.open("/api/v1/me/hr/history").text).expect("JSON");
    assert_eq!(history["weeks"][25]["meetings"], json!(20.0), "{history}");
    let month: Value = serde_json::from_str(&alice.open("/api/v1/me/hr/calendar").text).expect("JSON");
    assert_eq!((&month["month"], &month["days"][1]["meetings"]), (&json!("2026-03"), &json!(20)), "{month}");
    assert_eq!(alice.open("/me/hr/calendar?month=2026-13").status, 400);
}

#[test]
fn a_machine_flags_and_a_person_decides_with_a_reason_and_whoever_is_flagged_sees_both_and_is_answered() {
    let place = Place::new();
    let collector = Collector::start(&place);
    let mut olga = signed_in(&collector, "olga", "admin");
    let mut hanna = signed_in(&collector, "hanna", "hr");
    let mut alice = signed_in(&collector, "alice", "employee");
    for path in ["/hr/focus", "/api/v1/hr/flags"] {
        assert_eq!((olga.open(path).status, alice.open(path).status), (403, 403), "{path}");
    }
    let csrf = hanna.open("/hr").hidden("csrf").expect("a form");
    let given = hanna.send_file(&format!("/hr?csrf={csrf}"), "file", crowd().as_bytes());
    let taken = hanna.fill(&given.location, &given.location, &[("do", "take"), ("strangers", "take_in")]);
    assert_eq!(taken.location, "/hr?done=taken", "{}", taken.text);

    let preview = hanna.open("/hr/focus?share=0.025").text;
    let named = preview.contains("1 of 40 would be flagged</h2><p>alice</p>");
    assert!(named && preview.contains("Would come"), "{preview}");
    let nobody = hanna.open("/hr/focus?share=0.025&score=-0.999").text;
    assert!(nobody.contains("0 of 40 would be flagged</h2><p>nobody</p>"), "{nobody}");
    assert!(!alice.open("/me/hr").text.contains("You stand out"), "a preview flags nobody");
    let asked = hanna.fill("/hr/focus", "/hr/focus", &[("share", "0.025"), ("seed", "42")]);
    assert_eq!(asked.location, "/hr/focus?done=asked", "{}", asked.text);
    let flag = wait::until("somebody is flagged", || {
        let list = hanna.open("/hr/focus").text;
        let (_, rest) = list.split_once("/hr/focus/")?;
        Some(format!("/hr/focus/{}", rest.split('"').next()?))
    });
    let shown = hanna.open(&flag).text;
    for part in ["What stands out about alice", "Work Hours", "Nobody has decided yet"] {
        assert!(shown.contains(part), "{part}: {shown}");
    }

    let own = alice.open("/me/hr").text;
    assert!(own.contains("You stand out in these tables") && own.contains("Nobody has decided yet"), "{own}");
    let objected = alice.fill("/me/hr", "/me/hr/objection", &[("text", "Those are the hours of two.")]);
    assert_eq!(objected.location, "/me/hr?done=objected", "{}", objected.text);
    let decision = [("status", "dismissed"), ("reason", "The table was wrong."), ("owner", "hanna")];
    let silent = hanna.fill(&flag, &flag, &decision);
    assert!(silent.status == 409 && silent.text.contains("Those are the hours of two."), "{}", silent.text);
    let bare = hanna.fill(&flag, &flag, &[("status", "dismissed"), ("answer", "Right.")]);
    assert_eq!(bare.status, 400, "there is no reason: {}", bare.text);
    let answered = [&decision[..], &[("answer", "You are right.")]].concat();
    let decided = hanna.fill(&flag, &flag, &answered);
    assert_eq!(decided.location, format!("{flag}?done=decided"), "{}", decided.text);

    let own = alice.open("/me/hr").text;
    for part in ["dismissed", "The table was wrong.", "You are right."] {
        assert!(own.contains(part), "{part}: {own}");
    }
    let looked = alice.open("/me/access").text;
    for part in [
        "who is unusual in the tables of the personnel department",
        "what was found unusual about you in the tables of the personnel department, and why",
        "somebody decided on what was found unusual about you",
    ] {
        assert!(looked.contains(part), "{part}: {looked}");
    }
}

#[test]
fn under_eu_without_papers_nobody_is_looked_for_and_the_answer_names_the_rule() {
    let place = Place::new();
    let collector = Collector::start_under(&place, "eu");
    let mut hanna = signed_in(&collector, "hanna", "hr");
    for path in ["/hr/focus", "/api/v1/hr/flags", "/api/v1/hr/flags/preview?share=0.1"] {
        let refused = hanna.open(path);
        assert!(refused.status == 403 && refused.text.contains("EU-GDPR-22-35-88"), "{path}: {}", refused.text);
    }
}
