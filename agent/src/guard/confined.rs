//! What a running agent can do no more, whatever goes wrong in it: write anywhere but in its own folders, start another program,
//! or gain rights. The system holds it to that (Landlock, since Linux 5.13), from the thread that asks on and for all that it starts.

use std::path::{Path, PathBuf};

use landlock::{
    ABI, AccessFs, BitFlags, CompatLevel, Compatible as _, Ruleset, RulesetAttr, RulesetCreatedAttr, RulesetError,
    RulesetStatus, path_beneath_rules,
};
use tracing::{info, warn};

use super::Confines;

/// The rights that are taken away are those of this version; an older system takes away what it knows.
const KNOWN: ABI = ABI::V3;
/// Where devices are: a camera is opened to write what it is asked for, also one that is plugged in later. Nothing can be made
/// or shortened there. Below it lies `/dev/shm`, too, where files that others have made can be written as far as their
/// owners let: Landlock knows no exception.
const DEVICES: &str = "/dev";

/// Takes away what an agent does not need to sense. `folders` are its own; `starts_ffmpeg` says that a recording may need it.
///
/// Where the system does not know how, it is said and goes on: nothing else depends on it.
pub fn confine(folders: &[PathBuf], starts_ffmpeg: bool) {
    match confined(folders, starts_ffmpeg) {
        Ok(RulesetStatus::FullyEnforced) => {
            info!(starts_ffmpeg, "confined: this process writes to its own folders only, and gains no rights");
        }
        Ok(RulesetStatus::PartiallyEnforced) => {
            warn!("confined in part: this system is too old to keep this process from all that it does not need");
        }
        Ok(RulesetStatus::NotEnforced) => {
            warn!("not confined: this system cannot keep this process from writing elsewhere (Landlock, Linux 5.13)");
        }
        Err(error) => warn!(%error, "not confined: this process could write elsewhere"),
    }
}

/// How far this system can hold a process to its own folders.
#[must_use]
pub fn confines() -> Confines {
    let has = |version: ABI| {
        let whole = Ruleset::default().set_compatibility(CompatLevel::HardRequirement);
        whole.handle_access(AccessFs::from_write(version)).and_then(Ruleset::create).is_ok()
    };
    match has(KNOWN) {
        true => Confines::Whole,
        false if has(ABI::V1) => Confines::InPart,
        false => Confines::Not,
    }
}

fn confined(folders: &[PathBuf], starts_ffmpeg: bool) -> Result<RulesetStatus, RulesetError> {
    let writing = AccessFs::from_write(KNOWN);
    let starting = if starts_ffmpeg { BitFlags::EMPTY } else { AccessFs::Execute.into() };
    let rules = Ruleset::default().handle_access(writing | starting)?.create()?;
    let rules = rules.add_rules(path_beneath_rules(folders, writing))?;
    let rules = rules.add_rules(path_beneath_rules([Path::new(DEVICES)], AccessFs::WriteFile))?;
    // No new rights come with it.
    Ok(rules.restrict_self()?.ruleset)
}

#[cfg(test)]
mod tests {
    use std::fs::{self, File};
    use std::io::ErrorKind;
    use std::process::Command;

    use super::*;

    const FOLDER: &str = "ATTUNE_TEST_CONFINED_TO";

    /// Runs in a process of its own, which the test below starts.
    #[test]
    #[ignore = "it confines the process that runs it"]
    fn confined_process() {
        let folder = PathBuf::from(std::env::var_os(FOLDER).expect("the other test says where"));
        let (own, elsewhere) = (folder.join("own"), folder.join("frame.png"));
        if confined(std::slice::from_ref(&own), false).expect("rules that can be") == RulesetStatus::NotEnforced {
            eprintln!("this system has no Landlock");
            return;
        }
        let denied =
            |result: std::io::Result<()>| result.err().map(|error| error.kind()) == Some(ErrorKind::PermissionDenied);
        let inside = || -> std::io::Result<()> {
            fs::create_dir(own.join("outbox"))?;
            fs::write(own.join("outbox/next"), "kept")?;
            fs::rename(own.join("outbox/next"), own.join("status"))?;
            fs::remove_file(own.join("status"))
        };
        inside().expect("its own folder is written as ever");
        assert!(denied(fs::write(&elsewhere, "a frame")), "a new file elsewhere");
        assert!(denied(fs::write(folder.join("there"), "a frame")), "a file that was there");
        assert!(denied(fs::create_dir(folder.join("frames"))), "a folder");
        assert!(denied(fs::write("/dev/shm/attune-frame", "a frame")), "memory that others share");
        assert!(denied(std::os::unix::fs::symlink("/", folder.join("link"))), "a link");
        assert_eq!(fs::read_to_string(folder.join("there")).expect("reading goes on"), "before");
        File::options().write(true).open("/dev/null").expect("a device is opened to write");
        let started = Command::new("/bin/true").status();
        assert!(started.is_err_and(|error| error.kind() == ErrorKind::PermissionDenied), "another program");
        // What it starts is confined, too.
        let attempt = std::thread::spawn(move || fs::write(elsewhere, "a frame"));
        assert!(denied(attempt.join().expect("it ends")), "another thread");
        eprintln!("held");
    }

    #[test]
    fn not_even_a_deliberate_attempt_writes_a_frame_elsewhere() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("own")).unwrap();
        fs::write(folder.path().join("there"), "before").unwrap();
        let mut child = Command::new(std::env::current_exe().unwrap());
        child.args(["--exact", "guard::confined::tests::confined_process", "--ignored", "--nocapture"]);
        let output = child.env(FOLDER, folder.path()).output().unwrap();
        let printed = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{}{printed}", String::from_utf8_lossy(&output.stdout));
        assert!(printed.contains("held") || printed.contains("this system has no Landlock"), "{printed}");
        let left = fs::read_dir(folder.path()).unwrap().count();
        assert_eq!(left, 2, "nothing was made beside the folder");
    }
}
