//! Features of messages: what was read, on the device, from what the person wrote within a window. No field can hold a word of it.

use super::Ordinal;

/// The emotions of [`SADNESS`] and those behind it, in their order: those that the network for text was trained on.
pub const EMOTIONS: [&str; 6] = ["sadness", "joy", "love", "anger", "fear", "surprise"];

/// The feature of an emotion, by its place in [`EMOTIONS`]; none behind the last.
#[must_use]
pub fn emotion(place: usize) -> Option<Ordinal> {
    u8::try_from(place).ok().filter(|_| place < EMOTIONS.len()).map(|place| SADNESS.plus(place))
}

super::features! {
    0  MESSAGES "messages", "1", 0.0..65535.0 Linear, S10, 0 s, Text, Year, "messages of the window, read or not";
    1  SCORED "scored", "1", 0.0..65535.0 Linear, S10, 0 s, Text, Year, "messages of the window with scores: in a language that the network was trained for";
    2  WORDS "words", "1", 0.0..65535.0 Linear, S10, 0 s, Text, Year, "words of the person's own, without quotes, links and code";
    3  SENTIMENT "sentiment", "1", -1.0..1.0 Linear, S10, 0 s, Text, Year, "mean over the scored messages: the score where it is positive, less the score where negative, 0 where neutral";
    4  STRESS "stress", "1", -1.0..1.0 Linear, S10, 0 s, Text, Year, "mean over the scored messages: the score where there is stress, less the score where there is none";
    5  SADNESS "sadness", "1", 0.0..1.0 Linear, S10, 0 s, Text, Year, "mean score of the messages whose emotion it is; absent where there are none";
    6  JOY "joy", "1", 0.0..1.0 Linear, S10, 0 s, Text, Year, "mean score of the messages whose emotion it is; absent where there are none";
    7  LOVE "love", "1", 0.0..1.0 Linear, S10, 0 s, Text, Year, "mean score of the messages whose emotion it is; absent where there are none";
    8  ANGER "anger", "1", 0.0..1.0 Linear, S10, 0 s, Text, Year, "mean score of the messages whose emotion it is; absent where there are none";
    9  FEAR "fear", "1", 0.0..1.0 Linear, S10, 0 s, Text, Year, "mean score of the messages whose emotion it is; absent where there are none";
    10 SURPRISE "surprise", "1", 0.0..1.0 Linear, S10, 0 s, Text, Year, "mean score of the messages whose emotion it is; absent where there are none";
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::Profile;
    use crate::registry::{Category, Modality};

    #[test]
    fn counts_come_back_as_they_were_and_each_emotion_has_its_feature() {
        for ordinal in [MESSAGES, SCORED, WORDS] {
            let spec = Modality::Text.feature(ordinal).expect("it is in the registry");
            for count in [0_u16, 1, 2, 17, 999, u16::MAX] {
                assert_eq!(spec.from_wire(spec.to_wire(f64::from(count))).round(), f64::from(count));
            }
        }
        for (place, name) in EMOTIONS.into_iter().enumerate() {
            let ordinal = emotion(place).expect("there are six");
            assert_eq!(Modality::Text.feature(ordinal).map(|spec| spec.name), Some(name));
        }
        assert_eq!(emotion(EMOTIONS.len()), None);
    }

    #[test]
    fn what_is_read_from_messages_is_of_a_category_of_its_own_that_stays_on_the_device_under_eu_and_uk() {
        for spec in Modality::Text.features() {
            assert_eq!(spec.category, Category::Text, "{}", spec.name);
        }
        let leaves: Vec<Profile> = Profile::ALL.into_iter().filter(|it| it.lets_leave(Category::Text)).collect();
        assert_eq!(leaves, [Profile::Us, Profile::Research]);
        assert!(!Modality::Text.is_sensed() && !Modality::SENSED.contains(&Modality::Text));
        assert_eq!(Modality::from_name("text"), Some(Modality::Text));
    }
}
