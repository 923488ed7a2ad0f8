use attune_protocol::policy::Data;
use attune_protocol::registry::Category;

use super::{Better, Measure, text};

const ACTIVITY: Data = Data::Derived(Category::Activity);
const AFFECT: Data = Data::Derived(Category::Affect);
const FACE: Data = Data::Derived(Category::FaceGeometry);
const HEART: Data = Data::Derived(Category::Physiology);
const SAID: Data = Data::Derived(Category::SelfReport);
const TECHNICAL: Data = Data::Derived(Category::Technical);
const VOICE: Data = Data::Derived(Category::VoiceAcoustics);

/// What scores of the analysis are read from.
const SCORES: &str = "attune-analysis, indicators";
/// How often each of six emotions is, as MindPulse has it.
const MINDPULSE: &str = "MindPulse: emotion averages";

/// All measures, in the order of their numbers.
pub static MEASURES: &[Measure] = &[
    Measure {
        number: 1,
        name: "stress_load",
        title: "Stress load",
        unit: "",
        range: (0.0, 1.0),
        better: Better::Less,
        made_of: &[HEART, VOICE, FACE, AFFECT],
        formula: "mean of the stress level of windows of 10 s that tell one",
        source: SCORES,
    },
    Measure {
        number: 2,
        name: "attention",
        title: "Attention",
        unit: "",
        range: (0.0, 1.0),
        better: Better::More,
        made_of: &[FACE, ACTIVITY],
        formula: "mean of the attention score of windows of 10 s that tell one",
        source: SCORES,
    },
    Measure {
        number: 3,
        name: "attention_stability",
        title: "Stability of attention",
        unit: "",
        range: (0.0, 1.0),
        better: Better::More,
        made_of: &[FACE, ACTIVITY],
        formula: "mean over windows of 10 s that follow each other of 1 less twice the absolute difference of their attention \
                  scores, 0 where that is below 0",
        source: "ours",
    },
    Measure {
        number: 4,
        name: "valence",
        title: "Pleasantness",
        unit: "",
        range: (-1.0, 1.0),
        better: Better::More,
        made_of: &[AFFECT, VOICE],
        formula: "mean of the valence of windows of 10 s that tell one",
        source: SCORES,
    },
    Measure {
        number: 5,
        name: "overall",
        title: "Overall",
        unit: "",
        range: (0.0, 1.0),
        better: Better::More,
        made_of: &[HEART, VOICE, FACE, AFFECT],
        formula: "mean of the overall score of windows of 10 s that tell one",
        source: SCORES,
    },
    Measure {
        number: 6,
        name: "recovery",
        title: "Recovery after stress",
        unit: "min",
        range: (0.0, 60.0),
        better: Better::Less,
        made_of: &[HEART, VOICE, FACE, AFFECT],
        formula: "mean time in minutes from the end of a spell of at least one minute with a stress level over 2/3 until the begin of the first \
                  minute in which the level was below one half; 60 where that is not over within an hour; a spell counts as none \
                  where no level was seen for ten minutes before",
        source: "ours",
    },
    Measure {
        number: 7,
        name: "active_share",
        title: "Time in motion",
        unit: "",
        range: (0.0, 1.0),
        better: Better::Neither,
        made_of: &[ACTIVITY],
        formula: "share of the windows of 10 s with a motion sensor in which somebody moved more than lightly",
        source: SCORES,
    },
    Measure {
        number: 8,
        name: "coverage",
        title: "Seen",
        unit: "",
        range: (0.0, 1.0),
        better: Better::Neither,
        made_of: &[TECHNICAL],
        formula: "share of the time in which devices were on in which a sensor saw something",
        source: "ours",
    },
    Measure {
        number: 9,
        name: "vibe",
        title: "Check-in",
        unit: "of 6",
        range: (1.0, 6.0),
        better: Better::More,
        made_of: &[SAID],
        formula: "mean of what the person answered",
        source: "Elara: vibe meter",
    },
    Measure {
        number: 10,
        name: "said_valence",
        title: "Pleasantness, as said",
        unit: "",
        range: (-1.0, 1.0),
        better: Better::More,
        made_of: &[SAID],
        formula: "mean of what the person marked on the grid",
        source: "Russell 1980, A circumplex model of affect",
    },
    Measure {
        number: 11,
        name: "said_arousal",
        title: "Activation, as said",
        unit: "",
        range: (-1.0, 1.0),
        better: Better::Neither,
        made_of: &[SAID],
        formula: "mean of what the person marked on the grid",
        source: "Russell 1980, A circumplex model of affect",
    },
    emotion(12, "emotion_joy", "Joy"),
    emotion(13, "emotion_love", "Love"),
    emotion(14, "emotion_surprise", "Surprise"),
    emotion(15, "emotion_sadness", "Sadness"),
    emotion(16, "emotion_anger", "Anger"),
    emotion(17, "emotion_fear", "Fear"),
    text::sentiment(18, "message_sentiment", "Sentiment of messages"),
    text::stress(19, "message_stress", "Stress in messages"),
    text::emotion(20, "message_sadness", "Sadness in messages"),
    text::emotion(21, "message_joy", "Joy in messages"),
    text::emotion(22, "message_love", "Love in messages"),
    text::emotion(23, "message_anger", "Anger in messages"),
    text::emotion(24, "message_fear", "Fear in messages"),
    text::emotion(25, "message_surprise", "Surprise in messages"),
    text::outside_hours(26, "message_outside_hours", "Written outside working hours"),
    text::reply(27, "reply_minutes", "Time to answer"),
    text::sentiment(28, "jira_sentiment", "Sentiment in Jira"),
    text::stress(29, "jira_stress", "Stress in Jira"),
    text::emotion(30, "jira_sadness", "Sadness in Jira"),
    text::emotion(31, "jira_joy", "Joy in Jira"),
    text::emotion(32, "jira_love", "Love in Jira"),
    text::emotion(33, "jira_anger", "Anger in Jira"),
    text::emotion(34, "jira_fear", "Fear in Jira"),
    text::emotion(35, "jira_surprise", "Surprise in Jira"),
    text::sentiment(36, "chat_sentiment", "Sentiment in other chats"),
    text::stress(37, "chat_stress", "Stress in other chats"),
    text::emotion(38, "chat_sadness", "Sadness in other chats"),
    text::emotion(39, "chat_joy", "Joy in other chats"),
    text::emotion(40, "chat_love", "Love in other chats"),
    text::emotion(41, "chat_anger", "Anger in other chats"),
    text::emotion(42, "chat_fear", "Fear in other chats"),
    text::emotion(43, "chat_surprise", "Surprise in other chats"),
    text::sentiment(44, "meeting_sentiment", "Sentiment in meetings"),
    text::stress(45, "meeting_stress", "Stress in meetings"),
    text::emotion(46, "meeting_sadness", "Sadness in meetings"),
    text::emotion(47, "meeting_joy", "Joy in meetings"),
    text::emotion(48, "meeting_love", "Love in meetings"),
    text::emotion(49, "meeting_anger", "Anger in meetings"),
    text::emotion(50, "meeting_fear", "Fear in meetings"),
    text::emotion(51, "meeting_surprise", "Surprise in meetings"),
    text::sentiment(52, "discord_sentiment", "Sentiment in Discord"),
    text::stress(53, "discord_stress", "Stress in Discord"),
    text::emotion(54, "discord_sadness", "Sadness in Discord"),
    text::emotion(55, "discord_joy", "Joy in Discord"),
    text::emotion(56, "discord_love", "Love in Discord"),
    text::emotion(57, "discord_anger", "Anger in Discord"),
    text::emotion(58, "discord_fear", "Fear in Discord"),
    text::emotion(59, "discord_surprise", "Surprise in Discord"),
    text::sentiment(60, "slack_sentiment", "Sentiment in Slack"),
    text::stress(61, "slack_stress", "Stress in Slack"),
    text::emotion(62, "slack_sadness", "Sadness in Slack"),
    text::emotion(63, "slack_joy", "Joy in Slack"),
    text::emotion(64, "slack_love", "Love in Slack"),
    text::emotion(65, "slack_anger", "Anger in Slack"),
    text::emotion(66, "slack_fear", "Fear in Slack"),
    text::emotion(67, "slack_surprise", "Surprise in Slack"),
    text::sentiment(68, "teams_sentiment", "Sentiment in Microsoft Teams"),
    text::stress(69, "teams_stress", "Stress in Microsoft Teams"),
    text::emotion(70, "teams_sadness", "Sadness in Microsoft Teams"),
    text::emotion(71, "teams_joy", "Joy in Microsoft Teams"),
    text::emotion(72, "teams_love", "Love in Microsoft Teams"),
    text::emotion(73, "teams_anger", "Anger in Microsoft Teams"),
    text::emotion(74, "teams_fear", "Fear in Microsoft Teams"),
    text::emotion(75, "teams_surprise", "Surprise in Microsoft Teams"),
    text::sentiment(76, "email_sentiment", "Sentiment in mail"),
    text::stress(77, "email_stress", "Stress in mail"),
    text::emotion(78, "email_sadness", "Sadness in mail"),
    text::emotion(79, "email_joy", "Joy in mail"),
    text::emotion(80, "email_love", "Love in mail"),
    text::emotion(81, "email_anger", "Anger in mail"),
    text::emotion(82, "email_fear", "Fear in mail"),
    text::emotion(83, "email_surprise", "Surprise in mail"),
];

const fn emotion(number: u16, name: &'static str, title: &'static str) -> Measure {
    Measure {
        number,
        name,
        title,
        unit: "",
        range: (0.0, 1.0),
        better: Better::Neither,
        made_of: &[AFFECT],
        formula: "mean probability over the windows of 10 s that tell an emotion",
        source: MINDPULSE,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn measures_stand_in_the_order_of_their_numbers_each_under_a_name_of_its_own() {
        for (place, measure) in MEASURES.iter().enumerate() {
            assert_eq!(usize::from(measure.number), place + 1, "{}", measure.name);
            assert_eq!(Measure::of_number(measure.number), Some(measure));
            assert_eq!(Measure::of_name(measure.name), Some(measure));
            assert!(measure.range.0 < measure.range.1 && !measure.made_of.is_empty(), "{}", measure.name);
        }
    }
}
