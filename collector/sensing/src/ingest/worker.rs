use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use attune_ground::GroundError;
use attune_ground::keys::Opened;
use attune_ground::store::Clock;
use attune_ground::time::now_millis;
use attune_people::accounts::{self, Bound, DeviceKeys};
use attune_people::consent::{self, Entries, Outbox};
use attune_people::preferences;
use attune_protocol::ProtocolError;
use attune_protocol::ack::{Ack, Answer, Run};
use attune_protocol::batch::{Batch, MAX_ITEMS};
use attune_protocol::digest::Digest;
use attune_protocol::envelope::Kind;
use attune_protocol::ids::{DeviceId, PersonId, Seq};
use attune_protocol::new_key::NewKey;
use attune_protocol::sign::PublicKey;
use attune_protocol::topics::{self, Inbound as Topic};
use attune_protocol::unknown::Unknown;
use attune_protocol::wishes::{Followed, Wishes};
use sqlx::{Any, Transaction};
use tokio::sync::{mpsc, watch};

use super::again::{Earlier, Underway};
use super::commit::{self, Gathered};
use super::counters::add;
use super::item::Fingerprint;
use super::ready::{Ready, ReadyBatch, make_ready, windows};
use super::settle::{Outcome, Owner, Settled, Stamp, differs, settle};
use super::{Inbound, IngestContext, Outbound, Queue, enrol, new_key, quarantine, unknown, wishes};
use crate::SensingError;
use crate::spans::Spans;

/// The most items of one transaction: some tenths of a second of the database's write lock.
const GROUP_ITEMS: usize = 2 * MAX_ITEMS;

/// Settles messages in groups and hands on the answers, until the queue is closed. After `stop` says so, nothing more is
/// taken from the broker, and what has come by then is settled and answered.
pub async fn work(
    context: IngestContext,
    queue: Arc<Queue>,
    answers: mpsc::UnboundedSender<Outbound>,
    mut stop: watch::Receiver<bool>,
) {
    vouch_for_enrolled(&context, &queue).await;
    let mut stopping = false;
    loop {
        let group = tokio::select! {
            group = queue.group() => group,
            _ = stop.wait_for(|stop| *stop), if !stopping => {
                queue.close();
                stopping = true;
                continue;
            }
        };
        if group.is_empty() {
            return;
        }
        for answer in take_in(&context, &queue, group).await {
            // Fails only when the way to the broker is closed: then the device will ask again.
            let _ = answers.send(answer);
        }
    }
}

/// Gives each device that is enrolled a line of its own: none must have been heard first, least of all in a flood.
pub(super) async fn vouch_for_enrolled(context: &IngestContext, queue: &Queue) {
    match accounts::enrolled(&context.store).await {
        Ok(devices) => devices.into_iter().for_each(|device| queue.vouch(device)),
        Err(error) => tracing::error!(%error, "Devices could not be read: each is known once it was heard."),
    }
}

/// A batch that verified.
struct Verified {
    batch: Arc<Batch>,
    name: Digest,
    received_at: i64,
}

/// What a message was found to be.
enum Looked {
    /// A batch that its device has signed.
    Batch(Verified),
    /// A device says what it follows.
    Followed(Followed),
    /// A device has another key, and had this one before.
    NewKey(NewKey, PublicKey),
    /// One of a device that is not known.
    Unknown(Digest),
    /// Nothing that is answered.
    Nothing,
}

/// What a device has signed.
enum Said {
    Batch(Batch),
    Followed(Followed),
    NewKey(NewKey),
}

/// Settles one group of messages and gives the answers to its devices. What cannot be committed gets no answer, so its
/// device sends it again.
pub async fn take_in(context: &IngestContext, queue: &Queue, group: Vec<Inbound>) -> Vec<Outbound> {
    let mut answers = Vec::new();
    let mut verified = Vec::new();
    let mut keys = HashMap::new();
    for message in group {
        match topics::parse(&message.topic) {
            None => add(&context.counters.foreign, 1),
            Some(Topic::Enrolment(device)) => {
                answers.extend(enrol::answer(context, queue, device, &message.payload).await);
            }
            Some(Topic::Batches(device)) => match verify(context, &mut keys, device, message).await {
                Ok(Looked::Batch(batch)) => {
                    queue.vouch(device);
                    verified.push(batch);
                }
                Ok(Looked::Followed(said)) => {
                    queue.vouch(device);
                    if let Err(error) = preferences::follow(&context.store, &context.people, said).await {
                        tracing::error!(%error, "That a device follows could not be noted; it is told again.");
                    }
                }
                Ok(Looked::NewKey(said, before)) => {
                    queue.vouch(device);
                    // What else of this group is its own is signed with the new one.
                    keys.remove(&device);
                    answers.extend(new_key::answer(context, &before, &said).await);
                }
                Ok(Looked::Unknown(batch)) => answers.extend(unknown::answer(context, device, batch)),
                Ok(Looked::Nothing) => {}
                Err(error) => {
                    add(&context.counters.failed_commits, 1);
                    tracing::error!(%error, "Batch could not be looked at.");
                }
            },
        }
    }
    for group in groups(&verified) {
        answers.extend(settle_group(context, queue, group).await);
    }
    answers
}

