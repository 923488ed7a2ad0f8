//! Nothing of a table is lost, changed or made one with another without a word.

use super::super::answers::Order;
use super::super::cell::{Cell, Shown};
use super::super::dates;
use super::super::{Answers, Asked, Outcome, ProblemKind, Refusal, Repeats, RowOf, ToldKind, ids};
use super::bounds::{HEADINGS, archive, parts};
use super::{activity, numbered, outcome};
use crate::rows::Table;

/// What is wrong in a file, row by row.
fn problems(table: Table, bytes: &[u8]) -> Vec<(u32, ProblemKind)> {
    let (reading, _) = numbered(Some(table), "table.csv", bytes, &Answers::default());
    assert_eq!(reading.outcome, Outcome::Read);
    reading.report.problems.iter().map(|problem| (problem.row, problem.kind)).collect()
}

#[test]
fn rows_above_the_headings_are_told() {
    let loose = "Employee_ID,Day,Messages,Mails,Meetings,Hours";
    let (reading, rows) =
        activity(&format!("{loose}\nEMP1,2024-01-15,1,2,3,8\n\n{HEADINGS}\nEMP2,2024-01-15,1,2,3,8\n"));
    assert_eq!((reading.outcome, rows.len()), (Outcome::Read, 1));
    let told = reading.report.told.iter().find(|told| told.kind == ToldKind::AboveHeadings).expect("it is told");
    assert_eq!(told.rows, [1, 2]);
}

#[test]
fn the_first_row_of_a_file_without_headings_is_never_taken_for_them() {
    let columns = HEADINGS.split(',').map(str::to_owned).zip(1..).collect();
    let answers = Answers { columns, ..Answers::default() };
    let text = "EMP0601,2024-01-15,1,2,3,8\nEMP0602,2024-01-15,1,2,3,8\n";
    let (reading, _) = numbered(Some(Table::Activity), "a.csv", text.as_bytes(), &answers);
    assert_eq!(reading.outcome, Outcome::Refused(Refusal::NoHeadings));
    assert!(!format!("{:?}", reading.report).contains("EMP06"), "no report has a value of a cell");
}

#[test]
fn a_title_as_wide_as_the_table_is_not_taken_for_the_headings_that_a_person_said() {
    let columns = HEADINGS.split(',').map(str::to_owned).zip(1..).collect();
    let answers = Answers { columns, ..Answers::default() };
    let text =
        "Export,of,all,the,rows,there\nPersonalnummer,Datum,Chat,Post,Runden,Anwesend\nEMP1,2024-01-15,1,2,3,8\n";
    let (reading, rows) = numbered(Some(Table::Activity), "a.csv", text.as_bytes(), &answers);
    assert_eq!((reading.outcome, reading.report.heading_row), (Outcome::Read, Some(2)));
    assert_eq!(rows.iter().map(|(number, _)| *number).collect::<Vec<_>>(), [3]);
}

#[test]
fn two_ids_are_not_one_because_a_sign_of_each_was_lost() {
    let row = |id: &str| format!("{HEADINGS}\n{id},2024-01-15,1,2,3,8\n");
    assert_eq!(problems(Table::Activity, row("M\u{fffd}LLER").as_bytes()), [(2, ProblemKind::BrokenText)]);
    let text = row("M#LLER");
    let units = text.encode_utf16().map(|unit| if unit == u16::from(b'#') { 0xd800 } else { unit });
    let bytes: Vec<u8> = [0xff, 0xfe].into_iter().chain(units.flat_map(u16::to_le_bytes)).collect();
    assert_eq!(problems(Table::Activity, &bytes), [(2, ProblemKind::BrokenText)]);
}

#[test]
fn invisible_signs_and_a_sign_before_nought_make_no_other_employee() {
    let plain = |text: &'static str| ids::read(&Cell::Text(text.into())).map(|employee| employee.0);
    for text in ["EMP1\u{e0041}", "EMP\u{3164}1", "EMP1\u{fffb}", "\u{1160}EMP1"] {
        assert_eq!(plain(text).as_deref(), Ok("EMP1"), "{text:?}");
    }
    assert_eq!(ids::read(&Cell::Number { value: -0.0, shown: &Shown::Plain }), Err(ProblemKind::BadId));
}

#[test]
fn an_answer_that_does_not_fit_a_date_makes_no_date_of_it() {
    assert!(dates::ordered(dates::written("1/2/2024"), Order::YearFirst).is_err());
    let text = format!("{HEADINGS}\nEMP1,1/2/2024,1,2,3,8\n");
    let answers = Answers { dates: Some(Order::YearFirst), ..Answers::default() };
    let (reading, rows) = numbered(Some(Table::Activity), "a.csv", text.as_bytes(), &answers);
    assert_eq!(reading.report.problems[0].kind, ProblemKind::NoDate);
    assert!(matches!(&rows[..], [(2, RowOf::Activity(row))] if row.date.is_none()));
}

