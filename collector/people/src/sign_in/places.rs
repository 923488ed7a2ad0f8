//! From where somebody has signed in before: a browser by a cookie of ours, a program by its address.

use attune_ground::Source;
use attune_ground::keys::OwnKeys;
use attune_ground::store::{Store, Write};
use attune_ground::time::now_millis;

use super::LoginId;
use crate::PeopleError;

/// How long a place is known after the last sign-in, milliseconds.
const KNOWN: i64 = 90 * 24 * 60 * 60_000;

/// A place that a try comes from.
#[derive(Clone, Debug)]
pub(super) struct Place {
    /// The browser's own cookie, where it has one.
    pub(super) browser: Option<String>,
    /// The address.
    pub(super) source: Source,
}

impl Place {
    /// By what tries from the address are counted.
    pub(super) fn address_tag(&self, own: &OwnKeys) -> Vec<u8> {
        own.tag("address", &bytes(self.source)).to_vec()
    }

    /// By what it is known with somebody: the browser, and the address.
    fn tags(&self, own: &OwnKeys, login: LoginId) -> Vec<Vec<u8>> {
        let of = |usage: &str, what: &[u8]| own.tag(usage, &[&login.0, what].concat()).to_vec();
        let browser = self.browser.iter().map(|browser| of("known browser", browser.as_bytes()));
        browser.chain([of("known address", &bytes(self.source))]).collect()
    }
}

fn bytes(source: Source) -> Vec<u8> {
    match source {
        Source::Machine => vec![0],
        Source::V4(address) => [vec![4], address.to_vec()].concat(),
        Source::V6(network) => [vec![6], network.to_vec()].concat(),
    }
}

/// Whether somebody has signed in here before: by what it is known. A browser before an address, which others may share.
pub(super) async fn known(
    store: &Store,
    own: &OwnKeys,
    login: LoginId,
    place: &Place,
) -> Result<Option<Vec<u8>>, PeopleError> {
    for tag in place.tags(own, login) {
        let row: Option<(i64,)> = sqlx::query_as("SELECT seen_at FROM known_places WHERE tag = $1 AND login = $2")
            .bind(tag.clone())
            .bind(login.0.to_vec())
            .fetch_optional(store.pool())
            .await?;
        if row.is_some_and(|(seen,)| now_millis() - seen < KNOWN) {
            return Ok(Some(tag));
        }
    }
    Ok(None)
}

/// Remembers that somebody has signed in here. This machine's own address is everybody's who uses a proxy that is not
/// declared, or shares the machine: it is not remembered.
pub(super) async fn remember(
    transaction: &mut Write,
    own: &OwnKeys,
    login: LoginId,
    place: &Place,
) -> Result<(), PeopleError> {
    let mut tags = place.tags(own, login);
    if place.source == Source::Machine {
        tags.pop();
    }
    for tag in tags {
        sqlx::query(
            "INSERT INTO known_places (tag, login, seen_at) VALUES ($1, $2, $3) \
             ON CONFLICT (tag) DO UPDATE SET seen_at = excluded.seen_at",
        )
        .bind(tag)
        .bind(login.0.to_vec())
        .bind(now_millis())
        .execute(&mut ***transaction)
        .await?;
    }
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
