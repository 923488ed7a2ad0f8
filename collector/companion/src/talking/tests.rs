use std::collections::{BTreeMap, BTreeSet};

use attune_analysis::text::crisis::Level;

use super::{answer, open, say::number};
use crate::bank::bank;
use crate::context::Context;
use crate::country::Country;
use crate::hearing::hear;
use crate::memory::{Remembered, RememberedKind};
use crate::problem::Problem;
use crate::reply::{Reply, SupportType};
use crate::severity::Severity;
use crate::state::{Stage, State};
use crate::tone::Tone;

/// What made-up people write: about something, or in answer to anything.
const SAID: [&str; 40] = [
    "There is far too much work at the moment.",
    "My days have become very long, with overtime every day.",
    "The meetings never end, my day is back to back.",
    "I am so lonely in the home office.",
    "My boss takes the credit for what I do.",
    "My review was bad, with a poor rating.",
    "I was passed over for the promotion.",
    "There is a conflict with a colleague who talks over me.",
    "The deadline is on Friday and we are behind schedule.",
    "They are restructuring, and nobody knows what comes.",
    "I lie awake at night and cannot switch off.",
    "With the kids and work I have no time for myself.",
    "My salary does not cover the rent.",
    "I am bored, the work is meaningless to me.",
    "I am worn out and have no energy.",
    "It is a lot, all the time.",
    "I am angry about it, and fed up.",
    "It is ridiculous how they treat us.",
    "I am scared of what will happen.",
    "What if they say no?",
    "It is what it is.",
    "I am used to it by now.",
    "I don't know.",
    "I'd rather not say.",
    "Maybe.",
    "I could try that.",
    "It is getting better, a little.",
    "It went well, I am glad.",
    "That is fine now, I am happy with it.",
    "Yes.",
    "Yes, that fits.",
    "No.",
    "Not really, no.",
    "What should I do?",
    "Please just listen.",
    "Who can read this?",
    "It began in spring, after the move.",
    "Two people left and were not replaced.",
    "Anna from sales said the same to me.",
    "ok",
];

/// What ends with a mark of its own, in small letters.
fn sentences(text: &str) -> impl Iterator<Item = String> {
    text.split_inclusive(['.', '?', '\n'])
        .map(|sentence| sentence.trim().to_lowercase())
        .filter(|sentence| sentence.len() > 1)
}

/// A talk that notes what was said in it, and holds every answer to what holds for each.
struct Talk {
    state: State,
    context: Context,
    said: BTreeSet<String>,
    replies: Vec<Reply>,
}

impl Talk {
    fn new(context: Context) -> Self {
        let mut talk = Self { state: State::default(), context, said: BTreeSet::new(), replies: Vec::new() };
        let reply = open(&mut talk.state, &talk.context);
        talk.note(reply);
        talk
    }

    fn write(&mut self, text: &str) -> &Reply {
        let reply = answer(&mut self.state, &hear(text, None), &self.context);
        self.note(reply);
        self.last()
    }

    fn last(&self) -> &Reply {
        self.replies.last().expect("it began with one")
    }

    fn note(&mut self, reply: Reply) {
        let text = &reply.text;
        assert!(!text.trim().is_empty() && text.len() < 900, "{text:?}");
        assert_eq!(text.matches('?').count(), usize::from(reply.asked.is_some()), "one thing is asked: {text}");
        assert!(!text.contains('{'), "{text}");
        if reply.support != SupportType::CrisisResponse {
            for sentence in sentences(text) {
                assert!(self.said.insert(sentence.clone()), "said twice: {sentence}\nin {:#?}", self.replies);
            }
        }
        // It is stored between two answers.
        let kept = serde_json::to_string(&self.state).expect("written");
        self.state = serde_json::from_str(&kept).expect("read");
        self.replies.push(reply);
    }
}

