use crate::markup::{Link, here};

/// Who is signed in, as the header shows it.
#[derive(Clone, Debug)]
pub struct SignedIn {
    /// Name of the account.
    pub name: String,
    /// The role that is on, in words: "HR".
    pub role: String,
    /// Other roles of the account, to change to.
    pub other_roles: Vec<OtherRole>,
    /// What the forms of the header carry, so that no page elsewhere can send them.
    pub csrf: String,
    /// Where the account's own page is.
    pub account: String,
    /// Where signing out is sent.
    pub sign_out: String,
    /// Where another role is asked for, by its field `role`.
    pub change_role: String,
    /// Open alerts of theirs and where these are; nothing where the role has none.
    pub alerts: Option<(u64, Link)>,
    /// Whether they are sensed now; nothing for an account without a person.
    pub sensed: Option<Sensed>,
}

/// A role that one can change to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct OtherRole {
    /// What is sent.
    pub value: String,
    /// The role in words.
    pub label: String,
}

/// Whether the person is sensed now, with the switch beside it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Sensed {
    /// Whether they are.
    pub is_on: bool,
    /// By what, or until when not: "by 2 devices", "paused until 15:00". Empty where there is no more to say.
    pub detail: String,
    /// Where the switch is sent.
    pub action: String,
    /// What pressing it does: "Pause for an hour".
    pub button: String,
}

impl SignedIn {
    /// Somebody in a role, with the addresses that sign-in has.
    #[must_use]
    pub fn new(name: impl Into<String>, role: impl Into<String>, csrf: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            role: role.into(),
            other_roles: Vec::new(),
            csrf: csrf.into(),
            account: "/account".into(),
            sign_out: "/sign-out".into(),
            change_role: "/account/role".into(),
            alerts: None,
            sensed: None,
        }
    }

    /// With one more role to change to.
    #[must_use]
    pub fn or_as(mut self, value: impl Into<String>, label: impl Into<String>) -> Self {
        self.other_roles.push(OtherRole { value: value.into(), label: label.into() });
        self
    }

    /// With open alerts, and where they are.
    #[must_use]
    pub fn alerts(self, open: u64, href: impl Into<String>) -> Self {
        Self { alerts: Some((open, Link::new(href, ""))), ..self }
    }

    /// With whether they are sensed now.
    #[must_use]
    pub fn sensed(self, sensed: Sensed) -> Self {
        Self { sensed: Some(Sensed { action: here(sensed.action), ..sensed }), ..self }
    }
}
