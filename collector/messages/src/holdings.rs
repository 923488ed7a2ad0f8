//! What is kept of a person: taken out, erased and counted; and what becomes of it behind a restore.

use std::collections::BTreeMap;

use attune_analysis::text::TextScores;
use attune_ground::erasing::{self, Erasing};
use attune_ground::holdings::{Counted, Erased, JsonRows, Parcel, of_each};
use attune_ground::keys::PersonKeys;
use attune_ground::store::{Store, Write, bytes16};
use attune_ground::time::rfc3339;
use attune_ground::{Carried, GroundError, Holdings, Sample};
use attune_protocol::ids::PersonId;
use serde::Serialize;

use crate::names::{emotion, level, sentiment, unread};
use crate::rows::{Reason, Standing};
use crate::sealed::{Content, Scores, consent_at, scores_at, writer_at};
use crate::{channels, consent, writers};

/// What this subject does with what it keeps of people.
pub(crate) const HOLDINGS: Holdings =
    Holdings { export: |store, keys, person, parcel| Box::pin(export(store, keys, person, parcel)), erase, count };

/// What becomes of it behind a restore: nobody agrees to anything, since whoever withdrew since the copy was made would else have agreed
/// again, and no device tells of it anew. Under another master key nothing does. And by what a copy is tried.
pub(crate) const CARRIED: Carried = Carried {
    rekey: |_, _| Box::pin(async { Ok(0) }),
    put_back: |transaction, _| Box::pin(end_consents(transaction)),
    samples: &[
        Sample {
            table: "messages",
            bytes: &["person", "id"],
            numbers: &[],
            context: scores_at,
            sealed: "scores_sealed",
        },
        Sample {
            table: "message_consents",
            bytes: &["person"],
            numbers: &["number"],
            context: consent_at,
            sealed: "sealed",
        },
        Sample { table: "writers", bytes: &["person", "tag"], numbers: &[], context: writer_at, sealed: "sealed" },
    ],
};

async fn end_consents(transaction: &mut Write) -> Result<(), GroundError> {
    sqlx::query("DELETE FROM message_consents").execute(&mut ***transaction).await?;
    Ok(())
}

/// Rows that are read at a time.
const SLICE: i64 = 500;

/// A message as a person is given it.
#[derive(Serialize)]
struct Message {
    said_at: String,
    received_at: String,
    channel: Option<String>,
    channel_kind: Option<&'static str>,
    state: &'static str,
    reason: Option<&'static str>,
    /// As long as it is here.
    text: Option<String>,
    words: Option<u32>,
    unread: Option<&'static str>,
    scores: Option<Read>,
    crisis_level: Option<&'static str>,
    crisis_indicators: Vec<String>,
    outside_working_hours: Option<bool>,
    replied_after_seconds: Option<i64>,
}

#[derive(Serialize)]
struct Read {
    sentiment: &'static str,
    sentiment_score: f64,
    emotion: &'static str,
    emotion_score: f64,
    stress: bool,
    stress_score: f64,
}

impl From<TextScores> for Read {
    fn from(of: TextScores) -> Self {
        Self {
            sentiment: sentiment(of.sentiment.label),
            sentiment_score: of.sentiment.score,
            emotion: emotion(of.emotion.label),
            emotion_score: of.emotion.score,
            stress: of.stress.label,
            stress_score: of.stress.score,
        }
    }
}

/// What a person agreed to, as they are given it.
#[derive(Serialize)]
struct Agreed {
    at: String,
    analyse: bool,
    keep_text: bool,
    text_version: u16,
    text: &'static str,
    text_of_keeping: &'static str,
}

/// How a person is called where they write, as they are given it.
#[derive(Serialize)]
struct Named {
    channel_kind: &'static str,
    name: String,
    since: String,
}

type Row = (Vec<u8>, Vec<u8>, i64, i64, i64, Option<i64>, Option<Vec<u8>>, Option<Vec<u8>>);

