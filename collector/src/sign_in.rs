//! With whom people sign in besides the collector itself.

use std::path::PathBuf;

use attune_people::accounts::is_unseen;
use attune_people::sign_in::{Provider, ProviderSettings};
use serde::{Deserialize, Serialize};

use crate::CollectorError;

/// Settings of signing in.
#[derive(Clone, Default, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignInConfig {
    /// An identity provider.
    pub oidc: OidcConfig,
}

/// Settings of an identity provider that speaks OpenID Connect.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OidcConfig {
    /// Its address; empty: none.
    pub issuer: String,
    /// What it knows this collector as.
    pub client_id: String,
    /// By what the collector shows that it is that.
    pub client_secret: String,
    /// The file in which that stands, in its place.
    pub client_secret_file: PathBuf,
    /// What people call it.
    pub name: String,
}

impl std::fmt::Debug for OidcConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OidcConfig").field("issuer", &self.issuer).finish_non_exhaustive()
    }
}

impl OidcConfig {
    /// What is wrong with it: the key, and what would be right.
    pub(crate) fn problem(&self) -> Option<(&'static str, &'static str)> {
        let named = !self.client_secret_file.as_os_str().is_empty();
        if self.issuer.is_empty() {
            let is_set = named || !self.client_id.is_empty() || !self.client_secret.is_empty();
            return is_set
                .then_some(("sign_in.oidc.issuer", "expected the address of the provider that the rest is for"));
        }
        match (self.client_secret.is_empty(), named) {
            _ if !Provider::is_issuer(&self.issuer) => Some((
                "sign_in.oidc.issuer",
                "expected an https:// address, as https://id.example.org (http:// on this machine only)",
            )),
            _ if self.client_id.is_empty() => {
                Some(("sign_in.oidc.client_id", "expected what the provider knows this collector as"))
            }
            _ if self.name.trim().is_empty() || self.name.chars().count() > 40 || self.name.contains(is_unseen) => {
                Some(("sign_in.oidc.name", "expected what people call the provider, up to 40 letters"))
            }
            (true, false) => Some((
                "sign_in.oidc.client_secret_file",
                "expected the file of the secret that the provider gave, or client_secret",
            )),
            (false, true) => {
                Some(("sign_in.oidc.client_secret_file", "expected nothing beside client_secret: one of the two"))
            }
            _ => None,
        }
    }

    /// The provider, where one is set.
    ///
    /// # Errors
    /// When the file of the secret cannot be read.
    pub(crate) fn provider(&self) -> Result<Option<Provider>, CollectorError> {
        let path = &self.client_secret_file;
        let client_secret = match path.as_os_str().is_empty() {
            true => self.client_secret.clone(),
            false => std::fs::read_to_string(path).map_err(CollectorError::file(path))?.trim().to_owned(),
        };
        let (issuer, client_id, name) = (self.issuer.clone(), self.client_id.clone(), self.name.trim().to_owned());
        Ok(Provider::new(ProviderSettings { issuer, client_id, client_secret, name }))
    }
}