#[test]
fn in_two_hundred_talks_nothing_is_said_twice_one_thing_is_asked_and_each_ends() {
    let mut random = fastrand::Rng::with_seed(2026);
    let mut stages = BTreeSet::new();
    let mut supports = BTreeMap::new();
    for seed in 0..200 {
        let mut context = Context { seed, ..Context::default() };
        for _ in 0..random.usize(..3) {
            let problem = Problem::ALL[random.usize(..Problem::ALL.len())];
            context.concerns.push((problem, Severity::ALL[random.usize(..Severity::ALL.len())]));
        }
        if random.bool() {
            context.remembered.push(Remembered::new(
                RememberedKind::Talked,
                Some(Problem::Sleep),
                "You talked about sleep.",
            ));
        }
        let mut talk = Talk::new(context);
        for _ in 0..random.usize(5..26) {
            talk.write(SAID[random.usize(..SAID.len())]);
            stages.insert(talk.state.stage());
        }
        talk.write("That's all for today, thank you.");
        assert!(talk.state.has_ended() && talk.last().asked.is_none(), "{:?}", talk.last());
        assert!(talk.replies.iter().all(|reply| reply.support != SupportType::CrisisResponse));
        talk.replies.iter().for_each(|reply| *supports.entry(reply.support).or_insert(0) += 1);
    }
    assert_eq!(stages.len(), Stage::ALL.len(), "every stage was met: {stages:?}");
    assert!(supports.len() >= 4, "{supports:?}");
}

#[test]
fn whoever_answers_what_is_asked_is_taken_through_every_stage_to_a_plan_and_goodbye() {
    let problems = [
        ("There is far too much work at the moment.", Problem::Workload),
        ("I lie awake at night and hardly sleep.", Problem::Sleep),
        ("My boss is micromanaging me.", Problem::Manager),
        ("My salary does not cover the rent.", Problem::Pay),
    ];
    for (text, problem) in problems {
        let mut talk = Talk::new(Context::default());
        talk.write(text);
        assert_eq!((talk.state.subject(), talk.state.stage()), (Some(problem), Stage::Exploring));
        let mut turns = 1;
        while talk.state.stage() == Stage::Exploring {
            talk.write("I am worn out by it.");
            turns += 1;
        }
        assert_eq!(talk.state.stage(), Stage::Reflecting, "{}", talk.last().text);
        assert!(talk.last().text.contains(problem.subject()), "{}", talk.last().text);
        talk.write("Yes.");
        assert_eq!(talk.state.stage(), Stage::Planning);
        talk.write("Yes please.");
        assert_eq!((talk.state.stage(), talk.last().support), (Stage::Planning, SupportType::Advice));
        let plan =
            crate::bank::plans(problem).into_iter().find(|plan| talk.last().text.contains(plan)).expect("a plan");
        talk.write("Yes, I will.");
        assert_eq!(talk.state.stage(), Stage::Closing);
        let remembered = &talk.last().remember;
        assert!(remembered.iter().any(|one| one.kind == RememberedKind::Plan && one.words == plan), "{remembered:?}");
        talk.write("No.");
        assert!(talk.state.has_ended() && talk.last().text.contains(plan), "{}", talk.last().text);
        assert!(talk.last().remember.iter().any(|one| one.problem == Some(problem)));
        assert!(turns <= 6, "{turns} turns");
        talk.write("One more thing, there is a conflict with a colleague.");
        assert!(!talk.state.has_ended() && talk.state.subject() == Some(Problem::Conflict));
    }
}

#[test]
fn a_plan_that_does_not_fit_is_not_pressed() {
    let mut talk = Talk::new(Context::default());
    talk.write("There is far too much work. What should I do?");
    let mut proposals = 0;
    while talk.state.stage() == Stage::Planning {
        proposals += 1;
        talk.write("No.");
    }
    assert_eq!((proposals, talk.state.stage()), (3, Stage::Closing));
}

#[test]
fn who_wants_to_be_heard_gets_no_advice_and_is_asked_whether_that_may_be_remembered() {
    let mut talk = Talk::new(Context::default());
    talk.write("There is far too much work. Please just listen.");
    assert!(talk.last().remember.iter().any(|one| one.kind == RememberedKind::Prefers));
    for text in
        ["It is a lot.", "I am angry.", "It began in spring.", "What if they say no?", "Two people left.", "Yes."]
    {
        talk.write(text);
        assert_ne!(talk.last().support, SupportType::Advice, "{}", talk.last().text);
        assert_eq!(talk.state.stage(), Stage::Exploring, "{}", talk.last().text);
    }
    let known = Remembered::new(RememberedKind::Prefers, None, "You would rather be listened to than given advice.");
    let mut again = Talk::new(Context { remembered: vec![known], ..Context::default() });
    for text in ["There is too much work.", "It is a lot.", "I am angry.", "It began in spring.", "Yes."] {
        again.write(text);
        assert_ne!(again.last().support, SupportType::Advice, "{}", again.last().text);
    }
}

