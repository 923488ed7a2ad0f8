//! What is kept of a person: taken out, erased and counted; and by what a copy is tried.

use attune_ground::erasing::{self, Erasing};
use attune_ground::holdings::{self, Counted, Erased, JsonRows, Parcel};
use attune_ground::keys::PersonKeys;
use attune_ground::store::{Store, Write};
use attune_ground::time::rfc3339;
use attune_ground::{Carried, GroundError, Holdings, Sample};
use attune_protocol::ids::PersonId;
use serde::Serialize;

use crate::kind::Kind;
use crate::letters::{self, MOST_LETTERS, Side};
use crate::reminders::{self, OwnPlan};

/// What this subject does with what it keeps of people.
pub(crate) const HOLDINGS: Holdings =
    Holdings { export: |store, keys, person, parcel| Box::pin(export(store, keys, person, parcel)), erase, count };

/// Behind a restore nobody is reminded who does not choose it anew, and HR is told nothing: either may have been ended since the copy was
/// made. Letters are what they were.
pub(crate) const CARRIED: Carried = Carried {
    rekey: |_, _| Box::pin(async { Ok(0) }),
    put_back: |transaction, _| Box::pin(end_reminding(transaction)),
    samples: &[
        Sample {
            table: "reminder_plans",
            bytes: &["person"],
            numbers: &["kind"],
            context: |at| reminders::plan_at(at.person, at.numbers.first().copied().unwrap_or_default()),
            sealed: "sealed",
        },
        Sample {
            table: "letter_threads",
            bytes: &["person", "thread"],
            numbers: &[],
            context: letters::thread_at,
            sealed: "sealed",
        },
        Sample {
            table: "letters",
            bytes: &["person", "thread"],
            numbers: &["number"],
            context: letters::letter_at,
            sealed: "sealed",
        },
    ],
};

pub(crate) async fn end_reminding(transaction: &mut Write) -> Result<(), GroundError> {
    for statement in [
        "DELETE FROM reminder_plans",
        "UPDATE reminders SET closed_at = due WHERE closed_at IS NULL",
        "UPDATE reminder_notices SET ended_at = told_at WHERE ended_at IS NULL",
    ] {
        sqlx::query(statement).execute(&mut ***transaction).await?;
    }
    Ok(())
}

/// What somebody chose to be reminded of, in an archive.
#[derive(Serialize)]
struct Chosen {
    of: &'static str,
    hr_is_told: bool,
    #[serde(flatten)]
    plan: OwnPlan,
}

/// A reminder, in an archive.
#[derive(Serialize)]
struct Reminded {
    of: &'static str,
    due: String,
    missed_at: Option<String>,
    answered_at: Option<String>,
}

/// That HR was told, in an archive.
#[derive(Serialize)]
struct Told {
    of: Option<&'static str>,
    told_at: String,
    ended_at: Option<String>,
}

/// A letter, in an archive.
#[derive(Serialize)]
struct Letter {
    thread: String,
    subject: Option<String>,
    from: &'static str,
    written_at: String,
    text: Option<String>,
    /// Whether the other side has read it.
    read: bool,
}

async fn export(store: &Store, keys: &PersonKeys, person: PersonId, parcel: &mut Parcel) -> Result<(), GroundError> {
    let key = keys.of(person).await?;
    let mut file = JsonRows::begin(parcel, "reminders.json").await?;
    for kind in Kind::ALL {
        if let Some(plan) = reminders::plan_of(store, &key, person, kind).await? {
            let (of, hr_is_told, plan) = (kind.name(), plan.told, OwnPlan::from(&plan));
            file.row(&Chosen { of, hr_is_told, plan }).await?;
        }
    }
    file.end().await?;
    let mut file = JsonRows::begin(parcel, "reminded.json").await?;
    let rows: Vec<(i64, i64, Option<i64>, Option<i64>)> =
        sqlx::query_as("SELECT kind, due, missed_at, answered_at FROM reminders WHERE person = $1 ORDER BY due, kind")
            .bind(person.0.to_vec())
            .fetch_all(store.pool())
            .await?;
    for (kind, due, missed_at, answered_at) in rows {
        let Some(kind) = Kind::of(kind) else { continue };
        let (missed_at, answered_at) = (missed_at.map(rfc3339), answered_at.map(rfc3339));
        file.row(&Reminded { of: kind.name(), due: rfc3339(due), missed_at, answered_at }).await?;
    }
    file.end().await?;
    let mut file = JsonRows::begin(parcel, "reminders_told.json").await?;
    let rows: Vec<(i64, i64, Option<i64>)> =
        sqlx::query_as("SELECT kind, told_at, ended_at FROM reminder_notices WHERE person = $1 ORDER BY told_at, kind")
            .bind(person.0.to_vec())
            .fetch_all(store.pool())
            .await?;
    for (kind, told_at, ended_at) in rows {
        let of = Kind::of(kind).map(Kind::name);
        file.row(&Told { of, told_at: rfc3339(told_at), ended_at: ended_at.map(rfc3339) }).await?;
    }
    file.end().await?;
    let mut file = JsonRows::begin(parcel, "letters.json").await?;
    for thread in letters::of_person(store, keys, person).await? {
        for letter in letters::letters(store, keys, (person, &thread.id), (i64::MAX, MOST_LETTERS)).await? {
            let from = match letter.side {
                Side::Person => "you",
                Side::Hr => "hr",
            };
            let row = Letter {
                thread: letters::written(&thread.id),
                subject: thread.subject.clone(),
                from,
                written_at: rfc3339(letter.at),
                text: letter.said.map(|said| said.text),
                read: thread.read_by(letter.side.other()) >= letter.number,
            };
            file.row(&row).await?;
        }
    }
    file.end().await
}

/// What is erased of a person: letters before their threads.
const ERASED: [Erasing; 5] = [
    Erasing::of("letters", "thread, number"),
    Erasing::of("letter_threads", "thread"),
    Erasing::of("reminder_notices", "kind, due"),
    Erasing::of("reminders", "kind, due"),
    Erasing::of("reminder_plans", "kind"),
];

/// Erases all of a person. Their key is gone: nothing is written meanwhile.
fn erase(store: &Store, person: PersonId) -> Erased<'_> {
    Box::pin(erasing::erase(store, person, ERASED))
}

/// Of each table a person, rows of theirs, and their bytes; and when the first and the last of them was.
const COUNTED: [(&str, &str); 5] = [
    (
        "letters",
        "SELECT person, COUNT(*), CAST(SUM(LENGTH(sealed)) AS BIGINT), MIN(at), MAX(at) FROM letters GROUP BY person",
    ),
    (
        "letter_threads",
        "SELECT person, COUNT(*), CAST(SUM(LENGTH(sealed)) AS BIGINT), MIN(opened_at), MAX(last_at) FROM letter_threads \
         GROUP BY person",
    ),
    (
        "reminder_notices",
        "SELECT person, COUNT(*), CAST(0 AS BIGINT), MIN(told_at), MAX(told_at) FROM reminder_notices GROUP BY person",
    ),
    ("reminders", "SELECT person, COUNT(*), CAST(0 AS BIGINT), MIN(due), MAX(due) FROM reminders GROUP BY person"),
    (
        "reminder_plans",
        "SELECT person, COUNT(*), CAST(SUM(LENGTH(sealed)) AS BIGINT), MIN(looked_at), MAX(looked_at) FROM reminder_plans \
         GROUP BY person",
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
