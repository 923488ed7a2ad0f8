//! What is decided behind the lock about batches that verified, in one transaction. What is read for it is read for many of them at
//! a time: a statement for each would take longer than the records.

use std::collections::{BTreeSet, HashMap, HashSet, VecDeque};
use std::sync::Arc;

use attune_ground::GroundError;
use attune_ground::keys::Opened;
use attune_people::accounts::{self, Bound};
use attune_people::consent::{Entries, ItemKey, Outbox};
use attune_people::heartbeats;
use attune_people::preferences::{self, Chosen};
use attune_protocol::batch::Batch;
use attune_protocol::digest::Digest;
use attune_protocol::ids::{PersonId, Seq};
use attune_protocol::registry::Modality;
use attune_protocol::sign::KeyPair;
use attune_protocol::wishes::Wishes;
use sqlx::{Any, Transaction};

use super::again::{Earlier, Underway};
use super::commit::{self, Gathered, Held};
use super::counters::add;
use super::item::Fingerprint;
use super::ready::{Ready, ReadyBatch, windows};
use super::settle::{Outcome, Owner, Settled, Stamp, differs, settle};
use super::{IngestContext, quarantine};
use crate::SensingError;
use crate::spans::Spans;

/// A batch that verified.
pub(super) struct Verified {
    pub(super) batch: Arc<Batch>,
    pub(super) name: Digest,
    pub(super) received_at: i64,
    /// The key with which its device is answered: the one that it pins.
    pub(super) own: Arc<KeyPair>,
}

/// What was committed of a batch, and what is needed to say so.
pub(super) struct Committed<'a> {
    pub(super) batch: &'a Batch,
    pub(super) own: &'a Arc<KeyPair>,
    pub(super) whose: Settles,
    pub(super) wants_consent: Option<u32>,
    /// What the device is to be told, where it does not follow it.
    pub(super) untold: Option<Wishes>,
    /// When it came, where it brought something new that was sensed and is kept: so its device is there. One that is shown again says
    /// nothing of that.
    pub(super) heard_at: Option<i64>,
}

/// Who settles a batch.
pub(super) enum Settles {
    /// Whoever it belongs to. Who that is, and the fingerprints of its items.
    Owner(PersonId, Vec<Fingerprint>),
    /// Nobody any more: the person was erased.
    Erased,
    /// Nobody: its enrolment is not known. The batch's name, to say so.
    Unknown(Digest),
}

/// Decides behind the lock, by what stands there: what was made ready counts as far as it still is so.
pub(super) async fn decide<'a>(
    context: &IngestContext,
    verified: &'a [Verified],
    ready: Vec<Option<ReadyBatch>>,
    of_wrong: Stamp,
) -> Result<Vec<Committed<'a>>, SensingError> {
    let mut transaction = context.store.begin().await?;
    commit::by_key(&mut transaction).await?;
    let devices = verified.iter().map(|verified| verified.batch.device).collect();
    accounts::hold(&context.store, &mut transaction, &devices).await?;
    let mut deciding = Deciding::of(context, of_wrong);
    let mut waiting: VecDeque<_> = verified.iter().zip(ready).collect();
    while !waiting.is_empty() {
        // What one batch changes concerns the next of its own device at most: of each device one at a time is looked up.
        let mut devices = HashSet::new();
        let together = waiting.iter().take_while(|(one, _)| devices.insert(one.batch.device)).count();
        let some: Vec<_> = waiting.drain(..together).collect();
        let asked: Vec<_> = some.iter().map(|(one, ready)| (&*one.batch, ready.as_ref())).collect();
        let whose = owners_of(context, &mut transaction, &asked).await?;
        let known: Vec<_> =
            asked.iter().zip(&whose).filter_map(|((batch, _), whose)| Some((*batch, whose.person()?))).collect();
        // Records and outcomes are written at the end: none of this group are among them.
        let mut held = commit::held(&mut transaction, &known, context.store.damages()).await?.into_iter();
        for ((verified, ready), whose) in some.into_iter().zip(whose) {
            let held = if whose.person().is_some() { held.next().unwrap_or_default() } else { HashMap::new() };
            deciding.decide(&mut transaction, (verified, ready, held), whose).await?;
        }
    }
    let Deciding { gathered, tally, committed, .. } = deciding;
    let records = gathered.write(&mut transaction).await?;
    transaction.commit().await?;
    tally.add_to(context, records);
    Ok(committed)
}

/// What one transaction decides, batch after batch.
struct Deciding<'c, 'a> {
    context: &'c IngestContext,
    of_wrong: Stamp,
    gathered: Gathered,
    underway: Underway,
    seen: HashSet<ItemKey>,
    tally: Tally,
    committed: Vec<Committed<'a>>,
}

