use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use attune_ground::GroundError;
use attune_ground::store::Clock;
use attune_ground::time::now_millis;
use attune_people::accounts::{self, DeviceKeys};
use attune_people::heartbeats::{self, SignOfLife};
use attune_people::{consent, preferences};
use attune_protocol::ProtocolError;
use attune_protocol::ack::{Ack, Answer, Run};
use attune_protocol::batch::{Batch, MAX_ITEMS};
use attune_protocol::collector_key::CollectorKeyTaken;
use attune_protocol::digest::Digest;
use attune_protocol::envelope::Kind;
use attune_protocol::heartbeat::Heartbeat;
use attune_protocol::ids::{DeviceId, Seq};
use attune_protocol::new_key::NewKey;
use attune_protocol::sign::PublicKey;
use attune_protocol::topics::{self, Inbound as Topic};
use attune_protocol::unknown::Unknown;
use attune_protocol::wishes::Followed;
use tokio::sync::{mpsc, watch};

use super::commit::{self, Held};
use super::counters::add;
use super::decide::{Committed, Settles, Verified, decide};
use super::ready::{ReadyBatch, aside, make_ready};
use super::settle::{Stamp, differs};
use super::{Inbound, IngestContext, Outbound, Queue, collector_key, enrol, new_key, unknown, wishes};
use crate::SensingError;

/// The most items of one transaction: some tenths of a second of the database's write lock.
const GROUP_ITEMS: usize = 2 * MAX_ITEMS;

/// The most items that are made ready ahead: each is several times as large in memory as on its way.
const READY_ITEMS: usize = 8 * GROUP_ITEMS;

/// Settles messages in groups and hands on the answers, until the queue is closed. After `stop` says so, nothing more is
/// taken from the broker, and what has come by then is settled and answered.
pub async fn work(
    context: IngestContext,
    queue: Arc<Queue>,
    answers: mpsc::UnboundedSender<Outbound>,
    mut stop: watch::Receiver<bool>,
) {
    vouch_for_enrolled(&context, &queue).await;
    let mut next = take_next(&context, &queue, &mut stop).await;
    while let Some(taken) = next {
        // While one group is written the next is verified and made ready: neither needs what the other uses.
        let settled = async {
            let hand_on = |answer| {
                // Fails only when the way to the broker is closed: then the device will ask again.
                let _ = answers.send(answer);
            };
            let (answered, beats) = settle(&context, &queue, taken).await;
            answered.into_iter().for_each(hand_on);
            queue.has_settled();
            // Behind the answers: what is stored is said to be, whatever is in the way of these.
            note(&context, beats).await;
        };
        (_, next) = tokio::join!(settled, take_next(&context, &queue, &mut stop));
    }
}

/// Waits for the next group and makes it ready; none once the queue is closed and empty.
async fn take_next(context: &IngestContext, queue: &Queue, stop: &mut watch::Receiver<bool>) -> Option<Taken> {
    let mut stopping = false;
    let group = loop {
        tokio::select! {
            group = queue.group() => break group,
            _ = stop.wait_for(|stop| *stop), if !stopping => {
                queue.close();
                stopping = true;
            }
        }
    };
    match group.is_empty() {
        true => None,
        false => Some(look(context, queue, group).await),
    }
}

/// Gives each device that is enrolled a line of its own: none must have been heard first, least of all in a flood.
pub(super) async fn vouch_for_enrolled(context: &IngestContext, queue: &Queue) {
    match accounts::enrolled(&context.store).await {
        Ok(devices) => devices.into_iter().for_each(|device| queue.vouch(device)),
        Err(error) => tracing::error!(%error, "Devices could not be read: each is known once it was heard."),
    }
}

/// What a message was found to be.
enum Looked {
    /// A batch that its device has signed.
    Batch(Verified),
    /// A device says what it follows.
    Followed(Followed),
    /// A device says how it stands, and when that came.
    Heartbeat(Heartbeat, i64),
    /// A device has another key, and had this one before.
    NewKey(NewKey, PublicKey),
    /// A device pins another key of the collector.
    CollectorKey(CollectorKeyTaken),
    /// One of a device that is not known.
    Unknown(Digest),
    /// Nothing that is answered.
    Nothing,
}

/// What a device has signed.
enum Said {
    Batch(Batch),
    Followed(Followed),
    Heartbeat(Heartbeat),
    NewKey(NewKey),
    CollectorKey(CollectorKeyTaken),
}

/// A group of messages that was looked at.
struct Taken {
    /// To those who need not wait for a commit.
    answers: Vec<Outbound>,
    /// Batches of one transaction each.
    groups: Vec<Group>,
    /// What devices say of how they stand, each with when it came.
    heard: Vec<(Heartbeat, i64)>,
}

