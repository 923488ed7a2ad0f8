use std::fmt::Write as _;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use attune_tests::collector::Collector;
use attune_tests::place::Place;
use attune_tests::{api, media};
use serde_json::{Value, json};

/// Windows of the session that is read and drawn: five days.
const WINDOWS: usize = 45_000;
/// Windows of one analysis: five minutes.
const AT_ONCE: usize = 30;
/// Bytes of a large body: the most that is taken.
const LARGE: usize = 16 << 20;
/// How often it is asked how the collector is, meanwhile.
const EVERY: Duration = Duration::from_millis(5);

const ANALYZE: &str = "/api/v1/analyze";

/// Gives the collector the heaviest work that clients can ask for, and tells what memory it takes and how long others wait
/// beside it.
pub(crate) fn measure() -> String {
    let place = Place::new();
    let mut collector = Collector::start(&place);
    let session = session(&collector);
    let mut report = String::new();
    let mut line = |text: String| writeln!(report, "{text}").expect("writing to a string does not fail");
    line("beside | longest wait of GET /api/v1, ms | peak memory, MiB | it took, s | answers".into());

    let get = |path: String| move |base: &str| api::fetch(base, &path, "*/*").status;
    let post = |kind: &'static str, body: Vec<u8>| move |base: &str| api::post_bytes(base, ANALYZE, kind, &body).0;
    let picture = get(format!("/api/v1/sessions/{session}/graph.png?width=1920"));
    let whole = get(format!("/api/v1/sessions/{session}"));
    let nothing = get("/api/v1/health".into());
    line(beside(&mut collector, "nothing", 1, &nothing));
    line(beside(&mut collector, "16 pictures of the session", 16, &picture));
    line(beside(&mut collector, "8 times the session of 45 000 windows", 8, &whole));
    line(beside(&mut collector, "4 bodies of 16 MiB, JSON", 4, &post("application/json", text())));
    line(beside(&mut collector, "4 bodies of 16 MiB, JSON of unknown names", 4, &post("application/json", names())));
    line(beside(&mut collector, "4 bodies of 16 MiB, a form", 4, &post("multipart/form-data; boundary=x", form())));
    report
}

/// A session of [`WINDOWS`] windows.
fn session(collector: &Collector) -> String {
    let name = "five days";
    let heart: Value = media::heart(295);
    let begin = jiff::Timestamp::constant(1_772_000_000, 0);
    for place in 0..WINDOWS / AT_ONCE {
        let at = begin + jiff::SignedDuration::from_secs(10 * (place * AT_ONCE) as i64);
        let request = json!({"session_id": name, "heart_data": heart, "timestamp": at.to_string()});
        let (status, answer) = api::post(collector.api(), ANALYZE, &request);
        assert_eq!(status, 200, "{answer}");
    }
    "five%20days".into()
}

/// A picture that is none.
fn text() -> Vec<u8> {
    let mut body = br#"{"face_image": ""#.to_vec();
    body.resize(LARGE - 2, b'A');
    body.extend(br#""}"#);
    body
}

fn names() -> Vec<u8> {
    let mut body = b"{".to_vec();
    for name in 0.. {
        body.extend(format!("\"{name:x}\":0,").into_bytes());
        if body.len() > LARGE - 32 {
            break;
        }
    }
    body.extend(b"\"z\":0}");
    body
}

fn form() -> Vec<u8> {
    let mut body = b"--x\r\ncontent-disposition: form-data; name=\"face_image\"\r\n\r\n".to_vec();
    body.resize(LARGE - 16, b'A');
    body.extend(b"\r\n--x--\r\n");
    body
}

/// Does the work of so many clients at once, and says what it took.
fn beside(collector: &mut Collector, name: &str, clients: usize, work: &(impl Fn(&str) -> u16 + Sync)) -> String {
    collector.process().forget_peak();
    let base = collector.api().to_owned();
    let (over, begun) = (AtomicBool::new(false), Instant::now());
    let (longest, statuses) = std::thread::scope(|scope| {
        let asking = scope.spawn(|| {
            let mut longest = Duration::ZERO;
            while !over.load(Ordering::Relaxed) {
                let asked = Instant::now();
                assert_eq!(api::get(&base, "/api/v1").0, 200);
                longest = longest.max(asked.elapsed());
                std::thread::sleep(EVERY);
            }
            longest
        });
        let working: Vec<_> = (0..clients).map(|_| scope.spawn(|| work(&base))).collect();
        let mut statuses: Vec<u16> = working.into_iter().map(|client| client.join().expect("a client")).collect();
        over.store(true, Ordering::Relaxed);
        statuses.sort_unstable();
        statuses.dedup();
        (asking.join().expect("who asks"), statuses)
    });
    format!(
        "{name} | {:.0} | {} | {:.1} | {statuses:?}",
        longest.as_secs_f64() * 1000.0,
        collector.process().peak_memory() >> 20,
        begun.elapsed().as_secs_f64()
    )
}
