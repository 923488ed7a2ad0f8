use std::collections::BTreeMap;

use super::{Level, lexicon::lexicon, look};

const LINES: &str = include_str!("lines.tsv");

struct Line {
    set: &'static str,
    kind: &'static str,
    level: Level,
    text: &'static str,
}

pub(super) fn level(name: &str) -> Level {
    match name {
        "none" => Level::None,
        "low" => Level::Low,
        "moderate" => Level::Moderate,
        "high" => Level::High,
        "critical" => Level::Critical,
        other => panic!("no level: {other}"),
    }
}

fn lines() -> Vec<Line> {
    let rows = LINES.lines().filter(|line| !line.starts_with('#'));
    let read = rows.map(|row| match row.split('\t').collect::<Vec<_>>().as_slice() {
        [set, kind, _, name, text] => Line { set, kind, level: level(name), text },
        _ => panic!("not five columns: {row}"),
    });
    read.collect()
}

fn distance(a: Level, b: Level) -> u32 {
    (a as u32).abs_diff(b as u32)
}

#[derive(Default)]
struct Row {
    lines: u32,
    distance: u32,
    exact: u32,
    false_alarms: u32,
    missed: u32,
}

#[test]
fn every_phrase_can_be_read() {
    assert_eq!(lexicon().faults, Vec::<&str>::new());
}

#[test]
fn signs_are_found_and_what_only_looks_like_one_is_let_be() {
    let mut table: BTreeMap<&str, Row> = BTreeMap::new();
    let mut of_danger = 0;
    for line in lines().iter().filter(|line| line.set != "fresh") {
        let found = look(line.text, None).level;
        of_danger += u32::from(line.level >= Level::High);
        for kind in [line.kind, "~ all"] {
            let row = table.entry(kind).or_default();
            row.lines += 1;
            row.distance += distance(line.level, found);
            row.exact += u32::from(line.level == found);
            row.false_alarms += u32::from(line.level < Level::High && found >= Level::High);
            row.missed += u32::from(line.level >= Level::High && found < Level::High);
        }
    }
    let print = |(kind, row): (&&str, &Row)| {
        let mean = f64::from(row.distance) / f64::from(row.lines);
        let Row { lines, exact, false_alarms, missed, .. } = row;
        format!(
            "{kind:<18} {lines:>4} lines, {exact:>4} exact, distance {mean:.2}, {false_alarms} false alarms, {missed} missed"
        )
    };
    let shown = table.iter().map(print).collect::<Vec<_>>().join("\n");
    let all = &table["~ all"];
    assert!(all.lines >= 600, "{shown}");
    assert!(all.false_alarms <= 4, "false alarms:\n{shown}");
    assert!(all.missed * 100 <= of_danger * 4, "of {of_danger}:\n{shown}");
    assert!(all.distance * 100 <= all.lines * 9, "mean distance above 0.09:\n{shown}");
}

/// Lines that no phrase was written for: how it does among strangers.
#[test]
fn among_lines_that_no_phrase_was_written_for_half_of_the_danger_is_found_without_a_false_alarm() {
    let (mut danger, mut missed) = (0, 0);
    for line in lines().iter().filter(|line| line.set == "fresh") {
        let found = look(line.text, None).level;
        assert!(line.level >= Level::High || found < Level::High, "{}", line.text);
        danger += u32::from(line.level >= Level::High);
        missed += u32::from(line.level >= Level::High && found < Level::High);
    }
    assert!(danger > 0 && missed * 2 <= danger, "{missed} of {danger}");
}

/// What a well-known list of words finds, each said of oneself.
#[test]
fn the_floor_is_found_where_the_writer_speaks_of_himself() {
    for (least, texts) in [
        (
            Level::Critical,
            &[
                "I keep thinking about suicide.",
                "I want to kill myself",
                "I want to end it all",
                "My life is not worth living",
                "I want to die",
            ][..],
        ),
        (
            Level::High,
            &[
                "I can't go on",
                "I can\u{2019}t go on",
                "Everything is overwhelming",
                "I am at my breaking point",
                "I can't handle it any more",
                "I give up",
            ],
        ),
        (
            Level::Moderate,
            &[
                "I am very stressed",
                "I feel anxious",
                "I am depressed",
                "I am struggling",
                "I am having a difficult time",
            ],
        ),
        (Level::Low, &["I am worried", "I am concerned about it", "I am stressed", "I am tired", "I feel overwhelmed"]),
    ] {
        for text in texts {
            assert!(look(text, None).level >= least, "{text}: {:?}", look(text, None));
        }
    }
}

