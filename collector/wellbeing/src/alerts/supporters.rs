//! Whom a person chose to support them. Who was chosen says yes first, and then sees that there is an alert and its level, nothing else;
//! the person takes it back at once. Whether a name that was given is somebody's, nobody can tell from the answer.

use std::collections::BTreeSet;

use attune_ground::GroundError;
use attune_ground::store::{Store, Write, bytes16};
use attune_ground::time::now_millis;
use attune_people::rights::LoginId;
use attune_people::{accounts, sign_in};
use attune_protocol::ids::PersonId;
use attune_protocol::seal::SealKey;

use super::record::{decoded, encoded};
use crate::{Wellbeing, WellbeingError};

/// Whom one person may choose at most.
pub(super) const MOST: usize = 5;
/// Characters of a name.
pub(super) const LONGEST_NAME: usize = 200;

/// Somebody whom a person chose.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Chosen {
    pub(super) id: [u8; 16],
    /// Who it is; nobody's id where the name is nobody's.
    pub(super) supporter: LoginId,
    /// As the person wrote it.
    pub(super) name: String,
    /// Since when they are asked, Unix milliseconds.
    pub(super) asked_at: i64,
    /// Since when they have said yes, Unix milliseconds.
    pub(super) accepted_at: Option<i64>,
    pub(super) danger: Danger,
}

/// Whether somebody is told to get in touch where what a person writes shows a sign of danger.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(super) enum Danger {
    /// The person did not choose that.
    #[default]
    No,
    /// They did, and who was chosen has not said yes.
    Asked,
    /// Since an instant, Unix milliseconds.
    Accepted(i64),
}

impl Danger {
    fn of(asked_at: Option<i64>, accepted_at: Option<i64>) -> Self {
        match (asked_at, accepted_at) {
            (None, _) => Self::No,
            (Some(_), None) => Self::Asked,
            (Some(_), Some(at)) => Self::Accepted(at),
        }
    }
}

/// Somebody who chose whoever looks.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Supported {
    pub(super) id: [u8; 16],
    pub(super) person: PersonId,
    pub(super) asked_at: i64,
    pub(super) accepted_at: Option<i64>,
    pub(super) danger: Danger,
}

/// Why somebody was not chosen.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Refused {
    /// The name is none.
    Name,
    /// It is one's own.
    Oneself,
    /// They were chosen already.
    Already,
    /// As many as may be were.
    Full,
    /// The person is not known any more.
    Gone,
}

fn context(person: PersonId, id: &[u8]) -> Vec<u8> {
    [b"alert supporter".as_slice(), &person.0, id].concat()
}

type Row = (Vec<u8>, Vec<u8>, i64, Option<i64>, Option<i64>, Option<i64>, Vec<u8>);

const COLUMNS_OF_CHOSEN: &str = "SELECT id, supporter, asked_at, accepted_at, danger_asked_at, danger_accepted_at, sealed FROM alert_supporters \
     WHERE person = $1 ORDER BY asked_at, id";

fn opened(person: PersonId, key: &SealKey, rows: Vec<Row>) -> Vec<Chosen> {
    let open = |(id, supporter, asked_at, accepted_at, danger_asked_at, danger_accepted_at, sealed): Row| {
        let plain = key.open(&context(person, &id), &sealed).ok()?;
        let (id, supporter) = (bytes16(&id).ok()?, LoginId(bytes16(&supporter).ok()?));
        let danger = Danger::of(danger_asked_at, danger_accepted_at);
        Some(Chosen { id, supporter, name: decoded(&plain)?, asked_at, accepted_at, danger })
    };
    rows.into_iter().filter_map(open).collect()
}

/// Those whom a person chose.
///
/// # Errors
/// When the database refuses.
pub(super) async fn chosen(state: &Wellbeing, person: PersonId, key: &SealKey) -> Result<Vec<Chosen>, WellbeingError> {
    Ok(kept(state.store(), person, key).await?)
}

/// As [`chosen`], by the database alone.
///
/// # Errors
/// When the database refuses.
pub(super) async fn kept(store: &Store, person: PersonId, key: &SealKey) -> Result<Vec<Chosen>, GroundError> {
    let rows: Vec<Row> = sqlx::query_as(COLUMNS_OF_CHOSEN).bind(person.0.to_vec()).fetch_all(store.pool()).await?;
    Ok(opened(person, key, rows))
}

