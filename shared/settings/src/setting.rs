use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

/// Where a value comes from.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Origin {
    /// The program itself.
    BuiltIn,
    /// The file.
    File {
        /// The file.
        path: PathBuf,
        /// The line of the key, counted from 1.
        line: usize,
    },
    /// A variable of the environment.
    Variable(String),
    /// A flag of the command line, with its dashes.
    Flag(&'static str),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BuiltIn => f.write_str("built in"),
            Self::File { path, line } => write!(f, "{}, line {line}", path.display()),
            Self::Variable(name) => write!(f, "{name} in the environment"),
            Self::Flag(flag) => write!(f, "the flag {flag}"),
        }
    }
}

/// A value before its kind is known.
#[derive(Clone, PartialEq, Debug)]
pub(crate) enum Given {
    /// Of a variable or a flag.
    Text(String),
    /// Of the file or built in.
    Toml(toml::Value),
}

impl Given {
    /// What it is, without what it says.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Text(_) | Self::Toml(toml::Value::String(_)) => "the text",
            Self::Toml(toml::Value::Array(_)) => "a list",
            Self::Toml(toml::Value::Table(_)) => "a section",
            Self::Toml(_) => "one value",
        }
    }
}

impl fmt::Display for Given {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) | Self::Toml(toml::Value::String(text)) => write!(f, "{text:?}"),
            // Anything may stand in it, a password too.
            Self::Toml(toml::Value::Table(_)) => f.write_str(self.kind()),
            Self::Toml(value) => value.fmt(f),
        }
    }
}

/// A value and where it comes from.
#[derive(Clone, Debug)]
pub(crate) struct Setting {
    pub(crate) given: Given,
    pub(crate) origin: Origin,
}

/// Settings by key.
pub(crate) type Layer = BTreeMap<String, Setting>;
