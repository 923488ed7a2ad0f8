//! Makes a search that was asked for: rows of the master table go through the forest, and what is found of somebody lies under their key.

use std::collections::BTreeSet;
use std::sync::LazyLock;
use std::time::Duration;

use attune_forest::Fairness;
use attune_ground::http::Problem;
use attune_ground::store::Insert;
use attune_ground::time::now_millis;
use attune_people::access::By;
use attune_people::accounts;
use attune_protocol::ids::PersonId;

use super::detections::{self, Asked, Detecting, Standing, TeamRate, Wish};
use super::find;
use super::found::{DetectionId, Found};
use crate::error::HrError;
use crate::master::Row;
use crate::state::Hr;
use crate::turn::{Turn, WAITS};
use crate::{grouped, merged, uploads};

/// People whose flags go in one transaction.
const SLICE: usize = 64;
/// Among more people nobody waits for a search to end.
const AT_ONCE: i64 = 5000;

static FLAGS: LazyLock<Insert> = LazyLock::new(|| {
    Insert::new(
        "INSERT INTO hr_flags (person, detection, sealed)",
        3,
        " ON CONFLICT (person, detection) DO UPDATE SET sealed = excluded.sealed",
    )
});

/// Asks for a search, and makes it at once where that is soon done. Gives how it stands. Where its turn does not come in time, a job makes it.
///
/// # Errors
/// 403, naming the rule, where none may be made; when the database refuses.
pub(crate) async fn find_now(state: &Hr, by: Option<&By>, wish: &Wish) -> Result<Asked, Problem> {
    state.check_flagged()?;
    let (people,): (i64,) = sqlx::query_as(
        "SELECT COUNT(DISTINCT hr_rows.person) FROM hr_tables JOIN hr_rows ON hr_rows.upload = hr_tables.upload",
    )
    .fetch_one(state.store().pool())
    .await
    .map_err(HrError::from)?;
    let when = if people > AT_ONCE { Detecting::Soon } else { Detecting::Now };
    let id = detections::ask(state, by, wish, when).await?;
    if when == Detecting::Now {
        match go_on(state, id, Some(WAITS)).await {
            Ok(()) | Err(HrError::Crowded | HrError::Restless) => {}
            Err(error) => return Err(error.into()),
        }
    }
    detections::find(state, &id).await?.ok_or_else(Problem::abandoned)
}

/// Makes a search that is to be made. Does nothing to any other; safe to run again after it was cut short. Where somebody waits for it, it
/// waits for each turn so long at most.
///
/// # Errors
/// When the database refuses, the tables do not rest, or its turn does not come in time.
pub(crate) async fn go_on(state: &Hr, id: DetectionId, within: Option<Duration>) -> Result<(), HrError> {
    let asked = detections::find(state, &id).await?;
    let Some(asked) = asked.filter(|asked| asked.standing == Standing::Asked) else { return Ok(()) };
    if state.check_flagged().is_err() {
        return state.store().again(|| end(state, &id, Standing::NotMade, (0, 0, &[]))).await;
    }
    let (turn, master) = match within {
        Some(time) => (Some(state.reading().within(time).await?), merged::rows_within(state, time).await),
        None => (state.reading().at_last().await, merged::rows_at_last(state).await),
    };
    let (rows, people) = master.map_err(|_| HrError::Restless)?.apart();
    let (rows, found) = found(turn, rows, asked.wish).await?;
    if rows.len() < find::FEWEST {
        return state.store().again(|| end(state, &id, Standing::NotMade, (rows.len(), 0, &[]))).await;
    }
    let people: Vec<Option<PersonId>> = rows.iter().map(|row| people.get(&row.employee).copied()).collect();
    let by_team = by_team(state, &people, &found).await?;
    let flags: Vec<(PersonId, Found)> =
        found.into_iter().filter_map(|(place, found)| Some(((*people.get(place)?)?, found))).collect();
    state.store().again(|| begin_anew(state, &id)).await?;
    for slice in flags.chunks(SLICE) {
        if !state.store().again(|| put(state, &id, slice)).await? {
            return Ok(()); // somebody else has made it
        }
    }
    let counts = (rows.len(), flags.len() as u64, by_team.as_slice());
    state.store().again(|| end(state, &id, Standing::Made, counts)).await
}

