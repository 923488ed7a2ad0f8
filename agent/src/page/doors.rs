//! Who may come in: one-time tokens, and the sessions that they were taken for.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use data_encoding::HEXLOWER;

/// How long a token may be taken.
const FRESH: Duration = Duration::from_secs(300);
/// How long a session lasts.
const LASTS: Duration = Duration::from_secs(12 * 3600);
/// Tokens, and sessions, at once: the oldest go.
const MOST: usize = 16;
/// The name of the cookie.
const COOKIE: &str = "attune";

/// A session of a browser.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Session {
    /// Stands in each form.
    pub(super) form_token: String,
    /// Where the page lies: `/FOLDER/`.
    pub(super) root: String,
}

/// What opens the page.
#[derive(Debug)]
pub(super) struct Doors {
    folder: String,
    tokens: Mutex<BTreeMap<String, Instant>>,
    sessions: Mutex<BTreeMap<String, (Instant, Session)>>,
}

impl Doors {
    pub(super) fn new() -> Self {
        Self { folder: random(), tokens: Mutex::default(), sessions: Mutex::default() }
    }

    /// The folder below which the page lies.
    pub(super) fn folder(&self) -> &str {
        &self.folder
    }

    /// A token that opens the page once.
    pub(super) fn invite(&self) -> String {
        let token = random();
        let mut tokens = self.tokens.lock().unwrap_or_else(PoisonError::into_inner);
        keep_newest(&mut tokens, |at| (at.elapsed() < FRESH).then_some(*at));
        tokens.insert(token.clone(), Instant::now());
        token
    }

    /// Takes a token, and gives the cookie of the session that it opens.
    pub(super) fn enter(&self, token: &str) -> Option<String> {
        let at = self.tokens.lock().unwrap_or_else(PoisonError::into_inner).remove(token)?;
        if at.elapsed() >= FRESH {
            return None;
        }
        let (id, session) = (random(), Session { form_token: random(), root: format!("/{}/", self.folder) });
        let cookie = format!("{COOKIE}={id}; HttpOnly; SameSite=Strict; Path=/{}/", self.folder);
        let mut sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        keep_newest(&mut sessions, |(at, _)| (at.elapsed() < LASTS).then_some(*at));
        sessions.insert(id, (Instant::now(), session));
        Some(cookie)
    }

    /// The session of a header with cookies.
    pub(super) fn session(&self, cookies: &str) -> Option<Session> {
        let own = |cookie: &str| cookie.trim().strip_prefix(COOKIE)?.strip_prefix('=').map(str::to_owned);
        let sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        let known = cookies.split(';').filter_map(own).find_map(|id| sessions.get(&id));
        known.filter(|(at, _)| at.elapsed() < LASTS).map(|(_, session)| session.clone())
    }
}

/// Leaves room for one more: what is too old goes, then the oldest.
fn keep_newest<T>(all: &mut BTreeMap<String, T>, fresh_since: impl Fn(&T) -> Option<Instant>) {
    all.retain(|_, one| fresh_since(one).is_some());
    while all.len() >= MOST {
        let oldest = all.iter().min_by_key(|(_, one)| fresh_since(one)).map(|(name, _)| name.clone());
        let Some(oldest) = oldest else { return };
        all.remove(&oldest);
    }
}

/// 128 bits that nobody guesses.
fn random() -> String {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).expect("the operating system gives random bytes");
    HEXLOWER.encode(&bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_opens_one_session_and_no_other_cookie_is_one() {
        let doors = Doors::new();
        let token = doors.invite();
        let cookie = doors.enter(&token).unwrap();
        assert_eq!(doors.enter(&token), None, "once");
        assert!(
            cookie.contains("HttpOnly; SameSite=Strict; Path=/") && cookie.ends_with(&format!("{}/", doors.folder()))
        );
        let given = cookie.split(';').next().unwrap();
        assert!(doors.session(&format!("other=1; {given}")).is_some());
        for wrong in ["", "attune=", "attune", &given[..given.len() - 1], &format!("x{given}")] {
            assert_eq!(doors.session(wrong), None, "{wrong}");
        }
        assert_eq!(Doors::new().session(given), None, "of another run");
    }

    #[test]
    fn tokens_and_sessions_are_bounded_and_the_newest_stay() {
        let doors = Doors::new();
        let tokens: Vec<String> = (0..MOST + 3).map(|_| doors.invite()).collect();
        assert_eq!(tokens.iter().filter_map(|token| doors.enter(token)).count(), MOST);
        assert!(doors.enter(&doors.invite()).is_some());
        assert!(doors.sessions.lock().unwrap().len() <= MOST);
    }
}
