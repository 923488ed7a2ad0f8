use attune_ground::http::{Problem, Query};
use attune_ground::time::now_millis;
use attune_people::me::Own;
use attune_people::rights::Asker;
use axum::Json;
use axum::extract::{FromRef, State};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::days::{self, HrOwnDay, HrOwnWeek};
use crate::own;
use crate::rows::Tables;
use crate::state::Hr;
use crate::turn::WAITS;

pub(super) fn router<S: Clone + Send + Sync + 'static>() -> OpenApiRouter<S>
where
    Hr: FromRef<S>,
{
    OpenApiRouter::new().routes(routes!(my_hr_calendar)).routes(routes!(my_hr_history))
}

/// Which month is asked for.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
struct CalendarQuery {
    /// The month, `2026-03`; that of the newest day in the tables where it is left out.
    month: Option<String>,
}

/// A month of oneself.
#[derive(Debug, Serialize, ToSchema)]
struct HrOwnMonth {
    /// Which, `2026-03`.
    month: String,
    /// All its days.
    days: Vec<HrOwnDay>,
}

/// Which weeks are asked for.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
struct HistoryQuery {
    /// A day of the first week.
    #[param(format = Date)]
    from: Option<String>,
    /// A day of the last week; the newest in the tables where it is left out.
    #[param(format = Date)]
    to: Option<String>,
}

/// Weeks of oneself.
#[derive(Debug, Serialize, ToSchema)]
struct HrOwnHistory {
    /// The earliest first.
    weeks: Vec<HrOwnWeek>,
}

/// What stands of who asks, and what day it is for them.
async fn standing(state: &Hr, asker: &Asker) -> Result<(Tables, Date), Problem> {
    let own = Own::of(state.people(), asker).await?;
    let times = state.people().calendar(Some(own.person)).await?;
    let today = times.date(now_millis()).ok_or_else(Problem::abandoned)?;
    let _turn = state.looking_at_own().within(WAITS).await?;
    Ok((days::standing(&own::all(state, &own.people).await?), today))
}

/// One's own month, day by day, as tables of HR have it: hours, meetings, messages, mails, mood and leave.
#[utoipa::path(
    get, path = "/me/hr/calendar", tag = "hr", operation_id = "my_hr_calendar", params(CalendarQuery),
    responses(
        (status = 200, body = HrOwnMonth),
        (status = 404, body = Problem, content_type = "application/problem+json", description = "the account is of nobody who is sensed"),
    )
)]
async fn my_hr_calendar(
    asker: Asker,
    State(state): State<Hr>,
    Query(asked): Query<CalendarQuery>,
) -> Result<Json<HrOwnMonth>, Problem> {
    let (tables, today) = standing(&state, &asker).await?;
    let first = days::month(&tables, today, asked.month.as_deref().unwrap_or_default())?;
    let month = first.strftime("%Y-%m").to_string();
    Ok(Json(HrOwnMonth { month, days: days::days(&tables, first) }))
}

/// One's own mood and activity by week, as tables of HR have them.
#[utoipa::path(
    get, path = "/me/hr/history", tag = "hr", operation_id = "my_hr_history", params(HistoryQuery),
    responses(
        (status = 200, body = HrOwnHistory),
        (status = 404, body = Problem, content_type = "application/problem+json", description = "the account is of nobody who is sensed"),
    )
)]
async fn my_hr_history(
    asker: Asker,
    State(state): State<Hr>,
    Query(asked): Query<HistoryQuery>,
) -> Result<Json<HrOwnHistory>, Problem> {
    let (tables, today) = standing(&state, &asker).await?;
    let days = [&asked.from, &asked.to].map(|day| day.as_deref().unwrap_or_default());
    Ok(Json(HrOwnHistory { weeks: days::weeks(&tables, today, days)? }))
}
