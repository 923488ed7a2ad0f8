//! The head of a mail or of one of its parts: fields, the encoded words in them, types with their parameters, people, ids.

use super::decode;

/// More fields than this are not looked at.
const FIELDS: usize = 1000;
/// More bytes of one field than this are not looked at.
const FIELD: usize = 64 * 1024;
/// The longest name of a field.
const NAME: usize = 128;
/// The longest encoded word; the standard says 75, programs say more.
const WORD: usize = 1024;
/// The longest id of a mail: a line's length.
const ID: usize = 998;
/// The longest address.
const ADDRESS: usize = 320;

/// The fields of a head, in their order.
pub(super) struct Headers<'m> {
    fields: Vec<(&'m [u8], &'m [u8])>,
}

impl<'m> Headers<'m> {
    /// Parts a mail into its head and its body. Where the empty line between them is missing, the body begins with the first
    /// line that is no field.
    pub(super) fn split(mail: &'m [u8]) -> (Self, &'m [u8]) {
        let mut spans: Vec<(&[u8], usize, usize)> = Vec::new();
        let mut at = 0;
        while at < mail.len() {
            let line = first_line(&mail[at..]);
            let end = at + line.len();
            if line.trim_ascii_end().is_empty() && !line.starts_with(b" ") && !line.starts_with(b"\t") {
                at = end;
                break;
            }
            if let Some((_, _, last)) = spans.last_mut().filter(|_| matches!(line.first(), Some(b' ' | b'\t'))) {
                *last = end;
            } else if let Some(name) = name_of(line) {
                if spans.len() < FIELDS {
                    let colon = line.iter().position(|&byte| byte == b':').unwrap_or_default();
                    spans.push((name, at + colon + 1, end));
                }
            } else if !spans.is_empty() || !(line.starts_with(b"From ") || line.starts_with(b">From ")) {
                break;
            }
            at = end;
        }
        let fields = spans.into_iter().map(|(name, from, to)| (name, &mail[from..to.min(from + FIELD)])).collect();
        (Self { fields }, &mail[at..])
    }

    /// Whether there is no field at all.
    pub(super) fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }

    /// What all fields of a name say, unfolded; encoded words stay.
    pub(super) fn all(&self, name: &str) -> impl Iterator<Item = String> {
        self.fields.iter().filter(move |(own, _)| own.eq_ignore_ascii_case(name.as_bytes())).map(|(_, value)| {
            let unfolded: Vec<u8> = value.iter().copied().filter(|byte| !matches!(byte, b'\r' | b'\n')).collect();
            decode::text(unfolded.trim_ascii(), None)
        })
    }

    /// What the first field of a name says.
    pub(super) fn first(&self, name: &str) -> Option<String> {
        self.all(name).next()
    }

    /// What the first field of a name says to a reader.
    pub(super) fn readable(&self, name: &str) -> Option<String> {
        self.first(name).map(|text| without_encoded_words(&text))
    }

    /// A type, or a disposition, with its parameters.
    pub(super) fn content(&self, name: &str) -> Content {
        Content::of(&self.first(name).unwrap_or_default())
    }

    /// The first person of a field.
    pub(super) fn mailbox(&self, name: &str) -> Option<Mailbox> {
        mailboxes(&self.first(name)?).into_iter().next()
    }

    /// The first id of a field.
    pub(super) fn id(&self, name: &str) -> Option<String> {
        ids(&self.first(name)?).into_iter().next()
    }

    /// The last id of a field.
    pub(super) fn last_id(&self, name: &str) -> Option<String> {
        ids(&self.first(name)?).pop()
    }
}

/// The first line of bytes, with its end.
pub(super) fn first_line(bytes: &[u8]) -> &[u8] {
    &bytes[..bytes.iter().position(|&byte| byte == b'\n').map_or(bytes.len(), |at| at + 1)]
}

/// The name of the field that a line begins, where it begins one.
pub(super) fn name_of(line: &[u8]) -> Option<&[u8]> {
    let colon = line.iter().take(NAME).position(|&byte| byte == b':')?;
    let name = line[..colon].trim_ascii_end();
    (!name.is_empty() && name.iter().all(u8::is_ascii_graphic)).then_some(name)
}

