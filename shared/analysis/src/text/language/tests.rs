use std::collections::HashSet;

use super::*;

#[test]
fn no_word_stands_in_two_lists() {
    let words: Vec<&str> = [ENGLISH, OTHERS, SHARED].iter().flat_map(|list| list.split_whitespace()).collect();
    let mut seen = HashSet::new();
    let twice: Vec<_> = words.iter().filter(|word| !seen.insert(**word)).collect();
    assert!(twice.is_empty(), "{twice:?}");
}

#[test]
fn english_is_told_however_short() {
    for text in [
        "thanks a lot!",
        "ok",
        "k",
        "ok thanks",
        "I am so happy",
        "sorry",
        "no way",
        "see you",
        "so tired",
        "this sucks",
        "I AM DONE WITH THIS",
        "I can't do this anymore",
        "great job team \u{1f389}",
        "deploy failed again",
        "Could you have a look at the ticket before lunch? The customer is waiting and I have no idea what to tell him.",
    ] {
        assert_eq!(of(text), Some(Language::English), "{text}");
    }
}

#[test]
fn other_languages_are_told_however_short() {
    for text in [
        "Danke sch\u{f6}n",
        "ok danke",
        "Guten Morgen",
        "Ich bin m\u{fc}de",
        "ich will nicht mehr",
        "Feierabend!",
        "Das Projekt ist wieder verschoben worden, und ich habe keine Lust mehr.",
        "Merci beaucoup",
        "je suis crev\u{e9}",
        "Le projet est encore en retard et je suis vraiment fatigu\u{e9} de tout cela.",
        "Gracias",
        "estoy cansado",
        "El proyecto se retrasa otra vez y estoy muy cansado de todo esto.",
        "\u{5ea}\u{5d5}\u{5d3}\u{5d4}",
        "\u{5d0}\u{5e0}\u{5d9} \u{5e2}\u{5d9}\u{5d9}\u{5e3} \u{5de}\u{5d4}\u{5e2}\u{5d1}\u{5d5}\u{5d3}\u{5d4}",
        "\u{634}\u{643}\u{631}\u{627}",
        "\u{8c22}\u{8c22}",
        "\u{6211}\u{5f88}\u{7d2f}\u{ff0c}\u{4e0d}\u{60f3}\u{5de5}\u{4f5c}",
        "\u{3042}\u{308a}\u{304c}\u{3068}\u{3046}",
        "\u{41f}\u{440}\u{438}\u{432}\u{435}\u{442}",
        "\u{3b5}\u{3c5}\u{3c7}\u{3b1}\u{3c1}\u{3b9}\u{3c3}\u{3c4}\u{3ce}",
    ] {
        assert_eq!(of(text), Some(Language::Other), "{text}");
    }
}

#[test]
fn where_languages_are_mixed_the_main_part_counts() {
    let text = "The Kunde said das ist nicht okay, but I think we are fine with it and will ship on Monday";
    assert_eq!(of(text), Some(Language::English));
    assert_eq!(of("Das Meeting war super, aber ich habe wieder keine Zeit. Thanks!"), Some(Language::Other));
    assert_eq!(
        of("\u{6211}\u{4eca}\u{5929}\u{5f88}\u{7d2f}\u{ff0c}\u{4f1a}\u{8bae}\u{592a}\u{591a}\u{4e86} ok"),
        Some(Language::Other)
    );
    assert_eq!(of("I had lunch with \u{674e} today"), Some(Language::English));
}

#[test]
fn what_tells_nothing_is_of_no_language() {
    for text in ["", "42", "\u{1f600}", "!?", "lgtm", "Meeting verschoben", "xyzzy plugh"] {
        assert_eq!(of(text), None, "{text}");
    }
}

#[test]
fn what_is_in_a_language_whose_words_are_in_no_list_is_not_taken_for_english() {
    let finnish = "Palaveri kestikin koko aamup\u{e4}iv\u{e4}n emmek\u{e4} saaneet mit\u{e4}\u{e4}n valmiiksi, joten jatkamme huomenna uudestaan.";
    assert_ne!(of(finnish), Some(Language::English));
    let hungarian = "A megbesz\u{e9}l\u{e9}s eg\u{e9}sz d\u{e9}lel\u{151}tt tartott, \u{e9}s semmit sem siker\u{fc}lt befejezn\u{fc}nk, ez\u{e9}rt holnap folytatjuk.";
    assert_ne!(of(hungarian), Some(Language::English));
}
