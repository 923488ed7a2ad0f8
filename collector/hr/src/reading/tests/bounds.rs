//! Files that ask for more than they may have.

use std::io::{Cursor, Write};

use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::super::{Answers, Asked, Outcome, ProblemKind, Refusal};
use super::{activity, numbered, outcome};
use crate::rows::Table;

pub(super) const HEADINGS: &str = "Employee_ID,Date,Teams_Messages_Sent,Emails_Sent,Meetings_Attended,Work_Hours";

/// A workbook of one sheet, with this XML in it and these shared texts.
fn workbook(sheet: &str, strings: &str) -> Vec<u8> {
    archive(&parts(sheet, strings))
}

/// Its parts.
pub(super) fn parts(sheet: &str, strings: &str) -> Vec<(&'static str, String)> {
    let relation = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    vec![
        (
            "_rels/.rels",
            format!(
                r#"<Relationships><Relationship Id="a" Type="{relation}/officeDocument" Target="xl/workbook.xml"/></Relationships>"#
            ),
        ),
        (
            "xl/workbook.xml",
            r#"<workbook xmlns:r="r"><sheets><sheet name="One" sheetId="1" r:id="s"/></sheets></workbook>"#.to_owned(),
        ),
        (
            "xl/_rels/workbook.xml.rels",
            format!(
                r#"<Relationships><Relationship Id="s" Type="{relation}/worksheet" Target="one.xml"/><Relationship Id="t" Type="{relation}/sharedStrings" Target="texts.xml"/></Relationships>"#
            ),
        ),
        ("xl/one.xml", sheet.to_owned()),
        ("xl/texts.xml", strings.to_owned()),
    ]
}

/// An archive of these parts.
pub(super) fn archive(parts: &[(&str, String)]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, text) in parts {
        writer.start_file(*name, SimpleFileOptions::default()).expect("a part begins");
        writer.write_all(text.as_bytes()).expect("a part is written");
    }
    writer.finish().expect("the archive ends").into_inner()
}

