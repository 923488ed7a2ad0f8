use crate::Settings;
use crate::setting::Given;

/// What of a setting is shown to who looks at what is in force.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct InForce {
    /// Its key.
    pub key: String,
    /// Its value, without what is secret.
    pub value: String,
    /// Where it comes from.
    pub origin: String,
}

/// Parts of a key's last name that say that its value is secret whatever it is.
const SECRET: [&str; 3] = ["password", "secret", "token"];

impl<T> Settings<T> {
    /// All settings in the order of their keys, each with where it comes from. Of a value that its key calls secret only that
    /// it is there is shown, and of an address neither who asks nor a password nor what stands behind a question mark.
    #[must_use]
    pub fn in_force(&self) -> Vec<InForce> {
        let shown = |(key, setting): (&String, &crate::setting::Setting)| {
            let name = key.rsplit('.').next().unwrap_or_default();
            // A file in which a secret lies is no secret.
            let is_file = name.ends_with("file") || name.ends_with("path") || name.ends_with("folder");
            let is_secret = !is_file && SECRET.iter().any(|part| name.contains(part));
            let value = plain(&setting.given);
            let value = match (value.is_empty(), is_secret) {
                (false, true) => "set, and not shown".to_owned(),
                _ => without_secrets(&value),
            };
            InForce { key: key.clone(), value, origin: setting.origin.to_string() }
        };
        self.layer.iter().map(shown).collect()
    }
}

/// A value as it would be written, text without its quotes.
fn plain(given: &Given) -> String {
    match given {
        Given::Text(text) | Given::Toml(toml::Value::String(text)) => text.clone(),
        Given::Toml(_) => given.to_string(),
    }
}

/// Text, with all addresses in it without what may be secret.
fn without_secrets(text: &str) -> String {
    let mut parts = text.split("://");
    let mut shown = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let end = part.find(|sign: char| sign.is_whitespace() || "\",".contains(sign)).unwrap_or(part.len());
        let (address, rest) = part.split_at(end);
        let (place, query) = address.split_once('?').map_or((address, false), |(place, _)| (place, true));
        // A password may hold any sign, so that the last at sign counts.
        let (who, host) = place.rsplit_once('@').map_or((false, place), |(_, host)| (true, host));
        shown += if who { "://\u{2026}@" } else { "://" };
        shown += host;
        shown += if query { "?\u{2026}" } else { "" };
        shown += rest;
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::without_secrets;

    #[test]
    fn no_address_shows_who_asks_or_a_password() {
        for (text, shown) in [
            ("postgres://me:p@ss/w@there:5432/attune?sslpassword=x", "postgres://\u{2026}@there:5432/attune?\u{2026}"),
            ("sqlite:/var/lib/attune.sqlite", "sqlite:/var/lib/attune.sqlite"),
            ("mqtt://there:1883", "mqtt://there:1883"),
            ("[\"http://a:b@c\", \"d\"]", "[\"http://\u{2026}@c\", \"d\"]"),
            ("", ""),
        ] {
            assert_eq!(without_secrets(text), shown);
        }
    }
}
