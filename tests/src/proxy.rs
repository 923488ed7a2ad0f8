//! A TCP proxy that counts.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

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
        Self::with(target, |from, to, count, _| pass(from, to, count))
    }

    /// In front of a port, with another way for what goes to it.
    fn with(target: u16, way: fn(TcpStream, TcpStream, &AtomicU64, &AtomicBool)) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("the system has a free port");
        let port = listener.local_addr().expect("it is bound").port();
        let (up, down) = (Arc::<AtomicU64>::default(), Arc::<AtomicU64>::default());
        let counters = (Arc::clone(&up), Arc::clone(&down));
        let lost = Arc::new(AtomicBool::new(false));
        std::thread::spawn(move || {
            for inner in listener.incoming().flatten() {
                let Ok(outer) = TcpStream::connect(("127.0.0.1", target)) else { continue };
                let (Ok(inner_again), Ok(outer_again)) = (inner.try_clone(), outer.try_clone()) else { continue };
                let (up, down) = (Arc::clone(&counters.0), Arc::clone(&counters.1));
                let lost = Arc::clone(&lost);
                std::thread::spawn(move || way(inner, outer, &up, &lost));
                std::thread::spawn(move || pass(outer_again, inner_again, &down));
            }
        });
        Self { port, up, down }
    }

    /// In front of a broker on a port of this machine: the first batch of a device that passes is lost on its way. What a device
    /// says of the choices that it follows goes the same way and passes: it is shorter than any batch of hours.
    ///
    /// # Panics
    /// When no port is free.
    #[must_use]
    pub fn losing_the_first_batch(target: u16) -> Self {
        Self::with(target, |from, mut to, count, lost| {
            let mut from = std::io::BufReader::new(from);
            while let Some(packet) = mqtt_packet(&mut from) {
                count.fetch_add(packet.len() as u64, Ordering::Relaxed);
                let goes_up = packet[0] >> 4 == 3 && packet.windows(6).take(16).any(|part| part == b"v1/up/");
                if goes_up && packet.len() > 1024 && !lost.swap(true, Ordering::Relaxed) {
                    continue;
                }
                if to.write_all(&packet).is_err() {
                    break;
                }
            }
            let _ = to.shutdown(Shutdown::Both);
        })
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

/// The next packet of MQTT, whole.
fn mqtt_packet(from: &mut impl Read) -> Option<Vec<u8>> {
    let mut packet = vec![0; 1];
    from.read_exact(&mut packet).ok()?;
    let (mut len, mut shift) = (0_usize, 0);
    loop {
        let mut byte = [0];
        from.read_exact(&mut byte).ok()?;
        packet.push(byte[0]);
        len |= usize::from(byte[0] & 0x7f) << shift;
        shift += 7;
        if byte[0] & 0x80 == 0 {
            break;
        }
    }
    let head = packet.len();
    packet.resize(head + len, 0);
    from.read_exact(&mut packet[head..]).ok()?;
    Some(packet)
}
