use attune_protocol::consent::Consent;
use attune_protocol::ids::{Epoch, Seq};
use attune_protocol::record::{Dropped, Record};
use attune_protocol::registry::Modality;
use attune_protocol::seal::SealKey;
use attune_protocol::window::Window;

/// Bytes of an entry before the sealed envelope.
pub(super) const HEADER_LEN: usize = 15;
const VERSION: u8 = 1;

/// What an item is worth when the outbox is full: the lowest leaves first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Worth {
    /// A record that says only that nothing was seen, and why.
    Coverage = 0,
    /// A record with features.
    Features = 1,
    /// Consent, and counts of what was dropped: these never leave unacknowledged.
    Lasting = 2,
}

/// An item that is to be kept.
#[derive(Clone, Debug)]
pub struct Draft {
    pub(super) about: About,
    pub(super) bytes: Vec<u8>,
    /// Version of the change of consent that it is.
    pub(super) consent: Option<u32>,
}

impl Draft {
    /// Of a record, as the gate lets it pass.
    #[must_use]
    pub fn record(record: &Record) -> Self {
        let worth = if record.features.is_empty() { Worth::Coverage } else { Worth::Features };
        let about = About { worth, modality: record.modality(), window: record.window };
        Self { about, bytes: record.encode(), consent: None }
    }

    /// Of a change of consent.
    #[must_use]
    pub fn consent(consent: &Consent) -> Self {
        let window = Window::containing(consent.at_millis);
        let about = About { worth: Worth::Lasting, modality: consent.modality, window };
        Self { about, bytes: consent.encode(), consent: Some(consent.version) }
    }

    pub(super) fn dropped(dropped: &Dropped) -> Self {
        let about = About { worth: Worth::Lasting, modality: dropped.modality, window: dropped.last };
        Self { about, bytes: dropped.encode(), consent: None }
    }
}

/// What stands of an item in clear.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct About {
    /// What it is worth when the outbox is full.
    pub worth: Worth,
    /// Of which modality it is.
    pub modality: Modality,
    /// Of which window; of the last one where it tells of several.
    pub window: Window,
}

/// Header and sealed envelope.
pub(super) fn seal(key: &SealKey, epoch: Epoch, seq: Seq, kept_at: i64, draft: &Draft) -> Vec<u8> {
    let About { worth, modality, window } = draft.about;
    let mut entry = Vec::with_capacity(HEADER_LEN + draft.bytes.len() + attune_protocol::seal::OVERHEAD);
    entry.extend_from_slice(&[VERSION, worth as u8, modality.number()]);
    entry.extend_from_slice(&window.0.to_be_bytes());
    entry.extend_from_slice(&kept_at.to_be_bytes());
    let sealed = key.seal(&context(epoch, seq, &entry), &draft.bytes);
    entry.extend_from_slice(&sealed);
    entry
}

/// The envelope of an entry, if it is whole and in its own place.
pub(super) fn open(key: &SealKey, epoch: Epoch, seq: Seq, entry: &[u8]) -> Option<Vec<u8>> {
    let (header, sealed) = entry.split_at_checked(HEADER_LEN)?;
    key.open(&context(epoch, seq, header), sealed).ok()
}

/// What a header says, and when its item was kept, if it is one of this version.
pub(super) fn read_header(entry: &[u8]) -> Option<(About, i64)> {
    let (&[version, worth, modality, rest @ ..], _) = entry.split_first_chunk::<HEADER_LEN>()?;
    let worth = [Worth::Coverage, Worth::Features, Worth::Lasting].into_iter().find(|w| *w as u8 == worth)?;
    let modality = Modality::from_number(modality)?;
    let (window, kept_at) = rest.split_first_chunk::<4>()?;
    let about = About { worth, modality, window: Window(u32::from_be_bytes(*window)) };
    (version == VERSION).then_some((about, i64::from_be_bytes(kept_at.try_into().ok()?)))
}

fn context(epoch: Epoch, seq: Seq, header: &[u8]) -> Vec<u8> {
    [&epoch.0.to_be_bytes(), &seq.0.to_be_bytes(), header].concat()
}
