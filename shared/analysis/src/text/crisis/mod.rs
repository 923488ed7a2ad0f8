//! Signs of crisis of whoever writes, now.

/// How much somebody is in danger.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Debug)]
pub enum Level {
    /// No sign.
    #[default]
    None,
    /// Worry, tiredness.
    Low,
    /// Strong lasting strain; still functioning.
    Moderate,
    /// Can't go on, no way out, worthless, self-harm without a wish to die.
    High,
    /// A wish to be dead, thoughts of ending one's life, preparing, a goodbye for good.
    Critical,
}

/// What was found in one message.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Crisis {
    /// How much.
    pub level: Level,
    /// By which signs: names of kinds, never words of the message. In the order of the message, each once.
    pub indicators: Vec<&'static str>,
}
