use attune_protocol::policy::Data;
use attune_protocol::registry::Category;

use super::{Better, Measure};

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
