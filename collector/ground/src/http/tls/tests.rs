use std::fs;
use std::path::Path;
use std::time::Instant;

use tokio::time::{sleep, timeout};

use super::*;

/// More than a busy machine needs.
const PATIENCE: Duration = Duration::from_secs(30);

fn made(folder: &Path, hosts: &[&str]) -> Files {
    fs::create_dir_all(folder).expect("made");
    let hosts: Vec<String> = hosts.iter().map(|host| (*host).to_owned()).collect();
    Files::make_own(folder, &hosts).expect("made")
}

#[test]
fn an_own_certificate_is_made_once_for_its_hosts_and_its_key_is_its_owners_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    let files = made(folder.path(), &["attune.example", "192.0.2.7", "0.0.0.0"]);
    let tls = Tls::new(files.clone()).expect("it reads");
    for host in ["attune.example", "192.0.2.7", "localhost", "127.0.0.1", "::1"] {
        assert!(tls.is_for(host), "{host}");
    }
    for host in ["evil.example", "sub.attune.example", "0.0.0.0", "192.0.2.8", ""] {
        assert!(!tls.is_for(host), "{host}");
    }
    let fingerprint = tls.fingerprint();
    assert_eq!((fingerprint.len(), fingerprint.matches(':').count()), (95, 31), "{fingerprint}");
    assert_eq!(Tls::new(made(folder.path(), &["other.example"])).expect("it reads").fingerprint(), fingerprint);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = |path: &Path| fs::metadata(path).expect("there").permissions().mode() & 0o777;
        assert_eq!((mode(&files.key), mode(&files.certificate)), (0o600, 0o600));
        assert!(!files.key_lies_open());
        fs::set_permissions(&files.key, fs::Permissions::from_mode(0o644)).expect("ours");
        assert!(files.key_lies_open());
        made(folder.path(), &[]);
        assert_eq!(mode(&files.key), 0o600, "closed again");
    }
    fs::remove_file(&files.key).expect("it was there");
    let error = Files::make_own(folder.path(), &[]).expect_err("nobody makes another one unasked").to_string();
    assert!(error.contains("tls.key is not beside it"), "{error}");
}

#[test]
fn what_does_not_read_or_belong_together_is_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let (one, other) = (made(&folder.path().join("one"), &[]), made(&folder.path().join("other"), &[]));
    let junk = folder.path().join("junk");
    fs::write(&junk, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n").expect("written");
    let (certificate, key) = (one.certificate, one.key);
    for (certificate, key, parts) in [
        (&certificate, &other.key, ["tls.key", "the key of another certificate"]),
        (&key, &key, ["tls.key", "no certificate as PEM"]),
        (&certificate, &certificate, ["tls.crt", "no private key as PEM"]),
        (&junk, &key, ["junk", "does not read as X.509"]),
        (&folder.path().join("nowhere"), &key, ["nowhere", "No such file"]),
    ] {
        let files = Files { certificate: certificate.clone(), key: key.clone() };
        let error = Tls::new(files).expect_err("refused").to_string();
        assert!(parts.iter().all(|part| error.contains(part)), "{error}");
    }
}

#[tokio::test]
async fn files_that_are_exchanged_are_shown_and_what_cannot_be_used_leaves_the_one_before() {
    let folder = tempfile::tempdir().expect("a folder");
    let (shown, other) = (made(&folder.path().join("shown"), &[]), made(&folder.path().join("other"), &[]));
    let tls = Tls::new(shown.clone()).expect("it reads");
    let first = tls.fingerprint();
    let second = Tls::new(other.clone()).expect("it reads").fingerprint();
    let (stop, stopped) = watch::channel(false);
    let keeping = tokio::spawn(tls.clone().keep(stopped));
    // A certificate without its key, as between two copies: the one before stays.
    fs::copy(&other.certificate, &shown.certificate).expect("copied");
    let begun = Instant::now();
    while begun.elapsed() < LOOK + Duration::from_secs(1) {
        assert_eq!(tls.fingerprint(), first);
        sleep(Duration::from_millis(50)).await;
    }
    fs::copy(&other.key, &shown.key).expect("copied");
    let exchanged = async {
        while tls.fingerprint() != second {
            sleep(Duration::from_millis(50)).await;
        }
    };
    timeout(PATIENCE, exchanged).await.expect("it is exchanged");
    stop.send(true).expect("it listens");
    timeout(PATIENCE, keeping).await.expect("it ends").expect("in order");
}
