//! The server that takes mail, and what is handed to it.

use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use lettre::message::header::{ContentType, Header, HeaderName, HeaderValue};
use lettre::message::{Mailbox, Message};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, Tls, TlsParameters};
use lettre::{AsyncSmtpTransport, AsyncTransport, Tokio1Executor};
use tokio::sync::mpsc;
use tokio::time::timeout;

use super::Kind;

/// How long the server may take for one answer; and for all of one mail, also where it goes on answering nothing.
const PATIENCE: Duration = Duration::from_secs(20);
const PATIENCE_IN_ALL: Duration = Duration::from_secs(30);
/// Requests for a new password that wait to be looked at; whoever comes then asks again.
const ASKED: usize = 256;

/// How mail is sent.
#[derive(Clone, Default)]
pub struct PostSettings {
    /// `smtps://HOST[:PORT]` (TLS at once), `smtp://HOST[:PORT]` (STARTTLS, or refused); on this machine's own addresses
    /// `smtp://` is without TLS. Empty: no mail is sent.
    pub server: String,
    /// With which name it is signed in there; empty: without.
    pub user: String,
    /// The password to it.
    pub password: String,
    /// From whom it is.
    pub from: String,
    /// PEM of an authority that vouches for the server besides those of the system.
    pub certificate: Option<Vec<u8>>,
    /// Where people reach the collector, without a slash at the end.
    pub base: String,
}

impl std::fmt::Debug for PostSettings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PostSettings").field("server", &self.server).finish_non_exhaustive()
    }
}

/// That nobody's machine answers it that is on holiday (RFC 3834).
#[derive(Clone)]
struct AutoSubmitted;

impl Header for AutoSubmitted {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "auto-generated".into())
    }
}

/// Why a mail did not go.
#[derive(Debug)]
pub(crate) enum Unsent {
    /// It may go later; in words without anything of a person.
    Later(String),
    /// The server, or its address, never takes it.
    Never(String),
}

struct Inside {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
    base: String,
    asked: mpsc::Sender<String>,
    asking: Mutex<Option<mpsc::Receiver<String>>>,
}

/// Where mail goes out.
#[derive(Clone)]
pub struct Post(Arc<Inside>);

impl std::fmt::Debug for Post {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Post")
    }
}

/// The parts of a server's address.
struct Server {
    host: String,
    port: u16,
    tls: bool,
}

impl Server {
    fn parse(text: &str) -> Option<Self> {
        let (tls, rest) = match text.split_once("://")? {
            ("smtps", rest) => (true, rest),
            ("smtp", rest) => (false, rest),
            _ => return None,
        };
        let port = if tls { 465 } else { 587 };
        let (host, port) = match rest.rsplit_once(':') {
            Some((host, given)) if !host.is_empty() && !host.ends_with(':') => (host, given.parse().ok()?),
            _ => (rest, port),
        };
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let plain = !host.is_empty() && host.chars().all(|sign| sign.is_ascii_alphanumeric() || ".-:".contains(sign));
        (plain && port != 0).then(|| Self { host: host.to_owned(), port, tls })
    }

    fn is_here(&self) -> bool {
        self.host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
    }
}

impl Post {
    /// What is wrong with settings: the key below `mail`, and what would be right.
    #[must_use]
    pub fn problem(settings: &PostSettings) -> Option<(&'static str, &'static str)> {
        if settings.server.is_empty() {
            let is_set = !settings.from.is_empty() || !settings.user.is_empty();
            return is_set
                .then_some(("server", "expected the server that the rest is for, as smtps://mail.example.org"));
        }
        if Server::parse(&settings.server).is_none() {
            return Some((
                "server",
                "expected smtps://HOST or smtp://HOST, with :PORT where it is another than 465 or 587",
            ));
        }
        if settings.from.parse::<Mailbox>().is_err() {
            return Some(("from", "expected an address, as Attune <attune@example.org>"));
        }
        (settings.user.is_empty() != settings.password.is_empty())
            .then_some(("user", "expected both of mail.user and mail.password_file, or neither"))
    }

