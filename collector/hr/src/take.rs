//! Takes in a table as somebody has seen it: rows go under the keys of whom they are about, and stand once all of them are there.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;
use std::time::Duration;

use attune_ground::GroundError;
use attune_ground::http::Problem;
use attune_ground::store::{Insert, Write};
use attune_ground::time::now_millis;
use attune_people::access::{self, Act, By, Of};
use attune_people::accounts;
use attune_protocol::ids::PersonId;
use serde_json::Value;

use crate::check::opened_still;
use crate::error::HrError;
use crate::packed::{Packed, Part};
use crate::sealed::{UploadId, rows_context};
use crate::state::Hr;
use crate::uploads::{self, About, Standing, Strangers, Upload, strangers};
use crate::who;
use crate::{gone, queue, read};

/// People whose rows go in one transaction.
const SLICE: usize = 64;

static ROWS: LazyLock<Insert> = LazyLock::new(|| {
    Insert::new(
        "INSERT INTO hr_rows (person, upload, number, held, size, sealed)",
        6,
        "ON CONFLICT (person, upload, number) DO NOTHING",
    )
});

/// What somebody decided on what was found in a table.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Decision {
    /// Answers, over those of before; null for none.
    pub(crate) answers: Value,
    /// What becomes of employees who are not known here.
    pub(crate) strangers: Option<Strangers>,
}

/// Takes a table in as it was found, or has it read anew where something else was answered: then there is another report to be seen first.
/// What comes next is asked for. Gives how it stands by now.
///
/// # Errors
/// 404 where there is none, 409 where it can't be decided on, or not yet, 400 for answers that are none.
pub(crate) async fn decide(state: &Hr, id: UploadId, decision: &Decision, by: Option<&By>) -> Result<Upload, Problem> {
    let before = uploads::find(state, id).await?.ok_or_else(none)?;
    let after = decided(&before, decision)?;
    let Some(after) = after else { return Ok(before) };
    let both = [(before, after)];
    if !state.store().again(|| note(state, &both, by)).await? {
        return Err(meanwhile());
    }
    let [(_, after)] = both;
    Ok(after)
}

/// Decides on several at once: on all of them, or on none where somebody has decided on one meanwhile.
///
/// # Errors
/// As of [`decide`].
pub(crate) async fn decide_all(state: &Hr, all: &[(Upload, Decision)], by: Option<&By>) -> Result<(), Problem> {
    let mut each = Vec::with_capacity(all.len());
    for (before, decision) in all {
        let after = decided(before, decision)?.ok_or_else(meanwhile)?;
        each.push((before.clone(), after));
    }
    match state.store().again(|| note(state, &each, by)).await? {
        true => Ok(()),
        false => Err(meanwhile()),
    }
}

fn meanwhile() -> Problem {
    Problem::conflict("id", "somebody else has decided on it meanwhile; look at it again")
}

fn none() -> Problem {
    Problem::not_found("there is no such table; GET /api/v1/hr/datasets lists them")
}

/// How an upload stands once that is decided; none where it was before.
fn decided(before: &Upload, decision: &Decision) -> Result<Option<Upload>, Problem> {
    match before.standing {
        Standing::Checked => {}
        Standing::Taking | Standing::Taken => return Ok(None),
        Standing::Coming | Standing::Reading => {
            return Err(Problem::conflict("id", "it is still being read; look at what was found first"));
        }
        Standing::Undone | Standing::LetGo | Standing::Dropped => {
            return Err(Problem::conflict("id", "it is not here any more; give the table once more"));
        }
    }
    let answers = read::laid(&before.about.answers, &decision.answers)
        .map_err(|problem| Problem::bad_request("answers", problem))?;
    if answers != before.about.answers {
        let about = About { answers, report: None, ..before.about.clone() };
        return Ok(Some(Upload { standing: Standing::Reading, about, ..before.clone() }));
    }
    let report = before.about.report.as_ref();
    let report =
        report.ok_or_else(|| Problem::conflict("id", "nothing is known of it any more; give the table once more"))?;
    if let Some(why) = &report.refused {
        return Err(Problem::unprocessable("file", why.clone()));
    }
    if !report.is_ready() {
        let detail = match report.questions.first() {
            Some(question) => format!("something has to be answered first: {}", question.asks),
            None => "there is no row in it that could be taken in".to_owned(),
        };
        return Err(Problem::conflict("answers", detail));
    }
    let strangers = decision.strangers.or((report.strangers == 0).then_some(Strangers::LeaveOut));
    let strangers = strangers.ok_or_else(|| {
        let detail = format!(
            "{} of {} employees are not known here: say whether they are left out (`leave_out`) or known from now on (`take_in`)",
            report.strangers, report.employees
        );
        Problem::conflict("strangers", detail)
    })?;
    if strangers == Strangers::LeaveOut && report.strangers == report.employees {
        let detail = "no employee of it is known here, so that nothing of it would be left";
        return Err(Problem::conflict("strangers", detail));
    }
    if strangers == Strangers::TakeIn && before.about.nameless == report.employees {
        let detail = "nobody can be known here by any id of it, so that nothing of it would be left";
        return Err(Problem::conflict("strangers", detail));
    }
    let about = About { strangers: Some(strangers), ..before.about.clone() };
    Ok(Some(Upload { standing: Standing::Taking, about, ..before.clone() }))
}

