//! Makes an answer: asks the model, writes down what comes, and ends it; where the model does not answer, the built-in companion does.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use attune_analysis::text::Reading;
use attune_ground::http::Problem;
use attune_people::{accounts, sign_in};
use attune_protocol::ids::PersonId;
use attune_protocol::seal::SealKey;
use tokio::time::sleep;

use super::rows::{self as answers, none};
use crate::answering::{Answer, Asked, Line, Out, Said, Unanswered};
use crate::built_in::{built_in, turn};
use crate::companion;
use crate::consent;
use crate::crisis;
use crate::egress::{self, Leaving};
use crate::error::TalksError;
use crate::limits;
use crate::live::{At, Live};
use crate::memory;
use crate::plan;
use crate::rows::{self, Opened};
use crate::sealed::Turn;
use crate::state::Talks;

/// How often what was said is written down, and the lease renewed.
const TICK: Duration = Duration::from_secs(1);

/// Begins an answer that waits, of what was read; it goes on by itself.
pub(crate) fn begin(state: &Talks, at: At, reading: Reading) {
    let state = state.clone();
    tokio::spawn(async move {
        if let Err(error) = run(&state, at, reading).await {
            tracing::warn!(%error, "An answer could not be written; it is cut once its lease is over.");
        }
    });
}

/// Asks for an answer anew that was cut, and whose turn is the next one still.
///
/// # Errors
/// 404 where none was cut, 403 where the person does not agree to a model any more, 410 for who was erased, 429 where they have asked as
/// often as they may.
pub(crate) async fn again(state: &Talks, at: At) -> Result<(), Problem> {
    let (person, talk, number) = at;
    let Some(key) = state.key_of(person).await? else { return Err(Problem::erased()) };
    let text = last_words(state, &key, at).await?.ok_or_else(none)?;
    let reading = state.reader().apart(move |reader| reader.read(&text)).await?;
    let done = state.store().again(|| async {
        let mut transaction = state.store().begin().await?;
        if !accounts::lock(&mut transaction, person).await? {
            return Ok(Err(Problem::erased()));
        }
        if !consent::newest(&mut transaction, person, &key).await?.is_some_and(|consent| consent.model) {
            return Ok(Err(Problem::forbidden("you do not agree any more that a language model is asked")));
        }
        if rows::one(&mut transaction, &key, (person, talk)).await?.is_none_or(|of| of.turns != number - 1) {
            return Ok(Err(Problem::conflict("number", "the talk has gone on since: say it anew")));
        }
        let now = transaction.database_time().await?;
        if !limits::take(&mut transaction, person, now, state.settings().answers_a_day).await? {
            let why = "language models were asked as often as they may be within a day: go on tomorrow";
            return Ok(Err(Problem::too_many(why, 3600)));
        }
        if !answers::wait_anew(&mut transaction, at, now).await? {
            return Ok(Err(none()));
        }
        transaction.commit().await?;
        Ok::<_, TalksError>(Ok(()))
    });
    done.await??;
    begin(state, at, reading);
    Ok(())
}

/// What the person wrote before an answer.
async fn last_words(state: &Talks, key: &SealKey, (person, talk, number): At) -> Result<Option<String>, TalksError> {
    let turns = rows::turns(state.store(), key, (person, talk)).await?;
    let asked = turns.iter().find(|turn| turn.own && turn.number == number - 1);
    Ok(asked.and_then(|asked| asked.turn.as_ref()).map(|turn| turn.text.clone()))
}

/// Makes an answer from its beginning to its end. Nobody else does meanwhile, and it is made no second time.
async fn run(state: &Talks, at: At, reading: Reading) -> Result<(), TalksError> {
    let holder = PersonId::random().to_string();
    let Some(fence) = answers::claim(state.store(), at, &holder).await? else { return Ok(()) };
    // Before anything is asked: who listens from now on hears it.
    let held = state.lives().begin(at);
    let Some(key) = state.key_of(at.0).await? else { return Ok(()) };
    let (asked, agreed_at) = asked(state, &key, at, reading).await?;
    let leaving = Leaving { at, fence, agreed_at };
    let Some(answered) = make(state, &key, leaving, &asked, &held.live).await? else { return Ok(()) };
    if let Err(why) = answered {
        tracing::info!(%why, "A language model did not answer; the built-in companion does.");
    }
    let said = held.live.all().text();
    state.store().again(|| end(state, &key, (at, fence), &asked, (answered.as_ref().ok(), &said))).await
}

/// What the model is asked, and when its person agreed to that.
async fn asked(state: &Talks, key: &SealKey, at: At, reading: Reading) -> Result<(Asked, Option<i64>), TalksError> {
    let (person, talk, number) = at;
    let mut turns = rows::turns(state.store(), key, (person, talk)).await?;
    turns.retain(|turn| turn.number < number);
    let text = turns.pop().and_then(|last| last.turn).map(|turn| turn.text.clone()).unwrap_or_default();
    // Before anything that it allows is read: what changes later shows by it.
    let consent = consent::now(state.store(), person, key).await?;
    let remembered = if consent.as_ref().is_some_and(|consent| consent.memory) {
        let mut connection = state.store().pool().acquire().await?;
        memory::texts(&memory::all(&mut connection, key, person).await?)
    } else {
        Vec::new()
    };
    let told = |(place, turn): (usize, &Opened)| if is_of_danger(&turns, place) { None } else { line(turn) };
    let history = turns.iter().enumerate().filter_map(told).collect();
    let asked = Asked { history, text, reading, remembered, names: names(state, person).await? };
    Ok((asked, consent.map(|consent| consent.at)))
}

