//! Turns over an endpoint that fails in every way, and over a real server where there is one.

mod attacks;
mod failing;
mod fit;
mod llama;
mod stand_in;
mod stopping;

use std::sync::Mutex;

use tokio::sync::{mpsc, watch};

use crate::{
    Answered, Asked, Egress, EndpointSettings, EndpointsFile, Grounds, Language, Ledger, Past, Refusal, Shown, Spent,
};

/// A ledger in memory.
#[derive(Default)]
struct Notes {
    egress: Mutex<Vec<(String, u64, u32, u32)>>,
    spent: Mutex<Vec<Spent>>,
    refusal: Option<Refusal>,
}

impl Ledger for Notes {
    async fn leaves(&self, egress: Egress<'_>) -> Result<(), Refusal> {
        if let Some(refusal) = self.refusal {
            return Err(refusal);
        }
        let Egress { endpoint, bytes, details, request, .. } = egress;
        self.egress.lock().expect("nobody panicked").push((endpoint.to_owned(), bytes, details, request));
        Ok(())
    }

    async fn came(&self, spent: Spent) {
        self.spent.lock().expect("nobody panicked").push(spent);
    }
}

impl Notes {
    fn left(&self) -> usize {
        self.egress.lock().expect("nobody panicked").len()
    }

    fn spent(&self) -> Vec<Spent> {
        self.spent.lock().expect("nobody panicked").clone()
    }
}

const SAID: &str = "I am Johanna Keller and my week was hard, 52 hours of work.";
const FIT: &str = "52 hours is a long and hard week, [PERSON_1]. What was the hardest part of it?";
const PUT_BACK: &str = "52 hours is a long and hard week, Johanna Keller. What was the hardest part of it?";
const COMPANION: &str = "That sounds like a long week. What weighed most?";

fn endpoint(name: &str, url: &str) -> EndpointSettings {
    EndpointSettings {
        name: name.to_owned(),
        url: url.to_owned(),
        model: "m".to_owned(),
        price_in: 1.0,
        price_out: 2.0,
        begin_within: 5,
        next_within: 1,
        ..EndpointSettings::default()
    }
}

fn language(endpoints: impl IntoIterator<Item = EndpointSettings>) -> Language {
    Language::new(EndpointsFile { endpoint: endpoints.into_iter().collect() }).expect("endpoints that can be used")
}

/// Answers a turn: what came of it, and all that was shown.
async fn turn(
    language: &Language,
    notes: &Notes,
    said: &str,
    past: &[Past],
    grounds: &Grounds,
) -> (Answered, Vec<Shown>) {
    let (out, mut shown) = mpsc::channel(1_000);
    let (_stop, stopped) = watch::channel(false);
    let names = ["Johanna Keller"];
    let asked = Asked { said, past, grounds, names: &names, only_listed: false, companion: COMPANION };
    let answered = language.answer(&asked, notes, &out, stopped).await;
    drop(out);
    let mut all = Vec::new();
    while let Some(one) = shown.recv().await {
        all.push(one);
    }
    (answered, all)
}

async fn simple(language: &Language, notes: &Notes) -> (Answered, Vec<Shown>) {
    turn(language, notes, SAID, &[], &Grounds::default()).await
}

/// What somebody sees at the end who did as they were told.
fn seen(shown: &[Shown]) -> String {
    shown.iter().fold(String::new(), |text, one| match one {
        Shown::Words(words) => text + words,
        Shown::Instead => String::new(),
    })
}
