//! Words torn apart ("n o t  l i v e", "d.i.e", "sui cide") made whole again.

use super::{letters::Raw, lexicon::Lexicon};

type Words = Vec<Vec<char>>;

/// So many letters that stand alone, one after the other, are no longer chance.
const FEWEST: usize = 3;
const MOST: usize = 200;

pub(super) fn mend(lexicon: &Lexicon, raw: Vec<Raw>) -> Vec<Raw> {
    let mut all = Vec::with_capacity(raw.len());
    let mut place = 0;
    while place < raw.len() {
        if let Some((words, next)) = letters(lexicon, &raw, place) {
            match words {
                Some(words) => {
                    for word in words {
                        all.push(Raw::Word(word, false));
                        all.push(Raw::Blank(1, false));
                    }
                }
                None => all.extend_from_slice(&raw[place..next]),
            }
            place = next;
        } else if let Some(whole) = halves(lexicon, &raw, place) {
            all.push(Raw::Word(whole, false));
            place += 3;
        } else {
            all.push(raw[place].clone());
            place += 1;
        }
    }
    all
}

/// A run of single letters with a mark or blank between them, where it ends, and the words that it is, if it is words.
/// Wider gaps are gaps between words.
fn letters(lexicon: &Lexicon, raw: &[Raw], from: usize) -> Option<(Option<Words>, usize)> {
    let Some(Raw::Word(first, _)) = raw.get(from) else { return None };
    if first.len() != 1 {
        return None;
    }
    let mut groups = vec![vec![first[0]]];
    let mut place = from + 1;
    let mut count = 1;
    while count < MOST {
        let mut next = place;
        let mut wide = false;
        let mut between = None;
        while let Some(piece) = raw.get(next) {
            match piece {
                Raw::Blank(blanks, line) => {
                    wide |= *blanks > 1 || *line || between.is_some();
                    between = between.or(Some(' '));
                }
                Raw::Mark(mark @ ('.' | '-' | '_' | '*' | '/' | '\u{b7}')) => {
                    between = Some(*mark);
                }
                _ => break,
            }
            next += 1;
        }
        let (Some(Raw::Word(one, _)), Some(_)) = (raw.get(next), between) else { break };
        if one.len() != 1 {
            break;
        }
        if wide {
            groups.push(Vec::new());
        }
        if let Some(group) = groups.last_mut() {
            group.push(one[0]);
        }
        count += 1;
        place = next + 1;
    }
    if count < FEWEST {
        return None;
    }
    let known = |word: &[char]| is_known(lexicon, word);
    if groups.len() > 1 && groups.iter().all(|group| known(group)) {
        return Some((Some(groups), place));
    }
    Some((split(lexicon, &groups.concat()), place))
}

fn is_known(lexicon: &Lexicon, word: &[char]) -> bool {
    let text: String = word.iter().collect();
    lexicon.word(&text).is_some() || lexicon.spelling(&text).is_some()
}

/// The fewest known words that these letters are.
fn split(lexicon: &Lexicon, letters: &[char]) -> Option<Words> {
    const LONGEST: usize = 14;
    let mut best: Vec<Option<(usize, usize)>> = vec![None; letters.len() + 1];
    best[0] = Some((0, 0));
    for end in 1..=letters.len() {
        for start in end.saturating_sub(LONGEST)..end {
            let Some((count, _)) = best[start] else { continue };
            let single = end - start == 1;
            let fits =
                if single { matches!(letters[start], 'i' | 'a') } else { is_known(lexicon, &letters[start..end]) };
            if fits && best[end].is_none_or(|(fewest, _)| count + 1 < fewest) {
                best[end] = Some((count + 1, start));
            }
        }
    }
    let (count, _) = best[letters.len()]?;
    if count * 2 > letters.len() {
        return None;
    }
    let mut words = Vec::new();
    let mut end = letters.len();
    while end > 0 {
        let (_, start) = best[end]?;
        words.push(letters[start..end].to_vec());
        end = start;
    }
    words.reverse();
    Some(words)
}

/// Two pieces that are no words, and one word together.
fn halves(lexicon: &Lexicon, raw: &[Raw], place: usize) -> Option<Vec<char>> {
    let [Raw::Word(a, _), between, Raw::Word(b, _), ..] = raw.get(place..)? else { return None };
    let torn = matches!(between, Raw::Blank(1, false) | Raw::Mark('.' | '-' | '_' | '*'));
    if !torn || a.len() + b.len() > 14 || is_known(lexicon, a) || is_known(lexicon, b) {
        return None;
    }
    let whole: Vec<char> = a.iter().chain(b).copied().collect();
    let text: String = whole.iter().collect();
    let is_key = lexicon.word(&text).is_some_and(|word| lexicon.is_key(word));
    is_key.then_some(whole)
}
