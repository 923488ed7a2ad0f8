use attune_analysis::text::crisis::Level;
use attune_analysis::text::{Labelled, Sentiment, TextEmotion, TextScores};

use super::{Entity, Intent, KNOWN, Wants, hear};
use crate::memory::RememberedKind;
use crate::problem::Problem;
use crate::reply::SupportType;
use crate::state::Stage;
use crate::tone::Tone;

#[test]
fn every_name_is_the_one_by_which_it_is_stored() {
    fn check<T: serde::Serialize + Copy>(all: &[T], name: fn(T) -> &'static str) {
        for one in all {
            assert_eq!(serde_json::to_string(one).expect("written").trim_matches('"'), name(*one));
        }
    }
    check(Problem::ALL, Problem::name);
    check(Tone::ALL, Tone::name);
    check(Intent::ALL, Intent::name);
    check(Wants::ALL, Wants::name);
    check(Entity::ALL, Entity::name);
    check(SupportType::ALL, SupportType::name);
    check(Stage::ALL, Stage::name);
    check(RememberedKind::ALL, RememberedKind::name);
}

fn scores(sentiment: f64, emotion: (TextEmotion, f64), stress: f64) -> TextScores {
    TextScores {
        sentiment: Labelled { label: Sentiment::Negative, score: sentiment },
        emotion: Labelled { label: emotion.0, score: emotion.1 },
        stress: Labelled { label: true, score: stress },
    }
}

#[test]
fn every_list_is_of_something_and_everything_has_its_list() {
    let known = &*KNOWN;
    let problems: Vec<&str> = known.problems.names().collect();
    assert!(Problem::ALL.iter().all(|problem| problems.contains(&problem.name())));
    assert_eq!(problems.len(), Problem::ALL.len());
    let tones: Vec<&str> = known.tones.names().collect();
    assert!(Tone::ALL.iter().all(|tone| tones.contains(&tone.name())) && tones.len() == Tone::ALL.len());
    let entities: Vec<&str> = known.entities.names().collect();
    assert!(Entity::ALL.iter().all(|kind| entities.contains(&kind.name())) && entities.len() == Entity::ALL.len());
    let others = [
        "greeting",
        "closing",
        "helping",
        "feeling",
        "yes",
        "no",
        "short_yes",
        "short_no",
        "unsure",
        "safe",
        "not_safe",
        "about_us",
    ];
    let wants = Wants::ALL.iter().map(|wants| wants.name());
    for name in others.into_iter().chain(wants) {
        assert!(!known.intents.of(name).is_empty(), "{name}");
    }
    assert_eq!(known.intents.names().count(), others.len() + Wants::ALL.len());
}

#[test]
fn what_it_is_about_is_heard() {
    for (text, problem) in [
        ("There is far too much work, it keeps piling up.", Problem::Workload),
        ("I work sixty hours a week, with overtime nearly every day.", Problem::LongHours),
        ("I have not had a day off since spring, my leave keeps being moved.", Problem::LeaveNotTaken),
        ("My whole day is back to back meetings.", Problem::Meetings),
        ("The emails and notifications never stop.", Problem::Interruptions),
        ("I feel so lonely in the home office.", Problem::Isolation),
        (
            "Nobody notices what I do, my boss takes the credit for my ideas and I feel undervalued.",
            Problem::Recognition,
        ),
        ("My performance review was bad, with a poor rating.", Problem::Performance),
        ("I just started here, it is my first week and nobody showed me anything.", Problem::SettlingIn),
        ("I was passed over for the promotion again.", Problem::Growth),
        ("My boss is micromanaging me.", Problem::Manager),
        ("I keep being bullied and insulted.", Problem::UnfairTreatment),
        ("The deadline is on Friday and we are behind schedule.", Problem::Deadlines),
        ("They are restructuring and I may lose my job.", Problem::Change),
        ("I lie awake, I have hardly slept.", Problem::Sleep),
        ("With my kids and my mother I have no time for myself.", Problem::Balance),
        ("My salary does not cover the rent.", Problem::Pay),
        ("I am bored, the work is meaningless.", Problem::Motivation),
        ("My father passed away, the funeral was on Monday.", Problem::Loss),
    ] {
        let heard = hear(text, None);
        assert_eq!(heard.problems.first(), Some(&problem), "{text}: {:?}", heard.problems);
    }
    assert!(hear("The cat sits on the mat.", None).problems.is_empty());
}

#[test]
fn what_somebody_is_about_and_what_they_ask_for_is_heard() {
    for (text, intent, wants) in [
        ("Hello", Intent::Greeting, None),
        ("Good morning!", Intent::Greeting, None),
        ("That's all for today, thank you.", Intent::Closing, None),
        ("Bye", Intent::Closing, None),
        ("What should I do about it?", Intent::SeekingHelp, Some(Wants::Advice)),
        ("Please don't give me advice, just listen.", Intent::SeekingHelp, Some(Wants::Listening)),
        ("Where can I get help? Is there a helpline?", Intent::SeekingHelp, Some(Wants::Resources)),
        ("I am so angry about the rota.", Intent::EmotionalExpression, None),
        ("The meeting is at ten.", Intent::GeneralSupport, None),
    ] {
        let heard = hear(text, None);
        assert_eq!((heard.intent, heard.wants), (intent, wants), "{text}");
    }
}

