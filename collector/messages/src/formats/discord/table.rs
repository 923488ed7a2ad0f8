//! What DiscordChatExporter writes of a channel, as CSV: no ids, no kinds, the channel only in the file's name, and in some versions dates
//! of the machine that it ran on.

use std::io::{Read, Seek};

use csv::{ByteRecord, ReaderBuilder};
use jiff::tz::TimeZone;

use super::super::bounded::Bounded;
use super::super::error::FormatError;
use super::super::marks::{Flavour, Markdown};
use super::super::names::tidy;
use super::super::time;
use super::super::to::{Notes, To};
use super::dates::{Dates, Written};
use crate::incoming::{Author, Incoming, Item, Skipped};

/// What the file does not say.
#[derive(Clone, Default, Debug)]
pub(crate) struct How {
    /// The zone of the machine.
    pub(crate) zone: Option<TimeZone>,
    /// The order of days and months.
    pub(crate) dates: Option<Dates>,
}

/// Sentences by which the platform itself is told: there is nothing else.
const SYSTEM: [&str; 6] = [
    "Joined the server.",
    "Left the server.",
    "Pinned a message.",
    "Started a thread.",
    "Left the group.",
    "Changed the channel icon.",
];

/// Reads a table, whose file is called `name`.
///
/// # Errors
/// When it is none, or says no zone or no order of days and months and `how` does not, or `to` fails.
pub(crate) fn read(mut reader: impl Read + Seek, name: &str, how: &How, to: To<'_>) -> Result<Notes, FormatError> {
    let dates = order(&mut reader, how)?;
    reader.rewind()?;
    let (id, channel) = channel(name);
    let (reader, piece) = Bounded::new(reader)?;
    let mut rows = ReaderBuilder::new().flexible(true).from_reader(reader);
    let (mut row, mut before, mut number) = (ByteRecord::new(), (0, 0_u32), 1_u64);
    while rows.read_byte_record(&mut row).map_err(std::io::Error::from)? {
        piece.next();
        number += 1;
        let read = Row::of(&row).incoming(how, dates).map(|mut incoming| {
            // Those of one instant are told apart by their order: that is the same in each export.
            before = if before.0 == incoming.said_at { (before.0, before.1 + 1) } else { (incoming.said_at, 0) };
            incoming.external_ref = Some(format!("{}/{}", before.0, before.1));
            Incoming { channel: id.clone(), channel_name: channel.clone(), ..incoming }
        });
        to(read.map_or_else(|why| Item::Left(why, format!("row {number}")), Item::Taken))?;
    }
    Ok(Notes::default())
}

/// The order of days and months: as it was said, or as a row says that has only one.
fn order(reader: &mut (impl Read + Seek), how: &How) -> Result<Dates, FormatError> {
    let (bounded, piece) = Bounded::new(&mut *reader)?;
    let mut rows = ReaderBuilder::new().flexible(true).from_reader(bounded);
    let heads = rows.byte_headers().map_err(std::io::Error::from)?;
    if heads.get(0) != Some(b"AuthorID".as_slice()) || heads.get(2) != Some(b"Date".as_slice()) {
        return Err(FormatError::NotThis("the heads of DiscordChatExporter's tables, AuthorID, Author, Date"));
    }
    let (mut row, mut first) = (ByteRecord::new(), None);
    while rows.read_byte_record(&mut row).map_err(std::io::Error::from)? {
        piece.next();
        let date = String::from_utf8_lossy(row.get(2).unwrap_or_default());
        if time::iso(&date, None).is_some() {
            continue;
        }
        // Whichever way it is written: without a zone nothing tells when it was.
        if how.zone.is_none() {
            return Err(FormatError::NoZone);
        }
        let Some(written) = Written::read(&date) else { continue };
        if let Some(dates) = how.dates.or_else(|| written.says()) {
            return Ok(dates);
        }
        first = first.or(Some(written));
    }
    let Some(written) = first else { return Ok(Dates::DayFirst) };
    let as_written = |dates| written.at(dates).map(|date| date.date().to_string()).unwrap_or_default();
    Err(FormatError::Undecided(as_written(Dates::MonthFirst), as_written(Dates::DayFirst)))
}

