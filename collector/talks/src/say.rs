//! Takes what somebody writes in a talk, once however often it is sent, and answers it in the same transaction: with the fixed words where
//! there is a sign of danger, which no model is asked about, else with the built-in companion's. Where a language model answers, the
//! transaction writes that it is asked, and [`crate::answers`] goes on.

use std::sync::Arc;

use attune_analysis::text::Reading;
use attune_ground::http::Problem;
use attune_ground::store::Write;
use attune_people::accounts;
use attune_protocol::ids::PersonId;
use attune_protocol::seal::SealKey;

use crate::built_in::{built_in, turn};
use crate::companion::{self, Hearing};
use crate::consent;
use crate::crisis;
use crate::error::TalksError;
use crate::limits;
use crate::plan;
use crate::reader::Reader;
use crate::rows;
use crate::sealed::{Consent, Head, Read, Sealed as _, Status, TalkId, Turn};
use crate::state::Talks;
use crate::written::{self, LONGEST, LONGEST_ROOM};

/// Turns of one talk, and talks of one person.
const MOST_TURNS: i64 = 1000;
const MOST_TALKS: usize = 500;

/// Turns of one person within an hour.
pub(crate) const MOST_AN_HOUR: i64 = 120;
const HOUR: i64 = 3_600_000;

/// In which talk somebody writes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Where {
    /// In a new one.
    New,
    /// In this one.
    Talk(TalkId),
    /// In the newest of a room that goes on, or a new one of it.
    Room(String),
}

/// What somebody writes.
#[derive(Clone, Debug)]
pub(crate) struct Words<'a> {
    pub(crate) place: Where,
    /// By which it comes once.
    pub(crate) nonce: [u8; 16],
    pub(crate) text: &'a str,
}

/// What came of it.
#[derive(Clone, Debug)]
pub(crate) struct Told {
    pub(crate) talk: TalkId,
    /// The number of the turn; the answer's is the next.
    pub(crate) number: i64,
    /// When, Unix milliseconds.
    pub(crate) at: i64,
    pub(crate) read: Option<Read>,
    /// The answer, and none where a model is asked for it.
    pub(crate) reply: Option<Turn>,
    pub(crate) status: Status,
    /// Whether somebody is to be brought in, by MindPulse's rule.
    pub(crate) escalated: bool,
    /// Whether it was taken in now; it may have come before.
    is_new: bool,
}

/// Takes in what a person writes, and answers it.
///
/// # Errors
/// 400 for what does not read, 403 where they did not agree to talks, 404 where there is no such talk, 409 where another answer is being made
/// there, or there are too many, 410 for who was erased, 429 where they write too often.
pub(crate) async fn say(state: &Talks, person: PersonId, words: Words<'_>) -> Result<Told, Problem> {
    state.check_kept()?;
    let text = written::written("message", words.text, LONGEST)?;
    let place = match words.place {
        Where::Room(room) => Where::Room(written::written("room", &room, LONGEST_ROOM)?),
        place => place,
    };
    let Some(key) = state.key_of(person).await? else { return Err(Problem::erased()) };
    // Before it is read; and once more behind the lock.
    if !consent::now(state.store(), person, &key).await?.is_some_and(|consent| consent.talk) {
        return Err(not_agreed());
    }
    let (reading, hearing, read) = heard(state, &text).await?;
    let country = plan::country(state, &key, person).await?;
    let taking =
        Taking { state, person, text: &text, place: &place, nonce: &words.nonce, hearing: &hearing, read: &read };
    let told = state.store().again(|| taking.take(country.as_deref())).await??;
    if told.is_new && told.reply.is_none() {
        crate::answers::begin(state, (person, told.talk, told.number + 1), reading);
    }
    Ok(told)
}

fn not_agreed() -> Problem {
    Problem::forbidden("nobody talks here before they agreed to it: /me/talk says to what")
}

