//! The answer out of the bytes that come.

use serde_json::Value;

use super::events::{Event, Events};
use super::fault::{Fault, of_error};
use super::types::{Finish, Told, Usage};

/// Bytes of a whole answer with all that is around it.
const LARGEST: usize = 4 << 20;

/// Reads one answer.
#[derive(Debug)]
pub(crate) struct Reader {
    read: fn(&Value) -> Option<Told>,
    is_stream: bool,
    events: Events,
    body: Vec<u8>,
    taken: usize,
    usage: Option<Usage>,
    finish: Option<Finish>,
    is_done: bool,
}

impl Reader {
    pub(super) fn new(read: fn(&Value) -> Option<Told>, is_stream: bool) -> Self {
        Self {
            read,
            is_stream,
            events: Events::default(),
            body: Vec::new(),
            taken: 0,
            usage: None,
            finish: None,
            is_done: false,
        }
    }

    /// Takes the next bytes, and gives the text in them.
    pub(crate) fn feed(&mut self, bytes: &[u8]) -> Result<String, Fault> {
        self.taken += bytes.len();
        if self.taken > LARGEST {
            return Err(Fault::TooLarge);
        }
        if !self.is_stream {
            self.body.extend_from_slice(bytes);
            return Ok(String::new());
        }
        let mut found = Vec::new();
        self.events.feed(bytes, &mut found)?;
        self.take(&found)
    }

    /// Nothing comes any more: the rest of the text, where the answer is whole.
    pub(crate) fn end(&mut self) -> Result<String, Fault> {
        let mut text = String::new();
        if self.is_stream {
            let mut found = Vec::new();
            self.events.end(&mut found);
            text = self.take(&found)?;
        } else {
            let body = std::mem::take(&mut self.body);
            let value = serde_json::from_slice(&body).map_err(|_| Fault::Garbled)?;
            self.note(&value, &mut text)?;
        }
        if self.finish.is_none() { Err(Fault::Cut) } else { Ok(text) }
    }

    /// Whether the endpoint said that nothing comes any more.
    pub(crate) const fn is_done(&self) -> bool {
        self.is_done
    }

    /// What was used, where it was told.
    pub(crate) const fn usage(&self) -> Option<Usage> {
        self.usage
    }

    /// How it ended, once that was told.
    pub(crate) const fn finish(&self) -> Option<Finish> {
        self.finish
    }

    fn take(&mut self, events: &[Event]) -> Result<String, Fault> {
        let mut text = String::new();
        for event in events {
            let data = event.data.trim();
            if data == "[DONE]" {
                // Some say no more than that.
                self.finish.get_or_insert(Finish::Whole);
                self.is_done = true;
                continue;
            }
            if data.is_empty() {
                continue;
            }
            let value: Value = serde_json::from_str(data).map_err(|_| Fault::Garbled)?;
            if event.is_error {
                return Err(of_error(value.get("error").unwrap_or(&value)));
            }
            self.note(&value, &mut text)?;
        }
        Ok(text)
    }

    fn note(&mut self, value: &Value, text: &mut String) -> Result<(), Fault> {
        // An error in a body may stand within a list.
        let first = value.as_array().and_then(|list| list.first()).unwrap_or(value);
        if let Some(error) = first.get("error").filter(|error| !error.is_null()) {
            return Err(of_error(error));
        }
        let told = (self.read)(first).ok_or(Fault::Garbled)?;
        text.push_str(&told.text);
        if told.tokens_in.is_some() || told.tokens_out.is_some() {
            let before = self.usage.unwrap_or_default();
            self.usage = Some(Usage {
                tokens_in: told.tokens_in.unwrap_or(before.tokens_in),
                tokens_out: told.tokens_out.unwrap_or(before.tokens_out),
            });
        }
        // What was withheld or cut short stays so, whatever is said behind it.
        if self.finish.is_none_or(|finish| finish == Finish::Whole) {
            self.finish = told.finish.or(self.finish);
        }
        self.is_done |= told.is_last;
        Ok(())
    }
}
