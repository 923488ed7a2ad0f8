//! Which of a mail's parts hold the writer's words. How deep parts nest and how many there are is bounded; what is beyond counts
//! as a file.

use std::borrow::Cow;
use std::collections::HashSet;

use super::headers::{Content, Headers, first_line};
use super::lines::{Flow, Line, cut_signature, plain};
use super::quotes::own_words;
use super::{decode, html};

/// How deep parts nest.
const DEPTH: usize = 20;
/// How many parts a mail has.
const PARTS: usize = 1000;
/// How many bytes of text are looked at: far more than anybody writes, or than is analysed.
const TEXT: usize = 8 * 1024 * 1024;
/// More words than this are no hint to open another part.
const HINT: usize = 60;

/// What a mail holds.
#[derive(Default)]
pub(super) struct Body {
    /// The lines of all parts that are text.
    pub(super) lines: Vec<Line>,
    /// Whether a file or a picture is among the parts.
    pub(super) files: bool,
    /// Whether an appointment is.
    pub(super) calendar: bool,
    /// Whether it is an answer to one: yes, no, or another time.
    pub(super) calendar_answer: bool,
    /// Whether something is sealed.
    pub(super) encrypted: bool,
    /// Whether a report says that a mail was not delivered.
    pub(super) delivery_status: bool,
}

impl Body {
    /// Reads what stands below the head of a mail.
    pub(super) fn of(headers: &Headers, body: &[u8]) -> Self {
        Reader { parts_left: PARTS, text_left: TEXT }.part(headers, body, 0)
    }

    /// Takes what else another part holds along, without its words.
    fn note(&mut self, other: &Self) {
        self.files |= other.files;
        self.calendar |= other.calendar;
        self.calendar_answer |= other.calendar_answer;
        self.encrypted |= other.encrypted;
        self.delivery_status |= other.delivery_status;
    }

    fn file() -> Self {
        Self { files: true, ..Self::default() }
    }
}

struct Reader {
    parts_left: usize,
    text_left: usize,
}

impl Reader {
    fn part(&mut self, headers: &Headers, body: &[u8], depth: usize) -> Body {
        let Some(left) = self.parts_left.checked_sub(1).filter(|_| depth <= DEPTH) else { return Body::file() };
        self.parts_left = left;
        let (content, disposition) = (headers.content("content-type"), headers.content("content-disposition"));
        let attached = disposition.kind == "attachment" || disposition.names_a_file() || content.names_a_file();
        let kind = content.kind.as_str();
        if matches!(kind, "text/calendar" | "application/ics") {
            return appointment(&content, &decoded(headers, body));
        }
        if matches!(kind, "application/pkcs7-mime" | "application/x-pkcs7-mime" | "application/pgp-encrypted") {
            return Body { encrypted: true, ..Body::default() };
        }
        if kind == "message/delivery-status" {
            return Body { delivery_status: true, ..Body::default() };
        }
        if attached {
            return Body::file();
        }
        if let Some(form) = kind.strip_prefix("multipart/") {
            return self.parts(form, content.parameter("boundary").unwrap_or_default(), body, depth);
        }
        let label = content.parameter("charset");
        // A type that is of old, or not told, is plain text.
        match kind {
            "text/html" | "application/xhtml+xml" => {
                let page = self.written(headers, body);
                let told = label.map(str::to_owned).or_else(|| decode::charset_of_a_page(&page));
                text(html::lines(&decode::text(&page, told.as_deref())))
            }
            kind if matches!(kind, "text/plain" | "text/markdown") || !kind.contains('/') => {
                let flow = match content.parameter("format").is_some_and(|format| format.eq_ignore_ascii_case("flowed"))
                {
                    false => Flow::Fixed,
                    true if content.parameter("delsp").is_some_and(|delsp| delsp.eq_ignore_ascii_case("yes")) => {
                        Flow::Delsp
                    }
                    true => Flow::Flowed,
                };
                let written = decode::text(&self.written(headers, body), label);
                let sealed = written.trim_start().starts_with("-----BEGIN PGP MESSAGE-----");
                Body { encrypted: sealed, ..text(plain(&written, flow)) }
            }
            _ => Body::file(),
        }
    }

    /// The bytes of a text, as far as they are looked at.
    fn written<'m>(&mut self, headers: &Headers, body: &'m [u8]) -> Cow<'m, [u8]> {
        let mut written = decoded(headers, body);
        match &mut written {
            Cow::Borrowed(bytes) => *bytes = &bytes[..bytes.len().min(self.text_left)],
            Cow::Owned(bytes) => bytes.truncate(self.text_left),
        }
        self.text_left -= written.len();
        written
    }

    fn parts(&mut self, form: &str, boundary: &str, body: &[u8], depth: usize) -> Body {
        let parts = split(body, boundary, self.parts_left);
        let mut read = Vec::new();
        for part in parts {
            let (headers, body) = Headers::split(part);
            let kind = headers.content("content-type").kind;
            let is_message = form == "digest" && headers.first("content-type").is_none();
            let part = if is_message { Body::file() } else { self.part(&headers, body, depth + 1) };
            read.push((kind, part));
        }
        match form {
            "encrypted" => Body { encrypted: true, ..Body::default() },
            "alternative" => one_of(read),
            // The rest belongs to the first: a signature, or pictures of a page.
            "signed" | "related" => {
                let place = read.iter().position(|(_, part)| !part.lines.is_empty()).unwrap_or_default();
                with_words_of(read, place)
            }
            _ => {
                let mut all = Body::default();
                for (_, part) in read {
                    all.note(&part);
                    all.lines.extend(part.lines);
                }
                all
            }
        }
    }
}

