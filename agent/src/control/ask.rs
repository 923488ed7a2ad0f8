//! What a command, or the person's own page, asks of the agent that runs.

use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, bounded, unbounded};
use serde::{Deserialize, Serialize};

use super::change::Change;

/// What is in force in the agent that runs: of nothing that is stopped anything more is sensed, kept or sent.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct InForce {
    /// Whether it is paused.
    pub paused: bool,
    /// Whether the changes of consent that were asked about are carried out.
    pub carried_out: bool,
    /// Records that waited and were removed by these changes.
    pub removed: u64,
}

/// What a person wants of the agent that runs, beside that a decision be in force.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub enum Wish {
    /// To see what waits to be sent, from a place on.
    Waiting {
        /// The place.
        from: u64,
    },
    /// To have forgotten what was sensed in a stretch of time.
    Forget {
        /// From this instant on, Unix milliseconds.
        from: i64,
        /// And before this one.
        until: i64,
    },
    /// To see what was learnt of how they usually are.
    Learnt,
    /// An address at which the own page opens, once.
    Open,
    /// To say how they are.
    CheckIn {
        /// 1 (very bad) to 6 (very good).
        vibe: Option<u8>,
        /// Unpleasant to pleasant, in [-1,1].
        valence: Option<f64>,
        /// Quiet to active, in [-1,1].
        arousal: Option<f64>,
    },
}

/// A command waits for an answer.
#[derive(Debug)]
pub struct Ask {
    /// The changes of consent that were decided, as the person's file has them.
    pub changes: Vec<Change>,
    /// What is wanted; nothing more than that these be in force where it is `None`.
    pub wish: Option<Wish>,
    answer: Sender<String>,
}

impl Ask {
    /// Tells who asked.
    ///
    /// # Panics
    /// Never: answers are names, numbers and text.
    pub fn answer(self, answer: &impl Serialize) {
        // It may have stopped waiting.
        let _ = self.answer.send(serde_json::to_string(answer).expect("answers are names, numbers and text"));
    }
}

/// Asks within the process that carries it out.
#[derive(Clone, Debug)]
pub struct Teller(Sender<Ask>);

impl Teller {
    /// One, and where what it asks arrives.
    pub(super) fn new() -> (Self, Receiver<Ask>) {
        let (tell, asks) = unbounded();
        (Self(tell), asks)
    }

    /// Waits for the answer as it travels; `None` where none comes in time.
    #[must_use]
    pub fn ask(&self, changes: Vec<Change>, wish: Option<Wish>, patience: Duration) -> Option<String> {
        let (answer, answered) = bounded(1);
        self.0.send(Ask { changes, wish, answer }).ok()?;
        answered.recv_timeout(patience).ok()
    }
}