#[test]
fn how_an_answer_sounds_is_heard_from_its_words_and_else_from_the_network() {
    for (text, tone) in [
        ("I am worn out and have no energy.", Tone::Weary),
        ("I am furious, this is ridiculous.", Tone::Angry),
        ("I am scared of what will happen.", Tone::Worried),
        ("Nothing ever changes here, so why bother.", Tone::Resigned),
        ("I'd rather not say.", Tone::Guarded),
        ("I could try that, and it is getting better.", Tone::Hopeful),
        ("It went well, I am happy with it.", Tone::Content),
    ] {
        assert_eq!(hear(text, None).tone, Some(tone), "{text}");
    }
    let text = "The tray is on the desk.";
    assert_eq!(hear(text, None).tone, None);
    assert_eq!(hear(text, Some(&scores(0.9, (TextEmotion::Anger, 0.8), 0.6))).tone, Some(Tone::Angry));
    assert_eq!(hear(text, Some(&scores(0.9, (TextEmotion::Anger, 0.5), 0.6))).tone, None, "it is not sure");
    let joy = hear(text, Some(&scores(0.9, (TextEmotion::Joy, 0.9), 0.6)));
    assert_eq!(joy.tone, None, "joy that sounds displeased is not taken for ease");
}

#[test]
fn a_yes_a_no_and_being_safe_are_heard_where_they_are_said() {
    for (text, agrees) in [
        ("Yes, that fits.", Some(true)),
        ("ok", Some(true)),
        ("Sounds good, thanks", Some(true)),
        ("No, not for me.", Some(false)),
        ("Not really", Some(false)),
        ("I don't think so", Some(false)),
        ("The yes men are everywhere.", None),
        ("I am", Some(true)),
        ("I'm not", Some(false)),
        ("I do, yes", Some(true)),
        ("I don't know", None),
        ("I am tired", None),
        ("I am tired of being the one who stays.", None),
        ("I don't sleep well since it began.", None),
    ] {
        assert_eq!(hear(text, None).agrees, agrees, "{text}");
    }
    assert_eq!(hear("No, I'm safe, my sister is here.", None).says_safe, Some(true));
    assert_eq!(hear("I am not safe.", None).says_safe, Some(false));
    assert_eq!(hear("The harbour is near.", None).says_safe, None);
}

#[test]
fn who_asks_who_answers_and_who_reads_along_is_heard() {
    for text in ["Are you a robot?", "does my boss see this", "Is this confidential?", "Who can read this?"] {
        assert!(hear(text, None).asks_about_us, "{text}");
    }
    assert!(!hear("My boss sees everything.", None).asks_about_us);
}

#[test]
fn importance_follows_the_formula_that_it_is_taken_from() {
    let calm = scores(0.9, (TextEmotion::Sadness, 0.6), 0.7);
    let heard = hear("The tray is on the desk.", Some(&calm));
    assert_eq!(heard.crisis.level, Level::None);
    assert!((heard.importance - (0.8 + 0.6 + 0.7) / 3.0).abs() < 1e-12, "{}", heard.importance);
    assert_eq!(hear("I want to die.", Some(&calm)).importance, 1.0, "twice 0.7 is more than there is");
    assert_eq!(hear("The tray is on the desk.", None).importance, 0.5);
}

#[test]
fn somebody_is_told_by_the_rule_for_critical_and_for_high_with_more_than_three_flags() {
    let critical = hear("I want to die.", None);
    let high = hear("I feel completely hopeless and I hurt myself on purpose.", None);
    assert_eq!((critical.crisis.level, high.crisis.level), (Level::Critical, Level::High));
    assert!(critical.escalation_needed(0));
    assert!(!high.escalation_needed(3) && high.escalation_needed(4));
    assert!(!hear("I am tired.", None).escalation_needed(100));
}

#[test]
fn nothing_that_can_be_sent_breaks_it() {
    let long = "I am tired of meetings, ".repeat(50_000);
    for text in
        ["", "\0\0", "\u{202e}\u{200b}\u{200d}", "...!?;", "''''", "\u{1f642}\u{1f642}", ", , , ,", long.as_str()]
    {
        let heard = hear(text, None);
        assert!((0.0..=1.0).contains(&heard.importance) && heard.problems.len() <= 3);
    }
    assert_eq!(hear("\u{200b}\0 \u{1f642}", None).words, 0);
    assert!(hear("Ich bin sehr müde und kann nicht mehr schlafen.", None).foreign);
    let mut random = fastrand::Rng::with_seed(23);
    for _ in 0..200 {
        let text: String = (0..random.usize(..300)).map(|_| random.char(..)).collect();
        assert!(hear(&text, None).problems.len() <= 3);
    }
}
