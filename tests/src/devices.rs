//! Devices without hardware: a camera of files and a microphone that hears what is played.

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::process::Command;

use attune_analysis::decode::image::{Limits, decode};

use crate::binaries::repository;
use crate::left_out::{left_out, tool_for};
use crate::place::Place;
use crate::process::{self, Process};
use crate::recordings;
use crate::wait;

/// Pictures of the shipped recording that the camera gives, again and again.
const PICTURES: usize = 100;

/// A V4L2 camera that gives the face of the shipped recording, for a program that is started in its environment.
pub struct Camera {
    library: PathBuf,
    folder: PathBuf,
}

impl Camera {
    /// Compiles it; says that the test is left out where that cannot be done.
    ///
    /// # Panics
    /// When it does not compile.
    #[must_use]
    pub fn new(place: &Place, test: &str) -> Option<Self> {
        let compiler = tool_for(test, "cc")?;
        let (library, folder) = (place.join("camera.so"), place.join("camera"));
        let source = repository().join("tests/virtual-devices/camera.c");
        let mut compile = Command::new(compiler);
        compile.args(["-shared", "-fPIC", "-O1", "-Wall", "-Werror", "-o"]).arg(&library).arg(source).arg("-ldl");
        process::output(&mut compile);
        for (format, bytes) in
            [("MJPG", pictures()), ("YUYV", pictures().iter().take(20).map(|jpeg| yuyv(jpeg)).collect())]
        {
            std::fs::create_dir_all(folder.join(format)).expect("the test's folder can be written");
            for (number, picture) in bytes.into_iter().enumerate() {
                let file = folder.join(format).join(number.to_string());
                std::fs::write(file, picture).expect("the test's folder can be written");
            }
        }
        std::fs::write(folder.join("light"), "").expect("the test's folder can be written");
        let camera = Self { library, folder };
        camera.is("MJPG", "ok");
        Some(camera)
    }

    /// Behaves like this from now on, as `tests/virtual-devices/camera.c` describes.
    ///
    /// # Panics
    /// When its folder cannot be written.
    pub fn is(&self, format: &str, how: &str) {
        let new = self.folder.join("new");
        std::fs::write(&new, format!("{format} 320 240 {how}\n")).expect("the test's folder can be written");
        std::fs::rename(new, self.folder.join("state")).expect("the test's folder can be written");
    }

    /// Shows one colour in the place of its pictures, as a shutter does; or its pictures again.
    ///
    /// # Panics
    /// When its folder cannot be written.
    pub fn cover(&self, covered: bool) {
        let (shown, aside) = (self.folder.join("YUYV"), self.folder.join("aside"));
        if covered {
            std::fs::rename(&shown, aside).expect("the test's folder can be written");
            std::fs::create_dir(&shown).expect("the test's folder can be written");
            std::fs::write(shown.join("0"), [144, 128].repeat(320 * 240)).expect("the test's folder can be written");
        } else {
            std::fs::remove_dir_all(&shown).expect("the test's folder can be written");
            std::fs::rename(aside, shown).expect("the test's folder can be written");
        }
    }

    /// Whether a program has it open: its light.
    ///
    /// # Panics
    /// When its folder cannot be read.
    #[must_use]
    pub fn is_open(&self) -> bool {
        let light = File::open(self.folder.join("light")).expect("the light is there");
        matches!(light.try_lock(), Err(TryLockError::WouldBlock))
    }

    /// What the program's environment must hold.
    #[must_use]
    pub fn environment(&self) -> [(&str, &Path); 2] {
        [("LD_PRELOAD", self.library.as_path()), ("ATTUNE_CAMERA", self.folder.as_path())]
    }
}

fn pictures() -> Vec<Vec<u8>> {
    let film = std::fs::read(recordings::shipped().join("face.mjpeg")).expect("the shipped recording can be read");
    let mut begins: Vec<usize> =
        film.windows(3).enumerate().filter(|(_, three)| *three == [0xff, 0xd8, 0xff]).map(|(at, _)| at).collect();
    begins.truncate(PICTURES + 1);
    begins.windows(2).map(|two| film[two[0]..two[1]].to_vec()).collect()
}

