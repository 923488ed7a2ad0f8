//! From where somebody has signed in before: a browser, by a cookie of ours; a program, which keeps none, by its address. Others may
//! share that, so tries from there wait no longer than those of anybody who tries the name, but are counted apart from them.

use attune_ground::Source;
use attune_ground::keys::OwnKeys;
use attune_ground::store::{Store, Write};
use attune_ground::time::now_millis;
use data_encoding::BASE64URL_NOPAD;

use super::LoginId;
use super::pace::Counted;
use crate::PeopleError;

/// How long a place is known after the last sign-in, milliseconds.
const KNOWN: i64 = 90 * 24 * 60 * 60_000;

/// People with whom one browser is known at a time.
pub(super) const PEOPLE: usize = 5;

/// A place that a try comes from.
#[derive(Clone, Debug)]
pub(super) struct Place {
    /// What the browser's own cookie holds: by what it is known with each of those who sign in here.
    pub(super) browser: Vec<String>,
    /// The address.
    pub(super) source: Source,
}

impl Place {
    /// By what tries from the address are counted.
    pub(super) fn address_tag(&self, own: &OwnKeys) -> Vec<u8> {
        own.tag("address", &bytes(self.source)).to_vec()
    }

    /// How tries from the address are slowed down.
    pub(super) fn counted(&self, own: &OwnKeys) -> Counted {
        match self.source {
            Source::Machine => Counted::by_machine(self.address_tag(own)),
            Source::V4(_) | Source::V6(_) => Counted::by_address(self.address_tag(own)),
        }
    }

    /// By what the address is known as one from which a program of somebody's signs in.
    fn program_tag(&self, own: &OwnKeys, login: LoginId) -> Vec<u8> {
        own.tag("known address of programs", &[&login.0[..], &bytes(self.source)].concat()).to_vec()
    }
}

/// By what a browser is known with somebody.
fn browser_tag(own: &OwnKeys, login: LoginId, browser: &str) -> Vec<u8> {
    own.tag("known browser", &[&login.0, browser.as_bytes()].concat()).to_vec()
}

fn bytes(source: Source) -> Vec<u8> {
    match source {
        Source::Machine => vec![0],
        Source::V4(address) => [vec![4], address.to_vec()].concat(),
        Source::V6(network) => [vec![6], network.to_vec()].concat(),
    }
}

/// Whether somebody has signed in here before: by what tries from here are counted then, for what they try.
pub(super) async fn known(
    store: &Store,
    own: &OwnKeys,
    login: LoginId,
    (place, what): (&Place, &str),
) -> Result<Option<Counted>, PeopleError> {
    for browser in &place.browser {
        let tag = browser_tag(own, login, browser);
        if is_known(store, login, &tag).await? {
            return Ok(Some(Counted::by_known_place(own.tag(what, &tag).to_vec())));
        }
    }
    let tag = place.program_tag(own, login);
    let is_known = is_known(store, login, &tag).await?;
    Ok(is_known.then(|| Counted::by_known_address(own.tag(what, &tag).to_vec())))
}

async fn is_known(store: &Store, login: LoginId, tag: &[u8]) -> Result<bool, PeopleError> {
    let row: Option<(i64,)> = sqlx::query_as("SELECT seen_at FROM known_places WHERE tag = $1 AND login = $2")
        .bind(tag.to_vec())
        .bind(login.0.to_vec())
        .fetch_optional(store.pool())
        .await?;
    Ok(row.is_some_and(|(seen,)| now_millis() - seen < KNOWN))
}

/// Remembers that somebody has signed in here, in the place of what the browser was known by with them before: what was seen or stolen
/// of that is of no use any more. Gives what its cookie is to hold, with what it is known by with others.
pub(super) async fn remember(
    transaction: &mut Write,
    own: &OwnKeys,
    login: LoginId,
    before: &Place,
) -> Result<String, PeopleError> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).expect("the operating system gives random bytes");
    let mut browsers = vec![BASE64URL_NOPAD.encode(&bytes)];
    put(transaction, login, browser_tag(own, login, &browsers[0])).await?;
    for browser in &before.browser {
        let gone = sqlx::query("DELETE FROM known_places WHERE tag = $1")
            .bind(browser_tag(own, login, browser))
            .execute(&mut ***transaction)
            .await?;
        if gone.rows_affected() == 0 {
            browsers.push(browser.clone());
        }
    }
    browsers.truncate(PEOPLE);
    Ok(browsers.join("."))
}

/// Remembers that a program of somebody's has signed in from here.
pub(super) async fn remember_program(
    transaction: &mut Write,
    own: &OwnKeys,
    login: LoginId,
    place: &Place,
) -> Result<(), PeopleError> {
    put(transaction, login, place.program_tag(own, login)).await
}

async fn put(transaction: &mut Write, login: LoginId, tag: Vec<u8>) -> Result<(), PeopleError> {
    sqlx::query(
        "INSERT INTO known_places (tag, login, seen_at) VALUES ($1, $2, $3) \
         ON CONFLICT (tag) DO UPDATE SET seen_at = excluded.seen_at",
    )
    .bind(tag)
    .bind(login.0.to_vec())
    .bind(now_millis())
    .execute(&mut ***transaction)
    .await?;
    Ok(())
}

/// Forgets places that nobody came from for long.
pub(super) async fn tidy(transaction: &mut Write) -> Result<(), PeopleError> {
    sqlx::query("DELETE FROM known_places WHERE seen_at < $1")
        .bind(now_millis() - KNOWN)
        .execute(&mut ***transaction)
        .await?;
    Ok(())
}
