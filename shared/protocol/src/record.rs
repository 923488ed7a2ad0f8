//! One modality over one window, as it is kept and sent.
//!
//! On the wire: header, then modality, registry revision, version of consent, categories withheld, window, quality,
//! expected and received samples, gap, coverage of the longer spans, a bitmap of the ordinals that are present, and 16
//! bits for each of them. No field can carry bytes or free text. Version 1 had neither consent nor categories.

use serde::{Deserialize, Serialize};

use crate::ProtocolError;
use crate::envelope::{self, Kind};
use crate::features::Features;
use crate::registry::{self, Categories, Modality, Ordinal, Span};
use crate::window::Window;

/// The most bytes that an encoded record can take.
pub const MAX_ENCODED: usize = envelope::HEADER_LEN + 1 + 3 + 5 + 1 + 5 + 1 + 5 + 5 + 2 + 2 + 10 + 1 + 64 * 2;

/// Why a window has fewer samples than it should. Variants are only appended.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Gap {
    /// The person paused sensing.
    Paused,
    /// There is no consent for this modality.
    NoConsent,
    /// The camera saw no face.
    NoFace,
    /// The microphone heard no voice.
    NoVoice,
    /// The sensor does not touch the skin, or sends no usable beats.
    NotWorn,
    /// The device is gone or sends nothing.
    DeviceGone,
    /// Samples were dropped to stay within the budget.
    Overload,
    /// Sensing is reduced to save power.
    LowPower,
    /// The recording has ended.
    EndOfRecording,
    /// Somebody else came before the camera, so that the window holds the last one's share only.
    AnotherFace,
    /// Several faces may be the person's, and none was chosen.
    SeveralFaces,
    /// Another program has the device.
    InUse,
    /// The system does not let the agent use the device.
    NotAllowed,
    /// The camera's shutter is shut.
    Covered,
    /// Too little light falls into the camera.
    TooDark,
    /// The lid with the device in it is shut.
    LidShut,
    /// The computer slept.
    Asleep,
    /// The microphone is muted.
    Muted,
    /// The microphone gives nothing but noughts, though it is not muted.
    Silent,
    /// The wearable is out of reach of its radio.
    OutOfReach,
    /// The wearable rests and sends nothing new.
    DeviceAsleep,
    /// The device has begun, and gives nothing yet.
    WarmingUp,
    /// The screen is locked, and the camera rests.
    ScreenLocked,
    /// The person has switched the modality off in the browser.
    SwitchedOff,
}

impl Gap {
    /// Snake-case English name, as in JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Paused => "paused",
            Self::NoConsent => "no_consent",
            Self::NoFace => "no_face",
            Self::NoVoice => "no_voice",
            Self::NotWorn => "not_worn",
            Self::DeviceGone => "device_gone",
            Self::Overload => "overload",
            Self::LowPower => "low_power",
            Self::EndOfRecording => "end_of_recording",
            Self::AnotherFace => "another_face",
            Self::SeveralFaces => "several_faces",
            Self::InUse => "in_use",
            Self::NotAllowed => "not_allowed",
            Self::Covered => "covered",
            Self::TooDark => "too_dark",
            Self::LidShut => "lid_shut",
            Self::Asleep => "asleep",
            Self::Muted => "muted",
            Self::Silent => "silent",
            Self::OutOfReach => "out_of_reach",
            Self::DeviceAsleep => "device_asleep",
            Self::WarmingUp => "warming_up",
            Self::ScreenLocked => "screen_locked",
            Self::SwitchedOff => "switched_off",
        }
    }
}

/// How much of what should have been seen was seen.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Coverage {
    /// Samples that the window should hold, in the analyzer's own unit (frames, samples, or milliseconds of beats).
    pub expected: u32,
    /// Samples that it holds, in the same unit.
    pub received: u32,
    /// Fraction in [0,1] of the trailing 60 s that was seen.
    pub last_60_s: f64,
    /// Fraction in [0,1] of the trailing 300 s that was seen.
    pub last_300_s: f64,
    /// Why something is missing, if anything is.
    pub gap: Option<Gap>,
}

impl Coverage {
    /// Nothing was seen, for a reason.
    #[must_use]
    pub fn none(expected: u32, gap: Gap) -> Self {
        Self { expected, received: 0, last_60_s: 0.0, last_300_s: 0.0, gap: Some(gap) }
    }

    /// Fraction in [0,1] of the trailing time that was seen.
    #[must_use]
    pub fn over(&self, span: Span) -> f64 {
        match span {
            Span::S10 if self.expected == 0 => 0.0,
            Span::S10 => (f64::from(self.received) / f64::from(self.expected)).min(1.0),
            Span::S60 => self.last_60_s,
            Span::S300 => self.last_300_s,
        }
    }
}

/// Features of one modality over one window, with how far they can be trusted.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    /// Revision of the registry under which the features were written.
    pub revision: u16,
    /// Version of the consent book under which it was kept; 0 when its writer did not say.
    pub consent: u32,
    /// What kinds of features were there and were taken out because a profile does not let them leave the device.
    pub withheld: Categories,
    /// The window that the record closes.
    pub window: Window,
    /// Trust in the signal, in [0,1]: 0 when nothing was seen.
    pub quality: f64,
    /// What was seen of what should have been.
    pub coverage: Coverage,
    /// What could be derived.
    pub features: Features,
}

#[derive(Serialize, Deserialize)]
struct Body {
    modality: u8,
    revision: u16,
    consent: u32,
    withheld: Categories,
    window: u32,
    quality: u8,
    expected: u32,
    received: u32,
    gap: Option<Gap>,
    last_60_s: u8,
    last_300_s: u8,
    present: u64,
    values: Vec<Fixed16>,
}