fn text(mut lines: Vec<Line>) -> Body {
    cut_signature(&mut lines);
    Body { lines, ..Body::default() }
}

/// An appointment: its method stands in the type, or in itself.
fn appointment(content: &Content, body: &[u8]) -> Body {
    let within = || {
        let line = body.split(|&byte| byte == b'\n').take(100).find_map(|line| line.strip_prefix(b"METHOD:"))?;
        Some(String::from_utf8_lossy(line).trim().to_owned())
    };
    let method = content.parameter("method").map(str::to_owned).or_else(within).unwrap_or_default().to_uppercase();
    let answer = matches!(method.as_str(), "REPLY" | "COUNTER" | "DECLINECOUNTER" | "REFRESH");
    Body { calendar: true, calendar_answer: answer, ..Body::default() }
}

/// The bytes of a part as they were before they were made fit for sending.
fn decoded<'m>(headers: &Headers, body: &'m [u8]) -> Cow<'m, [u8]> {
    match headers.content("content-transfer-encoding").kind.as_str() {
        // What a list puts behind the end is none of it.
        "base64" => Cow::Owned(decode::base64(body.split(|&byte| byte == b'=').next().unwrap_or_default())),
        "quoted-printable" => Cow::Owned(decode::quoted_printable(body)),
        "x-uuencode" | "uuencode" | "x-uue" => Cow::Borrowed(&[]),
        _ => Cow::Borrowed(body),
    }
}

/// The parts between the lines of a boundary, at most so many. The last one need not end.
fn split<'m>(body: &'m [u8], boundary: &str, most: usize) -> Vec<&'m [u8]> {
    let mut parts = Vec::new();
    if boundary.is_empty() {
        return parts;
    }
    let (mut begin, mut at) = (None, 0);
    while at < body.len() && parts.len() < most {
        let line = first_line(&body[at..]);
        let behind = line.strip_prefix(b"--").and_then(|line| line.strip_prefix(boundary.as_bytes()));
        if let Some(behind) = behind.map(<[u8]>::trim_ascii).filter(|behind| behind.is_empty() || *behind == b"--") {
            if let Some(begin) = begin {
                parts.push(without_last_end(&body[begin..at]));
            }
            begin = behind.is_empty().then_some(at + line.len());
            if begin.is_none() {
                return parts;
            }
        }
        at += line.len();
    }
    parts.extend(begin.filter(|_| parts.len() < most).map(|begin| &body[begin..]));
    parts
}

/// The end of the line before a boundary belongs to the boundary.
fn without_last_end(part: &[u8]) -> &[u8] {
    let part = part.strip_suffix(b"\n").unwrap_or(part);
    part.strip_suffix(b"\r").unwrap_or(part)
}

/// One of several forms of the same: the plain one, unless it is blank or only tells to open another.
fn one_of(parts: Vec<(String, Body)>) -> Body {
    if parts.len() == 1 {
        return with_words_of(parts, 0);
    }
    let words: Vec<String> = parts.iter().map(|(_, part)| own_words(&part.lines)).collect();
    let is_plain = |place: &usize| parts[*place].0 == "text/plain" || parts[*place].0.is_empty();
    let first = |plain: bool| (0..parts.len()).find(|place| is_plain(place) == plain && !words[*place].is_empty());
    let place = match (first(true), first(false)) {
        (Some(plain), Some(other)) if is_hint(&words[plain], &words[other]) => other,
        (Some(place), _) | (None, Some(place)) => place,
        // No words: what is quoted may still be told from nothing.
        (None, None) => 0,
    };
    with_words_of(parts, place)
}

fn with_words_of(parts: Vec<(String, Body)>, place: usize) -> Body {
    let mut all = Body::default();
    for (at, (_, part)) in parts.into_iter().enumerate() {
        all.note(&part);
        if at == place {
            all.lines = part.lines;
        }
    }
    all
}

/// Whether a short plain text shares so few words with another form that it can't be the same.
fn is_hint(plain: &str, other: &str) -> bool {
    let words = |text: &str| -> HashSet<String> {
        let pieces = text.split(|letter: char| !letter.is_alphanumeric()).filter(|piece| !piece.is_empty());
        pieces.map(str::to_lowercase).collect()
    };
    let plain = words(plain);
    if plain.is_empty() || plain.len() > HINT {
        return false;
    }
    let other = words(other);
    let shared = plain.iter().filter(|word| other.contains(*word)).count();
    shared * 3 < plain.len()
}
