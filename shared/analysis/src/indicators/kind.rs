/// The scores that evidence is gathered for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ScoreKind {
    /// Stress level, [0,1].
    Stress,
    /// Attention score, [0,1].
    Attention,
    /// Pleasantness, [-1,1].
    Valence,
    /// Activation, [-1,1].
    Arousal,
}

impl ScoreKind {
    /// Every kind.
    pub const ALL: [Self; 4] = [Self::Stress, Self::Attention, Self::Valence, Self::Arousal];

    /// Smallest and largest value.
    #[must_use]
    pub const fn range(self) -> (f64, f64) {
        match self {
            Self::Stress | Self::Attention => (0.0, 1.0),
            Self::Valence | Self::Arousal => (-1.0, 1.0),
        }
    }

    /// The largest standard deviation with which the score is still given: 35 % of a range of one. (A value drawn
    /// blindly from the whole range has 29 % of it on a uniform scale, so beyond this the evidence says nothing.) Ours.
    #[must_use]
    pub const fn largest_sd(self) -> f64 {
        match self {
            Self::Stress | Self::Attention => 0.35,
            Self::Valence | Self::Arousal => 0.70,
        }
    }
}
