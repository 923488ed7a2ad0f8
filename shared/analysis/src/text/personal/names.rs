//! Which words are names, which may be, and which are none.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use super::fold::fold;
use super::view::{Shape, Word};

/// Small and everyday words that are names where they stand as one: capitalised within a sentence.
const EVERYDAY: [&str; 32] = [
    "will", "mark", "can", "do", "bill", "drew", "rob", "sue", "pat", "nick", "jack", "frank", "gene", "miles", "dean",
    "hope", "grace", "faith", "joy", "dawn", "eve", "penny", "iris", "ivy", "violet", "lance", "wade", "grant",
    "chase", "reed", "ray", "don",
];
/// Words, months, places and products that are names only where something says so.
const RARELY: [&str; 94] = [
    "art",
    "rose",
    "may",
    "april",
    "june",
    "august",
    "summer",
    "autumn",
    "jordan",
    "paris",
    "victoria",
    "sydney",
    "london",
    "brooklyn",
    "madison",
    "austin",
    "dallas",
    "florence",
    "charlotte",
    "chelsea",
    "devon",
    "alexa",
    "mercedes",
    "israel",
    "georgia",
    "virginia",
    "sofia",
    "chad",
    "india",
    "china",
    "dakota",
    "phoenix",
    "lincoln",
    "washington",
    "siri",
    "cortana",
    "bella",
    "angel",
    "king",
    "crystal",
    "jade",
    "lily",
    "daisy",
    "olive",
    "pearl",
    "robin",
    "heather",
    "laurel",
    "eden",
    "destiny",
    "trinity",
    "justice",
    "patience",
    "blessing",
    "prince",
    "max",
    "major",
    "long",
    "roman",
    "christian",
    "urban",
    "sultan",
    "noel",
    "alma",
    "till",
    "an",
    "su",
    "so",
    "oh",
    "das",
    "klein",
    "lang",
    "lange",
    "weiss",
    "dang",
    "ram",
    "stone",
    "thu",
    "mai",
    "lorraine",
    "francis",
    "bach",
    "sierra",
    "ruby",
    "amber",
    "li",
    "wu",
    "hu",
    "lu",
    "ho",
    "vu",
    "vo",
    "ly",
    "bui",
];
/// Names that are words of some language where they are written small.
const WORDS_WHEN_SMALL: [&str; 44] = [
    "dick",
    "rick",
    "merle",
    "jasper",
    "ebony",
    "chuck",
    "carol",
    "mina",
    "lima",
    "dina",
    "sana",
    "gita",
    "lotte",
    "elif",
    "ines",
    "rana",
    "lola",
    "dora",
    "stella",
    "vera",
    "clara",
    "clement",
    "constance",
    "celeste",
    "aurora",
    "leon",
    "remi",
    "salome",
    "mira",
    "gloria",
    "dolores",
    "jesus",
    "serena",
    "regina",
    "norma",
    "paloma",
    "pilar",
    "rosa",
    "blanca",
    "bianca",
    "bruno",
    "guido",
    "toma",
    "rosario",
];

struct Lists {
    given: HashSet<&'static str>,
    family: HashSet<&'static str>,
    common: HashSet<String>,
    ambiguous: HashMap<&'static str, Class>,
}

static LISTS: LazyLock<Lists> = LazyLock::new(|| Lists {
    given: include_str!("given.txt").split_ascii_whitespace().collect(),
    family: include_str!("family.txt").split_ascii_whitespace().collect(),
    common: include_str!("common.txt").split_whitespace().map(fold).collect(),
    ambiguous: [(Class::Trade, &TRADES[..]), (Class::Rarely, &RARELY), (Class::Everyday, &EVERYDAY)]
        .into_iter()
        .flat_map(|(class, words)| words.iter().map(move |word| (*word, class)))
        .collect(),
});

