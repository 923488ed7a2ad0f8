//! What an administrator sees in a browser.

mod account;
mod accounts;
mod import;
mod machines;
mod overview;
mod people;
mod person;
mod settings;
mod team;
mod teams;
mod told;

use attune_ground::http::Problem;
use attune_ground::time::now_millis;
use attune_pages::Markup;
use attune_pages::form::{Choice, Form};
use attune_pages::part::{Notice, Tone};
use attune_pages::words::Calendar;
use axum::Router;
use axum::extract::FromRef;
use axum::response::Response;
use axum::routing::{get, post};
use jiff::tz::TimeZone;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;

use super::runs;
use crate::People;
use crate::pages::{answered_as, refuse};
use crate::rights::{Asker, ROLES, Role};
use crate::sign_in::{Opened, opened};

pub(crate) fn router<S: Clone + Send + Sync + 'static>() -> Router<S>
where
    People: FromRef<S>,
{
    Router::new()
        .route("/admin", get(overview::show))
        .route("/admin/told", get(told::show))
        .route("/admin/accounts", get(accounts::show).post(accounts::make))
        .route("/admin/accounts/new", get(accounts::show_new))
        .route("/admin/accounts/{id}", get(account::show))
        .route("/admin/accounts/{id}/roles", post(account::set_roles))
        .route("/admin/accounts/{id}/mail", post(account::set_mail))
        .route("/admin/accounts/{id}/link", post(account::link))
        .route("/admin/accounts/{id}/second", post(account::second))
        .route("/admin/accounts/{id}/disable", post(account::disable))
        .route("/admin/accounts/{id}/enable", post(account::enable))
        .route("/admin/people", get(people::show))
        .route("/admin/people/{id}", get(person::show))
        .route("/admin/codes", post(people::code))
        .route("/admin/devices/{id}/revoke", post(person::revoke))
        .route("/admin/teams", get(teams::show).post(teams::make))
        .route("/admin/teams/{id}", get(team::show))
        .route("/admin/teams/{id}/name", post(team::rename))
        .route("/admin/teams/{id}/members", post(team::add_member))
        .route("/admin/teams/{id}/managers", post(team::add_manager))
        .route("/admin/teams/{id}/end", post(team::end))
        .route("/admin/teams/{id}/close", get(team::ask_close).post(team::close))
        .route("/admin/import", get(import::show).post(import::take))
        .route("/admin/import/confirm", post(import::confirm))
        .route("/admin/services", get(machines::show).post(machines::make))
        .route("/admin/services/{id}/revoke", post(machines::revoke))
        .route("/admin/settings", get(settings::show))
}

/// What stands behind the question mark of a page that a form led to.
#[derive(Default, Deserialize)]
#[serde(default)]
struct After {
    /// What was done.
    done: String,
}

/// What a list is asked for.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Wanted {
    /// A name.
    name: String,
    /// A role.
    role: String,
    /// The cursor of the page.
    after: String,
}

/// Opens a page below one of the places.
async fn open(people: &People, asker: &Asker, title: &str, finding: &str, place: &str) -> Result<Opened, Problem> {
    runs(asker)?;
    opened(people, asker, title, finding, place).await
}

/// A page with a form that was refused: all of it is shown again, with what was typed.
fn shown_again(opened: &Opened, problem: Problem, body: &Markup) -> Response {
    answered_as(problem, opened.frame.clone().refused(true).answer(body))
}

/// A form with what was typed, and what was wrong with it.
fn refused<'a>(form: Form, typed: impl IntoIterator<Item = (&'a str, &'a str)>, problem: &Problem) -> Form {
    let mut form = form.keep(typed);
    refuse(&mut form, problem);
    form
}

/// Lets through what went wrong on our side; what was wrong with a form is given, to be shown in it.
fn of_the_form(problem: Problem) -> Result<Problem, Problem> {
    if problem.status < 500 { Ok(problem) } else { Err(problem) }
}

/// That it was done, for who comes from its form.
fn done(text: &str) -> Markup {
    Markup::of(&Notice::new(Tone::Done, text, ""))
}

/// Instants in words: the collector knows no zone of an administrator.
fn calendar() -> Calendar {
    Calendar::new(TimeZone::UTC, now_millis())
}

/// Text as it may stand behind a question mark.
fn escaped(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}

/// The roles, to choose from.
fn roles() -> Vec<Choice> {
    ROLES.iter().map(|role| Choice::new(role.name(), capital(role.words())).hint(means(*role))).collect()
}

/// What a role may, in words.
const fn means(role: Role) -> &'static str {
    match role {
        Role::Employee => "May be sensed, and sees what is their own",
        Role::Manager => "Sees figures of the teams that they lead, where these are large enough",
        Role::Hr => "Sees figures of all teams, where these are large enough; needs a second factor",
        Role::PrivacyOfficer => "Watches over what is stored and who reads it; needs a second factor",
        Role::Admin => "Runs the collector, and sees nothing about how anybody feels; needs a second factor",
    }
}

/// With a capital letter first.
fn capital(text: &str) -> String {
    let mut signs = text.chars();
    signs.next().into_iter().flat_map(char::to_uppercase).chain(signs).collect()
}

/// What follows the first page of a list.
fn onwards(path: &str, wanted: &Wanted, next: Option<&str>) -> Option<String> {
    let query = |after| {
        let (name, role) = (escaped(&wanted.name), escaped(&wanted.role));
        format!("{path}?name={name}&role={role}&after={}", escaped(after))
    };
    next.map(query)
}
