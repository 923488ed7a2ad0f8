use std::path::PathBuf;

use attune_protocol::consent::Purpose;
use attune_protocol::registry::Modality;
use attune_settings::Flags;
use clap::{Args, Parser, Subcommand};
use jiff::Timestamp;

use crate::config::{LogFormat, ProgressFormat};
use crate::features::Format;

/// Senses how a person at work is doing, on their own device, and lets only features leave.
#[derive(Parser, Debug)]
#[command(
    name = "attune-agent",
    version,
    after_help = "Example:\n  attune-agent enrol --broker mqtt://127.0.0.1:8751 \
    --code K7QF-2M9X\n  attune-agent consent grant --modality all\n  attune-agent run --recording tests/recording\n\n\
    Every flag has a key in the configuration file: see agent/agent.example.toml."
)]
pub struct Arguments {
    /// The configuration file.
    #[arg(long, global = true, value_name = "FILE", env = "ATTUNE_AGENT_CONFIG", hide_env_values = true)]
    pub config: Option<PathBuf>,
    /// The state folder: identity, outbox, consent [default: the platform's own].
    #[arg(long, global = true, value_name = "DIR")]
    pub state: Option<PathBuf>,
    /// The folder with the networks and their manifest [default: those inside the program].
    #[arg(long, global = true, value_name = "DIR")]
    pub models: Option<PathBuf>,
    /// What may leave the device: eu, uk, us or research [default: eu].
    #[arg(long, global = true)]
    pub profile: Option<String>,
    /// What is logged: error, warn, info, debug or trace, also by module [default: info].
    #[arg(long, global = true, value_name = "LEVEL")]
    pub log: Option<String>,
    /// How log lines look [default: text].
    #[arg(long, global = true, value_name = "FORMAT")]
    pub log_format: Option<LogFormat>,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Subcommand, Debug)]
