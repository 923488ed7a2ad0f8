//! A text that is made for the person and shown to nobody before they saw it: the report at the end of a talk.
//!
//! It goes the same way as a turn but for the rules of answers: a report names figures, has headings and speaks of the person. Whoever
//! asks for it takes it apart by its structure, and has rules of their own behind it.

use tokio::sync::watch;

use super::begin::{Begun, Ended, begin};
use super::stopped;
use super::types::Why;
use crate::costs::Book;
use crate::ledger::{Ledger, Outcome};
use crate::names::{Back, hide};
use crate::order::{Language, Link};
use crate::prompt::{Hidden, harmless};
use crate::shape::{Finish, Prompt, Role, Turn};

/// What is to be made.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Task<'a> {
    /// What is to be done, in our own words.
    pub instruction: &'a str,
    /// Of what: text of people, taken as data.
    pub text: &'a str,
    /// Names that are known: the person's own first, then those of their colleagues.
    pub names: &'a [&'a str],
    /// The most tokens of it.
    pub most_tokens: u32,
    /// Only endpoints on the organisation's list are asked, as under `eu`.
    pub only_listed: bool,
}

impl Language {
    /// Does a task, names taken out and put back. None where it is stopped before it is done.
    ///
    /// # Errors
    /// Why no model did it; then whoever asks does it by rules.
    pub async fn complete<L: Ledger>(
        &self,
        task: &Task<'_>,
        ledger: &L,
        mut stop: watch::Receiver<bool>,
    ) -> Result<Option<String>, Why> {
        let mut book = Book::default();
        let done = tokio::select! {
            biased;
            () = stopped(&mut stop) => Ok(None),
            done = self.task(task, ledger, &mut book) => done.map(Some),
        };
        for spent in book.close() {
            ledger.came(spent).await;
        }
        done
    }

    async fn task<L: Ledger>(&self, task: &Task<'_>, ledger: &L, book: &mut Book) -> Result<String, Why> {
        if !self.has_endpoints(task.only_listed) {
            return Err(Why::None);
        }
        let text = harmless(task.text);
        let hidden = hide(&[&text], task.names).ok_or(Why::Names)?;
        let turns = vec![Turn { role: Role::Person, text: hidden.texts.concat() }];
        let prompt = Prompt { system: task.instruction.to_owned(), turns, most_tokens: task.most_tokens };
        for link in self.order(task.only_listed) {
            match self.whole(link, (&prompt, hidden.details), &hidden.back, ledger, book).await {
                Ok(text) => return Ok(text),
                Err(Ended::Refused(refusal)) => return Err(Why::Refused(refusal)),
                Err(Ended::Failed) => {}
            }
        }
        Err(Why::Failed)
    }

    async fn whole<L: Ledger>(
        &self,
        link: &Link,
        asked: (&Prompt, u32),
        back: &Back,
        ledger: &L,
        book: &mut Book,
    ) -> Result<String, Ended> {
        let Begun { mut answer, mut words, leave } = begin(self, link, asked, ledger, book).await?;
        let (mut hidden, mut text) = (Hidden::default(), String::new());
        loop {
            book.came(&words);
            text.push_str(&hidden.feed(&words));
            match answer.next().await {
                Ok(Some(next)) => words = next,
                Ok(None) => break,
                Err(failed) => {
                    leave.failed(std::time::Instant::now(), failed.after());
                    book.end(Outcome::Failed, answer.usage());
                    return Err(Ended::Failed);
                }
            }
        }
        leave.worked();
        let rest = hidden.end().filter(|_| matches!(answer.finish(), Some(Finish::Whole | Finish::Length)));
        let text = rest.map(|rest| text + &rest).filter(|text| !text.trim().is_empty());
        book.end(if text.is_some() { Outcome::Shown } else { Outcome::Unfit }, answer.usage());
        text.map(|text| back.put(text.trim())).ok_or(Ended::Failed)
    }
}