/// Batches that are settled in one transaction each: as many as hold so many items together, and one at least.
fn groups(mut rest: &[Verified]) -> Vec<&[Verified]> {
    let mut groups = Vec::new();
    while !rest.is_empty() {
        let mut items = 0;
        let fits = rest.iter().take_while(|one| {
            items += one.batch.items.len();
            items <= GROUP_ITEMS
        });
        let (group, later) = rest.split_at(fits.count().max(1));
        groups.push(group);
        rest = later;
    }
    groups
}

/// Reads a message that its device has signed. Of what nobody known has signed nothing is kept.
async fn verify(
    context: &IngestContext,
    keys: &mut HashMap<DeviceId, Option<DeviceKeys>>,
    id: DeviceId,
    message: Inbound,
) -> Result<Looked, SensingError> {
    let key = match keys.get(&id) {
        Some(known) => *known,
        None => {
            let found = accounts::device_keys(&context.store, id).await?;
            keys.insert(id, found);
            found
        }
    };
    let counters = &context.counters;
    let name = Unknown::name_of(&message.payload);
    let Some(DeviceKeys { key, former }) = key else {
        add(&counters.unknown_devices, 1);
        return Ok(Looked::Unknown(name));
    };
    if Batch::claimed_device(&message.payload).is_ok_and(|claimed| claimed != id) {
        add(&counters.foreign, 1);
        return Ok(Looked::Nothing);
    }
    let (bytes, payload) = (message.payload.len(), message.payload);
    // Signature and decompression: not on a thread that others wait for.
    let decoded = tokio::task::spawn_blocking(move || match decode(&payload, &key, id) {
        Err(ProtocolError::Signature) => match former.map(|former| (decode(&payload, &former, id), former)) {
            Some((Ok(said), former)) => (Ok(said), Some(former)),
            _ => (Err(ProtocolError::Signature), None),
        },
        said => (said, None),
    });
    let decoded = decoded.await.map_err(|_| SensingError::Broker("a message could not be decoded".into()))?;
    match decoded {
        // Its answer was lost.
        (Ok(Said::NewKey(said)), Some(former)) => return Ok(Looked::NewKey(said, former)),
        (Ok(_), Some(_)) => {
            add(&counters.former_keys, 1);
            accounts::note_former_key(&context.store, id).await?;
            return Ok(Looked::Unknown(name));
        }
        _ => {}
    }
    match decoded.0 {
        Ok(Said::Followed(said)) => return Ok(Looked::Followed(said)),
        Ok(Said::NewKey(said)) => return Ok(Looked::NewKey(said, key)),
        Ok(Said::Batch(batch)) if batch.enrolment == 0 => add(&counters.outdated, 1),
        Ok(Said::Batch(batch)) if fits_columns(&batch) => {
            add(&counters.batches, 1);
            return Ok(Looked::Batch(Verified { batch: Arc::new(batch), name, received_at: message.received_at }));
        }
        Ok(_) => add(&counters.unreadable, 1),
        Err(ProtocolError::Signature | ProtocolError::PublicKey) => add(&counters.forged, 1),
        Err(error @ (ProtocolError::Version(_) | ProtocolError::UnknownKind(_))) => {
            add(&counters.newer, 1);
            tracing::warn!(%error, bytes, "An agent speaks a later version than this collector, and keeps what it has: bring the collector up to date.");
        }
        Err(error) => {
            add(&counters.unreadable, 1);
            tracing::warn!(%error, bytes, "Message could not be read; its device keeps it.");
        }
    }
    Ok(Looked::Nothing)
}

/// Reads what a device signs.
fn decode(payload: &[u8], key: &PublicKey, id: DeviceId) -> Result<Said, ProtocolError> {
    match Batch::decode(payload, key) {
        Err(ProtocolError::UnexpectedKind { found: Kind::Followed, .. }) => {
            Followed::decode(payload, key, id).map(Said::Followed)
        }
        Err(ProtocolError::UnexpectedKind { found: Kind::NewKey, .. }) => {
            NewKey::decode(payload, key, id).map(Said::NewKey)
        }
        batch => batch.map(Said::Batch),
    }
}

