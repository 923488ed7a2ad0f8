use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::setting::{Given, Layer, Origin, Setting};
use crate::{SettingsError, read};

/// Below this likeness (Jaro-Winkler, 0 to 1) nothing was meant.
const LIKE: f64 = 0.7;

/// All keys of a program's settings, in their order, whether they have a built-in value or not.
///
/// # Panics
/// When the built-in values of `T` are none of `T`.
#[must_use]
pub fn keys<T: Default + Serialize + DeserializeOwned>() -> Vec<String> {
    read::read::<T>(&built_in::<T>()).expect("built-in values are of their own kind").1
}

/// The built-in values.
pub(crate) fn built_in<T: Default + Serialize>() -> Layer {
    let values = toml::Table::try_from(T::default()).expect("built-in values can be written as TOML");
    let mut layer = Layer::new();
    flatten("", values, &mut layer);
    layer
}

fn flatten(section: &str, values: toml::Table, layer: &mut Layer) {
    for (name, value) in values {
        let key = format!("{section}{name}");
        match value {
            toml::Value::Table(inner) => flatten(&format!("{key}."), inner, layer),
            value => {
                layer.insert(key, Setting { given: Given::Toml(value), origin: Origin::BuiltIn });
            }
        }
    }
}

/// That a name is none of `all`; those that begin with `section` are told, or all where none does. Names are told with
/// `prefix`, which says nothing about how much they are alike.
pub(crate) fn unknown(prefix: &str, name: &str, origin: Origin, section: &str, all: &[String]) -> SettingsError {
    let told = |name: &str| format!("{prefix}{name}");
    let siblings: Vec<String> =
        all.iter().filter(|known| known.starts_with(section)).map(|known| told(known)).collect();
    let likest = all.iter().map(|known| (likeness(name, known), known));
    let likest = likest
        .max_by(|((a, by_whole_a), _), ((b, by_whole_b), _)| a.total_cmp(b).then(by_whole_a.total_cmp(by_whole_b)));
    SettingsError::Unknown {
        name: told(name),
        origin,
        known: if siblings.is_empty() { all.iter().map(|known| told(known)).collect() } else { siblings },
        nearest: likest.filter(|((likeness, _), _)| *likeness >= LIKE).map(|(_, known)| told(known)),
    }
}

/// A key is like another by its whole name, or by its last part: it may stand in the wrong section. Capitals are no matter.
/// The second is by the whole name alone: several sections may have the last part.
fn likeness(name: &str, known: &str) -> (f64, f64) {
    let (name, known) = (&name.to_lowercase(), &known.to_lowercase());
    let last = |key: &str| key.rsplit('.').next().unwrap_or_default().to_owned();
    let whole = strsim::jaro_winkler(name, known);
    (whole.max(0.99 * strsim::jaro_winkler(&last(name), &last(known))), whole)
}
