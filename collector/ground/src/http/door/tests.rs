use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Instant;

use axum::body::Bytes;
use axum::extract::ws::{Message, WebSocketUpgrade};
use axum::http::StatusCode;
use axum::routing::{get, post};
use http_body::Frame;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;
use tokio::time::{Sleep, timeout};

use super::super::body::Bodies;
use super::super::{Client, Files, Problem, Refusal};
use super::*;
use crate::descriptors::Descriptors;

/// More than a busy machine needs.
const PATIENCE: Duration = Duration::from_secs(30);

struct House {
    address: SocketAddr,
    traffic: Arc<Traffic>,
    stop: watch::Sender<bool>,
    serving: JoinHandle<()>,
    /// A permit lets one `/held` go on.
    held: Arc<Semaphore>,
}

/// A server of so many places, whose clients must be quick.
async fn house(places: usize) -> House {
    house_with_grace(places, Duration::from_millis(500)).await
}

/// As [`house`], where a body may begin so slowly for so long.
async fn house_with_grace(places: usize, grace: Duration) -> House {
    house_of(places, grace, None).await
}

async fn house_of(places: usize, grace: Duration, tls: Option<Tls>) -> House {
    let mut limits = Limits::with(Descriptors::of(4 * places));
    limits.head = if tls.is_some() { PATIENCE } else { Duration::from_millis(500) };
    limits.handshake = Duration::from_secs(2);
    limits.answer = Duration::from_millis(500);
    limits.body = limits::Pace { longest: PATIENCE, grace, rate: 1 << 20, large: u32::MAX };
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("bound");
    let (traffic, held) = (Arc::<Traffic>::default(), Arc::new(Semaphore::new(0)));
    let gone_on = Arc::clone(&held);
    let app =
        Router::new()
            .route("/", get(|| async { "here" }))
            .route("/who", get(|client: Client| async move { format!("{} {}", client.address, client.secure) }))
            .route(
                "/news",
                get(|| async { (axum::Extension(Listens), axum::body::Body::new(News { is_told: false })) }),
            )
            .route(
                "/socket",
                get(|MaybeSeat(seat): MaybeSeat, upgrade: WebSocketUpgrade| async move {
                    upgrade.on_upgrade(|mut socket| async move {
                        let Some(mut seat) = seat else { return };
                        seat.listens();
                        let _ = socket.send(Message::Text("open".into())).await;
                        tokio::select! {
                            () = seat.told_to_leave() => {}
                            _ = socket.recv() => {}
                        }
                    })
                }),
            )
            .route("/refused", post(|| async { StatusCode::IM_A_TEAPOT }))
            .route("/made", get(|| async { axum::body::Body::new(Slowly::new(8)) }))
            .route("/large", get(|| async { vec![7_u8; 64 << 20] }))
            .route(
                "/body",
                post(|request: axum::extract::Request| async {
                    let received = Bodies::default().receive(request.into_body(), 1 << 20).await?;
                    Ok::<_, Problem>(received.bytes.len().to_string())
                }),
            )
            .route(
                "/held",
                get(move || async move {
                    gone_on.acquire().await.map(|permit| permit.forget()).map_err(|_| StatusCode::GONE)
                }),
            );
    let (stop, stopped) = watch::channel(false);
    let serving = tokio::spawn(serve(listener, tls, app, limits, Arc::clone(&traffic), stopped));
    House { address, traffic, stop, serving, held }
}

/// An answer of which a byte is made every 200 ms.
struct Slowly {
    left: u32,
    until: Pin<Box<Sleep>>,
}

impl Slowly {
    fn new(left: u32) -> Self {
        Self { left, until: Box::pin(sleep(Duration::from_millis(200))) }
    }
}

impl http_body::Body for Slowly {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        if self.left == 0 {
            return Poll::Ready(None);
        }
        ready!(self.until.as_mut().poll(context));
        *self = Self::new(self.left - 1);
        Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(b".")))))
    }
}

/// An answer that says something at once and then nothing more, and has no end.
struct News {
    is_told: bool,
}

impl http_body::Body for News {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        match std::mem::replace(&mut self.is_told, true) {
            false => Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(b"news"))))),
            true => Poll::Pending,
        }
    }
}

