//! The files that are made of rows.

use ::parquet::file::reader::{FileReader, SerializedFileReader};
use ::parquet::record::{Field, RowAccessor};
use bytes::Bytes;

use super::*;

fn read(rows: &[Row]) -> SerializedFileReader<Bytes> {
    let mut columns = parquet::Columns::begin(Vec::new()).expect("begun");
    for row in rows {
        columns.row(row.clone()).expect("written");
    }
    SerializedFileReader::new(Bytes::from(columns.end().expect("written"))).expect("it is Parquet")
}

#[test]
fn a_line_of_csv_has_all_features_and_what_is_unknown_is_empty() {
    let line = csv::line(&one_row(&somebody("A")));
    let cell = |name: &str| {
        let place = csv::heading().trim_end().split(',').position(|column| column == name).expect("a column");
        line.trim_end().split(',').nth(place).expect("a cell").to_owned()
    };
    assert_eq!(csv::heading().split(',').count(), 40);
    assert_eq!(line.split(',').count(), 40);
    assert_eq!((cell("Employee_ID"), cell("Work_Hours_mean")), ("A".into(), "8".into()));
    assert_eq!((cell("Meetings_Attended_sum"), cell("Joining_Date")), (String::new(), "2026-03-02".into()));
    assert_eq!((cell("Mentor_Assigned"), cell("Initial_Training_Completed")), ("True".into(), "False".into()));
    assert_eq!((cell("Onboarding_Feedback"), cell("Last_Review_Period")), ("Good".into(), "H2 2025".into()));
    assert_eq!((cell("Sick Leave_Factor"), cell("Annual Leave_Factor")), ("2.5".into(), "0".into()));
}

#[test]
fn no_employee_is_a_formula_in_a_table() {
    let row = one_row(&somebody("=cmd|'/C calc'!A0"));
    assert!(csv::line(&row).starts_with("'=cmd|'/C calc'!A0,"));
    let unusual = elara::Unusual { row: &row, score: -0.1, reasons: &elara::Reasons::default() };
    assert!(elara::line(&unusual).starts_with("'=cmd|'/C calc'!A0,"));
}

#[test]
fn a_row_reads_back_from_parquet_as_what_it_is() {
    let reader = read(&[one_row(&somebody("=A")), one_row(&Tables { vibe: somebody("B").vibe, ..Tables::default() })]);
    let rows: Vec<_> = reader.get_row_iter(None).expect("rows").map(|row| row.expect("a row")).collect();
    let [all, vibe] = &rows[..] else { panic!("two rows") };
    let names: Vec<&str> = all.get_column_iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names[0], "Employee_ID");
    assert_eq!(names[1..], FEATURES.map(|feature| feature.name));
    let place = |name: &str| names.iter().position(|column| *column == name).expect("a column");
    assert_eq!(all.get_string(0).expect("a text"), "=A");
    assert_eq!(all.get_double(place("Work_Hours_mean")).ok(), Some(8.0));
    assert_eq!(all.get_long(place("Innovation Award_Count")).ok(), Some(1));
    assert_eq!(all.get_bool(place("Mentor_Assigned")).ok(), Some(true));
    assert_eq!(all.get_string(place("Manager_Feedback")).expect("a text"), "Exceeds Expectations");
    let (_, joined) = all.get_column_iter().nth(place("Joining_Date")).expect("a column");
    assert_eq!(*joined, Field::Date((date(2026, 3, 2) - date(1970, 1, 1)).get_days()));
    let known = |at: &usize| !vibe.is_null(*at).expect("a column");
    assert_eq!((1..40).filter(known).collect::<Vec<_>>(), [place("Decayed_Vibe")]);
}

#[test]
fn a_large_table_is_written_in_groups_and_a_table_of_nobody_is_a_file_as_well() {
    let row = one_row(&Tables { vibe: somebody("A").vibe, ..Tables::default() });
    let reader = read(&vec![row; 16_384 + 1]);
    let sizes: Vec<i64> = reader.metadata().row_groups().iter().map(|group| group.num_rows()).collect();
    assert_eq!(sizes, [16_384, 1]);
    assert_eq!(read(&[]).metadata().file_metadata().num_rows(), 0);
}

#[test]
fn a_row_as_json_names_each_feature_and_says_null_of_what_is_unknown() {
    let json = serde_json::to_value(one_row(&somebody("A"))).expect("JSON");
    assert_eq!(json.as_object().expect("an object").len(), 40);
    assert_eq!(json["Employee_ID"], "A");
    assert_eq!(json["Meetings_Attended_sum"], serde_json::Value::Null);
    assert_eq!(json["Joining_Date"], "2026-03-02");
    assert_eq!(json["Innovation Award_Count"], 1);
}

#[test]
fn only_what_moved_the_score_to_the_unusual_side_is_a_reason_and_five_are_problems() {
    let mut shares = [0.0; 20];
    shares[..8].copy_from_slice(&[-0.05, 0.9, -0.7, -0.1, -0.3, -0.6, -0.1, -0.01]);
    shares[10] = f64::NAN;
    let reasons = elara::Reasons::of(&shares);
    let told = |reasons: &[elara::Reason]| -> Vec<(f64, Option<&'static str>)> {
        reasons.iter().map(|reason| (reason.size, reason.severity.map(elara::Severity::elara))).collect()
    };
    let (low, medium) = (Some("moderate"), Some("significant"));
    assert_eq!(told(&reasons.problems), [(0.7, Some("severe")), (0.6, medium), (0.3, medium), (0.1, low), (0.1, low)]);
    assert_eq!(told(&reasons.others), [(0.05, None), (0.01, None)]);
    assert_eq!(reasons.problems[3].name, INPUTS[3].display_name, "equal ones are in the order of the inputs");
    assert_eq!(elara::Reasons::of(&[0.0; 20]), elara::Reasons::default());
}

#[test]
fn elaras_summary_has_her_columns_and_the_right_spelling_beside_and_the_most_unusual_first() {
    let (ann, bob) = (one_row(&somebody("ANN")), one_row(&somebody("BOB")));
    let mut shares = [0.0; 20];
    shares[12] = -0.5;
    let reasons = elara::Reasons::of(&shares);
    let of = |row, score| elara::Unusual { row, score, reasons: &reasons };
    let mut found = [of(&ann, -0.01), of(&bob, -0.2), of(&ann, -0.2)];
    elara::sort(&mut found);
    assert_eq!(found.map(|of| (of.row.employee.0.as_str(), of.score)), [("ANN", -0.2), ("BOB", -0.2), ("ANN", -0.01)]);
    assert_eq!(
        elara::heading(),
        "Employee_ID,Problems,Other Problems,Anamaly_Score,Anomaly_Score,Average Work Hours,Reward Factor,Performance Rating,Vibe Factor\r\n"
    );
    assert_eq!(elara::line(&found[1]), "BOB,\"[[\"\"Sick Leave\"\",0.5]]\",[],-0.2,-0.2,8,120,3,5\r\n");
}
