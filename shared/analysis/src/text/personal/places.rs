//! Towns, countries, post codes and kinds of streets.

use std::collections::HashSet;
use std::sync::LazyLock;

use super::fold::fold;
use super::view::{Shape, View};

type Words = LazyLock<HashSet<String>>;

fn set(words: &str) -> HashSet<String> {
    words.split_whitespace().map(fold).collect()
}

static TOWNS: Words = LazyLock::new(|| {
    set("london manchester birmingham leeds glasgow edinburgh bristol liverpool sheffield cardiff belfast dublin \
    cork galway oxford cambridge york bath brighton nottingham leicester newcastle reading aberdeen dundee swansea exeter \
    norwich plymouth southampton portsmouth coventry derby berlin hamburg münchen munich köln cologne frankfurt stuttgart \
    düsseldorf leipzig dresden hannover hanover nürnberg nuremberg bremen essen dortmund bonn mannheim karlsruhe freiburg \
    münster augsburg kiel wien vienna graz linz salzburg innsbruck zürich zurich bern basel genf geneva genève lausanne luzern \
    paris lyon marseille lille toulouse bordeaux nantes nice strasbourg rennes grenoble montpellier brussels bruxelles brussel \
    antwerp antwerpen gent ghent amsterdam rotterdam utrecht eindhoven groningen haarlem madrid barcelona sevilla seville valencia \
    bilbao málaga zaragoza granada lisboa lisbon porto coimbra braga roma rome milano milan torino turin napoli naples firenze \
    florence bologna venezia venice genova palermo verona warszawa warsaw kraków krakow gdańsk wrocław poznań łódź lublin praha \
    prague brno ostrava bratislava budapest debrecen wien ljubljana zagreb beograd belgrade sofia bucharest bucurești cluj athens \
    athina istanbul ankara izmir stockholm göteborg malmö uppsala oslo bergen trondheim københavn copenhagen aarhus odense \
    helsinki tampere espoo turku tallinn riga vilnius kyiv lviv odesa moscow boston chicago seattle houston dallas austin denver \
    atlanta miami philadelphia phoenix portland detroit baltimore cleveland springfield sacramento oakland toronto montreal \
    vancouver ottawa calgary sydney melbourne brisbane perth adelaide auckland wellington mumbai delhi bangalore bengaluru chennai \
    hyderabad pune kolkata lagos nairobi accra johannesburg durban cairo casablanca singapore tokyo osaka kyoto seoul shanghai \
    beijing dubai jerusalem haifa")
});
const LONG_TOWNS: [&str; 14] = [
    "new york",
    "los angeles",
    "san francisco",
    "san diego",
    "san jose",
    "las vegas",
    "milton keynes",
    "den haag",
    "the hague",
    "tel aviv",
    "cape town",
    "hong kong",
    "sao paulo",
    "st albans",
];
static COUNTRIES: Words = LazyLock::new(|| {
    set("uk england scotland wales ireland germany deutschland austria österreich switzerland schweiz france spain \
    españa italy italia portugal netherlands nederland belgium belgique belgië poland polska czechia hungary sweden sverige norway \
    norge denmark danmark finland suomi greece turkey usa us canada australia india ireland nigeria kenya ghana japan china \
    luxembourg romania bulgaria croatia slovenia slovakia serbia ukraine estonia latvia lithuania brazil mexico singapore")
});
static STATES: Words = LazyLock::new(|| {
    set(
        "al ak az ar ca co ct de fl ga hi id il in ia ks ky la me md ma mi mn ms mo mt ne nv nh nj nm ny nc nd oh ok or \
    pa ri sc sd tn tx ut vt va wa wv wi wy dc on qc bc ab nsw vic qld sa tas nt act",
    )
});
static STREETS: Words = LazyLock::new(|| {
    set("street st road rd avenue ave lane ln drive dr grove way close court ct place pl square sq terrace crescent \
    gardens boulevard blvd hill row park walk mews green parkway pkwy highway hwy circle cir alley quay wharf broadway trail")
});
static FIRST: Words = LazyLock::new(|| {
    set(
        "rue avenue av boulevard bd place allée chemin impasse quai cours calle c avenida avda plaza paseo carrer carrera \
    via viale piazza corso largo vicolo rua praça travessa ulica ul aleja al os ulice plac",
    )
});
static ENDS: LazyLock<Vec<String>> = LazyLock::new(|| {
    let ends = "straße strasse str gasse weg allee platz ring damm ufer gata gatan vägen vej vejen gade veien laan straat plein \
    gracht kade utca katu tie steig stieg chaussee";
    ends.split_whitespace().map(fold).collect()
});

pub(super) fn is_street(folded: &str) -> bool {
    STREETS.contains(folded)
}

pub(super) fn is_street_first(folded: &str) -> bool {
    FIRST.contains(folded)
}

/// "hauptstrasse", "str"; not "weg" within any word.
pub(super) fn is_street_end(folded: &str) -> bool {
    folded.is_ascii()
        && ENDS.iter().any(|end| {
            let named = folded.strip_suffix(end.as_str());
            named.is_some_and(|name| name.is_empty() || name.len() >= 3)
        })
}

pub(super) fn is_country(folded: &str) -> bool {
    COUNTRIES.contains(folded)
}

/// Two or three capitals of a state.
pub(super) fn is_state(view: &View<'_>, at: usize) -> bool {
    view.word(at).is_some_and(|word| word.shape == Shape::Caps && STATES.contains(&word.folded))
}

/// The last word of a known town that begins here.
pub(super) fn is_town(view: &View<'_>, at: usize) -> Option<usize> {
    let word = view.word(at)?;
    if let Some(next) = view.word(at + 1)
        && view.gap(at) == " "
        && LONG_TOWNS.contains(&format!("{} {}", word.folded, next.folded).as_str())
    {
        return Some(at + 1);
    }
    TOWNS.contains(&word.folded).then_some(at)
}

/// The last word of a post code that begins here.
pub(super) fn is_post_code(view: &View<'_>, at: usize) -> Option<usize> {
    let word = view.word(at)?;
    let next = view.word(at + 1).filter(|_| view.gap(at) == " ");
    let form = |word: &str| {
        word.bytes()
            .map(|byte| match byte {
                b'0'..=b'9' => '9',
                b'a'..=b'z' => 'A',
                other => char::from(other),
            })
            .collect::<String>()
    };
    if !word.folded.is_ascii() || word.folded.len() > 10 {
        return None;
    }
    let first = form(&word.folded);
    if let Some(second) =
        next.filter(|next| next.folded.len() <= 3 && next.folded.is_ascii()).map(|next| form(&next.folded))
    {
        let british = matches!(first.as_str(), "A9" | "A99" | "AA9" | "AA99" | "A9A" | "AA9A") && second == "9AA";
        let canadian = first == "A9A" && second == "9A9";
        let dutch = first == "9999" && second == "AA" && next.is_some_and(|next| next.shape == Shape::Caps);
        let swedish = first == "999" && second == "99";
        if british || canadian || dutch || swedish {
            return Some(at + 1);
        }
    }
    let whole = matches!(
        first.as_str(),
        "99999" | "9999" | "99-999" | "99999-9999" | "A-99999" | "A-9999" | "AA-9999" | "9999-999" | "999999"
    );
    let joined = matches!(first.as_str(), "9999AA" | "A99AA" | "A999AA" | "AA99AA" | "AA999AA" | "A9A9AA" | "AA9A9AA")
        && word.shape == Shape::Other;
    (whole || joined).then_some(at)
}