/// Notes what was decided on each: how it was, and how it is then.
async fn note(state: &Hr, all: &[(Upload, Upload)], by: Option<&By>) -> Result<bool, HrError> {
    let mut transaction = state.store().begin().await?;
    for (before, after) in all {
        if !uploads::change(state, &mut transaction, before, after).await? {
            return Ok(false);
        }
        queue::ask(&mut transaction, &after.id, after.size).await?;
    }
    for (_, after) in all.iter().filter(|(_, after)| after.standing == Standing::Taking) {
        if let Some(by) = by {
            access::note(&mut transaction, by, Act::TakeTable.name(), Of::Everybody, &after.id).await?;
        }
    }
    transaction.commit().await?;
    Ok(true)
}

/// Takes in a table that is to be taken in. Does nothing to any other; safe to run again after it was cut short, and beside another that
/// does the same: rows of a place are the same ones, and stand once.
///
/// # Errors
/// As of [`crate::check::opened`].
pub(crate) async fn take(state: &Hr, id: UploadId, within: Option<Duration>) -> Result<(), HrError> {
    let Some(upload) = uploads::find(state, id).await?.filter(|upload| upload.standing == Standing::Taking) else {
        return Ok(());
    };
    let Some(opened) = opened_still(state, &upload, within).await? else { return Ok(()) };
    let Some(rows) = opened.read.rows else {
        return gone::drop_waiting(state, id, Standing::Taking).await;
    };
    if upload.about.strangers == Some(Strangers::TakeIn) && !make_known(state, id).await? {
        return Ok(()); // it was taken back, or is there already
    }
    let (begins, people) = by_person(state, rows).await?;
    let mut held = 0;
    for slice in people.chunks(SLICE) {
        match state.store().again(|| put(state, (id, begins.as_slice()), slice)).await? {
            Some(rows) => held += rows,
            None => return Ok(()), // it was taken back, or is there already
        }
    }
    // Nothing does not stand in the place of something: all whom it was about were erased since it was decided on.
    if held == 0 {
        return gone::drop_waiting(state, id, Standing::Taking).await;
    }
    if state.store().again(|| stand(state, &upload, held)).await? {
        gone::after_taking(state, &upload).await?;
    }
    Ok(())
}

/// Makes those known who were not when the table was read, as it was decided; gives whether it is still to be taken in. Each is made once,
/// also where this is cut short and begun again: who is erased meanwhile is not made anew.
async fn make_known(state: &Hr, id: UploadId) -> Result<bool, HrError> {
    for number in strangers::left(state.store(), &id).await? {
        if !state.store().again(|| make_some_known(state, id, number)).await? {
            return Ok(false);
        }
    }
    Ok(true)
}

async fn make_some_known(state: &Hr, id: UploadId, number: i64) -> Result<bool, HrError> {
    let mut transaction = state.store().begin().await?;
    if !uploads::set_state(&mut transaction, &id, (Standing::Taking, Standing::Taking)).await? {
        return Ok(false);
    }
    for employee in strangers::take_out(state, &mut transaction, &id, number).await? {
        who::make_known(state, &mut transaction, &employee).await?;
    }
    transaction.commit().await?;
    Ok(true)
}

