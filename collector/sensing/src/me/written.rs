//! What devices read of what a person writes, for that person: beside the scores of their day, and part of none. Here is what they let leave
//! their devices: where a profile keeps what is read of text there, nothing of it comes here.

use attune_pages::Markup;
use attune_pages::chart::{Bucket, Chart, Seen};
use attune_pages::part::Facts;
use attune_pages::words::{Calendar, decimal};
use attune_protocol::registry::text;

use crate::sessions::Text;

/// Length of a stretch of a strip, milliseconds: ten minutes.
pub(super) const STRETCH: i64 = 600_000;

/// Messages of a piece of time, together.
#[derive(Clone, PartialEq, Default, Debug)]
pub(super) struct Together {
    pub(super) messages: u32,
    /// Of how many of them it could be said how they sound.
    pub(super) scored: u32,
    /// The mean over those, in [-1,1].
    pub(super) sentiment: Option<f64>,
    /// The same of stress.
    pub(super) stress: Option<f64>,
    /// The mean of what shows an emotion, of those that anything shows.
    pub(super) emotions: Vec<(&'static str, f64)>,
}

impl Together {
    pub(super) fn of(texts: &[Text]) -> Self {
        let sum = |of: fn(&Text) -> u32| texts.iter().map(of).fold(0, u32::saturating_add);
        let emotion = |(place, name): (usize, &'static str)| {
            let shown: Vec<f64> = texts.iter().filter_map(|text| text.emotions[place]).collect();
            (!shown.is_empty()).then(|| (name, shown.iter().sum::<f64>() / shown.len() as f64))
        };
        Self {
            messages: sum(|text| text.messages),
            scored: sum(|text| text.scored),
            sentiment: mean(texts, |text| text.sentiment),
            stress: mean(texts, |text| text.stress),
            emotions: text::EMOTIONS.into_iter().enumerate().filter_map(emotion).collect(),
        }
    }

    /// In stretches from an instant on, in order: where each begins.
    pub(super) fn by_stretch(texts: &[Text], begin: i64) -> Vec<(i64, Self)> {
        let place = |text: &Text| (text.window.start_millis() - begin).div_euclid(STRETCH);
        let stretches = texts.chunk_by(|one, next| place(one) == place(next));
        stretches.map(|texts| (begin + place(&texts[0]) * STRETCH, Self::of(texts))).collect()
    }

    /// How many there were, in a sentence.
    fn counted(&self) -> String {
        let messages = match self.messages {
            1 => "One message was read".to_owned(),
            several => format!("{several} messages were read"),
        };
        match (self.scored, self.messages) {
            (0, _) => format!("{messages}; of none can it be said how it sounds."),
            (scored, all) if scored < all => format!("{messages}; of {scored} can it be said how they sound."),
            _ => format!("{messages}."),
        }
    }

