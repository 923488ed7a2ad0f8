use super::{Entry, Head};

/// Goes along a log, from its first entry on.
#[derive(Clone, Debug)]
pub struct Walk<'a> {
    prefix: &'a [u8],
    before: Vec<u8>,
    next: i64,
    /// Whether entries may still be linked in the weaker way of the first versions.
    weaker: bool,
}

impl<'a> Walk<'a> {
    /// At the beginning.
    #[must_use]
    pub const fn new(prefix: &'a [u8], begins_weaker: bool) -> Self {
        Self { prefix, before: Vec::new(), next: 0, weaker: begins_weaker }
    }

    /// The place of the next entry.
    #[must_use]
    pub const fn next(&self) -> i64 {
        self.next
    }

    /// Whether an entry with the hash beside it is the next one; then it is gone past.
    pub fn follows(&mut self, entry: &Entry, hash: &[u8]) -> bool {
        let is_linked = hash == entry.link(self.prefix, &self.before);
        // Once an entry is linked as now, none behind it may be linked in the weaker way.
        self.weaker &= !is_linked;
        if entry.place != self.next || !(is_linked || self.weaker && hash == entry.first_link(&self.before)) {
            return false;
        }
        self.before = hash.to_vec();
        self.next += 1;
        true
    }

    /// The place at which an entry is missing, or from which on the head is not that of these entries.
    #[must_use]
    pub fn end(&self, head: &Head) -> Option<i64> {
        (head.entries != self.next || head.hash != self.before).then(|| self.next.min(head.entries))
    }
}
