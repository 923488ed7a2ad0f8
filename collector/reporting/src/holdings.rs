//! What is kept of a person: taken out, erased, counted and let go of; and by what a copy is tried.

use attune_ground::erasing::{self, Erasing};
use attune_ground::holdings::{Counted, Erased, Parcel, of_each};
use attune_ground::keys::PersonKeys;
use attune_ground::retention::{Age, Aging, Class, Counting, Due};
use attune_ground::store::Store;
use attune_ground::{Carried, Deleted, GroundError, Holdings, Sample};
use attune_protocol::ids::PersonId;

use crate::gather::day_of;
use crate::kept::{file_at, of_person};
use crate::work;

/// What this subject does with what it keeps of people.
pub(crate) const HOLDINGS: Holdings =
    Holdings { export: |store, keys, person, parcel| Box::pin(export(store, keys, person, parcel)), erase, count };

/// Nothing becomes of reports behind a restore or under another master key.
pub(crate) const CARRIED: Carried = Carried {
    rekey: |_, _| Box::pin(async { Ok(0) }),
    put_back: |_, _| Box::pin(async { Ok(()) }),
    samples: &[Sample {
        table: "person_reports",
        bytes: &["person"],
        numbers: &["day"],
        context: |at| file_at(at.person, at.numbers.first().copied().unwrap_or_default()),
        sealed: "sealed",
    }],
};

/// No report outlives the tables of which it may be made, whatever is set of reports.
pub(crate) const AGING: &[Aging] = &[Aging { class: Class::Hr, of_whom: None, together: None, due, delete }];

async fn export(store: &Store, keys: &PersonKeys, person: PersonId, parcel: &mut Parcel) -> Result<(), GroundError> {
    for (day, bytes) in of_person(store, keys, person).await? {
        let day = day_of(day).map_or_else(|| day.to_string(), |day| day.to_string());
        parcel.file(&format!("report-{day}.pdf")).await?;
        parcel.put(bytes).await?;
    }
    Ok(())
}

/// Erases all of a person. Their key is gone: no report of them is kept meanwhile.
fn erase(store: &Store, person: PersonId) -> Erased<'_> {
    Box::pin(erasing::erase(store, person, [Erasing::of("person_reports", "day")]))
}

fn count(store: &Store) -> Counted<'_> {
    Box::pin(of_each(
        store,
        "person_reports",
        "SELECT person, COUNT(*), CAST(SUM(size) AS BIGINT), MIN(made_at), MAX(made_at) FROM person_reports \
         GROUP BY person",
    ))
}

fn due(store: &Store, person: Option<PersonId>, age: Age) -> Counting<'_> {
    Box::pin(async move {
        if person.is_some() {
            return Ok(Due::default());
        }
        let (rows, oldest): (i64, Option<i64>) = sqlx::query_as(
            "SELECT COUNT(*), MIN(made_at) FROM (SELECT made_at FROM person_reports WHERE made_at < $1 \
             UNION ALL SELECT made_at FROM group_reports WHERE made_at < $1) AS old",
        )
        .bind(age.before())
        .fetch_one(store.pool())
        .await?;
        Ok(Due { rows: rows.unsigned_abs(), oldest })
    })
}

fn delete(store: &Store, age: Age) -> Deleted<'_> {
    Box::pin(work::let_go(store, age.before()))
}
