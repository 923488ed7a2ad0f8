//! A server that takes mail as SMTP says it (RFC 5321, RFC 8314: TLS at once), and keeps it for the test.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use crate::wait;

/// What the server holds.
#[derive(Default)]
struct Held {
    mails: Vec<String>,
    refusals: VecDeque<&'static str>,
    logins: Vec<String>,
    silent: bool,
}

/// The server; it ends with the test.
pub struct Postbox {
    port: u16,
    certificate: PathBuf,
    held: Arc<Mutex<Held>>,
}

impl Postbox {
    /// Starts one that speaks TLS with a certificate of its own, which stands as PEM in a folder.
    ///
    /// # Panics
    /// When it cannot start.
    #[must_use]
    pub fn start(folder: &Path) -> Self {
        let made = rcgen::generate_simple_self_signed(vec!["127.0.0.1".to_owned()]).expect("made");
        let certificate = folder.join("postbox.pem");
        std::fs::write(&certificate, made.cert.pem()).expect("the test's folder can be written");
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(made.signing_key.serialize_der()));
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let tls = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
        let tls = tls.expect("versions").with_no_client_auth();
        let tls = Arc::new(tls.with_single_cert(vec![made.cert.der().clone()], key).expect("a pair"));
        let listener = TcpListener::bind("127.0.0.1:0").expect("the system has a free port");
        let port = listener.local_addr().expect("it is bound").port();
        let held = Arc::<Mutex<Held>>::default();
        let keeps = Arc::clone(&held);
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let (tls, held) = (Arc::clone(&tls), Arc::clone(&keeps));
                std::thread::spawn(move || {
                    let connection = ServerConnection::new(tls).expect("a configuration");
                    // A client that goes in the middle is none of the test's.
                    let _ = talk(StreamOwned::new(connection, stream), &held);
                });
            }
        });
        Self { port, certificate, held }
    }

    /// Lines of the collector's configuration that send mail here, signed in as `attune`.
    ///
    /// # Panics
    /// When the file of the password cannot be written.
    #[must_use]
    pub fn settings(&self) -> String {
        let file = self.certificate.with_file_name("postbox-password");
        std::fs::write(&file, "of the postbox\n").expect("the test's folder can be written");
        format!(
            "[mail]\nserver = \"smtps://127.0.0.1:{}\"\nfrom = \"Attune <attune@example.org>\"\nuser = \"attune\"\n\
             password_file = {file:?}\ncertificate = {:?}\n",
            self.port, self.certificate
        )
    }

    /// Has the next mail refused with this answer.
    ///
    /// # Panics
    /// Never.
    pub fn refuse(&self, answer: &'static str) {
        self.held.lock().expect("no test panics with it").refusals.push_back(answer);
    }

    /// Has it take connections and say nothing, or talk again.
    ///
    /// # Panics
    /// Never.
    pub fn be_silent(&self, silent: bool) {
        self.held.lock().expect("no test panics with it").silent = silent;
    }

    /// Mails that were taken so far, as they came.
    ///
    /// # Panics
    /// Never.
    #[must_use]
    pub fn mails(&self) -> Vec<String> {
        self.held.lock().expect("no test panics with it").mails.clone()
    }

    /// With which names and passwords it was signed in, as AUTH PLAIN has them.
    ///
    /// # Panics
    /// Never.
    #[must_use]
    pub fn logins(&self) -> Vec<String> {
        self.held.lock().expect("no test panics with it").logins.clone()
    }

    /// Waits for so many mails and gives the last of them.
    ///
    /// # Panics
    /// When they do not come.
    #[must_use]
    pub fn wait_for(&self, count: usize) -> String {
        wait::until(&format!("{count} mails"), || Some(self.mails()).filter(|mails| mails.len() >= count))
            .pop()
            .expect("one at least")
    }
}

fn talk(stream: StreamOwned<ServerConnection, TcpStream>, held: &Mutex<Held>) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    let say = |stream: &mut BufReader<StreamOwned<ServerConnection, TcpStream>>, line: &str| {
        stream.get_mut().write_all(format!("{line}\r\n").as_bytes())?;
        stream.get_mut().flush()
    };
    while held.lock().expect("no test panics with it").silent {
        std::thread::sleep(Duration::from_millis(50));
    }
    say(&mut stream, "220 postbox ESMTP")?;
    let mut line = String::new();
    loop {
        line.clear();
        if stream.by_ref().take(4096).read_line(&mut line)? == 0 {
            return Ok(());
        }
        let word = line.split_whitespace().next().unwrap_or_default().to_uppercase();
        match word.as_str() {
            "EHLO" => say(&mut stream, "250-postbox\r\n250-SMTPUTF8\r\n250 AUTH PLAIN")?,
            "AUTH" => {
                let secret = line.trim().rsplit(' ').next().unwrap_or_default();
                let plain = data_encoding::BASE64.decode(secret.as_bytes()).unwrap_or_default();
                held.lock().expect("no test panics with it").logins.push(String::from_utf8_lossy(&plain).into_owned());
                say(&mut stream, "235 in")?;
            }
            "RCPT" => {
                let refusal = held.lock().expect("no test panics with it").refusals.pop_front();
                say(&mut stream, refusal.unwrap_or("250 ok"))?;
            }
            "DATA" => {
                say(&mut stream, "354 go on")?;
                let mut mail = String::new();
                while !mail.ends_with("\r\n.\r\n") {
                    if stream.read_line(&mut mail)? == 0 {
                        return Ok(());
                    }
                }
                held.lock().expect("no test panics with it").mails.push(mail);
                say(&mut stream, "250 taken")?;
            }
            "QUIT" => return say(&mut stream, "221 bye"),
            _ => say(&mut stream, "250 ok")?,
        }
    }
}
