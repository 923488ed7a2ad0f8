//! Markdown as chat programs have it.

use super::super::time;
use super::letters::{Channels, Letters};
use super::links::{self, ends};

/// Whose it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::formats) enum Flavour {
    /// Mattermost's: `@name`, `~channel`, tables.
    Mattermost,
    /// Discord's, as it comes from there: `<@id>`, `||spoiler||`.
    Discord,
    /// The same as exporters write it: mentions as `@name`.
    Exported,
}

/// How a text is read.
pub(in crate::formats) struct Markdown<'a> {
    /// Whose it is.
    pub(in crate::formats) flavour: Flavour,
    /// Names of channels.
    pub(in crate::formats) channel: Channels<'a>,
    /// Names of who is mentioned, the longest first: blanks may stand in them.
    pub(in crate::formats) mentioned: &'a [String],
}

impl Markdown<'_> {
    /// The words of a text.
    pub(in crate::formats) fn words(&self, text: &str) -> String {
        let mut letters = Letters::default();
        for line in links::without_blocks(&text.replace("\r\n", "\n")).split('\n') {
            match self.begin(line) {
                Line::Words(words) => self.in_line(&mut letters, words),
                Line::Cells(row) => self.in_line(&mut letters, &row.replace('|', " ")),
                Line::Out => {}
                Line::AllOut => break,
            }
            letters.line();
        }
        letters.emoji();
        let spoiler = (self.flavour != Flavour::Mattermost).then_some("||");
        for (mark, inside) in [("**", true), ("__", false), ("~~", true), ("*", false), ("_", false)] {
            letters.unmark(mark, inside);
        }
        if let Some(mark) = spoiler {
            letters.unmark(mark, true);
        }
        letters.finish()
    }

    /// What a line is by how it begins.
    fn begin<'l>(&self, line: &'l str) -> Line<'l> {
        let text = line.trim();
        let is_mattermost = self.flavour == Flavour::Mattermost;
        if !is_mattermost && text.starts_with(">>> ") {
            return Line::AllOut;
        }
        if text.starts_with("> ") || text == ">" || (is_mattermost && text.starts_with('>')) {
            return Line::Out;
        }
        let is_made_of = |signs: &str| text.len() > 2 && text.chars().all(|sign| signs.contains(sign));
        if ["- ", "* ", "_ "].iter().any(|signs| is_made_of(signs)) || (is_mattermost && is_made_of("|-: ")) {
            return Line::Out;
        }
        if is_mattermost && text.len() > 1 && text.starts_with('|') && text.ends_with('|') {
            return Line::Cells(text);
        }
        let heading = text.trim_start_matches('#');
        if heading.len() < text.len() && text.len() - heading.len() <= 6 && heading.starts_with(' ') {
            return Line::Words(heading);
        }
        let item = ["- ", "* ", "+ ", "-# "].iter().find_map(|begin| text.strip_prefix(begin));
        let item = item.map(|item| ["[ ] ", "[x] "].iter().find_map(|begin| item.strip_prefix(begin)).unwrap_or(item));
        Line::Words(item.unwrap_or(line))
    }

    fn in_line(&self, letters: &mut Letters, line: &str) {
        let special = |from: usize| line[from..].find(['`', '<', '[', '!', '@', '~', '\\']).map(|at| from + at);
        let (mut at, mut mark, mut link) = (0, special(0), links::next(line, 0));
        loop {
            // Each is looked for again only once it is passed.
            if mark.is_some_and(|mark| mark < at) {
                mark = special(at);
            }
            if link.is_some_and(|(begin, _)| begin < at) {
                link = links::next(line, at);
            }
            match (mark, link) {
                (mark, Some((begin, end))) if mark.is_none_or(|mark| begin < mark) => {
                    letters.text(&line[at..begin]);
                    at = end;
                }
                (Some(mark), _) => {
                    letters.text(&line[at..mark]);
                    at = mark + self.mark(letters, &line[mark..]);
                }
                (None, _) => break,
            }
        }
        letters.text(&line[at..]);
    }

    /// Reads what begins with a sign that may be a mark, and gives how long it is.
    fn mark(&self, letters: &mut Letters, text: &str) -> usize {
        let follows_a_word = letters.last().is_some_and(char::is_alphanumeric);
        let taken = match text.as_bytes()[0] {
            b'`' => code(letters, text),
            b'\\' => escaped(letters, text),
            b'<' => self.token(letters, text),
            b'[' => self.link(letters, text),
            b'!' if text[1..].starts_with('[') => link(&text[1..]).map(|(length, ..)| length + 1),
            _ if follows_a_word => None,
            b'@' => self.mention(text),
            b'~' if self.flavour == Flavour::Mattermost => channel(letters, text),
            _ => None,
        };
        taken.unwrap_or_else(|| {
            letters.text(&text[..1]);
            1
        })
    }

    /// What stands in angle brackets, if it is a mark.
    fn token(&self, letters: &mut Letters, text: &str) -> Option<usize> {
        let end = ends(text, 1, '>')?;
        let inner = &text[1..end];
        let is_link = inner.starts_with("http://") || inner.starts_with("https://") || inner.starts_with("mailto:");
        if self.flavour == Flavour::Mattermost {
            return is_link.then_some(end + 1);
        }
        let is_number = |id: &str| !id.is_empty() && id.bytes().all(|digit| digit.is_ascii_digit());
        let after = |begin: &str| inner.strip_prefix(begin).filter(|id| is_number(id));
        let is_emoji = || {
            let inner = inner.strip_prefix('a').unwrap_or(inner).strip_prefix(':');
            inner.and_then(|inner| inner.split_once(':')).is_some_and(|(name, id)| !name.is_empty() && is_number(id))
        };
        if let Some(id) = after("#") {
            letters.plain(&(self.channel)(id).map(|name| format!("#{name}")).unwrap_or_default());
        } else if let Some(time) = inner.strip_prefix("t:") {
            let seconds: i64 = time.split(':').next()?.parse().ok()?;
            letters.plain(&time::day(seconds.checked_mul(1000)?)?);
        } else if !(is_link
            || is_emoji()
            || inner.starts_with('/')
            || inner.starts_with("id:")
            || ["@!", "@&", "@"].iter().any(|begin| after(begin).is_some()))
        {
            return None;
        }
        Some(end + 1)
    }

    /// A link with a label: this is read as other text.
    fn link(&self, letters: &mut Letters, text: &str) -> Option<usize> {
        let (length, label, target) = link(text)?;
        if !links::is_bare(target, label) {
            // No link stands in a link.
            letters.text(label);
        }
        Some(length)
    }

    /// How long a mention is that begins here.
    fn mention(&self, text: &str) -> Option<usize> {
        let name = &text[1..];
        if let Some(known) = self.mentioned.iter().find(|known| name.starts_with(known.as_str())) {
            return Some(1 + known.len());
        }
        let length = match self.flavour {
            Flavour::Discord => {
                let all = ["everyone", "here"].into_iter().find(|all| name.starts_with(all));
                all.map_or(0, str::len)
            }
            Flavour::Mattermost | Flavour::Exported => {
                let end = name.find(|sign: char| !(sign.is_alphanumeric() || matches!(sign, '.' | '_' | '-')));
                name[..end.unwrap_or(name.len())].trim_end_matches(['.', '-']).len()
            }
        };
        (length > 0).then_some(1 + length)
    }
}

