//! Words by which programs tell in many languages whose text follows. All in lower case.

/// What a line of the head of an old mail tells.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Label {
    From,
    Sent,
    To,
    Copy,
    Subject,
}

/// Names of the fields as Outlook and others translate them: English, German, French, Spanish, Italian, Portuguese, Danish and
/// Norwegian, Swedish, Dutch, Finnish, Polish, Czech, Russian, Turkish, Chinese, Japanese.
const LABELS: [(Label, &[&str]); 5] = [
    (
        Label::From,
        &[
            "from",
            "von",
            "de",
            "da",
            "fra",
            "från",
            "van",
            "lähettäjä",
            "od",
            "от",
            "kimden",
            "gönderen",
            "发件人",
            "寄件者",
            "差出人",
        ],
    ),
    (
        Label::Sent,
        &[
            "sent",
            "date",
            "gesendet",
            "datum",
            "envoyé",
            "enviado",
            "enviado el",
            "enviada em",
            "enviado em",
            "fecha",
            "inviato",
            "data",
            "sendt",
            "dato",
            "skickat",
            "verzonden",
            "lähetetty",
            "päivämäärä",
            "wysłano",
            "odesláno",
            "отправлено",
            "дата",
            "tarih",
            "发送时间",
            "日期",
            "送信日時",
        ],
    ),
    (
        Label::To,
        &[
            "to",
            "an",
            "à",
            "a",
            "para",
            "til",
            "till",
            "aan",
            "vastaanottaja",
            "do",
            "komu",
            "кому",
            "kime",
            "收件人",
            "宛先",
        ],
    ),
    (Label::Copy, &["cc", "bcc", "kopie", "kopi", "kopia", "copie", "копия", "抄送"]),
    (
        Label::Subject,
        &[
            "subject",
            "betreff",
            "objet",
            "asunto",
            "oggetto",
            "assunto",
            "emne",
            "ämne",
            "onderwerp",
            "aihe",
            "temat",
            "předmět",
            "тема",
            "konu",
            "主题",
            "主旨",
            "件名",
        ],
    ),
];

/// What follows is an old mail, where dashes stand around it; the first are also told from it by the colon behind.
const OLD_MAIL: [&str; 33] = [
    "begin forwarded message",
    "anfang der weitergeleiteten nachricht",
    "anfang der weitergeleiteten e-mail",
    "début du message transféré",
    "début du message réexpédié",
    "inicio del mensaje reenviado",
    "inizio messaggio inoltrato",
    "start van doorgestuurd bericht",
    "forwarded message",
    "original message",
    "original appointment",
    "ursprüngliche nachricht",
    "ursprünglicher termin",
    "originalnachricht",
    "weitergeleitete nachricht",
    "message d'origine",
    "message d’origine",
    "message original",
    "message transféré",
    "mensaje original",
    "mensaje reenviado",
    "messaggio originale",
    "messaggio inoltrato",
    "mensagem original",
    "mensagem encaminhada",
    "oprindelig meddelelse",
    "original besked",
    "opprinnelig melding",
    "videresendt meddelelse",
    "ursprungligt meddelande",
    "vidarebefordrat meddelande",
    "oorspronkelijk bericht",
    "doorgestuurd bericht",
];
/// How many of them stand without dashes.
const WITHOUT_DASHES: usize = 8;

/// Somebody wrote.
const WROTE: [&str; 26] = [
    "wrote",
    "writes",
    "schrieb",
    "schrieben",
    "schreibt",
    "écrit",
    "escribió",
    "escribio",
    "scritto",
    "escreveu",
    "skrev",
    "schreef",
    "kirjoitti",
    "napisał",
    "napisał(a)",
    "napisała",
    "napsal",
    "napsal(a)",
    "написал",
    "написала",
    "пишет",
    "yazdı",
    "写道",
    "寫道",
    "書きました",
    "scris",
];

/// How the line above a quote begins.
const OPENERS: [&str; 14] =
    ["on ", "am ", "le ", "el ", "il ", "em ", "den ", "op ", "på ", "dnia ", "w dniu ", "dne ", "pe ", "在"];

/// Lines that telephones put below what is written on them: how they begin, and what is written on.
const SENT_FROM: [&str; 9] = [
    "sent from my ",
    "sent from ",
    "get outlook for ",
    "von meinem ",
    "gesendet von ",
    "envoyé de mon ",
    "envoyé depuis ",
    "enviado desde mi ",
    "inviato da ",
];
const MACHINES: [&str; 12] = [
    "iphone",
    "ipad",
    "android",
    "galaxy",
    "samsung",
    "huawei",
    "pixel",
    "outlook",
    "blackberry",
    "smartphone",
    "mobile phone",
    "windows",
];

