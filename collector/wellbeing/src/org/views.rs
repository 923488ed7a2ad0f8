//! What somebody keeps of the pages of teams: a name, and what the page is asked for.

use attune_ground::GroundError;
use attune_ground::holdings::{Holding, JsonRows, Parcel, of_all};
use attune_ground::http::Problem;
use attune_ground::store::{Store, bytes16};
use attune_ground::time::{now_millis, rfc3339};
use attune_people::accounts::is_unseen;
use attune_people::rights::{Asker, LoginId};
use attune_people::sign_in;
use attune_protocol::ids::PersonId;
use serde::Serialize;

use crate::error::WellbeingError;
use crate::state::Wellbeing;

/// Views of one login, at most.
const MOST: i64 = 20;

/// Characters of a name, at most.
pub(super) const LONGEST_NAME: usize = 60;

/// A view that is kept.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct View {
    /// Which.
    pub(super) id: [u8; 16],
    /// What it is called.
    pub(super) name: String,
    /// What the page is asked for, as it stands behind the question mark of its address.
    pub(super) asked: String,
    /// Since when it is kept, Unix milliseconds.
    pub(super) made_at: i64,
}

impl View {
    /// Its id, 32 hexadecimal digits.
    pub(super) fn name_of_id(&self) -> String {
        PersonId(self.id).to_string()
    }
}

/// Who keeps views: who has signed in.
///
/// # Errors
/// 401 for whoever has not.
pub(super) fn owner(asker: &Asker) -> Result<LoginId, Problem> {
    asker.login().ok_or_else(|| Problem::unauthorized("views are kept for who has signed in"))
}

/// The views of who asks, by their names.
///
/// # Errors
/// When the database refuses.
pub(super) async fn of(state: &Wellbeing, asker: &Asker) -> Result<Vec<View>, WellbeingError> {
    let Some(login) = asker.login() else { return Ok(Vec::new()) };
    Ok(kept(state.store(), login).await?)
}

/// The views of a login, by their names.
async fn kept(store: &Store, login: LoginId) -> Result<Vec<View>, GroundError> {
    let rows: Vec<(Vec<u8>, String, String, i64)> =
        sqlx::query_as("SELECT id, name, asked, made_at FROM saved_views WHERE login = $1 ORDER BY name, id")
            .bind(login.0.to_vec())
            .fetch_all(store.pool())
            .await?;
    let view = |(id, name, asked, made_at): (Vec<u8>, String, String, i64)| {
        Ok(View { id: bytes16(&id)?, name, asked, made_at })
    };
    rows.into_iter().map(view).collect()
}

/// What somebody calls a view.
fn checked(name: &str) -> Result<&str, Problem> {
    let name = name.trim();
    if name.is_empty() || name.chars().count() > LONGEST_NAME || name.contains(is_unseen) {
        let detail = format!("the name of a view has 1 to {LONGEST_NAME} characters that print");
        return Err(Problem::bad_request("name", detail));
    }
    Ok(name)
}

/// Keeps a view.
///
/// # Errors
/// 400 for a name that is none; 409 for one that is taken, and for a view more than there may be.
pub(super) async fn keep(state: &Wellbeing, login: LoginId, name: &str, asked: &str) -> Result<View, Problem> {
    let name = checked(name)?;
    let view = View { id: PersonId::random().0, name: name.to_owned(), asked: asked.to_owned(), made_at: now_millis() };
    match put(state, login, &view).await? {
        Put::Kept => Ok(view),
        Put::Taken => {
            Err(Problem::conflict("name", "you have a view of this name: choose another, or remove that one"))
        }
        Put::Full => Err(Problem::conflict("name", format!("you have {MOST} views: remove one first"))),
    }
}

/// What came of it.
enum Put {
    Kept,
    Taken,
    Full,
}

async fn put(state: &Wellbeing, login: LoginId, view: &View) -> Result<Put, WellbeingError> {
    let mut transaction = state.store().begin().await?;
    // Two at once may go one over the bound, which is no harm.
    let kept = sqlx::query(
        "INSERT INTO saved_views (login, id, name, asked, made_at) SELECT $1, $2, $3, $4, $5 \
         WHERE (SELECT COUNT(*) FROM saved_views WHERE login = $1) < $6 ON CONFLICT DO NOTHING",
    )
    .bind(login.0.to_vec())
    .bind(view.id.to_vec())
    .bind(view.name.as_str())
    .bind(view.asked.as_str())
    .bind(view.made_at)
    .bind(MOST)
    .execute(&mut **transaction)
    .await?;
    if kept.rows_affected() > 0 {
        transaction.commit().await?;
        return Ok(Put::Kept);
    }
    let (same,): (i64,) = sqlx::query_as("SELECT COUNT(*) FROM saved_views WHERE login = $1 AND name = $2")
        .bind(login.0.to_vec())
        .bind(view.name.as_str())
        .fetch_one(&mut **transaction)
        .await?;
    Ok(if same > 0 { Put::Taken } else { Put::Full })
}

/// Removes a view, named by its id.
///
/// # Errors
/// 404 where who asks has none of it.
pub(super) async fn remove(state: &Wellbeing, login: LoginId, id: &str) -> Result<(), Problem> {
    let none = || Problem::not_found("you keep no such view; GET /api/v1/teams/views lists those that you do");
    let PersonId(id) = id.parse::<PersonId>().map_err(|_| none())?;
    if delete(state, login, id).await? { Ok(()) } else { Err(none()) }
}

async fn delete(state: &Wellbeing, login: LoginId, id: [u8; 16]) -> Result<bool, WellbeingError> {
    let mut transaction = state.store().begin().await?;
    let removed = sqlx::query("DELETE FROM saved_views WHERE login = $1 AND id = $2")
        .bind(login.0.to_vec())
        .bind(id.to_vec())
        .execute(&mut **transaction)
        .await?;
    transaction.commit().await?;
    Ok(removed.rows_affected() > 0)
}

/// A view as who keeps it is given it.
#[derive(Serialize)]
struct Row {
    name: String,
    asked: String,
    made_at: String,
}

/// Puts what a person keeps of these pages, as who signs in, into a file.
///
/// # Errors
/// When the database refuses, or nobody takes it.
pub(crate) async fn export(store: &Store, person: PersonId, parcel: &mut Parcel) -> Result<(), GroundError> {
    let mut rows = JsonRows::begin(parcel, "saved_views.json").await?;
    if let Some(login) = sign_in::of_person(store, person).await? {
        for View { name, asked, made_at, .. } in kept(store, login).await? {
            rows.row(&Row { name, asked, made_at: rfc3339(made_at) }).await?;
        }
    }
    rows.end().await
}

/// How many are kept, of everybody together.
///
/// # Errors
/// When the database refuses.
pub(crate) async fn count(store: &Store) -> Result<Vec<Holding>, GroundError> {
    let statement = "SELECT COUNT(*), MIN(made_at), MAX(made_at) FROM saved_views";
    Ok(of_all(store, "saved_views", statement).await?.into_iter().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_view_has_nothing_that_nobody_sees() {
        assert_eq!(checked(" Stress, by week \u{1f4c8} ").ok(), Some("Stress, by week \u{1f4c8}"));
        for wrong in
            ["", " ", "a\nb", "a\u{202e}b", "a\u{200b}b", "\u{2066}a", "a\u{2028}b", &"x".repeat(LONGEST_NAME + 1)]
        {
            assert!(checked(wrong).is_err_and(|problem| problem.field.as_deref() == Some("name")), "{wrong:?}");
        }
    }
}
