//! Reverse proxies: who of them is believed, and the examples of nginx and Caddy as they are shipped.

use std::io::{Read, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpStream};
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use attune_tests::binaries::repository;
use attune_tests::collector::Collector;
use attune_tests::left_out::tool_for;
use attune_tests::media;
use attune_tests::place::Place;
use attune_tests::ports::free_port;
use attune_tests::process::Process;
use attune_tests::{tls, wait};
use rustls::version::TLS13;
use serde_json::json;

/// More than the machine's other tests may hold up an answer.
const PATIENCE: Duration = Duration::from_secs(30);
/// An address of this machine's own that tests give to a proxy.
const PROXY: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 2);
const NO_PROXY: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 3);

fn address(collector: &Collector) -> &str {
    collector.api().trim_start_matches("http://")
}

/// What is answered to who asks from an address of this machine.
fn asked_from(from: Ipv4Addr, collector: &Collector, headers: &[(&str, &str)]) -> String {
    let there: SocketAddr = address(collector).parse().expect("an address");
    let connected = async {
        let socket = tokio::net::TcpSocket::new_v4()?;
        socket.bind(SocketAddr::new(IpAddr::V4(from), 0))?;
        socket.connect(there).await?.into_std()
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build().expect("a runtime");
    let mut client = runtime.block_on(connected).expect("it listens");
    client.set_nonblocking(false).expect("blocks");
    client.set_read_timeout(Some(PATIENCE)).expect("a time-out");
    let mut request = format!("GET /api/v1/sessions HTTP/1.1\r\nhost: {there}\r\nconnection: close\r\n");
    for (name, value) in headers {
        request += &format!("{name}: {value}\r\n");
    }
    client.write_all(format!("{request}\r\n").as_bytes()).expect("sent");
    let mut answer = String::new();
    client.read_to_string(&mut answer).expect("an answer");
    answer
}

#[test]
fn what_a_trusted_proxy_says_of_its_clients_is_believed_and_of_nobody_else() {
    let place = Place::new();
    let lines = format!("proxy.trusted = [\"{PROXY}\"]\nrate.requests = 1.0\nrate.burst = 3");
    let collector = Collector::start_api(&place, &lines);
    let status = |from, headers: &[(&str, &str)]| asked_from(from, &collector, headers)[9..12].to_owned();
    let open = [("x-forwarded-for", "203.0.113.1"), ("x-forwarded-proto", "http")];
    assert_eq!(status(PROXY, &open), "403", "a client that came to the proxy in the open");
    assert_eq!(status(NO_PROXY, &open), "200", "who is no proxy says nothing of others");
    assert_eq!(status(PROXY, &[("forwarded", "for=203.0.113.2;proto=https")]), "200");
    let both = [("x-forwarded-for", "203.0.113.3"), ("x-forwarded-proto", "https"), ("forwarded", "for=127.0.0.1")];
    assert_eq!(status(PROXY, &both), "400", "a header that the proxy let pass");

    let one = [("x-forwarded-for", "127.0.0.1, 203.0.113.9"), ("x-forwarded-proto", "https")];
    let statuses: Vec<String> = (0..20).map(|_| status(PROXY, &one)).collect();
    assert_eq!(&statuses[..3], ["200", "200", "200"]);
    assert!(statuses.contains(&"429".to_owned()), "{statuses:?}");
    let refused = wait::until("it to be refused once more", || {
        Some(asked_from(PROXY, &collector, &one)).filter(|answer| answer.starts_with("HTTP/1.1 429"))
    });
    assert!(refused.contains("retry-after: "), "{refused}");
    assert_eq!(
        status(PROXY, &[("x-forwarded-for", "203.0.113.10"), ("x-forwarded-proto", "https")]),
        "200",
        "another client"
    );
    assert_eq!(status(NO_PROXY, &one), "200", "nobody is refused for what somebody else says of them");
}

/// What a client hears that asks an example's proxy for a path by the name in the example.
fn through(proxy: &str, fingerprint: &str, head: &str, body: &str) -> std::io::Result<String> {
    let close = "host: attune.example\r\nconnection: close";
    tls::ask_by(
        ("attune.example", proxy),
        fingerprint,
        &[&TLS13],
        &format!("{head}\r\n{close}\r\ncontent-length: {}\r\n\r\n{body}", body.len()),
    )
}

/// Asks as a client does that means well, and as one that lies.
fn tried(collector: &Collector, proxy: &str, fingerprint: &str) {
    let get = |path: &str, headers: &str| {
        let answer = through(proxy, fingerprint, &format!("GET {path} HTTP/1.1\r\naccept: */*{headers}"), "");
        answer.expect("an answer")
    };
    let answer = get("/api/v1/sessions", "");
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert!(answer.to_lowercase().contains("strict-transport-security: max-age="), "{answer}");
    let lies = "\r\nforwarded: for=198.51.100.7;proto=http\r\nx-forwarded-for: 198.51.100.7\r\nx-forwarded-proto: http\r\n\
                x-forwarded-host: evil.example";
    assert!(get("/api/v1/sessions", lies).starts_with("HTTP/1.1 200"), "what a client says of itself goes no further");
    let own = "\r\norigin: https://attune.example\r\nsec-fetch-site: same-origin";
    assert!(get("/api/v1/sessions", own).starts_with("HTTP/1.1 200"));
    assert!(get("/api/v1/sessions", "\r\norigin: https://evil.example").starts_with("HTTP/1.1 403"));
    // More than a proxy keeps in memory if it is told nothing.
    let body = json!({ "heart_data": media::heart(70), "padding": "x".repeat(5 << 20) }).to_string();
    let head = "POST /analyze HTTP/1.1\r\naccept: */*\r\ncontent-type: application/json";
    let answer = through(proxy, fingerprint, head, &body).expect("an answer");
    assert!(answer.starts_with("HTTP/1.1 200"), "{}", &answer[..answer.len().min(2000)]);
    assert!(!collector.log().contains("Handshake"), "{}", collector.log());
}

/// A certificate for the example's name, in the files that it names; gives its fingerprint.
fn issue(folder: &Path) -> String {
    let made = rcgen::generate_simple_self_signed(vec!["attune.example".to_owned()]).expect("made");
    std::fs::write(folder.join("fullchain.pem"), made.cert.pem()).expect("the test's folder can be written");
    std::fs::write(folder.join("privkey.pem"), made.signing_key.serialize_pem()).expect("it can be written");
    tls::fingerprint(made.cert.der())
}

/// An example with its ports and files put where a test may have them.
fn example(name: &str, place: &Place, changes: &[(&str, String)]) -> String {
    let path = repository().join("collector/deploy").join(name);
    let mut text = std::fs::read_to_string(path).expect("the example");
    let files = ("/etc/ssl/attune", place.path().display().to_string());
    for (from, to) in changes.iter().chain([&files]) {
        assert!(text.contains(from), "{name} has {from}");
        text = text.replace(from, to);
    }
    text
}

fn behind(place: &Place) -> Collector {
    Collector::start_api(place, "names = [\"attune.example\"]\nproxy.trusted = [\"127.0.0.1\"]")
}

#[test]
fn the_example_for_nginx_serves_it() {
    let Some(nginx) = tool_for("the example for nginx", "nginx") else { return };
    let place = Place::new();
    let (collector, port, plain) = (behind(&place), free_port(), free_port());
    let fingerprint = issue(place.path());
    let text = example(
        "nginx.conf",
        &place,
        &[
            ("listen 80;", format!("listen 127.0.0.1:{plain};")),
            ("    listen [::]:80;\n", String::new()),
            ("listen 443 ssl http2;", format!("listen 127.0.0.1:{port} ssl http2;")),
            ("    listen [::]:443 ssl http2;\n", String::new()),
            ("127.0.0.1:8750", address(&collector).to_owned()),
        ],
    );
    let folder = place.path().display();
    let temporary: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        .map(|kind| format!("{kind}_temp_path {folder}/nginx-{kind};\n"))
        .concat();
    let whole = format!(
        "daemon off;\nmaster_process off;\npid {folder}/nginx.pid;\nerror_log stderr;\nevents {{}}\nhttp {{\n{temporary}{text}}}\n"
    );
    std::fs::write(place.join("nginx.conf"), whole).expect("the test's folder can be written");
    let mut command = Command::new(nginx);
    command.arg("-p").arg(place.path()).arg("-c").arg(place.join("nginx.conf"));
    let _running = Process::start(&mut command, &place.join("nginx.log"));
    wait::until("nginx to listen", || TcpStream::connect(("127.0.0.1", port)).ok());
    tried(&collector, &format!("127.0.0.1:{port}"), &fingerprint);
    let written = std::fs::read_dir(place.join("nginx-client_body")).expect("nginx makes it").count();
    assert_eq!(written, 0, "no body was written to a disk");
}

#[test]
fn the_example_for_caddy_serves_it() {
    let Some(caddy) = tool_for("the example for Caddy", "caddy") else { return };
    let place = Place::new();
    let (collector, port) = (behind(&place), free_port());
    let fingerprint = issue(place.path());
    let text = example(
        "Caddyfile",
        &place,
        &[
            ("\nattune.example {\n", format!("\nhttps://attune.example:{port} {{\n\tbind 127.0.0.1\n")),
            ("127.0.0.1:8750", address(&collector).to_owned()),
        ],
    );
    let options = format!(
        "{{\n\tadmin off\n\tauto_https disable_redirects\n\tdefault_sni attune.example\n\thttps_port {port}\n}}\n"
    );
    std::fs::write(place.join("Caddyfile"), options + &text).expect("the test's folder can be written");
    let mut command = Command::new(caddy);
    command.args(["run", "--adapter", "caddyfile", "--config"]).arg(place.join("Caddyfile"));
    command.env("HOME", place.path()).env("XDG_DATA_HOME", place.path()).env("XDG_CONFIG_HOME", place.path());
    let _running = Process::start(&mut command, &place.join("caddy.log"));
    wait::until("Caddy to listen", || TcpStream::connect(("127.0.0.1", port)).ok());
    tried(&collector, &format!("127.0.0.1:{port}"), &fingerprint);
}

#[test]
fn a_link_names_the_collector_as_people_know_it() {
    let place = Place::new();
    let link = behind(&place).command(&["admin", "create", "--name", "olga"]);
    assert!(link.starts_with("https://attune.example/join/"), "{link}");
}
