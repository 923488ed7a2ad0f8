//! How many connections there may be, and how long a client may take for each part of what it does.

use std::net::IpAddr;
use std::time::Duration;

use super::super::Proxies;
use crate::descriptors::Descriptors;

/// All bounds.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Connections in all.
    pub(super) connections: usize,
    /// Connections of any one address but this machine's and those of proxies.
    pub(super) of_an_address: usize,
    /// Behind each of them may be everybody.
    proxies: Proxies,
    /// From being accepted to the end of the handshake, where TLS is spoken.
    pub(super) handshake: Duration,
    /// From being accepted, or from the last answer, to the whole head of a request.
    pub(super) head: Duration,
    /// For an answer to be taken.
    pub(super) answer: Duration,
    /// For a body to come.
    pub(super) body: Pace,
}

/// How fast a body must come.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pace {
    /// The longest that it may take, but for what is large.
    pub(super) longest: Duration,
    /// Before its rate is looked at.
    pub(super) grace: Duration,
    /// Bytes a second from then on, over the whole time.
    pub(super) rate: u32,
    /// Bytes for which it may take a second longer than the longest: what is large comes as fast as this, or not at all.
    pub(super) large: u32,
}

impl Limits {
    /// Never more than this many connections, however many descriptors there are: each may hold [`Limits::HEAD`].
    const MOST: usize = 2048;
    /// Bytes of a head.
    pub(super) const HEAD: usize = 32 << 10;

    /// For a process with so many descriptors.
    #[must_use]
    pub fn with(descriptors: Descriptors) -> Self {
        let connections = descriptors.for_clients().clamp(1, Self::MOST);
        Self {
            connections,
            of_an_address: connections.div_ceil(8),
            proxies: Proxies::default(),
            handshake: Duration::from_secs(10),
            head: Duration::from_secs(15),
            answer: Duration::from_secs(60),
            // 16 MiB over a line of 10 Mbit/s, and what is smaller over slower ones.
            body: Pace {
                longest: Duration::from_secs(15),
                grace: Duration::from_secs(3),
                rate: 16 << 10,
                large: 1 << 20,
            },
        }
    }

    /// Where these proxies stand before it.
    #[must_use]
    pub fn behind(self, proxies: Proxies) -> Self {
        Self { proxies, ..self }
    }

    /// Connections of one address. Behind this machine's own may be a proxy with everybody, declared or not.
    pub(super) fn of(&self, address: IpAddr) -> usize {
        let may_be_many = address.to_canonical().is_loopback() || self.proxies.trusts(address);
        if may_be_many { self.connections } else { self.of_an_address }
    }
}
