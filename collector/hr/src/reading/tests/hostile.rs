//! Workbooks of a few kilobytes that ask for gigabytes, or for hours.

use super::super::xlsx::meant;
use super::super::{Answers, Outcome, Refusal};
use super::bounds::{HEADINGS, archive, cells, parts, read};
use super::numbered;
use crate::rows::Table;

const ROW: &str = "EMP1,2024-01-15,1,2,3,8";

/// A workbook of activities, with this XML before its rows and this behind.
fn sheet(before: &str, after: &str) -> String {
    format!("<worksheet>{before}<sheetData>{}</sheetData>{after}</worksheet>", cells(&[HEADINGS, ROW]))
}

/// How a workbook comes out whose part of this name is another one.
fn with(name: &str, content: &str) -> Outcome {
    let mut all = parts(&sheet("", ""), "<sst/>");
    match all.iter_mut().find(|(known, _)| *known == name) {
        Some((_, known)) => content.clone_into(known),
        None => {
            let rels = all.iter_mut().find(|(known, _)| *known == "xl/_rels/workbook.xml.rels").expect("it is there");
            let relation = r#"<Relationship Id="f" Type="x/styles" Target="formats.xml"/></Relationships>"#;
            rels.1 = rels.1.replace("</Relationships>", relation);
            all.push(("xl/formats.xml", content.to_owned()));
        }
    }
    numbered(Some(Table::Activity), "a.xlsx", &archive(&all), &Answers::default()).0.outcome
}

#[test]
fn a_workbook_with_formats_is_read() {
    assert_eq!(with("xl/formats.xml", "<styleSheet><cellXfs><xf/></cellXfs></styleSheet>"), Outcome::Read);
}

#[test]
fn formats_without_number_or_end_are_refused() {
    let many = format!("<styleSheet><cellXfs>{}</cellXfs></styleSheet>", "<xf/>".repeat(100_001));
    assert_eq!(with("xl/formats.xml", &many), Outcome::Refused(Refusal::Damaged));
    let codes: String =
        (0..10_001).map(|id| format!(r#"<numFmt numFmtId="{id}" formatCode="0"/>"#)).collect::<Vec<_>>().concat();
    assert_eq!(
        with("xl/formats.xml", &format!("<styleSheet>{codes}</styleSheet>")),
        Outcome::Refused(Refusal::Damaged)
    );
    let long = format!(r#"<styleSheet><numFmt numFmtId="200" formatCode="{}"/></styleSheet>"#, "0".repeat(70_000));
    assert_eq!(with("xl/formats.xml", &long), Outcome::Refused(Refusal::Damaged));
}

#[test]
fn elements_within_elements_without_end_are_refused() {
    let deep = format!("{}{}", "<a>".repeat(100), "</a>".repeat(100));
    assert_eq!(read(&sheet(&deep, ""), "<sst/>"), Outcome::Refused(Refusal::Damaged));
    let flat = "<a></a>".repeat(1_000);
    assert_eq!(read(&sheet(&flat, ""), "<sst/>"), Outcome::Read);
}

#[test]
fn a_comment_or_an_attribute_is_no_way_around_the_limit_of_a_text() {
    let long = "<".repeat(2 << 20);
    assert_eq!(read(&sheet(&format!("<!--{long}-->"), ""), "<sst/>"), Outcome::Refused(Refusal::Damaged));
    assert_eq!(read(&sheet(&format!("<a b=\"{long}\"/>"), ""), "<sst/>"), Outcome::Refused(Refusal::Damaged));
}

#[test]
fn many_sheets_that_are_one_part_are_refused() {
    let names: String =
        (0..40).map(|number| format!(r#"<sheet name="{number}" r:id="s"/>"#)).collect::<Vec<_>>().concat();
    let mut all = parts(&sheet(&"<a/>".repeat(10_000), ""), "<sst/>");
    for (name, content) in &mut all {
        if *name == "xl/workbook.xml" {
            *content = format!(r#"<workbook xmlns:r="r"><sheets>{names}</sheets></workbook>"#);
        }
    }
    let (reading, _) = numbered(Some(Table::Activity), "a.xlsx", &archive(&all), &Answers::default());
    assert_eq!(reading.outcome, Outcome::Refused(Refusal::Bomb));
}

#[test]
fn no_sheet_is_passed_over_because_there_are_many() {
    let names: String =
        (0..256).map(|number| format!(r#"<sheet name="{number}" r:id="s"/>"#)).collect::<Vec<_>>().concat();
    let content = format!(r#"<workbook xmlns:r="r"><sheets>{names}</sheets></workbook>"#);
    assert_eq!(with("xl/workbook.xml", &content), Outcome::Refused(Refusal::TooLarge));
}

#[test]
fn cells_that_are_one_over_more_rows_than_are_looked_at_are_refused() {
    let columns = ["A", "B", "C", "D", "E", "F", "G", "H", "I", "J", "K"];
    let merged: String = columns
        .iter()
        .map(|column| format!(r#"<mergeCell ref="{column}5:{column}1048576"/>"#))
        .collect::<Vec<_>>()
        .concat();
    assert_eq!(read(&sheet("", &merged), "<sst/>"), Outcome::Refused(Refusal::Damaged));
}

#[test]
fn a_text_that_many_cells_share_is_kept_as_far_as_it_can_mean_something() {
    assert_eq!(meant(" ".repeat(1 << 20)), "");
    assert_eq!(meant(format!("{}Sick Leave", "\u{a0} ".repeat(1 << 16))), "Sick Leave");
    assert_eq!(meant("\u{e9}".repeat(1 << 16)).chars().count(), 256);
    assert_eq!(meant("EMP_x0041_".to_owned()), "EMPA");
}

#[test]
fn of_two_parts_with_one_purpose_each_reading_takes_the_same() {
    let rows = format!(
        r#"<worksheet><sheetData>{}<row><c t="s"><v>0</v></c>{}</row></sheetData></worksheet>"#,
        cells(&[HEADINGS]),
        r#"<c t="str"><v>2024-01-15</v></c><c><v>1</v></c><c><v>2</v></c><c><v>3</v></c><c><v>8</v></c>"#
    );
    let mut all = parts(&rows, "<sst><si><t>EMP1</t></si></sst>");
    for (name, content) in &mut all {
        if *name == "xl/_rels/workbook.xml.rels" {
            let relation = r#"<Relationship Id="u" Type="x/sharedStrings" Target="others.xml"/></Relationships>"#;
            *content = content.replace("</Relationships>", relation);
        }
    }
    all.push(("xl/others.xml", "<sst><si><t>EMP2</t></si></sst>".to_owned()));
    let bytes = archive(&all);
    let once = || numbered(Some(Table::Activity), "a.xlsx", &bytes, &Answers::default());
    let first = once();
    assert_eq!((&first.0.outcome, first.1.len()), (&Outcome::Read, 1));
    for _ in 0..20 {
        assert_eq!(once(), first);
    }
}
