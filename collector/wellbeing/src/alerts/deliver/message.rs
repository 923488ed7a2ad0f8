//! What another program is told of an alert of a team, and how it is signed.

use attune_ground::time::rfc3339;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::json;
use sha2::Sha256;

use super::super::teams::Alert;
use super::super::words;

/// What happened to an alert that other programs are told of. The numbers stand in the database and are only appended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::alerts) enum Happening {
    /// It was opened.
    Opened,
    /// It has ended.
    Closed,
}

impl Happening {
    pub(super) const fn number(self) -> i64 {
        match self {
            Self::Opened => 1,
            Self::Closed => 2,
        }
    }

    pub(super) fn of_number(number: i64) -> Option<Self> {
        [Self::Opened, Self::Closed].into_iter().find(|one| one.number() == number)
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Opened => "alert.opened",
            Self::Closed => "alert.closed",
        }
    }
}

/// What is told.
pub(super) struct Told<'a> {
    /// Which message it is: one that comes twice has the same.
    pub(super) delivery: String,
    pub(super) happening: Happening,
    pub(super) alert: &'a Alert,
    /// The name of the team.
    pub(super) team: &'a str,
    /// What was measured, in words; none where it may be told nobody any more.
    pub(super) measured: Option<String>,
    /// Where people reach the collector.
    pub(super) base: &'a str,
}

impl Told<'_> {
    fn link(&self) -> String {
        format!("{}/alerts", self.base)
    }

    /// For a program.
    pub(super) fn json(&self) -> Vec<u8> {
        let Self { delivery, happening, alert, team, measured, .. } = self;
        let rule = alert.content.rule;
        let told = json!({
            "version": 1,
            "id": delivery,
            "event": happening.name(),
            "alert": {
                "id": data_encoding::HEXLOWER.encode(&alert.id),
                "type": rule.name,
                "severity": rule.level.name(),
                "team": {"id": alert.team.to_string(), "name": team},
                "measured": measured,
                "opened_at": rfc3339(alert.standing.opened_at),
                "closed_at": alert.standing.closed_at.map(rfc3339),
            },
            "url": self.link(),
        });
        told.to_string().into_bytes()
    }

    /// As Slack takes it, and Mattermost: one text, in which no name is a command or a link.
    pub(super) fn slack(&self) -> Vec<u8> {
        let measured = self.measured.as_deref().map(escaped);
        let text = words::slack(self.happening == Happening::Opened, &escaped(self.team), measured.as_deref());
        json!({"text": format!("{text}\n{}", self.link())}).to_string().into_bytes()
    }
}

/// Slack's own signs as text; and no word that calls everybody of a channel, and none that it or Mattermost makes a link of by itself: a
/// sign without a width parts it.
fn escaped(text: &str) -> String {
    let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    [("@", "@\u{200b}"), ("://", ":\u{200b}//"), ("www.", "www\u{200b}."), ("](", "]\u{200b}(")]
        .into_iter()
        .fold(text, |text, (sign, parted)| text.replace(sign, parted))
}

/// The header of a message: when it was signed, Unix seconds, and HMAC-SHA-256 of that, a dot and the body under the secret, in small
/// hexadecimal digits. Who checks it compares in constant time, and takes nothing that was signed more than five minutes ago.
pub(super) fn signature(secret: &[u8], at: i64, body: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret).expect("HMAC takes keys of any length");
    mac.update(at.to_string().as_bytes());
    mac.update(b".");
    mac.update(body);
    let whole: [u8; 32] = mac.finalize().into_bytes().into();
    format!("t={at},v1={}", data_encoding::HEXLOWER.encode(&whole))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_hmac_sha_256_of_the_time_and_the_body() {
        // openssl dgst -sha256 -hmac "secret", of `1700000000.{}`.
        let signed = signature(b"secret", 1_700_000_000, b"{}");
        assert_eq!(signed, SIGNED);
        assert_ne!(signature(b"secret", 1_700_000_001, b"{}"), signed);
        assert_ne!(signature(b"other", 1_700_000_000, b"{}"), signed);
    }

    #[test]
    fn no_name_is_a_command_or_a_link() {
        assert_eq!(escaped("<!channel> & @here"), "&lt;!channel&gt; &amp; @\u{200b}here");
        for link in ["https://example.org", "www.example.org", "[pay](example.org)"] {
            assert_eq!(escaped(link).replace('\u{200b}', ""), link);
            assert_ne!(escaped(link), link);
        }
    }

    const SIGNED: &str = "t=1700000000,v1=b8569b78799ff9e3cbff0fc2d63a33a2b57f3282abd07c37ae5e8e7d79a5f163";
}
