//! What nokhwa says, as a reason and as what a person can do. It passes the system's numbers on in its texts only.

use attune_protocol::record::Gap;
use nokhwa::NokhwaError;

use super::super::live::Trouble;

/// Why a camera did not open, or gives nothing more. `name` is what it calls itself.
pub(super) fn of(name: &str, error: &NokhwaError) -> Trouble {
    let text = error.to_string();
    match code(&text) {
        // EBUSY
        Some(16) => Trouble::new(Gap::InUse, format!("another program has the camera {name}: it is tried again")),
        // EPERM, EACCES
        Some(1 | 13) => not_allowed(name),
        // ENOENT, EIO, ENXIO, ENODEV, EPROTO
        Some(2 | 5 | 6 | 19 | 71) => {
            Trouble::new(Gap::DeviceGone, format!("the camera {name} is unplugged, or does not answer"))
        }
        // ENOSPC: the bus has no room for the pictures
        Some(28) => Trouble::new(
            Gap::DeviceGone,
            format!("the USB bus is too busy for the camera {name}: plug it, or another device, into another port"),
        ),
        // What Windows says where its privacy setting is off.
        _ if text.contains("0x80070005") => not_allowed(name),
        _ => Trouble::new(Gap::DeviceGone, format!("the camera {name} could not be used ({text})")),
    }
}

/// Whether another format would fare no better.
pub(super) fn is_final(error: &NokhwaError) -> bool {
    matches!(code(&error.to_string()), Some(1 | 2 | 5 | 6 | 13 | 16 | 19 | 71))
}

fn code(text: &str) -> Option<i32> {
    text.split_once("(os error ").and_then(|(_, rest)| rest.split_once(')')?.0.parse().ok())
}

fn not_allowed(name: &str) -> Trouble {
    let what = match std::env::consts::OS {
        "linux" => "let this user into the group 'video' (usermod -aG video NAME) and log in anew",
        "macos" => "allow it in System Settings, Privacy & Security, Camera",
        "windows" => "allow it in Settings, Privacy & security, Camera: let desktop apps use it",
        _ => "allow it in the system's settings",
    };
    Trouble::new(Gap::NotAllowed, format!("the system does not let the agent use the camera {name}: {what}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_system_s_number_decides_and_each_reason_says_what_to_do() {
        let open = |error: &str| NokhwaError::OpenDeviceError("0".into(), format!("V4L2 Error: {error}"));
        let set = |error: &str| NokhwaError::SetPropertyError {
            property: "Resolution, FrameFormat".into(),
            value: "640x480".into(),
            error: error.into(),
        };
        for (error, gap, word) in [
            (set("Device or resource busy (os error 16)"), Gap::InUse, "another program"),
            (
                NokhwaError::ReadFrameError("Device or resource busy (os error 16)".into()),
                Gap::InUse,
                "another program",
            ),
            (open("Permission denied (os error 13)"), Gap::NotAllowed, "group"),
            (open("No such file or directory (os error 2)"), Gap::DeviceGone, "unplugged"),
            (NokhwaError::ReadFrameError("Input/output error (os error 5)".into()), Gap::DeviceGone, "unplugged"),
            (NokhwaError::ReadFrameError("No space left on device (os error 28)".into()), Gap::DeviceGone, "USB"),
            (set("Failed to Fufill"), Gap::DeviceGone, "Fufill"),
        ] {
            let trouble = of("HD Webcam", &error);
            assert_eq!(trouble.gap, Some(gap), "{error}");
            assert!(trouble.why.contains(word) && trouble.why.contains("HD Webcam"), "{}", trouble.why);
        }
    }
}
