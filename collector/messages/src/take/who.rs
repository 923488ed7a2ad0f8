//! Whose a message is: by how people are called where they write, and else by the names with which they are known here.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use attune_ground::store::{Lookup, bytes16};
use attune_people::access::{self, Act, By, Of};
use attune_people::accounts;
use attune_protocol::ids::PersonId;

use super::{Coming, Failure};
use crate::error::MessagesError;
use crate::incoming::{Author, ChannelKind};
use crate::state::Messages;

static WRITERS: LazyLock<Lookup> = LazyLock::new(|| {
    Lookup::new(
        "(place, tag)",
        "SELECT asked.place, held.person FROM asked CROSS JOIN writers held WHERE held.tag = asked.tag",
    )
});

/// A name on a platform.
type Called = (ChannelKind, String);

/// By what a name on a platform is found: capital letters and blanks at its ends are no matter.
fn tag(state: &Messages, (kind, name): &Called) -> [u8; 16] {
    state.people().own().tag("writer", &[&[kind.number()], name.as_bytes()].concat())
}

fn called(kind: ChannelKind, name: &str) -> Called {
    (kind, name.trim().to_lowercase())
}

/// The names of an author, the surest first.
fn names(author: &Author) -> impl Iterator<Item = &str> {
    [&author.id, &author.name, &author.email].into_iter().flatten().map(String::as_str)
}

/// Those that a user id may be.
fn user_ids(author: &Author) -> impl Iterator<Item = &str> {
    [&author.name, &author.email].into_iter().flatten().map(String::as_str)
}

/// Whose each message is; none of one that failed, and of whom nobody knows.
pub(super) async fn find(
    state: &Messages,
    items: &[Result<Coming, Failure>],
) -> Result<Vec<Option<PersonId>>, MessagesError> {
    let coming = || items.iter().flatten();
    let asked: BTreeSet<Called> =
        coming().flat_map(|one| names(&one.incoming.author).map(move |name| called(one.kind, name))).collect();
    let writers = writers(state, asked.into_iter().collect()).await?;
    let asked: BTreeSet<&str> = coming().flat_map(|one| user_ids(&one.incoming.author)).collect();
    let users = users(state, &asked).await?;
    let of = |item: &Result<Coming, Failure>| {
        let Coming { kind, incoming, .. } = item.as_ref().ok()?;
        let author = &incoming.author;
        let written = names(author).find_map(|name| writers.get(&called(*kind, name)));
        written.or_else(|| user_ids(author).find_map(|name| users.get(name))).copied()
    };
    Ok(items.iter().map(of).collect())
}

async fn writers(state: &Messages, asked: Vec<Called>) -> Result<BTreeMap<Called, PersonId>, MessagesError> {
    let mut connection = state.store().pool().acquire().await?;
    let rows: Vec<(i64, Vec<u8>)> =
        WRITERS.of(&mut connection, &asked, |query, one| query.bind(one.map(|one| tag(state, one).to_vec()))).await?;
    let mut found = BTreeMap::new();
    for (place, person) in rows {
        let name = usize::try_from(place).ok().and_then(|place| asked.get(place));
        found.extend(name.cloned().zip(bytes16(&person).ok().map(PersonId)));
    }
    Ok(found)
}

async fn users<'a>(state: &Messages, asked: &BTreeSet<&'a str>) -> Result<BTreeMap<&'a str, PersonId>, MessagesError> {
    let (names, ids): (Vec<&str>, Vec<String>) =
        asked.iter().filter_map(|name| Some((*name, accounts::user_id(name).ok()?))).unzip();
    let found = accounts::find_people(state.store(), state.people().keys(), &ids).await?;
    Ok(names.into_iter().zip(found).filter_map(|(name, person)| Some((name, person?))).collect())
}

/// Notes that somebody is called so on a platform, from now on; gives whether there is such a person.
///
/// # Errors
/// When the database refuses.
pub(crate) async fn remember(
    state: &Messages,
    (kind, name): (ChannelKind, &str),
    person: PersonId,
    by: Option<&By>,
) -> Result<bool, MessagesError> {
    let mut transaction = state.store().begin().await?;
    if !accounts::lock(&mut transaction, person).await? {
        return Ok(false);
    }
    sqlx::query(
        "INSERT INTO writers (tag, person) VALUES ($1, $2) ON CONFLICT (tag) DO UPDATE SET person = excluded.person",
    )
    .bind(tag(state, &called(kind, name)).to_vec())
    .bind(person.0.to_vec())
    .execute(&mut **transaction)
    .await?;
    if let Some(by) = by {
        access::note(&mut transaction, by, Act::LinkWriter.name(), Of::Person(person), &[]).await?;
    }
    transaction.commit().await?;
    Ok(true)
}
