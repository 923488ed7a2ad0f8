use std::collections::BTreeMap;

use attune_analysis::text::crisis::Level;

use super::{Resources, ResourcesError, crisis_reply, urgent};
use crate::country::Country;
use crate::hearing::{Heard, hear};
use crate::reply::{Reply, SupportType};
use crate::state::State;

/// Two hundred made-up talks, half of them of danger, half of what only looks so. Written before its author had looked at any rule;
/// then the phrases in `danger/said.txt` were written with what it had missed before their eyes. So it holds what was reached.
const TALKS: &str = include_str!("talks.tsv");
/// Talks by the same author, written after the phrases and worded to be missed; `hint` was written with them before their eyes,
/// nothing else was. How many of them get the fixed words tells more of how it does among strangers.
const FRESH: &str = include_str!("fresh.tsv");

#[derive(Default)]
struct Row {
    talks: usize,
    /// Got the fixed words.
    fixed: usize,
    /// Were asked directly, and got none.
    asked: usize,
}

/// Whether one of a talk's turns gets the fixed words, and whether one is asked about.
fn outcome(turns: &str) -> (bool, bool) {
    let heard: Vec<Heard> = turns.split(" || ").map(|turn| hear(turn, None)).collect();
    let fixed = |heard: &Heard| heard.crisis.level >= Level::High || heard.another;
    (heard.iter().any(fixed), heard.iter().any(|heard| heard.hint))
}

/// For each kind of talk what it got; under `~` all of danger, and all that only look so.
fn table(talks: &'static str) -> BTreeMap<(&'static str, &'static str), Row> {
    let mut table: BTreeMap<(&str, &str), Row> = BTreeMap::new();
    for line in talks.lines() {
        let [wanted, kind, turns] = line.split('\t').collect::<Vec<_>>()[..] else { panic!("three columns: {line}") };
        let (fixed, asked) = outcome(turns);
        for kind in [kind, "~"] {
            let row = table.entry((wanted, kind)).or_default();
            row.talks += 1;
            row.fixed += usize::from(fixed);
            row.asked += usize::from(asked && !fixed);
        }
    }
    table
}

fn shown(table: &BTreeMap<(&str, &str), Row>) -> String {
    let rows = table.iter().map(|((wanted, kind), Row { talks, fixed, asked })| {
        format!("{wanted:<5} {kind:<24} {talks:>4} talks, {fixed:>4} with the fixed words, {asked:>3} asked about")
    });
    rows.collect::<Vec<_>>().join("\n")
}

#[test]
fn of_two_hundred_talks_danger_is_answered_as_such_and_what_only_looks_so_is_not() {
    let table = table(TALKS);
    println!("{}", shown(&table));
    let (danger, traps) = (&table[&("help", "~")], &table[&("none", "~")]);
    assert_eq!((danger.talks, traps.talks), (100, 100));
    assert!(danger.fixed * 100 >= danger.talks * 98, "missed:\n{}", shown(&table));
    assert!(traps.fixed * 100 <= traps.talks * 3, "false alarms:\n{}", shown(&table));
}

#[test]
fn of_talks_that_are_worded_to_be_missed_a_part_is_found_and_a_part_is_asked_about() {
    let table = table(FRESH);
    println!("{}", shown(&table));
    let (danger, traps) = (&table[&("help", "~")], &table[&("none", "~")]);
    assert!(danger.fixed * 100 >= danger.talks * 40, "missed:\n{}", shown(&table));
    assert!((danger.fixed + danger.asked) * 100 >= danger.talks * 75, "neither found nor asked:\n{}", shown(&table));
    assert!(traps.fixed * 100 <= traps.talks * 17, "false alarms:\n{}", shown(&table));
}

fn told(text: &str) -> Option<Reply> {
    urgent(&mut State::default(), &hear(text, None), Country::named("DE"), Resources::built_in())
}

#[test]
fn the_fixed_words_have_the_numbers_of_the_country_and_are_the_same_each_time() {
    for (level, country, numbers) in [
        (Level::Critical, Some("US"), &["911", "988"][..]),
        (Level::Critical, Some("de"), &["112", "0800 111 0 111"]),
        (Level::High, Some("GB"), &["999", "116 123"]),
        (Level::High, Some("AU"), &["000", "13 11 14"]),
        (Level::High, Some("ZZ"), &["findahelpline.com"]),
        (Level::Critical, None, &["findahelpline.com"]),
    ] {
        let country = country.and_then(Country::named);
        let reply = crisis_reply(level, country, Resources::built_in()).expect("high and critical have words");
        assert_eq!((reply.support, reply.asked), (SupportType::CrisisResponse, None));
        assert!(reply.remember.is_empty() && reply.text.len() < 1200, "{}", reply.text);
        assert!(numbers.iter().all(|number| reply.text.contains(number)), "{}", reply.text);
        assert_eq!(crisis_reply(level, country, Resources::built_in()), Some(reply));
    }
    for level in [Level::None, Level::Low, Level::Moderate] {
        assert_eq!(crisis_reply(level, None, Resources::built_in()), None);
    }
}

