//! What the sound system says that cpal does not tell: which source is the default, and whether it is muted.
//!
//! Only other programs can be asked (`pactl`, which PulseAudio and PipeWire both have), and an agent that senses is confined: it
//! starts none. So one that does nothing else is started before: it asks once for each line that it gets, and ends with the agent.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{Mutex, OnceLock, PoisonError};

/// Two lines for each line; a sound server that does not answer within a second has none.
const ASKING: &str = r#"while read -r _; do
  printf '%s\n' "$(timeout 1 pactl get-default-source 2>/dev/null | head -n 1)"
  printf '%s\n' "$(timeout 1 pactl get-source-mute @DEFAULT_SOURCE@ 2>/dev/null | head -n 1)"
done"#;
/// More than any answer has, bytes.
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

/// Starts who asks. Where nothing can be started, nothing is known.
pub(super) fn prepare() {
    asker();
}

/// The name of the default source, where a sound server has one and says so.
pub(super) fn default_source() -> Option<String> {
    ask().map(|answer| answer.default_source).filter(|source| !source.is_empty())
}

/// Whether the source that is heard is muted, as far as the sound server says.
pub(super) fn is_muted() -> bool {
    ask().is_some_and(|answer| answer.mute.ends_with("yes"))
}

/// What the sound server says, word by word; empty where it says nothing.
#[derive(PartialEq, Debug)]
struct Answer {
    default_source: String,
    mute: String,
}

/// The program that asks.
struct Asker {
    /// Ends when its input does.
    _program: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

fn ask() -> Option<Answer> {
    let mut asker = asker().lock().unwrap_or_else(PoisonError::into_inner);
    let answer = asker.as_mut()?.ask();
    if answer.is_none() {
        // It is gone, or out of step.
        *asker = None;
    }
    answer
}

fn asker() -> &'static Mutex<Option<Asker>> {
    static ASKER: OnceLock<Mutex<Option<Asker>>> = OnceLock::new();
    ASKER.get_or_init(|| Mutex::new(if cfg!(target_os = "linux") { Asker::start(ASKING) } else { None }))
}

impl Asker {
    fn start(asking: &str) -> Option<Self> {
        let mut command = Command::new("sh");
        command.args(["-c", asking]).env("LC_ALL", "C");
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut program = command.spawn().ok()?;
        let (input, output) = (program.stdin.take()?, program.stdout.take()?);
        Some(Self { _program: program, input, output: BufReader::new(output) })
    }

    fn ask(&mut self) -> Option<Answer> {
        self.input.write_all(b"\n").ok()?;
        let mut line = || {
            let mut line = String::new();
            self.output.by_ref().take(MOST).read_line(&mut line).ok()?;
            line.strip_suffix('\n').map(|line| line.trim().to_owned())
        };
        Some(Answer { default_source: line()?, mute: line()? })
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn each_question_gets_its_answer_and_whoever_ends_gives_none() {
        let asking = "printf 'mic\nMute: yes\n'; read -r _; printf '\n\n'; read -r _";
        let mut asker = Asker::start(&format!("read -r _; {asking}")).unwrap();
        let answer = |default_source: &str, mute: &str| {
            Some(Answer { default_source: default_source.into(), mute: mute.into() })
        };
        assert_eq!(asker.ask(), answer("mic", "Mute: yes"));
        assert_eq!(asker.ask(), answer("", ""), "a server that says nothing");
        assert_eq!(asker.ask(), None);
    }

    #[test]
    fn without_a_sound_server_it_answers_that_it_knows_nothing() {
        let mut asker = Asker::start(&format!("PATH=/nowhere\n{ASKING}")).unwrap();
        for _ in 0..2 {
            assert_eq!(asker.ask(), Some(Answer { default_source: String::new(), mute: String::new() }));
        }
    }
}
