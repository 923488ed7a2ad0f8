//! A turn of a talk, answered: by the first endpoint that answers fitly, else by the built-in companion.
//!
//! | step | where |
//! |---|---|
//! | texts made harmless, names taken out | `prompt`, `names` |
//! | each request written down before it leaves, asked again where that is right, then the next endpoint | `begin` |
//! | what the model thinks left out, what it says cut into sentences | `prompt`, `validate` |
//! | each sentence judged, shown with the names put back; the whole judged at the end | `validate`, `showing` |
//! | unfit once: cut, taken back, asked for anew with the reason; unfit twice, or nobody answers: the companion | here |
//!
//! Whoever stops an answer cuts the request, wherever it is: the future that waits is dropped, and with it the connection. What it cost
//! up to there is told to the ledger all the same.

mod begin;
mod showing;
mod task;
mod types;

use std::future::pending;
use std::time::Instant;

use tokio::sync::{mpsc, watch};

pub use task::Task;
pub use types::{Answered, Asked, By, Shown, Why};

use crate::costs::Book;
use crate::ledger::{Ledger, Outcome};
use crate::names::{Back, hide};
use crate::order::{Language, Link};
use crate::prompt::{Hidden, Material, Room, assemble};
use crate::shape::{Finish, Prompt};
use crate::validate::{Checker, Given, Rule, Sentences, speaks_otherwise, tells_language};
use begin::{Begun, Ended, begin};
use showing::{Gone, Showing};

/// So many unfit answers to one turn are borne.
const MOST_UNFIT: usize = 2;

/// How one request ended.
enum Went {
    /// All of its answer was shown.
    Said,
    /// It was not fit.
    Unfit(Rule),
    /// There was none, or not all of it.
    Ended(Ended),
    /// Nobody looks any more.
    Gone,
}

/// What the requests of one turn share.
struct Turn<'a, L> {
    ledger: &'a L,
    checker: Checker<'a>,
    back: &'a Back,
    details: u32,
}

impl Language {
    /// Answers a turn. Never fails: at the end stands what a model said, or what the companion says, or it was stopped.
    pub async fn answer<L: Ledger>(
        &self,
        asked: &Asked<'_>,
        ledger: &L,
        out: &mpsc::Sender<Shown>,
        mut stop: watch::Receiver<bool>,
    ) -> Answered {
        let mut book = Book::default();
        let mut showing = Showing::new(out);
        let mut unfit = Vec::new();
        let by = tokio::select! {
            biased;
            () = stopped(&mut stop) => By::Stopped,
            by = self.turn(asked, ledger, &mut showing, &mut book, &mut unfit) => by,
        };
        for spent in book.close() {
            ledger.came(spent).await;
        }
        Answered { by, text: showing.text(), unfit }
    }

    async fn turn<L: Ledger>(
        &self,
        asked: &Asked<'_>,
        ledger: &L,
        showing: &mut Showing<'_>,
        book: &mut Book,
        unfit: &mut Vec<Rule>,
    ) -> By {
        let by = match self.ask(asked, ledger, showing, book, unfit).await {
            Ok(endpoint) => return By::Model { endpoint },
            Err(None) => return By::Stopped,
            Err(Some(why)) => By::Companion(why),
        };
        let shown = async {
            showing.take_back().await?;
            showing.own(asked.companion).await
        };
        if shown.await.is_ok() { by } else { By::Stopped }
    }

    /// Asks the endpoints: the name of the one whose answer was shown; else why none was, or nothing where nobody looks any more.
    async fn ask<L: Ledger>(
        &self,
        asked: &Asked<'_>,
        ledger: &L,
        showing: &mut Showing<'_>,
        book: &mut Book,
        unfit: &mut Vec<Rule>,
    ) -> Result<String, Option<Why>> {
        if !self.has_endpoints(asked.only_listed) {
            return Err(Some(Why::None));
        }
        let material = Material::of(asked.said, asked.past, asked.grounds);
        let hidden = hide(&material.texts(), asked.names).ok_or(Some(Why::Names))?;
        let material = material.with(&hidden.texts);
        let all = material.all();
        let given = Given { all: &all, before: material.last_answer(), links: &asked.grounds.links };
        let turn = Turn { ledger, checker: Checker::new(given), back: &hidden.back, details: hidden.details };
        for link in self.order(asked.only_listed) {
            loop {
                let reasons: Vec<&str> = unfit.iter().map(|rule| rule.reason()).collect();
                let prompt = assemble(&material, room(link), &reasons);
                match self.once(link, &prompt, &turn, showing, book).await {
                    Went::Said => return Ok(link.endpoint.settings.name.clone()),
                    Went::Gone => return Err(None),
                    Went::Ended(Ended::Refused(refusal)) => return Err(Some(Why::Refused(refusal))),
                    Went::Ended(Ended::Failed) => {
                        showing.take_back().await.map_err(|Gone| None::<Why>)?;
                        break;
                    }
                    Went::Unfit(rule) => {
                        tracing::info!(endpoint = %link.endpoint.settings.name, rule = rule.name(), "An answer was not shown.");
                        showing.take_back().await.map_err(|Gone| None::<Why>)?;
                        unfit.push(rule);
                        if unfit.len() >= MOST_UNFIT {
                            return Err(Some(Why::Unfit));
                        }
                    }
                }
            }
        }
        Err(Some(Why::Failed))
    }