/// What a line holds.
enum Line<'l> {
    /// Words.
    Words(&'l str),
    /// A row of a table.
    Cells(&'l str),
    /// Nothing of who wrote it.
    Out,
    /// Neither that nor anything below it.
    AllOut,
}

/// Code within a line: its words stay.
fn code(letters: &mut Letters, text: &str) -> Option<usize> {
    let fence = text.len() - text.trim_start_matches('`').len();
    let end = ends(text, fence, '`').filter(|end| text[*end..].starts_with(&text[..fence]));
    match end {
        Some(end) => {
            letters.plain(&text[fence..end]);
            Some(end + fence)
        }
        None => {
            letters.plain(&text[..fence]);
            Some(fence)
        }
    }
}

/// A sign that is itself.
fn escaped(letters: &mut Letters, text: &str) -> Option<usize> {
    let sign = text[1..].chars().next().filter(char::is_ascii_punctuation)?;
    letters.plain(sign.encode_utf8(&mut [0; 4]));
    Some(2)
}

/// A channel of Mattermost's, which begins with a letter.
fn channel(letters: &mut Letters, text: &str) -> Option<usize> {
    let name = &text[1..];
    let end = name.find(|sign: char| !(sign.is_alphanumeric() || matches!(sign, '_' | '-'))).unwrap_or(name.len());
    // Behind a name that is struck through the mark stands twice, and before it, too.
    if !name.starts_with(char::is_alphabetic) || name[end..].starts_with('~') || letters.last() == Some('~') {
        return None;
    }
    letters.plain(&format!("#{}", &name[..end]));
    Some(1 + end)
}

/// `[label](target)`: how long it is, and both.
fn link(text: &str) -> Option<(usize, &str, &str)> {
    let label = ends(text, 1, ']')?;
    text[label + 1..].starts_with('(').then_some(())?;
    let end = ends(text, label + 2, ')')?;
    Some((end + 1, &text[1..label], &text[label + 2..end]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(flavour: Flavour, text: &str) -> String {
        let channel = |id: &str| (id == "11").then(|| "general".to_owned());
        let mentioned = ["Ann B.".to_owned(), "Ann".to_owned()];
        let words = Markdown { flavour, channel: &channel, mentioned: &mentioned }.words(text);
        words.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn mattermosts_marks_are_out_and_words_are_in() {
        for (text, right) in [
            (
                "**Too much** today, see [the plan](https://example.org/p) @u-ben ~town-square :sob:",
                "Too much today, see the plan #town-square \u{1f62d}",
            ),
            ("not *possible*, @u-anna. a@b.example ~~gone~~ ~5 h", "not possible, . a@b.example gone ~5 h"),
            ("> theirs\n\nmine\n| day | hours |\n|---|---|\n| Mon | 12 |", "mine day hours Mon 12"),
            ("# Head\n- one\n* two\n---\n- [x] three", "Head one two three"),
            ("`a_b *c*` ``x`` \\*no\\* 2*3*4 ![pic](https://example.org/p.png)", "a_b *c* x *no* 2*3*4"),
            ("```\nfn\n``` <https://example.org> 1 < 2 > 0", "1 < 2 > 0"),
        ] {
            assert_eq!(read(Flavour::Mattermost, text), right, "{text}");
        }
    }

    #[test]
    fn discords_marks_are_out_and_words_are_in() {
        for (text, right) in [
            (
                "Hi <@7>, <@!7> <@&7> look <#11> <#12> <:tired:7> <a:x:7> ||not well|| **really**",
                "Hi , look #general not well really",
            ),
            ("-# small <t:1772150400:R> @everyone </help:7>", "small 2026-02-27"),
            ("a >b\n>c\n> theirs\n>>> theirs\ntheirs", "a >b >c"),
            ("<3 you @work", "<3 you @work"),
        ] {
            assert_eq!(read(Flavour::Discord, text), right, "{text}");
        }
        assert_eq!(read(Flavour::Exported, "@Ann B. and @Ann, @ops :tired: ok"), "and , ok");
    }

    #[test]
    fn odd_text_is_read_in_no_more_than_its_time() {
        let begun = std::time::Instant::now();
        for sign in ["<", "`", "[", "![", "[a](", "~", "@", "\\", "||", "`` ` "] {
            let text = sign.repeat(100_000);
            assert!(read(Flavour::Discord, &text).len() <= text.len());
            assert!(read(Flavour::Mattermost, &text).len() <= text.len());
        }
        assert!(begun.elapsed().as_secs() < 120);
    }
}
