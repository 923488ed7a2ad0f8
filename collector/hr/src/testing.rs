//! Tables on a database of tests, for who stands above.

use attune_ground::http::Problem;
use attune_protocol::ids::PersonId;

use crate::rows::Table;
use crate::state::Hr;
use crate::unusual::{self, Status, Wish};
use crate::uploads::{self, Coming, Strangers};
use crate::{form, take, work};

/// Takes a table in, with whoever is in it.
///
/// # Errors
/// Where it is none.
pub async fn take_in(state: &Hr, table: Table, text: &str) -> Result<(), Problem> {
    let id = uploads::begin(state, None, None, "table.csv").await?;
    let mut upload = uploads::find(state, id).await?.ok_or_else(Problem::abandoned)?;
    let mut coming = Coming::new();
    coming.more(state, &upload, text.as_bytes()).await?;
    coming.end(state, &mut upload).await?;
    form::whole(state, &upload, Some(table)).await?;
    work::go_on(state, id, None).await?;
    let decision = take::Decision { strangers: Some(Strangers::TakeIn), ..take::Decision::default() };
    take::decide(state, id, &decision, None).await?;
    Ok(work::go_on(state, id, None).await?)
}

/// Looks for who is unusual.
///
/// # Errors
/// Where a rule forbids it.
pub async fn look(state: &Hr) -> Result<(), Problem> {
    unusual::find_now(state, None, &Wish::of(None, None)?).await.map(|_| ())
}

/// Notes that something was done about whom a flag is of.
///
/// # Errors
/// Where there is no such flag.
pub async fn act(state: &Hr, person: PersonId, reason: &str) -> Result<(), Problem> {
    let (owner, notes, due) = (Some("Hanna".to_owned()), None, None);
    let decision =
        unusual::Decision { status: Status::Acted, reason: reason.to_owned(), owner, notes, due, answer: None };
    unusual::decide(state, person, &decision, (None, None)).await
}

/// Has somebody object to their flag.
///
/// # Errors
/// Where there is none.
pub async fn object(state: &Hr, person: PersonId, text: &str) -> Result<(), Problem> {
    unusual::object(state, &[person], text, None).await
}
