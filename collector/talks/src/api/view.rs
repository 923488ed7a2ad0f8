//! Talks and turns as programs see them.

use attune_ground::time::rfc3339;
use serde::Serialize;
use utoipa::ToSchema;

use crate::own::Pending;
use crate::rows::{Opened, Talk};
use crate::sealed::{Read, Turn, level_name};

/// A talk.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct TalkView {
    /// A number of eleven digits.
    id: i64,
    /// Null where it does not open.
    title: Option<String>,
    /// The room of a client that it is of, where it is of one.
    room: Option<String>,
    /// `active`, `archived`, `ended` or `requires_attention`.
    status: Option<&'static str>,
    /// When it was begun, RFC 3339.
    opened_at: String,
    /// When its last turn was, RFC 3339.
    last_at: String,
    /// How many turns it has.
    turns: i64,
    /// Whether something waits in it that one has not seen.
    unseen: bool,
}

impl From<&Talk> for TalkView {
    fn from(of: &Talk) -> Self {
        let head = of.head.as_ref();
        Self {
            id: of.id,
            title: head.map(|head| head.title.clone()),
            room: head.and_then(|head| head.room.clone()),
            status: head.map(|head| head.status.name()),
            opened_at: rfc3339(of.opened_at),
            last_at: rfc3339(of.last_at),
            turns: of.turns,
            unseen: of.turns > of.seen,
        }
    }
}

/// What was read of what somebody wrote. Nobody else is told of it.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct TalkReadView {
    /// `positive`, `negative` or `neutral`; null where nobody can say.
    sentiment: Option<&'static str>,
    /// How likely that is, 0 to 1.
    sentiment_score: Option<f32>,
    /// `sadness`, `joy`, `love`, `anger`, `fear`, `surprise` or `none`.
    emotion: Option<&'static str>,
    /// How likely that is, 0 to 1.
    emotion_score: Option<f32>,
    /// Whether one seems to be under stress.
    stress: Option<bool>,
    /// How likely that is, 0 to 1.
    stress_score: Option<f32>,
    /// How much one seems to be in danger: `none`, `low`, `moderate`, `high` or `critical`.
    crisis_level: &'static str,
    /// By which signs.
    crisis_indicators: Vec<String>,
    /// What one wants: `greeting`, `closing`, `seeking_help`, `emotional_expression` or `general_support`.
    intent: String,
    /// `advice`, `listening` or `resources`, where one asked for it.
    support_request: Option<String>,
}

impl From<&Read> for TalkReadView {
    fn from(read: &Read) -> Self {
        Self {
            sentiment: read.sentiment().map(|(name, _)| name),
            sentiment_score: read.sentiment().map(|(_, score)| score),
            emotion: read.emotion().map(|(name, _)| name),
            emotion_score: read.emotion().map(|(_, score)| score),
            stress: read.stress().map(|(is_so, _)| is_so),
            stress_score: read.stress().map(|(_, score)| score),
            crisis_level: level_name(read.level()),
            crisis_indicators: read.indicators.clone(),
            intent: read.intent.clone(),
            support_request: read.wants.clone(),
        }
    }
}

/// A turn.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct TurnView {
    /// Its number in the talk, from 1 on.
    number: i64,
    /// `person` or `attune`.
    from: &'static str,
    /// When it was said, RFC 3339.
    at: String,
    /// Null where it does not open.
    text: Option<String>,
    /// Of an answer what it is meant to be: `listening`, `advice`, `resources`, `validation`, `crisis_response` or `follow_up`.
    support_type: Option<String>,
    /// Of an answer whether a language model wrote it.
    by_model: bool,
    /// Of an answer whether it was stopped before its end.
    stopped: bool,
    /// Of what one wrote oneself.
    read: Option<TalkReadView>,
}

impl TurnView {
    pub(super) fn new(number: i64, own: bool, at: i64, turn: Option<&Turn>) -> Self {
        Self {
            number,
            from: if own { "person" } else { "attune" },
            at: rfc3339(at),
            text: turn.map(|turn| turn.text.clone()),
            support_type: turn.and_then(|turn| turn.support.clone()),
            by_model: turn.is_some_and(|turn| turn.by_model),
            stopped: turn.is_some_and(|turn| turn.stopped),
            read: turn.and_then(|turn| turn.read.as_ref()).map(TalkReadView::from),
        }
    }
}

impl From<&Opened> for TurnView {
    fn from(of: &Opened) -> Self {
        Self::new(of.number, of.own, of.at, of.turn.as_ref())
    }
}

/// An answer that a language model was asked for and that is not there yet.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct PendingAnswer {
    /// The number of the turn that it becomes.
    number: i64,
    /// `made`, or `cut` where whoever made it is gone: it can be asked for anew.
    state: &'static str,
}

impl From<Pending> for PendingAnswer {
    fn from(of: Pending) -> Self {
        match of {
            Pending::Made(number) => Self { number, state: "made" },
            Pending::Cut(number) => Self { number, state: "cut" },
        }
    }
}
