//! Pushes as the app sends them, and as it should not: the cases of `tests/fixtures/phone/push.json`, over HTTP.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use attune_analysis::sample::Timestamp;
use attune_protocol::registry::Modality;
use serde_json::Value;

use super::inbox::Inbox;
use super::message::Message;
use super::reading::{Part, Reading};
use super::server::{Post, locked};
use super::tally::Problem;
use crate::token::{Of, Token};

/// 2026-01-01 09:00:00 UTC, microseconds.
const BEGIN: i64 = 1_767_258_000_000_000;
const LATE: f64 = 300.0;

pub(super) fn cases(file: &str) -> (PathBuf, Vec<Value>) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures/phone");
    let text = std::fs::read_to_string(folder.join(file)).unwrap();
    let value: Value = serde_json::from_str(&text).unwrap();
    (folder, value["cases"].as_array().unwrap().clone())
}

/// A server of its own, whose clock the test sets.
struct Agent {
    inbox: Arc<Mutex<Inbox>>,
    clock: Arc<AtomicI64>,
    log: Arc<Mutex<Vec<u8>>>,
    address: SocketAddr,
    token: String,
    _state: tempfile::TempDir,
}

struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Agent {
    fn start() -> Self {
        let state = tempfile::tempdir().unwrap();
        let token = Token::load_or_make(state.path(), Of::Phone).unwrap();
        let text = token.text().to_owned();
        let (clock, log) = (Arc::new(AtomicI64::new(BEGIN)), Arc::<Mutex<Vec<u8>>>::default());
        let mut inbox = Inbox::new(LATE);
        inbox.open(Modality::Motion, Timestamp(BEGIN - 3_600_000_000));
        inbox.open(Modality::Heart, Timestamp(BEGIN - 3_600_000_000));
        let inbox = Arc::new(Mutex::new(inbox));
        let of_server = clock.clone();
        let post = Post::new(inbox.clone(), token, move || Timestamp(of_server.load(Ordering::SeqCst)));
        let (tell, told) = std::sync::mpsc::channel();
        let writer = log.clone();
        std::thread::spawn(move || {
            let log = tracing_subscriber::fmt().with_writer(move || Log(writer.clone())).finish();
            let _log = tracing::subscriber::set_default(log);
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
                tell.send(listener.local_addr().unwrap()).unwrap();
                post.serve(listener).await.unwrap();
            });
        });
        Self { inbox, clock, log, address: told.recv().unwrap(), token: text, _state: state }
    }

    fn set_clock(&self, micros: i64) {
        self.clock.fetch_max(micros, Ordering::SeqCst);
    }

    /// Sends a request and gives the status of the answer, and its text.
    fn send(&self, method: &str, path: &str, headers: &[(String, String)], body: &[u8]) -> (u16, String) {
        let mut stream = TcpStream::connect(self.address).unwrap();
        let mut head = format!("{method} {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n", self.address);
        for (name, value) in headers {
            head += &format!("{name}: {}\r\n", value.replace("TOKEN", &self.token));
        }
        if !headers.iter().any(|(name, _)| name == "Transfer-Encoding") {
            head += &format!("Content-Length: {}\r\n", body.len());
        }
        stream.write_all(head.as_bytes()).unwrap();
        stream.write_all(b"\r\n").unwrap();
        stream.write_all(body).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let status = answer.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap();
        (status, answer.split_once("\r\n\r\n").map_or(String::new(), |(_, body)| body.to_owned()))
    }

    fn push(&self, body: &[u8]) -> u16 {
        self.send("POST", "/push", &[("Authorization".into(), "Bearer TOKEN".into())], body).0
    }

    /// What waits, as a case says it: by its kind, with times in nanoseconds.
    fn motion(&self) -> BTreeMap<&'static str, Vec<(i64, [f64; 3])>> {
        let inbox = locked(&self.inbox);
        let mut found = BTreeMap::<_, Vec<_>>::new();
        for stream in inbox.streams() {
            for (at, moment) in stream.waiting() {
                let named = [
                    ("linear acceleration", Part::Linear),
                    ("gravity", Part::Gravity),
                    ("total acceleration", Part::Total),
                    ("total acceleration", Part::Uncalibrated),
                ];
                for (what, part) in named {
                    let scale = stream.scale(part).unwrap_or(1.0);
                    let axes = moment.part(part).map(|axes| axes.map(|axis| axis * scale));
                    found.entry(what).or_default().extend(axes.map(|axes| (*at, axes)));
                }
            }
        }
        found.retain(|_, readings| !readings.is_empty());
        found
    }
}

fn last_of(body: &[u8]) -> Option<i64> {
    Message::read(body)?.readings.iter().map(|reading: &Reading| reading.at() / 1000 + 1).max()
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|number| number.as_f64().unwrap()).collect()
}

