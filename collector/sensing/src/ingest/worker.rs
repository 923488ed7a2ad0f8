use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use attune_ground::GroundError;
use attune_people::accounts::{self, EnrolledDevice};
use attune_people::consent::{DeviceConsents, ItemKey};
use attune_protocol::ProtocolError;
use attune_protocol::ack::Ack;
use attune_protocol::batch::Batch;
use attune_protocol::enrol::{EnrolReply, EnrolRequest};
use attune_protocol::ids::{DeviceId, PersonId, Seq};
use attune_protocol::topics::{self, Inbound as Topic};
use sqlx::{Any, Transaction};
use tokio::sync::{mpsc, watch};

use super::commit::{self, Gathered};
use super::counters::add;
use super::settle::{Owner, Settled, settle};
use super::{Inbound, IngestContext, Outbound};
use crate::SensingError;

/// The most messages of one transaction.
const GROUP: usize = 256;

/// Settles messages in groups and hands on the answers, until the channel closes. After `stop` says so, nothing more is
/// taken from the broker, and what has come by then is settled and answered.
pub async fn work(
    context: IngestContext,
    mut messages: mpsc::Receiver<Inbound>,
    answers: mpsc::UnboundedSender<Outbound>,
    mut stop: watch::Receiver<bool>,
) {
    let mut group = Vec::with_capacity(GROUP);
    let mut stopping = false;
    loop {
        let received = tokio::select! {
            received = messages.recv_many(&mut group, GROUP) => Some(received),
            _ = stop.wait_for(|stop| *stop), if !stopping => None,
        };
        match received {
            Some(0) => return,
            Some(_) => {
                for answer in take_in(&context, std::mem::take(&mut group)).await {
                    // Fails only when the way to the broker is closed: then the device will ask again.
                    let _ = answers.send(answer);
                }
            }
            None => {
                messages.close();
                stopping = true;
            }
        }
    }
}

/// A batch that verified, with its device.
struct Verified {
    batch: Batch,
    device: Arc<EnrolledDevice>,
    received_at: i64,
}

/// Settles one group of messages and gives the answers to its devices. What cannot be committed gets no answer, so its
/// device sends it again.
pub async fn take_in(context: &IngestContext, group: Vec<Inbound>) -> Vec<Outbound> {
    let mut answers = Vec::new();
    let mut verified = Vec::new();
    let mut unreadable = Vec::new();
    let mut devices = HashMap::new();
    for message in group {
        match topics::parse(&message.topic) {
            None => add(&context.counters.foreign, 1),
            Some(Topic::Enrolment(device)) => answers.extend(enrol(context, device, &message.payload).await),
            Some(Topic::Batches(device)) => match verify(context, &mut devices, device, &message).await {
                Ok(Verdict::Batch(batch)) => verified.push(batch),
                Ok(Verdict::Unreadable(reason)) => unreadable.push((message, reason)),
                Ok(Verdict::Refused) => {}
                Err(error) => {
                    add(&context.counters.failed_commits, 1);
                    tracing::error!(%error, "Batch could not be looked at.");
                }
            },
        }
    }
    for (message, reason) in &unreadable {
        tracing::warn!(reason, bytes = message.payload.len(), "Message could not be read.");
    }
    if !verified.is_empty() || !unreadable.is_empty() {
        answers.extend(settle_group(context, &verified, &unreadable).await);
    }
    answers
}

/// Commits a group and acknowledges it. Where that fails, every batch is tried by itself, so that none keeps the others
/// from being stored.
async fn settle_group(
    context: &IngestContext,
    verified: &[Verified],
    unreadable: &[(Inbound, String)],
) -> Vec<Outbound> {
    let mut answers = Vec::new();
    let mut stored = verified.iter().collect::<Vec<_>>();
    if let Err(error) = store(context, verified, unreadable).await {
        add(&context.counters.failed_commits, 1);
        tracing::error!(%error, batches = verified.len(), "Group could not be committed.");
        stored.clear();
        if verified.len() > 1 {
            for one in verified {
                match store(context, std::slice::from_ref(one), &[]).await {
                    Ok(()) => stored.push(one),
                    Err(error) => tracing::error!(%error, "Batch could not be committed; its device sends it again."),
                }
            }
        }
    }
    if !stored.is_empty() {
        context.fusion.notify_one();
    }
    for Verified { batch, .. } in stored {
        answers.extend(acknowledge(context, batch).await);
    }
    answers
}

enum Verdict {
    Batch(Verified),
    Unreadable(String),
    Refused,
}

