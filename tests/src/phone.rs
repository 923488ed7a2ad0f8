//! A phone whose app pushes what its sensors say, as Sensor Logger does.

use std::io::Read;
use std::net::TcpStream;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use serde_json::{Value, json};

use crate::agent::Agent;
use crate::wait;

/// One that knows where to push, and by which token.
pub struct Phone {
    /// Address and port at which an agent listens.
    pub address: String,
    /// What the agent made for it.
    pub token: String,
}

impl Phone {
    /// Sets an agent up that is configured to listen at this address, while a phone pushes as its button for trying does; gives
    /// what was printed, too.
    ///
    /// # Panics
    /// When the agent is not set up by it.
    #[must_use]
    pub fn set_up(agent: &Agent, address: String) -> (Self, String) {
        let mut setup = agent.command();
        let mut setup = setup.args(["phone", "setup"]).stdout(Stdio::piped()).spawn().expect("the program starts");
        wait::until("a push to be waited for", || TcpStream::connect(&address).ok());
        let state = std::fs::read_to_string(agent.state().join("phone.toml")).expect("a token was made");
        let table: toml::Table = state.parse().expect("it is TOML");
        let phone = Self { address, token: table["token"].as_str().expect("a text").to_owned() };
        assert_eq!(phone.push(&[json!({"name": "test", "time": now(), "values": {}})]), Some(200));
        let mut printed = String::new();
        setup.stdout.take().expect("it was asked for").read_to_string(&mut printed).expect("it is text");
        assert!(setup.wait().expect("it ends").success(), "{printed}");
        (phone, printed)
    }

    /// Sends a body and gives the status of the answer; `None` where nobody listens.
    #[must_use]
    pub fn send(&self, token: &str, body: &[u8]) -> Option<u16> {
        let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
        let request = agent.post(format!("http://{}/push", self.address));
        let request =
            request.header("authorization", format!("Bearer {token}")).header("content-type", "application/json");
        request.send(body).ok().map(|answer| answer.status().as_u16())
    }

    /// Pushes readings, and gives the status of the answer.
    #[must_use]
    pub fn push(&self, payload: &[Value]) -> Option<u16> {
        let body = json!({"messageId": 0, "sessionId": "s", "deviceId": "d", "payload": payload});
        self.send(&self.token, body.to_string().as_bytes())
    }
}

/// Somebody carries a phone: it pushes what it senses until this is dropped.
pub struct Carried {
    over: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Carried {
    /// From now on, every so often.
    #[must_use]
    pub fn begin(phone: Phone, every: Duration) -> Self {
        let over = Arc::new(AtomicBool::new(false));
        let ends = over.clone();
        let thread = std::thread::spawn(move || {
            let mut sent = now();
            while !ends.load(Ordering::Relaxed) {
                std::thread::sleep(every);
                let until = now();
                // Who listens closes now and then; what has arrived is seen in the database.
                let _ = phone.push(&payload(sent, until));
                sent = until;
            }
        });
        Self { over, thread: Some(thread) }
    }
}

impl Drop for Carried {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            // Its panic is told where it happens.
            let _ = thread.join();
        }
    }
}

/// What a phone and its watch say from one instant to another, Unix nanoseconds: 50 accelerations a second, and a heart rate.
#[must_use]
pub fn payload(from: i64, to: i64) -> Vec<Value> {
    let mut payload = Vec::new();
    let first = from.div_euclid(20_000_000) + 1;
    for step in first..=to.div_euclid(20_000_000) {
        let (time, sway) = (step * 20_000_000, 0.3 * (step as f64 / 8.0).sin());
        let axes =
            |name: &str, x: f64, z: f64| json!({"name": name, "time": time, "values": {"x": x, "y": 0.01, "z": z}});
        payload.extend([axes("accelerometer", sway, 0.02), axes("gravity", 0.0, -9.8066)]);
        if step % 50 == 0 {
            payload.push(json!({"name": "heart rate", "time": time, "values": {"bpm": 64}}));
        }
    }
    payload
}

/// The instant it is, Unix nanoseconds.
#[must_use]
pub fn now() -> i64 {
    jiff::Timestamp::now().as_nanosecond() as i64
}
