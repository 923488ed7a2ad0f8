use attune_ground::http::json::{self, UnknownFields};
use attune_ground::http::{Path, Problem, Query};
use attune_ground::time::{now_millis, rfc3339};
use axum::Json;
use axum::extract::{FromRef, Request, State};
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::super::folk::{self, Device, Somebody};
use super::super::{by, runs};
use super::{LARGEST_BODY, limit};
use crate::People;
use crate::access::{self, Of};
use crate::rights::Asker;

pub(super) fn router<S: Clone + Send + Sync + 'static>() -> OpenApiRouter<S>
where
    People: FromRef<S>,
{
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(one)).routes(routes!(code)).routes(routes!(revoke))
}

/// Somebody who is sensed.
#[derive(Serialize, ToSchema)]
struct PersonView {
    /// Their id, 32 hexadecimal digits.
    id: String,
    /// The outside user id.
    user_id: String,
    /// Since when they are known, RFC 3339.
    created_at: String,
    /// Devices that are theirs and not revoked.
    devices: u64,
    /// The id of the account with which they sign in; null for none.
    account: Option<String>,
}

impl From<&Somebody> for PersonView {
    fn from(one: &Somebody) -> Self {
        Self {
            id: one.person.to_string(),
            user_id: one.user_id.clone(),
            created_at: rfc3339(one.since),
            devices: one.devices,
            account: one.login.map(|login| login.to_string()),
        }
    }
}

/// A page of people.
#[derive(Serialize, ToSchema)]
struct PersonList {
    /// Those known last first.
    people: Vec<PersonView>,
    /// What the next page is asked for with; null on the last one.
    next_cursor: Option<String>,
}

/// A device.
#[derive(Serialize, ToSchema)]
struct DeviceView {
    /// Its id, 32 hexadecimal digits.
    id: String,
    /// When it was enrolled for this person last, RFC 3339.
    enrolled_at: String,
    /// When it was revoked, RFC 3339; null where it holds.
    revoked_at: Option<String>,
    /// When somebody last used a key that it had before it got another, RFC 3339; null where nobody did.
    former_key_used_at: Option<String>,
    /// Whether it was enrolled for somebody else since.
    is_anothers: bool,
}

impl From<Device> for DeviceView {
    fn from(device: Device) -> Self {
        Self {
            id: device.id.to_string(),
            enrolled_at: rfc3339(device.since),
            revoked_at: device.revoked_at.map(rfc3339),
            former_key_used_at: device.former_key_used_at.filter(|_| !device.is_anothers).map(rfc3339),
            is_anothers: device.is_anothers,
        }
    }
}

/// Somebody with their devices.
#[derive(Serialize, ToSchema)]
struct PersonDevices {
    /// The person.
    person: PersonView,
    /// The latest first.
    devices: Vec<DeviceView>,
}

/// Which people are asked for.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct PeopleQuery {
    /// Only those of this user id, in letters of any case: user ids lie sealed, and no part of one is found.
    name: Option<String>,
    /// People of a page, 1 to 200.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<i64>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// For whom a device is to be enrolled.
#[derive(Deserialize, ToSchema)]
struct CodeBody {
    /// The outside user id; somebody who is not known yet is from now on.
    #[schema(min_length = 1, max_length = 256, pattern = r"^[^\x00-\x1F\x7F-\x9F]+$")]
    user_id: String,
    /// How long the code can be used, minutes; 15 where it is left out.
    #[schema(minimum = 1, maximum = 10080)]
    valid_minutes: Option<i64>,
}

/// A one-time code, which is told here only.
#[derive(Serialize, ToSchema)]
struct CodeView {
    /// The code.
    code: String,
    /// What is run on the device.
    line: String,
    /// Until when it can be used, RFC 3339.
    expires_at: String,
}

/// People with a user id, those known last first.
#[utoipa::path(
    get, path = "/admin/people", tag = "administration", operation_id = "list_people", params(PeopleQuery),
    responses((status = 200, body = PersonList))
)]
async fn list(
    asker: Asker,
    State(people): State<People>,
    Query(asked): Query<PeopleQuery>,
) -> Result<Json<PersonList>, Problem> {
    runs(&asker)?;
    let (name, after) = (asked.name.unwrap_or_default(), asked.cursor.unwrap_or_default());
    let (found, next_cursor) = folk::page(&people, &name, &after, limit(asked.limit)?).await?;
    Ok(Json(PersonList { people: found.iter().map(PersonView::from).collect(), next_cursor }))
}

/// One person and their devices.
#[utoipa::path(
    get, path = "/admin/people/{id}", tag = "administration", operation_id = "get_person",
    params(("id" = String, Path, description = "the person's id, 32 hexadecimal digits")),
    responses(
        (status = 200, body = PersonDevices),
        (status = 404, body = Problem, content_type = "application/problem+json", description = "there is no such person"),
    )
)]
async fn one(
    asker: Asker,
    State(people): State<People>,
    Path(id): Path<String>,
) -> Result<Json<PersonDevices>, Problem> {
    runs(&asker)?;
    let person = folk::find(&people, &id).await?;
    access::read(&people.store, &asker, Of::Person(person.person)).await?;
    let devices = folk::devices(&people.store, person.person).await?;
    Ok(Json(PersonDevices { person: (&person).into(), devices: devices.into_iter().map(DeviceView::from).collect() }))
}

/// Makes a one-time code with which a device of somebody is enrolled.
#[utoipa::path(
    post, path = "/admin/codes", tag = "administration", operation_id = "make_code", request_body = CodeBody,
    responses(
        (status = 201, body = CodeView),
        (status = 410, body = Problem, content_type = "application/problem+json", description = "the person's data was erased"),
        (status = 415, body = Problem, content_type = "application/problem+json", description = "the body is not JSON"),
    )
)]
async fn code(
    asker: Asker,
    State(people): State<People>,
    request: Request,
) -> Result<(StatusCode, Json<CodeView>), Problem> {
    runs(&asker)?;
    let (body, _): (CodeBody, _) = json::take(&people.bodies, request, LARGEST_BODY, UnknownFields::Refused).await?;
    let made = folk::code(&people, &body.user_id, body.valid_minutes.unwrap_or(15), &by(&asker)).await?;
    let expires_at = rfc3339(now_millis() + made.minutes * 60_000);
    Ok((StatusCode::CREATED, Json(CodeView { code: made.code, line: made.line, expires_at })))
}

/// Revokes a device: nothing of it is taken in any more until it is enrolled anew.
#[utoipa::path(
    post, path = "/admin/devices/{id}/revoke", tag = "administration", operation_id = "revoke_device",
    params(("id" = String, Path, description = "the device's id, 32 hexadecimal digits")),
    responses(
        (status = 204, description = "it is revoked; what it has sent stays"),
        (status = 404, body = Problem, content_type = "application/problem+json", description = "there is no such device, or it was revoked already"),
    )
)]
async fn revoke(asker: Asker, State(people): State<People>, Path(id): Path<String>) -> Result<StatusCode, Problem> {
    runs(&asker)?;
    folk::revoke(&people.store, &id, &by(&asker)).await?;
    Ok(StatusCode::NO_CONTENT)
}
