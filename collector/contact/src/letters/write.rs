//! Writes a letter: bounded in length, in number and in rate, once however often it is sent.

use std::sync::Arc;

use attune_ground::http::Problem;
use attune_ground::store::Write;
use attune_people::access::{self, Act, By, Of};
use attune_people::accounts::{self, is_unseen};
use attune_people::rights::{Asker, LoginId};
use attune_protocol::ids::PersonId;
use attune_protocol::seal::SealKey;

use super::id::{self, Nonce, ThreadId};
use super::read::Thread;
use super::sealed::{Said, seal_subject};
use super::side::Side;
use crate::error::ContactError;
use crate::state::Contact;

/// Characters of a letter, and of its subject.
pub(crate) const LONGEST: usize = 4000;
pub(crate) const LONGEST_SUBJECT: usize = 120;
const TEXT: (usize, bool) = (LONGEST, true);
const SUBJECT: (usize, bool) = (LONGEST_SUBJECT, false);

/// Letters of one thread, and threads of one person.
pub(crate) const MOST_LETTERS: i64 = 500;
const MOST_THREADS: i64 = 200;

/// Letters of one side to or of one person within an hour.
pub(crate) const MOST_AN_HOUR: i64 = 20;
const HOUR: i64 = 3_600_000;

/// Who writes.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Writer<'a> {
    /// The person, with a login of theirs.
    Person(LoginId),
    /// Somebody of HR, who stands in the log of access for it.
    Hr(&'a Asker),
}

impl Writer<'_> {
    const fn side(self) -> Side {
        match self {
            Self::Person(_) => Side::Person,
            Self::Hr(_) => Side::Hr,
        }
    }

    /// None where nobody signs in.
    fn login(self) -> Option<LoginId> {
        match self {
            Self::Person(login) => Some(login),
            Self::Hr(asker) => asker.login(),
        }
    }
}

/// A letter as it comes.
#[derive(Clone, Debug)]
pub(crate) struct Letter {
    /// By which it comes once.
    pub(crate) nonce: Nonce,
    pub(crate) text: String,
}

/// A text that somebody wrote, without control characters; a letter has lines.
///
/// # Errors
/// 400 for one in which nothing is seen, and for one that is too long.
fn written(field: &str, text: &str, (longest, has_lines): (usize, bool)) -> Result<String, Problem> {
    let is_kept = |letter: &char| !letter.is_control() || (*letter == '\n' && has_lines);
    let kept: String = text.chars().filter(is_kept).collect();
    let kept = kept.trim();
    if kept.chars().all(|letter| letter.is_whitespace() || is_unseen(letter)) {
        return Err(Problem::bad_request(field, format!("{field} is missing: say it in words")));
    }
    match kept.chars().count() <= longest {
        true => Ok(kept.to_owned()),
        false => Err(Problem::bad_request(field, format!("{field} has at most {longest} characters"))),
    }
}

