//! `phone`: what to type into the app, whether the phone reaches this machine, and what came from it.

use std::io::ErrorKind;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket};
use std::path::Path;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use qrcode::QrCode;
use qrcode::render::unicode::Dense1x2;

use super::arguments::PhoneCommand;
use crate::config::Config;
use crate::output::line;
use crate::sensors::phone::{ACCOUNT, Heard, Tally, wait_for_push};
use crate::token::{Of, Token};
use crate::{AgentError, files};

/// Where is listened where nothing is configured yet: on all addresses, as the phone is another machine.
const USUAL: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), 8754);
/// How long is waited for a first push.
const PATIENCE: Duration = Duration::from_secs(20);
const LOOK: Duration = Duration::from_millis(200);
/// Until an agent that runs has written down what came: it does so every ten seconds.
const ACCOUNT_EVERY: Duration = Duration::from_secs(11);

pub(super) fn phone(config: &Config, command: &PhoneCommand) -> Result<(), AgentError> {
    match command {
        PhoneCommand::Setup { .. } => setup(config),
        PhoneCommand::Status => status(&config.state),
    }
}

fn setup(config: &Config) -> Result<(), AgentError> {
    let configured = config.phone.address();
    let listen = configured.unwrap_or(USUAL);
    let token = Token::load_or_make(&config.state, Of::Phone)?;
    let url = format!("http://{}/push/{}", reached_at(listen), token.text());
    line("In the Sensor Logger app, tap the gear on the Logger page, switch on HTTP Push, and give it as Push URL:\n")?;
    line(format_args!("  {url}\n"))?;
    if let Some(drawn) = drawn(&url) {
        line("The same, to be read by the phone's camera and copied from there:\n")?;
        line(format_args!("{drawn}\n"))?;
    }
    line(
        "Switch on these sensors and no others: Accelerometer and Gravity (or Total Acceleration) for motion; Heart Rate and \
         Wrist Motion of a watch.",
    )?;
    line(
        "What the phone sends crosses your network unencrypted, and whoever has this address can send in your name: keep it to \
         yourself, and use a network that you trust.",
    )?;
    if configured.is_none() {
        line("Nothing listens yet while sensing. Put this into the configuration file:\n")?;
        line(format_args!("  [phone]\n  listen = \"{listen}\"\n"))?;
    }
    if listen.ip().is_loopback() {
        line(
            "This address is this machine's own: no phone reaches it. Set phone.listen to an address of your network.",
        )?;
    }
    line(format_args!("Now tap 'Tap to Test Pushing' in the app. Waiting {} s for it ...", PATIENCE.as_secs()))?;
    tell(heard(config, listen, token)?, listen)
}

fn heard(config: &Config, listen: SocketAddr, token: Token) -> Result<Heard, AgentError> {
    match wait_for_push(listen, token, PATIENCE) {
        Ok(heard) => Ok(heard),
        // Most likely the agent that runs: it counts what comes.
        Err(error) if error.kind() == ErrorKind::AddrInUse => running_agent_heard(&config.state),
        Err(error) => Err(AgentError::Config(format!("phone.listen: nobody can listen on {listen}: {error}"))),
    }
}

fn running_agent_heard(state: &Path) -> Result<Heard, AgentError> {
    let before = tally(state)?.last_push_millis;
    let until = Instant::now() + PATIENCE + ACCOUNT_EVERY;
    while Instant::now() < until {
        if tally(state)?.last_push_millis > before {
            return Ok(Heard::Push);
        }
        std::thread::sleep(LOOK);
    }
    Ok(Heard::Nothing)
}

fn tell(heard: Heard, listen: SocketAddr) -> Result<(), AgentError> {
    match heard {
        Heard::Push => {
            line("The phone reached this machine. Start a recording in the app, and 'attune-agent run' here.")
        }
        Heard::WrongToken => {
            line("A push came, but with a wrong token: copy the whole Push URL as it stands above, and try again.")
        }
        Heard::Nothing => line(format_args!(
            "Nothing arrived in {} s. Are both in the same network? Guest networks and some routers keep devices apart (look for \
             'client isolation'). Does a firewall on this machine let port {} in? Is the address above this machine's?",
            PATIENCE.as_secs(),
            listen.port()
        )),
    }
}

fn status(state: &Path) -> Result<(), AgentError> {
    let Tally { last_push_millis, pushes, motion, heart, steps, left_out, not_read } = tally(state)?;
    let Some(last) = last_push_millis.and_then(|millis| Timestamp::from_millisecond(millis).ok()) else {
        return line("nothing has come from a phone: 'attune-agent phone setup' says how to set it up");
    };
    line(format_args!("{pushes} pushes, the last at {last:.0}"))?;
    line(format_args!("taken: {motion} readings of motion, {heart} heart rates"))?;
    line(format_args!("steps by the phone's own count: {steps} (shown here only)"))?;
    left_out.iter().try_for_each(|(what, count)| line(format_args!("left out: {count} {what}")))?;
    not_read.iter().try_for_each(|(sensor, count)| line(format_args!("not read: {count} of {sensor}")))
}

/// What the agent that runs, or ran last, has counted.
fn tally(state: &Path) -> Result<Tally, AgentError> {
    let path = state.join(ACCOUNT);
    let Some(bytes) = files::read_private(&path)? else { return Ok(Tally::default()) };
    serde_json::from_slice(&bytes).map_err(|_| AgentError::content(&path, "it is damaged; the agent writes it anew"))
}

/// The address under which a phone finds this machine.
fn reached_at(listen: SocketAddr) -> SocketAddr {
    if !listen.ip().is_unspecified() {
        return listen;
    }
    // Nothing is sent: the system only says from where it would send to an address that nobody has.
    let own = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).and_then(|socket| {
        socket.connect((Ipv4Addr::new(192, 0, 2, 1), 9))?;
        socket.local_addr()
    });
    let ip = own.map_or(IpAddr::V4(Ipv4Addr::LOCALHOST), |own| own.ip());
    SocketAddr::new(ip, listen.port())
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
    fn the_address_for_the_phone_is_never_all_addresses() {
        let listen: SocketAddr = "192.168.7.3:9000".parse().unwrap();
        assert_eq!(reached_at(listen), listen);
        let own = reached_at(USUAL);
        assert!(!own.ip().is_unspecified() && own.port() == 8754, "{own}");
    }

    #[test]
    fn what_is_drawn_fits_a_terminal_of_eighty_columns() {
        let url = format!("http://192.168.100.100:65535/push/{}", "0".repeat(32));
        let drawn = drawn(&url).unwrap();
        assert!(drawn.lines().count() < 30 && drawn.lines().all(|line| line.chars().count() <= 80), "{drawn}");
    }
}
