use std::sync::atomic::{AtomicU64, Ordering};

use serde::Serialize;

macro_rules! counters {
    ($($(#[$doc:meta])* $name:ident,)*) => {
        /// What became of messages and items since the start.
        #[derive(Debug, Default)]
        pub struct Counters {
            $($(#[$doc])* pub $name: AtomicU64,)*
        }

        /// The counters at one moment.
        #[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, utoipa::ToSchema)]
        pub struct Counts {
            $($(#[$doc])* pub $name: u64,)*
        }

        impl Counters {
            /// Reads all counters.
            pub fn read(&self) -> Counts {
                Counts { $($name: self.$name.load(Ordering::Relaxed),)* }
            }
        }
    };
}

counters! {
    /// Batches that verified.
    batches,
    /// Records stored.
    records,
    /// Items that were stored before.
    duplicates,
    /// Messages on topics or for devices that are not the sender's to use.
    foreign,
    /// Messages whose signature is not of their device.
    forged,
    /// Messages of devices that are not enrolled.
    unknown_devices,
    /// Records of modalities without consent in force; not stored.
    refused_without_consent,
    /// Messages and items that did not read, kept in quarantine.
    quarantined,
    /// Transactions that failed; their devices send again.
    failed_commits,
}

/// Adds to a counter.
pub(super) fn add(counter: &AtomicU64, count: u64) {
    counter.fetch_add(count, Ordering::Relaxed);
}
