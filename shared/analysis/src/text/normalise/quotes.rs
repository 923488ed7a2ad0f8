/// How many lines the head of a quoted reply may be wrapped over, and how long it may be.
const HEAD_LINES: usize = 3;
const HEAD_BYTES: usize = 400;
/// How many lines of a block of headers are looked at.
const BLOCK_LINES: usize = 7;

/// What the line above an old message says between its dashes.
const DIVIDERS: [&str; 11] = [
    "original message",
    "original appointment",
    "ursprüngliche nachricht",
    "message d'origine",
    "mensaje original",
    "messaggio originale",
    "forwarded message",
    "weitergeleitete nachricht",
    "message transféré",
    "mensaje reenviado",
    "messaggio inoltrato",
];
/// How the head of a quoted reply begins and ends: English, German, French, Spanish, Italian.
const HEADS: [(&str, &[&str]); 5] = [
    ("On ", &["wrote:"]),
    ("Am ", &["schrieb:", "schrieb "]),
    ("Le ", &["écrit :", "écrit:"]),
    ("El ", &["escribió:"]),
    ("Il ", &["scritto:"]),
];
const SENDERS: [&str; 5] = ["From", "Von", "De", "Da", "Fra"];
const HEADERS: [&str; 24] = [
    "Sent",
    "Date",
    "To",
    "Cc",
    "Subject",
    "Gesendet",
    "Datum",
    "An",
    "Betreff",
    "Envoyé",
    "À",
    "Objet",
    "Enviado",
    "Enviado el",
    "Fecha",
    "Para",
    "Asunto",
    "Inviato",
    "Data",
    "A",
    "Oggetto",
    "Sendt",
    "Til",
    "Emne",
];

/// The lines that are no quote and no head of one, and stand above no older message.
pub(super) fn own_lines(text: &str) -> Vec<&str> {
    let lines: Vec<&str> = text.lines().collect();
    let mut own = Vec::with_capacity(lines.len());
    let mut at = 0;
    while let Some(rest) = lines.get(at..).filter(|rest| !rest.is_empty()) {
        if is_divider(rest[0]) || is_header_block(rest) {
            break;
        }
        match head(rest) {
            Some(Head { lines, then: Then::Quote }) => at += lines,
            Some(Head { then: Then::Older, .. }) => break,
            None => {
                if !is_quote(rest[0]) && !is_rule(rest[0]) {
                    own.push(rest[0]);
                }
                at += 1;
            }
        }
    }
    own
}

struct Head {
    lines: usize,
    then: Then,
}

/// What follows the head of a quoted reply: marked lines, which are cut one by one, since answers may stand between them; or all of
/// the older message.
enum Then {
    Quote,
    Older,
}

fn head(lines: &[&str]) -> Option<Head> {
    let first = lines[0].trim_start();
    let (_, ends) = HEADS.iter().find(|(begin, _)| first.starts_with(*begin))?;
    let mut joined = String::new();
    for (count, line) in (1..=HEAD_LINES).zip(lines) {
        if line.trim().is_empty() || joined.len() + line.len() > HEAD_BYTES {
            return None;
        }
        if count > 1 {
            joined.push(' ');
        }
        joined.push_str(line.trim());
        let names_verb = ends.iter().any(|end| {
            // In German the name stands behind the verb.
            if end.ends_with(' ') { joined.contains(*end) } else { joined.ends_with(*end) }
        });
        if joined.ends_with(':') && names_verb {
            let then = follows(&joined, &lines[count..])?;
            return Some(Head { lines: count, then });
        }
    }
    None
}

/// People tell what somebody wrote, too. A head has a date, and where no marked line follows it a time or an address.
fn follows(head: &str, behind: &[&str]) -> Option<Then> {
    let next = behind.iter().find(|line| !line.trim().is_empty())?;
    if is_quote(next) {
        return head.contains(|c: char| c.is_ascii_digit()).then_some(Then::Quote);
    }
    let bytes = head.as_bytes();
    let time = bytes.windows(3).any(|it| it[0].is_ascii_digit() && it[1] == b':' && it[2].is_ascii_digit());
    (time || head.contains('@')).then_some(Then::Older)
}

/// `>` at the beginning, as mail and most chats have it, and as Slack writes it; not a face such as `>:(` nor a number (`>100 calls`).
fn is_quote(line: &str) -> bool {
    let line = line.trim_start();
    let Some(rest) = line.strip_prefix('>').or_else(|| line.strip_prefix("&gt;")) else { return false };
    rest.chars()
        .next()
        .is_none_or(|c| c.is_whitespace() || c.is_alphabetic() || matches!(c, '>' | '&' | '"' | '\'' | '*'))
}

/// A line across, made of one sign.
fn is_rule(line: &str) -> bool {
    let line = line.trim();
    line.len() >= 5 && (line.bytes().all(|b| b == b'_') || line.bytes().all(|b| b == b'-'))
}

fn is_divider(line: &str) -> bool {
    let line = line.trim();
    if !line.starts_with("---") || line.len() > HEAD_BYTES {
        return false;
    }
    let said = line.trim_matches(|c: char| c == '-' || c.is_whitespace()).to_lowercase();
    DIVIDERS.contains(&said.as_str())
}

/// The headers of an older message, as Outlook puts them: who sent it, and two more behind.
fn is_header_block(lines: &[&str]) -> bool {
    if !header(lines[0]).is_some_and(|name| SENDERS.contains(&name)) {
        return false;
    }
    let block = lines[1..].iter().take(BLOCK_LINES).take_while(|line| !line.trim().is_empty());
    block.filter(|line| header(line).is_some_and(|name| HEADERS.contains(&name))).count() >= 2
}

fn header(line: &str) -> Option<&str> {
    let (name, _) = line.split_once(':')?;
    Some(name.trim_matches(|c: char| c == '*' || c.is_whitespace()))
}