/// Writes the first letter of a thread, and gives that. Sent once more under the same nonce it changes nothing.
///
/// # Errors
/// 400 for what does not read, 409 where there are too many or another letter came under the same id, 410 for who was erased, 429 where too much is written within an hour.
pub(crate) async fn open(
    state: &Contact,
    person: PersonId,
    writer: Writer<'_>,
    subject: &str,
    letter: &Letter,
) -> Result<ThreadId, Problem> {
    let thread = id::begun_by(state.people().own(), person, &letter.nonce);
    let subject = written("subject", subject, SUBJECT)?;
    let text = written("text", &letter.text, TEXT)?;
    let letter = Letter { text, ..letter.clone() };
    let done = state.store().again(|| async {
        let mut transaction = state.store().begin().await?;
        let Some(key) = hold(state, &mut transaction, person).await? else { return Ok(Err(Problem::erased())) };
        let now = transaction.database_time().await?;
        let (threads,): (i64,) = sqlx::query_as("SELECT COUNT(*) FROM letter_threads WHERE person = $1 AND thread <> $2")
            .bind(person.0.to_vec())
            .bind(thread.to_vec())
            .fetch_one(&mut **transaction)
            .await?;
        if threads >= MOST_THREADS {
            let why = format!("there are {MOST_THREADS} threads of letters already: answer in one of them");
            return Ok(Err(Problem::conflict("subject", why)));
        }
        let opened = sqlx::query(
            "INSERT INTO letter_threads (person, thread, by_hr, opened_at, last_at, letters, last_of_person, last_of_hr, \
             read_by_person, read_by_hr, sealed) VALUES ($1, $2, $3, $4, $4, 0, 0, 0, 0, 0, $5) \
             ON CONFLICT (person, thread) DO NOTHING",
        )
        .bind(person.0.to_vec())
        .bind(thread.to_vec())
        .bind(writer.side().by_hr())
        .bind(now)
        .bind(seal_subject(&key, person, &thread, &subject))
        .execute(&mut **transaction)
        .await?;
        if opened.rows_affected() == 0 {
            let came = came(&mut transaction, &key, (person, &thread), (writer, &letter)).await?;
            return Ok(came.unwrap_or(Ok(()))); // the first one is too old to be kept
        }
        if let Err(problem) = put(&mut transaction, &key, (person, &thread), (writer, &letter), now).await? {
            return Ok(Err(problem));
        }
        transaction.commit().await?;
        Ok::<_, ContactError>(Ok(()))
    });
    done.await??;
    Ok(thread)
}

/// Writes one more letter of a thread. Sent once more under the same nonce it changes nothing.
///
/// # Errors
/// As [`open`]; 404 where there is no such thread.
pub(crate) async fn reply(
    state: &Contact,
    thread: &Thread,
    writer: Writer<'_>,
    letter: &Letter,
) -> Result<(), Problem> {
    let letter = Letter { text: written("text", &letter.text, TEXT)?, ..letter.clone() };
    let done = state.store().again(|| async {
        let mut transaction = state.store().begin().await?;
        let Some(key) = hold(state, &mut transaction, thread.person).await? else { return Ok(Err(Problem::erased())) };
        let now = transaction.database_time().await?;
        let of = (thread.person, &thread.id);
        if let Err(problem) = put(&mut transaction, &key, of, (writer, &letter), now).await? {
            return Ok(Err(problem));
        }
        transaction.commit().await?;
        Ok::<_, ContactError>(Ok(()))
    });
    done.await?
}

/// The key of a person behind their lock; none of whom is erased.
async fn hold(
    state: &Contact,
    transaction: &mut Write,
    person: PersonId,
) -> Result<Option<Arc<SealKey>>, ContactError> {
    match accounts::lock(transaction, person).await? {
        true => state.key_of(person).await,
        false => Ok(None),
    }
}

