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
    let names: Vec<String> = known.iter().map(|key| key.replace('.', "_").to_ascii_uppercase()).collect();
    let mut layer = Layer::new();
    for (variable, value) in variables {
        let variable = variable.to_string_lossy().into_owned();
        let upper = variable.to_ascii_uppercase();
        let Some(name) = upper.strip_prefix(prefix).filter(|_| !besides.contains(&upper.as_str())) else { continue };
        let origin = Origin::Variable(variable);
        let Some(at) = names.iter().position(|known| known == name) else {
            let section = format!("{}_", name.split('_').next().unwrap_or_default());
            return Err(keys::unknown(prefix, name, origin, &section, &names));
        };
        let given = text(&known[at], &origin, value)?;
        layer.insert(known[at].clone(), Setting { given, origin });
    }
    Ok(layer)
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
