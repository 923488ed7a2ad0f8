use serde::{Deserialize, Serialize};

/// A feature's place in its modality's table. Append-only.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct Ordinal(pub u8);

impl Ordinal {
    /// The ordinal `steps` places further on, for runs of features such as a distribution's classes.
    #[must_use]
    pub const fn plus(self, steps: u8) -> Self {
        Self(self.0 + steps)
    }
}

/// How a value is laid out over the 65,536 steps of its 16 bits.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Scale {
    /// Equal steps.
    Linear,
    /// Equal ratios, for positive values over several decades.
    Log,
}

/// The trailing time over which a feature is computed, ending with its window.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
pub enum Span {
    /// The window itself.
    #[serde(rename = "10s")]
    S10,
    /// One minute.
    #[serde(rename = "60s")]
    S60,
    /// Five minutes.
    #[serde(rename = "300s")]
    S300,
}

impl Span {
    /// Length in seconds.
    #[must_use]
    pub const fn seconds(self) -> u32 {
        match self {
            Self::S10 => 10,
            Self::S60 => 60,
            Self::S300 => 300,
        }
    }
}

/// What kind of knowledge about a person a feature is; policy decides by it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Category {
    /// Of the signal, not of the person: brightness, coverage, contact.
    Technical,
    /// Presence and movement.
    Activity,
    /// Where the head and eyes are; no emotion, yet biometric.
    FaceGeometry,
    /// How a voice sounds; no emotion, yet biometric.
    VoiceAcoustics,
    /// Emotion or affect inferred from biometrics.
    Affect,
    /// Heart and fatigue signals.
    Physiology,
    /// What the person says themselves; nothing is inferred.
    SelfReport,
    /// Read from what the person writes.
    Text,
}

impl Category {
    /// Every category.
    pub const ALL: [Self; 8] = [
        Self::Technical,
        Self::Activity,
        Self::FaceGeometry,
        Self::VoiceAcoustics,
        Self::Affect,
        Self::Physiology,
        Self::SelfReport,
        Self::Text,
    ];
}

/// A set of categories, one bit each in the order of [`Category::ALL`], which has no room for a ninth.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Serialize, Deserialize)]
pub struct Categories(u8);

impl Categories {
    /// None of them.
    pub const NONE: Self = Self(0);

    /// Adds one.
    pub const fn insert(&mut self, category: Category) {
        self.0 |= 1 << category as u8;
    }

    /// Whether one is among them.
    #[must_use]
    pub const fn contains(self, category: Category) -> bool {
        self.0 & (1 << category as u8) != 0
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }
}

/// How long a feature may be kept at the collector.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Retention {
    /// 30 days.
    Month,
    /// 365 days.
    Year,
}

impl Retention {
    /// The longest time in days.
    #[must_use]
    pub const fn days(self) -> u32 {
        match self {
            Self::Month => 30,
            Self::Year => 365,
        }
    }
}

/// One row of the registry.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FeatureSpec {
    /// Place in the modality's table.
    pub ordinal: Ordinal,
    /// The field's name for it, snake case.
    pub name: &'static str,
    /// Unit of the value; `1` for fractions and indices.
    pub unit: &'static str,
    /// Smallest value the wire carries; smaller ones are carried as this.
    pub min: f64,
    /// Largest value the wire carries; larger ones are carried as this.
    pub max: f64,
    /// Steps between the two.
    pub scale: Scale,
    /// Trailing time that it is computed over.
    pub span: Span,
    /// Least seconds of data for which it may be given; below, it is absent.
    pub shortest_seconds: u32,
    /// What kind of knowledge it is.
    pub category: Category,
    /// How long it may be kept.
    pub retention: Retention,
    /// Where its definition comes from.
    pub source: &'static str,
}

impl FeatureSpec {
    /// Where a finite value stands between the ends of the range on the feature's scale, in [0,1].
    #[must_use]
    pub fn to_fraction(&self, value: f64) -> f64 {
        let fraction = match self.scale {
            Scale::Linear => (value - self.min) / (self.max - self.min),
            Scale::Log => (value.max(self.min) / self.min).ln() / (self.max / self.min).ln(),
        };
        fraction.clamp(0.0, 1.0)
    }

    /// The 16 bits that stand for a finite value; values outside the range are carried as its nearer end.
    #[must_use]
    pub fn to_wire(&self, value: f64) -> u16 {
        // A float-to-integer cast saturates, and the fraction is bounded already.
        (self.to_fraction(value) * f64::from(u16::MAX)).round() as u16
    }

    /// The value that 16 bits stand for.
    #[must_use]
    pub fn from_wire(&self, raw: u16) -> f64 {
        self.from_fraction(f64::from(raw) / f64::from(u16::MAX))
    }

    /// The value that stands at a fraction of the way between the ends of the range.
    #[must_use]
    pub fn from_fraction(&self, fraction: f64) -> f64 {
        match self.scale {
            Scale::Linear => self.min + fraction * (self.max - self.min),
            Scale::Log => self.min * (self.max / self.min).powf(fraction),
        }
    }
}