/// Batches as they were made ready, and what is thought of clocks that differ from ours.
type MadeReady = (Vec<Option<ReadyBatch>>, Stamp);

/// Batches that are settled in one transaction.
struct Group {
    verified: Vec<Verified>,
    /// None where they are made ready as it is their turn.
    ready: Option<Result<MadeReady, SensingError>>,
}

/// Settles one group of messages and gives the answers to its devices. What cannot be committed gets no answer, so its
/// device sends it again.
pub async fn take_in(context: &IngestContext, queue: &Queue, group: Vec<Inbound>) -> Vec<Outbound> {
    let taken = look(context, queue, group).await;
    let (answers, beats) = settle(context, queue, taken).await;
    note(context, beats).await;
    answers
}

/// What tells how devices stand, and that they are there.
struct Beats {
    heard: Vec<(Heartbeat, i64)>,
    signs: Vec<SignOfLife>,
}

/// Settles what was looked at, and gives the answers, and what is to be noted of devices behind them.
async fn settle(context: &IngestContext, queue: &Queue, taken: Taken) -> (Vec<Outbound>, Beats) {
    let Taken { mut answers, groups, heard } = taken;
    let mut signs = Vec::new();
    for group in groups {
        answers.extend(settle_group(context, queue, group, &mut signs).await);
    }
    (answers, Beats { heard, signs })
}

/// Notes how devices stand. Behind batches: by the consent that they bring it is decided what is kept.
async fn note(context: &IngestContext, Beats { heard, signs }: Beats) {
    if let Err(error) = heartbeats::keep(&context.store, &context.people, heard).await {
        tracing::error!(%error, "How devices stand could not be noted; they say it again.");
    }
    if let Err(error) = heartbeats::move_on(&context.store, signs).await {
        tracing::error!(%error, "That devices are there could not be noted; their next batches tell it.");
    }
}

/// Looks at messages, and makes ready what of them is to be settled.
async fn look(context: &IngestContext, queue: &Queue, group: Vec<Inbound>) -> Taken {
    let mut answers = Vec::new();
    let mut verified = Vec::new();
    let mut heard = Vec::new();
    let (mut keys, messages) = decode_ahead(context, group).await;
    for (message, decoded) in messages {
        match topics::parse(&message.topic) {
            None => add(&context.counters.foreign, 1),
            Some(Topic::Enrolment(device)) => {
                // What else of this group is its own may be signed with another one.
                keys.remove(&device);
                answers.extend(enrol::answer(context, queue, device, &message.payload).await);
            }
            Some(Topic::Batches(device)) => match verify(context, &mut keys, device, (message, decoded)).await {
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
                Ok(Looked::Heartbeat(said, received_at)) => {
                    queue.vouch(device);
                    heard.push((said, received_at));
                }
                Ok(Looked::NewKey(said, before)) => {
                    queue.vouch(device);
                    // What else of this group is its own is signed with the new one.
                    keys.remove(&device);
                    answers.extend(new_key::answer(context, &before, &said).await);
                }
                Ok(Looked::CollectorKey(said)) => {
                    queue.vouch(device);
                    // What else of this group it has sent is answered with that.
                    keys.remove(&device);
                    collector_key::taken(context, said).await;
                }
                Ok(Looked::Unknown(batch)) => answers.extend(unknown::answer(context, device, batch).await),
                Ok(Looked::Nothing) => {}
                Err(error) => {
                    add(&context.counters.failed_commits, 1);
                    tracing::error!(%error, "Batch could not be looked at.");
                }
            },
        }
    }
    let (mut groups, mut items) = (Vec::new(), 0);
    for verified in grouped(verified) {
        items += verified.iter().map(|one| one.batch.items.len()).sum::<usize>();
        let ready = if items <= READY_ITEMS { Some(ready(context, &verified).await) } else { None };
        groups.push(Group { verified, ready });
    }
    Taken { answers, groups, heard }
}

/// Batches that are settled in one transaction each: as many as hold so many items together, and one at least.
fn grouped(mut rest: Vec<Verified>) -> Vec<Vec<Verified>> {
    let mut groups = Vec::new();
    while !rest.is_empty() {
        let mut items = 0;
        let fits = rest.iter().take_while(|one| {
            items += one.batch.items.len();
            items <= GROUP_ITEMS
        });
        let later = rest.split_off(fits.count().max(1));
        groups.push(std::mem::replace(&mut rest, later));
    }
    groups
}

/// The keys of devices that were looked up for a group of messages.
type Keys = HashMap<DeviceId, Option<DeviceKeys>>;

/// What a device has signed, with the one of its keys of before where it was that.
type Decoded = (Result<Said, ProtocolError>, Option<PublicKey>);

