//! The form in which words are compared.

/// Small letters; accents of Latin and Greek letters, marks and apostrophes left out. Hyphens stay.
pub(super) fn fold(word: &str) -> String {
    let mut folded = String::with_capacity(word.len());
    for letter in word.chars() {
        if letter.is_ascii() && letter != '\'' {
            folded.push(letter.to_ascii_lowercase());
        } else if !is_apostrophe(letter) && !is_accent(letter) {
            letter.to_lowercase().for_each(|small| push_bare(small, &mut folded));
        }
    }
    folded
}

/// A letter and those that are it with an accent.
const ACCENTED: [(&str, &str); 37] = [
    ("a", "àáâãåāăąǎạảấầẩẫậắằẳẵặ"),
    ("a", "ä"),
    ("c", "çćĉċč"),
    ("d", "ďđ"),
    ("e", "èéêëēĕėęěẹẻẽếềểễệ"),
    ("g", "ĝğġģ"),
    ("h", "ĥħ"),
    ("i", "ìíîïĩīĭįıỉị"),
    ("j", "ĵ"),
    ("k", "ķ"),
    ("l", "ĺļľŀł"),
    ("n", "ñńņňŋ"),
    ("o", "òóôõōŏőơọỏốồổỗộớờởỡợ"),
    ("o", "öø"),
    ("r", "ŕŗř"),
    ("s", "śŝşšș"),
    ("t", "ţťŧț"),
    ("u", "ùúûũūŭůűųưụủứừửữự"),
    ("u", "ü"),
    ("w", "ŵ"),
    ("y", "ýÿŷỳỵỷỹ"),
    ("z", "źżž"),
    ("ss", "ß"),
    ("ae", "æ"),
    ("oe", "œ"),
    ("th", "þ"),
    ("d", "ð"),
    ("-", "‐‑"),
    ("α", "άἀἁ"),
    ("ε", "έἐἑ"),
    ("η", "ήἠἡ"),
    ("ι", "ίϊΐἰἱ"),
    ("ο", "όὀὁ"),
    ("υ", "ύϋΰὐὑ"),
    ("ω", "ώὠὡ"),
    ("σ", "ς"),
    ("е", "ё"),
];

fn push_bare(letter: char, folded: &mut String) {
    if is_accent(letter) {
        return;
    }
    let accented =
        matches!(letter, '\u{80}'..='\u{24f}' | '\u{370}'..='\u{3ff}' | '\u{1e00}'..='\u{1fff}' | 'ё' | '‐' | '‑');
    match ACCENTED.iter().find(|(_, letters)| accented && letters.contains(letter)) {
        Some((bare, _)) => folded.push_str(bare),
        None => folded.push(letter),
    }
}

pub(super) const fn is_apostrophe(letter: char) -> bool {
    matches!(letter, '\'' | '’' | 'ʼ' | '‘' | '＇')
}

/// Accents and points that stand behind their letter and may be left out.
const fn is_accent(letter: char) -> bool {
    matches!(letter, '\u{300}'..='\u{36f}' | '\u{591}'..='\u{5c7}' | '\u{64b}'..='\u{65f}' | '\u{200c}' | '\u{200d}')
}

/// These, and the vowel signs of Devanagari and Thai.
pub(super) const fn is_mark(letter: char) -> bool {
    is_accent(letter)
        || matches!(letter, '\u{900}'..='\u{903}' | '\u{93a}'..='\u{94f}' | '\u{e31}' | '\u{e34}'..='\u{e3a}' | '\u{e47}'..='\u{e4e}')
}
