//! The texts by which mosquitto 2 is told who may do what: its `acl_file` and its `password_file`.

use attune_protocol::ids::DeviceId;
use attune_protocol::sign::{KeyPair, PublicKey};
use attune_protocol::{login, topics};
use data_encoding::BASE64;
use sha2::{Digest as _, Sha256, Sha512};

use super::super::Login;

/// Rounds of PBKDF2, as `mosquitto_passwd` has them. More would hold up the broker, which tries every connection anew with each change,
/// and help nobody: a device's password has 256 bits that nobody guesses.
const ROUNDS: u32 = 101;
/// Bytes of a salt, as `mosquitto_passwd` has them; mosquitto takes no other number.
const SALT: usize = 12;

/// The rules: what who has no name may do, what a device may, and what collectors may that sign in there.
pub(super) fn rules(collectors: Option<&Login>) -> String {
    let [any, own] = ["+", "%u"].map(|who| {
        // The topics of a device, with another word for who it is.
        let device = DeviceId([0; 16]);
        let of = |topic: String| topic.replace(&device.to_string(), who);
        [topics::batches_of(device), topics::enrolment_of(device), topics::answers_to(device), topics::enrolled(device)]
            .map(of)
    });
    let ([up, enrol, down, enrolled], [own_up, own_enrol, own_down, _]) = (any, own);
    let mut text = format!(
        "# Written by attune-collector, which writes it anew: mosquitto's acl_file, to be used with attune.passwords beside it.\n\
         # Who has no name yet asks to be enrolled, and hears the answer.\n\
         topic write {enrol}\n\
         topic read {enrolled}\n\
         # A device has shown who it is: it sends as itself and hears what it is answered.\n\
         pattern write {own_up}\n\
         pattern write {own_enrol}\n\
         pattern read {own_down}\n"
    );
    if let Some(Login { user, .. }) = collectors {
        text += &format!(
            "# Collectors.\n\
             user {user}\n\
             topic read {up}\n\
             topic read {enrol}\n\
             topic write {down}\n\
             topic write {enrolled}\n"
        );
    }
    text
}

/// What a device shows, hashed. None where its key is none.
pub(super) fn device((id, key): (DeviceId, &PublicKey), collector: &KeyPair) -> Option<String> {
    let password = login::agreed(id, key, collector)?;
    Some(hashed(&login::name(id), &password, &collector.public()))
}

/// What collectors show, hashed.
pub(super) fn collectors(login: &Login, collector: &PublicKey) -> String {
    hashed(&login.user, &login.password, collector)
}

/// The same for the same: a file changes when somebody comes or goes, and all collectors write the same one. Salts need only be different
/// from each other.
fn hashed(name: &str, password: &str, collector: &PublicKey) -> String {
    let whose = Sha256::new().chain_update(b"attune broker salt").chain_update(collector).chain_update(name);
    // Of letters, so that who brings the lines to another broker can: EMQX takes salts of text only.
    let salt = BASE64.encode(&whose.finalize()[..SALT / 4 * 3]);
    line(name, password, salt.as_bytes())
}

fn line(name: &str, password: &str, salt: &[u8]) -> String {
    let hash: [u8; 64] = pbkdf2::pbkdf2_hmac_array::<Sha512, 64>(password.as_bytes(), salt, ROUNDS);
    format!("{name}:$7${ROUNDS}${}${}\n", BASE64.encode(salt), BASE64.encode(&hash))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_as_mosquitto_passwd_writes_it() {
        // By mosquitto_passwd of mosquitto 2.0.11.
        for (password, made) in [
            (
                "pa",
                "aa:$7$101$c8mI1pMUIMn3Venk$5C6GBvlE5tqfCCD4ep4QCpN6DhDm8BK3qfURzR56GJMlKL/mtRWh4BJWtlZClX5LCS6gQ3Axgim+CDySoTWFqA==\n",
            ),
            (
                "pb",
                "bb:$7$101$nZph/FFa4J8/R9KX$659btDHF/FXLd6g3obW5GzfCG0u2dA2DQ1YvW/AFVJQMm3urvcTkPpsVArBwKqlS23eM5LlTHxuObMkGPtaCrw==\n",
            ),
        ] {
            let parts: Vec<&str> = made.split('$').collect();
            let salt = BASE64.decode(parts[3].as_bytes()).expect("base64");
            assert_eq!(salt.len(), SALT);
            assert_eq!(line(&made[..2], password, &salt), made);
        }
    }

    #[test]
    fn a_device_is_let_in_by_what_it_shows_itself_and_each_line_has_a_salt_of_its_own() {
        let [key, other, collector] = std::array::from_fn(|_| KeyPair::generate());
        let (id, public) = (DeviceId([7; 16]), key.public());
        let made = device((id, &public), &collector).expect("it is a key");
        assert_eq!(device((id, &public), &collector).as_ref(), Some(&made), "the same for the same");
        let shown = &login::passwords(id, &key, &collector.public())[0];
        let salt = BASE64.decode(made.split('$').nth(3).expect("a salt").as_bytes()).expect("base64");
        assert!(salt.len() == SALT && salt.is_ascii());
        assert_eq!(line(&id.to_string(), shown, &salt), made);
        assert_ne!(device((id, &other.public()), &collector).as_ref(), Some(&made), "behind a new key");
        let beside = device((DeviceId([8; 16]), &public), &collector).expect("it is a key");
        assert_ne!(made.split('$').nth(3), beside.split('$').nth(3));
        assert_eq!(device((id, &[0; 32]), &collector), None);
    }

    #[test]
    fn the_rules_name_what_each_may_and_collectors_only_where_they_sign_in() {
        let without = rules(None);
        for rule in [
            "\ntopic write attune/v1/enrol/+\ntopic read attune/v1/enrolled/+\n#",
            "\npattern write attune/v1/up/%u\npattern write attune/v1/enrol/%u\npattern read attune/v1/down/%u\n",
        ] {
            assert!(without.contains(rule), "{without}");
        }
        assert!(!without.contains("user "));
        let login = Login { user: "collectors".into(), password: "secret".into() };
        let with = rules(Some(&login));
        assert!(with.starts_with(&without) && !with.contains("secret"));
        // What stands behind a user is that user's.
        let theirs = with[without.len()..].to_owned();
        assert_eq!(
            theirs,
            "# Collectors.\nuser collectors\ntopic read attune/v1/up/+\ntopic read attune/v1/enrol/+\ntopic write attune/v1/down/+\n\
             topic write attune/v1/enrolled/+\n"
        );
    }
}
