use std::ffi::OsString;

use crate::setting::{Given, Layer, Origin, Setting};
use crate::{SettingsError, keys};

/// Reads the variables that begin with `prefix`, but for `besides`. Letters count alike in upper and lower case, as
/// they do where Windows keeps them.
pub(crate) fn layer(
    prefix: &str,
    besides: &[&str],
    variables: impl IntoIterator<Item = (OsString, OsString)>,
    known: &[String],
) -> Result<Layer, SettingsError> {
    let names: Vec<String> = known.iter().map(|key| variable(prefix, key)).collect();
    let mut layer = Layer::new();
    for (name, value) in variables {
        let name = name.to_string_lossy().into_owned();
        let upper = name.to_ascii_uppercase();
        if !upper.starts_with(prefix) || besides.contains(&upper.as_str()) {
            continue;
        }
        let Some(at) = names.iter().position(|known| *known == upper) else {
            let first = upper[prefix.len()..].split('_').next().unwrap_or_default();
            return Err(keys::unknown(&upper, Origin::Variable(name), &format!("{prefix}{first}_"), &names));
        };
        let origin = Origin::Variable(name);
        let given = text(&known[at], &origin, value)?;
        layer.insert(known[at].clone(), Setting { given, origin });
    }
    Ok(layer)
}

/// The variable of a key.
fn variable(prefix: &str, key: &str) -> String {
    format!("{prefix}{}", key.replace('.', "_").to_ascii_uppercase())
}

/// A value from outside, which the system does not hold to be text.
pub(crate) fn text(key: &str, origin: &Origin, value: OsString) -> Result<Given, SettingsError> {
    let wrong = |value: OsString| SettingsError::Value {
        key: key.to_owned(),
        value: format!("{value:?}"),
        origin: origin.clone(),
        problem: "expected text in UTF-8".into(),
    };
    value.into_string().map(Given::Text).map_err(wrong)
}