/// Whether a turn is of danger: one that says so, what the companion answers to that or asks about it, and what is answered to either. No model
/// is asked about it then, nor told of it later.
fn is_of_danger(turns: &[Opened], place: usize) -> bool {
    let is_fixed = |turn: &Opened| {
        turn.turn.as_ref().and_then(|turn| turn.read.as_ref()).is_some_and(|read| crisis::is_fixed(read.level()))
    };
    let says = |place: usize| turns.get(place).is_some_and(|turn| turn.own && is_fixed(turn));
    let support = |turn: &Opened| turn.turn.as_ref().and_then(|turn| turn.support.clone());
    let is_ours = |place: usize| {
        let support = turns.get(place).filter(|turn| !turn.own).and_then(support);
        support.is_some_and(|support| companion::is_about_danger(&support))
    };
    let before = place.checked_sub(1);
    if turns.get(place).is_some_and(|turn| turn.own) {
        says(place) || is_ours(place + 1) || before.is_some_and(is_ours)
    } else {
        is_ours(place) || before.is_some_and(says)
    }
}

/// A turn as a line; none of one that does not open.
fn line(of: &Opened) -> Option<Line> {
    let turn = of.turn.as_ref()?;
    let said = if of.own { Said::ByPerson } else { Said::ByUs };
    let importance = turn.read.as_ref().map_or(0.5, |read| read.importance);
    Some(Line { said, text: turn.text.clone(), importance })
}

/// By which names a person is known here.
async fn names(state: &Talks, person: PersonId) -> Result<Vec<String>, TalksError> {
    let (store, keys) = (state.store(), state.people().keys());
    let users = accounts::users_of(store, keys, &BTreeSet::from([person])).await?;
    let mut names: Vec<String> = users.into_values().collect();
    if let Some(login) = sign_in::of_person(store, person).await?
        && let Some(found) = sign_in::find(store, keys, login).await?
    {
        names.push(found.name);
    }
    Ok(names)
}

/// Asks the model, and writes down what comes each second. None where it was stopped meanwhile: what was being made is dropped, and cut.
async fn make(
    state: &Talks,
    key: &SealKey,
    leaving: Leaving,
    asked: &Asked,
    live: &Arc<Live>,
) -> Result<Option<Result<Answer, Unanswered>>, TalksError> {
    let Some(model) = state.model() else { return Ok(Some(Err(Unanswered::Refused))) };
    let out = out(state, leaving, live);
    let mut answering = model.answer(asked, &out);
    loop {
        tokio::select! {
            answered = &mut answering => return Ok(Some(answered)),
            () = live.stopped() => return Ok(None),
            () = sleep(TICK) => {
                if !answers::keep(state.store(), key, leaving.at, leaving.fence, &live.all()).await? {
                    return Ok(None);
                }
            }
        }
    }
}

fn out(state: &Talks, leaving: Leaving, live: &Arc<Live>) -> Out {
    let (says, takes, state) = (Arc::clone(live), Arc::clone(live), state.clone());
    Out::new(
        move |piece| says.say(piece),
        move || takes.take_back(),
        move |endpoint, bytes| {
            let state = state.clone();
            Box::pin(async move {
                let may = egress::leave(&state, leaving, &endpoint, bytes).await;
                may.unwrap_or_else(|error| {
                    tracing::warn!(%error, "That text is to leave could not be put on record; it does not.");
                    false
                })
            })
        },
    )
}

/// Ends an answer, if it is still this holder's: with what the model said, or else with what the built-in companion does.
async fn end(
    state: &Talks,
    key: &SealKey,
    (at, fence): (At, i64),
    asked: &Asked,
    (answer, said): (Option<&Answer>, &str),
) -> Result<(), TalksError> {
    let (person, talk, number) = at;
    let country = plan::country(state, key, person).await?;
    let mut transaction = state.store().begin().await?;
    if !accounts::lock(&mut transaction, person).await? || !answers::end(&mut transaction, at, fence).await? {
        return Ok(());
    }
    let consent = consent::newest(&mut transaction, person, key).await?.filter(|consent| consent.talk);
    let Some(consent) = consent else { return Ok(()) };
    let found = rows::one(&mut transaction, key, (person, talk)).await?.filter(|of| of.turns == number - 1);
    let Some(mut head) = found.and_then(|of| of.head) else { return Ok(()) };
    let now = transaction.database_time().await?;
    let (hearing, _) = companion::hear(&asked.text, &asked.reading);
    let turn = match answer.filter(|_| !said.trim().is_empty()) {
        Some(answer) => {
            companion::passed(&mut head.companion, &hearing);
            let (text, support) = (said.to_owned(), Some(answer.support.to_owned()));
            Turn { text, read: None, support, by_model: true, stopped: false }
        }
        None => {
            let of = (consent, country.as_deref(), now);
            turn(&built_in(&mut transaction, (key, person, talk), (&mut head, &hearing), of).await?)
        }
    };
    let nonce = PersonId::random().0;
    rows::put_turn(&mut transaction, key, at, (false, &nonce, now), &turn).await?;
    rows::put_head(&mut transaction, key, (person, talk), &head).await?;
    rows::put_stand(&mut transaction, (person, talk), (number, now), false).await?;
    Ok(transaction.commit().await?)
}
