use attune_protocol::record::Gap;
use btleplug::Error;

use super::link::Failure;

/// Why there is no Bluetooth on this machine.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Trouble {
    /// No system bus.
    NoBus,
    /// Nobody on the bus who does Bluetooth.
    NoService,
    /// The system does not let this user.
    NotAllowed,
    /// No adapter.
    NoAdapter,
    /// The adapter is switched off.
    Off,
    /// The system failed otherwise.
    Failed,
}

impl Trouble {
    /// Told by what the system says.
    pub(super) fn of(error: &Error) -> Self {
        match error {
            Error::PermissionDenied => return Self::NotAllowed,
            Error::NoAdapterAvailable => return Self::NoAdapter,
            _ => {}
        }
        // The library does not say it otherwise than in words; those of D-Bus are names that stay.
        let text = format!("{error:?}");
        let says = |name: &str| text.contains(name);
        if says("DBus.Error.FileNotFound") || says("DBus.Error.NoServer") || says("DBus.Error.Disconnected") {
            Self::NoBus
        } else if says("ServiceUnknown") || says("NameHasNoOwner") || says("DBus.Error.Spawn") {
            Self::NoService
        } else if says("AccessDenied") || says("NotAuthorized") {
            Self::NotAllowed
        } else if says("bluez.Error.NotReady") {
            Self::Off
        } else {
            Self::Failed
        }
    }

    /// What is wrong, and what to do.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::NoBus => {
                "there is no system bus, over which Bluetooth is reached: install and start D-Bus (on Debian the package dbus), \
                 or leave Bluetooth out with bluetooth.device = \"off\""
            }
            Self::NoService => {
                "no Bluetooth service runs: install BlueZ (on Debian the package bluez) and run 'systemctl enable --now \
                 bluetooth'"
            }
            Self::NotAllowed => {
                "this system does not let you use Bluetooth: on Linux add yourself to the group bluetooth and log in again, on \
                 macOS allow it in the privacy settings"
            }
            Self::NoAdapter => {
                "this machine has no Bluetooth adapter: plug one in, or see whether it is blocked ('rfkill list')"
            }
            Self::Off => "Bluetooth is switched off: switch it on in this system's settings ('bluetoothctl power on')",
            Self::Failed => {
                "Bluetooth does not answer as it should: switch it off and on again in this system's settings"
            }
        }
    }

    /// What a record says of time in which this is so.
    pub(super) const fn gap(self) -> Gap {
        match self {
            Self::NoBus | Self::NoService | Self::NoAdapter | Self::Failed => Gap::DeviceGone,
            Self::NotAllowed | Self::Off => Gap::NotAllowed,
        }
    }
}

/// Why something with a wearable did not go well.
pub(super) fn failure(error: &Error) -> Failure {
    match error {
        Error::PermissionDenied => return Failure::NotAllowed,
        Error::NotConnected | Error::DeviceNotFound => return Failure::NotConnected,
        Error::TimedOut(_) => return Failure::TimedOut,
        Error::NoSuchCharacteristic => return Failure::Missing,
        _ => {}
    }
    let text = format!("{error:?}");
    let says = |name: &str| text.contains(name);
    if says("abort-by-local") || says("ConnectionAttemptFailed") {
        Failure::Aborted
    } else if says("InProgress") || says("AlreadyConnected") {
        Failure::UnderWay
    } else if says("NotConnected") || says("Not connected") || says("UnknownObject") || says("UnknownMethod") {
        Failure::NotConnected
    } else if says("NoReply") || says("TimedOut") || says("Timeout") {
        Failure::TimedOut
    } else if says("NotPermitted") || says("NotAuthorized") || says("AuthenticationFailed") || says("AccessDenied") {
        Failure::NotAllowed
    } else {
        Failure::Other
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str) -> Error {
        Error::RuntimeError(text.to_owned())
    }

    #[test]
    fn what_the_system_says_is_told_apart() {
        let cases = [
            ("D-Bus error: Failed to connect (org.freedesktop.DBus.Error.FileNotFound)", Trouble::NoBus),
            ("D-Bus error: was not provided (org.freedesktop.DBus.Error.ServiceUnknown)", Trouble::NoService),
            ("D-Bus error: no (org.freedesktop.DBus.Error.AccessDenied)", Trouble::NotAllowed),
            ("D-Bus error: Resource Not Ready (org.bluez.Error.NotReady)", Trouble::Off),
            ("something new", Trouble::Failed),
        ];
        for (text, trouble) in cases {
            assert_eq!(Trouble::of(&said(text)), trouble, "{text}");
        }
        assert_eq!(Trouble::Off.gap(), Gap::NotAllowed);
        assert!(Trouble::NoBus.words().contains("bluetooth.device = \"off\""), "a key that there is");
    }

    #[test]
    fn what_a_wearable_fails_in_is_told_apart() {
        let cases = [
            ("D-Bus error: le-connection-abort-by-local (org.bluez.Error.Failed)", Failure::Aborted),
            ("D-Bus error: Operation already in progress (org.bluez.Error.InProgress)", Failure::UnderWay),
            ("D-Bus error: Page Timeout (org.bluez.Error.Failed)", Failure::TimedOut),
            ("D-Bus error: Not connected (org.bluez.Error.Failed)", Failure::NotConnected),
            ("D-Bus error: Read not permitted (org.bluez.Error.NotPermitted)", Failure::NotAllowed),
            ("something new", Failure::Other),
        ];
        for (text, expected) in cases {
            assert_eq!(failure(&said(text)), expected, "{text}");
        }
        assert_eq!(failure(&Error::NotConnected), Failure::NotConnected);
    }
}
