//! Searches: with which settings each was asked for, how it stands, and how many it flagged. Nothing of anybody.

use std::time::Duration;

use attune_forest::{Fairness, Settings};
use attune_ground::GroundError;
use attune_ground::chores::Chore;
use attune_ground::http::Problem;
use attune_ground::jobs::{self, Kind};
use attune_ground::store::{Write, bytes16, to_i64};
use attune_ground::time::now_millis;
use attune_people::access::{self, Act, By, Of};
use attune_protocol::ids::PersonId;
use serde::{Deserialize, Serialize};

use super::found::DetectionId;
use crate::error::HrError;
use crate::state::Hr;
use crate::uploads::written;

/// By the id of the search.
pub(crate) const KIND: Kind = Kind { name: "hr unusual", every: None, chore: Chore::FindingUnusual };

/// How long one that is made at once waits to be taken over, where whoever makes it is cut off.
const TAKEN_OVER: Duration = Duration::from_secs(60);

/// Millionths.
const WHOLE: f64 = 1e6;

/// The largest seed: every client reads it exactly.
const LARGEST_SEED: u64 = (1 << 53) - 1;

/// How a search is wanted.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) struct Wish {
    /// Which share is to be flagged.
    pub(crate) share: f64,
    /// What the draws begin with.
    pub(crate) seed: u64,
}

impl Wish {
    /// Of what somebody asked for; Elara's settings where nothing is said.
    ///
    /// # Errors
    /// 400 for what is out of bounds.
    pub(crate) fn of(share: Option<f64>, seed: Option<u64>) -> Result<Self, Problem> {
        let usual = Settings::default();
        let share = share.map_or(Ok(usual.contamination), |share| read_share("sensitivity", share))?;
        let seed = seed.unwrap_or(usual.seed);
        if seed > LARGEST_SEED {
            return Err(Problem::bad_request("seed", format!("seed is a whole number up to {LARGEST_SEED}")));
        }
        Ok(Self { share, seed })
    }

    /// As the forest is told.
    pub(super) fn settings(&self) -> Settings {
        Settings { contamination: self.share, seed: self.seed, ..Settings::default() }
    }
}

/// A share that may be flagged, to the millionth.
///
/// # Errors
/// 400 for another.
pub(crate) fn read_share(field: &str, share: f64) -> Result<f64, Problem> {
    match (1e-6..=0.5).contains(&share) {
        true => Ok((share * WHOLE).round() / WHOLE),
        false => Err(Problem::bad_request(
            field,
            format!("{field} is the share of people who are flagged: above 0 and up to 0.5, 0.05 for one in twenty"),
        )),
    }
}

/// How a search stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Standing {
    /// It is to be made.
    Asked,
    /// It was made.
    Made,
    /// It was not: a rule forbids it by now, or too few people are in the tables.
    NotMade,
}

impl Standing {
    const fn number(self) -> i64 {
        self as i64
    }

    const fn of_number(number: i64) -> Option<Self> {
        match number {
            0 => Some(Self::Asked),
            1 => Some(Self::Made),
            2 => Some(Self::NotMade),
            _ => None,
        }
    }
}

/// How often people of a team were flagged. None where that would tell of few.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub(crate) struct TeamRate {
    /// The team's id.
    pub(crate) team: String,
    pub(crate) rate: Option<(u64, u64, f64, f64)>,
}

/// The rates of all teams, as they are kept.
pub(super) fn rates(fairness: Fairness) -> Vec<TeamRate> {
    let rate = |rate: attune_forest::Rate| (rate.people as u64, rate.flagged as u64, rate.between.0, rate.between.1);
    fairness.groups.into_iter().map(|(team, of)| TeamRate { team, rate: of.map(rate) }).collect()
}

/// A search that was asked for.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Asked {
    pub(crate) id: DetectionId,
    pub(crate) standing: Standing,
    pub(crate) wish: Wish,
    /// Unix milliseconds.
    pub(crate) asked_at: i64,
    /// Unix milliseconds.
    pub(crate) made_at: Option<i64>,
    pub(crate) people: u64,
    pub(crate) flagged: u64,
    pub(crate) by_team: Vec<TeamRate>,
}

type Columns = (Vec<u8>, i64, i64, i64, i64, Option<i64>, i64, i64, String);

fn read(
    (id, standing, share, seed, asked_at, made_at, people, flagged, by_team): Columns,
) -> Result<Asked, GroundError> {
    Ok(Asked {
        id: bytes16(&id)?,
        standing: Standing::of_number(standing)
            .ok_or(GroundError::Corrupt("a search stands in a way that is known"))?,
        wish: Wish { share: share as f64 / WHOLE, seed: seed.unsigned_abs() },
        asked_at,
        made_at,
        people: people.unsigned_abs(),
        flagged: flagged.unsigned_abs(),
        by_team: serde_json::from_str(&by_team).unwrap_or_default(),
    })
}

/// When a search is made.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Detecting {
    /// While who asked waits; by a job only where that is cut off.
    Now,
    /// By a job.
    Soon,
}

