use std::net::IpAddr;

use webauthn_rs::prelude::{
    AuthenticationResult, CreationChallengeResponse, CredentialID, DiscoverableAuthentication, Passkey,
    PasskeyRegistration, PublicKeyCredential, RegisterPublicKeyCredential, RequestChallengeResponse, Url, Uuid,
    Webauthn, WebauthnBuilder, WebauthnResult,
};
use webauthn_rs_proto::ResidentKeyRequirement;

use super::Kept;
use crate::sign_in::Login;

/// The collector under the name by which it was asked: keys belong to that.
pub(in crate::sign_in) struct Site {
    host: String,
    rules: Webauthn,
}

impl Site {
    /// By `HOST` or `HOST:PORT`, which the guard has found to be a name of the collector's. `None` where browsers give no keys: at an
    /// address, and without TLS but on this machine.
    pub(in crate::sign_in) fn of(asked: &str, secure: bool) -> Option<Self> {
        let scheme = if secure { "https" } else { "http" };
        let origin = Url::parse(&format!("{scheme}://{asked}")).ok()?;
        // A name that is written as an address, in brackets or as one number, is one here.
        let host = origin.domain().filter(|host| host.parse::<IpAddr>().is_err())?.to_owned();
        if !secure && host != "localhost" {
            return None;
        }
        let rules = WebauthnBuilder::new(&host, &origin).ok()?.rp_name("Attune").build().ok()?;
        Some(Self { host, rules })
    }

    /// The name for which keys are made.
    pub(super) fn host(&self) -> &str {
        &self.host
    }

    /// What asks for a key that says by itself whose it is, and is none of those that are there.
    pub(super) fn ask_for_new(
        &self,
        login: &Login,
        there: &[Kept],
    ) -> WebauthnResult<(CreationChallengeResponse, PasskeyRegistration)> {
        let there: Vec<CredentialID> = there.iter().map(|kept| kept.key().cred_id().clone()).collect();
        let user = Uuid::from_bytes(login.id.0);
        let (mut options, state) =
            self.rules.start_passkey_registration(user, &login.name, &login.name, Some(there))?;
        if let Some(wanted) = &mut options.public_key.authenticator_selection {
            wanted.resident_key = Some(ResidentKeyRequirement::Required);
            wanted.require_resident_key = true;
        }
        Ok((options, state))
    }

    /// The key that was made.
    pub(super) fn made(
        &self,
        answer: &RegisterPublicKeyCredential,
        state: &PasskeyRegistration,
    ) -> WebauthnResult<Passkey> {
        self.rules.finish_passkey_registration(answer, state)
    }

    /// What asks for any key of this site.
    pub(super) fn ask(&self) -> WebauthnResult<(RequestChallengeResponse, DiscoverableAuthentication)> {
        let (mut options, state) = self.rules.start_discoverable_authentication()?;
        // By a button, not beside the field of the name.
        options.mediation = None;
        Ok((options, state))
    }

    /// Whose key it says that it is, and what the key is called.
    pub(super) fn names<'a>(&self, answer: &'a PublicKeyCredential) -> WebauthnResult<([u8; 16], &'a [u8])> {
        let (user, key) = self.rules.identify_discoverable_authentication(answer)?;
        Ok((user.into_bytes(), key))
    }

    /// Checks what a key has answered.
    pub(super) fn answered(
        &self,
        answer: &PublicKeyCredential,
        state: DiscoverableAuthentication,
        key: &Passkey,
    ) -> WebauthnResult<AuthenticationResult> {
        self.rules.finish_discoverable_authentication_v2(answer, state, key)
    }
}

#[cfg(test)]
mod tests {
    use super::Site;

    #[test]
    fn there_are_keys_for_names_by_tls_and_on_this_machine_and_for_no_address() {
        for (asked, secure, host) in [
            ("attune.example", true, Some("attune.example")),
            ("attune.example:8443", true, Some("attune.example")),
            ("attune.example", false, None),
            ("localhost:8750", false, Some("localhost")),
            ("127.0.0.1:8750", false, None),
            ("127.0.0.1:8750", true, None),
            ("2130706433", true, None),
            ("[::1]:8750", true, None),
            ("", true, None),
            ("a b", true, None),
        ] {
            assert_eq!(Site::of(asked, secure).map(|site| site.host).as_deref(), host, "{asked} {secure}");
        }
    }
}
