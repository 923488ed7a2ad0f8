//! What a report says, by rules over what was read of a talk: none of it is a word that its person wrote.

use std::collections::BTreeMap;

use attune_analysis::text::crisis::Level;

use crate::companion;
use crate::rows::Opened;
use crate::sealed::{Read, Report, level_name};

/// From which share of somebody's messages on a subject counts as of which weight (OpenSoft's bands).
const BANDS: [(f64, &str); 3] = [(0.6, "high"), (0.3, "medium"), (0.1, "low")];

/// Steps that a report names at most.
const MOST_STEPS: usize = 5;

const MINUTE: i64 = 60_000;

/// What is proposed whatever a talk was about.
const STEPS: [&str; 3] = [
    "Agree on a time to talk about it with somebody whom you trust at work.",
    "Write down what weighs most, and what would make it lighter.",
    "Look again in two weeks at what has changed.",
];

/// What is proposed first where there was a sign of danger.
const IN_DANGER: &str =
    "Get in touch with somebody who can help: the help page has numbers, and your safety plan has whom you chose.";

/// The report of a talk, of its turns; empty where its person wrote none that opens.
pub(crate) fn of(turns: &[Opened]) -> Report {
    let own: Vec<&Opened> = turns.iter().filter(|turn| turn.own && turn.turn.is_some()).collect();
    let reads: Vec<&Read> = own.iter().filter_map(|turn| turn.turn.as_ref()?.read.as_ref()).collect();
    let (Some(first), Some(last)) = (own.first(), own.last()) else { return Report::default() };
    let minutes = (last.at - first.at).max(0) / MINUTE;
    let subjects = subjects(&reads);
    let level = reads.iter().map(|read| read.level()).max().unwrap_or_default();
    let parts = [
        vec![format!("A talk of {} messages over {minutes} minutes.", own.len())],
        metrics(&reads),
        qualities(&reads),
        subjects.iter().map(|(name, count)| format!("{name}: in {count} of {} messages.", own.len())).collect(),
        insights(&reads),
        concerns(&subjects, own.len()),
        Vec::new(),
        indicators(&reads, level),
        steps(&subjects, level),
        considerations(&reads),
    ];
    let numbered = (0_u8..).zip(parts);
    Report { parts: numbered.filter(|(_, lines)| !lines.is_empty()).collect() }
}

/// What a talk was about, and in how many messages; the most first.
fn subjects(reads: &[&Read]) -> Vec<(String, usize)> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for problem in reads.iter().flat_map(|read| &read.problems) {
        *counts.entry(problem).or_default() += 1;
    }
    let mut all: Vec<(String, usize)> =
        counts.into_iter().map(|(name, count)| (companion::problem_words(name), count)).collect();
    all.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    all
}

fn share(part: usize, whole: usize) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

fn metrics(reads: &[&Read]) -> Vec<String> {
    let scored = reads.iter().filter(|read| read.scores.is_some()).count();
    if scored == 0 {
        return Vec::new();
    }
    let sounds =
        |wanted: &str| reads.iter().filter(|read| read.sentiment().is_some_and(|(name, _)| name == wanted)).count();
    let stressed = reads.iter().filter(|read| read.stress().is_some_and(|(is_so, _)| is_so)).count();
    vec![
        format!("{} of {scored} messages sounded negative, {} positive.", sounds("negative"), sounds("positive")),
        format!("{stressed} of {scored} messages spoke of stress."),
    ]
}

fn qualities(reads: &[&Read]) -> Vec<String> {
    let mut feelings: BTreeMap<&str, usize> = BTreeMap::new();
    for (name, _) in reads.iter().filter_map(|read| read.emotion()).filter(|(name, _)| *name != "none") {
        *feelings.entry(name).or_default() += 1;
    }
    let mut feelings: Vec<(&str, usize)> = feelings.into_iter().collect();
    feelings.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(b.0)));
    let named: Vec<&str> = feelings.iter().take(3).map(|(name, _)| *name).collect();
    let mut lines = Vec::new();
    if !named.is_empty() {
        lines.push(format!("What was written showed most: {}.", named.join(", ")));
    }
    let wanted = |what: &str| reads.iter().any(|read| read.wants.as_deref() == Some(what));
    for (what, says) in [
        ("advice", "Advice was asked for."),
        ("listening", "Somebody to listen was asked for."),
        ("resources", "Where help is was asked for."),
    ] {
        lines.extend(wanted(what).then(|| says.to_owned()));
    }
    lines
}