/// Rows as cells with their texts within.
pub(super) fn cells(rows: &[&str]) -> String {
    let cell = |text: &str| format!(r#"<c t="inlineStr"><is><t>{text}</t></is></c>"#);
    let row = |row: &&str| format!("<row>{}</row>", row.split(',').map(cell).collect::<String>());
    rows.iter().map(row).collect()
}

pub(super) fn read(sheet: &str, strings: &str) -> Outcome {
    numbered(Some(Table::Activity), "a.xlsx", &workbook(sheet, strings), &Answers::default()).0.outcome
}

#[test]
fn what_a_workbook_says_of_its_size_is_not_believed() {
    let rows = cells(&[HEADINGS, "EMP1,2024-01-15,1,2,3,8"]);
    let sheet = format!(r#"<worksheet><dimension ref="A1:XFD1048576"/><sheetData>{rows}</sheetData></worksheet>"#);
    let strings = r#"<sst count="18446744073709551615" uniqueCount="18446744073709551615"></sst>"#;
    let bytes = workbook(&sheet, strings);
    let (reading, rows) = numbered(Some(Table::Activity), "a.xlsx", &bytes, &Answers::default());
    assert_eq!(reading.outcome, Outcome::Read);
    assert_eq!(rows.len(), 1);
}

#[test]
fn a_sheet_that_unpacks_to_far_more_than_it_may_is_refused() {
    let blanks = " ".repeat(20 << 20);
    assert_eq!(
        read(&format!("<worksheet><sheetData>{blanks}</sheetData></worksheet>"), "<sst/>"),
        Outcome::Refused(Refusal::Bomb)
    );
}

#[test]
fn a_text_without_an_end_is_refused() {
    let text: String = (0..200_000_u32).map(|number| format!("{number} ")).collect();
    let sheet = format!(
        "<worksheet><sheetData><row><c t=\"inlineStr\"><is><t>{text}</t></is></c></row></sheetData></worksheet>"
    );
    assert_eq!(read(&sheet, "<sst/>"), Outcome::Refused(Refusal::Damaged));
}

#[test]
fn cells_that_no_sheet_can_have_are_refused() {
    for cell in
        [r#"<row r="1048577"/>"#, r#"<row r="0"/>"#, r#"<row r="2"/><row r="1"/>"#, r#"<row><c r="XFE1"/></row>"#]
    {
        let sheet = format!("<worksheet><sheetData>{cell}</sheetData></worksheet>");
        assert_eq!(read(&sheet, "<sst/>"), Outcome::Refused(Refusal::Damaged), "{cell}");
    }
}

#[test]
fn a_text_that_is_not_among_the_shared_ones_is_refused() {
    let sheet = "<worksheet><sheetData><row><c t=\"s\"><v>7</v></c></row></sheetData></worksheet>";
    assert_eq!(read(sheet, "<sst/>"), Outcome::Refused(Refusal::Damaged));
}

#[test]
fn entities_are_refused_wherever_they_are_declared() {
    let declared = "<!DOCTYPE a [<!ENTITY b SYSTEM \"file:///etc/passwd\">]>";
    let sheet = format!("<worksheet><sheetData>{}</sheetData></worksheet>", cells(&[HEADINGS]));
    assert_eq!(read(&format!("{declared}{sheet}"), "<sst/>"), Outcome::Refused(Refusal::Entities));
    assert_eq!(read(&sheet, &format!("{declared}<sst/>")), Outcome::Refused(Refusal::Entities));
}

#[test]
fn ten_thousand_columns_are_refused_as_csv_and_as_workbook() {
    let more: Vec<String> = (0..10_000).map(|column| format!("c{column}")).collect();
    let headings = format!("{HEADINGS},{}", more.join(","));
    assert_eq!(outcome(Table::Activity, &headings), Outcome::Refused(Refusal::TooManyColumns));
    let sheet = format!("<worksheet><sheetData>{}</sheetData></worksheet>", cells(&[&headings]));
    assert_eq!(read(&sheet, "<sst/>"), Outcome::Refused(Refusal::TooManyColumns));
}

#[test]
fn a_quote_that_never_ends_is_refused_with_its_row_however_long_the_file_is() {
    let line = "EMP1,2024-01-15,1,2,3,8\n";
    let text = format!("{HEADINGS}\n{}EMP2,2024-01-15,1,2,3,\"8\n{}", line.repeat(3), line.repeat(100_000));
    assert_eq!(outcome(Table::Activity, &text), Outcome::Refused(Refusal::OpenQuote { row: 5 }));
}

#[test]
fn a_quote_that_a_later_one_closes_is_refused_with_its_row() {
    let text = format!(
        "{HEADINGS},Comment\nEMP1,2024-01-15,1,2,3,8,\"left\nEMP2,2024-01-15,1,2,3,8,\"ok\"\nEMP3,2024-01-15,1,2,3,8,\n"
    );
    assert_eq!(outcome(Table::Activity, &text), Outcome::Refused(Refusal::OpenQuote { row: 2 }));
    let swallowed = format!(
        "{HEADINGS},Comment\nEMP1,2024-01-15,1,2,3,8,\"left\nEMP2,2024-01-15,1,2,3,8,so\nEMP3,2024-01-15,1,2,3,8,\"\n"
    );
    assert_eq!(outcome(Table::Activity, &swallowed), Outcome::Refused(Refusal::OpenQuote { row: 2 }));
}

#[test]
fn a_line_of_five_megabytes_is_refused() {
    let text = format!("{HEADINGS}\n{}\n", "a".repeat(5 << 20));
    assert_eq!(outcome(Table::Activity, &text), Outcome::Refused(Refusal::RowTooLong { row: 2 }));
}

#[test]
fn a_report_names_a_thousand_problems_and_counts_the_others() {
    let text = format!("{HEADINGS}\n{}", "EMP1,2024-01-15,x,y,3,8\n".repeat(1_500));
    let (reading, _) = activity(&text);
    assert_eq!(reading.outcome, Outcome::Read);
    assert_eq!(reading.report.problems.len(), 1_000);
    assert_eq!(reading.report.more, 2_000);
    assert!(reading.report.problems.iter().all(|problem| problem.kind == ProblemKind::NoNumber));
}

#[test]
fn headings_that_are_only_alike_have_to_be_confirmed() {
    let text = "Employee_ID,Date,Team_Messages_Sent,Email_Sent,Meetings_Attended,Work_Hours\nEMP1,2024-01-15,1,2,3,8\n";
    let Outcome::Ask(questions) = outcome(Table::Activity, text) else { panic!("read without asking") };
    assert_eq!(questions.len(), 1);
    assert_eq!(questions[0].asked, Asked::Headings);
    assert_eq!(questions[0].columns, ["Teams_Messages_Sent", "Emails_Sent"]);
    let answers = &questions[0].choices[0].answers;
    let (reading, rows) = numbered(Some(Table::Activity), "a.csv", text.as_bytes(), answers);
    assert_eq!((reading.outcome, rows.len()), (Outcome::Read, 1));
}
