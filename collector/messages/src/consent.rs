//! What people agreed to of their messages. No device takes part in messages, so this is given in the browser, by the person who is signed
//! in; it is withdrawn there, too, and what was kept under it goes in the same moment.

use attune_ground::GroundError;
use attune_ground::http::Problem;
use attune_ground::keys::PersonKeys;
use attune_ground::measures::{Agreed, Agreeing, Book};
use attune_ground::store::{Store, Write, bytes16};
use attune_ground::time::now_millis;
use attune_people::access::{self, Act, By, Of};
use attune_people::accounts;
use attune_people::me::Own;
use attune_protocol::ids::PersonId;
use attune_protocol::policy::Data;
use attune_protocol::seal::SealKey;
use sqlx::AnyConnection;

use crate::error::MessagesError;
use crate::rows;
use crate::sealed::Consent;
use crate::state::Messages;

/// Messages that go in one transaction.
const SLICE: i64 = 500;

/// What people are shown before they agree, by version: never changed, another is a version behind it. The first of each is on having
/// messages analysed, the second on having their texts kept.
const TEXTS: [(&str, &str); 1] = [(
    "What you write in the channels that your organisation has connected is handed to this collector. It lies encrypted under a key of your \
     own until a network on this machine has read it, within minutes as a rule; then the text is destroyed. Kept are its time, its channel, \
     and numbers: whether it sounds pleased or not, which feeling it shows, whether you seem under stress, and whether you seem to be in \
     danger. You alone see those of yours. Of teams that are large enough, means are shown in which nobody can be told apart. A sign of \
     danger is shown to you alone, with where help is. You can withdraw this at any time: what waits is then destroyed, and all numbers of \
     your messages are deleted.",
    "Your texts are kept, too, encrypted under your key and with names and other personal details taken out as far as they are found, so \
     that a better network can read them again. Nobody reads them.",
)];

/// The version of the texts that are shown now.
pub(crate) const VERSION: u16 = TEXTS.len() as u16;

/// The texts of a version, those of now where there is none of it.
pub(crate) fn texts(version: u16) -> (&'static str, &'static str) {
    let place = usize::from(version).checked_sub(1);
    place.and_then(|place| TEXTS.get(place)).copied().unwrap_or(TEXTS[TEXTS.len() - 1])
}

type Row = (i64, Vec<u8>);

const ALL: &str = "SELECT number, sealed FROM message_consents WHERE person = $1 ORDER BY number";
const NEWEST: &str = "SELECT number, sealed FROM message_consents WHERE person = $1 ORDER BY number DESC LIMIT 1";

/// What a person agrees to now, behind their lock. Of who never said anything, and of what does not open, nothing.
pub(crate) async fn newest(
    transaction: &mut Write,
    person: PersonId,
    key: &SealKey,
) -> Result<Option<Consent>, GroundError> {
    newest_over(transaction, person, key).await
}

/// Since when a person agrees without having withdrawn meanwhile, Unix milliseconds, behind their lock: who chooses something else of their
/// texts agrees as before. Of what does not open nobody knows that they agreed.
pub(crate) async fn since(transaction: &mut Write, person: PersonId, key: &SealKey) -> Result<i64, GroundError> {
    let rows: Vec<Row> = sqlx::query_as(ALL).bind(person.0.to_vec()).fetch_all(&mut ***transaction).await?;
    let opened = rows.iter().rev().map(|(number, sealed)| Consent::open(key, person, *number, sealed));
    let agreed = opened.map_while(|consent| consent.filter(|consent| consent.analyse));
    Ok(agreed.last().map_or(i64::MAX, |consent| consent.at))
}

/// What people agree to of their messages, for who counts what is read of them.
pub(crate) const BOOK: Book = Book { of: Data::Text, agreed };

fn agreed<'a>(connection: &'a mut AnyConnection, keys: &'a PersonKeys, person: PersonId) -> Agreeing<'a> {
    Box::pin(async move {
        let key = match keys.of(person).await {
            Err(GroundError::Erased | GroundError::Damaged(_)) => return Ok(Agreed::Never),
            key => key?,
        };
        Ok(match newest_over(connection, person, &key).await? {
            None => Agreed::Never,
            Some(consent) if consent.analyse => Agreed::Now,
            Some(consent) => Agreed::Until(consent.at),
        })
    })
}

async fn newest_over(
    connection: &mut AnyConnection,
    person: PersonId,
    key: &SealKey,
) -> Result<Option<Consent>, GroundError> {
    let row: Option<Row> = sqlx::query_as(NEWEST).bind(person.0.to_vec()).fetch_optional(connection).await?;
    Ok(row.and_then(|(number, sealed)| Consent::open(key, person, number, &sealed)))
}

/// All that a person said, oldest first. What does not open is left out.
///
/// # Errors
/// When the database refuses, or the person's key does not open.
pub(crate) async fn all(store: &Store, keys: &PersonKeys, person: PersonId) -> Result<Vec<Consent>, GroundError> {
    let key = keys.of(person).await?;
    let rows: Vec<Row> = sqlx::query_as(ALL).bind(person.0.to_vec()).fetch_all(store.pool()).await?;
    Ok(rows.into_iter().filter_map(|(number, sealed)| Consent::open(&key, person, number, &sealed)).collect())
}

/// What a person chooses.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Choice {
    /// Whether their messages are analysed.
    pub(crate) analyse: bool,
    /// Whether their texts are kept.
    pub(crate) keep_text: bool,
    /// Which texts they were shown.
    pub(crate) text_version: u16,
}