/// What becomes of a letter under whose nonce one is there; none where none is. Another one, as from a page that a browser had kept, is
/// refused: nobody is to take for sent what is dropped.
async fn came(
    transaction: &mut Write,
    key: &SealKey,
    (person, thread): (PersonId, &ThreadId),
    (writer, letter): (Writer<'_>, &Letter),
) -> Result<Option<Result<(), Problem>>, ContactError> {
    let there: Option<(i64, i64, Vec<u8>)> =
        sqlx::query_as("SELECT number, by_hr, sealed FROM letters WHERE person = $1 AND thread = $2 AND nonce = $3")
            .bind(person.0.to_vec())
            .bind(thread.to_vec())
            .bind(letter.nonce.to_vec())
            .fetch_optional(&mut ***transaction)
            .await?;
    let Some((number, by_hr, sealed)) = there else { return Ok(None) };
    let said = Said::open(key, (person, thread, number), &sealed);
    let is_other = by_hr != writer.side().by_hr() || said.is_some_and(|said| said.text != letter.text);
    Ok(Some(match is_other {
        true => Err(Problem::conflict("text", "another letter was sent under this id: send this one anew")),
        false => Ok(()),
    }))
}

/// Puts a letter behind the others of its thread, unless it is there.
async fn put(
    transaction: &mut Write,
    key: &SealKey,
    (person, thread): (PersonId, &ThreadId),
    (writer, letter): (Writer<'_>, &Letter),
    now: i64,
) -> Result<Result<(), Problem>, ContactError> {
    if let Some(came) = came(transaction, key, (person, thread), (writer, letter)).await? {
        return Ok(came);
    }
    let row: Option<(i64,)> = sqlx::query_as("SELECT letters FROM letter_threads WHERE person = $1 AND thread = $2")
        .bind(person.0.to_vec())
        .bind(thread.to_vec())
        .fetch_optional(&mut ***transaction)
        .await?;
    let Some((letters,)) = row else { return Ok(Err(id::none())) };
    if letters >= MOST_LETTERS {
        let why = format!("there are {MOST_LETTERS} letters in this thread: begin another one");
        return Ok(Err(Problem::conflict("text", why)));
    }
    let by_hr = writer.side().by_hr();
    // What was written while the clock was ahead is not of this hour.
    let (within,): (i64,) =
        sqlx::query_as("SELECT COUNT(*) FROM letters WHERE person = $1 AND by_hr = $2 AND at > $3 AND at <= $4")
            .bind(person.0.to_vec())
            .bind(by_hr)
            .bind(now - HOUR)
            .bind(now)
            .fetch_one(&mut ***transaction)
            .await?;
    if within >= MOST_AN_HOUR {
        let why = format!("{MOST_AN_HOUR} letters were written within an hour: write the next one later");
        return Ok(Err(Problem::too_many(why, 15 * 60)));
    }
    let number = letters + 1;
    // Before the letter: a thread that goes for its age is not there any more, or stays. What came since its writer last looked is not read.
    let statement = match writer.side() {
        Side::Person => {
            "UPDATE letter_threads SET letters = $3, last_at = $4, last_of_person = $3, \
             read_by_person = CASE WHEN read_by_person = letters THEN $3 ELSE read_by_person END \
             WHERE person = $1 AND thread = $2"
        }
        Side::Hr => {
            "UPDATE letter_threads SET letters = $3, last_at = $4, last_of_hr = $3, \
             read_by_hr = CASE WHEN read_by_hr = letters THEN $3 ELSE read_by_hr END \
             WHERE person = $1 AND thread = $2"
        }
    };
    let counted = sqlx::query(statement)
        .bind(person.0.to_vec())
        .bind(thread.to_vec())
        .bind(number)
        .bind(now)
        .execute(&mut ***transaction)
        .await?;
    if counted.rows_affected() == 0 {
        return Ok(Err(id::none()));
    }
    let said = Said { by: writer.login().map(|login| login.0), text: letter.text.clone() };
    sqlx::query(
        "INSERT INTO letters (person, thread, number, nonce, by_hr, at, sealed) VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(person.0.to_vec())
    .bind(thread.to_vec())
    .bind(number)
    .bind(letter.nonce.to_vec())
    .bind(by_hr)
    .bind(now)
    .bind(said.seal(key, (person, thread, number))?)
    .execute(&mut ***transaction)
    .await?;
    if let Writer::Hr(asker) = writer
        && let Some(by) = By::asker(asker)
    {
        access::note(transaction, &by, Act::WriteLetter.name(), Of::Person(person), thread).await?;
    }
    Ok(Ok(()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_letter_says_something_and_no_more_than_it_may() {
        let kept = written("text", " a\0b\r\nc\u{202e} \u{5d0} ", TEXT).expect("reads");
        assert_eq!(kept, "ab\nc\u{202e} \u{5d0}");
        assert_eq!(written("subject", "a\nb", SUBJECT).expect("reads"), "ab");
        for nothing in ["", " \n\t ", "\0", "\u{200b}\u{feff} \u{202e}"] {
            assert_eq!(written("text", nothing, TEXT).expect_err("nothing is seen").status, 400, "{nothing:?}");
        }
        let longest = "\u{1f600}".repeat(LONGEST);
        assert_eq!(written("text", &longest, TEXT).expect("fits"), longest);
        assert_eq!(written("text", &format!("{longest}a"), TEXT).expect_err("too long").status, 400);
    }
}
