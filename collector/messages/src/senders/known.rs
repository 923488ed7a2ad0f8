//! Which receivers there are: a file of its own, as secrets stand in it.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use attune_ground::http::{Rate, Rates};
use serde::Deserialize;

use super::signature::Secret;
use crate::incoming::ChannelKind;

/// The fewest letters of a secret that somebody else has made: those of Mattermost have 26.
const SHORTEST: usize = 20;
/// The fewest of one of one's own: 32 hexadecimal digits are 128 bits.
const SHORTEST_OWN: usize = 32;
/// Receivers that there may be.
const MOST: usize = 256;

/// How often one receiver may hear something.
const RATE: Rate = Rate { per_second: 100.0, burst: 2000 };

/// What sends.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Sender {
    /// An app of Slack's, by its Events API.
    Slack,
    /// An outgoing webhook of Mattermost's.
    Mattermost,
    /// Any program.
    Generic,
}

impl Sender {
    /// Of which kind its channels are.
    pub(crate) const fn channels(self) -> ChannelKind {
        match self {
            Self::Slack => ChannelKind::Slack,
            Self::Mattermost | Self::Generic => ChannelKind::Chat,
        }
    }

    const fn shortest(self) -> usize {
        match self {
            Self::Slack | Self::Mattermost => SHORTEST,
            Self::Generic => SHORTEST_OWN,
        }
    }
}

/// One receiver.
#[derive(Clone, Debug)]
pub(crate) struct Receiver {
    pub(crate) sender: Sender,
    pub(crate) secret: Secret,
}

#[cfg(test)]
impl Receiver {
    /// One of tests.
    pub(crate) fn new(sender: Sender, secret: &str) -> Self {
        Self { sender, secret: Secret::new(secret.to_owned()) }
    }
}

/// The receivers that there are, by their names. Nothing of their secrets is ever written.
#[derive(Clone, Default)]
pub struct Receivers {
    all: Arc<BTreeMap<String, Receiver>>,
    /// How often each hears something.
    rates: Arc<Rates<String>>,
}

impl fmt::Debug for Receivers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.all.iter().map(|(name, receiver)| (name, receiver.sender))).finish()
    }
}

/// As one stands in the file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    kind: Sender,
    #[serde(default)]
    secret: String,
    #[serde(default)]
    secret_file: PathBuf,
}

#[cfg(test)]
impl Receivers {
    /// One of tests, which is alone.
    pub(crate) fn made(name: &str, sender: Sender, secret: &str) -> Self {
        let all = BTreeMap::from([(name.to_owned(), Receiver::new(sender, secret))]);
        Self { all: Arc::new(all), rates: Arc::default() }
    }
}

impl Receivers {
    /// Reads the file, a section for each: its `kind`, and its `secret` or the `secret_file` where that lies, beside this file.
    ///
    /// # Errors
    /// What is wrong with it, in words without anything that stands in it but names.
    pub fn read(file: &Path) -> Result<Self, String> {
        let text = std::fs::read_to_string(file).map_err(|error| format!("it does not read: {error}"))?;
        let written = toml::from_str::<BTreeMap<String, Written>>(&text).map_err(|error| {
            // The error as a whole shows the line, in which the secret may stand.
            let line =
                error.span().map_or(1, |span| text.get(..span.start).unwrap_or_default().matches('\n').count() + 1);
            let kinds = "kind = \"slack\", \"mattermost\" or \"generic\"";
            format!("line {line}: expected sections, [NAME], each with {kinds} and with secret or secret_file")
        })?;
        if written.len() > MOST {
            return Err(format!("expected {MOST} receivers at most"));
        }
        let folder = file.parent().unwrap_or(Path::new(""));
        let all = written.into_iter().map(|(name, one)| {
            let receiver = receiver(&name, one, folder)?;
            Ok((name, receiver))
        });
        let all = all.collect::<Result<BTreeMap<_, _>, String>>()?;
        Ok(Self { all: Arc::new(all), rates: Arc::default() })
    }

    /// The one of a name.
    pub(crate) fn get(&self, name: &str) -> Option<&Receiver> {
        self.all.get(name)
    }

    /// Lets the one of a name hear something more.
    ///
    /// # Errors
    /// When it hears too much; gives after how long it may again.
    pub(crate) fn pace(&self, name: String) -> Result<(), Duration> {
        self.rates.take(name, RATE)
    }
}

fn receiver(name: &str, written: Written, folder: &Path) -> Result<Receiver, String> {
    let is_name = !name.is_empty() && name.len() <= 64 && name.bytes().all(is_of_name);
    if !is_name {
        return Err("expected names of up to 64 small letters, digits and hyphens".to_owned());
    }
    let Written { kind, secret, secret_file } = written;
    let secret = match (secret.is_empty(), secret_file.as_os_str().is_empty()) {
        (false, true) => secret,
        (true, false) => {
            let read = std::fs::read_to_string(folder.join(&secret_file));
            read.map_err(|error| format!("{name}.secret_file does not read: {error}"))?.trim().to_owned()
        }
        _ => return Err(format!("{name}: expected either secret or secret_file")),
    };
    let shortest = kind.shortest();
    if secret.len() < shortest {
        return Err(format!("{name}: expected a secret of {shortest} letters at least"));
    }
    Ok(Receiver { sender: kind, secret: Secret::new(secret) })
}

const fn is_of_name(sign: u8) -> bool {
    sign.is_ascii_lowercase() || sign.is_ascii_digit() || sign == b'-'
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Receivers, String> {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("of-mattermost"), "tok00made00up00token000000\n").expect("writes");
        let file = folder.path().join("receivers.toml");
        std::fs::write(&file, text).expect("writes");
        Receivers::read(&file)
    }

    #[test]
    fn a_secret_stands_in_the_file_or_beside_it_and_is_never_shown() {
        let text = "[ours]\nkind = \"slack\"\nsecret = \"made-up-signing-secret-0001\"\n\n\
            [town]\nkind = \"mattermost\"\nsecret_file = \"of-mattermost\"\n";
        let receivers = read(text).expect("reads");
        assert_eq!(receivers.get("town").map(|one| one.sender), Some(Sender::Mattermost));
        let shown = format!("{receivers:?} {:?}", receivers.get("ours").expect("there"));
        assert!(shown.contains("Slack") && !shown.contains("made-up"), "{shown}");
    }

    #[test]
    fn what_is_wrong_is_told_without_the_secret() {
        for (text, says) in [
            ("[a]\nkind = \"slack\"\nsecret = \"zebra\"\n", "a: expected a secret of 20 letters"),
            ("[a]\nkind = \"generic\"\nsecret = \"zebra-zebra-zebra-zebra-zebra\"\n", "32 letters"),
            ("[a]\nkind = \"slack\"\n", "either secret or secret_file"),
            ("[A]\nkind = \"slack\"\nsecret = \"zebra\"\n", "small letters"),
            ("[a]\nkind = \"slack\"\nsecret = \"zebra\n", "line 3"),
            ("[a]\nkind = \"pigeon\"\nsecret = \"zebra\"\n", "line"),
            ("[a]\nkind = \"slack\"\nsecrets = \"zebra\"\n", "line"),
        ] {
            let told = read(text).expect_err(text);
            assert!(told.contains(says) && !told.contains("zebra"), "{told}");
        }
    }
}
