use attune_ground::Source;
use attune_ground::http::json::{self, UnknownFields};
use attune_ground::http::{Client, Problem};
use axum::extract::{FromRef, Request, State};
use axum::http::uri::Authority;
use axum::http::{StatusCode, header};
use axum::routing::get;
use axum::{Json, Router};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::super::{Tokens, Visit, find, public_keys, tokens};
use crate::People;
use crate::rights::{Asker, Role};

/// Bytes of a body here.
const LARGEST_BODY: usize = 16 << 10;

pub(super) fn router<S: Clone + Send + Sync + 'static>() -> OpenApiRouter<S>
where
    People: FromRef<S>,
{
    OpenApiRouter::new()
        .routes(routes!(sign_in))
        .routes(routes!(refresh))
        .routes(routes!(sign_out))
        .routes(routes!(who))
        .routes(routes!(keys))
}

pub(super) fn unversioned<S: Clone + Send + Sync + 'static>() -> Router<S>
where
    People: FromRef<S>,
{
    Router::new().route("/.well-known/jwks.json", get(keys))
}

/// Who signs in.
#[derive(Deserialize, ToSchema)]
struct SignInBody {
    /// The name, or the address of mail.
    #[schema(min_length = 1, max_length = 256)]
    username: String,
    /// The password.
    #[schema(max_length = 512)]
    password: String,
    /// A code of the second factor, or a recovery code, where the account has one.
    code: Option<String>,
}

/// A refresh token.
#[derive(Deserialize, ToSchema)]
struct RefreshBody {
    /// As it was told.
    #[schema(max_length = 256)]
    refresh_token: String,
}

/// What each next request shows.
#[derive(Serialize, ToSchema)]
struct TokensView {
    /// A JWT, signed by Ed25519: sent as `Authorization: Bearer TOKEN`.
    access_token: String,
    /// `Bearer`.
    token_type: &'static str,
    /// How long it holds, seconds.
    expires_in: i64,
    /// For the next two; it is used once, and used again it ends all that came from this sign-in.
    refresh_token: String,
}

impl From<Tokens> for TokensView {
    fn from(tokens: Tokens) -> Self {
        Self {
            access_token: tokens.access,
            token_type: "Bearer",
            expires_in: tokens.expires_in,
            refresh_token: tokens.refresh,
        }
    }
}

/// Who is signed in.
#[derive(Serialize, ToSchema)]
struct WhoView {
    /// Their id.
    id: String,
    /// The name with which they sign in.
    username: String,
    /// What they are.
    roles: Vec<Role>,
    /// Whether they are somebody who may be sensed.
    has_person: bool,
    /// Whether a second factor is set up.
    has_second_factor: bool,
}

/// Where a request comes from, for the pace of tries.
pub(in crate::sign_in) fn visit(request: &Request) -> Visit {
    let client = request.extensions().get::<Client>().copied().unwrap_or_default();
    Visit::new(request.headers(), Source::from(client.address), client.secure)
}

/// The name by which a request asks, `HOST` or `HOST:PORT`, which the guard has found to be one of the collector's.
pub(in crate::sign_in) fn asked_by(request: &Request) -> &str {
    let named = request.headers().get(header::HOST).and_then(|host| host.to_str().ok());
    request.uri().authority().map(Authority::as_str).or(named).unwrap_or_default()
}

/// Signs a program in with a name and a password.
#[utoipa::path(
    post, path = "/auth/token", tag = "sign-in", operation_id = "sign_in", request_body = SignInBody,
    responses(
        (status = 200, body = TokensView),
        (status = 401, body = Problem, content_type = "application/problem+json", description = "name, password or code is wrong, or a code is missing"),
        (status = 403, body = Problem, content_type = "application/problem+json", description = "a second factor is to be set up with a browser first"),
        (status = 429, body = Problem, content_type = "application/problem+json", description = "too many tries; Retry-After says when to try again"),
    )
)]
async fn sign_in(State(people): State<People>, request: Request) -> Result<Json<TokensView>, Problem> {
    let visit = visit(&request);
    let (body, _): (SignInBody, _) = json::take(&people.bodies, request, LARGEST_BODY, UnknownFields::Refused).await?;
    let (_, tokens) = people.issue_tokens(&visit, &body.username, body.password, body.code.as_deref()).await?;
    Ok(Json(tokens.into()))
}

/// Gives new tokens for a refresh token, which is used up by that.
#[utoipa::path(
    post, path = "/auth/refresh", tag = "sign-in", operation_id = "refresh_tokens", request_body = RefreshBody,
    responses(
        (status = 200, body = TokensView),
        (status = 401, body = Problem, content_type = "application/problem+json", description = "it is not known, was used, was revoked or has ended"),
    )
)]
async fn refresh(State(people): State<People>, request: Request) -> Result<Json<TokensView>, Problem> {
    let (body, _): (RefreshBody, _) = json::take(&people.bodies, request, LARGEST_BODY, UnknownFields::Refused).await?;
    let (_, tokens) = people.refresh_tokens(&body.refresh_token).await?;
    Ok(Json(tokens.into()))
}

/// Signs a program out: its refresh token, and all tokens that came from the same sign-in, hold no more.
#[utoipa::path(
    post, path = "/auth/revoke", tag = "sign-in", operation_id = "sign_out", request_body = RefreshBody,
    responses((status = 204, description = "it holds no more, if it ever did"))
)]
async fn sign_out(State(people): State<People>, request: Request) -> Result<StatusCode, Problem> {
    let (body, _): (RefreshBody, _) = json::take(&people.bodies, request, LARGEST_BODY, UnknownFields::Refused).await?;
    if let Some((login, family)) = tokens::use_up(&people.store, &body.refresh_token).await? {
        tokens::revoke(&people.store, login, family).await?;
    }
    Ok(StatusCode::NO_CONTENT)
}

/// Who is signed in.
#[utoipa::path(
    get, path = "/auth/who", tag = "sign-in", operation_id = "who_am_i",
    responses((status = 200, body = WhoView))
)]
async fn who(State(people): State<People>, asker: Asker) -> Result<Json<WhoView>, Problem> {
    let nobody = || Problem::unauthorized("nobody is signed in");
    let login = find(&people.store, &people.keys, asker.login().ok_or_else(nobody)?).await?.ok_or_else(nobody)?;
    Ok(Json(WhoView {
        id: login.id.to_string(),
        username: login.name,
        roles: login.roles,
        has_person: login.person.is_some(),
        has_second_factor: login.has_second_factor,
    }))
}

/// The keys with which others check access tokens, as a JWK set (RFC 7517).
#[utoipa::path(
    get, path = "/auth/keys", tag = "sign-in", operation_id = "token_keys",
    responses((status = 200, body = Value))
)]
async fn keys(State(people): State<People>) -> Result<Json<Value>, Problem> {
    Ok(Json(public_keys(&people.store, &people.own).await?))
}
