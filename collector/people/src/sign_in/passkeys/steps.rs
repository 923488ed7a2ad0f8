//! Questions that are not answered yet. They stay here, and not with the browser: what is answered once is not answered again.

use attune_ground::store::Write;
use attune_ground::time::now_millis;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use webauthn_rs::prelude::PasskeyRegistration;

use crate::rights::LoginId;
use crate::sign_in::secret;
use crate::{People, PeopleError};

/// How long an answer may take, milliseconds: as long as the browser is told to wait.
const MILLIS: i64 = 5 * 60_000;

/// Of a key that is to be added.
#[derive(Serialize, Deserialize)]
pub(super) struct New {
    /// What its owner will call it.
    pub(super) name: String,
    /// What was asked.
    pub(super) state: PasskeyRegistration,
}

fn context(hash: &[u8]) -> Vec<u8> {
    [b"passkey step".as_slice(), hash].concat()
}

/// Begins a step, of somebody who is signed in or of nobody yet; gives by what it is answered.
pub(super) async fn begin(
    people: &People,
    login: Option<LoginId>,
    state: &impl Serialize,
) -> Result<String, PeopleError> {
    let (step, hash) = secret::fresh();
    let state = serde_json::to_vec(state).expect("texts, numbers and lists");
    let mut transaction = people.store.begin().await?;
    let state = match login {
        Some(login) => people.keys.of(login.key()).await?.seal(&context(&hash), &state),
        None => state,
    };
    sqlx::query("INSERT INTO passkey_steps (hash, login, state, ends_at) VALUES ($1, $2, $3, $4)")
        .bind(hash)
        .bind(login.map(|login| login.0.to_vec()))
        .bind(state)
        .bind(now_millis() + MILLIS)
        .execute(&mut **transaction)
        .await?;
    transaction.commit().await?;
    Ok(step)
}

/// What was asked, once, of this same somebody; `None` where nothing was, or too long ago.
pub(super) async fn take<S: DeserializeOwned>(
    people: &People,
    login: Option<LoginId>,
    step: &str,
) -> Result<Option<S>, PeopleError> {
    let hash = secret::hash(step);
    let mut transaction = people.store.begin().await?;
    let row: Option<(Option<Vec<u8>>, Vec<u8>, i64)> =
        sqlx::query_as("DELETE FROM passkey_steps WHERE hash = $1 RETURNING login, state, ends_at")
            .bind(hash.clone())
            .fetch_optional(&mut **transaction)
            .await?;
    transaction.commit().await?;
    let row = row.filter(|(of, _, ends_at)| *ends_at > now_millis() && *of == login.map(|login| login.0.to_vec()));
    let Some((_, state, _)) = row else { return Ok(None) };
    let state = match login {
        Some(login) => people.keys.of(login.key()).await?.open(&context(&hash), &state)?,
        None => state,
    };
    // What an earlier version began is begun anew.
    Ok(serde_json::from_slice(&state).ok())
}

/// Removes those that nobody answered.
pub(in crate::sign_in) async fn tidy(transaction: &mut Write) -> Result<(), PeopleError> {
    sqlx::query("DELETE FROM passkey_steps WHERE ends_at < $1").bind(now_millis()).execute(&mut ***transaction).await?;
    Ok(())
}
