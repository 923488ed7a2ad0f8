//! Promises that hold for any text: made of pieces by a generator that begins at the same place each time.

use super::*;

struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap_or(0) % sides.max(1)
    }

    fn pick<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[self.roll(of.len())]
    }
}

/// Without a detail in any order: small words, signs and numbers that name nobody.
const PLAIN: [&str; 30] = [
    "the", "server", "is", "slow", "again", "we", "need", "more", "time", "for", "tests", "12", "3.5", "%", ",", ".",
    "!", "\n", "(", ")", "🙂", "deadline", "…", "–", "it’s", "build", "7", "a", "not", "ship",
];
const PIECES: [&str; 80] = [
    "Anna",
    "Will",
    "will",
    "May",
    "Mark",
    "Smith",
    "Okonkwo",
    "J.",
    "Dr.",
    "Mr",
    "said",
    "Hi",
    "Dear",
    ",",
    ".",
    ":",
    " ",
    "\n",
    "-",
    "--",
    "'s",
    "’s",
    "@",
    "@here",
    "@anna_k",
    "x#1234",
    "user",
    "login",
    "client",
    "customer",
    "no.",
    "Acme",
    "Corp.",
    "GmbH",
    "&",
    "+44",
    "0049",
    "(0)",
    "(",
    ")",
    "20",
    "7946",
    "0018",
    "555",
    "2671",
    "12",
    "3",
    "1984",
    "March",
    "born",
    "Street",
    "Berlin",
    "10115",
    "Hauptstraße",
    "rue",
    "de",
    "la",
    "Paix",
    "192.168.1.20",
    "2001:db8::1",
    ":8080",
    "https://example.com/u/",
    "~mj",
    "?uid=7",
    "a@b.org",
    "at",
    "dot",
    "org",
    "card",
    "iban",
    "DE89",
    "3704",
    "4111",
    "王伟",
    "先生",
    "さん",
    "محمد",
    "Иван",
    "one",
    "[PERSON_1]",
];

#[test]
fn scrubbing_what_is_scrubbed_changes_nothing() {
    let mut dice = Dice(1);
    for _ in 0..4_000 {
        let mut text = String::new();
        for _ in 0..dice.roll(24) + 1 {
            text.push_str(dice.pick(&PIECES));
            text.push_str(dice.pick(&["", " ", " ", " "]));
        }
        let once = scrubbed(&text);
        assert_eq!(scrubbed(&once), once, "{text:?}");
    }
}

#[test]
fn any_letters_are_read_without_failing() {
    let mut dice = Dice(2);
    for _ in 0..2_000 {
        let letters = (0..dice.roll(60)).filter_map(|_| {
            let within = [0x80, 0x250, 0x600, 0x3100, 0x1_0000, 0x11_0000];
            let most = within[dice.roll(within.len())];
            char::from_u32(u32::try_from(dice.roll(most)).unwrap_or(0))
        });
        let text: String = letters.collect();
        let once = scrubbed(&text);
        assert_eq!(scrubbed(&once), once, "{text:?}");
    }
}

#[test]
fn a_text_without_details_comes_out_byte_by_byte() {
    let mut dice = Dice(3);
    for _ in 0..2_000 {
        let mut text = String::new();
        for _ in 0..dice.roll(40) {
            text.push_str(dice.pick(&PLAIN));
            text.push(' ');
        }
        assert_eq!(scrub(&text), Scrubbed { text: text.clone(), replaced: Vec::new() });
    }
}

#[test]
fn no_card_and_no_account_that_passes_its_check_stays() {
    let mut dice = Dice(4);
    let around = [
        "",
        "see",
        "ticket",
        "paid",
        "Anna",
        "and",
        "no.",
        "(",
        "\"",
        "tel",
        "build 7",
        "12 apples",
        "on 1.2.2020",
        "customer",
    ];
    let behind = ["", ".", ",", ")", " thanks", " and more", "!", "\n", " for Anna", ": ok", "?"];
    for _ in 0..4_000 {
        let card = dice.roll(2) == 0;
        let value = if card { dice.pick(&CARDS) } else { dice.pick(&IBANS) };
        let blank = dice.pick(&["", " ", "-", "\u{a0}"]);
        let parted: Vec<&str> = (0..value.len()).step_by(4).map(|at| &value[at..value.len().min(at + 4)]).collect();
        let mut written = parted.join(blank);
        if dice.roll(2) == 0 {
            written = written.to_lowercase();
        }
        let (before, after) = (dice.pick(&around), dice.pick(&behind));
        let text = format!("{before} {written}{after}");
        let out = scrubbed(&text);
        let left: String = out.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_lowercase();
        assert!(!left.contains(&value.to_lowercase()), "{text:?} -> {out:?}");
        assert!(out.contains(if card { "[CARD_1]" } else { "[IBAN_1]" }), "{text:?} -> {out:?}");
    }
}
