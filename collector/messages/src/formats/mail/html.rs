//! From a page to the lines that a reader sees: no style, no script, no comment, nothing hidden; quotes as mail programs mark
//! them told apart. Tags need not be closed nor well nested: what is left out ends where as many of its own tags have ended as
//! began, and so a page takes one pass.

use super::entities::decoded;
use super::lines::Line;
use super::tags::{Attributes, Tag, next_tag};

/// What has no text that is seen, up to its end tag, whatever stands in it.
const RAW: [&str; 9] = ["style", "script", "title", "textarea", "xmp", "iframe", "noembed", "noframes", "template"];
/// What ends by itself.
const VOID: [&str; 14] =
    ["br", "img", "hr", "input", "meta", "link", "area", "base", "col", "embed", "param", "source", "track", "wbr"];
/// What begins a line.
const BLOCK: [&str; 38] = [
    "p",
    "div",
    "br",
    "hr",
    "li",
    "ul",
    "ol",
    "dl",
    "dt",
    "dd",
    "table",
    "thead",
    "tbody",
    "tfoot",
    "tr",
    "caption",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "blockquote",
    "pre",
    "body",
    "html",
    "head",
    "form",
    "fieldset",
    "center",
    "address",
    "section",
    "article",
    "header",
    "footer",
    "main",
    "nav",
    "aside",
];

/// The lines of a page.
pub(super) fn lines(page: &str) -> Vec<Line> {
    let mut reading = Page::default();
    let mut rest = page;
    while let Some((before, tag, behind)) = next_tag(rest) {
        reading.text(before);
        rest = behind;
        match tag {
            Tag::Start { name, attributes } => {
                if reading.start(&name, &attributes) == Then::Stop {
                    return reading.done();
                }
                if RAW.contains(&name.as_str()) {
                    rest = behind_end_of(&name, rest);
                }
            }
            Tag::End { name } => reading.end(&name),
            Tag::None(text) => reading.text(text),
        }
    }
    reading.text(rest);
    reading.done()
}

/// What follows the next end tag of a name; nothing where there is none.
fn behind_end_of<'p>(name: &str, page: &'p str) -> &'p str {
    let mut rest = page;
    while let Some(at) = rest.find("</") {
        rest = &rest[at + 2..];
        if rest.get(..name.len()).is_some_and(|own| own.eq_ignore_ascii_case(name)) {
            return rest.split_once('>').map_or("", |(_, behind)| behind);
        }
    }
    ""
}

#[derive(PartialEq, Eq)]
enum Then {
    GoOn,
    Stop,
}

/// What is left out up to its end.
struct LeftOut {
    name: String,
    open: usize,
    is_quote: bool,
}

/// What some programs wrap around a quote and the answers within it; without a quote inside it is one itself.
struct Wrapper {
    name: String,
    open: usize,
    from: usize,
    holds_a_quote: bool,
}

#[derive(Default)]
struct Page {
    lines: Vec<Line>,
    line: String,
    left_out: Option<LeftOut>,
    wrapper: Option<Wrapper>,
    pre: usize,
}

impl Page {
    fn text(&mut self, text: &str) {
        if self.left_out.is_some() {
            return;
        }
        for letter in decoded(text).chars() {
            if letter == '\n' && self.pre > 0 {
                self.end_line();
            } else if !letter.is_whitespace() {
                self.line.push(letter);
            } else if !self.line.is_empty() && !self.line.ends_with(' ') {
                self.line.push(' ');
            }
        }
    }

    fn end_line(&mut self) {
        let line = std::mem::take(&mut self.line);
        // The blank behind dashes tells a signature.
        let text = if line == "-- " { line.as_str() } else { line.trim_end() };
        if text.starts_with('>') {
            self.quote();
        } else if !text.is_empty() {
            self.lines.push(Line::Own(text.to_owned()));
        }
    }

    fn quote(&mut self) {
        if self.lines.last() != Some(&Line::Quoted) {
            self.lines.push(Line::Quoted);
        }
    }

    fn start(&mut self, name: &str, attributes: &Attributes) -> Then {
        let is_block = BLOCK.contains(&name);
        if let Some(left_out) = &mut self.left_out {
            // A paragraph ends where another block begins.
            if left_out.name == "p" && is_block && name != "br" {
                self.left_out = None;
            } else {
                left_out.open += usize::from(left_out.name == name);
                return Then::GoOn;
            }
        }
        if is_block {
            self.end_line();
        } else if matches!(name, "td" | "th") {
            self.text(" ");
        }
        if attributes.begins_the_rest() {
            self.end_line();
            self.lines.push(Line::Rest);
            return Then::Stop;
        }
        if VOID.contains(&name) {
            self.picture(name, attributes);
            return Then::GoOn;
        }
        let is_quote = attributes.is_quote(name);
        if is_quote || attributes.is_hidden() || attributes.is_no_text() {
            self.end_line();
            if is_quote {
                self.quote();
                if let Some(wrapper) = &mut self.wrapper {
                    wrapper.holds_a_quote = true;
                }
            }
            self.left_out = Some(LeftOut { name: name.to_owned(), open: 1, is_quote });
            return Then::GoOn;
        }
        self.pre += usize::from(name == "pre");
        match &mut self.wrapper {
            Some(wrapper) => wrapper.open += usize::from(wrapper.name == name),
            None if attributes.wraps_a_quote() => {
                self.end_line();
                let from = self.lines.len();
                self.wrapper = Some(Wrapper { name: name.to_owned(), open: 1, from, holds_a_quote: false });
            }
            None => {}
        }
        Then::GoOn
    }

    /// A picture of an emoji is one.
    fn picture(&mut self, name: &str, attributes: &Attributes) {
        let alt = decoded(&attributes.alt);
        let is_sign = |letter: char| !letter.is_alphanumeric() && !letter.is_ascii();
        if name == "img"
            && attributes.alt.len() <= 64
            && !alt.is_empty()
            && alt.chars().all(is_sign)
            && !attributes.is_hidden()
        {
            self.line.push_str(&alt);
        }
    }

    fn end(&mut self, name: &str) {
        if let Some(left_out) = &mut self.left_out {
            left_out.open -= usize::from(left_out.name == name);
            if left_out.open == 0 {
                let is_quote = left_out.is_quote;
                self.left_out = None;
                if is_quote {
                    self.quote();
                }
            }
            return;
        }
        if name == "pre" {
            self.pre = self.pre.saturating_sub(1);
        }
        if BLOCK.contains(&name) {
            self.end_line();
        }
        if let Some(wrapper) = self.wrapper.as_mut().filter(|wrapper| wrapper.name == name) {
            wrapper.open -= 1;
            if wrapper.open == 0 {
                self.end_wrapper();
            }
        }
    }

    fn end_wrapper(&mut self) {
        self.end_line();
        if let Some(wrapper) = self.wrapper.take().filter(|wrapper| !wrapper.holds_a_quote) {
            self.lines.truncate(wrapper.from);
            self.quote();
        }
    }

    fn done(mut self) -> Vec<Line> {
        let rest = self.lines.pop_if(|line| *line == Line::Rest);
        self.end_wrapper();
        self.lines.extend(rest);
        self.lines
    }
}