/// Asks for a search.
///
/// # Errors
/// 403, naming the rule, where none may be made.
pub(crate) async fn ask(state: &Hr, by: Option<&By>, wish: &Wish, when: Detecting) -> Result<DetectionId, Problem> {
    state.check_flagged()?;
    let id = PersonId::random().0;
    state.store().again(|| begin(state, by, (id, wish), when)).await?;
    Ok(id)
}

async fn begin(state: &Hr, by: Option<&By>, (id, wish): (DetectionId, &Wish), when: Detecting) -> Result<(), HrError> {
    let mut transaction = state.store().begin().await?;
    sqlx::query(
        "INSERT INTO hr_detections (id, state, share, seed, asked_at, people, flagged, by_team) \
         VALUES ($1, $2, $3, $4, $5, 0, 0, '[]')",
    )
    .bind(id.to_vec())
    .bind(Standing::Asked.number())
    .bind((wish.share * WHOLE).round() as i64)
    .bind(to_i64(wish.seed)?)
    .bind(now_millis())
    .execute(&mut **transaction)
    .await?;
    let after = if when == Detecting::Now { TAKEN_OVER } else { Duration::ZERO };
    jobs::queue(&mut transaction, &KIND, &written(&id), after).await?;
    if let Some(by) = by {
        access::note(&mut transaction, by, Act::FindUnusual.name(), Of::Everybody, &id).await?;
    }
    transaction.commit().await?;
    Ok(())
}

const COLUMNS: &str = "SELECT id, state, share, seed, asked_at, made_at, people, flagged, by_team FROM hr_detections";

/// The one of an id.
///
/// # Errors
/// When the database refuses.
pub(crate) async fn find(state: &Hr, id: &DetectionId) -> Result<Option<Asked>, HrError> {
    let row: Option<Columns> = sqlx::query_as(sqlx::AssertSqlSafe(format!("{COLUMNS} WHERE id = $1")))
        .bind(id.to_vec())
        .fetch_optional(state.store().pool())
        .await?;
    Ok(row.map(read).transpose()?)
}

/// The one whose flags hold: the last that was made.
///
/// # Errors
/// When the database refuses.
pub(crate) async fn standing(state: &Hr) -> Result<Option<Asked>, HrError> {
    let statement = format!("{COLUMNS} WHERE state = 1 ORDER BY made_at DESC, id DESC LIMIT 1");
    let row: Option<Columns> =
        sqlx::query_as(sqlx::AssertSqlSafe(statement)).fetch_optional(state.store().pool()).await?;
    Ok(row.map(read).transpose()?)
}

/// The one that was asked for last.
///
/// # Errors
/// When the database refuses.
pub(crate) async fn newest(state: &Hr) -> Result<Option<Asked>, HrError> {
    let statement = format!("{COLUMNS} ORDER BY asked_at DESC, id DESC LIMIT 1");
    let row: Option<Columns> =
        sqlx::query_as(sqlx::AssertSqlSafe(statement)).fetch_optional(state.store().pool()).await?;
    Ok(row.map(read).transpose()?)
}

/// Locks one that is to be made; gives whether it is.
pub(super) async fn lock(transaction: &mut Write, id: &DetectionId) -> Result<bool, GroundError> {
    let locked = sqlx::query("UPDATE hr_detections SET state = 0 WHERE id = $1 AND state = 0")
        .bind(id.to_vec())
        .execute(&mut ***transaction)
        .await?;
    Ok(locked.rows_affected() == 1)
}

/// Keeps another search from coming to stand, and anybody from deciding, until the transaction ends: whose flag goes because nobody has
/// decided on it is known only then.
pub(super) async fn hold(transaction: &mut Write) -> Result<(), GroundError> {
    sqlx::query("UPDATE hr_detections SET state = 1 WHERE state = 1").execute(&mut ***transaction).await?;
    Ok(())
}

/// Notes how one ended that is locked.
pub(super) async fn end(
    transaction: &mut Write,
    id: &DetectionId,
    standing: Standing,
    (people, flagged, by_team): (usize, u64, &[TeamRate]),
) -> Result<(), GroundError> {
    // Whichever is made last stands, also where the clock of who makes it is behind.
    let (last,): (Option<i64>,) =
        sqlx::query_as("SELECT MAX(made_at) FROM hr_detections WHERE state = 1").fetch_one(&mut ***transaction).await?;
    let made_at = now_millis().max(last.map_or(0, |last| last.saturating_add(1)));
    let by_team = serde_json::to_string(by_team).map_err(|_| GroundError::Corrupt("rates of teams can be written"))?;
    sqlx::query(
        "UPDATE hr_detections SET state = $2, made_at = $3, people = $4, flagged = $5, by_team = $6 WHERE id = $1",
    )
    .bind(id.to_vec())
    .bind(standing.number())
    .bind(made_at)
    .bind(to_i64(people as u64)?)
    .bind(to_i64(flagged)?)
    .bind(by_team)
    .execute(&mut ***transaction)
    .await?;
    Ok(())
}
