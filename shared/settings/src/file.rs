use std::path::Path;

use serde::Deserialize;
use serde::de::IntoDeserializer;
use toml::de::{DeTable, DeValue};

use crate::setting::{Given, Layer, Origin, Setting};
use crate::{SettingsError, keys};

/// Reads a TOML file.
pub(crate) fn layer(path: &Path, known: &[String]) -> Result<Layer, SettingsError> {
    let text = std::fs::read_to_string(path).map_err(|source| SettingsError::File { path: path.to_owned(), source })?;
    let file = File { path, text: &text, known };
    let table = DeTable::parse(&text).map_err(|error| file.not_toml(&error))?;
    let mut layer = Layer::new();
    file.take("", table.into_inner(), &mut layer)?;
    Ok(layer)
}

struct File<'a> {
    path: &'a Path,
    text: &'a str,
    known: &'a [String],
}

impl File<'_> {
    fn take(&self, section: &str, table: DeTable<'_>, layer: &mut Layer) -> Result<(), SettingsError> {
        for (name, value) in table {
            let key = format!("{section}{}", name.get_ref());
            let origin = Origin::File { path: self.path.to_owned(), line: self.place(name.span().start).0 };
            if self.known.contains(&key) {
                // It is not shown, as the reader's own words would.
                let problem = "expected a value of TOML, with whole numbers of at most 64 bits".into();
                let Ok(value) = toml::Value::deserialize(value.into_deserializer()) else {
                    return Err(SettingsError::Value { key, value: "one value".into(), origin, problem });
                };
                layer.insert(key, Setting { given: Given::Toml(value), origin });
                continue;
            }
            let below = format!("{key}.");
            let is_section = self.known.iter().any(|known| known.starts_with(&below));
            match value.into_inner() {
                // Of an unknown section its first key is named: it says more about what was meant.
                DeValue::Table(inner) if is_section || !inner.is_empty() => self.take(&below, inner, layer)?,
                // It is not shown: it may be the password of a key in that section.
                value if is_section => {
                    let value = if matches!(value, DeValue::Array(_)) { "a list" } else { "one value" };
                    let (value, problem) = (value.into(), format!("expected a section, [{key}]"));
                    return Err(SettingsError::Value { key, value, origin, problem });
                }
                DeValue::Table(_) => return Err(keys::unknown("", &key, origin, section, &self.sections())),
                _ => return Err(keys::unknown("", &key, origin, section, self.known)),
            }
        }
        Ok(())
    }

    fn sections(&self) -> Vec<String> {
        let mut sections: Vec<String> =
            self.known.iter().filter_map(|key| Some(key.rsplit_once('.')?.0.into())).collect();
        sections.dedup();
        sections
    }

    // The error's own text would show the line, in which a password may stand.
    fn not_toml(&self, error: &toml::de::Error) -> SettingsError {
        let (line, column) = self.place(error.span().map_or(0, |span| span.start));
        let problem = error.message().to_owned();
        SettingsError::NotToml { path: self.path.to_owned(), line, column, problem }
    }

    /// Line and column of a byte, counted from 1.
    fn place(&self, byte: usize) -> (usize, usize) {
        let before = self.text.get(..byte).unwrap_or(self.text);
        let line = before.rsplit('\n').next().unwrap_or_default();
        (before.matches('\n').count() + 1, line.chars().count() + 1)
    }
}
