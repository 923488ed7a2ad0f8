//! Another zone of the organisation's: the hours of all whose days follow it are touched, some people at a time.

use std::time::Duration;

use attune_ground::GroundError;
use attune_ground::jobs::queue;
use attune_ground::store::bytes16;
use attune_people::accounts;
use attune_protocol::ids::PersonId;
use jiff::tz::TimeZone;

use super::ROLLUPS;
use super::people::{Basis, name};
use super::rows::Sealing;
use crate::touch::touch_all;
use crate::{Wellbeing, WellbeingError};

/// The most people of one transaction, and of one round: what is seen of others meanwhile is rolled up between two.
const PEOPLE: i64 = 64;

/// Looks, where the organisation's zone is another one than it was, whose roll-ups are of another one than theirs is now, and touches all
/// hours of those. Where there are more people than are looked at in one round, the next one is due at once.
///
/// # Errors
/// When the database refuses.
pub(super) async fn follow(state: &Wellbeing, organisation: &TimeZone) -> Result<(), WellbeingError> {
    let row: Option<(String, Option<Vec<u8>>)> =
        sqlx::query_as("SELECT zone, looked_up_to FROM rollup_zone").fetch_optional(state.store().pool()).await?;
    let behind = match row {
        Some((zone, None)) if zone == name(organisation) => return Ok(()),
        Some((zone, Some(behind))) if zone == name(organisation) => behind,
        // Another one, or nobody knows which it was.
        _ => Vec::new(),
    };
    state.store().again(|| look_at_some(state, organisation, &behind)).await
}

/// Looks at some people behind another one.
async fn look_at_some(state: &Wellbeing, organisation: &TimeZone, behind: &[u8]) -> Result<(), WellbeingError> {
    let mut transaction = state.store().begin().await?;
    let people: Vec<(Vec<u8>,)> =
        sqlx::query_as("SELECT person FROM rollup_people WHERE person > $1 ORDER BY person LIMIT $2")
            .bind(behind.to_vec())
            .bind(PEOPLE)
            .fetch_all(&mut **transaction)
            .await?;
    for person in people.iter().filter_map(|(person,)| bytes16(person).ok().map(PersonId)) {
        if !accounts::lock(&mut transaction, person).await? {
            continue;
        }
        let key = match state.people().keys().of(person).await {
            // Of whom nothing opens nothing is rolled up.
            Err(GroundError::Erased | GroundError::Damaged(_)) => continue,
            key => key?,
        };
        let of = Sealing { person, key: &key, damages: state.store().damages() };
        if Basis::of(&mut transaction, &of, organisation).await?.has_moved {
            touch_all(&mut transaction, person).await?;
        }
    }
    let are_more = people.len() as i64 == PEOPLE;
    let last = people.last().filter(|_| are_more).map(|(person,)| person.clone());
    sqlx::query(
        "INSERT INTO rollup_zone (one, zone, looked_up_to) VALUES (1, $1, $2) \
         ON CONFLICT (one) DO UPDATE SET zone = excluded.zone, looked_up_to = excluded.looked_up_to",
    )
    .bind(name(organisation).to_owned())
    .bind(last)
    .execute(&mut **transaction)
    .await?;
    if are_more {
        queue(&mut transaction, &ROLLUPS, "", Duration::ZERO).await?;
    }
    Ok(transaction.commit().await?)
}
