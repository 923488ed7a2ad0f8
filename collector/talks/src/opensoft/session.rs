//! What a client of a room says, and what it is told.

use attune_ground::http::{Problem, Rate, Rates};
use attune_people::me::Own;
use attune_protocol::ids::PersonId;
use serde::Deserialize;
use serde_json::json;

use super::shape::{self, Text, User};
use crate::answers::{Event, Following};
use crate::error::TalksError;
use crate::report;
use crate::rooms::{Seat, Teller};
use crate::rows::{self, Opened, Talk};
use crate::say::{Told, Where, Words, say};
use crate::sealed::Status;
use crate::state::Talks;

/// How often one socket may say something.
const PACE: Rate = Rate { per_second: 1.0, burst: 20 };

/// What comes in, of which nothing but these is looked at.
#[derive(Deserialize)]
struct Incoming {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    message: Option<String>,
}

/// What follows from what was said.
pub(super) enum Then {
    /// These are told.
    Say(Vec<Text>),
    /// These are told, and it is closed.
    SayAndLeave(Vec<Text>),
}

/// Somebody in a room, on one device.
pub(super) struct Session {
    state: Talks,
    own: Own,
    user: User,
    room: String,
    seat: Seat,
    pace: Rates<()>,
    /// Whether the others were told that they came, and not yet that they left.
    is_in: bool,
}

impl Session {
    pub(super) fn new(state: &Talks, own: Own, user: User, room: &str) -> Self {
        let seat = state.rooms().enter(own.person, room);
        let (state, room) = (state.clone(), room.to_owned());
        Self { state, own, user, room, seat, pace: Rates::default(), is_in: false }
    }

    /// What is told in the room.
    pub(super) async fn told(&mut self) -> Option<Text> {
        self.seat.hear().await
    }

    /// What a client said.
    pub(super) async fn heard(&mut self, text: &str) -> Then {
        let answered = match self.pace.take((), PACE) {
            Err(_) => Err(Problem::too_many("you say too much at once: wait a moment", 1)),
            Ok(()) => match serde_json::from_str::<Incoming>(text) {
                Ok(came) => self.answer(came).await,
                Err(_) => Err(Problem::bad_request("message", "a message is JSON with a type")),
            },
        };
        answered.unwrap_or_else(|problem| Then::Say(vec![shape::error(&problem.detail).into()]))
    }

    async fn answer(&mut self, came: Incoming) -> Result<Then, Problem> {
        match came.kind.as_str() {
            "connection" => self.connect().await,
            "chatbot_query" => {
                self.query(&came.message.unwrap_or_default()).await?;
                Ok(Then::Say(Vec::new()))
            }
            "disconnect_request" => {
                let (_, turns) = self.said().await?;
                let messages = shape::messages(&self.user, &turns);
                let text =
                    json!({"type": "disconnect_confirmed", "message": "You left the chat.", "chat_messages": messages});
                Ok(Then::SayAndLeave(vec![text.to_string().into()]))
            }
            _ => Err(Problem::bad_request("type", "type is connection, chatbot_query or disconnect_request")),
        }
    }

    async fn connect(&mut self) -> Result<Then, Problem> {
        let (_, turns) = self.said().await?;
        let confirmed = json!({
            "type": "connection_confirmed",
            "user_id": self.user.id,
            "employee_id": self.user.name,
            "chat_messages": shape::messages(&self.user, &turns),
        });
        if !self.is_in {
            self.is_in = true;
            let message = format!("{} joined the chat.", self.user.name);
            self.others("connect", &message, None);
        }
        Ok(Then::Say(vec![confirmed.to_string().into()]))
    }

    /// Tells the other devices that one came or left.
    fn others(&self, kind: &str, message: &str, turns: Option<&[Opened]>) {
        let mut text = json!({
            "type": kind, "message": message, "user_id": self.user.id, "username": self.user.name,
        });
        if let Some(turns) = turns {
            text["chat_messages"] = json!(shape::messages(&self.user, turns));
            text["chat_history"] = shape::history(&self.user, turns);
        }
        self.seat.teller.others(&text.to_string());
    }

    async fn query(&mut self, text: &str) -> Result<(), Problem> {
        let words = Words { place: Where::Room(self.room.clone()), nonce: PersonId::random().0, text };
        let told = say(&self.state, self.own.person, words).await?;
        let teller = self.seat.teller.clone();
        match &told.reply {
            Some(reply) => tell(&teller, &reply.text),
            None => self.follow(&told, teller).await?,
        }
        Ok(())
    }

    /// Has an answer told as it is made; it goes on also where this device leaves.
    async fn follow(&self, told: &Told, teller: Teller) -> Result<(), Problem> {
        let Some(key) = self.state.key_of(self.own.person).await? else { return Err(Problem::erased()) };
        let mut following = Following::new(&self.state, key, (self.own.person, told.talk, told.number + 1), 0);
        tokio::spawn(async move {
            loop {
                match following.next().await {
                    Ok(Some(Event::Piece(_, text))) => teller.all(&shape::piece(&text)),
                    // These clients know no taking back: the whole answer comes in the place of its pieces.
                    Ok(Some(Event::Instead(_))) => {}
                    Ok(Some(Event::Answered(turn))) => teller.all(&shape::response(&turn.text)),
                    Ok(Some(Event::Stopped)) => teller.all(&shape::error("the answer was stopped")),
                    Ok(Some(Event::Cut)) => teller.all(&shape::error("the answer was cut: say it anew")),
                    Ok(None) => break,
                    Err(error) => {
                        tracing::warn!(%error, "An answer could not be read for a room.");
                        teller.all(&shape::error("the answer could not be read: load the room anew"));
                        break;
                    }
                }
            }
        });
        Ok(())
    }

    /// The talk of the room, and what was said in it; none where nothing was.
    async fn said(&self) -> Result<(Option<Talk>, Vec<Opened>), TalksError> {
        let Some(key) = self.state.key_of(self.own.person).await? else { return Ok((None, Vec::new())) };
        let all = rows::of_person(self.state.store(), &key, self.own.person).await?;
        let is_it = |talk: &Talk| {
            talk.head
                .as_ref()
                .is_some_and(|head| head.room.as_ref() == Some(&self.room) && head.status != Status::Ended)
        };
        let Some(talk) = all.into_iter().find(is_it) else { return Ok((None, Vec::new())) };
        let turns = rows::turns(self.state.store(), &key, (self.own.person, talk.id)).await?;
        rows::note_seen(self.state.store(), &talk).await;
        Ok((Some(talk), turns))
    }

    /// Its client is gone: the others are told, and where reports are made by themselves, one is, for the person.
    pub(super) async fn left(self) {
        if !self.is_in {
            return;
        }
        let told = async {
            let (talk, turns) = self.said().await?;
            self.others("disconnect", &format!("{} left the chat.", self.user.name), Some(&turns));
            if let Some(talk) = talk.filter(|_| self.state.reports_by_itself() && turns.iter().any(|turn| turn.own)) {
                report::make(&self.state, (self.own.person, talk.id)).await?;
            }
            Ok::<_, Problem>(())
        };
        if let Err(problem) = told.await {
            tracing::warn!(status = problem.status, "That somebody left a room could not be told.");
        }
    }
}

/// Tells an answer that is there, sentence by sentence, and then as a whole.
fn tell(teller: &Teller, text: &str) {
    shape::sentences(text).for_each(|piece| teller.all(&shape::piece(piece)));
    teller.all(&shape::response(text));
}
