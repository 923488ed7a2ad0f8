/// What a body is. Numbers are only appended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Kind {
    /// Features of one modality over one window.
    Record = 1,
    /// Records that the outbox had to drop.
    Dropped = 2,
    /// A change of consent.
    Consent = 3,
    /// Signed items of one device.
    Batch = 16,
    /// What the collector's database has committed.
    Ack = 17,
    /// A device asks to be enrolled.
    EnrolRequest = 18,
    /// The collector's answer to that.
    EnrolReply = 19,
}

impl Kind {
    pub(crate) const ALL: [Self; 7] =
        [Self::Record, Self::Dropped, Self::Consent, Self::Batch, Self::Ack, Self::EnrolRequest, Self::EnrolReply];
}
