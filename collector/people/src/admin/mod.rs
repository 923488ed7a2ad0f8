//! Who runs the collector: accounts, people and their devices, teams, tokens of machines, settings. Nothing here tells how anybody
//! feels, or could: no row of what was sensed is read.
//!
//! What can be done stands in `accounts`, `folk`, `groups`, `machines` and `import`; `pages` and `api` ask for it, each in
//! its own way.

mod accounts;
mod api;
mod counts;
mod cursor;
mod day;
mod folk;
mod groups;
mod import;
mod machines;
mod pages;
mod told;

pub(crate) use api::{describe, router as routes};
pub(crate) use pages::router as pages;

use attune_ground::http::{Client, Problem};
use axum::http::{HeaderMap, header};

use crate::access::By;
use crate::rights::{Asker, Scope};
use crate::sign_in::LoginId;

/// Rows of a page.
const PAGE: usize = 50;

/// Who runs the collector. As long as nobody can sign in, whoever can use this machine may ask for everything that is sensed; but
/// nobody becomes an administrator by asking.
///
/// # Errors
/// 401 where nobody has signed in, 403 for who may ask of others than everybody.
fn runs(asker: &Asker) -> Result<LoginId, Problem> {
    let login = asker.login().ok_or_else(|| {
        Problem::unauthorized(
            "this is for an administrator who has signed in: make the first one with `attune-collector admin create --name NAME`",
        )
    })?;
    match asker.scope() {
        Scope::All => Ok(login),
        Scope::Own | Scope::OwnTeams => Err(Problem::forbidden("this is for an administrator")),
    }
}

/// Who it is, for the log of who did what. Where nobody signs in, whoever has the machine.
fn by(asker: &Asker) -> By {
    By::asker(asker).unwrap_or(By::COMMAND)
}

/// Where a one-time link is opened: by the name by which the collector was asked.
fn link_of(headers: &HeaderMap, client: Client, link: &str) -> String {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    match (host, client.secure) {
        ("", _) => format!("/join/{link}"),
        (host, true) => format!("https://{host}/join/{link}"),
        (host, false) => format!("http://{host}/join/{link}"),
    }
}

#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
