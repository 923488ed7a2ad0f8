//! Lays the items of a batch out so that deflate finds their likeness.
//!
//! Items of one kind, modality and length stand in a group; a group is written byte column by byte column, each byte as
//! the difference from the one above. Values are little-endian 16-bit numbers at the end of a record, so the columns at
//! an even distance from the end are low bytes, which hardly compress; they are kept apart from the slowly changing
//! high bytes, whose short codes they would spoil. Nothing here knows what an item means: any bytes come back as they
//! were.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Item;
use crate::ids::Seq;

/// How many leading bytes items must share to stand in one group: header and modality.
const PREFIX: usize = 5;
/// How many leading bytes of a record are no values. They hardly change, so they are kept with the high bytes; a few
/// more or less, as varints have it, cost little.
const HEAD: usize = 24;

/// Whether a byte is the low one of a value.
fn is_low(index: usize, len: usize) -> bool {
    index >= HEAD && (len - index).is_multiple_of(2)
}

/// The items of a batch in two parts that are compressed each for itself.
pub(super) struct Columns {
    pub groups: Vec<Group>,
    /// Low bytes of all groups, one group after the other.
    pub low: Vec<u8>,
}

#[derive(Serialize, Deserialize)]
pub(super) struct Group {
    item_len: u32,
    /// Each as the difference from the one before.
    seqs: Vec<u64>,
    high: Vec<u8>,
}

/// Lays out items that ascend by sequence number.
pub(super) fn pack(items: &[Item]) -> Columns {
    let mut groups: BTreeMap<(usize, &[u8]), Vec<&Item>> = BTreeMap::new();
    for item in items {
        let prefix = &item.bytes[..item.bytes.len().min(PREFIX)];
        groups.entry((item.bytes.len(), prefix)).or_default().push(item);
    }
    let mut low = Vec::new();
    let groups = groups.into_iter().map(|((len, _), items)| Group::pack(len, &items, &mut low)).collect();
    Columns { groups, low }
}

impl Columns {
    /// The items, by sequence number. `None` when lengths disagree or a sequence number overflows.
    pub(super) fn unpack(self) -> Option<Vec<Item>> {
        let mut items = Vec::new();
        let mut low = self.low.into_iter();
        for group in self.groups {
            items.extend(group.unpack(&mut low)?);
        }
        if low.next().is_some() {
            return None;
        }
        items.sort_by_key(|item| item.seq);
        Some(items)
    }
}

impl Group {
    fn pack(len: usize, items: &[&Item], low: &mut Vec<u8>) -> Self {
        let mut seqs = Vec::with_capacity(items.len());
        let mut last = 0;
        for item in items {
            seqs.push(item.seq.0.wrapping_sub(last));
            last = item.seq.0;
        }
        let column = |index: usize| {
            let mut above = 0_u8;
            items.iter().map(move |item| {
                let difference = item.bytes[index].wrapping_sub(above);
                above = item.bytes[index];
                difference
            })
        };
        let (lows, highs): (Vec<usize>, Vec<usize>) = (0..len).partition(|index| is_low(*index, len));
        low.extend(lows.into_iter().flat_map(column));
        Self {
            item_len: u32::try_from(len).expect("a batch is limited to far fewer bytes"),
            seqs,
            high: highs.into_iter().flat_map(column).collect(),
        }
    }

    fn unpack(self, low: &mut impl Iterator<Item = u8>) -> Option<Vec<Item>> {
        let (len, rows) = (usize::try_from(self.item_len).ok()?, self.seqs.len());
        // At least half of the bytes are here, so the length that is stated cannot make us take much memory.
        let lows = len.saturating_sub(HEAD) / 2;
        if rows == 0 || self.high.len() != (len - lows).checked_mul(rows)? {
            return None;
        }
        let mut items = Vec::with_capacity(rows);
        let mut last = 0_u64;
        for difference in self.seqs {
            last = last.checked_add(difference)?;
            items.push(Item { seq: Seq(last), bytes: vec![0; len] });
        }
        let mut high = self.high.into_iter();
        let mut fill = |index: usize, column: &mut dyn Iterator<Item = u8>| {
            let mut above = 0_u8;
            for item in &mut items {
                above = above.wrapping_add(column.next()?);
                item.bytes[index] = above;
            }
            Some(())
        };
        for index in 0..len {
            if is_low(index, len) { fill(index, low)? } else { fill(index, &mut high)? }
        }
        Some(items)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn any_items_come_back_as_they_were(
            bytes in proptest::collection::vec(proptest::collection::vec(0..4_u8, 0..9), 0..40),
            first in 0..u64::MAX / 2,
            step in 1..9_u64,
        ) {
            let items: Vec<Item> = bytes
                .into_iter()
                .zip(0..)
                .map(|(bytes, n)| Item { seq: Seq(first + n * step), bytes })
                .collect();
            prop_assert_eq!(pack(&items).unpack(), Some(items));
        }

        #[test]
        fn groups_that_disagree_with_themselves_are_refused_without_a_panic(
            item_len in any::<u32>(),
            seqs in proptest::collection::vec(any::<u64>(), 0..5),
            low in proptest::collection::vec(any::<u8>(), 0..20),
            high in proptest::collection::vec(any::<u8>(), 0..20),
        ) {
            let _ = Columns { groups: vec![Group { item_len, seqs, high }], low }.unpack();
        }
    }
}
