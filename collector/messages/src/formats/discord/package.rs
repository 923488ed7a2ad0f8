//! The package of an account: only what its owner wrote. Its folders are called otherwise in each language and each year, so its files are
//! found by their own names.

use std::collections::HashMap;
use std::io::{Read, Seek};

use csv::{ByteRecord, ReaderBuilder};
use jiff::tz::TimeZone;
use serde_json::Value;

use super::super::archive::{Archive, split};
use super::super::bounded::Bounded;
use super::super::error::FormatError;
use super::super::json::{self, id, text};
use super::super::marks::{Flavour, Markdown};
use super::super::names::tidy;
use super::super::time;
use super::super::to::{Notes, To};
use crate::incoming::{Author, Incoming, Item, Skipped};

/// Reads a package.
///
/// # Errors
/// When it is none or does not read, or `to` fails.
pub(crate) fn read(reader: impl Read + Seek, to: To<'_>) -> Result<Notes, FormatError> {
    let mut archive = Archive::open(reader)?;
    let names = archive.names();
    let account = names.iter().find(|name| split(name).1 == "user.json");
    let account = account.ok_or(FormatError::NotThis("user.json in it, as packages of Discord accounts have it"))?;
    let owner = value(&mut archive, account)?;
    let author = Author {
        id: id(&owner, "id"),
        name: text(&owner, "username").map(tidy),
        email: text(&owner, "email").map(str::to_owned),
    };
    let index = names.iter().find(|name| split(name).1 == "index.json" && has_channels(name, &names));
    let index = index.map(|name| value(&mut archive, name)).transpose()?.unwrap_or_default();
    let mut channels = Vec::new();
    for name in names.iter().filter(|name| split(name).1 == "channel.json") {
        match value(&mut archive, name) {
            Ok(channel) => channels.push(Channel::of(&channel, &index, split(name).0)),
            Err(FormatError::Json { place, .. }) => to(Item::Left(Skipped::Broken, place))?,
            Err(error) => return Err(error),
        }
    }
    let known: HashMap<&str, &str> = channels.iter().map(|one| (one.id.as_str(), one.name.as_str())).collect();
    let mut notes = Notes::default();
    for channel in &channels {
        let file = ["messages.json", "messages.csv"].map(|file| format!("{}{file}", channel.folder));
        let Some(name) = file.iter().find(|file| names.binary_search(file).is_ok()) else {
            notes.add("a channel lacks its file of messages");
            continue;
        };
        let whose = Whose { author: &author, channel, known: &known, file: name };
        let is_json = name.ends_with(".json");
        let read =
            archive.with(name, |file| if is_json { whose.json(file, &mut *to) } else { whose.table(file, &mut *to) });
        match read {
            Ok(true) => {}
            Ok(false) => notes.cut(),
            Err(FormatError::Json { place, .. }) => to(Item::Left(Skipped::Broken, place))?,
            Err(error) => return Err(error),
        }
    }
    Ok(notes)
}

/// Whether an index is that of the folder of channels: others are of servers.
fn has_channels(index: &str, names: &[String]) -> bool {
    let (folder, _) = split(index);
    names.iter().any(|name| name.starts_with(folder) && split(name).1 == "channel.json")
}

fn value<R: Read + Seek>(archive: &mut Archive<R>, name: &str) -> Result<Value, FormatError> {
    let bytes = archive.whole(name)?;
    let text = String::from_utf8_lossy(bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes));
    json::value(&text).ok_or_else(|| FormatError::Json { place: name.to_owned(), line: 1, column: 1 })
}

struct Channel {
    id: String,
    name: String,
    is_private: bool,
    /// With its slash.
    folder: String,
}

impl Channel {
    fn of(channel: &Value, index: &Value, folder: &str) -> Self {
        let id = id(channel, "id").unwrap_or_else(|| folder.to_owned());
        let name = text(channel, "name").or_else(|| text(index, &id)).unwrap_or(&id);
        let is_private = match channel.get("type") {
            Some(Value::Number(kind)) => matches!(kind.as_u64(), Some(1 | 3 | 12)),
            Some(Value::String(kind)) => matches!(kind.as_str(), "DM" | "GROUP_DM" | "PRIVATE_THREAD"),
            _ => false,
        };
        Self { name: tidy(name), id, is_private, folder: folder.to_owned() }
    }
}

/// Of whom and of where a file of messages is.
struct Whose<'a> {
    author: &'a Author,
    channel: &'a Channel,
    known: &'a HashMap<&'a str, &'a str>,
    file: &'a str,
}

impl Whose<'_> {
    /// Gives whether the file is whole.
    fn json(&self, file: &mut dyn Read, to: To<'_>) -> Result<bool, FormatError> {
        let ended = json::each(file, "messages", self.file, &mut |_, raw| {
            // An id is a number beyond what floating point holds, so it is taken as it stands.
            let read = json::value(raw).map_or(Err(Skipped::Broken), |message| {
                let field = |name: &str| id(&message, name).unwrap_or_default();
                self.message(&field("ID"), &field("Timestamp"), &field("Contents"), &field("Attachments"))
            });
            to(self.item(read))
        })?;
        Ok(ended.is_whole)
    }

    fn table(&self, file: &mut dyn Read, to: To<'_>) -> Result<bool, FormatError> {
        let (reader, piece) = Bounded::new(file)?;
        let mut rows = ReaderBuilder::new().flexible(true).from_reader(reader);
        let mut row = ByteRecord::new();
        while rows.read_byte_record(&mut row).map_err(std::io::Error::from)? {
            piece.next();
            let field = |place: usize| String::from_utf8_lossy(row.get(place).unwrap_or_default());
            to(self.item(self.message(&field(0), &field(1), &field(2), &field(3))))?;
        }
        Ok(true)
    }

    fn item(&self, read: Result<Incoming, Skipped>) -> Item {
        read.map_or_else(|why| Item::Left(why, self.file.to_owned()), Item::Taken)
    }

    fn message(&self, id: &str, at: &str, said: &str, files: &str) -> Result<Incoming, Skipped> {
        let said_at = time::iso(at, Some(&TimeZone::UTC)).or_else(|| told_by(id)).ok_or(Skipped::NoTime)?;
        let channel = |id: &str| self.known.get(id).map(|name| (*name).to_owned());
        let words = Markdown { flavour: Flavour::Discord, channel: &channel, mentioned: &[] }.words(said);
        if words.trim().is_empty() {
            return Err(if files.trim().is_empty() { Skipped::Empty } else { Skipped::Media });
        }
        Ok(Incoming {
            channel: self.channel.id.clone(),
            channel_name: self.channel.name.clone(),
            private: self.channel.is_private,
            author: self.author.clone(),
            said_at,
            external_ref: Some(id.to_owned()).filter(|id| !id.is_empty()),
            reply_to: None,
            edited: false,
            text: words.trim().to_owned(),
        })
    }
}

/// When something was made, by its id.
fn told_by(id: &str) -> Option<i64> {
    /// The first millisecond of 2015.
    const FIRST: i64 = 1_420_070_400_000;
    time::within(i64::try_from(id.parse::<u64>().ok()? >> 22).ok()? + FIRST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_tells_its_time() {
        assert_eq!(told_by("1478172555083776001"), Some(1_772_494_200_250));
        assert_eq!(told_by("x"), None);
    }
}
