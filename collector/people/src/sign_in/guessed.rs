//! Whose second factor is guessed at by somebody who has shown the password already.

use attune_ground::keys::OwnKeys;
use attune_ground::store::Write;

use super::LoginId;
use super::pace::{self, Counted, Tried};
use crate::{People, PeopleError};

/// Somebody at whose second factor it is guessed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Guessed {
    /// Whose it is.
    pub(crate) login: LoginId,
    /// How many tries have failed, from wherever, none of them an hour behind the one before.
    pub(crate) tries: i64,
    /// When the last did, Unix milliseconds.
    pub(crate) last: i64,
}

/// By what tries of a code are counted from places at which its owner has not signed in.
pub(super) fn tag(own: &OwnKeys, login: LoginId) -> Vec<u8> {
    own.tag("tries of a code", &login.0).to_vec()
}

fn watched_tag(own: &OwnKeys, login: LoginId) -> Vec<u8> {
    own.tag("wrong codes", &login.0).to_vec()
}

/// By what all tries of a code are counted for who watches, also from places that its owner knows: others may sit there, too.
pub(super) fn watched(own: &OwnKeys, login: LoginId) -> Counted {
    Counted::watched(watched_tag(own, login))
}

/// A code that was tried, and counted before anybody looked at it.
#[derive(Debug)]
pub(super) struct Guess {
    /// What the next one from there waits for.
    pub(super) place: Counted,
    pub(super) watched: Tried,
}

impl Guess {
    /// It was the owner's: the next waits for nothing. For who watches it alone was none: else whoever hits at last, or sits beside the owner,
    /// would hide what failed before.
    ///
    /// # Errors
    /// When the database refuses.
    pub(super) async fn was_right(self, transaction: &mut Write) -> Result<(), PeopleError> {
        pace::take_back(transaction, &self.watched).await?;
        pace::forget(transaction, &[self.place]).await
    }
}

/// Those of who has power over others' data at whose second factor more than so many tries have failed.
///
/// # Errors
/// When the database refuses.
pub(crate) async fn guessed_codes(people: &People, more_than: i64) -> Result<Vec<Guessed>, PeopleError> {
    let rows: Vec<(Vec<u8>,)> =
        sqlx::query_as("SELECT DISTINCT login FROM login_roles WHERE role <> 'employee' ORDER BY login")
            .fetch_all(people.store.pool())
            .await?;
    let logins = rows.iter().map(|(login,)| LoginId::of(login)).collect::<Result<Vec<_>, _>>()?;
    let tags: Vec<Vec<u8>> = logins.iter().map(|login| watched_tag(&people.own, *login)).collect();
    let failed = pace::failed(&people.store, &tags, more_than).await?;
    let guessed = |(place, tries, last): pace::Failed| {
        let login = usize::try_from(place).ok().and_then(|place| logins.get(place))?;
        Some(Guessed { login: *login, tries, last })
    };
    Ok(failed.into_iter().filter_map(guessed).collect())
}