impl House {
    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.expect("listens")
    }

    async fn send(&self, text: &str) -> TcpStream {
        let mut client = self.connect().await;
        client.write_all(text.as_bytes()).await.expect("sent");
        client
    }

    async fn until(&self, refusal: Refusal, count: u64) {
        let counted = async {
            while self.traffic.refused(refusal) < count {
                sleep(Duration::from_millis(5)).await;
            }
        };
        timeout(PATIENCE, counted).await.unwrap_or_else(|_| panic!("{refusal:?}: {}", self.traffic.refused(refusal)));
    }
}

/// What a client hears until the end.
async fn heard(mut client: TcpStream) -> String {
    let mut heard = Vec::new();
    let _ = timeout(PATIENCE, client.read_to_end(&mut heard)).await.expect("it ends");
    String::from_utf8_lossy(&heard).into_owned()
}

const ASKED: &str = "GET / HTTP/1.1\r\nhost: here\r\nconnection: close\r\n\r\n";

#[test]
fn what_is_told_who_finds_no_place_is_an_answer_with_a_problem() {
    let (head, body) = CROWDED.split_once("\r\n\r\n").expect("a head and a body");
    assert!(head.ends_with(&format!("content-length: {}", body.len())), "{} bytes", body.len());
    assert_eq!(serde_json::from_str::<serde_json::Value>(body).expect("JSON")["status"], 503);
}

#[tokio::test]
async fn a_head_that_does_not_read_is_refused_with_a_problem_also_behind_another_request() {
    let house = house(64).await;
    let many: String = (0..200).map(|field| format!("x{field}: 1\r\n")).collect();
    for (asked, status) in [
        ("HELLO\r\n\r\n".to_owned(), 400),
        ("GET /a b HTTP/1.1\r\nhost: here\r\n\r\n".into(), 400),
        ("GET / HTTP/1.1\r\nhost: here\r\nno colon\r\n\r\n".into(), 400),
        (format!("GET / HTTP/1.1\r\nhost: here\r\n{many}\r\n"), 431),
        ("GET / HTTP/1.1\r\nhost: here\r\n\r\nHELLO\r\n\r\n".into(), 400),
    ] {
        let all = heard(house.send(&asked).await).await;
        let begins = all.rfind(&format!("HTTP/1.1 {status} ")).unwrap_or_else(|| panic!("{asked}: {all}"));
        assert_eq!(begins > 0, asked.ends_with("\r\n\r\nHELLO\r\n\r\n"), "{all}");
        let (head, body) = all[begins..].split_once("\r\n\r\n").expect("a head and a body");
        for field in ["content-type: application/problem+json", "cache-control: no-store", "nosniff", "\r\ndate: "] {
            assert!(head.contains(field), "{field}: {head}");
        }
        let body: serde_json::Value = serde_json::from_str(body).unwrap_or_else(|error| panic!("{error}: {body}"));
        assert_eq!(body["status"], status);
    }
}

#[tokio::test]
async fn who_asks_nothing_half_of_something_or_nothing_more_is_closed_in_time() {
    let house = house(64).await;
    let (silent, half) = (house.connect().await, house.send("GET / HTTP/1.1\r\nhost: he").await);
    let rests = house.send("GET / HTTP/1.1\r\nhost: here\r\n\r\n").await;
    assert_eq!((heard(silent).await, heard(half).await), (String::new(), String::new()));
    assert!(heard(rests).await.contains("here"));
    assert_eq!(house.traffic.refused(Refusal::Silent), 2, "who was answered did nothing wrong");
}

#[tokio::test]
async fn a_body_below_the_least_rate_is_408_and_one_above_it_is_read() {
    let house = house(64).await;
    let mut slow = house.send("POST /body HTTP/1.1\r\nhost: here\r\ncontent-length: 1000\r\n\r\n{").await;
    let begun = Instant::now();
    let mut heard = [0; 12];
    let mut answer = Box::pin(slow.read_exact(&mut heard));
    timeout(PATIENCE, &mut answer).await.expect("an answer").expect("an answer");
    drop(answer);
    assert_eq!(&heard, b"HTTP/1.1 408");
    assert!(begun.elapsed() >= Duration::from_millis(500));
    assert_eq!(house.traffic.refused(Refusal::SlowBody), 1);
    let long = "x".repeat(1 << 20);
    let head = "POST /body HTTP/1.1\r\nhost: here\r\nconnection: close\r\ncontent-length: 1048576\r\n\r\n";
    let whole = house.send(&format!("{head}{long}")).await;
    assert!(self::heard(whole).await.ends_with("1048576"));
}

