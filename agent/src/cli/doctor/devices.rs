//! Which devices would be sensed, and whether the system lets this user have them: by the files through which Linux gives
//! them, none of which is opened for longer than that takes.

use std::fs::{self, File};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::finding::Finding::{self, Fine, Note, Wrong};
use crate::config::Config;
use crate::sensors::devices::{self, Kind};

pub(super) fn look(config: &Config) -> Vec<Finding> {
    let mut findings: Vec<Finding> = devices::list(config).iter().map(chosen).collect();
    findings.extend(permitted());
    findings
}

fn chosen(kind: &Kind) -> Finding {
    let what = format!("{}: {}", kind.kind, kind.choice);
    if kind.devices.iter().any(|device| device.chosen) { Fine(what) } else { Note(what) }
}

fn permitted() -> Vec<Finding> {
    if cfg!(not(target_os = "linux")) {
        return vec![Note(
            "what the system lets the agent have of camera and microphone stands in its privacy settings".into(),
        )];
    }
    let bus = std::env::var("DBUS_SYSTEM_BUS_ADDRESS").ok();
    let bus = bus.as_deref().and_then(|address| address.strip_prefix("unix:path=")).map(PathBuf::from);
    vec![
        of("camera", Path::new("/dev"), "video", "video"),
        of("microphone", Path::new("/dev/snd"), "pcm", "audio"),
        bluetooth(&bus.unwrap_or_else(|| "/run/dbus/system_bus_socket".into())),
    ]
}

/// Whether one of the files in a folder whose names begin so can be had.
fn of(what: &str, folder: &Path, begins: &str, group: &str) -> Finding {
    let entries = fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok);
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    paths.retain(|path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(begins)));
    paths.sort();
    let mut refused = None;
    for path in &paths {
        match File::open(path) {
            Err(error) if error.kind() == ErrorKind::PermissionDenied => refused = Some(path),
            // Another program may have it just now.
            Ok(_) | Err(_) => return Fine(format!("{what}: {} can be had", path.display())),
        }
    }
    match refused {
        Some(path) => Wrong(
            format!("{what}: the system does not let you have {}", path.display()),
            format!("add yourself to the group {group} (sudo usermod -aG {group} $USER) and sign in anew"),
        ),
        None => Note(format!("{what}: the system shows none in {}", folder.display())),
    }
}

fn bluetooth(bus: &Path) -> Finding {
    match bus.exists() {
        true => Fine("Bluetooth: the system bus is there".into()),
        false => Note(format!("Bluetooth: there is no system bus at {}, so no wearable can be reached", bus.display())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Choice;

    #[test]
    fn what_is_there_what_is_not_and_what_is_refused_are_three_things() {
        let folder = tempfile::tempdir().unwrap();
        let look = || of("camera", folder.path(), "video", "video");
        assert!(matches!(look(), Note(_)));
        fs::write(folder.path().join("audio0"), "").unwrap();
        assert!(matches!(look(), Note(_)));
        fs::write(folder.path().join("video0"), "").unwrap();
        assert!(matches!(look(), Fine(what) if what.contains("video0")));
        assert!(matches!(bluetooth(&folder.path().join("none")), Note(_)));
        assert!(matches!(bluetooth(folder.path()), Fine(_)));
    }

    #[test]
    fn what_would_be_sensed_is_said_with_its_reason() {
        let folder = tempfile::tempdir().unwrap();
        let mut config = Config { state: folder.path().into(), ..Config::default() };
        (config.iio.accelerometer, config.iio.root) = (Choice::On, folder.path().into());
        let says = |config: &Config, what: &str| {
            let is_it = |finding: &Finding| matches!(finding, Fine(said) | Note(said) if said.starts_with(what));
            look(config).into_iter().find(is_it).unwrap()
        };
        assert!(matches!(says(&config, "accelerometer"), Note(_)));
        let device = folder.path().join("sys/bus/iio/devices/iio:device0");
        fs::create_dir_all(&device).unwrap();
        let axes = ["in_accel_x_raw", "in_accel_y_raw", "in_accel_z_raw"].map(|axis| (axis, "100"));
        for (name, text) in [("name", "bma2x2"), ("in_accel_scale", "0.01")].into_iter().chain(axes) {
            fs::write(device.join(name), text).unwrap();
        }
        assert!(matches!(says(&config, "accelerometer"), Fine(said) if said.contains("bma2x2")));
    }
}
