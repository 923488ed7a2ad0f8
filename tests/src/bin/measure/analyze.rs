use std::fmt::Write as _;
use std::io::Cursor;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use attune_tests::collector::Collector;
use attune_tests::media;
use attune_tests::place::Place;
use data_encoding::BASE64;
use image::{ImageFormat, imageops};
use serde_json::json;

/// Requests before anything is measured, and those that are timed one by one.
const WARM_UP: usize = 20;
const REQUESTS: usize = 200;
/// How long one, two and eight clients send.
const SECONDS: [(usize, u64); 3] = [(1, 15), (2, 15), (8, 60)];

/// Sends a 640x480 JPEG with a face, 5 s of 16 kHz sound and 30 s of 50 Hz motion again and again over HTTP.
pub(crate) fn measure() -> String {
    let place = Place::new();
    let mut collector = Collector::start(&place);
    let body = body();
    let url = format!("{}/api/v1/analyze", collector.api());
    let client = Client::new(&url, &body);
    (0..WARM_UP).for_each(|_| client.send());
    let mut times: Vec<Duration> = (0..REQUESTS)
        .map(|_| {
            let begun = Instant::now();
            client.send();
            begun.elapsed()
        })
        .collect();
    times.sort_unstable();
    let at = |quantile: f64| times[((times.len() - 1) as f64 * quantile).round() as usize].as_secs_f64() * 1000.0;

    let mut report = String::new();
    let mut line = |text: String| writeln!(report, "{text}").expect("writing to a string does not fail");
    line(format!("{} bytes of JSON; {REQUESTS} requests one after the other after {WARM_UP}", body.len()));
    line(format!("p50 {:.1} ms, p95 {:.1} ms, p99 {:.1} ms", at(0.5), at(0.95), at(0.99)));
    for (clients, seconds) in SECONDS {
        let before = collector.process().peak_memory();
        let half = crowd(&url, &body, clients, seconds / 2);
        let middle = collector.process().peak_memory();
        let rest = crowd(&url, &body, clients, seconds - seconds / 2);
        let after = collector.process().peak_memory();
        let mib = |bytes: u64| bytes as f64 / f64::from(1 << 20);
        line(format!(
            "{clients} clients for {seconds} s: {:.1} requests/s, no error; peak memory {:.0} MiB before, {:.0} half-way, {:.0} after",
            (half + rest) as f64 / seconds as f64,
            mib(before),
            mib(middle),
            mib(after)
        ));
    }
    report
}

/// How many requests so many clients get answered with 200. Any other answer ends the measurement.
fn crowd(url: &str, body: &str, clients: usize, seconds: u64) -> usize {
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let work = || {
            let client = Client::new(url, body);
            let mut answered = 0;
            while !stop.load(Ordering::Relaxed) {
                client.send();
                answered += 1;
            }
            answered
        };
        let threads: Vec<_> = (0..clients).map(|_| scope.spawn(work)).collect();
        std::thread::sleep(Duration::from_secs(seconds));
        stop.store(true, Ordering::Relaxed);
        threads.into_iter().map(|thread| thread.join().expect("a client that ended")).sum()
    })
}

/// Sends one body over one connection.
struct Client<'a> {
    agent: ureq::Agent,
    url: &'a str,
    body: &'a str,
}

impl<'a> Client<'a> {
    fn new(url: &'a str, body: &'a str) -> Self {
        Self { agent: ureq::Agent::new_with_defaults(), url, body }
    }

    fn send(&self) {
        let request = self.agent.post(self.url).header("content-type", "application/json");
        let mut answer = request.send(self.body).unwrap_or_else(|error| panic!("an answer other than 200: {error}"));
        answer.body_mut().read_to_vec().expect("the answer comes whole");
    }
}

fn body() -> String {
    let small = image::load_from_memory(&media::face()).expect("the shipped recording's picture").to_rgb8();
    let large = imageops::resize(&small, 640, 480, imageops::FilterType::CatmullRom);
    let mut jpeg = Cursor::new(Vec::new());
    large.write_to(&mut jpeg, ImageFormat::Jpeg).expect("memory takes it");
    json!({
        "face_image": BASE64.encode(jpeg.get_ref()),
        "audio_data": BASE64.encode(&media::speech(5.0)),
        "motion_data": media::motion(30),
    })
    .to_string()
}
