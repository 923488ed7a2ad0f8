//! The public port in front of the embedded broker, so that no stranger fills memory or disk, or keeps honest devices out.
//!
//! It speaks MQTT 3.1.1 and 5 ([`speech`]), and only so much of them as a device needs: publish batches and enrolment requests of one device, and
//! hear the answers to it. Every packet is parsed and what goes on is written anew; nothing is passed through. No
//! connection of a client reaches the broker: what devices send goes through one connection of the gate's own.
//!
//! Who has shown nothing may ask to be enrolled and do nothing else; a device that has proved who it is speaks for itself and
//! hears what is said to it, until it is revoked ([`standing`]). Off loopback it speaks within TLS 1.3 only.
//!
//! What is bounded, for each connection, each address and all together, stands in [`limits`].

mod bucket;
mod connection;
mod counts;
mod crowd;
mod frames;
#[cfg(any(test, fuzzing))]
pub(crate) mod fuzzing;
mod letter;
mod limits;
mod link;
mod pace;
mod present;
mod routes;
mod shared;
mod speech;
mod standing;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use attune_ground::descriptors::Descriptors;
use attune_ground::http::Greeter;
use attune_ground::tasks::Tasks;
use tokio::net::{TcpListener, TcpSocket};
use tokio::sync::{mpsc, watch};
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::{MissedTickBehavior, interval, sleep};

use super::Behind;
use super::lanes::Flow;
use counts::Log;
use limits::Limits;
use link::Post;
use shared::Shared;

pub use counts::GateCounts;
pub(crate) use routes::device_of;
pub(crate) use standing::{Answer, Register, Unavailable};

/// Connections that the kernel holds before they are accepted.
const BACKLOG: u32 = 1024;
/// Letters that wait in each line; behind them each connection waits with one.
const LETTERS: usize = 16;
/// Before another connection is accepted after the system had no descriptor for one.
const BREATH: Duration = Duration::from_millis(50);
const TOLD_EVERY: Duration = Duration::from_secs(60);
/// Between two looks at who was revoked.
const REVOKED_EVERY: Duration = Duration::from_secs(1);

/// The gate at work. It closes when dropped, and every connection with it.
pub(crate) struct Gate {
    shared: Arc<Shared>,
    address: SocketAddr,
    pub(crate) tasks: [JoinHandle<()>; 3],
}

impl Gate {
    /// Opens the gate before a broker.
    ///
    /// # Errors
    /// When the address cannot be listened on.
    pub(super) fn open(
        listen: SocketAddr,
        who: (Box<dyn Register>, Option<Greeter>),
        behind: (Behind, Arc<Flow>),
        tasks: &Tasks,
    ) -> io::Result<Self> {
        Self::with(Limits::with_descriptors(Descriptors::raised()), listen, who, behind, tasks)
    }

    fn with(
        limits: Limits,
        listen: SocketAddr,
        who: (Box<dyn Register>, Option<Greeter>),
        (behind, flow): (Behind, Arc<Flow>),
        tasks: &Tasks,
    ) -> io::Result<Self> {
        let listener = listener(listen)?;
        let address = listener.local_addr()?;
        let (known, from_known) = mpsc::channel(LETTERS);
        let (strangers, from_strangers) = mpsc::channel(LETTERS);
        let (up, is_up) = watch::channel(false);
        let shared = Arc::new(Shared::new(limits, who, [known, strangers], is_up));
        let post = Post { known: from_known, strangers: from_strangers };
        let tasks = [
            tasks.spawn("the gate's way to the broker", link::keep(behind, flow, post, Arc::clone(&shared), up)),
            tasks.spawn("the gate", accept(listener, Arc::clone(&shared))),
            tasks.spawn("revocations at the gate", revoke(Arc::clone(&shared))),
        ];
        Ok(Self { shared, address, tasks })
    }

    /// Where clients connect to.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// What it counts, at any time.
    pub(crate) fn watch(&self) -> GateWatch {
        GateWatch(Arc::clone(&self.shared))
    }
}

impl Drop for Gate {
    fn drop(&mut self) {
        self.tasks.iter().for_each(JoinHandle::abort);
    }
}

impl std::fmt::Debug for Gate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Gate({})", self.address)
    }
}

/// A view of the gate for health and metrics.
#[derive(Clone)]
pub struct GateWatch(Arc<Shared>);

impl GateWatch {
    /// Who is there, and who was refused since the start and why.
    #[must_use]
    pub fn counts(&self) -> GateCounts {
        self.0.counts()
    }
}

impl std::fmt::Debug for GateWatch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("GateWatch")
    }
}

/// Ends the connections of devices that are revoked, and those by a key that holds no more.
async fn revoke(shared: Arc<Shared>) {
    let mut looks = interval(REVOKED_EVERY);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        looks.tick().await;
        // Where it cannot be looked now, what was revoked within the last minute is still seen the next time.
        for (device, key) in shared.register.changed().await.unwrap_or_default() {
            shared.present.hold_to(device, key);
        }
    }
}

/// Small socket buffers: the kernel's memory for a connection is bounded like our own.
fn listener(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    #[cfg(unix)]
    socket.set_reuseaddr(true)?; // as the standard library's listeners: a restart must not wait for old connections
    socket.set_recv_buffer_size(Limits::SOCKET_BUFFER)?;
    socket.set_send_buffer_size(Limits::SOCKET_BUFFER)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    let mut connections = JoinSet::new();
    let mut log = Log::new();
    let mut tells = interval(TOLD_EVERY);
    tells.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, from)) => match shared.crowd.admit(from.ip()) {
                    Ok(place) => {
                        // Without it answers come later; nothing else depends on it.
                        let _ = stream.set_nodelay(true);
                        connections.spawn(connection::serve(stream, place, Arc::clone(&shared)));
                    }
                    Err(refusal) => shared.counters.refuse(refusal),
                },
                // No descriptors, or a client that is gone already.
                Err(_) => sleep(BREATH).await,
            },
            Some(_) = connections.join_next() => {}
            _ = tells.tick() => log.tell(&shared.counters),
        }
    }
}

#[cfg(test)]
mod tests;
