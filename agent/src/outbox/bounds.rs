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

    /// Whether it was there.
    pub(super) fn remove(&mut self, seq: u64) -> bool {
        let held = self.items.remove(&seq);
        self.bytes -= held.map_or(0, |held| u64::from(held.len));
        held.is_some()
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
        let may_leave = |worth| self.items.iter().filter(move |(_, held)| held.about.worth == worth);
        let mut victims: Vec<u64> = Vec::new();
        let mut over = (self.bytes + coming).saturating_sub(limit);
        if over > 0 {
            over += limit / 16;
        }
        for worth in [Worth::Coverage, Worth::Features] {
            for (&seq, held) in may_leave(worth) {
                if over == 0 && held.kept_at >= oldest {
                    break;
                }
                over = over.saturating_sub(held.len.into());
                victims.push(seq);
            }
        }
        victims
    }
}

/// Counts what left, for each modality.
pub(super) fn count(gone: impl IntoIterator<Item = About>) -> Vec<Dropped> {
    let mut counts: BTreeMap<Modality, Dropped> = BTreeMap::new();
    for About { modality, window, .. } in gone {
        let counted = counts.entry(modality).or_insert(Dropped { modality, first: window, last: window, count: 0 });
        counted.first = counted.first.min(window);
        counted.last = counted.last.max(window);
        counted.count = counted.count.saturating_add(1);
    }
    counts.into_values().collect()
}
