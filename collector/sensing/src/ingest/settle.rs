//! What is to become of the items of one verified batch.

use std::sync::Arc;

use attune_people::consent::ItemKey;
use attune_people::preferences::Wanted;
use attune_protocol::ack::Answer;
use attune_protocol::batch::{Batch, Item};
use attune_protocol::consent::{Book, Consent, Purpose, Verdict};
use attune_protocol::ids::PersonId;
use attune_protocol::record::{Dropped, Gap, Record};
use attune_protocol::seal::SealKey;

use super::again::Earlier;
use super::item::{Fingerprint, Read, SealedRecord, can_be};
use super::ready::Ready;
use crate::spans::Spans;

/// How far a device's clock may be from ours and still be believed about when it sensed.
const AGREES_MILLIS: u64 = 24 * 60 * 60 * 1000;
/// The most changes of consent of one outbox. Behind them nothing of it is taken in any more.
const MOST_CONSENTS: usize = 10_000;

/// What became of an item that is no stored record. The numbers stand in the database and are only appended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub(super) enum Outcome {
    DropNoted = 1,
    ConsentNoted = 2,
    NoConsent = 3,
    Quarantined = 4,
    /// Its time was deleted.
    Erased = 5,
    Withdrawn = 6,
    Time = 7,
    /// It is stored already, under another epoch.
    StoredBefore = 8,
    /// The person has switched its modality off.
    SwitchedOff = 9,
    /// The person chose that nothing that is sensed be kept.
    NotKept = 10,
}

impl Outcome {
    const ALL: [Self; 10] = [
        Self::DropNoted,
        Self::ConsentNoted,
        Self::NoConsent,
        Self::Quarantined,
        Self::Erased,
        Self::Withdrawn,
        Self::Time,
        Self::StoredBefore,
        Self::SwitchedOff,
        Self::NotKept,
    ];

    /// Whether what it says is kept.
    pub(super) const fn is_kept(self) -> bool {
        matches!(self, Self::DropNoted | Self::ConsentNoted | Self::Quarantined | Self::StoredBefore)
    }

    /// What its device is told; `None` for a number that is not known here.
    pub(super) fn answer(number: i64) -> Option<Answer> {
        let outcome = Self::ALL.into_iter().find(|outcome| *outcome as i64 == number)?;
        Some(match outcome {
            Self::DropNoted | Self::ConsentNoted | Self::StoredBefore => Answer::Stored,
            Self::NoConsent => Answer::NoConsent,
            Self::Quarantined => Answer::Quarantined,
            Self::Erased => Answer::Erased,
            Self::Withdrawn => Answer::Withdrawn,
            Self::Time => Answer::Time,
            Self::SwitchedOff => Answer::SwitchedOff,
            Self::NotKept => Answer::NotKept,
        })
    }
}

/// What is thought of the clock by which a batch was stamped.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Stamp {
    /// It agrees with ours.
    Agrees,
    /// It is wrong: nobody knows when was sensed what it names.
    Wrong,
    /// It differs from ours, which may be the wrong one.
    InDoubt,
}

/// Whether the clock that stamped a batch is too far from ours to be believed.
pub(super) fn differs(batch: &Batch, received_at: i64) -> bool {
    received_at.abs_diff(batch.sent_at_millis) > AGREES_MILLIS
}

/// The items of a batch, sorted by what becomes of them.
#[derive(Default)]
pub(super) struct Settled {
    pub records: Vec<SealedRecord>,
    pub dropped: Vec<(ItemKey, Dropped)>,
    pub consents: Vec<(ItemKey, Consent)>,
    /// Kept aside, sealed, with the bytes that it had.
    pub quarantined: Vec<(ItemKey, usize, Vec<u8>)>,
    /// Of every item that is settled and is no stored record.
    pub outcomes: Vec<(ItemKey, Outcome, Fingerprint)>,
    /// The first version of consent that is missing to decide about some item.
    pub wants_consent: Option<u32>,
    /// Items that are not settled for want of it.
    pub waiting: u64,
    /// Records from which the profile had something taken out.
    pub withheld: u64,
    /// Whether something was sensed that is off, or sent that is not to be kept: its device does not know that, or no more.
    pub unheard: bool,
    /// Items that do not read and may not be kept here, or for which there is no room: they stay with their device.
    pub unreadable: u64,
}

/// Whose an outbox is: what is sealed for them, and what they agreed to there.
pub(super) struct Owner {
    pub person: PersonId,
    pub key: Arc<SealKey>,
    pub book: Book,
    /// Of their time, what was deleted.
    pub deleted: Spans,
    /// What came of the device before, under another epoch.
    pub earlier: Earlier,
    /// What they chose of what is sensed, and whether the device is to be told.
    pub wanted: Wanted,
}

