//! Every made-up file comes out as the reading beside it says.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::super::words::{self, AWARDS, FEEDBACKS, JUDGEMENTS, LEAVES, ZONES};
use super::super::{Answers, Outcome, Question, Reading, RowOf};
use super::{bytes_of, fixtures, names, numbered};
use crate::rows::{Part, Period, Table};

#[test]
fn every_made_up_file_is_read_asked_about_or_refused_as_it_should_be() {
    let names = names();
    assert_eq!(names.len(), 106, "files were added or lost");
    let wrong: Vec<String> = names.iter().flat_map(|name| differences(name)).collect();
    assert!(wrong.is_empty(), "{} differences:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn each_report_has_a_sentence_for_whatever_it_says_and_no_value_of_a_cell() {
    for name in names() {
        let (table, bytes) = (table(&expected(&name)), bytes_of(&name));
        let (reading, _) = numbered(Some(table), &name, &bytes, &Answers::default());
        let told = reading.report.told.iter().map(super::super::Told::sentence);
        let wrong = reading.report.problems.iter().map(|problem| problem.kind.sentence().to_owned());
        for sentence in told.chain(wrong) {
            assert!(sentence.ends_with('.'), "{name}: {sentence}");
            assert!(!sentence.contains("EMP06"), "{name}: {sentence}");
        }
        if let Outcome::Refused(refusal) = &reading.outcome {
            assert!(refusal.sentence().ends_with('.'), "{name}");
        }
    }
}

fn expected(name: &str) -> Value {
    let text =
        std::fs::read_to_string(fixtures().join(format!("{name}.json"))).expect("a reading lies beside each file");
    serde_json::from_str(&text).expect("the reading is JSON")
}

fn table(expected: &Value) -> Table {
    match expected["table"].as_str().expect("a reading names its table") {
        "activity" => Table::Activity,
        "leave" => Table::Leave,
        "onboarding" => Table::Onboarding,
        "performance" => Table::Performance,
        "rewards" => Table::Rewards,
        "vibemeter" => Table::Vibe,
        other => panic!("no table: {other}"),
    }
}

/// How a file comes out otherwise than it should.
fn differences(name: &str) -> Vec<String> {
    let expected = expected(name);
    let (table, bytes) = (table(&expected), bytes_of(name));
    let (reading, rows) = numbered(Some(table), name, &bytes, &Answers::default());
    let also_refused = expected["also_right"].as_str().is_some_and(|also| also.starts_with("refuse"));
    match (expected["outcome"].as_str(), &reading.outcome) {
        (Some("refuse"), Outcome::Refused(_)) => Vec::new(),
        (Some("read"), Outcome::Refused(_)) if also_refused => Vec::new(),
        (Some("read"), Outcome::Read) => {
            let mut wrong = unlike(name, "rows", &expected["rows"], &rows);
            wrong.extend(unlike_problems(name, &expected["problems"], &reading));
            wrong
        }
        (Some("ask"), Outcome::Ask(questions)) => {
            let answers = expected["ask"]["answers"].as_array().expect("answers are listed");
            answers.iter().flat_map(|answer| unanswered(name, table, &bytes, answer, questions)).collect()
        }
        (wanted, got) => vec![format!("{name}: {wanted:?} wanted, came out as {got:?}")],
    }
}

/// Whether some choice gives the rows of an answer.
fn unanswered(name: &str, table: Table, bytes: &[u8], answer: &Value, questions: &[Question]) -> Vec<String> {
    let mut all = vec![Answers::default()];
    for question in questions {
        let laid =
            |before: &Answers| question.choices.iter().map(|choice| before.with(&choice.answers)).collect::<Vec<_>>();
        all = all.iter().flat_map(laid).collect();
    }
    let mut tried = Vec::new();
    for answers in all {
        let (reading, rows) = numbered(Some(table), name, bytes, &answers);
        let wrong = match reading.outcome {
            Outcome::Read => unlike(name, answer["answer"].as_str().unwrap_or_default(), &answer["rows"], &rows),
            other => vec![format!("{name}: answered, and came out as {other:?}")],
        };
        if wrong.is_empty() {
            return wrong;
        }
        tried.extend(wrong);
    }
    if tried.is_empty() {
        tried.push(format!("{name}: no choice for {}", answer["answer"]));
    }
    tried
}

fn unlike(name: &str, what: &str, expected: &Value, rows: &[(u32, RowOf)]) -> Vec<String> {
    let wanted: Vec<Value> = expected.as_array().into_iter().flatten().map(as_numbers).collect();
    let got: Vec<Value> = rows.iter().map(|(number, row)| shown(*number, row)).collect();
    let lost = wanted.iter().filter(|row| !got.contains(row)).map(|row| format!("{name}, {what}: not read: {row}"));
    let added = got.iter().filter(|row| !wanted.contains(row)).map(|row| format!("{name}, {what}: read: {row}"));
    lost.chain(added).collect()
}

fn unlike_problems(name: &str, expected: &Value, reading: &Reading) -> Vec<String> {
    let wanted: BTreeSet<(u64, String)> = expected
        .as_array()
        .into_iter()
        .flatten()
        .map(|problem| {
            let column = problem["column"].as_str().unwrap_or_default().to_owned();
            (problem["row"].as_u64().expect("a problem has a row"), column)
        })
        .collect();
    let got: BTreeSet<(u64, String)> = reading
        .report
        .problems
        .iter()
        .map(|problem| (u64::from(problem.row), problem.column.clone().unwrap_or_default()))
        .collect();
    match wanted == got {
        true => Vec::new(),
        false => vec![format!("{name}: problems {wanted:?} wanted, got {:?}", reading.report.problems)],
    }
}

/// Numbers as one kind of number.
fn as_numbers(row: &Value) -> Value {
    let fields = row.as_object().expect("a row has fields").iter();
    let each =
        fields.map(|(field, value)| (field.clone(), value.as_f64().map_or_else(|| value.clone(), |it| json!(it))));
    Value::Object(each.collect())
}

fn shown(number: u32, row: &RowOf) -> Value {
    let number = f64::from(number);
    let whole = |value: Option<u32>| value.map(f64::from);
    let small = |value: Option<u8>| value.map(f64::from);
    match row {
        RowOf::Activity(row) => json!({
            "row": number,
            "Employee_ID": row.employee.0,
            "Date": row.date.map(|date| date.to_string()),
            "Teams_Messages_Sent": whole(row.messages),
            "Emails_Sent": whole(row.mails),
            "Meetings_Attended": whole(row.meetings),
            "Work_Hours": row.hours,
        }),
        RowOf::Leave(row) => json!({
            "row": number,
            "Employee_ID": row.employee.0,
            "Leave_Type": word(&words::LEAVE, &LEAVES, row.kind),
            "Leave_Days": row.days,
            "Leave_Start_Date": row.start.map(|date| date.to_string()),
            "Leave_End_Date": row.end.map(|date| date.to_string()),
        }),
        RowOf::Onboarding(row) => json!({
            "row": number,
            "Employee_ID": row.employee.0,
            "Joining_Date": row.joined.map(|date| date.to_string()),
            "Onboarding_Feedback": word(&words::FEEDBACK, &FEEDBACKS, row.feedback),
            "Mentor_Assigned": row.mentor,
            "Initial_Training_Completed": row.trained,
        }),
        RowOf::Performance(row) => json!({
            "row": number,
            "Employee_ID": row.employee.0,
            "Review_Period": row.period.map(period),
            "Performance_Rating": small(row.rating),
            "Manager_Feedback": word(&words::JUDGEMENT, &JUDGEMENTS, row.judgement),
            "Promotion_Consideration": row.promotion,
        }),
        RowOf::Rewards(row) => json!({
            "row": number,
            "Employee_ID": row.employee.0,
            "Award_Type": word(&words::AWARD, &AWARDS, row.award),
            "Award_Date": row.date.map(|date| date.to_string()),
            "Reward_Points": row.points,
        }),
        RowOf::Vibe(row) => json!({
            "row": number,
            "Employee_ID": row.employee.0,
            "Response_Date": row.date.map(|date| date.to_string()),
            "Vibe_Score": row.score,
            "Emotion_Zone": word(&words::ZONE, &ZONES, row.zone),
        }),
    }
}

fn word<T: PartialEq>(words: &words::Words, meant: &[T], value: Option<T>) -> Option<&'static str> {
    let value = value?;
    meant.iter().position(|other| *other == value).map(|which| words.ours[which])
}

fn period(period: Period) -> String {
    let part = match period.part {
        Part::FirstHalf => "H1",
        Part::SecondHalf => "H2",
        Part::Annual => "Annual",
    };
    format!("{part} {}", period.year)
}
