//! Asks the collector that runs on this state folder how it is: for whoever watches it without a program of their own, as an
//! image without a shell.

use std::fmt::Write as _;
use std::io::{ErrorKind, Read, Write};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use attune_protocol::broker::Trust;
use rustls::{ClientConnection, StreamOwned};
use serde_json::Value;

use crate::config::Config;
use crate::{CollectorError, tls};

/// How long it may take to connect, and for each piece of the answer.
const PATIENCE: Duration = Duration::from_secs(5);
/// Bytes of an answer.
const LARGEST: u64 = 256 << 10;

/// Asks for `/health`.
///
/// # Errors
/// When it does not answer, or a part of it is unwell: which.
pub fn probe(config: &Config) -> Result<(), CollectorError> {
    let (is_tls, address) = running(config)?;
    let asked = ask(config, is_tls, address);
    let answer = asked.map_err(|error| CollectorError::Unwell(format!("{address} does not answer ({error})")))?;
    match unwell(&answer) {
        None => Ok(()),
        Some(problem) => Err(CollectorError::Unwell(problem)),
    }
}

/// Where the collector of this state folder said that it listens, and whether it speaks TLS there.
fn running(config: &Config) -> Result<(bool, SocketAddr), CollectorError> {
    let path = config.state.join("addresses.toml");
    let text = match std::fs::read_to_string(&path) {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let problem = format!("none has run on {} yet", config.state.display());
            return Err(CollectorError::Unwell(problem));
        }
        read => read.map_err(CollectorError::file(&path))?,
    };
    listening(&text).ok_or_else(|| CollectorError::Unwell(format!("{} does not say where it is", path.display())))
}

fn listening(addresses: &str) -> Option<(bool, SocketAddr)> {
    let table: toml::Table = addresses.parse().ok()?;
    let (scheme, address) = table.get("api")?.as_str()?.split_once("://")?;
    let mut address: SocketAddr = address.parse().ok()?;
    // Whoever listens on all addresses is asked by that of this machine.
    match address {
        SocketAddr::V4(all) if all.ip().is_unspecified() => address.set_ip(Ipv4Addr::LOCALHOST.into()),
        SocketAddr::V6(all) if all.ip().is_unspecified() => address.set_ip(Ipv6Addr::LOCALHOST.into()),
        _ => {}
    }
    Some((scheme == "https", address))
}

fn ask(config: &Config, is_tls: bool, address: SocketAddr) -> std::io::Result<String> {
    let stream = TcpStream::connect_timeout(&address, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    if !is_tls {
        return over(stream, address);
    }
    // Whoever shows the certificate that lies in its files, and nobody else, is it: who vouches for that, and for which names, does
    // not matter here.
    let own = tls::look(config).map_err(std::io::Error::other)?.ok_or(ErrorKind::NotFound)?;
    let client = Arc::new(attune_transport::config(Trust::Certificate(own.digest())));
    let session = ClientConnection::new(client, address.ip().into()).map_err(std::io::Error::other)?;
    over(StreamOwned::new(session, stream), address)
}

fn over(mut stream: impl Read + Write, address: SocketAddr) -> std::io::Result<String> {
    let head =
        format!("GET /health HTTP/1.1\r\nhost: {address}\r\naccept: application/json\r\nconnection: close\r\n\r\n");
    stream.write_all(head.as_bytes())?;
    stream.flush()?;
    let mut answer = String::new();
    stream.take(LARGEST).read_to_string(&mut answer)?;
    Ok(answer)
}

/// What an answer says that is wrong.
fn unwell(answer: &str) -> Option<String> {
    let status = answer.split(' ').nth(1).unwrap_or_default();
    if answer.starts_with("HTTP/1.1 ") && status == "200" {
        return None;
    }
    let body = answer.split_once("\r\n\r\n").map_or("", |(_, body)| body);
    let parts: Value = serde_json::from_str(body).unwrap_or_default();
    let mut problem = String::new();
    for (part, how) in parts.as_object().into_iter().flatten() {
        if how["ok"] == false {
            let (between, detail) = (if problem.is_empty() { "" } else { "; " }, how["detail"].as_str());
            // Writing to a text does not fail.
            let _ = write!(problem, "{between}{part}: {}", detail.unwrap_or_default());
        }
    }
    Some(if problem.is_empty() { format!("it answers {status:?} and no more") } else { problem })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_collector_is_asked_where_it_said_that_it_listens() {
        for (text, read) in [
            ("api = \"http://127.0.0.1:8750\"\nbroker = \"mqtt://b:1\"\npid = 7\n", Some((false, "127.0.0.1:8750"))),
            ("api = \"https://0.0.0.0:8750\"\n", Some((true, "127.0.0.1:8750"))),
            ("api = \"http://[::]:1\"\n", Some((false, "[::1]:1"))),
            ("api = \"http://192.0.2.7:1\"\n", Some((false, "192.0.2.7:1"))),
            ("pid = 7\n", None),
            ("api = \"nowhere\"\n", None),
        ] {
            let read = read.map(|(is_tls, address)| (is_tls, address.parse().unwrap()));
            assert_eq!(listening(text), read, "{text}");
        }
    }

    #[test]
    fn what_is_unwell_is_named() {
        assert_eq!(unwell("HTTP/1.1 200 OK\r\n\r\n{}"), None);
        let body =
            r#"{"status":"unwell","disk":{"ok":true,"detail":"works"},"clock":{"ok":false,"detail":"is unwell"}}"#;
        let answer = format!("HTTP/1.1 503 Service Unavailable\r\n\r\n{body}");
        assert_eq!(unwell(&answer).as_deref(), Some("clock: is unwell"));
        for cut in ["", "HTTP/1.1 421 Misdirected Request\r\n\r\n", "nonsense"] {
            assert!(unwell(cut).is_some(), "{cut}");
        }
    }
}
