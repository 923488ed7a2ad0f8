//! Six tables at once, as clients of Elara and OpenSoft hand them in, at their paths and with their answers.
//!
//! Those programs have no step between giving a table and having it: where nothing is asked, all six are taken in at once, and whoever is in
//! them is known from then on. Where one can't be read, or leaves something open, none is.

mod unusual;

use std::collections::BTreeMap;

use attune_ground::http::Problem;
use attune_people::access::By;
use attune_people::rights::Asker;
use axum::extract::{FromRef, Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use serde_json::{Value, json};

use crate::error::HrError;
use crate::form::{self, Came};
use crate::rows::Table;
use crate::state::Hr;
use crate::take::{self, Decision};
use crate::turn::WAITS;
use crate::uploads::{self, Strangers, Upload, written};
use crate::work;

/// Problems of a table that are told.
const TOLD: usize = 100;

/// Where the master table is fetched.
const MASTER: &str = "/api/v1/hr/master.csv";

pub(crate) fn router<S: Clone + Send + Sync + 'static>() -> Router<S>
where
    Hr: FromRef<S>,
{
    Router::new()
        .route("/api/process-hr-metrics", post(process))
        .route("/api/process-hr-metrics/", post(process))
        .route("/api/merge-hr-files", post(merge_files))
        .route("/api/merge-hr-files/", post(merge_files))
        .route("/api/run-merge", post(merge))
        .route("/api/run-merge/", post(merge))
        .route("/run-merge", post(merge))
        .route("/run-merge/", post(merge))
        .route("/api/detect-anomalies", post(unusual::detect))
        .route("/api/detect-anomalies/", post(unusual::detect))
}

/// Takes in the six tables.
async fn process(asker: Asker, State(state): State<Hr>, request: Request) -> Response {
    match taken(&state, &asker, request).await {
        Ok(taken) => (StatusCode::OK, Json(taken)).into_response(),
        Err(problem) => refused(problem),
    }
}

/// Takes in the six tables, and says where what they make is fetched.
async fn merge_files(asker: Asker, State(state): State<Hr>, request: Request) -> Response {
    match taken(&state, &asker, request).await {
        Ok(taken) => merged(&taken["problems"]),
        Err(problem) => refused(problem),
    }
}

/// Says where what the tables make that stand is fetched: it is made anew each time that it is.
async fn merge(State(state): State<Hr>) -> Response {
    let standing = match uploads::versions(state.store().pool()).await.map_err(HrError::from) {
        Ok(standing) => standing,
        Err(error) => return refused(error.into()),
    };
    match standing.is_empty() {
        true => refused(Problem::bad_request("file", "No HR tables are here yet: upload them first")),
        false => merged(&json!({})),
    }
}

fn merged(problems: &Value) -> Response {
    let answer = json!({"success": true, "message": "HR files merged", "file_url": MASTER, "problems": problems});
    (StatusCode::OK, Json(answer)).into_response()
}

/// A problem as those programs have it, with the headers that it has in ours.
fn refused(problem: Problem) -> Response {
    let body = json!({"error": problem.detail});
    let (mut parts, _) = problem.into_response().into_parts();
    parts.headers.remove(header::CONTENT_TYPE);
    let mut response = Json(body).into_response();
    *response.status_mut() = parts.status;
    response.headers_mut().extend(parts.headers);
    response
}

/// All six tables of a form, taken in; or none of them.
async fn taken(state: &Hr, asker: &Asker, request: Request) -> Result<Value, Problem> {
    state.check_given()?;
    let came = form::take(state, asker, request, &Table::ALL.map(Table::part)).await?;
    let decided = async {
        let (by, checked) = (By::asker(asker), checked(state, &came).await?);
        decide(state, by.as_ref(), &checked).await?;
        Ok::<_, Problem>(checked)
    };
    let checked = match decided.await {
        Ok(checked) => checked,
        Err(problem) => {
            form::drop_all(state, &came.tables).await;
            return Err(problem);
        }
    };
    // From here on all of them are to be taken in: where this is cut off, the collectors' jobs go on with it.
    for (_, upload) in &checked {
        work::go_on(state, upload.id, Some(WAITS)).await.map_err(|error| match error {
            HrError::Crowded => {
                Problem::busy("all six are taken in as soon as it is their turn; /hr says how they stand")
            }
            error => error.into(),
        })?;
    }
    Ok(told(&checked))
}

/// All six, read, where nothing of them is left open.
async fn checked(state: &Hr, came: &Came) -> Result<Vec<(Table, Upload)>, Problem> {
    let of = |table: Table| came.tables.iter().find(|(part, _)| part == table.part());
    let missing: Vec<&str> = Table::ALL.into_iter().filter(|table| of(*table).is_none()).map(Table::part).collect();
    if !missing.is_empty() {
        return Err(Problem::bad_request("file", format!("Missing required CSV files: {}", missing.join(", "))));
    }
    let mut checked = Vec::new();
    for table in Table::ALL {
        let Some((_, upload)) = of(table) else { continue };
        form::whole(state, upload, Some(table)).await?;
        work::go_on(state, upload.id, Some(WAITS)).await?;
        checked.push((table, look(state, table, upload).await?));
    }
    Ok(checked)
}

/// Has all of them taken in, or none.
async fn decide(state: &Hr, by: Option<&By>, checked: &[(Table, Upload)]) -> Result<(), Problem> {
    let decision = |upload: &Upload| {
        let has_strangers = upload.about.report.as_ref().is_some_and(|report| report.strangers > 0);
        Decision { strangers: has_strangers.then_some(Strangers::TakeIn), ..Decision::default() }
    };
    let all: Vec<_> = checked.iter().map(|(_, upload)| (upload.clone(), decision(upload))).collect();
    take::decide_all(state, &all, by).await
}

/// A table that was read, where nothing of it is left open.
async fn look(state: &Hr, table: Table, came: &Upload) -> Result<Upload, Problem> {
    let upload = uploads::find(state, came.id).await?.ok_or_else(Problem::abandoned)?;
    let Some(report) = &upload.about.report else {
        return Err(named(table, Problem::conflict("file", "it was thrown away while it was read")));
    };
    let why = match (&report.refused, report.questions.first()) {
        (Some(why), _) => why.clone(),
        (None, Some(question)) => format!("it leaves something open: {} Upload it at /hr to answer", question.asks),
        (None, None) if report.rows == 0 => match report.problems.first() {
            Some(first) => format!("no row of it can be taken in; row {}: {}", first.row, first.says),
            None => "it has no rows".to_owned(),
        },
        (None, None) => return Ok(upload),
    };
    Err(named(table, Problem::unprocessable(table.part(), why)))
}

fn named(table: Table, problem: Problem) -> Problem {
    Problem { detail: format!("{}: {}", table.part(), problem.detail), ..problem }
}

/// What became of them, as those programs say it, with what is wrong in each.
fn told(checked: &[(Table, Upload)]) -> Value {
    let (mut saved, mut urls, mut problems) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
    for (table, upload) in checked {
        saved.insert(table.part(), upload.about.name.clone());
        urls.insert(table.part(), format!("/api/v1/hr/datasets/{}", written(&upload.id)));
        let report = upload.about.report.as_ref();
        let found: Vec<Value> = report
            .iter()
            .flat_map(|report| report.problems.iter().take(TOLD))
            .map(|problem| json!({"row": problem.row, "column": problem.column, "problem": problem.says}))
            .collect();
        if !found.is_empty() {
            problems.insert(table.part(), found);
        }
    }
    json!({
        "success": true,
        "message": "All HR files were taken in",
        "saved_files": saved,
        "file_urls": urls,
        "problems": problems,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gone;
    use crate::merged::rows;
    use crate::tests::{ACTIVITY, Here, form as sent};
    use crate::uploads::Standing;

    const REST: [(&str, &str); 5] = [
        (
            "leave_file",
            "Employee_ID,Leave_Type,Leave_Days,Leave_Start_Date,Leave_End_Date\nE1,Sick Leave,2,2026-03-04,2026-03-05\n",
        ),
        (
            "onboarding_file",
            "Employee_ID,Joining_Date,Onboarding_Feedback,Mentor_Assigned,Initial_Training_Completed\nE1,2025-01-13,Good,True,False\n",
        ),
        (
            "performance_file",
            "Employee_ID,Review_Period,Performance_Rating,Manager_Feedback,Promotion_Consideration\nE1,H1 2025,3,Meets Expectations,FALSE\n",
        ),
        ("rewards_file", "Employee_ID,Award_Type,Award_Date,Reward_Points\nE3,Star Performer,2025-06-13,100\n"),
        ("vibemeter_file", "Employee_ID,Response_Date,Vibe_Score,Emotion_Zone\nE1,2026-03-13,4,Neutral Zone (OK)\n"),
    ];

    /// A form of the six tables, with another text for one of them; none where that is left out.
    fn six(other: &str, text: Option<&str>) -> Request {
        let all = [("activity_file", ACTIVITY)].into_iter().chain(REST);
        let parts =
            all.filter_map(|(part, own)| Some((part, Some("table.csv"), if part == other { text? } else { own })));
        sent(&parts.collect::<Vec<_>>())
    }

    async fn employees(here: &Here) -> Vec<String> {
        let rows = rows(&here.state).await.unwrap_or_else(|problem| panic!("{problem:?}")).rows;
        rows.into_iter().map(|row| row.employee.0).collect()
    }

    #[tokio::test]
    async fn six_tables_are_taken_in_at_once_with_whoever_is_in_them_on_each_database() {
        for here in Here::each().await {
            let told = taken(&here.state, &Asker::open(), six("", None)).await.expect("taken in");
            assert_eq!(told["success"], json!(true));
            for list in ["saved_files", "file_urls"] {
                let parts: Vec<&String> = told[list].as_object().expect("an object").keys().collect();
                assert_eq!(parts.len(), 6, "{list}: {parts:?}");
            }
            assert_eq!(employees(&here).await, ["E1", "E2", "E3"]);
            let wrong = "Employee_ID,Date,Teams_Messages_Sent,Emails_Sent,Meetings_Attended,Work_Hours\n\
                E1,2026-03-02,4,2,1,25\nE1,2026-03-03,4,2,1,8\n";
            let told = taken(&here.state, &Asker::open(), six("activity_file", Some(wrong))).await.expect("taken in");
            let problem = &told["problems"]["activity_file"][0];
            assert_eq!((&problem["row"], &problem["column"]), (&json!(2), &json!("Work_Hours")), "{told}");
        }
    }

    #[tokio::test]
    async fn six_tables_are_decided_on_together_and_what_is_cut_off_then_is_gone_on_with_on_each_database() {
        for here in Here::each().await {
            let parts = Table::ALL.map(Table::part);
            let read = async || {
                let came = form::take(&here.state, &Asker::open(), six("", None), &parts).await.expect("came");
                checked(&here.state, &came).await.expect("read")
            };
            let standing = async |of: &[(Table, Upload)]| {
                let mut all = Vec::new();
                for (_, upload) in of {
                    all.push(uploads::find(&here.state, upload.id).await.expect("reads").expect("there").standing);
                }
                all
            };
            let six = read().await;
            gone::drop_waiting(&here.state, six[5].1.id, Standing::Checked).await.expect("thrown away");
            let refused = decide(&here.state, None, &six).await.expect_err("one of them is not here any more");
            assert_eq!((refused.status, &standing(&six).await[..5]), (409, &[Standing::Checked; 5][..]));

            let six = read().await;
            decide(&here.state, None, &six).await.expect("decided");
            assert_eq!(standing(&six).await, [Standing::Taking; 6]);
            for (_, upload) in &six {
                work::go_on(&here.state, upload.id, None).await.expect("as a job does");
            }
            assert_eq!(employees(&here).await, ["E1", "E2", "E3"]);
        }
    }

    #[tokio::test]
    async fn where_one_of_six_tables_is_missing_or_none_all_of_before_stand_on_each_database() {
        for here in Here::each().await {
            for part in Table::ALL.map(Table::part) {
                let refused = taken(&here.state, &Asker::open(), six(part, None)).await.expect_err("one is missing");
                let wanted = format!("Missing required CSV files: {part}");
                assert_eq!((refused.status, refused.detail), (400, wanted));
            }
            assert_eq!(employees(&here).await, Vec::<String>::new());
            taken(&here.state, &Asker::open(), six("", None)).await.expect("taken in");
            for text in ["", "\0\u{1}\u{2}", REST[3].1, "Employee_ID,Response_Date,Vibe_Score,Emotion_Zone\n"] {
                let refused = taken(&here.state, &Asker::open(), six("vibemeter_file", Some(text))).await;
                let refused = refused.expect_err("it is none");
                assert!(refused.status == 422 && refused.detail.starts_with("vibemeter_file: "), "{refused:?}");
            }
            assert_eq!(employees(&here).await, ["E1", "E2", "E3"]);
            assert_eq!(here.database.count("hr_pieces").await, 0);
        }
    }
}