/// A picture as YUYV by ITU-R BT.601 in its limited range.
fn yuyv(jpeg: &[u8]) -> Vec<u8> {
    let image = decode(jpeg, &Limits::DEFAULT).expect("the shipped recording is whole");
    let light = |[r, g, b]: [f64; 3]| 16.0 + (65.738 * r + 129.057 * g + 25.064 * b) / 256.0;
    let blue = |[r, g, b]: [f64; 3]| 128.0 + (-37.945 * r - 74.494 * g + 112.439 * b) / 256.0;
    let red = |[r, g, b]: [f64; 3]| 128.0 + (112.439 * r - 94.154 * g - 18.285 * b) / 256.0;
    let pixels: Vec<[f64; 3]> = image.pixels().map(|pixel| pixel.0.map(f64::from)).collect();
    pixels
        .chunks_exact(2)
        .flat_map(|two| [light(two[0]), blue(two[0]), light(two[1]), red(two[0])])
        .map(|v| v as u8)
        .collect()
}

/// A PulseAudio server with a sink that nobody hears, and its monitor as the microphone that ALSA names
/// `Attune test microphone`.
pub struct Microphone {
    folder: PathBuf,
    config: PathBuf,
    server: PathBuf,
    _process: Process,
    player: Option<Process>,
}

impl Microphone {
    /// Starts the server; says that the test is left out where it is not installed.
    ///
    /// # Panics
    /// When it does not start.
    #[must_use]
    pub fn new(place: &Place, test: &str) -> Option<Self> {
        let (pulse, _, _) = (tool_for(test, "pulseaudio")?, tool_for(test, "pactl")?, tool_for(test, "paplay")?);
        if !has_plugin() {
            left_out(test, "ALSA's plugin for PulseAudio (libasound2-plugins) is not installed");
            return None;
        }
        let folder = place.join("pulse");
        std::fs::create_dir(&folder).expect("the test's folder can be written");
        let socket = folder.join("socket");
        let server = PathBuf::from(format!("unix:{}", socket.display()));
        let mut command = Command::new(pulse);
        command.args(["-n", "--exit-idle-time=-1", "--use-pid-file=no", "--daemonize=no", "-L"]);
        command.arg(format!("module-native-protocol-unix auth-anonymous=1 socket={}", socket.display()));
        command.args(["-L", "module-null-sink sink_name=room rate=48000"]);
        command.env("HOME", &folder).env("XDG_RUNTIME_DIR", &folder).env("PULSE_COOKIE", "/dev/null");
        let process = Process::start(&mut command, &place.join("pulse.log"));
        let config = folder.join("asound.conf");
        let text = format!(
            "</usr/share/alsa/alsa.conf>\npcm.attune_test {{\n type pulse\n server \"{}\"\n device \"room.monitor\"\n \
             hint {{ show on description \"Attune test microphone\" }}\n}}\n",
            server.display()
        );
        std::fs::write(&config, text).expect("the test's folder can be written");
        let microphone = Self { folder, config, server, _process: process, player: None };
        wait::until("the sound server to answer", || {
            microphone
                .client("pactl")
                .args(["set-default-source", "room.monitor"])
                .status()
                .ok()?
                .success()
                .then_some(())
        });
        Some(microphone)
    }

    fn client(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.env("PULSE_SERVER", &self.server).env("HOME", &self.folder).env("XDG_RUNTIME_DIR", &self.folder);
        command.env("PULSE_COOKIE", "/dev/null");
        command
    }

    /// Plays a file that it hears from now on.
    pub fn hear(&mut self, sound: &Path) {
        let mut command = self.client("paplay");
        command.args(["-d", "room"]).arg(sound);
        self.player = Some(Process::start(&mut command, &self.folder.join("player.log")));
    }

    /// Asks the sound server for something.
    ///
    /// # Panics
    /// When it refuses.
    pub fn ask(&self, arguments: &[&str]) -> String {
        process::output(self.client("pactl").args(arguments))
    }

    /// Whether a program listens to it.
    #[must_use]
    pub fn is_open(&self) -> bool {
        !self.ask(&["list", "short", "source-outputs"]).trim().is_empty()
    }

    /// What the program's environment must hold.
    #[must_use]
    pub fn environment(&self) -> [(&str, &Path); 2] {
        [("ALSA_CONFIG_PATH", self.config.as_path()), ("PULSE_SERVER", self.server.as_path())]
    }
}

fn has_plugin() -> bool {
    let folders = std::fs::read_dir("/usr/lib").into_iter().flatten().flatten();
    let mut folders = folders.map(|entry| entry.path().join("alsa-lib"));
    folders.any(|folder| folder.join("libasound_module_pcm_pulse.so").exists())
}
