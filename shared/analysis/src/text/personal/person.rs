//! Names of people in Latin letters: by lists of names, and by what stands around a word.

use std::collections::HashSet;

use super::cues::{self, Cue};
use super::fold::{fold, is_apostrophe};
use super::found::{Found, Kind};
use super::names::{Class, class, is_known_small};
use super::view::{Shape, View, Word};

const LONGEST: usize = 6;
const PARTICLES: [&str; 24] = [
    "van", "von", "der", "den", "de", "da", "do", "di", "du", "la", "le", "del", "della", "dos", "das", "bin", "ibn",
    "al", "el", "ter", "zu", "st", "ten", "abu",
];

pub(super) fn find(view: &View<'_>, found: &mut Vec<Found>) {
    let mut reader =
        Reader { view, classes: view.words.iter().map(|word| class_of(view, word)).collect(), last_end: None };
    let names = reader.names();
    // What is a name in one place is one in the others.
    let told: HashSet<&str> = names
        .iter()
        .flat_map(|(first, last)| *first..=*last)
        .filter(|at| reader.class(*at) == Class::Unknown && view.words[*at].folded.len() >= 4)
        .map(|at| view.words[at].folded.as_str())
        .collect();
    let names = if told.is_empty() {
        names
    } else {
        for (class, word) in reader.classes.iter_mut().zip(&view.words) {
            if *class == Class::Unknown && told.contains(word.folded.as_str()) {
                *class = Class::Told;
            }
        }
        reader.names()
    };
    for (first, last) in names {
        let start = view.words[first].start;
        let mut end = view.words[last].end;
        if reader.is_initial(last) && view.text[end..].starts_with('.') {
            end += 1;
        }
        let value = fold(&view.text[start..end]).replace(['.', ','], "");
        found.push(Found { start, end, kind: Kind::Person, value });
    }
}

/// "O'Rourke" is a family name by how it is written.
fn class_of(view: &View<'_>, word: &Word) -> Class {
    let mut letters = view.text[word.start..word.end].chars();
    let irish = letters.next() == Some('O') && letters.next().is_some_and(is_apostrophe);
    if irish && letters.next().is_some_and(char::is_uppercase) { Class::Family } else { class(&word.folded) }
}

struct Reader<'a> {
    view: &'a View<'a>,
    classes: Vec<Class>,
    /// The last word of the name that was found before.
    last_end: Option<usize>,
}

