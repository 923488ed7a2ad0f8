//! Endpoints: what is written of them (`settings`), where each is (`address`), and each as it is asked.

mod address;
mod settings;

use std::time::Duration;

use zeroize::Zeroizing;

pub(crate) use address::{Address, may_lead_to};
pub use settings::{EndpointSettings, EndpointsFile};

use crate::shape::{Manner, Shape};

/// The largest file of a key.
const LONGEST_KEY: usize = 4_096;

/// How long an endpoint may take.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Times {
    /// To connect.
    pub(crate) connect: Duration,
    /// To begin to answer.
    pub(crate) begin: Duration,
    /// From one piece to the next.
    pub(crate) next: Duration,
    /// For all of it.
    pub(crate) end: Duration,
}

/// One that can be asked.
pub(crate) struct Endpoint {
    pub(crate) settings: EndpointSettings,
    pub(crate) address: Address,
    pub(crate) times: Times,
    key: Option<Zeroizing<String>>,
}

impl std::fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Endpoint").field("name", &self.settings.name).finish_non_exhaustive()
    }
}

impl Endpoint {
    /// With its key.
    ///
    /// # Errors
    /// Says what is wrong, without the key.
    pub(crate) fn new(settings: EndpointSettings) -> Result<Self, String> {
        let address = Address::read(&settings.url, settings.private)?;
        let key = key(&settings)?;
        let seconds = |seconds: u32| Duration::from_secs(u64::from(seconds));
        let times = Times {
            connect: seconds(settings.connect_within),
            begin: seconds(settings.begin_within),
            next: seconds(settings.next_within),
            end: seconds(settings.end_within),
        };
        Ok(Self { settings, address, times, key })
    }

    pub(crate) fn shape(&self) -> Shape {
        self.settings.kind
    }

    pub(crate) fn manner(&self) -> Manner<'_> {
        let EndpointSettings { model, temperature, says_usage, completion_tokens, .. } = &self.settings;
        Manner { model, temperature: *temperature, says_usage: *says_usage, completion_tokens: *completion_tokens }
    }

    /// The header that carries its key.
    pub(crate) fn key_header(&self) -> Option<(&'static str, Zeroizing<String>)> {
        let (name, before) = self.shape().key_header();
        let key = self.key.as_ref()?;
        Some((name, Zeroizing::new(format!("{before}{}", key.as_str()))))
    }
}

fn key(settings: &EndpointSettings) -> Result<Option<Zeroizing<String>>, String> {
    let text = if !settings.key_env.is_empty() {
        std::env::var(&settings.key_env)
            .map_err(|_| format!("expected the key in the variable {}", settings.key_env))?
    } else if !settings.key_file.as_os_str().is_empty() {
        std::fs::read_to_string(&settings.key_file)
            .map_err(|error| format!("expected the key in {}: {error}", settings.key_file.display()))?
    } else {
        return Ok(None);
    };
    let text = Zeroizing::new(text);
    let key = Zeroizing::new(text.trim().to_owned());
    let fits = (1..=LONGEST_KEY).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_graphic());
    if fits { Ok(Some(key)) } else { Err("expected a key of letters, digits and signs, without blanks".to_owned()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_read_from_its_file_and_shown_nowhere() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("key");
        std::fs::write(&file, "sk-secret\n").expect("written");
        let settings = EndpointSettings {
            name: "own".to_owned(),
            url: "https://models.example/v1".to_owned(),
            key_file: file.clone(),
            ..EndpointSettings::default()
        };
        let endpoint = Endpoint::new(settings.clone()).expect("it reads");
        let (name, value) = endpoint.key_header().expect("a key");
        assert_eq!((name, value.as_str()), ("authorization", "Bearer sk-secret"));
        assert!(!format!("{endpoint:?}").contains("secret"));
        std::fs::write(&file, "sk-secret\nsk-other\n").expect("written");
        let problem = Endpoint::new(settings.clone()).expect_err("two lines");
        assert!(!problem.contains("secret"), "{problem}");
        std::fs::write(&file, "\n").expect("written");
        assert!(Endpoint::new(settings).is_err());
    }
}
