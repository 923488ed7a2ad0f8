//! What is kept of how somebody signs in, as they take it with them.

use attune_ground::keys::PersonKeys;
use attune_ground::store::Store;
use attune_ground::time::rfc3339;
use serde::Serialize;

use super::{passkeys, session};
use crate::PeopleError;
use crate::rights::LoginId;

/// A passkey.
#[derive(Serialize)]
struct Passkey {
    name: String,
    made_for: String,
    since: String,
    last_used: Option<String>,
}

/// A browser that is signed in.
#[derive(Serialize)]
struct Browser {
    says_that_it_is: String,
    since: String,
    last_seen: String,
}

/// All of it. Instants are RFC 3339.
#[derive(Serialize)]
pub(crate) struct HeldSignIns {
    second_factor: bool,
    passkeys: Vec<Passkey>,
    browsers: Vec<Browser>,
    identity_provider_since: Option<String>,
}

impl HeldSignIns {
    /// Of whoever signs in so.
    ///
    /// # Errors
    /// When the database refuses, or their key does not open.
    pub(crate) async fn of(
        store: &Store,
        keys: &PersonKeys,
        (login, second_factor): (LoginId, bool),
    ) -> Result<Self, PeopleError> {
        let (kept, _) = passkeys::list(store, keys, login).await?;
        let passkeys = kept.iter().map(|key| Passkey {
            name: key.name().to_owned(),
            made_for: key.host().to_owned(),
            since: rfc3339(key.made_at),
            last_used: key.used_at.map(rfc3339),
        });
        let mut browsers = Vec::new();
        for session in session::list(store, login).await? {
            browsers.push(Browser {
                says_that_it_is: session.browser(keys).await?,
                since: rfc3339(session.made_at),
                last_seen: rfc3339(session.seen_at),
            });
        }
        let linked: Option<(i64,)> =
            sqlx::query_as("SELECT linked_at FROM outside_subjects WHERE login = $1 ORDER BY linked_at LIMIT 1")
                .bind(login.0.to_vec())
                .fetch_optional(store.pool())
                .await?;
        Ok(Self {
            second_factor,
            passkeys: passkeys.collect(),
            browsers,
            identity_provider_since: linked.map(|(at,)| rfc3339(at)),
        })
    }
}
