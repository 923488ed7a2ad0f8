//! What is kept of a person: taken out, erased and counted; and what becomes of it behind a restore.

use attune_ground::erasing::{self, Erasing};
use attune_ground::holdings::{Counted, Erased, JsonRows, Parcel, of_each};
use attune_ground::keys::PersonKeys;
use attune_ground::store::{Store, Write};
use attune_ground::{Carried, GroundError, Holdings, Sample};
use attune_protocol::ids::PersonId;

use crate::sealed::rows_at;
use crate::uploads::Standing;
use crate::{own, unusual};

/// What this subject does with what it keeps of people.
pub(crate) const HOLDINGS: Holdings =
    Holdings { export: |store, keys, person, parcel| Box::pin(export(store, keys, person, parcel)), erase, count };

/// What becomes of it behind a restore: what waited for a decision waits no more, and is given anew. Under another master key nothing does:
/// the collectors' own key for bytes that wait stays the same. And by what a copy is tried.
pub(crate) const CARRIED: Carried = Carried {
    rekey: |_, _| Box::pin(async { Ok(0) }),
    put_back: |transaction, _| Box::pin(end_waiting(transaction)),
    samples: &[
        Sample {
            table: "hr_rows",
            bytes: &["person", "upload"],
            numbers: &["number"],
            context: rows_at,
            sealed: "sealed",
        },
        Sample {
            table: "hr_flags",
            bytes: &["person", "detection"],
            numbers: &[],
            context: unusual::flag_at,
            sealed: "sealed",
        },
        Sample {
            table: "hr_handled",
            bytes: &["person"],
            numbers: &[],
            context: unusual::handled_at,
            sealed: "sealed",
        },
    ],
};

async fn end_waiting(transaction: &mut Write) -> Result<(), GroundError> {
    sqlx::query("UPDATE hr_uploads SET state = $1 WHERE state < 4")
        .bind(Standing::Dropped.number())
        .execute(&mut ***transaction)
        .await?;
    sqlx::query("DELETE FROM hr_pieces").execute(&mut ***transaction).await?;
    Ok(())
}

async fn export(store: &Store, keys: &PersonKeys, person: PersonId, parcel: &mut Parcel) -> Result<(), GroundError> {
    let mut file = JsonRows::begin(parcel, "hr.json").await?;
    for table in own::of(store, keys, person).await? {
        file.row(&table).await?;
    }
    file.end().await?;
    let mut file = JsonRows::begin(parcel, "hr_flags.json").await?;
    if let Some(flag) = unusual::of_person(store, keys, person).await? {
        file.row(&unusual::own(&flag)).await?;
    }
    file.end().await
}

/// What is erased of a person.
const ERASED: [Erasing; 3] = [
    Erasing::of("hr_rows", "upload, number"),
    Erasing::of("hr_flags", "detection"),
    Erasing::of("hr_handled", "changed_at"),
];

/// Erases all of a person. Their key is gone: nothing is taken in meanwhile.
fn erase(store: &Store, person: PersonId) -> Erased<'_> {
    Box::pin(erasing::erase(store, person, ERASED))
}

/// How much is kept of everybody.
fn count(store: &Store) -> Counted<'_> {
    Box::pin(async move {
        let rows = "SELECT hr_rows.person, CAST(SUM(hr_rows.held) AS BIGINT), CAST(SUM(hr_rows.size) AS BIGINT), \
             MIN(hr_uploads.decided_at), MAX(hr_uploads.decided_at) FROM hr_rows \
             JOIN hr_uploads ON hr_uploads.id = hr_rows.upload GROUP BY hr_rows.person";
        let flags = "SELECT hr_flags.person, COUNT(*), CAST(SUM(LENGTH(hr_flags.sealed)) AS BIGINT), \
             MIN(hr_detections.made_at), MAX(hr_detections.made_at) FROM hr_flags \
             JOIN hr_detections ON hr_detections.id = hr_flags.detection GROUP BY hr_flags.person";
        let handled = "SELECT person, COUNT(*), CAST(SUM(LENGTH(sealed)) AS BIGINT), MIN(changed_at), MAX(changed_at) \
             FROM hr_handled GROUP BY person";
        let mut all = Vec::new();
        for (table, statement) in [("hr_rows", rows), ("hr_flags", flags), ("hr_handled", handled)] {
            all.extend(of_each(store, table, statement).await?);
        }
        Ok(all)
    })
}