/// Whether epoch and sequence numbers fit the database's columns; every outbox of ours makes such.
fn fits_columns(batch: &Batch) -> bool {
    let numbers = batch.items.iter().map(|item| item.seq.0).chain([batch.epoch.0]);
    // The last epoch is the browser's.
    batch.epoch != consent::BROWSER && numbers.into_iter().all(|number| i64::try_from(number).is_ok())
}

/// What was committed of a batch, and what is needed to say so.
struct Committed<'a> {
    batch: &'a Batch,
    whose: Settles,
    wants_consent: Option<u32>,
    /// What the device is to be told, where it does not follow it.
    untold: Option<Wishes>,
}

/// Who settles a batch.
enum Settles {
    /// Whoever it belongs to: who that is, and the fingerprints of its items.
    Owner((PersonId, Vec<Fingerprint>)),
    /// Nobody any more: the person was erased.
    Erased,
    /// Nobody: its enrolment is not known. The batch's name, to say so.
    Unknown(Digest),
}

/// Commits a group and acknowledges it. Where that fails for what is in it, every batch is tried by itself, so that none
/// keeps the others from being stored; where the database is out of reach, that would only take longer.
async fn settle_group(context: &IngestContext, queue: &Queue, verified: &[Verified]) -> Vec<Outbound> {
    let mut committed = Vec::new();
    match store(context, verified).await {
        Ok(stored) => committed = stored,
        Err(error) => {
            add(&context.counters.failed_commits, 1);
            verified.iter().for_each(|one| queue.press(one.batch.device));
            tracing::error!(%error, batches = verified.len(), "Group could not be committed.");
            if verified.len() > 1 && !error.is_of_the_database() {
                for one in verified {
                    match store(context, std::slice::from_ref(one)).await {
                        Ok(stored) => committed.extend(stored),
                        Err(error) => {
                            tracing::error!(%error, "Batch could not be committed; its device sends it again.");
                        }
                    }
                }
            }
        }
    }
    if !committed.is_empty() {
        context.fusion.notify_one();
    }
    let mut answers = Vec::new();
    for one in committed {
        answers.extend(one.untold.as_ref().map(|untold| wishes::telling(context, untold)));
        match acknowledge(context, &one).await {
            Ok(answer) => answers.extend(answer),
            Err(error) => {
                tracing::error!(%error, "What is committed could not be read; the device will send again.");
            }
        }
    }
    answers
}

/// One transaction for the whole group.
async fn store<'a>(context: &IngestContext, verified: &'a [Verified]) -> Result<Vec<Committed<'a>>, SensingError> {
    let of_wrong = of_clocks_that_differ(context, verified).await?;
    let batches = verified.iter().map(|verified| (Arc::clone(&verified.batch), verified.received_at)).collect();
    let ready = make_ready(context, batches).await?;
    commit(context, verified, ready, of_wrong).await
}

/// Decides behind the lock, by what stands there: what was made ready counts as far as it still is so.
async fn commit<'a>(
    context: &IngestContext,
    verified: &'a [Verified],
    ready: Vec<Option<ReadyBatch>>,
    of_wrong: Stamp,
) -> Result<Vec<Committed<'a>>, SensingError> {
    let mut transaction = context.store.begin().await?;
    let devices = verified.iter().map(|verified| verified.batch.device).collect();
    accounts::hold(&context.store, &mut transaction, &devices).await?;
    let (mut gathered, mut underway) = (Gathered::default(), Underway::default());
    let mut seen = HashSet::new();
    let mut tally = Tally::default();
    let mut committed = Vec::new();
    for (Verified { batch, name, received_at }, ready) in verified.iter().zip(ready) {
        let (mut owner, bound) = match owner_of(context, &mut transaction, batch, ready.as_ref()).await? {
            Whose::Known(owner, bound) => (*owner, bound),
            Whose::Unknown => {
                tally.unknown_enrolments += 1;
                committed.push(Committed { batch, whose: Settles::Unknown(*name), wants_consent: None, untold: None });
                continue;
            }
            Whose::Closed => {
                tally.closed += 1;
                continue;
            }
            Whose::Erased => {
                tally.erased += batch.items.len() as u64;
                committed.push(Committed { batch, whose: Settles::Erased, wants_consent: None, untold: None });
                continue;
            }
        };
        context.store.hear_time(batch.device, owner.person, batch.sent_at_millis, *received_at);
        let stamp = if differs(batch, *received_at) { of_wrong } else { Stamp::Agrees };
        let held = commit::held(&mut transaction, batch, owner.person, context.store.damages()).await?;
        let room = quarantine::room(&mut transaction, batch.device).await?;
        let ready = ready.and_then(|ready| ready.under(owner.person, &owner.key));
        let (ready, stored) =
            ready.unwrap_or_else(|| (Ready::of(batch, owner.person, &owner.key, context.profile), Opened::default()));
        let opening = (owner.key.as_ref(), context.store.damages().as_ref());
        let windows = windows(&ready, *received_at);
        owner.earlier = Earlier::of(&mut transaction, batch, windows, (&bound, &underway), opening, &stored).await?;
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
            preferences::unfollow(&mut transaction, batch.device, batch.enrolment).await?;
        }
        commit::gather(&mut transaction, &mut gathered, &owner, settled, *received_at).await?;
        committed.push(Committed { batch, whose: Settles::Owner((owner.person, fingerprints)), wants_consent, untold });
    }
    let records = gathered.write(&mut transaction).await?;
    transaction.commit().await?;
    tally.add_to(context, records);
    Ok(committed)
}

