//! Lines of a mail, and of plain text to them.

/// A line, as far as its form alone tells whose it is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Line {
    /// Perhaps the writer's.
    Own(String),
    /// A quote stands here.
    Quoted,
    /// From here on nothing is the writer's.
    Rest,
}

/// How lines that go on are marked.
#[derive(Clone, Copy)]
pub(super) enum Flow {
    /// They aren't.
    Fixed,
    /// By a blank at the end, which belongs to the text.
    Flowed,
    /// By a blank at the end, which does not.
    Delsp,
}

/// The lines of plain text. What is sealed in the text is left out, and the marks of a signed text are.
pub(super) fn plain(text: &str, flow: Flow) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    let mut goes_on = false;
    for line in without_armour(text) {
        if is_quote(line) {
            lines.push(Line::Quoted);
            goes_on = false;
            continue;
        }
        let (content, next_goes_on) = match flow {
            Flow::Fixed => (line, false),
            Flow::Flowed | Flow::Delsp => {
                let content = line.strip_prefix(' ').unwrap_or(line);
                let soft = content.ends_with(' ') && content != "-- ";
                (if soft && matches!(flow, Flow::Delsp) { &content[..content.len() - 1] } else { content }, soft)
            }
        };
        match lines.last_mut() {
            Some(Line::Own(last)) if goes_on && content != "-- " => last.push_str(content),
            _ => lines.push(Line::Own(content.to_owned())),
        }
        goes_on = next_goes_on;
    }
    lines
}

fn is_quote(line: &str) -> bool {
    line.starts_with('>')
}

/// The lines of a text without the blocks that OpenPGP wraps in dashes.
fn without_armour(text: &str) -> impl Iterator<Item = &str> {
    let (mut sealed, mut head) = (false, false);
    text.lines().filter(move |line| {
        let mark = line.trim_end();
        if mark.starts_with("-----BEGIN PGP ") && mark.ends_with("-----") {
            head = mark == "-----BEGIN PGP SIGNED MESSAGE-----";
            sealed = !head;
            return false;
        }
        if mark.starts_with("-----END PGP ") && mark.ends_with("-----") {
            sealed = false;
            return false;
        }
        if head {
            head = !mark.is_empty();
            return false;
        }
        !sealed
    })
}

/// Cuts the signature of a part: from `-- ` to its end, or to a quote below it. Without the blank, which some programs lose, it
/// must be short.
pub(super) fn cut_signature(lines: &mut Vec<Line>) {
    const SHORT: usize = 8;
    let own = |line: &Line| match line {
        Line::Own(text) => Some(!text.trim().is_empty()),
        _ => None,
    };
    let mut at = 0;
    while at < lines.len() {
        let dashes = matches!(&lines[at], Line::Own(text) if text.trim_end() == "--");
        if dashes {
            let surely = matches!(&lines[at], Line::Own(text) if text.starts_with("-- "));
            let end = lines[at..].iter().position(|line| own(line).is_none()).map_or(lines.len(), |length| at + length);
            let words = lines[at + 1..end].iter().filter(|line| own(line) == Some(true)).count();
            if surely || words <= SHORT {
                lines.drain(at..end);
            } else {
                // None of the lines up to there is looked at from again: what is long here is no shorter elsewhere by much.
                at = end;
            }
        }
        at += 1;
    }
}
