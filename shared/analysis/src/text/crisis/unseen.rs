//! Lines in everyday wording that no phrase and no concept was written for. Whoever changes the phrases may look at the odd ones;
//! the even ones are the figure.

use super::{Level, look, tests::level};

const LINES: &str = include_str!("unseen.tsv");
/// By an author who knew no phrase, no concept and no other line.
const STRANGERS: &str = include_str!("strangers.tsv");
/// Those with which the later phrases were written: they hold what was reached, and tell nothing of how much is found.
const WORK: &str = include_str!("work.tsv");

#[derive(Default, Debug)]
struct Figures {
    /// Lines of high and critical danger, and those of them found as at least high.
    danger: u32,
    found: u32,
    /// Lines of lasting strain and of worry, and those of them with a sign.
    strain: u32,
    noticed: u32,
    /// Lines that only look like signs, and those of them found as at least moderate.
    traps: u32,
    false_alarms: u32,
}

/// Of every second line: from the first the odd ones, from the second the even ones.
fn figures(first: usize) -> Figures {
    of(written(LINES).skip(first).step_by(2))
}

fn written(lines: &str) -> impl Iterator<Item = &str> {
    lines.lines().filter(|line| !line.starts_with('#'))
}

fn of<'a>(lines: impl Iterator<Item = &'a str>) -> Figures {
    let mut figures = Figures::default();
    for line in lines {
        let (name, text) = line.split_once('\t').expect("a level and a text");
        let found = look(text, None).level;
        match level(name) {
            Level::High | Level::Critical => {
                figures.danger += 1;
                figures.found += u32::from(found >= Level::High);
            }
            Level::Low | Level::Moderate => {
                figures.strain += 1;
                figures.noticed += u32::from(found >= Level::Low);
            }
            Level::None => {
                figures.traps += 1;
                figures.false_alarms += u32::from(found >= Level::Moderate);
            }
        }
    }
    figures
}

/// At least so many percent.
fn holds(part: u32, of: u32, percent: u32) -> bool {
    part * 100 >= of * percent
}

#[test]
fn of_danger_in_unseen_words_most_is_found_and_few_traps_alarm() {
    let even = figures(1);
    eprintln!("even lines: {even:?}");
    assert_eq!((even.danger, even.strain, even.traps), (35, 15, 50));
    assert!(holds(even.found, even.danger, 60), "{even:?}");
    assert!(holds(even.noticed, even.strain, 60), "{even:?}");
    assert!(even.false_alarms * 100 <= even.traps * 10, "{even:?}");
}

#[test]
fn the_lines_that_were_looked_at_stay_right() {
    let odd = figures(0);
    eprintln!("odd lines: {odd:?}");
    assert!(holds(odd.found, odd.danger, 90), "{odd:?}");
    assert!(holds(odd.noticed, odd.strain, 90), "{odd:?}");
    assert!(odd.false_alarms * 100 < odd.traps * 5, "{odd:?}");
}

#[test]
fn of_danger_in_a_stranger_s_words_as_much_is_found_as_the_readme_says() {
    let all = of(written(STRANGERS));
    eprintln!("a stranger's lines: {all:?}");
    assert_eq!((all.danger, all.strain, all.traps), (60, 40, 100));
    assert!(holds(all.found, all.danger, 50), "{all:?}");
    assert!(holds(all.noticed, all.strain, 65), "{all:?}");
    assert!(all.false_alarms * 100 <= all.traps * 10, "{all:?}");
}

#[test]
fn anger_at_work_is_no_sign_of_danger_and_danger_in_plain_words_is() {
    let all = of(written(WORK));
    eprintln!("anger and plain words: {all:?}");
    assert!(all.traps >= 160 && all.danger >= 120, "{all:?}");
    assert!(all.false_alarms * 100 <= all.traps * 4, "{all:?}");
    assert!(holds(all.found, all.danger, 75), "{all:?}");
    assert_eq!(all.noticed, all.strain, "who is at their limit is seen to be: {all:?}");
}
