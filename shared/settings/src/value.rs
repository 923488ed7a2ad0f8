use std::fmt::Display;

use serde::de::value::{SeqDeserializer, StrDeserializer};
use serde::de::{self, Deserializer, Expected, IntoDeserializer, Unexpected, Visitor};
use serde::forward_to_deserialize_any;

use crate::SettingsError;
use crate::setting::{Given, Origin, Setting};

/// Why a value does not read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ReadError {
    #[error("{0}")]
    Problem(String),
    /// The value is not to be shown: what is a list where text belongs may hold a password.
    #[error("{0}")]
    Unseen(String),
    #[error(transparent)]
    Placed(Box<SettingsError>),
}

impl ReadError {
    /// With the key, and where it was given.
    pub(crate) fn at(self, key: &str, setting: Option<&Setting>) -> Box<SettingsError> {
        let given = setting.map(|setting| &setting.given);
        let (value, problem) = match self {
            Self::Problem(problem) => (given.map_or_else(|| "nothing".into(), Given::to_string), problem),
            Self::Unseen(problem) => (given.map_or("nothing", Given::kind).into(), problem),
            Self::Placed(error) => return error,
        };
        let origin = setting.map_or(Origin::BuiltIn, |setting| setting.origin.clone());
        Box::new(SettingsError::Value { key: key.to_owned(), value, origin, problem })
    }
}

impl de::Error for ReadError {
    fn custom<T: Display>(problem: T) -> Self {
        Self::Problem(problem.to_string())
    }

    fn invalid_type(_: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::Problem(format!("expected {expected}"))
    }

    fn invalid_value(_: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::Problem(format!("expected {expected}"))
    }

    fn unknown_variant(_: &str, variants: &'static [&'static str]) -> Self {
        match variants {
            [others @ .., last] if !others.is_empty() => {
                Self::Problem(format!("expected {} or {last}", others.join(", ")))
            }
            _ => Self::Problem(format!("expected {}", variants.concat())),
        }
    }
}

/// A value, read as what the field is.
#[derive(Clone, Copy)]
pub(crate) struct Value<'a>(pub(crate) &'a Given);

impl<'a> Value<'a> {
    fn text(self) -> Result<&'a str, ReadError> {
        match self.0 {
            Given::Text(text) | Given::Toml(toml::Value::String(text)) => Ok(text),
            Given::Toml(toml::Value::Array(_) | toml::Value::Table(_)) => {
                Err(ReadError::Unseen("expected text, in quotes".into()))
            }
            Given::Toml(_) => Err(ReadError::Problem("expected text, in quotes".into())),
        }
    }

    fn whole(self) -> Result<i64, ReadError> {
        let found = match self.0 {
            Given::Text(text) => text.trim().parse().ok(),
            Given::Toml(value) => value.as_integer(),
        };
        found.ok_or_else(|| ReadError::Problem("expected a whole number".into()))
    }

    fn natural(self) -> Result<u64, ReadError> {
        self.whole()?.try_into().map_err(|_| ReadError::Problem("expected a whole number, 0 or more".into()))
    }

    fn number(self) -> Result<f64, ReadError> {
        let found = match self.0 {
            Given::Text(text) => text.trim().parse().ok(),
            Given::Toml(value) => value.as_float().or_else(|| value.as_integer().map(|whole| whole as f64)),
        };
        found.ok_or_else(|| ReadError::Problem("expected a number".into()))
    }

    fn truth(self) -> Result<bool, ReadError> {
        let found = match self.0 {
            Given::Text(text) => text.trim().parse().ok(),
            Given::Toml(value) => value.as_bool(),
        };
        found.ok_or_else(|| ReadError::Problem("expected true or false".into()))
    }

    fn list(self) -> Result<Vec<Given>, ReadError> {
        let found = match self.0 {
            Given::Text(text) => list_of(text.trim()),
            Given::Toml(value) => value.as_array().map(|list| list.iter().cloned().map(Given::Toml).collect()),
        };
        found.ok_or_else(|| ReadError::Problem("expected a list, as [\"one\", \"two\"]".into()))
    }
}

/// A list as TOML has it; words need no quotes.
fn list_of(text: &str) -> Option<Vec<Given>> {
    let item = |value| match value {
        toml::Value::String(text) => Given::Text(text),
        value => Given::Text(value.to_string()),
    };
    if let Ok(toml::Value::Array(list)) = text.parse() {
        return Some(list.into_iter().map(item).collect());
    }
    let words = text.strip_prefix('[')?.strip_suffix(']')?.split(',').map(str::trim);
    Some(words.filter(|word| !word.is_empty()).map(|word| Given::Text(word.to_owned())).collect())
}

impl<'de> IntoDeserializer<'de, ReadError> for Value<'_> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

macro_rules! read_as {
    ($($method:ident: $read:ident -> $visit:ident,)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
            visitor.$visit(self.$read()?)
        }
    )*};
}

impl<'de> Deserializer<'de> for Value<'_> {
    type Error = ReadError;

    read_as! {
        deserialize_bool: truth -> visit_bool,
        deserialize_i8: whole -> visit_i64,
        deserialize_i16: whole -> visit_i64,
        deserialize_i32: whole -> visit_i64,
        deserialize_i64: whole -> visit_i64,
        deserialize_u8: natural -> visit_u64,
        deserialize_u16: natural -> visit_u64,
        deserialize_u32: natural -> visit_u64,
        deserialize_u64: natural -> visit_u64,
        deserialize_f32: number -> visit_f64,
        deserialize_f64: number -> visit_f64,
        deserialize_str: text -> visit_str,
        deserialize_string: text -> visit_str,
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        let list = self.list()?;
        visitor.visit_seq(SeqDeserializer::new(list.iter().map(Value)))
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ReadError> {
        let text = self.text().map_err(|_| de::Error::unknown_variant("", variants))?;
        let text: StrDeserializer<'_, ReadError> = text.into_deserializer();
        text.deserialize_enum(name, variants, visitor)
    }

    /// For a field that takes more than one kind.
    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        match self.0 {
            Given::Toml(toml::Value::Integer(_)) => self.deserialize_i64(visitor),
            Given::Toml(toml::Value::Float(_)) => self.deserialize_f64(visitor),
            Given::Toml(toml::Value::Boolean(_)) => self.deserialize_bool(visitor),
            Given::Toml(toml::Value::Array(_)) => self.deserialize_seq(visitor),
            _ => self.deserialize_str(visitor),
        }
    }

    forward_to_deserialize_any! {
        i128 u128 char bytes byte_buf option unit unit_struct newtype_struct tuple tuple_struct map struct identifier
        ignored_any
    }
}