#[tokio::test]
async fn a_body_that_nobody_reads_is_taken_so_that_the_client_hears_the_answer() {
    let house = house(64).await;
    let mut client = house.connect().await;
    let head =
        format!("POST /refused HTTP/1.1\r\nhost: here\r\nconnection: close\r\ncontent-length: {}\r\n\r\n", 30 << 20);
    client.write_all(head.as_bytes()).await.expect("sent");
    let chunk = vec![7; 1 << 20];
    for _ in 0..30 {
        client.write_all(&chunk).await.expect("it is taken");
    }
    assert!(heard(client).await.starts_with("HTTP/1.1 418"));
}

#[tokio::test]
async fn a_client_that_waits_to_be_asked_for_its_body_is_answered_without_it() {
    let house = house(64).await;
    let head = "POST /refused HTTP/1.1\r\nhost: here\r\nexpect: 100-continue\r\ncontent-length: 1000000\r\n\r\n";
    let answer = heard(house.send(head).await).await;
    assert!(answer.starts_with("HTTP/1.1 418") && answer.contains("connection: close"), "{answer}");
}

#[tokio::test]
async fn half_sent_requests_give_way_to_whole_ones() {
    let house = house(8).await;
    let mut held = Vec::new();
    for _ in 0..100 {
        held.push(house.send("GET / HTTP/1.1\r\nhost: he").await);
        held.push(house.send("POST /body HTTP/1.1\r\nhost: here\r\ncontent-length: 1000\r\n\r\n{").await);
    }
    assert!(heard(house.send(ASKED).await).await.contains("here"));
    house.until(Refusal::Displaced, 190).await;
    assert!(house.traffic.connections() <= 8);
}

#[tokio::test]
async fn requests_in_work_do_not_give_way_and_who_finds_no_place_is_told() {
    let house = house(2).await;
    let work = "GET /held HTTP/1.1\r\nhost: here\r\nconnection: close\r\n\r\n";
    let (one, other) = (house.send(work).await, house.send(work).await);
    timeout(PATIENCE, async {
        while house.traffic.requests() < 2 {
            sleep(Duration::from_millis(5)).await;
        }
    })
    .await
    .expect("both are in work");
    let mut told = [0; 12];
    timeout(PATIENCE, house.connect().await.read_exact(&mut told)).await.expect("told").expect("told");
    assert_eq!(&told, b"HTTP/1.1 503");
    house.held.add_permits(2);
    assert!(heard(one).await.starts_with("HTTP/1.1 200") && heard(other).await.starts_with("HTTP/1.1 200"));
}

#[tokio::test]
async fn an_answer_that_is_not_taken_is_given_up() {
    let house = house(64).await;
    let _client = house.send("GET /large HTTP/1.1\r\nhost: here\r\n\r\n").await;
    house.until(Refusal::Unread, 1).await;
}

#[tokio::test]
async fn an_answer_that_is_taken_or_made_slowly_comes_whole_however_long_it_takes() {
    let house = house(64).await;
    let made = heard(house.send("GET /made HTTP/1.1\r\nhost: here\r\nconnection: close\r\n\r\n").await).await;
    assert_eq!(made.matches("\r\n.\r\n").count(), 8, "{made}");
    let mut client = house.send("GET /large HTTP/1.1\r\nhost: here\r\nconnection: close\r\n\r\n").await;
    let (begun, mut taken, mut some) = (Instant::now(), 0, vec![0; 1 << 20]);
    loop {
        let read = timeout(PATIENCE, client.read(&mut some)).await.expect("it goes on").expect("it is not cut off");
        if read == 0 {
            break;
        }
        taken += read;
        sleep(Duration::from_millis(15)).await;
    }
    assert!(taken > 64 << 20, "{taken} bytes in {:?}", begun.elapsed());
    assert!(begun.elapsed() > Duration::from_millis(500), "longer than any stretch of it may take");
    assert_eq!(house.traffic.refused(Refusal::Unread), 0);
}

