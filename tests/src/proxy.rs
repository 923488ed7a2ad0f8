//! A TCP proxy that counts.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Passes connections on and counts their bytes. It lives as long as the process.
pub struct Proxy {
    /// Where it listens.
    pub port: u16,
    up: Arc<AtomicU64>,
    down: Arc<AtomicU64>,
}

impl Proxy {
    /// In front of a port of this machine.
    ///
    /// # Panics
    /// When no port is free.
    #[must_use]
    pub fn before(target: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("the system has a free port");
        let port = listener.local_addr().expect("it is bound").port();
        let (up, down) = (Arc::<AtomicU64>::default(), Arc::<AtomicU64>::default());
        let counters = (Arc::clone(&up), Arc::clone(&down));
        std::thread::spawn(move || {
            for inner in listener.incoming().flatten() {
                let Ok(outer) = TcpStream::connect(("127.0.0.1", target)) else { continue };
                let (Ok(inner_again), Ok(outer_again)) = (inner.try_clone(), outer.try_clone()) else { continue };
                let (up, down) = (Arc::clone(&counters.0), Arc::clone(&counters.1));
                std::thread::spawn(move || pass(inner, outer, &up));
                std::thread::spawn(move || pass(outer_again, inner_again, &down));
            }
        });
        Self { port, up, down }
    }

    /// Bytes that have gone to the target and come back.
    #[must_use]
    pub fn bytes(&self) -> (u64, u64) {
        (self.up.load(Ordering::Relaxed), self.down.load(Ordering::Relaxed))
    }
}

fn pass(mut from: TcpStream, mut to: TcpStream, count: &AtomicU64) {
    let mut buffer = [0; 16_384];
    while let Ok(len @ 1..) = from.read(&mut buffer) {
        count.fetch_add(len as u64, Ordering::Relaxed);
        if to.write_all(&buffer[..len]).is_err() {
            break;
        }
    }
    let _ = (from.shutdown(Shutdown::Both), to.shutdown(Shutdown::Both));
}
