//! Words out of a few: what they are here, and what others say for them.

use crate::rows::{Award, Feedback, Judgement, LeaveKind, Zone};

/// The words of a column, in the order of what they stand for.
#[derive(Debug)]
pub(crate) struct Words {
    pub(crate) ours: &'static [&'static str],
    /// Others' words in small letters, and which of ours each is. They have to be confirmed.
    also: &'static [(&'static str, usize)],
}

/// What a word is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Found {
    Ours(usize),
    Others(usize),
    Unknown,
}

impl Words {
    /// What a word is that [`super::text::folded`] has left.
    pub(crate) fn find(&self, folded: &str) -> Found {
        match self.ours.iter().position(|word| word.eq_ignore_ascii_case(folded)) {
            Some(which) => Found::Ours(which),
            None => {
                let other = self.also.iter().find(|(word, _)| *word == folded);
                other.map_or(Found::Unknown, |&(_, which)| Found::Others(which))
            }
        }
    }
}

pub(crate) static LEAVE: Words = Words {
    ours: &["Annual Leave", "Casual Leave", "Sick Leave", "Unpaid Leave"],
    also: &[
        ("annual", 0),
        ("vacation", 0),
        ("holiday", 0),
        ("urlaub", 0),
        ("jahresurlaub", 0),
        ("erholungsurlaub", 0),
        ("congé annuel", 0),
        ("congés payés", 0),
        ("casual", 1),
        ("sonderurlaub", 1),
        ("sick", 2),
        ("sickness", 2),
        ("krank", 2),
        ("krankheit", 2),
        ("krankmeldung", 2),
        ("congé maladie", 2),
        ("maladie", 2),
        ("unpaid", 3),
        ("unbezahlter urlaub", 3),
        ("unbezahlt", 3),
        ("congé sans solde", 3),
    ],
};

/// What the words of [`LEAVE`] stand for.
pub(crate) const LEAVES: [LeaveKind; 4] = [LeaveKind::Annual, LeaveKind::Casual, LeaveKind::Sick, LeaveKind::Unpaid];

pub(crate) static FEEDBACK: Words = Words {
    ours: &["Poor", "Average", "Good", "Excellent"],
    also: &[
        ("mangelhaft", 0),
        ("schlecht", 0),
        ("mauvais", 0),
        ("durchschnittlich", 1),
        ("mittel", 1),
        ("moyen", 1),
        ("gut", 2),
        ("bon", 2),
        ("ausgezeichnet", 3),
        ("hervorragend", 3),
        ("sehr gut", 3),
        ("excellente", 3),
    ],
};

/// What the words of [`FEEDBACK`] stand for.
pub(crate) const FEEDBACKS: [Feedback; 4] = [Feedback::Poor, Feedback::Average, Feedback::Good, Feedback::Excellent];

pub(crate) static JUDGEMENT: Words = Words {
    ours: &["Needs Improvement", "Meets Expectations", "Exceeds Expectations"],
    also: &[
        ("verbesserungsbedarf", 0),
        ("verbesserungswürdig", 0),
        ("erfüllt erwartungen", 1),
        ("erfüllt die erwartungen", 1),
        ("übertrifft erwartungen", 2),
        ("übertrifft die erwartungen", 2),
    ],
};

/// What the words of [`JUDGEMENT`] stand for.
pub(crate) const JUDGEMENTS: [Judgement; 3] = [Judgement::NeedsImprovement, Judgement::Meets, Judgement::Exceeds];

pub(crate) static AWARD: Words = Words {
    ours: &["Best Team Player", "Innovation Award", "Leadership Excellence", "Star Performer"],
    also: &[("bester teamplayer", 0), ("innovationspreis", 1), ("führungsexzellenz", 2), ("starperformer", 3)],
};

/// What the words of [`AWARD`] stand for.
pub(crate) const AWARDS: [Award; 4] = [Award::TeamPlayer, Award::Innovation, Award::Leadership, Award::Star];

pub(crate) static ZONE: Words = Words {
    ours: &[
        "Frustrated Zone",
        "Sad Zone",
        "Leaning to Sad Zone",
        "Neutral Zone (OK)",
        "Leaning to Happy Zone",
        "Happy Zone",
        "Excited Zone",
    ],
    also: &[],
};

/// What the words of [`ZONE`] stand for.
pub(crate) const ZONES: [Zone; 7] =
    [Zone::Frustrated, Zone::Sad, Zone::LeaningToSad, Zone::Neutral, Zone::LeaningToHappy, Zone::Happy, Zone::Excited];

/// Yes or no in the languages of spreadsheets; none where it is not clear.
pub(crate) fn yes_or_no(folded: &str) -> Option<bool> {
    const YES: [&str; 23] = [
        "true",
        "yes",
        "y",
        "1",
        "wahr",
        "ja",
        "j",
        "vrai",
        "oui",
        "verdadero",
        "sí",
        "si",
        "vero",
        "waar",
        "sim",
        "verdadeiro",
        "prawda",
        "tak",
        "sand",
        "sant",
        "sann",
        "tosi",
        "kyllä",
    ];
    const NO: [&str; 19] = [
        "false", "no", "n", "0", "falsch", "nein", "faux", "non", "falso", "onwaar", "nee", "não", "fałsz", "nie",
        "falsk", "falskt", "usann", "epätosi", "nej",
    ];
    match (YES.contains(&folded), NO.contains(&folded)) {
        (true, _) => Some(true),
        (_, true) => Some(false),
        _ => None,
    }
}

/// Whether text stands for "no value".
pub(crate) fn is_missing(plain: &str) -> bool {
    const WORDS: [&str; 16] =
        ["", "n/a", "na", "n.a.", "#n/a", "#nv", "null", "none", "nil", "-", "–", "—", "--", ".", "(blank)", "k.a."];
    // None of them is longer, and each cell is asked.
    plain.len() <= 7 && WORDS.iter().any(|word| word.eq_ignore_ascii_case(plain))
}

/// Whether text is an error of Excel. What only says "not available" is none.
pub(crate) fn is_error(plain: &str) -> bool {
    const ERRORS: [&str; 18] = [
        "#REF!",
        "#DIV/0!",
        "#VALUE!",
        "#NAME?",
        "#NUM!",
        "#NULL!",
        "#SPILL!",
        "#CALC!",
        "#BEZUG!",
        "#WERT!",
        "#ZAHL!",
        "#VALEUR!",
        "#NOM?",
        "#NOMBRE!",
        "#FIELD!",
        "#BLOCKED!",
        "#UNKNOWN!",
        "#GETTING_DATA",
    ];
    plain.starts_with('#') && ERRORS.contains(&plain.to_uppercase().as_str())
}

/// Whether a row's first text says that it holds a total of others, and no employee.
pub(crate) fn is_total(folded: &str) -> bool {
    const WHOLE: [&str; 20] = [
        "total",
        "totals",
        "grand total",
        "subtotal",
        "sum",
        "average",
        "mean",
        "count",
        "min",
        "max",
        "summe",
        "gesamt",
        "gesamtsumme",
        "gesamtergebnis",
        "ergebnis",
        "mittelwert",
        "durchschnitt",
        "anzahl",
        "somme",
        "moyenne",
    ];
    const LAST: [&str; 9] =
        [" total", " subtotal", " sum", " average", " count", " ergebnis", " summe", " mittelwert", " gesamt"];
    let folded = folded.trim_end_matches([':', ' ']);
    WHOLE.contains(&folded)
        || LAST.iter().any(|end| folded.ends_with(end))
        || ["total ", "sum ", "summe ", "gesamt "].iter().any(|start| folded.starts_with(start))
}