impl<'c, 'a> Deciding<'c, 'a> {
    fn of(context: &'c IngestContext, of_wrong: Stamp) -> Self {
        Self {
            context,
            of_wrong,
            gathered: Gathered::default(),
            underway: Underway::default(),
            seen: HashSet::new(),
            tally: Tally::default(),
            committed: Vec::new(),
        }
    }

    async fn decide(
        &mut self,
        transaction: &mut Transaction<'static, Any>,
        (verified, ready, held): (&'a Verified, Option<ReadyBatch>, HashMap<Seq, Held>),
        whose: Whose,
    ) -> Result<(), SensingError> {
        let Self { context, of_wrong, gathered, underway, seen, tally, committed } = self;
        let Verified { batch, name, received_at, own } = verified;
        let (mut owner, bound) = match whose {
            Whose::Known(owner, bound) => (*owner, bound),
            Whose::Unknown => {
                tally.unknown_enrolments += 1;
                let whose = Settles::Unknown(*name);
                committed.push(Committed { batch, own, whose, wants_consent: None, untold: None, heard_at: None });
                return Ok(());
            }
            Whose::Closed => {
                tally.closed += 1;
                return Ok(());
            }
            Whose::Erased => {
                tally.erased += batch.items.len() as u64;
                let whose = Settles::Erased;
                committed.push(Committed { batch, own, whose, wants_consent: None, untold: None, heard_at: None });
                return Ok(());
            }
        };
        context.store.hear_time(batch.device, owner.person, batch.sent_at_millis, *received_at);
        let stamp = if differs(batch, *received_at) { *of_wrong } else { Stamp::Agrees };
        let ready = ready.and_then(|ready| ready.under(owner.person, &owner.key));
        let (ready, stored) =
            ready.unwrap_or_else(|| (Ready::of(batch, owner.person, &owner.key, context.profile), Opened::default()));
        let room = match ready.iter().any(Ready::wants_room) {
            true => quarantine::room(transaction, batch.device).await?,
            false => 0,
        };
        let opening = (owner.key.as_ref(), context.store.damages().as_ref());
        let windows = windows(&ready, *received_at);
        owner.earlier = Earlier::of(transaction, batch, windows, (&bound, &*underway), opening, &stored).await?;
        let fingerprints = ready.iter().map(|ready| ready.fingerprint).collect();
        let settled = settle(batch, ready, &mut owner, (*received_at, stamp), room, |place| {
            let fresh = !held.contains_key(&place.seq) && seen.insert(place);
            tally.duplicates += u64::from(!fresh);
            fresh
        });
        tally.count(&settled);
        underway.note(batch, bound.number, &settled.records);
        let wants_consent = settled.wants_consent;
        let untold = owner.wanted.untold((batch.device, batch.enrolment), settled.unheard);
        if settled.unheard {
            preferences::unfollow(transaction, batch.device, batch.enrolment).await?;
        }
        let is_sensed = |number| Modality::from_number(number).is_some_and(Modality::is_sensed);
        let heard_at = settled.records.iter().any(|record| is_sensed(record.modality)).then_some(*received_at);
        let has_withdrawn = settled.consents.iter().any(|(_, change)| !change.granted);
        commit::gather(transaction, gathered, &owner, settled, *received_at).await?;
        if has_withdrawn {
            let (damages, whose) = (context.store.damages(), (owner.person, owner.key.as_ref()));
            heartbeats::let_go_where_withdrawn(transaction, damages, whose, batch.device).await?;
        }
        let whose = Settles::Owner(owner.person, fingerprints);
        committed.push(Committed { batch, own, whose, wants_consent, untold, heard_at });
        Ok(())
    }
}

/// What a transaction will have done, counted only once it is committed.
#[derive(Default)]
struct Tally {
    offered: u64,
    duplicates: u64,
    no_consent: u64,
    withdrawn: u64,
    bad_time: u64,
    erased: u64,
    switched_off: u64,
    not_kept: u64,
    quarantined: u64,
    unreadable: u64,
    withheld: u64,
    waiting: u64,
    unknown_enrolments: u64,
    closed: u64,
}

impl Tally {
    fn count(&mut self, settled: &Settled) {
        let of = |outcome| settled.outcomes.iter().filter(|(_, is, _)| *is == outcome).count() as u64;
        self.offered += settled.records.len() as u64;
        self.no_consent += of(Outcome::NoConsent);
        self.withdrawn += of(Outcome::Withdrawn);
        self.bad_time += of(Outcome::Time);
        self.erased += of(Outcome::Erased);
        self.switched_off += of(Outcome::SwitchedOff);
        self.not_kept += of(Outcome::NotKept);
        self.quarantined += of(Outcome::Quarantined);
        self.duplicates += of(Outcome::StoredBefore);
        self.unreadable += settled.unreadable;
        self.withheld += settled.withheld;
        self.waiting += settled.waiting;
    }

