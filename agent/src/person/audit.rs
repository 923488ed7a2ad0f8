use attune_protocol::sign::PublicKey;
use serde::Serialize;

use super::shown::{Shown, instant, of_sent};
use super::waiting;
use crate::AgentError;
use crate::config::Config;
use crate::identity::Identity;
use crate::output::line;
use crate::own::{self, Between, Limits, Own, Sent};

/// Batches that are read at once.
const TOGETHER: usize = 64;
/// Milliseconds of the stretches in which what is kept is read.
const DAY: i64 = 86_400_000;

/// One line of the JSON that machines read.
#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum Line {
    /// Waits to be sent.
    Waiting { seq: u64, bytes: String, holds: Shown },
    /// The person keeps it for themselves.
    Kept { holds: Shown },
    /// Was sent.
    Sent { at: jiff::Timestamp, len: u32, bytes: String, holds: Vec<Shown> },
}

/// Prints every record that waits, that is kept and that was sent in a stretch of time, field by field.
///
/// # Errors
/// When something cannot be read, or nobody reads what is printed.
pub fn audit(config: &Config, between: Between, json: bool, bytes: bool) -> Result<(), AgentError> {
    let Some(identity) = Identity::load(&config.state)? else {
        return line("this device is not enrolled: it holds nothing of anybody");
    };
    let tell = |holds: &Line| match json {
        true => line(serde_json::to_string(holds).expect("names, numbers and text")),
        false => lines(holds, bytes),
    };
    let heading = |text: &str| if json { Ok(()) } else { line(text) };
    heading("WAITS TO BE SENT, as it will be sent:")?;
    waiting::all(config, |item| {
        let envelope = item.envelope();
        match is_within(&envelope, between) {
            true => tell(&Line::Waiting { seq: item.seq, holds: Shown::of(&envelope), bytes: item.bytes }),
            false => Ok(()),
        }
    })?;
    let public = identity.key.public();
    let own = look(config, identity)?;
    heading("\nKEPT FOR YOURSELF, on this device only:")?;
    each_kept(&own, between, |holds| tell(&Line::Kept { holds }))?;
    heading("\nSENT, the latest first:")?;
    each_sent(&own, between, |sent| tell(&of(sent, &public)))
}

/// What the person keeps for themselves, to read.
pub(super) fn look(config: &Config, identity: Identity) -> Result<Own, AgentError> {
    let limits = Limits { days: config.own.days, bytes: config.own.max_bytes };
    Own::look(&config.state.join(own::FOLDER), identity.seal.into(), limits)
}

/// Gives every record that is kept to `each`, a day at a time.
pub(super) fn each_kept(
    own: &Own,
    between: Between,
    mut each: impl FnMut(Shown) -> Result<(), AgentError>,
) -> Result<(), AgentError> {
    for day in own.days() {
        let (from, until) = (i64::from(day) * DAY, i64::from(day + 1) * DAY);
        let part = Between { from: from.max(between.from), until: until.min(between.until) };
        own.records(part)?.iter().map(Shown::record).try_for_each(&mut each)?;
    }
    Ok(())
}

/// Gives every batch that was sent to `each`, the latest first.
pub(super) fn each_sent(
    own: &Own,
    between: Between,
    mut each: impl FnMut(Sent) -> Result<(), AgentError>,
) -> Result<(), AgentError> {
    for skip in (0..).step_by(TOGETHER) {
        let sent = own.sent(skip, TOGETHER)?;
        if sent.is_empty() {
            break;
        }
        sent.into_iter().filter(|sent| between.meets(sent.first, sent.last)).try_for_each(&mut each)?;
    }
    Ok(())
}

fn of(sent: Sent, key: &PublicKey) -> Line {
    let holds = of_sent(&sent, key);
    Line::Sent { at: instant(sent.at_millis), len: sent.len, bytes: hex(&sent.bytes), holds }
}

fn lines(holds: &Line, bytes: bool) -> Result<(), AgentError> {
    let (head, shown, raw) = match holds {
        Line::Waiting { bytes, holds, .. } => (None, std::slice::from_ref(holds), bytes.as_str()),
        Line::Kept { holds } => (None, std::slice::from_ref(holds), ""),
        Line::Sent { at, len, bytes, holds } => {
            let gone = "; what it held is not kept, as you do not keep all of it for yourself";
            let gone = if bytes.is_empty() { gone } else { "" };
            (Some(format!("{at:.0}  {len} bytes{gone}")), holds.as_slice(), bytes.as_str())
        }
    };
    head.map_or(Ok(()), line)?;
    shown.iter().flat_map(Shown::lines).try_for_each(line)?;
    if bytes && !raw.is_empty() {
        raw.as_bytes().chunks(64).try_for_each(|part| line(format_args!("    {}", String::from_utf8_lossy(part))))?;
    }
    Ok(())
}

/// Whether an envelope tells of a stretch of time. What is of no time, and all time, meets it.
fn is_within(envelope: &[u8], between: Between) -> bool {
    match attune_protocol::record::Record::decode(envelope) {
        Ok(record) => between.meets(record.window, record.window),
        Err(_) => between == Between::ALL,
    }
}

pub(super) fn hex(bytes: &[u8]) -> String {
    data_encoding::HEXLOWER.encode(bytes)
}
