//! A network that does its worst between a device and its broker.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// What it does with a connection.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fault {
    /// It ends in the middle of what is sent, after this many bytes.
    CutAfter(usize),
    /// After this many bytes nothing passes any more, and neither side is told.
    HalfOpenAfter(usize),
    /// A kilobyte a second passes.
    Slow,
    /// Each piece comes two seconds late.
    Late,
    /// It passes as it is.
    None,
}

/// A proxy in front of a port. It lives as long as the process.
pub struct BadNetwork {
    /// Where it listens.
    pub port: u16,
    faults: Arc<Mutex<Vec<Fault>>>,
    connections: Arc<AtomicU64>,
}

impl BadNetwork {
    /// Each connection has the next of these faults, and the last one for ever.
    ///
    /// # Panics
    /// When no port is free, or there is no fault.
    #[must_use]
    pub fn before(target: u16, faults: Vec<Fault>) -> Self {
        assert!(!faults.is_empty(), "the last one counts for ever");
        let listener = TcpListener::bind("127.0.0.1:0").expect("the system has a free port");
        let port = listener.local_addr().expect("it is bound").port();
        let (faults, connections) = (Arc::new(Mutex::new(faults)), Arc::<AtomicU64>::default());
        let (drawn, counted) = (Arc::clone(&faults), Arc::clone(&connections));
        std::thread::spawn(move || {
            for inner in listener.incoming().flatten() {
                let Ok(outer) = TcpStream::connect(("127.0.0.1", target)) else { continue };
                let (Ok(inner_again), Ok(outer_again)) = (inner.try_clone(), outer.try_clone()) else { continue };
                counted.fetch_add(1, Ordering::Relaxed);
                let fault = {
                    let mut faults = drawn.lock().unwrap_or_else(PoisonError::into_inner);
                    if faults.len() > 1 { faults.remove(0) } else { faults[0] }
                };
                std::thread::spawn(move || pass(inner, outer, fault));
                std::thread::spawn(move || pass(outer_again, inner_again, fault));
            }
        });
        Self { port, faults, connections }
    }

    /// All is well from the next connection on.
    pub fn heal(&self) {
        *self.faults.lock().unwrap_or_else(PoisonError::into_inner) = vec![Fault::None];
    }

    /// Connections so far.
    #[must_use]
    pub fn connections(&self) -> u64 {
        self.connections.load(Ordering::Relaxed)
    }
}

fn pass(mut from: TcpStream, mut to: TcpStream, fault: Fault) {
    let mut passed = 0;
    let mut buffer = [0; 4096];
    let most = if fault == Fault::Slow { 512 } else { buffer.len() };
    while let Ok(len @ 1..) = from.read(&mut buffer[..most]) {
        let mut piece = &buffer[..len];
        match fault {
            Fault::CutAfter(bytes) if passed + len >= bytes => {
                let _ = to.write_all(&piece[..bytes - passed]);
                break;
            }
            Fault::HalfOpenAfter(bytes) if passed >= bytes => continue,
            Fault::HalfOpenAfter(bytes) => piece = &piece[..len.min(bytes - passed)],
            Fault::Slow => std::thread::sleep(Duration::from_millis(500)),
            Fault::Late => std::thread::sleep(Duration::from_secs(2)),
            Fault::CutAfter(_) | Fault::None => {}
        }
        passed += piece.len();
        if to.write_all(piece).is_err() {
            break;
        }
    }
    let _ = (from.shutdown(Shutdown::Both), to.shutdown(Shutdown::Both));
}
