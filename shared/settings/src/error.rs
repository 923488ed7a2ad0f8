use std::path::PathBuf;

use crate::Origin;

/// Why there are no settings; reads after "failed to".
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// The file is not there or does not open.
    #[error("read {path}: {source}; name another file with --config, or none")]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file is no TOML.
    #[error("read {path} as TOML: {problem} in line {line}, column {column}")]
    NotToml {
        /// The file.
        path: PathBuf,
        /// Counted from 1.
        line: usize,
        /// Characters, counted from 1.
        column: usize,
        /// What was expected.
        problem: String,
    },
    /// A key, or a variable with the program's prefix, that means nothing.
    #[error("use {}: it is not known; {}{}", place(name, origin), known_there(known), did_you_mean(nearest.as_deref()))]
    Unknown {
        /// The key or the variable.
        name: String,
        /// Where it stands.
        origin: Origin,
        /// Those of its section, or all where there is no such section.
        known: Vec<String>,
        /// The known one that is most like it, where one is.
        nearest: Option<String>,
    },
    /// A value of the wrong kind, or one that is not possible.
    #[error("use {value} for {key} ({origin}): {problem}")]
    Value {
        /// The key.
        key: String,
        /// The value, as TOML.
        value: String,
        /// Where it stands.
        origin: Origin,
        /// What was expected.
        problem: String,
    },
}

fn place(name: &str, origin: &Origin) -> String {
    match origin {
        Origin::Variable(variable) => format!("the variable {variable}"),
        // Blanks would not be seen.
        origin if name.is_empty() || name.contains(char::is_whitespace) => format!("the key {name:?} ({origin})"),
        origin => format!("the key {name} ({origin})"),
    }
}

fn known_there(names: &[String]) -> String {
    match names {
        [one] => format!("the one known there is {one}"),
        names => format!("known are {}", names.join(", ")),
    }
}

fn did_you_mean(nearest: Option<&str>) -> String {
    nearest.map(|nearest| format!("; did you mean {nearest}?")).unwrap_or_default()
}
