use attune_ground::http::json::{self, UnknownFields};
use attune_ground::http::{Path, Problem};
use attune_ground::time::rfc3339;
use axum::Json;
use axum::extract::{FromRef, Request, State};
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::super::{by, machines, runs};
use super::LARGEST_BODY;
use crate::People;
use crate::rights::{Asker, Permit};
use crate::sign_in::{ServiceToken, list_services};

pub(super) fn router<S: Clone + Send + Sync + 'static>() -> OpenApiRouter<S>
where
    People: FromRef<S>,
{
    OpenApiRouter::new().routes(routes!(list, make)).routes(routes!(revoke))
}

/// A machine's token, as far as it is kept.
#[derive(Serialize, ToSchema)]
struct ServiceView {
    /// Its id, 32 hexadecimal digits.
    id: String,
    /// What it is for.
    name: String,
    /// What it permits.
    permits: Vec<Permit>,
    /// When it was made, RFC 3339.
    made_at: String,
    /// When it ends, RFC 3339; null where it does not end by itself.
    expires_at: Option<String>,
    /// When it was revoked, RFC 3339; null where it was not.
    revoked_at: Option<String>,
    /// When it was used last, within an hour, RFC 3339; null where it never was.
    used_at: Option<String>,
}

impl From<ServiceToken> for ServiceView {
    fn from(token: ServiceToken) -> Self {
        Self {
            id: token.id.to_string(),
            name: token.name,
            permits: token.permits,
            made_at: rfc3339(token.made_at),
            expires_at: token.expires_at.map(rfc3339),
            revoked_at: token.revoked_at.map(rfc3339),
            used_at: token.used_at.map(rfc3339),
        }
    }
}

/// All tokens of machines.
#[derive(Serialize, ToSchema)]
struct ServiceList {
    /// The newest first.
    services: Vec<ServiceView>,
}

/// A token to be made.
#[derive(Deserialize, ToSchema)]
struct ServiceBody {
    /// What it is for.
    #[schema(min_length = 1, max_length = 80)]
    name: String,
    /// What it permits; one thing at least.
    #[schema(min_items = 1)]
    permits: Vec<Permit>,
    /// The last day on which it holds, UTC; it does not end by itself where it is left out.
    #[schema(format = Date)]
    until: Option<String>,
}

/// A token, which is told here only.
#[derive(Serialize, ToSchema)]
struct ServiceMade {
    /// Sent as `Authorization: Bearer TOKEN`.
    token: String,
}

/// All tokens of machines, the newest first.
#[utoipa::path(
    get, path = "/admin/services", tag = "administration", operation_id = "list_services",
    responses((status = 200, body = ServiceList))
)]
async fn list(asker: Asker, State(people): State<People>) -> Result<Json<ServiceList>, Problem> {
    runs(&asker)?;
    let services = list_services(&people.store).await?;
    Ok(Json(ServiceList { services: services.into_iter().map(ServiceView::from).collect() }))
}

/// Makes a token of a machine.
#[utoipa::path(
    post, path = "/admin/services", tag = "administration", operation_id = "make_service", request_body = ServiceBody,
    responses(
        (status = 201, body = ServiceMade),
        (status = 415, body = Problem, content_type = "application/problem+json", description = "the body is not JSON"),
    )
)]
async fn make(
    asker: Asker,
    State(people): State<People>,
    request: Request,
) -> Result<(StatusCode, Json<ServiceMade>), Problem> {
    let login = runs(&asker)?;
    let (body, _): (ServiceBody, _) = json::take(&people.bodies, request, LARGEST_BODY, UnknownFields::Refused).await?;
    let until = body.until.as_deref();
    let token = machines::make(&people, (login, &by(&asker)), &body.name, &body.permits, until).await?;
    Ok((StatusCode::CREATED, Json(ServiceMade { token })))
}

/// Ends a token of a machine at once.
#[utoipa::path(
    post, path = "/admin/services/{id}/revoke", tag = "administration", operation_id = "revoke_service",
    params(("id" = String, Path, description = "the token's id, 32 hexadecimal digits")),
    responses(
        (status = 204, description = "it holds no more"),
        (status = 404, body = Problem, content_type = "application/problem+json", description = "there is no such token, or it was revoked already"),
    )
)]
async fn revoke(asker: Asker, State(people): State<People>, Path(id): Path<String>) -> Result<StatusCode, Problem> {
    runs(&asker)?;
    machines::revoke(&people, &id, &by(&asker)).await?;
    Ok(StatusCode::NO_CONTENT)
}
