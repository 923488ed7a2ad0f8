use attune_protocol::record::Gap;
use cpal::ErrorKind;

use super::super::live::Trouble;

/// Why a microphone did not open, or gives nothing more. `name` is what it calls itself.
pub(super) fn of(name: &str, kind: ErrorKind) -> Trouble {
    match kind {
        ErrorKind::DeviceBusy => {
            Trouble::new(Gap::InUse, format!("another program has the microphone {name}: it is tried again"))
        }
        ErrorKind::PermissionDenied => {
            let what = match std::env::consts::OS {
                "linux" => "let this user into the group 'audio' (usermod -aG audio NAME) and log in anew",
                "macos" => "allow it in System Settings, Privacy & Security, Microphone",
                "windows" => "allow it in Settings, Privacy & security, Microphone: let desktop apps use it",
                _ => "allow it in the system's settings",
            };
            let why = format!("the system does not let the agent use the microphone {name}: {what}");
            Trouble::new(Gap::NotAllowed, why)
        }
        kind => {
            let said = kind.to_string();
            let said = said.trim_end_matches('.');
            Trouble::new(Gap::DeviceGone, format!("the microphone {name} is unplugged, or cannot be used ({said})"))
        }
    }
}

/// Whether sound goes on after it was said: then it is counted, and nothing is opened anew for it.
pub(super) fn is_harmless(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::Xrun | ErrorKind::DeviceChanged | ErrorKind::RealtimeDenied)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_of_error_has_its_reason() {
        let of = |kind| of("Yeti", kind).gap;
        assert_eq!(of(ErrorKind::DeviceBusy), Some(Gap::InUse));
        assert_eq!(of(ErrorKind::PermissionDenied), Some(Gap::NotAllowed));
        assert_eq!(of(ErrorKind::DeviceNotAvailable), Some(Gap::DeviceGone));
        assert_eq!(of(ErrorKind::StreamInvalidated), Some(Gap::DeviceGone));
        assert!(is_harmless(ErrorKind::Xrun) && !is_harmless(ErrorKind::StreamInvalidated));
    }
}
