//! Tags of a page, and what their attributes say to a reader of mails.

use super::entities::decoded;

/// What stands between `<` and `>`.
pub(super) enum Tag<'p> {
    /// Something begins.
    Start {
        /// Its name in lower case.
        name: String,
        /// What is told of it.
        attributes: Attributes,
    },
    /// Something ends.
    End {
        /// Its name in lower case.
        name: String,
    },
    /// A comment or the like; or no tag at all, but this text.
    None(&'p str),
}

/// Finds the next tag of a page: what stands before it, the tag, and what stands behind it. One that does not end swallows the
/// rest.
pub(super) fn next_tag(page: &str) -> Option<(&str, Tag<'_>, &str)> {
    let (before, behind) = page.split_once('<')?;
    let first = behind.bytes().next().unwrap_or(b' ');
    if let Some(comment) = behind.strip_prefix("!--") {
        let end = comment.split_once("-->").map_or("", |(_, behind)| behind);
        return Some((before, Tag::None(""), end));
    }
    if matches!(first, b'!' | b'?') {
        return Some((before, Tag::None(""), behind.split_once('>').map_or("", |(_, behind)| behind)));
    }
    let is_end = first == b'/';
    let inner = &behind[usize::from(is_end)..];
    if !inner.starts_with(|letter: char| letter.is_ascii_alphabetic()) {
        return Some((before, Tag::None("<"), behind));
    }
    let end = inner.find(|letter: char| letter.is_whitespace() || matches!(letter, '/' | '>')).unwrap_or(inner.len());
    let name = inner[..end].to_ascii_lowercase();
    let (attributes, behind) = Attributes::read(&inner[end..]);
    Some((before, if is_end { Tag::End { name } } else { Tag::Start { name, attributes } }, behind))
}

/// The attributes that decide whether something is seen, and whose words it holds. All but `alt` in lower case.
#[derive(Default)]
pub(super) struct Attributes {
    class: String,
    id: String,
    style: String,
    kind: String,
    hidden: bool,
    /// The text of a picture.
    pub(super) alt: String,
}

impl Attributes {
    /// Reads what follows the name of a tag, up to its end.
    fn read(text: &str) -> (Self, &str) {
        let mut read = Self::default();
        let mut rest = text;
        loop {
            rest = rest.trim_start_matches(|letter: char| letter.is_whitespace() || letter == '/');
            if let Some(behind) = rest.strip_prefix('>') {
                return (read, behind);
            }
            if rest.is_empty() {
                return (read, "");
            }
            let ends = |letter: char| letter.is_whitespace() || matches!(letter, '=' | '>' | '/');
            // A name is never empty: what stands first may be `=`.
            let first = rest.chars().next().map_or(0, char::len_utf8);
            let end = rest[first..].find(ends).map_or(rest.len(), |at| at + first);
            let name = rest[..end].to_ascii_lowercase();
            let behind = rest[end..].trim_start();
            let value;
            (value, rest) = match behind.strip_prefix('=').map(str::trim_start) {
                None => ("", behind),
                Some(quoted) if quoted.starts_with(['"', '\'']) => {
                    let (mark, quoted) = quoted.split_at(1);
                    quoted.split_once(mark).unwrap_or((quoted, ""))
                }
                Some(bare) => bare
                    .split_at(bare.find(|letter: char| letter.is_whitespace() || letter == '>').unwrap_or(bare.len())),
            };
            read.note(&name, value);
        }
    }

    fn note(&mut self, name: &str, value: &str) {
        let lower = || decoded(value).to_lowercase();
        match name {
            "class" => self.class = lower(),
            "id" => self.id = lower(),
            "type" => self.kind = lower(),
            "style" => self.style = lower().split_whitespace().collect(),
            "hidden" => self.hidden = true,
            "alt" => self.alt = value.to_owned(),
            _ => {}
        }
    }

    fn has_class(&self, names: &[&str]) -> bool {
        self.class.split_whitespace().any(|class| names.contains(&class))
    }

    /// Whether a reader does not see it. Texts that only show in lists of mails are hidden so.
    pub(super) fn is_hidden(&self) -> bool {
        let none = |property: &str| {
            self.style.split(';').filter_map(|rule| rule.split_once(':')).any(|(name, value)| {
                name == property
                    && matches!(value.trim_end_matches("!important"), "0" | "0px" | "0pt" | "0em" | "0%" | "0.0")
            })
        };
        self.hidden
            || ["display:none", "visibility:hidden", "mso-hide:all"].iter().any(|rule| self.style.contains(rule))
            || ["font-size", "max-height", "opacity"].into_iter().any(none)
    }

    /// Whether it is no text of today: a signature, or the line above a quote.
    pub(super) fn is_no_text(&self) -> bool {
        const IDS: [&str; 3] = ["signature", "applemailsignature", "ms-outlook-mobile-signature"];
        self.has_class(&["moz-signature", "gmail_signature", "moz-cite-prefix", "protonmail_signature_block"])
            || IDS.contains(&self.id.as_str())
    }

    /// Whether others said what stands in it. Some programs indent by a `blockquote` that has no border.
    pub(super) fn is_quote(&self, name: &str) -> bool {
        let cited = self.kind == "cite" || self.has_class(&["gmail_quote", "protonmail_quote"]);
        (name == "blockquote" && (cited || !self.style.contains("border:none")))
            || self.has_class(&["yahoo_quoted", "moz-forward-container"])
            || self.id == "mail-editor-reference-message-container"
    }

    /// Whether it is wrapped around a quote and answers in it.
    pub(super) fn wraps_a_quote(&self) -> bool {
        self.has_class(&["gmail_quote", "protonmail_quote"])
    }

    /// Whether nothing from here on is the writer's: the head of an old mail stands here, and the mail below.
    pub(super) fn begins_the_rest(&self) -> bool {
        self.id == "divrplyfwdmsg" || self.has_class(&["outlookmessageheader"])
    }
}
