use attune_ground::http::json::{self, UnknownFields};
use attune_ground::http::{Client, Path, Problem, Query};
use attune_ground::time::{now_millis, rfc3339};
use axum::Json;
use axum::extract::{FromRef, Request, State};
use axum::http::{HeaderMap, StatusCode};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::super::accounts::{self, Change, Filter};
use super::super::{by, link_of, runs};
use super::{LARGEST_BODY, limit};
use crate::People;
use crate::access::{self, Of};
use crate::rights::{Asker, Role};
use crate::sign_in::{LINK_MILLIS, Login, NewLogin};

pub(super) fn router<S: Clone + Send + Sync + 'static>() -> OpenApiRouter<S>
where
    People: FromRef<S>,
{
    OpenApiRouter::new().routes(routes!(list, make)).routes(routes!(one, change)).routes(routes!(link))
}

/// Somebody who signs in.
#[derive(Serialize, ToSchema)]
struct AccountView {
    /// Its id, 32 hexadecimal digits.
    id: String,
    /// The name with which they sign in.
    username: String,
    /// Where mail reaches them; null where it is not known.
    email: Option<String>,
    /// What they are.
    roles: Vec<Role>,
    /// The id of the person who is sensed, where they are one.
    person: Option<String>,
    /// Whether they have chosen a password.
    has_password: bool,
    /// Whether a second factor is set up.
    has_second_factor: bool,
    /// Since when there is the account, RFC 3339.
    created_at: String,
    /// Since when it may not sign in, RFC 3339; null where it may.
    disabled_at: Option<String>,
}

impl From<&Login> for AccountView {
    fn from(login: &Login) -> Self {
        Self {
            id: login.id.to_string(),
            username: login.name.clone(),
            email: login.mail.clone(),
            roles: login.roles.clone(),
            person: login.person.map(|person| person.to_string()),
            has_password: login.password.is_some(),
            has_second_factor: login.has_second_factor,
            created_at: rfc3339(login.created_at),
            disabled_at: login.disabled_at.map(rfc3339),
        }
    }
}

/// A page of accounts.
#[derive(Serialize, ToSchema)]
struct AccountList {
    /// Those made last first.
    accounts: Vec<AccountView>,
    /// What the next page is asked for with; null on the last one.
    next_cursor: Option<String>,
}

/// Which accounts are asked for.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct AccountsQuery {
    /// Only the one of this name or address of mail, in letters of any case: names lie sealed, and no part of one is found.
    name: Option<String>,
    /// Only those that have this role.
    role: Option<Role>,
    /// Accounts of a page, 1 to 200.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<i64>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// An account to be made.
#[derive(Deserialize, ToSchema)]
struct AccountBody {
    /// The name with which they sign in; of an employee also the user id of the person, where none is given.
    #[schema(min_length = 1, max_length = 128)]
    username: String,
    /// The user id of the person who is sensed, where it is another than the name; for employees.
    user_id: Option<String>,
    /// Where mail reaches them.
    email: Option<String>,
    /// What they are; one at least.
    #[schema(min_items = 1)]
    roles: Vec<Role>,
}

/// What is to be changed; what is left out stays.
#[derive(Deserialize, ToSchema)]
struct AccountChangeBody {
    /// All that they are from now on; one at least. They are signed out everywhere.
    #[schema(min_items = 1)]
    roles: Option<Vec<Role>>,
    /// The id of the person who is sensed, for who becomes an employee: needed where their name is somebody's user id already.
    person: Option<String>,
    /// Where mail reaches them from now on; an empty text for nowhere. Links that were mailed before end.
    email: Option<String>,
    /// Whether the account may not sign in; then it is signed out everywhere at once.
    disabled: Option<bool>,
}

/// A link to be made.
#[derive(Deserialize, ToSchema)]
struct LinkBody {
    /// Whether the second factor is taken away, too, so that another one can be set up: the telephone was lost.
    #[serde(default)]
    new_second_factor: bool,
}

/// A one-time link, which is told here only.
#[derive(Serialize, ToSchema)]
struct LinkView {
    /// Where its owner chooses a password, once.
    link: String,
    /// Until when, RFC 3339.
    expires_at: String,
}

/// An account that was made.
#[derive(Serialize, ToSchema)]
struct AccountMade {
    /// The account.
    account: AccountView,
    /// Its link.
    link: LinkView,
}

fn link_view(headers: &HeaderMap, client: Client, link: &str) -> LinkView {
    LinkView { link: link_of(headers, client, link), expires_at: rfc3339(now_millis() + LINK_MILLIS) }
}

/// Accounts, those made last first.
#[utoipa::path(
    get, path = "/admin/accounts", tag = "administration", operation_id = "list_accounts", params(AccountsQuery),
    responses((status = 200, body = AccountList))
)]
async fn list(
    asker: Asker,
    State(people): State<People>,
    Query(asked): Query<AccountsQuery>,
) -> Result<Json<AccountList>, Problem> {
    runs(&asker)?;
    let filter = Filter {
        name: asked.name.as_deref().unwrap_or_default(),
        role: asked.role,
        after: asked.cursor.as_deref().unwrap_or_default(),
    };
    let (found, next_cursor) = accounts::page(&people, filter, limit(asked.limit)?).await?;
    Ok(Json(AccountList { accounts: found.iter().map(AccountView::from).collect(), next_cursor }))
}

