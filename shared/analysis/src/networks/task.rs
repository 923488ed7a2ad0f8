use serde::{Deserialize, Serialize};

/// What a network is for. Each has at most one network.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Task {
    /// Finds faces in a picture: boxes and five points.
    Detector,
    /// Finds 68 points and the openness of the eyes in a face.
    Landmarks,
    /// Reads the expression of a face.
    Expression,
    /// Tells activities from acceleration.
    Activity,
    /// Tells speech from other sound.
    VoiceActivity,
    /// Reads the affect in a voice.
    VoiceAffect,
    /// Reads it again from the features that the network before found, by how the speaker usually sounds.
    VoiceAffectOwn,
    /// Reads stress from heart and motion features.
    Stress,
    /// Reads sentiment, emotion and stress in what somebody writes.
    Text,
}

impl Task {
    /// Every task.
    pub const ALL: [Self; 9] = [
        Self::Detector,
        Self::Landmarks,
        Self::Expression,
        Self::Activity,
        Self::VoiceActivity,
        Self::VoiceAffect,
        Self::VoiceAffectOwn,
        Self::Stress,
        Self::Text,
    ];

    /// Snake-case English name, as in the manifest.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Detector => "detector",
            Self::Landmarks => "landmarks",
            Self::Expression => "expression",
            Self::Activity => "activity",
            Self::VoiceActivity => "voice_activity",
            Self::VoiceAffect => "voice_affect",
            Self::VoiceAffectOwn => "voice_affect_own",
            Self::Stress => "stress",
            Self::Text => "text",
        }
    }

    /// What the shape of an input must be for the code that feeds it; `0` stands for any size.
    pub(super) const fn input_shape(self) -> &'static [usize] {
        match self {
            Self::Detector | Self::Landmarks | Self::Expression => &[1, 0, 0, 0],
            Self::Activity => &[1, 6, 128],
            Self::VoiceActivity | Self::VoiceAffect => &[1, 1, 0],
            Self::VoiceAffectOwn => &[1, 3, 0],
            Self::Stress => &[],
            // The longest: the code runs it on shorter ones, too.
            Self::Text => &[1, 128],
        }
    }
}

impl std::fmt::Display for Task {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}
