//! OpenSoft's messages.

use std::sync::Arc;

use attune_ground::http::Problem;
use attune_ground::time::rfc3339;
use attune_people::me::{Own, pseudonym};
use attune_people::sign_in;
use serde_json::{Value, json};

use crate::rows::Opened;
use crate::state::Talks;

/// What is told to a client.
pub(super) type Text = Arc<str>;

/// Who answers, as clients show them.
pub(super) const BOT_ID: &str = "chatbot";
pub(super) const BOT_NAME: &str = "HR Assistant";

/// Who talks, as clients know them.
#[derive(Clone, Debug)]
pub(super) struct User {
    /// A pseudonym, which leads to nobody.
    pub(super) id: String,
    pub(super) name: String,
}

impl User {
    /// Whoever asks.
    ///
    /// # Errors
    /// When the database refuses.
    pub(super) async fn of(state: &Talks, own: &Own) -> Result<Self, Problem> {
        let found = sign_in::find(state.store(), state.people().keys(), own.login).await?;
        let found = found.ok_or_else(|| Problem::unauthorized("this account is there no more"))?;
        Ok(Self { id: pseudonym(state.people().own(), own.person), name: found.name })
    }

    fn shown(&self) -> Value {
        json!({"id": self.id, "username": self.name, "profile_pic": null})
    }
}

/// A turn as a message of a chat; none of one that does not open.
pub(super) fn message(user: &User, of: &Opened) -> Option<Value> {
    let text = &of.turn.as_ref()?.text;
    let (direction, by) = match of.own {
        true => ("sent", user.shown()),
        false => ("received", json!({"id": BOT_ID, "username": BOT_NAME, "profile_pic": null})),
    };
    Some(json!({
        "id": of.number, "message": text, "direction": direction, "timestamp": rfc3339(of.at), "user": by,
    }))
}

/// All that was said.
pub(super) fn messages(user: &User, turns: &[Opened]) -> Vec<Value> {
    turns.iter().filter_map(|turn| message(user, turn)).collect()
}

/// The same with how much that is.
pub(super) fn history(user: &User, turns: &[Opened]) -> Value {
    let messages = messages(user, turns);
    json!({"count": messages.len(), "user": user.shown(), "messages": messages})
}

/// What went wrong.
pub(super) fn error(message: &str) -> String {
    json!({"type": "error", "message": message}).to_string()
}

/// A piece of an answer.
pub(super) fn piece(text: &str) -> String {
    json!({"type": "chatbot_stream", "chunk": text, "user_id": BOT_ID, "username": BOT_NAME}).to_string()
}

/// A whole answer.
pub(super) fn response(text: &str) -> String {
    json!({"type": "chatbot_response", "message": text, "user_id": BOT_ID, "username": BOT_NAME}).to_string()
}

/// A text in sentences, each with what stands behind it.
pub(super) fn sentences(text: &str) -> impl Iterator<Item = &str> {
    text.split_inclusive(['.', '?', '!', '\n']).filter(|piece| !piece.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sealed::Turn;

    #[test]
    fn a_chat_reads_as_opensofts_clients_have_it() {
        let user = User { id: "p1".into(), name: "alice".into() };
        let turn = |text: &str| Turn { text: text.into(), read: None, support: None, by_model: false, stopped: false };
        let turns = [
            Opened { number: 1, own: true, at: 0, turn: Some(turn("Hi")) },
            Opened { number: 2, own: false, at: 1, turn: Some(turn("Hello.")) },
            Opened { number: 3, own: true, at: 2, turn: None },
        ];
        let history = history(&user, &turns);
        assert_eq!((&history["count"], &history["user"]["username"]), (&json!(2), &json!("alice")));
        let first = json!({
            "id": 1, "message": "Hi", "direction": "sent", "timestamp": "1970-01-01T00:00:00.000Z",
            "user": {"id": "p1", "username": "alice", "profile_pic": null},
        });
        assert_eq!(history["messages"][0], first);
        assert_eq!(history["messages"][1]["direction"], "received");
        assert_eq!(history["messages"][1]["user"]["id"], "chatbot");
    }

    #[test]
    fn an_answer_is_told_in_sentences_that_are_all_of_it() {
        let text = "One. Two?\nThree\u{1f600}!!  Four";
        assert_eq!(sentences(text).collect::<String>(), text);
        assert_eq!(sentences("One. Two").count(), 2);
        assert_eq!(sentences("").count(), 0);
    }
}
