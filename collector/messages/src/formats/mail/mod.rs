//! Mail: one message, or a mailbox of them as programs export it (mbox in its dialects). What a person wrote is taken out of it,
//! without what they quoted; what no person wrote, or never sent, is told and left.
//!
//! The reader of MIME is ours. The one that the field uses in Rust makes much of what matters here otherwise: it prefers a blank
//! plain part, glues the cells of tables together, keeps hidden text, loses characters that are cut by encoded words, fails on
//! dates without seconds and splits a mailbox at each line `From `. What it would leave to it, fields and parts, is small, and here
//! it has bounds.

mod body;
mod dates;
mod decode;
mod entities;
mod headers;
mod html;
mod kinds;
mod lines;
mod mbox;
mod phrases;
mod quotes;
mod tags;
#[cfg(test)]
mod tests;

use std::collections::HashSet;
use std::io::{self, BufRead};

use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};

pub(super) use self::entities::decoded;

use self::body::Body;
use self::headers::{Headers, Mailbox};
use self::mbox::{Piece, Pieces};
use crate::incoming::{Author, Incoming, Item, Skipped};

/// What is told of a mailbox, as it does not say so itself.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    /// What the channel is called that its mails belong to.
    pub(crate) channel: String,
}

/// Reads a mail or a mailbox that is in memory.
#[cfg(test)]
fn read(bytes: &[u8], settings: &Settings) -> Vec<Item> {
    // Memory does not fail.
    read_from(bytes, settings).filter_map(Result::ok).collect()
}

/// Reads a mail or a mailbox mail by mail, whatever its size: one mail is in memory at a time. Ends after an error of the file.
pub(crate) fn read_from<R: BufRead>(file: R, settings: &Settings) -> impl Iterator<Item = io::Result<Item>> + use<R> {
    let mut seen = Seen::default();
    let channel = settings.channel.clone();
    Pieces::new(file).enumerate().map(move |(at, piece)| {
        let place = format!("mail {}", at + 1);
        Ok(item(&piece?, &channel, &mut seen).unwrap_or_else(|why| Item::Left(why, place)))
    })
}

/// The first bytes of a digest: which mail, and what it says.
type Mark = [u8; 16];

/// Which mails there were. One id may be given to two mails, by programs that are broken.
#[derive(Default)]
struct Seen {
    ids: HashSet<Mark>,
    mails: HashSet<(Mark, Mark)>,
}

fn item(piece: &Piece, channel: &str, seen: &mut Seen) -> Result<Item, Skipped> {
    let (headers, rest) = Headers::split(piece.mail.as_deref().ok_or(Skipped::Broken)?);
    if headers.is_empty() {
        return Err(Skipped::Broken);
    }
    let body = Body::of(&headers, rest);
    if let Some(why) = kinds::left_out(&headers, &body) {
        return Err(why);
    }
    let author = writer(&headers).ok_or(Skipped::NoAuthor)?;
    let text = quotes::own_words(&body.lines);
    if !text.chars().any(says_something) {
        return Err(match (body.calendar, body.files) {
            (true, _) => Skipped::Calendar,
            (false, true) => Skipped::Media,
            (false, false) => Skipped::Empty,
        });
    }
    let said_at = said_at(&headers).or(piece.came).ok_or(Skipped::NoTime)?;
    // Not the subject: lists put their name into it.
    let content = digest(&[&author, &said_at.to_string(), &text]);
    Ok(Item::Taken(Incoming {
        channel: channel.to_owned(),
        channel_name: channel.to_owned(),
        private: headers.first("list-id").is_none() && headers.first("list-post").is_none(),
        author: Author { id: None, name: None, email: Some(author), ..Author::default() },
        said_at,
        external_ref: Some(seen.name(headers.id("message-id"), content)?),
        reply_to: headers.id("in-reply-to").or_else(|| headers.last_id("references")),
        edited: false,
        text,
    }))
}

impl Seen {
    /// By what a mail is told from all others: its id, with a mark where another had the same; without one, by what it says.
    fn name(&mut self, id: Option<String>, content: Mark) -> Result<String, Skipped> {
        let Some(id) = id else { return Ok(format!("mail:{}", HEXLOWER.encode(&content))) };
        let mark = digest(&[&id]);
        if !self.mails.insert((mark, content)) {
            return Err(Skipped::Duplicate);
        }
        let is_first = self.ids.insert(mark);
        Ok(if is_first { id } else { format!("{id}:{}", HEXLOWER.encode(&content)) })
    }
}

/// Who wrote a mail, by address. Lists that put their own address there say who it was beside it. That is believed only of the same
/// organisation's: a mail from anywhere may have such a field, and servers prove the sender's address at most.
fn writer(headers: &Headers) -> Option<String> {
    let from = headers.mailbox("from");
    let by_list = from.as_ref().is_some_and(|from| from.name.to_lowercase().contains(" via "));
    let person = |other: &Mailbox| {
        from.as_ref().is_some_and(|from| from.address != other.address && is_of_domain(&from.address, &other.address))
    };
    // Only who puts an own address there has the first of them; the others mean more than that.
    let others = ["x-original-from", "x-original-sender", "reply-to"].into_iter().take(if by_list { 3 } else { 1 });
    let other = others.filter_map(|name| headers.mailbox(name)).find(person);
    other.or(from).or_else(|| headers.mailbox("sender")).map(|person| person.address)
}

/// Whether an address is of the domain of another, or of one below it, as lists have it.
fn is_of_domain(list: &str, person: &str) -> bool {
    let domain = |address: &str| address.rsplit_once('@').map(|(_, domain)| domain.to_owned());
    let (Some(list), Some(person)) = (domain(list), domain(person)) else { return false };
    list.strip_suffix(person.as_str()).is_some_and(|below| below.is_empty() || below.ends_with('.'))
}

/// When it was sent, by its own clock; where that tells nothing, when the newest of those it passed had it.
fn said_at(headers: &Headers) -> Option<i64> {
    let received = || headers.all("received").find_map(|way| dates::read(way.rsplit_once(';')?.1));
    headers.first("date").and_then(|date| dates::read(&date)).or_else(received)
}

/// Whether a character is part of a word, or a sign that says something by itself.
fn says_something(letter: char) -> bool {
    let is_format =
        matches!(letter, '\u{ad}' | '\u{34f}' | '\u{2000}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}');
    letter.is_alphanumeric() || !(letter.is_ascii() || letter.is_whitespace() || letter.is_control() || is_format)
}

fn digest(parts: &[&str]) -> Mark {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part.len().to_be_bytes());
        hash.update(part);
    }
    let mut mark = Mark::default();
    mark.copy_from_slice(&hash.finalize()[..size_of::<Mark>()]);
    mark
}
