use attune_analysis::text::crisis::{Level, look};

use super::heard;

fn level(text: &str) -> Level {
    heard(text, None).crisis.level
}

#[test]
fn what_speaks_for_itself_in_a_talk_is_found() {
    for text in [
        "I can't stop having suicidal thoughts at my desk.",
        "Tonight I'm going to overdose.",
        "There's no point in living any more.",
        "The only way out I can see is suicide.",
        "I wanna kill myself lol",
        "I am fine but I want to die",
        "I deserve to die.",
        "I\u{2019}ve got the pills ready",
        "I WANT TO DIE",
    ] {
        assert_eq!(level(text), Level::Critical, "{text}");
    }
    for text in
        ["I hurt myself on purpose when nobody is home.", "I keep cutting myself.", "I don't trust myself tonight."]
    {
        assert!(level(text) >= Level::High, "{text}");
    }
}

#[test]
fn a_denial_a_tale_and_what_is_over_are_none() {
    for text in [
        "I have no thoughts of suicide.",
        "I would never kill myself.",
        "In the film the hero says I want to die.",
        "When I was a teenager I was suicidal, years ago.",
        "My character wants to be dead and says so in the game.",
        "Somebody wrote \"I want to die\" on the door.",
        "I don't want to live in the city.",
    ] {
        assert!(level(text) < Level::High, "{text}: {:?}", heard(text, None).crisis);
    }
}

#[test]
fn what_the_rules_for_messages_find_is_found_here_unless_it_asks_for_something_at_work() {
    for text in
        ["I can't go on.", "I want it all to end.", "I feel worthless.", "Everyone would be better off without me."]
    {
        assert!(level(text) >= look(text, None).level, "{text}");
        assert!(level(text) >= Level::High, "{text}");
    }
    let asks = "I can't go on like this, I need fewer projects.";
    assert!(level(asks) <= Level::Moderate, "{:?}", heard(asks, None).crisis);
    assert_eq!(level("I can't go on like this, I need another job, or I will end my life."), Level::Critical);
}

#[test]
fn somebody_else_in_danger_is_told_from_the_writer() {
    for text in [
        "My colleague just told me she wants to kill herself.",
        "I found out that my daughter has been cutting herself.",
        "A friend texted me that she has taken an overdose.",
    ] {
        let danger = heard(text, None);
        assert!(danger.another && danger.crisis.level < Level::High, "{text}: {:?}", danger.crisis);
    }
    for text in
        ["In the series she wants to kill herself.", "He killed it in the pitch.", "My colleague wants a raise."]
    {
        assert!(!heard(text, None).another, "{text}");
    }
    let both = heard("My sister wants to die. I want to die too.", None);
    assert!(!both.another && both.crisis.level == Level::Critical, "the writer comes first");
}

#[test]
fn a_mark_without_its_other_hides_nothing() {
    assert_eq!(level("The screen is 24\" wide. I want to kill myself."), Level::Critical);
    assert_eq!(level("\"I want to die\""), Level::Critical, "who writes nothing else says it");
}

#[test]
fn a_level_has_its_signs_and_none_has_none() {
    for text in ["", "I want to die. I wish I was dead.", "I like tea.", "I am tired and I keep cutting myself."] {
        let crisis = heard(text, None).crisis;
        assert_eq!(crisis.level == Level::None, crisis.indicators.is_empty(), "{text}");
        let mut kinds = crisis.indicators.clone();
        kinds.sort_unstable();
        kinds.dedup();
        assert_eq!(kinds.len(), crisis.indicators.len(), "each once: {text}");
    }
}