#[test]
fn a_figure_is_told_as_what_was_counted_and_let_go_where_it_does_not_fit() {
    for severity in Severity::ALL {
        let context = Context { concerns: vec![(Problem::LongHours, *severity)], ..Context::default() };
        let mut talk = Talk::new(context.clone());
        let opening = bank().of(Problem::LongHours).expect("it is there").opening(*severity);
        assert!(talk.last().text.contains(opening), "{}", talk.last().text);
        talk.write("Yes.");
        assert_eq!(talk.state.subject(), Some(Problem::LongHours));
        let mut other = Talk::new(context);
        other.write("No.");
        assert_eq!((other.state.subject(), other.state.stage()), (None, Stage::Opening));
    }
    let both = vec![(Problem::Meetings, Severity::Moderate), (Problem::Sleep, Severity::Severe)];
    let talk = Talk::new(Context { concerns: both, ..Context::default() });
    assert!(talk.last().text.contains("rested"), "the gravest comes first: {}", talk.last().text);
}

#[test]
fn what_was_remembered_is_come_back_to_in_one_line_and_without_a_second_question() {
    let corrected = Remembered {
        kind: RememberedKind::Plan,
        problem: Some(Problem::Balance),
        words: "Leave early?\n\0 On <b>Friday</b>".to_owned(),
    };
    let talk = Talk::new(Context { remembered: vec![corrected], ..Context::default() });
    assert!(talk.last().text.contains("Leave early. On <b>Friday</b>."), "{}", talk.last().text);
    assert_eq!((talk.last().support, talk.state.subject()), (SupportType::FollowUp, Some(Problem::Balance)));
    let long = Remembered::new(RememberedKind::Plan, None, &"\u{e4}".repeat(4000));
    assert!(long.words.len() <= 400);
    Talk::new(Context { remembered: vec![long], ..Context::default() });
}

#[test]
fn danger_comes_first_in_every_stage_and_then_it_is_asked_whether_somebody_is_safe() {
    for before in [0, 1, 3, 5, 7] {
        let mut talk = Talk::new(Context { country: Country::named("IE"), ..Context::default() });
        for _ in 0..before {
            talk.write("There is far too much work, and yes, I could try.");
        }
        let reply = talk.write("I want to kill myself.").clone();
        assert_eq!(reply.support, SupportType::CrisisResponse);
        assert!(reply.text.contains("116 123") && talk.state.follows_up());
        let asked = talk.write("I am here.").clone();
        assert!(asked.support == SupportType::FollowUp && asked.asked.is_some(), "{}", asked.text);
        let mut other =
            Talk { replies: talk.replies.clone(), said: talk.said.clone(), ..Talk::new(talk.context.clone()) };
        other.state = talk.state.clone();
        talk.write("Yes, I am safe.");
        assert!(talk.last().support == SupportType::FollowUp && !talk.state.follows_up());
        talk.write("My sister comes over.");
        assert_ne!(talk.last().support, SupportType::CrisisResponse);
        for no in ["No.", "I don't know."] {
            let mut unsafe_talk = Talk {
                state: other.state.clone(),
                context: other.context.clone(),
                said: other.said.clone(),
                replies: other.replies.clone(),
            };
            assert_eq!(unsafe_talk.write(no).support, SupportType::CrisisResponse, "{no}");
        }
    }
}

#[test]
fn what_may_mean_danger_is_asked_directly_and_the_answer_counts() {
    let hint = "I have such dark thoughts in the evening.";
    let begun = || {
        let mut talk = Talk::new(Context::default());
        talk.write("There is far too much work.");
        talk.write(hint);
        talk
    };
    let asked = begun();
    assert!(hear(hint, None).hint && asked.state.follows_up());
    let text = &asked.last().text;
    assert!(text.ends_with("life?") || text.ends_with("yourself?"), "{text}");
    let answers = [
        ("Yes", true),
        ("I don't know", true),
        ("No idea.", true),
        ("Maybe", true),
        ("I don't.", false),
        ("No, I'm fine.", false),
        ("No, only of a long sleep.", false),
    ];
    for (said, is_danger) in answers {
        let mut talk = begun();
        let level = crate::level(&talk.state, &hear(said, None));
        assert_eq!(level >= Level::High, is_danger, "{said}");
        assert_eq!(talk.write(said).support == SupportType::CrisisResponse, is_danger, "{said}");
    }
}

