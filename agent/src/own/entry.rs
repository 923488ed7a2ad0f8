use attune_protocol::batch::{Batch, Item};
use attune_protocol::record::Record;
use attune_protocol::registry::Modality;
use attune_protocol::window::Window;
use serde::{Deserialize, Serialize};

/// One batch, as it was published.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Sent {
    /// When, by this device's clock, Unix milliseconds.
    pub at_millis: i64,
    /// How many records of each modality stand in it, by the modality's number.
    records: Vec<(u8, u32)>,
    /// What it holds besides: changes of consent, and counts of what was dropped.
    pub others: u32,
    /// The first window of a record in it.
    pub first: Window,
    /// The last one; of a batch without records, both are the window of its sending.
    pub last: Window,
    /// How many bytes it took.
    pub len: u32,
    /// These bytes, compressed and signed; empty where a modality stands in it that the person does not keep for
    /// themselves.
    pub bytes: Vec<u8>,
}

impl Sent {
    /// Of a batch and the bytes that were published of it.
    #[must_use]
    pub fn of(batch: &Batch, bytes: Vec<u8>) -> Self {
        let records: Vec<Record> = batch.items.iter().filter_map(record).collect();
        let sent = Window::containing(batch.sent_at_millis);
        let windows = || records.iter().map(|record| record.window);
        let count = |modality| records.iter().filter(|record| record.modality() == modality).count() as u32;
        let counts = Modality::ALL.into_iter().map(|modality| (modality.number(), count(modality)));
        Self {
            at_millis: batch.sent_at_millis,
            records: counts.filter(|(_, count)| *count > 0).collect(),
            others: (batch.items.len() - records.len()) as u32,
            first: windows().min().unwrap_or(sent),
            last: windows().max().unwrap_or(sent),
            len: u32::try_from(bytes.len()).unwrap_or(u32::MAX),
            bytes,
        }
    }

    /// How many records of each modality stand in it.
    pub fn records(&self) -> impl Iterator<Item = (Modality, u32)> {
        self.records.iter().filter_map(|(number, count)| Some((Modality::from_number(*number)?, *count)))
    }

    /// Whether every modality in it passes.
    pub(super) fn is_all(&self, mut passes: impl FnMut(Modality) -> bool) -> bool {
        self.records.iter().all(|(number, _)| Modality::from_number(*number).is_some_and(&mut passes))
    }

    /// Without its bytes: that it was sent stays.
    pub(super) fn without_bytes(mut self) -> Self {
        self.bytes = Vec::new();
        self
    }

    pub(super) fn encode(&self) -> Vec<u8> {
        postcard::to_stdvec(self).expect("numbers and bytes")
    }

    pub(super) fn decode(body: &[u8]) -> Option<Self> {
        postcard::from_bytes(body).ok()
    }
}

fn record(item: &Item) -> Option<Record> {
    Record::decode(&item.bytes).ok()
}
