//! The built-in companion's answer as a turn of a talk.

use attune_ground::store::Write;
use attune_protocol::ids::PersonId;
use attune_protocol::seal::SealKey;

use crate::companion::{self, Context, Hearing, Reply};
use crate::error::TalksError;
use crate::memory;
use crate::sealed::{Consent, Head, TalkId, Turn};

/// The built-in companion's answer, behind the lock of whom it answers; what it proposes to remember is, where they allow that.
pub(crate) async fn built_in(
    transaction: &mut Write,
    (key, person, talk): (&SealKey, PersonId, TalkId),
    (head, hearing): (&mut Head, &Hearing),
    (consent, country, now): (Consent, Option<&str>, i64),
) -> Result<Reply, TalksError> {
    let remembered = match consent.memory {
        true => memory::all(transaction, key, person).await?.into_iter().filter_map(|one| one.what).collect(),
        false => Vec::new(),
    };
    let context = Context { remembered, country: country.map(str::to_owned), seed: talk.unsigned_abs() };
    let reply = companion::reply(&mut head.companion, hearing, &context);
    if consent.memory {
        memory::add(transaction, key, person, &reply.remember, now).await?;
    }
    Ok(reply)
}

/// An answer of ours as a turn.
pub(crate) fn turn(reply: &Reply) -> Turn {
    let (text, support) = (reply.text.clone(), Some(reply.support.to_owned()));
    Turn { text, read: None, support, by_model: false, stopped: false }
}
