//! Strangers at the broker's port, with sockets that say what they like.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use attune_protocol::ids::{DeviceId, Seq};
use attune_protocol::topics;
use attune_tests::api;
use attune_tests::collector::Collector;
use attune_tests::place::Place;
use attune_tests::wire::{Device, motion_item};

/// More than the machine's other tests may hold up an answer.
const SECONDS: Duration = Duration::from_secs(50);
/// What the collector may take more than it took before, bytes: without bounds a flood of some seconds took gigabytes.
const MAY_GROW: u64 = 300 << 20;

#[test]
fn strangers_at_the_broker_neither_fill_memory_nor_keep_anybody_out() {
    let place = Place::new();
    let mut collector = Collector::start(&place);
    let mut steady = Device::enrolled(&collector, "alice");
    let before = collector.process().peak_memory();
    let address = collector.broker().trim_start_matches("mqtt://").to_owned();
    let stop = Arc::new(AtomicBool::new(false));
    let flood: Vec<_> = [silence, half_a_connect, garbage, retained, deafness]
        .into_iter()
        .map(|stranger| {
            let (address, stop) = (address.clone(), Arc::clone(&stop));
            std::thread::spawn(move || {
                let mut held = std::collections::VecDeque::new();
                while !stop.load(Ordering::Relaxed) {
                    held.extend(stranger(&address).ok());
                    if held.len() > 500 {
                        held.pop_front();
                    }
                    // Strangers come over a network: they take nothing of the collector's own processor.
                    std::thread::sleep(Duration::from_millis(20));
                }
            })
        })
        .collect();
    std::thread::sleep(Duration::from_secs(3));

    let started = Instant::now();
    steady.send(vec![motion_item(1)]);
    assert_eq!(steady.acknowledged(), [(Seq(1), Seq(1))]);
    assert!(started.elapsed() < SECONDS, "{:?}", started.elapsed());

    let started = Instant::now();
    let mut new = Device::enrolled(&collector, "bob");
    new.send(vec![motion_item(1)]);
    assert_eq!(new.acknowledged(), [(Seq(1), Seq(1))]);
    assert!(started.elapsed() < 2 * SECONDS, "{:?}", started.elapsed());

    assert_eq!(api::get(collector.api(), "/health").0, 200, "API and database find descriptors");
    stop.store(true, Ordering::Relaxed);
    flood.into_iter().for_each(|stranger| stranger.join().expect("ends"));
    let grown = collector.process().peak_memory() - before;
    assert!(grown < MAY_GROW, "{} MiB", grown >> 20);
}

#[test]
fn connections_that_end_give_everything_back() {
    let place = Place::new();
    let mut collector = Collector::start(&place);
    let address = collector.broker().trim_start_matches("mqtt://").to_owned();
    come_and_go(&address, 500);
    let before = collector.process().peak_memory();
    come_and_go(&address, 1500);
    let grown = collector.process().peak_memory() - before;
    // They were 220 MiB when each left 150 KiB.
    assert!(grown < 16 << 20, "{} KiB", grown >> 10);
}

/// So many connections, one after the other, that subscribe and publish.
fn come_and_go(address: &str, connections: usize) {
    let mut made = 0;
    while made < connections {
        std::thread::sleep(Duration::from_millis(2));
        let device = DeviceId::random();
        let mut stream = connected(address, device).expect("listens");
        let mut answer = [0; 4];
        if stream.read_exact(&mut answer).is_err() {
            continue; // too many a second; the gate closed it
        }
        assert_eq!(answer, [0x20, 2, 0, 0]);
        stream.write_all(&subscribe(device)).expect("takes it");
        stream.write_all(&publish(0x30, device, &[7; 100])).expect("takes it");
        assert!(stream.read_exact(&mut [0; 5]).is_ok(), "SUBACK");
        made += 1;
    }
}

/// Tells nothing.
fn silence(address: &str) -> std::io::Result<TcpStream> {
    std::thread::sleep(Duration::from_millis(5));
    TcpStream::connect(address)
}

fn half_a_connect(address: &str) -> std::io::Result<TcpStream> {
    std::thread::sleep(Duration::from_millis(5));
    let mut stream = TcpStream::connect(address)?;
    stream.write_all(&CONNECT[..9])?;
    Ok(stream)
}

/// Publishes what nobody signed.
fn garbage(address: &str) -> std::io::Result<TcpStream> {
    let device = DeviceId::random();
    let mut stream = connected(address, device)?;
    for _ in 0..50 {
        stream.write_all(&publish(0x30, device, &[7; 40 << 10]))?;
    }
    Ok(stream)
}

/// The same, to be kept for every later subscriber.
fn retained(address: &str) -> std::io::Result<TcpStream> {
    let device = DeviceId::random();
    let mut stream = connected(address, device)?;
    for _ in 0..200 {
        stream.write_all(&publish(0x31, device, &[7; 1 << 10]))?;
    }
    Ok(stream)
}

/// Listens and never reads.
fn deafness(address: &str) -> std::io::Result<TcpStream> {
    std::thread::sleep(Duration::from_millis(5));
    let device = DeviceId::random();
    let mut stream = connected(address, device)?;
    stream.write_all(&subscribe(device))?;
    Ok(stream)
}

/// A CONNECT of MQTT 3.1.1 with a clean session and a keep-alive of a minute.
const CONNECT: [u8; 15] = [0x10, 13, 0, 4, b'M', b'Q', b'T', b'T', 4, 2, 0, 60, 0, 1, b'x'];

/// A connection under the id of a device that nobody knows.
fn connected(address: &str, device: DeviceId) -> std::io::Result<TcpStream> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_write_timeout(Some(Duration::from_millis(500)))?;
    let mut body = CONNECT[2..].to_vec();
    body[7] |= 0xC0; // with user name and password
    string(&mut body, &device.to_string());
    string(&mut body, "none");
    stream.write_all(&packet(0x10, &body))?;
    Ok(stream)
}

fn subscribe(device: DeviceId) -> Vec<u8> {
    let mut body = vec![0, 1];
    string(&mut body, &topics::answers_to(device));
    body.push(1);
    packet(0x82, &body)
}

/// A message at most once.
fn publish(first: u8, device: DeviceId, payload: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    string(&mut body, &topics::batches_of(device));
    body.extend_from_slice(payload);
    packet(first, &body)
}

fn string(body: &mut Vec<u8>, text: &str) {
    body.extend_from_slice(&u16::try_from(text.len()).expect("short").to_be_bytes());
    body.extend_from_slice(text.as_bytes());
}

fn packet(first: u8, body: &[u8]) -> Vec<u8> {
    let mut packet = vec![first];
    let mut len = body.len();
    while len >= 0x80 {
        packet.push((len % 0x80) as u8 | 0x80);
        len /= 0x80;
    }
    packet.push(len as u8);
    packet.extend_from_slice(body);
    packet
}
