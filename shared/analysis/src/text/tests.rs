//! The network that is shipped.

use std::path::Path;
use std::sync::LazyLock;

use super::*;
use crate::networks::Networks;

static READER: LazyLock<TextReader> = LazyLock::new(|| {
    let networks = Networks::of(Path::new("")).expect("the networks inside load");
    TextReader::new(&networks).expect("there is one for text")
});

fn scores(text: &str) -> TextScores {
    READER.read(text).scores.unwrap_or_else(|why| panic!("{text}: {why:?}"))
}

#[test]
fn what_is_plainly_meant_is_read_so() {
    let glad = scores("I am so happy with this team");
    assert_eq!((glad.sentiment.label, glad.emotion.label), (Sentiment::Positive, TextEmotion::Joy));
    assert!(!glad.stress.label);
    let sad = scores("I feel so sad and lonely, everything here is terrible");
    assert_eq!((sad.sentiment.label, sad.emotion.label), (Sentiment::Negative, TextEmotion::Sadness));
    let under_stress = scores(
        "I am completely overwhelmed, I can't sleep, I have panic attacks every night because of the deadlines and I \
         don't know how much longer I can take this pressure",
    );
    assert!(under_stress.stress.label);
}

const NAMED: [&str; 3] =
    ["NAME is so happy with this team", "I am angry that NAME was left alone with it", "I love working with NAME"];

/// By how much a sentence scores otherwise with another name than with the first.
fn moved(sentence: &str, names: &[&str]) -> f64 {
    let all: Vec<TextScores> = names.iter().map(|name| scores(&sentence.replace("NAME", name))).collect();
    let first = all[0];
    let apart = all.iter().map(|other| {
        assert_eq!(first.sentiment.label, other.sentiment.label, "{sentence}");
        assert_eq!(first.emotion.label, other.emotion.label, "{sentence}");
        let sentiment = (first.sentiment.score - other.sentiment.score).abs();
        sentiment.max((first.emotion.score - other.emotion.score).abs())
    });
    apart.fold(0.0, f64::max)
}

#[test]
fn the_same_sentence_with_another_name_that_is_found_scores_the_same() {
    for sentence in NAMED {
        let moved = moved(sentence, &["Anna", "Mohammed", "Latoya", "Wei", "Moshe", "Greg", "Ayşe", "María"]);
        assert!(moved <= 0.05, "{sentence}: {moved}");
    }
}

#[test]
fn the_same_sentence_with_a_name_that_no_list_has_scores_the_same() {
    for sentence in NAMED {
        let names = ["Anna", "Nokuthula", "Tlalli", "Ikechukwu", "Thandolwethu"];
        let moved = moved(sentence, &names);
        assert!(moved <= 0.05, "{sentence}: {moved}");
    }
}

#[test]
fn every_score_is_a_probability_of_the_class_that_won() {
    for text in
        ["ok", "thanks a lot!", "lgtm, ship it", "WHY IS THIS BROKEN AGAIN???", &"I am tired of this. ".repeat(300)]
    {
        let scores = scores(text);
        assert!((0.5..=1.0).contains(&scores.sentiment.score), "{text}");
        assert!((1.0 / 6.0..=1.0).contains(&scores.emotion.score), "{text}");
        assert!((0.5..=1.0).contains(&scores.stress.score), "{text}");
    }
}

#[test]
fn other_languages_are_not_guessed_at() {
    for text in [
        "Ich bin so müde, das ist alles zu viel",
        "Je suis très fatigué",
        "Estoy muy cansado de todo",
        "שלום לכולם",
        "我很累",
        "شكرا",
    ] {
        assert_eq!(READER.read(text).scores, Err(Unread::Language), "{text}");
    }
}

#[test]
fn what_others_wrote_is_no_word_of_the_writer_s() {
    let own = READER.read("I am so happy with this team");
    let reply = READER.read("I am so happy with this team\n\n> I hate all of you, everything is terrible\n> go away");
    assert_eq!(own, reply);
}
