use std::ffi::OsString;
use std::path::Path;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::setting::{Given, Layer, Origin, Setting};
use crate::{Flags, SettingsError, environment, file, keys, read};

/// Where a program's settings come from, beside its built-in values.
#[derive(Debug)]
pub struct Sources<'a> {
    /// The TOML file, where one is named.
    pub file: Option<&'a Path>,
    /// What the program's variables begin with, in capitals. One that names no key is refused.
    pub prefix: &'static str,
    /// Variables with that prefix that are no keys.
    pub besides: &'static [&'static str],
    /// What was given on the command line.
    pub flags: Flags,
}

impl Sources<'_> {
    /// Puts the sources over each other, with the environment of this process.
    ///
    /// # Errors
    /// When the file does not read, a key or a variable is not known, or a value is not of its key's kind.
    pub fn load<T: Default + Serialize + DeserializeOwned>(self) -> Result<Settings<T>, SettingsError> {
        self.load_with(std::env::vars_os())
    }

    /// [`Self::load`] with these variables in the place of the environment.
    ///
    /// # Errors
    /// As [`Self::load`].
    pub fn load_with<T: Default + Serialize + DeserializeOwned>(
        self,
        variables: impl IntoIterator<Item = (OsString, OsString)>,
    ) -> Result<Settings<T>, SettingsError> {
        let known = keys::<T>();
        let mut layer = keys::built_in::<T>();
        if let Some(path) = self.file {
            layer.extend(file::layer(path, &known)?);
        }
        layer.extend(environment::layer(self.prefix, self.besides, variables, &known)?);
        layer.extend(self.flags.layer()?);
        let (values, _) = read::read(&layer)?;
        Ok(Settings { values, layer })
    }
}

/// Settings that read, and where each comes from.
#[derive(Debug)]
pub struct Settings<T> {
    /// The values.
    pub values: T,
    pub(crate) layer: Layer,
}

impl<T> Settings<T> {
    /// That the value of a key is not possible; `problem` says what would be, as "expected ...".
    ///
    /// # Panics
    /// When the key has neither been given nor a built-in value.
    #[must_use]
    pub fn wrong(&self, key: &str, problem: impl Into<String>) -> SettingsError {
        self.refused(key, Given::to_string, problem.into())
    }

    /// As [`Self::wrong`], of a value in which a password may stand: it is not shown.
    ///
    /// # Panics
    /// As [`Self::wrong`].
    #[must_use]
    pub fn wrong_unseen(&self, key: &str, problem: impl Into<String>) -> SettingsError {
        self.refused(key, |given| given.kind().to_owned(), problem.into())
    }

    fn refused(&self, key: &str, show: impl Fn(&Given) -> String, problem: String) -> SettingsError {
        let Setting { given, origin } = self.layer.get(key).expect("what is wrong was given");
        SettingsError::Value { key: key.to_owned(), value: show(given), origin: origin.clone(), problem }
    }

    /// Whether nobody has set the key: it has its built-in value, or none.
    #[must_use]
    pub fn is_built_in(&self, key: &str) -> bool {
        self.layer.get(key).is_none_or(|setting| setting.origin == Origin::BuiltIn)
    }

    /// Refuses a number that is not from `least` to `most`.
    ///
    /// # Errors
    /// When it is not.
    pub fn within(&self, key: &str, value: f64, least: f64, most: f64) -> Result<(), SettingsError> {
        match (least..=most).contains(&value) {
            true => Ok(()),
            false => Err(self.wrong(key, format!("expected a number from {least} to {most}"))),
        }
    }
}