/// What is read of a text, on a thread of its own.
async fn heard(state: &Talks, text: &str) -> Result<(Reading, Hearing, Read), Problem> {
    let text = text.to_owned();
    let work = move |reader: &Reader| {
        let reading = reader.read(&text);
        let (hearing, heard) = companion::hear(&text, &reading);
        let read = Read::new(&reading, heard);
        (reading, hearing, read)
    };
    state.reader().apart(work).await
}

/// What is about to be taken in.
struct Taking<'a> {
    state: &'a Talks,
    person: PersonId,
    text: &'a str,
    place: &'a Where,
    nonce: &'a [u8; 16],
    hearing: &'a Hearing,
    read: &'a Read,
}

/// How the talk stands in which something is written, behind the lock of its person.
struct Open {
    key: Arc<SealKey>,
    id: TalkId,
    head: Head,
    turns: i64,
    now: i64,
}

impl Taking<'_> {
    async fn take(&self, country: Option<&str>) -> Result<Result<Told, Problem>, TalksError> {
        let mut transaction = self.state.store().begin().await?;
        if !accounts::lock(&mut transaction, self.person).await? {
            return Ok(Err(Problem::erased()));
        }
        let Some(key) = self.state.key_of(self.person).await? else { return Ok(Err(Problem::erased())) };
        let consent = consent::newest(&mut transaction, self.person, &key).await?;
        let Some(consent) = consent.filter(|consent| consent.talk) else {
            return Ok(Err(not_agreed()));
        };
        let now = transaction.database_time().await?;
        let mut open = match self.open(&mut transaction, key, now).await? {
            Ok(open) => open,
            Err(refused) => return Ok(Err(refused)),
        };
        if let Some(came) = self.came(&mut transaction, &open).await? {
            return Ok(came);
        }
        if let Err(refused) = self.check(&mut transaction, &open).await? {
            return Ok(Err(refused));
        }
        let told = self.put(&mut transaction, &mut open, consent, country).await?;
        transaction.commit().await?;
        Ok(Ok(told))
    }

    /// The talk in which it is written, begun where it is a new one.
    async fn open(
        &self,
        transaction: &mut Write,
        key: Arc<SealKey>,
        now: i64,
    ) -> Result<Result<Open, Problem>, TalksError> {
        let none = || Problem::not_found("there is no such talk");
        let found = match self.place {
            Where::Talk(id) => match rows::one(transaction, &key, (self.person, *id)).await? {
                Some(talk) => Some(talk),
                None => return Ok(Err(none())),
            },
            Where::New => rows::one(transaction, &key, (self.person, id_of(self.nonce))).await?,
            Where::Room(room) => {
                let all = rows::all(transaction, &key, self.person).await?;
                let goes_on = |head: &Head| head.room.as_ref() == Some(room) && head.status != Status::Ended;
                all.into_iter().find(|talk| talk.head.as_ref().is_some_and(goes_on))
            }
        };
        if let Some(talk) = found {
            let (id, turns) = (talk.id, talk.turns);
            let Some(head) = talk.head else { return Ok(Err(none())) };
            return Ok(Ok(Open { key, id, head, turns, now }));
        }
        if rows::all(transaction, &key, self.person).await?.len() >= MOST_TALKS {
            let why = format!("there are {MOST_TALKS} talks already: delete one, or go on in one of them");
            return Ok(Err(Problem::conflict("conversation_id", why)));
        }
        let room = match self.place {
            Where::Room(room) => Some(room.clone()),
            Where::New | Where::Talk(_) => None,
        };
        let (title, id) = (written::title(self.text), id_of(self.nonce));
        let head =
            Head { title, room, status: Status::Active, flags: Vec::new(), follow_up_at: None, companion: Vec::new() };
        if !rows::begin(transaction, &key, (self.person, id), &head, now).await? {
            return Ok(Err(Problem::conflict("id", "another talk has this id: draw it by chance")));
        }
        Ok(Ok(Open { key, id, head, turns: 0, now }))
    }

    /// What became of a turn under whose nonce one is there; none where none is.
    async fn came(&self, transaction: &mut Write, open: &Open) -> Result<Option<Result<Told, Problem>>, TalksError> {
        let row: Option<(i64, i64, Vec<u8>)> = sqlx::query_as(
            "SELECT number, at, sealed FROM talk_turns WHERE person = $1 AND talk = $2 AND nonce = $3 AND own = 1",
        )
        .bind(self.person.0.to_vec())
        .bind(open.id)
        .bind(self.nonce.to_vec())
        .fetch_optional(&mut ***transaction)
        .await?;
        let Some((number, at, sealed)) = row else {
            if *self.place == Where::New && open.turns > 0 {
                // Its first turn is too old to be kept, or came under another nonce.
                return Ok(Some(Err(Problem::conflict("id", "another talk has this id: draw it by chance"))));
            }
            return Ok(None);
        };
        let turn = Turn::open(&open.key, self.person, &[open.id, number], &sealed);
        if turn.as_ref().is_some_and(|turn| turn.text != self.text) {
            let why = "another message was sent under this id: send this one anew";
            return Ok(Some(Err(Problem::conflict("message", why))));
        }
        let of = (self.person, open.id);
        let behind = rows::turns_behind(transaction, &open.key, of, number).await?;
        let reply = behind.into_iter().next().filter(|next| next.number == number + 1 && !next.own);
        let read = turn.as_ref().and_then(|turn| turn.read.clone());
        let escalated = read.as_ref().is_some_and(|read| crisis::is_escalated(read.level(), &open.head));
        Ok(Some(Ok(Told {
            talk: open.id,
            number,
            at,
            read,
            reply: reply.and_then(|next| next.turn),
            status: open.head.status,
            escalated,
            is_new: false,
        })))
    }

    /// Lets pass what may be written now.
    async fn check(&self, transaction: &mut Write, open: &Open) -> Result<Result<(), Problem>, TalksError> {
        if open.turns >= MOST_TURNS {
            let why = format!("there are {MOST_TURNS} turns in this talk: begin another one");
            return Ok(Err(Problem::conflict("message", why)));
        }
        if limits::within(transaction, self.person, (open.now - HOUR, open.now)).await? >= MOST_AN_HOUR {
            let why = format!("{MOST_AN_HOUR} messages were written within an hour: write the next one later");
            return Ok(Err(Problem::too_many(why, 5 * 60)));
        }
        let made: Option<(i64,)> =
            sqlx::query_as("SELECT number FROM talk_answers WHERE person = $1 AND talk = $2 AND state < 2 LIMIT 1")
                .bind(self.person.0.to_vec())
                .bind(open.id)
                .fetch_optional(&mut ***transaction)
                .await?;
        if made.is_some() {
            return Ok(Err(Problem::conflict("message", "an answer is being made: wait for it, or stop it")));
        }
        Ok(Ok(()))
    }

    /// Writes the turn and what answers it, or that a model is asked to.
    async fn put(
        &self,
        transaction: &mut Write,
        open: &mut Open,
        consent: Consent,
        country: Option<&str>,
    ) -> Result<Told, TalksError> {
        let (of, now) = ((self.person, open.id), open.now);
        let read = self.read.clone().at_least(companion::level(&open.head.companion, self.hearing));
        let level = read.level();
        let number = open.turns + 1;
        let turn = Turn {
            text: self.text.to_owned(),
            read: Some(read.clone()),
            support: None,
            by_model: false,
            stopped: false,
        };
        rows::put_turn(transaction, &open.key, (of.0, of.1, number), (true, self.nonce, now), &turn).await?;
        if matches!(open.head.status, Status::Archived | Status::Ended) {
            open.head.status = Status::Active;
        }
        limits::note(transaction, self.person, now).await?;
        crisis::note(&mut open.head, &read, now);
        let is_told = crisis::is_fixed(level) && consent.tell && self.call(transaction, open, number).await?;
        let mut reply = self.reply(transaction, open, consent, country).await?;
        if let Some(reply) = reply.as_mut().filter(|_| is_told) {
            // In the transaction that has them told: nobody is before it stands in the talk.
            reply.text = format!("{}\n\n{}", reply.text.trim_end(), companion::TOLD);
        }
        let turns = match &reply {
            Some(reply) => {
                let at = (of.0, of.1, number + 1);
                rows::put_turn(transaction, &open.key, at, (false, &PersonId::random().0, now), reply).await?;
                number + 1
            }
            None => {
                ask(transaction, (of.0, of.1, number + 1), now).await?;
                number
            }
        };
        rows::put_head(transaction, &open.key, of, &open.head).await?;
        // What answers at once is told with what answers this.
        rows::put_stand(transaction, of, (turns, now), true).await?;
        let escalated = crisis::is_escalated(level, &open.head);
        let (talk, status, read) = (open.id, open.head.status, Some(read));
        Ok(Told { talk, number, at: now, read, reply, status, escalated, is_new: true })
    }

    /// Has those told whom its person chose for that; gives whether there is anybody.
    async fn call(&self, transaction: &mut Write, open: &Open, number: i64) -> Result<bool, TalksError> {
        let Some(danger) = self.state.danger() else { return Ok(false) };
        let place = [b"talk danger".as_slice(), &open.id.to_be_bytes(), &number.to_be_bytes()].concat();
        Ok(danger(transaction, self.person, open.key.fingerprint(&place), open.now).await?)
    }

    /// The answer; none where a model is asked.
    async fn reply(
        &self,
        transaction: &mut Write,
        open: &mut Open,
        consent: Consent,
        country: Option<&str>,
    ) -> Result<Option<Turn>, TalksError> {
        let help = &self.state.settings().help;
        if let Some(fixed) = companion::urgent(&mut open.head.companion, self.hearing, country, help) {
            return Ok(Some(turn(&fixed)));
        }
        // What may mean danger is asked directly, and what follows the fixed words is fixed: by the companion, whoever else could answer.
        let is_ours = self.hearing.hint || companion::follows_up(&open.head.companion);
        let asks = consent.model && !is_ours;
        if asks && self.state.model().is_some() {
            let most = self.state.settings().answers_a_day;
            if limits::take(transaction, self.person, open.now, most).await? {
                return Ok(None);
            }
        }
        let of = (&*open.key, self.person, open.id);
        let reply = built_in(transaction, of, (&mut open.head, self.hearing), (consent, country, open.now));
        Ok(Some(turn(&reply.await?)))
    }
}

