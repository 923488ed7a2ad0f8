use serde::Deserialize;

use crate::AnalysisError;

/// A characteristic's packet: little-endian fields one behind the other, some of which depend on bits of the first.
#[derive(Clone, PartialEq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PacketLayout {
    /// Format version of the description; this build reads 1.
    pub version: u32,
    /// The wearable, for people.
    pub name: String,
    /// Where the layout is specified.
    pub source: String,
    /// The 16-bit GATT service, hexadecimal.
    pub service: String,
    /// The 16-bit GATT characteristic, hexadecimal.
    pub characteristic: String,
    /// Single bits of the first field that mean something by themselves.
    #[serde(default, rename = "flag")]
    pub flags: Vec<Flag>,
    /// The fields, in the order of their bytes. The first holds the flags.
    #[serde(rename = "field")]
    pub fields: Vec<Field>,
}

/// A bit of the first field.
#[derive(Clone, PartialEq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Flag {
    /// What it means when it is set.
    pub name: String,
    /// Its place, from 0.
    pub bit: u8,
}

/// A number in a packet.
#[derive(Clone, PartialEq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Field {
    /// What it is.
    pub name: String,
    /// How it is encoded.
    #[serde(rename = "type")]
    pub kind: FieldType,
    /// Unit of the value after division.
    pub unit: String,
    /// What the raw number is divided by.
    #[serde(default = "one")]
    pub divide: f64,
    /// The bit of the first field that must be set for the field to be there.
    pub if_set: Option<u8>,
    /// The bit of the first field that must be clear for the field to be there.
    pub if_clear: Option<u8>,
    /// Whether it fills the rest of the packet, as often as it fits.
    #[serde(default)]
    pub repeated: bool,
}

/// Encodings, all little-endian.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FieldType {
    /// Unsigned, 8 bits.
    U8,
    /// Unsigned, 16 bits.
    U16,
    /// Signed, 16 bits.
    I16,
    /// Unsigned, 32 bits.
    U32,
}

impl FieldType {
    /// Bytes that it takes.
    #[must_use]
    pub const fn width(self) -> usize {
        match self {
            Self::U8 => 1,
            Self::U16 | Self::I16 => 2,
            Self::U32 => 4,
        }
    }
}

fn one() -> f64 {
    1.0
}

impl PacketLayout {
    /// Reads a description.
    ///
    /// # Errors
    /// When it does not read, or contradicts itself.
    pub fn parse(text: &str) -> Result<Self, AnalysisError> {
        let wrong = |problem: String| AnalysisError::Wearable { what: "description", problem };
        let layout: Self = toml::from_str(text).map_err(|e| wrong(e.message().to_owned()))?;
        if layout.version != 1 {
            return Err(wrong(format!("its version is {} and this build reads 1", layout.version)));
        }
        let Some(first) = layout.fields.first() else { return Err(wrong("it has no fields".into())) };
        if first.if_set.is_some() || first.if_clear.is_some() || first.repeated {
            return Err(wrong(format!(
                "the first field, {}, must always be there once: it holds the flags",
                first.name
            )));
        }
        let bits = 8 * first.kind.width();
        let conditions = layout.fields.iter().flat_map(|f| [f.if_set, f.if_clear]).flatten();
        if let Some(bit) = conditions.chain(layout.flags.iter().map(|f| f.bit)).find(|bit| usize::from(*bit) >= bits) {
            return Err(wrong(format!("bit {bit} is not among the {bits} of the first field")));
        }
        for (place, field) in layout.fields.iter().enumerate() {
            if !(field.divide.is_finite() && field.divide > 0.0) {
                return Err(wrong(format!("{} is divided by {}", field.name, field.divide)));
            }
            if field.repeated && place + 1 < layout.fields.len() {
                return Err(wrong(format!("{} is repeated and must be the last field", field.name)));
            }
        }
        Ok(layout)
    }
}