/// Sorts the items of a batch for which `fresh` says that they are new; `ready` are all of them, in their order. Changes of consent
/// count for the whole batch, wherever they stand in it; a record whose version of consent has not come is not settled, nor
/// one whose clock may be right where ours is not. `room` is how many more items of this device may be kept aside.
pub(super) fn settle(
    batch: &Batch,
    ready: Vec<Ready>,
    owner: &mut Owner,
    (received_at, stamp): (i64, Stamp),
    mut room: usize,
    mut fresh: impl FnMut(ItemKey) -> bool,
) -> Settled {
    let mut settled = Settled::default();
    let place = |item: &Item| ItemKey { device: batch.device, epoch: batch.epoch, seq: item.seq };
    let items: Vec<(ItemKey, Ready)> =
        batch.items.iter().map(place).zip(ready).filter(|(place, _)| fresh(*place)).collect();
    for (place, ready) in &items {
        if let Ok(Read::Consent(change)) = &ready.read
            && owner.book.len() < MOST_CONSENTS
        {
            settled.outcomes.push((*place, Outcome::ConsentNoted, ready.fingerprint));
            if owner.book.note(*change) {
                settled.consents.push((*place, *change));
            }
        }
    }
    for (place, Ready { read, fingerprint, sealed }) in items {
        let outcome = match (read, sealed) {
            (Ok(Read::Consent(_)), _) => continue,
            (Ok(Read::Dropped(dropped)), _) => {
                settled.dropped.push((place, dropped));
                Outcome::DropNoted
            }
            (Ok(Read::Record(record)), Some(sealed)) => match judge(&record, owner, received_at, stamp) {
                Judgement::Refuse(outcome) => {
                    // It need not wait for the book; but what of the book was lost here, a withdrawal too, is asked for.
                    if record.consent > owner.book.known() {
                        settled.wants_consent = Some(owner.book.known() + 1);
                    }
                    settled.unheard |= outcome == Outcome::NotKept
                        || (outcome == Outcome::SwitchedOff && record.coverage.gap != Some(Gap::SwitchedOff));
                    outcome
                }
                Judgement::Wait => {
                    settled.wants_consent = Some(owner.book.known() + 1);
                    settled.waiting += 1;
                    continue;
                }
                Judgement::Leave => continue,
                Judgement::Take if owner.earlier.has(sealed.content) => Outcome::StoredBefore,
                Judgement::Take => {
                    settled.withheld += u64::from(sealed.withheld);
                    settled.records.push(SealedRecord {
                        key: place,
                        person: owner.person,
                        window_start: record.window.start_millis(),
                        modality: record.modality().number(),
                        revision: record.revision,
                        size: sealed.size,
                        received_at,
                        clock_offset: received_at.saturating_sub(batch.sent_at_millis),
                        sealed: sealed.bytes,
                        fingerprint,
                        content: sealed.content,
                    });
                    continue;
                }
            },
            (Err(_), Some(sealed)) if room > 0 => {
                room -= 1;
                settled.quarantined.push((place, sealed.size, sealed.bytes));
                Outcome::Quarantined
            }
            // What does not read and may not be kept aside. A record is always sealed.
            (Err(_) | Ok(Read::Record(_)), _) => {
                settled.unreadable += 1;
                continue;
            }
        };
        settled.outcomes.push((place, outcome, fingerprint));
    }
    settled
}

enum Judgement {
    Take,
    Refuse(Outcome),
    /// For its consent.
    Wait,
    /// With its device.
    Leave,
}

fn judge(record: &Record, owner: &Owner, received_at: i64, stamp: Stamp) -> Judgement {
    let sensed_at = record.window.start_millis();
    if !can_be(sensed_at, received_at) {
        return Judgement::Refuse(Outcome::Time);
    }
    match stamp {
        Stamp::Agrees => {}
        Stamp::Wrong => return Judgement::Refuse(Outcome::Time),
        Stamp::InDoubt => return Judgement::Leave,
    }
    if owner.deleted.hold(sensed_at) {
        return Judgement::Refuse(Outcome::Erased);
    }
    let wanted = &owner.wanted.preferences;
    match owner.book.verdict(record.modality(), Purpose::Wellbeing, record.consent) {
        // Neither needs to wait for a book: whatever it says, it gives nothing of this.
        Verdict::Granted | Verdict::Unknown if !wanted.allows(record.modality()) => {
            Judgement::Refuse(Outcome::SwitchedOff)
        }
        Verdict::Granted | Verdict::Unknown if !wanted.store_sessions => Judgement::Refuse(Outcome::NotKept),
        Verdict::Granted => Judgement::Take,
        Verdict::NoConsent => Judgement::Refuse(Outcome::NoConsent),
        Verdict::Withdrawn => Judgement::Refuse(Outcome::Withdrawn),
        // What says itself that there was none need not wait for a book, which may never be begun.
        Verdict::Unknown if record.coverage.gap == Some(Gap::NoConsent) => Judgement::Refuse(Outcome::NoConsent),
        Verdict::Unknown => Judgement::Wait,
    }
}
