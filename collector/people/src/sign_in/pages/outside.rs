use attune_ground::http::{AnyQuery, Problem};
use attune_pages::Frame;
use attune_pages::form::{ButtonLink, Weight};
use axum::extract::{Request, State};
use axum::response::Response;
use serde::Deserialize;

use super::super::cookie;
use super::super::outside::{begin, take_back, whose};
use super::enter::{Asked, onwards};
use crate::People;
use crate::pages::{answered_as, go_to, local, sentence};
use crate::provider::Provider;
use crate::sign_in::Visit;
use crate::sign_in::routes::{asked_by, visit};

/// Where a provider leads back to.
const BACK: &str = "/sign-in/oidc/back";

fn provider(people: &People) -> Result<&Provider, Problem> {
    people.provider.as_deref().ok_or_else(|| {
        Problem::not_found("no identity provider is set here (sign_in.oidc): sign in with a password at /sign-in")
    })
}

/// The address that leads back: by the name by which the collector was asked.
fn back(request: &Request, secure: bool) -> String {
    format!("{}://{}{BACK}", if secure { "https" } else { "http" }, asked_by(request))
}

/// Where a request comes from, and where the provider leads it back to.
fn came(request: &Request) -> (Visit, String) {
    let visit = visit(request);
    let back = back(request, visit.secure);
    (visit, back)
}

/// Leads a browser to the identity provider.
pub(super) async fn leave(
    State(people): State<People>,
    AnyQuery(asked): AnyQuery<Asked>,
    request: Request,
) -> Response {
    led(&people, &asked, came(&request)).await.unwrap_or_else(|problem| refused(&people, problem))
}

/// Why somebody is not signed in, as a page: they came by a link.
fn refused(people: &People, problem: Problem) -> Response {
    let body = ButtonLink::new("/sign-in", "Sign in another way", Weight::Quiet);
    let page = Frame::new("Not signed in", sentence(&problem.detail), people.settings.profile).answer(&body);
    answered_as(problem, page)
}

async fn led(people: &People, asked: &Asked, (visit, back): (Visit, String)) -> Result<Response, Problem> {
    let provider = provider(people)?;
    people.count_way(&visit).await?;
    let (started, cookie) = begin(&people.store, &people.own).await?;
    let way = provider.way(&started, back, asked.again).await?;
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
) -> Response {
    let cookie = cookie::outside(request.headers(), visit(&request).secure);
    taken_in(&people, answer, cookie, came(&request)).await.unwrap_or_else(|problem| refused(&people, problem))
}

async fn taken_in(
    people: &People,
    answer: Answer,
    cookie: Option<(String, String)>,
    (visit, back): (Visit, String),
) -> Result<Response, Problem> {
    let provider = provider(people)?;
    let anew = |why: &str| Problem::forbidden(format!("{why}: begin anew at /sign-in"));
    let (cookie, next) = cookie.unwrap_or_default();
    let started = take_back(&people.store, &people.own, &answer.state, &cookie).await?;
    let started = started
        .ok_or_else(|| anew("this answer was used already, is older than ten minutes, or is another browser's"))?;
    if !answer.error.is_empty() || answer.code.is_empty() {
        return Err(anew(&format!("{} did not let you in", provider.name())));
    }
    if answer.iss.is_some_and(|issuer| !provider.is_of(&issuer)) {
        return Err(anew("this answer is another provider's"));
    }
    let asked = (&started, answer.code.as_str(), back);
    let (login, shown) = whose(people, provider, &visit, asked).await?;
    let (mut cookies, stage) = people.begin_session(&visit, &login, shown).await?;
    people.came_back(&visit).await?;
    cookies.push(cookie::end_outside(visit.secure));
    let home = login.roles.first().map_or("/account", |role| role.home());
    Ok(go_to(&onwards(stage, local(&next, home)), cookies))
}