    /// Where mail goes out, if any is sent.
    ///
    /// # Errors
    /// The key below `mail` that cannot be used.
    pub fn open(settings: &PostSettings) -> Result<Option<Self>, &'static str> {
        if settings.server.is_empty() {
            return Ok(None);
        }
        let server = Server::parse(&settings.server).ok_or("server")?;
        let from: Mailbox = settings.from.parse().map_err(|_| "from")?;
        let mut tls = TlsParameters::builder(server.host.clone());
        if let Some(pem) = &settings.certificate {
            let certificate = Certificate::from_pem(pem).map_err(|_| "certificate")?;
            tls = tls.add_root_certificate(certificate);
        }
        let tls = tls.build().map_err(|_| "certificate")?;
        let tls = match server.tls {
            true => Tls::Wrapper(tls),
            false if server.is_here() => Tls::None,
            false => Tls::Required(tls),
        };
        let builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(server.host.clone())
            .port(server.port)
            .tls(tls)
            .timeout(Some(PATIENCE));
        let transport = match settings.user.is_empty() {
            true => builder.build(),
            false => builder.credentials(Credentials::new(settings.user.clone(), settings.password.clone())).build(),
        };
        let (asked, asking) = mpsc::channel(ASKED);
        let (base, asking) = (settings.base.clone(), Mutex::new(Some(asking)));
        Ok(Some(Self(Arc::new(Inside { transport, from, base, asked, asking }))))
    }

    /// Has it looked, later, whose a name is and whether a mail goes there. Whether there is such a name, nobody can tell from how
    /// long that takes. Gives whether there is room.
    pub(crate) fn ask(&self, name: &str) -> bool {
        self.0.asked.try_send(name.to_owned()).is_ok()
    }

    /// What was asked, for the one who looks.
    pub(crate) fn asking(&self) -> Option<mpsc::Receiver<String>> {
        self.0.asking.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Hands a mail to the server.
    pub(crate) async fn hand(&self, id: &[u8], to: &str, kind: Kind, link: Option<&str>) -> Result<(), Unsent> {
        let to = to.parse().map_err(|_| Unsent::Never("the address is none".into()))?;
        let id = data_encoding::HEXLOWER.encode(id);
        let message = Message::builder()
            .from(self.0.from.clone())
            .to(Mailbox::new(None, to))
            .subject(kind.subject())
            .message_id(Some(format!("<{id}@{}>", self.0.from.email.domain())))
            .date_now()
            .header(AutoSubmitted)
            .header(ContentType::TEXT_PLAIN)
            .body(kind.text(&self.0.base, link))
            .map_err(|_| Unsent::Never("it cannot be written".into()))?;
        // What a server says may hold the address: its number only goes further.
        match timeout(PATIENCE_IN_ALL, self.0.transport.send(message)).await {
            Err(_) => Err(Unsent::Later("the server did not take it in time".into())),
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => {
                let said = match error.status() {
                    Some(code) => format!("the server answered {code}"),
                    None if error.is_timeout() => "the server did not answer in time".into(),
                    None if error.is_tls() => "no trusted connection to the server".into(),
                    None => "the server is not reached, or says what is not SMTP".into(),
                };
                Err(if error.is_permanent() { Unsent::Never(said) } else { Unsent::Later(said) })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_has_a_scheme_a_host_and_perhaps_a_port() {
        let parts = |text| Server::parse(text).map(|server| (server.host, server.port, server.tls));
        assert_eq!(parts("smtps://mail.example.org"), Some(("mail.example.org".into(), 465, true)));
        assert_eq!(parts("smtp://mail.example.org"), Some(("mail.example.org".into(), 587, false)));
        assert_eq!(parts("smtp://127.0.0.1:2525"), Some(("127.0.0.1".into(), 2525, false)));
        assert_eq!(parts("smtps://[::1]:465"), Some(("::1".into(), 465, true)));
        for wrong in
            ["mail.example.org", "http://x", "smtp://", "smtp://a:b", "smtp://a:0", "smtp://u:p@h", "smtps://a/b"]
        {
            assert!(Server::parse(wrong).is_none(), "{wrong}");
        }
        assert!(Server::parse("smtp://127.0.0.1").is_some_and(|server| server.is_here()));
        assert!(!Server::parse("smtp://localhost").is_some_and(|server| server.is_here()), "a name may lead anywhere");
    }
}