/// What a word is as a name.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Class {
    /// A given name and hardly anything else.
    Given,
    /// A family name and hardly anything else.
    Family,
    /// A family name that is a word as well ("Baker").
    Trade,
    /// A given name that is an everyday word as well ("Will").
    Everyday,
    /// A name that is far oftener a month, a place or a thing ("May").
    Rarely,
    /// A word that is no name.
    Common,
    /// Nothing is known of it.
    Unknown,
    /// It is a name elsewhere in the text.
    Told,
}

/// Family names that are words.
const TRADES: [&str; 78] = [
    "baker",
    "bishop",
    "black",
    "bush",
    "butcher",
    "butler",
    "carpenter",
    "chambers",
    "cook",
    "cross",
    "day",
    "field",
    "fisher",
    "ford",
    "fox",
    "french",
    "gardner",
    "glover",
    "gray",
    "green",
    "hall",
    "harper",
    "hart",
    "hill",
    "holland",
    "hunt",
    "hunter",
    "kent",
    "knight",
    "lane",
    "law",
    "little",
    "lowe",
    "marsh",
    "mason",
    "mills",
    "moore",
    "nash",
    "newman",
    "noble",
    "north",
    "page",
    "park",
    "parsons",
    "pike",
    "potter",
    "price",
    "rice",
    "rich",
    "short",
    "singer",
    "small",
    "smith",
    "snow",
    "strong",
    "swift",
    "ward",
    "waters",
    "webb",
    "wells",
    "west",
    "wheeler",
    "white",
    "wise",
    "wood",
    "young",
    "berg",
    "bell",
    "stein",
    "hahn",
    "vogel",
    "koch",
    "horn",
    "brand",
    "sommer",
    "winter",
    "busch",
    "marshall",
];

pub(super) fn class(folded: &str) -> Class {
    if let Some(class) = LISTS.ambiguous.get(folded) {
        return *class;
    }
    if known(&LISTS.given, folded) {
        return Class::Given;
    }
    if known(&LISTS.family, folded) {
        return Class::Family;
    }
    if LISTS.common.contains(folded) {
        return Class::Common;
    }
    if is_built_as_family(folded) { Class::Family } else { Class::Unknown }
}

/// Itself, without its hyphens ("Ji-woo"), or by each of its parts ("Jean-Pierre", "Smith-Jones").
fn known(list: &HashSet<&'static str>, folded: &str) -> bool {
    let both = |part: &str| LISTS.given.contains(part) || LISTS.family.contains(part);
    list.contains(folded)
        || folded.contains('-')
            && (list.contains(folded.replace('-', "").as_str())
                || folded.split('-').next().is_some_and(|part| list.contains(part)) && folded.split('-').all(both))
}

/// Endings that hardly any word has that is not a family name.
const FAMILY_ENDS: [&str; 24] = [
    "opoulos", "oglu", "shvili", "adze", "enko", "escu", "owski", "ewski", "inski", "owska", "ewska", "inska", "wicz",
    "czyk", "sson", "dottir", "ovic", "evic", "akis", "idis", "iadis", "yan", "quist", "czak",
];

fn is_built_as_family(folded: &str) -> bool {
    let ends = folded.len() >= 7 && FAMILY_ENDS.iter().any(|end| folded.ends_with(end));
    folded.is_ascii() && (ends || folded.len() >= 6 && folded.starts_with("mc"))
}

/// Whether a word is one of those that stand anywhere and name nobody.
pub(super) fn is_common(folded: &str) -> bool {
    LISTS.common.contains(folded) || EVERYDAY.contains(&folded)
}

/// Whether a name that is written small is one without anything beside it that says so.
pub(super) fn is_known_small(word: &Word) -> bool {
    let folded = word.folded.as_str();
    let ambiguous = WORDS_WHEN_SMALL.contains(&folded);
    word.shape == Shape::Lower && folded.len() >= 4 && !ambiguous && !LISTS.common.contains(folded)
}