/// The body as version 1 had it.
#[derive(Deserialize)]
struct BodyV1 {
    modality: u8,
    revision: u16,
    window: u32,
    quality: u8,
    expected: u32,
    received: u32,
    gap: Option<Gap>,
    last_60_s: u8,
    last_300_s: u8,
    present: u64,
    values: Vec<Fixed16>,
}

impl From<BodyV1> for Body {
    fn from(body: BodyV1) -> Self {
        let BodyV1 { modality, revision, window, quality, expected, received, gap, .. } = body;
        let BodyV1 { last_60_s, last_300_s, present, values, .. } = body;
        let (consent, withheld) = (0, Categories::NONE);
        Self {
            modality,
            revision,
            consent,
            withheld,
            window,
            quality,
            expected,
            received,
            gap,
            last_60_s,
            last_300_s,
            present,
            values,
        }
    }
}

/// Postcard's own 16-bit integers take up to three bytes; these always take two.
#[derive(Clone, Copy, Serialize, Deserialize)]
struct Fixed16(#[serde(with = "postcard::fixint::le")] u16);

impl Record {
    /// A record of this build's registry revision, from which nothing was withheld and which names no consent yet.
    #[must_use]
    pub fn new(window: Window, quality: f64, coverage: Coverage, features: Features) -> Self {
        let (revision, consent, withheld) = (registry::REVISION, 0, Categories::NONE);
        Self { revision, consent, withheld, window, quality, coverage, features }
    }

    /// The modality that the record is of.
    #[must_use]
    pub fn modality(&self) -> Modality {
        self.features.modality()
    }

    /// Header and body.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut present = 0;
        let mut values = Vec::new();
        for (spec, value) in self.features.iter() {
            present |= 1 << spec.ordinal.0;
            values.push(Fixed16(spec.to_wire(value)));
        }
        let body = Body {
            modality: self.modality().number(),
            revision: self.revision,
            consent: self.consent,
            withheld: self.withheld,
            window: self.window.0,
            quality: to_byte(self.quality),
            expected: self.coverage.expected,
            received: self.coverage.received,
            gap: self.coverage.gap,
            last_60_s: to_byte(self.coverage.last_60_s),
            last_300_s: to_byte(self.coverage.last_300_s),
            present,
            values,
        };
        envelope::encode(Kind::Record, &body)
    }

    /// Whether an encoded record has a feature that this registry does not know: of what category it is, nobody can tell here.
    #[must_use]
    pub fn has_unknown(bytes: &[u8]) -> bool {
        let Ok(body) = Self::body(bytes) else { return false };
        let Some(modality) = Modality::from_number(body.modality) else { return false };
        (0..64).any(|bit| body.present & (1 << bit) != 0 && modality.feature(Ordinal(bit)).is_none())
    }

    fn body(bytes: &[u8]) -> Result<Body, ProtocolError> {
        let opened = envelope::expect(bytes, Kind::Record)?;
        match opened.version {
            1 => Ok(envelope::decode_body::<BodyV1>(Kind::Record, opened.body)?.into()),
            _ => envelope::decode_body(Kind::Record, opened.body),
        }
    }

    /// Reads an encoded record. Ordinals that this registry does not know are skipped.
    ///
    /// # Errors
    /// When the bytes are no record, are over [`MAX_ENCODED`], or name a modality that is not known here.
    pub fn decode(bytes: &[u8]) -> Result<Self, ProtocolError> {
        if bytes.len() > MAX_ENCODED {
            return Err(ProtocolError::TooLarge { what: "a record", got: bytes.len(), limit: MAX_ENCODED });
        }
        let body = Self::body(bytes)?;
        let rule = |rule| ProtocolError::Rule { kind: Kind::Record, rule };
        let modality = Modality::from_number(body.modality).ok_or(rule("the modality is known"))?;
        if usize::try_from(body.present.count_ones()) != Ok(body.values.len()) {
            return Err(rule("there is one value for each bit of the bitmap"));
        }
        let mut features = Features::new(modality);
        let ordinals = (0..64).filter(|bit| body.present & (1 << bit) != 0).map(Ordinal);
        for (ordinal, Fixed16(raw)) in ordinals.zip(body.values) {
            if let Some(spec) = modality.feature(ordinal) {
                features.set(ordinal, spec.from_wire(raw));
            }
        }
        Ok(Self {
            revision: body.revision,
            consent: body.consent,
            withheld: body.withheld,
            window: Window(body.window),
            quality: from_byte(body.quality),
            coverage: Coverage {
                expected: body.expected,
                received: body.received,
                last_60_s: from_byte(body.last_60_s),
                last_300_s: from_byte(body.last_300_s),
                gap: body.gap,
            },
            features,
        })
    }
}

fn to_byte(fraction: f64) -> u8 {
    // Saturating by the definition of the cast; NaN becomes 0, no trust.
    (fraction.clamp(0.0, 1.0) * 255.0).round() as u8
}

fn from_byte(byte: u8) -> f64 {
    f64::from(byte) / 255.0
}

/// Records that left a full outbox unsent: a gap that is counted, never silent.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Dropped {
    /// Modality of the dropped records.
    pub modality: Modality,
    /// First window that lost a record.
    pub first: Window,
    /// Last window that lost a record.
    pub last: Window,
    /// How many records were dropped.
    pub count: u32,
}

impl Dropped {
    /// Header and body.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        envelope::encode(Kind::Dropped, self)
    }

    /// Reads an encoded gap.
    ///
    /// # Errors
    /// When the bytes are no such gap.
    pub fn decode(bytes: &[u8]) -> Result<Self, ProtocolError> {
        envelope::decode(bytes, Kind::Dropped)
    }
}

#[cfg(test)]
mod tests;