/// Makes an account, and the link with which its owner chooses a password.
#[utoipa::path(
    post, path = "/admin/accounts", tag = "administration", operation_id = "make_account", request_body = AccountBody,
    responses(
        (status = 201, body = AccountMade),
        (status = 409, body = Problem, content_type = "application/problem+json", description = "there is an account of this name, address of mail or person already"),
        (status = 410, body = Problem, content_type = "application/problem+json", description = "the person's data was erased"),
        (status = 415, body = Problem, content_type = "application/problem+json", description = "the body is not JSON"),
    )
)]
async fn make(
    asker: Asker,
    State(people): State<People>,
    client: Client,
    request: Request,
) -> Result<(StatusCode, Json<AccountMade>), Problem> {
    runs(&asker)?;
    let headers = request.headers().clone();
    let (body, _): (AccountBody, _) = json::take(&people.bodies, request, LARGEST_BODY, UnknownFields::Refused).await?;
    let new = NewLogin {
        name: &body.username,
        user_id: body.user_id.as_deref(),
        mail: body.email.as_deref(),
        roles: &body.roles,
        password: None,
        may_exist: true,
    };
    let (id, link) = accounts::make(&people, new, &by(&asker)).await?;
    let login = accounts::find(&people, &id.to_string()).await?;
    let made = AccountMade { account: (&login).into(), link: link_view(&headers, client, &link) };
    Ok((StatusCode::CREATED, Json(made)))
}

/// One account.
#[utoipa::path(
    get, path = "/admin/accounts/{id}", tag = "administration", operation_id = "get_account",
    params(("id" = String, Path, description = "the account's id, 32 hexadecimal digits")),
    responses(
        (status = 200, body = AccountView),
        (status = 404, body = Problem, content_type = "application/problem+json", description = "there is no such account"),
    )
)]
async fn one(asker: Asker, State(people): State<People>, Path(id): Path<String>) -> Result<Json<AccountView>, Problem> {
    runs(&asker)?;
    let login = accounts::find(&people, &id).await?;
    access::read(&people.store, &asker, Of::some(login.person)).await?;
    Ok(Json((&login).into()))
}

/// Gives an account other roles or another address of mail, keeps it from signing in, or lets it sign in again.
#[utoipa::path(
    patch, path = "/admin/accounts/{id}", tag = "administration", operation_id = "change_account",
    params(("id" = String, Path, description = "the account's id, 32 hexadecimal digits")), request_body = AccountChangeBody,
    responses(
        (status = 200, body = AccountView),
        (status = 404, body = Problem, content_type = "application/problem+json", description = "there is no such account"),
        (status = 409, body = Problem, content_type = "application/problem+json", description = "nobody would be an administrator any more, it is not said who is sensed, or the address of mail is somebody else's"),
        (status = 415, body = Problem, content_type = "application/problem+json", description = "the body is not JSON"),
    )
)]
async fn change(
    asker: Asker,
    State(people): State<People>,
    Path(id): Path<String>,
    request: Request,
) -> Result<Json<AccountView>, Problem> {
    runs(&asker)?;
    let login = accounts::find(&people, &id).await?;
    let (body, _): (AccountChangeBody, _) =
        json::take(&people.bodies, request, LARGEST_BODY, UnknownFields::Refused).await?;
    if body.roles.is_none() && body.person.is_some() {
        return Err(Problem::bad_request("person", "person is for who becomes an employee: send their roles, too"));
    }
    // Before: who takes the role from themselves by it is told what came of it.
    access::read(&people.store, &asker, Of::some(login.person)).await?;
    let change = Change {
        roles: body.roles.as_deref().map(|roles| (roles, body.person.as_deref())),
        mail: body.email.as_deref(),
        disabled: body.disabled,
    };
    accounts::change(&people, &asker, login.id, change).await?;
    Ok(Json((&accounts::find(&people, &id).await?).into()))
}

/// Makes a one-time link in the place of those before.
#[utoipa::path(
    post, path = "/admin/accounts/{id}/link", tag = "administration", operation_id = "make_link",
    params(("id" = String, Path, description = "the account's id, 32 hexadecimal digits")), request_body = LinkBody,
    responses(
        (status = 201, body = LinkView),
        (status = 404, body = Problem, content_type = "application/problem+json", description = "there is no such account"),
        (status = 409, body = Problem, content_type = "application/problem+json", description = "the account is disabled, or one's own"),
        (status = 415, body = Problem, content_type = "application/problem+json", description = "the body is not JSON"),
    )
)]
async fn link(
    asker: Asker,
    State(people): State<People>,
    client: Client,
    Path(id): Path<String>,
    request: Request,
) -> Result<(StatusCode, Json<LinkView>), Problem> {
    runs(&asker)?;
    let login = accounts::find(&people, &id).await?;
    let headers = request.headers().clone();
    let (body, _): (LinkBody, _) = json::take(&people.bodies, request, LARGEST_BODY, UnknownFields::Refused).await?;
    let link = accounts::link(&people, &asker, &login, body.new_second_factor).await?;
    Ok((StatusCode::CREATED, Json(link_view(&headers, client, &link))))
}
