//! Who asks for what they have no right to, as the table of rights refuses it: by hour and route, and nothing of what was asked for.

use attune_ground::store::Write;
use attune_ground::time::now_millis;

use super::{HOUR, who};
use crate::rights::Role;
use crate::{People, PeopleError};

/// Notes that somebody who has power over others' data, or a machine, was refused at a route, `METHOD path` as the router has it. What can't
/// be noted is logged: they are refused all the same.
pub async fn note_refused(people: &People, account: [u8; 16], route: &str) {
    let hour = now_millis() / HOUR;
    if !people.refusals.take(account, hour, people.watching.refused_a_day) {
        return;
    }
    if let Err(error) = put(people, account, route, hour).await {
        tracing::warn!(%error, "It could not be noted that somebody was refused.");
    }
}

pub(super) async fn put(people: &People, account: [u8; 16], route: &str, hour: i64) -> Result<(), PeopleError> {
    // Who has no power over others' data is not watched, and takes no writer's turn.
    if !who::is_watched(&people.store, account).await? {
        return Ok(());
    }
    let mut transaction = people.store.begin().await?;
    // They may have lost it meanwhile.
    if who::lock(&mut transaction, account).await?.is_some_and(|role| role != Role::Employee.name()) {
        add(&mut transaction, account, route, hour).await?;
        transaction.commit().await?;
    }
    Ok(())
}

async fn add(transaction: &mut Write, account: [u8; 16], route: &str, hour: i64) -> Result<(), PeopleError> {
    sqlx::query(
        "INSERT INTO refused_uses (login, hour, route, count) VALUES ($1, $2, $3, 1) \
         ON CONFLICT (login, hour, route) DO UPDATE SET count = refused_uses.count + 1",
    )
    .bind(account.to_vec())
    .bind(hour)
    .bind(route.to_owned())
    .execute(&mut ***transaction)
    .await?;
    Ok(())
}
