//! Messages of one person, handed in by a machine.

use serde_json::{Value, json};

use crate::api;
use crate::collector::Collector;
use crate::visitor::{Visitor, join};

const PASSWORD: &str = "correct horse battery";

/// Alice, who agreed, a machine's token, and a channel.
pub struct Here {
    /// Her browser, signed in.
    pub alice: Visitor,
    /// The token of the machine that hands in messages.
    pub machine: String,
    /// The id of the channel.
    pub channel: String,
}

impl Here {
    /// On this collector, on which nobody is yet.
    ///
    /// # Panics
    /// When the collector does not do what it is for.
    #[must_use]
    pub fn at(collector: &Collector) -> Self {
        let base = collector.api();
        let link = collector.command(&["admin", "create", "--name", "olga"]);
        let mut olga = Visitor::new(base);
        let _ = join(&mut olga, &link, "olga", PASSWORD);
        let link = collector.command(&["account", "create", "--name", "alice", "--role", "employee"]);
        let mut alice = Visitor::new(base);
        let _ = join(&mut alice, &link, "alice", PASSWORD);

        let fields = [("name", "chat"), ("permits", "push_messages"), ("until", "")];
        assert_eq!(olga.fill("/admin/services", "/admin/services", &fields).location, "/admin/told");
        let shown = olga.open("/admin/told").text;
        let (_, rest) = shown.split_once("attune_service_").expect("a token");
        let end = rest.find(|sign: char| !sign.is_ascii_alphanumeric() && sign != '-' && sign != '_').expect("it ends");
        let machine = format!("attune_service_{}", &rest[..end]);

        let fields = [("name", "general"), ("kind", "slack"), ("external_id", "C024BE91L")];
        let made = olga.fill("/admin/channels", "/admin/channels", &fields);
        assert!(made.location.ends_with("?done=made"), "{}", made.text);
        let (status, channels) = api::ask_as(base, ("GET", "/api/v1/channels"), &machine, "");
        assert_eq!(status, 200, "{channels}");
        let channel = channels["channels"][0]["id"].as_str().expect("an id").to_owned();
        Self { alice, machine, channel }
    }

    /// Alice agrees on her own page.
    ///
    /// # Panics
    /// When that is not taken.
    pub fn agree(&mut self) {
        let fields = [("analyse", "yes"), ("text_version", "1")];
        let agreed = self.alice.fill("/me/messages", "/me/messages", &fields);
        assert_eq!(agreed.location, "/me/messages", "{}", agreed.text);
    }

    /// A message of hers.
    #[must_use]
    pub fn message(&self, external_ref: &str, text: &str) -> Value {
        json!({"channel_id": self.channel, "username": "alice", "message": text, "external_ref": external_ref})
    }

    /// Hands messages in.
    ///
    /// # Panics
    /// When the collector does not answer.
    #[must_use]
    pub fn hand_in(&self, collector: &Collector, items: &Value) -> (u16, Value) {
        api::ask_as(collector.api(), ("POST", "/api/v1/messages"), &self.machine, &items.to_string())
    }

    /// As [`Self::hand_in`]; none where the collector ends meanwhile.
    #[must_use]
    pub fn try_to_hand_in(&self, base: &str, items: &Value) -> Option<u16> {
        let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
        let request = agent.post(format!("{base}/api/v1/messages"));
        let request = request.header("authorization", format!("Bearer {}", self.machine));
        let answer = request.header("content-type", "application/json").send(items.to_string()).ok()?;
        Some(answer.status().as_u16())
    }
}

/// A token of somebody of [`Here`].
///
/// # Panics
/// When they get none.
#[must_use]
pub fn token(collector: &Collector, name: &str) -> String {
    let body = json!({"username": name, "password": PASSWORD});
    let (status, told) = api::post(collector.api(), "/api/v1/auth/token", &body);
    assert_eq!(status, 200, "{told}");
    told["access_token"].as_str().expect("a token").to_owned()
}