/// Writes that a model is asked for an answer.
async fn ask(
    transaction: &mut Write,
    (person, talk, number): (PersonId, TalkId, i64),
    now: i64,
) -> Result<(), TalksError> {
    // One of this number may have been stopped before it said anything.
    sqlx::query(
        "INSERT INTO talk_answers (person, talk, number, state, asked_at, fence) VALUES ($1, $2, $3, 0, $4, 0) \
         ON CONFLICT (person, talk, number) DO UPDATE SET state = 0, asked_at = excluded.asked_at, \
         fence = talk_answers.fence + 1, holder = NULL, lease_until = NULL, sealed = NULL",
    )
    .bind(person.0.to_vec())
    .bind(talk)
    .bind(number)
    .bind(now)
    .execute(&mut ***transaction)
    .await?;
    Ok(())
}

/// The number of a talk that begins with a turn: of eleven digits, as clients of MindPulse have it, and the same for the same turn.
fn id_of(nonce: &[u8; 16]) -> TalkId {
    const LEAST: u64 = 10_000_000_000;
    let drawn = nonce.iter().take(8).fold(0_u64, |drawn, byte| (drawn << 8) | u64::from(*byte));
    (LEAST + drawn % (9 * LEAST)).cast_signed()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_talk_has_eleven_digits_and_one_number_for_the_turn_that_begins_it() {
        for nonce in [[0; 16], [u8::MAX; 16], [7; 16]] {
            assert_eq!((id_of(&nonce).to_string().len(), id_of(&nonce)), (11, id_of(&nonce)));
        }
        assert_ne!(id_of(&[7; 16]), id_of(&[8; 16]));
    }
}
