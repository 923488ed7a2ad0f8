//! What is kept of a person: taken out, erased and counted; and by what a copy is tried.

use attune_ground::erasing::{self, Erasing};
use attune_ground::holdings::{self, Counted, Erased, JsonRows, Parcel};
use attune_ground::keys::PersonKeys;
use attune_ground::store::{Store, Write};
use attune_ground::time::rfc3339;
use attune_ground::{Carried, GroundError, Holdings, Sample};
use attune_protocol::ids::PersonId;
use serde::Serialize;

use crate::consent;
use crate::egress;
use crate::memory;
use crate::plan;
use crate::report;
use crate::rows;
use crate::sealed::{self, Read, level_name};

/// What this subject does with what it keeps of people.
pub(crate) const HOLDINGS: Holdings =
    Holdings { export: |store, keys, person, parcel| Box::pin(export(store, keys, person, parcel)), erase, count };

/// Behind a restore nobody has agreed to anything, no report is released, and no answer is being made: each may have been withdrawn since the
/// copy was made.
pub(crate) const CARRIED: Carried = Carried {
    rekey: |_, _| Box::pin(async { Ok(0) }),
    put_back: |transaction, _| Box::pin(end_agreeing(transaction)),
    samples: &[
        Sample {
            table: "talk_consents",
            bytes: &["person"],
            numbers: &["number"],
            context: sealed::consent_at,
            sealed: "sealed",
        },
        Sample { table: "talks", bytes: &["person"], numbers: &["talk"], context: sealed::head_at, sealed: "sealed" },
        Sample {
            table: "talk_turns",
            bytes: &["person"],
            numbers: &["talk", "number"],
            context: sealed::turn_at,
            sealed: "sealed",
        },
        Sample {
            table: "talk_memory",
            bytes: &["person"],
            numbers: &["number"],
            context: sealed::memory_at,
            sealed: "sealed",
        },
        Sample { table: "safety_plans", bytes: &["person"], numbers: &[], context: sealed::plan_at, sealed: "sealed" },
    ],
};

pub(crate) async fn end_agreeing(transaction: &mut Write) -> Result<(), GroundError> {
    for statement in [
        "DELETE FROM talk_consents",
        "UPDATE talk_reports SET released_at = NULL, shared = NULL",
        "UPDATE talk_answers SET state = 4, sealed = NULL WHERE state < 2",
        "UPDATE talks SET look_at = NULL",
    ] {
        sqlx::query(statement).execute(&mut ***transaction).await?;
    }
    Ok(())
}

/// What somebody said, in an archive.
#[derive(Serialize)]
struct Consented {
    talk: bool,
    memory: bool,
    model: bool,
    tell: bool,
    text: &'static str,
    at: String,
}

/// A turn of a talk, in an archive.
#[derive(Serialize)]
struct Said {
    talk: i64,
    title: Option<String>,
    room: Option<String>,
    status: Option<&'static str>,
    from: &'static str,
    at: String,
    text: Option<String>,
    by_model: bool,
    read: Option<AsRead>,
}

/// What was read of it, in an archive.
#[derive(Serialize)]
struct AsRead {
    sentiment: Option<&'static str>,
    emotion: Option<&'static str>,
    stress: Option<bool>,
    level: &'static str,
    signs: Vec<String>,
    intent: String,
}

impl From<&Read> for AsRead {
    fn from(read: &Read) -> Self {
        Self {
            sentiment: read.sentiment().map(|(name, _)| name),
            emotion: read.emotion().map(|(name, _)| name),
            stress: read.stress().map(|(is_so, _)| is_so),
            level: level_name(read.level()),
            signs: read.indicators.clone(),
            intent: read.intent.clone(),
        }
    }
}

/// What is remembered, in an archive.
#[derive(Serialize)]
struct Kept {
    text: Option<String>,
    since: String,
}

/// A safety plan, in an archive.
#[derive(Serialize)]
struct Planned {
    signs: String,
    helps: String,
    people: String,
    professionals: String,
    safer: String,
    country: Option<String>,
    at: String,
}

/// That text left, in an archive.
#[derive(Serialize)]
struct Gone {
    at: String,
    to: Option<String>,
    bytes: i64,
}

