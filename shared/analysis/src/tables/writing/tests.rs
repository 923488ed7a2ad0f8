use super::super::testing::origin;
use super::*;

const MOTION: Apart = Apart { possible: 1e-4..5.0, usual: 0.625 };
const RATES: Apart = Apart { possible: 0.2..7200.0, usual: f64::INFINITY };

/// The times of a column of a sensor of motion.
fn read(named: Option<Unit>, fields: &[&str]) -> Result<Vec<Option<f64>>, String> {
    read_of(&MOTION, named, fields)
}

fn read_of(apart: &Apart, named: Option<Unit>, fields: &[&str]) -> Result<Vec<Option<f64>>, String> {
    let origin = origin(format!("t;\n{}", fields.iter().map(|field| format!("{field};\n")).collect::<String>()));
    let writing = Writing::of(&origin, 1, 0, named, apart).map_err(|error| error.to_string())?;
    let (mut table, mut turns) = (Table::open(&origin).expect("opens"), writing.turns());
    table.next().expect("reads");
    let mut time = || writing.time(table.next().expect("reads").expect("a row"), 0);
    Ok(fields.iter().map(|_| time().map(|time| turns.with_days(time))).collect())
}

fn some(values: &[f64]) -> Result<Vec<Option<f64>>, String> {
    Ok(values.iter().copied().map(Some).collect())
}

#[test]
fn marks_are_what_the_whole_column_says() {
    assert_eq!(read(None, &["980", "1.000", "1.020"]), some(&[980.0, 1000.0, 1020.0]));
    assert_eq!(read(None, &["980", "1,000", "1,020"]), some(&[980.0, 1000.0, 1020.0]));
    assert_eq!(read(None, &["999.980", "1.000.000"]), some(&[999_980.0, 1_000_000.0]));
    assert_eq!(read(None, &["0.000", "0.020", "1.000"]), some(&[0.0, 0.02, 1.0]));
    assert_eq!(read(None, &["0,98", "1", "1,02"]), some(&[0.98, 1.0, 1.02]));
    assert_eq!(read(None, &["5", "5.833", "6.667"]), some(&[5.0, 5.833, 6.667]));
    assert_eq!(read(None, &["1.000", "1.020"]), some(&[1.0, 1.02]), "seconds, and milliseconds just as well");
    let millis = Some(Unit::Millis);
    assert_eq!(read(millis, &["1.000", "1.020", "1.040"]), some(&[1000.0, 1020.0, 1040.0]));
    assert_eq!(read(millis, &["20.000", "40.000", "60.000"]), some(&[20.0, 40.0, 60.0]));
    let open = read(millis, &["1.000", "2.000", "3.000"]).expect_err("a kilohertz or a hertz");
    assert!(open.contains("decimals or between thousands"), "{open}");
}

#[test]
fn marks_of_two_kinds_and_rows_out_of_order_are_no_thousands_and_rates_do_not_come_sixteen_a_second() {
    let seconds = Some(Unit::Seconds);
    assert_eq!(read(seconds, &["1,234.000", "1,294.000"]), some(&[1234.0, 1294.0]));
    assert_eq!(read(seconds, &["1.234,000", "1.294,000"]), some(&[1234.0, 1294.0]));
    assert_eq!(read(None, &["5.833", "5", "6.667", "6"]), some(&[5.833, 5.0, 6.667, 6.0]));
    for named in [seconds, None] {
        assert_eq!(read_of(&RATES, named, &["1.020", "1.080", "1.140"]), some(&[1020.0, 1080.0, 1140.0]));
        assert_eq!(read_of(&RATES, named, &["1.020", "2.020", "3.021"]), some(&[1.02, 2.02, 3.021]));
    }
}

#[test]
fn values_have_marks_between_thousands_where_they_would_leap() {
    let leap = |fields: &str| {
        let mut table = Table::open(&origin(fields)).expect("opens");
        let mut marks = Marks::default();
        while let Some(row) = table.next().expect("reads") {
            marks.look(row, 0);
        }
        marks.make_values_leap()
    };
    assert!(leap("rr_ms;\n998;\n1.002;\n-990;\n1.010;\n"));
    for fields in ["rr_ms;\n998;\n1002;\n", "rr_s;\n1;\n1.002;\n", "rr;\n998.5;\n1.002;\n", "rr;\n1.001;\n1.002;\n"] {
        assert!(!leap(fields), "{fields}");
    }
}

