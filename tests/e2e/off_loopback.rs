//! Before others reach it, the collector wants an encrypted way, somebody who can sign in, and no secret that could be guessed.

use std::process::{Command, Output};

use attune_tests::binaries::program;
use attune_tests::collector::Collector;
use attune_tests::place::Place;
use attune_tests::tls;
use rustls::version::TLS13;

/// Runs `serve` with these settings of the API, to its end.
fn serve(place: &Place, api: &str) -> Output {
    let config = place.join("collector.toml");
    let text =
        format!("models = {:?}\n[broker]\nlisten = \"127.0.0.1:0\"\n[api]\n{api}", attune_tests::models::shipped());
    std::fs::write(&config, text).expect("the test's folder can be written");
    let mut command = Command::new(program("attune-collector"));
    command.arg("--config").arg(config).arg("--state").arg(place.join("collector")).arg("serve");
    command.output().expect("the program starts")
}

fn refused(done: &Output, parts: &[&str]) {
    let error = String::from_utf8_lossy(&done.stderr);
    assert!(!done.status.success(), "{error}");
    assert!(parts.iter().all(|part| error.contains(part)), "{error}");
}

#[test]
fn in_the_open_without_accounts_or_with_a_weak_key_it_does_not_start_and_says_what_to_do() {
    let place = Place::new();
    refused(
        &serve(&place, "listen = \"0.0.0.0:0\"\n"),
        &["api.listen", "expected a loopback address, or TLS", "api.proxy.trusted", "unencrypted"],
    );
    assert!(!place.join("collector").exists(), "nothing is made");
    for way in ["tls.self_signed = true", "proxy.trusted = [\"10.0.0.0/8\"]"] {
        refused(
            &serve(&place, &format!("listen = \"0.0.0.0:0\"\n{way}\n")),
            &["0.0.0.0:0", "nobody can sign in yet", "attune-collector admin create", "loopback"],
        );
    }
    let place = Place::new();
    std::fs::create_dir(place.join("collector")).expect("the test's folder can be written");
    std::fs::write(place.join("collector/master.key"), "0123456789abcdef".repeat(4)).expect("written");
    refused(&serve(&place, "listen = \"0.0.0.0:0\"\ntls.self_signed = true\n"), &["master.key", "not made by chance"]);
}

#[test]
fn with_tls_and_an_administrator_it_listens_for_others_who_sign_in() {
    let place = Place::new();
    let mut collector = Collector::start_api(&place, "tls.self_signed = true\nnames = [\"attune.example\"]");
    let (fingerprint, port) = (collector.fingerprint(), collector.api().rsplit_once(':').expect("a port").1.to_owned());
    assert!(!collector.command(&["admin", "create", "--name", "olga"]).is_empty());
    collector.process().signal("TERM");
    collector.restart_listening(&format!("0.0.0.0:{port}"));
    let asked = |path: &str, host: &str| {
        let request = format!("GET {path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n");
        tls::ask(&format!("127.0.0.1:{port}"), &fingerprint, &[&TLS13], &request).expect("an answer")
    };
    assert!(asked("/health", "attune.example").starts_with("HTTP/1.1 200"));
    assert!(asked("/api/v1/sessions", "attune.example").starts_with("HTTP/1.1 401"));
    assert!(asked("/api/v1/sessions", "other.example").starts_with("HTTP/1.1 421"));
}
