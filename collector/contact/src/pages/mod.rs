//! What is seen of reminders and letters in a browser: by whoever they are of, and of letters by HR.

mod hr;
mod letters;
mod notifications;
mod reminders;
mod thread;

use attune_ground::http::Problem;
use attune_pages::part::Tabs;
use attune_pages::words::{ContactWords, words};
use attune_people::pages::Fields;
use attune_people::rights::Role;
use axum::Router;
use axum::extract::FromRef;
use axum::routing::{get, post};

use crate::kind::Kind;
use crate::state::Contact;

/// Where all that waits is told.
const ALL: &str = "/notifications";
/// Where one's reminders are.
const REMINDERS: &str = "/me/reminders";
/// Where one's letters are, and HR's, with the place of the header below which those are.
const LETTERS: &str = "/me/letters";
const HR_LETTERS: &str = "/hr/letters";
const HR: &str = "/hr";

pub(crate) fn router<S: Clone + Send + Sync + 'static>() -> Router<S>
where
    Contact: FromRef<S>,
{
    Router::new()
        .route(ALL, get(notifications::show))
        .route(REMINDERS, get(reminders::show).post(reminders::change))
        .route("/me/reminders/reply", post(notifications::reply))
        .route(LETTERS, get(letters::show).post(letters::write))
        .route("/me/letters/{id}", get(letters::one).post(letters::answer))
        .route(HR_LETTERS, get(hr::show).post(hr::write))
        .route("/hr/letters/{id}", get(hr::one).post(hr::answer))
}

fn texts() -> &'static ContactWords {
    &words().contact
}

/// Of which reminders a form is.
///
/// # Errors
/// 400 where it says none.
fn kind(typed: &Fields) -> Result<Kind, Problem> {
    let none = || Problem::bad_request("kind", "this is nothing that anybody is reminded of: reload the page");
    Kind::named(typed.get("kind")).ok_or_else(none)
}

/// The pages beside each other that somebody has in a role.
fn tabs(role: Role, current: &str) -> Tabs {
    let texts = &texts().tabs;
    let tabs = Tabs::new(texts.label.as_str()).tab(texts.all.as_str(), ALL, current == ALL);
    match role {
        Role::Employee => tabs.tab(texts.reminders.as_str(), REMINDERS, current == REMINDERS).tab(
            texts.letters.as_str(),
            LETTERS,
            current == LETTERS,
        ),
        Role::Hr => tabs.tab(texts.letters.as_str(), HR_LETTERS, current == HR_LETTERS),
        Role::Manager | Role::PrivacyOfficer | Role::Admin => tabs,
    }
}
