//! Whose a message is: by how people are called where they write, and else by the names with which they are known here.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use attune_ground::store::{Lookup, bytes16};
use attune_people::accounts;
use attune_protocol::ids::PersonId;
use sqlx::AnyConnection;

use super::{Coming, Failure};
use crate::error::MessagesError;
use crate::incoming::{Author, ChannelKind};
use crate::state::Messages;
use crate::writers::{Called, called, tag};

static WRITERS: LazyLock<Lookup> = LazyLock::new(|| {
    Lookup::new(
        "(place, tag)",
        "SELECT asked.place, held.person FROM asked CROSS JOIN writers held WHERE held.tag = asked.tag",
    )
});

/// The names of an author, the surest first. What somebody calls themselves is none where it may be another's id or address.
fn names(kind: ChannelKind, author: &Author) -> impl Iterator<Item = &str> {
    // As it is looked for: there the sign for kelvins is a letter k, for one.
    let name = author.name.as_ref().filter(|name| !may_be_anothers(kind, &called(kind, name).1));
    [author.id.as_ref(), name, author.email.as_ref(), author.user.as_ref()].into_iter().flatten().map(String::as_str)
}

/// Whether a name looks as ids do on a platform, or as an address: who calls themselves so would be taken for whose that is.
fn may_be_anothers(kind: ChannelKind, name: &str) -> bool {
    let is_of = |is: fn(&u8) -> bool| name.bytes().all(|letter| is(&letter));
    match kind {
        ChannelKind::Slack => {
            name.contains('@')
                || (name.len() > 8
                    && name.starts_with(['U', 'W', 'u', 'w'])
                    && is_of(u8::is_ascii_alphanumeric)
                    && name.contains(|letter: char| letter.is_ascii_digit()))
        }
        ChannelKind::Chat => name.contains('@') || (name.len() == 26 && is_of(u8::is_ascii_alphanumeric)),
        ChannelKind::Discord => name.contains('@') || (name.len() > 14 && is_of(u8::is_ascii_digit)),
        ChannelKind::Teams => {
            name.contains('@') || (name.len() == 36 && is_of(|letter| letter.is_ascii_hexdigit() || *letter == b'-'))
        }
        // Its names are those of accounts, which may be addresses, where it tells them.
        ChannelKind::Jira => name.contains(':') || (name.len() == 24 && is_of(u8::is_ascii_hexdigit)),
        ChannelKind::Meeting | ChannelKind::Email => false,
    }
}

/// Those that a user id may be.
fn user_ids(author: &Author) -> impl Iterator<Item = &str> {
    [&author.user, &author.email].into_iter().flatten().map(String::as_str)
}

/// Whose a message is.
#[derive(Clone, Copy)]
pub(super) struct Whose {
    pub(super) person: PersonId,
    /// The tag of the name of theirs by which that is known; none where it is known by a user id.
    pub(super) by: Option<[u8; 16]>,
}

/// Whose each message is; none of one that failed, and of whom nobody knows.
pub(super) async fn find(
    state: &Messages,
    items: &[Result<Coming, Failure>],
) -> Result<Vec<Option<Whose>>, MessagesError> {
    let coming = || items.iter().flatten();
    let asked: BTreeSet<Called> = coming()
        .flat_map(|one| names(one.kind, &one.incoming.author).map(move |name| called(one.kind, name)))
        .collect();
    let tags: Vec<[u8; 16]> = asked.iter().map(|one| tag(state, one)).collect();
    let mut connection = state.store().pool().acquire().await?;
    let held = held(&mut connection, &tags).await?;
    drop(connection);
    let known = |(one, tag): (Called, [u8; 16])| Some((one, Whose { person: *held.get(&tag)?, by: Some(tag) }));
    let writers: BTreeMap<Called, Whose> = asked.into_iter().zip(tags).filter_map(known).collect();
    let asked: BTreeSet<&str> = coming().flat_map(|one| user_ids(&one.incoming.author)).collect();
    let users = users(state, &asked).await?;
    let of = |item: &Result<Coming, Failure>| {
        let Coming { kind, incoming, .. } = item.as_ref().ok()?;
        let author = &incoming.author;
        let written = names(*kind, author).find_map(|name| writers.get(&called(*kind, name)).copied());
        let user =
            || user_ids(author).find_map(|name| users.get(name)).map(|person| Whose { person: *person, by: None });
        written.or_else(user)
    };
    Ok(items.iter().map(of).collect())
}

/// Whose the names of these tags are.
pub(super) async fn held(
    connection: &mut AnyConnection,
    tags: &[[u8; 16]],
) -> Result<BTreeMap<[u8; 16], PersonId>, MessagesError> {
    let rows: Vec<(i64, Vec<u8>)> =
        WRITERS.of(connection, tags, |query, tag| query.bind(tag.map(|tag| tag.to_vec()))).await?;
    let mut held = BTreeMap::new();
    for (place, person) in rows {
        let tag = usize::try_from(place).ok().and_then(|place| tags.get(place));
        held.extend(tag.copied().zip(bytes16(&person).ok().map(PersonId)));
    }
    Ok(held)
}

async fn users<'a>(state: &Messages, asked: &BTreeSet<&'a str>) -> Result<BTreeMap<&'a str, PersonId>, MessagesError> {
    let (names, ids): (Vec<&str>, Vec<String>) =
        asked.iter().filter_map(|name| Some((*name, accounts::user_id(name).ok()?))).unzip();
    let found = accounts::find_people(state.store(), state.people().keys(), &ids).await?;
    Ok(names.into_iter().zip(found).filter_map(|(name, person)| Some((name, person?))).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_somebody_calls_themselves_is_no_id_and_no_address_of_another() {
        for (kind, name) in [
            (ChannelKind::Slack, "u01alice001"),
            (ChannelKind::Slack, "U01\u{212a}ATE0001"),
            (ChannelKind::Slack, "alice@example.org"),
            (ChannelKind::Chat, "user0000000000000000alice1"),
            (ChannelKind::Discord, "301122334455667788"),
            (ChannelKind::Teams, "0d4e1cbe-5a67-4d5a-9a0a-0c3d7a1b2c3d"),
            (ChannelKind::Jira, "557058:0d4e1cbe-5a67-4d5a-9a0a-0c3d7a1b2c3d"),
        ] {
            let author = Author { id: Some("own".into()), name: Some(name.into()), ..Author::default() };
            assert_eq!(names(kind, &author).collect::<Vec<_>>(), ["own"], "{kind:?}");
            let handed_in = Author { user: Some(name.into()), ..Author::default() };
            assert_eq!(names(kind, &handed_in).count(), 1, "a machine says whose it is");
        }
        for (kind, name) in [
            (ChannelKind::Slack, "u-anna"),
            (ChannelKind::Slack, "walter"),
            (ChannelKind::Slack, "ursula.weber"),
            (ChannelKind::Chat, "anna.b"),
            (ChannelKind::Discord, "u-ben#2"),
            (ChannelKind::Teams, "Anna B."),
            (ChannelKind::Jira, "anna@example.org"),
        ] {
            assert!(!may_be_anothers(kind, name), "{name}");
        }
    }
}