pub enum Command {
    /// Enrol this device with a one-time code, which the collector must know and which is never sent.
    #[command(after_help = "Example:\n  attune-agent enrol --broker mqtt://127.0.0.1:8751 --code K7QF-2M9X")]
    Enrol {
        /// The MQTT broker, mqtt://HOST:PORT.
        #[arg(long, value_name = "URL")]
        broker: String,
        /// The code that `attune-collector enrol --user NAME` printed. Left out, it is asked for, or read from standard input:
        /// other users of this machine see what a command is called with.
        #[arg(long)]
        code: Option<String>,
        /// Enrol a device that is enrolled already: ends what waits to be sent, and all consent. It asks first.
        #[arg(long)]
        again: bool,
        /// Answer the question of --again with yes, for scripts.
        #[arg(long)]
        yes: bool,
    },
    /// Give this device another key; all else goes on as it is. The agent must not run meanwhile. Whoever has a copy of the state folder
    /// from before can do nothing with it from then on, and is noticed.
    #[command(
        after_help = "Example:\n  attune-agent new-key\n\nAs a service it is stopped before, and started behind it: systemctl --user stop \
                      attune-agent"
    )]
    NewKey,
    /// Set this device up, step by step: what you agree to, which devices, a try of each, the code. Nothing is changed before
    /// you have seen all of it.
    #[command(
        after_help = "Example:\n  attune-agent setup\n  attune-agent setup --broker mqtt://127.0.0.1:8751 --code K7QF-2M9X\n\
        \nEnter keeps what stands in brackets. Given twice it shows what is set, and changes nothing that you leave. Where nobody \
        can be asked it reads one answer a line from standard input with --answers."
    )]
    Setup(SetupArguments),
    /// Sense, keep and send: with this machine's devices, or recordings in their place.
    #[command(after_help = "Example:\n  attune-agent run\n  \
        attune-agent run --recording tests/recording --speed 10 --until-sent\n\
        \nWithout a recording the devices are sensed that `attune-agent devices` marks, each only while there is consent.\n\
        A run that was killed goes on behind its last durable window when it is started again for the same recordings.")]
    Run(RunArguments),
    /// Sense and print features; nothing is kept or sent.
    #[command(after_help = "Example:\n  attune-agent features --heart polar_h10.csv.gz --speed max --format csv")]
    Features {
        /// What is sensed.
        #[command(flatten)]
        play: PlayArguments,
        /// How records are printed.
        #[arg(long, value_enum, default_value = "json")]
        format: Format,
    },
    /// Say whether the agent runs, and what it has kept and sent.
    #[command(after_help = "Example:\n  attune-agent status")]
    Status,
    /// Show the wearables that are near, or choose one that `run` listens to.
    #[cfg(feature = "bluetooth")]
    #[command(after_help = "Example:\n  attune-agent pair\n  attune-agent pair \"Polar H10 12345678\"")]
    Pair {
        /// The name or address of the one to listen to; several may be paired, one after the other.
        #[arg(value_name = "NAME|ADDRESS")]
        which: Option<String>,
        /// How long to look around.
        #[arg(long, value_name = "SECONDS", default_value_t = 8, value_parser = clap::value_parser!(u16).range(1..=120))]
        seconds: u16,
    },
    /// Listen no more to a wearable that was paired.
    #[cfg(feature = "bluetooth")]
    #[command(after_help = "Example:\n  attune-agent unpair \"Polar H10 12345678\"")]
    Unpair {
        /// Its name or address.
        #[arg(value_name = "NAME|ADDRESS")]
        which: String,
    },
    /// Say how you are: 1 (very bad) to 6 (very good), or a place on a grid. Left out, you are asked.
    #[command(
        after_help = "Example:\n  attune-agent check-in 4\n  attune-agent check-in --valence 0.5 --arousal -0.5\n\
        \nIt is your own word: no score is made of it, and with your consent to `check-in` it goes to the collector, under every \
        profile."
    )]
    CheckIn {
        /// 1 very bad, 2 bad, 3 rather bad, 4 rather good, 5 good, 6 very good.
        #[arg(value_name = "1..6", value_parser = clap::value_parser!(u8).range(1..=6))]
        vibe: Option<u8>,
        /// How pleasant, from -1 to 1; with --arousal.
        #[arg(long, value_name = "NUMBER", requires = "arousal", allow_negative_numbers = true)]
        valence: Option<f64>,
        /// How active, from -1 (quiet) to 1; with --valence.
        #[arg(long, value_name = "NUMBER", requires = "valence", allow_negative_numbers = true)]
        arousal: Option<f64>,
    },
    /// Stop sensing, at once, until `resume` or for a time.
    #[command(after_help = "Example:\n  attune-agent pause --for 30m")]
    Pause {
        /// Sense again by itself after this time: 30m, 2h, 1h30m.
        #[arg(long = "for", value_name = "TIME")]
        length: Option<String>,
    },
    /// Sense again after `pause`.
    #[command(after_help = "Example:\n  attune-agent resume")]
    Resume,
    /// Give, withdraw or list consent.
    #[command(subcommand, after_help = "Example:\n  attune-agent consent grant --modality face --modality heart")]
    Consent(ConsentCommand),
    /// List what there is to sense with, which would be sensed, and why. Opens none.
    #[command(after_help = "Example:\n  attune-agent devices --json")]
    Devices {
        /// As one JSON object instead of a table.
        #[arg(long)]
        json: bool,
    },
    /// Let a phone, and a watch that is connected with it, send what they sense.
    #[command(subcommand, after_help = "Example:\n  attune-agent phone setup")]
    Phone(PhoneCommand),
    /// Let a program of yours hand over what you write; it is read here, and only numbers stay.
    #[command(subcommand, after_help = "Example:\n  attune-agent messages token")]
    Messages(MessagesCommand),
    /// Have the system start the agent whenever you log in.
    #[command(subcommand, after_help = "Example:\n  attune-agent service install")]
    Service(ServiceCommand),
    /// Show every record that waits, that is kept for yourself and that was sent, field by field.
    #[command(
        after_help = "Example:\n  attune-agent audit --last 10m\n  attune-agent audit --json --bytes > audit.jsonl"
    )]
    Audit {
        /// Of which time.
        #[command(flatten)]
        stretch: StretchArguments,
        /// One JSON object a line, for machines; with all bytes.
        #[arg(long)]
        json: bool,
        /// In the table too, what is sent or was, byte for byte, in hexadecimal digits.
        #[arg(long)]
        bytes: bool,
    },
    /// Write everything about you on this device into one JSON file.
    #[command(after_help = "Example:\n  attune-agent export me.json")]
    Export {
        /// The file, which must not be there.
        file: PathBuf,
    },
    /// Erase what was sensed of you from this device, also what was not sent yet. It asks first.
    #[command(after_help = "Example:\n  attune-agent forget --last 1h\n  attune-agent forget --all")]
    Forget {
        /// Everything, with what was learnt of how you usually are.
        #[arg(long)]
        all: bool,
        /// Of which time.
        #[command(flatten)]
        stretch: StretchArguments,
        /// Do not ask, for scripts.
        #[arg(long)]
        yes: bool,
    },
    /// Open your own page, which the agent that runs serves on this machine.
    #[command(after_help = "Example:\n  attune-agent open\n  attune-agent open --print")]
    Open {
        /// Print the address, and open nothing.
        #[arg(long)]
        print: bool,
    },
    /// Look at what waits to be sent, or repair it, while no agent runs.
    #[command(subcommand, after_help = "Example:\n  attune-agent outbox check")]
    Outbox(OutboxCommand),
    /// Look at everything that sensing and sending rest on, and say what is wrong and what to do.
    #[command(after_help = "Example:\n  attune-agent doctor\n\nIt ends with a failure where something is wrong.")]
    Doctor,
    /// Check the configuration and the models.
    #[command(after_help = "Example:\n  attune-agent check --config agent.toml")]
    Check,
    /// Look at the description of a wearable: firmware-config/README.md says how to write one.
    #[command(
        subcommand,
        after_help = "Example:\n  attune-agent firmware check firmware-config/arduino-nano-33-ble.toml"
    )]
    Firmware(FirmwareCommand),
}