/// Those who support a person by now, behind the person's lock.
///
/// # Errors
/// When the database refuses.
pub(super) async fn still(transaction: &mut Write, person: PersonId) -> Result<BTreeSet<LoginId>, WellbeingError> {
    let rows: Vec<(Vec<u8>,)> =
        sqlx::query_as("SELECT supporter FROM alert_supporters WHERE person = $1 AND accepted_at IS NOT NULL")
            .bind(person.0.to_vec())
            .fetch_all(&mut ***transaction)
            .await?;
    Ok(rows.into_iter().filter_map(|(login,)| bytes16(&login).ok().map(LoginId)).collect())
}

/// Chooses somebody by the name with which they sign in.
///
/// # Errors
/// When the database refuses.
pub(super) async fn choose(
    state: &Wellbeing,
    (person, own): (PersonId, LoginId),
    key: &SealKey,
    name: &str,
) -> Result<Result<(), Refused>, WellbeingError> {
    let name = name.trim();
    if name.is_empty() || name.chars().count() > LONGEST_NAME || name.contains(accounts::is_unseen) {
        return Ok(Err(Refused::Name));
    }
    let people = state.people();
    let found = sign_in::find_by_name(state.store(), people.keys(), people.own(), name).await?;
    let supporter = found.map_or_else(|| LoginId(PersonId::random().0), |login| login.id);
    if supporter == own {
        return Ok(Err(Refused::Oneself));
    }
    let id = PersonId::random().0;
    let sealed = key.seal(&context(person, &id), &encoded(&name.to_owned())?);
    let mut transaction = state.store().begin().await?;
    if !accounts::lock(&mut transaction, person).await? {
        return Ok(Err(Refused::Gone));
    }
    let rows: Vec<Row> =
        sqlx::query_as(COLUMNS_OF_CHOSEN).bind(person.0.to_vec()).fetch_all(&mut **transaction).await?;
    // By the name alone: that two names are one person's is nothing to learn here.
    let is_chosen = |one: &Chosen| one.name == name;
    if opened(person, key, rows.clone()).iter().any(is_chosen) {
        return Ok(Err(Refused::Already));
    }
    if rows.len() >= MOST {
        return Ok(Err(Refused::Full));
    }
    sqlx::query("INSERT INTO alert_supporters (person, id, supporter, asked_at, sealed) VALUES ($1, $2, $3, $4, $5)")
        .bind(person.0.to_vec())
        .bind(id.to_vec())
        .bind(supporter.0.to_vec())
        .bind(now_millis())
        .bind(sealed)
        .execute(&mut **transaction)
        .await?;
    transaction.commit().await?;
    Ok(Ok(()))
}

/// Takes back that somebody was chosen: from then on they see nothing more.
///
/// # Errors
/// When the database refuses.
pub(super) async fn take_back(state: &Wellbeing, person: PersonId, id: [u8; 16]) -> Result<bool, WellbeingError> {
    let mut transaction = state.store().begin().await?;
    accounts::lock(&mut transaction, person).await?;
    let removed = sqlx::query("DELETE FROM alert_supporters WHERE person = $1 AND id = $2")
        .bind(person.0.to_vec())
        .bind(id.to_vec())
        .execute(&mut **transaction)
        .await?;
    transaction.commit().await?;
    Ok(removed.rows_affected() > 0)
}

/// Behind a restore nobody supports anybody: who was taken back since the copy was made is not to be put back by it.
pub(crate) async fn forget_all(transaction: &mut Write) -> Result<(), GroundError> {
    sqlx::query("DELETE FROM alert_supporters").execute(&mut ***transaction).await?;
    Ok(())
}

/// By whom, under which id, and when they asked and were told yes.
type Asked = (Vec<u8>, Vec<u8>, i64, Option<i64>, Option<i64>, Option<i64>);

/// Those who chose somebody, longest first.
///
/// # Errors
/// When the database refuses.
pub(super) async fn supported(state: &Wellbeing, supporter: LoginId) -> Result<Vec<Supported>, WellbeingError> {
    let rows: Vec<Asked> = sqlx::query_as(
        "SELECT person, id, asked_at, accepted_at, danger_asked_at, danger_accepted_at FROM alert_supporters \
         WHERE supporter = $1 ORDER BY asked_at, id",
    )
    .bind(supporter.0.to_vec())
    .fetch_all(state.store().pool())
    .await?;
    let read = |(person, id, asked_at, accepted_at, danger_asked_at, danger_accepted_at): Asked| {
        let danger = Danger::of(danger_asked_at, danger_accepted_at);
        Ok(Supported { id: bytes16(&id)?, person: PersonId(bytes16(&person)?), asked_at, accepted_at, danger })
    };
    rows.into_iter().map(read).collect()
}