async fn export(store: &Store, keys: &PersonKeys, person: PersonId, parcel: &mut Parcel) -> Result<(), GroundError> {
    let key = keys.of(person).await?;
    let mut file = JsonRows::begin(parcel, "talk_consents.json").await?;
    for of in consent::all(store, keys, person).await? {
        let text = consent::texts(of.text_version)[0];
        let at = rfc3339(of.at);
        file.row(&Consented { talk: of.talk, memory: of.memory, model: of.model, tell: of.tell, text, at }).await?;
    }
    file.end().await?;
    let mut file = JsonRows::begin(parcel, "talks.json").await?;
    for talk in rows::of_person(store, &key, person).await? {
        for turn in rows::turns(store, &key, (person, talk.id)).await? {
            let head = talk.head.as_ref();
            let of = turn.turn.as_ref();
            let row = Said {
                talk: talk.id,
                title: head.map(|head| head.title.clone()),
                room: head.and_then(|head| head.room.clone()),
                status: head.map(|head| head.status.name()),
                from: if turn.own { "you" } else { "attune" },
                at: rfc3339(turn.at),
                text: of.map(|of| of.text.clone()),
                by_model: of.is_some_and(|of| of.by_model),
                read: of.and_then(|of| of.read.as_ref()).map(AsRead::from),
            };
            file.row(&row).await?;
        }
    }
    file.end().await?;
    let mut file = JsonRows::begin(parcel, "talk_memory.json").await?;
    let mut connection = store.pool().acquire().await?;
    let remembered = memory::all(&mut connection, &key, person).await?;
    drop(connection);
    for of in remembered {
        file.row(&Kept { text: of.what.map(|what| what.text), since: rfc3339(of.at) }).await?;
    }
    file.end().await?;
    let mut file = JsonRows::begin(parcel, "safety_plan.json").await?;
    if let Some((plan, at)) = plan::of(store, &key, person).await? {
        let sealed::Plan { signs, helps, people, professionals, safer, country } = plan;
        let row = Planned { signs, helps, people, professionals, safer, country, at: rfc3339(at) };
        file.row(&row).await?;
    }
    file.end().await?;
    let mut file = JsonRows::begin(parcel, "talk_reports.json").await?;
    for of in report::of_person(store, &key, person).await? {
        file.row(&of.archived()).await?;
    }
    file.end().await?;
    let mut file = JsonRows::begin(parcel, "talk_egress.json").await?;
    for of in egress::newest(store, &key, person, i64::MAX).await? {
        file.row(&Gone { at: rfc3339(of.at), to: of.endpoint, bytes: of.bytes }).await?;
    }
    file.end().await
}

/// What is erased of a person: what refers to talks before these.
const ERASED: [Erasing; 9] = [
    Erasing::of("talk_reports", "talk"),
    Erasing::of("talk_answers", "talk, number"),
    Erasing::of("talk_turns", "talk, number"),
    Erasing::of("talks", "talk"),
    Erasing::of("talk_memory", "number"),
    Erasing::of("safety_plans", "person"),
    Erasing::of("talk_egress", "number"),
    Erasing::of("talk_limits", "day"),
    Erasing::of("talk_consents", "number"),
];

/// Erases all of a person. Their key is gone: nothing is written meanwhile.
fn erase(store: &Store, person: PersonId) -> Erased<'_> {
    Box::pin(erasing::erase(store, person, ERASED))
}

/// Of each table a person, rows of theirs, and their bytes; and when the first and the last of them was.
const COUNTED: [(&str, &str); 9] = [
    (
        "talk_reports",
        "SELECT person, COUNT(*), CAST(SUM(LENGTH(sealed)) AS BIGINT), MIN(made_at), MAX(made_at) FROM talk_reports \
         GROUP BY person",
    ),
    (
        "talk_answers",
        "SELECT person, COUNT(*), CAST(SUM(COALESCE(LENGTH(sealed), 0)) AS BIGINT), MIN(asked_at), MAX(asked_at) \
         FROM talk_answers GROUP BY person",
    ),
    (
        "talk_turns",
        "SELECT person, COUNT(*), CAST(SUM(LENGTH(sealed)) AS BIGINT), MIN(at), MAX(at) FROM talk_turns GROUP BY person",
    ),
    (
        "talks",
        "SELECT person, COUNT(*), CAST(SUM(LENGTH(sealed)) AS BIGINT), MIN(opened_at), MAX(last_at) FROM talks \
         GROUP BY person",
    ),
    (
        "talk_memory",
        "SELECT person, COUNT(*), CAST(SUM(LENGTH(sealed)) AS BIGINT), MIN(at), MAX(at) FROM talk_memory GROUP BY person",
    ),
    (
        "safety_plans",
        "SELECT person, COUNT(*), CAST(SUM(LENGTH(sealed)) AS BIGINT), MIN(at), MAX(at) FROM safety_plans GROUP BY person",
    ),
    (
        "talk_egress",
        "SELECT person, COUNT(*), CAST(SUM(LENGTH(sealed)) AS BIGINT), MIN(at), MAX(at) FROM talk_egress GROUP BY person",
    ),
    (
        "talk_limits",
        "SELECT person, COUNT(*), CAST(0 AS BIGINT), CAST(NULL AS BIGINT), CAST(NULL AS BIGINT) FROM talk_limits \
         GROUP BY person",
    ),
    (
        "talk_consents",
        "SELECT person, COUNT(*), CAST(SUM(LENGTH(sealed)) AS BIGINT), CAST(NULL AS BIGINT), CAST(NULL AS BIGINT) \
         FROM talk_consents GROUP BY person",
    ),
];

/// How much is kept of everybody.
fn count(store: &Store) -> Counted<'_> {
    Box::pin(async move {
        let mut all = Vec::new();
        for (table, statement) in COUNTED {
            all.extend(holdings::of_each(store, table, statement).await?);
        }
        Ok(all)
    })
}