/// Whether what waits is what a case says.
fn compare(id: &str, agent: &Agent, right: &Value) {
    let found = agent.motion();
    let expected = right["motion"].as_array().cloned().unwrap_or_default();
    // Of a case about the heart it says nothing of the motion beside it.
    if right["heart_rate"].is_null() {
        assert_eq!(found.len(), expected.len(), "{id}: {found:?}");
    }
    for motion in &expected {
        let readings = &found[motion["what"].as_str().unwrap()];
        assert_eq!(Some(readings.len() as u64), motion["n"].as_u64(), "{id}");
        assert_eq!(Some(readings[0].0), motion["first_ns"].as_i64(), "{id}");
        if let Some(last) = motion["last_ns"].as_i64() {
            assert_eq!(readings[readings.len() - 1].0, last, "{id}");
        }
        if !motion["mean"].is_null() {
            for (axis, mean) in numbers(&motion["mean"]).into_iter().enumerate() {
                let sum: f64 = readings.iter().map(|(_, axes)| axes[axis]).sum();
                assert!((sum / readings.len() as f64 - mean).abs() < 1e-6, "{id}: axis {axis} of {motion}");
            }
        }
    }
    let inbox = locked(&agent.inbox);
    let rates: Vec<Vec<f64>> = right["heart_rate"].as_array().into_iter().flatten().map(numbers).collect();
    let waiting: Vec<Vec<f64>> = inbox.rates().iter().map(|(at, bpm)| vec![*at as f64, *bpm]).collect();
    assert_eq!(waiting, rates, "{id}");
    assert_eq!(inbox.tally().steps, right["steps_added"].as_u64().unwrap_or(0), "{id}");
    if let Some(left_out) = right["left_out"].as_u64() {
        assert_eq!(inbox.tally().left_out.values().sum::<u64>(), left_out, "{id}");
    }
}

#[test]
fn every_case_is_read_as_it_should_be_and_harms_no_other_push() {
    let (folder, cases) = cases("push.json");
    assert_eq!(cases.len(), 42);
    let plain = std::fs::read_to_string(folder.join("push/plain.body")).unwrap();
    for case in &cases {
        let id = case["id"].as_str().unwrap();
        let agent = Agent::start();
        let mut sent = 0;
        for (place, request) in case["requests"].as_array().unwrap().iter().enumerate() {
            let mut body = std::fs::read(folder.join(request["body"].as_str().unwrap())).unwrap();
            let arrives = case["arrives_s"][place].as_f64().map(|seconds| BEGIN + (seconds * 1e6) as i64);
            agent.set_clock(arrives.or_else(|| last_of(&body)).unwrap_or(BEGIN));
            sent += Message::read(&body).map_or(0, |message| message.readings.len() + message.left_out.len());
            body.resize(body.len() + request["pad_spaces"].as_u64().unwrap_or(0) as usize, b' ');
            let headers = request["headers"].as_object().unwrap().iter();
            let headers: Vec<_> = headers.map(|(name, value)| (name.clone(), value.as_str().unwrap().into())).collect();
            let (status, _) = agent.send(request["method"].as_str().unwrap(), "/push", &headers, &body);
            let statuses = case["status"].as_array().unwrap();
            // Of what some writers put for a number, the entry alone is left out: the case says so, too.
            let statuses = statuses.iter().filter_map(Value::as_u64).chain((id == "nan-literal").then_some(200));
            assert!(statuses.into_iter().any(|good| good == u64::from(status)), "{id}: {status}");
        }
        let of = |problem| locked(&agent.inbox).tally().of(problem);
        let empty = Value::Null;
        match id {
            "clock-ahead" => {
                compare(id, &agent, &empty);
                assert_eq!(of(Problem::Ahead), 5);
            }
            "clock-back" => {
                compare(id, &agent, &case["right"]);
                assert_eq!(of(Problem::Late), 5);
            }
            "nan-literal" | "infinite" => {
                assert_eq!((agent.motion()["linear acceleration"].len(), of(Problem::Unread)), (4, 1), "{id}");
            }
            "gzip" => {
                compare(id, &agent, &empty);
                assert_eq!(of(Problem::Packed), 1);
            }
            _ => compare(id, &agent, &case["right"]),
        }
        if let ("retry" | "retry-regrouped" | "same-time-twice", twice) = (id, of(Problem::Twice)) {
            let wait: usize = agent.motion().values().map(Vec::len).sum();
            assert_eq!(wait as u64 + twice, sent as u64, "{id}: nothing is lost without a word");
        }
        let tally = serde_json::to_string(locked(&agent.inbox).tally()).unwrap();
        let log = String::from_utf8(agent.log.lock().unwrap().clone()).unwrap();
        for text in case["never_stored"].as_array().into_iter().flatten().filter_map(Value::as_str) {
            assert!(!tally.contains(text) && !log.contains(text), "{id}: {text} in {tally} or {log}");
        }
        if !case["tell"].is_null() {
            assert!(log.contains("WARN"), "{id} is told");
        }
        assert!(!log.contains(&agent.token) && !log.contains("aa00bb11"), "{log}");

        let before = locked(&agent.inbox).tally().motion;
        agent.set_clock(BEGIN + 10_000_100_000);
        assert_eq!(agent.push(plain.replace("1767258", "1767268").as_bytes()), 200, "{id}");
        assert_eq!(locked(&agent.inbox).tally().motion, before + 10, "a plain push after {id}");
    }
}

