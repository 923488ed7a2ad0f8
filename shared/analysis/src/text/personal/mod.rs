//! Personal details, replaced by their kind and number.
//!
//! Every kind has its own scanner. Each reads the text once, says where a detail may be and checks it (a sum, a length, a word
//! beside it); of two readings of one place the longer is taken, then the earlier. No scanner goes back over a text, so that
//! the work grows with its length. What the lists and rules do not know stays: how much that is, is measured on `lines.tsv`.
//!
//! | kind | module |
//! |---|---|
//! | people | [`person`] by the lists of [`names`] and the [`cues`] around them; other scripts [`scripts`]; by no list [`unlisted`] |
//! | mail, links, handles, machines | [`mail`], [`url`], [`handle`], [`ip`] |
//! | telephones, written and spoken | [`phone`], [`spoken`] |
//! | cards, accounts | [`card`], [`iban`] |
//! | homes, births | [`address`] with [`places`], [`birth`] |
//! | customers' and employees' numbers, firms that are clients | [`number`], [`company`] |

mod address;
mod birth;
mod card;
mod company;
mod cues;
mod digits;
mod fold;
mod found;
mod handle;
mod iban;
mod ip;
mod lists;
mod mail;
mod names;
mod number;
mod person;
mod phone;
mod places;
mod scripts;
mod spoken;
#[cfg(test)]
mod tests;
mod unlisted;
mod url;
mod view;

use std::collections::HashMap;

use self::found::{Found, Kind, settle};
use self::view::{View, placeholder};

/// A message without personal details, and how many of each kind it had.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Scrubbed {
    /// The text; in the place of a detail stands `[PERSON_1]` and the like: the same value has the same number.
    pub text: String,
    /// How many places of each kind were replaced.
    pub replaced: Vec<(&'static str, u32)>,
}

/// Where one detail is gone, another may be told from what is left; more rounds than this have not been met.
const MOST_ROUNDS: usize = 8;

/// Replaces what tells who somebody is. Placeholders that stand in the text already stay, and new numbers go on behind theirs.
pub fn scrub(text: &str) -> Scrubbed {
    scrub_telling(text).0
}

/// The same for who puts the details back: beside the text each placeholder and what stood in its place first, as it was written there.
/// Where that was beside an earlier placeholder it may hold it.
pub fn scrub_telling(text: &str) -> (Scrubbed, Vec<(String, String)>) {
    let mut numbers = Numbers::behind(text);
    let mut scrubbed = text.to_owned();
    for _ in 0..MOST_ROUNDS {
        let found = find(&scrubbed);
        if found.is_empty() {
            break;
        }
        scrubbed = numbers.replace(&scrubbed, found);
    }
    (Scrubbed { text: scrubbed, replaced: numbers.replaced() }, numbers.taken)
}

/// Puts one name in the place of every name of a person, so that what is read of a text is the same whoever is named in it.
/// `is_word`: whether something is a word that is known; what is written as a name within a sentence and is none is read as a name.
pub fn with_one_name(text: &str, name: &str, is_word: &dyn Fn(&str) -> bool) -> String {
    let view = View::of(text);
    let mut found = Vec::new();
    person::find(&view, &mut found);
    scripts::find(&view, &mut found);
    unlisted::find(&view, is_word, &mut found);
    let (mut replaced, mut from) = (String::with_capacity(text.len()), 0);
    let mut unlisted_before = false;
    for Found { start, end, value, .. } in settle(found) {
        // A name that no list has and the one beside it are one.
        let unlisted = value.is_empty();
        let goes_on = (unlisted || unlisted_before) && from > 0 && &text[from..start] == " ";
        if !goes_on {
            replaced.push_str(&text[from..start]);
            replaced.push_str(name);
        }
        (from, unlisted_before) = (end, unlisted);
    }
    replaced.push_str(&text[from..]);
    replaced
}

/// Every place of a text that is to be replaced, in order, none within another.
fn find(text: &str) -> Vec<Found> {
    let scanners = [
        card::find,
        iban::find,
        mail::find,
        url::find,
        ip::find,
        birth::find,
        number::find,
        phone::find,
        spoken::find,
        address::find,
        handle::find,
        company::find,
        person::find,
        scripts::find,
    ];
    find_by(text, &scanners)
}

fn find_by(text: &str, scanners: &[fn(&View<'_>, &mut Vec<Found>)]) -> Vec<Found> {
    let view = View::of(text);
    let mut found = Vec::new();
    for scanner in scanners {
        scanner(&view, &mut found);
    }
    settle(found)
}

/// Which number each value has.
#[derive(Default)]
struct Numbers {
    known: HashMap<(Kind, String), u32>,
    last: [u32; Kind::ALL.len()],
    count: [u32; Kind::ALL.len()],
    taken: Vec<(String, String)>,
}

impl Numbers {
    /// Goes on behind the numbers of the placeholders in a text.
    fn behind(text: &str) -> Self {
        let mut numbers = Self::default();
        for (at, _) in text.match_indices('[') {
            let Some(length) = placeholder(&text[at..]) else { continue };
            let Some((kind, number)) = text[at + 1..at + length - 1].rsplit_once('_') else { continue };
            let place = Kind::ALL.iter().position(|known| known.name() == kind);
            if let (Some(place), Ok(number)) = (place, number.parse::<u32>()) {
                numbers.last[place] = numbers.last[place].max(number.min(u32::MAX / 2));
            }
        }
        numbers
    }

    fn replace(&mut self, text: &str, found: Vec<Found>) -> String {
        let (mut replaced, mut from) = (String::with_capacity(text.len()), 0);
        for Found { start, end, kind, value } in found {
            let place = kind as usize;
            let last = self.last[place];
            let number = *self.known.entry((kind, value)).or_insert(last + 1);
            let instead = format!("[{}_{number}]", kind.name());
            if number > last {
                self.last[place] = number;
                self.taken.push((instead.clone(), text[start..end].to_owned()));
            }
            self.count[place] += 1;
            replaced.push_str(&text[from..start]);
            replaced.push_str(&instead);
            from = end;
        }
        replaced.push_str(&text[from..]);
        replaced
    }

    fn replaced(&self) -> Vec<(&'static str, u32)> {
        let counted = Kind::ALL.iter().zip(self.count).filter(|(_, count)| *count > 0);
        counted.map(|(kind, count)| (kind.name(), count)).collect()
    }
}