impl Reader<'_> {
    fn class(&self, at: usize) -> Class {
        self.classes.get(at).copied().unwrap_or(Class::Common)
    }

    fn shape(&self, at: usize) -> Shape {
        self.view.word(at).map_or(Shape::Other, |word| word.shape)
    }

    fn is_great(&self, at: usize) -> bool {
        matches!(self.shape(at), Shape::Capital | Shape::Caps)
    }

    fn gap(&self, at: usize) -> &str {
        self.view.gap(at)
    }

    fn is_initial(&self, at: usize) -> bool {
        let Some(word) = self.view.word(at) else { return false };
        self.shape(at) == Shape::Capital && self.view.text[word.start..word.end].chars().count() == 1
    }

    /// The first and the last word of each name.
    fn names(&mut self) -> Vec<(usize, usize)> {
        let (mut names, mut at) = (Vec::new(), 0);
        self.last_end = None;
        while at < self.view.words.len() {
            let Some((first, last)) = self.name(at) else {
                at += 1;
                continue;
            };
            names.push((self.unknown_before(first), last));
            self.last_end = Some(last);
            at = last + 1;
        }
        names
    }

    /// The first and the last word of a name that begins here.
    fn name(&self, at: usize) -> Option<(usize, usize)> {
        let word = &self.view.words[at];
        let gap = self.gap(at);
        let is_title = cues::is_title(&word.folded) && word.shape != Shape::Lower;
        if word.folded.is_empty() || is_title && (self.is_great(at + 1) || gap.starts_with('.') || gap.contains('[')) {
            return None;
        }
        if let Some(last) = self.turned(at).or_else(|| self.initials(at)) {
            return Some((at, last));
        }
        // "Ms de la Cruz"
        if word.shape == Shape::Lower
            && word.is_one_of(&PARTICLES)
            && cues::before(self.view, at) == Some(Cue::Title)
            && let Some(beyond) = self.behind_particles(at)
        {
            return Some((at, self.end(beyond)));
        }
        self.begins(at).then(|| (at, self.end(at)))
    }

    /// The word before a family name, where nothing is known of it: it is what they are called by.
    fn unknown_before(&self, at: usize) -> usize {
        let before = at.checked_sub(1).filter(|before| {
            let free = self.last_end.is_none_or(|last| last < *before);
            let alike =
                self.shape(*before) == Shape::Capital && self.shape(at) == Shape::Capital && !self.is_initial(*before);
            free && alike && self.gap(*before) == " " && self.class(*before) == Class::Unknown
        });
        let titled = before.is_some_and(|before| cues::is_title(&self.view.words[before].folded));
        before.filter(|_| self.class(at) == Class::Family && !titled).unwrap_or(at)
    }

    /// Whether a name begins with this word.
    fn begins(&self, at: usize) -> bool {
        let word = &self.view.words[at];
        if self.class(at) == Class::Common
            || self.class(at) == Class::Unknown && word.shape == Shape::Lower && !cues::before_small(self.view, at)
        {
            return false;
        }
        let cue = cues::before(self.view, at);
        let title = cue == Some(Cue::Title);
        let long = word.folded.len() >= 2 && word.folded.is_ascii() | word.folded.chars().all(char::is_alphabetic);
        if !long || word.shape == Shape::Other || is_place_tail(self.view, at) && !title {
            return false;
        }
        let small = word.shape == Shape::Lower;
        if title {
            return !small && (self.class(at) != Class::Common)
                || small && cues::before_small(self.view, at) && self.class(at) != Class::Common;
        }
        match self.class(at) {
            Class::Given if small => is_known_small(word) || self.is_called(at, cue) || cue == Some(Cue::Ask),
            Class::Given => true,
            Class::Told => !small || word.folded.len() >= 5,
            Class::Family => {
                !small
                    && word.folded.len() >= 3
                    && (word.shape == Shape::Capital || word.folded.len() >= 4 || cue.is_some())
            }
            Class::Trade => {
                !small && (self.is_great_cue(at, cue) || self.family_follows(at)) && word.shape == Shape::Capital
            }
            Class::Everyday => self.everyday(at, cue),
            Class::Rarely => self.rarely(at, cue),
            Class::Unknown => !small && self.unknown(at, cue),
            Class::Common => false,
        }
    }

    /// A small word that is greeted or that signs: "hey will,".
    fn is_called(&self, at: usize, cue: Option<Cue>) -> bool {
        let ends = self.gap(at).trim_start_matches(' ').chars().next().is_none_or(|sign| !sign.is_alphanumeric());
        let alone = at + 1 == self.view.words.len() || ends && !self.gap(at).chars().all(|sign| sign == ' ');
        match cue {
            Some(Cue::Greeting | Cue::Signature) => alone,
            Some(Cue::Named) => true,
            Some(Cue::Ask) => self.view.word(at + 1).is_some_and(|next| cues::is_matter(&next.folded)),
            _ => false,
        }
    }

    fn is_great_cue(&self, at: usize, cue: Option<Cue>) -> bool {
        match cue {
            Some(Cue::Greeting) => {
                !self.view.word(at + 1).is_some_and(|next| next.is_one_of(&["do"]) && self.gap(at) == " ")
            }
            Some(Cue::Signature | Cue::Named | Cue::Title) => true,
            Some(Cue::Ask) => !self.view.words[at].opens,
            _ => cues::said_behind(self.view, at) || cues::role_behind(self.view, at),
        }
    }

    /// "Will Smith", "Hope Anderson": a family name stands behind; not "Will Anna come?".
    fn family_follows(&self, at: usize) -> bool {
        let next = at + 1;
        let first = self.shape(at) == Shape::Capital && self.gap(at) == " " && self.shape(next) == Shape::Capital;
        let middle = self.view.word(next).is_some_and(|word| word.is_one_of(&["thi", "van"]));
        let given_first = self.class(at) != Class::Trade;
        first
            && (matches!(self.class(next), Class::Family | Class::Trade | Class::Told) && given_first
                || middle
                || self.class(next) == Class::Unknown && self.is_short(at) && !self.view.words[at].opens
                || self.class(next) == Class::Unknown
                    && self.class(at) == Class::Everyday
                    && (cues::said_behind(self.view, next) || cues::is_behind(self.view, next))
                || self.class(next) == Class::Given && self.is_short_or_trade(at))
    }

    /// "Baker Tom" within a sentence, "Li Wei" anywhere.
    fn is_short_or_trade(&self, at: usize) -> bool {
        let word = &self.view.words[at];
        self.class(at) == Class::Trade && !word.opens || self.is_short(at)
    }

    /// The short Chinese and Vietnamese family names: they are words elsewhere.
    fn is_short(&self, at: usize) -> bool {
        self.class(at) == Class::Rarely && self.view.words[at].folded.len() <= 3
    }

    fn everyday(&self, at: usize, cue: Option<Cue>) -> bool {
        let word = &self.view.words[at];
        match word.shape {
            Shape::Lower => self.is_called(at, cue),
            Shape::Caps => cue.is_some_and(|cue| cue != Cue::And) && self.is_called(at, cue),
            _ => {
                let auxiliary = word.is_one_of(&["will", "can", "do"]);
                // "Will you", "Mark it" open a sentence.
                if word.opens {
                    let genitive = word.is_genitive() && self.class(at) != Class::Common;
                    let verb = cues::said_behind(self.view, at)
                        || !auxiliary && cues::is_behind(self.view, at) && !cues::is_notion(&word.folded)
                        || auxiliary && cues::is_behind(self.view, at);
                    let called = self.is_great_cue(at, cue);
                    let addressed = self.gap(at) == ", " && self.view.word(at + 1).is_some_and(cues::is_addressing);
                    return genitive || addressed || verb || called || self.family_follows(at);
                }
                let described = self
                    .view
                    .before(at)
                    .is_some_and(|before| cues::is_determiner(before) && self.view.gap_before(at) == " ");
                let headline = self.view.before(at).is_some_and(|before| {
                    before.shape == Shape::Capital && !before.opens && self.view.gap_before(at) == " "
                }) && self.last_end != at.checked_sub(1);
                (!described && !headline || self.is_great_cue(at, cue))
                    && !self.view.before(at).is_some_and(|before| {
                        before.shape == Shape::Other && before.folded.bytes().all(|byte| byte.is_ascii_digit())
                    })
            }
        }
    }

    fn rarely(&self, at: usize, cue: Option<Cue>) -> bool {
        let word = &self.view.words[at];
        match word.shape {
            Shape::Capital => {
                let titled_place = cue == Some(Cue::Greeting) && word.folded.len() < 3;
                self.is_great_cue(at, cue) && !titled_place || self.family_follows(at) && !cues::is_dated(self.view, at)
            }
            _ => self.is_called(at, cue) && cue != Some(Cue::Ask),
        }
    }

    fn unknown(&self, at: usize, cue: Option<Cue>) -> bool {
        let word = &self.view.words[at];
        let joined = self.last_end.is_some_and(|last| last + 2 == at) && cue == Some(Cue::And);
        let letters = word.folded.chars().count();
        if word.shape == Shape::Caps {
            // Where everything is in capitals only what is greeted alone.
            return letters >= 3
                && matches!(cue, Some(Cue::Named | Cue::Greeting | Cue::Signature))
                && self.is_called(at, cue)
                && self.view.before(at).is_none_or(|before| before.shape == Shape::Caps);
        }
        letters >= 2
            && (joined && !word.opens
                || match cue {
                    Some(Cue::Greeting | Cue::Named) => true,
                    Some(Cue::Signature) => cues::line_ends(self.view, at, 3),
                    Some(Cue::Ask) => !word.opens,
                    _ => {
                        cues::strictly_said_behind(self.view, at)
                            || cues::role_behind(self.view, at)
                            || !word.opens && cues::said_behind(self.view, at)
                            || self.and_behind(at)
                    }
                })
    }

    /// "Zorblax and Anna"
    fn and_behind(&self, at: usize) -> bool {
        let and = self.view.word(at + 1).is_some_and(|word| word.is_one_of(&["and", "und", "et", "y"]));
        let spaced = self.gap(at) == " " && self.gap(at + 1) == " ";
        and && spaced && self.class(at + 2) == Class::Given && self.shape(at + 2) == Shape::Capital
    }

    /// The last word of a name that begins here.
    fn end(&self, at: usize) -> usize {
        let mut last = at;
        let mut capitals = 1;
        while capitals < LONGEST && !self.view.words[last].is_genitive() {
            let next = last + 1;
            let gap = self.gap(last);
            let initial_before = self.is_initial(last) && matches!(gap, ". " | ".");
            if !(gap == " " || initial_before) || self.view.word(next).is_none() {
                break;
            }
            if self.continues(at, next) {
                last = next;
            } else if let Some(beyond) = self.particles(at, next) {
                last = beyond;
            } else {
                break;
            }
            capitals += 1;
        }
        last
    }

    fn continues(&self, first: usize, next: usize) -> bool {
        let word = &self.view.words[next];
        let class = self.class(next);
        if is_place_tail_word(&word.folded) {
            return false;
        }
        let article =
            ["al-", "el-", "as-", "ad-", "ash-", "ar-", "an-"].iter().any(|article| word.folded.starts_with(article));
        if article && self.shape(first) == Shape::Capital {
            return self.view.text[word.start..word.end].contains(char::is_uppercase);
        }
        match (self.shape(first), word.shape) {
            (Shape::Capital, Shape::Capital) if self.is_initial(next) => {
                self.gap(next).starts_with('.') && self.is_great(next + 1)
            }
            (Shape::Capital, Shape::Capital) => match class {
                Class::Common => false,
                Class::Rarely => {
                    !cues::is_month(&word.folded)
                        || word.folded == "may" && self.class(first) == Class::Given && self.closes(next)
                }
                Class::Everyday => self.closes(next),
                _ => true,
            },
            (Shape::Caps, Shape::Caps) => {
                let closes = self.ends_here(next) || self.shape(next + 1) != Shape::Caps;
                matches!(class, Class::Given | Class::Family) || class == Class::Trade && closes
            }
            // "Anna BERG"
            (Shape::Capital, Shape::Caps) => {
                matches!(class, Class::Given | Class::Family) || class == Class::Unknown && word.folded.len() >= 5
            }
            (Shape::Lower, Shape::Lower) => {
                matches!(class, Class::Given | Class::Family)
                    && word.folded.len() >= 3
                    && (is_known_small(word) || class == Class::Family && word.folded.len() >= 4)
                    || class == Class::Trade && self.ends_here(next)
            }
            _ => false,
        }
    }

    /// Whether a word ends a name: the phrase ends behind it, or it is told what its bearer did.
    fn closes(&self, at: usize) -> bool {
        self.ends_here(at) || cues::did_behind(self.view, at)
    }

    /// Whether the phrase ends behind a word.
    fn ends_here(&self, at: usize) -> bool {
        self.gap(at).trim_start_matches(' ').chars().next().is_some_and(|sign| !sign.is_alphanumeric())
            || at + 1 >= self.view.words.len()
            || self.view.words[at].is_genitive()
    }

    /// "van der Berg": the capitalised word behind particles.
    fn particles(&self, first: usize, next: usize) -> Option<usize> {
        self.behind_particles(next).filter(|_| self.shape(first) == Shape::Capital)
    }

    fn behind_particles(&self, next: usize) -> Option<usize> {
        let mut at = next;
        while at < next + 3 && self.view.word(at)?.is_one_of(&PARTICLES) && self.gap(at) == " " {
            at += 1;
        }
        let great = self.shape(at) == Shape::Capital;
        (at > next && great && self.class(at) != Class::Common).then_some(at)
    }

    /// "Smith, J.", "Whitcombe, R. J.", "ANDERSON, KEVIN"
    fn turned(&self, at: usize) -> Option<usize> {
        if !self.is_great(at)
            || self.gap(at) != ", "
            || self.is_initial(at)
            || self.class(at) == Class::Common
            || self.view.words[at].is_genitive()
        {
            return None;
        }
        let mut last = at + 1;
        if self.is_initial(last) && self.gap(last).starts_with('.') {
            while self.is_initial(last + 1)
                && matches!(self.gap(last), "." | ". ")
                && self.gap(last + 1).starts_with('.')
            {
                last += 1;
            }
            return Some(last);
        }
        let family = matches!(self.class(at), Class::Family | Class::Trade);
        let line = cues::opens_line(self.view, at) && !cues::greets(&self.view.words[at].folded);
        let given = self.class(last) == Class::Given && self.shape(last) == self.shape(at);
        let alone = self.ends_here(last) || line;
        let addressed = cues::before(self.view, at) == Some(Cue::Greeting);
        (given && family && (line || self.shape(at) == Shape::Caps) && alone && !addressed).then_some(last)
    }

    /// "J. R. Hartley", "A. Novak"
    fn initials(&self, at: usize) -> Option<usize> {
        let mut last = at;
        while self.is_initial(last) && last < at + 4 {
            let gap = self.gap(last);
            if !matches!(gap, "." | ". " | ".-") {
                return None;
            }
            last += 1;
        }
        let count = last - at;
        let spaced = count > 0 && self.gap(last - 1) != ".-";
        let letters = &self.view.words[at].folded;
        let place = matches!(letters.as_str(), "u" | "e") && count == 2;
        let family = self.shape(last) == Shape::Capital
            && !self.is_initial(last)
            && !matches!(self.class(last), Class::Common | Class::Everyday);
        let listed = self.view.before(at).is_some_and(|before| {
            cues::is_lettered(&before.folded) || before.shape == Shape::Lower && before.folded.len() == 1
        });
        (spaced && family && !place && !listed).then(|| self.end(last))
    }
}

/// "Martin Street", "Victoria Station": what stands before is the name of a place.
fn is_place_tail(view: &View<'_>, at: usize) -> bool {
    view.gap(at) == " "
        && view.word(at + 1).is_some_and(|next| next.shape == Shape::Capital && is_place_tail_word(&next.folded))
}

fn is_place_tail_word(folded: &str) -> bool {
    matches!(
        folded,
        "street"
            | "road"
            | "avenue"
            | "lane"
            | "station"
            | "square"
            | "airport"
            | "bridge"
            | "university"
            | "hospital"
            | "school"
            | "college"
            | "museum"
            | "stadium"
            | "theorem"
            | "institute"
            | "foundation"
            | "island"
            | "beach"
            | "city"
            | "county"
            | "gmbh"
            | "ltd"
            | "inc"
            | "ag"
            | "llc"
            | "plc"
            | "corp"
            | "bank"
            | "hotel"
            | "airlines"
            | "drive"
            | "terrace"
            | "grove"
    )
}
