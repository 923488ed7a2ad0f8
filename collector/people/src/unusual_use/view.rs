//! Unusual use as it is told.

use attune_ground::http::Problem;
use attune_ground::store::Store;
use attune_ground::time::rfc3339;
use attune_protocol::ids::PersonId;
use serde::Serialize;
use utoipa::ToSchema;

use super::cases::{self, Case};
use super::count;
use super::kept;
use super::rule::Rule;
use super::who::{Names, Watcher, Watchers};
use crate::access::{self, Act, By, Note, Of};
use crate::accounts::is_unseen;
use crate::me::pseudonym;
use crate::rights::{Asker, LoginId};
use crate::sign_in::lock_login;
use crate::{People, PeopleError};

/// The most letters of a note.
pub(super) const LONGEST: usize = 2000;
/// Entries of the log that are told together.
const ENTRIES: i64 = 200;

/// Unusual use of what is kept of people.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, ToSchema)]
pub(super) struct UnusualUse {
    /// Its id, 32 hexadecimal digits.
    pub(super) id: String,
    /// Whose use it was: the name of an account, or of a machine.
    pub(super) who: String,
    /// Whether it is a machine.
    pub(super) is_machine: bool,
    /// As what: `manager`, `hr`, `privacy_officer`, `admin` or `service`.
    pub(super) role: String,
    /// Which rule: `people_an_hour`, `people_a_day`, `lists_a_day`, `at_night`, `exports`, `refused` or `wrong_codes`.
    pub(super) rule: &'static str,
    /// That in words.
    pub(super) says: &'static str,
    /// The day on which it began, by the organisation's clock.
    pub(super) day: String,
    /// How many it were: the most that was seen on one day.
    pub(super) count: i64,
    /// How many are usual for them; null where they have no habit yet, or it is no matter of one.
    pub(super) usual: Option<i64>,
    /// What is more than that is unusual.
    pub(super) most: i64,
    /// The first entry of that day, RFC 3339.
    pub(super) first_at: String,
    /// The last one so far, RFC 3339.
    pub(super) last_at: String,
    /// When it was found, RFC 3339.
    pub(super) found_at: String,
    /// When somebody acknowledged it, RFC 3339; null where nobody did since it was found, or since it doubled.
    pub(super) acknowledged_at: Option<String>,
    /// Who did; null where that is not known any more.
    pub(super) acknowledged_by: Option<String>,
}

impl UnusualUse {
    async fn of(people: &People, names: &mut Names, case: &Case) -> Result<Self, PeopleError> {
        let Case { id, found, opened_at, acknowledged } = case;
        let named = names.of(people, found.login).await?;
        let by = match acknowledged.and_then(|(_, by)| by) {
            Some(by) => Some(names.of(people, by.0).await?.name),
            None => None,
        };
        Ok(Self {
            id: PersonId(*id).to_string(),
            who: named.name,
            is_machine: named.is_machine,
            role: found.role.clone(),
            rule: found.rule.name(),
            says: found.rule.words(),
            day: count::date(found.day),
            count: found.count,
            usual: found.usual,
            most: found.most,
            first_at: rfc3339(found.first_at),
            last_at: rfc3339(found.last_at),
            found_at: rfc3339(*opened_at),
            acknowledged_at: acknowledged.map(|(at, _)| rfc3339(at)),
            acknowledged_by: by,
        })
    }
}

/// What was unusual, as far as whoever asks may see it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, ToSchema)]
pub(super) struct UnusualUseList {
    /// What nobody has acknowledged first, the newest of each first; at most 200.
    pub(super) uses: Vec<UnusualUse>,
    /// How many nobody has acknowledged.
    pub(super) open: u64,
    /// How many others look at the use of whoever asks. Where it is 0, nobody does.
    pub(super) watched_by: u64,
}