/// Longer lines are not looked at.
pub(super) const LONGEST: usize = 400;

/// What field of an old mail's head a line tells.
pub(super) fn label(line: &str) -> Option<Label> {
    let is_mark = |letter: char| letter.is_whitespace() || matches!(letter, '*' | '_');
    let line = line.trim_start_matches(is_mark);
    let colon = line.char_indices().take(32).find(|(_, letter)| matches!(letter, ':' | '：'))?.0;
    let name = line[..colon].trim_end_matches(is_mark).to_lowercase();
    LABELS.iter().find(|(_, names)| names.contains(&name.as_str())).map(|(label, _)| *label)
}

/// Whether a line says that an old mail stands below it.
pub(super) fn announces_an_old_mail(line: &str) -> bool {
    let line = line.trim();
    if line.len() > LONGEST {
        return false;
    }
    let dashes = line.starts_with("--") && line.ends_with("--");
    let name = line.trim_matches(|letter: char| letter == '-' || letter.is_whitespace()).to_lowercase();
    let announced = |known: &[&str], name: &str| known.contains(&name);
    (dashes && announced(&OLD_MAIL, &name))
        || name.strip_suffix(':').is_some_and(|name| announced(&OLD_MAIL[..WITHOUT_DASHES], name.trim_end()))
}

/// Whether a line is only drawn: underscores and the like.
pub(super) fn is_rule(line: &str) -> bool {
    let line = line.trim();
    line.len() >= 5 && line.len() <= LONGEST && line.bytes().all(|byte| matches!(byte, b'_' | b'-' | b'=' | b'*'))
}

/// Whether a line above a quote says whose it is.
pub(super) fn introduces_a_quote(line: &str) -> bool {
    let Some(sentence) = sentence(line) else { return false };
    let dated = sentence.bytes().any(|byte| byte.is_ascii_digit());
    let address = sentence.contains('@');
    (wrote(&sentence) && (dated || address || sentence.len() <= 80)) || (dated && address)
}

/// Whether a line says so even if what follows is not marked as a quote: who, where and when.
pub(super) fn surely_introduces_a_quote(line: &str) -> bool {
    let Some(sentence) = sentence(line).filter(|sentence| opens(sentence)) else { return false };
    let digits = |count: usize| sentence.split(|letter: char| !letter.is_ascii_digit()).any(|run| run.len() == count);
    let day = digits(4) || (digits(2) && sentence.matches('.').count() > 1);
    wrote(&sentence) && day && (sentence.contains('@') || has_a_clock(&sentence))
}

/// Whether a line may be the first of those above a quote.
pub(super) fn opens(line: &str) -> bool {
    let line = line.trim_start().to_lowercase();
    OPENERS.iter().any(|opener| line.starts_with(opener)) || line.starts_with(|letter: char| letter.is_ascii_digit())
}

/// A line in lower case, if it is short and ends as one that introduces does.
fn sentence(line: &str) -> Option<String> {
    let line = line.trim();
    (line.len() <= LONGEST && line.ends_with([':', '：'])).then(|| line.to_lowercase())
}

fn wrote(sentence: &str) -> bool {
    WROTE.iter().any(|verb| {
        sentence.match_indices(verb).any(|(at, _)| {
            let apart = |letter: Option<char>| letter.is_none_or(|letter| !letter.is_alphabetic());
            let wide = verb.chars().all(|letter| u32::from(letter) > 0x2e80);
            wide || (apart(sentence[..at].chars().next_back()) && apart(sentence[at + verb.len()..].chars().next()))
        })
    })
}

fn has_a_clock(sentence: &str) -> bool {
    let digit = |byte: &u8| byte.is_ascii_digit();
    sentence
        .as_bytes()
        .windows(4)
        .any(|four| digit(&four[0]) && matches!(four[1], b':' | b'.' | b'h') && digit(&four[2]) && digit(&four[3]))
}

/// Whether a telephone wrote a line.
pub(super) fn is_of_a_telephone(line: &str) -> bool {
    let line = line.trim();
    line.len() <= 60 && {
        let line = line.to_lowercase();
        SENT_FROM.iter().any(|begin| line.starts_with(begin)) && MACHINES.iter().any(|machine| line.contains(machine))
    }
}