/// A value such as `text/plain; charset=utf-8`.
pub(super) struct Content {
    /// What stands before the parameters, in lower case.
    pub(super) kind: String,
    parameters: Vec<(String, String)>,
}

impl Content {
    fn of(text: &str) -> Self {
        let mut pieces = split_outside_quotes(text, ';').into_iter();
        let kind = without_comments(&pieces.next().unwrap_or_default()).trim().to_lowercase();
        let parameters = pieces.filter_map(|piece| {
            let (name, value) = piece.split_once('=')?;
            let value = value.trim();
            let value = match value.strip_prefix('"') {
                Some(quoted) => unquoted(quoted),
                None => without_comments(value).trim().to_owned(),
            };
            Some((name.trim().to_lowercase(), value))
        });
        Self { kind, parameters: parameters.take(FIELDS).collect() }
    }

    /// A parameter.
    pub(super) fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
    }

    /// Whether a file's name is among the parameters, however it is written.
    pub(super) fn names_a_file(&self) -> bool {
        self.parameters.iter().any(|(own, _)| matches!(own.split('*').next(), Some("name" | "filename")))
    }
}

/// What a quoted string says, from behind its first quote to its last.
fn unquoted(quoted: &str) -> String {
    let (mut out, mut escaped) = (String::new(), false);
    for letter in quoted.chars() {
        match letter {
            '\\' if !escaped => escaped = true,
            '"' if !escaped => break,
            _ => {
                out.push(letter);
                escaped = false;
            }
        }
    }
    out
}

fn split_outside_quotes(text: &str, at: char) -> Vec<String> {
    let (mut pieces, mut quoted, mut escaped) = (vec![String::new()], false, false);
    for letter in text.chars() {
        if letter == at && !quoted {
            pieces.push(String::new());
            continue;
        }
        if letter == '"' && !escaped {
            quoted = !quoted;
        }
        escaped = letter == '\\' && !escaped;
        if let Some(piece) = pieces.last_mut() {
            piece.push(letter);
        }
    }
    pieces
}

/// A text without what stands in parentheses.
pub(super) fn without_comments(text: &str) -> String {
    let mut depth = 0_usize;
    let outside = text.chars().filter(|&letter| {
        let within = depth > 0;
        match letter {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        !within && depth == 0 && letter != ')'
    });
    outside.collect()
}

/// Somebody whom a head names.
#[derive(Debug)]
pub(super) struct Mailbox {
    /// What they are called.
    pub(super) name: String,
    /// Their address in lower case.
    pub(super) address: String,
}

/// The people of a field. Their bounds are found before words are decoded: a comma may be part of a name.
fn mailboxes(text: &str) -> Vec<Mailbox> {
    let mut found = Vec::new();
    let mut one = Draft::default();
    let (mut quoted, mut escaped, mut comments, mut angle) = (false, false, 0_usize, false);
    for letter in text.chars() {
        match letter {
            _ if escaped => {
                one.place(angle, comments).push(letter);
                escaped = false;
            }
            '\\' if quoted || comments > 0 => escaped = true,
            '"' if comments == 0 => quoted = !quoted,
            _ if quoted => one.place(angle, comments).push(letter),
            '(' => comments += 1,
            ')' => comments = comments.saturating_sub(1),
            _ if comments > 0 => one.comment.push(letter),
            '<' => {
                one.angle.clear();
                angle = true;
            }
            '>' => angle = false,
            ',' | ';' if !angle => found.extend(std::mem::take(&mut one).done()),
            // The name of a group, or a way that nobody takes any more.
            ':' => one.place(angle, comments).clear(),
            _ => one.place(angle, comments).push(letter),
        }
    }
    found.extend(one.done());
    found
}

#[derive(Default)]
struct Draft {
    plain: String,
    angle: String,
    comment: String,
}

impl Draft {
    fn place(&mut self, angle: bool, comments: usize) -> &mut String {
        match (angle, comments) {
            (_, 1..) => &mut self.comment,
            (true, _) => &mut self.angle,
            (false, _) => &mut self.plain,
        }
    }

    fn done(self) -> Option<Mailbox> {
        let (name, address) = match self.angle.is_empty() {
            true => (self.comment, self.plain),
            false if self.plain.trim().is_empty() => (self.comment, self.angle),
            false => (self.plain, self.angle),
        };
        let address = address.trim().to_lowercase();
        let (local, domain) = address.rsplit_once('@')?;
        let readable = address.chars().all(|letter| !letter.is_whitespace() && !letter.is_control());
        let whole = !local.is_empty() && !domain.is_empty() && readable && address.len() <= ADDRESS;
        whole.then(|| Mailbox { name: without_encoded_words(name.trim()), address })
    }
}

/// The ids of a field, each with its brackets.
fn ids(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some((_, behind)) = rest.split_once('<') {
        let Some((id, after)) = behind.split_once('>') else { break };
        found.push(format!("<{}>", id.trim()));
        rest = after;
    }
    if found.is_empty() {
        found.extend(text.split_whitespace().next().map(str::to_owned));
    }
    found.retain(|id| id.len() > 2 && id.len() <= ID && !id.contains(char::is_control));
    found
}

/// A piece of a field in a charset of its own.
struct Word<'t> {
    charset: &'t str,
    base64: bool,
    text: &'t str,
}