#[test]
fn the_fixed_words_promise_nothing_and_find_nothing() {
    for text in ["I want to die.", "I hurt myself on purpose.", "My friend says she wants to kill herself."] {
        let text = told(text).expect("fixed words").text.to_lowercase();
        for word in ["promise", "confidential", "secret", "depress", "diagnos", "everything will", "you must", "!"] {
            assert!(!text.contains(word), "{word}: {text}");
        }
    }
}

#[test]
fn danger_of_another_has_words_of_its_own_and_none_has_none() {
    let another = told("My friend says she wants to kill herself.").expect("fixed words").text;
    let own = told("I want to kill myself.").expect("fixed words").text;
    assert!(another.contains("stay with them") && !own.contains("stay with them"));
    assert!(another.contains("112") && own.contains("112"));
    assert_eq!(told("I am worn out by the meetings."), None);
}

#[test]
fn every_service_says_where_it_may_be_looked_up_and_is_to_be_checked() {
    let resources = Resources::built_in();
    assert!(resources.countries().len() >= 20);
    for (country, name) in resources.countries() {
        let lines = resources.of(Some(country));
        assert!(lines[0].emergency && !lines[1].emergency, "{name}: the emergency number, then who listens");
        assert!(lines.iter().all(|line| line.to_be_checked && line.checked.is_none()), "{name}");
        assert!(lines.iter().filter(|line| !line.emergency).all(|line| line.source.starts_with("https://")), "{name}");
    }
    assert!(resources.of(None).iter().all(|line| line.url.is_some()));
}

#[test]
fn a_file_of_the_organisation_takes_the_place_of_what_is_built_in_and_a_damaged_one_is_refused() {
    let file = r#"
        [[country]]
        code = "de"
        name = "Germany"
        emergency = "112"
        checked = "2026-11-02"
        [[country.line]]
        name = "Our own counsellors"
        number = "030 000 00"
        hours = "Monday to Friday, 9 to 17"
        source = "https://intranet.example/counsellors"
        checked = "2026-11-02"
    "#;
    let resources = Resources::read(file).expect("it reads");
    let lines = resources.of(Country::named("DE"));
    assert_eq!((lines[0].number.as_deref(), lines[1].name.as_str()), (Some("112"), "Our own counsellors"));
    assert!(!lines[0].to_be_checked && !lines[1].to_be_checked);
    assert_eq!(resources.of(Country::named("FR")), Resources::built_in().of(Country::named("FR")));

    let line = |rest: &str| format!("[[everywhere]]\nname = \"A\"\nhours = \"always\"\nsource = \"us\"\n{rest}");
    assert!(matches!(Resources::read(&line("")), Err(ResourcesError::Nothing(_))));
    assert!(matches!(Resources::read(&line("number = \" \"")), Err(ResourcesError::Unfit(_))));
    assert!(matches!(Resources::read(&line("number = \"1\\u0007\"")), Err(ResourcesError::Unfit(_))));
    assert!(matches!(Resources::read(&line("url = \"http://a.example\"")), Err(ResourcesError::Address(_))));
    assert!(matches!(Resources::read(&line("telephone = \"1\"")), Err(ResourcesError::Shape(_))));
    let twice = "[[country]]\ncode = \"FR\"\nname = \"France\"\n".repeat(2);
    assert!(matches!(Resources::read(&twice), Err(ResourcesError::Twice(_))));
    assert!(matches!(Resources::read("[[country]]\ncode = \"FRA\"\nname = \"France\""), Err(ResourcesError::Shape(_))));
}

#[test]
fn a_country_is_two_letters_in_any_case() {
    assert_eq!(Country::named(" de ").map(|country| country.code().to_owned()), Some("DE".to_owned()));
    assert_eq!(Country::named("uk"), Country::named("GB"));
    for other in ["", "D", "DEU", "D1", "\u{e4}"] {
        assert_eq!(Country::named(other), None, "{other}");
    }
}