/// What a file's name says of its channel: its id, and what it is called.
fn channel(name: &str) -> (String, String) {
    let stem = name.strip_suffix(".csv").unwrap_or(name);
    let marked = stem.rfind(" [").and_then(|begin| {
        let (id, _) = stem[begin + 2..].split_once(']')?;
        (!id.is_empty() && id.bytes().all(|digit| digit.is_ascii_digit())).then_some((id, &stem[..begin]))
    });
    let (id, path) = marked.unwrap_or((stem, stem));
    (id.to_owned(), tidy(path.rsplit(" - ").next().unwrap_or(path)))
}

struct Row {
    id: String,
    name: String,
    date: String,
    said: String,
    has_files: bool,
}

impl Row {
    fn of(row: &ByteRecord) -> Self {
        let field = |place: usize| String::from_utf8_lossy(row.get(place).unwrap_or_default()).into_owned();
        Self { id: field(0), name: field(1), date: field(2), said: field(3), has_files: !field(4).trim().is_empty() }
    }

    fn incoming(&self, how: &How, dates: Dates) -> Result<Incoming, Skipped> {
        let zone = how.zone.as_ref();
        let written = || time::of(Written::read(&self.date)?.at(dates)?, zone?);
        let said_at = time::iso(&self.date, zone).or_else(written).ok_or(Skipped::NoTime)?;
        let said = self.said.trim();
        if SYSTEM.contains(&said) || (said.starts_with("Started a call that lasted ") && said.ends_with(" minutes.")) {
            return Err(Skipped::System);
        }
        if self.id.is_empty() && self.name.is_empty() {
            return Err(Skipped::NoAuthor);
        }
        let words = Markdown { flavour: Flavour::Exported, channel: &|_| None, mentioned: &[] }.words(said);
        if words.trim().is_empty() {
            return Err(if self.has_files { Skipped::Media } else { Skipped::Empty });
        }
        let some = |text: &str| (!text.is_empty()).then(|| tidy(text));
        Ok(Incoming {
            channel: String::new(),
            channel_name: String::new(),
            private: false,
            author: Author { id: some(&self.id), name: some(&self.name), email: None },
            said_at,
            external_ref: None,
            reply_to: None,
            edited: false,
            text: words.trim().to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    fn refused(rows: &str, how: &How) -> FormatError {
        let table = format!("AuthorID,Author,Date,Content,Attachments,Reactions\n{rows}");
        read(Cursor::new(table), "x.csv", how, &mut |_| Ok(())).expect_err("refused")
    }

    #[test]
    fn times_that_nobody_can_tell_are_asked_for() {
        let row = "1,u-anna,03/04/2026 1:05 PM,x,,\n";
        assert!(matches!(refused(row, &How::default()), FormatError::NoZone));
        let how = How { zone: Some(TimeZone::UTC), dates: None };
        let error = refused(row, &how);
        assert!(matches!(&error, FormatError::Undecided(a, b) if a == "2026-03-04" && b == "2026-04-03"), "{error}");
    }

    #[test]
    fn a_table_without_rows_has_no_time_to_tell_and_another_table_is_refused() {
        let read = |table: &'static str| read(Cursor::new(table), "x.csv", &How::default(), &mut |_| Ok(()));
        assert!(read("AuthorID,Author,Date,Content,Attachments,Reactions\n").is_ok());
        assert!(matches!(read("a,b\n1,2\n"), Err(FormatError::NotThis(_))));
    }

    #[test]
    fn a_channel_is_what_the_name_of_the_file_says() {
        let of = |name| channel(name);
        let named = |id: &str, name: &str| (id.to_owned(), name.to_owned());
        assert_eq!(of("Guild - Work - night-shift [711].csv"), named("711", "night-shift"));
        assert_eq!(of("Guild - a [b] - c [711] (part 2).csv"), named("711", "c"));
        assert_eq!(of("plain.csv"), named("plain", "plain"));
    }
}