async fn export(store: &Store, keys: &PersonKeys, person: PersonId, parcel: &mut Parcel) -> Result<(), GroundError> {
    let key = keys.of(person).await?;
    let named: BTreeMap<[u8; 16], channels::Channel> =
        channels::all(store).await?.into_iter().map(|channel| (channel.id, channel)).collect();
    let mut file = JsonRows::begin(parcel, "messages.json").await?;
    let mut after = (i64::MIN, Vec::new());
    loop {
        let rows: Vec<Row> = sqlx::query_as(
            "SELECT id, channel, said_at, received_at, state, reason, text_sealed, scores_sealed FROM messages \
             WHERE person = $1 AND (said_at > $2 OR (said_at = $2 AND id > $3)) ORDER BY said_at, id LIMIT $4",
        )
        .bind(person.0.to_vec())
        .bind(after.0)
        .bind(after.1.clone())
        .bind(SLICE)
        .fetch_all(store.pool())
        .await?;
        let Some((id, _, said_at, ..)) = rows.last() else { break };
        after = (*said_at, id.clone());
        for (id, channel, said_at, received_at, state, reason, text, scores) in rows {
            let channel = bytes16(&channel).ok().and_then(|channel| named.get(&channel));
            let text =
                text.and_then(|sealed| Content::open(&key, person, &id, &sealed)).map(|content| content.text.clone());
            let scores = scores.and_then(|sealed| Scores::open(&key, person, &id, &sealed));
            let unread = scores.as_ref().and_then(|scores| scores.read.err()).map(unread);
            let message = Message {
                said_at: rfc3339(said_at),
                received_at: rfc3339(received_at),
                channel: channel.map(|channel| channel.name.clone()),
                channel_kind: channel.map(|channel| channel.kind.name()),
                state: Standing::of_number(state).name(),
                reason: reason.and_then(Reason::of_number).map(Reason::words),
                text,
                words: scores.as_ref().map(|scores| scores.words),
                unread,
                scores: scores.as_ref().and_then(|scores| scores.read.ok()).map(Read::from),
                crisis_level: scores.as_ref().map(|scores| level(scores.level)),
                outside_working_hours: scores.as_ref().map(|scores| scores.is_outside),
                replied_after_seconds: scores
                    .as_ref()
                    .and_then(|scores| scores.replied_after)
                    .map(|after| after / 1000),
                crisis_indicators: scores.map(|scores| scores.indicators).unwrap_or_default(),
            };
            file.row(&message).await?;
        }
    }
    file.end().await?;
    let mut file = JsonRows::begin(parcel, "message_consents.json").await?;
    for one in consent::all(store, keys, person).await? {
        let (text, text_of_keeping) = consent::texts(one.text_version);
        let agreed = Agreed {
            at: rfc3339(one.at),
            analyse: one.analyse,
            keep_text: one.keep_text,
            text_version: one.text_version,
            text,
            text_of_keeping,
        };
        file.row(&agreed).await?;
    }
    file.end().await?;
    let mut file = JsonRows::begin(parcel, "message_names.json").await?;
    for (kind, name, at) in writers::of(store, keys, person).await?.into_iter().filter_map(|one| one.named) {
        file.row(&Named { channel_kind: kind.name(), name, since: rfc3339(at) }).await?;
    }
    file.end().await
}

/// What is erased.
const ERASED: [Erasing; 4] = [
    Erasing::of("message_refs", "message"),
    Erasing::of("messages", "id"),
    Erasing::of("message_consents", "number"),
    Erasing::of("writers", "tag"),
];

fn erase(store: &Store, person: PersonId) -> Erased<'_> {
    Box::pin(erasing::erase(store, person, ERASED))
}

/// How much is kept of everybody.
fn count(store: &Store) -> Counted<'_> {
    Box::pin(async move {
        let messages = "SELECT person, COUNT(*), CAST(SUM(size) AS BIGINT), MIN(said_at), MAX(said_at) FROM messages GROUP BY person";
        let consents = "SELECT person, COUNT(*), CAST(0 AS BIGINT), CAST(NULL AS BIGINT), CAST(NULL AS BIGINT) \
             FROM message_consents GROUP BY person";
        let messages = of_each(store, "messages", messages).await?.into_iter();
        let consents = of_each(store, "message_consents", consents).await?;
        let names = "SELECT person, COUNT(*), CAST(0 AS BIGINT), CAST(NULL AS BIGINT), CAST(NULL AS BIGINT) \
             FROM writers GROUP BY person";
        let names = of_each(store, "writers", names).await?;
        Ok(messages.chain(consents).chain(names).collect())
    })
}
