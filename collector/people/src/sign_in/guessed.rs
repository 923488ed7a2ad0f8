//! Whose second factor is guessed at by somebody who has shown the password already.

use attune_ground::keys::OwnKeys;

use super::{LoginId, pace};
use crate::{People, PeopleError};

/// Somebody at whose second factor it is guessed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Guessed {
    /// Whose it is.
    pub(crate) login: LoginId,
    /// How many tries have failed in a row, from places at which they have not signed in.
    pub(crate) tries: i64,
    /// When the last did, Unix milliseconds.
    pub(crate) last: i64,
}

/// By what tries of a code are counted from places at which its owner has not signed in.
pub(super) fn tag(own: &OwnKeys, login: LoginId) -> Vec<u8> {
    own.tag("tries of a code", &login.0).to_vec()
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
    let tags: Vec<Vec<u8>> = logins.iter().map(|login| tag(&people.own, *login)).collect();
    let failed = pace::failed(&people.store, &tags, more_than).await?;
    let guessed = |(place, tries, last): pace::Failed| {
        let login = usize::try_from(place).ok().and_then(|place| logins.get(place))?;
        Some(Guessed { login: *login, tries, last })
    };
    Ok(failed.into_iter().filter_map(guessed).collect())
}