#[test]
fn who_is_asked_a_day_later_and_says_no_is_in_danger_and_who_is_well_is_not() {
    for (said, is_danger) in [("No", true), ("I don't know", true), ("I am fine now", false)] {
        let mut talk = Talk::new(Context::default());
        talk.write("There is far too much work.");
        talk.state.asked_how();
        assert!(talk.state.follows_up());
        assert_eq!(talk.write(said).support == SupportType::CrisisResponse, is_danger, "{said}");
    }
}

#[test]
fn what_cannot_be_read_is_said_and_changes_nothing() {
    let mut talk = Talk::new(Context::default());
    let stage = talk.state.stage();
    for text in ["", "\u{1f642}", "Ich bin sehr müde und kann nicht mehr schlafen."] {
        talk.write(text);
        assert_eq!((talk.state.stage(), talk.state.subject()), (stage, None), "{text}");
    }
    assert!(talk.last().text.contains("English"));
}

#[test]
fn who_asks_is_told_that_it_is_a_program_and_no_secret_is_promised() {
    let mut talk = Talk::new(Context::default());
    for text in ["Are you a robot?", "Who can read this?", "Does my boss see this?", "Is this confidential?"] {
        let reply = talk.write(text).text.to_lowercase();
        assert!(!reply.contains("confidential") && !reply.contains("only you"), "{reply}");
    }
    let first = talk.replies[0].text.to_lowercase() + &talk.replies[1].text.to_lowercase();
    assert!(first.contains("program"), "{first}");
    assert!(crate::about::says_what_it_is().contains("not a person"));
    assert!(crate::about::says_what_it_is_to_nobody_known().contains("does not know who you are"));
}

#[test]
fn who_writes_without_end_is_answered() {
    let mut state = State::default();
    let mut random = fastrand::Rng::with_seed(7);
    open(&mut state, &Context::default());
    for _ in 0..1500 {
        let heard = hear(SAID[random.usize(..SAID.len())], None);
        let reply = answer(&mut state, &heard, &Context::default());
        assert!(!reply.text.trim().is_empty() && reply.text.matches('?').count() <= 1, "{}", reply.text);
    }
}

#[test]
fn no_answer_holds_words_that_were_written() {
    let mut talk = Talk::new(Context::default());
    for _ in 0..12 {
        let reply = talk.write("Quirinius shouted about the zeppelin and I am worn out by too much work.");
        let text = reply.text.to_lowercase();
        assert!(!text.contains("quirinius") && !text.contains("zeppelin"), "{text}");
    }
}

#[test]
fn the_same_talk_with_the_same_seed_has_the_same_answers() {
    let play = |seed| {
        let mut talk = Talk::new(Context { seed, ..Context::default() });
        for text in &SAID[..12] {
            talk.write(text);
        }
        talk.replies
    };
    assert_eq!(play(5), play(5));
    assert_ne!(play(5), play(6));
}

#[test]
fn no_two_lines_have_one_number() {
    let mut numbers = BTreeMap::new();
    let of_problems = Problem::ALL.iter().filter_map(|problem| bank().of(*problem)).flat_map(|of| {
        let answers = Tone::ALL.iter().flat_map(|tone| {
            let answer = of.answer(*tone);
            [answer.reflect.as_str(), answer.follow.as_str()]
        });
        let asked = of.ask.first.iter().chain(&of.ask.deeper).chain(&of.heard).map(String::as_str);
        answers.chain(asked).chain(of.plans()).collect::<Vec<_>>()
    });
    let of_tones = Tone::ALL.iter().flat_map(|tone| &bank().shared.of(*tone).reflect).map(String::as_str);
    for line in of_problems.chain(of_tones).chain(bank().shared.explore.iter().map(String::as_str)) {
        if let Some(other) = numbers.insert(number(line), line) {
            panic!("{line:?} and {other:?}");
        }
    }
    assert!(numbers.len() > 500);
}
