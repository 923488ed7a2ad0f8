//! Records and batches, as people read them: field by field, each with its unit and what kind of knowledge it is.

use attune_protocol::batch::Batch;
use attune_protocol::consent::Consent;
use attune_protocol::record::{Dropped, Record};
use attune_protocol::registry::{Category, Modality, Span};
use attune_protocol::sign::PublicKey;
use data_encoding::HEXLOWER;
use jiff::Timestamp;
use serde::Serialize;

use crate::own::Sent;

/// One thing that this device holds of a person, or has sent.
#[derive(Clone, PartialEq, Debug, Serialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum Shown {
    /// What was sensed of one modality in ten seconds.
    Record {
        /// Start of the ten seconds.
        window: Timestamp,
        /// Which.
        modality: Modality,
        /// Trust in the signal, [0,1].
        quality: f64,
        /// Share of the expected samples, [0,1].
        coverage: f64,
        /// Why something is missing.
        gap: Option<&'static str>,
        /// The version of the person's consent under which it was kept.
        consent: u32,
        /// What was taken out before, because a profile does not let it leave the device.
        withheld: Vec<Category>,
        /// Everything that was derived.
        values: Vec<Value>,
    },
    /// A change of consent.
    Consent {
        /// When.
        at: Timestamp,
        /// To sense what.
        modality: Modality,
        /// What for.
        purpose: &'static str,
        /// Given, or withdrawn.
        granted: bool,
        /// Its number.
        version: u32,
        /// The version of the text that was shown; null where that is not recorded.
        text: Option<u16>,
    },
    /// How many records were dropped because too many waited.
    Dropped {
        /// Which.
        modality: Modality,
        /// Start of the first one's window.
        first: Timestamp,
        /// Start of the last one's window.
        last: Timestamp,
        /// How many.
        count: u32,
    },
    /// What this version cannot read.
    Unread {
        /// Its bytes, in hexadecimal digits.
        bytes: String,
    },
}

/// One field of a record.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Value {
    /// The registry's name for it.
    pub name: &'static str,
    /// Its value.
    pub value: f64,
    /// The unit.
    pub unit: &'static str,
    /// What kind of knowledge it is: a profile decides by it.
    pub category: Category,
}

impl Shown {
    /// What an envelope holds.
    #[must_use]
    pub fn of(envelope: &[u8]) -> Self {
        if let Ok(record) = Record::decode(envelope) {
            return Self::record(&record);
        }
        if let Ok(Consent { modality, purpose, granted, version, at_millis, text }) = Consent::decode(envelope) {
            let purpose = purpose.name();
            return Self::Consent { at: instant(at_millis), modality, purpose, granted, version, text };
        }
        match Dropped::decode(envelope) {
            Ok(Dropped { modality, first, last, count }) => {
                let (first, last) = (instant(first.start_millis()), instant(last.start_millis()));
                Self::Dropped { modality, first, last, count }
            }
            Err(_) => Self::Unread { bytes: HEXLOWER.encode(envelope) },
        }
    }

    /// A record.
    #[must_use]
    pub fn record(record: &Record) -> Self {
        let fields = record.features.iter();
        let value = |(spec, value): (&'static attune_protocol::registry::FeatureSpec, f64)| Value {
            name: spec.name,
            value: rounded(value),
            unit: spec.unit,
            category: spec.category,
        };
        Self::Record {
            window: instant(record.window.start_millis()),
            modality: record.modality(),
            quality: rounded(record.quality),
            coverage: rounded(record.coverage.over(Span::S10)),
            gap: record.coverage.gap.map(|gap| gap.name()),
            consent: record.consent,
            withheld: Category::ALL.into_iter().filter(|category| record.withheld.contains(*category)).collect(),
            values: fields.map(value).collect(),
        }
    }

    /// As lines of a table.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        match self {
            Self::Record { window, modality, quality, coverage, gap, consent, withheld, values } => {
                let gap = gap.map(|gap| format!(", {gap}")).unwrap_or_default();
                let (percent, name) = (coverage * 100.0, modality.name());
                let head =
                    format!("{window:.0}  {name:8} quality {quality:.2}, {percent:.0} % seen{gap}, consent {consent}");
                let kept_back: Vec<String> = withheld.iter().map(|category| word(*category)).collect();
                let taken = (!kept_back.is_empty()).then(|| format!("    taken out: {}", kept_back.join(", ")));
                let field = |Value { name, value, unit, category }: &Value| {
                    format!("    {name:34} {value:>12} {unit:10} {}", word(*category))
                };
                std::iter::once(head).chain(taken).chain(values.iter().map(field)).collect()
            }
            Self::Consent { at, modality, purpose, granted, version, text } => {
                let word = if *granted { "given" } else { "withdrawn" };
                let shown = text.map_or_else(|| "text not recorded".into(), |text| format!("text {text} was shown"));
                vec![format!("{at:.0}  {:8} consent {version}: {purpose} {word}, {shown}", modality.name())]
            }
            Self::Dropped { modality, first, last, count } => {
                vec![format!("{first:.0}  {:8} {count} records dropped, up to {last:.0}", modality.name())]
            }
            Self::Unread { bytes } => vec![format!("    of another version: {bytes}")],
        }
    }
}

/// What a batch held that was sent, where its bytes are kept.
pub(crate) fn of_sent(sent: &Sent, key: &PublicKey) -> Vec<Shown> {
    let batch = Batch::decode(&sent.bytes, key).ok();
    batch.into_iter().flat_map(|batch| batch.items).map(|item| Shown::of(&item.bytes)).collect()
}

/// A category in words.
pub(crate) fn word(category: Category) -> String {
    let name = serde_json::to_value(category).ok().and_then(|value| value.as_str().map(str::to_owned));
    name.unwrap_or_default().replace('_', " ")
}

/// An instant of Unix milliseconds.
pub(crate) fn instant(millis: i64) -> Timestamp {
    Timestamp::from_millisecond(millis).unwrap_or_default()
}

/// To what 16 bits carry.
fn rounded(value: f64) -> f64 {
    let digits = if value.abs() < 1.0 { 1e5 } else { 1e3 };
    (value * digits).round() / digits
}
