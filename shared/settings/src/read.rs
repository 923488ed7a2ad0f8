use std::cell::RefCell;

use serde::de::value::StrDeserializer;
use serde::de::{self, DeserializeOwned, DeserializeSeed, Deserializer, IntoDeserializer, MapAccess, Visitor};
use serde::forward_to_deserialize_any;

use crate::SettingsError;
use crate::setting::{Layer, Setting};
use crate::value::{ReadError, Value};

/// Reads a struct of settings, and which keys it has.
pub(crate) fn read<T: DeserializeOwned>(layer: &Layer) -> Result<(T, Vec<String>), SettingsError> {
    let seen = RefCell::default();
    let root = Place { layer, key: String::new(), seen: &seen };
    let values = T::deserialize(root).map_err(|error| *error.at("all", None))?;
    Ok((values, seen.into_inner()))
}

/// A key, or a section of them.
struct Place<'a> {
    layer: &'a Layer,
    key: String,
    seen: &'a RefCell<Vec<String>>,
}

impl<'a> Place<'a> {
    /// What the key is set to; only keys are asked for this.
    fn setting(&self) -> Option<&'a Setting> {
        let mut seen = self.seen.borrow_mut();
        if seen.last() != Some(&self.key) {
            seen.push(self.key.clone());
        }
        self.layer.get(&self.key)
    }

    fn value(&self) -> Result<Value<'a>, ReadError> {
        self.setting().map(|setting| Value(&setting.given)).ok_or_else(|| de::Error::custom("it must be given"))
    }
}

macro_rules! as_values {
    ($($method:ident)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
            self.value()?.$method(visitor)
        }
    )*};
}

impl<'de> Deserializer<'de> for Place<'_> {
    type Error = ReadError;

    as_values! {
        deserialize_any deserialize_bool deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_u8
        deserialize_u16 deserialize_u32 deserialize_u64 deserialize_f32 deserialize_f64 deserialize_str
        deserialize_string deserialize_seq
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        match self.setting() {
            Some(_) => visitor.visit_some(self),
            None => visitor.visit_none(),
        }
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ReadError> {
        visitor.visit_map(Section { place: self, fields: fields.iter(), field: "" })
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, ReadError> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ReadError> {
        self.value()?.deserialize_enum(name, variants, visitor)
    }

    forward_to_deserialize_any! {
        i128 u128 char bytes byte_buf unit unit_struct tuple tuple_struct map identifier ignored_any
    }
}

/// The fields of a struct, one after the other: the type says which there are.
struct Section<'a> {
    place: Place<'a>,
    fields: std::slice::Iter<'static, &'static str>,
    field: &'static str,
}

impl<'de> MapAccess<'de> for Section<'_> {
    type Error = ReadError;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, ReadError> {
        let Some(field) = self.fields.next() else { return Ok(None) };
        self.field = field;
        let name: StrDeserializer<'_, ReadError> = self.field.into_deserializer();
        seed.deserialize(name).map(Some)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, ReadError> {
        let Place { layer, key, seen } = &self.place;
        let key = if key.is_empty() { self.field.to_owned() } else { format!("{key}.{}", self.field) };
        let field = Place { layer, key: key.clone(), seen };
        seed.deserialize(field).map_err(|error| ReadError::Placed(error.at(&key, layer.get(&key))))
    }
}