    /// What was read, each beside its name.
    pub(super) fn facts(&self) -> Facts {
        let signed = |value: f64, from: &str, to: &str| format!("{}, from -1 {from} to 1 {to}", decimal(value, 2));
        let sentiment = self.sentiment.map(|value| ("How they sound", signed(value, "displeased", "pleased")));
        let stress = self.stress.map(|value| ("Signs of stress", signed(value, "none", "clear")));
        let emotions = self.emotions.iter().map(|(name, value)| (*name, format!("{} of 1", decimal(*value, 2))));
        let facts = Facts::new().fact("Messages", self.counted());
        sentiment.into_iter().chain(stress).chain(emotions).fold(facts, |facts, (name, said)| facts.fact(name, said))
    }
}

/// A mean weighs as much as it has messages.
fn mean(texts: &[Text], of: fn(&Text) -> Option<f64>) -> Option<f64> {
    let told =
        texts.iter().filter_map(|text| Some((of(text)?, f64::from(text.scored)))).filter(|(_, count)| *count > 0.0);
    let (sum, count) = told.fold((0.0, 0.0), |(sum, count), (value, of_it)| (sum + value * of_it, count + of_it));
    (count > 0.0).then(|| sum / count)
}

/// What was read on a day: how much, and over the day how it sounds. Nothing where nothing was.
pub(super) fn of_day(
    whole: &Together,
    stretches: &[(i64, Together)],
    (span, times): ((i64, i64), &Calendar),
) -> Markup {
    if whole.messages == 0 {
        return Markup::none();
    }
    let body = Markup::heading("What was read of your messages").with(&whole.facts());
    if whole.scored == 0 {
        return body;
    }
    let chart = Chart::strip("written", "How your messages sound", times.clone(), span)
        .scale((-1.0, 1.0), 2)
        .finding("Means of ten minutes each, from -1 to 1. Where nothing was written there is a gap.");
    let buckets = |of: fn(&Together) -> Option<f64>| {
        let bucket = |(from, together): &(i64, Together)| {
            let seen = match of(together) {
                Some(value) => Seen::Value { value, low: value, high: value },
                None => Seen::Gap("it could not be read how what was written sounds".into()),
            };
            Bucket { from: *from, to: from + STRETCH, seen, usual: None }
        };
        stretches.iter().map(bucket).collect()
    };
    let chart = chart
        .series("Sentiment", buckets(|together| together.sentiment))
        .series("Stress", buckets(|together| together.stress));
    let note = Markup::paragraph(
        "Your devices read them, and no word of them left. They stand beside the scores, and are part of none. How fast you answer is not \
         told: the programs that hand your messages to your devices do not say what each of them answers.",
    );
    body.with(&chart.html()).with(&note)
}

#[cfg(test)]
mod tests {
    use attune_protocol::window::Window;
    use jiff::tz::TimeZone;

    use super::*;

    fn text(window: u32, (messages, scored): (u32, u32), sentiment: Option<f64>, joy: Option<f64>) -> Text {
        let emotions = std::array::from_fn(|place| joy.filter(|_| text::EMOTIONS[place] == "joy"));
        Text { window: Window(window), messages, scored, sentiment, stress: sentiment.map(|value| -value), emotions }
    }

    #[test]
    fn a_mean_weighs_as_much_as_it_has_messages_and_what_could_not_be_read_weighs_nothing() {
        let texts = [
            text(0, (4, 3), Some(0.8), Some(0.9)),
            text(0, (1, 1), Some(-0.8), Some(0.5)),
            text(60, (1, 0), None, None),
        ];
        let whole = Together::of(&texts);
        assert_eq!((whole.messages, whole.scored), (6, 4));
        // (3 x 0.8 - 0.8) / 4
        assert!(whole.sentiment.is_some_and(|value| (value - 0.4).abs() < 1e-12), "{whole:?}");
        assert!(whole.stress.is_some_and(|value| (value + 0.4).abs() < 1e-12), "{whole:?}");
        assert!(matches!(whole.emotions.as_slice(), [("joy", joy)] if (joy - 0.7).abs() < 1e-12), "{whole:?}");
        let stretches = Together::by_stretch(&texts, 0);
        assert_eq!(stretches.iter().map(|(from, of)| (*from, of.messages)).collect::<Vec<_>>(), [(0, 5), (600_000, 1)]);
        assert_eq!(stretches[1].1.sentiment, None, "nothing is made up");
    }

    #[test]
    fn a_day_without_messages_shows_nothing_of_them_and_one_with_some_how_many_and_how_they_sound() {
        let times = Calendar::new(TimeZone::UTC, 43_200_000);
        let shown = |texts: &[Text]| {
            let stretches = Together::by_stretch(texts, 0);
            of_day(&Together::of(texts), &stretches, ((0, 86_400_000), &times)).into_string()
        };
        assert_eq!(shown(&[]), "");
        let unread = shown(&[text(0, (1, 0), None, None)]);
        assert!(unread.contains("One message was read; of none"), "{unread}");
        let html = shown(&[text(3_000, (4, 3), Some(0.8), Some(0.9)), text(3_600, (2, 2), Some(-0.3), None)]);
        let missing = "How fast you answer is not told";
        for said in ["6 messages were read; of 5", "0.36, from -1 displeased", "joy", "Stress", missing] {
            assert!(html.contains(said), "{said}: {html}");
        }
        assert!(!html.contains("NaN"), "{html}");
    }
}