/// What to do about what waits to be sent.
#[derive(Subcommand, Debug)]
pub enum OutboxCommand {
    /// Say how much waits of what and since when, what was dropped and why, and what is damaged. Changes nothing.
    #[command(after_help = "Example:\n  attune-agent outbox check\n  attune-agent outbox check --json\n\n\
        It ends with 0 where all that was kept is there, 3 where something is damaged, 4 where an agent runs, and 1 where it could not \
        look.")]
    Check {
        /// As one JSON object.
        #[arg(long)]
        json: bool,
    },
    /// Copy what is intact of a damaged outbox into a fresh one; the collector is told what is gone.
    #[command(after_help = "Example:\n  attune-agent outbox repair\n\n\
        `run` does the same by itself when it starts. Nothing is touched where there is no room for a fresh one. The damaged one is \
        set aside without its keys, so that nothing in it can be opened, and goes after fourteen days.")]
    Repair,
}

/// What to do with the description of a wearable.
#[derive(Subcommand, Debug)]
pub enum FirmwareCommand {
    /// Say what a description holds, or where it is wrong.
    #[command(after_help = "Example:\n  attune-agent firmware check firmware-config/polar-h10.toml")]
    Check {
        /// The description.
        file: PathBuf,
    },
    /// Decode packets by a description: its samples, and what is told.
    #[command(after_help = "Example:\n  attune-agent firmware decode firmware-config/polar-h10.toml packets.csv\n\n\
        Lines are seconds,characteristic,packet in hexadecimal, as 0.0,2a37,164d1603, or those of a .ble.csv.")]
    Decode {
        /// The description.
        file: PathBuf,
        /// The packets.
        packets: PathBuf,
        /// Only this stream, as if no other were asked for; may be given more than once [default: all].
        #[arg(long = "stream", value_name = "NAME")]
        streams: Vec<String>,
        /// One JSON object for each packet.
        #[arg(long)]
        json: bool,
    },
    /// Write a C header with the UUIDs, places, scales and rates of a description.
    #[command(
        after_help = "Example:\n  attune-agent firmware header firmware-config/arduino-nano-33-ble.toml > attune.h"
    )]
    Header {
        /// The description.
        file: PathBuf,
    },
}

/// A stretch of time; all time where nothing is said.
#[derive(Args, Default, Debug)]
pub struct StretchArguments {
    /// The last while: 10m, 2h, 1h30m.
    #[arg(long, value_name = "TIME", conflicts_with = "from")]
    pub last: Option<String>,
    /// From an instant on, as 2026-03-02T09:00:00Z.
    #[arg(long, value_name = "INSTANT")]
    pub from: Option<Timestamp>,
    /// Before an instant.
    #[arg(long, value_name = "INSTANT")]
    pub until: Option<Timestamp>,
}

