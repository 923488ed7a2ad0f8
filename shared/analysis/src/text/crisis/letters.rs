//! Letters brought into one form, so that a sign is found however it is typed.

/// What a text is made of before its words are known.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Raw {
    /// Letters, and whether it began with a capital.
    Word(Vec<char>, bool),
    /// Blanks, how many, and whether a line ended.
    Blank(usize, bool),
    Mark(char),
}

/// One letter in small, plain form: marks that nobody sees fall away, accents too, umlauts become two letters, and
/// letters of other alphabets of signs (full width, mathematical, in circles) become the ones they stand for.
pub(super) fn fold(letter: char, out: &mut Vec<char>) {
    let code = u32::from(letter);
    match letter {
        '\u{ad}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2064}' => {}
        '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{0}' => {}
        '\u{308}' if matches!(out.last(), Some('a' | 'o' | 'u')) => out.push('e'),
        '\u{300}'..='\u{36f}' => {}
        '\u{2018}' | '\u{2019}' | '\u{201b}' | '\u{2bc}' | '\u{2032}' | '\u{b4}' | '`' | '\u{ff07}' => out.push('\''),
        '\u{ff01}'..='\u{ff5e}' => out.extend(char::from_u32(code - 0xfee0).map(|c| c.to_ascii_lowercase())),
        '\u{1d400}'..='\u{1d6a3}' => {
            let place = (code - 0x1d400) % 26;
            out.extend(char::from_u32(u32::from('a') + place));
        }
        '\u{24b6}'..='\u{24e9}' => out.extend(char::from_u32(u32::from('a') + (code - 0x24b6) % 26)),
        _ if letter.is_ascii() => out.push(letter.to_ascii_lowercase()),
        _ => {
            for small in letter.to_lowercase() {
                match plain(small) {
                    "" => out.push(small),
                    letters => out.extend(letters.chars()),
                }
            }
        }
    }
}

fn plain(letter: char) -> &'static str {
    match letter {
        'ä' | 'æ' => "ae",
        'ö' | 'œ' => "oe",
        'ü' => "ue",
        'ß' => "ss",
        'à' | 'á' | 'â' | 'ã' | 'å' | 'ā' | 'ă' | 'ą' => "a",
        'ç' | 'ć' | 'č' => "c",
        'è' | 'é' | 'ê' | 'ë' | 'ē' | 'ę' | 'ě' => "e",
        'ì' | 'í' | 'î' | 'ï' | 'ī' | 'ı' => "i",
        'ł' => "l",
        'ñ' | 'ń' | 'ň' => "n",
        'ò' | 'ó' | 'ô' | 'õ' | 'ø' | 'ő' => "o",
        'ś' | 'š' | 'ş' => "s",
        'ù' | 'ú' | 'û' | 'ů' | 'ű' => "u",
        'ý' | 'ÿ' => "y",
        'ź' | 'ż' | 'ž' => "z",
        _ => "",
    }
}

/// The Latin letter that a Greek or Cyrillic one looks like; used only in words that hold Latin letters too.
pub(super) fn twin(letter: char) -> char {
    match letter {
        'а' | 'α' => 'a',
        'с' => 'c',
        'е' | 'ε' => 'e',
        'і' | 'ι' => 'i',
        'о' | 'ο' => 'o',
        'р' | 'ρ' => 'p',
        'ѕ' => 's',
        'υ' => 'u',
        'х' => 'x',
        'у' => 'y',
        other => other,
    }
}

/// The letter that a digit or a mark is typed for.
pub(super) fn leet(mark: char) -> char {
    match mark {
        '0' => 'o',
        '1' | '!' | '|' => 'i',
        '3' => 'e',
        '4' | '@' => 'a',
        '5' | '$' => 's',
        '7' => 't',
        other => other,
    }
}

/// Whether one text can be made of another by so few insertions, losses, exchanges and swaps of neighbours.
pub(super) fn near(a: &[char], b: &[char], most: usize) -> bool {
    if a.len().abs_diff(b.len()) > most {
        return false;
    }
    let mut before: Vec<usize> = Vec::new();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut next = vec![i + 1];
        for (j, y) in b.iter().enumerate() {
            let mut cost = (row[j] + usize::from(x != y)).min(row[j + 1] + 1).min(next[j] + 1);
            if i > 0 && j > 0 && *x == b[j - 1] && a[i - 1] == *y {
                cost = cost.min(before[j - 1] + 1);
            }
            next.push(cost);
        }
        before = std::mem::replace(&mut row, next);
    }
    row[b.len()] <= most
}
