//! What is shown of an answer so far.

use tokio::sync::mpsc;

use super::types::Shown;
use crate::names::Back;

/// Nobody looks any more.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Gone;

/// Shows words, and takes them back.
#[derive(Debug)]
pub(super) struct Showing<'a> {
    out: &'a mpsc::Sender<Shown>,
    text: String,
}

impl<'a> Showing<'a> {
    pub(super) fn new(out: &'a mpsc::Sender<Shown>) -> Self {
        Self { out, text: String::new() }
    }

    /// Shows whole sentences, with the names put back.
    pub(super) async fn words(&mut self, words: &str, back: &Back) -> Result<(), Gone> {
        let words = back.put(words);
        self.text.push_str(&words);
        self.out.send(Shown::Words(words)).await.map_err(|_| Gone)
    }

    /// Shows words of our own.
    pub(super) async fn own(&mut self, words: &str) -> Result<(), Gone> {
        self.words(words, &Back::default()).await
    }

    /// Takes back what was shown, if anything was.
    pub(super) async fn take_back(&mut self) -> Result<(), Gone> {
        if self.text.is_empty() {
            return Ok(());
        }
        self.text.clear();
        self.out.send(Shown::Instead).await.map_err(|_| Gone)
    }

    pub(super) fn is_begun(&self) -> bool {
        !self.text.is_empty()
    }

    pub(super) fn text(&self) -> String {
        self.text.trim_end().to_owned()
    }
}
