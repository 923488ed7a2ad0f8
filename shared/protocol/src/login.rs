//! How a device shows a broker who it is: name and password of its MQTT connection.
//!
//! There are two passwords, of which either will do. The *agreed* one device and collector both compute from their own secret and the
//! other's public key, so whoever runs the collector can tell a broker of somebody else's by which password it knows each device,
//! and nothing is ever said of it: it holds from the enrolment on, and with a new key of the device there is another. The
//! *signed* one is a signature over whom it is meant for, which only the device can make and a collector can check: earlier versions
//! know this one alone.
//!
//! Another collector can do nothing with either. Each is the same with every connection: who can read a connection can show it
//! again, hear what the device is answered, and forge nothing. So it travels within TLS, or on one machine.

use data_encoding::HEXLOWER;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::ids::DeviceId;
use crate::sign::{self, KeyPair, PublicKey, SIGNATURE_LEN};

/// What is signed begins with this.
const SIGNED: &[u8] = b"attune login 1";
/// What the agreed password is made of begins with this.
const AGREED: &[u8] = b"attune login 2";

/// Letters of a signed password.
pub const SIGNED_LEN: usize = 2 * SIGNATURE_LEN;
/// Letters of an agreed password.
pub const AGREED_LEN: usize = 64;

/// The name under which a device connects: its id, 32 hex digits.
#[must_use]
pub fn name(device: DeviceId) -> String {
    device.to_string()
}

/// The passwords with which a device connects to the broker of the collector of that key, in the order in which they are tried: the agreed
/// one, and for an earlier version the signed one.
#[must_use]
pub fn passwords(device: DeviceId, key: &KeyPair, collector: &PublicKey) -> Vec<String> {
    let agreed = agreement(device, (key, collector), (&key.public(), collector)).map(told);
    agreed.into_iter().chain([signed(device, key, collector)]).collect()
}

/// The signed password: 128 hex digits.
#[must_use]
pub fn signed(device: DeviceId, key: &KeyPair, collector: &PublicKey) -> String {
    let signed = key.sign(message(device, collector));
    HEXLOWER.encode(&signed[signed.len() - SIGNATURE_LEN..])
}

/// The agreed password of the device with this key, as its collector knows it: 64 hex digits. None where that key is none.
#[must_use]
pub fn agreed(device: DeviceId, key: &PublicKey, collector: &KeyPair) -> Option<String> {
    agreement(device, (collector, key), (key, &collector.public())).map(told)
}

/// Whether a password is that of the device with this key, for this collector.
#[must_use]
pub fn proves(password: &str, device: DeviceId, key: &PublicKey, collector: &KeyPair) -> bool {
    let Ok(shown) = HEXLOWER.decode(password.as_bytes()) else { return false };
    match password.len() {
        AGREED_LEN => {
            let agreed = agreement(device, (collector, key), (key, &collector.public()));
            agreed.is_some_and(|agreed| agreed.verify_slice(&shown).is_ok())
        }
        SIGNED_LEN => {
            let mut signed = message(device, &collector.public());
            signed.extend_from_slice(&shown);
            sign::verify(&signed, key).is_ok()
        }
        _ => false,
    }
}

fn message(device: DeviceId, collector: &PublicKey) -> Vec<u8> {
    [SIGNED, collector, &device.0].concat()
}

/// What device and collector agree on: either's secret and the other's key, and then both keys.
fn agreement(
    device: DeviceId,
    (own, other): (&KeyPair, &PublicKey),
    (key, collector): (&PublicKey, &PublicKey),
) -> Option<Hmac<Sha256>> {
    let mut mac = Hmac::<Sha256>::new_from_slice(&*own.in_common(other)?).expect("HMAC takes a key of any length");
    for part in [AGREED, &device.0, key, collector] {
        mac.update(part);
    }
    Some(mac)
}

fn told(agreed: Hmac<Sha256>) -> String {
    HEXLOWER.encode(&agreed.finalize().into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_holds_for_its_device_its_key_and_its_collector_alone() {
        let (device, other) = (DeviceId([1; 16]), DeviceId([2; 16]));
        let [key, stranger, collector, elsewhere] = std::array::from_fn(|_| KeyPair::generate());
        let all = passwords(device, &key, &collector.public());
        assert_eq!(all.iter().map(String::len).collect::<Vec<_>>(), [AGREED_LEN, SIGNED_LEN]);
        for shown in &all {
            assert!(proves(shown, device, &key.public(), &collector));
            assert!(!proves(shown, other, &key.public(), &collector));
            assert!(!proves(shown, device, &stranger.public(), &collector));
            assert!(!proves(shown, device, &key.public(), &elsewhere));
            for wrong in ["", &shown[1..], &shown[2..], &shown.to_uppercase(), &format!("{shown}00")] {
                assert!(!proves(wrong, device, &key.public(), &collector), "{wrong}");
            }
        }
        for wrong in ["é".repeat(32), "é".repeat(64), "00".repeat(32), "00".repeat(64)] {
            assert!(!proves(&wrong, device, &key.public(), &collector), "{wrong}");
        }
    }

    #[test]
    fn the_collector_knows_the_agreed_password_without_being_told_and_nobody_else_does() {
        let device = DeviceId([1; 16]);
        let [key, stranger, collector, elsewhere] = std::array::from_fn(|_| KeyPair::generate());
        let shown = &passwords(device, &key, &collector.public())[0];
        assert_eq!(agreed(device, &key.public(), &collector).as_ref(), Some(shown));
        assert_ne!(agreed(device, &key.public(), &elsewhere).as_ref(), Some(shown), "another collector");
        assert_ne!(agreed(device, &stranger.public(), &collector).as_ref(), Some(shown), "behind a new key");
        assert_ne!(&passwords(device, &stranger, &collector.public())[0], shown, "another device that takes its id");
    }

    #[test]
    fn with_a_key_that_has_the_same_in_common_with_everybody_nothing_is_agreed() {
        // The neutral point, one of order two, and bytes that are no point.
        let mut order_two = [0xff; 32];
        (order_two[0], order_two[31]) = (0xec, 0x7f);
        let mut neutral = [0; 32];
        neutral[0] = 1;
        let mut none = [0; 32];
        none[0] = 2;
        for key in [neutral, order_two, none] {
            let (device, collector) = (DeviceId([1; 16]), KeyPair::generate());
            assert_eq!(agreed(device, &key, &collector), None, "{key:?}");
            let zeros = "00".repeat(32);
            assert!(!proves(&zeros, device, &key, &collector));
            assert_eq!(passwords(device, &collector, &key).len(), 1, "the signed one alone");
        }
    }
}
