use attune_protocol::consent::Consent;
use attune_protocol::ids::{Epoch, Seq};
use attune_protocol::record::{Dropped, Record};
use attune_protocol::registry::Modality;
use attune_protocol::seal::{OVERHEAD, SealKey};
use attune_protocol::window::Window;

/// First bytes of an entry: format version 2 and a mark, by which it is found in a file that does not read.
pub(super) const MARK: [u8; 4] = *b"\x02ATi";
/// Bytes of an entry before the sealed envelope.
pub(super) const HEADER_LEN: usize = 30;
/// The same in format version 1, which had neither mark, place nor length, and was sealed under the device's own key.
const HEADER_LEN_V1: usize = 15;

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

impl Worth {
    const ALL: [Self; 3] = [Self::Coverage, Self::Features, Self::Lasting];

    /// Whether it is a record's.
    #[must_use]
    pub fn is_record(self) -> bool {
        self != Self::Lasting
    }
}

/// An item that is to be kept.
#[derive(Clone, Debug)]
pub struct Draft {
    pub(super) about: About,
    pub(super) bytes: Vec<u8>,
    /// When it was kept first, where that was before now.
    pub(super) kept_at: Option<i64>,
    /// Version of the change of consent that it is.
    pub(super) consent: Option<u32>,
}

impl Draft {
    /// Of a record, as the gate lets it pass.
    #[must_use]
    pub fn record(record: &Record) -> Self {
        let worth = if record.features.is_empty() { Worth::Coverage } else { Worth::Features };
        Self::of(About { worth, modality: record.modality(), window: record.window }, record.encode())
    }

    /// Of a change of consent.
    #[must_use]
    pub fn consent(consent: &Consent) -> Self {
        let window = Window::containing(consent.at_millis);
        let about = About { worth: Worth::Lasting, modality: consent.modality, window };
        Self { consent: Some(consent.version), ..Self::of(about, consent.encode()) }
    }

    pub(super) fn dropped(dropped: &Dropped) -> Self {
        let about = About { worth: Worth::Lasting, modality: dropped.modality, window: dropped.last };
        Self::of(about, dropped.encode())
    }

    /// Of an item that was kept before, under another epoch. What a consent said stays, but the book is told anew.
    pub(super) fn again(about: About, kept_at: i64, bytes: Vec<u8>) -> Self {
        Self { kept_at: Some(kept_at), ..Self::of(about, bytes) }
    }

    fn of(about: About, bytes: Vec<u8>) -> Self {
        Self { about, bytes, kept_at: None, consent: None }
    }

    /// What it is of.
    pub(super) fn about(&self) -> About {
        self.about
    }

    /// The envelope.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Bytes of its entry.
    pub(super) fn sealed_len(&self) -> usize {
        HEADER_LEN + self.bytes.len() + OVERHEAD
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

/// An entry's header.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Header {
    pub(super) about: About,
    /// Unix milliseconds.
    pub(super) kept_at: i64,
    /// Place in its epoch, and bytes behind the header; version 1 does not say.
    pub(super) place: Option<(u64, usize)>,
}

/// Header and sealed envelope.
pub(super) fn seal(key: &SealKey, epoch: Epoch, seq: Seq, kept_at: i64, draft: &Draft) -> Vec<u8> {
    let About { worth, modality, window } = draft.about;
    let sealed_len = u32::try_from(draft.bytes.len() + OVERHEAD).expect("an envelope is far under 4 GiB");
    let mut entry = Vec::with_capacity(draft.sealed_len());
    entry.extend_from_slice(&MARK);
    entry.extend_from_slice(&seq.0.to_be_bytes());
    entry.extend_from_slice(&sealed_len.to_be_bytes());
    entry.extend_from_slice(&[worth as u8, modality.number()]);
    entry.extend_from_slice(&window.0.to_be_bytes());
    entry.extend_from_slice(&kept_at.to_be_bytes());
    let sealed = key.seal(&context(epoch, &entry), &draft.bytes);
    entry.extend_from_slice(&sealed);
    entry
}

/// The envelope of an entry, if it is whole and in its own place. `span` is the key of its place, `device` the device's own.
pub(super) fn open(span: Option<&SealKey>, device: &SealKey, epoch: Epoch, seq: Seq, entry: &[u8]) -> Option<Vec<u8>> {
    if !entry.starts_with(&MARK) {
        let (header, sealed) = entry.split_at_checked(HEADER_LEN_V1)?;
        let context = [&epoch.0.to_be_bytes(), &seq.0.to_be_bytes(), header].concat();
        return device.open(&context, sealed).ok();
    }
    let (header, sealed) = entry.split_at_checked(HEADER_LEN)?;
    let (place, len) = read_header(entry)?.place?;
    if place != seq.0 || len != sealed.len() {
        return None;
    }
    span?.open(&context(epoch, header), sealed).ok()
}

/// What a header says, if it is one.
pub(super) fn read_header(entry: &[u8]) -> Option<Header> {
    let (rest, place) = match entry.strip_prefix(&MARK) {
        Some(marked) => {
            let (seq, rest) = marked.split_first_chunk::<8>()?;
            let (len, rest) = rest.split_first_chunk::<4>()?;
            (rest, Some((u64::from_be_bytes(*seq), usize::try_from(u32::from_be_bytes(*len)).ok()?)))
        }
        None => (entry.strip_prefix(&[1])?, None),
    };
    let (&[worth, modality], rest) = rest.split_first_chunk::<2>()?;
    let (window, rest) = rest.split_first_chunk::<4>()?;
    let (kept_at, _) = rest.split_first_chunk::<8>()?;
    let worth = Worth::ALL.into_iter().find(|w| *w as u8 == worth)?;
    let modality = Modality::from_number(modality)?;
    let about = About { worth, modality, window: Window(u32::from_be_bytes(*window)) };
    Some(Header { about, kept_at: i64::from_be_bytes(*kept_at), place })
}

fn context(epoch: Epoch, header: &[u8]) -> Vec<u8> {
    [&epoch.0.to_be_bytes(), header].concat()
}

/// An entry as version 1 wrote it.
#[cfg(test)]
pub(super) fn seal_v1(device: &SealKey, epoch: Epoch, seq: Seq, kept_at: i64, draft: &Draft) -> Vec<u8> {
    let About { worth, modality, window } = draft.about;
    let mut entry = vec![1, worth as u8, modality.number()];
    entry.extend_from_slice(&window.0.to_be_bytes());
    entry.extend_from_slice(&kept_at.to_be_bytes());
    let context = [&epoch.0.to_be_bytes(), &seq.0.to_be_bytes(), &entry[..]].concat();
    let sealed = device.seal(&context, &draft.bytes);
    entry.extend_from_slice(&sealed);
    entry
}