/// What to do about consent.
#[derive(Subcommand, Debug)]
pub enum ConsentCommand {
    /// Give consent.
    #[command(after_help = "Example:\n  attune-agent consent grant --modality face --purpose wellbeing")]
    Grant(ConsentArguments),
    /// Withdraw consent; it takes effect within one window.
    #[command(after_help = "Example:\n  attune-agent consent withdraw --modality all")]
    Withdraw(ConsentArguments),
    /// Say what is consented to.
    #[command(after_help = "Example:\n  attune-agent consent list")]
    List,
}

/// What is known already when setting up.
#[derive(Args, Debug)]
pub struct SetupArguments {
    /// The MQTT broker of the collector, mqtt://HOST:PORT, as `attune-collector enrol` printed it.
    #[arg(long, value_name = "URL")]
    pub broker: Option<String>,
    /// The code that it printed. Left out, it is asked for: other users of this machine see what a command is called with.
    #[arg(long)]
    pub code: Option<String>,
    /// Take the answers from standard input, one a line, where it is no terminal.
    #[arg(long)]
    pub answers: bool,
}

/// What to do about the service.
#[derive(Subcommand, Debug)]
pub enum ServiceCommand {
    /// Install it for yourself (systemd, launchd), with this state folder and configuration, and start it.
    #[command(after_help = "Example:\n  attune-agent --config agent.toml service install")]
    Install,
    /// End it, and have it started no more; what was kept stays.
    #[command(after_help = "Example:\n  attune-agent service uninstall")]
    Uninstall,
    /// Say whether it is installed and runs.
    #[command(after_help = "Example:\n  attune-agent service status")]
    Status,
}

/// What to do about a phone.
#[derive(Subcommand, Debug)]
pub enum PhoneCommand {
    /// Say what to type into the Sensor Logger app, and wait 20 s whether the phone reaches this machine.
    #[command(after_help = "Example:\n  attune-agent phone setup --listen 0.0.0.0:8754")]
    Setup {
        /// Where is listened for the phone: an address and a port [default: that of the configuration, or 0.0.0.0:8754].
        #[arg(long, value_name = "ADDRESS")]
        listen: Option<String>,
    },
    /// Say what has come from it, and what was left out.
    #[command(after_help = "Example:\n  attune-agent phone status")]
    Status,
}

/// What to do about messages.
#[derive(Subcommand, Debug)]
pub enum MessagesCommand {
    /// Print the token by which a program hands messages over, and where; make one where there is none.
    #[command(after_help = "Example:\n  attune-agent messages token")]
    Token,
    /// End the token: no program hands messages over any more.
    #[command(after_help = "Example:\n  attune-agent messages revoke")]
    Revoke,
}

/// Consent to what.
#[derive(Args, Debug)]
pub struct ConsentArguments {
    /// face, voice, motion, heart, check-in, text or all; may be given more than once.
    #[arg(long = "modality", value_name = "MODALITY", required = true, value_parser = modalities)]
    pub modalities: Vec<Modalities>,
    /// own-view or wellbeing [default: both].
    #[arg(long, value_parser = purpose)]
    pub purpose: Option<Purpose>,
}

/// One modality or all.
#[derive(Clone, Debug)]
pub struct Modalities(pub Vec<Modality>);

fn modalities(name: &str) -> Result<Modalities, String> {
    match Modality::from_name(name) {
        Some(one) => Ok(Modalities(vec![one])),
        None if name == "all" => Ok(Modalities(Modality::ALL.to_vec())),
        None => Err("use face, voice, motion, heart, check-in, text or all".into()),
    }
}

fn purpose(name: &str) -> Result<Purpose, String> {
    match name {
        "own-view" => Ok(Purpose::OwnView),
        "wellbeing" => Ok(Purpose::Wellbeing),
        _ => Err("use own-view or wellbeing".into()),
    }
}