    fn add_to(self, context: &IngestContext, records: u64) {
        let counters = &context.counters;
        for (counter, count) in [
            (&counters.records, records),
            (&counters.duplicates, self.duplicates + self.offered.saturating_sub(records)),
            (&counters.refused_no_consent, self.no_consent),
            (&counters.refused_withdrawn, self.withdrawn),
            (&counters.refused_time, self.bad_time),
            (&counters.refused_erased, self.erased),
            (&counters.refused_switched_off, self.switched_off),
            (&counters.refused_not_kept, self.not_kept),
            (&counters.quarantined, self.quarantined),
            (&counters.unreadable, self.unreadable),
            (&counters.withheld_by_profile, self.withheld),
            (&counters.waiting_for_consent, self.waiting),
            (&counters.unknown_enrolments, self.unknown_enrolments),
            (&counters.closed, self.closed),
        ] {
            add(counter, count);
        }
    }
}

/// Whose a batch is.
enum Whose {
    Known(Box<Owner>, Bound),
    /// Its device has no such enrolment.
    Unknown,
    /// The person was erased.
    Erased,
    /// The key of the person is damaged, and nothing can be sealed, or what they chose does not open: the device keeps what it holds.
    Closed,
}

impl Whose {
    fn person(&self) -> Option<PersonId> {
        match self {
            Self::Known(owner, _) => Some(owner.person),
            Self::Unknown | Self::Erased | Self::Closed => None,
        }
    }
}

/// Whose batches are, each of another device, with keys and consents. Over the connection that holds the lock, for a second one
/// might never come.
async fn owners_of(
    context: &IngestContext,
    transaction: &mut Transaction<'static, Any>,
    batches: &[(&Batch, Option<&ReadyBatch>)],
) -> Result<Vec<Whose>, SensingError> {
    let outboxes: Vec<_> = batches.iter().map(|(batch, _)| (batch.device, batch.epoch)).collect();
    let mut bound = accounts::owners_of(transaction, &outboxes).await?;
    for ((batch, _), bound) in batches.iter().zip(&mut bound).filter(|(_, bound)| bound.is_none()) {
        // A new outbox is bound now, if it can be.
        *bound = accounts::owner_of(transaction, batch.device, batch.epoch, batch.enrolment).await?;
    }
    let people: BTreeSet<PersonId> = bound.iter().flatten().map(|bound| bound.person).collect();
    let wrapped = context.people.all_wrapped(&people).await?;
    let mut all: Vec<Option<Whose>> = Vec::with_capacity(batches.len());
    let mut opened = Vec::new();
    for (place, ((batch, ready), bound)) in batches.iter().zip(bound).enumerate() {
        let Some(bound) = bound else {
            all.push(Some(Whose::Unknown));
            continue;
        };
        let (person, known) = (bound.person, ready.map(ReadyBatch::key));
        let key = match wrapped.get(&person) {
            Some(wrapped) => context.people.of_wrapped(person, wrapped.clone(), known),
            None => context.people.of_known(person, known).await,
        };
        all.push(match key {
            Ok(key) => {
                opened.push((place, *batch, *ready, bound, key));
                None
            }
            Err(GroundError::Erased) => Some(Whose::Erased),
            Err(GroundError::Damaged(_)) => Some(Whose::Closed),
            Err(error) => return Err(error.into()),
        });
    }
    let mut outboxes = Vec::with_capacity(opened.len());
    for (_, batch, _, bound, _) in &opened {
        let Batch { device, epoch, enrolment, .. } = **batch;
        outboxes.push(Outbox { device, epoch, enrolment, person: bound.person });
    }
    let entries = Entries::of_all(transaction, &outboxes).await?;
    let people: Vec<PersonId> = outboxes.iter().map(|outbox| outbox.person).collect();
    let deleted = Spans::of_all(transaction, &people).await?;
    let devices: Vec<_> = outboxes.iter().map(|outbox| (outbox.person, outbox.device, outbox.enrolment)).collect();
    let chosen = Chosen::of(transaction, &devices).await?;
    for ((((place, _, ready, bound, key), entries), deleted), chosen) in
        opened.into_iter().zip(entries).zip(deleted).zip(chosen)
    {
        let person = bound.person;
        let opening = (key.as_ref(), context.store.damages().as_ref());
        let book = match ready.and_then(|ready| ready.changes(person, &key)) {
            Some(known) => entries.book(opening, known),
            None => entries.book(opening, &Opened::default()),
        };
        let book = book?;
        all[place] = Some(match chosen.open(opening) {
            Err(error) if preferences::are_damaged(&error) => Whose::Closed,
            wanted => {
                let (wanted, earlier) = (wanted?, Earlier::default());
                Whose::Known(Box::new(Owner { person, key, book, deleted, earlier, wanted }), bound)
            }
        });
    }
    // Each was found above, or opened.
    Ok(all.into_iter().map(|whose| whose.unwrap_or(Whose::Closed)).collect())
}