/// How the second half sounded beside the first.
fn insights(reads: &[&Read]) -> Vec<String> {
    let scored: Vec<bool> =
        reads.iter().filter_map(|read| read.sentiment()).map(|(name, _)| name == "negative").collect();
    if scored.len() < 4 {
        return Vec::new();
    }
    let (first, second) = scored.split_at(scored.len() / 2);
    let negative = |half: &[bool]| share(half.iter().filter(|is_so| **is_so).count(), half.len());
    let (first, second) = (negative(first), negative(second));
    let says = match second - first {
        change if change <= -0.2 => "Towards its end the talk sounded lighter than at its beginning.",
        change if change >= 0.2 => "Towards its end the talk sounded heavier than at its beginning.",
        _ => "The talk sounded alike from its beginning to its end.",
    };
    vec![says.to_owned()]
}

fn concerns(subjects: &[(String, usize)], messages: usize) -> Vec<String> {
    let line = |(name, count): &(String, usize)| {
        let (_, band) = BANDS.into_iter().find(|(from, _)| share(*count, messages) >= *from)?;
        Some(format!("{name}: {band}."))
    };
    subjects.iter().filter_map(line).collect()
}

fn indicators(reads: &[&Read], level: Level) -> Vec<String> {
    if level == Level::None {
        return Vec::new();
    }
    let signs = reads.iter().filter(|read| read.level() >= Level::High).count();
    let mut lines = vec![format!("The highest level of distress was {}.", level_name(level))];
    lines.extend((signs > 0).then(|| format!("{signs} messages had a sign of danger.")));
    lines
}

fn steps(subjects: &[(String, usize)], level: Level) -> Vec<String> {
    let danger = (level >= Level::High).then(|| IN_DANGER.to_owned());
    let about = subjects.iter().take(2).map(|(name, _)| format!("Bring up: {}.", name.to_lowercase()));
    let usual = STEPS.iter().map(|step| (*step).to_owned());
    danger.into_iter().chain(about).chain(usual).take(MOST_STEPS).collect()
}

fn considerations(reads: &[&Read]) -> Vec<String> {
    let unread = reads.iter().filter(|read| read.scores.is_none()).count();
    let mut lines =
        vec!["This was put together by rules from one talk; it can be wrong, and is no finding.".to_owned()];
    lines.extend((unread > 0).then(|| format!("{unread} messages could not be read for how they sound.")));
    lines
}

#[cfg(test)]
mod tests {
    use attune_analysis::text::{Labelled, Reading, Sentiment, TextEmotion, TextScores, crisis};

    use super::*;
    use crate::heard::Heard;
    use crate::report::json;
    use crate::sealed::Turn;

    fn said(number: i64, sentiment: Sentiment, level: Level) -> Opened {
        let scores = TextScores {
            sentiment: Labelled { label: sentiment, score: 0.9 },
            emotion: Labelled { label: TextEmotion::Fear, score: 0.8 },
            stress: Labelled { label: true, score: 0.7 },
        };
        let crisis = crisis::Crisis { level, indicators: vec!["cannot_go_on"] };
        let reading = Reading { words: 4, scores: Ok(scores), crisis: crisis::Crisis::default() };
        let (problems, wants) = (vec!["workload".into()], Some("advice".into()));
        let heard = Heard { crisis, problems, wants, ..Heard::default() };
        let read = Some(Read::new(&reading, heard));
        let text = "A secret of mine".to_owned();
        let turn = Some(Turn { text, read, support: None, by_model: false, stopped: false });
        Opened { number, own: true, at: number * MINUTE, turn }
    }

    #[test]
    fn a_report_says_what_was_read_and_no_word_that_was_written() {
        let mut turns: Vec<Opened> = (1..=4).map(|number| said(number, Sentiment::Negative, Level::None)).collect();
        turns.extend((5..=8).map(|number| said(number, Sentiment::Positive, Level::High)));
        let report = of(&turns);
        let told = json(&report).to_string();
        assert!(!told.contains("secret") && !told.contains("Anomalies"), "{told}");
        for part in [
            "A talk of 8 messages over 7 minutes.",
            "4 of 8 messages sounded negative, 4 positive.",
            "lighter",
            ": high.",
            "4 messages had a sign of danger.",
            "Advice was asked for.",
        ] {
            assert!(told.contains(part), "{part}: {told}");
        }
        let steps = &json(&report)["Recommended Actions"]["Critical Steps"];
        assert!((3..=5).contains(&steps.as_array().expect("steps").len()), "{steps}");
        assert_eq!(steps[0], IN_DANGER);
    }

    #[test]
    fn a_talk_in_which_nothing_opens_has_no_report() {
        let turn = Opened { number: 1, own: true, at: 0, turn: None };
        assert_eq!(of(&[turn]), Report::default());
    }
}
