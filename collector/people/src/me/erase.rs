//! Erasing a person. First their keys go, in one transaction with their login and everything small: from then on nothing of
//! theirs opens, in copies of the database neither, as keys lie apart from it. Then the rows follow, subject by subject; what was cut short
//! is gone on with, also where the keys went and the transaction did not commit.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use attune_ground::chores::Chore;
use attune_ground::http::Problem;
use attune_ground::jobs::{self, Worker};
use attune_ground::store::bytes16;
use attune_ground::time::now_millis;
use attune_protocol::ids::PersonId;
use tokio::sync::watch;

use super::receipt::Receipt;
use super::requests::{self, Kind};
use super::small::all_that_is_small;
use super::{Own, keyless};
use crate::access::{self, Act, By, Of};
use crate::sign_in::{is_last_admin, lock_login, remove};
use crate::{People, PeopleError, accounts};

/// An erasure of which there is no way back.
#[derive(Debug)]
pub(super) struct Begun {
    pub(super) receipt: Receipt,
    /// Whether the receipt lies in the database. It does not where keys are destroyed and the database then refused: it is gone on with
    /// every minute, and lies there once the database takes it.
    pub(super) is_written: bool,
}

/// Destroys the keys of whoever asks, and erases all of theirs that is small. What is left is for [`finish`].
///
/// # Errors
/// 409 for the only one who runs the collector, 410 for who was erased meanwhile.
pub(super) async fn begin(people: &People, own: &Own) -> Result<Begun, Problem> {
    match people.store.again(|| committed(people, own)).await {
        Ok(receipt) => Ok(Begun { receipt, is_written: true }),
        Err(problem) if problem.status >= 500 => {
            let destroyed = people.store.keyring().destroyed(0).await.map_err(PeopleError::from)?;
            let Some(at) = destroyed.get(&own.person) else { return Err(problem) };
            tracing::error!("An erasure could not be written down; it is gone on with every minute.");
            Ok(Begun { receipt: Receipt::new(&people.own, own.person, *at), is_written: false })
        }
        Err(problem) => Err(problem),
    }
}

async fn committed(people: &People, own: &Own) -> Result<Receipt, Problem> {
    let mut receipt = Receipt::new(&people.own, own.person, now_millis());
    let mut transaction = people.store.begin().await?;
    if is_last_admin(&mut transaction, own.login).await? {
        return Err(Problem::conflict(
            "account",
            "nobody else could run this collector: give somebody else the role of an administrator first, here or with `attune-collector \
             admin create`",
        ));
    }
    // Whoever erases the same at the same time is done, or waits here and finds nothing left.
    if !lock_login(&mut transaction, own.login).await? {
        return Err(Problem::erased());
    }
    // What is being taken in of their devices is sealed with keys that are there still: it is waited for, so that its rows are there when
    // rows are erased, and who takes in later finds no key. Devices before people, as the ingest locks them.
    accounts::hold_those_of(&people.store, &mut transaction, &own.people).await?;
    // In one order everywhere.
    let mut persons = own.people.clone();
    persons.sort_unstable();
    for person in persons {
        accounts::lock(&mut transaction, person).await?;
        let counts = all_that_is_small(&mut transaction, person).await?;
        receipt.add(&counts);
    }
    // A device may have come meanwhile; from here on none can, as the codes are gone.
    accounts::hold_those_of(&people.store, &mut transaction, &own.people).await?;
    receipt.add(&remove(&mut transaction, own.login).await?);
    let pseudonym = super::pseudonym(&people.own, own.person);
    requests::all_done(&mut transaction, &pseudonym).await?;
    requests::receive(&mut transaction, &pseudonym, Kind::Erasure, true).await?;
    receipt.begin(&mut transaction, &own.people).await?;
    transaction.commit().await?;
    Ok(receipt)
}

/// Erases the rows of people whose keys are gone. Several may be at it, one in this collector at a time: each adds what it removed,
/// and the one that is through first says that it is done.
pub(super) async fn finish(people: &People, id: PersonId, persons: Vec<PersonId>, by: &By) -> Result<(), PeopleError> {
    let _turn = people.erasing.lock().await;
    for holdings in &*people.holdings {
        for person in &persons {
            let counts = (holdings.erase)(&people.store, *person).await?;
            let mut transaction = people.store.begin().await?;
            if let Some(mut receipt) = Receipt::open(&mut transaction, id).await? {
                receipt.add(&counts);
                receipt.put(&mut transaction).await?;
            }
            transaction.commit().await?;
        }
    }
    let mut transaction = people.store.begin().await?;
    if let Some(mut receipt) = Receipt::open(&mut transaction, id).await? {
        receipt.done_at = Some(now_millis());
        receipt.put(&mut transaction).await?;
        let of = Of::some(persons.first().copied());
        access::note(&mut transaction, by, Act::Erase.name(), of, &receipt.digest()).await?;
    }
    transaction.commit().await?;
    people.store.purge_soon();
    Ok(())
}

/// Erasures that were cut short are gone on with, every minute.
const ERASURES: jobs::Kind =
    jobs::Kind { name: "erasures", every: Some(Duration::from_secs(60)), chore: Chore::Erasing };

/// Goes on with erasures that were cut short, at the start and every minute, until it is told to stop; of several collectors one does it.
pub(crate) async fn finish_erasures(people: People, stop: watch::Receiver<bool>) {
    let looked_at = AtomicI64::new(0);
    let round = |_: String| async {
        let begun = now_millis();
        let erasures = go_on(&people, looked_at.load(Ordering::Relaxed)).await?;
        looked_at.store(begun - keyless::A_WHILE, Ordering::Relaxed);
        if erasures > 0 {
            tracing::info!(erasures, "Erasures that were cut short are done.");
        }
        Ok::<_, PeopleError>(())
    };
    Worker::new(&people.store, ERASURES).run(stop, round).await;
}

/// Goes on with erasures that were cut short, those among them whose keys were destroyed since an instant and that got no further, and
/// gives how many there were.
pub(super) async fn go_on(people: &People, since: i64) -> Result<u64, PeopleError> {
    keyless::finish_since(&people.store, &people.own, since).await?;
    let begun: Vec<(Vec<u8>,)> =
        sqlx::query_as("SELECT id FROM erasures WHERE done_at IS NULL").fetch_all(people.store.pool()).await?;
    let mut done = 0;
    for (id,) in begun {
        let Some(receipt) = Receipt::find(&people.store, PersonId(bytes16(&id)?)).await? else { continue };
        // One that was begun a moment ago may be under way, here or in another collector.
        let is_at_it = people.erasing.try_lock().is_err();
        if is_at_it || receipt.done_at.is_some() || now_millis() - receipt.begun_at < 60_000 {
            continue;
        }
        let rows: Vec<(Vec<u8>,)> = sqlx::query_as("SELECT person FROM erased_people WHERE erasure = $1")
            .bind(id)
            .fetch_all(people.store.pool())
            .await?;
        let persons =
            rows.iter().map(|(person,)| Ok(PersonId(bytes16(person)?))).collect::<Result<_, PeopleError>>()?;
        finish(people, receipt.id, persons, &By::COLLECTOR).await?;
        done += 1;
    }
    Ok(done)
}
