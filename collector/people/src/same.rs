use attune_ground::keys::PersonKeys;
use attune_ground::store::Store;
use attune_protocol::ids::PersonId;

use crate::accounts::{Earlier, Joined, alike, fold_users, join_earlier, look_for_earlier, same_as, seal_users};
use crate::{PeopleError, preferences};

/// Brings together the accounts that earlier versions had made for one person whose user id was written in several ways.
/// Sessions and devices stay under the account that they came in under, and whoever asks by the user id is told of all; of
/// preferences that differ the stricter ones hold. What lies in clear of user ids is sealed. Where there is nothing to do, nothing is locked. What does not read is left
/// as it is, and stops nobody.
///
/// # Errors
/// When the database refuses.
pub async fn bring_together(store: &Store, keys: &PersonKeys) -> Result<(), PeopleError> {
    together(store, keys).await?;
    seal_users(store, keys).await?;
    fold_users(store, keys).await?;
    let user_ids = alike(store).await?;
    if user_ids > 0 {
        tracing::warn!(
            user_ids,
            "Earlier versions made several people whose user ids differ in capital letters only. Each is found by their user id as it is \
             written; search for one at /admin/people to see both. Who is there twice can erase one of the two."
        );
    }
    Ok(())
}

async fn together(store: &Store, keys: &PersonKeys) -> Result<(), PeopleError> {
    let Earlier { others, unreadable } = look_for_earlier(store).await?;
    if unreadable > 0 {
        tracing::warn!(
            unreadable,
            "User ids of an earlier version are empty when they are read now; nobody can ask by them."
        );
    }
    if others == 0 {
        return Ok(());
    }
    let mut transaction = store.begin().await?;
    let Joined { renamed, same } = join_earlier(&mut transaction, (keys, store.damages())).await?;
    let mut people: Vec<PersonId> = same.iter().map(|(person, _)| *person).collect();
    people.sort_unstable();
    people.dedup();
    for person in people {
        let others = same_as(&mut **transaction, person).await?;
        preferences::agree(&mut transaction, (keys, store.damages()), &[vec![person], others].concat()).await?;
    }
    transaction.commit().await?;
    tracing::info!(renamed, joined = same.len(), "User ids of an earlier version were brought into one form.");
    Ok(())
}

#[cfg(test)]
mod tests {
    use attune_ground::testing::Database;

    use super::*;
    use crate::accounts::{find_person, people_of, person_of, user_id, user_of, whose};
    use crate::preferences::{Preferences, load};

    /// Makes a person as an earlier version did: under the user id as it came.
    async fn made(database: &Database, user: &str, wanted: Option<Preferences>) -> PersonId {
        let mut transaction = database.store.begin().await.expect("begins");
        let person = person_of(&mut transaction, &database.people, user).await.expect("made");
        if let Some(wanted) = wanted {
            preferences::put(&mut transaction, &database.people, person, &wanted, 0).await.expect("kept");
        }
        // As an earlier version had it.
        sqlx::query(
            "UPDATE accounts SET user_id = $2, user_tag = NULL, folded_tag = NULL, sole = NULL, sealed = NULL WHERE person = $1",
        )
            .bind(person.0.to_vec())
            .bind(user)
            .execute(&mut **transaction)
            .await
            .expect("in clear");
        transaction.commit().await.expect("commits");
        person
    }

    #[tokio::test]
    async fn user_ids_of_an_earlier_version_lead_to_their_person_on_each_database() {
        let silent = Preferences { voice: false, max_history_days: Some(30), ..Preferences::default() };
        let unseen = Preferences { face: false, max_history_days: Some(7), ..Preferences::default() };
        for database in Database::each(&[&attune_ground::MIGRATIONS, &crate::MIGRATIONS]).await {
            let (store, keys) = (&database.store, &database.people);
            let zoe = made(&database, " zoe ", Some(silent.clone())).await;
            let decomposed = made(&database, "Ame\u{301}lie", Some(silent.clone())).await;
            let composed = made(&database, "Am\u{e9}lie", Some(unseen.clone())).await;
            let spaced = made(&database, "\u{a0}Am\u{e9}lie", None).await;
            let bob = made(&database, "bob", Some(unseen.clone())).await;
            let nobody = made(&database, "\u{2003}", None).await;
            bring_together(store, keys).await.expect("brought together");

            assert_eq!(find_person(store, keys, "zoe").await.expect("answers"), Some(zoe));
            assert_eq!(load(store, keys, "zoe").await.expect("loads"), silent);
            let asked = user_id("Ame\u{301}lie ").expect("reads");
            let mut hers = people_of(store, keys, &asked).await.expect("answers");
            assert_eq!(hers.first(), Some(&composed), "new things come to whom the user id was already");
            hers.sort_unstable();
            let mut expected = vec![decomposed, composed, spaced];
            expected.sort_unstable();
            assert_eq!(hers, expected);
            for person in hers {
                let user = user_of(store, keys, person).await.expect("answers");
                assert_eq!(user.as_deref(), Some("Am\u{e9}lie"));
            }
            let both = Preferences { voice: false, ..unseen.clone() };
            assert_eq!(load(store, keys, &asked).await.expect("loads"), both, "the stricter of each");
            assert_eq!(database.count("preferences").await, 5, "zoe, bob, and all three who are one");
            assert_eq!(people_of(store, keys, "bob").await.expect("answers"), [bob]);
            assert_eq!(load(store, keys, "bob").await.expect("loads"), unseen);
            assert!(people_of(store, keys, "").await.expect("answers").is_empty());
            let kept = user_of(store, keys, nobody).await.expect("answers");
            assert_eq!(kept.as_deref(), Some("\u{2003}"), "what does not read any more is left alone");

            bring_together(store, keys).await.expect("nothing to do");
            assert_eq!(people_of(store, keys, &asked).await.expect("answers").len(), 3);
            let (clear,): (i64,) = sqlx::query_as("SELECT COUNT(*) FROM accounts WHERE user_id IS NOT NULL")
                .fetch_one(store.pool())
                .await
                .expect("counts");
            assert_eq!(clear, 0, "no user id lies in clear");
            let mut transaction = store.begin().await.expect("begins");
            for (user, expected) in [("ZOE", zoe), ("Bob", bob)] {
                let found = whose(&mut transaction, keys, user).await.expect("answers");
                assert_eq!(found, Some(expected), "{user} is found in letters of any case");
            }
        }
    }
    #[tokio::test]
    async fn an_account_that_does_not_read_keeps_nobody_from_being_found_and_no_collector_from_starting() {
        for database in Database::each(&[&attune_ground::MIGRATIONS, &crate::MIGRATIONS]).await {
            let (store, keys) = (&database.store, &database.people);
            let zoe = made(&database, " zoe ", None).await;
            sqlx::query("INSERT INTO accounts (person, user_id, created_at) VALUES ($1, $2, 0)")
                .bind(vec![1_u8, 2, 3])
                .bind("Zo\u{eb}")
                .execute(store.pool())
                .await
                .expect("written");
            bring_together(store, keys).await.expect("what does not read stops nothing");
            assert_eq!(find_person(store, keys, "zoe").await.expect("answers"), Some(zoe));
        }
    }
}
