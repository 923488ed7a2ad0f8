use std::sync::Arc;

use attune_protocol::ids::PersonId;
use attune_protocol::seal::SealKey;
use sqlx::any::AnyExecutor;
use sqlx::{Any, Transaction};

use super::MasterKey;
use crate::GroundError;
use crate::damage::{Damaged, Damages};

/// The data keys of people. Destroying a person's row makes what is sealed under it unreadable, backups too.
///
/// No opened key is kept: it is looked up and unwrapped for each use, so that a key that is destroyed, by this collector
/// or another one, opens nothing any more.
#[derive(Clone, Debug)]
pub struct PersonKeys {
    master: MasterKey,
    damages: Arc<Damages>,
}

impl PersonKeys {
    /// Keys wrapped by this master key. Those that do not open are counted among `damages`.
    #[must_use]
    pub const fn new(master: MasterKey, damages: Arc<Damages>) -> Self {
        Self { master, damages }
    }

    /// Makes a key for a new person.
    ///
    /// # Errors
    /// When the database refuses it.
    pub async fn create(
        &self,
        transaction: &mut Transaction<'static, Any>,
        person: PersonId,
    ) -> Result<(), GroundError> {
        let key = SealKey::generate();
        sqlx::query("INSERT INTO person_keys (person, wrapped) VALUES ($1, $2)")
            .bind(person.0.to_vec())
            .bind(self.master.wrap(&person.0, key.secret()))
            .execute(&mut **transaction)
            .await?;
        Ok(())
    }

    /// Destroys the key of a person, for good once the transaction is committed.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn destroy(transaction: &mut Transaction<'static, Any>, person: PersonId) -> Result<(), GroundError> {
        sqlx::query("DELETE FROM person_keys WHERE person = $1")
            .bind(person.0.to_vec())
            .execute(&mut **transaction)
            .await?;
        Ok(())
    }

    /// The key of a person.
    ///
    /// # Errors
    /// [`GroundError::Erased`] when there is none any more, [`GroundError::Damaged`] when it does not open.
    pub async fn of<'e>(&self, executor: impl AnyExecutor<'e>, person: PersonId) -> Result<Arc<SealKey>, GroundError> {
        let damaged = || {
            self.damages.note(Damaged::PersonKey, &[&person.0]);
            GroundError::Damaged(Damaged::PersonKey)
        };
        let row = sqlx::query_as("SELECT wrapped FROM person_keys WHERE person = $1").bind(person.0.to_vec());
        let wrapped: Option<(Vec<u8>,)> = match row.fetch_optional(executor).await {
            Ok(wrapped) => wrapped,
            // SQLite keeps values of any type in any column.
            Err(sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_)) => return Err(damaged()),
            Err(error) => return Err(error.into()),
        };
        let (wrapped,) = wrapped.ok_or(GroundError::Erased)?;
        let key = self.master.unwrap(&person.0, &wrapped).map_err(|_| damaged())?;
        Ok(Arc::new(SealKey::from_secret(*key)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::MIGRATIONS;
    use crate::testing::Database;

    #[tokio::test]
    async fn a_key_that_was_damaged_in_whatever_way_concerns_its_own_person_on_each_database() {
        for database in Database::each(&[&MIGRATIONS]).await {
            let (store, keys, people) = (&database.store, &database.people, [PersonId::random(), PersonId::random()]);
            let mut transaction = store.begin().await.expect("begins");
            for person in people {
                keys.create(&mut transaction, person).await.expect("made");
            }
            transaction.commit().await.expect("commits");
            let mut damages = vec!["UPDATE person_keys SET wrapped = person WHERE person = $1"];
            if store.lets_one_write() {
                damages.push("UPDATE person_keys SET wrapped = 'text' WHERE person = $1");
            }
            for statement in damages {
                let damaged = sqlx::query(statement).bind(people[0].0.to_vec()).execute(store.pool()).await;
                assert_eq!(damaged.expect("damaged").rows_affected(), 1);
                let problem = keys.of(store.pool(), people[0]).await.expect_err("it does not open");
                assert!(matches!(problem, GroundError::Damaged(Damaged::PersonKey)), "{problem}");
                assert_eq!(store.damages().counts(), [(Damaged::PersonKey, 1)]);
                keys.of(store.pool(), people[1]).await.expect("it opens");
            }
        }
    }

    #[tokio::test]
    async fn a_key_that_another_collector_has_destroyed_opens_nothing_here_on_each_database() {
        for database in Database::each(&[&MIGRATIONS]).await {
            let (store, keys, person) = (&database.store, &database.people, PersonId::random());
            let mut transaction = store.begin().await.expect("begins");
            keys.create(&mut transaction, person).await.expect("made");
            transaction.commit().await.expect("commits");
            keys.of(store.pool(), person).await.expect("opens");
            let elsewhere = crate::store::Store::open(&database.url, &[&MIGRATIONS]).await.expect("opens");
            let mut transaction = elsewhere.begin().await.expect("begins");
            PersonKeys::destroy(&mut transaction, person).await.expect("destroyed");
            transaction.commit().await.expect("commits");
            let gone = keys.of(store.pool(), person).await.expect_err("destroyed");
            assert!(matches!(gone, GroundError::Erased), "{gone}");
        }
    }
}
