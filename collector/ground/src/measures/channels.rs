//! Kinds of channels in which people write. Each has the eight measures of messages for itself.

use super::{MEASURES, Measure};

/// How many measures messages of one kind of channel have: sentiment, stress and six emotions.
const EACH: u16 = 8;
/// The first one of messages of all kinds.
const OF_ALL: u16 = 18;

/// A kind of channel.
#[derive(PartialEq, Eq, Debug)]
pub struct Channel {
    /// Its name in JSON, as MindPulse has it.
    pub name: &'static str,
    /// What it is called.
    pub title: &'static str,
    /// The number of the first of its measures.
    first: u16,
}

/// All of them, in the order of the numbers of their measures.
pub static CHANNELS: [Channel; 7] = [
    Channel { name: "jira", title: "Jira", first: 28 },
    Channel { name: "chat", title: "Other chat", first: 36 },
    Channel { name: "meeting", title: "Meetings", first: 44 },
    Channel { name: "discord", title: "Discord", first: 52 },
    Channel { name: "slack", title: "Slack", first: 60 },
    Channel { name: "teams", title: "Microsoft Teams", first: 68 },
    Channel { name: "email", title: "Mail", first: 76 },
];

/// The measures of messages in channels of a kind, or in all: sentiment, stress, sadness, joy, love, anger, fear and surprise.
#[must_use]
pub fn of_messages(channel: Option<&Channel>) -> [&'static Measure; EACH as usize] {
    let first = usize::from(channel.map_or(OF_ALL, |channel| channel.first)) - 1;
    std::array::from_fn(|place| &MEASURES[first + place])
}

impl Measure {
    /// The kind of channel of whose messages alone it is.
    #[must_use]
    pub fn channel(&self) -> Option<&'static Channel> {
        CHANNELS.iter().find(|channel| self.place(channel.first).is_some())
    }

    /// The same of messages in all channels, where it is of one kind of channel.
    #[must_use]
    pub fn of_all_channels(&self) -> Option<&'static Self> {
        of_messages(None).get(self.place(self.channel()?.first)?).copied()
    }

    /// The measure that has a value of every message, where this one has one only of those that show an emotion: in a mean over messages it
    /// is none where there are such and none shows it, and not unknown.
    #[must_use]
    pub fn counted_over(&self) -> Option<&'static Self> {
        let channel = self.channel();
        let place = self.place(channel.map_or(OF_ALL, |channel| channel.first))?;
        (place > 1).then(|| of_messages(channel)[0])
    }

    /// Which one it is of the eight that begin with a number.
    fn place(&self, first: u16) -> Option<usize> {
        self.number.checked_sub(first).filter(|place| *place < EACH).map(usize::from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_of_channel_has_the_eight_measures_of_messages_in_their_order() {
        let of_all = of_messages(None).map(|measure| &measure.name["message_".len()..]);
        assert_eq!(of_all, ["sentiment", "stress", "sadness", "joy", "love", "anger", "fear", "surprise"]);
        for channel in &CHANNELS {
            for (place, measure) in of_messages(Some(channel)).into_iter().enumerate() {
                assert_eq!(measure.name, format!("{}_{}", channel.name, of_all[place]));
                assert_eq!(measure.channel(), Some(channel));
                assert_eq!(measure.of_all_channels(), Some(of_messages(None)[place]), "{}", measure.name);
                assert_eq!(measure.range, of_messages(None)[place].range, "{}", measure.name);
            }
        }
        let kinds = MEASURES.iter().filter(|measure| measure.channel().is_some()).count();
        assert_eq!(
            kinds,
            CHANNELS.len() * usize::from(EACH),
            "none is of two kinds, and none of a kind that there is not"
        );
    }

    #[test]
    fn emotions_are_counted_over_the_messages_of_their_kind_and_nothing_else_is() {
        let over = |name: &str| {
            let measure = Measure::of_name(name).expect("a measure");
            measure.counted_over().map(|over| over.name)
        };
        assert_eq!([over("message_sadness"), over("message_surprise")], [Some("message_sentiment"); 2]);
        assert_eq!([over("email_sadness"), over("email_surprise")], [Some("email_sentiment"); 2]);
        for name in ["message_sentiment", "slack_stress", "reply_minutes", "message_outside_hours", "emotion_joy"] {
            assert_eq!(over(name), None, "{name}");
        }
    }
}