/// An entry of the log of access.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, ToSchema)]
pub(super) struct UnusualUseEntry {
    /// Its place in the log.
    pub(super) place: i64,
    /// When, RFC 3339.
    pub(super) at: String,
    /// By which route, or which act.
    pub(super) what: String,
    /// Of whom, by a pseudonym; null where it was of nobody, or of everybody.
    pub(super) pseudonym: Option<String>,
    /// Whether it was of everybody, as a list is.
    pub(super) of_everybody: bool,
}

/// What somebody said who acknowledged it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, ToSchema)]
pub(super) struct UnusualUseNote {
    /// When, RFC 3339.
    pub(super) at: String,
    /// Who.
    pub(super) by: String,
    /// How many it were as they saw it.
    pub(super) count: i64,
    /// What they said; null where it does not open any more.
    pub(super) text: Option<String>,
}

/// By which route somebody was refused.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, ToSchema)]
pub(super) struct UnusualUseRefused {
    /// As the router has it: nothing of what was asked for.
    pub(super) route: String,
    /// How often.
    pub(super) count: u64,
}

/// Unusual use, and the entries that tell of it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, ToSchema)]
pub(super) struct UnusualUseDetail {
    /// What it was.
    pub(super) unusual: UnusualUse,
    /// What was said of it, the oldest first.
    pub(super) notes: Vec<UnusualUseNote>,
    /// By which routes they were refused in that time, the most frequent first.
    pub(super) refused: Vec<UnusualUseRefused>,
    /// What the log of access has of them in that time, the oldest first; at most 200.
    pub(super) entries: Vec<UnusualUseEntry>,
    /// Give this as `after` for those that follow; null when there are none.
    pub(super) next: Option<String>,
}

/// Who looks, as far as they may.
pub(super) fn watcher(asker: &Asker) -> Result<Watcher, Problem> {
    Watcher::of(asker).ok_or_else(|| Problem::unauthorized("this is for who has signed in, and watches over use"))
}

/// What was unusual, as far as somebody may see it.
pub(super) async fn list(people: &People, watcher: Watcher) -> Result<UnusualUseList, PeopleError> {
    let (cases, open) = cases::list(&people.store, watcher).await?;
    let (mut uses, mut names) = (Vec::with_capacity(cases.len()), Names::default());
    for case in &cases {
        uses.push(UnusualUse::of(people, &mut names, case).await?);
    }
    let watched_by = Watchers::of(&people.store).await?.over(watcher.login.0, None).len() as u64;
    Ok(UnusualUseList { uses, open, watched_by })
}

fn unknown() -> Problem {
    Problem::not_found("there is no such use, or it is your own: GET /api/v1/records/use lists what there is")
}

async fn case(store: &Store, watcher: Watcher, id: &str) -> Result<Case, Problem> {
    let id: PersonId = id.parse().map_err(|_| unknown())?;
    let mut connection = store.pool().acquire().await.map_err(PeopleError::from)?;
    cases::find(&mut connection, watcher, id.0).await?.ok_or_else(unknown)
}

/// Behind which entry it is asked on: its time and place, as `next` has them.
fn behind(after: Option<&str>, first_at: i64) -> Result<(i64, i64), Problem> {
    let Some(after) = after else { return Ok((first_at.saturating_sub(1), i64::MAX)) };
    let halves =
        after.split_once('.').and_then(|(at, place)| Some((at.parse::<i64>().ok()?, place.parse::<i64>().ok()?)));
    // Nothing from before it began: that is no part of it.
    let read = halves.ok_or_else(|| Problem::bad_request("after", "after is `next` of the page before"))?;
    Ok(read.max((first_at.saturating_sub(1), i64::MAX)))
}

fn entry(people: &People, note: &Note) -> UnusualUseEntry {
    let pseudonym = match note.of {
        Of::Person(person) => Some(pseudonym(&people.own, person)),
        Of::Nobody | Of::Everybody => None,
    };
    let of_everybody = note.of == Of::Everybody;
    UnusualUseEntry { place: note.place, at: rfc3339(note.at), what: note.what.clone(), pseudonym, of_everybody }
}

