use std::collections::BTreeMap;

use attune_protocol::record::Dropped;
use attune_protocol::registry::Modality;

use super::entry::{About, Worth};

/// One item, as the accounting knows it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Held {
    pub(super) about: About,
    pub(super) kept_at: i64,
    pub(super) len: u32,
}

/// The items of a store by sequence number, and the bytes that they take.
#[derive(Default, Debug)]
pub(super) struct Index {
    items: BTreeMap<u64, Held>,
    bytes: u64,
}

impl Index {
    pub(super) fn insert(&mut self, seq: u64, held: Held) {
        self.bytes += u64::from(held.len);
        if let Some(before) = self.items.insert(seq, held) {
            self.bytes -= u64::from(before.len);
        }
    }

    pub(super) fn remove(&mut self, seq: u64) {
        if let Some(held) = self.items.remove(&seq) {
            self.bytes -= u64::from(held.len);
        }
    }

    pub(super) fn items(&self) -> &BTreeMap<u64, Held> {
        &self.items
    }

    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// What has to leave so that `coming` more bytes fit within `limit`, and what was kept before `oldest`: coverage
    /// before features, the oldest first. A little more leaves than must, so that not every append drops again.
    pub(super) fn victims(&self, coming: u64, limit: u64, oldest: i64) -> Vec<u64> {
        let records = || self.items.iter().filter(|(_, held)| held.about.worth.is_record());
        let mut victims: Vec<u64> = records().filter(|(_, held)| held.kept_at < oldest).map(|(&seq, _)| seq).collect();
        let aged: u64 = victims.iter().filter_map(|seq| Some(u64::from(self.items.get(seq)?.len))).sum();
        let mut over = (self.bytes + coming).saturating_sub(aged).saturating_sub(limit);
        if over > 0 {
            over += limit / 16;
        }
        for worth in [Worth::Coverage, Worth::Features] {
            let young = records().filter(|(_, held)| held.about.worth == worth && held.kept_at >= oldest);
            for (&seq, held) in young {
                if over == 0 {
                    break;
                }
                over = over.saturating_sub(held.len.into());
                victims.push(seq);
            }
        }
        victims
    }
}

/// Counts of what left, one for each modality.
#[derive(Clone, Default, Debug)]
pub(super) struct Counts(BTreeMap<Modality, Dropped>);

impl Counts {
    /// Counts one record. What is no record is not counted: consent is told anew, and a count counts itself.
    pub(super) fn add(&mut self, about: About) {
        let About { worth, modality, window } = about;
        if worth.is_record() {
            self.merge(Dropped { modality, first: window, last: window, count: 1 });
        }
    }

    /// Puts a count together with that of its modality.
    pub(super) fn merge(&mut self, more: Dropped) {
        let counted = self.0.entry(more.modality).or_insert(Dropped { count: 0, ..more });
        counted.first = counted.first.min(more.first);
        counted.last = counted.last.max(more.last);
        counted.count = counted.count.saturating_add(more.count);
    }

    /// Counts one record less.
    pub(super) fn less(&mut self, about: About) {
        if let Some(counted) = self.0.get_mut(&about.modality).filter(|_| about.worth.is_record()) {
            counted.count = counted.count.saturating_sub(1);
        }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Dropped> {
        self.0.values()
    }
}

impl FromIterator<About> for Counts {
    fn from_iter<T: IntoIterator<Item = About>>(gone: T) -> Self {
        let mut counts = Self::default();
        gone.into_iter().for_each(|about| counts.add(about));
        counts
    }
}
