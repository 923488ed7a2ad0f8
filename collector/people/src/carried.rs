//! What becomes of people behind a restore, and under another master key.

use attune_ground::keys::{Held, PersonKeys};
use attune_ground::store::{Write, bytes16, readable};
use attune_ground::time::now_millis;
use attune_ground::{Carried, GroundError, Sample};
use attune_protocol::ids::PersonId;

use crate::accounts::{folded_tag, pin_what_is_held, user_context, user_tag};

pub(crate) const CARRIED: Carried = Carried {
    rekey: |transaction, keys| Box::pin(rekey(transaction, keys)),
    put_back: |transaction, held| Box::pin(put_back(transaction, held)),
    samples: &[Sample {
        table: "accounts",
        bytes: &["person"],
        numbers: &[],
        context: |at| user_context(at.person),
        sealed: "sealed",
    }],
};

/// User ids are found by tags under the master key. Gives how many do not open, which nobody is found by any more; who was erased is
/// to be found by none.
async fn rekey(transaction: &mut Write, keys: &PersonKeys) -> Result<u64, GroundError> {
    type Columns = (Vec<u8>, Option<String>, Option<Vec<u8>>);
    let rows = sqlx::query("SELECT person, user_id, sealed FROM accounts WHERE user_tag IS NOT NULL ORDER BY person")
        .fetch_all(&mut ***transaction)
        .await?;
    let mut unopened = 0;
    let rows: Vec<Columns> = readable(&rows, |_| unopened += 1);
    for (column, plain, sealed) in rows {
        let user = match (plain, sealed) {
            (Some(plain), _) => plain,
            (None, Some(sealed)) => match opened(keys, &column, &sealed).await {
                Ok(Some(user)) => user,
                Ok(None) => {
                    unopened += 1;
                    continue;
                }
                Err(GroundError::Erased) => continue,
                Err(error) => return Err(error),
            },
            (None, None) => continue,
        };
        sqlx::query("UPDATE accounts SET user_tag = $2, folded_tag = $3 WHERE person = $1")
            .bind(column)
            .bind(user_tag(keys, &user))
            .bind(folded_tag(keys, &user))
            .execute(&mut ***transaction)
            .await?;
    }
    Ok(unopened)
}

/// A user id; none where it, or its key, is damaged.
async fn opened(keys: &PersonKeys, column: &[u8], sealed: &[u8]) -> Result<Option<String>, GroundError> {
    let Ok(person) = bytes16(column).map(PersonId) else { return Ok(None) };
    let key = match keys.of(person).await {
        Ok(key) => key,
        Err(error @ GroundError::Erased) => return Err(error),
        Err(error) if error.is_of_the_database() => return Err(error),
        Err(_) => return Ok(None),
    };
    Ok(key.open(&user_context(person), sealed).ok().and_then(|user| String::from_utf8(user).ok()))
}

async fn put_back(transaction: &mut Write, held: &Held) -> Result<(), GroundError> {
    end_sign_ins(transaction).await?;
    pin_what_is_held(transaction, held).await
}

/// Everybody signs in anew: whose session, token or link was ended since the copy was made is in no copy.
async fn end_sign_ins(transaction: &mut Write) -> Result<(), GroundError> {
    sqlx::query("UPDATE token_families SET revoked_at = $1 WHERE revoked_at IS NULL")
        .bind(now_millis())
        .execute(&mut ***transaction)
        .await?;
    for statement in ["DELETE FROM login_sessions", "DELETE FROM login_links", "DELETE FROM passkey_steps"] {
        sqlx::query(statement).execute(&mut ***transaction).await?;
    }
    Ok(())
}
