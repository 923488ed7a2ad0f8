//! What was read of the person's messages, from what they keep for themselves.

use attune_protocol::record::Record;
use attune_protocol::registry::{Modality, text};

/// What was read in a stretch of time, a line each: what it is, and how it was.
pub(super) struct Written {
    /// How many messages there were, and of how many it could be said how they sound.
    pub(super) counts: String,
    /// What was read of them, in words.
    pub(super) lines: Vec<(&'static str, String)>,
}

impl Written {
    /// Of records, if any of them is of messages.
    pub(super) fn of(records: &[Record]) -> Option<Self> {
        let records = || records.iter().filter(|record| record.modality() == Modality::Text);
        let sum = |ordinal| records().filter_map(|record| record.features.get(ordinal)).sum::<f64>();
        let (messages, scored) = (sum(text::MESSAGES).round(), sum(text::SCORED).round());
        if messages < 1.0 {
            return None;
        }
        let counts = match messages - scored < 0.5 {
            true => counted(messages),
            false => format!("{}; of {scored} of them it can be said how they sound", counted(messages)),
        };
        // A window's mean weighs as much as it has messages with scores.
        let mean = |ordinal| {
            let weighed = |record: &Record| Some(record.features.get(ordinal)? * record.features.get(text::SCORED)?);
            (scored >= 1.0).then(|| records().filter_map(weighed).sum::<f64>() / scored)
        };
        let signed = |value: f64, low: &str, high: &str| format!("{value:+.2}, from -1 {low} to +1 {high}");
        let sentiment = mean(text::SENTIMENT).map(|value| ("How they sound", signed(value, "displeased", "pleased")));
        let stress = mean(text::STRESS).map(|value| ("Signs of stress", signed(value, "none", "clear")));
        let emotion = |(place, name): (usize, &'static str)| {
            let ordinal = text::emotion(place)?;
            let found: Vec<f64> = records().filter_map(|record| record.features.get(ordinal)).collect();
            let mean = found.iter().sum::<f64>() / found.len() as f64;
            (!found.is_empty()).then(|| (name, format!("in {} of the windows, {mean:.2} sure", found.len())))
        };
        let emotions = text::EMOTIONS.into_iter().enumerate().filter_map(emotion);
        Some(Self { counts, lines: sentiment.into_iter().chain(stress).chain(emotions).collect() })
    }
}

fn counted(messages: f64) -> String {
    if messages < 1.5 { "1 message".into() } else { format!("{messages} messages") }
}

#[cfg(test)]
mod tests {
    use attune_protocol::features::Features;
    use attune_protocol::record::Coverage;
    use attune_protocol::window::Window;

    use super::*;

    fn record(values: &[(attune_protocol::registry::Ordinal, f64)]) -> Record {
        let mut features = Features::new(Modality::Text);
        values.iter().for_each(|(ordinal, value)| features.set(*ordinal, *value));
        let coverage = Coverage { expected: 1, received: 1, last_60_s: 0.0, last_300_s: 0.0, gap: None };
        Record::new(Window(7), 1.0, coverage, features)
    }

    #[test]
    fn messages_are_counted_and_a_mean_weighs_as_much_as_it_has_messages() {
        assert!(Written::of(&[]).is_none());
        let three = record(&[
            (text::MESSAGES, 4.0),
            (text::SCORED, 3.0),
            (text::SENTIMENT, 0.8),
            (text::STRESS, -0.5),
            (text::JOY, 0.9),
        ]);
        let one = record(&[(text::MESSAGES, 1.0), (text::SCORED, 1.0), (text::SENTIMENT, -0.8), (text::STRESS, 0.7)]);
        let unread = record(&[(text::MESSAGES, 1.0), (text::SCORED, 0.0)]);
        let written = Written::of(&[three, one.clone(), unread.clone()]).unwrap();
        assert_eq!(written.counts, "6 messages; of 4 of them it can be said how they sound");
        assert_eq!(written.lines[0], ("How they sound", "+0.40, from -1 displeased to +1 pleased".to_owned()));
        assert_eq!(written.lines[1].1, "-0.20, from -1 none to +1 clear");
        assert_eq!(written.lines[2], ("joy", "in 1 of the windows, 0.90 sure".to_owned()));
        assert_eq!(Written::of(&[one]).unwrap().counts, "1 message");
        assert!(Written::of(&[unread]).unwrap().lines.is_empty(), "nothing is made up");
    }
}
