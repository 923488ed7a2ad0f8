//! What is said of alerts.

use attune_ground::measures::Measure;
use attune_pages::words::{AlertWords, Calendar, decimal};

use super::judge::Point;
use super::record::{Content, What};
use super::rule::{About, Level, Reads, Rule, Side};
use crate::bucket::day_of;

/// All texts of alerts.
pub(super) fn words() -> &'static AlertWords {
    &attune_pages::words::words().alerts
}

/// How the organisation is called, as one team.
pub(super) fn organisation() -> String {
    words().organisation.clone()
}

/// What an alert of a rule is called.
pub(super) fn title(rule: &Rule) -> &'static str {
    let rules = &words().rules;
    match rule.name {
        "critical_wellbeing" => &rules.critical_wellbeing,
        "elevated_stress" => &rules.elevated_stress,
        "unusual_stress" => &rules.unusual_stress,
        "unusual_attention" => &rules.unusual_attention,
        "missing_coverage" => &rules.missing_coverage,
        "channel_performance" => &rules.channel_performance,
        "low_engagement" => &rules.low_engagement,
        other => other,
    }
}

/// How much an alert asks for, in words.
pub(super) fn level(level: Level) -> &'static str {
    let levels = &words().levels;
    match level {
        Level::Low => &levels.low,
        Level::Medium => &levels.medium,
        Level::High => &levels.high,
    }
}

/// What became of one, in words.
pub(super) fn what(what: What) -> &'static str {
    let texts = &words().what;
    match what {
        What::Opened => &texts.opened,
        What::Acknowledged => &texts.acknowledged,
        What::Noted => &texts.noted,
        What::Cleared => &texts.cleared,
        What::Lapsed => &texts.lapsed,
        What::Mailed => &texts.mailed,
        What::SupporterMailed => &texts.supporter_mailed,
    }
}

/// What was measured, in a sentence that says nothing of what it means.
pub(super) fn measured(content: &Content, times: &Calendar) -> String {
    let (rule, texts) = (content.rule, words());
    let form = match rule.side {
        Side::Above => &texts.above,
        Side::Below => &texts.below,
    };
    let count = content.points.len() as u64;
    let (how_often, one) = match rule.about {
        About::Person => (texts.days.of(count), &texts.day_value),
        About::Team => (texts.weeks.of(count), &texts.week_value),
    };
    let value = |point: &Point| one.fill(&[("value", &written(point.value)), ("day", &day(point.at, times))]);
    let values: Vec<String> = content.points.iter().map(value).collect();
    form.fill(&[
        ("what", &looked_at(rule)),
        ("bound", &written(rule.raise)),
        ("times", &how_often),
        ("values", &values.join(", ")),
    ])
}

/// What a rule looks at, in words.
fn looked_at(rule: &Rule) -> String {
    let texts = words();
    let titled =
        |name: &str| Measure::of_name(name).map_or_else(|| name.to_owned(), |measure| measure.title.to_owned());
    match rule.reads {
        Reads::Score => texts.score.clone(),
        Reads::SensedScore => texts.sensed_score.clone(),
        Reads::Stress => texts.stress.clone(),
        Reads::MessageScore => texts.message_score.clone(),
        Reads::MessageStress => texts.message_stress.clone(),
        Reads::Deviation(name) => texts.deviation.with("measure", &titled(name)),
        Reads::Coverage => texts.coverage.clone(),
        Reads::LowShare(name) => texts.low_share.with("measure", &titled(name)),
    }
}

fn written(value: f64) -> String {
    decimal(value, 2)
}

/// A day by its number, as it is written.
pub(super) fn day(number: i64, times: &Calendar) -> String {
    let begins = day_of(number).and_then(|date| times.day_span(date)).map(|(begin, _)| begin);
    begins.map_or_else(String::new, |begin| times.day(begin))
}

/// What a channel is told, in one line; what was measured where it may be told still.
pub(super) fn slack(is_opened: bool, team: &str, measured: Option<&str>) -> String {
    let form = match (is_opened, measured) {
        (true, _) => &words().slack_opened,
        (false, Some(_)) => &words().slack_closed,
        (false, None) => &words().slack_ended,
    };
    form.fill(&[("team", team), ("measured", measured.unwrap_or_default())])
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;

    use super::super::rule::RULES;
    use super::*;

    #[test]
    fn every_rule_has_a_title_and_says_what_was_measured_and_of_nobody_that_they_are_anything() {
        let times = Calendar::new(TimeZone::UTC, 1_773_230_400_000);
        for rule in RULES {
            assert_ne!(title(rule), rule.name, "it has words of its own");
            let points = vec![Point { at: 20_520, value: 0.62 }, Point { at: 20_521, value: 0.7 }];
            let said = measured(&Content { rule, points }, &times);
            assert!(said.contains("0.62") && said.contains("0.70") && said.contains("March"), "{said}");
            assert!(said.contains(" was above ") || said.contains(" was below "), "{said}");
            assert!(!said.contains("you are"), "{said}");
        }
        let stress = Rule::of_number(2).expect("a rule");
        let said = measured(&Content { rule: stress, points: vec![Point { at: 20_520, value: 0.62 }] }, &times);
        assert_eq!(said, "Stress, on a scale from -1 to 1, was above 0.50 on one day: 0.62 on Sun 8 March.");
    }
}
