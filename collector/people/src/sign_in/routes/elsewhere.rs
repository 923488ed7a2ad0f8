//! The paths at which clients of MindPulse, OpenSoft and Elara sign in, with what those systems put around an answer.

use attune_ground::http::Problem;
use attune_ground::http::envelope::{refused, told};
use attune_ground::http::json::{self, UnknownFields};
use axum::Router;
use axum::extract::{FromRef, Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use serde::Deserialize;
use serde_json::{Value, json};

use super::super::logins::{self, NewLogin};
use super::super::{Login, Tokens};
use super::auth::visit;
use crate::People;
use crate::rights::{Asker, Role};

/// Bytes of a body here.
const LARGEST_BODY: usize = 16 << 10;

pub(super) fn router<S: Clone + Send + Sync + 'static>() -> Router<S>
where
    People: FromRef<S>,
{
    Router::new()
        .route("/api/auth/login", post(login))
        .route("/api/auth/login/", post(login))
        .route("/api/auth/register", post(register))
        .route("/api/auth/register/", post(register))
        .route("/api/auth/token/refresh", post(refresh))
        .route("/api/auth/token/refresh/", post(refresh))
        .route("/api/auth/dashboard/employee", get(employee))
        .route("/api/auth/dashboard/employee/", get(employee))
        .route("/api/auth/dashboard/manager", get(manager))
        .route("/api/auth/dashboard/manager/", get(manager))
        .route("/api/auth/dashboard/admin", get(admin))
        .route("/api/auth/dashboard/admin/", get(admin))
}

#[derive(Deserialize)]
struct Named {
    username: Option<String>,
    email: Option<String>,
    password: String,
    code: Option<String>,
}

#[derive(Deserialize)]
struct Refresh {
    refresh: String,
}

async fn login(State(people): State<People>, request: Request) -> Response {
    signed_in(&people, request).await.unwrap_or_else(refused)
}

async fn signed_in(people: &People, request: Request) -> Result<Response, Problem> {
    let visit = visit(&request);
    let (body, _): (Named, _) = json::take(&people.bodies, request, LARGEST_BODY, UnknownFields::Ignored).await?;
    let name = body.username.or(body.email);
    let name = name.ok_or_else(|| Problem::bad_request("username", "username or email is missing"))?;
    let (login, tokens) = people.issue_tokens(&visit, &name, body.password, body.code.as_deref()).await?;
    Ok(told(StatusCode::OK, "Signed in", with_tokens(&login, &tokens)))
}

fn with_tokens(login: &Login, tokens: &Tokens) -> Value {
    json!({"access": tokens.access, "refresh": tokens.refresh, "expires_in": tokens.expires_in, "user": user(login)})
}

fn user(login: &Login) -> Value {
    let role = login.roles.last().map(|role| role.name());
    json!({"id": login.id.to_string(), "username": login.name, "email": login.mail, "role": role, "roles": login.roles})
}

async fn refresh(State(people): State<People>, request: Request) -> Response {
    refreshed(&people, request).await.unwrap_or_else(refused)
}

async fn refreshed(people: &People, request: Request) -> Result<Response, Problem> {
    let (body, _): (Refresh, _) = json::take(&people.bodies, request, LARGEST_BODY, UnknownFields::Ignored).await?;
    let (login, tokens) = people.refresh_tokens(&body.refresh).await?;
    Ok(told(StatusCode::OK, "New tokens", with_tokens(&login, &tokens)))
}

async fn register(State(people): State<People>, request: Request) -> Response {
    registered(&people, request).await.unwrap_or_else(refused)
}

/// Makes an account for who asks, of an employee and of nobody else: no role is had by asking for it.
async fn registered(people: &People, request: Request) -> Result<Response, Problem> {
    if !people.settings.registration {
        return Err(Problem::forbidden("accounts are made by an administrator here; ask for an invitation"));
    }
    let visit = visit(&request);
    people.count_registration(&visit).await?;
    let (body, _): (Named, _) = json::take(&people.bodies, request, LARGEST_BODY, UnknownFields::Ignored).await?;
    let name = body.username.ok_or_else(|| Problem::bad_request("username", "username is missing"))?;
    let password = people.new_password("password", &name, body.password).await?;
    let new = NewLogin {
        name: &name,
        user_id: None,
        mail: body.email.as_deref().filter(|mail| !mail.is_empty()),
        roles: &[Role::Employee],
        password: Some(password),
        may_exist: false,
    };
    let mut transaction = people.store.begin().await?;
    let made = logins::create(&mut transaction, &people.keys, &people.own, new).await?;
    let Ok(id) = made else { return Err(Problem::conflict("username", "this name or this address of mail is taken")) };
    transaction.commit().await?;
    let login = logins::find(&people.store, &people.keys, id).await?;
    let login = login.ok_or_else(|| Problem::not_found("this account was removed meanwhile"))?;
    Ok(told(StatusCode::CREATED, "Account made; sign in with it", json!({"user": user(&login)})))
}

async fn employee(State(people): State<People>, asker: Asker) -> Response {
    dashboard(
        &people,
        &asker,
        &[("Your own records", "/me"), ("Your sessions", "/api/v1/sessions"), ("Your account", "/account")],
    )
    .await
}

async fn manager(State(people): State<People>, asker: Asker) -> Response {
    dashboard(&people, &asker, &[("Your teams", "/teams"), ("Your account", "/account")]).await
}

async fn admin(State(people): State<People>, asker: Asker) -> Response {
    dashboard(&people, &asker, &[("Accounts", "/admin"), ("Health", "/api/v1/health"), ("Your account", "/account")])
        .await
}

/// Who one is, and where one's pages are.
async fn dashboard(people: &People, asker: &Asker, places: &[(&str, &str)]) -> Response {
    let whose = async {
        let gone = || Problem::unauthorized("nobody is signed in");
        let login =
            logins::find(&people.store, &people.keys, asker.login().ok_or_else(gone)?).await?.ok_or_else(gone)?;
        let places: Vec<Value> = places.iter().map(|(title, path)| json!({"title": title, "path": path})).collect();
        Ok(told(StatusCode::OK, "Your pages", json!({"user": user(&login), "pages": places})))
    };
    whose.await.unwrap_or_else(refused)
}