/// Parts of rows.
type Parts = Vec<Part>;

/// Rows by whom they are about, in parts, and what each part begins with. Who is not known is left out.
async fn by_person(state: &Hr, rows: Packed) -> Result<(Vec<u8>, Vec<(PersonId, Parts)>), HrError> {
    let (begins, rows) = rows.into_parts();
    let known = who::known(state, rows.keys().cloned().collect()).await?;
    let mut of: BTreeMap<PersonId, Parts> = BTreeMap::new();
    for (employee, parts) in rows {
        if let Some(person) = known.get(&employee).copied().flatten() {
            of.entry(person).or_default().extend(parts);
        }
    }
    Ok((begins, of.into_iter().collect()))
}

/// Puts rows of some people, behind their locks and as long as the upload is to be taken in; gives how many they are. Who was erased
/// meanwhile is left out.
async fn put(state: &Hr, (id, begins): (UploadId, &[u8]), some: &[(PersonId, Parts)]) -> Result<Option<u64>, HrError> {
    let mut transaction = state.store().begin().await?;
    let mut people = BTreeSet::new();
    for (person, _) in some {
        if accounts::lock(&mut transaction, *person).await? {
            people.insert(*person);
        }
    }
    if !uploads::set_state(&mut transaction, &id, (Standing::Taking, Standing::Taking)).await? {
        return Ok(None);
    }
    let keys = state.people().keys();
    let mut wrapped = keys.all_wrapped(&people).await?;
    let (mut rows, mut count) = (Vec::new(), 0);
    for (person, parts) in some {
        // One that does not open is counted, and concerns its own person.
        let Some(unwrapped) = wrapped.remove(person).and_then(|wrapped| keys.unwrap(*person, wrapped).ok()) else {
            continue;
        };
        for (number, part) in (0_i64..).zip(parts) {
            let bytes = part.encode(begins)?;
            let sealed = unwrapped.key.seal(&rows_context(*person, (&id, number)), &bytes);
            rows.push((*person, number, column(part.len())?, column(bytes.len())?, sealed));
            count += part.len() as u64;
        }
    }
    ROWS.rows(&mut transaction, &rows, |query, (person, number, held, size, sealed)| {
        query.bind(person.0.to_vec()).bind(id.to_vec()).bind(*number).bind(*held).bind(*size).bind(sealed.clone())
    })
    .await?;
    transaction.commit().await?;
    Ok(Some(count))
}

fn column(count: usize) -> Result<i64, GroundError> {
    i64::try_from(count).map_err(|_| GroundError::Corrupt("a count fits 63 bits"))
}

/// Has an upload stand whose rows are all there, in the place of the version before; gives whether it was still to.
async fn stand(state: &Hr, before: &Upload, held: u64) -> Result<bool, HrError> {
    let table = before.table.ok_or(GroundError::Corrupt("it is known which table is taken in"))?;
    let mut transaction = state.store().begin().await?;
    let version = next_version(&mut transaction, table.number(), before.id).await?;
    let (held, now) = (attune_ground::store::to_i64(held)?, now_millis());
    let after =
        Upload { standing: Standing::Taken, version: Some(version), held, decided_at: Some(now), ..before.clone() };
    if !uploads::change(state, &mut transaction, before, &after).await? {
        return Ok(false);
    }
    transaction.commit().await?;
    Ok(true)
}

/// Behind the lock of the table's row, so that two that come at once are one behind the other.
async fn next_version(transaction: &mut Write, table: i64, upload: UploadId) -> Result<i64, GroundError> {
    sqlx::query("INSERT INTO hr_tables (table_of, version) VALUES ($1, 0) ON CONFLICT (table_of) DO NOTHING")
        .bind(table)
        .execute(&mut ***transaction)
        .await?;
    let (version,): (i64,) =
        sqlx::query_as("UPDATE hr_tables SET version = version + 1, upload = $2 WHERE table_of = $1 RETURNING version")
            .bind(table)
            .bind(upload.to_vec())
            .fetch_one(&mut ***transaction)
            .await?;
    Ok(version)
}
