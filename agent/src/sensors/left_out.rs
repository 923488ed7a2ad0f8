use serde::Serialize;

/// Samples that were left out, by reason: runs of sound, pictures, rows of a table. Nothing is lost in silence.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Serialize)]
pub struct LeftOut {
    /// They do not read.
    pub unread: u64,
    /// Their times cannot be: far from their neighbours', or no instant from 1970 to 2100.
    pub false_times: u64,
    /// Their times had passed: a time that is taken, or further out of order than is put right.
    pub out_of_order: u64,
    /// They came after their window was closed, or were dropped to keep up.
    pub overload: u64,
}

impl LeftOut {
    /// How many there are.
    #[must_use]
    pub fn total(&self) -> u64 {
        let Self { unread, false_times, out_of_order, overload } = *self;
        [false_times, out_of_order, overload].into_iter().fold(unread, u64::saturating_add)
    }

    /// Adds others.
    pub fn add(&mut self, other: Self) {
        self.unread = self.unread.saturating_add(other.unread);
        self.false_times = self.false_times.saturating_add(other.false_times);
        self.out_of_order = self.out_of_order.saturating_add(other.out_of_order);
        self.overload = self.overload.saturating_add(other.overload);
    }
}
