//! Records as they stand in an archive: opened, each feature by the name that the registry has for it.

use std::collections::BTreeMap;

use attune_ground::damage::Damaged;
use attune_ground::keys::PersonKeys;
use attune_ground::store::{Store, bytes16, to_u64};
use attune_ground::time::rfc3339;
use attune_people::consent::ItemKey;
use attune_protocol::ids::{DeviceId, Epoch, PersonId, Seq};
use attune_protocol::record::Record;
use attune_protocol::registry::Span;
use serde::Serialize;

use crate::SensingError;
use crate::ingest::record_context;
use crate::sessions::SessionRow;

/// How much time is read at once, milliseconds: an hour of one person.
const STEP: i64 = 3_600_000;

/// A record.
#[derive(Debug, Serialize)]
pub(super) struct RecordRow {
    /// The device, or `analysis`.
    pub(super) source: String,
    pub(super) window_start: String,
    pub(super) modality: &'static str,
    pub(super) registry_revision: u16,
    pub(super) quality: f64,
    pub(super) coverage: f64,
    pub(super) gap: Option<&'static str>,
    pub(super) consent_version: u32,
    /// Values by the names of features, each with its unit.
    pub(super) features: BTreeMap<&'static str, Value>,
}

/// A value with its unit, as the registry has it.
#[derive(Debug, Serialize)]
pub(super) struct Value {
    pub(super) value: f64,
    pub(super) unit: &'static str,
}

impl RecordRow {
    pub(super) fn of(source: String, record: &Record) -> Self {
        let value = |(spec, value): (&'static attune_protocol::registry::FeatureSpec, f64)| {
            (spec.name, Value { value, unit: spec.unit })
        };
        Self {
            source,
            window_start: rfc3339(record.window.start_millis()),
            modality: record.modality().name(),
            registry_revision: record.revision,
            quality: record.quality,
            coverage: record.coverage.over(Span::S10),
            gap: record.coverage.gap.map(|gap| gap.name()),
            consent_version: record.consent,
            features: record.features.iter().map(value).collect(),
        }
    }
}

/// Where reading the records of devices goes on.
#[derive(Debug)]
pub(super) struct OfDevices<'a> {
    store: &'a Store,
    keys: &'a PersonKeys,
    person: PersonId,
    from: i64,
}

impl<'a> OfDevices<'a> {
    pub(super) const fn new(store: &'a Store, keys: &'a PersonKeys, person: PersonId) -> Self {
        Self { store, keys, person, from: i64::MIN }
    }

    /// The records of the next hour that has some, in the order of their windows; none behind the last. Those that do not open are
    /// left out and counted.
    pub(super) async fn next(&mut self) -> Result<Option<Vec<(DeviceId, Record)>>, SensingError> {
        let Self { store, keys, person, from } = self;
        let (first,): (Option<i64>,) =
            sqlx::query_as("SELECT MIN(window_start) FROM records WHERE person = $1 AND window_start >= $2")
                .bind(person.0.to_vec())
                .bind(*from)
                .fetch_one(store.pool())
                .await?;
        let Some(first) = first else { return Ok(None) };
        *from = first.saturating_add(STEP);
        let rows: Vec<(Vec<u8>, i64, i64, Vec<u8>)> = sqlx::query_as(
            "SELECT device, epoch, seq, sealed FROM records WHERE person = $1 AND window_start >= $2 AND window_start < $3 \
             ORDER BY window_start, modality, device, epoch, seq",
        )
        .bind(person.0.to_vec())
        .bind(first)
        .bind(*from)
        .fetch_all(store.pool())
        .await?;
        let key = keys.of(*person).await?;
        let mut records = Vec::with_capacity(rows.len());
        for (device, epoch, seq, sealed) in rows {
            let read = || {
                let device = DeviceId(bytes16(&device)?);
                let place = ItemKey { device, epoch: Epoch(to_u64(epoch)?), seq: Seq(to_u64(seq)?) };
                let plain = key.open(&record_context(*person, &place), &sealed)?;
                Ok::<_, SensingError>((device, Record::decode(&plain)?))
            };
            match read() {
                Ok(record) => records.push(record),
                Err(_) => {
                    store.damages().note(Damaged::Record, &[&device, &epoch.to_be_bytes(), &seq.to_be_bytes()]);
                }
            }
        }
        Ok(Some(records))
    }
}

/// The records of an analysis.
pub(super) async fn of_analysis(
    store: &Store,
    keys: &PersonKeys,
    session: &SessionRow,
) -> Result<Vec<Record>, SensingError> {
    let rows: Vec<(i64, i64, Vec<u8>)> = sqlx::query_as(
        "SELECT window_start, place, sealed FROM analysis_records WHERE session = $1 ORDER BY window_start, place",
    )
    .bind(session.session.0.to_vec())
    .fetch_all(store.pool())
    .await?;
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let key = keys.of(session.person).await?;
    let open = |(window_start, place, sealed): (i64, i64, Vec<u8>)| {
        let context = crate::analyze::record_context(session.person, session.session, window_start, place);
        let read = key.open(&context, &sealed).and_then(|plain| Record::decode(&plain));
        let damaged = |_: &_| {
            let (window, place) = (window_start.to_be_bytes(), place.to_be_bytes());
            store.damages().note(Damaged::Record, &[&session.session.0, &window, &place]);
        };
        read.inspect_err(damaged).ok()
    };
    Ok(rows.into_iter().filter_map(open).collect())
}
