use attune_protocol::consent::{Consent, Purpose};
use attune_protocol::registry::Modality;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// One change of consent.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Change {
    /// What may be sensed.
    pub modality: Modality,
    /// What for.
    pub purpose: Purpose,
    /// Given, or withdrawn.
    pub granted: bool,
    /// Counts the changes on this device, from 1.
    pub version: u32,
    /// When.
    pub at: Timestamp,
    /// Whether it was decided in the browser, at the collector; only withdrawals are.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub in_browser: bool,
    /// The version of the text that the person was shown; none where that was not recorded, or nothing was shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<u16>,
}

impl Change {
    /// What tells it from every other change: its number does not, for that is counted anew where a file was lost.
    pub(super) fn name(&self) -> (Modality, Purpose, bool, Timestamp) {
        (self.modality, self.purpose, self.granted, self.at)
    }

    /// As it is sent.
    #[must_use]
    pub fn to_consent(self) -> Consent {
        let Self { modality, purpose, granted, version, at, text, .. } = self;
        Consent { modality, purpose, granted, version, at_millis: at.as_millisecond(), text }
    }
}