#[test]
fn concepts_are_a_sign_in_any_order() {
    for (least, text) in [
        (Level::Critical, "If my heart stopped in the night I would be okay with that."),
        (Level::Critical, "My kids would have a lighter life if I was dead."),
        (Level::Critical, "the only reason I am still alive is my sister"),
        (Level::High, "Nobody in this world would care about me"),
        (Level::High, "I do not have it in me any more"),
        (Level::Moderate, "I have been dreading every single Monday for months"),
    ] {
        assert!(look(text, None).level >= least, "{text}: {:?}", look(text, None));
    }
}

#[test]
fn concepts_are_no_sign_where_they_are_denied_or_another_s() {
    for text in [
        "I would not be okay with that if my heart stopped, so I run.",
        "I think my neighbour wants the dog dead.",
        "My sister hopes the bus hits the wall in the film.",
        "I can't take any more bookings this month.",
        "I hope the biopsy of my cat comes back clean.",
    ] {
        assert!(look(text, None).level < Level::High, "{text}: {:?}", look(text, None));
    }
}

#[test]
fn what_only_sounds_like_a_tale_takes_nothing_from_a_sign() {
    for text in [
        "Another night like this and I will end my life.",
        "Could someone please help me, I want to die.",
        "At this stage I just want to die.",
        "I called the hotline but I still want to end my life.",
        "Everyone says it gets better but I want to die.",
        "Id rather die than live like this",
    ] {
        assert_eq!(look(text, None).level, Level::Critical, "{text}");
    }
    for text in [
        "One more icebreaker and I will kill myself.",
        "If the printer jams again I will kill myself.",
        "The film is called I want to die young.",
        "If someone says they want to die, call the line on the poster.",
    ] {
        assert!(look(text, None).level < Level::High, "{text}: {:?}", look(text, None));
    }
}

#[test]
fn stress_by_the_network_raises_to_moderate_at_most() {
    assert_eq!(look("The report is in the folder.", Some(0.95)).level, Level::Low);
    assert_eq!(look("I am a bit worried.", Some(0.95)).level, Level::Moderate);
    assert_eq!(look("I am very stressed.", Some(1.0)).level, Level::Moderate);
    assert_eq!(look("The report is in the folder.", Some(0.89)).level, Level::None);
    assert_eq!(look("I want to die.", Some(0.0)).level, Level::Critical);
}

#[test]
fn indicators_name_kinds_and_each_once() {
    let crisis = look("I want to die. I wish I was dead. I feel worthless.", None);
    assert_eq!(crisis.indicators, ["wish_to_die", "worthless"]);
}

#[test]
fn nothing_that_can_be_sent_breaks_it() {
    let mut random = fastrand::Rng::with_seed(21);
    let words: Vec<&str> = LINES.split_whitespace().collect();
    let marks: Vec<char> = "'\"*.-_!?>\n \u{200b}\u{308}\u{1f602}".chars().collect();
    for _ in 0..200 {
        let mut text = String::new();
        for _ in 0..random.usize(..200) {
            match random.u8(..6) {
                0 => text.push(random.char(..)),
                1 => text.push(marks[random.usize(..marks.len())]),
                2 => text.push(random.alphabetic()),
                _ => {
                    text.push_str(words[random.usize(..words.len())]);
                    text.push(' ');
                }
            }
        }
        let crisis = look(&text, Some(random.f64()));
        assert_eq!(crisis.level == Level::None, crisis.indicators.is_empty(), "{text:?}");
    }
}

#[test]
fn a_long_message_that_is_made_to_be_slow_is_read_and_has_signs_only_with_a_level() {
    let pieces = [
        "a b ",
        "a*",
        "'a ",
        "x",
        "i ",
        "\u{308}u",
        "want to . ",
        "\"",
        "not ",
        "\u{200d}",
        "e\u{301}",
        "\u{1f602}",
        "I want to die song. ",
        "I wish death end life me all over ",
    ];
    for piece in pieces {
        let text = piece.repeat(1 + 100_000 / piece.len());
        let crisis = look(&text, None);
        assert_eq!(crisis.level == Level::None, crisis.indicators.is_empty(), "{piece:?}");
    }
}
