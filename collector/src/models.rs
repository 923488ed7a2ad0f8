//! Language models, plugged into talks: what is asked and said goes from one to the other as it is.

use std::pin::pin;

use attune_language::{
    Asked as OfModel, By, Egress, EndpointsFile, Grounds, Language, Ledger, Past, Refusal, Role, Shown, Spent, Why,
};
use attune_protocol::policy::Profile;
use attune_talks::{Answer, Answered, Answering, Asked, Line, Out, Said, Unanswered};
use tokio::sync::{mpsc, watch};

/// Pieces that wait to be shown.
const WAITING: usize = 16;

/// The language models of the organisation.
#[derive(Debug)]
pub(crate) struct Models {
    language: Language,
    /// Whether only endpoints on the organisation's own list are asked.
    only_listed: bool,
}

impl Models {
    /// Those of a file.
    ///
    /// # Errors
    /// Says what is wrong with it.
    pub(crate) fn read(file: &str, profile: Profile) -> Result<Self, String> {
        let language = Language::new(EndpointsFile::read(file)?)?;
        Ok(Self { language, only_listed: matches!(profile, Profile::Eu | Profile::Uk) })
    }
}

/// What leaves is put on record by who keeps the talk, and refused there.
struct Record(Out);

impl Ledger for Record {
    async fn leaves(&self, egress: Egress<'_>) -> Result<(), Refusal> {
        match self.0.may_leave(egress.endpoint, egress.bytes).await {
            true => Ok(()),
            false => Err(Refusal::Consent),
        }
    }

    async fn came(&self, spent: Spent) {
        let (input, output) = (spent.usage.tokens_in, spent.usage.tokens_out);
        tracing::info!(
            endpoint = %spent.endpoint, outcome = spent.outcome.name(), input, output, micros = spent.micros,
            "A language model was asked."
        );
    }
}

fn past(of: &Line) -> Past {
    let role = match of.said {
        Said::ByPerson => Role::Person,
        Said::ByUs => Role::Model,
    };
    Past { role, text: of.text.clone(), importance: f64::from(of.importance) }
}

fn show(out: &Out, shown: Shown) {
    match shown {
        Shown::Words(words) => out.say(&words),
        Shown::Instead => out.take_back(),
    }
}

impl Answering for Models {
    fn answer<'a>(&'a self, asked: &'a Asked, out: &'a Out) -> Answered<'a> {
        Box::pin(async move {
            let past: Vec<Past> = asked.history.iter().map(past).collect();
            let grounds = Grounds { remembered: asked.remembered.clone(), ..Grounds::default() };
            let names: Vec<&str> = asked.names.iter().map(String::as_str).collect();
            let of = OfModel {
                said: &asked.text,
                past: &past,
                grounds: &grounds,
                names: &names,
                only_listed: self.only_listed,
                // Where no model answers, whoever keeps the talk has the companion do so.
                companion: "",
            };
            let record = Record(out.clone());
            let (say, mut said) = mpsc::channel(WAITING);
            // Whoever stops it drops all of this.
            let (_stop, stopped) = watch::channel(false);
            let mut answering = pin!(self.language.answer(&of, &record, &say, stopped));
            let answered = loop {
                tokio::select! {
                    biased;
                    Some(shown) = said.recv() => show(out, shown),
                    answered = &mut answering => break answered,
                }
            };
            while let Ok(shown) = said.try_recv() {
                show(out, shown);
            }
            match answered.by {
                By::Model { .. } => Ok(Answer { support: "listening" }),
                By::Companion(Why::Refused(_)) => Err(Unanswered::Refused),
                By::Companion(Why::Unfit) => Err(Unanswered::Unfit),
                By::Companion(Why::None | Why::Names | Why::Failed) | By::Stopped => Err(Unanswered::Failed),
            }
        })
    }
}