/// One that somebody may see, with the entries that tell of it.
pub(super) async fn one(
    people: &People,
    watcher: Watcher,
    id: &str,
    after: Option<&str>,
) -> Result<UnusualUseDetail, Problem> {
    let case = case(&people.store, watcher, id).await?;
    let (mut notes, mut names) = (Vec::new(), Names::default());
    for said in cases::said(&people.store, &people.keys, case.id).await? {
        let by = names.of(people, said.by.0).await?.name;
        notes.push(UnusualUseNote { at: rfc3339(said.at), by, count: said.count, text: said.text });
    }
    let found = &case.found;
    let refused = match found.rule {
        Rule::Refused => kept::refused_by(&people.store, found.login, (found.first_at, found.last_at)).await?,
        _ => Vec::new(),
    };
    let refused = refused.into_iter().map(|(route, count)| UnusualUseRefused { route, count }).collect();
    let span = (behind(after, found.first_at)?, found.last_at.saturating_add(1));
    let all = access::by_login(&people.store, found.login, span, ENTRIES + 1).await?;
    let told = &all[..all.len().min(ENTRIES as usize)];
    let next = told.last().filter(|_| all.len() > told.len()).map(|last| format!("{}.{}", last.at, last.place));
    let entries = told.iter().map(|note| entry(people, note)).collect();
    Ok(UnusualUseDetail { unusual: UnusualUse::of(people, &mut names, &case).await?, notes, refused, entries, next })
}

/// Acknowledges one that somebody may see, as many of it as they saw, with what they say of it. Both stand in the transaction that notes it
/// in the log of access.
///
/// # Errors
/// 404 of what they may not see, 400 without a note or a count that it had, 409 where somebody has acknowledged it already, or it has doubled
/// since they looked.
pub(super) async fn acknowledge(
    people: &People,
    asker: &Asker,
    id: &str,
    (note, seen): (&str, i64),
) -> Result<(), Problem> {
    let (watcher, note) = (watcher(asker)?, note.trim());
    let says_nothing = note.chars().all(|sign| sign.is_whitespace() || is_unseen(sign));
    if says_nothing || note.chars().count() > LONGEST || note.contains('\0') {
        let wanted = format!("say in 1 to {LONGEST} letters what you found");
        return Err(Problem::bad_request("note", wanted));
    }
    let id: PersonId = id.parse().map_err(|_| unknown())?;
    let by = By::asker(asker).ok_or_else(unknown)?;
    let mut transaction = people.store.begin().await?;
    let case = cases::find(&mut transaction, watcher, id.0).await?.ok_or_else(unknown)?;
    // Each of the two may be erased, or be found to do more, at this moment: their locks come before all others, in one order everywhere.
    let mut both = [watcher.login, LoginId(case.found.login)];
    both.sort_unstable();
    for login in both {
        if !lock_login(&mut transaction, login).await? && login == watcher.login {
            return Err(PeopleError::NotAnyMore.into());
        }
    }
    let watcher = watcher.still(&mut transaction).await?.ok_or(PeopleError::NotAnyMore)?;
    let case = cases::find(&mut transaction, watcher, id.0).await?.ok_or_else(unknown)?;
    if !(1..=case.found.count).contains(&seen) {
        let wanted = "count is how many it were when you looked: `count` of what GET /api/v1/records/use/{id} gives";
        return Err(Problem::bad_request("count", wanted));
    }
    if case.found.count >= seen.saturating_mul(2) {
        return Err(Problem::conflict("count", "it has doubled since you looked: look at it anew"));
    }
    if !cases::acknowledge(&mut transaction, (&case, watcher.login), seen).await? {
        return Err(Problem::conflict("note", "somebody has acknowledged it already"));
    }
    cases::say(&mut transaction, &people.keys, (&case, watcher.login), (note, seen)).await?;
    access::note(&mut transaction, &by, Act::AcknowledgeUse.name(), Of::Nobody, &case.id).await?;
    Ok(transaction.commit().await?)
}
