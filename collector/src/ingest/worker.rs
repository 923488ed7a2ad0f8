use std::collections::HashMap;

use attune_protocol::ProtocolError;
use attune_protocol::ack::Ack;
use attune_protocol::batch::Batch;
use attune_protocol::enrol::{EnrolReply, EnrolRequest};
use attune_protocol::ids::DeviceId;
use attune_protocol::topics::{self, Inbound as Topic};
use rumqttc::{AsyncClient, QoS};
use tokio::sync::{mpsc, watch};

use super::commit::{self, Written};
use super::counters::add;
use super::settle::{Settled, settle};
use super::{Inbound, IngestContext, Outbound};
use crate::CollectorError;
use crate::accounts::{self, EnrolledDevice};
use crate::consent::DeviceConsents;

/// The most messages of one transaction.
const GROUP: usize = 256;

/// Settles messages in groups and sends the answers, until the channel closes or `stop` says so. A group that was begun
/// is finished.
pub async fn work(
    context: IngestContext,
    mut messages: mpsc::Receiver<Inbound>,
    client: AsyncClient,
    mut stop: watch::Receiver<bool>,
) {
    let mut group = Vec::with_capacity(GROUP);
    loop {
        tokio::select! {
            biased;
            _ = stop.wait_for(|stop| *stop) => return,
            received = messages.recv_many(&mut group, GROUP) => if received == 0 { return },
        }
        for answer in take_in(&context, std::mem::take(&mut group)).await {
            if let Err(error) = client.publish(answer.topic, QoS::AtLeastOnce, false, answer.payload).await {
                tracing::warn!(%error, "Answer could not be sent; its device will ask again.");
            }
        }
    }
}

/// A batch that verified, with its owner.
struct Verified {
    batch: Batch,
    owner: EnrolledDevice,
    received_at: i64,
}

/// Settles one group of messages and gives the answers to its devices. What cannot be committed gets no answer, so its
/// device sends it again.
pub(crate) async fn take_in(context: &IngestContext, group: Vec<Inbound>) -> Vec<Outbound> {
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
    if verified.is_empty() && unreadable.is_empty() {
        return answers;
    }
    match store(context, &verified, &unreadable).await {
        Ok(()) => {
            context.fusion.notify_one();
            for Verified { batch, .. } in &verified {
                answers.extend(acknowledge(context, batch).await);
            }
        }
        Err(error) => {
            add(&context.counters.failed_commits, 1);
            tracing::error!(%error, "Group could not be committed.");
        }
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
    devices: &mut HashMap<DeviceId, Option<EnrolledDevice>>,
    device: DeviceId,
    message: &Inbound,
) -> Result<Verdict, CollectorError> {
    let owner = match devices.get(&device) {
        Some(known) => *known,
        None => {
            let found = accounts::device(&context.store, device).await?;
            devices.insert(device, found);
            found
        }
    };
    let counters = &context.counters;
    let Some(owner) = owner else {
        add(&counters.unknown_devices, 1);
        return Ok(Verdict::Refused);
    };
    if Batch::claimed_device(&message.payload).is_ok_and(|claimed| claimed != device) {
        add(&counters.foreign, 1);
        return Ok(Verdict::Refused);
    }
    Ok(match Batch::decode(&message.payload, &owner.public_key) {
        Ok(batch) => {
            add(&counters.batches, 1);
            Verdict::Batch(Verified { batch, owner, received_at: message.received_at })
        }
        Err(ProtocolError::Signature | ProtocolError::PublicKey) => {
            add(&counters.forged, 1);
            Verdict::Refused
        }
        Err(error) => Verdict::Unreadable(error.to_string()),
    })
}

/// One transaction for the whole group.
async fn store(
    context: &IngestContext,
    verified: &[Verified],
    unreadable: &[(Inbound, String)],
) -> Result<(), CollectorError> {
    let counters = &context.counters;
    // Keys first: they may be read over another connection, and SQLite has one writer.
    let mut keys = Vec::with_capacity(verified.len());
    for Verified { owner, .. } in verified {
        keys.push(context.people.of(&context.store, owner.person).await?);
    }
    let mut transaction = context.store.begin().await?;
    let mut written = Written::default();
    let (mut refused, mut quarantined) = (0, unreadable.len());
    for (Verified { batch, owner, received_at }, key) in verified.iter().zip(keys) {
        let mut consents = DeviceConsents::of(&mut transaction, batch.device).await?;
        let settled: Settled = settle(batch, owner.person, &key, &mut consents, *received_at);
        let new = commit::write(&mut transaction, &context.own, owner.person, &settled, *received_at).await?;
        written.records += new.records;
        written.duplicates += new.duplicates;
        refused += settled.refused.len();
        quarantined += settled.quarantined.len();
    }
    for (message, reason) in unreadable {
        commit::quarantine(&mut transaction, &context.own, &message.payload, reason, message.received_at).await?;
    }
    transaction.commit().await?;
    add(&counters.records, written.records);
    add(&counters.duplicates, written.duplicates);
    add(&counters.refused_without_consent, refused as u64);
    add(&counters.quarantined, quarantined as u64);
    Ok(())
}

async fn acknowledge(context: &IngestContext, batch: &Batch) -> Option<Outbound> {
    match commit::committed(&context.store, batch).await {
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
