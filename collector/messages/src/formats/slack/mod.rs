//! Slack: an export of a workspace, and its messages.
//!
//! An export is an archive of lists (of people, of channels of four kinds) and of one folder for each channel, with a file for each day.
//! Other programs imitate it loosely, and who packs it again puts a folder around it.

mod blocks;
pub(super) mod message;

use std::collections::{HashMap, HashSet};
use std::io::{Read, Seek};

use serde_json::Value;

use super::archive::{Archive, split};
use super::error::FormatError;
use super::json::{self, is_true, list, text};
use super::names::tidy;
use super::to::{Notes, To};
use crate::incoming::{Author, Incoming, Item, Skipped};

/// Lists of channels, and whether those are between few.
const LISTS: [(&str, bool); 4] =
    [("channels.json", false), ("groups.json", true), ("dms.json", true), ("mpims.json", true)];
/// Lists of people.
const PEOPLE: [&str; 2] = ["users.json", "org_users.json"];

/// Reads an export, and gives what is in it day by day.
///
/// # Errors
/// When it is none or does not read, or `to` fails.
pub(crate) fn read(reader: impl Read + Seek, to: To<'_>) -> Result<Notes, FormatError> {
    let mut archive = Archive::open(reader)?;
    let names = archive.names();
    let is_list = |name: &&String| {
        let (_, last) = split(name);
        PEOPLE.contains(&last) || LISTS.iter().any(|(list, _)| *list == last)
    };
    // A channel may be called as a list is: the lists lie above it.
    let first = names.iter().filter(is_list).min_by_key(|name| name.len());
    let first = first.ok_or(FormatError::NotThis("the lists of a Slack export in it, such as channels.json"))?;
    let root = split(first).0.to_owned();
    let people = People::read(&mut archive, &root, &names)?;
    let channels = Channels::read(&mut archive, &root, &names)?;
    let mut notes = Notes::default();
    for name in &names {
        let Some((folder, file)) = name.strip_prefix(&root).and_then(|inner| inner.split_once('/')) else { continue };
        // Canvases have folders, too.
        if !is_day(file) || folder.starts_with("FC:") {
            continue;
        }
        let channel = channels.of_folder(folder);
        let day = archive.with(name, |file| {
            json::each(file, "messages", name, &mut |_, raw| {
                let item = json::value(raw).map_or(Err(Skipped::Broken), |message| {
                    message::read(&message, &|user| people.bots.contains(user), &|id| channels.name(id))
                        .map(|said| incoming(&channel, &people, &message, said))
                });
                to(item.map_or_else(|why| Item::Left(why, name.clone()), Item::Taken))
            })
        });
        match day {
            Ok(ended) if ended.is_whole => {}
            Ok(_) => notes.cut(),
            // One damaged day keeps no other out.
            Err(FormatError::Json { place, .. }) => to(Item::Left(Skipped::Broken, place))?,
            Err(error) => return Err(error),
        }
    }
    Ok(notes)
}

/// `2026-03-02.json`.
fn is_day(file: &str) -> bool {
    let day = file.strip_suffix(".json").unwrap_or_default();
    day.len() == 10 && day.bytes().all(|letter| letter.is_ascii_digit() || letter == b'-')
}

fn incoming(channel: &Channel, people: &People, message: &Value, said: message::Said) -> Incoming {
    let author = people.known.get(&said.user).cloned().unwrap_or_else(|| {
        // The only name of strangers.
        let name = message.get("user_profile").and_then(|profile| text(profile, "name")).map(tidy);
        Author { id: Some(said.user.clone()), name, email: None }
    });
    Incoming {
        channel: channel.id.clone(),
        channel_name: channel.name.clone(),
        private: channel.is_private,
        author,
        said_at: said.said_at,
        external_ref: Some(said.ts),
        reply_to: said.root,
        edited: said.edited,
        text: said.words,
    }
}

/// Who there is.
#[derive(Default)]
struct People {
    known: HashMap<String, Author>,
    bots: HashSet<String>,
}

impl People {
    fn read<R: Read + Seek>(archive: &mut Archive<R>, root: &str, names: &[String]) -> Result<Self, FormatError> {
        let mut people = Self::default();
        for list in PEOPLE {
            for user in things(archive, &format!("{root}{list}"), names)? {
                let Some(id) = text(&user, "id") else { continue };
                let email = user.get("profile").and_then(|profile| text(profile, "email")).map(str::to_owned);
                let author = Author { id: Some(id.to_owned()), name: text(&user, "name").map(tidy), email };
                if is_true(&user, "is_bot") {
                    people.bots.insert(id.to_owned());
                }
                people.known.insert(id.to_owned(), author);
            }
        }
        Ok(people)
    }
}

/// A channel.
#[derive(Clone)]
struct Channel {
    id: String,
    name: String,
    is_private: bool,
}

/// All channels, by their ids and by their folders.
struct Channels {
    all: Vec<Channel>,
    places: HashMap<String, usize>,
}

impl Channels {
    fn read<R: Read + Seek>(archive: &mut Archive<R>, root: &str, names: &[String]) -> Result<Self, FormatError> {
        let (mut all, mut places) = (Vec::new(), HashMap::new());
        for (list, is_private) in LISTS {
            for channel in things(archive, &format!("{root}{list}"), names)? {
                let Some(id) = text(&channel, "id") else { continue };
                let name = text(&channel, "name").unwrap_or(id);
                places.insert(id.to_owned(), all.len());
                places.entry(name.to_owned()).or_insert(all.len());
                all.push(Channel {
                    id: id.to_owned(),
                    name: tidy(name),
                    is_private: is_private || is_true(&channel, "is_private"),
                });
            }
        }
        Ok(Self { all, places })
    }

    fn name(&self, id: &str) -> Option<String> {
        Some(self.all[*self.places.get(id)?].name.clone())
    }

    /// The channel of a folder. One that no list has is taken for a closed one.
    fn of_folder(&self, folder: &str) -> Channel {
        match self.places.get(folder) {
            Some(place) => self.all[*place].clone(),
            None => Channel { id: folder.to_owned(), name: tidy(folder), is_private: true },
        }
    }
}

/// The things of a list, which may be missing.
fn things<R: Read + Seek>(archive: &mut Archive<R>, name: &str, names: &[String]) -> Result<Vec<Value>, FormatError> {
    if !names.iter().any(|known| known == name) {
        return Ok(Vec::new());
    }
    let bytes = archive.whole(name)?;
    let text = String::from_utf8_lossy(bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes));
    let damaged = FormatError::Json { place: name.to_owned(), line: 1, column: 1 };
    match json::value(&text).ok_or(damaged)? {
        Value::Array(things) => Ok(things),
        other => Ok(list(&other, "members").to_vec()),
    }
}
