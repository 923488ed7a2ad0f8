//! Where one mail of a mailbox ends and the next begins. A mailbox is read by pieces: some GB are no more work than memory for
//! one mail.
//!
//! Programs disagree on everything but that a mail begins with a line `From `. Lines of text that begin so are escaped by some,
//! by others not, and some tell how long a mail is instead. So such a line counts if a date stands in it, or if it is bare and
//! stands behind an empty line; and if a head begins behind it.

use std::io::{self, BufRead, ErrorKind};

use super::dates;
use super::headers::name_of;

/// The largest mail.
pub(super) const LARGEST: usize = 25 * 1024 * 1024;
/// How much of a line `From ` is looked at.
const SEPARATOR: usize = 512;

/// One mail as it stands in a file.
pub(super) struct Piece {
    /// When it came, by the line before it.
    pub(super) came: Option<i64>,
    /// The mail; none where it is larger than may be.
    pub(super) mail: Option<Vec<u8>>,
}

/// The mails of a file, in their order. A file that begins with no line `From ` is one mail.
pub(super) struct Pieces<R> {
    lines: Lines<R>,
    /// What comes next.
    next: Next,
    /// Whether what mails tell of their lengths has been right.
    lengths: bool,
}

enum Next {
    Beginning,
    /// The line before a mail is read.
    Mail(Option<i64>),
    End,
}

impl<R: BufRead> Pieces<R> {
    pub(super) fn new(file: R) -> Self {
        Self { lines: Lines { file, again: Vec::new(), at: 0 }, next: Next::Beginning, lengths: true }
    }

    /// Reads on to the first mail.
    fn begin(&mut self) -> io::Result<Option<Piece>> {
        let first = loop {
            let mut line = self.lines.next()?;
            if line.bytes.starts_with(b"\xEF\xBB\xBF") {
                line.bytes.drain(..3);
            }
            if line.length == 0 || !line.is_blank() {
                break line;
            }
        };
        if first.length == 0 {
            self.next = Next::End;
            return Ok(None);
        }
        if let Some(came) = self.separates(&first, true)? {
            self.next = Next::Mail(came);
            return Ok(None);
        }
        self.next = Next::End;
        let mut mail = Mail::default();
        mail.push(&first);
        loop {
            let line = self.lines.next()?;
            if line.length == 0 {
                return Ok(Some(mail.done(None, false)));
            }
            mail.push(&line);
        }
    }

    /// Reads the mail behind a line `From `.
    fn mail(&mut self, came: Option<i64>) -> io::Result<Piece> {
        let (mut mail, mut after_blank) = (Mail::default(), false);
        loop {
            let line = self.lines.next()?;
            if self.lengths && mail.is_wrong_about_its_length(&line) {
                self.lengths = false;
                if let Some(from) = mail.forget_length() {
                    self.lines.put_back(mail.bytes.split_off(from), line);
                    mail.length = from;
                    // Only behind an empty line, or by its date, was it taken for one.
                    after_blank = mail.bytes.ends_with(b"\n\n") || mail.bytes.ends_with(b"\n\r\n");
                    continue;
                }
            }
            if line.length == 0 {
                self.next = Next::End;
                return Ok(mail.done(came, true));
            }
            if let Some(next) = self.separates(&line, after_blank)? {
                if !mail.goes_on() || !self.lengths {
                    self.next = Next::Mail(next);
                    return Ok(mail.done(came, true));
                }
                mail.would_have_ended.get_or_insert(mail.bytes.len());
            }
            after_blank = line.is_blank();
            mail.push(&line);
        }
    }

    /// Whether a mail begins behind a line; and when it came, where the line says so.
    fn separates(&mut self, line: &Line, after_blank: bool) -> io::Result<Option<Option<i64>>> {
        let Some(rest) = line.bytes.strip_prefix(b"From ").filter(|_| line.length <= SEPARATOR) else {
            return Ok(None);
        };
        let rest = String::from_utf8_lossy(rest);
        let words: Vec<&str> = rest.split_whitespace().collect();
        // Whoever sent it is one word; but some addresses have blanks.
        let came = (1..words.len().min(4)).find_map(|from| dates::only(&words[from..]));
        let bare = after_blank && matches!(words.as_slice(), [] | ["-"]);
        if came.is_none() && !bare {
            return Ok(None);
        }
        let behind = self.lines.next()?;
        let begins = name_of(&behind.bytes).is_some();
        self.lines.put_back(Vec::new(), behind);
        Ok(begins.then_some(came))
    }
}

impl<R: BufRead> Iterator for Pieces<R> {
    type Item = io::Result<Piece>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let piece = match self.next {
                Next::Beginning => self.begin(),
                Next::Mail(came) => self.mail(came).map(Some),
                Next::End => return None,
            };
            if piece.is_err() {
                self.next = Next::End;
            }
            if let Some(piece) = piece.transpose() {
                return Some(piece);
            }
        }
    }
}

