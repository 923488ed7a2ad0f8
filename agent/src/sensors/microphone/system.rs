//! What the sound system says that cpal does not tell: which source is the default, and whether it is muted.

use std::io::Read as _;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// How long the sound server may take to answer.
const PATIENCE: Duration = Duration::from_secs(1);
const LOOK: Duration = Duration::from_millis(10);
/// More than any answer has.
const MOST: u64 = 4096;

/// Whether this system has any sound. ALSA complains on standard error about each thing that it does not find.
#[cfg(target_os = "linux")]
pub(super) fn has_sound() -> bool {
    let has_card = std::fs::read_to_string("/proc/asound/cards").is_ok_and(|cards| cards.contains('['));
    let set =
        ["PULSE_SERVER", "ALSA_CONFIG_PATH", "PIPEWIRE_REMOTE"].iter().any(|name| std::env::var_os(name).is_some());
    let server = std::env::var_os("XDG_RUNTIME_DIR").map(std::path::PathBuf::from);
    let server = server.is_some_and(|run| run.join("pulse/native").exists() || run.join("pipewire-0").exists());
    has_card || set || server
}

#[cfg(not(target_os = "linux"))]
pub(super) fn has_sound() -> bool {
    true
}

/// The name of the default source, where a sound server has one and says so.
pub(super) fn default_source() -> Option<String> {
    Some(ask(&["get-default-source"])?.trim().to_owned()).filter(|source| !source.is_empty())
}

/// Whether the source that is heard is muted, as far as the sound server says.
pub(super) fn is_muted() -> bool {
    ask(&["get-source-mute", "@DEFAULT_SOURCE@"]).is_some_and(|answer| answer.trim().ends_with("yes"))
}

/// What `pactl` answers, which PulseAudio and PipeWire both have.
fn ask(arguments: &[&str]) -> Option<String> {
    if !cfg!(target_os = "linux") {
        return None;
    }
    let mut command = Command::new("pactl");
    command.args(arguments).env("LC_ALL", "C").stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn().ok()?;
    let begin = Instant::now();
    while begin.elapsed() < PATIENCE {
        match child.try_wait() {
            Ok(Some(status)) if status.success() => {
                let mut answer = String::new();
                child.stdout.take()?.take(MOST).read_to_string(&mut answer).ok()?;
                return Some(answer);
            }
            Ok(Some(_)) | Err(_) => return None,
            Ok(None) => std::thread::sleep(LOOK),
        }
    }
    // It is gone either way.
    let _ = child.kill();
    let _ = child.wait();
    None
}
