use std::sync::atomic::{AtomicU64, Ordering};

use serde::Serialize;

macro_rules! counters {
    ($(#[doc = $doc:literal] $name:ident,)*) => {
        /// What became of messages and items since the start.
        #[derive(Debug, Default)]
        pub struct Counters {
            $(#[doc = $doc] pub $name: AtomicU64,)*
        }

        /// The counters at one moment.
        #[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, utoipa::ToSchema)]
        pub struct Counts {
            $(#[doc = $doc] pub $name: u64,)*
        }

        impl Counters {
            /// Reads all counters.
            pub fn read(&self) -> Counts {
                Counts { $($name: self.$name.load(Ordering::Relaxed),)* }
            }
        }

        impl Counts {
            /// Name, meaning and value of each.
            pub(crate) fn all(&self) -> Vec<(&'static str, &'static str, u64)> {
                vec![$((stringify!($name), $doc, self.$name),)*]
            }
        }
    };
}

counters! {
    /// Batches that verified.
    batches,
    /// Records stored.
    records,
    /// Items that had come before.
    duplicates,
    /// Messages on topics or for devices that are not the sender's to use.
    foreign,
    /// Messages whose signature is not of their device.
    forged,
    /// Messages signed with a key that their device had before: of a copy of its state.
    former_keys,
    /// Messages of devices that are not enrolled.
    unknown_devices,
    /// Batches that name an enrolment that their device never had.
    unknown_enrolments,
    /// Batches of people whose key, or whose preferences, are damaged; their devices keep what they hold.
    closed,
    /// Messages of agents that speak an older version of the protocol; their devices keep what they hold.
    outdated,
    /// Messages of agents that speak a later version of the protocol than this collector: bring it up to date.
    newer,
    /// Messages and items that did not read and are not kept; their devices keep them.
    unreadable,
    /// Messages for which there was no room in their device's line; their devices send them again.
    overrun,
    /// Times that a device was asked to send more slowly.
    slowed,
    /// Records of modalities to which the person had not consented; not stored.
    refused_no_consent,
    /// Records whose consent had been withdrawn; not stored.
    refused_withdrawn,
    /// Records of times at which no device can have sensed; not stored.
    refused_time,
    /// Records of modalities that the person has switched off; not stored.
    refused_switched_off,
    /// Records of people who chose that nothing that is sensed be kept; not stored.
    refused_not_kept,
    /// Items of persons who were erased, or of a time that was deleted; not stored.
    refused_erased,
    /// Records from which features were taken out because the profile forbids them.
    withheld_by_profile,
    /// Records that wait with their device for a version of consent that has not come.
    waiting_for_consent,
    /// Items whose place held something else; their device begins a new outbox.
    taken,
    /// Items that did not read, kept in quarantine.
    quarantined,
    /// Codes of enrolment that nobody gave out.
    wrong_codes,
    /// Transactions that failed; their devices send again.
    failed_commits,
}

/// Adds to a counter.
pub(super) fn add(counter: &AtomicU64, count: u64) {
    counter.fetch_add(count, Ordering::Relaxed);
}
