//! Reasons as sentences for people.

use attune_protocol::record::Gap;
use attune_protocol::registry::Modality;

use super::{Absence, Lack, Missing};

impl Absence {
    /// Why it is missing and what would have to change, read after "is not shown: ".
    #[must_use]
    pub fn because(&self) -> String {
        because(self.reason, &self.modalities())
    }

    /// The whole sentence about what is missing.
    #[must_use]
    pub fn sentence(&self, subject: &str) -> String {
        format!("{subject} is not shown: {}", self.because())
    }
}

impl Lack {
    /// Why the modality gives nothing and what would have to change, read after a colon.
    #[must_use]
    pub fn because(&self) -> String {
        because(self.reason, &[self.modality])
    }
}

fn because(reason: Missing, of: &[Modality]) -> String {
    match reason {
        Missing::TooUncertain => {
            "what was seen is too uncertain: a better signal or another sensor would help".to_owned()
        }
        Missing::NotEnoughData => format!("not enough data: too little was seen of {}", list(of, "and")),
        Missing::PoorSignal => format!("the signal of {} was too poor: check light, noise and fit", list(of, "and")),
        Missing::NotDerived => format!("what was seen of {} did not tell it", list(of, "and")),
        Missing::Walking => "it is not judged while somebody walks".to_owned(),
        Missing::Gap(gap) => of_gap(gap, of),
        Missing::Away => "nobody was seen: who is away is not judged".to_owned(),
        Missing::Untouched => {
            format!("the device of {} lay still: who wears or holds it is judged", list(of, "and"))
        }
        Missing::OldAgent => "the agent on the device is too old for it: bring it up to date".to_owned(),
        Missing::Withheld(Some(profile)) => {
            format!("the profile {profile} keeps what it is read from on the device")
        }
        Missing::Withheld(None) => "the device's own profile keeps what it is read from there".to_owned(),
        Missing::SwitchedOff => format!("this user's preferences switch off {}", list(of, "and")),
        Missing::NotSent => format!("nothing was sent of {}", list(of, "or")),
        Missing::NoDevice => format!("no device sensed {}", list(of, "or")),
        Missing::Unrecorded => "it was assessed by an earlier version, which kept no reason".to_owned(),
    }
}

fn of_gap(gap: Gap, of: &[Modality]) -> String {
    match gap {
        Gap::Paused => "sensing was paused: it appears when sensing goes on".to_owned(),
        Gap::NoConsent => format!("there is no consent for {}", list(of, "and")),
        Gap::NoFace => "no face was seen: sit before the camera, with light from the front".to_owned(),
        Gap::NoVoice => "no voice was heard: it appears while somebody speaks".to_owned(),
        Gap::NotWorn => "the heart sensor gave no usable beats: check that it sits well".to_owned(),
        Gap::DeviceGone => format!("the sensor of {} sent nothing: check its connection", list(of, "and")),
        Gap::Overload => format!("the device was too busy to analyse {}", list(of, "and")),
        Gap::LowPower => format!("to save power, less was sensed of {}", list(of, "and")),
        Gap::AnotherFace => "somebody else came before the camera: what was known before does not count".to_owned(),
        Gap::SeveralFaces => "several faces are of one size, and it is not clear whose is meant: sit nearer".to_owned(),
        Gap::InUse => format!("another program has the device of {}: close it there", list(of, "and")),
        Gap::NotAllowed => format!("the system forbids the device of {}: see 'attune-agent doctor'", list(of, "and")),
        Gap::Covered => "the camera is covered: open its shutter".to_owned(),
        Gap::TooDark => "it is too dark before the camera: light from the front helps".to_owned(),
        Gap::LidShut => "the lid is shut: it appears when it is opened".to_owned(),
        Gap::Asleep => "the computer slept".to_owned(),
        Gap::Muted => "the microphone is muted: it appears when it is switched on".to_owned(),
        Gap::Silent => "the microphone gives no sound at all: choose another, or plug it in anew".to_owned(),
        Gap::OutOfReach => format!("the device of {} is out of reach: bring it near", list(of, "and")),
        Gap::DeviceAsleep => format!("the device of {} sleeps: wake it, or wear it", list(of, "and")),
        Gap::WarmingUp => format!("the device of {} has only just begun", list(of, "and")),
        Gap::ScreenLocked => "the screen was locked: it appears when somebody is there".to_owned(),
        Gap::SwitchedOff => format!("{} is switched off in this person's preferences", list(of, "and")),
        Gap::EndOfRecording => format!("the recording of {} has ended", list(of, "and")),
    }
}

/// `face, voice and heart`.
fn list(of: &[Modality], last: &str) -> String {
    match of {
        [] => "what it is read from".to_owned(),
        [one] => one.to_string(),
        [first @ .., one] => {
            let first: Vec<&str> = first.iter().map(|modality| modality.name()).collect();
            format!("{} {last} {one}", first.join(", "))
        }
    }
}
