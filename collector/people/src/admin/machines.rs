//! Tokens of machines.

use attune_ground::http::Problem;
use attune_ground::time::now_millis;

use super::day;
use crate::People;
use crate::access::By;
use crate::accounts::is_unseen;
use crate::rights::Permit;
use crate::sign_in::{self, LoginId};

/// Characters of what a token is for.
pub(super) const LONGEST_NAME: usize = 80;

/// Makes a token, which is told once.
///
/// # Errors
/// 400 for what cannot be, naming the field.
pub(super) async fn make(
    people: &People,
    (login, by): (LoginId, &By),
    name: &str,
    permits: &[Permit],
    until: Option<&str>,
) -> Result<String, Problem> {
    let name = name.trim();
    if name.is_empty() || name.chars().count() > LONGEST_NAME || name.chars().any(is_unseen) {
        let detail = format!("name must have 1 to {LONGEST_NAME} characters, none of them a control character");
        return Err(Problem::bad_request("name", detail));
    }
    if permits.is_empty() {
        return Err(Problem::bad_request("permits", "a token permits one thing at least"));
    }
    let ends = until.map(|until| day::last("until", until)).transpose()?;
    if ends.is_some_and(|ends| ends <= now_millis()) {
        return Err(Problem::bad_request("until", "this day is over: the token would never hold"));
    }
    let mut permits = permits.to_vec();
    permits.sort_unstable();
    permits.dedup();
    Ok(sign_in::make_service(&people.store, name, &permits, (Some(login), by), ends).await?)
}

/// Ends a token at once.
///
/// # Errors
/// 404 where there is none that holds.
pub(super) async fn revoke(people: &People, id: &str, by: &By) -> Result<(), Problem> {
    let revoked = match id.parse() {
        Ok(id) => sign_in::revoke_service(&people.store, id, by).await?,
        Err(_) => false,
    };
    match revoked {
        true => Ok(()),
        false => Err(Problem::not_found("there is no such token, or it was revoked already")),
    }
}
