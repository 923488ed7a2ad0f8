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
    /// The collector does not know who sent a batch.
    Unknown = 20,
    /// The person has withdrawn consent in the browser.
    Withdrawals = 21,
    /// What the person chose in the browser of what is sensed.
    Wishes = 22,
    /// A device says which wishes it follows.
    Followed = 23,
    /// The collector asks a device to send more slowly.
    Pace = 24,
    /// A device says that it is there, and how it stands.
    Heartbeat = 25,
    /// A device has another key from now on.
    NewKey = 26,
    /// The collector knows it by that.
    KeyTaken = 27,
    /// The collector has another key from now on.
    NewCollectorKey = 28,
    /// A device pins that.
    CollectorKeyTaken = 29,
}

impl Kind {
    pub(crate) const ALL: [Self; 17] = [
        Self::Record,
        Self::Dropped,
        Self::Consent,
        Self::Batch,
        Self::Ack,
        Self::EnrolRequest,
        Self::EnrolReply,
        Self::Unknown,
        Self::Withdrawals,
        Self::Wishes,
        Self::Followed,
        Self::Pace,
        Self::Heartbeat,
        Self::NewKey,
        Self::KeyTaken,
        Self::NewCollectorKey,
        Self::CollectorKeyTaken,
    ];

    /// The format version that this build writes. It reads all before it, but for those that [`Self::oldest`] rules out.
    #[must_use]
    pub const fn version(self) -> u8 {
        match self {
            Self::Dropped
            | Self::Unknown
            | Self::Withdrawals
            | Self::Wishes
            | Self::Followed
            | Self::Pace
            | Self::Heartbeat
            | Self::NewKey
            | Self::KeyTaken
            | Self::NewCollectorKey
            | Self::CollectorKeyTaken => 1,
            Self::Record | Self::Consent | Self::Batch | Self::Ack | Self::EnrolRequest | Self::EnrolReply => 2,
        }
    }

    /// The oldest format version that is still taken. Version 1 of enrolment showed the code to whoever listened, and
    /// version 1 of an acknowledgement does not say what was stored: neither proves enough.
    pub(crate) const fn oldest(self) -> u8 {
        match self {
            Self::Ack | Self::EnrolRequest | Self::EnrolReply => 2,
            Self::Record
            | Self::Dropped
            | Self::Consent
            | Self::Batch
            | Self::Unknown
            | Self::Withdrawals
            | Self::Wishes
            | Self::Followed
            | Self::Pace
            | Self::Heartbeat
            | Self::NewKey
            | Self::KeyTaken
            | Self::NewCollectorKey
            | Self::CollectorKeyTaken => 1,
        }
    }
}
