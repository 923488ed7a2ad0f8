//! What becomes of connections and requests before and beside the handlers.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

macro_rules! refusals {
    ($($(#[$doc:meta])* $variant:ident = $name:literal,)*) => {
        /// Why a connection or a request was refused or given up.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        pub enum Refusal {
            $($(#[$doc])* $variant,)*
        }

        impl Refusal {
            /// All reasons.
            pub const ALL: [Self; [$($name),*].len()] = [$(Self::$variant),*];

            /// Snake-case name, as in metrics.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }
        }
    };
}

refusals! {
    /// Too many connections, and none that could give way.
    Crowded = "crowded",
    /// A connection that asked nothing, or whose request was not whole yet, gave way to a newer one.
    Displaced = "displaced",
    /// No whole head of a request in time.
    Silent = "silent",
    /// A body that did not come in time.
    SlowBody = "slow_body",
    /// An answer that was not taken in time.
    Unread = "unread",
    /// No handshake of TLS 1.3 in time.
    Handshake = "handshake",
    /// Proxies' headers that contradict each other.
    Contradiction = "contradiction",
    /// Asked from another machine without TLS.
    Unencrypted = "unencrypted",
    /// An address that asks more often than it may.
    TooMany = "too_many",
    /// A name that is not the collector's.
    ForeignHost = "foreign_host",
    /// A page of another origin.
    ForeignPage = "foreign_page",
    /// The answer took longer than it may.
    Late = "late",
    /// A handler ended in a panic.
    Panicked = "panicked",
}

/// Counts since the start. Knows nothing of persons and addresses.
#[derive(Debug, Default)]
pub struct Traffic {
    refused: [AtomicU64; Refusal::ALL.len()],
    requests: AtomicU64,
    connections: AtomicUsize,
}

impl Traffic {
    /// Counts a refusal.
    pub fn refuse(&self, refusal: Refusal) {
        self.refused[refusal as usize].fetch_add(1, Ordering::Relaxed);
    }

    /// How often something was refused or given up for that reason.
    #[must_use]
    pub fn refused(&self, refusal: Refusal) -> u64 {
        self.refused[refusal as usize].load(Ordering::Relaxed)
    }

    /// Requests whose head has come.
    #[must_use]
    pub fn requests(&self) -> u64 {
        self.requests.load(Ordering::Relaxed)
    }

    /// Connections now.
    #[must_use]
    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::Relaxed)
    }

    pub(super) fn request(&self) {
        self.requests.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn now_connected(&self, connections: usize) {
        self.connections.store(connections, Ordering::Relaxed);
    }
}
