use attune_protocol::registry::Modality;
use attune_protocol::window::{WINDOW_SECONDS, Window};

/// Windows of a day.
const OF_A_DAY: u32 = 86_400 / WINDOW_SECONDS;
/// What a file of batches is called.
const SENT: &str = "sent";

/// Of which day a file is, and of what.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct Name {
    /// UTC days since 1970-01-01.
    pub(super) day: u32,
    pub(super) what: What,
}

/// What a file holds.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum What {
    /// Records of one modality.
    Of(Modality),
    /// What was sent.
    Sent,
}

impl Name {
    pub(super) fn of(window: Window, what: What) -> Self {
        Self { day: window.0 / OF_A_DAY, what }
    }

    /// The name of a file, if it is one of ours.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (day, what) = text.split_once('-')?;
        let what = if what == SENT { What::Sent } else { What::Of(Modality::from_name(what)?) };
        Some(Self { day: day.parse().ok()?, what })
    }
}

impl std::fmt::Display for Name {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let what = match self.what {
            What::Of(modality) => modality.name(),
            What::Sent => SENT,
        };
        write!(f, "{}-{what}", self.day)
    }
}