/// Begins to write about a choice of a supporter, behind the lock of who made it, and gives who that is; none where there is no such choice.
///
/// # Errors
/// When the database refuses.
pub(super) async fn begin(
    state: &Wellbeing,
    supporter: LoginId,
    id: [u8; 16],
) -> Result<Option<(Write, PersonId)>, WellbeingError> {
    let Some(of) = supported(state, supporter).await?.into_iter().find(|one| one.id == id) else { return Ok(None) };
    let mut transaction = state.store().begin().await?;
    accounts::lock(&mut transaction, of.person).await?;
    Ok(Some((transaction, of.person)))
}

/// Says yes to a person, or no, also later on. Gives whether there is such a person who chose them.
///
/// # Errors
/// When the database refuses.
pub(super) async fn answer(
    state: &Wellbeing,
    supporter: LoginId,
    id: [u8; 16],
    yes: bool,
) -> Result<bool, WellbeingError> {
    let Some((mut transaction, person)) = begin(state, supporter, id).await? else { return Ok(false) };
    let statement = match yes {
        true => {
            "UPDATE alert_supporters SET accepted_at = COALESCE(accepted_at, $4) \
             WHERE person = $1 AND id = $2 AND supporter = $3"
        }
        false => "DELETE FROM alert_supporters WHERE person = $1 AND id = $2 AND supporter = $3",
    };
    let query = sqlx::query(statement).bind(person.0.to_vec()).bind(id.to_vec()).bind(supporter.0.to_vec());
    let query = if yes { query.bind(now_millis()) } else { query };
    let answered = query.execute(&mut **transaction).await?;
    transaction.commit().await?;
    Ok(answered.rows_affected() > 0)
}

/// Asks somebody who was chosen to be told to get in touch where what the person writes shows a sign of danger, or takes that back, and with
/// it that they were called. Gives whether there is such a choice.
///
/// # Errors
/// When the database refuses.
pub(super) async fn choose_danger(
    state: &Wellbeing,
    person: PersonId,
    id: [u8; 16],
    wanted: bool,
) -> Result<bool, WellbeingError> {
    let mut transaction = state.store().begin().await?;
    accounts::lock(&mut transaction, person).await?;
    let changed = match wanted {
        true => sqlx::query(
            "UPDATE alert_supporters SET danger_asked_at = COALESCE(danger_asked_at, $3) WHERE person = $1 AND id = $2",
        )
        .bind(person.0.to_vec())
        .bind(id.to_vec())
        .bind(now_millis())
        .execute(&mut **transaction)
        .await?
        .rows_affected(),
        false => end_danger(&mut transaction, person, id).await?,
    };
    transaction.commit().await?;
    Ok(changed > 0)
}

/// Says yes to being told to get in touch, or no, also later on. Gives whether the person asks for it.
///
/// # Errors
/// When the database refuses.
pub(super) async fn answer_danger(
    state: &Wellbeing,
    supporter: LoginId,
    id: [u8; 16],
    yes: bool,
) -> Result<bool, WellbeingError> {
    let Some((mut transaction, person)) = begin(state, supporter, id).await? else { return Ok(false) };
    let changed = match yes {
        true => sqlx::query(
            "UPDATE alert_supporters SET danger_accepted_at = COALESCE(danger_accepted_at, $4) \
                 WHERE person = $1 AND id = $2 AND supporter = $3 AND danger_asked_at IS NOT NULL",
        )
        .bind(person.0.to_vec())
        .bind(id.to_vec())
        .bind(supporter.0.to_vec())
        .bind(now_millis())
        .execute(&mut **transaction)
        .await?
        .rows_affected(),
        false => end_danger(&mut transaction, person, id).await?,
    };
    transaction.commit().await?;
    Ok(changed > 0)
}

/// From now on nobody is told by this choice to get in touch, and nobody was; behind the person's lock.
async fn end_danger(transaction: &mut Write, person: PersonId, id: [u8; 16]) -> Result<u64, GroundError> {
    sqlx::query("DELETE FROM supporter_calls WHERE person = $1 AND chosen = $2")
        .bind(person.0.to_vec())
        .bind(id.to_vec())
        .execute(&mut ***transaction)
        .await?;
    let changed = sqlx::query(
        "UPDATE alert_supporters SET danger_asked_at = NULL, danger_accepted_at = NULL WHERE person = $1 AND id = $2",
    )
    .bind(person.0.to_vec())
    .bind(id.to_vec())
    .execute(&mut ***transaction)
    .await?;
    Ok(changed.rows_affected())
}
