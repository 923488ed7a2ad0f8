//! The state folder, its disk, and the clock.

use std::path::Path;

use jiff::{SignedDuration, Timestamp};

use super::finding::Finding::{self, Fine, Note, Wrong};
use crate::files;
use crate::guard::Confines;

/// With less than this free what is sensed is soon lost, bytes.
#[cfg(unix)]
const LEAST_FREE: u64 = 64 << 20;
/// No clock that is right says less, Unix seconds: the beginning of 2026.
const BUILT_AFTER: i64 = 1_767_225_600;
/// Records of a clock that is off by more are refused.
const MOST_OFF: SignedDuration = SignedDuration::from_hours(24);

/// Whether the agent can be kept from writing anywhere else.
pub(super) fn confinement(confines: Confines) -> Finding {
    match confines {
        Confines::Whole => Fine("the system keeps the agent that runs from writing anywhere but in its own folders".into()),
        Confines::InPart => Note(
            "this system is too old to keep the agent that runs from all that it does not need: Linux 6.2 and later do".into(),
        ),
        Confines::Not => Note(
            "this system does not keep the agent that runs from writing elsewhere: Linux with Landlock does (5.13 and later, \
             where 'landlock' stands in /sys/kernel/security/lsm)"
                .into(),
        ),
    }
}

/// Whether the folder can be written, is closed to others and has room.
pub(super) fn look(state: &Path) -> Vec<Finding> {
    if !state.exists() {
        return vec![Note(format!(
            "there is no state folder yet at {}: 'attune-agent enrol' makes it",
            state.display()
        ))];
    }
    let mut found = vec![writable(state)];
    #[cfg(unix)]
    found.extend([closed(state), room(state)]);
    found
}

fn writable(state: &Path) -> Finding {
    let probe = state.join("doctor");
    let tried = files::new_private(&probe).and_then(|_| files::destroy(&probe));
    match tried {
        Ok(()) => Fine(format!("the state folder {} can be written", state.display())),
        Err(problem) => Wrong(
            format!("the state folder cannot be written: failed to {problem}"),
            "make it yours, or name another with --state".into(),
        ),
    }
}

#[cfg(unix)]
fn closed(state: &Path) -> Finding {
    use std::os::unix::fs::MetadataExt;
    let user = rustix::process::geteuid().as_raw();
    match std::fs::metadata(state) {
        Ok(there) if there.uid() != user => Wrong(
            "the state folder belongs to another user".into(),
            "run the agent as that user, or name another --state".into(),
        ),
        Ok(there) if there.mode() & 0o077 != 0 => Wrong(
            format!("others of this machine can enter the state folder (mode {:o})", there.mode() & 0o777),
            format!("chmod 700 {}", state.display()),
        ),
        Ok(_) => Fine("the state folder is closed to others".into()),
        Err(problem) => Wrong(format!("the state folder cannot be looked at: {problem}"), "see who owns it".into()),
    }
}

#[cfg(unix)]
fn room(state: &Path) -> Finding {
    match rustix::fs::statvfs(state) {
        Ok(disk) => {
            let free = disk.f_bavail.saturating_mul(disk.f_frsize);
            let said = format!("{} MiB are free on the disk of the state folder", free >> 20);
            match free < LEAST_FREE {
                true => Wrong(said, "make room: with a full disk nothing more is kept".into()),
                false => Fine(said),
            }
        }
        Err(problem) => Note(format!("the system does not say how much room there is: {problem}")),
    }
}

/// Whether the clock can be right, by what the collector said last.
pub(super) fn clock(now: Timestamp, said_millis: Option<i64>) -> Finding {
    let todo = "have the system set its clock (timedatectl set-ntp true)";
    let said = said_millis.filter(|said| *said > 0).and_then(|said| Timestamp::from_millisecond(said).ok());
    match said {
        _ if now.as_second() < BUILT_AFTER => {
            Wrong(format!("the clock says {now:.0}, which is long past"), todo.into())
        }
        Some(said) if now.duration_until(said) > MOST_OFF => {
            Wrong(format!("the clock says {now:.0}, but the collector's said {said:.0} already"), todo.into())
        }
        _ => Fine(format!("the clock says {now:.0}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_is_behind_what_was_heard_is_wrong_and_one_that_may_be_right_is_not() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let now = at("2026-03-02T12:00:00Z");
        let wrong =
            |now, said: Option<&str>| matches!(clock(now, said.map(|said| at(said).as_millisecond())), Wrong(..));
        assert!(wrong(at("1970-01-01T00:10:00Z"), None));
        assert!(wrong(now, Some("2026-03-04T12:00:00Z")));
        assert!(!wrong(now, Some("2026-03-02T13:00:00Z")) && !wrong(now, Some("2026-01-02T13:00:00Z")));
        assert!(!wrong(now, None) && matches!(clock(now, Some(0)), Fine(_)));
    }

    #[test]
    fn a_system_that_cannot_confine_the_agent_is_told_and_is_nobody_s_fault() {
        assert!(matches!(confinement(Confines::Whole), Fine(_)));
        assert!(matches!(confinement(Confines::InPart), Note(what) if what.contains("6.2")));
        assert!(matches!(confinement(Confines::Not), Note(what) if what.contains("Landlock")));
    }

    #[cfg(unix)]
    #[test]
    fn a_folder_that_others_can_enter_is_wrong_and_one_that_is_not_there_is_not() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let state = folder.path().join("state");
        assert!(matches!(look(&state)[..], [Note(_)]));
        files::private_folder(&state).unwrap();
        assert!(look(&state).iter().all(|finding| matches!(finding, Fine(_))));
        assert_eq!(std::fs::read_dir(&state).unwrap().count(), 0, "nothing is left of looking");
        std::fs::set_permissions(&state, std::fs::Permissions::from_mode(0o755)).unwrap();
        assert!(matches!(&look(&state)[1], Wrong(_, todo) if todo.contains("chmod 700")));
    }
}