async fn verify(
    context: &IngestContext,
    devices: &mut HashMap<DeviceId, Option<Arc<EnrolledDevice>>>,
    id: DeviceId,
    message: &Inbound,
) -> Result<Verdict, SensingError> {
    let device = match devices.get(&id) {
        Some(known) => known.clone(),
        None => {
            let found = accounts::device(&context.store, id).await?.map(Arc::new);
            devices.insert(id, found.clone());
            found
        }
    };
    let counters = &context.counters;
    let Some(device) = device else {
        add(&counters.unknown_devices, 1);
        return Ok(Verdict::Refused);
    };
    if Batch::claimed_device(&message.payload).is_ok_and(|claimed| claimed != id) {
        add(&counters.foreign, 1);
        return Ok(Verdict::Refused);
    }
    Ok(match Batch::decode(&message.payload, &device.public_key) {
        Ok(batch) if !fits_columns(&batch) => Verdict::Unreadable("its numbers do not fit 63 bits".to_owned()),
        Ok(batch) => {
            add(&counters.batches, 1);
            Verdict::Batch(Verified { batch, device, received_at: message.received_at })
        }
        Err(ProtocolError::Signature | ProtocolError::PublicKey) => {
            add(&counters.forged, 1);
            Verdict::Refused
        }
        Err(error) => Verdict::Unreadable(error.to_string()),
    })
}

/// Whether epoch and sequence numbers fit the database's columns; every outbox of ours makes such.
fn fits_columns(batch: &Batch) -> bool {
    let numbers = batch.items.iter().map(|item| item.seq.0).chain([batch.epoch.0]);
    numbers.into_iter().all(|number| i64::try_from(number).is_ok())
}

/// One transaction for the whole group.
async fn store(
    context: &IngestContext,
    verified: &[Verified],
    unreadable: &[(Inbound, String)],
) -> Result<(), SensingError> {
    let mut transaction = context.store.begin().await?;
    let mut gathered = Gathered::default();
    let mut seen = HashSet::new();
    let (mut offered, mut duplicates, mut refused, mut quarantined) = (0, 0, 0, unreadable.len());
    for Verified { batch, device, received_at } in verified {
        let mut owners = owners_of(context, &mut transaction, batch.device, device).await?;
        let held: HashSet<Seq> = commit::committed(&mut *transaction, batch).await?.into_iter().collect();
        let fresh = |place: ItemKey| {
            let fresh = !held.contains(&place.seq) && seen.insert(place);
            duplicates += u64::from(!fresh);
            fresh
        };
        let settled: Settled = settle(batch, device, &mut owners, *received_at, fresh);
        offered += settled.records.len() as u64;
        refused += settled.refused.len();
        quarantined += settled.quarantined.len();
        commit::gather(&mut transaction, &mut gathered, context, &owners, settled, *received_at).await?;
    }
    for (message, reason) in unreadable {
        commit::quarantine(&mut transaction, &context.own, &message.payload, reason, message.received_at).await?;
    }
    let records = gathered.write(&mut transaction).await?;
    transaction.commit().await?;
    let counters = &context.counters;
    add(&counters.records, records);
    add(&counters.duplicates, duplicates + offered - records);
    add(&counters.refused_without_consent, refused as u64);
    add(&counters.quarantined, quarantined as u64);
    Ok(())
}

/// Keys and consents of everybody whose the device was; without those who were erased.
async fn owners_of(
    context: &IngestContext,
    transaction: &mut Transaction<'static, Any>,
    id: DeviceId,
    device: &EnrolledDevice,
) -> Result<BTreeMap<PersonId, Owner>, SensingError> {
    let mut owners = BTreeMap::new();
    for person in device.owners() {
        // Read over another connection, which SQLite allows beside its one writer.
        let key = match context.people.of(context.store.pool(), person).await {
            Ok(key) => key,
            Err(GroundError::Erased) => continue,
            Err(error) => return Err(error.into()),
        };
        let consents = DeviceConsents::of(transaction, id, person, &key).await?;
        owners.insert(person, Owner { key, consents });
    }
    Ok(owners)
}

async fn acknowledge(context: &IngestContext, batch: &Batch) -> Option<Outbound> {
    match commit::committed(context.store.pool(), batch).await {
        Ok(seqs) => {
            let ack = Ack { device: batch.device, epoch: batch.epoch, committed: Ack::runs(seqs) };
            let payload = ack.encode(&context.own.signing);
            Some(Outbound { topic: topics::answers_to(batch.device), payload })
        }
        Err(error) => {
            tracing::error!(%error, "What is committed could not be read; the device will send again.");
            None
        }
    }
}

async fn enrol(context: &IngestContext, device: DeviceId, payload: &[u8]) -> Option<Outbound> {
    let request = match EnrolRequest::decode(payload) {
        Ok(request) if request.device == device => request,
        Ok(_) => {
            add(&context.counters.foreign, 1);
            return None;
        }
        Err(error) => {
            add(&context.counters.forged, 1);
            tracing::warn!(%error, "Enrolment refused.");
            return None;
        }
    };
    match accounts::redeem_code(&context.store, &request).await {
        Ok(outcome) => {
            tracing::info!(?outcome, "Enrolment answered.");
            let collector_key = context.own.signing.public();
            let reply = EnrolReply { device, collector_key, outcome };
            Some(Outbound { topic: topics::answers_to(device), payload: reply.encode(&context.own.signing) })
        }
        Err(error) => {
            tracing::error!(%error, "Enrolment could not be looked at.");
            None
        }
    }
}