#[test]
fn times_of_day_go_on_behind_midnight_however_long_the_gap_and_a_stray_one_begins_no_day() {
    let day = 86_400.0;
    assert_eq!(
        read(None, &["23:59:59.5", "0:00:00.5", "6:00:00", "23:00:00", "1:00:00"]),
        some(&[day - 0.5, day + 0.5, day + 21_600.0, day + 82_800.0, 2.0 * day + 3600.0])
    );
    assert_eq!(read(None, &["13:00:00", "0:00:00", "13:00:01"]), some(&[46_800.0, day, 46_801.0]));
    assert_eq!(read(None, &["8:00:00", "21:00:00"]), some(&[28_800.0, 75_600.0]), "a gap of thirteen hours");
    assert_eq!(read(None, &["59:59.5", "0:00.5"]), some(&[3599.5, 3600.5]), "as spreadsheets cut the hours off");
}

#[test]
fn two_numbers_are_hours_and_minutes_unless_the_column_or_its_steps_show_seconds() {
    let rates = |fields: &[&str]| read_of(&RATES, None, fields);
    assert_eq!(rates(&["9:05", "9:06"]), some(&[32_700.0, 32_760.0]));
    assert_eq!(rates(&["9:05", "9:06", "24:10"]), some(&[545.0, 546.0, 1450.0]));
    assert_eq!(rates(&["23:59", "24:00"]).map(|times| times[0]), Ok(Some(86_340.0)), "the end of a day");
    assert_eq!(rates(&["9:05.0", "9:06.5"]), some(&[545.0, 546.5]));
    assert_eq!(rates(&["59:59", "1:00:00"]), some(&[3599.0, 3600.0]));
    let fifty_a_second: Vec<String> = (0..500).map(|row| format!("0:{:02}", row / 50)).collect();
    let fifty_a_second: Vec<&str> = fifty_a_second.iter().map(String::as_str).collect();
    assert_eq!(read(None, &fifty_a_second).map(|times| times[499]), Ok(Some(9.0)));
    let said = |fields: &str| {
        let writing = Writing::of(&origin(fields), 1, 0, None, &RATES).expect("reads");
        writing.note().unwrap_or_default()
    };
    assert!(said("t;\n9:05;\n9:06;\n").contains("read as hours and minutes; where they are minutes and seconds"));
    assert!(said("t;\n9:05;\n24:06;\n").contains("read as minutes and seconds"));
    assert_eq!(said("t;\n9:05:00;\n9:06:00;\n"), "");
}

#[test]
fn a_date_has_its_day_where_another_of_the_file_shows_it() {
    let may = 1_714_521_600.0;
    assert_eq!(
        read(None, &["12.05.2024 09:00", "13.5.2024 09:00:00,5"]),
        some(&[may + 11.0 * 86_400.0 + 32_400.0, may + 12.0 * 86_400.0 + 32_400.5])
    );
    assert_eq!(
        read(None, &["5/1/2024 9:00:00.25", "5/13/2024 9:00"]),
        some(&[may + 32_400.25, may + 12.0 * 86_400.0 + 32_400.0])
    );
    assert_eq!(read(None, &["05.05.2024, 09:00"]), some(&[may + 4.0 * 86_400.0 + 32_400.0]), "either way");
    let open = read(None, &["01.05.2024 09:00", "02.05.2024 09:00"]).expect_err("1 May or 5 January");
    assert!(open.contains("day or the month") && open.contains("2024-05-01T10:00:00"), "{open}");
    let both = read(None, &["13.05.2024 09:00", "05.13.2024 09:00"]).expect_err("both");
    assert!(both.contains("in others the month"), "{both}");
}

#[test]
fn a_time_of_day_is_one_and_what_is_none_is_not() {
    assert_eq!(read(None, &["09:00", "9:00:01.5", "23:59:59"]), some(&[32_400.0, 32_401.5, 86_399.0]));
    for text in ["24:00:00", "09:60", "9:0:60", "1:2:3:4", "x:y", "31.02.2024 09:00", "13.05.2024", ""] {
        assert_eq!(read(None, &[text]).map(|times| times[0]), Ok(None), "{text}");
    }
}
