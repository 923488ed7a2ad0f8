use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::str::FromStr;

use attune_protocol::policy::Profile;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Everything that can be set. Paths are relative to the folder that the agent is started in.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The state folder: identity, outbox, consent. Once read it is never empty: that stands for the platform's own.
    pub state: PathBuf,
    /// The folder of the networks and their manifest; empty: those inside the program.
    pub models: PathBuf,
    /// What may leave the device, whatever the person agreed to.
    pub profile: Profile,
    /// What is logged.
    pub log: LogConfig,
    /// The camera.
    pub camera: CameraConfig,
    /// The microphone.
    pub microphone: MicrophoneConfig,
    /// Wearables.
    pub bluetooth: BluetoothConfig,
    /// An accelerometer in the machine.
    pub iio: IioConfig,
    /// A phone, and a watch that is connected with it.
    pub phone: PhoneConfig,
    /// How much of the machine sensing may take.
    pub footprint: FootprintConfig,
    /// What is played in the place of devices.
    pub play: PlayConfig,
    /// How records are sent.
    pub uplink: UplinkConfig,
    /// How much is kept.
    pub outbox: OutboxConfig,
    /// How much the person keeps for themselves.
    pub own: OwnConfig,
    /// The person's own page.
    pub page: PageConfig,
    /// When the person is asked how they are.
    pub check_in: CheckInConfig,
}

/// What is logged, to standard error.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LogConfig {
    /// Levels, as `tracing_subscriber::EnvFilter` reads them.
    pub level: String,
    /// For people or for machines.
    pub format: LogFormat,
}

/// How log lines look.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    Text,
    /// One object a line.
    Json,
}

/// How progress looks, on standard output.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum ProgressFormat {
    /// None.
    Off,
    /// One object for each durable window.
    Json,
}

/// The camera, where no recording is played.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CameraConfig {
    /// Which one.
    pub device: Choice,
    /// Pictures a second that are looked at.
    pub fps: f64,
}

/// The microphone, where no recording is played.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MicrophoneConfig {
    /// Which one.
    pub device: Choice,
}

/// Wearables, where no recording is played.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BluetoothConfig {
    /// Which of those that were paired.
    pub device: Choice,
}

/// An accelerometer in the machine, as Linux shows it.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IioConfig {
    /// Which one.
    pub accelerometer: Choice,
    /// Where the machine's files begin.
    pub root: PathBuf,
}

/// How much of the machine sensing may take, where no recording is played.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FootprintConfig {
    /// Per cent of one core; on battery half of it.
    pub share: f64,
    /// Where the machine's files begin.
    pub root: PathBuf,
}

/// A phone that sends what its sensors say, and those of a watch that is connected with it.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PhoneConfig {
    /// Where is listened for it: an address and a port, or `off`.
    pub listen: String,
    /// Seconds that what it senses may come late: so long every window of it waits.
    pub late: f64,
}

impl PhoneConfig {
    /// Where is listened, if anywhere.
    #[must_use]
    pub fn address(&self) -> Option<SocketAddr> {
        self.listen.parse().ok()
    }
}

/// Which device of a kind is sensed.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum Choice {
    /// The one that this machine has; of several the one that fits best.
    On,
    /// None.
    Off,
    /// The one that has this in its name, whatever else there is, or this number in the list of devices.
    Named(String),
}

impl From<String> for Choice {
    fn from(text: String) -> Self {
        match text.as_str() {
            "on" => Self::On,
            "off" => Self::Off,
            _ => Self::Named(text),
        }
    }
}

impl From<Choice> for String {
    fn from(choice: Choice) -> Self {
        match choice {
            Choice::On => "on".into(),
            Choice::Off => "off".into(),
            Choice::Named(name) => name,
        }
    }
}

/// Recordings that are played in the place of devices, and how they are laid on the time line.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlayConfig {
    /// A folder with `recording.toml`.
    pub recording: Option<PathBuf>,
    /// Pictures or a video.
    pub face: Option<PathBuf>,
    /// Pictures a second.
    pub fps: f64,
    /// Sound.
    pub voice: Option<PathBuf>,
    /// Inertial samples.
    pub motion: Option<PathBuf>,
    /// Beats.
    pub heart: Option<PathBuf>,
    /// Description of the strap that a `.ble.csv` was captured from; the standard one is built in.
    pub wearable: Option<PathBuf>,
    /// `now`, `file` or an RFC 3339 instant.
    pub start: Option<String>,
    /// `MODALITY=SECONDS` that are left out at the beginning.
    pub skip: Vec<String>,
    /// Modalities that are played again and again.
    #[serde(rename = "loop")]
    pub looped: Vec<String>,
    /// How fast time passes.
    pub speed: Speed,
    /// Seconds on the time line after which all recordings end.
    pub duration: Option<f64>,
    /// Whether the agent ends when all recordings have ended and everything is acknowledged.
    pub until_sent: bool,
    /// What is told on standard output.
    pub progress: ProgressFormat,
    /// Where keys are written after each flush; for tests.
    pub journal: Option<PathBuf>,
}

