//! What the gate has refused, and why.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};

use serde::Serialize;
use utoipa::ToSchema;

macro_rules! refusals {
    ($($(#[$doc:meta])* $variant:ident = $name:literal: $said:literal,)*) => {
        /// Why a connection was not taken, or was ended.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        pub(crate) enum Refusal {
            $($(#[$doc])* $variant,)*
        }

        impl Refusal {
            pub(crate) const ALL: [Self; [$($name),*].len()] = [$(Self::$variant),*];

            /// Snake-case name, as in metrics.
            pub(crate) const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }

            /// As the log says it.
            pub(crate) const fn said(self) -> &'static str {
                match self {
                    $(Self::$variant => $said,)*
                }
            }
        }
    };
}

refusals! {
    /// Too many connections, and none to give way.
    Crowded = "crowded": "too many connections",
    /// New connections came too fast.
    Hurried = "hurried": "new connections came too fast",
    /// A stranger that gave way to a newer one.
    Displaced = "displaced": "gave way to newer connections",
    /// No complete CONNECT in time.
    Silent = "silent": "no complete CONNECT in time",
    /// Another version of MQTT than 3.1.1 and 5.
    Version = "version": "another version of MQTT than 3.1.1 and 5",
    /// A CONNECT without a client id that wants its session kept.
    Nameless = "nameless": "no client id, and a session to be kept",
    /// Bytes that are no packet, or one that has no place here.
    Malformed = "malformed": "no packet that has a place here",
    /// More bytes than such a packet may have.
    Oversized = "oversized": "packets over their bound",
    /// A CONNECT with a will.
    Will = "will": "wills",
    /// QoS 2.
    Qos = "qos": "quality of service 2",
    /// A login that proves nothing, or batches of who has shown none.
    Login = "login": "no login of the device that they name",
    /// A login with the key that a device had before.
    FormerKey = "former_key": "a key that their device had before",
    /// The device was revoked, or has another key, since it connected.
    Revoked = "revoked": "devices that were revoked, or have another key",
    /// The collector has come to know a device that it did not know: it logs in anew.
    Enrolled = "enrolled": "became known, and log in anew",
    /// No TLS 1.3 where it must be spoken.
    Tls = "tls": "no TLS 1.3",
    /// A topic that is not the device's to publish to.
    Topic = "topic": "topics that are not the device's",
    /// Nothing came for longer than the keep-alive allows.
    Idle = "idle": "nothing came within the keep-alive",
    /// A packet was begun and did not come on.
    Stalled = "stalled": "packets that did not come on",
    /// Answers were not read.
    Unread = "unread": "answers were not read",
    /// The broker behind the gate was away.
    Away = "away": "the broker behind the gate was away",
}

/// The gate's counters.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    refused: [AtomicU64; Refusal::ALL.len()],
    published: AtomicU64,
    unretained: AtomicU64,
}

/// What the gate has done since the start, and who is there now.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, ToSchema)]
pub struct GateCounts {
    /// Connections now.
    pub connections: usize,
    /// Of these, devices that have proved who they are.
    pub known: usize,
    /// Messages taken from devices.
    pub published: u64,
    /// Messages whose retained flag was taken off.
    pub unretained: u64,
    /// Connections refused or ended, by reason.
    pub refused: BTreeMap<&'static str, u64>,
}

impl Counters {
    pub(crate) fn refuse(&self, refusal: Refusal) {
        self.refused[refusal as usize].fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn publish(&self, retained: bool) {
        self.published.fetch_add(1, Ordering::Relaxed);
        self.unretained.fetch_add(u64::from(retained), Ordering::Relaxed);
    }

    pub(crate) fn refused(&self, refusal: Refusal) -> u64 {
        self.refused[refusal as usize].load(Ordering::Relaxed)
    }

    pub(crate) fn read(&self, connections: usize, known: usize) -> GateCounts {
        GateCounts {
            connections,
            known,
            published: self.published.load(Ordering::Relaxed),
            unretained: self.unretained.load(Ordering::Relaxed),
            refused: Refusal::ALL.into_iter().map(|refusal| (refusal.name(), self.refused(refusal))).collect(),
        }
    }
}

/// One line for each reason and minute, never one for each connection.
pub(crate) struct Log([u64; Refusal::ALL.len()]);

impl Log {
    pub(crate) fn new() -> Self {
        Self([0; Refusal::ALL.len()])
    }

    pub(crate) fn tell(&mut self, counters: &Counters) {
        for refusal in Refusal::ALL {
            let now = counters.refused(refusal);
            let before = std::mem::replace(&mut self.0[refusal as usize], now);
            if now > before {
                tracing::warn!(connections = now - before, reason = refusal.said(), "The gate turned away.");
            }
        }
    }
}
