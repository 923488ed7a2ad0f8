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

/// A person's key as it lies in the database.
pub struct Wrapped(Vec<u8>);

/// A person's key for one use, with what it was unwrapped from.
#[derive(Clone)]
pub struct Unwrapped {
    /// The key.
    pub key: Arc<SealKey>,
    person: PersonId,
    wrapped: Vec<u8>,
}

impl PersonKeys {
    /// Keys wrapped by this master key. Those that do not open are counted among `damages`.
    #[must_use]
    pub const fn new(master: MasterKey, damages: Arc<Damages>) -> Self {
        Self { master, damages }
    }

    /// By what a text is found that lies sealed: as [`MasterKey::tag`].
    #[must_use]
    pub fn tag(&self, usage: &str, text: &[u8]) -> [u8; 16] {
        self.master.tag(usage, text)
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
    pub async fn destroy(transaction: &mut Transaction<'static, Any>, person: PersonId) -> Result<u64, GroundError> {
        let destroyed = sqlx::query("DELETE FROM person_keys WHERE person = $1")
            .bind(person.0.to_vec())
            .execute(&mut **transaction)
            .await?;
        Ok(destroyed.rows_affected())
    }

    /// The key of a person.
    ///
    /// # Errors
    /// [`GroundError::Erased`] when there is none any more, [`GroundError::Damaged`] when it does not open.
    pub async fn of<'e>(&self, executor: impl AnyExecutor<'e>, person: PersonId) -> Result<Arc<SealKey>, GroundError> {
        self.of_known(executor, person, None).await
    }

    /// As [`Self::of`], without unwrapping a key that was unwrapped before and lies there as it did then.
    ///
    /// # Errors
    /// As of [`Self::of`].
    pub async fn of_known<'e>(
        &self,
        executor: impl AnyExecutor<'e>,
        person: PersonId,
        known: Option<&Unwrapped>,
    ) -> Result<Arc<SealKey>, GroundError> {
        let Wrapped(wrapped) = self.wrapped(executor, person).await?;
        match known.filter(|known| known.person == person && known.wrapped == wrapped) {
            Some(known) => Ok(Arc::clone(&known.key)),
            None => Ok(self.unwrap(person, Wrapped(wrapped))?.key),
        }
    }

    /// The key of a person, as it lies in the database.
    ///
    /// # Errors
    /// As of [`Self::of`].
    pub async fn wrapped<'e>(&self, executor: impl AnyExecutor<'e>, person: PersonId) -> Result<Wrapped, GroundError> {
        let row = sqlx::query_as("SELECT wrapped FROM person_keys WHERE person = $1").bind(person.0.to_vec());
        let wrapped: Option<(Vec<u8>,)> = match row.fetch_optional(executor).await {
            Ok(wrapped) => wrapped,
            // SQLite keeps values of any type in any column.
            Err(sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_)) => return Err(self.damaged(person)),
            Err(error) => return Err(error.into()),
        };
        wrapped.map(|(wrapped,)| Wrapped(wrapped)).ok_or(GroundError::Erased)
    }

    /// Unwraps the key of a person.
    ///
    /// # Errors
    /// [`GroundError::Damaged`] when it does not open.
    pub fn unwrap(&self, person: PersonId, Wrapped(wrapped): Wrapped) -> Result<Unwrapped, GroundError> {
        let key = self.master.unwrap(&person.0, &wrapped).map_err(|_| self.damaged(person))?;
        Ok(Unwrapped { key: Arc::new(SealKey::from_secret(*key)), person, wrapped })
    }

    fn damaged(&self, person: PersonId) -> GroundError {
        self.damages.note(Damaged::PersonKey, &[&person.0]);
        GroundError::Damaged(Damaged::PersonKey)
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

    #[tokio::test]
    async fn a_key_that_was_unwrapped_before_is_used_only_while_it_lies_there_as_it_did_on_each_database() {
        for database in Database::each(&[&MIGRATIONS]).await {
            let (store, keys, person) = (&database.store, &database.people, PersonId::random());
            let mut transaction = store.begin().await.expect("begins");
            keys.create(&mut transaction, person).await.expect("made");
            transaction.commit().await.expect("commits");
            let wrapped = keys.wrapped(store.pool(), person).await.expect("reads");
            let known = keys.unwrap(person, wrapped).expect("opens");
            let of = async || keys.of_known(store.pool(), person, Some(&known)).await;
            assert!(Arc::ptr_eq(&of().await.expect("known"), &known.key), "nothing is unwrapped again");
            let (other, mut transaction) = (PersonId::random(), store.begin().await.expect("begins"));
            keys.create(&mut transaction, other).await.expect("made");
            transaction.commit().await.expect("commits");
            let others = keys.of_known(store.pool(), other, Some(&known)).await.expect("opens");
            assert!(!Arc::ptr_eq(&others, &known.key), "it is somebody else's");

            for anew in [true, false] {
                let mut transaction = store.begin().await.expect("begins");
                PersonKeys::destroy(&mut transaction, person).await.expect("destroyed");
                if anew {
                    keys.create(&mut transaction, person).await.expect("made");
                }
                transaction.commit().await.expect("commits");
                match of().await {
                    Ok(key) => assert!(anew && !Arc::ptr_eq(&key, &known.key), "it is the one that lies there now"),
                    Err(gone) => assert!(!anew && matches!(gone, GroundError::Erased), "{gone}"),
                }
            }
        }
    }
}
