//! Answers that are being made in this program: what was said of each until now, and that each is to stop.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use attune_protocol::ids::PersonId;
use tokio::sync::watch;
use zeroize::Zeroize;

use crate::sealed::{Pieces, TalkId};

/// Bytes of one answer: what is said beyond is left out.
pub(crate) const LONGEST_ANSWER: usize = 16 << 10;
/// Pieces of one: what comes in more is one with the last.
const MOST_PIECES: usize = 2000;

/// Which answer.
pub(crate) type At = (PersonId, TalkId, i64);

/// How one goes on: pieces until now, and whether it has come to its end.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(crate) struct Stand {
    pub(crate) pieces: usize,
    pub(crate) is_over: bool,
}

#[derive(Debug)]
struct Inner {
    pieces: Vec<Option<String>>,
    bytes: usize,
}

/// What is said is wiped once nobody listens any more.
impl Drop for Inner {
    fn drop(&mut self) {
        self.pieces.zeroize();
    }
}

/// An answer that is being made.
#[derive(Debug)]
pub(crate) struct Live {
    said: Mutex<Inner>,
    stand: watch::Sender<Stand>,
    stop: watch::Sender<bool>,
}

impl Live {
    fn said(&self) -> MutexGuard<'_, Inner> {
        self.said.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a piece, and tells who listens.
    pub(crate) fn say(&self, piece: &str) {
        let pieces = {
            let mut said = self.said();
            let room = LONGEST_ANSWER.saturating_sub(said.bytes);
            let piece = &piece[..piece.floor_char_boundary(room.min(piece.len()))];
            if piece.is_empty() {
                return;
            }
            said.bytes += piece.len();
            let is_full = said.pieces.len() >= MOST_PIECES;
            match said.pieces.last_mut().filter(|_| is_full) {
                Some(Some(last)) => last.push_str(piece),
                _ => said.pieces.push(Some(piece.to_owned())),
            }
            said.pieces.len()
        };
        self.stand.send_modify(|stand| stand.pieces = pieces);
    }

    /// Takes back all that was said: what comes is said in its place.
    pub(crate) fn take_back(&self) {
        let pieces = {
            let mut said = self.said();
            if said.bytes == 0 {
                return;
            }
            said.bytes = 0;
            said.pieces.push(None);
            said.pieces.len()
        };
        self.stand.send_modify(|stand| stand.pieces = pieces);
    }

    /// What was said behind so many pieces; none where all before it was taken back.
    pub(crate) fn behind(&self, pieces: usize) -> Vec<Option<String>> {
        self.said().pieces.get(pieces..).unwrap_or_default().to_vec()
    }

    /// All of it.
    pub(crate) fn all(&self) -> Pieces {
        Pieces(self.said().pieces.clone())
    }

    /// Told from now on how it goes on.
    pub(crate) fn stands(&self) -> watch::Receiver<Stand> {
        self.stand.subscribe()
    }

    /// Has it stop.
    pub(crate) fn stop(&self) {
        self.stop.send_replace(true);
    }

    /// Waits until it is to stop.
    pub(crate) async fn stopped(&self) {
        // Who could tell is this itself.
        let _ = self.stop.subscribe().wait_for(|stop| *stop).await;
    }
}

/// All answers that are being made here.
#[derive(Default, Debug)]
pub(crate) struct Lives(Mutex<BTreeMap<At, Arc<Live>>>);

impl Lives {
    fn all(&self) -> MutexGuard<'_, BTreeMap<At, Arc<Live>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins one; its end is when what is given is dropped.
    pub(crate) fn begin(self: &Arc<Self>, at: At) -> Held {
        let said = Mutex::new(Inner { pieces: Vec::new(), bytes: 0 });
        let (stand, stop) = (watch::channel(Stand::default()).0, watch::channel(false).0);
        let live = Arc::new(Live { said, stand, stop });
        self.all().insert(at, Arc::clone(&live));
        Held { at, live, lives: Arc::clone(self) }
    }

    /// One that is being made here.
    pub(crate) fn of(&self, at: At) -> Option<Arc<Live>> {
        self.all().get(&at).cloned()
    }

    /// Has all of a person stop, as where they withdraw what they agreed to.
    pub(crate) fn stop_all(&self, person: PersonId) {
        let all = self.all();
        all.iter().filter(|((of, ..), _)| *of == person).for_each(|(_, live)| live.stop());
    }
}

/// An answer that is being made, until this is dropped.
#[derive(Debug)]
pub(crate) struct Held {
    at: At,
    pub(crate) live: Arc<Live>,
    lives: Arc<Lives>,
}

impl Drop for Held {
    fn drop(&mut self) {
        self.lives.all().remove(&self.at);
        self.live.stand.send_modify(|stand| stand.is_over = true);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn who_comes_in_the_middle_hears_the_rest_and_that_it_is_over() {
        let lives = Arc::new(Lives::default());
        let at = (PersonId([1; 16]), 7, 2);
        let held = lives.begin(at);
        held.live.say("one ");
        held.live.say("");
        let live = lives.of(at).expect("it is being made");
        let mut stands = live.stands();
        held.live.say("two");
        stands.changed().await.expect("told");
        assert_eq!((stands.borrow_and_update().pieces, live.behind(1)), (2, vec![Some("two".to_owned())]));
        assert!(live.behind(9).is_empty());
        lives.stop_all(PersonId([2; 16]));
        lives.stop_all(PersonId([1; 16]));
        live.stopped().await;
        drop(held);
        stands.changed().await.expect("told");
        assert!(stands.borrow().is_over && lives.of(at).is_none());
    }

    #[test]
    fn an_answer_that_never_ends_is_bounded_and_cut_between_letters() {
        let held = Arc::new(Lives::default()).begin((PersonId([1; 16]), 7, 2));
        (0..3 * MOST_PIECES).for_each(|_| held.live.say("\u{1f600}"));
        let said = held.live.all();
        assert_eq!((said.0.len(), said.text().len()), (MOST_PIECES, LONGEST_ANSWER));
        held.live.say("a");
        assert_eq!(held.live.all().text().len(), LONGEST_ANSWER);
    }

    #[test]
    fn of_what_was_taken_back_nothing_stands() {
        let held = Arc::new(Lives::default()).begin((PersonId([1; 16]), 7, 2));
        held.live.take_back();
        assert!(held.live.all().0.is_empty(), "there was nothing");
        ["You are ", "ill."].iter().for_each(|piece| held.live.say(piece));
        held.live.take_back();
        assert_eq!(held.live.all().text(), "");
        held.live.say("That is hard.");
        assert_eq!(held.live.all().text(), "That is hard.");
        assert_eq!(held.live.behind(2), [None, Some("That is hard.".to_owned())]);
    }
}
