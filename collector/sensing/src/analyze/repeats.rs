//! Answers by `Idempotency-Key`, as draft-ietf-httpapi-idempotency-key-header has it: whoever did not hear the answer asks
//! again with the same key and hears the same, and nothing is done twice.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use attune_ground::http::Problem;
use attune_protocol::ids::{PersonId, SessionId};
use axum::body::Bytes;
use axum::http::HeaderMap;

use super::content::Content;

/// Where the key stands.
const HEADER: &str = "idempotency-key";
/// Characters of a key.
const LONGEST: usize = 255;
/// How long an answer is remembered.
const REMEMBERED: Duration = Duration::from_secs(3600);
/// The most keys that are remembered.
const MOST: usize = 1024;
/// The most bytes of their answers, all together.
const MOST_BYTES: usize = 16 << 20;

/// An answer as it goes out.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    /// JSON.
    pub(crate) body: Bytes,
    /// What must still be there for it to be told again.
    pub(crate) about: About,
}

/// Whom and what an answer is about: it is remembered no longer than they are.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub(crate) struct About {
    /// The session that it was stored in.
    pub(crate) stored: Option<Stored>,
    /// Whose it is, where that is known and nothing was stored.
    pub(crate) person: Option<PersonId>,
}

/// Where an answer was stored.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Stored {
    /// The session.
    pub(crate) session: SessionId,
    /// Where it begins at the latest as long as no window of the answer was deleted for its age, Unix milliseconds.
    pub(crate) begins: i64,
}

/// Answers of the last hour, in memory only: they are about people.
#[derive(Clone, Default, Debug)]
pub(crate) struct Repeats(Arc<Mutex<VecDeque<Known>>>);

#[derive(Debug)]
struct Known {
    key: SessionId,
    request: Content,
    since: Instant,
    /// None as long as it is being answered.
    answer: Option<Answer>,
}

/// What is known of a request.
pub(crate) enum Told {
    /// Nothing: it is to be answered.
    First(Claim),
    /// It was answered before.
    Again(Answer),
}

/// That a request is being answered. Dropped without an answer, it is as if nobody had asked.
#[derive(Debug)]
pub(crate) struct Claim {
    repeats: Repeats,
    key: SessionId,
}

/// Reads the key of a request.
///
/// # Errors
/// 400 when it is no key.
pub(super) fn key(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let mut lines = headers.get_all(HEADER).iter();
    let Some(line) = lines.next() else { return Ok(None) };
    // The draft has it in quotes; most clients send it without.
    let text = line.to_str().ok().map(|text| text.trim().trim_matches('"'));
    let read = text.filter(|text| (1..=LONGEST).contains(&text.len()) && lines.next().is_none());
    match read {
        Some(key) => Ok(Some(key.to_owned())),
        None => {
            let detail = "Idempotency-Key must be there once, with 1 to 255 characters of ASCII, as a UUID has them";
            Err(Problem::bad_request(HEADER, detail))
        }
    }
}

impl Repeats {
    /// Asks what is known of a key, and holds it for who is the first to ask.
    ///
    /// # Errors
    /// 422 when the key came with another request, 409 when that is still being answered.
    pub(crate) fn ask(&self, key: SessionId, request: Content) -> Result<Told, Problem> {
        self.expire();
        let mut known = self.known();
        if let Some(found) = known.iter().find(|known| known.key == key) {
            if found.request != request {
                let detail = "this Idempotency-Key came with another request; give each request a key of its own";
                return Err(Problem::unprocessable(HEADER, detail));
            }
            return match &found.answer {
                Some(answer) => Ok(Told::Again(answer.clone())),
                None => {
                    Err(Problem::conflict(HEADER, "the same request is still being answered; ask again in a second"))
                }
            };
        }
        known.push_front(Known { key, request, since: Instant::now(), answer: None });
        Ok(Told::First(Claim { repeats: self.clone(), key }))
    }

    /// Forgets an answer about this; not one that has come under its key since, nor a request that is being answered.
    pub(crate) fn forget(&self, key: SessionId, about: About) {
        let is_it = |answer: &Answer| answer.about == about;
        self.known().retain(|known| known.key != key || !known.answer.as_ref().is_some_and(is_it));
    }

    /// Forgets answers of longer ago than they are told again.
    pub(super) fn expire(&self) {
        self.known().retain(|known| known.answer.is_none() || known.since.elapsed() < REMEMBERED);
    }

    /// Forgets all answers that were stored in a session.
    pub(super) fn forget_session(&self, session: SessionId) {
        let is_there = |stored: Stored| stored.session == session;
        self.known()
            .retain(|known| !known.answer.as_ref().is_some_and(|answer| answer.about.stored.is_some_and(is_there)));
    }

