use super::*;

#[test]
fn the_same_value_has_the_same_number_however_it_is_written() {
    assert_eq!(
        scrubbed("Anna Berg, ANNA BERG and anna berg; call +44 20 7946 0018 or +44-20-79460018"),
        "[PERSON_1], [PERSON_1] and [PERSON_1]; call [PHONE_1] or [PHONE_1]"
    );
    assert_eq!(
        scrubbed("card 4111 1111 1111 1111, card 4111-1111-1111-1111, card 5555555555554444"),
        "card [CARD_1], card [CARD_1], card [CARD_2]"
    );
    assert_eq!(scrubbed("Anna.Berg@Example.org anna.berg@example.org"), "[EMAIL_1] [EMAIL_1]");
    assert_eq!(scrubbed("DE89 3704 0044 0532 0130 00 de89370400440532013000"), "[IBAN_1] [IBAN_1]");
}

#[test]
fn what_is_replaced_is_counted_by_kind() {
    let scrubbed = scrub("Priya and Tomasz, priya.k@example.org");
    assert_eq!(scrubbed.replaced, [("EMAIL", 1), ("PERSON", 2)]);
    assert_eq!(scrub("nothing here").replaced, []);
}

#[test]
fn an_address_in_words_may_have_brackets_around_what_is_spoken() {
    assert_eq!(scrubbed("kim [at] example [dot] org"), "[EMAIL_1]");
}

#[test]
fn placeholders_that_are_there_stay_and_new_numbers_go_on_behind_them() {
    assert_eq!(scrubbed("[PERSON_2] asked Priya"), "[PERSON_2] asked [PERSON_3]");
    assert_eq!(scrubbed("[PERSON_99999999999999]"), "[PERSON_99999999999999]");
}

#[test]
fn no_text_however_odd_makes_it_fail() {
    let long = "a".repeat(70_000);
    let odd = [
        "",
        "\0",
        "\u{200d}",
        "\u{202e}anna\u{202c}",
        "@",
        "@@@@",
        "://",
        "a@b",
        "#1234",
        "+",
        "(",
        "[",
        "[PERSON_",
        "[PERSON_]",
        "년월일年月日",
        "1年2月3日",
        "’s",
        "'",
        "--",
        "-- ",
        "Mr",
        "Mr.",
        "Dr. ",
        "client",
        "customer no.",
        "user:",
        "at",
        "x at y dot",
        "at at at dot dot",
        "born",
        "12.",
        "1.2.3.4.5.6",
        "::::",
        "::",
        "é@é.éé",
        "İ I ı ß ẞ ŉ ǰ",
        "👩‍👩‍👧‍👦 Anna 👍🏽",
        "ﷺ",
        "Z͑ͫ̓ͪ̂ͫ̽",
        "٠١٢٣",
        "１２３４",
        "S.",
        "J. ",
        "A, B.",
        "씨",
        "さん",
        "คุณ",
        "先生",
        &long,
    ];
    for text in odd {
        let once = scrubbed(text);
        assert_eq!(scrubbed(&once), once, "{}", text.chars().take(40).collect::<String>());
    }
}

#[test]
fn a_text_that_is_made_to_be_slow_is_read_to_its_end() {
    let pieces = [
        "@",
        "a@",
        "a@a.",
        "1 ",
        "1-",
        "12 ",
        "4111 ",
        "Anna ",
        "A. ",
        "A, ",
        "Mr ",
        "and ",
        "年",
        "年1月",
        "王",
        "あ",
        "김",
        "[",
        "[PERSON_1",
        "DE89 ",
        "a:",
        "1.",
        "://",
        "a://",
        "#1234",
        "x#1234 ",
        "user ",
        "client A ",
        "one ",
        "at ",
        "dot ",
        "a dot ",
        "born ",
        "1.1.2000 ",
        "(",
        "+",
        "+1",
        "-",
        "’",
        " ",
        "\n",
        "1 A ",
        "Flat 1, ",
        "~",
        "/u/",
    ];
    for piece in pieces {
        let text = piece.repeat(16 * 1024 / piece.len());
        assert!(!scrub(&text).text.is_empty(), "{piece:?}");
    }
}

#[test]
fn what_stood_in_the_place_of_each_placeholder_is_told_once() {
    let (scrubbed, taken) = scrub_telling("Anna Berg, ANNA BERG and anna.berg@example.org wrote to [PERSON_4]");
    assert_eq!(scrubbed.text, "[PERSON_5], [PERSON_5] and [EMAIL_1] wrote to [PERSON_4]");
    let pair = |mark: &str, was: &str| (mark.to_owned(), was.to_owned());
    assert_eq!(taken, [pair("[PERSON_5]", "Anna Berg"), pair("[EMAIL_1]", "anna.berg@example.org")]);
}
