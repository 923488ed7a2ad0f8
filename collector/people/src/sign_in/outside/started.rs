//! Browsers that were led to a provider, until they come back. Only hashes lie here: what redeems a code is made from what both the
//! browser and the address hold, with a key of the collectors'.

use attune_ground::keys::OwnKeys;
use attune_ground::store::{Store, Write};
use attune_ground::time::now_millis;
use data_encoding::HEXLOWER;

use crate::PeopleError;
use crate::provider::Started;
use crate::sign_in::cookie::OUTSIDE_SECONDS;
use crate::sign_in::secret;

fn made(own: &OwnKeys, state: &str, cookie: &str) -> Started {
    let made = |usage: &str| HEXLOWER.encode(&own.tag(usage, format!("{state} {cookie}").as_bytes()));
    Started {
        state: state.to_owned(),
        nonce: made("outside nonce"),
        verifier: [made("outside verifier, first half"), made("outside verifier, second half")].concat(),
    }
}

/// Begins one; gives with it what the browser's cookie holds.
pub(in crate::sign_in) async fn begin(store: &Store, own: &OwnKeys) -> Result<(Started, String), PeopleError> {
    let ((state, state_hash), (cookie, cookie_hash)) = (secret::fresh(), secret::fresh());
    let mut transaction = store.begin().await?;
    sqlx::query("INSERT INTO outside_sign_ins (state, browser, ends_at) VALUES ($1, $2, $3)")
        .bind(state_hash)
        .bind(cookie_hash)
        .bind(now_millis() + OUTSIDE_SECONDS * 1000)
        .execute(&mut **transaction)
        .await?;
    transaction.commit().await?;
    Ok((made(own, &state, &cookie), cookie))
}

/// The one that a browser comes back from, once; `None` where this browser was not led away so, or came back already.
pub(in crate::sign_in) async fn take_back(
    store: &Store,
    own: &OwnKeys,
    state: &str,
    cookie: &str,
) -> Result<Option<Started>, PeopleError> {
    let mut transaction = store.begin().await?;
    let taken = sqlx::query("DELETE FROM outside_sign_ins WHERE state = $1 AND browser = $2 AND ends_at > $3")
        .bind(secret::hash(state))
        .bind(secret::hash(cookie))
        .bind(now_millis())
        .execute(&mut **transaction)
        .await?;
    transaction.commit().await?;
    Ok((taken.rows_affected() == 1).then(|| made(own, state, cookie)))
}

/// Removes those that never came back.
pub(in crate::sign_in) async fn tidy(transaction: &mut Write) -> Result<(), PeopleError> {
    sqlx::query("DELETE FROM outside_sign_ins WHERE ends_at < $1")
        .bind(now_millis())
        .execute(&mut ***transaction)
        .await?;
    Ok(())
}
