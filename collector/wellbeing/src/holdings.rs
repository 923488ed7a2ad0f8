//! What is kept of a person: taken out, erased and counted; and what becomes of it behind a restore.

use std::collections::BTreeMap;

use attune_ground::erasing::{self, Erasing};
use attune_ground::holdings::{Counted, Erased, JsonRows, Parcel, of_each};
use attune_ground::keys::PersonKeys;
use attune_ground::measures::Measure;
use attune_ground::store::{Store, Write};
use attune_ground::time::{now_millis, rfc3339};
use attune_ground::{Carried, GroundError, Holdings, Sample, SealedAt};
use attune_protocol::ids::PersonId;
use serde::Serialize;

use crate::bucket::{Bucket, Span, day_of};
use crate::rollup::{self, Page};
use crate::{alerts, org, team};

/// What this subject does with what it keeps of people.
pub(crate) const HOLDINGS: Holdings =
    Holdings { export: |store, keys, person, parcel| Box::pin(export(store, keys, person, parcel)), erase, count };

/// What becomes of it behind a restore: figures of teams that may have been given since the copy was made are not made anew,
/// and nobody supports anybody. Under another master key nothing does. And by what a copy is tried.
pub(crate) const CARRIED: Carried = Carried {
    rekey: |_, _| Box::pin(async { Ok(0) }),
    put_back: |transaction, _| Box::pin(put_back(transaction)),
    samples: &[
        Sample { table: "rollups", bytes: &["person"], numbers: &["span", "start"], context, sealed: "sealed" },
        Sample {
            table: "person_alerts",
            bytes: &["person", "id"],
            numbers: &[],
            context: alerts::context,
            sealed: "sealed",
        },
    ],
};

/// What becomes of it behind a restore.
pub(crate) async fn put_back(transaction: &mut Write) -> Result<(), GroundError> {
    alerts::forget_supporters(transaction).await?;
    team::put_off(transaction, now_millis()).await
}

fn context(SealedAt { person, numbers, .. }: &SealedAt) -> Vec<u8> {
    let number = |place: usize| numbers.get(place).copied().unwrap_or_default();
    rollup::context(*person, number(0), number(1))
}

/// A roll-up as a person is given it.
#[derive(Serialize)]
struct RollUp {
    span: &'static str,
    /// RFC 3339 of an hour; of the others the first day.
    start: String,
    /// Seconds in which devices were on.
    expected_seconds: f64,
    /// Seconds of those in which a sensor saw something.
    seen_seconds: f64,
    /// By the names of measures.
    measures: BTreeMap<&'static str, SumOf>,
}

#[derive(Serialize)]
struct SumOf {
    values: u32,
    /// Seconds for which they stand; 1 for each that is of an instant.
    weight: f64,
    mean: f64,
    /// Standard deviation of the values from their mean.
    sd: f64,
}

impl RollUp {
    fn of(span: Span, start: i64, bucket: &Bucket) -> Self {
        let start = match span {
            Span::Hour => rfc3339(start),
            Span::Day | Span::Week | Span::Month => day_of(start).map_or_else(String::new, |day| day.to_string()),
        };
        let measures = bucket.sums.iter().filter(|(_, sum)| sum.weight > 0.0).filter_map(|(number, sum)| {
            let sd = (sum.squares / sum.weight).max(0.0).sqrt();
            let told = SumOf { values: sum.count, weight: sum.weight, mean: sum.mean, sd };
            Some((Measure::of_number(*number)?.name, told))
        });
        Self {
            span: span.name(),
            start,
            expected_seconds: bucket.expected as f64 / 1000.0,
            seen_seconds: bucket.seen as f64 / 1000.0,
            measures: measures.collect(),
        }
    }
}

async fn export(store: &Store, keys: &PersonKeys, person: PersonId, parcel: &mut Parcel) -> Result<(), GroundError> {
    let key = keys.of(person).await?;
    let mut rows = JsonRows::begin(parcel, "rollups.json").await?;
    for span in Span::ALL {
        let mut from = Some(i64::MIN);
        while let Some(begin) = from {
            let Page { buckets, next } = rollup::page(store, &key, person, (span, begin)).await?;
            for (start, bucket) in &buckets {
                rows.row(&RollUp::of(span, *start, bucket)).await?;
            }
            from = next;
        }
    }
    rows.end().await?;
    alerts::export(store, keys, person, parcel).await?;
    org::export(store, person, parcel).await
}

/// What is erased. What is kept of a login goes with that. Of roll-ups those of several spans may start alike: a slice has some more then.
const ERASED: [Erasing; 4] = [
    Erasing::of("touched_hours", "start"),
    Erasing::of("rollups", "start"),
    Erasing::of("changed_days", "day"),
    Erasing::of("rollup_people", "settled"),
];

fn erase(store: &Store, person: PersonId) -> Erased<'_> {
    Box::pin(erasing::erase(store, person, ERASED.into_iter().chain(alerts::ERASED)))
}

/// How much is kept of everybody: of roll-ups the time that their hours are of.
fn count(store: &Store) -> Counted<'_> {
    Box::pin(async move {
        let statement = "SELECT person, COUNT(*), CAST(SUM(size) AS BIGINT), MIN(CASE WHEN span = 1 THEN start END), \
             MAX(CASE WHEN span = 1 THEN start END) FROM rollups GROUP BY person";
        let own = of_each(store, "rollups", statement).await?.into_iter().chain(alerts::count(store).await?);
        Ok(own.chain(org::count(store).await?).collect())
    })
}
