//! How a device shows a broker who it is: name and password of its MQTT connection.
//!
//! The password is a signature over whom it is meant for, so it needs no enrolment of its own, another collector can do
//! nothing with it, and a new key of the device ends it. It is the same with every connection: who can read a connection can
//! show it again, hear what the device is answered, and forge nothing. So it travels within TLS, or on one machine.

use data_encoding::HEXLOWER;

use crate::ids::DeviceId;
use crate::sign::{self, KeyPair, PublicKey, SIGNATURE_LEN};

/// What is signed begins with this.
const PURPOSE: &[u8] = b"attune login 1";

/// Letters of a password.
pub const PASSWORD_LEN: usize = 2 * SIGNATURE_LEN;

/// The name under which a device connects: its id, 32 hex digits.
#[must_use]
pub fn name(device: DeviceId) -> String {
    device.to_string()
}

/// The password with which a device connects to the broker of the collector of that key: 128 hex digits.
#[must_use]
pub fn password(device: DeviceId, key: &KeyPair, collector: &PublicKey) -> String {
    let signed = key.sign(message(device, collector));
    HEXLOWER.encode(&signed[signed.len() - SIGNATURE_LEN..])
}

/// Whether a password is that of the device with this key, for the collector of that one.
#[must_use]
pub fn proves(password: &str, device: DeviceId, key: &PublicKey, collector: &PublicKey) -> bool {
    if password.len() != PASSWORD_LEN {
        return false;
    }
    let Ok(signature) = HEXLOWER.decode(password.as_bytes()) else { return false };
    let mut signed = message(device, collector);
    signed.extend_from_slice(&signature);
    sign::verify(&signed, key).is_ok()
}

fn message(device: DeviceId, collector: &PublicKey) -> Vec<u8> {
    [PURPOSE, collector, &device.0].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_holds_for_its_device_its_key_and_its_collector_alone() {
        let (device, other) = (DeviceId([1; 16]), DeviceId([2; 16]));
        let (key, stranger) = (KeyPair::generate(), KeyPair::generate());
        let (collector, elsewhere) = ([3; 32], [4; 32]);
        let shown = password(device, &key, &collector);
        assert_eq!(shown.len(), PASSWORD_LEN);
        assert!(proves(&shown, device, &key.public(), &collector));
        assert!(!proves(&shown, other, &key.public(), &collector));
        assert!(!proves(&shown, device, &stranger.public(), &collector));
        assert!(!proves(&shown, device, &key.public(), &elsewhere));
        for wrong in ["", &shown[1..], &shown.to_uppercase(), &format!("{shown}00"), &"é".repeat(64)] {
            assert!(!proves(wrong, device, &key.public(), &collector), "{wrong}");
        }
    }
}
