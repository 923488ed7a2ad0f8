use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use attune_protocol::ids::PersonId;
use attune_protocol::seal::SealKey;

use super::MasterKey;
use crate::GroundError;
use crate::damage::{Damaged, Damages};
use crate::store::{Keyring, Store, Write};

/// The data keys of people, which lie apart from the database. Destroying a person's makes what is sealed under it unreadable, in
/// copies of the database too.
///
/// No opened key is kept: it is looked up and unwrapped for each use, so that a key that is destroyed, by this collector
/// or another one, opens nothing any more.
#[derive(Clone, Debug)]
pub struct PersonKeys {
    master: MasterKey,
    keyring: Keyring,
    damages: Arc<Damages>,
}

/// A person's key as it lies among the others.
#[derive(Clone)]
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
    /// Keys of the people of a database, wrapped by this master key. Those that do not open are counted among its damages.
    #[must_use]
    pub fn new(master: MasterKey, store: &Store) -> Self {
        store.keyring().wrapped_by(master.id());
        Self { master, keyring: store.keyring().clone(), damages: Arc::clone(store.damages()) }
    }

    /// The master key that wraps them.
    pub(crate) const fn master(&self) -> &MasterKey {
        &self.master
    }

    /// By what a text is found that lies sealed: as [`MasterKey::tag`].
    #[must_use]
    pub fn tag(&self, usage: &str, text: &[u8]) -> [u8; 16] {
        self.master.tag(usage, text)
    }

    /// Makes a key for a new person. It is there at once for who seals in this transaction, durable before that commits, and gone
    /// with it when it does not.
    pub fn create(&self, transaction: &mut Write, person: PersonId) {
        let key = SealKey::generate();
        transaction.make_key(person, self.master.wrap(&person.0, key.secret()));
    }

    /// Destroys the key of a person, for good before the transaction commits.
    pub fn destroy(transaction: &mut Write, person: PersonId) {
        transaction.destroy_key(person);
    }

    /// As [`Self::destroy`], of somebody of whom nothing is left in the database: that there was a key is forgotten, too.
    pub fn forget(transaction: &mut Write, person: PersonId) {
        transaction.destroy_key(person);
        transaction.forget_key(person);
    }

    /// The key of a person.
    ///
    /// # Errors
    /// [`GroundError::Erased`] when it was destroyed, [`GroundError::Damaged`] when it does not open or was lost.
    pub async fn of(&self, person: PersonId) -> Result<Arc<SealKey>, GroundError> {
        self.of_known(person, None).await
    }

    /// As [`Self::of`], without unwrapping a key that was unwrapped before and lies there as it did then.
    ///
    /// # Errors
    /// As of [`Self::of`].
    pub async fn of_known(&self, person: PersonId, known: Option<&Unwrapped>) -> Result<Arc<SealKey>, GroundError> {
        self.of_wrapped(person, self.wrapped(person).await?, known)
    }

    /// The key of a person that lies among the others so; one that was unwrapped before and lay there alike is not unwrapped again.
    ///
    /// # Errors
    /// As of [`Self::unwrap`].
    pub fn of_wrapped(
        &self,
        person: PersonId,
        Wrapped(wrapped): Wrapped,
        known: Option<&Unwrapped>,
    ) -> Result<Arc<SealKey>, GroundError> {
        match known.filter(|known| known.person == person && known.wrapped == wrapped) {
            Some(known) => Ok(Arc::clone(&known.key)),
            None => Ok(self.unwrap(person, Wrapped(wrapped))?.key),
        }
    }

    /// The key of a person, as it lies among the others.
    ///
    /// # Errors
    /// As of [`Self::of`].
    pub async fn wrapped(&self, person: PersonId) -> Result<Wrapped, GroundError> {
        match self.keyring.wrapped(person).await {
            Ok(Some(wrapped)) => Ok(Wrapped(wrapped)),
            Ok(None) if self.keyring.is_destroyed(person).await? => Err(GroundError::Erased),
            // SQLite keeps values of any type in any column.
            Ok(None) | Err(sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_)) => Err(self.damaged(person)),
            Err(error) => Err(error.into()),
        }
    }

    /// The keys of several people, as they lie among the others. Of whom none is found, [`Self::wrapped`] tells why.
    ///
    /// # Errors
    /// When the keys cannot be read.
    pub async fn all_wrapped(&self, people: &BTreeSet<PersonId>) -> Result<HashMap<PersonId, Wrapped>, GroundError> {
        let wrapped = self.keyring.all_wrapped(people).await?;
        Ok(wrapped.into_iter().map(|(person, wrapped)| (person, Wrapped(wrapped))).collect())
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
                keys.create(&mut transaction, person);
            }
            transaction.commit().await.expect("commits");
            let mut damages = vec!["UPDATE person_keys SET wrapped = person WHERE person = $1"];
            if store.lets_one_write() {
                damages.push("UPDATE person_keys SET wrapped = 'text' WHERE person = $1");
            }
            for statement in damages {
                let damaged = sqlx::query(statement).bind(people[0].0.to_vec()).execute(store.keyring().pool()).await;
                assert_eq!(damaged.expect("damaged").rows_affected(), 1);
                let problem = keys.of(people[0]).await.expect_err("it does not open");
                assert!(matches!(problem, GroundError::Damaged(Damaged::PersonKey)), "{problem}");
                assert_eq!(store.damages().counts(), [(Damaged::PersonKey, 1)]);
                keys.of(people[1]).await.expect("it opens");
            }
        }
    }

    #[tokio::test]
    async fn a_key_that_another_collector_has_destroyed_opens_nothing_here_on_each_database() {
        for database in Database::each(&[&MIGRATIONS]).await {
            let (store, keys, person) = (&database.store, &database.people, PersonId::random());
            let mut transaction = store.begin().await.expect("begins");
            keys.create(&mut transaction, person);
            transaction.commit().await.expect("commits");
            keys.of(person).await.expect("opens");
            let elsewhere = crate::store::Store::open(&database.urls, &[&MIGRATIONS]).await.expect("opens");
            let mut transaction = elsewhere.begin().await.expect("begins");
            PersonKeys::destroy(&mut transaction, person);
            transaction.commit().await.expect("commits");
            let gone = keys.of(person).await.expect_err("destroyed");
            assert!(matches!(gone, GroundError::Erased), "{gone}");
        }
    }

    #[tokio::test]
    async fn a_key_that_was_unwrapped_before_is_used_only_while_it_lies_there_as_it_did_on_each_database() {
        for database in Database::each(&[&MIGRATIONS]).await {
            let (store, keys, person) = (&database.store, &database.people, PersonId::random());
            let mut transaction = store.begin().await.expect("begins");
            keys.create(&mut transaction, person);
            transaction.commit().await.expect("commits");
            let wrapped = keys.wrapped(person).await.expect("reads");
            let known = keys.unwrap(person, wrapped).expect("opens");
            let of = async || keys.of_known(person, Some(&known)).await;
            assert!(Arc::ptr_eq(&of().await.expect("known"), &known.key), "nothing is unwrapped again");
            let (other, mut transaction) = (PersonId::random(), store.begin().await.expect("begins"));
            keys.create(&mut transaction, other);
            transaction.commit().await.expect("commits");
            let others = keys.of_known(other, Some(&known)).await.expect("opens");
            assert!(!Arc::ptr_eq(&others, &known.key), "it is somebody else's");

            for anew in [true, false] {
                let mut transaction = store.begin().await.expect("begins");
                PersonKeys::destroy(&mut transaction, person);
                transaction.commit().await.expect("commits");
                let mut transaction = store.begin().await.expect("begins");
                if anew {
                    keys.create(&mut transaction, person);
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
