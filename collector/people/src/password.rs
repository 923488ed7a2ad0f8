//! Passwords: which may be chosen, and how they are kept.

use std::collections::HashSet;
use std::sync::{Arc, LazyLock};

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use argon2::{Algorithm, Argon2, Params, Version};
use attune_ground::http::Problem;
use tokio::sync::Semaphore;

/// Characters that a password has at least (NIST SP 800-63B asks for 8, and for 15 where nothing else is asked for).
const SHORTEST: usize = 10;
/// Bytes that are taken: a sentence, and no work for us.
const LONGEST: usize = 512;
/// Memory of one hash, KiB; passes over it; lanes: what OWASP's Password Storage Cheat Sheet asks of Argon2id.
const MEMORY: u32 = 19_456;
const PASSES: u32 = 2;
const LANES: u32 = 1;
/// Who may wait for a hash; beyond, it is said that too many sign in.
const WAITING: usize = 128;

/// Passwords that are used much, which who guesses tries first.
static COMMON: LazyLock<HashSet<&str>> =
    LazyLock::new(|| include_str!("common-passwords.txt").lines().filter(|line| !line.starts_with("# ")).collect());

/// Why a password may not be chosen. Its text follows the words "the password".
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Unfit {
    /// It is guessed too soon.
    #[error("must have at least {SHORTEST} characters; a few words that do not belong together are good")]
    Short,
    /// It is no password.
    #[error("must have at most {LONGEST} bytes")]
    Long,
    /// It is among the first that are guessed.
    #[error("is one that many people use, so it is guessed first; choose another")]
    Common,
    /// It is guessed from the name.
    #[error("holds the name with which you sign in; choose another")]
    Name,
}

/// Looks whether a password may be chosen by somebody of this name.
///
/// # Errors
/// When it may not.
pub(crate) fn check(password: &str, name: &str) -> Result<(), Unfit> {
    let plain = password.trim().to_lowercase();
    let signs: HashSet<char> = plain.chars().collect();
    match () {
        () if plain.chars().count() < SHORTEST => Err(Unfit::Short),
        () if password.len() > LONGEST => Err(Unfit::Long),
        // The signs of one alone: "aaaaaaaaaa", "1212121212".
        () if COMMON.contains(plain.as_str()) || signs.len() < 4 => Err(Unfit::Common),
        () if name.chars().count() >= 4
            && plain.contains(&name.to_lowercase())
            && plain.len() < name.len() + SHORTEST =>
        {
            Err(Unfit::Name)
        }
        () => Ok(()),
    }
}

/// Hashes passwords, a few at a time: each takes 19 MiB and some hundredths of a second of a core.
#[derive(Clone, Debug)]
pub(crate) struct Hasher {
    turns: Arc<Semaphore>,
    waiting: Arc<Semaphore>,
}

impl Default for Hasher {
    fn default() -> Self {
        // One core stays for everybody else.
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Self { turns: Arc::new(Semaphore::new((cores / 2).max(1))), waiting: Arc::new(Semaphore::new(WAITING)) }
    }
}

/// That hashing failed, which is a fault of ours.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("hash a password")]
struct Failed;

impl Hasher {
    /// The hash of a password, as a PHC string.
    ///
    /// # Errors
    /// 503 when too many wait.
    pub(crate) async fn hash(&self, password: String) -> Result<String, Problem> {
        self.work(move || argon2().hash_password(password.as_bytes()).map(|hash: PasswordHash| hash.to_string()))
            .await?
            .map_err(|_| Problem::internal(&Failed))
    }

    /// Whether a password is the one of a hash. Without a hash it takes as long, and it is not.
    ///
    /// # Errors
    /// 503 when too many wait.
    pub(crate) async fn verify(&self, password: String, hash: Option<String>) -> Result<bool, Problem> {
        self.work(move || {
            let nobodys = hash.is_none();
            let hash = hash.unwrap_or_else(|| NOBODYS.clone());
            // One too long was never hashed; a hash that does not read is nobody's.
            let is = password.len() <= LONGEST
                && PasswordHash::new(&hash)
                    .is_ok_and(|hash| Argon2::default().verify_password(password.as_bytes(), &hash).is_ok());
            is && !nobodys
        })
        .await
    }

    async fn work<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, Problem> {
        let busy = || Problem::busy("too many sign in at once; try again");
        let _place = self.waiting.try_acquire().map_err(|_| busy())?;
        let turn = Arc::clone(&self.turns).acquire_owned().await.map_err(|_| busy())?;
        let done = tokio::task::spawn_blocking(move || {
            let done = work();
            drop(turn);
            done
        });
        done.await.map_err(|_| Problem::internal(&Failed))
    }
}

/// What is compared with where there is nobody, so that it takes as long.
static NOBODYS: LazyLock<String> = LazyLock::new(|| {
    let hash = argon2().hash_password(b"nobody's").map(|hash: PasswordHash| hash.to_string());
    hash.unwrap_or_default()
});

fn argon2() -> Argon2<'static> {
    let params = Params::new(MEMORY, PASSES, LANES, None).expect("parameters within Argon2's bounds");
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_that_is_guessed_first_may_not_be_chosen() {
        for (password, unfit) in [
            ("short", Unfit::Short),
            ("password123", Unfit::Common),
            ("PassWord123", Unfit::Common),
            ("aaaaaaaaaaaa", Unfit::Common),
            ("1212121212", Unfit::Common),
            ("alice.smith1", Unfit::Name),
        ] {
            assert_eq!(check(password, "alice.smith"), Err(unfit), "{password}");
        }
        assert_eq!(check(&"long enough ".repeat(60), "bob"), Err(Unfit::Long));
        for right in [
            "correct horse battery",
            "Zo\u{eb} alice.smith lives by the sea",
            "\u{65e5}\u{672c}\u{8a9e}\u{306e}\u{9577}\u{3044}\u{6587}\u{3092}\u{66f8}\u{304f}",
        ] {
            assert_eq!(check(right, "alice.smith"), Ok(()), "{right}");
        }
    }

    #[tokio::test]
    async fn a_hash_is_argon2id_of_owasps_strength_and_opens_for_its_password_only() {
        let hasher = Hasher::default();
        let hash = hasher.hash("correct horse battery".into()).await.expect("hashed");
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        let right = |password: &str, hash: Option<&str>| hasher.verify(password.into(), hash.map(str::to_owned));
        assert_eq!(right("correct horse battery", Some(&hash)).await, Ok(true));
        assert_eq!(right("correct horse batterz", Some(&hash)).await, Ok(false));
        assert_eq!(right("nobody's", None).await, Ok(false), "nobody has no password");
        assert_eq!(right("correct horse battery", Some("damaged")).await, Ok(false));
    }

    #[tokio::test]
    async fn who_comes_when_too_many_wait_is_told_so() {
        let hasher = Hasher { turns: Arc::new(Semaphore::new(0)), waiting: Arc::new(Semaphore::new(1)) };
        let other = hasher.clone();
        let waits = tokio::spawn(async move { other.verify("x".into(), None).await });
        tokio::task::yield_now().await;
        assert_eq!(hasher.verify("x".into(), None).await.map_err(|problem| problem.status), Err(503));
        waits.abort();
    }
}