#[test]
fn rows_that_clash_can_be_kept_however_much_else_is_wrong() {
    let heading = "Employee_ID,Joining_Date,Onboarding_Feedback,Mentor_Assigned,Initial_Training_Completed";
    let wrong: String = (0..1_100).map(|row| format!("EMP{row},soon,Good,true,true\n")).collect::<Vec<_>>().concat();
    let text = format!("{heading}\n{wrong}A,2024-01-15,Good,true,true\nA,2024-01-16,Good,true,true\n");
    let (reading, _) = numbered(Some(Table::Onboarding), "a.csv", text.as_bytes(), &Answers::default());
    assert_eq!(reading.report.offers.len(), 1);
    assert_eq!(reading.report.offers[0].choices[1].answers.repeats, Some(Repeats::Keep));
}

#[test]
fn scores_with_decimal_commas_are_asked_about_as_those_with_points() {
    for (delimiter, sign) in [(';', ','), (',', '.')] {
        let line = |of: u32, score: &str| format!("EMP{of}{delimiter}2024-01-15{delimiter}{score}\n");
        let text = format!(
            "Employee_ID{delimiter}Response_Date{delimiter}Vibe_Score\n{}{}",
            line(1, &format!("7{sign}5")),
            line(2, &format!("9{sign}5"))
        );
        let Outcome::Ask(questions) = outcome(Table::Vibe, &text) else { panic!("read without asking: {text}") };
        assert_eq!(questions[0].asked, Asked::Scale);
        let (_, rows) = numbered(Some(Table::Vibe), "a.csv", text.as_bytes(), &questions[0].choices[0].answers);
        let scores: Vec<_> =
            rows.iter().map(|(_, row)| if let RowOf::Vibe(row) = row { row.score } else { None }).collect();
        assert_eq!(scores, [Some(4.75), Some(5.75)], "0 to 10, laid over 1 to 6");
    }
}

#[test]
fn each_word_of_others_is_asked_about_however_many_there_are() {
    let words = [
        "annual",
        "vacation",
        "holiday",
        "urlaub",
        "jahresurlaub",
        "erholungsurlaub",
        "casual",
        "sonderurlaub",
        "sick",
        "sickness",
        "krank",
        "krankheit",
        "krankmeldung",
        "unpaid",
        "unbezahlter urlaub",
        "unbezahlt",
        "maladie",
        "congé annuel",
        "congés payés",
        "congé maladie",
        "congé sans solde",
    ];
    let rows: String = words
        .iter()
        .enumerate()
        .map(|(number, word)| format!("EMP{number},{word},1,2024-01-15,2024-01-15\n"))
        .collect::<Vec<_>>()
        .concat();
    let text = format!("Employee_ID,Leave_Type,Leave_Days,Leave_Start_Date,Leave_End_Date\n{rows}");
    let mut answers = Answers::default();
    let mut asked = 0;
    while let (Outcome::Ask(questions), true) =
        (numbered(Some(Table::Leave), "a.csv", text.as_bytes(), &answers).0.outcome, asked < 5)
    {
        asked += 1;
        answers = answers.with(&questions[0].choices[0].answers);
    }
    let (reading, rows) = numbered(Some(Table::Leave), "a.csv", text.as_bytes(), &answers);
    assert_eq!((reading.outcome, rows.len(), asked), (Outcome::Read, words.len(), 2));
    assert!(reading.report.problems.is_empty(), "{:?}", reading.report.problems);
}

/// How a workbook of one row is read, with these headings, these cells and formats of which the second is a date.
fn cells_of(table: Table, headings: &str, cells: &str) -> Vec<(u32, ProblemKind)> {
    let names: String = headings
        .split(',')
        .map(|name| format!(r#"<c t="inlineStr"><is><t>{name}</t></is></c>"#))
        .collect::<Vec<_>>()
        .concat();
    let rows = format!("<worksheet><sheetData><row>{names}</row><row>{cells}</row></sheetData></worksheet>");
    let mut all = parts(&rows, "<sst/>");
    for (name, content) in &mut all {
        if *name == "xl/_rels/workbook.xml.rels" {
            let relation = r#"<Relationship Id="f" Type="x/styles" Target="formats.xml"/></Relationships>"#;
            *content = content.replace("</Relationships>", relation);
        }
    }
    let formats = r#"<styleSheet><cellXfs><xf/><xf numFmtId="14"/></cellXfs></styleSheet>"#;
    all.push(("xl/formats.xml", formats.to_owned()));
    problems(table, &archive(&all))
}

#[test]
fn a_score_that_excel_has_made_a_date_of_is_told_as_that() {
    let cells = r#"<c t="str"><v>EMP1</v></c><c t="str"><v>2024-01-15</v></c><c s="1"><v>45306</v></c>"#;
    let found = cells_of(Table::Vibe, "Employee_ID,Response_Date,Vibe_Score", cells);
    assert_eq!(found, [(2, ProblemKind::DateForNumber)]);
}

#[test]
fn a_truth_that_is_neither_true_nor_false_is_not_taken_for_false() {
    let headings = "Employee_ID,Joining_Date,Onboarding_Feedback,Mentor_Assigned,Initial_Training_Completed";
    let cells = r#"<c t="str"><v>EMP1</v></c><c t="str"><v>2024-01-15</v></c><c t="str"><v>Good</v></c><c t="b"><v>7</v></c><c t="b"><v>0</v></c>"#;
    assert_eq!(cells_of(Table::Onboarding, headings, cells), [(2, ProblemKind::UnclearYesNo)]);
}
