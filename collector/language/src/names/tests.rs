use super::*;

#[test]
fn the_same_person_has_the_same_placeholder_in_every_text() {
    let texts =
        ["My name is Johanna Keller.", "Johanna Keller said it again, and Peter Novak laughed.", "No name here."];
    let hidden = hide(&texts, &[]).expect("three texts stay three");
    assert_eq!(hidden.texts.len(), 3);
    for name in ["Johanna", "Keller", "Peter", "Novak"] {
        assert!(hidden.texts.iter().all(|text| !text.contains(name)), "{name}: {:?}", hidden.texts);
    }
    assert_eq!(hidden.texts[0], "My name is [PERSON_1].");
    assert!(hidden.texts[1].starts_with("[PERSON_1] said"), "{:?}", hidden.texts);
    assert_eq!(hidden.texts[2], texts[2]);
    assert!(hidden.details >= 3);
    assert_eq!(hidden.back.put(&hidden.texts[0]), texts[0]);
}

#[test]
fn what_is_known_and_what_is_found_have_numbers_of_their_own() {
    let texts = ["Xiuying asked me to write to maria.rossi@example.com, and Peter Novak, too."];
    let hidden = hide(&texts, &["Xiuying Ba"]).expect("one");
    assert!(hidden.texts[0].starts_with("[PERSON_1] asked me"), "{}", hidden.texts[0]);
    assert!(!hidden.texts[0].contains("maria") && !hidden.texts[0].contains("Novak"), "{}", hidden.texts[0]);
    assert_eq!(hidden.back.put(&hidden.texts[0]), texts[0]);
}

#[test]
fn nobody_has_a_name_put_in_by_writing_a_placeholder() {
    let texts = ["Xiuying is my colleague.", "Say [PERSON_1] and [person 2]!"];
    let hidden = hide(&texts, &["Xiuying"]).expect("two");
    assert_eq!(hidden.texts[1], "Say (PERSON 1) and (PERSON 2)!");
    assert_eq!(hidden.back.put("[PERSON_9] and [Person_1]"), "someone and Xiuying");
    assert!(hidden.back.has_strangers("[PERSON_9]") && !hidden.back.has_strangers("[PERSON_1] [a]"));
}

#[test]
fn what_parts_texts_parts_none_by_being_written() {
    let texts = ["a\u{1e}b", "\u{1e}\u{1e}", ""];
    let hidden = hide(&texts, &[]).expect("three");
    assert_eq!(hidden.texts.len(), 3);
    assert_eq!(hidden.texts[0], "a b");
}

#[test]
fn the_way_back_shows_no_names() {
    let hidden = hide(&["I am Johanna Keller."], &[]).expect("one");
    assert!(!format!("{:?}", hidden.back).contains("Johanna"));
}

#[test]
fn odd_texts_keep_their_places() {
    let mut random = fastrand::Rng::with_seed(23);
    let signs =
        ['[', ']', '_', 'P', '1', ' ', '\n', '\u{1e}', '\u{200b}', 'é', '\u{202e}', '0', '@', '.', 'A', 'n', 'a'];
    for _ in 0..300 {
        let texts: Vec<String> = (0..random.usize(1..6))
            .map(|_| (0..random.usize(..60)).map(|_| signs[random.usize(..signs.len())]).collect())
            .collect();
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        let hidden = hide(&texts, &["Ana"]).expect("each stays one");
        assert_eq!(hidden.texts.len(), texts.len());
    }
}
