//! The conversation: lines of at most 80 columns, answers with their defaults.

use std::io::{BufRead, Write};

use crate::AgentError;

/// Columns of a line.
const COLUMNS: usize = 79;
/// Columns of a question: an answer stands behind it.
const COLUMNS_OF_A_QUESTION: usize = 66;

/// Why a conversation ended before its end.
#[derive(Debug)]
pub(super) enum Ended {
    /// Nobody answers any more.
    Input,
    /// Something failed.
    Failed(AgentError),
}

impl From<AgentError> for Ended {
    fn from(problem: AgentError) -> Self {
        Self::Failed(problem)
    }
}

/// Who asks, and hears the answers.
pub(super) struct Asker<'a> {
    input: &'a mut dyn BufRead,
    out: &'a mut dyn Write,
    /// Whether a terminal shows what is typed, and ends the line with it.
    is_echoed: bool,
}

impl<'a> Asker<'a> {
    pub(super) fn new(input: &'a mut dyn BufRead, out: &'a mut dyn Write, is_echoed: bool) -> Self {
        Self { input, out, is_echoed }
    }

    /// A paragraph.
    pub(super) fn say(&mut self, text: &str) -> Result<(), Ended> {
        self.lines(&wrapped(text, COLUMNS))
    }

    /// Lines as they are.
    pub(super) fn lines(&mut self, lines: &[String]) -> Result<(), Ended> {
        let written = lines.iter().try_for_each(|line| writeln!(self.out, "{line}"));
        written.and_then(|()| self.out.flush()).map_err(|e| Ended::Failed(AgentError::Output(e)))
    }

    /// A new part begins.
    pub(super) fn heading(&mut self, text: &str) -> Result<(), Ended> {
        self.lines(&[String::new(), text.to_owned(), "-".repeat(text.chars().count())])
    }

    /// A question with yes or no as its answer; it is asked again until it is answered. Enter means what is so already.
    pub(super) fn yes(&mut self, question: &str, now: Option<bool>) -> Result<bool, Ended> {
        let choice = match now {
            Some(true) => "[yes]/no",
            Some(false) => "yes/[no]",
            None => "yes/no",
        };
        loop {
            let answer = self.answer(&format!("{question} {choice}"))?;
            match (answer.to_lowercase().as_str(), now) {
                ("y" | "yes", _) => return Ok(true),
                ("n" | "no", _) => return Ok(false),
                ("", Some(now)) => return Ok(now),
                _ => self.say("Please answer yes or no.")?,
            }
        }
    }

    /// A question with a word as its answer, which `read` takes or refuses with a reason. Enter means what is so already.
    pub(super) fn word<T>(
        &mut self,
        question: &str,
        now: &str,
        read: impl Fn(&str) -> Result<T, String>,
    ) -> Result<T, Ended> {
        loop {
            let answer = self.answer(&format!("{question} [{now}]"))?;
            match read(if answer.is_empty() { now } else { &answer }) {
                Ok(read) => return Ok(read),
                Err(why) => self.say(&why)?,
            }
        }
    }

    /// What is answered, without spaces around it.
    fn answer(&mut self, question: &str) -> Result<String, Ended> {
        let mut lines = wrapped(question, COLUMNS_OF_A_QUESTION);
        let last = lines.pop().unwrap_or_default();
        self.lines(&lines)?;
        let asked = write!(self.out, "{last}: ").and_then(|()| self.out.flush());
        asked.map_err(|e| Ended::Failed(AgentError::Output(e)))?;
        let mut answer = String::new();
        let read = self.input.read_line(&mut answer);
        let read = read.map_err(|e| Ended::Failed(AgentError::file("read", "the answer".as_ref(), e)))?;
        if read == 0 || !self.is_echoed {
            self.lines(&[String::new()])?;
        }
        if read == 0 { Err(Ended::Input) } else { Ok(answer.trim().to_owned()) }
    }
}

/// A paragraph as lines that fit; a word that is longer than a line stands alone.
fn wrapped(text: &str, columns: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let line = lines.last_mut().expect("there is one line at least");
        if !line.is_empty() && line.chars().count() + 1 + word.chars().count() > columns {
            lines.push(word.to_owned());
        } else {
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked<T>(answers: &str, ask: impl FnOnce(&mut Asker<'_>) -> Result<T, Ended>) -> (Result<T, Ended>, String) {
        let (mut input, mut out) = (answers.as_bytes(), Vec::<u8>::new());
        let done = ask(&mut Asker::new(&mut input, &mut out, false));
        (done, String::from_utf8(out).unwrap())
    }

    #[test]
    fn enter_keeps_what_is_so_and_what_was_never_decided_has_no_default() {
        for (answers, now, given) in [
            ("\n", Some(true), true),
            ("\n", Some(false), false),
            ("yes\n", Some(false), true),
            ("N\n", Some(true), false),
            ("\nperhaps\ny\n", None, true),
        ] {
            let (answer, said) = asked(answers, |asker| asker.yes("Sense it?", now));
            assert_eq!(answer.unwrap(), given, "{answers:?}");
            assert_eq!(said.matches("Please answer").count(), answers.matches('\n').count() - 1);
        }
        let (word, _) = asked("\n", |asker| asker.word("Which?", "on", |text| Ok::<_, String>(text.to_owned())));
        assert_eq!(word.unwrap(), "on");
    }

    #[test]
    fn the_end_of_the_input_is_no_answer() {
        for answers in ["", "\n"] {
            assert!(matches!(asked(answers, |asker| asker.yes("Sense it?", None)).0, Err(Ended::Input)));
        }
    }

    #[test]
    fn every_line_fits_into_80_columns() {
        let (_, said) = asked("\n", |asker| {
            asker.say(&"words of a long paragraph ".repeat(20))?;
            asker.yes(&"a question that is long ".repeat(10), Some(true))
        });
        assert!(said.lines().all(|line| line.chars().count() < 80), "{said}");
    }
}
