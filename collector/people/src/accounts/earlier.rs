//! User ids of earlier versions. They were kept as they came, so that `" zoe "` and `"zoe"` were two people.

use attune_ground::damage::Damages;
use attune_ground::store::bytes16;
use attune_protocol::ids::PersonId;
use sqlx::{Any, Transaction};

use super::{user_id, user_of};
use crate::PeopleError;

/// What became of user ids that were not in the form in which they are read now.
#[derive(Default, Debug)]
pub(crate) struct Joined {
    /// Written in that form: nobody else had it.
    pub(crate) renamed: u64,
    /// Whose user id means the same as that of somebody else: of whom, and who.
    pub(crate) same: Vec<(PersonId, PersonId)>,
    /// Those by which nobody can ask any more.
    pub(crate) unreadable: u64,
}

/// Brings user ids into the form in which they are read now. Where somebody has that form already, the account says that it
/// is theirs, too: what is sealed under its key and chained in the log of consents stays as it is.
///
/// # Errors
/// When the database refuses.
pub(crate) async fn join_earlier(
    transaction: &mut Transaction<'static, Any>,
    damages: &Damages,
) -> Result<Joined, PeopleError> {
    // Control characters were refused before, too: only spaces and what is not ASCII can have another form.
    let suspects: Vec<(Vec<u8>,)> = sqlx::query_as(
        "SELECT person FROM accounts WHERE user_id IS NOT NULL AND same_as IS NULL \
         AND (user_id <> TRIM(user_id) OR OCTET_LENGTH(user_id) <> LENGTH(user_id)) ORDER BY created_at, person",
    )
    .fetch_all(&mut **transaction)
    .await?;
    let mut joined = Joined::default();
    for (person,) in suspects {
        let person = PersonId(bytes16(&person)?);
        let Some(kept) = user_of(&mut **transaction, person, damages).await? else { continue };
        match user_id(&kept) {
            Ok(read) if read == kept => {}
            Ok(read) => join(transaction, person, &read, &mut joined).await?,
            Err(_) => joined.unreadable += 1,
        }
    }
    Ok(joined)
}

async fn join(
    transaction: &mut Transaction<'static, Any>,
    person: PersonId,
    user_id: &str,
    joined: &mut Joined,
) -> Result<(), PeopleError> {
    let holder: Option<(Vec<u8>,)> = sqlx::query_as("SELECT person FROM accounts WHERE user_id = $1")
        .bind(user_id)
        .fetch_optional(&mut **transaction)
        .await?;
    let change = match &holder {
        None => sqlx::query("UPDATE accounts SET user_id = $1 WHERE person = $2").bind(user_id),
        Some((holder,)) => sqlx::query("UPDATE accounts SET same_as = $1 WHERE person = $2").bind(holder.clone()),
    };
    change.bind(person.0.to_vec()).execute(&mut **transaction).await?;
    match holder {
        None => joined.renamed += 1,
        Some((holder,)) => joined.same.push((PersonId(bytes16(&holder)?), person)),
    }
    Ok(())
}
