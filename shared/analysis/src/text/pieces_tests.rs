use super::*;

const LIST: [&str; 31] = [
    "[PAD]",
    "[UNK]",
    "[CLS]",
    "[SEP]",
    "i",
    "am",
    "un",
    "##aff",
    "##able",
    "runn",
    "##ing",
    "!",
    "'",
    "m",
    "cafe",
    "don",
    "t",
    "\u{65e5}",
    "\u{672c}",
    "\u{1f600}",
    "hello",
    ".",
    "a",
    "##a",
    "so",
    "tired",
    "stra\u{df}e",
    "-",
    "##s",
    "(",
    ")",
];

fn pieces() -> Pieces {
    Pieces::parse(&LIST.join("\n")).expect("the list reads")
}

/// A text's pieces by name.
fn named(text: &str) -> Vec<&'static str> {
    pieces().encode(text).ids.iter().map(|id| LIST[*id as usize]).collect()
}

// What is wanted here was written by hand from BERT's rules.

#[test]
fn words_are_cut_into_the_longest_pieces_from_the_left() {
    assert_eq!(named("unaffable"), ["un", "##aff", "##able"]);
    assert_eq!(named("RUNNING runnings"), ["runn", "##ing", "runn", "##ing", "##s"]);
    assert_eq!(named("i am so tired"), ["i", "am", "so", "tired"]);
}

#[test]
fn a_word_that_can_t_be_cut_to_its_end_is_unknown_as_a_whole() {
    assert_eq!(named("unwanted am unaffably"), ["[UNK]", "am", "[UNK]"]);
    assert_eq!(named("ing"), ["[UNK]"], "what goes on with a word begins none");
    assert_eq!(named(&"a".repeat(100)).len(), 100);
    assert_eq!(named(&"a".repeat(101)), ["[UNK]"]);
}

#[test]
fn capitals_and_accents_are_taken_away_and_other_letters_are_not() {
    assert_eq!(named("CAF\u{c9} cafe\u{301} caf\u{e9}"), ["cafe", "cafe", "cafe"]);
    assert_eq!(named("Stra\u{df}e"), ["stra\u{df}e"]);
}

#[test]
fn punctuation_and_ideographs_stand_alone() {
    assert_eq!(named("I'm so-so (tired)!!"), ["i", "'", "m", "so", "-", "so", "(", "tired", ")", "!", "!"]);
    assert_eq!(named("\u{65e5}\u{672c}a"), ["\u{65e5}", "\u{672c}", "a"]);
    assert_eq!(named("so\u{2014}so"), ["so", "[UNK]", "so"]);
}

#[test]
fn an_emoji_glued_to_a_word_leaves_the_word_known() {
    assert_eq!(named("hello\u{1f600}\u{1f600}"), ["hello", "\u{1f600}", "\u{1f600}"]);
    assert_eq!(named("\u{1f648}hello\u{1f648}"), ["hello"]);
}

#[test]
fn what_nobody_sees_is_passed_over_and_blanks_of_all_kinds_part_words() {
    assert_eq!(named("he\u{200b}ll\u{ad}o\0 \u{feff}i\u{202e}"), ["hello", "i"]);
    assert_eq!(named("i\tam\r\nso\u{a0}tired\u{2003}"), ["i", "am", "so", "tired"]);
    assert!(named(" \n ").is_empty());
}

#[test]
fn nobody_can_write_a_mark() {
    let ids = pieces().encode("[CLS] [PAD] [SEP] [pad]").ids;
    assert!(ids.iter().all(|id| *id == UNKNOWN), "{ids:?}");
}

#[test]
fn sentences_begin_behind_a_full_stop_and_a_blank_and_with_a_line() {
    use Begins::{Nothing, Sentence, Word};
    let text = pieces().encode("Hello. I am!\nrunning a.a (so.) tired");
    let wanted =
        [Sentence, Word, Sentence, Word, Word, Sentence, Nothing, Word, Word, Word, Word, Word, Word, Word, Sentence];
    assert_eq!(text.begins, wanted);
}

#[test]
fn words_that_are_one_piece_each_are_counted_among_those_that_have_a_letter() {
    let text = pieces().encode("i am unaffable, xyzzy 42!");
    assert_eq!((text.words, text.whole), (4, 2));
}

#[test]
fn no_text_gives_a_piece_that_is_not_in_the_list() {
    let pieces = pieces();
    assert_eq!(pieces.last(), 30);
    let mut random = fastrand::Rng::with_seed(7);
    for _ in 0..500 {
        let text: String = (0..random.usize(0..80)).map(|_| random.char(..)).collect();
        let text = pieces.encode(&text);
        assert!(text.ids.iter().all(|id| *id <= pieces.last()) && text.ids.len() == text.begins.len());
    }
}

#[test]
fn a_list_without_its_marks_or_with_a_piece_twice_is_refused() {
    let refusal = |list: &str| Pieces::parse(list).expect_err("it is refused");
    assert_eq!(refusal(""), "it should begin with [\"[PAD]\", \"[UNK]\", \"[CLS]\", \"[SEP]\"]");
    assert_eq!(refusal("[PAD]\nthe"), "its line 2 should be [UNK]");
    let marks = LIST[..4].join("\n");
    assert_eq!(refusal(&(marks.clone() + "\nthe\nthe")), "its line 6 is empty or stands in it twice");
    assert_eq!(refusal(&(marks.clone() + "\n\nthe")), "its line 5 is empty or stands in it twice");
    assert!(Pieces::parse(&(marks + "\nthe\r\n##the\r\n")).is_ok());
}
