//! Takes in what was kept aside once this version reads it, by the rules that hold for what comes from devices.

use std::collections::{BTreeSet, HashSet};
use std::ops::AddAssign;

use attune_ground::GroundError;
use attune_ground::keys::{Opened, PersonKeys};
use attune_ground::store::{self, Store, bytes16, to_i64, to_u64};
use attune_people::consent::{Entries, ItemKey, Outbox};
use attune_people::{accounts, preferences};
use attune_protocol::batch::{Batch, Item};
use attune_protocol::ids::{DeviceId, Epoch, PersonId, Seq};
use attune_protocol::policy::Profile;
use sqlx::{Any, Transaction};

use super::again::Earlier;
use super::commit::{self, Gathered};
use super::item::Read;
use super::quarantine::{self, Now};
use super::ready::Ready;
use super::settle::{Owner, Settled, Stamp, settle};
use crate::SensingError;
use crate::spans::Spans;

/// What became of what was kept aside.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Replayed {
    /// Items that are stored now.
    pub stored: u64,
    /// Items that are refused now: without consent, of a deleted or an impossible time.
    pub refused: u64,
    /// Items of people who were erased; removed.
    pub erased: u64,
    /// Items that this version does not read; they stay aside.
    pub unread: u64,
    /// Items that wait for a change of consent that has not come; they stay aside.
    pub waiting: u64,
    /// Items that are damaged; they stay aside.
    pub damaged: u64,
}

impl AddAssign for Replayed {
    fn add_assign(&mut self, more: Self) {
        self.stored += more.stored;
        self.refused += more.refused;
        self.erased += more.erased;
        self.unread += more.unread;
        self.waiting += more.waiting;
        self.damaged += more.damaged;
    }
}

/// Items of one outbox that came together: they are settled together.
type Together = (DeviceId, Epoch, i64);

/// Takes in what is kept aside of all devices, or of one, as far as this version reads it. Each lot has a transaction of its
/// own, and a collector may run beside.
///
/// # Errors
/// When the database refuses. What was taken in by then is.
pub async fn replay(
    store: &Store,
    people: &PersonKeys,
    profile: Profile,
    only: Option<DeviceId>,
) -> Result<Replayed, SensingError> {
    let mut all = Replayed::default();
    // Changes of consent first, wherever they lie: a withdrawal wins over what it was overtaken by.
    for part in [Part::Consents, Part::Everything] {
        let (lots, damaged) = lots(store, only).await?;
        all.damaged += if part == Part::Everything { damaged } else { 0 };
        for together in lots {
            all += replay_lot(store, people, profile, together, part).await?;
        }
    }
    Ok(all)
}

/// What of a lot is taken in.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Consents,
    Everything,
}

/// What lies aside together, and how many items have no place that reads.
async fn lots(store: &Store, only: Option<DeviceId>) -> Result<(Vec<Together>, u64), SensingError> {
    let (mut lots, mut damaged) = (Vec::new(), 0);
    for device in quarantine::devices(store).await?.into_iter().filter(|device| only.is_none_or(|only| only == *device))
    {
        let rows = sqlx::query(
            "SELECT epoch, received_at, COUNT(CASE WHEN epoch < 0 OR seq < 0 THEN 1 END) FROM quarantine WHERE device = $1 \
             GROUP BY epoch, received_at ORDER BY received_at, epoch",
        )
        .bind(device.0.to_vec())
        .fetch_all(store.pool())
        .await?;
        let left_out = |place: usize| quarantine::damaged(store, &device.0, (i64::MIN, place as i64));
        let rows: Vec<(i64, i64, i64)> = store::readable(&rows, left_out);
        for (epoch, received_at, unplaced) in rows {
            if unplaced > 0 {
                quarantine::damaged(store, &device.0, (epoch, received_at));
            }
            damaged += unplaced.unsigned_abs();
            lots.extend(to_u64(epoch).ok().map(|epoch| (device, Epoch(epoch), received_at)));
        }
    }
    Ok((lots, damaged))
}