/// On a thread of its own, of which there are few at a time: as many as there are turns.
async fn found(turn: Option<Turn>, rows: Vec<Row>, wish: Wish) -> Result<(Vec<Row>, Vec<(usize, Found)>), HrError> {
    let work = tokio::task::spawn_blocking(move || {
        let _turn = turn;
        let found = find::found(&rows, &wish.settings());
        found.map(|found| (rows, found))
    });
    Ok(work.await.map_err(|_| HrError::Panicked)??)
}

/// How often people of each team of today are flagged, where there are enough of them. Who is in several counts in the one that they came
/// into first.
async fn by_team(state: &Hr, people: &[Option<PersonId>], found: &[(usize, Found)]) -> Result<Vec<TeamRate>, HrError> {
    let (groups, today) = (grouped::groups(state).await?, uploads::day(now_millis()));
    let flagged: BTreeSet<usize> = found.iter().map(|(place, _)| *place).collect();
    let each = people.iter().enumerate().map(|(place, person)| {
        let team = person.zip(today).and_then(|(person, today)| groups.team_of(person, today));
        (team, flagged.contains(&place))
    });
    Ok(detections::rates(Fairness::of(each, state.settings().least_people)))
}

/// Removes what an earlier try at the same search left: tables may have come to stand since.
async fn begin_anew(state: &Hr, id: &DetectionId) -> Result<(), HrError> {
    let mut transaction = state.store().begin().await?;
    if detections::lock(&mut transaction, id).await? {
        sqlx::query("DELETE FROM hr_flags WHERE detection = $1").bind(id.to_vec()).execute(&mut **transaction).await?;
        transaction.commit().await?;
    }
    Ok(())
}

/// Puts flags of some people, behind their locks and as long as the search is to be made; gives whether it is. Who was erased meanwhile is
/// left out.
async fn put(state: &Hr, id: &DetectionId, some: &[(PersonId, Found)]) -> Result<bool, HrError> {
    let mut transaction = state.store().begin().await?;
    let mut people = BTreeSet::new();
    for (person, _) in some {
        if accounts::lock(&mut transaction, *person).await? {
            people.insert(*person);
        }
    }
    if !detections::lock(&mut transaction, id).await? {
        return Ok(false);
    }
    let keys = state.people().keys();
    let mut wrapped = keys.all_wrapped(&people).await?;
    let mut rows = Vec::with_capacity(some.len());
    for (person, found) in some {
        // One that does not open is counted, and concerns its own person.
        let Some(unwrapped) = wrapped.remove(person).and_then(|wrapped| keys.unwrap(*person, wrapped).ok()) else {
            continue;
        };
        rows.push((*person, found.seal(&unwrapped.key, *person, id)?));
    }
    FLAGS
        .rows(&mut transaction, &rows, |query, (person, sealed)| {
            query.bind(person.0.to_vec()).bind(id.to_vec()).bind(sealed.clone())
        })
        .await?;
    transaction.commit().await?;
    Ok(true)
}

/// Has a search stand, in the place of those before; a flag on which somebody has decided, or to which the person has objected, stays with
/// what was found then, until the person is flagged anew.
async fn end(
    state: &Hr,
    id: &DetectionId,
    standing: Standing,
    counts: (usize, u64, &[TeamRate]),
) -> Result<(), HrError> {
    let mut transaction = state.store().begin().await?;
    if !detections::lock(&mut transaction, id).await? {
        return Ok(());
    }
    detections::hold(&mut transaction).await?;
    detections::end(&mut transaction, id, standing, counts).await?;
    if standing == Standing::Made {
        sqlx::query(
            "DELETE FROM hr_flags WHERE detection IN (SELECT id FROM hr_detections WHERE state = 1 AND id <> $1) \
             AND (person NOT IN (SELECT person FROM hr_handled) \
             OR person IN (SELECT newer.person FROM hr_flags newer WHERE newer.detection = $1))",
        )
        .bind(id.to_vec())
        .execute(&mut **transaction)
        .await?;
    }
    transaction.commit().await?;
    state.store().purge_soon();
    Ok(())
}
