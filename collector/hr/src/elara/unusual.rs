//! Who is unusual, as clients of Elara and OpenSoft ask for it, with the columns of Elara's summary.

use attune_ground::http::Problem;
use attune_ground::http::json::{self, UnknownFields};
use attune_people::access::By;
use attune_people::rights::Asker;
use axum::Json;
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Value, json};

use super::refused;
use crate::error::HrError;
use crate::master::elara::{Reason, Reasons};
use crate::rows::Employee;
use crate::state::Hr;
use crate::unusual::{self, Flag, Standing, Wish};
use crate::uploads;

/// Bytes of a body.
const LARGEST: usize = 64 << 10;

/// What those programs send, if anything.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Body {
    contamination: Option<f64>,
    /// Elara's name for the same.
    sensitivity: Option<f64>,
    seed: Option<u64>,
}

/// Has it looked for who is unusual, and answers whom it flags, the most unusual first.
pub(super) async fn detect(asker: Asker, State(state): State<Hr>, request: Request) -> Response {
    found(&state, &asker, request).await.unwrap_or_else(refused)
}

async fn found(state: &Hr, asker: &Asker, request: Request) -> Result<Response, Problem> {
    state.check_flagged()?;
    let body = match request.headers().contains_key(header::CONTENT_TYPE) {
        true => json::take::<Body>(state.people().bodies(), request, LARGEST, UnknownFields::Ignored).await?.0,
        false => Body::default(),
    };
    let wish = Wish::of(body.contamination.or(body.sensitivity), body.seed)?;
    if uploads::versions(state.store().pool()).await.map_err(HrError::from)?.is_empty() {
        return Err(Problem::bad_request("file", "No HR tables are here yet: upload them first"));
    }
    let search = unusual::find_now(state, By::asker(asker).as_ref(), &wish).await?;
    match search.standing {
        Standing::Asked => {
            let message = "It is being looked for who is unusual; GET /api/v1/hr/flags says whom it flags";
            Ok((StatusCode::ACCEPTED, Json(json!({"success": true, "message": message}))).into_response())
        }
        Standing::NotMade => {
            let why = "Fewer than ten employees are in the tables: nobody stands out among so few";
            Err(Problem::unprocessable("file", why))
        }
        Standing::Made => {
            let flags = unusual::all(state).await?;
            let of_it = flags.all.iter().filter(|(_, flag)| flag.detection == search.id);
            let anomalies: Vec<Value> = of_it.map(|(employee, flag)| row(employee, flag)).collect();
            let answer = json!({
                "success": true,
                "message": "Anomaly detection completed",
                "employees": search.people,
                "contamination": search.wish.share,
                "anomalies": anomalies,
            });
            Ok(Json(answer).into_response())
        }
    }
}

/// A row of Elara's summary. She misspells the score; the right spelling stands beside it.
fn row(employee: &Employee, Flag { found, .. }: &Flag) -> Value {
    let Reasons { problems, others } = Reasons::of(&found.contributions());
    let pairs =
        |reasons: &[Reason]| -> Vec<Value> { reasons.iter().map(|reason| json!([reason.name, reason.size])).collect() };
    let severities: Vec<Option<&str>> =
        problems.iter().map(|reason| reason.severity.map(|severity| severity.elara())).collect();
    json!({
        "Employee_ID": employee.0,
        "Problems": pairs(&problems),
        "Other Problems": pairs(&others),
        "Severities": severities,
        "Anamaly_Score": found.decision,
        "Anomaly_Score": found.decision,
        "Average Work Hours": found.hours,
        "Reward Factor": found.points,
        "Performance Rating": found.rating,
        "Vibe Factor": found.vibe,
    })
}