/// Looks up the keys of all devices of a group at once, and verifies and decompresses their messages on a thread that nobody waits
/// for. Where the keys cannot be looked up, each is by itself.
async fn decode_ahead(context: &IngestContext, group: Vec<Inbound>) -> (Keys, Vec<(Inbound, Option<Decoded>)>) {
    let of = |message: &Inbound| match topics::parse(&message.topic) {
        Some(Topic::Batches(device)) => Some(device),
        _ => None,
    };
    let devices: BTreeSet<DeviceId> = group.iter().filter_map(of).collect();
    let known = accounts::all_device_keys(&context.store, &devices).await.inspect_err(|error| {
        tracing::error!(%error, "Keys of devices could not be looked up together.");
    });
    let keys: Keys = known.unwrap_or_default();
    let looked_up = keys.clone();
    let decode = move |message: Inbound| {
        let known = of(&message).and_then(|device| Some((device, looked_up.get(&device)?.as_ref()?)));
        let decoded = known.map(|(device, keys)| decode_by(&message.payload, keys, device));
        (message, decoded)
    };
    match aside(move || group.into_iter().map(decode).collect()).await {
        Ok(messages) => (keys, messages),
        Err(error) => {
            tracing::error!(%error, "Messages are lost; their devices send them again.");
            (keys, Vec::new())
        }
    }
}