#[tokio::test]
async fn a_stop_ends_who_has_asked_nothing_and_finishes_what_was_asked() {
    let house = house(64).await;
    let half = house.send("GET / HTTP/1.1\r\nhost: he").await;
    let asked = house.send("GET /held HTTP/1.1\r\nhost: here\r\n\r\n").await;
    while house.traffic.requests() < 1 {
        sleep(Duration::from_millis(5)).await;
    }
    house.stop.send(true).expect("it listens");
    assert_eq!(heard(half).await, "");
    house.held.add_permits(1);
    assert!(heard(asked).await.starts_with("HTTP/1.1 200"));
    timeout(PATIENCE, house.serving).await.expect("it ends").expect("in order");
}

/// A client that listens, and has heard what there was.
async fn listener_at(house: &House) -> TcpStream {
    let mut client = house.send("GET /news HTTP/1.1\r\nhost: here\r\n\r\n").await;
    let mut bytes = Vec::new();
    while !bytes.windows(4).any(|four| four == b"news") {
        assert!(client.read_buf(&mut bytes).await.expect("answered") > 0);
    }
    client
}

#[tokio::test]
async fn who_listens_is_kept_gives_way_to_who_asks_and_holds_up_no_stop() {
    let house = house(1).await;
    let first = listener_at(&house).await;
    let asked = house.send("GET / HTTP/1.1\r\nhost: here\r\nconnection: close\r\n\r\n").await;
    assert!(heard(asked).await.ends_with("here"), "in the place of who listened");
    heard(first).await;
    assert_eq!(house.traffic.refused(Refusal::Displaced), 1);

    let mut last = listener_at(&house).await;
    // Longer than anybody may take an answer who is owed one.
    let still = timeout(Duration::from_millis(700), last.read_u8()).await;
    assert!(still.is_err(), "it is kept");
    house.stop.send(true).expect("it listens");
    timeout(PATIENCE, house.serving).await.expect("does not wait for it").expect("ends");
}

#[tokio::test]
async fn a_stop_gives_up_a_body_that_is_still_coming() {
    let house = house_with_grace(64, PATIENCE).await;
    let half = house.send("POST /body HTTP/1.1\r\nhost: here\r\ncontent-length: 1000\r\n\r\n{").await;
    while house.traffic.requests() < 1 {
        sleep(Duration::from_millis(5)).await;
    }
    house.stop.send(true).expect("it listens");
    let begun = Instant::now();
    timeout(PATIENCE, house.serving).await.expect("it ends").expect("in order");
    assert!(begun.elapsed() < PATIENCE / 5, "{:?}", begun.elapsed());
    drop(half);
}

/// A server of so many places over TLS, with a certificate of its own.
async fn house_over_tls(places: usize, folder: &std::path::Path) -> House {
    let files = Files::make_own(folder, &[]).expect("made");
    house_of(places, Duration::from_millis(500), Some(Tls::new(files).expect("it reads"))).await
}

/// What a client hears that speaks TLS and looks at no certificate: openssl's or a browser's are tried end to end.
async fn heard_over_tls(house: &House, asked: &str) -> Result<String, std::io::Error> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let client = rustls::ClientConfig::builder_with_provider(Arc::clone(&provider));
    let client = client.with_safe_default_protocol_versions().expect("known");
    let client = client.dangerous().with_custom_certificate_verifier(Arc::new(Any(provider))).with_no_client_auth();
    let name = rustls::pki_types::ServerName::try_from("localhost").expect("a name");
    let mut stream = tokio_rustls::TlsConnector::from(Arc::new(client)).connect(name, house.connect().await).await?;
    stream.write_all(asked.as_bytes()).await?;
    let mut heard = String::new();
    stream.read_to_string(&mut heard).await?;
    Ok(heard)
}

/// Takes any certificate.
#[derive(Debug)]
struct Any(Arc<rustls::crypto::CryptoProvider>);