async fn replay_lot(
    store: &Store,
    people: &PersonKeys,
    profile: Profile,
    (device, epoch, received_at): Together,
    part: Part,
) -> Result<Replayed, SensingError> {
    let mut transaction = store.begin().await?;
    // Behind it no collector decides about items of this device.
    accounts::hold(store, &mut transaction, &BTreeSet::from([device])).await?;
    // An outbox belongs to one person.
    let rows = sqlx::query("SELECT person FROM quarantine WHERE device = $1 AND epoch = $2 AND received_at = $3")
        .bind(device.0.to_vec())
        .bind(to_i64(epoch.0)?)
        .bind(received_at)
        .fetch_all(&mut **transaction)
        .await?;
    if rows.is_empty() {
        return Ok(Replayed::default());
    }
    let persons: Vec<(Vec<u8>,)> = store::readable(&rows, |_| {});
    let Some(person) = persons.iter().find_map(|(person,)| bytes16(person).ok().map(PersonId)) else {
        quarantine::damaged(store, &device.0, (to_i64(epoch.0)?, 0));
        let damaged = if part == Part::Everything { rows.len() as u64 } else { 0 };
        return Ok(Replayed { damaged, ..Replayed::default() });
    };
    // And behind this one nothing of its person is deleted.
    accounts::lock(&mut transaction, person).await?;
    let rows: Vec<(i64, Vec<u8>)> = sqlx::query_as(
        "SELECT seq, sealed FROM quarantine WHERE device = $1 AND epoch = $2 AND received_at = $3 AND seq >= 0 \
         ORDER BY seq",
    )
    .bind(device.0.to_vec())
    .bind(to_i64(epoch.0)?)
    .bind(received_at)
    .fetch_all(&mut **transaction)
    .await?;
    let place = |seq: i64| Ok::<_, SensingError>(ItemKey { device, epoch, seq: Seq(to_u64(seq)?) });
    let key = match quarantine::key_of(people.of(person).await)? {
        Ok(key) => key,
        Err(Now::Erased) => {
            for (seq, _) in &rows {
                take_out(&mut transaction, &place(*seq)?).await?;
            }
            transaction.commit().await?;
            return Ok(Replayed { erased: rows.len() as u64, ..Replayed::default() });
        }
        Err(_) if part == Part::Consents => return Ok(Replayed::default()),
        Err(_) => return Ok(Replayed { damaged: rows.len() as u64, ..Replayed::default() }),
    };
    let mut replayed = Replayed::default();
    let mut items: Vec<Item> = Vec::new();
    for (seq, sealed) in &rows {
        let Some(item) = quarantine::open(store, &key, person, &place(*seq)?, sealed) else {
            replayed.damaged += u64::from(part == Part::Everything);
            continue;
        };
        match Read::of(&item) {
            Ok(read) if part == Part::Everything || matches!(read, Read::Consent(_)) => items.push(item),
            Ok(_) => {}
            Err(_) => replayed.unread += u64::from(part == Part::Everything),
        }
    }
    let opening = (key.as_ref(), store.damages().as_ref());
    let outbox = Outbox { device, epoch, enrolment: 0, person };
    let book = Entries::of(&mut transaction, outbox).await?.book(opening, &Opened::default())?;
    let deleted = Spans::of(&mut transaction, person).await?;
    let wanted = match preferences::wanted(&mut transaction, opening, person, (device, 0)).await {
        Err(error) if preferences::are_damaged(&error) => {
            let damaged = if part == Part::Everything { items.len() as u64 } else { 0 };
            return Ok(Replayed { damaged: replayed.damaged + damaged, ..replayed });
        }
        wanted => wanted?,
    };
    let mut owner = Owner { person, key, book, deleted, earlier: Earlier::default(), wanted };
    // When it was sent is not known any more: its clock is taken to have agreed with ours.
    let batch = Batch { device, epoch, enrolment: 0, sent_at_millis: received_at, items };
    let ready = Ready::of(&batch, person, &owner.key, profile);
    let settled = settle(&batch, ready, &mut owner, (received_at, Stamp::Agrees), 0, |_| true);
    replayed += count(&settled);
    for place in places(&settled) {
        take_out(&mut transaction, &place).await?;
        sqlx::query("DELETE FROM settled WHERE device = $1 AND epoch = $2 AND seq = $3")
            .bind(place.device.0.to_vec())
            .bind(to_i64(place.epoch.0)?)
            .bind(to_i64(place.seq.0)?)
            .execute(&mut **transaction)
            .await?;
    }
    let mut gathered = Gathered::default();
    commit::gather(&mut transaction, &mut gathered, &owner, settled, received_at).await?;
    gathered.write(&mut transaction).await?;
    transaction.commit().await?;
    Ok(replayed)
}

/// The places of what is decided.
fn places(settled: &Settled) -> HashSet<ItemKey> {
    let records = settled.records.iter().map(|record| record.key);
    records.chain(settled.outcomes.iter().map(|(place, ..)| *place)).collect()
}

fn count(settled: &Settled) -> Replayed {
    let kept = settled.outcomes.iter().filter(|(_, outcome, _)| outcome.is_kept()).count();
    Replayed {
        stored: (settled.records.len() + kept) as u64,
        refused: (settled.outcomes.len() - kept) as u64,
        waiting: settled.waiting,
        ..Replayed::default()
    }
}

async fn take_out(transaction: &mut Transaction<'static, Any>, place: &ItemKey) -> Result<(), SensingError> {
    let taken = sqlx::query("DELETE FROM quarantine WHERE device = $1 AND epoch = $2 AND seq = $3")
        .bind(place.device.0.to_vec())
        .bind(to_i64(place.epoch.0)?)
        .bind(to_i64(place.seq.0)?)
        .execute(&mut **transaction)
        .await?;
    match taken.rows_affected() {
        1 => Ok(()),
        _ => Err(GroundError::Corrupt("what is replayed is still kept aside").into()),
    }
}