/// Reads a message that its device has signed, which may have been decoded by the key that it has. Of what nobody known has signed
/// nothing is kept.
async fn verify(
    context: &IngestContext,
    keys: &mut Keys,
    id: DeviceId,
    (message, decoded): (Inbound, Option<Decoded>),
) -> Result<Looked, SensingError> {
    let (known, decoded) = match keys.get(&id) {
        Some(known) => (known.clone(), decoded),
        None => {
            let found = accounts::device_keys(&context.store, id).await?;
            keys.insert(id, found.clone());
            (found, None)
        }
    };
    let counters = &context.counters;
    let name = Unknown::name_of(&message.payload);
    let Some(known) = known else {
        add(&counters.unknown_devices, 1);
        return Ok(Looked::Unknown(name));
    };
    if Batch::claimed_device(&message.payload).is_ok_and(|claimed| claimed != id) {
        add(&counters.foreign, 1);
        return Ok(Looked::Nothing);
    }
    let (bytes, payload, received_at) = (message.payload.len(), message.payload, message.received_at);
    let (key, newest, collector) = (known.key, known.former.first().copied(), known.collector);
    let decoded = match decoded {
        Some(decoded) => decoded,
        None => aside(move || decode_by(&payload, &known, id)).await?,
    };
    match decoded {
        // Its answer was lost.
        (Ok(Said::NewKey(said)), Some(former)) if Some(former) == newest => return Ok(Looked::NewKey(said, former)),
        (Ok(_), Some(_)) => {
            add(&counters.former_keys, 1);
            accounts::note_former_key(&context.store, id).await?;
            return Ok(Looked::Unknown(name));
        }
        _ => {}
    }
    match decoded.0 {
        Ok(Said::Followed(said)) => return Ok(Looked::Followed(said)),
        Ok(Said::Heartbeat(said)) => return Ok(Looked::Heartbeat(said, received_at)),
        Ok(Said::NewKey(said)) => return Ok(Looked::NewKey(said, key)),
        Ok(Said::CollectorKey(said)) => return Ok(Looked::CollectorKey(said)),
        Ok(Said::Batch(batch)) if batch.enrolment == 0 => add(&counters.outdated, 1),
        Ok(Said::Batch(batch)) if fits_columns(&batch) => {
            add(&counters.batches, 1);
            let own = context.known_as(&collector.unwrap_or_else(|| context.own.held().identity)).await?;
            return Ok(Looked::Batch(Verified { batch: Arc::new(batch), name, received_at, own }));
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

/// Reads what a device has signed by the key that it has, or by one that it had before.
fn decode_by(payload: &[u8], DeviceKeys { key, former, .. }: &DeviceKeys, id: DeviceId) -> Decoded {
    match decode(payload, key, id) {
        Err(ProtocolError::Signature) => {
            let of = |former: &PublicKey| decode(payload, former, id).ok().map(|said| (Ok(said), Some(*former)));
            former.iter().find_map(of).unwrap_or((Err(ProtocolError::Signature), None))
        }
        said => (said, None),
    }
}

/// Reads what a device signs.
fn decode(payload: &[u8], key: &PublicKey, id: DeviceId) -> Result<Said, ProtocolError> {
    match Batch::decode(payload, key) {
        Err(ProtocolError::UnexpectedKind { found: Kind::Followed, .. }) => {
            Followed::decode(payload, key, id).map(Said::Followed)
        }
        Err(ProtocolError::UnexpectedKind { found: Kind::Heartbeat, .. }) => {
            Heartbeat::decode(payload, key, id).map(Said::Heartbeat)
        }
        Err(ProtocolError::UnexpectedKind { found: Kind::NewKey, .. }) => {
            NewKey::decode(payload, key, id).map(Said::NewKey)
        }
        Err(ProtocolError::UnexpectedKind { found: Kind::CollectorKeyTaken, .. }) => {
            CollectorKeyTaken::decode(payload, key, id).map(Said::CollectorKey)
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

/// Commits a group and acknowledges it, and notes which devices are there by that. Where it cannot be committed for what is in it, every
/// batch is tried by itself, so that none
/// keeps the others from being stored; where the database is out of reach, that would only take longer.
async fn settle_group(
    context: &IngestContext,
    queue: &Queue,
    Group { verified, ready }: Group,
    signs: &mut Vec<SignOfLife>,
) -> Vec<Outbound> {
    let verified = &verified[..];
    let mut committed = Vec::new();
    let ready = match ready {
        Some(ready) => ready,
        None => self::ready(context, verified).await,
    };
    let stored = match ready {
        Ok((ready, of_wrong)) => decide(context, verified, ready, of_wrong).await,
        Err(error) => Err(error),
    };
    match stored {
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
    for one in &committed {
        answers.extend(one.untold.as_ref().map(|untold| wishes::telling(one.own, untold)));
        if let Settles::Owner(person, _) = one.whose {
            let Batch { device, enrolment, .. } = *one.batch;
            answers.extend(collector_key::with_ack(context, one.own, (device, enrolment)));
            signs.extend(one.heard_at.map(|heard_at| SignOfLife { person, device, enrolment, heard_at }));
        }
    }
    match read_back(context, &committed).await {
        Ok(held) => {
            for (one, held) in committed.iter().zip(&held) {
                answers.extend(acknowledge(context, one, held).await);
            }
        }
        Err(error) => {
            tracing::error!(%error, "What is committed could not be read; the devices will send again.");
        }
    }
    answers
}

/// What the database holds now at the places of each of these batches.
async fn read_back(
    context: &IngestContext,
    committed: &[Committed<'_>],
) -> Result<Vec<HashMap<Seq, Held>>, SensingError> {
    let known = |one: &Committed<'_>| match one.whose {
        Settles::Owner(person, _) => Some(person),
        Settles::Erased | Settles::Unknown(_) => None,
    };
    let batches: Vec<_> = committed.iter().filter_map(|one| Some((one.batch, known(one)?))).collect();
    let mut reading = context.store.pool().begin().await.map_err(GroundError::from)?;
    commit::by_key(&mut reading).await?;
    let mut held = commit::held(&mut reading, &batches, context.store.damages()).await?.into_iter();
    reading.commit().await.map_err(GroundError::from)?;
    let of = |one| known(one).and_then(|_| held.next()).unwrap_or_default();
    Ok(committed.iter().map(of).collect())
}

/// One transaction for one batch that was among others.
async fn store<'a>(context: &IngestContext, verified: &'a [Verified]) -> Result<Vec<Committed<'a>>, SensingError> {
    let (ready, of_wrong) = ready(context, verified).await?;
    decide(context, verified, ready, of_wrong).await
}

/// What can be done with batches before the database is locked.
async fn ready(context: &IngestContext, verified: &[Verified]) -> Result<MadeReady, SensingError> {
    let of_wrong = of_clocks_that_differ(context, verified).await?;
    let batches = verified.iter().map(|verified| (Arc::clone(&verified.batch), verified.received_at)).collect();
    Ok((make_ready(context, batches).await?, of_wrong))
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

/// Says what of a batch is settled, as it was read from the database after the commit.
async fn acknowledge(
    context: &IngestContext,
    committed: &Committed<'_>,
    held: &HashMap<Seq, Held>,
) -> Option<Outbound> {
    let Batch { device, epoch, .. } = *committed.batch;
    let items = &committed.batch.items;
    let digest = |seq: Seq| {
        let at = items.binary_search_by_key(&seq, |item| item.seq);
        at.ok().map(|at| Digest::of_item(seq, &items[at].bytes))
    };
    let (settled, taken) = match &committed.whose {
        Settles::Owner(_, fingerprints) => commit::compare(committed.batch, fingerprints, held),
        Settles::Erased => (items.iter().map(|item| (item.seq, Answer::Erased)).collect(), Vec::new()),
        Settles::Unknown(name) => return unknown::answer(context, device, *name).await,
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
    Some(Outbound { topic: topics::answers_to(device), payload: ack.encode(committed.own) })
}

#[cfg(test)]
mod tests;
