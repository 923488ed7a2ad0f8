//! Reads an answer as it comes: what was said until now, what is said from then on, and its end. Where it is made here, at once; where
//! another collector makes it, as that one writes it down.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use attune_protocol::seal::SealKey;
use tokio::sync::watch;
use tokio::time::sleep;

use super::rows::{self as answers, Standing};
use crate::error::TalksError;
use crate::live::{At, Live, Stand};
use crate::rows;
use crate::sealed::Turn;
use crate::state::Talks;

/// How often it is looked what another collector has written down.
const LOOK: Duration = Duration::from_millis(500);

/// Something of an answer.
#[derive(Clone, PartialEq, Debug)]
pub(crate) enum Event {
    /// A piece, and its number from 0 on.
    Piece(usize, String),
    /// All before it was taken back; it has a number as a piece has.
    Instead(usize),
    /// The whole, which is in the place of all pieces.
    Answered(Turn),
    /// It was stopped before anything was said.
    Stopped,
    /// Whoever made it is gone; it can be asked for anew.
    Cut,
}

/// Somebody who reads an answer.
pub(crate) struct Following {
    state: Talks,
    key: Arc<SealKey>,
    at: At,
    /// The number of the next piece.
    next: usize,
    live: Option<(Arc<Live>, watch::Receiver<Stand>)>,
    waiting: VecDeque<Event>,
    is_over: bool,
}

impl Following {
    /// From a piece on, of whose answer it is.
    pub(crate) fn new(state: &Talks, key: Arc<SealKey>, at: At, next: usize) -> Self {
        let mut new =
            Self { state: state.clone(), key, at, next, live: None, waiting: VecDeque::new(), is_over: false };
        new.listen();
        new
    }

    fn listen(&mut self) {
        self.live = self.state.lives().of(self.at).map(|live| {
            let stands = live.stands();
            (live, stands)
        });
    }

    /// What comes next. None behind the end, and where no answer was asked for.
    ///
    /// # Errors
    /// When the database refuses.
    pub(crate) async fn next(&mut self) -> Result<Option<Event>, TalksError> {
        loop {
            if let Some(event) = self.waiting.pop_front() {
                return Ok(Some(event));
            }
            if self.is_over {
                return Ok(None);
            }
            match self.live.as_mut() {
                Some((live, stands)) => {
                    let is_over = stands.borrow_and_update().is_over;
                    let said = live.behind(self.next);
                    if !said.is_empty() {
                        self.heard(said);
                    } else if is_over || stands.changed().await.is_err() {
                        self.live = None;
                        self.look().await?;
                    }
                }
                None => {
                    self.look().await?;
                    if self.waiting.is_empty() && !self.is_over {
                        self.listen();
                        if self.live.is_none() {
                            sleep(LOOK).await;
                        }
                    }
                }
            }
        }
    }

    fn heard(&mut self, said: Vec<Option<String>>) {
        for piece in said {
            let number = self.next;
            self.waiting.push_back(piece.map_or(Event::Instead(number), |piece| Event::Piece(number, piece)));
            self.next += 1;
        }
    }

    /// Looks at what stands in the database.
    async fn look(&mut self) -> Result<(), TalksError> {
        let (person, talk, number) = self.at;
        match answers::standing(self.state.store(), &self.key, self.at).await? {
            Some(Standing::Made(pieces)) => {
                let behind = pieces.0.get(self.next..).unwrap_or_default().to_vec();
                self.heard(behind);
                return Ok(());
            }
            Some(Standing::Cut) => self.waiting.push_back(Event::Cut),
            over => {
                let turns = rows::turns(self.state.store(), &self.key, (person, talk)).await?;
                let own = turns.into_iter().find(|turn| turn.number == number && !turn.own);
                match own.and_then(|own| own.turn) {
                    Some(turn) => self.waiting.push_back(Event::Answered(turn)),
                    None if over.is_some() => self.waiting.push_back(Event::Stopped),
                    None => {}
                }
            }
        }
        self.is_over = true;
        Ok(())
    }
}