/// How records are sent.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UplinkConfig {
    /// Another broker than the one that the device was enrolled over, `mqtt://HOST:PORT`.
    pub broker: Option<String>,
    /// Seconds from one sending to the next.
    pub every: f64,
    /// Seconds that an acknowledgement may take before a batch is sent again, the first time.
    pub patience: f64,
    /// The longest pause between two tries to connect, seconds.
    pub longest_pause: f64,
    /// The most batches without an acknowledgement.
    pub in_flight: usize,
}

/// How much is kept.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OutboxConfig {
    /// Bytes of all items that wait.
    pub max_bytes: u64,
    /// Days that an item may wait.
    pub max_age_days: f64,
}

/// How much the person keeps for themselves on this device: today's scores, and what was sent.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OwnConfig {
    /// Days with something in them; 0: nothing is kept.
    pub days: u32,
    /// Bytes of all of it.
    pub max_bytes: u64,
}

/// The person's own page, served by the agent that runs.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PageConfig {
    /// Whether it is there.
    pub on: bool,
    /// Its port on 127.0.0.1; 0: any that is free.
    pub port: u16,
}

/// When the person is asked how they are. Nobody is asked who did not say when.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CheckInConfig {
    /// Times of the day in the person's own zone, as `11:00`; empty: never.
    pub remind: Vec<String>,
    /// Days on which they are asked, `mon` to `sun`.
    pub days: Vec<String>,
    /// Whether the screen shows a notice, too.
    pub notify: bool,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            state: PathBuf::new(),
            models: PathBuf::new(),
            profile: Profile::default(),
            log: LogConfig { level: "info".into(), format: LogFormat::Text },
            camera: CameraConfig { device: Choice::On, fps: 10.0 },
            microphone: MicrophoneConfig { device: Choice::On },
            bluetooth: BluetoothConfig { device: Choice::On },
            iio: IioConfig { accelerometer: Choice::On, root: PathBuf::from("/") },
            phone: PhoneConfig { listen: "off".into(), late: 300.0 },
            footprint: FootprintConfig { share: 10.0, root: PathBuf::from("/") },
            play: PlayConfig {
                recording: None,
                face: None,
                fps: 10.0,
                voice: None,
                motion: None,
                heart: None,
                wearable: None,
                start: None,
                skip: Vec::new(),
                looped: Vec::new(),
                speed: Speed::Times(1.0),
                duration: None,
                until_sent: false,
                progress: ProgressFormat::Off,
                journal: None,
            },
            uplink: UplinkConfig { broker: None, every: 120.0, patience: 15.0, longest_pause: 30.0, in_flight: 4 },
            outbox: OutboxConfig { max_bytes: 32 << 20, max_age_days: 30.0 },
            own: OwnConfig { days: 14, max_bytes: 64 << 20 },
            page: PageConfig { on: true, port: 0 },
            check_in: CheckInConfig {
                remind: Vec::new(),
                days: ["mon", "tue", "wed", "thu", "fri"].map(str::to_owned).into(),
                notify: true,
            },
        }
    }
}

/// How fast time passes on the time line.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Speed {
    /// This many times as fast as the clock; frames are dropped when the machine cannot keep up.
    Times(f64),
    /// As fast as the machine can, dropping nothing.
    Max,
}

impl FromStr for Speed {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "max" {
            return Ok(Self::Max);
        }
        let times = text.parse().ok().filter(|times| (0.01..=1000.0).contains(times));
        times.map(Self::Times).ok_or_else(|| "expected max or a number from 0.01 to 1000".into())
    }
}

impl fmt::Display for Speed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Times(times) => write!(f, "{times}"),
            Self::Max => f.write_str("max"),
        }
    }
}

impl Serialize for Speed {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Times(times) => serializer.serialize_f64(*times),
            Self::Max => serializer.serialize_str("max"),
        }
    }
}

impl<'de> Deserialize<'de> for Speed {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl serde::de::Visitor<'_> for Visitor {
            type Value = Speed;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("max or a number from 0.01 to 1000")
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Speed, E> {
                text.parse().map_err(E::custom)
            }

            fn visit_f64<E: serde::de::Error>(self, times: f64) -> Result<Speed, E> {
                self.visit_str(&times.to_string())
            }

            fn visit_i64<E: serde::de::Error>(self, times: i64) -> Result<Speed, E> {
                self.visit_str(&times.to_string())
            }

            fn visit_u64<E: serde::de::Error>(self, times: u64) -> Result<Speed, E> {
                self.visit_str(&times.to_string())
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}
