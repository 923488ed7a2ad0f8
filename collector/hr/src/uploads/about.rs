use attune_ground::GroundError;
use attune_protocol::seal::SealKey;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::report::TableReport;
use crate::sealed::{UploadId, about_context};

/// Format version; it stands in the first byte.
const VERSION: u8 = 1;

/// What becomes of rows about employees who are not known here.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Strangers {
    /// They are left out.
    LeaveOut,
    /// They are known from then on.
    TakeIn,
}

/// What is known of an upload, and lies sealed: the name of a file may tell of somebody.
#[derive(Clone, PartialEq, Eq, Default, Debug, Serialize, Deserialize)]
pub(crate) struct About {
    /// What its file is called.
    pub(crate) name: String,
    /// The SHA-256 of its bytes, hexadecimal, once they have come.
    pub(crate) sha256: String,
    /// What was answered; null where nothing was.
    pub(crate) answers: Value,
    /// What becomes of employees who are not known, once it was decided.
    pub(crate) strangers: Option<Strangers>,
    /// Of its employees, how many nobody can be known by here, whatever is decided.
    #[serde(default)]
    pub(crate) nameless: u64,
    /// What was found in it, once it was read.
    pub(crate) report: Option<TableReport>,
}

impl About {
    /// Seals it in its place.
    pub(crate) fn seal(&self, own: &SealKey, upload: &UploadId) -> Result<Vec<u8>, GroundError> {
        let mut bytes = vec![VERSION];
        serde_json::to_writer(&mut bytes, self)
            .map_err(|_| GroundError::Corrupt("what is known of an upload can be written"))?;
        Ok(own.seal(&about_context(upload), &bytes))
    }

    /// Opens it; none where it does not open.
    pub(super) fn open(own: &SealKey, upload: &UploadId, sealed: &[u8]) -> Option<Self> {
        let bytes = own.open(&about_context(upload), sealed).ok()?;
        let (&VERSION, body) = bytes.split_first()? else { return None };
        serde_json::from_slice(body).ok()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::report::{TableChoice, TableProblem, TableQuestion};

    #[test]
    fn what_is_known_of_an_upload_of_version_1_reads_as_it_always_did() {
        let golden = concat!(
            r#"{"name":"a.csv","sha256":"00","answers":{"dates":"month_first"},"strangers":"leave_out","report":{"encoding":"UTF-8","#,
            r#""delimiter":",","sheet":null,"rows":2,"employees":1,"strangers":1,"problems":[{"row":2,"column":"Date","kind":"date","#,
            r#""says":"x"}],"more_problems":0,"notes":["y"],"questions":[{"asked":"dates","asks":"z","choices":[{"says":"w","answers":"#,
            r#"{"dates":"month_first"}}],"columns":[],"words":[]}],"offers":[],"refused":null}}"#,
        );
        let report = TableReport {
            encoding: Some("UTF-8".into()),
            delimiter: Some(",".into()),
            rows: 2,
            employees: 1,
            strangers: 1,
            problems: vec![TableProblem { row: 2, column: Some("Date".into()), kind: "date".into(), says: "x".into() }],
            notes: vec!["y".into()],
            questions: vec![TableQuestion {
                asked: "dates".into(),
                asks: "z".into(),
                choices: vec![TableChoice { says: "w".into(), answers: json!({"dates": "month_first"}) }],
                columns: Vec::new(),
                words: Vec::new(),
            }],
            ..TableReport::default()
        };
        let about = About {
            name: "a.csv".into(),
            sha256: "00".into(),
            answers: json!({"dates": "month_first"}),
            strangers: Some(Strangers::LeaveOut),
            nameless: 0,
            report: Some(report),
        };
        let (own, place) = (SealKey::generate(), [3; 16]);
        let sealed = own.seal(&about_context(&place), &[b"\x01".as_slice(), golden.as_bytes()].concat());
        assert_eq!(About::open(&own, &place, &sealed), Some(about.clone()));
        let again = about.seal(&own, &place).expect("sealed");
        assert_eq!(About::open(&own, &place, &again), Some(about));
        assert_eq!(About::open(&own, &[4; 16], &again), None, "of another upload");
    }
}