    /// One answer of one endpoint, judged and shown as it comes.
    async fn once<L: Ledger>(
        &self,
        link: &Link,
        prompt: &Prompt,
        turn: &Turn<'_, L>,
        showing: &mut Showing<'_>,
        book: &mut Book,
    ) -> Went {
        let Begun { mut answer, mut words, leave } =
            match begin(self, link, (prompt, turn.details), turn.ledger, book).await {
                Ok(begun) => begun,
                Err(ended) => return Went::Ended(ended),
            };
        let mut draft = Draft::default();
        let judged = loop {
            book.came(&words);
            if let Err(went) = draft.take(&words, turn, showing).await {
                break Err(went);
            }
            match answer.next().await {
                Ok(Some(next)) => words = next,
                Ok(None) => break Ok(()),
                Err(failed) => {
                    tracing::warn!(endpoint = %link.endpoint.settings.name, %failed, "The answer of a language model was cut.");
                    leave.failed(Instant::now(), failed.after());
                    book.end(Outcome::Failed, answer.usage());
                    return Went::Ended(Ended::Failed);
                }
            }
        };
        leave.worked();
        let went = match (judged, answer.finish()) {
            (Err(went), _) => went,
            (Ok(()), Some(Finish::Withheld) | None) => Went::Ended(Ended::Failed),
            (Ok(()), Some(finish)) => draft.end(finish, turn, showing).await,
        };
        let outcome = match went {
            Went::Said => Outcome::Shown,
            Went::Unfit(_) => Outcome::Unfit,
            Went::Ended(_) => Outcome::Failed,
            Went::Gone => Outcome::Stopped,
        };
        book.end(outcome, answer.usage());
        went
    }
}

/// An answer as far as it came.
#[derive(Debug, Default)]
struct Draft {
    hidden: Hidden,
    sentences: Sentences,
    /// All fit sentences.
    text: String,
    /// Those of them that wait until there is enough to tell the language.
    waiting: String,
}

impl Draft {
    async fn take<L>(&mut self, words: &str, turn: &Turn<'_, L>, showing: &mut Showing<'_>) -> Result<(), Went> {
        let said = self.hidden.feed(words);
        for sentence in self.sentences.feed(&said) {
            self.sentence(&sentence, turn)?;
        }
        if self.waiting.is_empty() || !(showing.is_begun() || tells_language(&self.waiting)) {
            return Ok(());
        }
        if !showing.is_begun() && speaks_otherwise(&self.waiting) {
            return Err(Went::Unfit(Rule::Language));
        }
        self.show(turn, showing).await
    }

    fn sentence<L>(&mut self, sentence: &str, turn: &Turn<'_, L>) -> Result<(), Went> {
        let stranger = turn.back.has_strangers(sentence).then_some(Rule::Others);
        if let Some(rule) = stranger.or_else(|| turn.checker.sentence(sentence.trim())) {
            return Err(Went::Unfit(rule));
        }
        self.text.push_str(sentence);
        self.waiting.push_str(sentence);
        if Checker::is_too_long(&self.text) { Err(Went::Unfit(Rule::Length)) } else { Ok(()) }
    }

    async fn show<L>(&mut self, turn: &Turn<'_, L>, showing: &mut Showing<'_>) -> Result<(), Went> {
        let waiting = std::mem::take(&mut self.waiting);
        showing.words(&waiting, turn.back).await.map_err(|Gone| Went::Gone)
    }

    /// Nothing comes any more. A last sentence that the limit of tokens cut is left out.
    async fn end<L>(mut self, finish: Finish, turn: &Turn<'_, L>, showing: &mut Showing<'_>) -> Went {
        let Some(rest) = self.hidden.end() else { return Went::Unfit(Rule::Empty) };
        let mut sentences = self.sentences.feed(&rest);
        sentences.extend(self.sentences.end().filter(|_| finish == Finish::Whole));
        for sentence in sentences {
            if let Err(went) = self.sentence(&sentence, turn) {
                return went;
            }
        }
        if let Some(rule) = turn.checker.whole(self.text.trim()) {
            return Went::Unfit(rule);
        }
        if self.waiting.is_empty() {
            return Went::Said;
        }
        match self.show(turn, showing).await {
            Ok(()) => Went::Said,
            Err(went) => went,
        }
    }
}

fn room(link: &Link) -> Room {
    let settings = &link.endpoint.settings;
    Room { context_tokens: settings.context_tokens, answer_tokens: settings.answer_tokens, council: settings.council }
}

/// Ends when it is stopped; never, where nobody is there to stop it.
pub(crate) async fn stopped(stop: &mut watch::Receiver<bool>) {
    if stop.wait_for(|stop| *stop).await.is_err() {
        pending::<()>().await;
    }
}
