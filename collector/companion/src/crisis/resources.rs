//! Telephone numbers of people who help, by country: those that are built in, or those of the organisation.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

use crate::country::Country;

/// Why a file of numbers is not taken; reads after "failed to read the numbers: ".
#[derive(Debug, thiserror::Error)]
pub enum ResourcesError {
    /// It is no TOML, or not of this shape.
    #[error("{0}")]
    Shape(String),
    /// A line has neither a number, nor a text number, nor a page.
    #[error("{0} has no number, text or url")]
    Nothing(String),
    /// A part is empty, longer than a line, or holds what nobody sees.
    #[error("{0} is empty, too long, or has controls in it")]
    Unfit(String),
    /// A country stands twice.
    #[error("{0} stands twice")]
    Twice(Country),
    /// A page is none that begins with `https://`.
    #[error("{0} is no address that begins with https://")]
    Address(String),
}

/// One service.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Resource {
    /// What it is called.
    pub name: String,
    /// Which number is called.
    pub number: Option<String>,
    /// What is sent as a text message, and where.
    pub text: Option<String>,
    /// A page.
    pub url: Option<String>,
    /// When somebody answers.
    pub hours: String,
    /// Whether it is for danger at this moment.
    pub emergency: bool,
    /// Where it says so.
    pub source: String,
    /// When somebody of the organisation looked whether it is still so.
    pub checked: Option<String>,
    /// Nobody has yet.
    pub to_be_checked: bool,
}

/// All of them.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Resources {
    countries: BTreeMap<Country, (String, Vec<Resource>)>,
    everywhere: Vec<Resource>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    country: Vec<OfCountry>,
    #[serde(default)]
    everywhere: Vec<Line>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OfCountry {
    code: Country,
    name: String,
    emergency: Option<String>,
    checked: Option<String>,
    #[serde(default)]
    line: Vec<Line>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    name: String,
    number: Option<String>,
    text: Option<String>,
    url: Option<String>,
    hours: String,
    source: String,
    checked: Option<String>,
}

/// The longest part of a line.
const LONGEST: usize = 200;

impl Resources {
    /// Those that came with the program; each is to be checked by the organisation that shows it.
    ///
    /// # Panics
    /// Never: a test reads the same file.
    #[must_use]
    pub fn built_in() -> &'static Self {
        static BUILT_IN: LazyLock<Resources> = LazyLock::new(|| {
            let file = include_str!("resources.toml");
            let none = Resources { countries: BTreeMap::new(), everywhere: Vec::new() };
            none.with(file).expect("a test reads what is built in")
        });
        &BUILT_IN
    }

    /// The built-in ones, with those of the organisation's file in the place of them: a country that the file names is as the file has
    /// it, and what it says of everywhere is all that is said of everywhere.
    ///
    /// # Errors
    /// Where the file can't be read, or a line in it is of no use.
    pub fn read(file: &str) -> Result<Self, ResourcesError> {
        Self::built_in().clone().with(file)
    }

    fn with(mut self, file: &str) -> Result<Self, ResourcesError> {
        let file: File = toml::from_str(file).map_err(|error| ResourcesError::Shape(error.message().to_owned()))?;
        let mut new = BTreeMap::new();
        for OfCountry { code, name, emergency, checked, line } in file.country {
            fits(&name, &name)?;
            let mut lines = Vec::new();
            if let Some(number) = emergency {
                let source = "the country's own emergency number".to_owned();
                let [name, hours] = ["Emergency", "day and night"].map(str::to_owned);
                let line = Line { name, number: Some(number), text: None, url: None, hours, source, checked };
                lines.push(line.read(true)?);
            }
            for line in line {
                lines.push(line.read(false)?);
            }
            if new.insert(code, (name, lines)).is_some() {
                return Err(ResourcesError::Twice(code));
            }
        }
        self.countries.extend(new);
        if !file.everywhere.is_empty() {
            self.everywhere = file.everywhere.into_iter().map(|line| line.read(false)).collect::<Result<_, _>>()?;
        }
        Ok(self)
    }

    /// Those of a country, what is for danger at this moment first, and behind them those for everywhere.
    #[must_use]
    pub fn of(&self, country: Option<Country>) -> Vec<&Resource> {
        let known = country.and_then(|country| self.countries.get(&country));
        known.into_iter().flat_map(|(_, lines)| lines).chain(&self.everywhere).collect()
    }

    /// The countries with a number, by the name under which they are listed.
    #[must_use]
    pub fn countries(&self) -> Vec<(Country, &str)> {
        let mut countries: Vec<(Country, &str)> =
            self.countries.iter().map(|(country, (name, _))| (*country, name.as_str())).collect();
        countries.sort_by_key(|(_, name)| *name);
        countries
    }
}

impl Line {
    fn read(self, emergency: bool) -> Result<Resource, ResourcesError> {
        let Self { name, number, text, url, hours, source, checked } = self;
        if number.is_none() && text.is_none() && url.is_none() {
            return Err(ResourcesError::Nothing(name));
        }
        let optional = [&number, &text, &url, &checked];
        for part in [&name, &hours, &source].into_iter().chain(optional.into_iter().flatten()) {
            fits(&name, part)?;
        }
        if let Some(url) = &url
            && !url.starts_with("https://")
        {
            return Err(ResourcesError::Address(url.clone()));
        }
        let to_be_checked = checked.is_none();
        Ok(Resource { name, number, text, url, hours, emergency, source, checked, to_be_checked })
    }
}

fn fits(name: &str, part: &str) -> Result<(), ResourcesError> {
    let fits = !part.trim().is_empty() && part.len() <= LONGEST && !part.chars().any(char::is_control);
    if fits { Ok(()) } else { Err(ResourcesError::Unfit(name.chars().take(40).collect())) }
}
