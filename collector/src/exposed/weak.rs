//! Secrets that could be guessed. What the configuration can hold of secrets is the password of a database; the master key is a
//! file that the collector makes, and somebody could have made by hand.

use std::collections::BTreeSet;

use data_encoding::HEXLOWER_PERMISSIVE;
use percent_encoding::percent_decode_str;

use crate::CollectorError;
use crate::config::Config;

/// Letters of a password that is not tried out, at least.
const LETTERS: usize = 12;
/// Different letters of it, at least.
const DIFFERENT: usize = 6;
/// Different bytes among the 32 of a key that chance has made, at least: it makes fewer once in 10^13 times.
const DIFFERENT_BYTES: usize = 20;
/// Words that are tried first.
const COMMON: [&str; 14] = [
    "password",
    "passwort",
    "postgresql",
    "postgres",
    "attune",
    "collector",
    "database",
    "changeme",
    "change-me",
    "secret",
    "default",
    "example",
    "admin",
    "qwerty",
];

const PASSWORD: &str = "the password in database.url or database.keys could be guessed; give the database's user one of at least 12 letters that are \
                        no common words";
const MASTER_KEY: &str = "master.key in the state folder was not made by chance; a collector makes a good one where the folder and \
                          the database are new";

/// What is wrong with the secrets, and what to do.
///
/// # Errors
/// When the master key is there and cannot be read.
pub(super) fn of(config: &Config) -> Result<Option<&'static str>, CollectorError> {
    let urls = config.urls();
    let is_bad = |url: &str| password(url).is_some_and(|(user, password)| is_weak(&user, &password));
    if is_bad(&urls.database) || is_bad(&urls.keys) {
        return Ok(Some(PASSWORD));
    }
    let path = config.state.join("master.key");
    match std::fs::read_to_string(&path) {
        Ok(text) if is_made_by_hand(&text) => Ok(Some(MASTER_KEY)),
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(CollectorError::file(path)(error)),
        _ => Ok(None),
    }
}

/// User and password that stand in the URL of a database.
fn password(url: &str) -> Option<(String, String)> {
    let decoded = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
    let (_, rest) = url.split_once("://")?;
    let (place, query) = rest.split_once('?').unwrap_or((rest, ""));
    let place = place.split('/').next().unwrap_or_default();
    let who = place.rsplit_once('@').map_or("", |(who, _)| who);
    let (user, password) = who.split_once(':').map_or((who, None), |(user, password)| (user, Some(password)));
    let asked = |name: &str| query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
    let password = asked("password").or(password)?;
    Some((decoded(asked("user").unwrap_or(user)), decoded(password)))
}

fn is_weak(user: &str, password: &str) -> bool {
    let different: BTreeSet<char> = password.chars().collect();
    let mut rest = password.to_lowercase();
    let user = user.to_lowercase();
    for word in COMMON.into_iter().chain([user.as_str()]).filter(|word| !word.is_empty()) {
        rest = rest.replace(word, "");
    }
    password.chars().count() < LETTERS || different.len() < DIFFERENT || !rest.chars().any(char::is_alphabetic)
}

fn is_made_by_hand(text: &str) -> bool {
    let Ok(bytes) = HEXLOWER_PERMISSIVE.decode(text.trim().as_bytes()) else { return false };
    bytes.iter().collect::<BTreeSet<_>>().len() < DIFFERENT_BYTES
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_that_could_be_guessed_is_found_wherever_it_stands_in_the_url() {
        for weak in [
            "postgres://attune:attune@db/attune",
            "postgres://attune:hunter2@db/attune",
            "postgres://me:postgres123456@db/x",
            "postgres://somebody-long:somebody-long@db/x",
            "postgresql://me:aaaaaaaaaaaaaaaa@db/x",
            "postgres://me:change%2Dme2026%21@db/x",
            "postgres://me@db/x?password=password1234",
            "postgres://db/x?user=me&password=short",
            "postgres://me:@db/x",
        ] {
            assert!(password(weak).is_some_and(|(user, password)| is_weak(&user, &password)), "{weak}");
        }
        for good in [
            "postgres://attune:correct-horse-battery@db/attune",
            "postgres://me:kJ8%40pQz2%2FrT5w@db:5432/x",
            "postgres://me@db/x?sslmode=require&password=vT9xQm4LzB7r",
            "postgres://me@db/x",
            "postgres:///x?host=/run/postgresql",
            "sqlite:/var/lib/attune/collector.sqlite",
        ] {
            assert!(password(good).is_none_or(|(user, password)| !is_weak(&user, &password)), "{good}");
        }
    }

    #[test]
    fn a_master_key_of_few_different_bytes_was_not_made_by_chance() {
        for by_hand in ["00".repeat(32), "0123456789abcdef".repeat(4), format!("{}01", "00".repeat(31))] {
            assert!(is_made_by_hand(&by_hand), "{by_hand}");
        }
        for _ in 0..100 {
            let mut bytes = [0; 32];
            bytes.copy_from_slice(attune_protocol::seal::SealKey::generate().secret());
            assert!(!is_made_by_hand(&data_encoding::HEXLOWER.encode(&bytes)));
        }
    }

    #[test]
    fn what_is_weak_is_said_by_its_place() {
        let folder = tempfile::tempdir().unwrap();
        let mut config = Config { state: folder.path().into(), ..Config::default() };
        assert_eq!(of(&config).unwrap(), None, "nothing is there yet");
        std::fs::write(folder.path().join("master.key"), "00".repeat(32)).unwrap();
        assert!(of(&config).unwrap().is_some_and(|problem| problem.contains("master.key")));
        config.database.url = "postgres://attune:attune@db/attune".into();
        assert!(
            of(&config)
                .unwrap()
                .is_some_and(|problem| problem.contains("database.url") && !problem.contains("attune:"))
        );
    }
}
