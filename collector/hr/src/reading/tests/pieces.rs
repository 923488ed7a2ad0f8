//! Numbers, dates, ids and formats, one by one.

use jiff::civil::date;

use super::super::answers::{Decimal, Order};
use super::super::cell::{Cell, Shown};
use super::super::dates::{self, Day};
use super::super::numbers::Written;
use super::super::problem::ProblemKind;
use super::super::xlsx::of_code;
use super::super::{ids, text};

fn number(text: &str, decimal: Decimal) -> Result<f64, ProblemKind> {
    Written::of(text)?.value(decimal)
}

#[test]
fn numbers_are_read_as_they_are_written_in_many_countries() {
    for (text, decimal, value) in [
        ("1.234,50", Decimal::Comma, 1234.5),
        ("1\u{202f}234,5", Decimal::Comma, 1234.5),
        ("12’345.25", Decimal::Point, 12345.25),
        ("1,23,456", Decimal::Point, 123_456.0),
        ("1,234", Decimal::Point, 1234.0),
        ("1,234", Decimal::Comma, 1.234),
        ("-3", Decimal::Point, -3.0),
        ("3-", Decimal::Point, -3.0),
        ("(3)", Decimal::Point, -3.0),
        ("€ -5", Decimal::Point, -5.0),
        ("1e2", Decimal::Point, 100.0),
        (".5", Decimal::Point, 0.5),
    ] {
        assert_eq!(number(text, decimal), Ok(value), "{text}");
    }
}

#[test]
fn what_is_no_number_is_none() {
    for text in [
        "", "x", "8h", "NaN", "Infinity", "1,2,3", "1.2.3", "12 5", "1,23,45", "--5", "5²", "½", "1_000", "0x10", "1e",
        "e5",
    ] {
        assert!(number(text, Decimal::Point).is_err(), "{text}");
    }
    assert_eq!(number("75 %", Decimal::Point), Err(ProblemKind::Percent));
    assert_eq!(number("1e309", Decimal::Point), Err(ProblemKind::TooLarge));
}

#[test]
fn dates_are_taken_as_they_are_written() {
    let read = |text: &str| dates::ordered(dates::written(text), Order::DayFirst);
    for text in [
        "2024-02-01",
        "2024/2/1",
        "1/2/2024",
        "01.02.2024",
        "1.2.24",
        "20240201",
        "1 February 2024",
        "1-Feb-24",
        "February 1st, 2024",
        "1. Februar 2024",
        "2024-Feb-01",
        "2024-02-01T23:30:00-05:00",
        "1/2/2024 23:59",
        "Thu, 1 Feb 2024",
    ] {
        assert_eq!(read(text), Ok(Day::Of(date(2024, 2, 1))), "{text}");
    }
    for text in
        ["31/04/2024", "2023-02-29", "2024-13-01", "00/00/0000", "01/01/0001", "25/03/2204", "soon", "1/2", "45306"]
    {
        assert!(read(text).is_err(), "{text}");
    }
    assert_eq!(read("31/12/9999"), Ok(Day::Open));
}

#[test]
fn days_of_excel_are_days_of_its_calendar() {
    assert_eq!(dates::serial(45_306.999_999, 0), Ok(Day::Of(date(2024, 1, 15))));
    assert_eq!(dates::serial(43_844.0, 1_462), Ok(Day::Of(date(2024, 1, 15))));
    assert_eq!(dates::serial(2_958_465.0, 0), Ok(Day::Open));
    for day in [-1.0, 0.0, 59.0, 60.0, 2_958_466.0, 1e18, f64::NAN, f64::INFINITY] {
        assert!(dates::serial(day, 0).is_err(), "{day}");
    }
}

#[test]
fn ids_are_text_whatever_a_program_made_of_them() {
    let of = |text: &'static str| ids::read(&Cell::Text(text.into())).map(|employee| employee.0);
    assert_eq!(of(" emp0601\u{200b}").as_deref(), Ok("EMP0601"));
    assert_eq!(of("00042").as_deref(), Ok("00042"));
    assert_eq!(of("1001.0").as_deref(), Ok("1001"));
    assert_eq!(of("1.00123E+11"), Err(ProblemKind::DigitsLost));
    assert_eq!(of("#REF!"), Err(ProblemKind::CellError));
    assert_eq!(of("n/a"), Err(ProblemKind::NoEmployee));
    for text in ["=cmd|' /C calc'!A0", "+1", "@SUM(1)", "EMP\x00001", "**"] {
        assert_eq!(of(text), Err(ProblemKind::BadId), "{text}");
    }
    let padded = Shown::Padded { before: "EMP".to_owned(), zeros: 4, after: String::new() };
    assert_eq!(
        ids::read(&Cell::Number { value: 601.0, shown: &padded }).map(|employee| employee.0).as_deref(),
        Ok("EMP0601")
    );
    assert_eq!(ids::read(&Cell::Number { value: 1.5, shown: &Shown::Plain }), Err(ProblemKind::BadId));
}

#[test]
fn formats_of_numbers_are_told_apart() {
    for code in ["General", "0", "0.00", "#,##0", "0.00E+00", "@", "[Red]0.0"] {
        assert_eq!(of_code(code), Shown::Plain, "{code}");
    }
    for code in ["d/m/yyyy", "yyyy\\-mm\\-dd", "[$-407]d. mmmm yyyy", "m/d/yy h:mm", "mmm-yy"] {
        assert_eq!(of_code(code), Shown::Date, "{code}");
    }
    for code in ["h:mm", "[h]:mm", "mm:ss", "h:mm AM/PM", "[h]:mm:ss;@"] {
        assert_eq!(of_code(code), Shown::Time, "{code}");
    }
    for code in ["#,##0.00 \"€\"", "[$€-407] #,##0.00", "$#,##0"] {
        assert_eq!(of_code(code), Shown::Money, "{code}");
    }
    assert_eq!(of_code("0%"), Shown::Percent);
    assert_eq!(of_code("00000"), Shown::Padded { before: String::new(), zeros: 5, after: String::new() });
    assert_eq!(of_code("\"EMP\"0000"), Shown::Padded { before: "EMP".to_owned(), zeros: 4, after: String::new() });
}

#[test]
fn text_is_compared_without_what_nobody_sees() {
    assert_eq!(text::plain("\u{feff} Sick\u{a0}\u{a0}Leave\u{200b} "), "Sick Leave");
    assert_eq!(text::plain("ＥＭＰ０６０１"), "EMP0601");
    assert_eq!(text::plain("e\u{301}"), "é");
    assert_eq!(text::squeezed("  Work-Hours_ (Büro)"), "workhoursbuero");
    assert_eq!(text::letters(0), "A");
    assert_eq!(text::letters(26), "AA");
    assert_eq!(text::letters(16_383), "XFD");
}