impl<'t> Word<'t> {
    /// Reads the word with which a text begins, behind its `=?`; tells what follows it.
    fn first(text: &'t str) -> Option<(Self, &'t str)> {
        let (charset, rest) = text.split_once('?')?;
        let (encoding, rest) = rest.split_at_checked(1)?;
        let rest = rest.strip_prefix('?')?;
        let base64 = match encoding {
            "B" | "b" => true,
            "Q" | "q" => false,
            _ => return None,
        };
        let end = rest.as_bytes().windows(2).take(WORD).position(|two| two == b"?=")?;
        // A language may stand behind the charset.
        let charset = charset.split('*').next().unwrap_or_default();
        let is_name = !charset.is_empty() && charset.len() <= 64 && charset.bytes().all(|byte| byte.is_ascii_graphic());
        is_name.then(|| (Self { charset, base64, text: &rest[..end] }, &rest[end + 2..]))
    }
}

/// A text with its encoded words decoded.
fn without_encoded_words(text: &str) -> String {
    let (mut out, mut run) = (String::new(), Vec::new());
    // What stands before the next word is from `from` on; where to look for one is `at`.
    let (mut from, mut at) = (0, 0);
    while let Some(found) = text[at..].find("=?") {
        let begin = at + found;
        at = begin + 2;
        let Some((word, behind)) = Word::first(&text[at..]) else { continue };
        // Blanks between two words are no part of what they say.
        let between = &text[from..begin];
        if run.is_empty() || !between.trim().is_empty() {
            decode_words(&mut run, &mut out);
            out.push_str(between);
        }
        run.push(word);
        at = text.len() - behind.len();
        from = at;
    }
    decode_words(&mut run, &mut out);
    out.push_str(&text[from..]);
    out
}

/// Decodes words that stand beside each other. Some writers cut a character, so the bytes of neighbours are joined first; but
/// in ISO-2022 each word has escapes of its own.
fn decode_words(run: &mut Vec<Word>, out: &mut String) {
    let mut words = run.drain(..).peekable();
    while let Some(first) = words.next() {
        let alone = first.charset.to_ascii_lowercase().starts_with("iso-2022");
        let (mut bytes, mut joined, mut base64) = (Vec::new(), first.text.to_owned(), first.base64);
        while let Some(next) = words.next_if(|next| !alone && next.charset.eq_ignore_ascii_case(first.charset)) {
            if next.base64 != base64 {
                decode_into(&joined, base64, &mut bytes);
                joined.clear();
                base64 = next.base64;
            }
            joined.push_str(next.text);
        }
        decode_into(&joined, base64, &mut bytes);
        out.push_str(&decode::text(&bytes, Some(first.charset)));
    }
}

fn decode_into(text: &str, base64: bool, out: &mut Vec<u8>) {
    if base64 {
        out.extend(text.split('=').flat_map(|run| decode::base64(run.as_bytes())));
    } else {
        out.extend(decode::q(text.as_bytes()));
    }
}
