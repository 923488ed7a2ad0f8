//! What the gate lets one connection, one address and all together have, and why.

use std::time::Duration;

use attune_ground::descriptors::Descriptors;
use attune_protocol::batch;

/// A token bucket's rate.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) struct Rate {
    /// What flows in each second.
    pub per_second: f64,
    /// The most that is saved up.
    pub burst: f64,
}

/// What the connections of one address may have together.
#[derive(Clone, Debug)]
pub(crate) struct Share {
    /// Connections.
    pub connections: usize,
    /// Connections of strangers: of those that no acknowledgement has gone to yet.
    pub strangers: usize,
    /// New connections.
    pub arrivals: Rate,
    /// Packets of strangers.
    pub packets: Rate,
    /// Bytes of strangers.
    pub bytes: Rate,
}

/// All bounds.
#[derive(Clone, Debug)]
pub(crate) struct Limits {
    /// Connections in all.
    pub connections: usize,
    /// Strangers in all. Each may hold [`Limits::SMALL_BODY`], so this bounds memory.
    pub strangers: usize,
    /// New connections in all.
    pub arrivals: Rate,
    /// Packets of strangers in all: below what the collector's ingest can look at and throw away.
    pub stranger_packets: Rate,
    /// Bytes of strangers in all.
    pub stranger_bytes: Rate,
    /// Packets of everybody.
    pub packets: Rate,
    /// Bytes of everybody.
    pub bytes: Rate,
    /// Of this machine: other programs' agents, or a proxy with everybody behind it.
    pub machine: Share,
    /// Of any other address: a building behind one router.
    pub address: Share,
    /// Packets and bytes of one stranger.
    pub of_stranger: (Rate, Rate),
    /// Packets and bytes of a known device's connection: what a day offline has left goes at once.
    pub of_known: (Rate, Rate),
    /// From being accepted to a complete CONNECT.
    pub connect: Duration,
    /// For the rest of a packet's head, for each [`Limits::CHUNK`] of its body, and for an answer to be taken.
    pub patience: Duration,
    /// Between two packets of a client that names no keep-alive.
    pub silence: Duration,
}

impl Limits {
    /// Bytes of a CONNECT after its fixed header: names, a client id, a user and a password.
    pub(crate) const CONNECT: usize = 1024;
    /// Bytes of a SUBSCRIBE after its fixed header.
    pub(crate) const SUBSCRIBE: usize = 512;
    /// Bytes of all properties of a packet of version 5.
    pub(crate) const PROPERTIES: usize = 256;
    /// Bytes of a topic: ours have 48 at most.
    pub(crate) const TOPIC: usize = 64;
    /// Bytes of an enrolment request: it has under 256.
    pub(crate) const ENROLMENT: usize = 1024;
    /// Bytes of a batch.
    pub(crate) const BATCH: usize = batch::MAX_ENCODED;
    /// The most of a body that any stranger may hold; an agent's batches stay below. Larger ones wait for one of
    /// [`Limits::LARGE_BODIES`].
    pub(crate) const SMALL_BODY: usize = 64 << 10;
    /// Strangers' larger bodies at a time: 16 MiB.
    pub(crate) const LARGE_BODIES: usize = 32;
    /// Bytes that are read at a time.
    pub(crate) const CHUNK: usize = 16 << 10;
    /// Answers that wait for one connection; beyond, it does not read and is cut.
    pub(crate) const ANSWERS: usize = 64;
    /// Answers that a client may leave without its PUBACK before the next ones wait.
    pub(crate) const UNCONFIRMED: usize = 64;
    /// Connections that listen for one device: it and what is left of its last ones.
    pub(crate) const LISTENERS: usize = 4;
    /// The kernel's buffer for each direction of a connection, bytes.
    pub(crate) const SOCKET_BUFFER: u32 = 64 << 10;
    /// Addresses that are remembered.
    pub(crate) const ADDRESSES: usize = 65_536;
    /// The gate never takes more than this many connections, however many descriptors there are: 1,000 devices and their
    /// strangers many times over.
    const MOST: usize = 10_000;

    /// For a process with so many descriptors.
    pub(crate) fn with_descriptors(descriptors: Descriptors) -> Self {
        let connections = descriptors.for_devices().min(Self::MOST);
        let strangers = (connections / 2).min(2048);
        let rate = |per_second, seconds| Rate { per_second, burst: per_second * seconds };
        let mib = f64::from(1 << 20);
        Self {
            connections,
            strangers,
            arrivals: rate(1000.0, 2.0),
            stranger_packets: rate(2000.0, 1.0),
            stranger_bytes: rate(16.0 * mib, 2.0),
            packets: rate(5000.0, 2.0),
            bytes: rate(64.0 * mib, 2.0),
            machine: Share {
                connections: connections * 3 / 4,
                strangers: strangers / 2,
                arrivals: rate(500.0, 2.0),
                packets: rate(1500.0, 1.0),
                bytes: rate(8.0 * mib, 2.0),
            },
            address: Share {
                connections: connections / 8,
                strangers: strangers / 8,
                arrivals: rate(20.0, 10.0),
                packets: rate(100.0, 2.0),
                bytes: rate(2.0 * mib, 2.0),
            },
            of_stranger: (rate(20.0, 2.0), rate(mib, 2.0)),
            of_known: (rate(20.0, 10.0), rate(mib, 8.0)),
            connect: Duration::from_secs(5),
            patience: Duration::from_secs(10),
            silence: Duration::from_secs(20 * 60),
        }
    }
}
