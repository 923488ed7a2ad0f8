//! Endpoints as the organisation writes them down.

use std::collections::BTreeSet;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::address::Address;
use crate::shape::Shape;

/// The most endpoints of one order: each that fails is waited for.
const MOST: usize = 8;

/// The file of endpoints: one table `[[endpoint]]` each, in the order in which they are asked.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct EndpointsFile {
    /// In the order in which they are asked; the built-in companion stands behind the last.
    pub endpoint: Vec<EndpointSettings>,
}

/// One endpoint.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct EndpointSettings {
    /// What it is called on record.
    pub name: String,
    /// How it is spoken to.
    pub kind: Shape,
    /// Where it is, up to the version: `https://api.mistral.ai/v1`.
    pub url: String,
    /// Which model.
    pub model: String,
    /// The variable of the environment that holds its key; empty: none does.
    pub key_env: String,
    /// The file that holds its key; empty: none does.
    pub key_file: PathBuf,
    /// Whether it is on the organisation's list of those with whom it has a contract: under the profile `eu` no other is asked.
    pub listed: bool,
    /// Whether the way to it is nobody else's, so that it may go without TLS: a network of containers on one machine, or a tunnel.
    pub private: bool,
    /// The price of a million tokens of a prompt, in the organisation's currency.
    pub price_in: f64,
    /// The price of a million tokens of an answer.
    pub price_out: f64,
    /// How many tokens the model takes, prompt and answer together.
    pub context_tokens: u32,
    /// The most tokens of an answer.
    pub answer_tokens: u32,
    /// How freely it answers, 0 to 2; absent: as it does by itself.
    pub temperature: Option<f64>,
    /// Whether it is asked to look at the matter from several sides before it answers. Small models answer better without.
    pub council: bool,
    /// Whether it is asked to say what was used. Some servers refuse to be asked.
    pub says_usage: bool,
    /// Whether the most tokens are told by OpenAI's newer name.
    pub completion_tokens: bool,
    /// Seconds until there is a connection.
    pub connect_within: u32,
    /// Seconds until the answer begins.
    pub begin_within: u32,
    /// Seconds from one piece to the next.
    pub next_within: u32,
    /// Seconds for the whole of it.
    pub end_within: u32,
}

impl Default for EndpointSettings {
    fn default() -> Self {
        Self {
            name: String::new(),
            kind: Shape::OpenAi,
            url: String::new(),
            model: String::new(),
            key_env: String::new(),
            key_file: PathBuf::new(),
            listed: false,
            private: false,
            price_in: 0.0,
            price_out: 0.0,
            context_tokens: 8_192,
            answer_tokens: 700,
            temperature: None,
            council: true,
            says_usage: true,
            completion_tokens: false,
            connect_within: 5,
            begin_within: 30,
            next_within: 15,
            end_within: 120,
        }
    }
}

impl EndpointsFile {
    /// Reads one.
    ///
    /// # Errors
    /// Says which endpoint is wrong, and what would be right.
    pub fn read(text: &str) -> Result<Self, String> {
        let file: Self = toml::from_str(text).map_err(|error| error.message().to_owned())?;
        file.check()?;
        Ok(file)
    }

    /// Whether all of it can be used.
    ///
    /// # Errors
    /// Says which endpoint is wrong, and what would be right.
    pub fn check(&self) -> Result<(), String> {
        if self.endpoint.len() > MOST {
            return Err(format!("expected {MOST} endpoints at most"));
        }
        let mut names = BTreeSet::new();
        for one in &self.endpoint {
            one.check().map_err(|problem| format!("endpoint \"{}\": {problem}", shown(&one.name)))?;
            if !names.insert(one.name.as_str()) {
                return Err(format!("endpoint \"{}\": expected a name that no other has", one.name));
            }
        }
        Ok(())
    }
}

impl EndpointSettings {
    fn check(&self) -> Result<(), String> {
        let named = |name: &str| {
            (1..=40).contains(&name.len())
                && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
        };
        if !named(&self.name) {
            return Err("expected a name of small letters, digits and hyphens".to_owned());
        }
        Address::read(&self.url, self.private)?;
        let is_model = |letter: char| letter.is_ascii_alphanumeric() || "-_.:/@".contains(letter);
        // It stands in the path of Gemini's requests.
        if self.model.is_empty() || !self.model.chars().all(is_model) || self.model.contains("..") {
            return Err("expected the name of a model".to_owned());
        }
        if !self.key_env.is_empty() && !self.key_file.as_os_str().is_empty() {
            return Err("expected key_env or key_file, not both".to_owned());
        }
        let is_price = |price: f64| (0.0..=100_000.0).contains(&price);
        if !is_price(self.price_in) || !is_price(self.price_out) {
            return Err("expected prices from 0 on".to_owned());
        }
        if self.temperature.is_some_and(|temperature| !(0.0..=2.0).contains(&temperature)) {
            return Err("expected a temperature from 0 to 2".to_owned());
        }
        if !(50..=4_000).contains(&self.answer_tokens) {
            return Err("expected answer_tokens from 50 to 4000".to_owned());
        }
        if self.context_tokens < self.answer_tokens.saturating_add(1_000) || self.context_tokens > 10_000_000 {
            return Err("expected context_tokens that hold an answer and 1000 more".to_owned());
        }
        let times = [self.connect_within, self.begin_within, self.next_within, self.end_within];
        if times.iter().any(|seconds| !(1..=600).contains(seconds)) {
            return Err("expected times from 1 to 600 seconds".to_owned());
        }
        Ok(())
    }
}

/// A name for an error, whatever was written.
fn shown(name: &str) -> String {
    name.chars().filter(|letter| !letter.is_control()).take(40).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "[[endpoint]]\nname = \"own\"\nurl = \"http://127.0.0.1:8080/v1\"\nmodel = \"m\"\n";

    #[test]
    fn the_example_can_be_used_as_it_stands() {
        let file = EndpointsFile::read(include_str!("../../endpoints.example.toml")).expect("it reads");
        assert_eq!(file.endpoint.len(), 4);
    }

    #[test]
    fn a_file_says_what_is_wrong_with_it() {
        assert_eq!(EndpointsFile::read(GOOD).map(|file| file.endpoint.len()), Ok(1));
        assert_eq!(EndpointsFile::read("").map(|file| file.endpoint.len()), Ok(0));
        for (line, part) in [
            ("kind = \"claude\"", "variant"),
            ("colour = 1", "unknown field"),
            ("price_in = -1.0", "prices"),
            ("price_in = nan", "prices"),
            ("temperature = 3.0", "temperature"),
            ("answer_tokens = 0", "answer_tokens"),
            ("context_tokens = 1000", "context_tokens"),
            ("begin_within = 0", "times"),
            ("key_env = \"A\"\nkey_file = \"b\"", "not both"),
        ] {
            let problem = EndpointsFile::read(&format!("{GOOD}{line}\n")).expect_err(line);
            assert!(problem.contains(part), "{line}: {problem}");
        }
        for (from, to, part) in [
            ("\"own\"", "\"Own model\"", "a name"),
            ("\"m\"", "\"../x\"", "a model"),
            ("\"m\"", "\"m?key=1\"", "a model"),
            ("http://127.0.0.1:8080/v1", "http://models.example/v1", "https"),
        ] {
            let problem = EndpointsFile::read(&GOOD.replace(from, to)).expect_err(to);
            assert!(problem.contains(part), "{to}: {problem}");
        }
        assert!(EndpointsFile::read(&GOOD.repeat(2)).is_err_and(|problem| problem.contains("no other")));
    }
}
