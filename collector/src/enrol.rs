//! What `enrol` says: the code, and all that the device needs.

use qrcode::QrCode;
use qrcode::render::unicode::Dense1x2;

use crate::config::{BrokerMode, Config};

/// Where devices reach the broker of the collector with this state folder, and whether that collector has run already.
fn broker(config: &Config) -> (String, bool) {
    let written = std::fs::read_to_string(config.state.join("addresses.toml")).unwrap_or_default();
    let table: toml::Table = written.parse().unwrap_or_default();
    match table.get("broker").and_then(toml::Value::as_str) {
        Some(url) => (url.to_owned(), true),
        None => match config.broker.mode {
            BrokerMode::Embedded => (format!("mqtt://{}", config.broker.listen), false),
            BrokerMode::External => (config.broker.url.clone(), false),
        },
    }
}

/// What stands beside the code, for people.
#[must_use]
pub fn explanation(config: &Config, code: &str, minutes: i64) -> String {
    let (broker, ran) = broker(config);
    let line = format!("attune-agent enrol --broker {broker} --code {code}");
    let until = jiff::Timestamp::now() + jiff::SignedDuration::from_mins(minutes);
    let mut text = format!(
        "It enrols one device, once, until {} UTC ({minutes} min). On the device, run:\n\n  {line}\n\n",
        until.strftime("%H:%M on %-d %B")
    );
    if is_loopback(&broker) {
        text += "The address is this machine's own: the device must be this machine.\n";
    }
    if !ran {
        text += "The collector has not run on this state folder yet: start it with 'attune-collector serve'.\n";
    }
    if let Some(drawn) = drawn(&line) {
        text += &format!("The same line, to be read by a camera:\n\n{drawn}\n");
    }
    text
}

fn is_loopback(broker: &str) -> bool {
    let place = broker.trim_start_matches("mqtt://");
    let address = place.parse::<std::net::SocketAddr>().ok();
    address.is_some_and(|address| address.ip().is_loopback()) || place.starts_with("localhost")
}

/// A line as QR code of block characters, light on dark, as terminals mostly are; cameras read both.
fn drawn(line: &str) -> Option<String> {
    let code = QrCode::new(line).ok()?;
    let drawn = code.render::<Dense1x2>().dark_color(Dense1x2::Light).light_color(Dense1x2::Dark).build();
    Some(drawn.trim_end_matches('\n').to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_for_the_device_is_whole_and_says_how_long_it_holds() {
        let folder = tempfile::tempdir().unwrap();
        let mut config = Config { state: folder.path().to_owned(), ..Config::default() };
        let text = explanation(&config, "AAAA-BBBB-CCCC-DDDD", 15);
        assert!(
            text.contains("\n  attune-agent enrol --broker mqtt://127.0.0.1:8751 --code AAAA-BBBB-CCCC-DDDD\n"),
            "{text}"
        );
        assert!(text.contains("(15 min)") && text.contains("must be this machine"), "{text}");
        assert!(text.contains("attune-collector serve"), "{text}");
        assert!(text.lines().filter(|line| line.contains('\u{2588}')).count() > 15, "a picture of the line: {text}");

        std::fs::write(folder.path().join("addresses.toml"), "broker = \"mqtt://10.0.0.7:9000\"\n").unwrap();
        let text = explanation(&config, "AAAA-BBBB-CCCC-DDDD", 60);
        assert!(text.contains("--broker mqtt://10.0.0.7:9000 --code") && !text.contains("serve"), "{text}");
        assert!(!text.contains("this machine"), "{text}");
        std::fs::remove_file(folder.path().join("addresses.toml")).unwrap();
        config.broker.mode = BrokerMode::External;
        config.broker.url = "mqtt://broker:1883".into();
        assert!(explanation(&config, "A", 1).contains("--broker mqtt://broker:1883 --code A"));
    }
}
