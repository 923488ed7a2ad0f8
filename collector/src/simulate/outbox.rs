use attune_ground::time::now_millis;
use attune_people::accounts;
use attune_protocol::batch::{Batch, Item};
use attune_protocol::consent::texts::text;
use attune_protocol::consent::{Consent, Purpose};
use attune_protocol::enrol::{Code, EnrolOutcome, EnrolRequest};
use attune_protocol::ids::{DeviceId, Epoch, Seq};
use attune_protocol::record::Record;
use attune_protocol::registry::Modality;
use attune_protocol::sign::KeyPair;
use attune_protocol::topics;
use attune_sensing::ingest::{Inbound, IngestContext};

use super::error::SimulateError;

/// It is enrolled once.
const ENROLMENT: u32 = 1;
/// How long the code lives by which it is, milliseconds.
const CODE_MILLIS: i64 = 60_000;
/// What whoever it is of reads in their list of devices.
const NAME: &str = "Made up: no such device";

/// The outbox of a device that nobody has.
pub(crate) struct Outbox {
    device: DeviceId,
    key: KeyPair,
    epoch: Epoch,
    /// The place of the next item.
    next: u64,
    /// How many changes of consent it has told.
    consents: u32,
}

impl Outbox {
    /// That of a device of this user, which is enrolled by a one-time code.
    ///
    /// # Errors
    /// When the database refuses.
    pub(super) async fn enrolled(context: &IngestContext, user: &str) -> Result<Self, SimulateError> {
        let IngestContext { store, people, own, .. } = context;
        let code = accounts::create_code(store, people, (user, None), CODE_MILLIS).await?;
        let (device, key, epoch) = (DeviceId::random(), KeyPair::generate(), Epoch::random());
        let request = EnrolRequest::new(device, key.public(), ENROLMENT, epoch, &Code::of(&code));
        match accounts::redeem_code(store, people, &request, &own.signing().public()).await? {
            (EnrolOutcome::Accepted, _) => {}
            _ => return Err(SimulateError::Refused("a made-up device was not enrolled".into())),
        }
        attune_people::me::call_device(store, people, (user, device), NAME).await?;
        Ok(Self { device, key, epoch, next: 0, consents: 0 })
    }

    /// A batch of changes of consent to what is sensed and said, for both purposes.
    ///
    /// # Errors
    /// When it cannot be packed.
    pub(super) fn consents(
        &mut self,
        modalities: &[Modality],
        granted: bool,
        at_millis: i64,
    ) -> Result<Inbound, SimulateError> {
        let mut items = Vec::new();
        for (modality, purpose) in
            modalities.iter().flat_map(|modality| Purpose::ALL.map(|purpose| (*modality, purpose)))
        {
            self.consents += 1;
            let text = Some(text(modality, purpose).version);
            items.push(Consent { modality, purpose, granted, version: self.consents, at_millis, text }.encode());
        }
        self.packed(items)
    }

    /// A batch of records.
    ///
    /// # Errors
    /// When it cannot be packed.
    pub(crate) fn records(&mut self, records: impl IntoIterator<Item = Record>) -> Result<Inbound, SimulateError> {
        let consent = self.consents;
        self.packed(records.into_iter().map(|record| Record { consent, ..record }.encode()))
    }

    fn packed(&mut self, items: impl IntoIterator<Item = Vec<u8>>) -> Result<Inbound, SimulateError> {
        let begin = self.next;
        let items: Vec<Item> = (begin..).zip(items).map(|(seq, bytes)| Item { seq: Seq(seq), bytes }).collect();
        self.next += items.len() as u64;
        let Self { device, epoch, .. } = *self;
        let now = now_millis();
        let batch = Batch { device, epoch, enrolment: ENROLMENT, sent_at_millis: now, items };
        let payload = batch.encode(&self.key);
        let payload = payload.map_err(|error| SimulateError::Refused(format!("a batch was not packed: {error}")))?;
        Ok(Inbound { topic: topics::batches_of(device), payload, received_at: now })
    }
}