/// A mail that is being read.
#[derive(Default)]
struct Mail {
    bytes: Vec<u8>,
    /// Its length, also where it is too large to be held.
    length: usize,
    in_body: bool,
    /// The length that its body has by its head.
    told: Option<usize>,
    /// Where it ends by that.
    ends: Option<usize>,
    /// Where it would have ended by the first line `From ` in it.
    would_have_ended: Option<usize>,
}

impl Mail {
    fn push(&mut self, line: &Line) {
        self.length = self.length.saturating_add(line.length);
        if self.length > LARGEST {
            self.bytes = Vec::new();
        } else {
            self.bytes.extend_from_slice(&line.bytes);
        }
        if !self.in_body {
            self.in_body = line.is_blank();
            if self.in_body {
                self.ends = self.told.map(|told| self.length + told);
            } else if name_of(&line.bytes).is_some_and(|name| name.eq_ignore_ascii_case(b"content-length")) {
                let value = line.bytes.split(|&byte| byte == b':').nth(1).unwrap_or_default();
                let value = std::str::from_utf8(value.trim_ascii()).ok().and_then(|value| value.parse().ok());
                self.told = value.filter(|&told: &usize| told < LARGEST / 2);
            }
        }
    }

    /// Whether it goes on by the length that it tells.
    fn goes_on(&self) -> bool {
        self.ends.is_some_and(|ends| self.length < ends)
    }

    /// Whether the line that comes next can't stand where the mail ends by its length. One empty line may follow it.
    fn is_wrong_about_its_length(&self, next: &Line) -> bool {
        let Some(ends) = self.ends else { return false };
        let (over, at_end) = (self.length.saturating_sub(ends), next.length == 0);
        let may_end = over <= 2 && (at_end || next.bytes.starts_with(b"From ") || (over == 0 && next.is_blank()));
        if self.length < ends { at_end } else { !may_end }
    }

    /// Tells where it would have ended without the length that turned out to be wrong.
    fn forget_length(&mut self) -> Option<usize> {
        self.ends = None;
        self.would_have_ended.take().filter(|_| self.length <= LARGEST)
    }

    fn done(self, came: Option<i64>, escaped: bool) -> Piece {
        let fits = self.length <= LARGEST;
        let mail = fits.then(|| if escaped { without_escapes(self.bytes) } else { self.bytes });
        Piece { came, mail }
    }
}

/// Takes one `>` from each line that begins with `From ` behind nothing but these. Of those with several, one dialect escaped
/// none: they begin with `>` either way, and are quotes.
fn without_escapes(mail: Vec<u8>) -> Vec<u8> {
    if !mail.windows(6).any(|six| six == b">From ") {
        return mail;
    }
    let mut out = Vec::with_capacity(mail.len());
    for line in mail.split_inclusive(|&byte| byte == b'\n') {
        let marks = line.iter().take_while(|&&byte| byte == b'>').count();
        let escaped = marks > 0 && line[marks..].starts_with(b"From ");
        out.extend_from_slice(&line[usize::from(escaped)..]);
    }
    out
}

/// A line with its end.
struct Line {
    /// As much of it as a mail may have.
    bytes: Vec<u8>,
    /// Its whole length; 0 at the end of the file.
    length: usize,
}

impl Line {
    fn is_blank(&self) -> bool {
        matches!(self.bytes.as_slice(), b"\n" | b"\r\n")
    }
}

struct Lines<R> {
    file: R,
    /// What is read once more before the file goes on.
    again: Vec<u8>,
    at: usize,
}

impl<R: BufRead> Lines<R> {
    fn next(&mut self) -> io::Result<Line> {
        let mut line = Line { bytes: Vec::new(), length: 0 };
        loop {
            let is_again = self.at < self.again.len();
            let chunk = if is_again {
                &self.again[self.at..]
            } else {
                match self.file.fill_buf() {
                    Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                    chunk => chunk?,
                }
            };
            let end = memchr::memchr(b'\n', chunk);
            let length = end.map_or(chunk.len(), |end| end + 1);
            let room = LARGEST.saturating_sub(line.bytes.len());
            line.bytes.extend_from_slice(&chunk[..length.min(room)]);
            line.length = line.length.saturating_add(length);
            if is_again {
                self.at += length;
            } else {
                self.file.consume(length);
            }
            if end.is_some() || length == 0 {
                return Ok(line);
            }
        }
    }

    /// Has bytes, and a line behind them, read once more.
    fn put_back(&mut self, mut bytes: Vec<u8>, line: Line) {
        bytes.extend(line.bytes);
        if bytes.len() <= self.at {
            // It was read from there just now, and what stands before is not needed any more.
            self.at -= bytes.len();
            self.again[self.at..][..bytes.len()].copy_from_slice(&bytes);
        } else {
            bytes.extend_from_slice(&self.again[self.at..]);
            self.again = bytes;
            self.at = 0;
        }
    }
}