/// What is thought of clocks of this group that differ from ours. What is refused for its time is gone for good, so ours must be
/// known to be right, as where something is deleted by its age.
async fn of_clocks_that_differ(context: &IngestContext, verified: &[Verified]) -> Result<Stamp, SensingError> {
    if !verified.iter().any(|one| differs(&one.batch, one.received_at)) {
        return Ok(Stamp::Agrees);
    }
    Ok(match context.store.look_at_clock().await? {
        Clock::Plausible => Stamp::Wrong,
        Clock::Unseen | Clock::Leapt(_) | Clock::Disagrees { .. } => {
            tracing::warn!(
                "A device's clock and this machine's differ, and this one may be wrong: its records stay there."
            );
            Stamp::InDoubt
        }
    })
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

/// Whose a batch is, with key and consents. Over the connection that holds the lock, for a second one might never come.
async fn owner_of(
    context: &IngestContext,
    transaction: &mut Transaction<'static, Any>,
    batch: &Batch,
    ready: Option<&ReadyBatch>,
) -> Result<Whose, SensingError> {
    let Batch { device, epoch, enrolment, .. } = *batch;
    let Some(bound) = accounts::owner_of(transaction, device, epoch, enrolment).await? else {
        return Ok(Whose::Unknown);
    };
    let person = bound.person;
    let known = ready.map(ReadyBatch::key);
    let key = match context.people.of_known(person, known).await {
        Ok(key) => key,
        Err(GroundError::Erased) => return Ok(Whose::Erased),
        Err(GroundError::Damaged(_)) => return Ok(Whose::Closed),
        Err(error) => return Err(error.into()),
    };
    let opening = (key.as_ref(), context.store.damages().as_ref());
    let entries = Entries::of(transaction, Outbox { device, epoch, enrolment, person }).await?;
    let book = match ready.and_then(|ready| ready.changes(person, &key)) {
        Some(known) => entries.book(opening, known),
        None => entries.book(opening, &Opened::default()),
    };
    let book = book?;
    let deleted = Spans::of(transaction, person).await?;
    let wanted = match preferences::wanted(transaction, opening, person, (device, enrolment)).await {
        Err(error) if preferences::are_damaged(&error) => return Ok(Whose::Closed),
        wanted => wanted?,
    };
    let owner = Owner { person, key, book, deleted, earlier: Earlier::default(), wanted };
    Ok(Whose::Known(Box::new(owner), bound))
}

/// Says what of a batch is settled, as it is read from the database now.
async fn acknowledge(context: &IngestContext, committed: &Committed<'_>) -> Result<Option<Outbound>, SensingError> {
    let Batch { device, epoch, .. } = *committed.batch;
    let items = &committed.batch.items;
    let digest = |seq: Seq| {
        let at = items.binary_search_by_key(&seq, |item| item.seq);
        at.ok().map(|at| Digest::of_item(seq, &items[at].bytes))
    };
    let (settled, taken) = match &committed.whose {
        Settles::Owner((person, fingerprints)) => {
            let mut connection = context.store.pool().acquire().await.map_err(GroundError::from)?;
            let held = commit::held(&mut connection, committed.batch, *person, context.store.damages()).await?;
            commit::compare(committed.batch, fingerprints, &held)
        }
        Settles::Erased => (items.iter().map(|item| (item.seq, Answer::Erased)).collect(), Vec::new()),
        Settles::Unknown(name) => return Ok(unknown::answer(context, device, *name)),
    };
    if !taken.is_empty() {
        add(&context.counters.taken, taken.len() as u64);
        tracing::warn!(items = taken.len(), %device, "Places of an outbox hold something else; its device begins a new one.");
    }
    let settled = settled.into_iter().filter_map(|(seq, answer)| Some((seq, answer, digest(seq)?)));
    let ack = Ack {
        device,
        epoch,
        profile: context.profile,
        at_millis: now_millis(),
        settled: Run::of(settled),
        taken: Ack::runs(taken),
        wants_consent: committed.wants_consent,
    };
    Ok(Some(Outbound { topic: topics::answers_to(device), payload: ack.encode(&context.own.signing) }))
}

#[cfg(test)]
mod tests;
