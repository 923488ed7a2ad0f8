use attune_ground::http::{AnyQuery, Problem};
use axum::extract::{Request, State};
use axum::http::header;
use axum::http::uri::Authority;
use axum::response::Response;
use serde::Deserialize;

use super::super::cookie;
use super::super::outside::{begin, take_back, whose};
use super::enter::{Asked, onwards};
use crate::People;
use crate::pages::{go_to, local};
use crate::provider::Provider;
use crate::sign_in::routes::visit;

/// Where a provider leads back to.
const BACK: &str = "/sign-in/oidc/back";

fn provider(people: &People) -> Result<&Provider, Problem> {
    people.provider.as_deref().ok_or_else(|| {
        Problem::not_found("no identity provider is set here (sign_in.oidc): sign in with a password at /sign-in")
    })
}

/// The address that leads back: by the name by which the collector was asked, which the guard has looked at.
fn back(request: &Request, secure: bool) -> String {
    let named = request.headers().get(header::HOST).and_then(|host| host.to_str().ok());
    let host = request.uri().authority().map(Authority::as_str).or(named).unwrap_or_default();
    format!("{}://{host}{BACK}", if secure { "https" } else { "http" })
}

/// Leads a browser to the identity provider.
pub(super) async fn leave(
    State(people): State<People>,
    AnyQuery(asked): AnyQuery<Asked>,
    request: Request,
) -> Result<Response, Problem> {
    let (visit, provider) = (visit(&request), provider(&people)?);
    people.count_outside(&visit).await?;
    let (started, cookie) = begin(&people.store, &people.own).await?;
    let way = provider.way(&started, back(&request, visit.secure)).await?;
    Ok(go_to(&way, vec![cookie::set_outside((&cookie, local(&asked.next, "")), visit.secure)]))
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Answer {
    state: String,
    code: String,
    error: String,
    iss: Option<String>,
}

/// Takes a browser in that comes back from there.
pub(super) async fn come_back(
    State(people): State<People>,
    AnyQuery(answer): AnyQuery<Answer>,
    request: Request,
) -> Result<Response, Problem> {
    let (visit, provider) = (visit(&request), provider(&people)?);
    let anew = |why: &str| Problem::forbidden(format!("{why}: begin anew at /sign-in"));
    let (cookie, next) = cookie::outside(request.headers(), visit.secure).unwrap_or_default();
    let started = take_back(&people.store, &people.own, &answer.state, &cookie).await?;
    let started = started
        .ok_or_else(|| anew("this answer was used already, is older than ten minutes, or is another browser's"))?;
    if !answer.error.is_empty() || answer.code.is_empty() {
        return Err(anew(&format!("{} did not let you in", provider.name())));
    }
    if answer.iss.is_some_and(|issuer| !provider.is_of(&issuer)) {
        return Err(anew("this answer is another provider's"));
    }
    let asked = (&started, answer.code.as_str(), back(&request, visit.secure));
    let (login, factors) = whose(&people, provider, &visit, asked).await?;
    let (mut cookies, stage) = people.begin_session(&visit, &login, factors).await?;
    people.came_back(&visit).await?;
    cookies.push(cookie::end_outside(visit.secure));
    let home = login.roles.first().map_or("/account", |role| role.home());
    Ok(go_to(&onwards(stage, local(&next, home)), cookies))
}
