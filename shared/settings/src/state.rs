use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// The folder in which a program keeps its state where none is named: the platform's own, the same from wherever the
/// program is started.
///
/// A service has `/var/lib/attune`: one whose manager says where (`STATE_DIRECTORY`, as systemd sets it for
/// `StateDirectory=attune`), or that runs for no user. A user has `$XDG_STATE_HOME/attune` (`~/.local/state/attune`), on
/// macOS `~/Library/Application Support/Attune`; Windows has `%ProgramData%\Attune`.
#[must_use]
pub fn state_folder(program: &str) -> PathBuf {
    folder(std::env::consts::OS, |name| std::env::var_os(name)).join(program)
}

fn folder(system: &str, variable: impl Fn(&str) -> Option<OsString>) -> PathBuf {
    let set = |name| variable(name).filter(|value| !value.is_empty());
    if system == "windows" {
        return PathBuf::from(set("ProgramData").unwrap_or_else(|| r"C:\ProgramData".into())).join("Attune");
    }
    if let Some(folders) = set("STATE_DIRECTORY") {
        // There may be several; the first is ours.
        return folders.to_string_lossy().split(':').next().unwrap_or_default().into();
    }
    let Some(home) = set("HOME").map(PathBuf::from).filter(|home| home.is_absolute()) else {
        return Path::new("/var/lib/attune").to_owned();
    };
    if system == "macos" {
        return home.join("Library/Application Support/Attune");
    }
    let state = set("XDG_STATE_HOME").map(PathBuf::from).filter(|state| state.is_absolute());
    state.unwrap_or_else(|| home.join(".local/state")).join("attune")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_platform_has_its_own_place_and_a_service_another() {
        for (system, variables, place) in [
            ("linux", &[("HOME", "/home/zoe")][..], "/home/zoe/.local/state/attune"),
            ("linux", &[("HOME", "/home/zoe"), ("XDG_STATE_HOME", "/s")], "/s/attune"),
            ("linux", &[("HOME", "/home/zoe"), ("XDG_STATE_HOME", "relative")], "/home/zoe/.local/state/attune"),
            ("linux", &[("HOME", "/root"), ("STATE_DIRECTORY", "/var/lib/attune:/x")], "/var/lib/attune"),
            ("linux", &[], "/var/lib/attune"),
            ("linux", &[("HOME", "")], "/var/lib/attune"),
            ("macos", &[("HOME", "/Users/zoe")], "/Users/zoe/Library/Application Support/Attune"),
        ] {
            let found = folder(system, |name| {
                variables.iter().find(|(set, _)| *set == name).map(|(_, value)| OsString::from(value))
            });
            assert_eq!(found, Path::new(place), "{system} {variables:?}");
        }
        assert!(folder("windows", |_| None).ends_with("Attune"));
        assert!(state_folder("agent").ends_with("agent"));
    }
}