/// What is sensed.
#[derive(Args, Default, Debug)]
pub struct PlayArguments {
    /// A folder with recording.toml, which names a file for each modality.
    #[arg(long, value_name = "DIR")]
    recording: Option<PathBuf>,
    /// A folder of pictures, an .mjpeg file, or any video where ffmpeg is installed.
    #[arg(long, value_name = "PATH")]
    face: Option<PathBuf>,
    /// Pictures a second of --face [default: 10].
    #[arg(long)]
    fps: Option<f64>,
    /// A WAV, FLAC, MP3, OGG, M4A or WebM file, or a folder of them.
    #[arg(long, value_name = "PATH")]
    voice: Option<PathBuf>,
    /// Inertial samples as CSV, also .gz.
    #[arg(long, value_name = "FILE")]
    motion: Option<PathBuf>,
    /// Beats or rates as CSV, also .gz, or packets of a strap as .ble.csv.
    #[arg(long, value_name = "FILE")]
    heart: Option<PathBuf>,
    /// The description of the strap that a .ble.csv was captured from.
    #[arg(long, value_name = "FILE")]
    wearable: Option<PathBuf>,
    /// Where recordings begin on the time line: an RFC 3339 instant, `now`, or `file` for their own times.
    #[arg(long, value_name = "INSTANT")]
    start: Option<String>,
    /// Seconds at the beginning of a recording that are left out; may be given more than once.
    #[arg(long, value_name = "MODALITY=SECONDS")]
    skip: Vec<String>,
    /// A modality that is played again and again; may be given more than once.
    #[arg(long = "loop", value_name = "MODALITY")]
    looped: Vec<String>,
    /// How fast time passes: a number, or max for as fast as possible without dropping anything [default: 1].
    #[arg(long)]
    speed: Option<String>,
    /// Seconds after which everything ends that is sensed or played.
    #[arg(long, value_name = "SECONDS")]
    duration: Option<f64>,
}

/// What `run` does.
#[derive(Args, Default, Debug)]
pub struct RunArguments {
    /// What is sensed.
    #[command(flatten)]
    play: PlayArguments,
    /// End when all recordings have ended and the collector has acknowledged everything.
    #[arg(long)]
    until_sent: bool,
    /// Seconds from one sending to the next [default: 120].
    #[arg(long, value_name = "SECONDS")]
    uplink_every: Option<f64>,
    /// Tell of each durable window on standard output [default: off].
    #[arg(long, value_name = "FORMAT")]
    progress: Option<ProgressFormat>,
    /// For tests: append `device epoch seq` of every item to a file once it is durable.
    #[arg(long, value_name = "FILE")]
    journal: Option<PathBuf>,
}

impl Arguments {
    /// The flags that were given, as keys of the configuration.
    pub(super) fn flags(&self) -> Flags {
        let mut flags = Flags::default();
        flags.one("--state", "state", self.state.as_ref());
        flags.one("--models", "models", self.models.as_ref());
        flags.one("--profile", "profile", self.profile.as_ref());
        flags.one("--log", "log.level", self.log.as_ref());
        flags.one("--log-format", "log.format", self.log_format.map(name));
        match &self.command {
            Command::Run(run) => run.put(&mut flags),
            Command::Features { play, .. } => play.put(&mut flags),
            Command::Phone(PhoneCommand::Setup { listen }) => {
                flags.one("--listen", "phone.listen", listen.as_ref());
            }
            _ => {}
        }
        flags
    }
}

fn name(value: impl clap::ValueEnum) -> String {
    value.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
}

impl PlayArguments {
    fn put(&self, flags: &mut Flags) {
        flags.one("--recording", "play.recording", self.recording.as_ref());
        flags.one("--face", "play.face", self.face.as_ref());
        flags.one("--fps", "play.fps", self.fps.map(|fps| fps.to_string()));
        flags.one("--voice", "play.voice", self.voice.as_ref());
        flags.one("--motion", "play.motion", self.motion.as_ref());
        flags.one("--heart", "play.heart", self.heart.as_ref());
        flags.one("--wearable", "play.wearable", self.wearable.as_ref());
        flags.one("--start", "play.start", self.start.as_ref());
        flags.list("--skip", "play.skip", &self.skip);
        flags.list("--loop", "play.loop", &self.looped);
        flags.one("--speed", "play.speed", self.speed.as_ref());
        flags.one("--duration", "play.duration", self.duration.map(|seconds| seconds.to_string()));
    }
}

impl RunArguments {
    fn put(&self, flags: &mut Flags) {
        self.play.put(flags);
        flags.one("--until-sent", "play.until_sent", self.until_sent.then_some("true"));
        flags.one("--uplink-every", "uplink.every", self.uplink_every.map(|seconds| seconds.to_string()));
        flags.one("--progress", "play.progress", self.progress.map(name));
        flags.one("--journal", "play.journal", self.journal.as_ref());
    }
}
