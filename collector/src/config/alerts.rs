//! Settings of alerts: where those of teams go besides the page.

use std::path::{Path, PathBuf};

use attune_wellbeing::{Hooks, Webhook, check_hook};
use serde::{Deserialize, Serialize};

use crate::CollectorError;

/// The fewest characters of a secret: 32 hexadecimal digits are 128 bits.
const SHORTEST: usize = 32;

/// Settings of alerts.
#[derive(Clone, Default, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AlertsConfig {
    /// The address of a program that is told of alerts of teams; empty: none is.
    pub webhook: String,
    /// The file of the secret with which each message to it is signed.
    pub webhook_secret_file: PathBuf,
    /// The file of the address of a channel of Slack, or of what takes the same; empty: none is told. The address is a secret.
    pub slack_file: PathBuf,
    /// Whether either may be on this machine.
    pub local: bool,
}

impl AlertsConfig {
    /// What is wrong with it: the key, and what would be right.
    pub(super) fn problem(&self) -> Option<(&'static str, String)> {
        let has_secret = !self.webhook_secret_file.as_os_str().is_empty();
        if self.webhook.is_empty() {
            let problem = "expected the address that the secret is for, as https://example.org/attune";
            return has_secret.then(|| ("alerts.webhook", problem.to_owned()));
        }
        if let Err(problem) = check_hook(&self.webhook, self.local) {
            return Some(("alerts.webhook", problem.to_owned()));
        }
        let problem = "expected a file with the secret by which the other program knows that messages are from here";
        (!has_secret).then(|| ("alerts.webhook_secret_file", problem.to_owned()))
    }

    /// As the subject is told; links in messages lead to `base`.
    ///
    /// # Errors
    /// When a file cannot be read or used.
    pub(crate) fn hooks(&self, base: String) -> Result<Hooks, CollectorError> {
        let webhook = match self.webhook.as_str() {
            "" => None,
            url => {
                let secret = text(&self.webhook_secret_file)?;
                if secret.len() < SHORTEST {
                    let problem = format!("alerts.webhook_secret_file: expected {SHORTEST} characters at least");
                    return Err(CollectorError::Config(problem));
                }
                Some(Webhook { url: url.to_owned(), secret: secret.into_bytes() })
            }
        };
        let slack = if self.slack_file.as_os_str().is_empty() { None } else { Some(text(&self.slack_file)?) };
        if let Some(Err(problem)) = slack.as_ref().map(|url| check_hook(url, self.local)) {
            return Err(CollectorError::Config(format!("alerts.slack_file: {problem}")));
        }
        Ok(Hooks { webhook, slack, here: self.local, base })
    }
}

fn text(path: &Path) -> Result<String, CollectorError> {
    let text = std::fs::read_to_string(path).map_err(CollectorError::file(path))?;
    Ok(text.trim().to_owned())
}
