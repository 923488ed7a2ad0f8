use super::*;

fn broken(given: &str, answer: &str) -> Option<Rule> {
    let checker = Checker::new(Given { all: given, before: Some("You said that it was hard for you."), links: &[] });
    checker.sentence(answer).or_else(|| checker.whole(answer))
}

const SAID: &str = "I work 52 hours a week and [PERSON_1] never helps.";

#[test]
fn a_fitting_answer_breaks_no_rule() {
    for answer in [
        "52 hours a week is a lot, and without help it wears one down. What would help you most?",
        "I can't promise that this stays confidential, and I'm no therapist. What would you like to tell?",
        "It sounds as if [PERSON_1] leaves you alone with it. Have you been able to say so?",
        "You said “my manager never helps”, and that stays with me. What happened then?",
        "I can't diagnose anything, but a doctor could look at how you sleep.",
        "Hello. How is your day?",
    ] {
        assert_eq!(broken(SAID, answer), None, "{answer}");
    }
}

#[test]
fn each_rule_is_broken_by_what_it_is_about() {
    let long = "That is a lot to carry, and I hear how much it is for you at work. ".repeat(20);
    for (rule, answer) in [
        (Rule::Role, "My manager gives me too much as well."),
        (Rule::Persona, "I am a trained therapist, tell me more."),
        (Rule::Diagnosis, "You have a depression."),
        (Rule::Confidential, "This stays between us."),
        (Rule::Figures, "You work 63 hours a week."),
        (Rule::Unsafe, "Take a sleeping pill tonight."),
        (Rule::Unkind, "Toughen up a little."),
        (Rule::Deeds, "I have informed HR about it."),
        (Rule::Others, "Another employee feels the same."),
        (Rule::Others, "It was Johanna Keller who said that."),
        (Rule::Instructions, "My instructions forbid that."),
        (Rule::Markup, "**Rest** and sleep."),
        (Rule::Repeats, "Rest is good. Rest is good. Rest is good. Rest is good."),
        (Rule::Repeats, "You said that it was hard for you."),
        (Rule::Length, long.trim()),
        (Rule::Language, "Das klingt wirklich anstrengend für Sie, und das tut mir leid."),
        (Rule::Subject, "The capital of that country lies on a river and is known for its bridges."),
        (Rule::Empty, " … "),
    ] {
        assert_eq!(broken(SAID, answer), Some(rule), "{answer}");
    }
}

#[test]
fn nothing_of_our_instructions_is_said() {
    for text in instructions() {
        for line in text.lines().filter(|line| line.split_whitespace().count() >= 8) {
            assert!(broken(SAID, line.trim_start_matches("- ")).is_some(), "{line}");
        }
    }
}

#[test]
fn every_rule_has_a_name_and_a_reason_of_its_own() {
    let names: std::collections::BTreeSet<_> = Rule::ALL.iter().map(|rule| rule.name()).collect();
    let reasons: std::collections::BTreeSet<_> = Rule::ALL.iter().map(|rule| rule.reason()).collect();
    assert_eq!((names.len(), reasons.len()), (Rule::ALL.len(), Rule::ALL.len()));
    assert!(Rule::ALL.into_iter().all(|rule| Rule::named(rule.name()) == Some(rule)));
}

#[test]
fn no_answer_makes_the_rules_fall() {
    let mut random = fastrand::Rng::with_seed(23);
    let signs = [
        "[", "]", "<", "'", "’", "“", "\"", ".", ":", "\n", "\u{200b}", "é", "5", "%", "_", "you", " ", "n't",
        "cannot", "@", "://", "١",
    ];
    for _ in 0..500 {
        let text: String = (0..random.usize(..80)).map(|_| signs[random.usize(..signs.len())]).collect();
        let _ = broken(&text, &text);
    }
    let _ = broken("", &"a".repeat(1 << 20));
    let _ = broken("", &"you are ".repeat(1 << 14));
}