/// Notes what a person chooses, and destroys at once what is not agreed to any more.
///
/// # Errors
/// 409 where other texts were shown than those of now, 403 where no messages are taken in, or no texts are kept.
pub(crate) async fn choose(state: &Messages, own: &Own, by: Option<&By>, choice: Choice) -> Result<(), Problem> {
    let Choice { analyse, keep_text, text_version } = choice;
    if analyse {
        state.check_taken_in()?;
        if text_version != VERSION {
            let detail = "what you would agree to has changed since you were shown it; read it again";
            return Err(Problem::conflict("text_version", detail));
        }
    }
    // Who withdraws is never refused, whatever else they say.
    if analyse && keep_text && !state.settings().keep_text {
        return Err(Problem::forbidden("texts are not kept here (messages.keep_text)"));
    }
    let consent = Consent { analyse, keep_text: analyse && keep_text, text_version, at: now_millis() };
    let is_known = state.store().again(|| note(state, own.person, by, consent)).await?;
    if !is_known {
        return Err(Problem::erased());
    }
    if !analyse {
        // A few at a time, so that nobody who writes waits for long; from the first slice on nothing of theirs is read.
        while state.store().again(|| forget_some(state, own.person)).await? == SLICE as usize {}
        state.store().purge_soon();
    }
    Ok(())
}

/// Writes it down, destroys the texts that it does not cover, and gives whether there is such a person.
async fn note(state: &Messages, person: PersonId, by: Option<&By>, consent: Consent) -> Result<bool, MessagesError> {
    let mut transaction = state.store().begin().await?;
    if !accounts::lock(&mut transaction, person).await? {
        return Ok(false);
    }
    let key = match state.people().keys().of(person).await {
        Err(GroundError::Erased) => return Ok(false),
        key => key?,
    };
    let (number,): (i64,) =
        sqlx::query_as("SELECT CAST(COALESCE(MAX(number) + 1, 0) AS BIGINT) FROM message_consents WHERE person = $1")
            .bind(person.0.to_vec())
            .fetch_one(&mut **transaction)
            .await?;
    sqlx::query("INSERT INTO message_consents (person, number, sealed) VALUES ($1, $2, $3)")
        .bind(person.0.to_vec())
        .bind(number)
        .bind(consent.seal(&key, person, number)?)
        .execute(&mut **transaction)
        .await?;
    if !consent.keep_text {
        // What waits is still needed, where it may be read.
        let least: i64 = if consent.analyse { 2 } else { 0 };
        sqlx::query(
            "UPDATE messages SET text_sealed = NULL WHERE person = $1 AND state >= $2 AND text_sealed IS NOT NULL",
        )
        .bind(person.0.to_vec())
        .bind(least)
        .execute(&mut **transaction)
        .await?;
    }
    attune_wellbeing::agreed_anew(&mut transaction, person).await?;
    if !consent.analyse {
        attune_wellbeing::forget_calls(&mut transaction, person).await?;
    }
    if let Some(by) = by {
        let act = if consent.analyse { Act::AgreeToMessages } else { Act::WithdrawMessages };
        access::note(&mut transaction, by, act.name(), Of::Person(person), &[]).await?;
    }
    transaction.commit().await?;
    state.store().purge_soon();
    Ok(true)
}

/// Deletes some messages of who agrees to nothing any more, and gives how many. Who has agreed again meanwhile keeps what is left.
async fn forget_some(state: &Messages, person: PersonId) -> Result<usize, MessagesError> {
    let mut transaction = state.store().begin().await?;
    if !accounts::lock(&mut transaction, person).await? {
        return Ok(0);
    }
    let key = match state.people().keys().of(person).await {
        Err(GroundError::Erased) => return Ok(0),
        key => key?,
    };
    // Of whom nothing is known, as behind a restore, nothing was withdrawn.
    if newest(&mut transaction, person, &key).await?.is_none_or(|consent| consent.analyse) {
        return Ok(0);
    }
    let removed = rows::remove(&mut transaction, person, i64::MIN..i64::MAX, SLICE).await?;
    for hour in rows::hours(&removed) {
        attune_wellbeing::forget(&mut transaction, person, hour).await?;
    }
    transaction.commit().await?;
    Ok(removed.len())
}

/// Goes on with withdrawals that were cut short, and gives how many messages went: who has withdrawn has none.
///
/// # Errors
/// When the database refuses.
pub(crate) async fn finish(state: &Messages) -> Result<u64, MessagesError> {
    let rows: Vec<(Vec<u8>,)> =
        sqlx::query_as("SELECT DISTINCT person FROM messages ORDER BY person").fetch_all(state.store().pool()).await?;
    let mut gone = 0;
    for person in rows.iter().filter_map(|(person,)| bytes16(person).ok().map(PersonId)) {
        // Without their lock, which nearly nobody's is needed for.
        while has_withdrawn(state, person).await? {
            let some = state.store().again(|| forget_some(state, person)).await?;
            gone += some as u64;
            if some < SLICE as usize {
                break;
            }
        }
    }
    if gone > 0 {
        state.store().purge_soon();
    }
    Ok(gone)
}

/// Whether somebody agreed once and does not any more. Of whose key does not open, nobody knows.
async fn has_withdrawn(state: &Messages, person: PersonId) -> Result<bool, MessagesError> {
    let key = match state.people().keys().of(person).await {
        Err(GroundError::Erased | GroundError::Damaged(_)) => return Ok(false),
        key => key?,
    };
    let mut connection = state.store().pool().acquire().await?;
    Ok(newest_over(&mut connection, person, &key).await?.is_some_and(|consent| !consent.analyse))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_that_people_were_shown_are_those_of_their_version() {
        assert_eq!(texts(1), TEXTS[0]);
        assert_eq!((texts(0), texts(VERSION + 1)), (texts(VERSION), texts(VERSION)));
    }
}
