use std::ffi::OsString;

use crate::setting::{Given, Layer, Origin, Setting};
use crate::{SettingsError, environment};

/// The flags that were given, as keys and values.
#[derive(Default, Debug)]
pub struct Flags(Vec<Flag>);

#[derive(Debug)]
struct Flag {
    name: &'static str,
    key: &'static str,
    value: Value,
}

#[derive(Debug)]
enum Value {
    One(OsString),
    List(Vec<String>),
}

impl Flags {
    /// Notes that a flag, with its dashes, sets a key, where it was given.
    pub fn one(&mut self, name: &'static str, key: &'static str, value: Option<impl Into<OsString>>) {
        self.0.extend(value.map(|value| Flag { name, key, value: Value::One(value.into()) }));
    }

    /// Notes that a flag that may be given more than once sets a list, where it was given.
    pub fn list(&mut self, name: &'static str, key: &'static str, values: &[String]) {
        if !values.is_empty() {
            self.0.push(Flag { name, key, value: Value::List(values.to_vec()) });
        }
    }

    pub(crate) fn layer(self) -> Result<Layer, SettingsError> {
        let setting = |Flag { name, key, value }| {
            let origin = Origin::Flag(name);
            let given = match value {
                Value::One(value) => environment::text(key, &origin, value)?,
                Value::List(values) => Given::Toml(values.into()),
            };
            Ok((key.to_owned(), Setting { given, origin }))
        };
        self.0.into_iter().map(setting).collect()
    }
}
