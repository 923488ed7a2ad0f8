//! The API over TLS: the certificate, what is spoken, and who waits for nobody.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use attune_tests::collector::Collector;
use attune_tests::place::Place;
use attune_tests::{tls, wait};
use rustls::version::{TLS12, TLS13};

fn address(collector: &Collector) -> &str {
    collector.api().trim_start_matches("http://")
}

/// A whole request for a path.
fn get(collector: &Collector, path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\n\r\n", address(collector))
}

fn asked(collector: &Collector, fingerprint: &str, path: &str) -> std::io::Result<String> {
    tls::ask(address(collector), fingerprint, &[&TLS13], &get(collector, path))
}

/// A certificate and its key in two files of these names.
fn issue(folder: &Path, name: &str) -> (PathBuf, PathBuf, String) {
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).expect("made");
    let (certificate, key) = (folder.join(format!("{name}.crt")), folder.join(format!("{name}.key")));
    std::fs::write(&certificate, made.cert.pem()).expect("the test's folder can be written");
    std::fs::write(&key, made.signing_key.serialize_pem()).expect("the test's folder can be written");
    (certificate, key, tls::fingerprint(made.cert.der()))
}

#[test]
fn a_certificate_of_its_own_is_known_by_the_fingerprint_that_is_printed_and_kept_over_starts() {
    let place = Place::new();
    let mut collector = Collector::start_api(&place, "tls.self_signed = true");
    let fingerprint = collector.fingerprint();
    let answer = asked(&collector, &fingerprint, "/api/v1/health").expect("an answer");
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert!(!answer.contains("strict-transport-security"), "nobody vouches for it: {answer}");
    let other = fingerprint.replace(|digit: char| digit.is_ascii_digit(), "A");
    assert!(asked(&collector, &other, "/api/v1/health").is_err(), "the test's client looks at it");
    assert!(
        collector
            .command(&["check"])
            .contains(&format!("TLS: on, certificate with the SHA-256 fingerprint {fingerprint}"))
    );
    let addresses = std::fs::read_to_string(collector.state().join("addresses.toml")).expect("written");
    assert!(addresses.contains("api = \"https://"), "{addresses}");

    let page =
        format!("GET / HTTP/1.1\r\nhost: {0}\r\norigin: ORIGIN\r\nconnection: close\r\n\r\n", address(&collector));
    for (scheme, status) in [("https", "200"), ("http", "403")] {
        let origin = format!("{scheme}://{}", address(&collector));
        let answer = tls::ask(address(&collector), &fingerprint, &[&TLS13], &page.replace("ORIGIN", &origin));
        let answer = answer.expect("an answer");
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{origin}: {answer}");
    }

    collector.process().signal("TERM");
    collector.restart();
    assert!(asked(&collector, &fingerprint, "/health").expect("an answer").starts_with("HTTP/1.1 200"));
}

#[test]
fn what_is_older_than_tls_1_3_is_refused_and_who_speaks_none_is_told() {
    let place = Place::new();
    let collector = Collector::start_api(&place, "tls.self_signed = true");
    let fingerprint = collector.fingerprint();
    let older = tls::ask(address(&collector), &fingerprint, &[&TLS12], &get(&collector, "/health"));
    let error = older.expect_err("it is refused").to_string();
    assert!(error.contains("ProtocolVersion"), "{error}");
    let mut plain = TcpStream::connect(address(&collector)).expect("it listens");
    plain.write_all(get(&collector, "/health").as_bytes()).expect("sent");
    let mut told = String::new();
    plain.read_to_string(&mut told).expect("an answer to who speaks no TLS");
    assert!(told.starts_with("HTTP/1.1 400") && told.contains("ask it with https://"), "{told}");
    assert!(asked(&collector, &fingerprint, "/health").is_ok());
}

#[test]
fn certificate_files_are_exchanged_while_it_runs_and_bad_ones_leave_the_one_before() {
    let place = Place::new();
    let (certificate, key, first) = issue(place.path(), "shown");
    let (next_certificate, next_key, second) = issue(place.path(), "next");
    let lines = format!("tls.certificate = {certificate:?}\ntls.key = {key:?}");
    let mut collector = Collector::start_api(&place, &lines);
    assert_eq!(collector.fingerprint(), first);
    let answer = asked(&collector, &first, "/nowhere").expect("an answer");
    assert!(answer.starts_with("HTTP/1.1 404") && answer.contains("strict-transport-security: max-age="), "{answer}");

    std::fs::write(&certificate, "no certificate").expect("written");
    std::fs::copy(&next_key, &key).expect("copied");
    wait::until("the bad files to be said", || {
        collector.log().contains("The new TLS certificate cannot be used; the one before stays.").then_some(())
    });
    assert!(asked(&collector, &first, "/health").is_ok());

    // At once, when it is told to look.
    std::fs::copy(&next_certificate, &certificate).expect("copied");
    let id = collector.process().id().to_string();
    let told = std::process::Command::new("kill").args(["-HUP", &id]).status();
    assert!(told.is_ok_and(|status| status.success()));
    wait::until("the new one to be shown", || asked(&collector, &second, "/health").ok());
    assert!(asked(&collector, &first, "/health").is_err());
    assert!(collector.command(&["check"]).contains(&second));
}

#[test]
fn two_hundred_peers_that_are_silent_in_the_handshake_keep_nobody_out() {
    let place = Place::new();
    // A quarter of them for clients.
    let mut collector = Collector::start_api_within(&place, "tls.self_signed = true", 256);
    let fingerprint = collector.fingerprint();
    let mut held = Vec::new();
    for at in 0..200 {
        let mut client = TcpStream::connect(address(&collector)).expect("it listens");
        // Some say nothing, some begin a greeting; it may be closed already, for a newer one.
        let _ = client.write_all(if at % 2 == 0 { &[] } else { &[22, 3, 1] });
        held.push(client);
    }
    let begun = Instant::now();
    for _ in 0..5 {
        let answer = asked(&collector, &fingerprint, "/api/v1/health").expect("an answer");
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    }
    assert!(begun.elapsed() < Duration::from_secs(30), "{:?}", begun.elapsed());
    assert!(collector.process().signal("TERM").success());
}