    /// The answers that are remembered: their keys, and what they are about.
    pub(super) fn remembered(&self) -> Vec<(SessionId, About)> {
        let known = self.known();
        known.iter().filter_map(|known| Some((known.key, known.answer.as_ref()?.about))).collect()
    }

    fn known(&self) -> MutexGuard<'_, VecDeque<Known>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Claim {
    /// Remembers the answer, and for it forgets the oldest ones.
    pub(crate) fn answer(self, answer: Answer) {
        let mut known = self.repeats.known();
        if let Some(own) = known.iter_mut().find(|known| known.key == self.key) {
            own.answer = Some(answer);
        }
        let (mut keys, mut bytes) = (0, 0);
        known.retain(|known| {
            let Some(answer) = &known.answer else { return true };
            keys += 1;
            bytes += answer.body.len();
            keys <= MOST && bytes <= MOST_BYTES
        });
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        self.repeats.known().retain(|known| known.key != self.key || known.answer.is_some());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(length: usize) -> Answer {
        Answer { body: vec![b'x'; length].into(), about: About::default() }
    }

    fn first(repeats: &Repeats, key: SessionId, request: Content) -> Claim {
        match repeats.ask(key, request) {
            Ok(Told::First(claim)) => claim,
            Ok(Told::Again(_)) => panic!("it was answered"),
            Err(problem) => panic!("{problem:?}"),
        }
    }

    #[test]
    fn the_same_request_is_told_the_first_answer_and_another_one_is_refused() {
        let (repeats, key) = (Repeats::default(), SessionId::random());
        let claim = first(&repeats, key, [1; 32]);
        assert_eq!(repeats.ask(key, [1; 32]).map(drop).expect_err("under way").status, 409);
        claim.answer(answer(3));
        assert!(matches!(repeats.ask(key, [1; 32]), Ok(Told::Again(answer)) if answer.body == "xxx"));
        assert_eq!(repeats.ask(key, [2; 32]).map(drop).expect_err("another request").status, 422);
        repeats.forget(key, About::default());
        drop(first(&repeats, key, [2; 32]));
    }

    #[test]
    fn who_got_no_answer_may_ask_again() {
        let (repeats, key) = (Repeats::default(), SessionId::random());
        drop(first(&repeats, key, [1; 32]));
        first(&repeats, key, [2; 32]).answer(answer(1));
    }

    #[test]
    fn the_oldest_answers_give_way() {
        let repeats = Repeats::default();
        let keys: Vec<SessionId> = (0..9).map(|_| SessionId::random()).collect();
        keys.iter().for_each(|key| first(&repeats, *key, [1; 32]).answer(answer(MOST_BYTES / 8)));
        drop(first(&repeats, keys[0], [1; 32]));
        assert!(matches!(repeats.ask(keys[1], [1; 32]), Ok(Told::Again(_))));
        for _ in 0..MOST {
            first(&repeats, SessionId::random(), [1; 32]).answer(answer(1));
        }
        assert_eq!(repeats.known().len(), MOST);
    }

    #[test]
    fn what_is_deleted_is_forgotten_and_nothing_else() {
        let (repeats, session) = (Repeats::default(), SessionId::random());
        let keys: Vec<SessionId> = (0..3).map(|_| SessionId::random()).collect();
        for (key, session) in keys.iter().zip([Some(session), Some(SessionId::random()), None]) {
            let stored = session.map(|session| Stored { session, begins: 0 });
            let about = About { stored, person: None };
            first(&repeats, *key, [1; 32]).answer(Answer { about, ..answer(1) });
        }
        let _under_way = first(&repeats, session, [1; 32]);
        repeats.forget_session(session);
        let mut left: Vec<SessionId> = repeats.remembered().into_iter().map(|(key, _)| key).collect();
        left.reverse();
        assert_eq!(left, keys[1..]);
        assert_eq!(repeats.known().len(), 3, "what is being answered is not forgotten");
    }

    #[test]
    fn a_key_reads_with_and_without_its_quotes() {
        let read = |value: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(HEADER, value.parse().expect("a header"));
            key(&headers)
        };
        assert_eq!(read("\"a-1\""), Ok(Some("a-1".into())));
        assert_eq!(read("a-1"), Ok(Some("a-1".into())));
        assert!(read("\"\"").is_err() && read(&"x".repeat(256)).is_err());
        assert_eq!(key(&HeaderMap::new()), Ok(None));
    }
}