#[test]
fn what_waited_long_enough_is_given_in_order_as_acceleration_with_gravity_and_once() {
    let (folder, _) = cases("push.json");
    let agent = Agent::start();
    let plain = std::fs::read(folder.join("push/plain.body")).unwrap();
    let heart = std::fs::read(folder.join("push/heart-names.body")).unwrap();
    agent.set_clock(BEGIN + 15_100_000);
    assert_eq!((agent.push(&plain), agent.push(&heart), agent.push(&plain)), (200, 200, 200));
    let mut inbox = locked(&agent.inbox);
    let late = (LATE * 1e6) as i64;
    assert!(inbox.motion(Timestamp(BEGIN + late - 1)).is_empty(), "an older one may still come");
    let motion = inbox.motion(Timestamp(BEGIN + late + 1_000_000));
    assert_eq!(
        motion.iter().map(|sample| sample.at.0 - BEGIN).collect::<Vec<_>>(),
        [0, 10_000, 20_000, 30_000, 40_000]
    );
    assert!((motion[0].acceleration[2] - (0.03 - 9.8066)).abs() < 1e-9, "{motion:?}");
    let heart = inbox.heart(Timestamp(BEGIN + late + 10_000_000));
    assert_eq!(heart.len(), 3, "the last waits on");
    assert!(inbox.motion(Timestamp(BEGIN + 2 * late)).is_empty());
}

#[test]
fn nothing_is_taken_of_a_time_at_which_nothing_was_sensed() {
    let (folder, _) = cases("push.json");
    let agent = Agent::start();
    let plain = std::fs::read(folder.join("push/plain.body")).unwrap();
    agent.set_clock(BEGIN + 100_000);
    assert_eq!(agent.push(&plain), 200);
    locked(&agent.inbox).close(Modality::Motion);
    assert_eq!(agent.push(&plain), 200, "the phone need not know");
    locked(&agent.inbox).open(Modality::Motion, Timestamp(BEGIN + 20_000));
    assert_eq!(agent.push(&plain), 200);
    let mut inbox = locked(&agent.inbox);
    assert_eq!(inbox.tally().of(Problem::Paused), 10 + 4, "all of the pause, and what was before its end");
    assert_eq!(inbox.motion(Timestamp(BEGIN + 400_000_000)).len(), 3);
}

#[test]
fn motion_of_phone_and_watch_is_never_mixed() {
    let (folder, _) = cases("push.json");
    let agent = Agent::start();
    agent.set_clock(BEGIN + 100_000);
    for body in ["push/plain.body", "push/wrist-g.body"] {
        assert_eq!(agent.push(&std::fs::read(folder.join(body)).unwrap()), 200);
    }
    let mut inbox = locked(&agent.inbox);
    let motion = inbox.motion(Timestamp(BEGIN + 400_000_000));
    assert_eq!((motion.len(), inbox.tally().of(Problem::OtherWorn)), (5, 3));
    drop(inbox);
    // A minute later only the watch still sends.
    agent.set_clock(BEGIN + 120_000_000);
    let wrist = std::fs::read_to_string(folder.join("push/wrist-g.body")).unwrap().replace("17672580", "17672581");
    assert_eq!(agent.push(wrist.as_bytes()), 200);
    assert_eq!(locked(&agent.inbox).motion(Timestamp(BEGIN + 500_000_000)).len(), 3);
}

#[test]
fn the_token_may_stand_in_the_address_and_a_body_without_a_length_has_an_end_too() {
    let (folder, _) = cases("push.json");
    let agent = Agent::start();
    let plain = std::fs::read(folder.join("push/plain.body")).unwrap();
    agent.set_clock(BEGIN + 100_000);
    assert_eq!(agent.send("POST", &format!("/push/{}", agent.token), &[], &plain).0, 200);
    let (status, text) = agent.send("POST", &format!("/push/{}", "0".repeat(32)), &[], &plain);
    assert!(status == 499 && text.contains("phone setup"), "{status} {text}");
    assert_eq!(agent.send("GET", &format!("/push/{}", agent.token), &[], b"").0, 405);
    let chunked = [("Transfer-Encoding".to_owned(), "chunked".to_owned())];
    let chunk = [&b"10000\r\n"[..], &[b' '; 0x10000], b"\r\n"].concat();
    let body = [chunk.repeat(64), b"0\r\n\r\n".to_vec()].concat();
    let path = format!("/push/{}", agent.token);
    assert_eq!(agent.send("POST", &path, &chunked, &body).0, 413);
    let cut = TcpStream::connect(agent.address).unwrap();
    (&cut)
        .write_all(format!("POST {path} HTTP/1.1\r\nHost: a\r\nContent-Length: 900\r\n\r\n{{\"payload").as_bytes())
        .unwrap();
    cut.shutdown(Shutdown::Both).unwrap();
    assert_eq!(agent.push(&plain), 200, "whoever breaks off holds nobody up");
}