impl rustls::client::danger::ServerCertVerifier for Any {
    fn verify_server_cert(
        &self,
        _: &rustls::pki_types::CertificateDer<'_>,
        _: &[rustls::pki_types::CertificateDer<'_>],
        _: &rustls::pki_types::ServerName<'_>,
        _: &[u8],
        _: rustls::pki_types::UnixTime,
    ) -> Result<rustls::client::danger::ServerCertVerified, rustls::Error> {
        Ok(rustls::client::danger::ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &rustls::pki_types::CertificateDer<'_>,
        _: &rustls::DigitallySignedStruct,
    ) -> Result<rustls::client::danger::HandshakeSignatureValid, rustls::Error> {
        Err(rustls::Error::General("TLS 1.2".into()))
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &rustls::pki_types::CertificateDer<'_>,
        signed: &rustls::DigitallySignedStruct,
    ) -> Result<rustls::client::danger::HandshakeSignatureValid, rustls::Error> {
        rustls::crypto::verify_tls13_signature(message, certificate, signed, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<rustls::SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

#[tokio::test]
async fn over_tls_a_client_is_answered_as_one_that_is_secure_and_in_the_open_it_is_told_to_speak_tls() {
    let folder = tempfile::tempdir().expect("a folder");
    let house = house_over_tls(64, folder.path()).await;
    let whose = "GET /who HTTP/1.1\r\nhost: here\r\nconnection: close\r\n\r\n";
    let answer = heard_over_tls(&house, whose).await.expect("an answer");
    assert!(answer.starts_with("HTTP/1.1 200") && answer.ends_with("127.0.0.1 true"), "{answer}");
    let large = heard_over_tls(&house, "GET /large HTTP/1.1\r\nhost: here\r\nconnection: close\r\n\r\n").await;
    assert!(large.expect("an answer").len() > 64 << 20);
    let plain = heard(house.send(whose).await).await;
    let (head, body) = plain.split_once("\r\n\r\n").expect("a head and a body");
    assert!(head.starts_with("HTTP/1.1 400") && head.contains(&format!("content-length: {}", body.len())), "{plain}");
    assert_eq!(serde_json::from_str::<serde_json::Value>(body).expect("JSON")["status"], 400);
    house.until(Refusal::Handshake, 1).await;
}

// Servers that shake hands in the loop that accepts, or for as long as a peer likes, are locked by one silent peer: seastar
// 335, estuary/flow 2333, penguin 39, and rumqttd's own TLS.
#[tokio::test]
async fn peers_that_are_silent_in_the_handshake_keep_nobody_out_and_are_closed_in_time() {
    let folder = tempfile::tempdir().expect("a folder");
    let house = house_over_tls(8, folder.path()).await;
    let mut silent = Vec::new();
    for at in 0..100 {
        // Some say nothing, some begin a greeting.
        silent.push(house.send(if at % 2 == 0 { "" } else { "\u{16}\u{3}\u{1}" }).await);
    }
    let answer = timeout(PATIENCE, heard_over_tls(&house, ASKED)).await.expect("in time").expect("an answer");
    assert!(answer.contains("here"), "{answer}");
    house.until(Refusal::Displaced, 92).await;
    house.until(Refusal::Handshake, 1).await;
    drop(silent.pop());
    while house.traffic.connections() > 0 {
        sleep(Duration::from_millis(5)).await;
    }
}

const SOCKET: &str = "GET /socket HTTP/1.1\r\nhost: here\r\nconnection: upgrade\r\nupgrade: websocket\r\n\
                      sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

/// Opens a socket, and waits until it says that it is.
async fn socket(house: &House) -> TcpStream {
    let mut client = house.send(SOCKET).await;
    let mut told = Vec::new();
    while !told.ends_with(b"open") {
        let mut byte = [0];
        let read = timeout(PATIENCE, client.read_exact(&mut byte)).await.expect("in time");
        read.unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&told)));
        told.extend(byte);
    }
    assert!(told.starts_with(b"HTTP/1.1 101"), "{}", String::from_utf8_lossy(&told));
    client
}

#[tokio::test]
async fn a_socket_keeps_its_place_gives_way_to_who_asks_and_ends_where_the_program_stops() {
    let house = house(1).await;
    let first = socket(&house).await;
    assert_eq!(house.traffic.connections(), 1);
    assert!(heard(house.send(ASKED).await).await.contains("here"), "in the place of the socket");
    assert_eq!(heard(first).await, "", "which is closed");
    let second = socket(&house).await;
    house.stop.send(true).expect("it runs");
    assert_eq!(heard(second).await, "");
    timeout(PATIENCE, house.serving).await.expect("it ends").expect("by itself");
}
