//! What tables of HR say of a person, for that person: all of it, also what does not stand any more as long as it is kept.

use attune_ground::GroundError;
use attune_ground::keys::PersonKeys;
use attune_ground::store::Store;
use attune_ground::time::rfc3339;
use attune_protocol::ids::PersonId;
use serde::Serialize;
use serde_json::{Map, Value, json};
use utoipa::ToSchema;

use crate::error::HrError;
use crate::kept::{self, OfOne};
use crate::master::{self, Definition, FEATURES, Feature, definitions};
use crate::merged;
use crate::rows::Table;
use crate::sealed::Rows;
use crate::state::Hr;

/// Rows of one table about a person.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OwnTable {
    /// `activity`, `leave`, `onboarding`, `performance`, `rewards` or `vibe`.
    pub(crate) table: &'static str,
    /// Whether it is the version of this table that stands.
    pub(crate) stands: bool,
    /// When it was taken in, RFC 3339; null while it is.
    pub(crate) taken_at: Option<String>,
    /// Its rows, with what each column says; null where it says nothing.
    #[schema(value_type = Vec<Object>)]
    pub(crate) rows: Vec<Value>,
}

/// A feature of the master table, with what it is, and its value for a person.
#[derive(Debug, Serialize)]
pub(crate) struct OwnFeature {
    pub(crate) name: &'static str,
    pub(crate) display_name: &'static str,
    pub(crate) unit: &'static str,
    pub(crate) source: Table,
    pub(crate) definition: &'static str,
    pub(crate) decay_a_day: Option<f64>,
    /// None where no table says it.
    pub(crate) value: Option<master::Value>,
}

/// All that is kept of a person: what stands first.
///
/// # Errors
/// When the database refuses, or the key of the person was destroyed.
pub(crate) async fn of(store: &Store, keys: &PersonKeys, person: PersonId) -> Result<Vec<OwnTable>, GroundError> {
    Ok(kept::of_one(store, keys, person).await?.iter().map(told).collect())
}

/// What is kept, as it is told.
pub(crate) fn told(kept: &OfOne) -> OwnTable {
    let OfOne { stands, taken_at, rows } = kept;
    OwnTable { table: rows.table().name(), stands: *stands, taken_at: taken_at.map(rfc3339), rows: values(rows) }
}

/// All that is kept of several accounts of one person.
///
/// # Errors
/// As of [`of`].
pub(crate) async fn all(state: &Hr, people: &[PersonId]) -> Result<Vec<OfOne>, HrError> {
    let mut kept = Vec::new();
    for person in people {
        kept.extend(kept::of_one(state.store(), state.people().keys(), *person).await?);
    }
    Ok(kept)
}

/// What HR sees in the master table of whoever this is kept of; nothing where nothing of it stands.
///
/// # Errors
/// When the database refuses.
pub(crate) async fn features(state: &Hr, kept: &[OfOne]) -> Result<Vec<OwnFeature>, HrError> {
    let Some(row) = merged::own(state, kept).await? else { return Ok(Vec::new()) };
    let own = |(of, feature): (Definition, &Feature)| OwnFeature {
        name: of.name,
        display_name: of.display_name,
        unit: of.unit,
        source: of.source,
        definition: of.definition,
        decay_a_day: of.decay_a_day,
        value: feature.value(&row),
    };
    Ok(definitions(&state.settings().decay).into_iter().zip(&FEATURES).map(own).collect())
}

/// Rows as objects, without whose they are.
fn values(rows: &Rows) -> Vec<Value> {
    // The one key of it is the variant.
    let Value::Object(tagged) = json!(rows) else { return Vec::new() };
    let Some(Value::Array(rows)) = tagged.into_iter().next().map(|(_, rows)| rows) else { return Vec::new() };
    rows.into_iter().map(without_employee).collect()
}

fn without_employee(row: Value) -> Value {
    match row {
        Value::Object(columns) => {
            let columns: Map<String, Value> = columns.into_iter().filter(|(name, _)| name != "employee").collect();
            Value::Object(columns)
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::rows::{Employee, Leave, LeaveKind};

    #[test]
    fn a_person_is_given_each_column_and_not_their_own_name_in_every_row() {
        let leave = Leave {
            employee: Employee("E1".into()),
            kind: Some(LeaveKind::Sick),
            days: Some(1.5),
            start: Some(date(2026, 3, 2)),
            end: None,
        };
        let wanted = json!({"kind": "Sick", "days": 1.5, "start": "2026-03-02", "end": null});
        assert_eq!(values(&Rows::Leave(vec![leave])), [wanted]);
        assert_eq!(values(&Rows::Vibe(Vec::new())), Vec::<Value>::new());
    }
}
